"""Areas of several classes over folds: what they must equal, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from radln.errors import InputError, LeakageError, ShapeError
from radln.stats import (
    auc_over_folds,
    compare_multiclass_over_folds,
    compare_over_folds,
    multiclass_auc,
    multiclass_over_folds,
)

CLASSES = ["benign", "lymphoma", "metastasis"]
PATIENTS = np.arange(240) // 2
CODES = np.random.default_rng(1).integers(0, 3, 240)
FOLDS = np.stack([np.random.default_rng(r).permutation(120)[PATIENTS] % 4 for r in range(3)])
SCORES = np.random.default_rng(2).normal(size=(3, 240, 3)) + np.eye(3)[CODES]
OTHERS = np.random.default_rng(3).normal(size=(3, 240, 3)) + 0.7 * np.eye(3)[CODES]
Y = np.array(CLASSES)[CODES]
GIVEN = {"folds": FOLDS, "classes": CLASSES, "cluster": PATIENTS}


def test_values_are_means_of_the_areas_within_folds():
    found = multiclass_over_folds(Y, SCORES, **GIVEN)
    for average in ("macro", "weighted", "micro", "hand_till"):
        within = [
            getattr(multiclass_auc(Y[at], scores[at], classes=CLASSES), average).value
            for scores, folds in zip(SCORES, FOLDS, strict=True)
            for at in (folds == fold for fold in range(4))
        ]
        assert found.averages[average].value == pytest.approx(np.mean(within), abs=1e-12)


def test_a_class_against_the_rest_is_the_area_over_folds_of_two_classes():
    found = multiclass_over_folds(Y, SCORES, **GIVEN)
    for code, name in enumerate(CLASSES):
        alone = auc_over_folds(code == CODES, SCORES[..., code], FOLDS, cluster=PATIENTS)
        ours = found.one_vs_rest[name]
        assert (ours.value, ours.low, ours.high) == pytest.approx(
            (alone.estimate.value, alone.estimate.low, alone.estimate.high), abs=1e-12
        )
        assert_allclose(found.per_repeat[name], alone.per_repeat, atol=1e-12)


def test_with_two_classes_macro_is_the_comparison_of_two_areas():
    y = CODES == 1
    a, b = (np.stack([-s[..., 1], s[..., 1]], axis=-1) for s in (SCORES, OTHERS))
    ours = compare_multiclass_over_folds(y.astype(int), a, b, FOLDS, classes=[0, 1],
                                         cluster=PATIENTS, margin=0.05)  # fmt: skip
    theirs = compare_over_folds(y, SCORES[..., 1], OTHERS[..., 1], FOLDS, cluster=PATIENTS,
                                margin=0.05)  # fmt: skip
    assert ours.difference.value == pytest.approx(theirs.difference.value, abs=1e-12)
    assert ours.difference.se == pytest.approx(theirs.difference.se, abs=1e-12)
    assert ours.pvalue == pytest.approx(theirs.pvalue, abs=1e-12)


def test_order_of_rows_classes_and_fold_names_changes_nothing():
    first = compare_multiclass_over_folds(Y, SCORES, OTHERS, **GIVEN)
    turned = np.random.default_rng(4).permutation(240)
    again = compare_multiclass_over_folds(
        Y[turned], SCORES[:, turned], OTHERS[:, turned], (3 - FOLDS)[:, turned],
        classes=CLASSES, cluster=PATIENTS[turned],
    )  # fmt: skip
    order = [2, 0, 1]
    renamed = compare_multiclass_over_folds(
        Y, SCORES[..., order], OTHERS[..., order], FOLDS,
        classes=[CLASSES[k] for k in order], cluster=PATIENTS,
    )  # fmt: skip
    back = compare_multiclass_over_folds(Y, OTHERS, SCORES, **GIVEN)
    for other, sign in ((again, 1), (renamed, 1), (back, -1)):
        assert sign * other.difference.value == pytest.approx(first.difference.value, abs=1e-12)
        assert other.pvalue == pytest.approx(first.pvalue, abs=1e-10)


def test_a_table_is_read_by_its_columns():
    table = pd.DataFrame(SCORES[0], columns=CLASSES)[CLASSES[::-1]]
    found = [
        multiclass_over_folds(Y, given, FOLDS[0], classes=CLASSES, cluster=PATIENTS)
        for given in (SCORES[0], table)
    ]
    assert found[0].averages == found[1].averages


def test_the_average_that_is_tested_stands_first_and_alone_has_a_p():
    frame = compare_multiclass_over_folds(Y, SCORES, OTHERS, average="hand_till", **GIVEN).frame()
    assert frame["metric"].iloc[0] == "hand_till"
    assert frame["pvalue"].notna().tolist() == [True] + [False] * (len(frame) - 1)
    same = compare_multiclass_over_folds(Y, SCORES, 2 * SCORES, **GIVEN)
    assert (same.difference.value, same.pvalue) == (0, 1)


def test_results_say_themselves_in_words():
    found = multiclass_over_folds(Y, SCORES, **GIVEN)
    assert "macro-averaged AUC" in found.summary()
    assert "90 of the 120 patients" in found.method and found.variance_factor > 1
    assert len(found.frame()) == 7
    assert "difference" in compare_multiclass_over_folds(Y, SCORES, OTHERS, **GIVEN).summary()


def test_what_is_refused():
    lacking = np.where(PATIENTS < 3, 4, FOLDS[0])
    there = CODES.copy()
    there[PATIENTS < 3] = 0
    with pytest.raises(InputError, match=r"fold 4 tests no case of class lymphoma \(n = 6\)"):
        multiclass_over_folds(np.array(CLASSES)[there], SCORES[0], lacking, classes=CLASSES)
    with pytest.raises(ShapeError, match=r"shape \(n_repeats, 240, 3\); got \(3, 240\)"):
        multiclass_over_folds(Y, SCORES[..., 0], FOLDS, classes=CLASSES)
    with pytest.raises(ShapeError, match=r"scores has 1 repeat\(s\) and folds 3"):
        multiclass_over_folds(Y, SCORES[0], FOLDS, classes=CLASSES)
    with pytest.raises(LeakageError, match="stand in two folds"):
        multiclass_over_folds(Y, SCORES[0], np.arange(240) % 3, classes=CLASSES, cluster=PATIENTS)
    with pytest.raises(InputError, match="average"):
        compare_multiclass_over_folds(Y, SCORES, OTHERS, average="plain", **GIVEN)
    broken = SCORES.copy()
    broken[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="scores, class benign"):
        multiclass_over_folds(Y, broken, **GIVEN)
