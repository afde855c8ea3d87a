"""Where in a plane positive cases lie: a map that shows no cell with few patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Result, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats._patients import Tally, about_groups, tally_of
from radln.stats.calls.proportions import share_among

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LocationMap(Result):
    """Shares of positive cases in the cells of a plane, hidden where there are too few cases.

    ``cells`` has one row a cell: x_from, x_to, y_from, y_to, n_patients, shown, and, where shown,
    n, n_positive, share, low, high; a cell that is not shown holds NaN. What is hidden holds
    ``min_patients`` together, in two places at least, so that no few patients are found by
    subtraction from the totals.
    """

    x_edges: FloatArray
    y_edges: FloatArray
    cells: pd.DataFrame
    min_patients: int

    def frame(self) -> pd.DataFrame:
        """One row a cell."""
        return self.cells.copy()

    def summary(self) -> str:
        """The extremes in words."""
        known = self.cells[self.cells["shown"]]
        if known.empty:
            return f"no cell has {self.min_patients} patients; n = {self.n}; use larger cells."
        order = np.argsort(known["share"].to_numpy())
        low, high = known.iloc[int(order[0])], known.iloc[int(order[-1])]
        return (
            f"shares of positive cases from {100 * low['share']:.1f} % (n = {low['n']:.0f}) to "
            f"{100 * high['share']:.1f} % (n = {high['n']:.0f}) over {len(known)} of "
            f"{len(self.cells)} cells with at least {self.min_patients} patients; n = {self.n} "
            f"({self.n_positive} positive), {self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None, *, xlabel: str = "x", ylabel: str = "y") -> Axes:
        """The map: shade and number are the share, hatched where there are too few patients."""
        from radln._draw.position import draw_location_map

        shape = (self.y_edges.size - 1, self.x_edges.size - 1)
        return draw_location_map(
            self.x_edges,
            self.y_edges,
            self.cells["share"].to_numpy().reshape(shape),
            self.cells["n"].to_numpy().reshape(shape),
            xlabel=xlabel,
            ylabel=ylabel,
            hidden="too few patients to be shown",
            n=self.n,
            n_positive=self.n_positive,
            ax=ax,
        )


@case_wise()
def location_map(
    y_true: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    x_edges: int | Sequence[float] = 6,
    y_edges: int | Sequence[float] = 6,
    min_patients: int = 10,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> LocationMap:
    """Where in the gland (or on the neck) do positive cases lie?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    x, y : shape (n,), finite
        Places in a plane that all cases share, such as fractions of the lobe's width and length.
    x_edges, y_edges
        How many cells of equal width over the range, or the rising limits of the cells.
    min_patients : at least 2
        A cell with fewer patients is not shown, nor are as many of the smallest others as keep it
        from being found by subtraction.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    LocationMap
        With given limits, cases outside them are left out, and ``warnings`` says that there are
        any.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    Raw shares with Wilson intervals, on n / design effect with patients; nothing is smoothed, so
    that no risk is shown where nobody was seen. Cells are many: their intervals are not adjusted,
    and the highest of them is too high.

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953; Rao and Scott 1992, doi:10.2307/2532311.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.random(400), rng.random(400)
    >>> found = location_map(rng.random(400) < y, x, y, x_edges=2, y_edges=2)
    >>> found.cells["shown"].all(), len(found.cells)
    (np.True_, 4)
    """
    positive = _check.outcome(y_true)
    across = _check.numbers(x, positive.size, name="x")
    along = _check.numbers(y, positive.size, name="y")
    codes = _check.clusters(cluster, positive.size)
    if not isinstance(min_patients, int | np.integer) or min_patients < 2:
        raise InputError(
            f"min_patients must be a whole number of at least 2; got {min_patients!r}."
        )
    limits = [
        _edges(values, edges, name)
        for values, edges, name in ((across, x_edges, "x_edges"), (along, y_edges, "y_edges"))
    ]
    column, row = (_cell(v, edges) for v, edges in zip((across, along), limits, strict=True))
    hidden = _hidden(column, row, codes, (limits[0].size - 1, limits[1].size - 1), min_patients)
    cells: list[dict[str, object]] = []
    tallies: dict[str, Tally | None] = {}
    for j in range(limits[1].size - 1):
        for i in range(limits[0].size - 1):
            inside = (column == i) & (row == j)
            place = {
                "x_from": limits[0][i],
                "x_to": limits[0][i + 1],
                "y_from": limits[1][j],
                "y_to": limits[1][j + 1],
            }
            shown = (i, j) not in hidden
            if shown:
                tallies[f"({i + 1}, {j + 1})"] = tally_of(codes, inside)
            cells.append(place | _cell_share(positive, codes, inside, shown, confidence_level))
    outside = bool(((column < 0) | (row < 0)).any())
    return LocationMap(
        **counts(positive, codes),
        method="shares with Wilson intervals" + ", clustered by patient" * (codes is not None),
        warnings=(
            *(("some cases lie outside the cells.",) if outside else ()),
            *about_groups(tallies, "cell"),
        ),
        x_edges=frozen(limits[0]),
        y_edges=frozen(limits[1]),
        cells=pd.DataFrame(cells),
        min_patients=int(min_patients),
    )


def _edges(values: FloatArray, edges: int | Sequence[float], name: str) -> FloatArray:
    """Limits of cells: of equal width over the range, rounded outwards, or those given.

    The range itself would give away the places of the outermost cases.
    """
    if isinstance(edges, int | np.integer) and not isinstance(edges, bool):
        if edges < 1 or np.ptp(values) == 0:
            raise InputError(f"{name} must be at least 1, over places that differ; got {edges}.")
        step = 10.0 ** (np.floor(np.log10(np.ptp(values))) - 1)
        low, high = np.floor(values.min() / step) * step, np.ceil(values.max() / step) * step
        return np.linspace(low, high, int(edges) + 1)
    given = _check.numbers(np.asarray(edges), name=name)
    if given.size < 2 or (np.diff(given) <= 0).any():
        raise InputError(f"{name} must be at least two rising limits; got {given.tolist()}.")
    return given


def _hidden(
    column: IntArray,
    row: IntArray,
    cluster: IntArray | None,
    shape: tuple[int, int],
    min_patients: int,
) -> set[tuple[int, int]]:
    """Cells that are not shown: those with few patients, and as many more as protect them.

    The totals of the study are known, so that what is hidden can be found by subtraction: together
    with the cases outside the cells, the hidden ones must hold ``min_patients`` too, in two places
    at least. The smallest cells are hidden first.
    """
    patients = np.arange(column.size) if cluster is None else cluster
    places = [(i, j) for j in range(shape[1]) for i in range(shape[0])]
    members = {place: (column == place[0]) & (row == place[1]) for place in places}
    sizes = {place: int(np.unique(patients[held]).size) for place, held in members.items()}
    hidden = {place for place in places if sizes[place] < min_patients}
    gone = (column < 0) | (row < 0)
    alone = int(gone.any())
    for place in hidden:
        gone = gone | members[place]
    rest = sorted((place for place in places if place not in hidden), key=lambda p: (sizes[p], p))
    for place in rest:
        count = int(np.unique(patients[gone]).size)
        several = alone + sum(sizes[p] > 0 for p in hidden) >= 2
        if count == 0 or (count >= min_patients and several):
            break
        hidden.add(place)
        gone = gone | members[place]
    return hidden


def _cell(values: FloatArray, edges: FloatArray) -> IntArray:
    """The cell of every value, the last one closed above; -1 outside."""
    cell = np.searchsorted(edges, values, side="right") - 1
    cell[values == edges[-1]] = edges.size - 2
    cell[(values < edges[0]) | (values > edges[-1])] = -1
    return np.asarray(cell, dtype=np.int64)


def _cell_share(
    positive: BoolArray,
    cluster: IntArray | None,
    inside: BoolArray,
    shown: bool,
    confidence_level: float,
) -> dict[str, object]:
    """What is shown of a cell."""
    patients = int(inside.sum()) if cluster is None else int(np.unique(cluster[inside]).size)
    if not shown:
        gone = dict.fromkeys(("n", "n_positive", "share", "low", "high"), np.nan)
        return {"shown": False, "n_patients": np.nan, **gone}
    share = share_among(positive, inside, cluster, confidence_level=confidence_level)
    return {
        "shown": True,
        "n_patients": patients,
        "n": int(inside.sum()),
        "n_positive": int(positive[inside].sum()),
        "share": share.value,
        "low": share.low,
        "high": share.high,
    }
