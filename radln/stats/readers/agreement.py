"""How far readers agree: in pairs, within and between levels, and with themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln._result import Estimate, Result, estimate_row, frozen
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._intervals import cluster_sums, counts, wald
from radln.stats.agreement._ratings import MOST
from radln.stats.agreement.icc import icc
from radln.stats.agreement.rater_agreement import rater_agreement
from radln.stats.readers._reads import Reads

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KAPPA = {"call": "Cohen's kappa", "score": "quadratic-weighted kappa"}
GWET = {"call": "Gwet's AC1", "score": "Gwet's AC2"}
EVERYONE = "all readers"
SLIVER = 1e-9


@dataclass(frozen=True)
class AgreementRow:
    """One coefficient among some readers; ``pairs`` counts the pairs of readers behind it."""

    among: str
    coefficient: str
    estimate: Estimate
    n_readers: int
    n_cases: int


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ReaderAgreement(Result):
    """Agreement of readers in one modality.

    ``kappa`` (r, r) holds the kappa of every pair (NaN on the diagonal and without common cases);
    ``rows`` what is said of all readers, within and between levels; ``repeated`` each reader's
    agreement with their own second reading; ``pairs`` each pair with its interval.
    """

    of: str
    modality: str
    readers: tuple[str, ...]
    kappa: FloatArray
    rows: tuple[AgreementRow, ...]
    pairs: tuple[AgreementRow, ...]
    repeated: tuple[AgreementRow, ...]

    def frame(self) -> pd.DataFrame:
        """One row a coefficient: overall and by level, repeated readings, then every pair."""
        parts = {"group": self.rows, "repeated": self.repeated, "pair": self.pairs}
        return pd.DataFrame(
            [
                {
                    **estimate_row(
                        row.estimate, kind=kind, among=row.among, coefficient=row.coefficient
                    ),
                    "n_readers": row.n_readers,
                    "n_cases": row.n_cases,
                }
                for kind, rows in parts.items()
                for row in rows
            ]
        )

    def summary(self) -> str:
        """The coefficients in words."""
        said = "; ".join(
            f"{row.among}: {row.coefficient} {row.estimate.format(2)}"
            for row in (*self.rows, *self.repeated)
        )
        return (
            f"Agreement of {len(self.readers)} readers on the {self.of} in {self.modality}, "
            f"{self.n} cases of {self.n_patients} patients: {said}. {self.method}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The kappa of every pair of readers."""
        from radln._draw.readers import draw_agreement_matrix

        title = f"{self.modality}, n = {self.n} cases"
        return draw_agreement_matrix(
            self.kappa, self.readers, name=KAPPA[self.of], title=title, ax=ax
        )


