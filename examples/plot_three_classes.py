"""Compare two modalities that tell benign, metastatic and lymphoma nodes apart.

Areas of every class and their averages, a paired comparison, the confusion matrix. The data are
simulated. Figures are written to the folder named on the command line (default: the current one)::

    python examples/plot_three_classes.py figures
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from radln import stats

out = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
out.mkdir(parents=True, exist_ok=True)

# %% 240 nodes of 120 patients; elastography adds to B-mode where lymphoma is concerned.
classes = ["benign", "metastatic", "lymphoma"]
rng = np.random.default_rng(7)
patient = np.repeat(np.arange(120), 2)
code = rng.choice(3, 120, p=[0.5, 0.3, 0.2])[patient]
truth = np.array(classes)[code]


def probabilities(signal):
    """What a model with this much signal a class says."""
    scores = rng.normal(size=(code.size, 3)) + np.eye(3)[code] * signal
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return pd.DataFrame(shares, columns=classes)


b_mode, both = probabilities([1.5, 1.2, 0.6]), probabilities([1.6, 1.4, 1.8])

# %% The average that is tested was named beforehand; all else follows as differences.
print("SIMULATED DATA")
found = stats.multiclass_auc(truth, both, cluster=patient)
print(found)
gain = stats.compare_multiclass_auc(truth, both, b_mode, cluster=patient, average="macro")
print(gain)
print(gain.frame()[["metric", "first", "value", "low", "high"]].round(3).to_string(index=False))

# %% The class with the highest probability is the call.
called = both.idxmax(axis=1)
matrix = stats.confusion_matrix(truth, called, classes=classes, cluster=patient)
print(matrix)

figure, axes = plt.subplots(1, 2, figsize=(9.5, 4.6), layout="constrained")
found.plot(axes[0])
matrix.plot(axes[1])
figure.suptitle("Simulated data")
figure.savefig(out / "three_classes.png", dpi=150)
