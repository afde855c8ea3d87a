"""Grades that stand with and without a letter, as 4 beside 4a, in an order to be confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from radln._spelling import spelled
from radln.data_settings import ClinicalSettings, DataSettings
from radln.study.predictor_columns import kind_of

LETTER = re.compile(r"(.*\d)\s*[abc]")


def said_of_grades(table: pd.DataFrame, data: DataSettings) -> Iterator[str]:
    """One sentence a column and grade."""
    for given in data.clinical:
        for grade in mixed_grades(table[given.column], given):
            yield (
                f"column {given.column!r} holds {grade} beside {grade} with a letter; it counts as "
                "less than these (list the levels in data.clinical for another order)."
            )
    for reader in data.readers:
        of_reader = ClinicalSettings(column=reader.column, type="ordered", levels=reader.order)
        for grade in mixed_grades(table[reader.column], of_reader):
            yield (
                f"column {reader.column!r} holds the read {grade} beside {grade} with a letter; it "
                "counts as less than these (give the order in data.readers for another one)."
            )


def mixed_grades(values: pd.Series, given: ClinicalSettings) -> list[str]:
    """The grades of an ordered column, whose order was not given, that occur in both ways.

    Examples
    --------
    >>> mixed_grades(pd.Series(["3", "4", "4a", "4b"]), ClinicalSettings(column="birads"))
    ['4']
    """
    if given.levels or kind_of(values, given) != "ordered":
        return []
    text = {spelled(value) for value in values.dropna()} - set(map(spelled, given.missing))
    with_letter = {match[1] for match in map(LETTER.fullmatch, text) if match}
    return sorted(text & with_letter)
