"""``radln plan``: written beforehand, never overwritten, and compared by every run."""

from __future__ import annotations

import json

import pytest

from radln.errors import InputError, UnreadableFileError
from radln.settings import Settings
from radln.study.core import Study
from radln.study.plan import AFTER, ITEMS
from tests.study.test_hold_out import frame, started

OK, DATA = 0, 1


@pytest.fixture
def planned(radln, tmp_path):
    """A study that was planned."""
    folder = tmp_path / "s"
    assert started(radln, folder, frame(), "--design", "hold-out:0.3").code == OK
    said = radln("plan", folder)
    assert said.code == OK, said.err
    return folder


def replace(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_plan_says_what_is_meant(planned, radln):
    plan = json.loads((planned / "plan.json").read_text())
    assert set(plan["items"]) == set(ITEMS)
    assert plan["items"]["outcome"] == "pathology: malignant against benign"
    assert plan["items"]["primary comparison"] == "clinical_logistic against expert"
    assert plan["items"]["margin"] == 0.05
    assert "Youden" in plan["items"]["cut-off rule"]
    assert plan["items"]["design"] == {
        "name": "hold-out",
        "test_share": 0.3,
        "repeats": 1,
        "seed": 1,
    }
    assert not plan["after_results"]
    text = (planned / "plan.md").read_text()
    for name in ITEMS:
        assert f"- {name}: " in text
    again = radln("plan", planned)
    assert again.code == OK and text.splitlines()[2] in again.out
    assert json.loads((planned / "plan.json").read_text()) == plan


def test_a_run_says_that_it_was_kept(planned, radln):
    said = radln("run", planned)
    assert said.code == OK, said.err
    page = (planned / "results" / "report.html").read_text(encoding="utf-8")
    record = json.loads((planned / "results" / "run.json").read_text())
    for text in (said.out, page):
        assert "was kept." in text
        assert AFTER not in text
    assert record["plan"]["differs"] == []
    plan = json.loads((planned / "plan.json").read_text())
    assert record["split"] == plan["items"]["split"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("margin: 0.05", "margin: 0.1", "margin (0.05 → 0.1)"),
        ("test_share: 0.3", "test_share: 0.2", "design (test_share 0.3 → 0.2), split ("),
        ("seed: 1", "seed: 2", "design (seed 1 → 2), split ("),
        ("simple: expert", "simple: clinical_xgboost", "primary comparison (clinical_logistic"),
        ("cut: 4", "cut: 3", "cut-off rule (models: Youden"),
    ],
)
def test_a_run_names_what_differs(planned, radln, old, new, words):
    replace(planned / "study.yaml", old, new)
    said = radln("run", planned)
    assert said.code == OK, said.err
    page = (planned / "results" / "report.html").read_text(encoding="utf-8")
    for text in (said.out, page):
        assert "was not kept; these differ: " in text
        assert words in text
    refused = radln("plan", planned)
    assert refused.code == DATA
    assert "is there and differs in" in refused.err and "not overwritten" in refused.err


def test_a_patient_who_changes_sides_or_comes_later_is_seen(planned, radln):
    table = frame().iloc[:-2]
    table.to_csv(planned / "t.csv", index=False)
    said = radln("run", planned)
    assert said.code == OK, said.err
    assert "these differ: split (" in said.out


def test_a_plan_after_results_says_so(planned, radln):
    for name in ("plan.json", "plan.md"):
        (planned / name).unlink()
    assert radln("run", planned).code == OK
    assert "The plan" not in (planned / "results" / "report.html").read_text(encoding="utf-8")
    said = radln("plan", planned)
    assert AFTER in said.out
    assert AFTER in (planned / "plan.md").read_text()
    assert AFTER in radln("run", planned).out


def test_a_damaged_plan_is_refused(planned, radln):
    for content in ("{", '{"items": {}}', "[]"):
        (planned / "plan.json").write_text(content)
        said = radln("run", planned)
        assert said.code == DATA
        assert "plan.json" in said.err
        with pytest.raises(UnreadableFileError):
            Study.from_yaml(planned).plan()


def test_settings_alone_have_no_place_for_a_plan(planned):
    settings: Settings = Study.from_yaml(planned).settings
    with pytest.raises(InputError, match=r"beside study\.yaml"):
        Study(settings).plan()


def test_a_study_that_cannot_run_has_no_plan(radln, tmp_path):
    table = frame().assign(part="new")
    table.loc[:3, "part"] = "old"
    assert started(radln, tmp_path / "s", table, "--design", "fixed:part=new").code == OK
    said = radln("plan", tmp_path / "s")
    assert said.code == DATA
    assert not (tmp_path / "s" / "plan.json").exists()