def reader_agreement(
    reads: Reads,
    *,
    of: str | None = None,
    modality: str | None = None,
    confidence_level: float = 0.95,
) -> ReaderAgreement:
    """How far do the readers agree, within and between their levels, and with themselves?

    Parameters
    ----------
    reads
        The study.
    of
        ``call``: Cohen's kappa, Fleiss' kappa, Gwet's AC1; ``score``: the same with quadratic
        weights, and ICC(2,1); of scores too fine for categories only kappas of pairs and ICC. The
        calls where there are any, by default.
    modality
        Where the reads have several.
    confidence_level : in (0, 1)

    Returns
    -------
    ReaderAgreement

    Raises
    ------
    InputError
        One reader only and no repeated readings; scores of readers who have scales of their own.

    Notes
    -----
    Kappas of pairs, and their means within a level and between two, have a jackknife error over
    patients (cases, where each patient has one) and a Wald interval cut off at -1 and 1; the other
    coefficients are those of :func:`rater_agreement` and :func:`icc`, clustered where patients have
    several cases. Readers who never differ have a coefficient of 1 without an interval. Kappa
    falls where one category is rare though readers agree; Gwet's coefficient hardly does. ICC(2,1)
    (absolute agreement, single rating, readers as a sample) needs every read.

    References
    ----------
    Cohen 1960, doi:10.1177/001316446002000104; Fleiss 1971, doi:10.1037/h0031619; Gwet 2008,
    doi:10.1348/000711006X126600; Shrout and Fleiss 1979, doi:10.1037/0033-2909.86.2.420.

    Examples
    --------
    >>> import pandas as pd
    >>> from radln import ReaderStudy
    >>> reads = pd.DataFrame({"case_id": list(range(8)) * 2, "y_true": [0, 1] * 8,
    ...                       "reader": ["Ann"] * 8 + ["Bob"] * 8,
    ...                       "call": [0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1]})
    >>> found = ReaderStudy.from_frame(reads).agreement()
    >>> round(float(found.kappa[0, 1]), 3)
    0.5
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    kind = _check.choice(
        ("score" if reads.call is None else "call") if of is None else of,
        ("call", "score"),
        name="of",
    )
    if kind == "score" and reads.own_scales:
        raise InputError(
            "the readers have scales of their own ("
            + worded('scale="own"', "--scale own")
            + "), so their scores cannot agree; "
            + worded('use of="call", or ', "")
            + "bring the scores to one scale."
        )
    if kind == "score" and reads.score is None:
        raise InputError('the reads have no column score; use of="call", or add the scores.')
    place = reads.modality_index(modality)
    values = (reads.needed_call() if kind == "call" else reads.needed_score())[place]
    if values.shape[0] < 2 and not reads.again:
        raise InputError("agreement needs two readers, or a second reading by the same reader.")
    units = np.arange(values.shape[1]) if reads.cluster is None else reads.cluster
    among = "cases" if reads.cluster is None else "patients"
    pairs = _Pairs(values, units, among)
    left_out = _left_out(values)
    several = "; Fleiss' and Gwet's coefficients with Gwet's linearised errors"
    return ReaderAgreement(
        **counts(reads.y_true, reads.cluster),
        method=(
            f"{KAPPA[kind]} of pairs with a jackknife over {among}{'' if left_out else several}"
        ),
        warnings=(*reads.warnings, *left_out, *_incomplete(values, kind)),
        of=kind,
        modality=reads.modalities[place],
        readers=reads.readers,
        kappa=frozen(pairs.matrix()),
        rows=tuple(_rows(reads, values, pairs, kind, level, bool(left_out))),
        pairs=tuple(
            AgreementRow(
                f"{reads.readers[a]} and {reads.readers[b]}",
                KAPPA[kind],
                pairs.mean([(a, b)], level),
                2,
                int((~np.isnan(values[[a, b]])).all(axis=0).sum()),
            )
            for a, b in pairs.all
        ),
        repeated=tuple(_repeated(reads, values, place, kind, level)),
    )


class _Pairs:
    """Kappa of every pair of readers, with and without each unit.

    With quadratic weights (and for two categories always) kappa is
    ``2 cov(x, y) / (var x + var y + (mean x - mean y)^2)``, so sums over units are enough.
    """

    def __init__(self, values: FloatArray, units: IntArray, among: str) -> None:
        self.size = values.shape[0]
        self.method = f"jackknife over {among}"
        self.all = list(combinations(range(self.size), 2))
        self.place = {pair: k for k, pair in enumerate(self.all)}
        kappas = [_kappas(values[a], values[b], units) for a, b in self.all]
        self.kappa = np.array([whole for whole, _ in kappas])
        self.left = np.array([left for _, left in kappas])

    def matrix(self) -> FloatArray:
        """The kappas (r, r), NaN on the diagonal."""
        table = np.full((self.size, self.size), np.nan)
        for (a, b), kappa in zip(self.all, self.kappa, strict=True):
            table[a, b] = table[b, a] = kappa
        return table

    def mean(self, pairs: list[tuple[int, int]], level: float) -> Estimate:
        """The mean kappa of some pairs, those without one left out."""
        chosen = [self.place[pair] for pair in pairs]
        known = [k for k in chosen if not np.isnan(self.kappa[k])]
        if not known:
            return Estimate(np.nan, np.nan, np.nan, level, "no pair with a kappa")
        left = self.left[known].mean(axis=0)
        n = left.size
        se = float(np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum()))
        value = float(self.kappa[known].mean())
        if not se > SLIVER:
            return Estimate(value, np.nan, np.nan, level, f"{self.method}: no interval", np.nan)
        return wald(value, se, level, self.method, bounds=(-1, 1))


def _kappas(x: FloatArray, y: FloatArray, units: IntArray) -> tuple[float, FloatArray]:
    """Kappa of two readers on their common cases, and without each unit."""
    both = ~np.isnan(x) & ~np.isnan(y)
    a, b = np.where(both, x, 0.0), np.where(both, y, 0.0)
    sums = cluster_sums(np.stack([both, a, b, a * a, b * b, a * b], axis=1).astype(float), units).T
    whole = sums.sum(axis=1, keepdims=True)
    return float(_kappa(whole)[0]), _kappa(whole - sums)


def _kappa(sums: FloatArray) -> FloatArray:
    """Kappa from n, sum x, sum y, sum x^2, sum y^2, sum xy."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y = sums[1] / sums[0], sums[2] / sums[0]
        var_x, var_y = sums[3] / sums[0] - mean_x**2, sums[4] / sums[0] - mean_y**2
        shared = sums[5] / sums[0] - mean_x * mean_y
        spread = var_x + var_y + (mean_x - mean_y) ** 2
        return np.asarray(np.where(spread > 1e-12, 2 * shared / spread, np.nan))


