"""How good a model is on new patients, judged with the patients that it was fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from radln import _check
from radln._random import as_generator
from radln._result import Estimate, Result, estimate_row, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, Rng
from radln.errors import ConvergenceError, InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats.risks._calibration_curve import EDGE, fit_curve
from radln.stats.validation._chance import about_area
from radln.stats.validation._optimism import METRICS, Correction, correct, mean_known
from radln.stats.validation._optimism_intervals import (
    location_shifted,
    out_of_bag,
    outer_corrections,
    two_stage,
)
from radln.stats.validation._refits import Refits, gate_of, refit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Interval = Literal["location-shifted", "out-of-bag", "two-stage"]
INTERVALS = {
    "optimism": ("location-shifted", "two-stage"),
    ".632+": ("out-of-bag", "two-stage"),
}
TOO_GOOD = 0.95
FEWEST_EVENTS, ENOUGH_EVENTS = 2, 10
GROWN = (
    "sklearn.tree",
    "sklearn.ensemble",
    "sklearn.neighbors",
    "xgboost",
    "lightgbm",
    "catboost",
)
LINEAR = ("VotingClassifier", "StackingClassifier")
INSTEAD = (
    "Harrell's correction leaves such models far too optimistic (on pure noise boosted trees keep "
    "an AUC near 0.9). Use method='.632+', or out-of-fold predictions with auc_over_folds."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InternalValidation(Result):
    """Apparent and corrected performance of a model, and how stable its risks are.

    ``apparent`` and ``optimism`` map a metric to its value on the model's own patients and to what
    is taken off; ``auc`` to ``r2`` are the corrected estimates. ``curve`` holds predicted risk,
    apparent and corrected observed risk; ``instability`` has one row a case: its risk, the limits
    of 95 % of the refits' risks, and their mean absolute distance from it.
    """

    apparent: dict[str, float]
    optimism: dict[str, float]
    auc: Estimate
    slope: Estimate
    intercept_joint: Estimate
    brier: Estimate
    r2: Estimate
    curve: pd.DataFrame
    instability: pd.DataFrame
    n_resamples: int
    risks: FloatArray
    refit_risks: FloatArray

    def frame(self) -> pd.DataFrame:
        """One row a metric."""
        rows = [
            {
                **estimate_row(getattr(self, name), metric=name),
                "apparent": self.apparent[name],
                "optimism": self.optimism[name],
            }
            for name in METRICS
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Apparent and corrected numbers in words."""
        return (
            f"AUC {self.apparent['auc']:.3f} apparent, {self.auc.format(3)} corrected; calibration "
            f"slope {self.slope.format()} corrected{_shrink(self.slope.value)}; Brier "
            f"{self.apparent['brier']:.3f} apparent, {self.brier.format(3)} corrected; a patient's "
            f"risk moves by {self.instability['mean_distance'].mean():.3f} on average in refits; "
            f"n = {self.n} ({self.n_positive} positive), {self.n_patients} patients; {self.method}."
        )

    def classification_instability(self, threshold: float) -> FloatArray:
        """Share (n,) of the refits that put each case on the other side of a risk threshold."""
        cut = _check.fraction(threshold, name="threshold")
        return np.asarray(((self.refit_risks >= cut) != (self.risks >= cut)).mean(axis=0))

    def plot(self, ax: Axes | None = None) -> Axes:
        """The apparent and the corrected calibration curve."""
        from radln._draw.curves import draw_corrected

        return draw_corrected(
            *(self.curve[name].to_numpy() for name in ("predicted", "apparent", "corrected")),
            n=self.n,
            n_positive=self.n_positive,
            ax=ax,
        )

    def plot_instability(self, ax: Axes | None = None) -> Axes:
        """Every case's risk in the refits against its risk in the model."""
        from radln._draw.curves import draw_instability

        low, high = (self.instability[name].to_numpy() for name in ("low", "high"))
        return draw_instability(
            self.risks,
            self.refit_risks,
            low,
            high,
            n=self.n,
            n_positive=self.n_positive,
            ax=ax,
        )


