"""The report's numbers equal direct calls of radln.stats on the same out-of-fold predictions."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from radln._random import task_rng
from radln._result import Estimate
from radln.cohort.core import Reader
from radln.evaluation import evaluate as evaluation
from radln.evaluation.evaluate import GRID
from radln.evaluation.primary import Primary
from radln.evaluation.scores import scores_of
from radln.evaluation.settings import EvaluationSettings, PrimarySettings
from radln.models.settings import ModelSettings
from radln.report.verdict import verdict
from radln.stats import (
    auc,
    auc_over_folds,
    calibration_over_folds,
    compare_over_folds,
    decision_curve_over_folds,
    diagnostic_table,
    holm,
    mean_over_repeats,
    roc_curve,
)
from radln.study.judged import cut_offs, with_reads
from tests.conftest import cross_fitted, noisy_cohort, recipes_of

MODELS = ModelSettings(folds=3, repeats=2, inner_folds=2, max_features=5)
SETTINGS = EvaluationSettings(
    n_resamples=100,
    primary=PrimarySettings(full="combined_logistic", simple="size_logistic"),
    ladder=("size_logistic", "shape_logistic", "radiomics_logistic", "combined_logistic"),
)
SEED = 4


def evaluate(cohort, fit, settings, *, seed):
    return evaluation.evaluate(
        with_reads(cohort, fit),
        cut_offs(cohort, fit),
        settings,
        seed=seed,
        readers=[reader.name for reader in cohort.readers],
    )


@pytest.fixture(scope="module")
def cohort():
    """With two sites, and a second reader who missed some cases."""
    base = noisy_cohort(45, seed=8, n_features=8)
    units = base.units.assign(site=np.where(np.arange(90) % 4 < 2, "A", "B"))
    rng = np.random.default_rng(1)
    hasty = base.reads["expert"] + rng.normal(0, 1.5, 90)
    reads = base.reads.assign(hasty=hasty.mask(rng.random(90) < 0.2))
    return replace(
        base, units=units, reads=reads, readers=(Reader("expert", 3.0), Reader("hasty", 2.5))
    )


@pytest.fixture(scope="module")
def fit(cohort):
    found = recipes_of(cohort, MODELS, learners=("logistic",))
    return cross_fitted(cohort, MODELS, seed=SEED, found=found)


@pytest.fixture(scope="module")
def found(cohort, fit):
    return evaluate(cohort, fit, SETTINGS, seed=SEED)


def wide(cohort, fit, source, column="y_score"):
    """(repeats, units) straight from the long table, by hand."""
    rows = []
    for repeat in fit.predictions.repeats:
        table = fit.predictions.frame()
        part = table[(table["source"] == source) & (table["repeat"] == repeat)]
        rows.append(part.set_index("unit_id").loc[cohort.units.index, column])
    return np.array(rows, dtype=float)


def fold_rows(cohort, fit):
    return wide(cohort, fit, "size_logistic", "fold").astype(int)


def same(row, estimate):
    assert_allclose(
        [row["value"], row["low"], row["high"]], [estimate.value, estimate.low, estimate.high]
    )


def test_areas_of_models(cohort, fit, found):
    table = found.aucs.set_index("source")
    for source in fit.predictions.sources:
        direct = auc_over_folds(
            cohort.y_true,
            wide(cohort, fit, source),
            fold_rows(cohort, fit),
            cluster=cohort.patient_id,
        )
        same(table.loc[source], direct.estimate)
        assert table.loc[source, ["repeat_min", "repeat_max"]].tolist() == list(direct.spread)
        assert table.loc[source, "kind"] == "model"
    assert "clustered" in table.loc["size_logistic", "method"]


@pytest.mark.parametrize("reader", ["expert", "hasty"])
def test_areas_of_readers_on_what_they_read(cohort, found, reader):
    values = cohort.reads[reader].to_numpy()
    read = np.isfinite(values)
    direct = auc(cohort.y_true[read], values[read], cluster=cohort.patient_id[read])
    row = found.aucs.set_index("source").loc[reader]
    same(row, direct.estimate)
    assert row["n"] == read.sum()
    assert row["n_patients"] == direct.n_patients


def test_primary_comparison(cohort, fit, found):
    full, simple = SETTINGS.primary.full, SETTINGS.primary.simple
    direct = compare_over_folds(
        cohort.y_true,
        wide(cohort, fit, full),
        wide(cohort, fit, simple),
        fold_rows(cohort, fit),
        cluster=cohort.patient_id,
    )
    assert found.primary.difference.value == pytest.approx(direct.difference.value)
    assert found.primary.pvalue == pytest.approx(direct.pvalue)
    assert found.primary.upper_bound == pytest.approx(direct.upper_bound)
    assert found.primary.margin == 0.05


def test_swapping_the_primary_swaps_the_sign(cohort, fit, found):
    swapped = SETTINGS.model_copy(
        update={"primary": PrimarySettings(full="size_logistic", simple="combined_logistic")}
    )
    other = evaluate(cohort, fit, swapped, seed=SEED).primary
    assert other.difference.value == pytest.approx(-found.primary.difference.value)
    assert other.pvalue == pytest.approx(found.primary.pvalue)


def test_ladder_is_holm_adjusted_and_pairs_have_no_p(cohort, fit, found):
    ladder = found.ladder
    assert list(zip(ladder["richer"], ladder["simpler"], strict=True)) == [
        ("shape_logistic", "size_logistic"),
        ("radiomics_logistic", "shape_logistic"),
        ("combined_logistic", "radiomics_logistic"),
    ]
    for row in ladder.to_dict("records"):
        direct = compare_over_folds(
            cohort.y_true,
            wide(cohort, fit, row["richer"]),
            wide(cohort, fit, row["simpler"]),
            fold_rows(cohort, fit),
            cluster=cohort.patient_id,
        )
        same(row, direct.difference)
        assert row["pvalue"] == pytest.approx(direct.pvalue, nan_ok=True)
    assert_allclose(ladder["pvalue_holm"], holm(ladder["pvalue"].to_numpy()))
    complete = [*fit.predictions.sources, "expert"]  # "hasty" missed cases
    named = set(zip(found.pairs["first"], found.pairs["second"], strict=True))
    assert named == set(combinations(complete, 2))
    assert not any("pvalue" in column for column in found.pairs.columns)


def test_operating_points(cohort, fit, found):
    cut = fit.cut_offs().set_index(["source", "repeat", "fold"])["cut_off"]
    source = "combined_logistic"
    tables = []
    for k, repeat in enumerate(fit.predictions.repeats):
        limits = [cut[source, repeat, fold] for fold in fold_rows(cohort, fit)[k]]
        calls = wide(cohort, fit, source, "y_prob")[k] >= limits
        tables.append(
            diagnostic_table(
                cohort.y_true,
                calls,
                cluster=cohort.patient_id,
                n_resamples=100,
                rng=task_rng(SEED, "operating", source, k),
            )
        )
    table = found.operating.set_index(["source", "measure"])
    for measure in ("sensitivity", "specificity", "ppv", "npv", "accuracy", "f1"):
        estimates = [getattr(result, measure) for result in tables]
        same(table.loc[(source, measure)], mean_over_repeats(estimates))


def test_readers_are_called_at_their_cut(cohort, found):
    table = found.operating.set_index(["source", "measure"])["value"]
    for reader in cohort.readers:
        values = cohort.reads[reader.name].to_numpy()
        read = np.isfinite(values)
        y, call = cohort.y_true[read], values[read] >= reader.cut
        assert table[reader.name, "sensitivity"] == pytest.approx(call[y].mean())
        assert table[reader.name, "specificity"] == pytest.approx((~call[~y]).mean())


def test_calibration_and_net_benefit(cohort, fit, found):
    source = "clinical_logistic"
    probabilities = wide(cohort, fit, source, "y_prob")
    folded = {"folds": fold_rows(cohort, fit), "cluster": cohort.patient_id}
    direct = calibration_over_folds(cohort.y_true, probabilities, **folded)
    table = found.calibration_table.query("source == @source").set_index("measure")
    for measure in ("calibration_in_the_large", "slope", "observed_expected", "brier"):
        same(table.loc[measure], getattr(direct, measure))
    assert list(table.index)[:2] == ["calibration_in_the_large", "slope"]
    curve = decision_curve_over_folds(cohort.y_true, probabilities, **folded)
    net = found.net_benefit.query("source == @source")
    for column in ("net_benefit", "low", "high", "treat_all"):
        assert_allclose(net[column], getattr(curve, column))


def test_sites(cohort, fit, found):
    table = found.by_site.set_index("site")
    assert list(table.index) == ["A", "B"]
    for site in ("A", "B"):
        at = (cohort.units["site"] == site).to_numpy()
        parts = [
            auc(cohort.y_true[at], row[at], cluster=cohort.patient_id[at]).value
            for row in wide(cohort, fit, "combined_logistic")
        ]
        assert table.loc[site, "value"] == pytest.approx(np.mean(parts))
        assert table.loc[site, "n"] == at.sum()


def test_a_site_of_one_class_says_why(cohort, fit):
    units = cohort.units.assign(site=np.where(cohort.y_true, "C", "A"))
    table = evaluate(replace(cohort, units=units), fit, SETTINGS, seed=SEED).by_site
    assert table["value"].isna().all()
    assert (table["method"] == "fewer than 10 patients of a class").all()


def test_curves_are_curves(cohort, fit, found):
    folds = fold_rows(cohort, fit)
    for source, curve in found.curves.items():
        assert curve.shape == GRID.shape
        assert curve[0] == 0
        assert curve[-1] == 1
        assert (np.diff(curve) >= -1e-12).all()
        area = found.aucs.set_index("source").loc[source, "value"]
        assert np.trapezoid(curve, GRID) == pytest.approx(area, abs=0.05)
    one = folds[0] == 0
    step = roc_curve(cohort.y_true[one], wide(cohort, fit, "size_logistic")[0][one])
    assert step.tpr.max() == 1


def test_gathered_scores_are_the_long_table(cohort, fit):
    scores = scores_of(with_reads(cohort, fit), cut_offs(cohort, fit), ())
    assert list(scores.units) == list(cohort.units.index.astype(str))
    for source in fit.predictions.sources:
        assert_allclose(scores.sources[source].score, wide(cohort, fit, source))
        assert_allclose(scores.sources[source].prob, wide(cohort, fit, source, "y_prob"))


def test_a_reader_can_be_one_side_of_the_primary_comparison(cohort, fit):
    named = SETTINGS.model_copy(
        update={"primary": PrimarySettings(full="combined_logistic", simple="expert")}
    )
    primary = evaluate(cohort, fit, named, seed=SEED).primary
    assert primary.simple == "expert"
    assert np.isfinite(primary.pvalue)
    named = SETTINGS.model_copy(
        update={"primary": PrimarySettings(full="combined_logistic", simple="hasty")}
    )
    assert evaluate(cohort, fit, named, seed=SEED).primary is None  # not read in full


def test_rows_in_another_order_give_the_same_numbers(cohort, fit, found):
    order = np.random.default_rng(3).permutation(len(cohort.units))
    shuffled = replace(
        cohort,
        units=cohort.units.iloc[order],
        predictors=cohort.predictors.iloc[order],
        reads=cohort.reads.iloc[order],
    )
    fold_of = {repeat: row[order] for repeat, row in fit.fold_of.items()}
    other = evaluate(shuffled, replace(fit, fold_of=fold_of), SETTINGS, seed=SEED)
    numbers = ["value", "low", "high"]
    pd.testing.assert_frame_equal(other.aucs[numbers], found.aucs[numbers])
    pd.testing.assert_frame_equal(other.pairs[numbers], found.pairs[numbers])


# the conclusion


@pytest.mark.parametrize(
    "value, se, pvalue, conclusion, words",
    [
        (0.08, 0.02, 0.0001, "better", "ranks cases better than"),
        (0.04, 0.001, 0.0001, "better", "smaller than the margin"),
        (-0.08, 0.02, 0.0001, "worse", "ranks cases worse than"),
        (0.00, 0.02, 1.0, "as_good", "does as well as"),
        (0.02, 0.02, 0.32, "undecided", "cannot tell"),
        (0.00, None, float("nan"), "undecided", "cannot tell"),
    ],
)
def test_conclusion(value, se, pvalue, conclusion, words):
    half = 1.96 * (se or 0)
    primary = Primary(
        "combined_logistic",
        "size_logistic",
        0.05,
        Estimate(value, value - half, value + half, se=se),
        pvalue,
    )
    assert primary.conclusion == conclusion
    assert words in verdict(primary)
    assert "Combined (logistic)" in verdict(primary)
    assert "Size only (logistic)" in verdict(primary)


def test_as_good_needs_the_bound_below_the_margin():
    at = Estimate(0.02, 0, 0.04, se=0.01)
    below, above = (Primary("a", "b", m, at, 0.06).conclusion for m in (0.0397, 0.0395))
    assert (below, above) == ("as_good", "undecided")
