"""Risk as a function of a continuous position: a distance, a depth, an angle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from radln import _check
from radln._result import Result, format_p
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import ConvergenceError, InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts, quantile
from radln.stats._logistic import fit_logistic
from radln.stats._patients import Tally, about_groups, few_patients, tally_of
from radln.stats._spline import QUANTILES, knots_of, restricted_cubic
from radln.stats._ztest import joint_test
from radln.stats.calls.proportions import share_among

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PositionRisk(Result):
    """Risk along a continuous position, with its band, and the observed shares in bins.

    ``curve`` has columns position, risk, low, high; ``bins`` from, to, n, n_positive, n_patients,
    share, low, high. ``pvalue`` tests whether the position matters at all, ``pvalue_nonlinear``
    whether the logit bends.
    """

    name: str
    unit: str
    curve: pd.DataFrame
    bins: pd.DataFrame
    pvalue: float
    pvalue_nonlinear: float
    confidence_level: float = 0.95

    def frame(self) -> pd.DataFrame:
        """The bins; ``curve`` holds the smooth risk."""
        return self.bins.copy()

    def at(self, position: float) -> float:
        """The risk at a position within the range of the curve."""
        x = self.curve["position"].to_numpy()
        if not x.size:
            raise InputError("position cannot be read: there is no smooth curve (see warnings).")
        _check.vector([position], name="position")
        if not x[0] <= position <= x[-1]:
            raise InputError(
                f"position must lie within {x[0]:.4g} and {x[-1]:.4g}{_unit(self.unit)}, where "
                f"there are cases; got {position!r}."
            )
        return float(np.interp(position, x, self.curve["risk"].to_numpy()))

    def summary(self) -> str:
        """The bins and tests in words."""
        each = "; ".join(
            f"{row['from']:.3g} to {row['to']:.3g}: {100 * row['share']:.1f} % of {row['n']:.0f}"
            for _, row in self.bins.iterrows()
        )
        return (
            f"risk by {self.name}{_unit(self.unit)}: {each}; association {format_p(self.pvalue)}, "
            f"nonlinearity {format_p(self.pvalue_nonlinear)}; n = {self.n} ({self.n_positive} "
            f"positive), {self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The smooth risk with its band and the shares of the bins."""
        from radln._draw.position import draw_position

        return draw_position(
            tuple(self.curve[name].to_numpy() for name in ("position", "risk", "low", "high")),
            tuple(self.bins[name].to_numpy() for name in ("middle", "share", "low", "high")),
            xlabel=f"{self.name[:1].upper()}{self.name[1:]}"
            + (f" ({self.unit})" if self.unit else ""),
            n=self.n,
            n_positive=self.n_positive,
            ax=ax,
        )


