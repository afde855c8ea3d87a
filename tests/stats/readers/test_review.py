"""What a reviewer's studies showed, each as a test."""

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError
from radln.stats import Combination, ReaderStudy, combine_reads, proportion, size_icc, size_kappa
from tests.stats.readers.studies import tables

RENAMED = {f"R{k}": "ZYXWV"[k] for k in range(5)}


def joined(per_patient, names, model):
    reads, truth, probability = tables(
        readers=5, cases=60, modalities=("US",), per_patient=per_patient, trainees=2, seed=4
    )
    study = ReaderStudy.from_frame(
        reads.replace({"reader": names}), truth, probability.assign(source=model)
    )
    first = names.get("R0", "R0")
    rules = [
        Combination(rule, (model, "experts"), name=rule)
        for rule in ("or", "mean", "weighted", "stack", "arbitrate")
    ]
    rules += [
        Combination("majority", (model, first, names.get("R1", "R1"), "trainees"), name="vote"),
        Combination("stack", (first, "trainees", model), name="readers first"),
    ]
    found = study.combine(rules, n_resamples=50, n_repeats=2)
    back = {new: old for old, new in names.items()} | {model: "model"}
    keys = found.frame()["source"].replace(back)
    return found.frame().assign(source=keys).set_index(["source", "metric"]).sort_index()


