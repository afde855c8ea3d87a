"""Another centre: a second table, with its own patients.

Its intervals speak of the fitted models, in patients like those of the other centre.

The data are simulated, and there are no images. The report is written to the folder named on the
command line (default: the current one)::

    python examples/design_external.py results
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

# %% Two tables with the same columns, one row a node.
nodes = simulate_cohort(120, seed=3).table.drop_duplicates("node")
nodes.to_csv(out / "nodes.csv", index=False)

there = simulate_cohort(90, seed=8).table.drop_duplicates("node")
for column in ("image", "patient", "node"):
    there[column] = "B" + there[column]  # no name may stand in both tables
there.to_csv(out / "there.csv", index=False)

# %% The second table is tested; nothing learns from it. With images: external:TABLE,IMAGES,MASKS.
proposal = propose(
    Request(
        table=out / "nodes.csv",
        case="image",
        patient="patient",
        outcome="outcome",
        clinical=("age", "border", "hilum"),
        readers=("expert_1:4",),
        site="site",
        design=f"external:{out / 'there.csv'}",
    ),
    name="external",
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
print(result.cohort.units.groupby("tested")["patient_id"].nunique())
