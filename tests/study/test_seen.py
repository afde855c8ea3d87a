"""No model is judged on deep features of pictures that the encoder learned from."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from radln.errors import LeakageError
from radln.io.images import read_image, write_png
from radln.study.core import Study
from radln.study.seen import SEEN

OK, DATA = 0, 1


def brighten(study, k):
    """The same picture, saved again brighter."""
    values = read_image(study.image(k)).values
    write_png(study.image(k), np.clip(0.7 * values + 40, 0, 255).astype(np.uint8))


@pytest.fixture
def learned(study):
    """The encoder learned from the pictures of rows 3 and 4, one of which was saved anew."""
    study.learn_from(3, 4)
    brighten(study, 4)
    return study


def test_run_and_extract_are_refused_before_anything_is_measured(learned, monkeypatch):
    def measured(*_, **__):
        raise AssertionError("features were extracted")

    monkeypatch.setattr("radln.study.core.extract_cases", measured)
    held = Study.from_yaml(learned.folder)
    for act in (held.run, held.extract, lambda: held.extract(jobs=2)):
        with pytest.raises(LeakageError) as error:
            act()
        said = str(error.value)
        for word in ("'own'", "2 of the 38 images", "deep: null", "deep.encoder", "check --out"):
            assert word in said
        assert "ZQX" not in said


@pytest.mark.parametrize("command", ["run", "extract"])
def test_the_command_ends_with_one_message(learned, radln, command):
    out = learned.out if command == "run" else learned.folder / "f.csv"
    said = radln(command, learned.folder, "--out", out)
    assert said.code == DATA
    assert "2 of the 38 images" in said.err
    assert "Traceback" not in said.err
    assert str(learned.folder) not in said.err
    assert not (learned.folder / "f.csv").exists()
    assert not (learned.out / "report.html").exists()


def test_it_cannot_be_acknowledged_away(learned):
    learned.set(acknowledge=[SEEN, "same_picture"])
    with pytest.raises(LeakageError, match="learned from 2"):
        Study.from_yaml(learned.folder).run()


def test_check_lists_the_cases(learned, radln):
    said = radln("check", learned.folder, "--out", learned.folder / "cases.csv")
    assert said.code == DATA
    assert "refused study: 2 case(s) show a picture that the encoder learned from" in said.out
    cases = pd.read_csv(learned.folder / "cases.csv").set_index("code")["case_id"]
    assert cases[SEEN].tolist() == ["ZQX-0003", "ZQX-0004"]


def test_without_deep_features_it_runs(learned, radln):
    learned.set(features__deep=None)
    said = radln("run", learned.folder, "--out", learned.out)
    assert said.code == OK, said.err
    assert "Deep features were left out" in said.out
    checks = pd.read_csv(learned.out / "tables" / "checks.csv")
    assert SEEN not in set(checks["code"])
    record = json.loads((learned.out / "run.json").read_text())
    assert record["settings"]["features"]["deep"] is None
    report = (learned.out / "report.html").read_text()
    assert "features.deep is null" in report
    assert not re.search("deep_own|Deep features \\(|without deep features \\(", report)
    table = pd.read_parquet(learned.out / "features.parquet")
    assert not any(name.startswith("deep_") for name in table.columns)


def test_without_these_rows_it_runs(learned, radln):
    learned.write_table(learned.table().drop(index=[3, 4]))
    said = radln("run", learned.folder, "--out", learned.out)
    assert said.code == OK, said.err
    report = (learned.out / "report.html").read_text()
    assert "none of its training pictures was recognised" in report
    assert "Deep features (logistic)" in report


def test_rows_that_are_not_measured_do_not_count(learned):
    write_png(learned.mask(3), np.zeros((64, 80), np.uint8))
    learned.mask(4).unlink()
    held = Study.from_yaml(learned.folder)
    assert held.check().cases_of(SEEN) == set()
    assert held.extract().table.n_failed == 2


def test_rows_without_an_outcome_do_not_count(learned):
    table = learned.table()
    table.loc[[3, 4], "pathology"] = None
    learned.write_table(table)
    assert Study.from_yaml(learned.folder).extract().table.n_failed == 0


def test_nodes_of_one_picture_are_cases_of_one_image(learned):
    labels = np.zeros((64, 80), np.uint8)
    labels[10:25, 10:30], labels[30:50, 40:70] = 1, 2
    write_png(learned.mask(3), labels)
    table = learned.table()
    extra = table.iloc[[3]].assign(image="ZQX-0003#2", node="n9")
    table.loc[3, "image"] = "ZQX-0003#1"
    learned.write_table(pd.concat([table.drop(index=4), extra]))
    held = Study.from_yaml(learned.folder)
    both = {"ZQX-0003#1", "ZQX-0003#2"}
    assert held.check().cases_of(SEEN) == both
    with pytest.raises(LeakageError, match="1 of the 37 images"):
        held.run()


def test_an_encoder_without_a_list_says_so(learned, radln):
    (learned.folder / "own.seen.txt").unlink()
    assert radln("run", learned.folder, "--out", learned.out).code == OK
    report = (learned.out / "report.html").read_text()
    assert "carries no list of the pictures that it learned from" in report
    assert "training pictures was recognised" not in report