def _rows(
    reads: Reads, values: FloatArray, pairs: _Pairs, kind: str, level: float, finer: bool
) -> list[AgreementRow]:
    """All readers together, each level, and each two levels; ``finer`` than categories or not."""
    if values.shape[0] < 2:
        return []
    members = {EVERYONE: list(range(values.shape[0]))}
    levels = sorted(set(reads.levels or ()))
    if len(levels) > 1:
        for name in levels:
            own = [r for r, label in enumerate(reads.levels or ()) if label == name]
            members[f"within {name}"] = own
    rows = []
    for among, own in members.items():
        if len(own) > 1:
            if not finer:
                rows += _categorical(reads, values, own, among, kind, level)
            if kind == "score":
                rows += _correlation(reads, values, own, among, level)
            mean = pairs.mean(list(combinations(own, 2)), level)
            rows.append(_row(values, own, among, f"mean {KAPPA[kind]} of pairs", mean))
    for a, b in combinations(levels, 2):
        first, second = members[f"within {a}"], members[f"within {b}"]
        across = [(min(i, j), max(i, j)) for i in first for j in second]
        among = f"between {a} and {b}"
        name = f"mean {KAPPA[kind]} of pairs"
        rows.append(_row(values, first + second, among, name, pairs.mean(across, level)))
    return rows


def _left_out(values: FloatArray) -> tuple[str, ...]:
    """Why scores have no coefficient for categories, where they have none."""
    different = np.unique(values[~np.isnan(values)]).size
    if different <= MOST:
        return ()
    return (
        f"the scores take {different} different values: Fleiss' and Gwet's coefficients are for "
        "categories and left out.",
    )


def _incomplete(values: FloatArray, kind: str) -> tuple[str, ...]:
    """Why some readers' scores have no intraclass correlation."""
    if kind == "call" or values.shape[0] < 2 or not np.isnan(values).any():
        return ()
    return ("ICC(2,1) needs every read and is left out where one is missing.",)


def _seen(reads: Reads, values: FloatArray, own: list[int]) -> tuple[FloatArray, IntArray | None]:
    """Ratings (n, k) of the cases that some of these readers saw, and their patients."""
    ratings = values[own].T
    seen = ~np.isnan(ratings).all(axis=1)
    return ratings[seen], None if reads.cluster is None else reads.cluster[seen]


def _categorical(
    reads: Reads, values: FloatArray, own: list[int], among: str, kind: str, level: float
) -> list[AgreementRow]:
    """Coefficients for several raters and categories."""
    ratings, cluster = _seen(reads, values, own)
    weights = "quadratic" if kind == "score" else None
    rows = []
    for coefficient, name in (("fleiss", "Fleiss' kappa"), ("gwet", GWET[kind])):
        found = rater_agreement(
            ratings,
            coefficient=coefficient,  # type: ignore[arg-type]
            weights=weights,  # type: ignore[arg-type]
            cluster=cluster,
            confidence_level=level,
        )
        rows.append(_row(values, own, among, name, found.estimate))
        if coefficient == "fleiss":
            rows.append(_row(values, own, among, "observed agreement", found.observed))
    return rows


def _correlation(
    reads: Reads, values: FloatArray, own: list[int], among: str, level: float
) -> list[AgreementRow]:
    """The intraclass correlation, where no read is missing."""
    ratings, cluster = _seen(reads, values, own)
    if np.isnan(ratings).any():
        return []
    found = icc(ratings, cluster=cluster, confidence_level=level).estimate
    return [_row(values, own, among, "ICC(2,1)", _with_width(found))]


def _with_width(found: Estimate) -> Estimate:
    """No interval rather than one without width: raters who never differ have no error."""
    if found.high - found.low > SLIVER:
        return found
    return replace(found, low=np.nan, high=np.nan, method=f"{found.method}: no interval")


def _row(
    values: FloatArray, own: list[int], among: str, coefficient: str, estimate: Estimate
) -> AgreementRow:
    cases = int((~np.isnan(values[own])).any(axis=0).sum())
    return AgreementRow(among, coefficient, estimate, len(own), cases)


def _repeated(
    reads: Reads, values: FloatArray, place: int, kind: str, level: float
) -> list[AgreementRow]:
    """Every reader's first reading against the second."""
    if not reads.again:
        return []
    second = reads.again[0][0 if kind == "score" else 1]
    if second is None:
        return []
    units = np.arange(values.shape[1]) if reads.cluster is None else reads.cluster
    rows = []
    for r, reader in enumerate(reads.readers):
        two = np.stack([values[r], second[place, r]])
        common = _common(two)
        if common.sum() < 2:
            continue
        cluster = None if reads.cluster is None else reads.cluster[common]
        own = f"{reader}, first and second reading"
        among = "cases" if reads.cluster is None else "patients"
        kappa = _Pairs(two, units, among).mean([(0, 1)], level)
        rows.append(_row(two, [0, 1], own, KAPPA[kind], kappa))
        if kind == "score":
            found = icc(two[:, common].T, cluster=cluster, confidence_level=level).estimate
            rows.append(_row(two[:, common], [0, 1], own, "ICC(2,1)", _with_width(found)))
    return rows


def _common(two: FloatArray) -> BoolArray:
    return np.asarray((~np.isnan(two)).all(axis=0))
