"""How far two measurements of the same cases lie apart: Bland and Altman, and Lin's coefficient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr, stdtrit

from radln import _check
from radln._result import Estimate, MainResult, estimate_row, format_p, frozen
from radln._types import ArrayLike, FloatArray, IntArray
from radln.errors import InputError, ShapeError
from radln.stats._cases import case_wise
from radln.stats._intervals import mean_covariance, quantile
from radln.stats.agreement._mistaken import refuse_ids_of_two
from radln.stats.agreement._ratings import several

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REACH = float(ndtri(0.975))
ROWS = ("bias", "lower_limit", "upper_limit", "slope", "ccc")
CONSTANT = (
    "the two differ by the same amount in every case: the limits fall on the bias, without an "
    "interval, since it could not show how other cases would differ."
)
ONE_PATIENT = "all cases come from one patient: no interval."
NO_SLOPE = "every case has the same mean: no slope."
NO_CCC = (
    "neither measurement varies, or both are equal throughout: no interval of Lin's coefficient."
)
SLOPING = (
    "the difference changes with the size of the measurement (slope, p < 0.05): one pair of limits "
    "does not hold over the range; look at the plot, and consider ratios or logarithms."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BlandAltman(MainResult):
    """Bias and 95 % limits of agreement of ``a - b``, in the measurement's unit.

    ``sd`` is that of the differences. ``slope`` is that of the difference on the mean
    (``slope_pvalue``: of no proportional bias), ``ccc`` Lin's concordance correlation coefficient.
    ``mean`` and ``difference`` hold the cases. ``n_positive`` is 0: there is no outcome.
    """

    bias: Estimate
    lower_limit: Estimate
    upper_limit: Estimate
    sd: float
    slope: Estimate
    slope_pvalue: float
    ccc: Estimate
    unit: str
    mean: FloatArray
    difference: FloatArray

    @property
    def main(self) -> Estimate:
        """The bias."""
        return self.bias

    def frame(self) -> pd.DataFrame:
        """One row a quantity."""
        rows = [estimate_row(getattr(self, name), quantity=name) for name in ROWS]
        return pd.DataFrame(rows).assign(unit=[self.unit] * 3 + ["", ""])

    def summary(self) -> str:
        """The agreement in words."""
        unit = f" {self.unit}" if self.unit else ""
        return (
            f"bias (a − b) {self.bias.format()}{unit}; 95 % limits of agreement "
            f"{self.lower_limit.format()} to {self.upper_limit.format()}{unit}; SD of the "
            f"differences {self.sd:.3g}{unit}; slope on the mean {self.slope.format()}, "
            f"{format_p(self.slope_pvalue)}; Lin's CCC {self.ccc.format()}; n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None, *, names: tuple[str, str] = ("a", "b")) -> Axes:
        """Differences over means with bias, limits and their intervals."""
        from radln._draw.agreement import draw_bland_altman

        unit = f" ({self.unit})" if self.unit else ""
        bias, lower, upper = (
            (line.value, line.low, line.high)
            for line in (self.bias, self.lower_limit, self.upper_limit)
        )
        return draw_bland_altman(
            self.mean,
            self.difference,
            bias=bias,
            lower=lower,
            upper=upper,
            xlabel=f"Mean of {names[0]} and {names[1]}{unit}",
            ylabel=f"{names[0]} − {names[1]}{unit}",
            title=f"n = {self.n}, {self.n_patients} patients",
            ax=ax,
        )


@case_wise()
def bland_altman(
    a: ArrayLike,
    b: ArrayLike,
    *,
    unit: str = "",
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> BlandAltman:
    """Within what range do two measurements of the same case differ?

    Parameters
    ----------
    a, b : shape (n,), finite
        Both measurements of each case, in the same unit. Missing values are refused.
    unit
        Such as ``mm``; stands in texts and on the axes.
    cluster : shape (n,), optional
        The patient of every case (several nodes a patient).
    confidence_level : in (0, 1)
        Of the intervals. The limits of agreement themselves are always those of 95 %.

    Returns
    -------
    BlandAltman
        Where all differences are equal the limits fall on the bias, without an interval.

    Raises
    ------
    ShapeError, InputError

    Notes
    -----
    Limits: mean +- 1.96 SD of the differences, which must be roughly normal and of the same spread
    over the range. The interval of the bias is the paired t interval. That of a limit is Bland and
    Altman's approximate one, with error ``SD sqrt(1/n + 1.96^2 / (2 (n - 1)))`` and a t quantile
    with n - 1 degrees of freedom (exact ones, from the noncentral t, are a little asymmetric below
    n = 30). The slope is that of least squares on the mean of both. Lin's coefficient has the
    interval of its z-transform, as in epiR.

    With ``cluster`` all errors come from the same quantities linearised and summed over each
    patient, with a t quantile with patients - 1 degrees of freedom; the limits hold for a single
    node of a patient.

    References
    ----------
    Bland and Altman 1999, doi:10.1177/096228029900800204; Carkeet 2015,
    doi:10.1097/OPX.0000000000000513; Lin 1989, doi:10.2307/2532051.

    Examples
    --------
    >>> a = [12.1, 8.4, 15.0, 9.7, 11.2, 20.3, 7.9, 13.8]
    >>> b = [11.5, 8.9, 14.2, 9.9, 10.8, 19.1, 8.3, 13.1]
    >>> result = bland_altman(a, b, unit="mm")
    >>> result.bias.format(), result.lower_limit.format()
    ('0.32 (−0.19 to 0.84)', '−0.89 (−1.82 to 0.04)')
    """
    if not isinstance(unit, str):
        raise InputError(f"unit must be a text such as 'mm'; got {unit!r}.")
    level = _check.fraction(confidence_level, name="confidence_level")
    first, second = _check.numbers(a, name="a"), _check.numbers(b, name="b")
    if first.size != second.size:
        raise ShapeError(f"a has {first.size} values but b has {second.size}; one per case.")
    if first.size < 3:
        raise ShapeError(f"a and b hold {first.size} case(s); three or more are needed.")
    doubts = (*refuse_ids_of_two(first, second), *_constant(first, second))
    codes = several(_check.clusters(cluster, first.size))
    difference, mean = first - second, (first + second) / 2
    sd = _spread(difference, max(np.abs(first).max(), np.abs(second).max()))
    slope, slope_pvalue = _slope(difference, mean, codes, level)
    ccc = _concordance(first, second, codes, level)
    bias, lower, upper = _limits(difference, sd, codes, level)
    return BlandAltman(
        n=first.size,
        n_positive=0,
        n_patients=first.size if codes is None else int(codes.max()) + 1,
        method=bias.method,
        warnings=(*doubts, *_notes(sd, slope, slope_pvalue, ccc, codes)),
        bias=bias,
        lower_limit=lower,
        upper_limit=upper,
        sd=sd,
        slope=slope,
        slope_pvalue=slope_pvalue,
        ccc=ccc,
        unit=unit,
        mean=frozen(mean),
        difference=frozen(difference),
    )


def _spread(values: FloatArray, scale: float) -> float:
    """The standard deviation; 0 where only rounding differs."""
    sd = float(values.std(ddof=1))
    return 0.0 if sd <= 16 * np.finfo(float).eps * scale else sd


def _arm(se: float, df: float, level: float) -> float:
    """Half of a t interval."""
    return float(stdtrit(df, 0.5 + level / 2)) * se


def _limits(
    difference: FloatArray, sd: float, cluster: IntArray | None, level: float
) -> tuple[Estimate, Estimate, Estimate]:
    """Bias, lower and upper limit."""
    n, bias = difference.size, float(difference.mean())
    centred = difference - bias
    if cluster is None:
        df, method = n - 1, "t intervals, those of the limits approximate (Bland and Altman 1999)"
        errors = [sd / n**0.5] + [sd * (1 / n + REACH**2 / (2 * (n - 1))) ** 0.5] * 2
    else:
        df, method = int(cluster.max()), "t intervals, linearised, clustered by patient"
        square = (centred**2 - sd**2) / (2 * sd) if sd else np.full(n, np.nan)
        parts = [centred, centred - REACH * square, centred + REACH * square]
        errors = [float(np.sqrt(mean_covariance(part[:, None], cluster)[0, 0])) for part in parts]
    values = bias, bias - REACH * sd, bias + REACH * sd
    estimates = []
    for value, se in zip(values, errors, strict=True):
        arm = _arm(se, df, level) if sd else np.nan
        estimates.append(Estimate(value, value - arm, value + arm, level, method, se))
    return estimates[0], estimates[1], estimates[2]


def _slope(
    difference: FloatArray, mean: FloatArray, cluster: IntArray | None, level: float
) -> tuple[Estimate, float]:
    """The slope of the difference on the mean and the p-value of none."""
    n, x = mean.size, mean - mean.mean()
    if _spread(mean, float(np.abs(mean).max())) == 0:
        return Estimate(np.nan, np.nan, np.nan, level, "not estimable"), np.nan
    square = float(x @ x)
    slope = float(x @ difference) / square
    left = difference - difference.mean() - slope * x
    if cluster is None:
        df, method = n - 2, "least squares"
        se = float(np.sqrt(left @ left / df / square))
    else:
        df, method = int(cluster.max()), "least squares, errors clustered by patient"
        influence = n * x * left / square
        se = float(np.sqrt(mean_covariance(influence[:, None], cluster)[0, 0]))
    if not se > 1e-12 * max(1.0, abs(slope)):
        return Estimate(slope, np.nan, np.nan, level, f"{method}: no interval"), np.nan
    arm = _arm(se, df, level)
    pvalue = float(2 * stdtr(df, -abs(slope / se)))
    return Estimate(slope, slope - arm, slope + arm, level, method, se), pvalue


def _concordance(a: FloatArray, b: FloatArray, cluster: IntArray | None, level: float) -> Estimate:
    """Lin's coefficient with the interval of its z-transform; ``se`` is that of the coefficient."""
    x, y = a - a.mean(), b - b.mean()
    shift = float(a.mean() - b.mean())
    xx, yy, xy = float((x**2).mean()), float((y**2).mean()), float((x * y).mean())
    below = xx + yy + shift**2
    if below == 0:
        return Estimate(np.nan, np.nan, np.nan, level, "not estimable")
    ccc = 2 * xy / below
    method = "Lin, z-transform"
    if cluster is None:
        se = _lin_error(ccc, xx, yy, xy, shift, a.size)
    else:
        method = "linearised, z-transform, clustered by patient"
        change = x**2 + y**2 - xx - yy + 2 * shift * (x - y)
        influence = (2 * (x * y - xy) - ccc * change) / below
        se = float(np.sqrt(mean_covariance(influence[:, None], cluster)[0, 0]))
    if not se > 1e-12 or abs(ccc) >= 1:
        return Estimate(ccc, np.nan, np.nan, level, f"{method}: no interval")
    arm = quantile(level) * se / (1 - ccc**2)
    centre = np.arctanh(ccc)
    low, high = np.tanh([centre - arm, centre + arm])
    return Estimate(ccc, float(low), float(high), level, method, se)


