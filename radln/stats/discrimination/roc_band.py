"""How far a ROC curve may move in other patients: at each point, or as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, Rng
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts, wilson_limits
from radln.stats.discrimination._curves import (
    ranking,
    sensitivity_at,
    specificity_at,
    steps,
)
from radln.stats.discrimination._roc_displacement import displaced_band
from radln.stats.discrimination._two_values import between_points
from radln.stats.discrimination.auc import gate
from radln.stats.discrimination.thresholds import RocCurve, roc_curve
from radln.stats.resample import about_resampling, resampled_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID = np.linspace(0, 1, 101)
ALIKE = (
    "at some points all resamples are alike, so that a bootstrap shows no spread; the limits there "
    "are Wilson's, for so many patients of the class."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RocBand(Result):
    """Intervals of the sensitivity at given specificities, or the reverse.

    ``read`` names what was estimated (``value``, ``low``, ``high``); ``at`` holds where. Where
    ``simultaneous``, the band is for the whole curve, otherwise for each point by itself.
    """

    curve: RocCurve
    read: str
    at: FloatArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    confidence_level: float
    simultaneous: bool

    def frame(self) -> pd.DataFrame:
        """One row a given coordinate."""
        given = "specificity" if self.read == "sensitivity" else "sensitivity"
        table = {given: self.at, self.read: self.value, "low": self.low, "high": self.high}
        return pd.DataFrame({**table, "confidence_level": self.confidence_level})

    def summary(self) -> str:
        """The band in words, at five places at most."""
        given = "specificity" if self.read == "sensitivity" else "sensitivity"
        places = np.unique(np.linspace(0, self.at.size - 1, min(5, self.at.size)).astype(int))
        words = [
            f"{Estimate(self.value[i], self.low[i], self.high[i]).format(3)} at {given} "
            f"{self.at[i]:g}"
            for i in places
        ]
        return f"{self.read} {'; '.join(words)}; {self.n_patients} patients; {self.method}."

    def plot(self, ax: Axes | None = None) -> Axes:
        """The ROC curve within its band."""
        ax = self.curve.plot(ax)
        fill = ax.fill_between if self.read == "sensitivity" else ax.fill_betweenx
        where = 1 - self.at if self.read == "sensitivity" else self.at
        edges = (self.low, self.high)
        if self.read == "specificity":
            edges = (1 - self.high, 1 - self.low)
        fill(where, *edges, color=ax.lines[-1].get_color(), alpha=0.18, linewidth=0)
        return ax


@case_wise()
def roc_band(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    specificity: ArrayLike | None = None,
    sensitivity: ArrayLike | None = None,
    simultaneous: bool = False,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> RocBand:
    """How sure is the sensitivity at each specificity (or the reverse)?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_score : shape (n,), finite
        Higher means more likely positive.
    specificity : shape (k,), in [0, 1], optional
        Where the sensitivity is wanted; by default 0, 0.01, ... 1.
    sensitivity : shape (k,), in [0, 1], optional
        Where the specificity is wanted, instead.
    simultaneous
        False: a pointwise band, for a single point chosen beforehand; the whole curve lies within
        it less often than ``confidence_level`` says. True: a band for the whole curve at once.
    cluster : shape (n,), optional
        The patient of every case; all cases of a drawn patient come along.
    confidence_level : in (0, 1)
        Of each interval by itself, or of the band as a whole.
    n_resamples : at least 2
    rng
        Seed or Generator.

    Returns
    -------
    RocBand

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    Pointwise: percentiles over resampled patients, drawn within three strata: those without, with
    only, and with both positive and negative cases. With one case a patient that is the stratified
    bootstrap of pROC's ``ci.se`` and ``ci.sp``. Near specificity 1 with few negative cases the
    bootstrap cannot show more than the sample holds, and the band is too narrow; where all
    resamples are alike (perfect separation) the limits are Wilson's for the patients of the class.

    Simultaneous: the curve displaced as a whole, up to the left and down to the right, in the
    direction in which both rates change in proportion to ``1 / sqrt(cases of their class)``. The
    width is the ``confidence_level`` quantile, over the same resamples, of the largest distance
    (supremum over the curve) between resampled and observed curve along that direction. It is one
    width for the whole curve, also where the curve is better known.

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953; Robin et al. 2011,
    doi:10.1186/1471-2105-12-77; Campbell 1994, doi:10.1002/sim.4780130513; Macskassy, Provost and
    Rosset 2005, ICML, 537-544, hdl:2451/27805.

    Examples
    --------
    >>> y, score = [0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 4, 3, 3, 5, 6, 2]
    >>> band = roc_band(y, score, specificity=[0.75], n_resamples=500)
    >>> band.value.tolist(), bool(band.low[0] < 0.6 < band.high[0])
    ([0.5], True)
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    simultaneous = _check.switch(simultaneous, name="simultaneous")
    if specificity is not None and sensitivity is not None:
        raise InputError("give specificity or sensitivity, not both.")
    read_sensitivity = sensitivity is None
    name = "specificity" if read_sensitivity else "sensitivity"
    given = specificity if read_sensitivity else sensitivity
    if isinstance(given, bool):
        raise InputError(f"{name} must be numbers within 0..1; got {given!r}.")
    at = GRID if given is None else _check.probabilities(np.atleast_1d(given), name=name)
    if at.size == 0:
        raise InputError(f"{name} is empty; name at least one, or leave it out for a grid.")
    positive, (score,), codes = gate(y_true, (y_score,), cluster)
    about: tuple[str, ...] = ()
    ranked = ranking(score)
    read = sensitivity_at if read_sensitivity else specificity_at
    own = steps(positive, ranked)
    blocks = resampled_weights(positive, codes, n_resamples=n_resamples, rng=rng)
    resampled = (
        curve
        for block in blocks
        for curve in zip(
            ranked.along(block * positive), ranked.along(block * ~positive), strict=True
        )
    )
    if simultaneous:
        low, high = displaced_band(own, resampled, at, level, read_sensitivity=read_sensitivity)
        kind = "largest displacement of the curve"
    else:
        found = np.stack([read(true, false, at) for true, false in resampled])
        low, high = np.quantile(found, [0.5 - level / 2, 0.5 + level / 2], axis=0)
        kind = "percentile"
        of_class = positive if read_sensitivity else ~positive
        n_class = np.unique(np.flatnonzero(of_class) if codes is None else codes[of_class]).size
        alike = _widened(read(*own, at), low, high, n_class, level)
        about = (ALIKE,) if (alike & (at > 0)).any() else ()
    band = "simultaneous" if simultaneous else "pointwise"
    return RocBand(
        **counts(positive, codes),
        method=f"{band}, patient bootstrap, {n_resamples} resamples, {kind}",
        warnings=about_resampling(positive, codes) + about + between_points({"the score": score}),
        curve=roc_curve(y_true, y_score),
        read="sensitivity" if read_sensitivity else "specificity",
        at=frozen(at),
        value=frozen(read(*own, at)),
        low=frozen(low),
        high=frozen(high),
        confidence_level=level,
        simultaneous=simultaneous,
    )


def _widened(
    value: FloatArray, low: FloatArray, high: FloatArray, n_patients: int, level: float
) -> BoolArray:
    """Give limits without width, in place, those of Wilson; which they were."""
    alike = np.asarray(low == high)
    for i in np.flatnonzero(alike):
        low[i], high[i] = wilson_limits(float(value[i]), n_patients, level)
    return alike
