"""Clinical columns as what they are; what does not fit is refused, never made into levels."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from radln.data_settings import ClinicalSettings
from radln.errors import InputError
from radln.settings import Settings
from radln.study.column_notes import _said_of_categories, absent_words, mixed_grades
from radln.study.predictor_columns import seen_type, typed

NA = np.nan


def column(*values):
    return pd.Series(values, dtype=object)


def read(values, **given):
    return typed(column(*values), ClinicalSettings(column="psa", **given))


@pytest.mark.parametrize(
    "values, kind",
    [
        ((50, 61.5, None), "number"),
        (("50", "61", "not available", "44", "39"), "number"),
        (("1,5", "2,25", "3"), "number"),
        (("<0.20", "0.4", "0.9"), "number"),
        ((0, 1, 1), "0/1"),
        (("yes", "No", "no"), "0/1"),
        ((True, False), "0/1"),
        (("1", "1"), "number"),
        (("male", "female"), "category"),
        (("a", "b", "1"), "category"),
        (("4a", "3", "5"), "ordered"),
        (("BI-RADS 4a", "BI-RADS 5"), "ordered"),
        (("TR5", "TR3"), "ordered"),
        (("C3", "TR3"), "category"),
    ],
)
def test_what_a_column_seems_to_be(values, kind):
    assert seen_type(column(*values)) == kind


def test_dates_are_seen():
    dates = pd.Series(pd.to_datetime(["2026-01-31", "2026-01-01", None]))
    assert seen_type(dates) == "date"
    assert_array_equal(typed(dates, ClinicalSettings(column="d")), [30, 0, NA])
    assert seen_type(column("2026-01-31", None)) == "date"
    assert_array_equal(read(("2026-01-31", "2026-01-01", None)), [30, 0, NA])
    for written in (("20260131", "20260101", None), (20260131.0, 20260101.0, None)):
        assert seen_type(column(*written)) == "date"
        assert_array_equal(read(written), [30, 0, NA])
    assert seen_type(column(20260131, 20269901)) == "number"


@pytest.mark.parametrize(
    "values, given, numbers",
    [
        ((50, " 61.5 ", None), {}, [50, 61.5, NA]),
        (("1,5", "2,25", "3"), {}, [1.5, 2.25, 3]),
        (("50", "61", "not available"), {"missing": ("Not  available",)}, [50, 61, NA]),
        (("<0.20", "0.4"), {"below": "value"}, [0.2, 0.4]),
        (("< 0,20", "0,4"), {"below": "half"}, [0.1, 0.4]),
        ((99, 40, 50), {"missing": ("99",)}, [NA, 40, 50]),
        (("yes", "No", None), {}, [1, 0, NA]),
        (("4a", "3", None, "4C", "5"), {}, [1, 0, NA, 2, 3]),
        (("high", "low"), {"type": "ordered", "levels": ("low", "mid", "high")}, [2, 0]),
    ],
)
def test_numbers(values, given, numbers):
    assert_array_equal(read(values, **given), numbers)


@pytest.mark.parametrize(
    "values, given, said",
    [
        (("50", "61", "44", "39", "none seen"), {}, r"also 'none seen' \(1\).*missing: \[WORD\]"),
        (("<0.20", "0.4", "0.5"), {}, "below: value, or below: half"),
        (("1,5", "2.25", "3"), {}, "decimal commas and points"),
        (("1,500", "2,250"), {}, "sign of thousands"),
        (("1.234,5", "2,5", "3,5", "4,5", "1,5"), {}, "also '1.234,5'"),
        (("inf", "1", "2", "3", "4", "5"), {}, "also 'inf'"),
        (("yes", "no", "perhaps"), {"type": "0/1"}, r"holds 'perhaps' \(1\)"),
        (tuple("abcdefghijkl"), {}, "has 12 levels.*Merge levels"),
        (("low", "high"), {"type": "ordered"}, r"levels: \[low, middle, high\]"),
        (("low", "top"), {"type": "ordered", "levels": ("low", "high")}, "'top'.*do not list"),
        (("soon", "2026-01-01"), {"type": "date"}, "of type date, but holds 'soon'"),
        (("2026-01-31", "2026"), {"type": "date"}, "of type date, but holds '2026'"),
        (("2026-01-31", "31.1.2026"), {"type": "date"}, "of type date, but holds '31.1.2026'"),
        ((1, 2, 3, 4, 5, True), {}, r"also 'True' \(1\)"),
        ((1, 2, 3, 4, 5, dt.datetime(2026, 11, 3)), {}, r"also '2026-11-03 00:00:00'"),
        ((1, 2, 3, 4, 5, dt.time(1, 30)), {}, r"also '01:30:00'"),
        ((20261301, 20260102), {"type": "date"}, "of type date, but holds '20261301'"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_column_and_the_cells(values, given, said):
    with pytest.raises(InputError, match=said) as error:
        read(values, **given)
    assert "'psa'" in str(error.value)


@pytest.mark.parametrize(
    "values, given, mixed",
    [
        (("3", "4", "4a"), {}, ["4"]),
        (("BI-RADS 4", "BI-RADS 4B", "BI-RADS 5", "BI-RADS 5a"), {}, ["bi-rads 4", "bi-rads 5"]),
        (("3", "4a", "4b", "5"), {}, []),
        (("3", "4", "4a"), {"levels": ("3", "4", "4a")}, []),
        (("3", "4", "4a"), {"missing": ("4",)}, []),
        ((3, 4, 5), {}, []),
    ],
)
def test_grades_with_and_without_a_letter(values, given, mixed):
    assert mixed_grades(column(*values), ClinicalSettings(column="g", **given)) == mixed


@pytest.mark.parametrize(
    "given, absent",
    [
        ({"missing": ("Unknown",)}, []),
        ({"missing": ("unknwn", "unknown")}, ["unknwn"]),
        ({"merge": {"other": ("A", "d")}}, ["d"]),
        ({"merge": {"other": ("a", "1")}}, []),
        ({"levels": ("a", "b", "c")}, []),
    ],
)
def test_words_that_were_declared_and_never_occur(given, absent):
    values = column("a", "b", "unknown", 1.0, None)
    assert absent_words(values, ClinicalSettings(column="g", **given)) == absent


def test_levels_are_merged_by_declaration():
    found = read((*"aabbc", 1.0, None), merge={"other": ("C", "1")})
    assert found.tolist()[:6] == ["a", "a", "b", "b", "other", "other"]
    assert found.isna().tolist()[-1]


def test_names_alone_and_with_types():
    data = {"table": "t.csv", "images": "i", "masks": "m", "case": "c", "patient": "p"}
    data |= {"outcome": "o", "positive": "1"}
    given = ["age", {"column": "sex", "type": "category"}]
    settings = Settings.model_validate({"data": {**data, "clinical": given}})
    assert settings.data.clinical_columns == ["age", "sex"]
    assert [item.type for item in settings.data.clinical] == [None, "category"]
    with pytest.raises(ValueError, match="'age' is listed twice"):
        Settings.model_validate({"data": {**data, "clinical": ["age", {"column": "age"}]}})


GRADES = ["3", "4a", "4b", "4c", "5"] * 6


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (GRADES, ""),
        ([*GRADES, "Tis"], "holds grades, and also tis; it counts as a category"),
        ([*GRADES[:20], "BI-RADS 4a", "BIRADS 3"], "grades under several names (3, 4a, 4b, 4c"),
        (["smooth", "rough"] * 5, ""),
        (["1", "2", "3"] * 5, ""),
    ],
)
def test_grades_that_count_as_a_category_are_said(values, said):
    values = pd.Series(values, dtype=object)
    given = ClinicalSettings(column="birads", type=seen_type(values))
    found = " ".join(_said_of_categories(values, given))
    assert said in found
    assert bool(said) == bool(found)
