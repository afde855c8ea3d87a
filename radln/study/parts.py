"""Which rows of the table are tested, where a column or a date says so."""

from __future__ import annotations

import pandas as pd
from pydantic import ValidationError

from radln._spelling import one_spelling
from radln.design_settings import DesignSettings
from radln.designs import refuse_torn_patients
from radln.errors import InputError
from radln.io.tables import require_columns, stable_strings

EXTERNAL = "external_table"  # of rows: whether they are of the other centre's table


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
    if design.name == "external":
        return rows[EXTERNAL].astype(bool)
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
    refuse_torn_patients(
        rows["patient_id"],
        tested,
        parts="both training and test part",
        remedy=f"Correct column {design.column!r}, or leave those cases out.",
    )
    return tested


def refuse_sites(design: DesignSettings, rows: pd.DataFrame) -> None:
    """Raise where sites are left out and a row has none, or a patient has rows in two.

    Raises
    ------
    InputError, LeakageError
    """
    if design.name != "leave-site-out":
        return
    blank = int(rows["site"].isna().sum())
    if blank:
        raise InputError(
            f"the site is empty in {blank} row(s), and the design leaves sites out; fill it in, or "
            "leave these cases out of the table."
        )
    refuse_torn_patients(
        rows["patient_id"],
        rows["site"],
        parts="two sites",
        remedy="Give each patient one site (or a new name at the second hospital, if these are two "
        "people), or leave those cases out.",
    )


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
    >>> parse_design("hold-out:0.2x10").repeats
    10
    """
    name, _, rest = text.partition(":")
    given: dict[str, object] = {"name": name.strip()}
    column, _, value = rest.partition("=")
    if name == "hold-out" and rest:
        share, times, repeats = rest.partition("x")
        given |= {"test_share": share} | ({"repeats": repeats} if times else {})
    elif name == "fixed":
        values = [one.strip() for one in value.split(",") if one.strip()]
        given |= {"column": column.strip() or None, "test": values}
    elif name == "external":
        given |= {"external": _external(rest)} if rest else {}
    elif rest:
        given |= {"column": column.strip() or None, "start": value.strip() or None}
    try:
        return DesignSettings.model_validate(given)
    except ValidationError as error:
        what = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError(
            f"--design {text!r}: {what[:1].lower()}{what[1:]}. Write cross-validation, hold-out, "
            "hold-out:0.3, hold-out:0.2x10, leave-site-out, fixed:COLUMN=VALUE, "
            "temporal:COLUMN=2024-01-31 or external:TABLE,IMAGES,MASKS."
        ) from error


def _external(text: str) -> dict[str, str]:
    """TABLE, TABLE,FEATURES or TABLE,IMAGES,MASKS."""
    paths = [part.strip() for part in text.split(",")]
    names = ["table", "features"] if len(paths) < 3 else ["table", "images", "masks"]
    return dict(zip(names, paths, strict=False))
