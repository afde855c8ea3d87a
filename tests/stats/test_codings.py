"""Two codings of one scale, and categories turned round, are named; ordinary ratings are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.stats import kappa, rater_agreement

pytestmark = pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
rng = np.random.default_rng(7)
A = rng.integers(0, 2, 60)
B = np.where(rng.random(60) < 0.85, A, 1 - A)
GRADES = rng.integers(1, 4, 60)


def said(result):
    return " ".join(result.warnings)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (A, B + 1),  # 0 and 1 beside SPSS's 1 and 2
        (A, np.where(B == 1, 2, 0)),
        (GRADES, GRADES - 1),
        (np.where(A == 1, "yes", "no"), np.where(B == 1, "1", "0")),
    ],
)
def test_two_codings_of_one_scale(one, other):
    assert "Then write the ratings of both in one way" in said(kappa(one, other))
    assert "exchanged" not in said(kappa(one, other))
    table = pd.DataFrame({"A": one, "third": one, "B": other})
    assert "column 'A' uses" in said(rater_agreement(table))


def test_many_pairs_are_counted():
    found = rater_agreement(np.stack([A, B, A, B + 1, A + 1, B + 1], axis=1))
    assert sum("Then write" in note for note in found.warnings) == 2
    assert "So do 7 more pairs." in found.warnings


def test_categories_turned_round():
    assert "exchanged" in said(kappa(A, 1 - B))
    assert "exchanged" in said(rater_agreement(np.stack([A, 1 - B], axis=1)))


@pytest.mark.parametrize("seed", range(20))
def test_chance_and_agreement_are_not(seed):
    r = np.random.default_rng(seed)
    one, by_chance = r.integers(0, 3, 40), r.integers(0, 3, 40)
    alike = np.clip(one + r.integers(-1, 2, 40) * (r.random(40) < 0.4), 0, 2)
    assert kappa(one, alike).warnings == ()
    if kappa(one, by_chance).high >= 0:
        assert kappa(one, by_chance).warnings == ()


def test_a_rater_without_the_highest_grade_is_not():
    capped = np.minimum(GRADES, 2)
    assert kappa(GRADES, capped).warnings == ()