def _lin_error(ccc: float, xx: float, yy: float, xy: float, shift: float, n: int) -> float:
    """Lin's standard error; ``ccc / r`` is written as ``bias``, which exists also where r is 0."""
    if xx == 0 or yy == 0:
        return np.nan
    r2, bias = xy**2 / (xx * yy), 2 * (xx * yy) ** 0.5 / (xx + yy + shift**2)
    u2 = shift**2 / (xx * yy) ** 0.5
    variance = (
        (1 - r2) * bias**2 * (1 - ccc**2)
        + 2 * ccc**2 * (1 - ccc) * u2 * bias
        - ccc**2 * bias**2 * u2**2 / 2
    ) / (n - 2)
    return float(np.sqrt(variance)) if variance > 0 else np.nan


def _constant(first: FloatArray, second: FloatArray) -> tuple[str, ...]:
    """A note on a measurement that is the same in every case while the other varies."""
    flat = [name for name, x in (("a", first), ("b", second)) if np.ptp(x) == 0]
    if len(flat) != 1:
        return ()
    return (
        f"{flat[0]} is the same in every case, so that bias, limits and slope only describe the "
        "other one. Is it a measurement?",
    )


def _notes(
    sd: float,
    slope: Estimate,
    slope_pvalue: float,
    ccc: Estimate,
    cluster: IntArray | None,
) -> tuple[str, ...]:
    """What must be said beside the numbers."""
    notes = []
    if cluster is not None and cluster.max() == 0:
        notes.append(ONE_PATIENT)
    elif sd == 0:
        notes.append(CONSTANT)
    if np.isnan(slope.value):
        notes.append(NO_SLOPE)
    elif slope_pvalue < 0.05:
        notes.append(SLOPING)
    if np.isnan(ccc.low) and not notes:
        notes.append(NO_CCC)
    return tuple(notes)
