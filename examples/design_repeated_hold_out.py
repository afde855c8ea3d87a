"""A random hold-out, drawn ten times.

Its intervals speak of the way of modelling: the draws share patients, and that is in them.

The data are simulated, and there are no images. The report is written to the folder named on the
command line (default: the current one)::

    python examples/design_repeated_hold_out.py results
"""

import sys
from pathlib import Path

import radln
from radln.cohort.simulate import simulate_cohort
from radln.models.settings import ModelSettings, RecipeSettings
from radln.study.init import propose
from radln.study.request import Request

out = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
out.mkdir(parents=True, exist_ok=True)

# %% One row a node.
nodes = simulate_cohort(120, seed=3).table.drop_duplicates("node")
nodes.to_csv(out / "nodes.csv", index=False)

# %% Ten draws of 20 % of the patients; the final models are fitted on all of them.
proposal = propose(
    Request(
        table=out / "nodes.csv",
        case="image",
        patient="patient",
        outcome="outcome",
        clinical=("age", "border", "hilum"),
        readers=("expert_1:4",),
        site="site",
        design="hold-out:0.2x10",
    ),
    name="repeated hold-out",
    folder=out,
    simulated=True,
)
models = ModelSettings(
    folds=3,
    repeats=1,
    inner_folds=2,
    fitted={"clinical_logistic": RecipeSettings(learner="logistic", keep=("clinical",))},
)
settings = proposal.settings.model_copy(update={"models": models})
result = radln.Study(settings).run(out=out / "report")

print("SIMULATED DATA")
print(result.verdict)
areas = result.evaluation.aucs.set_index("source").loc["clinical_logistic"]
print(f"AUC from {areas['repeat_min']:.2f} to {areas['repeat_max']:.2f} over the draws")
