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
from radln.stats._intervals import counts
from radln.stats.agreement._ratings import MOST
from radln.stats.agreement.icc import correlation_of
from radln.stats.agreement.rater_agreement import Coefficient, agreement_of
from radln.stats.readers._pairs import SLIVER, Pairs
from radln.stats.readers._reads import Reads
from radln.stats.readers.columns import in_modality

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KAPPA = {"call": "Cohen's kappa", "score": "quadratic-weighted kappa"}
UNWEIGHTED = "unweighted kappa"
WEIGHTS = {"call": "", "score": ", quadratic weights"}
GWET = {"call": "Gwet's AC1", "score": "Gwet's AC2, quadratic weights"}
EXACT = "exact agreement"
EVERYONE = "all readers"


@dataclass(frozen=True)
class AgreementRow:
    """One coefficient among some readers.

    ``counted`` holds how many agreed, of how many, where the estimate is a plain share of two
    reads of the same cases.
    """

    among: str
    coefficient: str
    estimate: Estimate
    n_readers: int
    n_cases: int
    counted: tuple[int, int] | None = None


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
                    "agreed": np.nan if row.counted is None else row.counted[0],
                    "of": np.nan if row.counted is None else row.counted[1],
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
            f"Agreement of {len(self.readers)} readers on the {self.of}"
            f"{in_modality(self.modality)}, {self.n} cases of {self.n_patients} patients: "
            f"{said}. {self.method}."
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
        weights, beside them without and the exact agreement, and ICC(2,1); of scores too fine for
        categories only weighted kappas of pairs and ICC. The calls where there are any, by default.
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
    pairs = Pairs(values, units, among)
    left_out = _left_out(values)
    plain = None if kind == "call" or left_out else Pairs(values, units, among, weighted=False)
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
        rows=tuple(_rows(reads, values, pairs, plain, kind, level, bool(left_out))),
        pairs=_each_pair(reads, values, pairs, plain, kind, level),
        repeated=tuple(_repeated(reads, values, place, kind, level, finer=bool(left_out))),
    )


def _each_pair(
    reads: Reads, values: FloatArray, pairs: Pairs, plain: Pairs | None, kind: str, level: float
) -> tuple[AgreementRow, ...]:
    """The kappa of every pair of readers first, then what stands beside it."""
    rows = [
        _of_pair(
            reads,
            f"{reads.readers[a]} and {reads.readers[b]}",
            values[[a, b]],
            (a, b),
            pairs,
            plain,
            kind,
            level,
        )
        for a, b in pairs.all
    ]
    beside = [row for own in rows for row in own[1:]]
    return (*(own[0] for own in rows), *beside)


def _exact(reads: Reads, two: FloatArray, level: float) -> Estimate:
    """The share of common cases that two readings put into one and the same category."""
    common = _common(two)
    if common.sum() < 2:
        return Estimate(np.nan, np.nan, np.nan, level, "fewer than two common cases")
    cluster = None if reads.cluster is None else reads.cluster[common]
    return agreement_of(two[:, common].T, "fleiss", None, None, cluster, level).exact


def _of_pair(
    reads: Reads, among: str, two: FloatArray, pair: tuple[int, int], pairs: Pairs,
    plain: Pairs | None, kind: str, level: float,
) -> list[AgreementRow]:  # fmt: skip
    """The kappa of two readings; of scores also without weights, and the exact agreement."""
    common = int(_common(two).sum())
    rows = [AgreementRow(among, KAPPA[kind], pairs.mean([pair], level), 2, common)]
    if plain is not None:
        unweighted = plain.mean([pair], level)
        rows.append(AgreementRow(among, UNWEIGHTED, unweighted, 2, common))
    if kind == "call" or plain is not None:
        same = int((two[0] == two[1]).sum())
        exact = _exact(reads, two, level)
        rows.append(AgreementRow(among, EXACT, exact, 2, common, (same, common)))
    return rows


def _rows(
    reads: Reads, values: FloatArray, pairs: Pairs, plain: Pairs | None, kind: str, level: float,
    finer: bool,
) -> list[AgreementRow]:  # fmt: skip
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
            rows += _means(
                values, own, among, list(combinations(own, 2)), pairs, plain, kind, level
            )
    for a, b in combinations(levels, 2):
        first, second = members[f"within {a}"], members[f"within {b}"]
        across = [(min(i, j), max(i, j)) for i in first for j in second]
        among = f"between {a} and {b}"
        rows += _means(values, first + second, among, across, pairs, plain, kind, level)
    return rows


def _means(
    values: FloatArray, own: list[int], among: str, chosen: list[tuple[int, int]],
    pairs: Pairs, plain: Pairs | None, kind: str, level: float,
) -> list[AgreementRow]:  # fmt: skip
    """The mean kappa of some pairs; of scores also without weights."""
    name = f"mean {KAPPA[kind]} of pairs"
    rows = [_row(values, own, among, name, pairs.mean(chosen, level))]
    if plain is not None:
        name = f"mean {UNWEIGHTED} of pairs"
        rows.append(_row(values, own, among, name, plain.mean(chosen, level)))
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
    coefficients: tuple[Coefficient, Coefficient] = ("fleiss", "gwet")
    found = {
        coefficient: agreement_of(
            ratings,
            coefficient,
            "quadratic" if kind == "score" else None,
            None,
            cluster,
            level,
        )
        for coefficient in coefficients
    }
    fleiss, gwet = found["fleiss"], found["gwet"]
    named = [(f"Fleiss' kappa{WEIGHTS[kind]}", fleiss.estimate)]
    if kind == "score":
        named += [
            ("Fleiss' kappa, unweighted", fleiss.unweighted),
            ("agreement, quadratic weights", fleiss.observed),
        ]
    named += [(EXACT, fleiss.exact), (GWET[kind], gwet.estimate)]
    if kind == "score":
        named.append(("Gwet's AC1, unweighted", gwet.unweighted))
    counted = _pairs_alike(values[own])
    return [
        replace(_row(values, own, among, name, one), counted=counted if name == EXACT else None)
        for name, one in named
    ]


def _pairs_alike(values: FloatArray) -> tuple[int, int] | None:
    """Pairs of reads of a case that agree, of all; None where reads are missing."""
    if np.isnan(values).any():
        return None
    alike = [int((one == other).sum()) for one, other in combinations(values, 2)]
    return sum(alike), len(alike) * values.shape[1]


def _correlation(
    reads: Reads, values: FloatArray, own: list[int], among: str, level: float
) -> list[AgreementRow]:
    """The intraclass correlation, where no read is missing."""
    ratings, cluster = _seen(reads, values, own)
    if np.isnan(ratings).any():
        return []
    found = correlation_of(ratings, "ICC(2,1)", False, cluster, level).estimate
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
    reads: Reads, values: FloatArray, place: int, kind: str, level: float, *, finer: bool
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
        pairs = Pairs(two, units, among)
        plain = None if kind == "call" or finer else Pairs(two, units, among, weighted=False)
        rows += _of_pair(reads, own, two, (0, 1), pairs, plain, kind, level)
        if kind == "score":
            found = correlation_of(two[:, common].T, "ICC(2,1)", False, cluster, level).estimate
            rows.append(_row(two[:, common], [0, 1], own, "ICC(2,1)", _with_width(found)))
    return rows


def _common(two: FloatArray) -> BoolArray:
    return np.asarray((~np.isnan(two)).all(axis=0))
