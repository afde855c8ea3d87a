"""Which rows of the table are tested, where a column or a date says so."""

from __future__ import annotations

import pandas as pd
from pydantic import ValidationError

from radln._spelling import one_spelling
from radln.design_settings import DesignSettings
from radln.errors import InputError, LeakageError
from radln.io.tables import require_columns, stable_strings

NAMED = 5  # cases that an error names


def marked_rows(design: DesignSettings, rows: pd.DataFrame) -> pd.Series | None:
    """True for the rows of the test part; None where the design draws it, or has none.

    Parameters
    ----------
    rows
        The table's rows, indexed by ``case_id``, with ``patient_id``.

    Raises
    ------
    InputError
        The column is missing, blank somewhere, or holds a value that is of neither part.
    LeakageError
        A patient has rows in both parts.
    """
    if design.column is None:
        return None
    require_columns(rows, [design.column], what="the table")
    given = rows[design.column]
    blank = int(given.isna().sum())
    if blank:
        raise InputError(
            f"column {design.column!r} tells training and test part apart and is empty in {blank} "
            "row(s); fill it in, or leave these cases out of the table."
        )
    if design.start is None:
        tested = _by_value(design, given)
    else:
        tested = _dates(design, given) >= pd.Timestamp(design.start)
    sides = tested.groupby(rows["patient_id"]).nunique()
    shared = rows["patient_id"].isin(sides.index[sides > 1])
    if shared.any():
        cases = [str(case) for case in rows.index[shared]]
        named = ", ".join(cases[:NAMED]) + ", ..." * (len(cases) > NAMED)
        raise LeakageError(
            f"{int((sides > 1).sum())} patient(s) stand in both training and test part (cases "
            f"{named}); a patient belongs to one part. Correct column {design.column!r}, or leave "
            "those cases out."
        )
    return tested


def _by_value(design: DesignSettings, given: pd.Series) -> pd.Series:
    values = stable_strings(given).set_axis(given.index)
    there = sorted(values.unique())
    one_spelling(there, name=f"column {design.column!r}")
    lacking = [value for value in (*design.test, *design.train) if value not in there]
    if lacking:
        raise InputError(
            f"the design names the value {lacking[0]!r}, which column {design.column!r} never "
            f"takes; it has {', '.join(there[:10])}."
        )
    others = [value for value in there if value not in design.test]
    unknown = [value for value in others if value not in design.train]
    if unknown and (design.train or len(others) > 1):
        raise InputError(
            f"column {design.column!r} has the value(s) {', '.join(unknown[:10])}, which the "
            "design neither tests nor learns from; list them under design.test or design.train."
        )
    return values.isin(design.test)


def _dates(design: DesignSettings, given: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(given):
        dates = pd.Series(pd.NaT, index=given.index)  # a number is no date
    else:
        text = given.map(str).str.strip()
        dates = pd.to_datetime(text.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    odd = given[dates.isna()]
    if len(odd):
        raise InputError(
            f"column {design.column!r} holds {str(odd.iloc[0])!r}, which is no date that can be "
            f"read in one way only ({len(odd)} row(s)); write dates as 2024-01-31, or format the "
            "column as a date."
        )
    return dates


def with_all_values(design: DesignSettings, table: pd.DataFrame) -> DesignSettings:
    """The design with all values of its column: what is not tested is learned from."""
    if design.name != "fixed" or design.column not in table.columns:
        return design
    values = sorted(stable_strings(table[design.column]).dropna().unique())
    return design.model_copy(update={"train": tuple(v for v in values if v not in design.test)})


def parse_design(text: str) -> DesignSettings:
    """The design from an option: a name, and what it needs behind a colon.

    Raises
    ------
    InputError
        It is no design, or lacks something.

    Examples
    --------
    >>> parse_design("fixed:part=test,later").test
    ('test', 'later')
    >>> parse_design("hold-out:0.3").test_share
    0.3
    """
    name, _, rest = text.partition(":")
    given: dict[str, object] = {"name": name.strip()}
    column, _, value = rest.partition("=")
    if name == "hold-out" and rest:
        given["test_share"] = rest
    elif name == "fixed":
        values = [one.strip() for one in value.split(",") if one.strip()]
        given |= {"column": column.strip() or None, "test": values}
    elif rest:
        given |= {"column": column.strip() or None, "start": value.strip() or None}
    try:
        return DesignSettings.model_validate(given)
    except ValidationError as error:
        what = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError(
            f"--design {text!r}: {what[:1].lower()}{what[1:]}. Write cross-validation, hold-out, "
            "hold-out:0.3, fixed:COLUMN=VALUE or temporal:COLUMN=2024-01-31."
        ) from error
