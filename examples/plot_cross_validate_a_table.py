"""Cross-validate models on a table of predictors, patient by patient, and draw a nomogram.

No images: the predictors may come from anywhere. The data are simulated. Figures are written to the
folder named on the command line (default: the current one)::

    python examples/plot_cross_validate_a_table.py figures
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import radln
from radln.cohort.blocks import all_blocks, columns_in
from radln.cohort.simulate import simulate_cohort
from radln.designs import CrossValidation, Split, check_splits
from radln.errors import LeakageError
from radln.explain.linear import linear_predictor
from radln.models.cross_fit import cross_fit, fit_all
from radln.models.recipe import recipes
from radln.models.settings import ModelSettings, RecipeSettings
from radln.models.train import table_models
from radln.stats import compare_over_folds

out = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
out.mkdir(parents=True, exist_ok=True)

# %% One row a node; raw predictors, nothing scaled, filled in or selected beforehand.
nodes = simulate_cohort(200, seed=2).table.drop_duplicates("node").set_index("node")
nodes.index.name = "unit_id"
predictors = nodes[["age", "border", "hilum", "echogenicity"]].add_prefix("clinical_")
predictors["node_short_axis_mm"] = nodes["short_axis_mm"]
cohort = radln.Cohort(
    units=pd.DataFrame(
        {"patient_id": nodes["patient"], "y_true": (nodes["outcome"] == "malignant").astype(int)}
    ),
    predictors=predictors,
    blocks={
        "clinical": tuple(c for c in predictors if c.startswith("clinical_")),
        "size": ("node_short_axis_mm",),
    },
    reads=nodes[["expert_1"]],
)
cohort.check()

# %% A split of nodes instead of patients is refused.
rows = np.arange(len(nodes))
try:
    check_splits([Split(0, 0, train=rows[::2], test=rows[1::2])], cohort.patient_id)
except LeakageError as error:
    print(f"LeakageError: {error}")

# %% Out-of-fold predictions: imputing, scaling, tuning and cut-offs happen inside the folds.
models = {
    f"{block}_logistic": RecipeSettings(learner="logistic", keep=(block,))
    for block in ("size", "clinical")
}
settings = ModelSettings(fitted=models)
candidates = table_models(recipes(all_blocks(cohort), settings)[0], settings, seed=1)
splits = CrossValidation(folds=5, repeats=2).splits(cohort.units, cohort.outcome, seed=1)
fit = cross_fit(cohort, splits, candidates)

# %% The clinical model against size alone, and against the reader, on the same held-out nodes.
folds = np.stack([fit.fold_of[r] for r in fit.predictions.repeats])


def held_out(source: str) -> np.ndarray:
    """Scores by repeat, in the cohort's order."""
    wide = fit.predictions.select(source).pivot(index="repeat", columns="unit_id", values="y_score")
    return wide[cohort.units.index].to_numpy()


print("SIMULATED DATA")
for other, scores in {
    "size": held_out("size_logistic"),
    "expert_1": cohort.reads["expert_1"].to_numpy(float),
}.items():
    result = compare_over_folds(
        cohort.y_true, held_out("clinical_logistic"), scores, folds, cluster=cohort.patient_id
    )
    print(f"clinical against {other}: {result}")

# %% The clinical model, fitted on all nodes, as a nomogram.
whole = Split.whole(len(cohort.units))
fits = fit_all(columns_in(cohort, whole), whole, candidates)
clinical = next(fit.model for fit in fits if fit.model.source == "clinical_logistic")
nomogram = radln.Nomogram(linear_predictor(clinical), outcome="malignant")
nomogram.plot().figure.savefig(out / "nomogram_of_a_table.png", dpi=150, bbox_inches="tight")
patient = {"clinical_age": 62, "clinical_border": "ill-defined", "clinical_hilum": "absent",
           "clinical_echogenicity": "hypoechoic"}  # fmt: skip
print(f"probability of this node: {nomogram.probability(patient)[0]:.2f}")
