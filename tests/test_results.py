"""Every Result keeps the protocol: a table, a text, what was counted; frozen and read-only."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import radln
from radln._result import Estimate, MainResult, Result, frozen, words_alone
from radln.stats import (
    Combination,
    auc,
    auc_against_chance,
    auc_at,
    auc_over_folds,
    between_centres,
    bland_altman,
    brier_at,
    calibration,
    calibration_at,
    calibration_over_folds,
    choose_cutoff,
    cochran_q,
    combine_reads,
    compare_auc,
    compare_auc_at,
    compare_aucs,
    compare_brier,
    compare_calls,
    compare_concordance,
    compare_groups,
    compare_matched,
    compare_multiclass_auc,
    compare_multiclass_over_folds,
    compare_net_benefit,
    compare_over_folds,
    compare_partial_auc,
    concordance,
    confusion_matrix,
    cox,
    cox_optimism,
    cumulative_incidence,
    decision_curve,
    decision_curve_at,
    diagnostic_table,
    fit_combination,
    hosmer_lemeshow,
    icc,
    kaplan_meier,
    kappa,
    location_map,
    logistic_regression,
    logrank,
    mcnemar,
    multiclass_auc,
    multiclass_over_folds,
    optimism_corrected,
    ordered_auc,
    partial_auc,
    proportion,
    rater_agreement,
    reclassification,
    reclassification_at,
    risk_by_position,
    roc_band,
    roc_curve,
    roc_curve_at,
    size_auc,
    size_validation,
    spiegelhalter_test,
    split_marker,
    u_statistics,
    update_test,
    youden,
)
from radln.stats.description.table_one import table_one
from tests.stats.readers.studies import simulated


def _every_result() -> dict[str, type[Result]]:
    for found in pkgutil.walk_packages(radln.__path__, "radln."):
        if found.name != "radln.__main__":
            importlib.import_module(found.name)
    waiting, classes = [Result], {}
    while waiting:
        for child in waiting.pop().__subclasses__():
            if child.__module__.startswith("radln."):
                waiting.append(child)
                if not inspect.isabstract(child):
                    classes[child.__name__] = child
    return classes


CLASSES = _every_result()
RNG = np.random.default_rng(5)
PATIENT = np.repeat(np.arange(40), 2)
Y = RNG.integers(0, 2, 40)[PATIENT].astype(bool) ^ (RNG.random(80) < 0.2)
PROB = 1 / (1 + np.exp(-(Y + RNG.standard_normal(80) - 0.5)))
OTHER = PROB + 0.2 * RNG.standard_normal(80)
TIME = RNG.exponential(2 - PROB)
SURVIVAL = (TIME, Y)
FOLDS = np.where(PATIENT % 2 == 0, 0, 1)
THREE = np.arange(80) % 3
SCORES = RNG.standard_normal((80, 3)) + np.eye(3)[THREE]
STUDY = simulated(
    readers=4, trainees=2, cases=80, per_patient=2, modalities=("with", "without"), seed=1
)
ALONE = simulated(readers=4, trainees=2, cases=80, per_patient=2, modalities=("US",), seed=1)
READS = PROB + 0.3 * RNG.standard_normal((2, 4, 80))

EXAMPLES = {
    "AucAgainstChance": lambda: auc_against_chance(Y, PROB, cluster=PATIENT, n_resamples=99),
    "AucResult": lambda: auc(Y, PROB, cluster=PATIENT),
    "AucComparison": lambda: compare_auc(Y, PROB, OTHER, cluster=PATIENT),
    "AucMatrix": lambda: compare_aucs(
        Y, {"a": PROB, "b": OTHER}, named=[("a", "b")], cluster=PATIENT
    ),
    "InternalValidation": lambda: optimism_corrected(
        LogisticRegression(), np.column_stack([PROB, OTHER]), Y, cluster=PATIENT, n_resamples=20
    ),
    "MrmcComparison": lambda: STUDY.mrmc(),
    "PseudovalueAnova": lambda: STUDY.pseudovalue_anova(),
    "ReaderGroupComparison": lambda: ALONE.compare_groups(),
    "StandaloneComparison": lambda: ALONE.compare_with_model(),
    "OperatingPoints": lambda: ALONE.at_operating_points(n_resamples=50),
    "ReaderPerformance": lambda: STUDY.performance(n_resamples=20),
    "ReaderAgreement": lambda: ALONE.agreement(of="score"),
    "ModelBenefit": lambda: STUDY.model_benefit(threshold=0.5),
    "GroupComparison": lambda: compare_groups(PROB, THREE, cluster=PATIENT),
    "BetweenCentres": lambda: between_centres(Y, PROB, THREE, cluster=PATIENT),
    "PositionRisk": lambda: risk_by_position(Y, OTHER, n_knots=3, cluster=PATIENT),
    "LocationMap": lambda: location_map(Y, PROB, OTHER, x_edges=2, y_edges=2, cluster=PATIENT),
    "LogisticTable": lambda: logistic_regression(Y, OTHER[:, None], cluster=PATIENT),
    "CoxOptimism": lambda: cox_optimism(*SURVIVAL, OTHER, cluster=PATIENT, n_resamples=20),
    "MulticlassAuc": lambda: multiclass_auc(THREE, SCORES, classes=[0, 1, 2], cluster=PATIENT),
    "FoldClassAreas": lambda: multiclass_over_folds(
        THREE, SCORES, FOLDS, classes=[0, 1, 2], cluster=PATIENT
    ),
    "FoldClassComparison": lambda: compare_multiclass_over_folds(
        THREE, SCORES, SCORES[:, [1, 0, 2]], FOLDS, classes=[0, 1, 2], cluster=PATIENT
    ),
    "MulticlassComparison": lambda: compare_multiclass_auc(
        THREE, SCORES, SCORES[:, ::-1], classes=[0, 1, 2], cluster=PATIENT
    ),
    "CombinedReads": lambda: combine_reads(
        Y,
        {"model": PROB, "reader": OTHER > 0.4},
        [Combination("or", ("model", "reader"))],
        primary=("model or reader", "reader"),
        cluster=PATIENT,
        n_resamples=50,
    ),
    "FittedCombination": lambda: fit_combination(
        Y, {"a": PROB, "b": OTHER}, Combination("stack", ("a", "b")), cluster=PATIENT
    ),
    "ConfusionMatrix": lambda: confusion_matrix(
        THREE, SCORES.argmax(axis=1), classes=[0, 1, 2], cluster=PATIENT, n_resamples=20
    ),
    "OrderedAuc": lambda: ordered_auc(THREE, PROB, classes=[0, 1, 2], cluster=PATIENT),
    "PartialAuc": lambda: partial_auc(Y, PROB, specificity=(0.8, 1), n_resamples=20),
    "PartialAucComparison": lambda: compare_partial_auc(
        Y, PROB, OTHER, sensitivity=(0.8, 1), n_resamples=20
    ),
    "FoldAuc": lambda: auc_over_folds(Y, PROB, FOLDS, cluster=PATIENT),
    "FoldCalibration": lambda: calibration_over_folds(Y, PROB, FOLDS, cluster=PATIENT),
    "FoldComparison": lambda: compare_over_folds(Y, PROB, OTHER, FOLDS, cluster=PATIENT),
    "Calibration": lambda: calibration(Y, PROB, cluster=PATIENT),
    "BrierComparison": lambda: compare_brier(Y, PROB, 1 - PROB, cluster=PATIENT),
    "CalibrationTest": lambda: spiegelhalter_test(Y, PROB, cluster=PATIENT),
    "UpdateTest": lambda: update_test(Y, PROB, cluster=PATIENT),
    "HosmerLemeshow": lambda: hosmer_lemeshow(Y, PROB, predictions="external"),
    "NetBenefitComparison": lambda: compare_net_benefit(Y, PROB, 1 - PROB, cluster=PATIENT),
    "Reclassification": lambda: reclassification(Y, PROB, 1 - PROB, cuts=[0.3], cluster=PATIENT),
    "DecisionCurve": lambda: decision_curve(Y, PROB, cluster=PATIENT),
    "DiagnosticTable": lambda: diagnostic_table(Y, PROB > 0.5, cluster=PATIENT, n_resamples=50),
    "Proportion": lambda: proportion(Y, cluster=PATIENT),
    "RocCurve": lambda: roc_curve(Y, PROB),
    "Cutoff": lambda: youden(Y, PROB),
    "CutoffChoice": lambda: choose_cutoff(Y, PROB, cluster=PATIENT, n_resamples=50),
    "ReclassificationAt": lambda: reclassification_at(
        *SURVIVAL, PROB / 2, PROB, 1, cuts=[0.3], cluster=PATIENT, n_resamples=20
    ),
    "MarkerSplit": lambda: split_marker(*SURVIVAL, PROB, n_resamples=50),
    "RocCurveAt": lambda: roc_curve_at(*SURVIVAL, PROB, 1),
    "RocBand": lambda: roc_band(Y, PROB, cluster=PATIENT, n_resamples=50),
    "PairedProportions": lambda: mcnemar(PROB > 0.5, OTHER > 0.5, cluster=PATIENT),
    "CochranQ": lambda: cochran_q(np.stack([PROB > 0.5, OTHER > 0.5, Y], axis=1)),
    "CallComparison": lambda: compare_calls(Y, PROB > 0.5, OTHER > 0.4, cluster=PATIENT),
    "MatchedComparison": lambda: compare_matched(Y, PROB, OTHER, sensitivity=0.9, n_resamples=50),
    "IntraclassCorrelation": lambda: icc(np.stack([PROB, OTHER], axis=1), cluster=PATIENT),
    "Kappa": lambda: kappa(PROB > 0.5, OTHER > 0.4, cluster=PATIENT),
    "RaterAgreement": lambda: rater_agreement(
        np.stack([PROB > 0.5, OTHER > 0.4, Y], axis=1), cluster=PATIENT
    ),
    "BlandAltman": lambda: bland_altman(PROB, OTHER, cluster=PATIENT),
    "UStatistics": lambda: u_statistics(
        Y, READS, readers=["a", "b", "c", "d"], modalities=["without", "with"]
    ),
    "SampleSize": lambda: size_validation(0.3, 0.8),
    "PowerAnalysis": lambda: size_auc(0.8, power=0.8),
    "KaplanMeier": lambda: kaplan_meier(*SURVIVAL, group=PROB > 0.5, cluster=PATIENT),
    "LogRank": lambda: logrank(*SURVIVAL, PROB > 0.5),
    "CumulativeIncidence": lambda: cumulative_incidence(TIME, Y + 0, cluster=PATIENT),
    "CoxFit": lambda: cox(*SURVIVAL, PROB, cluster=PATIENT),
    "ProportionalHazards": lambda: cox(*SURVIVAL, PROB).proportional_hazards(),
    "Concordance": lambda: concordance(*SURVIVAL, PROB, cluster=PATIENT),
    "ConcordanceComparison": lambda: compare_concordance(*SURVIVAL, PROB, OTHER),
    "AucAt": lambda: auc_at(*SURVIVAL, PROB, [0.5, 1], cluster=PATIENT),
    "AucAtComparison": lambda: compare_auc_at(*SURVIVAL, PROB, OTHER, [0.5, 1]),
    "BrierAt": lambda: brier_at(*SURVIVAL, np.stack([PROB / 2, PROB], axis=1), [0.5, 1]),
    "CalibrationAt": lambda: calibration_at(*SURVIVAL, PROB, 1, cluster=PATIENT),
    "DecisionCurveAt": lambda: decision_curve_at(*SURVIVAL, PROB, 1, cluster=PATIENT),
    "TableOne": lambda: table_one(pd.DataFrame({"age": PROB}), Y, cluster=PATIENT),
}


# Results without an outcome count no positive case
PLANNED = {"SampleSize", "PowerAnalysis"}
NO_OUTCOME = {
    "BlandAltman",
    "ConfusionMatrix",
    "FoldClassAreas",
    "FoldClassComparison",
    "GroupComparison",
    "IntraclassCorrelation",
    "Kappa",
    "MulticlassAuc",
    "MulticlassComparison",
    "OrderedAuc",
    "RaterAgreement",
}


def test_every_result_has_an_example_here():
    assert sorted(CLASSES) == sorted(EXAMPLES)


@pytest.fixture(scope="module", params=sorted(EXAMPLES))
def result(request):
    return EXAMPLES[request.param]()


def test_protocol(result):
    assert isinstance(result.frame(), pd.DataFrame)
    assert len(result.frame()) > 0
    assert isinstance(result.summary(), str)
    assert result.summary()
    assert repr(result) == result.summary()
    assert "<table" in result._repr_html_()
    if type(result).__name__ not in PLANNED:
        assert result.n == 80
    if type(result).__name__ in NO_OUTCOME:
        assert result.n_positive == 0
    else:
        assert 0 < result.n_positive < result.n
    assert 0 < result.n_patients <= result.n
    assert result.method
    assert isinstance(result.warnings, tuple)


WORDS = ("mind the patients & the rest.", "and this.")


def test_warnings_stand_in_every_form(result):
    """Below the words, in the last column, on the page of a notebook; each once."""
    told = dataclasses.replace(result, warnings=WORDS)
    assert told.summary().endswith("\nWarning: mind the patients & the rest.\nWarning: and this.")
    assert repr(told) == told.summary()
    assert (told.frame()["warnings"] == "; ".join(WORDS)).all()
    assert told.frame().columns[-1] == "warnings"
    assert "<br>Warning: mind the patients &amp; the rest." in told._repr_html_()
    silent = dataclasses.replace(result, warnings=())
    assert "Warning:" not in silent.summary()
    assert (silent.frame()["warnings"] == "").all()
    assert silent.summary() == words_alone(told.summary())
    for note in result.warnings:
        assert result.summary().count(note) == 1


# Results of several numbers, none of which is the main one.
SEVERAL_NUMBERS = {
    "AucMatrix", "Calibration", "CalibrationAt", "CalibrationTest", "CallComparison", "CochranQ",
    "CombinedReads", "ConfusionMatrix", "CoxFit", "CoxOptimism", "CumulativeIncidence",
    "DiagnosticTable", "FittedCombination", "GroupComparison", "HosmerLemeshow",
    "InternalValidation", "KaplanMeier", "LocationMap", "LogRank", "LogisticTable", "ModelBenefit",
    "MrmcComparison", "MulticlassAuc", "PositionRisk", "PowerAnalysis", "ProportionalHazards",
    "PseudovalueAnova", "ReaderAgreement", "ReaderGroupComparison", "ReaderPerformance",
    "Reclassification", "ReclassificationAt", "RocCurve", "SampleSize", "TableOne", "UStatistics",
    "FoldCalibration", "FoldClassAreas", "UpdateTest",
}  # fmt: skip


def test_one_way_to_the_main_number(result):
    name = type(result).__name__
    if name in SEVERAL_NUMBERS:
        with pytest.raises(AttributeError, match=rf"{name} holds several numbers.*read \.\w"):
            _ = result.value
    else:
        assert np.isfinite(result.value).any()
    if isinstance(result, MainResult):
        main = result.main
        assert (result.value, result.low, result.high) == (main.value, main.low, main.high)
    with pytest.raises(AttributeError, match="no attribute 'vaule'"):
        _ = result.vaule


def test_several_numbers_are_those_of_results():
    assert set(CLASSES) >= SEVERAL_NUMBERS


def test_frozen_and_read_only(result):
    for field in dataclasses.fields(result):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, field.name, None)
    for values in _arrays(result):
        assert not values.flags.writeable


def test_the_table_is_a_copy(result):
    table = result.frame()
    assert list(table) == list(dict.fromkeys(table))
    column = table.columns[0]
    table[column] = "changed"
    assert not (result.frame()[column].astype(str) == "changed").any()


def test_no_equality_by_value(result):
    assert type(result).__eq__ is object.__eq__


def _arrays(held):
    for field in dataclasses.fields(held):
        value = getattr(held, field.name)
        if isinstance(value, np.ndarray):
            yield value
        elif dataclasses.is_dataclass(value):
            yield from _arrays(value)


def test_frozen_is_a_copy():
    mine = np.arange(3)
    held = frozen(mine)
    mine[0] = 9
    assert held.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "estimate, said",
    [
        (Estimate(0.834, 0.78, 0.881), "0.83 (0.78–0.88)"),
        (Estimate(0.5, np.nan, np.nan), "0.50 (no interval)"),
        (Estimate(np.nan, np.nan, np.nan), "not estimable"),
    ],
)
def test_estimate_in_words(estimate, said):
    assert estimate.format() == said


def test_estimate_in_percent():
    assert Estimate(0.834, 0.78, 0.881).format(1, percent=True) == "83.4 % (78.0–88.1)"


def test_a_picture_is_drawn_where_there_is_one(result):
    if not hasattr(result, "plot"):
        return
    ax = result.plot()
    assert ax.has_data()
    assert ax.get_xlabel() or ax.get_ylabel()
    ax.figure.canvas.draw()
