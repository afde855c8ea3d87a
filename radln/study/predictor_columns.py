"""A clinical column as what it is: numbers, yes or no, categories, or categories in an order.

A column of which most cells are numbers is one of numbers; every other cell must be declared. What
is meant is never guessed from a part of the column.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from radln._grades import graded
from radln._spelling import spelled
from radln.data_settings import ClinicalSettings, PredictorType
from radln.errors import InputError

MOSTLY = 0.8  # the share of numbers from which on a column is one of numbers
MOST_LEVELS = 10
SHOWN = 5
YES, NO = frozenset(("yes", "true", "y", "1")), frozenset(("no", "false", "n", "0"))
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}|(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
LIMIT = re.compile(r"<\s*(\d+(?:[.,]\d+)?)")


def seen_type(values: pd.Series) -> PredictorType:
    """The type that a column seems to have.

    Examples
    --------
    >>> seen_type(pd.Series(["4a", "4c", "5"])), seen_type(pd.Series(["50", "61", "x", "44", "3"]))
    ('ordered', 'number')
    """
    given = values.dropna()
    if pd.api.types.is_datetime64_any_dtype(given):
        return "date"
    text = [spelled(value) for value in given]
    if text and all(DATE.fullmatch(value) for value in text):
        return "date"
    if text and set(text) <= YES | NO and len(set(text)) == 2:
        return "0/1"
    numbers = sum(_plain(value) is not None or _comma(value) is not None for value in text)
    limits = sum(LIMIT.fullmatch(value) is not None for value in text)
    if text and numbers + limits >= MOSTLY * len(text):
        return "number"
    return "ordered" if text and graded(text) is not None else "category"


def kind_of(values: pd.Series, given: ClinicalSettings) -> PredictorType:
    """The type that was declared, or that the column seems to have without its missing cells."""
    return given.type or seen_type(_without_missing(values, given))


def _without_missing(values: pd.Series, given: ClinicalSettings) -> pd.Series:
    left_out = {spelled(word) for word in given.missing}
    return values.map(lambda v: v if pd.notna(v) and spelled(v) not in left_out else None)


def typed(values: pd.Series, given: ClinicalSettings) -> pd.Series:
    """The column in its type: float64, or text for categories; blank and declared cells missing.

    Raises
    ------
    InputError
        Cells that do not fit the type, too many levels, or levels that are not listed.
    """
    kind, kept = kind_of(values, given), _without_missing(values, given)
    if kind == "number":
        return _numbers(kept, given)
    if kind == "0/1":
        return _yes_no(kept, given)
    if kind == "date":
        return _days(kept, given)
    labels = labels_of(values, given)
    if kind == "ordered":
        return _ranks(labels, given)
    levels = labels.dropna().unique()
    if len(levels) > MOST_LEVELS:
        raise InputError(
            f"column {given.column!r} has {len(levels)} levels, such as "
            f"{', '.join(map(repr, sorted(map(str, levels))[:SHOWN]))}; a category may have at "
            f"most {MOST_LEVELS}. Merge levels (merge: {{other: [A, B]}} beside the column in "
            "data.clinical), give its type if it holds numbers, or leave it out."
        )
    return labels.astype(object)


def labels_of(values: pd.Series, given: ClinicalSettings) -> pd.Series:
    """Every cell as its level's name, merged where that was asked for; None where missing."""
    merged = {spelled(old): new for new, olds in given.merge.items() for old in olds}
    kept = _without_missing(values, given)
    return kept.map(lambda v: merged.get(spelled(v), _label(v)), na_action="ignore")


