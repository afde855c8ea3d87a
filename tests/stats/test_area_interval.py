"""The default interval of an area: coherent, within its range, of use near 0 and 1."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from radln.stats import auc, auc_against_chance, compare_auc, compare_aucs
from radln.stats.discrimination._area_interval import farthest_limits

WIDE = 3.841458820694124


@st.composite
def discordant(draw):
    """Scores of both classes, with a pair in the wrong order, tied or not, and maybe patients."""
    seed, m, n = draw(st.integers(0, 2**31)), draw(st.integers(2, 25)), draw(st.integers(2, 25))
    rng = np.random.default_rng(seed)
    y = np.r_[np.ones(m, bool), np.zeros(n, bool)]
    score = rng.normal(size=m + n) + y * draw(st.floats(0, 3.5))
    if draw(st.booleans()):
        score = np.round(2 * score)
    wrong = np.argwhere(score[:m, None] < score[None, m:])
    assume(len(wrong))
    i, j = wrong[draw(st.integers(0, len(wrong) - 1))]
    cluster = np.r_[np.arange(m) // 2, np.arange(n) // 2] if draw(st.booleans()) else None
    if cluster is not None:
        assume(min(m, n) >= 10)
    return y, score, int(i), m + int(j), cluster


@settings(max_examples=400, deadline=None)
@given(discordant(), st.sampled_from([0.8, 0.95, 0.99]))
def test_a_pair_put_right_never_lowers_a_limit(case, level):
    y, score, i, j, cluster = case
    swapped = score.copy()
    swapped[[i, j]] = score[[j, i]]
    raised = score.copy()
    raised[i] = score[j] + 1e-9
    before = auc(y, score, cluster=cluster, confidence_level=level)
    for mended in (swapped, raised):
        after = auc(y, mended, cluster=cluster, confidence_level=level)
        assert after.low >= before.low - 1e-7
        assert after.high >= before.high - 1e-7


def test_the_floor_never_falls_as_the_area_grows():
    for m in (2, 3, 5, 12, 40, 300):
        for n in (2, 4, 9, 30, 500):
            for chi_square in (1.6, WIDE, 6.6, 15.0):
                areas = np.linspace(0, 1, 400)
                limits = np.array([farthest_limits(a, (m, n), chi_square) for a in areas])
                assert (np.diff(limits, axis=0) > -1e-12).all()
                assert (limits[:, 0] <= areas + 1e-12).all()
                assert (limits[:, 1] >= areas - 1e-12).all()


def test_perfect_separation_has_a_limit_to_learn_from():
    two = auc([0, 0, 1, 1], [1, 2, 3, 4])
    assert (two.value, two.high) == (1.0, 1.0)
    assert two.low == pytest.approx(0.386, abs=5e-4)
    y = np.r_[np.zeros(15), np.ones(5)]
    clean, spoilt = np.arange(20.0), np.arange(20.0)
    spoilt[[14, 15]] = spoilt[[15, 14]]
    # Newcombe's method 5 by an independent root: 1 - t = z sqrt(V(t))
    assert auc(y, clean).low == pytest.approx(0.7454, abs=5e-5)
    assert auc(y, spoilt).low < auc(y, clean).low
    assert not auc(y, clean).warnings


def test_a_constant_score_is_not_known_exactly():
    same = auc([0, 0, 0, 0, 1, 1, 1, 1], [3.0] * 8)
    assert same.value == 0.5
    assert same.low < 0.25 and same.high > 0.75


def test_the_likelihood_limit_is_the_smallest_weighted_area():
    rng = np.random.default_rng(5)
    y = np.r_[np.ones(9, bool), np.zeros(12, bool)]
    score = rng.normal(size=21) + 0.8 * y
    right = (score[:9, None] > score[None, 9:]).astype(float)

    def weights(x):
        parts = np.exp(x[:9]), np.exp(x[9:])
        return parts[0] / parts[0].sum(), parts[1] / parts[1].sum()

    def area(x):
        p, q = weights(x)
        return p @ right @ q

    def room(x):
        p, q = weights(x)
        return WIDE + 2 * (np.log(9 * p).sum() + np.log(12 * q).sum())

    found = minimize(
        area,
        np.zeros(21),
        constraints={"type": "ineq", "fun": room},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert found.success
    assert_allclose(auc(y, score).low, found.fun, atol=1e-6)


def test_turning_the_score_round_turns_the_interval_round():
    rng = np.random.default_rng(2)
    y, score = rng.random(40) < 0.4, rng.normal(size=40)
    there, back = auc(y, score), auc(y, -score)
    assert_allclose([there.low, there.high], [1 - back.high, 1 - back.low], atol=1e-9)


def test_copies_of_patients_do_not_narrow_it():
    rng = np.random.default_rng(3)
    y, score = rng.random(60) < 0.5, rng.normal(size=60)
    score = score + y
    once = auc(y, score)
    thrice = auc(np.tile(y, 3), np.tile(score, 3), cluster=np.tile(np.arange(60), 3))
    assert_allclose([thrice.low, thrice.high], [once.low, once.high], atol=1e-6)


def test_every_area_of_the_family_has_the_same_interval():
    rng = np.random.default_rng(4)
    y, a, b = rng.random(30) < 0.5, rng.normal(size=30), rng.normal(size=30)
    own = auc(y, a).estimate
    assert compare_auc(y, a, b).auc_a == own
    chance = auc_against_chance(y, a, n_resamples=99).estimate
    assert (chance.low, chance.high) == (own.low, own.high)
    row = compare_aucs(y, {"a": a, "b": b}).areas.iloc[0]
    assert (row["low"], row["high"]) == (own.low, own.high)
