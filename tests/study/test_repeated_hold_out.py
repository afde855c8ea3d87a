"""Hold-outs drawn again and again speak of the way of modelling, as folds do."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from radln.designs import HoldOut
from radln.errors import InputError
from radln.outcome import Binary
from radln.stats import auc_over_folds, calibration, compare_over_folds, mean_over_repeats
from radln.stats.discrimination.mean_of_readers import compare_with_mean_over_folds
from radln.study.parts import parse_design
from tests.study.test_hold_out import PATIENTS, frame, ran

FULL, SIMPLE = "clinical_logistic", "expert"
REPEATS = 4


@pytest.fixture
def repeated(radln, tmp_path):
    return ran(radln, tmp_path / "s", frame(), "--design", f"hold-out:0.2x{REPEATS}")


def matrices(results):
    """Scores and draws of the model over all units, a row a repeat; NaN where not drawn."""
    table = pd.read_csv(results / "predictions.csv", dtype={"unit_id": str})
    own = table[table["source"] == FULL]
    cases = frame()["case"]

    def wide(column):
        rows = own.pivot(index="repeat", columns="unit_id", values=column)
        return rows.reindex(columns=cases).to_numpy()

    return wide("y_score"), wide("y_prob"), wide("fold")


def test_numbers_are_those_of_the_statistics_on_all_patients(repeated):
    score, prob, fold = matrices(repeated)
    table = frame()
    y, patients = table["pathology"] == "malignant", table["person"]
    drawn_never = np.isnan(fold).all(axis=0)
    assert drawn_never.any()  # 0.8 ** 4 of the patients: they count among those who taught
    expected = auc_over_folds(y, score, fold, cluster=patients)
    areas = pd.read_csv(repeated / "tables" / "auc.csv").set_index("source")
    numbers = areas.loc[FULL, ["value", "low", "high"]].to_list()
    one = expected.estimate
    assert numbers == pytest.approx([one.value, one.low, one.high])
    assert expected.n_training == round(0.8 * PATIENTS)
    gap = compare_over_folds(y, score, table["expert"].to_numpy(float), fold, cluster=patients)
    pairs = pd.read_csv(repeated / "tables" / "differences.csv")
    row = pairs[(pairs["first"] == FULL) & (pairs["second"] == SIMPLE)].iloc[0]
    assert row["value"] == pytest.approx(gap.difference.value)
    assert [row["low"], row["high"]] == pytest.approx([gap.difference.low, gap.difference.high])
    found = pd.read_csv(repeated / "tables" / "calibration.csv").set_index(["source", "measure"])
    parts = [
        calibration(y[at], row[at], cluster=patients[at], n_resamples=0).slope
        for row, at in zip(prob, ~np.isnan(fold), strict=True)
    ]
    slope = mean_over_repeats(parts)
    assert found.loc[(FULL, "slope"), "value"] == pytest.approx(slope.value)
    assert found.loc[(FULL, "slope"), "low"] == pytest.approx(slope.low)


def test_the_page_says_what_it_speaks_of(repeated):
    page = (repeated / "report.html").read_text(encoding="utf-8")
    learned = round(0.8 * PATIENTS)
    for words in (
        f"at the number of patients that a draw leaves to learn from ({learned} of the {PATIENTS})",
        f"drawn at random, {REPEATS} times anew, 20% of the patients",
        "Nadeau and Bengio 2003",
        "Net benefit is not given",
        "The final models are fitted on all patients.",
    ):
        assert words in page
    for words in ("fold cross-validation", "One split at random", "Decision curves", "test part"):
        assert words not in page


def test_final_models_are_of_all_patients_and_predict(repeated, radln, tmp_path):
    folds = ran(radln, tmp_path / "folds", frame(), "--design", "cross-validation")
    names = [path.name for path in (folds / "model").glob("*_*.json")]
    assert len(names) > 1
    for name in names:  # those of cross-validation are of all patients
        assert (repeated / "model" / name).read_text() == (folds / "model" / name).read_text()
    frame().drop(columns="pathology").to_csv(tmp_path / "new.csv", index=False)
    said = radln(
        "predict", repeated / "bundle", "--table", tmp_path / "new.csv", "--case", "case",
        "-o", tmp_path / "out.csv",
    )  # fmt: skip
    assert said.code == 0, said.err
    found = pd.read_csv(tmp_path / "out.csv", dtype={"case_id": str}).set_index("case_id")
    final = pd.read_csv(repeated / "model" / "predictions_final.csv", dtype={"unit_id": str})
    expected = final.set_index("unit_id").loc[found.index, FULL]
    np.testing.assert_allclose(found[FULL], expected, atol=1e-12)


def test_draws_are_new_and_the_first_is_that_of_a_single_hold_out():
    units = pd.DataFrame({"patient_id": [f"p{k}" for k in range(60)], "y_true": np.arange(60) % 2})
    splits = HoldOut(0.2, 10).splits(units, Binary(), seed=3)
    once = HoldOut(0.2).splits(units, Binary(), seed=3)[0]
    assert splits[0].test.tolist() == once.test.tolist()
    assert once.locked and not any(split.locked for split in splits)
    assert len({tuple(split.test) for split in splits}) == 10
    assert [split.repeat for split in splits] == list(range(10))
    assert len({split.task for split in splits}) == 10


def test_the_option_takes_share_and_number():
    design = parse_design("hold-out:0.25x12")
    assert (design.test_share, design.repeats, design.once) == (0.25, 12, False)
    for text in ("hold-out:0.2x", "hold-out:0.2x1.5", "hold-out:0.2x0", "hold-out:x3"):
        with pytest.raises(InputError, match=r"hold-out:0\.2x10"):
            parse_design(text)


def test_the_average_reader_is_compared_as_one_reader_is():
    rng = np.random.default_rng(3)
    n, repeats = 120, 10
    y = rng.random(n) < 0.4
    patients = np.arange(n) // 2
    fold = np.full((repeats, n), np.nan)
    for row in fold:
        row[np.isin(patients, rng.permutation(60)[:15])] = 0
    score = y + rng.normal(size=(repeats, n))
    reads = np.round(y + rng.normal(size=(3, n)), 1)
    alone = compare_over_folds(y, score, reads[0], fold, cluster=patients)
    one = compare_with_mean_over_folds(y, score, reads[:1], fold, cluster=patients)
    assert one.difference.value == pytest.approx(alone.difference.value)
    assert one.difference.se == pytest.approx(alone.difference.se)
    assert one.pvalue == pytest.approx(alone.pvalue)
    gaps = [compare_over_folds(y, score, r, fold, cluster=patients).difference for r in reads]
    mean = compare_with_mean_over_folds(y, score, reads, fold, cluster=patients)
    assert mean.difference.value == pytest.approx(np.mean([gap.value for gap in gaps]))
    same = compare_with_mean_over_folds(y, score, reads[[0, 0, 0]], fold, cluster=patients)
    assert same.difference.se == pytest.approx(alone.difference.se)


def test_several_readers_are_averaged(radln, tmp_path):
    table = frame()
    rng = np.random.default_rng(1)
    y = (table["pathology"] == "malignant").astype(int)
    table["second"] = np.clip(np.round(3 + y + rng.normal(size=len(y))), 1, 5).astype(int)
    results = ran(
        radln, tmp_path / "s", table, "--design", "hold-out:0.2x4", "--reader", "second:4"
    )
    page = (results / "report.html").read_text(encoding="utf-8")
    record = json.loads((results / "run.json").read_text())
    assert record["conclusion"] is not None
    assert "verage reader" in record["verdict"] and "AUC difference" in record["verdict"]
    assert "The average reader is that of expert, second" in page
