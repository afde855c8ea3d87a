"""One area against chance."""

from itertools import combinations

import numpy as np
import pytest

from radln.errors import InputError
from radln.stats import auc, auc_against_chance


def study(seed, n_patients=40, gap=0.0, within=False):
    """Outcome, score with ties and patients of 1 to 3 nodes."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_patients), rng.integers(1, 4, n_patients))
    y = rng.integers(0, 2, n_patients)[cluster]
    if within:
        y = rng.integers(0, 2, cluster.size)
    score = np.round(2 * (rng.standard_normal(n_patients)[cluster] + gap * y)) / 2
    return y, score, cluster


def test_p_is_that_of_every_arrangement():
    y, score = np.array([0, 0, 1, 0, 1, 1, 0]), np.array([1, 2, 2, 3, 4, 5, 1])
    areas = [auc(np.isin(np.arange(7), rows), score).value for rows in combinations(range(7), 3)]
    exact = np.mean(np.array(areas) >= auc(y, score).value - 1e-12)
    found = auc_against_chance(y, score, n_resamples=20_000)
    assert found.pvalue == pytest.approx(exact, abs=0.01)
    assert set(np.round(found.null, 9)) == set(np.round(areas, 9))


def test_the_area_and_its_interval_are_those_of_auc():
    y, score, cluster = study(1)
    for patients in (None, cluster):
        found, plain = (
            auc_against_chance(y, score, cluster=patients),
            auc(y, score, cluster=patients),
        )
        assert (found.value, found.low, found.high) == (plain.value, plain.low, plain.high)


def test_p_is_never_zero_and_every_direction_has_its_own():
    y, score, cluster = study(2, gap=9.0)
    options = {"cluster": cluster, "n_resamples": 199}
    p = {
        side: auc_against_chance(y, score, alternative=side, **options).pvalue
        for side in ("greater", "less", "two-sided")
    }
    assert p["greater"] == p["two-sided"] == 1 / 200
    assert p["less"] == 1.0
    mirrored = auc_against_chance(y, -score, alternative="less", **options)
    assert mirrored.pvalue == p["greater"]


def test_a_score_of_one_value_is_chance():
    found = auc_against_chance([0, 1, 1, 0], [3, 3, 3, 3])
    assert (found.value, found.pvalue) == (0.5, 1.0)


@pytest.mark.parametrize("within", [False, True])
def test_patients_keep_the_level_that_single_cases_would_break(within):
    """A score that belongs to the patient only: cases count for less than they seem to."""
    found = {"patients": [], "cases": []}
    for seed in range(120):
        y, score, cluster = study(seed, n_patients=30, within=within)
        for name, given in (("patients", cluster), ("cases", None)):
            result = auc_against_chance(y, score, cluster=given, n_resamples=99, rng=seed)
            found[name].append(result.pvalue <= 0.1)
    assert np.mean(found["patients"]) < 0.19  # three standard errors above 0.1
    if not within:
        assert np.mean(found["cases"]) > np.mean(found["patients"])


def test_patients_who_cannot_exchange_are_named_or_refused():
    y, score = [0, 1, 1, 0, 1, 0], [1, 2, 3, 4, 5, 6]
    with pytest.raises(InputError, match="cluster: no two patients"):
        auc_against_chance(y, score, cluster=list("abbccc"))
    found = auc_against_chance(y, score, cluster=list("aabbcd"))
    assert not any("exchange" in note or "keep their" in note for note in found.warnings)
    found = auc_against_chance([*y, 1, 0, 1], [*score, 7, 8, 9], cluster=list("aabbcdeee"))
    assert "1 patient(s) share their number" in found.warnings[-1]


def test_a_generator_goes_on_and_a_seed_repeats():
    y, score, cluster = study(5, gap=0.4)
    options = {"cluster": cluster, "n_resamples": 50}
    first = auc_against_chance(y, score, rng=4, **options)
    assert np.array_equal(first.null, auc_against_chance(y, score, rng=4, **options).null)
    generator = np.random.default_rng(4)
    assert np.array_equal(first.null, auc_against_chance(y, score, rng=generator, **options).null)
    with pytest.raises(ValueError, match="read-only"):
        first.null[0] = 1
