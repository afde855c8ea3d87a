"""`radln evaluate`: anybody's predictions and reads, from tables to a page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.stats import auc, calibration, compare_auc, mean_over_repeats

OK, DATA = 0, 1
N = 80
rng = np.random.default_rng(1)
Y = rng.random(N) < 0.4
RISK = 1 / (1 + np.exp(-(1.2 * Y + rng.normal(size=N) - 0.6)))
READS = {who: np.clip(np.round(3 + Y + rng.normal(size=N)), 1, 5) for who in ("A", "B")}


@pytest.fixture
def tables(tmp_path):
    ids = [f"{k:03d}" for k in range(N)]
    table = pd.DataFrame({"Case ID": ids, "patient_id": ids, "y_true": Y.astype(int)})
    table.assign(y_prob=RISK).to_csv(tmp_path / "p.csv", index=False)
    reads = pd.concat(
        [pd.DataFrame({"case_id": ids, "Reader": who, "score": s}) for who, s in READS.items()]
    )
    reads.to_csv(tmp_path / "r.csv", index=False)
    return tmp_path


def change(folder, **columns):
    table = pd.read_csv(folder / "p.csv", dtype={"Case ID": str, "patient_id": str})
    table = table.assign(**columns).drop(columns=[c for c, v in columns.items() if v is None])
    table.to_csv(folder / "p.csv", index=False)


def test_predictions_and_reads(tables, radln):
    found = radln(
        "evaluate", tables / "p.csv", "--reads", tables / "r.csv", "--cut-off", "A:4",
        "--primary", "model,A", "--out", tables / "out", "--resamples", "100",
    )  # fmt: skip
    assert found.code == OK, found.err
    area = auc(Y, RISK).estimate
    assert f"model: AUC {area.value:.3f} ({area.low:.3f} to {area.high:.3f})" in found.out
    page = (tables / "out" / "report.html").read_text(encoding="utf-8")
    gap = compare_auc(Y, RISK, READS["A"]).difference
    assert f"{gap.value:+.3f}".replace("-", "−") in page
    assert "No rates of model, B: sensitivity and its kin hang on a cut-off" in page
    assert "ROC curves, and readers at their cut." in page
    rates = pd.read_csv(tables / "out" / "tables" / "operating_points.csv")
    assert set(rates["source"]) == {"A"}
    assert "000" not in page.split("<style>")[0]
    assert (tables / "out" / "figures" / "roc.svg").is_file()


def test_it_judges_a_study_s_own_predictions_as_the_study_did(pristine, radln, tmp_path):
    found = radln("evaluate", pristine.out / "predictions.csv", "--out", tmp_path)
    assert found.code == OK, found.err
    ours = pd.read_csv(pristine.out / "tables" / "auc.csv").set_index("source")
    theirs = pd.read_csv(tmp_path / "tables" / "auc.csv").set_index("source")
    columns = ["value", "low", "high", "kind"]
    pd.testing.assert_frame_equal(theirs.loc[ours.index, columns], ours[columns], rtol=1e-12)
    assert "readers at their cut" not in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        ({"patient_id": None}, (), "--rows-are-patients"),
        ({"y_prob": None}, (), "need a column y_prob (a probability) or y_score"),
        ({"y_prob": RISK * 100}, (), "Divide percentages by 100"),
        ({"y_true": np.where(Y, "bad", "good")}, (), "--positive names the positive one"),
        ({}, ("--cut-off", "Z:4"), "'Z', which is no source"),
        ({}, ("--cut-off", "model=4"), "--cut-off must be like model:0.3"),
        ({}, ("--primary", "model"), "--primary must be two sources"),
        ({}, ("--primary", "model,Z"), "--primary names 'Z'; the sources are model."),
    ],
)
def test_slips_are_refused(tables, radln, columns, options, said):
    change(tables, **columns)
    found = radln("evaluate", tables / "p.csv", *options, "--out", tables / "out")
    assert found.code == DATA, found
    assert said in found.err
    assert not (tables / "out").exists()


def test_words_as_outcome_and_rows_as_patients(tables, radln):
    change(tables, y_true=np.where(Y, "bad", "good"), patient_id=None)
    options = ("--positive", "bad", "--rows-are-patients", "--out", tables / "out")
    found = radln("evaluate", tables / "p.csv", *options)
    assert found.code == OK, found.err
    assert f"AUC {auc(Y, RISK).value:.3f}" in found.out
    assert "each counts as one" in (tables / "out" / "report.html").read_text(encoding="utf-8")


def test_reads_of_unknown_cases_and_both_tables_at_once(tables, radln):
    reads = pd.read_csv(tables / "r.csv", dtype={"case_id": str})
    reads.assign(case_id="x" + reads["case_id"]).to_csv(tables / "r.csv", index=False)
    found = radln("evaluate", tables / "p.csv", "--reads", tables / "r.csv")
    assert found.code == DATA
    assert "80 case(s) were read that the predictions do not have, for example 'x000'" in found.err
    change(tables, patient_id=None)
    reads.drop(columns="score").to_csv(tables / "r.csv", index=False)
    found = radln("evaluate", tables / "p.csv", "--reads", tables / "r.csv")
    assert "2 things must be mended first" in found.err


def read(folder, **columns):
    table = pd.read_csv(folder / "r.csv", dtype={"case_id": str})
    table = table.assign(**columns).drop(columns=[c for c, v in columns.items() if v is None])
    table.to_csv(folder / "r.csv", index=False)


def judged(radln, folder, *more):
    return radln(
        "evaluate", folder / "p.csv", "--reads", folder / "r.csv", "--out", folder / "out",
        "--resamples", "100", *more,
    )  # fmt: skip


GRADES = {1: "2", 2: "3", 3: "4a", 4: "4b", 5: "5"}


def test_grades_are_counted_by_their_places(tables, radln):
    plain = judged(radln, tables).out.splitlines()[:3]
    read(tables, score=[GRADES[int(s)] for s in np.concatenate(list(READS.values()))])
    said = judged(radln, tables, "--cut-off", "A:4b")
    assert said.code == OK, said.err
    assert said.out.splitlines()[:3] == plain
    assert (
        "note: Reads are counted by their places: 2 = 0, 3 = 1, 4a = 2, 4b = 3, 5 = 4." in said.out
    )
    rates = pd.read_csv(tables / "out" / "tables" / "operating_points.csv").set_index("measure")
    assert rates.loc["sensitivity", "value"] == pytest.approx((READS["A"][Y] >= 4).mean())
    said = judged(radln, tables, "--cut-off", "A:4")
    assert said.code == DATA
    assert "--cut-off A:4: the reads are 2, 3, 4a, 4b, 5" in said.err


def test_calls_may_be_words(tables, radln):
    calls = np.concatenate([np.where(s >= 4, "malignant", "benign") for s in READS.values()])
    read(tables, call=calls, score=None)
    change(tables, y_true=np.where(Y, "malignant", "benign"))
    said = judged(radln, tables, "--positive", "malignant")
    assert said.code == OK, said.err
    area = auc(Y, READS["A"] >= 4).estimate
    assert f"A: AUC {area.value:.3f}" in said.out


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"score": ["n/a?"] + ["3"] * (2 * N - 1)}, "n/a?"),
        ({"score": ["3,5", "2"] * N}, "3,5"),
        ({"score": ["malignant", "benign"] * N}, "malignant"),
        ({"score": ["4a", "9"] * N}, "Is it a code for missing?"),
        ({"score": [np.nan, 3.0] * N, "call": [1, 0] * N}, "hold both score and call"),
        ({"score": None}, "reads need a column score"),
    ],
)
def test_reads_that_are_no_reads_are_refused(tables, radln, columns, said):
    read(tables, **columns)
    found = judged(radln, tables)
    assert found.code == DATA
    assert said in found.err


def test_blank_reads_are_counted(tables, radln):
    read(tables, score=[np.nan, *np.concatenate(list(READS.values()))[1:]])
    said = judged(radln, tables)
    assert said.code == OK, said.err
    assert "note: 1 read(s) are blank" in said.out


def test_reads_stand_beside_models_that_have_repeats(pristine, radln, tmp_path):
    predictions = pd.read_csv(pristine.out / "predictions.csv")
    units = predictions.drop_duplicates("unit_id")
    table = pd.DataFrame({"case_id": units["unit_id"], "reader": "R9", "score": units["y_true"]})
    table["score"] += np.arange(len(table)) % 2  # 0 to 2
    table.to_csv(tmp_path / "r.csv", index=False)
    published = units.assign(source="published", y_score=0.0, repeat=np.nan, fold=np.nan)
    published["y_prob"] = np.nan
    pd.concat([predictions, published]).to_csv(tmp_path / "p.csv", index=False)
    said = judged(radln, tmp_path, "--primary", "combined_logistic,R9")
    assert said.code == OK, said.err
    area = auc(units["y_true"], table["score"], cluster=units["patient_id"]).estimate
    assert f"R9: AUC {area.value:.3f}" in said.out
    assert "published: AUC 0.500" in said.out


def test_reads_of_two_values_are_not_compared_by_area(tables, radln):
    read(tables, call=(np.concatenate(list(READS.values())) >= 4).astype(int), score=None)
    said = judged(radln, tables, "--primary", "model,A")
    assert said.code == DATA
    assert "whose reads have two values" in said.err


def test_the_average_reader_may_be_named(tables, radln):
    said = judged(radln, tables, "--primary", "model,average_reader")
    assert said.code == OK, said.err
    page = (tables / "out" / "report.html").read_text(encoding="utf-8")
    assert "the average reader" in page


def test_a_site_counts_those_who_were_judged(tables, radln):
    risk = RISK.copy()
    site = np.where(np.arange(N) < N // 2, "Hill", "Lake")
    rows = [
        pd.DataFrame({"Case ID": [f"{k:03d}" for k in range(N)], "patient_id": range(N),
                      "y_true": Y.astype(int), "y_prob": risk, "source": source, "site": site})
        for source in ("model", "other")
    ]  # fmt: skip
    rows[0] = rows[0].iloc[10:]
    pd.concat(rows).to_csv(tables / "p.csv", index=False)
    said = radln(
        "evaluate", tables / "p.csv", "--primary", "model,other", "--out", tables / "out",
        "--resamples", "100",
    )  # fmt: skip
    assert said.code == OK, said.err
    by_site = pd.read_csv(tables / "out" / "tables" / "auc_by_site.csv").set_index("site")
    assert by_site["n"].to_dict() == {"Hill": N // 2 - 10, "Lake": N // 2}


def test_several_partitions_and_two_scales_are_refused(tables, radln):
    change(tables, partition=["train", "test"] * (N // 2))
    said = judged(radln, tables)
    assert said.code == DATA
    assert f"several partitions: train ({N // 2}), test ({N // 2})" in said.err
    change(tables, partition="test", y_score=[np.nan, *np.log(RISK[1:])])
    said = judged(radln, tables)
    assert said.code == DATA
    assert "'model' has no y_score in 1 row(s) and one in others" in said.err


def test_repeated_hold_outs_have_a_page_without_net_benefit(radln, tmp_path):
    rng = np.random.default_rng(0)
    y = rng.random(120) < 0.4
    parts = []
    for repeat in range(10):
        drawn = rng.permutation(120)[:30]
        score = y[drawn] + rng.normal(size=30)
        part = pd.DataFrame({"unit_id": drawn, "y_true": y[drawn].astype(int), "y_score": score})
        part["patient_id"], part["source"] = part["unit_id"], "m"
        parts.append(part.assign(y_prob=1 / (1 + np.exp(-score)), repeat=repeat, fold=0))
    table = pd.concat(parts)
    table.to_csv(tmp_path / "p.csv", index=False)
    said = radln("evaluate", tmp_path / "p.csv", "--out", tmp_path / "out")
    assert said.code == 0, said.err
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Net benefit is not given" in page
    found = pd.read_csv(tmp_path / "out" / "tables" / "calibration.csv").set_index("measure")
    slopes = [
        calibration(part["y_true"], part["y_prob"], cluster=part["patient_id"], n_resamples=0).slope
        for _, part in table.groupby("repeat")
    ]
    expected = mean_over_repeats(slopes)
    assert found.loc["slope", ["value", "low", "high"]].to_list() == pytest.approx(
        [expected.value, expected.low, expected.high]
    )
