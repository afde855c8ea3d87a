"""Scores that are no scores: 0, 9 or 99 where a case was not read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import bdtrc

from radln._door import worded
from radln._types import BoolArray, FloatArray
from radln.errors import InputError

CODES = (
    0.0, 9.0, 77.0, 88.0, 99.0, 777.0, 888.0, 999.0, 9999.0, -1.0, -9.0, -88.0, -99.0, -999.0,
)  # fmt: skip
BEYOND = (999.0, 9999.0)  # of a long scale
WIDEST = 10  # from the lowest category to the highest
TOP = 6  # of a scale beyond which 9 is no category
FEW, SOME, RARE, RAREST = 0.2, 0.1, 0.05, 0.03  # of all reads
CATEGORIES = 3  # from which on a rare value beside them is none
CLEAR = 2  # a gap that a long scale hardly leaves
HARDLY = 0.05  # that readers of one scale would differ so by chance
SURELY = 0.01


def check_codes(
    table: pd.DataFrame, diseased: Collection[str], *, own: bool, but: Collection[float] = ()
) -> list[str]:
    """Refuse codes for missing among scores; note other values that stand apart.

    A scale from 0 to 10 or to 100 is none of categories, so that 0, 9 and 99 are scores of it. A
    rare lowest category next to the others is a code where a diseased case has it, and noted else.
    ``own``: of scales that differ between
    readers nothing is refused, since no range could say that a value is meant.
    """
    notes = []
    parts = {str(who): rows for who, rows in table.groupby("reader")} if own else {"": table}
    for rows in parts.values():
        scores = rows["score"].to_numpy(dtype=np.float64) + 0.0
        sick = rows["case_id"].isin(diseased).to_numpy()
        sure, doubtful, body = _codes(scores, sick)
        sure, doubtful = ([code for code in codes if code not in but] for codes in (sure, doubtful))
        if sure and not own:
            raise InputError(_said(sure, rows, body))
        if sure or doubtful:
            notes.append(_said([*sure, *doubtful], rows, body))
        elif (alone := _alone(scores)) is not None:
            notes.append(_said([alone], rows, np.unique(scores[scores != alone])))
    return notes


def _codes(scores: FloatArray, sick: BoolArray) -> tuple[list[float], list[float], FloatArray]:
    """Which values are codes for missing, which may be, and the other values."""
    values = np.unique(scores)
    body = np.array([value for value in values if value not in CODES])
    outside = [code for code in CODES if code in values and body.size and not _within(code, body)]
    if body.size == 0:
        return [], [], body
    sure: list[float] = []
    doubtful: list[float] = []
    long = (scores % 1 != 0).any() or np.ptp(body) > WIDEST
    for code in outside:  # from the ones that may continue the scale to those that cannot
        kind = (_beside_long if long else _beside_categories)(scores, sick, code, body)
        if kind == "continues":
            body = np.union1d(body, [code])
        elif kind:
            (sure if kind == "sure" else doubtful).append(code)
    return sure, doubtful, body


def _beside_long(scores: FloatArray, sick: BoolArray, code: float, body: FloatArray) -> str:
    """Whether a value outside a long scale is a code: a large one, or one below 0."""
    if code < 0 <= body.min():
        return "sure" if code < -1 or sick[scores == code].any() else "doubtful"
    return "sure" if code in BEYOND and code > 3 * body.max() else ""


def _beside_categories(scores: FloatArray, sick: BoolArray, code: float, body: FloatArray) -> str:
    """Whether a value outside categories is a code, may be one, or continues the scale."""
    own = scores == code
    share, step = float(own.mean()), float(np.diff(body).max(initial=1.0))
    gap = float(max(body.min() - code, code - body.max()))
    few, below = bool(body.max() <= TOP), bool(code < body.min())
    if gap > step:
        far = gap > 2 * max(float(np.ptp(body)), 1.0) or code < 0 <= body.min()
        return "sure" if far or (share <= FEW and few) else ""
    if not below or body.size < CATEGORIES or not (few or code < 0 <= body.min()):
        return "continues"
    if share <= SOME and _against(scores, sick, code, float(body.min())):
        return "sure"
    if share <= RARE and sick[own].any():
        return "sure"
    return "doubtful" if share <= RAREST else "continues"


def _within(code: float, body: FloatArray) -> bool:
    return bool(body.min() <= code <= body.max())


def _against(scores: FloatArray, sick: BoolArray, code: float, lowest: float) -> bool:
    """Whether diseased cases have a value below the lowest category more than they have that."""
    ours, theirs = sick[scores == code], sick[scores == lowest]
    expected = (theirs.sum() + 1) / (theirs.size + 2)
    return bool(bdtrc(ours.sum() - 1, ours.size, expected) < SURELY) if ours.any() else False


def _alone(scores: FloatArray) -> float | None:
    """A value at an end that few reads have, with a clear gap to categories; None without one."""
    if (scores % 1 != 0).any():
        return None
    values, times = np.unique(scores, return_counts=True)
    for place, rest in ((-1, values[:-1]), (0, values[1:])):
        if rest.size < CATEGORIES or np.ptp(rest) >= TOP or np.diff(rest).max() > 1:
            continue
        gap = min(abs(values[place] - rest))
        if gap >= CLEAR and times[place] <= max(1.0, RARE * scores.size):
            return float(values[place])
    return None


def _said(codes: Sequence[float], rows: pd.DataFrame, body: FloatArray) -> str:
    """The value, who gave it, and what to do."""
    named = ", ".join(f"{code:g}" for code in codes)
    own = rows[rows["score"].isin(codes)].groupby("reader").size()
    who = ", ".join(f"{reader} {times}" for reader, times in list(own.items())[:4])
    more = f" and {len(own) - 4} more reader(s)" if len(own) > 4 else ""
    low, high = min([body.min(), *codes]), max([body.max(), *codes])
    option = worded(f"scale=({low:g}, {high:g})", f"--scale {low:g},{high:g}")
    return (
        f"reads: score holds {named} in {int(own.sum())} of {len(rows)} reads ({who}{more}), apart "
        f"from the scale of {body.min():g} to {body.max():g}. Is it a code for missing? Leave the "
        f"cell empty. If it is a score, {option} says so."
    )


def numbered_from(
    scores: Mapping[str, FloatArray], low: Mapping[str, float], high: Mapping[str, float]
) -> tuple[list[str], float] | None:
    """Who uses a lowest value that nobody else does, and never the top, as from 0 to 4 of 1 to 5.

    Also the lowest value. None where nobody does, where chance might have done it, or on long
    scales.
    """
    least = min(low.values())
    who = [name for name in scores if low[name] == least]
    rest = [name for name in scores if low[name] > least]
    every = np.concatenate(list(scores.values()))
    if not rest or (every % 1 != 0).any() or np.ptp(every) > WIDEST:
        return None
    top = max(high[name] for name in who)
    if not top < max(high[name] for name in rest):
        return None
    ours, theirs = (np.concatenate([scores[name] for name in names]) for names in (who, rest))
    below, above = float((ours == least).mean()), float((theirs > top).mean())
    if (1 - below) ** theirs.size > HARDLY or (1 - above) ** ours.size > HARDLY:
        return None
    return who, least