@case_wise()
def risk_by_position(
    y_true: ArrayLike,
    position: ArrayLike,
    *,
    name: str = "position",
    unit: str = "",
    n_knots: int = 4,
    bins: int | Sequence[float] = 5,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> PositionRisk:
    """How does the risk change with a distance, such as that of a nodule from the capsule?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    position : shape (n,), finite
        A continuous distance, depth, size or angle.
    name, unit
        What it is called and measured in ("distance to the capsule", "mm").
    n_knots : 3, 4 or 5
        Of the restricted cubic spline, at Harrell's quantiles.
    bins
        How many bins of about equally many cases, or the rising limits between them.
    cluster : shape (n,), optional
        The patient of every case; errors are robust by patient.
    confidence_level : in (0, 1)

    Returns
    -------
    PositionRisk
        The band is pointwise; the curve runs from the 2nd to the 98th percentile. Where the spline
        cannot be fitted, ``curve`` is empty, the tests are NaN and ``warnings`` says why.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    Logistic regression on the spline, Wald limits on the logit scale, Wald tests of all and of the
    nonlinear terms (chi-square; F with patients). The bins carry Wilson intervals, on n / design
    effect with patients. An observed association is no effect of the place: other variables are not
    adjusted for.

    References
    ----------
    Harrell 2015, doi:10.1007/978-3-319-19425-7, section 2.4; Wilson 1927,
    doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> distance = rng.uniform(0, 20, 300)
    >>> y = rng.random(300) < 1 / (1 + np.exp(distance / 4 - 1))
    >>> found = risk_by_position(y, distance, name="distance to the capsule", unit="mm")
    >>> found.at(1.0) > 0.5 > found.at(15.0)
    True
    """
    _check.text(name, name="name")
    _check.text(unit, name="unit")
    positive = _check.outcome(y_true)
    x = _check.numbers(position, positive.size, name="position")
    codes = _check.clusters(cluster, positive.size)
    if not _check.is_number(n_knots) or n_knots not in QUANTILES:
        raise InputError(f"n_knots must be 3, 4 or 5; got {n_knots!r}.")
    level = _check.fraction(confidence_level, name="confidence_level")
    table = _binned(positive, x, codes, _limits(x, bins), level)
    curve = pd.DataFrame(columns=["position", "risk", "low", "high"], dtype=np.float64)
    pvalues, notes = (np.nan, np.nan), tuple[str, ...]()
    try:
        curve, pvalues = _spline(positive, x, codes, n_knots, level)
    except ConvergenceError as error:
        notes = (f"no smooth curve: {error}",)
    return PositionRisk(
        **counts(positive, codes),
        method=f"logistic restricted cubic spline, {n_knots} knots"
        + ", robust by patient" * (codes is not None),
        warnings=(
            *notes,
            *about_groups(_patients_in(table, x, codes), "the bin"),
            *few_patients(None if codes is None else int(codes.max()) + 1),
        ),
        name=name,
        unit=unit,
        curve=curve,
        bins=table,
        pvalue=pvalues[0],
        pvalue_nonlinear=pvalues[1],
        confidence_level=level,
    )


def _limits(x: FloatArray, bins: int | Sequence[float]) -> FloatArray:
    """Limits of bins: quantiles without repetition, or those given with the range around them."""
    if isinstance(bins, int | np.integer) and not isinstance(bins, bool):
        if bins < 1:
            raise InputError(f"bins must be at least 1; got {bins}.")
        edges = np.unique(np.quantile(x, np.arange(bins + 1) / bins))
    else:
        inner = _check.numbers(np.asarray(bins), name="bins")
        if not inner.size or (np.diff(inner) <= 0).any():
            raise InputError(f"bins must be rising limits; got {inner.tolist()}.")
        inner = inner[(inner > x.min()) & (inner < x.max())]
        edges = np.unique([x.min(), *inner, x.max()])
    return edges if edges.size > 1 else np.array([edges[0], edges[0]])


def _binned(
    positive: BoolArray,
    x: FloatArray,
    cluster: IntArray | None,
    edges: FloatArray,
    confidence_level: float,
) -> pd.DataFrame:
    """Shares of positive cases in bins; equal values stay together."""
    place = np.clip(np.searchsorted(edges, x, side="left") - 1, 0, edges.size - 2)
    rows = []
    for k in np.unique(place):
        inside = place == k
        share = share_among(positive, inside, cluster, confidence_level=confidence_level)
        rows.append(
            {
                "from": edges[k],
                "to": edges[k + 1],
                "middle": float(np.median(x[inside])),
                "n": int(inside.sum()),
                "n_positive": int(positive[inside].sum()),
                "n_patients": share.n_patients,
                "share": share.value,
                "low": share.low,
                "high": share.high,
            }
        )
    return pd.DataFrame(rows)


def _patients_in(
    bins: pd.DataFrame, x: FloatArray, cluster: IntArray | None
) -> dict[str, Tally | None]:
    """The patients of every bin."""
    tallies: dict[str, Tally | None] = {}
    for k, (low, high) in enumerate(zip(bins["from"], bins["to"], strict=True)):
        inside = (x <= high) & ((x > low) if k else (x >= low))
        tallies[f"from {low:.4g} to {high:.4g}"] = tally_of(cluster, inside)
    return tallies


def _spline(
    positive: BoolArray,
    x: FloatArray,
    cluster: IntArray | None,
    n_knots: int,
    confidence_level: float,
) -> tuple[pd.DataFrame, tuple[float, float]]:
    """The smooth risk with its band, and the two tests."""
    scale = float(x.std()) or 1.0
    knots = knots_of(x, n_knots)
    if np.unique(knots).size < n_knots:
        raise ConvergenceError("the knots of the spline coincide: too few different positions.")

    def design(at: FloatArray) -> FloatArray:
        terms = restricted_cubic(at / scale, knots / scale)
        return np.column_stack([np.ones(at.size), terms])

    fit = fit_logistic(design(x), positive, cluster=cluster)
    ends = np.quantile(x, [0.02, 0.98])
    grid = np.linspace(float(ends[0]), float(ends[1]), 101)
    rows = design(grid)
    centre = rows @ fit.coefficients
    arm = quantile(confidence_level) * np.sqrt(((rows @ fit.covariance) * rows).sum(axis=1))
    curve = pd.DataFrame(
        {
            "position": grid,
            "risk": expit(centre),
            "low": expit(centre - arm),
            "high": expit(centre + arm),
        }
    )
    n_patients = None if cluster is None else int(cluster.max()) + 1
    tests = [
        joint_test(fit.coefficients[first:], fit.covariance[first:, first:], n_patients)[1]
        for first in (1, 2)
    ]
    return curve, (tests[0], tests[1])


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""
