"""What a split by image does to the numbers: a demonstration of a mistake, and of nothing else.

Every patient has five images, whose features look alike because they show the same person; they say
nothing of the outcome. Models are cross-validated twice: with the patient as the unit of the split,
as radln has it in every design, and with the image, which no setting of study.yaml gives. In the
second, a patient's other images are among those that the model learned from, and it recognises
people. The data are simulated::

    python examples/split_by_image.py
"""

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from radln.designs import grouped_folds
from radln.stats import auc

PATIENTS, IMAGES, FEATURES, FOLDS = 160, 5, 10, 5
rng = np.random.default_rng(7)

# %% Noise that is the patient's own, and a little of each image's.
patient = np.repeat(np.arange(PATIENTS), IMAGES)
diseased = rng.permutation(PATIENTS) < PATIENTS // 2
y = diseased[patient].astype(int)
features = rng.normal(size=(PATIENTS, FEATURES))[patient]
features += 0.3 * rng.normal(size=features.shape)


# %% The same learner on folds of patients, and on folds of images.
def area_of(unit: np.ndarray) -> str:
    """The mean AUC within folds whose ``unit`` stays on one side."""
    areas = []
    for fold in grouped_folds(y, unit, n_folds=FOLDS, seed=1):
        forest = RandomForestClassifier(200, random_state=0)
        forest.fit(features[fold.train], y[fold.train])
        score = forest.predict_proba(features[fold.test])[:, 1]
        areas.append(auc(y[fold.test], score, cluster=patient[fold.test]).estimate.value)
    return f"{np.mean(areas):.2f}"


print("SIMULATED DATA: the features say nothing of the outcome, and an honest AUC is about 0.5.")
print(f"AUC with the patient as the unit of the split:          {area_of(patient)}")
print(f"AUC with the image as the unit, a mistake to look at:   {area_of(np.arange(y.size))}")
