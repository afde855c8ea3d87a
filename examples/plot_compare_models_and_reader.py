"""Compare a published score, size alone and two readers on the same nodes.

No images and no training: a table with the truth, the patients and what each side said is enough.
The data are simulated. Figures are written to the folder named on the command line (default: the
current one)::

    python examples/plot_compare_models_and_reader.py figures
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
from scipy.special import expit

import radln
from radln.cohort.simulate import simulate_cohort

out = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
out.mkdir(parents=True, exist_ok=True)

# %% One row a node: several nodes of a patient are not independent, so the patient comes along.
nodes = simulate_cohort(200, seed=2).table.drop_duplicates("node")
y_true = (nodes["outcome"] == "malignant").to_numpy()
patient = nodes["patient"]

# %% The published score gives a probability; size is any number that rises with suspicion.
risk = expit(
    -3.0
    + 0.20 * nodes["short_axis_mm"]
    + 1.2 * (nodes["hilum"] == "absent")
    + 1.0 * (nodes["border"] == "ill-defined")
).to_numpy()
size = nodes["short_axis_mm"].to_numpy()

print("SIMULATED DATA")
for name, score in {
    "published score": risk,
    "size alone": size,
    "expert_1": nodes["expert_1"],
    "trainee_1": nodes["trainee_1"],
}.items():
    print(f"{name}: {radln.auc(y_true, score, cluster=patient)}")

# %% The one comparison that was named beforehand; the readers follow as differences.
print(radln.compare_auc(y_true, risk, size, cluster=patient))
for reader in ("expert_1", "trainee_1"):
    gap = radln.compare_auc(y_true, risk, nodes[reader], cluster=patient).difference
    print(f"published score minus {reader}: {gap.format(3)}")

# %% A reader's 4 or 5 is a positive call.
called = {r: radln.diagnostic_table(y_true, nodes[r] >= 4, cluster=patient)
          for r in ("expert_1", "trainee_1")}  # fmt: skip
print(called["expert_1"])

# %% ROC curve with the readers' calls, calibration, decision curve.
figure, axes = plt.subplots(1, 3, figsize=(12, 4.5), layout="constrained")
radln.roc_curve(y_true, risk).plot(axes[0])
for (reader, table), marker in zip(called.items(), "os", strict=True):
    at = 1 - table.specificity.value, table.sensitivity.value
    axes[0].plot(*at, marker, color="black", label=reader)
axes[0].legend(loc="lower right", frameon=False)
radln.calibration(y_true, risk, cluster=patient).plot(axes[1])
radln.decision_curve(y_true, risk, cluster=patient).plot(axes[2])
figure.suptitle("Simulated data")
figure.savefig(out / "compare_models_and_reader.png", dpi=150)
