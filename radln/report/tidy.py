"""Tables without empty columns, and without columns that repeat one number in every row."""

from __future__ import annotations

import re
from dataclasses import replace

from radln.report.chapter import Rows, ShownTable

NUMBER = re.compile(r"[+−]?\d[\d.,]*(?: %)?")


def tidied(shown: ShownTable) -> ShownTable:
    """The table without such columns; a repeated number becomes a sentence below it.

    Examples
    --------
    >>> areas = {"A": "0.8", "B": "0.7"}
    >>> rows = [{"Who": who, "AUC": area, "Cases": "90"} for who, area in areas.items()]
    >>> shown = tidied(ShownTable("Areas", rows))
    >>> list(shown.rows[0]), shown.note
    (['Who', 'AUC'], 'Cases: 90 in every row.')
    """
    rows = shown.rows
    if len(rows) < 2 or shown.graded:
        return shown
    heads = list(rows[0])
    empty = [head for head in heads if not any(row[head] for row in rows)]
    repeated = {head: cell for head in heads[1:] if (cell := _repeated(rows, head))}
    kept = [head for head in heads if head not in empty and head not in repeated]
    said = [f"{head}: {cell} in every row." for head, cell in repeated.items()]
    return replace(
        shown,
        rows=[{head: row[head] for head in kept} for row in rows],
        note=" ".join(filter(None, (*said, shown.note))),
    )


def _repeated(rows: Rows, head: str) -> str:
    """The number that stands in every row of a column; blank where none does, or an interval.

    A row whose first cell is blank goes on with the one above, and may be blank here too.
    """
    first = next(iter(rows[0]))
    cells = {row[head] for row in rows if row[head] or row[first]}
    cell = cells.pop()
    return cell if not cells and NUMBER.fullmatch(cell) else ""
