"""A test of many rows tries them all, and names those that fail."""

from __future__ import annotations

import inspect

import pytest

from tests.rows import each_row


def message(test, **fixtures):
    with pytest.raises(pytest.fail.Exception) as failed:
        test(**fixtures)
    return str(failed.value)


def test_every_row_is_tried_and_every_failing_one_is_named():
    tried = []

    @each_row("low, high", [(1, 2), pytest.param(4, 3, id="upside down"), (5, 6), (8, 7)])
    def test(low, high):
        tried.append(low)
        assert low < high

    said = message(test)
    assert tried == [1, 4, 5, 8]
    assert said.startswith("2 of 4 rows failed\nupside down: line ")
    assert "8-7: line" in said
    assert "AssertionError" in said


def test_rows_that_all_pass_are_one_test_that_passes():
    @each_row("value", [1, 2, (3, 4)])
    def test(value):
        assert value

    assert list(inspect.signature(test).parameters) == []
    test()


def test_a_refusal_that_does_not_come_and_a_row_that_skips_have_failed():
    @each_row("kind", ["raises", "skips", "errs", "passes"])
    def test(kind):
        if kind == "raises":
            with pytest.raises(ValueError):
                pass
        elif kind == "skips":
            pytest.skip("not here")
        elif kind == "errs":
            raise KeyError(kind)

    said = message(test)
    assert said.startswith("3 of 4 rows failed\n")
    assert [line.partition(":")[0] for line in said.splitlines()[1:]] == [
        "'raises'", "'skips'", "'errs'",
    ]  # fmt: skip


def test_two_tables_are_every_pair_and_fixtures_stay():
    seen = []

    @each_row("a", [1, 2])
    @each_row("b", [3, 4])
    def test(world, a, b):
        seen.append((world, a, b))
        assert (a, b) != (2, 3)

    assert list(inspect.signature(test).parameters) == ["world"]
    said = message(test, world="w")
    assert seen == [("w", a, b) for a in (1, 2) for b in (3, 4)]
    assert said.startswith("1 of 2 rows failed\n2: ")
    assert "1 of 2 rows failed\n3: line" in said


class TestInAClass:
    @each_row("value", [1, 2])
    def test_methods_have_rows_too(self, value):
        assert isinstance(self, TestInAClass)
        assert value > 0


def test_rows_do_not_share_what_a_test_gets_for_itself():
    def alone(tmp_path, value):
        raise AssertionError

    def plain(value):
        raise AssertionError

    with pytest.raises(TypeError, match="tmp_path"):
        each_row("value", [1])(alone)
    with pytest.raises(TypeError, match="other"):
        each_row("other", [1])(plain)
    with pytest.raises(ValueError, match="no rows"):
        each_row("value", [])
    with pytest.raises(ValueError, match="2 values a row"):
        each_row("a, b", [(1, 2, 3)])
    with pytest.raises(ValueError, match="no marks"):
        each_row("a", [pytest.param(1, marks=pytest.mark.skip)])
