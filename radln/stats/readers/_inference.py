"""Intervals and tests from a spread: Student's t, or normal where nothing was estimated of it."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc, fdtrc, stdtrit

from radln._door import worded
from radln._result import Estimate
from radln._types import Alternative
from radln.stats._intervals import quantile
from radln.stats._ztest import Tested, difference_test
from radln.stats.readers._variance import Spread

NARROW = 0.75  # of the interval for these very readers; shorter ones held the average too seldom


def narrower(random: Spread, fixed: Spread, level: float, who: str) -> list[str]:
    """What must be said where an interval for readers like these is far shorter than that for these
    very readers: by chance they differ less than their own errors would make them.
    """
    arms = [_reach(one.df, level) * _root(one.variance) for one in (random, fixed)]
    if not arms[0] < NARROW * arms[1]:
        return []
    option = worded('readers="fixed"', "--readers fixed")
    return [
        f"{who}: the readers differ less than their errors alone would make them, so that the "
        f"interval for readers like these is {100 * arms[0] / arms[1]:.0f} % as wide as that for "
        "these very readers; below 75 % it held the average in at most 88 % of simulated studies: "
        f"read the fixed-reader analysis ({option}) beside it."
    ]


def tested(value: float, spread: Spread, alternative: Alternative, margin: float | None) -> Tested:
    """Test a difference with its spread: Student's t, or normal where the df are infinite."""
    se = _root(spread.variance)
    if np.isnan(se) or (np.isnan(spread.df) and se > 0):
        return Tested(np.nan, np.nan)
    df = spread.df if np.isfinite(spread.df) else None
    return difference_test(value, se, alternative, margin, df)


def interval(value: float, spread: Spread, level: float, method: str) -> Estimate:
    """A difference of figures +- a quantile times its error, within -1..1."""
    se = _root(spread.variance)
    if se == 0:
        return Estimate(value, np.nan, np.nan, level, f"{method}; no variation, no interval", 0.0)
    if np.isnan(spread.df) or np.isnan(se):
        return Estimate(value, np.nan, np.nan, level, f"{method}; not estimable", se)
    arm = _reach(spread.df, level) * se
    low, high = np.clip([value - arm, value + arm], -1.0, 1.0)
    return Estimate(value, float(low), float(high), level, method, se)


def _reach(df: float, level: float) -> float:
    """The quantile of Student's t, or of the normal where the df are infinite."""
    return quantile(level) if np.isinf(df) else float(stdtrit(df, 0.5 + level / 2))


def bounded(value: float, spread: Spread, level: float, method: str) -> Estimate:
    """An interval of a figure, which cannot leave 0..1."""
    found = interval(float(value), spread, level, method)
    low, high = np.clip([found.low, found.high], 0.0, 1.0)
    return Estimate(found.value, float(low), float(high), level, found.method, found.se)


def on_logit(value: float, spread: Spread, level: float, method: str) -> Estimate:
    """An interval of a figure on the scale of its logit, which never leaves 0..1."""
    found = bounded(value, spread, level, method)
    if np.isnan(found.low) or found.se is None or not 0 < value < 1:
        return found
    arm = _reach(spread.df, level) * found.se / (value * (1 - value))
    centre = np.log(value / (1 - value))
    low, high = (float(1 / (1 + np.exp(-(centre + side * arm)))) for side in (-1, 1))
    return Estimate(value, low, high, level, f"{method}, logit", found.se)


def overall_pvalue(statistic: float, df1: float, df2: float) -> float:
    """The upper tail of F, or of chi-square where ``df2`` is infinite."""
    if statistic == 0:
        return 1.0
    if np.isnan(statistic) or np.isnan(df2):
        return float("nan")
    return float(chdtrc(df1, statistic) if np.isinf(df2) else fdtrc(df1, df2, statistic))


def _root(variance: float) -> float:
    """A standard error; NaN where a variance is negative."""
    if not variance >= 0:
        return float("nan")
    return 0.0 if variance < 1e-24 else float(np.sqrt(variance))


def margin_lines(alternative: Alternative, margin: float | None) -> tuple[float, ...]:
    """Where a margin lies on the axis of a difference: at the end that the test is about."""
    if margin is None:
        return ()
    return {"greater": (-margin,), "less": (margin,), "two-sided": (-margin, margin)}[alternative]


def margin_said(alternative: Alternative, margin: float | None) -> str:
    """The margin for the label of an axis; blank where there is none."""
    if margin is None:
        return ""
    lines = " and ".join(f"{x:g}".replace("-", "−") for x in margin_lines(alternative, margin))
    return f" (dashed: margin, {lines})"


def aimed(a: str, b: str, alternative: Alternative, margin: float | None) -> str:
    """What a p-value is for, where there is a margin: to stand behind it."""
    if margin is None:
        return ""
    return {
        "greater": f" that {a} is not worse by {margin:g}",
        "less": f" that {b} is not worse by {margin:g}",
        "two-sided": f" for equivalence within {margin:g}",
    }[alternative]
