"""Obuchowski and Rockette's analysis: identities, symmetries, designs and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtr

from radln.errors import InputError, SingleClassError
from radln.stats import ReaderStudy, auc, compare_auc, partial_auc
from radln.stats.readers._merit import COVARIANCES, FIGURES, figure_of_merit, merit_covariance
from radln.stats.readers._variance import components
from tests.stats.readers.studies import simulated, tables

OPTIONS = {
    "partial_auc": {"specificity": (0.6, 1.0)},
    "sensitivity_at_specificity": {"specificity": 0.8},
}


def values(found):
    """All that a result says, as numbers."""
    table = found.frame().select_dtypes("number").to_numpy()
    return np.concatenate([table.ravel(), [found.statistic, found.df2, found.pvalue]])


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("per_patient", [1, 3])
def test_permuting_rows_readers_and_cases_changes_nothing(figure, per_patient):
    reads, truth, _ = tables(per_patient=per_patient)
    options = OPTIONS.get(figure, {})
    one = ReaderStudy.from_frame(reads, truth).mrmc(figure=figure, **options)
    order = np.random.default_rng(1)
    readers = dict(
        zip(sorted(reads["reader"].unique()), order.permutation(list("vwxyz")), strict=True)
    )
    cases = dict(zip(truth["case_id"], order.permutation(60).astype(str), strict=True))
    mixed = reads.sample(frac=1, random_state=3).replace({"reader": readers, "case_id": cases})
    other = ReaderStudy.from_frame(mixed, truth.replace({"case_id": cases}))
    np.testing.assert_allclose(
        values(other.mrmc(figure=figure, **options)), values(one), rtol=1e-9, atol=1e-12
    )


def test_swapping_modalities_flips_the_sign():
    reads, truth, _ = tables(gains={"A": 1.0, "B": 2.0})
    one = ReaderStudy.from_frame(reads, truth).mrmc().differences[0]
    swapped = reads.replace({"modality": {"A": "B", "B": "A"}})
    other = ReaderStudy.from_frame(swapped, truth).mrmc().differences[0]
    assert other.estimate.value == pytest.approx(-one.estimate.value)
    assert other.pvalue == pytest.approx(one.pvalue)


def test_a_monotone_scale_changes_no_area():
    reads, truth, _ = tables()
    one = ReaderStudy.from_frame(reads, truth).mrmc()
    other = ReaderStudy.from_frame(reads.assign(score=np.exp(reads["score"])), truth, scale="own")
    np.testing.assert_allclose(values(other.mrmc()), values(one))


def test_one_reader_is_delong():
    reads, truth, _ = tables(readers=1, cases=80)
    study = ReaderStudy.from_frame(reads, truth)
    found = study.mrmc(covariance="delong")
    theirs = compare_auc(study.y_true, study.score[0, 0], study.score[1, 0])
    assert found.random == ("cases",)
    assert found.differences[0].pvalue == pytest.approx(theirs.pvalue)
    assert found.differences[0].estimate.se == pytest.approx(theirs.difference.se)
    alone = auc(study.y_true, study.score[0, 0])
    assert found.means[0].se == pytest.approx(alone.se)


def test_clustered_delong_is_obuchowski_1997_with_students_t():
    reads, truth, _ = tables(readers=1, cases=90, per_patient=3)
    study = ReaderStudy.from_frame(reads, truth)
    found = study.mrmc(covariance="delong")
    theirs = compare_auc(study.y_true, *study.score[:, 0], cluster=study.patient)
    difference = found.differences[0]
    assert difference.estimate.se == pytest.approx(theirs.difference.se)
    assert difference.df == 29  # 30 patients have cases of either class
    assert difference.pvalue == pytest.approx(2 * stdtr(29, -abs(difference.statistic)))
    assert difference.pvalue > theirs.pvalue


def test_patients_of_one_case_change_nothing():
    reads, truth, _ = tables()
    one = ReaderStudy.from_frame(reads, truth).mrmc()
    without = ReaderStudy.from_frame(reads.drop(columns="patient_id"), truth).mrmc()
    np.testing.assert_array_equal(values(one), values(without))


def test_a_patient_jackknife_leaves_patients_out():
    study = simulated(cases=30, per_patient=3, readers=2)
    rows = study.score.reshape(4, -1)
    got = merit_covariance(figure_of_merit("auc"), study.y_true, rows, study.cluster, "jackknife")
    left = []
    for patient in range(10):
        kept = study.patient != patient
        left.append([auc(study.y_true[kept], row[kept]).value for row in rows])
    left = np.array(left)
    want = 9 / 10 * (left - left.mean(axis=0)).T @ (left - left.mean(axis=0))
    np.testing.assert_allclose(got, want, rtol=1e-10)


@given(seed=st.integers(0, 10_000), missing=st.floats(0, 0.4))
@settings(max_examples=25, deadline=None)
def test_the_jackknife_equals_leaving_each_case_out(seed, missing):
    rng = np.random.default_rng(seed)
    y = np.arange(24) % 2 == 1
    rows = np.round(y + rng.normal(size=(3, 24)), 1)
    rows[rng.random(rows.shape) < missing] = np.nan
    rows[:, :8] = np.round(rng.normal(size=(3, 8)), 1)
    got = merit_covariance(figure_of_merit("auc"), y, rows, None, "jackknife")
    left = np.empty((24, 3))
    for case in range(24):
        for k, row in enumerate(rows):
            kept = ~np.isnan(row) & (np.arange(24) != case)
            left[case, k] = auc(y[kept], row[kept]).value
    want = 23 / 24 * (left - left.mean(axis=0)).T @ (left - left.mean(axis=0))
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-15)


def test_missing_reads_are_allowed_where_the_design_allows_them():
    reads, truth, _ = tables()
    study = ReaderStudy.from_frame(reads.sample(frac=0.9, random_state=1), truth)
    found = study.mrmc()
    assert found.design == "partly crossed"
    assert any("U-statistics" in note for note in found.warnings)
    assert 0 < found.pvalue <= 1
    with pytest.raises(InputError, match=r"DeLong's covariance needs every read"):
        study.mrmc(covariance="delong")


def test_three_readers_are_these_readers():
    found = simulated(readers=3).mrmc()
    assert found.random == ("cases",)
    assert any("applies to these readers" in note for note in found.warnings)
    assert "applies to these 3 reader(s)" in found.summary()
    assert len(found.reader_differences) == 3
    asked = simulated(readers=3).mrmc(readers="random")
    assert asked.random == ("readers", "cases")
    assert any("few for a statement about all readers" in note for note in asked.warnings)


def test_one_modality_has_a_mean_and_no_test():
    found = simulated(modalities=("A",)).mrmc()
    assert found.differences == ()
    assert np.isnan(found.pvalue)
    assert 0.5 < found.means[0].low < found.means[0].value < found.means[0].high <= 1


def test_identical_modalities_have_no_difference():
    reads, truth, _ = tables(modalities=("A",))
    both = pd.concat([reads, reads.assign(modality="B")])
    found = ReaderStudy.from_frame(both, truth).mrmc()
    difference = found.differences[0]
    assert difference.estimate.value == 0
    assert np.isnan(difference.estimate.low)
    assert difference.pvalue == found.pvalue == 1
    assert ReaderStudy.from_frame(both, truth).mrmc(cases="fixed").pvalue == 1


def test_negative_variances_are_flagged():
    notes = [note for seed in range(30) for note in simulated(seed=seed, cases=40).mrmc().warnings]
    assert any("modality-by-reader effect is estimated as negative" in note for note in notes)
    assert any("cov2 - cov3 is negative" in note for note in notes)


def test_margins():
    study = simulated(gains={"A": 1.5, "B": 1.6}, readers=8, cases=200)
    better = study.mrmc(margin=0.1, alternative="greater").differences[0]
    same = study.mrmc(margin=0.1).differences[0]
    other = study.mrmc(margin=0.1, alternative="less").differences[0]
    assert same.pvalue == max(better.pvalue, other.pvalue)
    assert better.pvalue < 0.05
    assert "that A is not worse by 0.1" in study.mrmc(margin=0.1, alternative="greater").summary()
    assert "for equivalence within 0.1" in study.mrmc(margin=0.1).summary()


def test_three_modalities_are_adjusted():
    found = simulated(modalities=("A", "B", "C")).mrmc()
    raw = sorted(d.pvalue for d in found.differences)
    assert found.differences[0].pvalue_adjusted >= found.differences[0].pvalue
    assert min(d.pvalue_adjusted for d in found.differences) == pytest.approx(min(1, 3 * raw[0]))
    assert "all equal" in found.summary()


def test_partial_areas_are_those_of_one_reader():
    study = simulated(readers=1)
    found = study.mrmc(figure="partial_auc", specificity=(0.6, 1), readers="fixed")
    whole = partial_auc(study.y_true, study.score[0, 0], specificity=(0.6, 1), n_resamples=20)
    assert found.merit[0, 0] == pytest.approx(whole.value / 0.4)


def test_components_of_designs_that_keep_cases_apart():
    merit, spread = np.random.default_rng(0).random((2, 4)), np.ones((2, 4, 2, 4))
    assert components(merit, spread, "factorial").cov3 == 1
    apart = components(merit, spread, "cases nested in readers")
    assert (apart.cov1, apart.cov2, apart.cov3) == (1, 0, 0)
    apart = components(merit, spread, "cases nested in modalities")
    assert (apart.cov1, apart.cov2, apart.cov3) == (0, 1, 0)


REFUSED = {
    "figure": ({"figure": "area"}, r"figure must be one of auc"),
    "partial": ({"figure": "partial_auc"}, r"needs specificity=\(low, high\)"),
    "partial order": ({"figure": "partial_auc", "specificity": (0.8, 0.8)}, r"both ends"),
    "at": ({"figure": "sensitivity_at_specificity"}, r"needs specificity= one number"),
    "at 1": ({"figure": "sensitivity_at_specificity", "specificity": 1}, r"strictly between"),
    "no use": ({"specificity": 0.8}, r"no meaning for the figure auc"),
    "covariance": ({"covariance": "bootstrap"}, r"covariance must be one of jackknife"),
    "covariance of shares": (
        {"figure": "sensitivity", "covariance": "delong"},
        r'use "jackknife" for sensitivity',
    ),
    "readers": ({"readers": "some"}, r"readers must be one of random, fixed"),
    "cases": ({"cases": "some"}, r"cases must be one of random, fixed"),
    "both fixed": ({"readers": "fixed", "cases": "fixed"}, r"cannot both be fixed"),
    "margin": ({"margin": -1}, r"margin must be a positive difference"),
    "alternative": ({"alternative": "more"}, r"alternative must be one of"),
    "level": ({"confidence_level": 95}, r"confidence_level must lie strictly between"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_options_are_refused(case):
    options, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        simulated(cases=20).mrmc(**options)


def test_reads_that_do_not_fit_are_refused():
    reads, truth, _ = tables(cases=20)
    without = reads.drop(columns="call")
    with pytest.raises(InputError, match=r"no column call \(0 or 1\); add it, or give threshold"):
        ReaderStudy.from_frame(without, truth).mrmc(figure="sensitivity")
    with pytest.raises(InputError, match=r"no column score"):
        ReaderStudy.from_frame(reads.drop(columns="score"), truth).mrmc()
    one_only = reads[(reads["reader"] != "R0") | (reads["modality"] == "A")]
    with pytest.raises(InputError, match=r"R0 read nothing in B"):
        ReaderStudy.from_frame(one_only, truth).mrmc()
    healthy = truth.loc[truth["y_true"] == 0, "case_id"]
    odd = reads[(reads["reader"] != "R0") | reads["case_id"].isin(healthy)]
    with pytest.raises(SingleClassError, match=r"reader R0 read 0 diseased case\(s\) in A"):
        ReaderStudy.from_frame(odd, truth).mrmc()
    one = ReaderStudy.from_frame(reads[reads["reader"] == "R1"], truth)
    with pytest.raises(InputError, match=r"one reader is no sample of readers"):
        one.mrmc(readers="random")


def test_unbiased_refuses_clusters_and_few_patients_a_jackknife():
    study = simulated(per_patient=3)
    with pytest.raises(InputError, match=r"takes cases as independent"):
        study.mrmc(covariance="unbiased")
    reads, truth, _ = tables(cases=12)
    same = truth["y_true"].map({1: "sick", 0: "well"}) + np.where(truth.index < 6, "", "2")
    same[truth["y_true"] == 1] = "sick"
    patients = dict(zip(truth["case_id"], same, strict=True))
    study = ReaderStudy.from_frame(reads.assign(patient_id=reads["case_id"].map(patients)), truth)
    with pytest.raises(InputError, match=r"all come from one patient"):
        study.mrmc()


def test_every_covariance_is_close_to_the_others():
    study = simulated(cases=200)
    errors = [study.mrmc(covariance=name).differences[0].estimate.se for name in COVARIANCES]
    np.testing.assert_allclose(errors, errors[0], rtol=0.05)
