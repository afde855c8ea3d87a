"""What a new model changes for each patient: reclassification and discrimination improvement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._influence import influence_covariance
from radln.stats._intervals import counts, wald
from radln.stats._ztest import standard_error

ROUNDING = 1e-7  # 0.3 stored with less precision is still 0.3
STILL = (
    "every case of a class moved alike: the interval of the sum knows the other class alone and is "
    "too narrow."
)
SIMPLE = "NRI and IDI reward a miscalibrated new model: show both calibration curves beside them."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Reclassification(Result):
    """Net reclassification by categories of risk, and integrated discrimination improvement.

    ``..._event`` counts positive cases (better when the new risk is higher), ``..._nonevent``
    negative ones (better when it is lower); the sums ``nri`` and ``idi`` weigh them equally, which
    is rarely what a clinic does. ``nri_continuous`` parts are None unless asked for. ``events`` and
    ``nonevents`` are the tables of old (rows) against new categories. There are no p-values.
    """

    cuts: tuple[float, ...]
    nri: Estimate
    nri_event: Estimate
    nri_nonevent: Estimate
    idi: Estimate
    idi_event: Estimate
    idi_nonevent: Estimate
    events: pd.DataFrame
    nonevents: pd.DataFrame
    nri_continuous: Estimate | None = None
    nri_continuous_event: Estimate | None = None
    nri_continuous_nonevent: Estimate | None = None

    def frame(self) -> pd.DataFrame:
        """One row a measure."""
        names = [
            f"{stem}{part}"
            for stem in ("nri", "idi", "nri_continuous")
            for part in ("_event", "_nonevent", "")
        ]
        found = [(name, getattr(self, name)) for name in names]
        return pd.DataFrame([estimate_row(e, metric=name) for name, e in found if e is not None])

    def summary(self) -> str:
        """The parts in words, events and non-events apart."""
        at = ", ".join(f"{cut:g}" for cut in self.cuts)
        return (
            f"categories cut at {at}: NRI of positive cases {self.nri_event.format()}, of negative "
            f"cases {self.nri_nonevent.format()}; IDI of positive cases "
            f"{self.idi_event.format(3)}, of negative cases {self.idi_nonevent.format(3)}; "
            f"n = {self.n} ({self.n_positive} positive), {self.n_patients} patients; {self.method}."
        )


@case_wise()
def reclassification(
    y_true: ArrayLike,
    prob_old: ArrayLike,
    prob_new: ArrayLike,
    *,
    cuts: float | Sequence[float],
    continuous: bool = False,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> Reclassification:
    """How many patients move to a better or a worse category of risk with a new model?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    prob_old, prob_new : shape (n,), in [0, 1]
        Of cases that neither model has seen: on the data that the models were fitted to, any added
        variable improves both measures.
    cuts
        Risks that separate the categories, one or several, in rising order within (0, 1); those at
        which patients are really treated differently. A risk equal to a cut belongs to the upper
        category.
    continuous
        Also the category-free NRI, which counts any change, however small.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    Reclassification
        Intervals are Wald's. No test is given: under no improvement these statistics are not
        normal, and a test of the added variable belongs to the model (likelihood ratio) or to the
        difference of areas.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    NRI of positive cases: the share that moves up less the share that moves down; of negative
    cases the reverse. Variances are those of multinomial shares, of the sum those of independent
    groups; with patients, linearised and summed over patients. IDI: the change of the mean risk of
    positive cases, less that of negative cases, with the variances of paired differences (divisor
    n - 1 within each class).

    References
    ----------
    Pencina et al. 2008, doi:10.1002/sim.2929; Pencina, D'Agostino and Steyerberg 2011,
    doi:10.1002/sim.4085; Kerr et al. 2014, doi:10.1097/EDE.0000000000000018; Hilden and Gerds 2014,
    doi:10.1002/sim.5804.

    Examples
    --------
    >>> y = [1, 1, 1, 0, 0, 0, 0]
    >>> old, new = [.2, .4, .6, .1, .3, .4, .6], [.6, .4, .7, .1, .1, .6, .2]
    >>> found = reclassification(y, old, new, cuts=[0.5])
    >>> round(found.nri_event.value, 3), found.nri_nonevent.value
    (0.333, 0.0)
    """
    positive = _check.outcome(y_true)
    old = _check.probabilities(prob_old, positive.size, name="prob_old")
    new = _check.probabilities(prob_new, positive.size, name="prob_new")
    codes = _check.clusters(cluster, positive.size)
    edges = _cuts(cuts)
    _check.switch(continuous, name="continuous")
    before, after = (np.searchsorted(edges - ROUNDING, p, side="right") for p in (old, new))
    moved = {"nri": np.sign(after - before).astype(np.float64), "idi": new - old}
    if continuous:
        moved["nri_continuous"] = np.sign(new - old)
    estimates: dict[str, Estimate] = {}
    for name, change in moved.items():
        estimates |= _improvement(name, change, positive, codes, confidence_level)
    labels = _labels(edges)
    tables = [_table(before[rows], after[rows], labels) for rows in (positive, ~positive)]
    return Reclassification(
        **counts(positive, codes),
        **estimates,
        method="Wald" + ", clustered by patient" * (codes is not None),
        warnings=(SIMPLE, *((STILL,) if any(e.se == 0 for e in estimates.values()) else ())),
        cuts=tuple(edges.tolist()),
        events=tables[0],
        nonevents=tables[1],
    )


def _cuts(cuts: float | Sequence[float]) -> FloatArray:
    """Rising limits of the categories."""
    edges = _check.several(cuts, name="cuts")
    if not edges.size or not ((edges > 0) & (edges < 1)).all() or (np.diff(edges) <= 0).any():
        raise InputError(
            f"cuts must be rising risks within (0, 1), such as [0.1, 0.3]; got {edges.tolist()}."
        )
    return edges


def _improvement(
    name: str,
    change: FloatArray,
    positive: BoolArray,
    cluster: IntArray | None,
    confidence_level: float,
) -> dict[str, Estimate]:
    """The mean change for the better of each class, and their sum."""
    values, columns = [], []
    for rows, sign in ((positive, 1.0), (~positive, -1.0)):
        size = int(rows.sum())
        mean = float(sign * change[rows].mean()) + 0.0  # no -0
        divisor = np.sqrt(size * (size - 1)) if name == "idi" else float(size)
        alone = size < 2 or (cluster is not None and np.unique(cluster[rows]).size < 2)
        part = np.where(rows, sign * change - mean, 0.0)
        values.append(mean)
        columns.append(np.full(rows.size, np.nan) if alone else part / divisor)
    influence = np.stack([*columns, columns[0] + columns[1]], axis=1)
    variances = np.diag(influence_covariance(influence, cluster))
    se = [standard_error(v) for v in variances]
    names = (f"{name}_event", f"{name}_nonevent", name)
    ends = (1.0, 1.0, 2.0)
    return {
        key: wald(value, error, confidence_level, "Wald", bounds=(-end, end))
        for key, value, error, end in zip(names, [*values, sum(values)], se, ends, strict=True)
    }


def _labels(edges: FloatArray) -> list[str]:
    """The categories as intervals."""
    limits = [0.0, *edges.tolist(), 1.0]
    return [f"{low:g} to {high:g}" for low, high in pairwise(limits)]


def _table(before: IntArray, after: IntArray, labels: list[str]) -> pd.DataFrame:
    """Counts of old (rows) against new categories."""
    k = len(labels)
    table = np.bincount(before * k + after, minlength=k * k).reshape(k, k)
    return pd.DataFrame(
        table, index=pd.Index(labels, name="old"), columns=pd.Index(labels, name="new")
    )
