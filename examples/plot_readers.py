"""Model, clinical regression, experts and trainees, and what they reach together.

The table of a study that combined a network, a logistic regression and two groups of physicians,
rebuilt on simulated nodes: every combination beside its parts, all pairwise differences of areas,
and one comparison that was named beforehand. Figures are written to the folder named on the command
line (default: the current one)::

    python examples/plot_readers.py figures
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from radln.cohort.simulate import simulate_cohort
from radln.designs import grouped_folds
from radln.stats import Combination, combine_reads, fit_combination

out = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
out.mkdir(parents=True, exist_ok=True)
readers = ["expert_1", "expert_2", "trainee_1", "trainee_2"]


def prepared(n_patients: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Nodes, their predictors as numbers, and the truth; one row a node."""
    nodes = simulate_cohort(n_patients, seed=seed).table.drop_duplicates("node")
    columns = ["age", "long_axis_mm", "short_axis_mm", "border", "hilum", "echogenicity", "doppler"]
    table = pd.get_dummies(nodes[columns], dtype=float)
    return nodes, table, (nodes["outcome"] == "malignant").to_numpy()


nodes, table, y_true = prepared(120, seed=5)
patient = nodes["patient"]
DESCRIPTORS = ["short_axis_mm", "border_ill-defined", "hilum_absent", "echogenicity_hypoechoic"]
learners = {
    "model": (RandomForestClassifier(200, min_samples_leaf=5, random_state=0), list(table)),
    "regression": (make_pipeline(StandardScaler(), LogisticRegression()), DESCRIPTORS),
}

# %% What was fitted to these patients speaks as its out-of-fold probabilities.
members = {reader: nodes[reader].to_numpy() for reader in readers}
for name, (learner, columns) in learners.items():
    risk = np.empty(y_true.size)
    for fold in grouped_folds(y_true, patient, n_folds=5, seed=1):
        learner.fit(table.iloc[fold.train][columns], y_true[fold.train])
        risk[fold.test] = learner.predict_proba(table.iloc[fold.test][columns])[:, 1]
    members[name] = risk
members = {name: members[name] for name in ("model", "regression", *readers)}

# %% Physicians call a node positive from 4 of 5; everything else is learned in training folds.
joined = [
    Combination("or", ("model", "regression")),
    Combination("or", ("model", "experts")),
    Combination("and", ("model", "experts")),
    Combination("arbitrate", ("model", "experts")),
    Combination("mean", ("model", "experts")),
    Combination("stack", ("model", "experts")),
    Combination("or", ("model", "trainees")),
    Combination("stack", ("model", "trainees")),
    Combination("or", ("model", "regression", "experts")),
    Combination("majority", ("model", "regression", "experts")),
    Combination("max", ("model", "regression", "experts")),
    Combination("weighted", ("model", "regression", "experts")),
    Combination("stack", ("model", "regression", "experts")),
]
study = combine_reads(
    y_true,
    members,
    joined,
    groups={"experts": readers[:2], "trainees": readers[2:]},
    cutoffs=dict.fromkeys(readers, 4),
    primary=("stack of model, regression, experts", "experts"),
    primary_on="balanced_accuracy",  # experts call, so that calls are compared with calls
    cluster=patient,
    n_repeats=3,
)
pd.set_option("display.width", 200, "display.max_columns", 30, "display.max_rows", 200)
print("SIMULATED DATA")
print(study.table()[["source", "F1", "Sensitivity", "Specificity", "AUC"]].to_string(index=False))
print(study)

# %% All pairwise differences of areas, without tests; printed are those between the groups.
study.differences.to_csv(out / "readers_auc_differences.csv", index=False)
shown = ["model", "regression", "experts", "trainees", "model or experts", study.primary.first]
for gap in study.differences.itertuples():
    if gap.first in shown and gap.second in shown:
        limits = f"{gap.low:+.2f} to {gap.high:+.2f}"
        print(f"{gap.first} minus {gap.second}: {gap.value:+.2f} ({limits}), {gap.compared}")

# %% One combination fitted to all of them meets the patients of another hospital.
stack = fit_combination(
    y_true, members, joined[5], groups={"experts": readers[:2]}, cluster=patient
)
elsewhere, other_table, other_truth = prepared(60, seed=6)
reads = {reader: elsewhere[reader].to_numpy() for reader in readers}
learner, columns = learners["model"]
reads["model"] = learner.fit(table[columns], y_true).predict_proba(other_table[columns])[:, 1]
scored = stack.score(reads, cluster="other-" + elsewhere["patient"])
right = (scored["call"] == other_truth).mean()
print(f"{stack.combination.name} elsewhere: {right:.0%} of {len(scored)} calls are right")

# %% The areas; those of calls alone are labelled.
study.plot().figure.savefig(out / "readers_auc.png", dpi=150)
study.plot(metric="f1").figure.savefig(out / "readers_f1.png", dpi=150)
