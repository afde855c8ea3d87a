"""Who belongs to which declared subgroup: by the levels of a column, some of them, or a limit."""

from __future__ import annotations

import pandas as pd

from radln._spelling import one_spelling
from radln.errors import InputError
from radln.evaluation.settings import SubgroupSettings
from radln.io.tables import require_columns, stable_strings

NOT_KNOWN = "not known"
MOST = 8  # levels of a column that is split into all of them


def parse_subgroup(text: str) -> SubgroupSettings:
    """A subgroup from an option: COLUMN, COLUMN=VALUE,VALUE or COLUMN<LIMIT.

    Raises
    ------
    InputError
        It is none of these.

    Examples
    --------
    >>> parse_subgroup("BIRADS=4,4a").values
    ('4', '4a')
    >>> parse_subgroup("node_long_axis_mm<10").below
    10.0
    """
    column, below, limit = text.partition("<")
    column, equal, values = column.partition("=")
    named = tuple(value.strip() for value in values.split(",") if value.strip())
    try:
        if not column.strip() or (equal and not named) or (below and equal):
            raise ValueError
        number = float(limit) if below else None
        return SubgroupSettings(column=column.strip(), values=named, below=number)
    except ValueError:
        raise InputError(
            f"--subgroup {text!r}: write COLUMN (every level), COLUMN=VALUE,VALUE (these against "
            "the rest) or COLUMN<LIMIT (below against from there on)."
        ) from None


def refuse_absent(given: SubgroupSettings, table: pd.DataFrame, measured: pd.Index) -> None:
    """Raise InputError where the subgroup's column is neither in the table nor a feature."""
    if given.column not in measured:
        require_columns(table, [given.column], what="evaluation.subgroups: the table")


def group_of(given: SubgroupSettings, values: pd.Series) -> pd.Series:
    """The group of every unit, as text; what has no value is a group of its own.

    Raises
    ------
    InputError
        A value that the column never takes, numbers without a limit, or a limit for words.
    """
    known = values.dropna()
    if given.below is not None:
        numbers = pd.to_numeric(known, errors="coerce")
        if numbers.isna().any():
            odd = known[numbers.isna()].iloc[0]
            raise InputError(
                f"evaluation.subgroups: column {given.column!r} holds {str(odd)!r}, which is no "
                f"number, and the subgroup is what lies below {given.below:g}."
            )
        low, high = f"below {given.below:g}", f"{given.below:g} and above"
        parts = (numbers < given.below).map({True: low, False: high})
        return parts.reindex(values.index).fillna(NOT_KNOWN)
    texts = stable_strings(known).set_axis(known.index)
    one_spelling(texts.unique(), name=f"column {given.column!r}")
    if given.values:
        absent = [value for value in given.values if value not in set(texts)]
        if absent:
            raise InputError(
                f"evaluation.subgroups: column {given.column!r} never holds {absent[0]!r}; it "
                f"holds {', '.join(sorted(texts.unique())[:MOST])}."
            )
        named = ", ".join(given.values)
        parts = texts.isin(list(given.values)).map({True: named, False: f"not {named}"})
        return parts.reindex(values.index).fillna(NOT_KNOWN)
    if texts.nunique() > MOST:
        raise InputError(
            f"evaluation.subgroups: column {given.column!r} holds {texts.nunique()} different "
            f"values; name some (values), or a limit (below), where more than {MOST} are there."
        )
    return texts.reindex(values.index).fillna(NOT_KNOWN)
