"""How far whole ROC curves are displaced from one of them, whatever the place: bands of one width.

Campbell 1994, doi:10.1002/sim.4780130513; Macskassy, Provost and Rosset 2005,
ICML, 537-544, hdl:2451/27805.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from radln._types import FloatArray, IntArray
from radln.stats.discrimination._curves import sensitivity_at, specificity_at

Steps = tuple[IntArray, IntArray]

GRID = np.linspace(0, 1, 1001)


class Displacement:
    """Distances of curves from one of ``n_positive`` and ``n_negative`` cases.

    They are measured along the direction in which the false-positive rate falls by ``across`` while
    the sensitivity rises by ``up``: in proportion to their standard errors, so that the rarer class
    gets the wider margin.
    """

    def __init__(self, true: IntArray, false: IntArray) -> None:
        self.across, self.up = float(false[-1]) ** -0.5, float(true[-1]) ** -0.5
        self.own = self._heights(true, false)

    def _heights(self, true: IntArray, false: IntArray) -> FloatArray:
        """The curve in turned axes: its coordinate along the direction, on lines parallel to it."""
        tpr, fpr = true / true[-1], false / false[-1]
        along = (self.up * fpr + self.across * tpr) / (self.up + self.across)
        length = 2 * self.across * self.up
        return np.asarray(np.interp(GRID, along, (self.across * tpr - self.up * fpr) / length))

    def largest(self, true: IntArray, false: IntArray) -> float:
        """The largest distance of another curve of the same cases, in any place."""
        return float(np.abs(self._heights(true, false) - self.own).max())


def displaced_band(
    own: Steps,
    resampled: Iterable[Steps],
    at: FloatArray,
    confidence_level: float,
    *,
    read_sensitivity: bool,
) -> tuple[FloatArray, FloatArray]:
    """Limits of the whole curve, read at ``at``: the curve displaced by a quantile of distances."""
    ruler = Displacement(*own)
    distances = [ruler.largest(*curve) for curve in resampled]
    width = float(np.quantile(distances, confidence_level, method="higher"))
    read = sensitivity_at if read_sensitivity else specificity_at
    given, found = width * ruler.across, width * ruler.up
    if not read_sensitivity:
        given, found = found, given
    low = read(*own, np.minimum(at + given, 1.0)) - found
    low = np.where(at + given > 1, 0.0, np.maximum(low, 0.0))
    high = np.minimum(read(*own, np.maximum(at - given, 0.0)) + found, 1.0)
    return low, high
