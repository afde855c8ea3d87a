"""Leaving sites out: each by models of the others.

With three sites there is a range and no p; from five on a random-effects mean.

The data are simulated, and there are no images. The report is written to the folder named on the
command line (default: the current one)::

    python examples/design_leave_site_out.py results
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

# %% One row a node; the column site names the hospital.
nodes = simulate_cohort(150, seed=3).table.drop_duplicates("node")
nodes.to_csv(out / "nodes.csv", index=False)

# %% Every site is tested once.
proposal = propose(
    Request(
        table=out / "nodes.csv",
        case="image",
        patient="patient",
        outcome="outcome",
        clinical=("age", "border", "hilum"),
        readers=("expert_1:4",),
        site="site",
        design="leave-site-out",
    ),
    name="leave-site-out",
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
table = result.evaluation.sites.table
print(table[["site", "source", "measure", "value", "low", "high", "pooled"]].round(2))
