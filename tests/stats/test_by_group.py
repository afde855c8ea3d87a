"""Areas of groups: what they must equal, and what a shared patient does to their difference."""

from __future__ import annotations

import numpy as np
import pytest

from radln.errors import InputError
from radln.stats import auc, compare_auc
from radln.stats.discrimination.by_group import areas_by_group


def simulated(seed=0, n=200):
    rng = np.random.default_rng(seed)
    patient = np.arange(n) // 2
    y = rng.random(n) < 0.4
    score = y + rng.normal(size=n) + 0.5 * rng.normal(size=n // 2)[patient]
    return y, score, patient, rng


def test_areas_are_those_of_the_group_alone():
    y, score, patient, _ = simulated()
    group = np.where(patient % 2, "b", "a")
    found = areas_by_group(y, score, group, patient)
    for name in "ab":
        at = group == name
        alone = auc(y[at], score[at], cluster=patient[at]).estimate
        ours = found.areas[name].estimate
        assert (ours.value, ours.low, ours.high) == pytest.approx(
            (alone.value, alone.low, alone.high), abs=1e-12
        )
        assert ours.se == pytest.approx(alone.se, rel=1e-12)


def test_groups_without_shared_patients_have_the_sum_of_both_variances():
    y, score, patient, _ = simulated()
    group = np.where(patient % 2, "b", "a")
    found = areas_by_group(y, score, group, patient)
    (other,) = found.differences
    gap, errors = found.differences[other], [one.estimate.se for one in found.areas.values()]
    sign = 1 if found.reference == "a" else -1
    a, b = (found.areas[name].estimate.value for name in "ab")
    assert gap.value == pytest.approx(sign * (b - a), abs=1e-12)
    assert gap.se == pytest.approx(np.hypot(*errors), rel=0.02)


def test_the_same_cases_twice_are_a_paired_comparison():
    """Each patient's cases in both groups, with two scores: the difference of paired areas."""
    y, score, patient, rng = simulated()
    other = score + rng.normal(size=y.size)
    paired = compare_auc(y, score, other, cluster=patient)
    found = areas_by_group(
        np.tile(y, 2),
        np.concatenate([score, other]),
        np.repeat(["first", "second"], y.size),
        np.tile(patient, 2),
    )
    assert found.reference == "first"
    assert found.differences["second"].value == pytest.approx(-paired.difference.value, abs=1e-12)
    assert found.differences["second"].se == pytest.approx(paired.difference.se, rel=0.02)


def test_below_ten_patients_of_a_class_there_is_no_number():
    y, score, patient, _ = simulated()
    group = np.where(patient < 12, "small", "large")
    found = areas_by_group(y, score, group, patient)
    assert found.areas["small"].estimate is None and found.areas["large"].estimate is not None
    assert found.reference is None and not found.differences
    assert found.areas["small"].n == 24
    with pytest.raises(InputError, match="as long as each other"):
        areas_by_group(y, score, group[1:], patient)


def test_the_interval_of_a_difference_covers_in_nineteen_of_twenty():
    """400 cohorts whose groups share patients and rank alike: 0 lies within 92 to 98 %."""
    inside = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        patient = np.repeat(np.arange(80), 2)
        y = (rng.random(80) < 0.4)[patient]
        score = y + rng.normal(size=160) + rng.normal(size=80)[patient]
        group = np.where(np.arange(160) % 2, "b", "a")
        gap = next(iter(areas_by_group(y, score, group, patient).differences.values()))
        inside += gap.low <= 0 <= gap.high
    assert 0.92 <= inside / 400 <= 0.98
