"""The table of a logistic regression: odds ratios, tests, and what the model explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtrc, expit, stdtr, stdtrit

from radln import _check
from radln._result import Estimate, Result, format_p, frozen
from radln._types import ArrayLike, BoolArray, FloatArray
from radln.errors import ConvergenceError, InputError
from radln.stats._cases import case_wise
from radln.stats._design import design, same_columns
from radln.stats._intervals import counts, normal_pvalue, quantile
from radln.stats._logistic import (
    fit_logistic,
    log_likelihood,
    nagelkerke,
    null_log_likelihood,
)
from radln.stats._patients import few_patients
from radln.stats._rare_levels import rare_levels, without_rare
from radln.stats._spline import QUANTILES, knots_of, restricted_cubic
from radln.stats._ztest import joint_test
from radln.stats.description._separation import about_separation
from radln.stats.discrimination.auc import auc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 10
NO_ERROR = "no interval: the coefficient has no standard error (see warnings)"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LogisticTable(Result):
    """Coefficients of a logistic model without penalty; the intercept comes first.

    ``statistic``, ``df`` and ``pvalue`` are the likelihood-ratio test of the whole model (Wald's,
    read as F, where patients are clusters: ``robust``). ``r2`` is Nagelkerke's, ``auc`` the
    apparent area, which flatters.
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    covariance: FloatArray
    log_likelihood: float
    log_likelihood_null: float
    statistic: float
    df: int
    pvalue: float
    r2: float
    aic: float
    bic: float
    auc: Estimate
    vif: FloatArray
    robust: bool = False
    confidence_level: float = 0.95

    def odds_ratio(self, name: str, *, per: float = 1.0) -> Estimate:
        """The odds ratio of one column for a difference of ``per`` of its units."""
        if name not in self.names[1:]:
            raise InputError(f"name must be one of {', '.join(self.names[1:])}; got {name!r}.")
        if not np.isfinite(per) or per == 0:
            raise InputError(f"per must be a number other than 0; got {per!r}.")
        i = self.names.index(name)
        se = float(np.sqrt(self.covariance[i, i])) * abs(per)
        centre = float(self.coefficients[i]) * per
        arm = self._quantile() * se
        with np.errstate(over="ignore"):
            value, low, high = (float(np.exp(end)) for end in (centre, centre - arm, centre + arm))
        method = NO_ERROR if np.isnan(arm) else "Wald, log scale"
        return Estimate(value, low, high, self.confidence_level, method, value * se)

    @property
    def _patients(self) -> int | None:
        """How many patients the errors come from; None for independent cases."""
        return self.n_patients if self.robust else None

    def _freedom(self) -> float:
        """Degrees of freedom of one coefficient: patients less coefficients, or infinite."""
        return max(self.n_patients - len(self.names), 0) if self.robust else np.inf

    def _quantile(self) -> float:
        """Of the normal, or of t where errors come from patients; NaN with too few of them."""
        if not self.robust:
            return quantile(self.confidence_level)
        freedom = self._freedom()
        return float(stdtrit(freedom, 0.5 + self.confidence_level / 2)) if freedom else np.nan

    def _pvalue(self, z: float) -> float:
        """Two-sided, of the same distribution."""
        if not self.robust:
            return normal_pvalue(z, "two-sided")
        freedom = self._freedom()
        return float(2 * stdtr(freedom, -abs(z))) if freedom else np.nan

    def wald(self, names: Sequence[str]) -> tuple[float, int, float]:
        """Wald's chi-square, degrees of freedom and p of several columns together.

        For all levels of a category, or all terms of a spline.
        """
        chosen = [] if isinstance(names, str) else list(names)
        unknown = [name for name in chosen if name not in self.names]
        if unknown or not chosen or len(set(chosen)) < len(chosen):
            raise InputError(f"names must be columns of the model; got {names!r}.")
        at = [self.names.index(name) for name in chosen]
        part, covariance = self.coefficients[at], self.covariance[np.ix_(at, at)]
        statistic, pvalue = joint_test(part, covariance, self._patients)
        return statistic, len(at), pvalue

    def predict_risk(self, X: ArrayLike) -> FloatArray:
        """The risk (m,) of other cases with the same columns, by name where X is a table."""
        rows = same_columns(X, self.names[1:])
        return np.asarray(expit(self.coefficients[0] + rows @ self.coefficients[1:]))

    def frame(self) -> pd.DataFrame:
        """One row a coefficient, the intercept first."""
        se = np.sqrt(np.diag(self.covariance))
        z = self.coefficients / se
        ratios = [self.odds_ratio(name) for name in self.names[1:]]
        nothing = [np.nan]
        return pd.DataFrame(
            {
                "name": self.names,
                "coefficient": self.coefficients,
                "se": se,
                "odds_ratio": nothing + [r.value for r in ratios],
                "low": nothing + [r.low for r in ratios],
                "high": nothing + [r.high for r in ratios],
                "statistic": z,
                "pvalue": [self._pvalue(v) for v in z],
                "vif": [np.nan, *self.vif],
            }
        )

    def summary(self) -> str:
        """Odds ratios and the test of the whole model."""
        table = self.frame().iloc[1:]
        parts = [
            f"{name}: OR {self.odds_ratio(name).format()}, {format_p(p)}"
            for name, p in zip(table["name"], table["pvalue"], strict=True)
        ]
        return (
            f"{'; '.join(parts)}; whole model chi-square {self.statistic:.1f} on {self.df} df, "
            f"{format_p(self.pvalue)}; Nagelkerke R² {self.r2:.2f}; n = {self.n} "
            f"({self.n_positive} positive), {self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Odds ratios with their intervals, on a log scale."""
        from radln._draw.bars import draw_ratios
        from radln._draw.style import sample

        ratios = [self.odds_ratio(name) for name in self.names[1:]]
        return draw_ratios(
            self.names[1:],
            np.array([r.value for r in ratios]),
            np.array([r.low for r in ratios]),
            np.array([r.high for r in ratios]),
            [r.format() for r in ratios],
            xlabel="Odds ratio",
            title=sample(self.n, self.n_positive),
            ax=ax,
        )


@case_wise()
def logistic_regression(
    y_true: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    *,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> LogisticTable:
    """By how much does each variable raise the odds of the outcome, the others held equal?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    X : shape (n, k)
        Numeric columns, with their names where it is a DataFrame; categories as 0/1 columns, a
        curved relation as the columns of :func:`spline_columns`.
    cluster : shape (n,), optional
        The patient of every case; errors are then robust by patient, as rms's ``robcov``.
    confidence_level : in (0, 1)

    Returns
    -------
    LogisticTable
        ``.frame()``, ``.odds_ratio(name, per=10)``, ``.wald(names)``, ``.predict_risk(X)``,
        ``.plot()``. Fewer than ten cases of the rarer class a column are named in ``warnings``.

    Raises
    ------
    SingleClassError, ShapeError, InputError
    ConvergenceError
        Where columns separate the classes perfectly or repeat each other.

    Notes
    -----
    Maximum likelihood, as R's ``glm`` and rms's ``lrm``; Wald intervals and tests, with patients by
    t and F (patients less coefficients), which rms's normal ones are not. For variables
    that were named beforehand: after a selection on the same data p-values are too small and ratios
    too large, and a score fitted on the same outcomes must not be a column. ``vif`` is the variance
    inflation of each column by the others (rms's, from the covariance).

    References
    ----------
    Harrell 2015, doi:10.1007/978-3-319-19425-7; Nagelkerke 1991, doi:10.1093/biomet/78.3.691.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"size": rng.normal(12, 4, 200), "round": rng.integers(0, 2, 200)})
    >>> y = rng.random(200) < 1 / (1 + np.exp(3 - 0.2 * X["size"] - X["round"]))
    >>> found = logistic_regression(y, X)
    >>> found.odds_ratio("size", per=5).low > 1
    True
    """
    positive = _check.outcome(y_true)
    columns, names = design(X, positive.size)
    if "Intercept" in names:
        raise InputError("X has a column 'Intercept'; the model adds its own, so leave it out.")
    codes = _check.clusters(cluster, positive.size)
    level = _check.fraction(confidence_level, name="confidence_level")
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    standard = np.column_stack([np.ones(positive.size), (columns - centre) / scale])
    _refuse_repeats(standard[:, 1:], names)
    try:
        fit = fit_logistic(standard, positive, cluster=codes)
    except ConvergenceError as error:
        raise about_separation(standard, positive, names, error) from error
    back = np.diag(np.r_[1.0, 1 / scale])
    back[0, 1:] = -centre / scale
    beta, covariance = back @ fit.coefficients, back @ fit.covariance @ back.T
    k = len(names)
    likelihood = log_likelihood(standard @ fit.coefficients, positive)
    null = null_log_likelihood(positive)
    statistic = 2 * (likelihood - null)
    pvalue, n_patients = float(chdtrc(k, statistic)), None
    if codes is not None:
        n_patients = int(codes.max()) + 1
        statistic, pvalue = joint_test(fit.coefficients[1:], fit.covariance[1:, 1:], n_patients)
    rare, about_rare = rare_levels(columns, names, codes)
    if rare.any():
        statistic = pvalue = np.nan
        covariance = without_rare(covariance, np.r_[False, rare])
    area = auc(positive, standard @ fit.coefficients, cluster=codes, confidence_level=level)
    return LogisticTable(
        **counts(positive, codes),
        method="logistic regression" + ", errors robust by patient" * (codes is not None),
        warnings=(*_about(positive, k), *about_rare, *few_patients(n_patients)),
        names=("Intercept", *names),
        coefficients=frozen(beta),
        covariance=frozen(covariance),
        log_likelihood=likelihood,
        log_likelihood_null=null,
        statistic=statistic,
        df=k,
        pvalue=pvalue,
        r2=nagelkerke(likelihood, null, positive.size),
        aic=2 * (k + 1) - 2 * likelihood,
        bic=float(np.log(positive.size)) * (k + 1) - 2 * likelihood,
        auc=area.estimate,
        vif=frozen(_inflation((back @ fit.covariance @ back.T)[1:, 1:])),
        robust=codes is not None,
        confidence_level=level,
    )


def _refuse_repeats(standard: FloatArray, names: tuple[str, ...]) -> None:
    """A column that the ones before it determine has no coefficient of its own."""
    for k in range(1, standard.shape[1] + 1):
        if np.linalg.matrix_rank(standard[:, :k], tol=1e-8 * np.sqrt(standard.shape[0])) < k:
            raise ConvergenceError(
                f"column {names[k - 1]!r} of X repeats what the columns before it say (one level "
                "of every category must be left out); leave it out."
            )


def _about(positive: BoolArray, k: int) -> tuple[str, ...]:
    fewer = int(min(positive.sum(), (~positive).sum()))
    if fewer >= FEW * k:
        return ()
    return (
        f"{fewer} cases of the rarer class for {k} columns: fewer than {FEW} each, so that the "
        "odds ratios are unstable and too large.",
    )


def _inflation(covariance: FloatArray) -> FloatArray:
    """Variance inflation: the diagonal of the inverse correlation of the coefficients."""
    root = np.sqrt(np.diag(covariance))
    return np.asarray(np.diag(np.linalg.inv(covariance / np.outer(root, root))))


@case_wise()
def spline_columns(
    x: ArrayLike,
    *,
    name: str = "x",
    n_knots: int = 4,
    knots: ArrayLike | None = None,
) -> pd.DataFrame:
    """Which columns let a regression bend along a continuous variable?

    Parameters
    ----------
    x : shape (n,), finite
    name
        Of the first column, which is ``x`` itself; the others are ``name'``, ``name''``.
    n_knots : 3, 4 or 5
        At Harrell's quantiles of x.
    knots : rising, optional
        In place of those quantiles: the knots of the model, for new cases
        (``columns.attrs["knots"]``).

    Returns
    -------
    columns : DataFrame (n, n_knots - 1)
        A restricted cubic spline as of rms's ``rcs``: straight beyond the outer knots.

    Raises
    ------
    InputError
        Where x has too few different values for the knots.

    References
    ----------
    Harrell 2015, doi:10.1007/978-3-319-19425-7, section 2.4.

    Examples
    --------
    >>> spline_columns([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10], name="size", n_knots=3).columns.tolist()
    ['size', "size'"]
    """
    values = _check.numbers(x, name="x")
    _check.text(name, name="name")
    if not values.size:
        raise InputError("x is empty; a spline needs different values.")
    if knots is None:
        if not _check.is_number(n_knots) or n_knots not in QUANTILES:
            raise InputError(f"n_knots must be 3, 4 or 5; got {n_knots!r}.")
        at = knots_of(values, n_knots)
    else:
        at = _check.numbers(knots, name="knots")
    if at.size < 3 or (np.diff(at) <= 0).any():
        raise InputError(
            f"a spline of x needs three rising knots at least; got {at.tolist()}. With few "
            "different values take fewer knots, or the plain column."
        )
    basis = restricted_cubic(values, at)
    index = x.index if isinstance(x, pd.Series) else None
    table = pd.DataFrame(
        basis, index=index, columns=[name + "'" * i for i in range(basis.shape[1])]
    )
    table.attrs["knots"] = at.tolist()
    return table
