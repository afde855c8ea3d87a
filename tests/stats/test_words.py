"""What a result says to a physician: no "nan", no bare "no interval", the level where unusual."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest

from radln import stats
from radln._result import Estimate, in_words
from radln.errors import RadlnError
from tests.stats.calls import ALL_CALLS
from tests.stats.test_cases import BARE, FUNCTIONS
from tests.stats.test_few_patients import CLUSTERED, call
from tests.stats.test_ranges import WITHOUT, every_result, hostile
from tests.stats.test_refusals import Y

COMPUTERS = re.compile(r"(?<![A-Za-z])(nan|NaN|inf|None)(?![A-Za-z])")


def results(name):
    """Of extreme outcomes, and of few patients."""
    yield from every_result(name)
    for n_patients in (2, 3, 4, 8) if name in CLUSTERED else ():
        try:
            yield f"{name} {n_patients} patients", FUNCTIONS[name](**call(name, n_patients))
        except RadlnError:
            continue


@pytest.mark.parametrize("name", sorted({*ALL_CALLS} - BARE))
def test_no_sentence_holds_a_nan_and_what_is_not_estimable_has_its_reason(name):
    for label, found in results(name):
        for text in (repr(found), str(found), found.summary()):
            assert not COMPUTERS.search(text), (label, text)
            missing = "not estimable" in text or "(no interval)" in text
            if missing and name not in WITHOUT:
                assert found.warnings, (label, text)
        assert "NaN" not in found._repr_html_(), label


def with_level():
    return [
        name
        for name in sorted({*ALL_CALLS} - BARE)
        if "confidence_level" in inspect.signature(FUNCTIONS[name]).parameters
        and not name.startswith("size_")  # no interval in the sentence
        and name not in ("compare_aucs", "location_map")
    ]


@pytest.mark.parametrize("name", with_level())
def test_the_level_of_unusual_intervals_stands_in_the_sentence(name):
    given = {**ALL_CALLS[name], "confidence_level": 0.9}
    found = FUNCTIONS[name](**given)
    usual = FUNCTIONS[name](**{**given, "confidence_level": 0.95})
    assert "90 %" in found.summary()
    assert "Intervals of" not in usual.summary()


def test_numbers_of_computers_in_words():
    assert in_words("nan against nan %") == "not estimable against not estimable"
    assert in_words("group nano, Nan and 'nan': inf") == "group nano, Nan and 'nan': infinite"
    assert str(Estimate(0.5, 0.4, np.inf)) == "0.500 (0.400–∞)"
    assert str(Estimate(0.5, 0.4, 0.6, 0.9)) == "0.500 (0.400–0.600) (90 % interval)"


def test_calibration_of_risks_that_no_curve_fits_says_why():
    found = stats.calibration_at(**{**hostile("calibration_at", "reversed", True), "cluster": None})
    assert np.isnan(found.ici)
    assert any("not estimable" in note for note in found.warnings)
    assert "ICI not estimable" in found.summary()


def test_a_cut_off_at_infinity_is_said_in_words():
    assert "no case is called positive" in stats.youden([0, 0, 1, 1], [4, 3, 2, 1]).summary()


def test_table_one_has_blanks_and_no_nan():
    table = pd.DataFrame({"sex": np.where(Y, "f", "m")})
    assert "NaN" not in repr(stats.table_one(table, Y))
