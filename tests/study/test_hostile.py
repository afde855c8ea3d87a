"""What is a little wrong is refused, found or right: a study of every kind, by seed."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest

from radln.study.conditions import CONDITIONS
from tests.conftest import REPOSITORY
from tests.study.hostile.judge import judge
from tests.study.hostile.kinds import KINDS, OUTCOMES, Kind
from tests.study.hostile.registry import SPOILERS
from tests.study.hostile.run import Judged, in_turn, judge_one, make_twins, markdown
from tests.study.hostile.world import COLUMNS, World

SEED = 11


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """A clean study with images, and one with features from a file."""
    return make_twins(tmp_path_factory.mktemp("twins"))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_comes_to_what_the_list_says(kind, twins, tmp_path):
    found = judge_one(kind, 0, SEED, twins, tmp_path).verdict
    assert found.outcome == kind.expected, found.words


def test_every_kind_has_a_function_and_expects_what_is_allowed():
    assert {kind.name for kind in KINDS} == set(SPOILERS)
    assert len({kind.name for kind in KINDS}) == len(KINDS) > 200
    for kind in KINDS:
        assert kind.expected in OUTCOMES[:4], kind
        assert set(kind.codes) <= set(CONDITIONS), kind
        if kind.expected == "finding":
            assert kind.codes or kind.says, kind


def test_the_clean_twin_is_read_as_it_was_drawn(twins):
    for twin in twins:
        assert twin.truth["y_true"].mean() == 0.5
        assert list(twin.truth.columns[-len(COLUMNS) :]) == list(COLUMNS)
        assert not twin.truth.isna().any(axis=None)
        assert not twin.features.isna().any(axis=None)
        assert set(twin.counts) <= {
            "few_events", "several_rows", "mask_read_as_one", "few_grey_levels",
        }  # fmt: skip


@pytest.mark.parametrize(
    "change, outcome",
    [
        (lambda w: None, "right"),
        (lambda w: w.table.__setitem__("age", "50"), "silent"),
        (lambda w: w.table.__setitem__("person", w.table["image"]), "silent"),
        (lambda w: w.table.__setitem__("pixel", "0.26"), "silent"),
        (lambda w: w.data.__setitem__("positive", "benign"), "silent"),
        (lambda w: w.data.__setitem__("positive", "x"), "crash"),  # refused in other words
        (lambda w: w.mask("case003").unlink(), "crash"),  # a case that was not spoilt
    ],
)
def test_the_judge_sees_what_is_wrong(twins, tmp_path, change, outcome):
    world = World.copy_of(twins[0], tmp_path / "study", np.random.default_rng(1))
    change(world)
    world.write()
    assert judge(world, Kind("t", "t", "right", says="none of these words")).outcome == outcome


def test_a_fault_is_a_crash(twins, tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("tests.study.hostile.judge.take_in", broken)
    found = judge_one(KINDS[0], 0, SEED, twins, tmp_path).verdict
    assert found.outcome == "crash"
    assert found.words == "ZeroDivisionError: oh"


def test_the_script_counts_and_ends_with_1(twins, monkeypatch, capsys):
    path = REPOSITORY / "benchmarks" / "hostile.py"
    spec = importlib.util.spec_from_file_location("hostile_script", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "make_twins", lambda folder: twins)
    monkeypatch.setattr(sys, "argv", ["hostile.py", "--n", "4", "--kind", "outcome: blank"])
    assert script.main() == 0
    printed = capsys.readouterr().out
    assert "| outcome: blank cells | finding |  |  | 2 |  |  |  |" in printed
    assert "0 of 4 came to something else than the list says." in printed
    monkeypatch.setitem(SPOILERS, "outcome: blank cells", lambda world: None)
    monkeypatch.setattr("tests.study.hostile.judge._differences", lambda *_: iter(["gone"]))
    assert script.main() == 1
    assert "outcome: blank cells, number 0: silent, not finding: gone" in capsys.readouterr().out


def test_the_table_names_what_was_not_expected(twins, tmp_path):
    kinds = in_turn(3, KINDS[:2])
    assert [number for _, number in kinds] == [0, 0, 1]
    judged = [judge_one(kind, number, SEED, twins, tmp_path) for kind, number in kinds]
    other = Kind("t", "t: t", "right")
    table = markdown([*judged, Judged(other, 0, judged[0].verdict)])
    assert f"| {KINDS[0].name} | refused | 2 |" in table
    assert "| t: t | right (not always) | 1 |" in table
    assert table.endswith("| all | | 4 | 0 | 0 | 0 | 0 | 0 |")
