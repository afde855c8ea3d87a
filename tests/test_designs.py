"""Folds over patients: nobody on both sides, classes in every fold, the same for any row order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radln.designs import (
    MEANING,
    HoldOut,
    LeaveSiteOut,
    Marked,
    Partition,
    Split,
    assert_disjoint,
    check_splits,
    grouped_folds,
    refuse_torn_patients,
)
from radln.errors import InputError, LeakageError, RadlnError, SingleClassError
from radln.evaluation.evaluate import evaluate
from radln.evaluation.settings import EvaluationSettings, PrimarySettings
from radln.models.cross_fit import cross_fit
from radln.models.settings import ModelSettings
from radln.models.train import table_models
from radln.outcome import Binary
from tests.conftest import noisy_cohort, recipes_of


@st.composite
def cohorts(draw):
    n = draw(st.integers(12, 40))
    views = draw(st.lists(st.integers(1, 4), min_size=n, max_size=n))
    patient = np.repeat([f"p{k}" for k in range(n)], views)
    y = np.array(draw(st.lists(st.booleans(), min_size=patient.size, max_size=patient.size)))
    y[patient == "p0"], y[patient == "p1"], y[patient == "p2"] = True, True, True
    y[patient == "p3"], y[patient == "p4"], y[patient == "p5"] = False, False, False
    return y, patient


@given(cohorts(), st.integers(2, 3), st.integers(0, 5))
def test_folds_are_a_partition_of_patients(cohort, n_folds, seed):
    y, patient = cohort
    folds = grouped_folds(y, patient, n_folds=n_folds, n_repeats=2, seed=seed)
    assert [(f.repeat, f.fold) for f in folds] == [(r, k) for r in (0, 1) for k in range(n_folds)]
    for repeat in (0, 1):
        tests = np.concatenate([f.test for f in folds if f.repeat == repeat])
        assert sorted(tests) == list(range(y.size))
    for fold in folds:
        assert sorted([*fold.train, *fold.test]) == list(range(y.size))
        assert not set(patient[fold.train]) & set(patient[fold.test])


@given(cohorts(), st.integers(0, 5))
def test_folds_differ_by_one_patient_at_most_in_every_stratum(cohort, seed):
    y, patient = cohort
    strata = Binary().strata(y, patient)
    for fold in grouped_folds(y, patient, n_folds=3, seed=seed):
        held = strata[np.unique(patient[fold.test])].value_counts()
        for stratum, total in strata.value_counts().items():
            assert abs(held.get(stratum, 0) - total / 3) <= 1


@given(cohorts(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(cohort, random):
    y, patient = cohort
    order = list(range(y.size))
    random.shuffle(order)
    first = [set(patient[f.test]) for f in grouped_folds(y, patient, n_folds=2)]
    second = [
        set(patient[order][f.test]) for f in grouped_folds(y[order], patient[order], n_folds=2)
    ]
    assert first == second


def test_seed_and_repeat_change_the_folds():
    y, patient = np.arange(60) % 2 == 0, np.arange(60)
    held = {
        (seed, f.repeat): tuple(f.test)
        for seed in (1, 2)
        for f in grouped_folds(y, patient, n_folds=3, n_repeats=2, seed=seed)
        if f.fold == 0
    }
    assert len(set(held.values())) == 4
    again = grouped_folds(y, patient, n_folds=3, n_repeats=2, seed=1)
    assert tuple(again[0].test) == held[1, 0]


def test_strata():
    strata = Binary().strata([0, 0, 1, 1, 0, 1], ["a", "a", "b", "b", "c", "c"])
    assert strata.to_dict() == {"a": 0, "b": 2, "c": 1}


def test_a_patient_on_both_sides():
    with pytest.raises(LeakageError, match=r"1 patient\(s\) stand in both"):
        assert_disjoint(["a", "a", "b"], [0, 2], [1])
    with pytest.raises(LeakageError, match="Split patients, not images"):
        check_splits([Split(0, 0, np.array([0]), np.array([1]))], ["a", "a"])
    check_splits([Split(0, 0, np.array([0, 1]), np.array([2]))], ["a", "a", "b"])


@pytest.mark.parametrize(
    "y, patient, n_folds, said",
    [
        ([0, 1, 0, 1], [1, 2, 3, 4], 3, "3 folds need at least 3 patients"),
        ([1, 1, 1, 0], [1, 2, 3, 3], 2, "there are 3 and 1"),
        ([0, 1], [1, 2], 1, "at least 2; got 1"),
        ([0, 1, 2], [1, 2, 3], 2, "0 and 1 only"),
        ([0, 1, np.nan], [1, 2, 3], 2, "missing"),
        ([0, 1, 0], [1, 2], 2, "patient_id has 2 values"),
        ([0, 1, 0], ["a", None, "b"], 2, "patient_id has 1 missing"),
        ([], [], 2, "empty"),
    ],
)
def test_refusals(y, patient, n_folds, said):
    with pytest.raises(RadlnError, match=said):
        grouped_folds(y, patient, n_folds=n_folds)


def test_one_class_is_refused():
    with pytest.raises((InputError, SingleClassError)):
        grouped_folds([1, 1, 1, 1], [1, 2, 3, 4], n_folds=2)


def test_columns_in_different_orders_are_refused():
    y, patient = pd.Series([0, 1] * 6), pd.Series([f"p{i}" for i in range(12)])
    with pytest.raises(InputError, match="same labels in another order"):
        grouped_folds(y, patient.iloc[::-1], n_folds=2)


# a design of one's own: a class with `splits`


@dataclass(frozen=True)
class LeaveOneSiteOut:
    """Every hospital once held out from the others."""

    def splits(self, units, outcome, seed):
        site = units["site"].to_numpy()
        return tuple(
            Split(0, k, np.flatnonzero(site != name), np.flatnonzero(site == name), "held-out")
            for k, name in enumerate(np.unique(site))
        )


def test_a_design_of_ones_own_is_fitted_and_judged():
    cohort = noisy_cohort(60, seed=5)
    site = np.array(["north", "south", "west"])[pd.factorize(cohort.patient_id)[0] % 3]
    cohort = replace(cohort, units=cohort.units.assign(site=site))
    models = ModelSettings(inner_folds=2, max_features=4)
    found = recipes_of(cohort, models, learners=("logistic",), blocks=("clinical", "size"))
    splits = LeaveOneSiteOut().splits(cohort.units, cohort.outcome, seed=0)
    fit = cross_fit(cohort, splits, table_models(found, models, seed=1))
    assert len(fit.predictions.units) == 120 and fit.predictions.sources == (
        "size_logistic",
        "clinical_logistic",
    )
    primary = PrimarySettings(full="clinical_logistic", simple="size_logistic")
    judged = evaluate(
        fit.predictions, fit.cut_offs(), EvaluationSettings(primary=primary, ladder=()), seed=1
    )
    assert judged.primary is not None and np.isfinite(judged.primary.difference.se)
    assert set(judged.by_site["site"]) == {"north", "south", "west"}


def test_every_partition_says_what_its_intervals_mean():
    assert set(MEANING) == set(get_args(Partition))
    assert all(MEANING.values())


@given(cohorts(), st.sampled_from([0.2, 0.3, 0.5]), st.integers(0, 5))
def test_a_hold_out_takes_its_share_of_the_patients_of_every_stratum(cohort, share, seed):
    y, patient = cohort
    strata = Binary().strata(y, patient)
    units = pd.DataFrame({"patient_id": patient, "y_true": y.astype(int)})
    try:
        (split,) = HoldOut(share).splits(units, Binary(), seed)
    except InputError:  # a part without an outcome, of so few patients
        return
    assert split.partition == "test"
    assert sorted([*split.train, *split.test]) == list(range(y.size))
    tested = set(patient[split.test])
    assert not tested & set(patient[split.train])
    for stratum in (0, 1, 2):
        names = strata.index[strata == stratum]
        assert len(tested & set(names)) == round(share * names.size)


def test_a_hold_out_does_not_hang_on_the_order_of_rows():
    rng = np.random.default_rng(2)
    units = pd.DataFrame(
        {"patient_id": [f"p{k}" for k in range(40)], "y_true": [0, 1] * 20, "row": range(40)}
    )
    mixed = units.iloc[rng.permutation(40)]
    tested = [
        set(table["row"].to_numpy()[HoldOut(0.3).splits(table, Binary(), 5)[0].test])
        for table in (units, mixed)
    ]
    assert tested[0] == tested[1]
    assert tested[0] != set(HoldOut(0.3).splits(units, Binary(), 6)[0].test)


def test_what_is_marked_is_tested_and_a_shared_patient_is_refused():
    units = pd.DataFrame({"patient_id": list("abcdef"), "y_true": [0, 1, 0, 1, 0, 1]})
    marked = units.assign(tested=[True, True, False, False, False, False])
    (split,) = Marked().splits(marked, Binary(), 0)
    assert (split.test.tolist(), split.train.tolist()) == ([0, 1], [2, 3, 4, 5])
    with pytest.raises(LeakageError):
        Marked().splits(marked.assign(patient_id=list("abcdea")), Binary(), 0)
    for tested, part in (([True] * 6, "training"), ([False] * 6, "test")):
        with pytest.raises(InputError, match=f"the {part} part has 0 row"):
            Marked().splits(units.assign(tested=tested), Binary(), 0)
    with pytest.raises(InputError, match=r"the test part has 2 row\(s\), 0 of them"):
        Marked().splits(units.assign(tested=[True, False, True, False, False, False]), Binary(), 0)


@given(cohorts(), st.integers(2, 5))
def test_every_site_is_tested_once_by_all_the_others(cohort, n_sites):
    y, patient = cohort
    site = np.array([f"s{int(name[1:]) % n_sites}" for name in patient])
    units = pd.DataFrame({"patient_id": patient, "y_true": y.astype(int), "site": site})
    try:
        splits = LeaveSiteOut().splits(units, Binary(), 0)
    except InputError:  # of so few patients one outcome may stand in one site only
        return
    assert [split.fold for split in splits] == list(range(n_sites))
    for split, name in zip(splits, sorted(set(site)), strict=True):
        assert split.partition == "site" and not split.locked
        assert set(site[split.test]) == {name} and name not in site[split.train]
        assert sorted([*split.train, *split.test]) == list(range(y.size))


def test_sites_that_cannot_be_left_out_are_refused():
    units = pd.DataFrame({"patient_id": list("abcd"), "y_true": [0, 1, 0, 0], "site": list("xxyy")})
    with pytest.raises(InputError, match="without the site 'x' there is one outcome only"):
        LeaveSiteOut().splits(units, Binary(), 0)
    with pytest.raises(InputError, match="needs two at least"):
        LeaveSiteOut().splits(units.assign(site="x"), Binary(), 0)
    torn = units.assign(patient_id=list("abca"), y_true=[0, 1, 0, 1])
    with pytest.raises(LeakageError):
        LeaveSiteOut().splits(torn, Binary(), 0)


def test_a_torn_patient_is_named_by_cases_alone():
    patients = pd.Series(["Anna"] * 6 + ["Ben"], index=[f"c{k}" for k in range(7)])
    part = pd.Series([0, 1, 1, 1, 1, 1, 0], index=patients.index)
    with pytest.raises(LeakageError, match=r"\(cases c0, c1, c2, c3, c4, \.\.\.\)") as error:
        refuse_torn_patients(patients, part, parts="two sites", remedy="Correct it.")
    assert "Anna" not in str(error.value) and "1 patient(s) stand in two sites" in str(error.value)
