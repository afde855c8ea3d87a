"""What must be said of clinical columns as they were declared: words that never occur, and grades
with and without a letter, whose order is to be confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from radln._grades import GRADE, graded
from radln._spelling import spelled
from radln.data_settings import ClinicalSettings, DataSettings
from radln.study.predictor_columns import MOSTLY, kind_of

WITH_UNIT = re.compile(r"[<>~]?\s*[+-]?\d+(?:[.,]\d+)?\s*([^\d\s.,].*)")
LETTER = re.compile(r"(.*\d)\s*[abc]")


def column_notes(table: pd.DataFrame, data: DataSettings) -> Iterator[str]:
    """One sentence a doubt."""
    yield from _said_of_words(table, data)
    for given in data.clinical:
        for grade in mixed_grades(table[given.column], given):
            yield (
                f"column {given.column!r} holds {grade} beside {grade} with a letter; it counts as "
                "less than these (list the levels in data.clinical for another order)."
            )
        yield from _said_of_categories(table[given.column], given)
    for reader in data.readers:
        of_reader = ClinicalSettings(column=reader.column, type="ordered", levels=reader.order)
        for grade in mixed_grades(table[reader.column], of_reader):
            yield (
                f"column {reader.column!r} holds the read {grade} beside {grade} with a letter; it "
                "counts as less than these (give the order in data.readers for another one)."
            )


def _said_of_categories(values: pd.Series, given: ClinicalSettings) -> Iterator[str]:
    """Grades that count as a category: beside other labels, or under several names."""
    if given.levels or given.merge or kind_of(values, given) != "category":
        return
    text = values.dropna().map(spelled)
    text = text[~text.isin(list(map(spelled, given.missing)))]
    if _of_numbers_with_a_unit(text):
        yield (
            f"column {given.column!r} holds numbers with a unit or sign behind them "
            f"({text.iloc[0]!r}), and counts as a category without order; write plain numbers if "
            "they are such."
        )
        return
    found = text.map(GRADE.fullmatch)
    fits = found.notna()
    if not len(text) or fits.mean() < MOSTLY:
        return
    others, names = sorted(text[~fits].unique()), {match[1] for match in found[fits]}
    if others and graded(list(text[fits].unique())) is not None:
        yield (
            f"column {given.column!r} holds grades, and also {', '.join(others[:3])}; it counts as "
            "a category without order (correct it, declare it missing, or list the levels)."
        )
    elif not others and len(names) > 1 and any(match[3] for match in found):
        shown = ", ".join(sorted(text.unique())[:4])
        yield (
            f"column {given.column!r} holds grades under several names ({shown} ...), which count "
            "as categories of their own; write them in one way."
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


def _said_of_words(table: pd.DataFrame, data: DataSettings) -> Iterator[str]:
    for given in data.clinical:
        absent = absent_words(table[given.column], given)
        if absent:
            yield (
                f"column {given.column!r} never holds {', '.join(map(repr, absent))}, which "
                "data.clinical declares under missing or merge."
            )


def absent_words(values: pd.Series, given: ClinicalSettings) -> list[str]:
    """What was declared as missing or merged, and does not occur.

    Examples
    --------
    >>> given = ClinicalSettings(column="sex", missing=("unknwn",), merge={"male": ("M",)})
    >>> absent_words(pd.Series(["m", "male", "unknown"]), given)
    ['unknwn']
    """
    text = {spelled(value) for value in values.dropna()}
    declared = (*given.missing, *(old for olds in given.merge.values() for old in olds))
    return [word for word in declared if spelled(word) not in text]


def _of_numbers_with_a_unit(text: pd.Series) -> bool:
    """Whether most cells are a number with one and the same sign or unit behind it."""
    found = [match for match in map(WITH_UNIT.fullmatch, text) if match]
    units = {match[1].strip() for match in found}
    return len(units) == 1 and len(found) >= MOSTLY * len(text)