def _label(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _plain(text: str) -> float | None:
    """A number with a decimal point, finite."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) and "_" not in text else None


def _comma(text: str) -> float | None:
    return float(text.replace(",", ".")) if DECIMAL_COMMA.fullmatch(text) else None


def _numbers(values: pd.Series, given: ClinicalSettings) -> pd.Series:
    """Numbers; decimal commas where the whole column agrees, limits as they were declared."""
    text = values.map(lambda v: str(v).strip() if isinstance(v, str) else v)
    words = [v for v in text.dropna() if isinstance(v, str)]
    commas = [word for word in words if _comma(word) is not None]
    points = [word for word in words if "." in word and _plain(word) is not None]
    thousands = bool(commas) and all(THOUSANDS.fullmatch(word) for word in commas)
    if commas and (points or thousands):
        raise InputError(
            f"column {given.column!r} holds {commas[0]!r}"
            + (f" and {points[0]!r}, decimal commas and points." if points else ", which may be a ")
            + ("" if points else "decimal comma or a sign of thousands.")
            + " Write all numbers with a decimal point and no other sign."
        )

    def number(cell: object) -> float:
        if cell is None or (isinstance(cell, float) and np.isnan(cell)):
            return np.nan
        if isinstance(cell, bool | np.bool_) or hasattr(cell, "strftime"):
            return np.inf  # a truth value or a date of Excel
        if not isinstance(cell, str):
            return float(cell)  # type: ignore[arg-type]
        found = _plain(cell)
        if found is None:
            found = _comma(cell)
        limit = LIMIT.fullmatch(cell)
        if found is None and limit and given.below is not None:
            found = float(limit[1].replace(",", ".")) * (0.5 if given.below == "half" else 1.0)
        return np.inf if found is None else found

    numbers = text.map(number).astype(np.float64)
    wrong = values[np.isinf(numbers)]
    if len(wrong):
        limits = any(LIMIT.fullmatch(str(v).strip()) for v in wrong)
        raise InputError(
            f"column {given.column!r} holds numbers, but also {_listed(wrong)}. Correct the cells, "
            "leave them blank, declare what stands for no value (missing: [WORD] beside the column "
            "in data.clinical)"
            + (", or how a value below a limit counts (below: value, or below: half)." * limits)
            + ("" if limits else ", or give its type: category if these are names.")
        )
    return numbers


def _yes_no(values: pd.Series, given: ClinicalSettings) -> pd.Series:
    text = values.map(spelled, na_action="ignore")
    wrong = values[text.notna() & ~text.isin(YES | NO)]
    if len(wrong):
        raise InputError(
            f"column {given.column!r} is of type 0/1, but holds {_listed(wrong)}. Write 0 or 1, or "
            "yes or no, or give it the type category."
        )
    return text.map(lambda v: float(v in YES), na_action="ignore").astype(np.float64)


def _written(cell: object) -> object:
    """A cell of a date; a number as its figures."""
    return spelled(cell) if isinstance(cell, int | float | np.number) else cell


def _days(values: pd.Series, given: ClinicalSettings) -> pd.Series:
    """Days since the first date; dates of Excel, or written as 2026-11-30 or 20261130."""
    plain = values.map(_written, na_action="ignore")
    dates = pd.to_datetime(plain.where(values.notna()), errors="coerce", format="ISO8601")
    short = plain.map(lambda v: isinstance(v, str) and not DATE.match(v.strip())).astype(bool)
    wrong = values[(dates.isna() | short) & values.notna()]
    if len(wrong):
        raise InputError(f"column {given.column!r} is of type date, but holds {_listed(wrong)}.")
    return (dates - dates.min()).dt.days.astype(np.float64)


def order_of(labels: pd.Series, given: ClinicalSettings) -> tuple[str, ...]:
    """The levels from low to high, as :func:`radln._spelling.spelled` writes them: those that are
    listed, or grades such as 3, 4a, 4b, 5.
    """
    if given.levels:
        return tuple(spelled(level) for level in given.levels)
    order = graded(list(labels.map(spelled, na_action="ignore").dropna().unique()))
    if order is None:
        raise InputError(
            f"column {given.column!r} is of type ordered, but the order of "
            f"{_listed(labels)} is not known; list them (levels: [low, middle, high] beside "
            "the column in data.clinical)."
        )
    return tuple(order)


def _ranks(labels: pd.Series, given: ClinicalSettings) -> pd.Series:
    """0, 1, 2 ... in the order of the levels."""
    known = order_of(labels, given)
    text = labels.map(spelled, na_action="ignore")
    wrong = labels[text.notna() & ~text.isin(known)]
    if len(wrong):
        raise InputError(
            f"column {given.column!r} holds {_listed(wrong)}, which its levels do not list."
        )
    return text.map({level: float(k) for k, level in enumerate(known)}).astype(np.float64)


def _listed(values: pd.Series) -> str:
    """The first few different cells with their counts."""
    counts = values.astype(str).value_counts()
    shown = [f"{value!r} ({count})" for value, count in counts.head(SHOWN).items()]
    return ", ".join(shown) + (f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else "")
