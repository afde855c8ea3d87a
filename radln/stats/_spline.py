"""Restricted cubic splines: cubic between the knots, straight beyond the outer ones."""

from __future__ import annotations

import numpy as np

from radln._types import FloatArray

QUANTILES = {
    3: (0.1, 0.5, 0.9),
    4: (0.05, 0.35, 0.65, 0.95),
    5: (0.05, 0.275, 0.5, 0.725, 0.95),
}


def knots_of(x: FloatArray, n_knots: int) -> FloatArray:
    """Harrell's knots: fixed quantiles of ``x`` (doi:10.1007/978-3-319-19425-7, section 2.4.6).

    Below 100 values the outer knots are the fifth lowest and the fifth highest, as in Hmisc.
    """
    knots = np.asarray(np.quantile(x, QUANTILES[n_knots]))
    if 10 <= x.size < 100:
        ranked = np.sort(x)
        knots[0], knots[-1] = ranked[4], ranked[-5]
    return knots


def restricted_cubic(x: FloatArray, knots: FloatArray) -> FloatArray:
    """The basis (n, n_knots - 1): ``x`` itself, then the nonlinear columns.

    Scaled by the squared distance of the outer knots, so that all columns have the unit of ``x``.

    Examples
    --------
    >>> import numpy as np
    >>> restricted_cubic(np.array([0.0, 1.0]), np.array([0.0, 1.0, 2.0])).tolist()
    [[0.0, 0.0], [1.0, 0.25]]
    """
    last, before = knots[-1], knots[-2]
    columns = [x]
    for knot in knots[:-2]:
        columns.append(
            (
                _cubed(x - knot)
                - _cubed(x - before) * (last - knot) / (last - before)
                + _cubed(x - last) * (before - knot) / (last - before)
            )
            / (last - knots[0]) ** 2
        )
    return np.stack(columns, axis=1)


def _cubed(x: FloatArray) -> FloatArray:
    return np.maximum(x, 0) ** 3
