"""Single cases: values beside names, and the probabilities at start and end."""

import numpy as np
import pytest
from scipy.special import logit

from radln.explain.attribution import attribute
from radln.explain.waterfall import Waterfall, waterfalls
from radln.models.settings import ModelSettings
from tests.conftest import cross_fitted, recipes_of


@pytest.fixture(scope="module")
def items(cohort):
    settings = ModelSettings(folds=2, repeats=1, inner_folds=2)
    found = recipes_of(cohort, settings, learners=("logistic",))
    fit = cross_fitted(cohort, settings, seed=1, found=found)
    attribution = attribute(cohort, fit, "combined_logistic")
    return attribution, waterfalls(cohort, attribution, positive="malignant", negative="benign")


def test_they_are_told_in_the_outcomes_own_words(items):
    assert [item.title for item in items[1]] == [
        "malignant case, surest right",
        "malignant case, surest wrong",
        "benign case, surest right",
        "benign case, surest wrong",
    ]


def test_the_sum_is_the_prediction(items):
    attribution, found = items
    log_odds = attribution.values[0].sum(axis=1) + attribution.base[0]
    end = found[0].probabilities[1]
    assert logit(end) == pytest.approx(found[0].base + found[0].contributions.sum())
    assert np.isclose(log_odds, logit(end)).any()


def test_values_stand_beside_names(items):
    labels = [label for item in items[1] for label in item.labels[:-1]]
    assert all(" = " in label or label.endswith("not known") for label in labels)
    assert any(label.startswith("long axis of the mask (mm) = ") for label in labels)
    assert {item.labels[-1] for item in items[1]} == {"all others"}


def test_probabilities_of_a_flat_case():
    assert Waterfall("", ("a",), np.zeros(1), 0.0).probabilities == (0.5, 0.5)