@case_wise()
def optimism_corrected(
    estimator: Any,
    X: ArrayLike | pd.DataFrame,
    y_true: ArrayLike,
    *,
    method: Correction = "optimism",
    interval: Interval | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 200,
    n_outer: int = 200,
    n_jobs: int | None = 1,
    rng: Rng = 0,
) -> InternalValidation:
    """How would a model do on new patients, if only those it was fitted to are at hand?

    Parameters
    ----------
    estimator
        Any scikit-learn classifier with ``predict_proba``; the whole pipeline, selection and
        tuning included, since all that learnt from the outcome must be repeated in every resample.
        Set its ``random_state`` where it has one.
    X : shape (n, k)
        Predictors, an array or a table.
    y_true : shape (n,), 0/1
    method
        ``optimism``: Harrell's, for models that do not fit their own data almost perfectly.
        ``.632+``: for any model.
    interval
        ``location-shifted``: the spread of the refits' apparent values around the corrected one;
        for AUC, Brier score and R2, and the default of ``optimism``. ``out-of-bag``: from each
        case's mean risk by the refits that did not hold it (DeLong; Obuchowski with patients); for
        AUC and Brier score, and the default of ``.632+``. ``two-stage``: the whole correction
        repeated in ``n_outer`` resamples; for all metrics, at ``n_outer`` times the cost.
    cluster : shape (n,), optional
        The patient of every case; patients are resampled, and the folds of a ``cv`` setting inside
        the estimator never split one.
    confidence_level : in (0, 1)
    n_resamples, n_outer : at least 20
    n_jobs
        Refits at a time, as in joblib; the result is the same for any number.
    rng
        Seed or Generator.

    Returns
    -------
    InternalValidation

    Raises
    ------
    SingleClassError, ShapeError, InputError
        InputError also for ``optimism`` with trees or nearest neighbours, with an apparent AUC
        above 0.95, or with fewer than two cases of the rarer class a column of X.
    ConvergenceError
        Where more than a tenth of the refits fail.

    Notes
    -----
    Optimism is the mean over resamples of a refit's value on its own resample less its value on all
    cases. ``slope`` and ``intercept_joint`` are those of logistic recalibration, as in
    :func:`calibration`; R2 is
    Nagelkerke's after recalibration. With ``.632+`` slope, intercept and R2 are means over the
    cases left out, since no .632+ of them exists. A cross-validation inside the estimator (any
    ``cv`` setting) is redrawn by patient in every resample, stratified by outcome, with its number
    of folds: copies of a patient would otherwise stand on both sides. The correction speaks of new
    patients of the same clinic, not of another one.

    Where the cases that the refits left out do not show that the model is better than chance,
    ``warnings`` say so: no sign of it where their mean AUC exceeds 0.5 by less than 1.5 standard
    errors of an AUC without information, a weak sign below 2.8. On pure noise ``.632+`` exceeds 0.6
    now and then; the documentation says how often, and how seldom without a word.

    The location-shifted interval is too narrow where a model overfits (few cases a predictor),
    since it leaves out how the optimism itself varies; the documentation has a table of coverage.

    Harrell's correction is for a few predictors chosen beforehand. On pure noise (120 cases, 12
    studies) it left a mean AUC of 0.57 after choosing 5 of 30 features and of 0.65 after choosing 5
    of 500, where .632+ gave 0.53 and 0.52; it is refused below two cases of the rarer class for a
    column of X, and says so below ten.

    Instability follows Riley and Collins: each refit predicts every case, and the spread says how
    far a patient's risk depends on who happened to be in the study.

    References
    ----------
    Harrell, Lee and Mark 1996, Stat Med 15:361; Efron and Tibshirani 1997,
    doi:10.1080/01621459.1997.10474007; Noma, Shinozaki, Iba, Teramukai and Furukawa 2021,
    doi:10.1002/sim.9148; Riley and Collins 2023, doi:10.1002/bimj.202200302.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(1)
    >>> X = rng.normal(size=(120, 4))
    >>> y = rng.random(120) < 1 / (1 + np.exp(-X[:, 0]))
    >>> found = optimism_corrected(LogisticRegression(), X, y, n_resamples=50)
    >>> found.auc.value < found.apparent["auc"]
    True
    """
    _check.choice(method, ("optimism", ".632+"), name="method")
    if interval is None:
        interval = "location-shifted" if method == "optimism" else "out-of-bag"
    _check.choice(interval, INTERVALS[method], name=f"interval (of method={method!r})")
    for name, number in (("n_resamples", n_resamples), ("n_outer", n_outer)):
        if not isinstance(number, int | np.integer) or number < 20:
            raise InputError(f"{name} must be a whole number of at least 20; got {number!r}.")
    if n_jobs is not None and (
        not _check.is_number(n_jobs) or n_jobs == 0 or n_jobs != int(n_jobs)
    ):
        raise InputError(f"n_jobs must be None or a whole number other than 0; got {n_jobs!r}.")
    positive = _check.outcome(y_true)
    codes = _check.clusters(cluster, positive.size)
    sample = gate_of(estimator, X, positive, codes)
    few: tuple[str, ...] = ()
    if method == "optimism":
        _refuse_trees(estimator)
        few = _events_per_predictor(positive, sample.X.shape[1])
    generator = as_generator(rng)
    refits = refit(estimator, sample, n_resamples=n_resamples, rng=generator, n_jobs=n_jobs)
    found = correct(refits, positive, method)
    apparent, corrected = found.apparent, found.values
    if method == "optimism" and apparent[METRICS.index("auc")] > TOO_GOOD:
        raise InputError(
            f"the apparent AUC is {apparent[METRICS.index('auc')]:.3f}, above {TOO_GOOD}. {INSTEAD}"
        )
    if interval == "two-stage":
        outer = outer_corrections(
            estimator,
            sample,
            method,
            n_resamples=n_resamples,
            n_outer=n_outer,
            n_jobs=n_jobs,
            rng=generator,
        )
        estimates = two_stage(corrected, outer, confidence_level)
    elif interval == "out-of-bag":
        estimates = out_of_bag(refits, sample, codes, corrected, confidence_level)
    else:
        estimates = location_shifted(METRICS, corrected, found.train, confidence_level)
    words = "Harrell's optimism" if method == "optimism" else ".632+"
    return InternalValidation(
        **counts(positive, codes),
        **estimates,
        method=f"{words}, {n_resamples} resamples of patients, {interval} intervals",
        warnings=(
            *few,
            *about_area(refits, positive, codes, found),
            *_about_inner_splits(estimator),
            *refits.notes,
            *_about_risks(refits),
            *_about_slope(found.test),
        ),
        apparent=dict(zip(METRICS, apparent.tolist(), strict=True)),
        optimism=dict(zip(METRICS, (apparent - corrected).tolist(), strict=True)),
        curve=_curve(refits, positive, method),
        instability=_instability(refits),
        n_resamples=n_resamples,
        risks=frozen(refits.apparent),
        refit_risks=frozen(refits.resampled),
    )


