"""Calls from scores, at cut-offs that were set beforehand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln._types import FloatArray
from radln.errors import InputError
from radln.stats.readers._graded import Cut


def called(
    table: pd.DataFrame,
    threshold: Cut | None,
    cutoffs: Mapping[str, Cut] | None,
    *,
    own_scales: bool = False,
) -> pd.Series:
    """Calls of every read: at the reader's own cut-off, else at the threshold.

    Where every reader has an own scale, the threshold must lie on each.
    """
    option = worded("threshold", "--threshold") if cutoffs is None else _option()
    if threshold is not None and not _check.is_number(threshold):
        raise InputError(f"threshold must be a number on the scale of score; got {threshold!r}.")
    if "score" not in table:
        raise InputError(f"{option} needs a column score.")
    if "call" in table:
        raise InputError(
            f"the reads have calls of their own; leave {option} out, or the column call."
        )
    own = _own_cutoffs(table, threshold, cutoffs)
    cut = table["reader"].map(own)
    if threshold is not None:
        common = float(threshold)
        cut = cut.fillna(common)
        rest = table[~table["reader"].isin(own)]
        _cuts(rest["score"], common, "any reader")
        for reader, part in rest.groupby("reader") if own_scales else ():
            _cuts(part["score"], common, f"{reader}, on an own scale,")
    for reader, value in own.items():
        _cuts(table["score"], value, f"any reader, {reader} among them,")
    return (table["score"] >= cut).astype(np.float64).where(table["score"].notna())


def same_scale(values: FloatArray, cut: float, *, option: str, name: str) -> None:
    """A model's values within 0..1 have no cut-off outside: a percentage is on another scale."""
    known = values[~np.isnan(values)]
    if ((known >= 0) & (known <= 1)).all() and not 0 <= cut <= 1:
        raise InputError(
            f"{option} is {cut:g}, but the values of {name} lie within 0 and 1; the cut-off must "
            "be on their scale: divide a percentage by 100."
        )


def says_nothing(values: FloatArray, cut: float, name: str) -> tuple[str, ...]:
    """A note where a cut-off calls every case alike."""
    called = values[~np.isnan(values)] >= cut
    if called.any() and not called.all():
        return ()
    who = "every case" if called.all() else "no case"
    return (f"at its cut-off of {cut:g} {name} calls {who} positive.",)


def _option() -> str:
    return worded("cutoffs", "--cutoff")


def _own_cutoffs(
    table: pd.DataFrame, threshold: Cut | None, cutoffs: Mapping[str, Cut] | None
) -> dict[str, float]:
    """The cut-off of every reader who has an own one; every reader needs one of some kind."""
    if cutoffs is None:
        return {}
    if not isinstance(cutoffs, Mapping):
        raise InputError(f'cutoffs must be a dict such as {{"expert_1": 4}}; got {cutoffs!r}.')
    readers = sorted(set(table["reader"]))
    for reader, value in cutoffs.items():
        if reader not in readers:
            raise InputError(
                f"{_option()}: {reader} is no reader of this study; there are {', '.join(readers)}."
            )
        if not _check.is_number(value):
            raise InputError(f"{_option()} of {reader} must be a number; got {value!r}.")
    without = [reader for reader in readers if reader not in cutoffs]
    if without and threshold is None:
        raise InputError(
            f"{_option()} names no cut-off of {', '.join(without)}; give each reader one, or "
            f"{worded('threshold=', '--threshold')} for the others."
        )
    return {reader: float(value) for reader, value in cutoffs.items()}


def _cuts(scores: pd.Series, cut: float, who: str) -> None:
    """A cut-off that no score reaches, or all do, is on another scale."""
    known = scores.dropna()
    if known.empty or known.min() < cut <= known.max():
        return
    reached = "all reach" if known.min() >= cut else "none reaches"
    raise InputError(
        f"the scores of {who} go from {known.min():g} to {known.max():g}, so that {reached} the "
        f"cut-off of {cut:g}; it must be on the scale of the scores."
    )
