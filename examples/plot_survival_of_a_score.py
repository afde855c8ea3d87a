"""Judge a prognostic score: curves of its thirds, a Cox model, concordance, calibration at 2 years.

The data are simulated. Figures are written to the folder named on the command line (default: the
current one)::

    python examples/plot_survival_of_a_score.py figures
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from radln import stats

out = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
out.mkdir(parents=True, exist_ok=True)

# %% 300 patients, followed for 1 to 5 years; time in years, event 1 is recurrence.
rng = np.random.default_rng(3)
n = 300
score, age = rng.normal(size=n), rng.normal(60, 9, n)
recurrence = rng.exponential(6 * np.exp(-0.7 * score - 0.02 * (age - 60)))
followed = rng.uniform(1, 5, n)
time, event = np.minimum(recurrence, followed), recurrence <= followed
third = pd.qcut(score, 3, labels=["low", "middle", "high"]).astype(str)

print("SIMULATED DATA")
curves = stats.kaplan_meier(time, event, group=third)
print(curves)
print(stats.logrank(time, event, third))

# %% Does the score add to age? The named predictors, the check of the model, what new patients see.
X = pd.DataFrame({"score": score, "age": age})
fit = stats.cox(time, event, X)
print(fit)
print(fit.proportional_hazards())
print(stats.cox_optimism(time, event, X, n_resamples=100))
linear = X.to_numpy() @ fit.coefficients
print(stats.compare_concordance(time, event, linear, age))

# %% The risk by two years, of these patients and therefore too good.
risk = fit.predict_risk(X, [2.0])[:, 0]
print(stats.auc_at(time, event, risk, [1.0, 2.0, 3.0]))
calibrated = stats.calibration_at(time, event, risk, 2.0)
print(calibrated)

figure, axes = plt.subplots(1, 3, figsize=(14, 4.8), layout="constrained")
curves.plot(axes[0], time_label="Time (years)")
fit.plot(axes[1])
calibrated.plot(axes[2], time_unit="years")
figure.suptitle("Simulated data")
figure.savefig(out / "survival_of_a_score.png", dpi=150)
