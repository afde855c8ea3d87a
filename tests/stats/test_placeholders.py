"""Missing values written as text are no labels: refused, or named where they may be levels."""

import numpy as np
import pandas as pd
import pytest

from radln import ReaderStudy, stats
from radln.errors import InputError, RadlnWarning
from radln.predictions import Predictions
from tests.rows import each_row
from tests.stats.calls import ALL_CALLS
from tests.stats.test_refusals import PATIENT
from tests.stats.test_spelling import GROUPED, LABELLED, PLAIN, reads

NOTHING = ["nan", "NaN", "None", "<NA>", "NaT", "", "  ", "NULL"]
OF_CASES = [name for name in LABELLED if not name.endswith(("labels", "classes"))]
PERHAPS = ["n/a", "NA", "-", "?", "unknown", "none"]


def labels_with(name, argument, word):
    """A valid call whose first group, centre or patient is called by a word for no value."""
    arguments = dict(ALL_CALLS[name])
    if "order" in arguments:
        arguments["order"] = None
    codes = PATIENT if arguments[argument] is None else arguments[argument]
    arguments[argument] = [word if code == codes[0] else f"P{code}" for code in codes]
    return arguments


@each_row("name, argument", GROUPED)
@each_row("word", ["nan", "", "None"])
def test_every_function_refuses_a_missing_value_written_as_text(name, argument, word):
    arguments = labels_with(name, argument, word)
    with pytest.raises(InputError, match=r"missing value\s+written as text|marks cases"):
        getattr(stats, name)(**arguments)
    whole = arguments[argument]
    for given in (np.array(whole), pd.Series(whole), pd.Categorical(whole)):
        with pytest.raises(InputError, match=r"missing value written as text|marks cases"):
            getattr(stats, name)(**{**arguments, argument: given})


@each_row("name, argument", GROUPED)
def test_every_function_names_a_level_that_may_be_none(name, argument):
    arguments = labels_with(name, argument, "?")
    if argument == "cluster":
        with pytest.raises(InputError, match="give every row its own"):
            getattr(stats, name)(**arguments)
    elif argument != "folds":
        with pytest.warns(RadlnWarning, match=f"'\\?' of {argument} counts as a level of its own"):
            getattr(stats, name)(**arguments)


@each_row("name", OF_CASES)
@each_row("word", NOTHING)
def test_categories_are_no_missing_values(name, word):
    with pytest.raises(InputError, match="missing value written as text"):
        LABELLED[name]([word if label == "no" else label for label in PLAIN])


@pytest.mark.parametrize("name", ["kappa", "rater_agreement", "compare_groups values", "table_one"])
@pytest.mark.parametrize("word", PERHAPS)
@pytest.mark.filterwarnings("ignore")
def test_categories_that_may_be_missing_values_are_named(name, word):
    mixed = [word if k % 5 == 0 else label for k, label in enumerate(PLAIN)]
    found = LABELLED[name](mixed)
    assert any(f"{word!r} of" in note and "(5 row(s))" in note for note in found.warnings)
    assert not any("level of its own" in note for note in LABELLED[name](PLAIN).warnings)


@pytest.mark.parametrize("column", ["case_id", "patient_id", "reader"])
def test_a_reader_study_refuses_them(column):
    for word in ("nan", "None", "<NA>"):
        with pytest.raises(InputError, match=rf"{column} holds .*missing value written as text"):
            ReaderStudy.from_frame(reads(**{column: word}))
    if column != "reader":
        with pytest.raises(InputError, match="give every row its own"):
            ReaderStudy.from_frame(reads(**{column: "n/a"}))


def test_a_reader_study_names_what_may_be_none():
    table = reads()
    table["reader"] = table["reader"].replace("Bob", "?")
    notes = ReaderStudy.from_frame(table).warnings
    assert any("'?' of reads: reader counts as a level" in note for note in notes)
    words = reads()["y_true"].map({0: "?", 1: "malignant"})
    with pytest.raises(InputError, match="would count as negative"):
        ReaderStudy.from_frame(reads().assign(y_true=words), positive="malignant")
    signs = reads()["y_true"].map({0: "-", 1: "+"})
    assert ReaderStudy.from_frame(reads().assign(y_true=signs), positive="+").y_true.sum() == 6


@pytest.mark.parametrize("column", ["unit_id", "patient_id", "source"])
def test_predictions_refuse_them(column):
    table = pd.DataFrame(
        {"unit_id": ["a", "b"], "patient_id": ["p", "q"], "y_true": [1, 0], "source": "x"}
    ).assign(y_score=[0.9, 0.1])
    table.loc[0, column] = "nan"
    with pytest.raises(InputError, match=f"{column} holds 'nan' in 1 row"):
        Predictions.from_frame(table)
