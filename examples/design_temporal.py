"""A test part of those who came later.

Its intervals speak of the fitted models, in patients like the later ones.

The data are simulated, and there are no images. The report is written to the folder named on the
command line (default: the current one)::

    python examples/design_temporal.py results
"""

import sys
from pathlib import Path

import pandas as pd

import radln
from radln.cohort.simulate import simulate_cohort
from radln.models.settings import ModelSettings, RecipeSettings
from radln.study.init import propose
from radln.study.request import Request

out = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
out.mkdir(parents=True, exist_ok=True)

# %% One row a node, with the day of the examination.
nodes = simulate_cohort(160, seed=3).table.drop_duplicates("node")
weeks = nodes["patient"].str.slice(1).astype(int)
nodes["day"] = pd.Timestamp("2022-06-01") + pd.to_timedelta(7 * weeks, "D")
nodes.to_csv(out / "nodes.csv", index=False)

# %% Everybody from 2024 on is tested.
proposal = propose(
    Request(
        table=out / "nodes.csv",
        case="image",
        patient="patient",
        outcome="outcome",
        clinical=("age", "border", "hilum"),
        readers=("expert_1:4",),
        site="site",
        design="temporal:day=2024-01-01",
    ),
    name="temporal",
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
print(result.cohort.units["tested"].value_counts())
