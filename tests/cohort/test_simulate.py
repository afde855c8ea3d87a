"""The simulated cohort: reproducible, with the effects that it states."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

from radln.cohort.simulate import READERS, simulate_cohort
from radln.errors import InputError


def rank_auc(positive, score):
    u = mannwhitneyu(score[positive], score[~positive]).statistic
    return u / (positive.sum() * (~positive).sum())


@pytest.fixture(scope="module")
def cohort():
    return simulate_cohort(120, seed=1)


def test_same_seed_same_cohort_and_pictures(cohort):
    again = simulate_cohort(120, seed=1)
    pd.testing.assert_frame_equal(cohort.table, again.table)
    for (name, image, region), (name2, image2, region2), _ in zip(
        cohort.images(), again.images(), range(3), strict=False
    ):
        assert name == name2
        np.testing.assert_array_equal(image, image2)
        np.testing.assert_array_equal(region, region2)


def test_another_seed_another_cohort(cohort):
    assert not cohort.table.equals(simulate_cohort(120, seed=2).table)


def test_structure(cohort):
    nodes = cohort.table.drop_duplicates("node")
    per_patient = nodes.groupby("patient").size()
    assert per_patient.min() == 1 and per_patient.max() == 3
    assert cohort.table.groupby("node").size().max() == 2
    assert cohort.table["site"].nunique() == 3
    assert (cohort.table.groupby("node")["outcome"].nunique() == 1).all()
    assert (nodes.groupby("patient")["outcome"].nunique() == 2).any(), "mixed patients are normal"
    assert cohort.table["image"].is_unique


@pytest.mark.parametrize("seed", range(1, 6))
def test_known_effects(seed):
    truth = simulate_cohort(400, seed=seed).truth.drop_duplicates("node").reset_index(drop=True)
    positive = (truth["outcome"] == "malignant").to_numpy()
    assert 0.70 < rank_auc(positive, truth["log_odds"].to_numpy()) < 0.92
    assert rank_auc(positive, truth["short_axis_mm"].to_numpy()) > 0.5
    aucs = {reader: rank_auc(positive, truth[reader].to_numpy()) for reader in READERS}
    assert min(aucs["expert_1"], aucs["expert_2"]) > max(aucs["trainee_1"], aucs["trainee_2"])


def test_images_show_the_node(cohort):
    for (_, image, region), _ in zip(cohort.images(), range(5), strict=False):
        assert image.dtype == np.uint8 and image.shape == region.shape
        assert 200 < region.sum() < image.size / 2
        assert np.unique(image).size > 64


def test_too_few_patients():
    with pytest.raises(InputError, match="at least 10"):
        simulate_cohort(3)
