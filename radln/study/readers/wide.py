"""A table with a column a reader, turned to one row a read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from radln._grades import graded
from radln._spelling import spelled
from radln.errors import InputError

BESIDE = ("case_id", "patient_id", "y_true", "modality", "repeat", "fold", "site")
MOST_VALUES = 12  # of categories that all readers share


def one_row_a_read(
    table: pd.DataFrame, wide: Sequence[str], columns: Mapping[str, str] | None
) -> pd.DataFrame:
    """The table as it is, or its columns ``wide`` as readers.

    Raises
    ------
    InputError
        A column that is not there, no column of cases, or columns that hold other things than reads
        of one scale.
    """
    if not wide:
        return table
    absent = [name for name in wide if name not in table.columns]
    if absent:
        raise InputError(
            f"--wide: the reads have no column {absent[0]!r}; there are "
            f"{', '.join(map(str, table.columns))}."
        )
    if len(set(wide)) < len(wide):
        raise InputError("--wide names a column twice.")
    theirs = {name: (columns or {}).get(name, name) for name in BESIDE}
    kept = [name for name in theirs.values() if name in table.columns]
    if theirs["case_id"] not in kept:
        raise InputError(
            "a table with a column a reader needs a column case_id; name it with "
            "--column case_id=ID."
        )
    _refuse_unlike(table, wide)
    return table.melt(kept, list(wide), var_name="reader", value_name="score")


def _refuse_unlike(table: pd.DataFrame, wide: Sequence[str]) -> None:
    """Raise where a column holds what the other readers could not have said."""
    labels = {name: {spelled(v) for v in table[name].dropna()} for name in wide}
    numbers = {name: pd.to_numeric(table[name].dropna(), errors="coerce") for name in wide}
    if all(len(values) <= MOST_VALUES for values in labels.values()):
        every = set().union(*labels.values())
        known = all(values.notna().all() for values in numbers.values()) or graded(sorted(every))
        if known or len(every) <= MOST_VALUES:
            return
    odd = [name for name, values in numbers.items() if values.isna().any()]
    if odd:
        raise InputError(
            f"--wide: column {odd[0]!r} holds words that are no reads of the other columns' scale."
        )
    spans = {name: float(values.max() - values.min()) for name, values in numbers.items()}
    narrow, broad = min(spans.values()), max(spans.values())
    if broad > 5 * max(narrow, 1e-12):
        name = max(spans, key=lambda one: spans[one])
        raise InputError(
            f"--wide: column {name!r} spans {broad:g} where another spans {narrow:g}; all readers "
            "must have one scale. Leave out what is no reader."
        )