def _shrink(slope: float) -> str:
    """Advice that holds for a slope between 0 and 1."""
    return " (a linear model's coefficients are shrunk by it)" if 0 < slope < 1 else ""


def _about_inner_splits(estimator: Any) -> tuple[str, ...]:
    """A word on inner splits that no ``cv`` setting governs."""
    found = sorted(
        name
        for name, value in estimator.get_params(deep=True).items()
        if name.split("__")[-1] in ("early_stopping", "probability") and value is True
    )
    if not found:
        return ()
    return (
        f"{', '.join(found)}: the estimator splits its training cases itself, and in a resample "
        "copies of a patient may stand on both sides.",
    )


def _events_per_predictor(y: BoolArray, n_columns: int) -> tuple[str, ...]:
    """Refuse Harrell's correction among many candidates, or say that it leaves some optimism."""
    fewer = int(min(y.sum(), (~y).sum()))
    ratio = fewer / n_columns
    told = (
        f"{n_columns} candidate predictors for {fewer} cases of the rarer class ({ratio:.1f} each)"
    )
    if ratio < FEWEST_EVENTS:
        raise InputError(
            f"{told}: Harrell's correction leaves a model chosen among so many far too optimistic "
            "(on pure noise an AUC near 0.65). Use method='.632+', or out-of-fold predictions with "
            "auc_over_folds."
        )
    if ratio >= ENOUGH_EVENTS:
        return ()
    return (
        f"{told}, fewer than {ENOUGH_EVENTS}: the corrected values are still too good; "
        "compare method='.632+'.",
    )


