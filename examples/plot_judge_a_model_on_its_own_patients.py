"""Fit a logistic model of a few named predictors and judge it on the same patients, honestly.

A table of odds ratios, performance corrected for optimism, how far a patient's risk depends on who
was in the study, and what sample size the next study needs. The data are simulated. Figures are
written to the folder named on the command line (default: the current one)::

    python examples/plot_judge_a_model_on_its_own_patients.py figures
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from radln import stats
from radln.cohort.simulate import simulate_cohort

out = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
out.mkdir(parents=True, exist_ok=True)

# %% One row a node; the predictors were named before the data were seen.
nodes = simulate_cohort(150, seed=4).table.drop_duplicates("node").reset_index(drop=True)
y_true = (nodes["outcome"] == "malignant").to_numpy()
patient = nodes["patient"]
X = nodes[["age", "short_axis_mm"]].assign(
    no_hilum=(nodes["hilum"] == "absent") * 1.0,
    ill_defined=(nodes["border"] == "ill-defined") * 1.0,
)
X = X.fillna(X.median())

print("SIMULATED DATA")
print(stats.table_one(X, y_true, cluster=patient))
table = stats.logistic_regression(y_true, X, cluster=patient)
print(table)
print("per 5 mm:", table.odds_ratio("short_axis_mm", per=5))

# %% The whole pipeline is fitted again in every resample of the patients.
model = make_pipeline(StandardScaler(), LogisticRegression(C=np.inf))
judged = stats.optimism_corrected(model, X, y_true, cluster=patient, n_resamples=100)
print(judged)

# %% The next study: how many patients for these predictors, and to validate the model?
prevalence, area = round(float(y_true.mean()), 2), round(judged.auc.value, 2)
print(stats.size_development_binary(X.shape[1], prevalence, c_statistic=area))
print(stats.size_validation(prevalence, area))

# %% Odds ratios, corrected calibration, instability.
figure, axes = plt.subplots(1, 3, figsize=(14, 4.6), layout="constrained")
table.plot(axes[0])
judged.plot(axes[1])
judged.plot_instability(axes[2])
figure.suptitle("Simulated data")
figure.savefig(out / "judge_a_model_on_its_own_patients.png", dpi=150)
