"""Scores that are grades or words in an order, as their places in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from radln._door import worded
from radln._grades import graded, no_grades
from radln._spelling import spelled
from radln.errors import InputError

Cut = float | str
Scale = tuple[float, float] | str | None


@dataclass(frozen=True)
class Places:
    """Reads, cut-offs and scale where scores are numbers, and what is said of it."""

    table: pd.DataFrame
    threshold: Cut | None
    cutoffs: Mapping[str, Cut] | None
    scale: Scale
    notes: tuple[str, ...] = ()


def places(
    table: pd.DataFrame,
    order: Sequence[str] | None,
    threshold: Cut | None,
    cutoffs: Mapping[str, Cut] | None,
    scale: Scale,
) -> Places:
    """Scores and cut-offs as places 0, 1, 2 ... where the scores are grades, or ``order`` is given.

    Numbers stay as they are.

    Raises
    ------
    InputError
        A score or a cut-off that the order does not have, or an order without scores.
    """
    own = cutoffs if isinstance(cutoffs, Mapping) else {}  # anything else is refused later
    cuts = [cut for cut in (threshold, *own.values()) if cut is not None]
    known = _order(table, order, cuts)
    if known is None:
        return Places(table, threshold, cutoffs, scale)
    rank = {label: float(k) for k, label in enumerate(known)}
    scores = table["score"].map(lambda v: None if _blank(v) else spelled(v))
    wrong = scores[scores.notna() & ~scores.isin(rank)]
    if len(wrong):
        raise InputError(
            f"reads: score holds {table['score'][wrong.index[0]]!r} in {len(wrong)} read(s), which "
            f"{worded('order', '--order')} ({', '.join(known)}) does not have."
        )

    def place(cut: Cut) -> float:
        if spelled(cut) not in rank:
            raise InputError(
                f"the cut-off {cut!r} is none of the scores {', '.join(known)}; name one of these."
            )
        return rank[spelled(cut)]

    said = "scores are counted by their places: " + ", ".join(
        f"{label} = {k:g}" for label, k in rank.items()
    )
    return Places(
        table.assign(score=scores.map(rank).astype(float)),
        None if threshold is None else place(threshold),
        cutoffs if cutoffs is None else {reader: place(cut) for reader, cut in own.items()},
        (0.0, len(known) - 1.0) if scale is None else scale,
        (said,),
    )


def _order(
    table: pd.DataFrame, order: Sequence[str] | None, cuts: Sequence[Cut]
) -> list[str] | None:
    """The order that was given or that grades have; None where the scores are numbers."""
    option = worded("order", "--order")
    if order is not None:
        known = [spelled(label) for label in order]
        if len(known) < 2 or len(set(known)) < len(known):
            raise InputError(f"{option} must list two or more different scores, lowest first.")
        if "score" not in table:
            raise InputError(f"{option} needs a column score.")
        return known
    if "score" not in table:
        return None
    labels = [spelled(value) for value in table["score"].unique() if not _blank(value)]
    codes = no_grades(labels) if graded(labels) is not None else []
    if codes:
        times = int(table["score"].map(lambda v: not _blank(v) and spelled(v) == codes[0]).sum())
        raise InputError(
            f"reads: score holds {codes[0]!r} in {times} read(s) beside grades. Is it a code for "
            f"missing? Leave the cell empty. If it is a grade, {option} lists all of them."
        )
    return graded([*labels, *map(spelled, cuts)]) if graded(labels) is not None else None


def _blank(value: Any) -> bool:
    return bool(pd.isna(value)) or (isinstance(value, str) and not value.strip())