def _about_risks(refits: Refits) -> tuple[str, ...]:
    """A word where refits predict risks of 0 or 1."""
    edges = float(((refits.resampled <= EDGE) | (refits.resampled >= 1 - EDGE)).mean())
    if edges < 0.001:
        return ()
    return (f"{edges:.1%} of the refits' risks are 0 or 1, which the slope hardly survives.",)


def _about_slope(test: FloatArray) -> tuple[str, ...]:
    """A word where some refits predict nearly one risk for all, which no slope survives."""
    slopes = test[:, METRICS.index("slope")]
    spread = float(np.std(slopes[~np.isnan(slopes)])) if not np.isnan(slopes).all() else 0.0
    if not spread > 1:
        return ()
    return (
        f"the slope varies wildly over the refits (standard deviation {spread:.1f}): some predict "
        "nearly one risk for all cases, and its mean says little.",
    )


def _refuse_trees(estimator: Any) -> None:
    """Models that nearly memorise their data are not for Harrell's correction."""
    parts = [estimator, *estimator.get_params(deep=True).values()]
    for part in parts:
        for kind in type(part).__mro__:
            if kind.__module__.startswith(GROWN) and type(part).__name__ not in LINEAR:
                raise InputError(
                    f"the estimator holds trees or neighbours ({type(part).__name__}). {INSTEAD}"
                )


def _curve(refits: Refits, y: BoolArray, method: Correction) -> pd.DataFrame:
    """Apparent calibration curve, and less what the refits' curves gain on their own resamples.

    With .632+ the corrected curve is the mean of the refits' curves over the cases left out.
    """
    p = refits.apparent
    ends = np.quantile(p, [0.02, 0.98])
    grid = np.linspace(float(ends[0]), float(ends[1]), 51)
    apparent = _smooth(y, p, grid)
    gains = []
    for risks, counts_ in zip(refits.resampled, refits.counts, strict=True):
        rows, left = np.repeat(np.arange(y.size), counts_), counts_ == 0
        if method == ".632+":
            gains.append(apparent - _smooth(y[left], risks[left], grid))
        else:
            gains.append(_smooth(y[rows], risks[rows], grid) - _smooth(y, risks, grid))
    corrected = np.clip(apparent - mean_known(np.stack(gains)), 0, 1)
    return pd.DataFrame({"predicted": grid, "apparent": apparent, "corrected": corrected})


def _smooth(y: BoolArray, p: FloatArray, grid: FloatArray) -> FloatArray:
    """A calibration curve at a grid; NaN where there is none."""
    try:
        return fit_curve(p, y, None, "rcs", None).at(grid)
    except (ConvergenceError, ValueError):
        return np.full(grid.size, np.nan)


def _instability(refits: Refits) -> pd.DataFrame:
    """How far each case's risk moves over the refits."""
    low, high = np.quantile(refits.resampled, [0.025, 0.975], axis=0)
    distance = np.abs(refits.resampled - refits.apparent).mean(axis=0)
    return pd.DataFrame(
        {"risk": refits.apparent, "low": low, "high": high, "mean_distance": distance}
    )
