"""The hinge: what may enter, and how sources are paired."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError, UnpairedCasesError
from radln.predictions import Predictions


def table(source="model", repeats=(0, 1), units="abc", **changes):
    rows = [
        {
            "unit_id": unit,
            "patient_id": f"p{unit}",
            "y_true": k % 2,
            "source": source,
            "y_score": k + 10.0 * int(repeat),
            "repeat": repeat,
        }
        for repeat in repeats
        for k, unit in enumerate(units)
    ]
    return pd.DataFrame(rows).assign(**changes)


def reader(**changes):
    return table("reader", (0,), **changes).drop(columns="repeat")


def test_what_it_holds():
    held = Predictions.concat([Predictions.from_frame(table()), Predictions.from_frame(reader())])
    assert held.sources == ("model", "reader")
    assert held.repeats == (0, 1)
    assert held.frame()["y_true"].dtype == np.int64
    assert held.truth.tolist() == [False, True, False]
    assert list(held.select("model", repeat=1)["y_score"]) == [10.0, 11.0, 12.0]


def test_other_columns_are_left_behind_and_the_input_is_not_changed():
    given = table(extra=1)
    before = given.copy()
    assert "extra" not in Predictions.from_frame(given).frame().columns
    pd.testing.assert_frame_equal(given, before)


def test_ids_become_text():
    held = Predictions.from_frame(table(units=[1, 2]))
    assert held.frame()["unit_id"].tolist()[:2] == ["1", "2"]


def test_a_reader_is_paired_with_every_repeat():
    held = Predictions.concat([Predictions.from_frame(table()), Predictions.from_frame(reader())])
    for repeat in (0, 1):
        units, first, second = held.paired("model", "reader", repeat=repeat)
        assert list(units.columns) == ["unit_id", "patient_id", "y_true"]
        assert first.tolist() == [10.0 * repeat + k for k in range(3)]
        assert second.tolist() == [0.0, 1.0, 2.0]


def test_pairs_are_matched_by_unit_not_by_position():
    shuffled = Predictions.from_frame(table("other", (0,)).iloc[[2, 0, 1]])
    held = Predictions.concat([Predictions.from_frame(table(repeats=(0,))), shuffled])
    units, first, second = held.paired("model", "other")
    assert units["unit_id"].tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(first, second)


def test_unpaired():
    held = Predictions.concat(
        [Predictions.from_frame(table()), Predictions.from_frame(reader(units="ab"))]
    )
    with pytest.raises(UnpairedCasesError, match=r"\(1 differ\)"):
        held.paired("model", "reader")


def test_a_repeat_that_is_not_there():
    held = Predictions.concat([Predictions.from_frame(table()), Predictions.from_frame(reader())])
    with pytest.raises(InputError, match="model has no repeat 7; it has 0, 1"):
        held.paired("model", "reader", repeat=7)


def test_unknown_source():
    with pytest.raises(InputError, match="no source named 'modle'; there are model"):
        Predictions.from_frame(table()).select("modle")


@pytest.mark.parametrize(
    "spoilt, said",
    [
        (table().drop(columns=["y_score", "source"]), "lack the column.* source, y_score"),
        (table(y_true=2), "0 and 1 only"),
        (pd.concat([table(), table()]), "same unit twice"),
        (table(y_true=[0, 1, 0, 1, 1, 0]), "y_true differs"),
        (table(patient_id=list("abcabd")), "patient_id differs"),
        (table(patient_id=[None, *"bcabc"]), r"patient_id is missing in 1 row"),
        (table(y_score=np.nan), r"y_score is missing in 6 row"),
    ],
)
def test_refusals(spoilt, said):
    with pytest.raises(InputError, match=said):
        Predictions.from_frame(spoilt)


def test_other_codes_of_the_outcome_are_shown_with_the_remedy():
    with pytest.raises(InputError, match=r"got \[.*2.*\]\. Say which code.*\(y_true == 2\)"):
        Predictions.from_frame(table(y_true=[1, 2, 1, 2, 1, 2]))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fold": "Fold 1"}, "fold must hold whole numbers; got 'Fold 1'"),
        ({"fold": 0.5}, "fold must hold whole numbers; got 0.5"),
        ({"repeat": ["first", "second"] * 3}, "repeat must hold whole numbers; got 'first'"),
        ({"repeat": [0, np.nan] * 3}, "repeat is missing in 3 row"),
        ({"source": ["m", "M "] * 3}, "source holds 'm' and 'M '"),
    ],
)
def test_labels_that_number_nothing_are_refused(changes, said):
    with pytest.raises(InputError, match=said):
        Predictions.from_frame(table().assign(**changes))


def test_numbers_as_text_are_numbers():
    held = Predictions.from_frame(table(repeats=("0", 1), fold=["0", 1, 2] * 2))
    assert held.repeats == (0, 1) and held.scores["fold"].tolist() == [0, 1, 2] * 2
