"""What a Cox model says: hazard ratios, tests, baseline, residuals, predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, format_p, frozen
from radln._types import ArrayLike, FloatArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._design import same_columns
from radln.stats._intervals import normal_pvalue, quantile
from radln.stats.survival._outcome import moments
from radln.stats.survival._risk_sets import (
    RiskSets,
    exposure,
    score_residuals,
    terms,
    tie_means,
)
from radln.stats.survival.proportional import ProportionalHazards, Transform, score_tests

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Residuals: TypeAlias = Literal["martingale", "deviance", "score", "dfbeta", "schoenfeld"]
NO_ERROR = "no interval: the coefficient has no standard error (a penalty, or see warnings)"
KINDS = ("martingale", "deviance", "score", "dfbeta", "schoenfeld")


@dataclass(frozen=True)
class ChiSquare:
    """A chi-square test of all coefficients together."""

    statistic: float
    df: int
    pvalue: float


@dataclass(frozen=True, eq=False)
class BaselineHazard:
    """The cumulative hazard of a patient with the mean of every column, at the distinct times."""

    stratum: str
    time: FloatArray
    hazard: FloatArray

    def __post_init__(self) -> None:
        for name in ("time", "hazard"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


@dataclass(frozen=True, eq=False, kw_only=True)
class CoxCases:
    """What residuals and the test of proportional hazards start from, in the order of ``sets``."""

    sets: RiskSets
    X: FloatArray
    lp: FloatArray

    def __post_init__(self) -> None:
        for name in ("X", "lp"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CoxFit(Result):
    """A Cox model: log hazard ratios, their tests, its baseline.

    ``covariance`` is the one that the intervals and tests stand on (robust where ``cluster`` was
    given), ``model_covariance`` the inverse information. With a penalty both are NaN: a penalised
    coefficient has no such interval.
    """

    names: tuple[str, ...]
    means: FloatArray
    coefficients: FloatArray
    covariance: FloatArray
    model_covariance: FloatArray
    loglik_null: float
    loglik: float
    likelihood_ratio: ChiSquare
    wald: ChiSquare
    score: ChiSquare
    concordance: Estimate
    baseline: tuple[BaselineHazard, ...]
    confidence_level: float
    cases: CoxCases

    def __post_init__(self) -> None:
        for name in ("means", "coefficients", "covariance", "model_covariance"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def hazard_ratio(self, name: str, *, per: float = 1.0) -> Estimate:
        """The hazard ratio of one column for a difference of ``per`` of its units."""
        if name not in self.names:
            raise InputError(f"name must be one of {', '.join(self.names)}; got {name!r}.")
        if not np.isfinite(per) or per == 0:
            raise InputError(f"per must be a number other than 0; got {per!r}.")
        i = self.names.index(name)
        se = float(np.sqrt(self.covariance[i, i])) * abs(per)
        centre = float(self.coefficients[i]) * per
        arm = quantile(self.confidence_level) * se
        value, low, high = (float(np.exp(end)) for end in (centre, centre - arm, centre + arm))
        method = NO_ERROR if np.isnan(se) else "Wald, log scale"
        return Estimate(value, low, high, self.confidence_level, method, value * se)

    def frame(self) -> pd.DataFrame:
        """One row a column of X."""
        se = np.sqrt(np.diag(self.covariance))
        z = self.coefficients / se
        ratios = [self.hazard_ratio(name) for name in self.names]
        return pd.DataFrame(
            {
                "name": self.names,
                "coefficient": self.coefficients,
                "se": se,
                "model_se": np.sqrt(np.diag(self.model_covariance)),
                "hazard_ratio": [r.value for r in ratios],
                "low": [r.low for r in ratios],
                "high": [r.high for r in ratios],
                "statistic": z,
                "pvalue": [normal_pvalue(v, "two-sided") for v in z],
            }
        )

    def summary(self) -> str:
        """Hazard ratios and the test of all of them."""
        table = self.frame()
        parts = [
            f"{name}: HR {self.hazard_ratio(name).format()}"
            + ("" if np.isnan(p) else f", {format_p(p)}")
            for name, p in zip(table["name"], table["pvalue"], strict=True)
        ]
        test = f"Wald chi-square {self.wald.statistic:.1f} on {self.wald.df} df, "
        return (
            f"{'; '.join(parts)}. {test}{format_p(self.wald.pvalue)}; concordance "
            f"{self.concordance.format(3)} on the data of the fit; {self.n_positive} events of "
            f"{self.n}, {self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Hazard ratios with their intervals, on a log scale."""
        from radln._draw.bars import draw_ratios

        table = self.frame()
        return draw_ratios(
            self.names,
            table["hazard_ratio"].to_numpy(),
            table["low"].to_numpy(),
            table["high"].to_numpy(),
            [self.hazard_ratio(name).format() for name in self.names],
            xlabel="Hazard ratio",
            title=f"n = {self.n} ({self.n_positive} events)",
            ax=ax,
        )

    def linear_predictor(self, X: ArrayLike) -> FloatArray:
        """``X @ coefficients``, not centred; a DataFrame's columns are found by name."""
        values = same_columns(X, self.names)
        return np.asarray(values @ self.coefficients)

    def predict_risk(
        self, X: ArrayLike, times: ArrayLike, *, strata: ArrayLike | None = None
    ) -> FloatArray:
        """The probability (n, k) of having had the event by each of ``times`` (k,).

        ``strata`` (n,) is needed where the model has strata. NaN beyond the last follow-up.
        """
        _check.same_order({"X": X, "strata": strata})
        lp = self.linear_predictor(X) - self.means @ self.coefficients
        asked = moments(times)
        known = {base.stratum: base for base in self.baseline}
        if strata is None and len(known) > 1:
            raise InputError("strata is needed: this model has a baseline for each stratum.")
        own = np.full(lp.size, next(iter(known)))
        if strata is not None:
            own = np.asarray(strata).astype(str)
            strange = sorted(set(own) - set(known))
            if own.size != lp.size or strange:
                raise InputError(
                    f"strata must give one of {', '.join(known)} for each of {lp.size} rows; got "
                    f"{own.size} values" + (f", {strange[:3]} among them." if strange else ".")
                )
        found = np.full((lp.size, asked.size), np.nan)
        for label, base in known.items():
            inside = own == label
            steps = np.r_[0.0, base.hazard][np.searchsorted(base.time, asked, side="right")]
            steps = np.where(asked <= base.time[-1], steps, np.nan)
            found[inside] = -np.expm1(-np.exp(lp[inside])[:, None] * steps[None, :])
        return found

    def residuals(self, kind: Residuals = "martingale") -> FloatArray:
        """Residuals in the order of the data (n,) or (n, p); Schoenfeld's by event's time (m, p).

        "dfbeta" is about how much each coefficient would change without the case.
        """
        _check.choice(kind, KINDS, name="kind")
        sets, X = self.cases.sets, self.cases.X
        at = terms(sets, X, self.cases.lp)
        if kind == "schoenfeld":
            return np.asarray(X[sets.rows] - tie_means(sets, at))
        if kind in ("score", "dfbeta"):
            found = score_residuals(sets, X, at)
            if kind == "dfbeta":
                found = found @ self.model_covariance
        else:
            found = sets.event - at.weight * exposure(sets, 1 / at.sum0)
            if kind == "deviance":
                inside = np.where(sets.event, np.log(np.where(sets.event, 1 - found, 1.0)), 0.0)
                found = np.sign(found) * np.sqrt(np.maximum(-2 * (found + inside), 0))
        back = np.empty_like(found)
        back[sets.order] = found
        return back

    @case_wise()
    def proportional_hazards(self, transform: Transform = "km") -> ProportionalHazards:
        """Do the hazard ratios change over time? Equal to cox.zph of R's survival 3.

        Score tests of a product of each column with a function of time: "km" (1 minus the survival
        just before), "rank" or "identity".
        """
        if np.isnan(self.covariance).any():
            raise InputError(
                "penalty must be 0 for the test of proportional hazards, and the patients of "
                "cluster enough for a covariance (see warnings)."
            )
        return score_tests(self.cases.sets, self.cases.X, self.cases.lp, self, transform)