@pytest.mark.parametrize("per_patient", [1, 2])
@pytest.mark.parametrize("model", ["AI", "model", "~net"])
def test_combinations_know_no_names(per_patient, model):
    one = joined(per_patient, {}, "model")
    other = joined(per_patient, RENAMED, model)
    numbers = ["value", "low", "high", "se"]
    pd.testing.assert_frame_equal(other[numbers], one[numbers], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("clustered", [True, False])
def test_combinations_know_no_names_of_patients_either(clustered):
    rng = np.random.default_rng(0)
    y = rng.random(60) < 0.5
    members = {
        "model": rng.random(60),
        "one": rng.integers(0, 2, 60),  # many cases alike
        "two": rng.integers(0, 2, 60),
    }
    patient = np.arange(60) // 2 if clustered else np.arange(60)
    rule = [Combination("stack", ("model", "one", "two"), name="stack")]
    options = {"n_resamples": 20, "n_repeats": 1}
    one = combine_reads(y, members, rule, cluster=patient, **options)
    swapped = {"a": members["two"], "z": members["one"], "model": members["model"]}
    rule = [Combination("stack", ("a", "model", "z"), name="stack")]
    rows = rng.permutation(60)
    other = combine_reads(
        y[rows],
        {name: values[rows] for name, values in swapped.items()},
        rule,
        cluster=[f"p{99 - code}" for code in patient[rows]],
        **options,
    )
    values = [
        found.frame().query("source == 'stack'")[["value", "low", "high"]] for found in (one, other)
    ]
    np.testing.assert_allclose(*values, rtol=1e-9)


ONE = ("US",)
BOTH = [Combination("mean", ("model", "experts"))]


def test_scores_of_0_and_1_beside_calls_have_no_cut():
    reads, truth, model = tables(readers=3, cases=60, modalities=ONE, seed=1)
    reads.loc[reads["reader"] == "R0", "score"] = reads["call"]
    study = ReaderStudy.from_frame(reads, truth, model, scale="own")
    found = study.combine(BOTH, n_resamples=20, n_repeats=1)
    kinds = found.frame().drop_duplicates("source").set_index("source")["reads"]
    assert kinds[["R0", "R1"]].tolist() == ["binary", "score"]
    assert not any("reader R0" in note for note in found.warnings)
    reads.loc[0, "score"] = 1 - reads.loc[0, "call"]
    found = ReaderStudy.from_frame(reads, truth, model, scale="own").combine(BOTH, n_resamples=20)
    assert any("reader R0: 1 of 60 scores (0 or 1) differ" in note for note in found.warnings)


def test_fewer_repeats_than_were_simulated_are_named():
    reads, truth, model = tables(readers=3, cases=60, modalities=ONE, seed=1)
    study = ReaderStudy.from_frame(reads, truth, model)
    once, often = (study.combine(BOTH, n_resamples=20, n_repeats=k) for k in (1, 5))
    assert any("1 repeat(s) of the cross-fitting" in note for note in once.warnings)
    assert not any("of the cross-fitting" in note for note in often.warnings)


def test_a_call_that_is_no_cut_of_the_scores_is_named():
    reads, truth, model = tables(readers=3, cases=60, modalities=ONE, seed=1)
    row = reads.index[(reads["reader"] == "R1") & (reads["score"] == 1)][0]
    reads.loc[row, "call"] = 1.0
    study = ReaderStudy.from_frame(reads, truth, model)
    found = study.combine(BOTH, n_resamples=20, n_repeats=1)
    named = [note for note in found.warnings if "no cut-off of the scores" in note]
    assert len(named) == 1
    assert named[0].startswith("reader R1: 1 of 60 calls")
    kinds = found.frame().drop_duplicates("source").set_index("source")["reads"]
    assert kinds[["R0", "R1"]].tolist() == ["score", "binary"]
    kept = study.combine(BOTH, cutoffs={"R1": 4}, n_resamples=20, n_repeats=1)
    kinds = kept.frame().drop_duplicates("source").set_index("source")["reads"]
    assert kinds["R1"] == "score"
    assert not any("no cut-off" in note for note in kept.warnings)


def test_a_reader_who_called_every_case_is_named():
    reads, truth, model = tables(readers=3, cases=60, modalities=ONE, seed=1)
    reads.loc[reads["reader"] == "R2", "call"] = 1.0
    found = ReaderStudy.from_frame(reads, truth, model).combine(BOTH, n_resamples=20, n_repeats=1)
    assert any("reader R2 called every case alike" in note for note in found.warnings)


def test_groups_of_levels_never_take_the_name_of_a_member():
    reads, truth, model = tables(readers=4, cases=60, modalities=ONE, trainees=2, seed=1)
    rule = [Combination("or", ("experts", "experts (group)"))]
    study = ReaderStudy.from_frame(reads, truth, model.assign(source="experts"))
    found = study.combine(rule, n_resamples=20, n_repeats=1)
    assert "experts (group)" in set(found.frame()["source"])
    levels = reads["level"].replace(
        {"expert": "senior radiologists", "trainee": "junior radiologist"}
    )
    study = ReaderStudy.from_frame(reads.assign(level=levels), truth)
    named = {"senior radiologists", "junior radiologists"}
    found = study.combine([], n_resamples=20, n_repeats=1).frame()
    assert named == set(found.loc[found["kind"] == "group", "source"])
    with pytest.raises(InputError, match=r"a member already; give the group another name"):
        study.combine([], groups={"R0": ["R1", "R2"]})


def alike(readers=("A", "B", "C"), modalities=ONE, **options):
    """Reads of readers who always say the same."""
    reads, truth, model = tables(readers=1, cases=60, modalities=modalities, **options)
    same = pd.concat([reads.assign(reader=name) for name in readers])
    return same, truth, model


@pytest.mark.parametrize("of", ["call", "score"])
@pytest.mark.parametrize("per_patient", [1, 2])
def test_readers_who_never_differ_agree_without_an_interval(of, per_patient):
    reads, truth, _ = alike(per_patient=per_patient)
    again = pd.concat([reads.assign(repeat=1), reads.assign(repeat=2)])
    table = ReaderStudy.from_frame(again, truth).agreement(of=of).frame()
    assert set(table["kind"]) == {"group", "pair", "repeated"}
    assert table["value"].tolist() == pytest.approx([1.0] * len(table))
    assert table[["low", "high", "se"]].isna().all(axis=None)
    assert table["method"].str.contains("no interval").all()


def test_scores_too_fine_for_categories_have_kappas_of_pairs_and_icc():
    reads, truth, _ = tables(readers=3, cases=120, modalities=ONE)
    rng = np.random.default_rng(0)
    fine = reads.assign(score=reads["score"] + rng.random(len(reads)))
    found = ReaderStudy.from_frame(fine, truth).agreement(of="score")
    names = {row.coefficient for row in found.rows}
    assert names == {"ICC(2,1)", "mean quadratic-weighted kappa of pairs"}
    assert len(found.pairs) == 3
    assert any("360 different values: Fleiss' and Gwet's" in note for note in found.warnings)
    assert "Fleiss" not in found.method
    holes = ReaderStudy.from_frame(fine[3:], truth).agreement(of="score")
    assert {row.coefficient for row in holes.rows} == names - {"ICC(2,1)"}
    assert any("ICC(2,1) needs every read" in note for note in holes.warnings)
    coarse = ReaderStudy.from_frame(reads, truth).agreement(of="score")
    weighted = {"Fleiss' kappa, quadratic weights", "Gwet's AC2, quadratic weights"}
    assert weighted <= {row.coefficient for row in coarse.rows}
    assert not any("left out" in note for note in coarse.warnings)


@pytest.mark.parametrize(("per_patient", "unit"), [(1, "cases"), (2, "patients")])
def test_agreement_says_over_what_the_jackknife_goes(per_patient, unit):
    reads, truth, _ = tables(readers=3, cases=60, modalities=ONE, per_patient=per_patient)
    found = ReaderStudy.from_frame(reads, truth).agreement()
    kappas = [row for row in found.pairs if "kappa" in row.coefficient]
    assert {row.estimate.method for row in kappas} == {f"jackknife over {unit}"}
    assert f"jackknife over {unit}" in found.method


def test_agreement_on_scores_that_are_not_there_speaks_of_agreement():
    reads, truth, _ = tables(readers=3, cases=60, modalities=ONE)
    study = ReaderStudy.from_frame(reads.drop(columns="score"), truth)
    with pytest.raises(InputError, match=r'no column score; use of="call", or add') as error:
        study.agreement(of="score")
    assert "ROC" not in str(error.value)


def aided(misled, *, readers=3, cases=60, wrong=8, per_patient=1, unrest=0.0):
    """Readers who are right alone; the model is wrong on some cases and misleads a share."""
    rng = np.random.default_rng(1)
    y = np.arange(cases) % 2
    shown = np.where(np.arange(cases) < wrong, 1 - y, y)
    rows = []
    for r in range(readers):
        moved = np.where(shown == y, rng.random(cases) < unrest, rng.random(cases) < misled)
        alone = np.where(np.arange(cases) >= cases - 4, 1 - y, y)  # four cases are missed
        for name, call in (("without", alone), ("with", np.where(moved, 1 - alone, alone))):
            rows += [(k, k // per_patient, f"R{r}", name, call[k], y[k]) for k in range(cases)]
    names = ["case_id", "patient_id", "reader", "modality", "call", "y_true"]
    model = pd.DataFrame({"case_id": range(cases), "y_score": shown})
    return ReaderStudy.from_frame(pd.DataFrame(rows, columns=names), model=model)


@pytest.mark.parametrize("per_patient", [1, 2])
@pytest.mark.parametrize(("misled", "unrest"), [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)])
def test_shares_of_none_and_all_have_a_width(per_patient, misled, unrest):
    found = aided(misled, unrest=unrest, per_patient=per_patient).model_benefit()
    for name, patients in (("misled", 8), ("background", 48), ("rescued", 4)):
        share = getattr(found, name)
        whole = proportion(
            int(share.value * patients / per_patient), patients // per_patient
        ).estimate  # each patient's reads agree: as many cases as patients
        assert (share.low, share.high) == pytest.approx((whole.low, whole.high))
    excess = found.excess
    assert excess.value == misled - unrest
    assert excess.high - excess.low > 0.1
    assert -1 <= excess.low <= excess.value <= excess.high <= 1


def test_shares_of_independent_readers_have_wilsons_and_newcombes_interval():
    found = aided(0.5, readers=1, wrong=20, unrest=0.2).model_benefit()
    one, two = found.misled, found.background
    wrong, right = 20, 60 - 20 - 4
    for share, n in ((one, wrong), (two, right)):
        whole = proportion(round(share.value * n), n).estimate
        # the design effect of single cases is n / (n - 1)
        assert (share.low, share.high) == pytest.approx((whole.low, whole.high), abs=0.01)
        assert share.low <= whole.low
    low = one.value - two.value - np.hypot(one.value - one.low, two.high - two.value)
    high = one.value - two.value + np.hypot(one.high - one.value, two.value - two.low)
    assert (found.excess.low, found.excess.high) == pytest.approx((low, high))


def test_shares_of_the_same_patients_are_correlated():
    found = aided(0.5, readers=4, wrong=31, unrest=0.5, per_patient=2).model_benefit()
    excess = found.excess
    assert excess.se == pytest.approx((excess.high - excess.low) / 2 / 1.96, rel=0.15)


TWO = ("A", "B")


def test_identical_modalities_have_p_1_as_in_mrmc():
    reads, truth, _ = tables(readers=4, cases=60, modalities=TWO)
    same = reads[reads["modality"] == "A"]
    study = ReaderStudy.from_frame(
        pd.concat([same.assign(modality=name) for name in ("A", "B", "C")]), truth
    )
    found = study.pseudovalue_anova()
    assert [test.pvalue for test in found.tests] == [1.0, 1.0, 1.0]
    assert [test.statistic for test in found.tests] == [0.0, 0.0, 0.0]
    assert [one.pvalue for one in study.mrmc().differences] == [1.0, 1.0, 1.0]
    assert found.sums_of_squares["modality x reader"] == 0.0
    assert "nan" not in found.summary()


def test_identical_readers_are_no_readers_at_all():
    reads, truth, _ = alike(modalities=TWO)
    study = ReaderStudy.from_frame(reads, truth)
    found = study.pseudovalue_anova()
    alone = study.mrmc(readers="fixed").differences[0]
    both, cases, others = found.tests
    assert both.pvalue == pytest.approx(alone.pvalue)  # chi-square: only the cases are a sample
    assert both.df2 == np.inf
    assert cases.statistic == pytest.approx(both.statistic)
    assert np.isnan(others.pvalue)  # readers who never differ, in modalities that do
    assert found.sums_of_squares["modality x reader"] == 0.0
    assert "nan" not in found.summary()


def test_identical_readers_of_three_modalities_have_the_chi_square_of_mrmc():
    reads, truth, _ = alike(modalities=("A", "B", "C"))
    study = ReaderStudy.from_frame(reads, truth)
    whole = study.mrmc(readers="fixed")
    test = study.pseudovalue_anova().tests[0]
    assert test.pvalue == pytest.approx(whole.pvalue)
    assert 2 * test.statistic == pytest.approx(whole.statistic)


def test_identical_modalities_and_readers():
    reads, truth, _ = alike()
    study = ReaderStudy.from_frame(pd.concat([reads.assign(modality=name) for name in TWO]), truth)
    assert [test.pvalue for test in study.pseudovalue_anova().tests] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("readers", "modalities", "said"),
    [(4, ONE, r"1 modality\(ies\) and 4 reader"), (1, TWO, r"2 modality\(ies\) and 1 reader")],
)
def test_a_pilot_needs_two_modalities_and_two_readers(readers, modalities, said):
    reads, truth, _ = tables(readers=readers, cases=60, modalities=modalities)
    found = ReaderStudy.from_frame(reads, truth).mrmc(readers="fixed")
    with pytest.raises(InputError, match=said):
        found.pilot()


def test_plans_of_agreement_need_two_subjects_and_a_width_that_tells():
    for n in (0.4, 1):
        with pytest.raises(InputError, match=r"n must be 2 or more"):
            size_kappa(0.8, prevalence=0.3, null=0.6, n=n)
        with pytest.raises(InputError, match=r"n must be 2 or more"):
            size_icc(0.8, null=0.6, n=n)
    for width in (1, 1.9):
        with pytest.raises(InputError, match=r"width must lie strictly between 0 and 1"):
            size_icc(0.8, width=width)
        with pytest.raises(InputError, match=r"width must lie strictly between 0 and 1"):
            size_kappa(0.8, prevalence=0.3, width=width)
    few = size_icc(0.9, width=0.9)
    assert few.n < 10
    assert "10 subjects or more" in few.summary()
    assert not size_icc(0.8, width=0.2).warnings
    assert size_kappa(0.999, prevalence=0.5, width=0.9).n == 2
