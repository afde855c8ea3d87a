"""Reader-averaged areas and shares where not every reader read every case: U-statistics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._numerals import no_number
from radln._result import Result, format_p
from radln._spelling import one_spelling
from radln._types import Alternative, ArrayLike, BoolArray, FloatArray
from radln.errors import InputError, ShapeError
from radln.stats._cases import case_wise
from radln.stats._intervals import ALTERNATIVES
from radln.stats._widths import one_sided
from radln.stats._ztest import check_margin, hypothesis
from radln.stats.readers._inference import margin_lines, margin_said
from radln.stats.readers.below_chance import Given, findings, ranked
from radln.stats.readers.partly_crossed._averages import (
    PLUG_IN,
    UNBIASED,
    Question,
    ReaderAverage,
    Study,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIGURES = ("auc", "sensitivity", "specificity")
ESTIMATORS = (UNBIASED, PLUG_IN)
FEW_READERS = 4


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class UStatistics(Result):
    """Averages over random readers and random cases, for any design.

    ``averages`` holds every modality and every difference, each with the unbiased and with the
    V-statistic's variance. ``per_reader`` has one row a modality and reader, and a pair of
    modalities and reader. ``components`` holds the variance: Gallas's moments ("BDG") and the
    components of Barrett, Clarkson and Kupinski ("BCK": N negative cases, D positive ones, R
    readers) with their coefficients; component times coefficient sums to the variance, or, for two
    modalities, to the covariance.
    """

    figure: str
    readers: tuple[str, ...]
    modalities: tuple[str, ...]
    averages: tuple[ReaderAverage, ...]
    per_reader: pd.DataFrame
    components: pd.DataFrame
    alternative: Alternative
    margin: float | None

    def average(self, modality: str, *, estimator: str = UNBIASED) -> ReaderAverage:
        """The average of one modality."""
        return self._find(modality, None, estimator)

    def difference(
        self, modality_a: str, modality_b: str, *, estimator: str = UNBIASED
    ) -> ReaderAverage:
        """The difference of two modalities, in the order of ``modalities``."""
        return self._find(modality_a, modality_b, estimator)

    def _find(self, a: str, b: str | None, estimator: str) -> ReaderAverage:
        _check.choice(estimator, ESTIMATORS, name="estimator")
        for average in self.averages:
            if (average.modality_a, average.modality_b, average.estimator) == (a, b, estimator):
                return average
        known = ", ".join(dict.fromkeys(average.label for average in self.averages))
        raise InputError(f"there is no {a!r} against {b!r} here; there are {known}.")

    def frame(self) -> pd.DataFrame:
        """One row an average or difference and kind of variance."""
        return pd.DataFrame(
            [
                {
                    "modality_a": average.modality_a,
                    "modality_b": average.modality_b or "",
                    "figure": self.figure,
                    "estimator": average.estimator,
                    "n_readers": average.n_readers,
                    "n_positive": average.n_positive,
                    "n_negative": average.n_negative,
                    "value": average.estimate.value,
                    "low": average.estimate.low,
                    "high": average.estimate.high,
                    "se": average.estimate.se,
                    "variance": average.variance,
                    "df": average.df,
                    "statistic": average.statistic,
                    "pvalue": average.pvalue,
                    "confidence_level": average.estimate.confidence_level,
                }
                for average in self.averages
            ]
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Every reader, and the average below: the first difference, or the only modality.

        Where the unbiased variance is negative the V-statistic's interval stands below.
        """
        from radln._draw.bars import draw_forest

        own = next((one for one in self.averages if one.modality_b), self.averages[0])
        if own.variance < 0:
            own = self._find(own.modality_a, own.modality_b, PLUG_IN)
        rows = self.per_reader
        rows = rows[rows["modality_a"] == own.modality_a]
        rows = rows[rows["modality_b"] == (own.modality_b or "")]
        name = "AUC" if self.figure == "auc" else self.figure.capitalize()
        percent = round(100 * own.estimate.confidence_level, 2)
        return draw_forest(
            [*rows["reader"], f"average ({own.estimator})"],
            np.append(rows["value"], own.estimate.value),
            np.append(rows["low"], own.estimate.low),
            np.append(rows["high"], own.estimate.high),
            xlabel=f"{name}, {own.label} ({percent:g} % interval)"
            + (margin_said(self.alternative, self.margin) if own.modality_b else ""),
            reference=0.0 if own.modality_b else None,
            margins=margin_lines(self.alternative, self.margin) if own.modality_b else (),
            summaries=1,
            title=f"{len(rows)} readers, {self.n} cases, {self.n_positive} positive",
            ax=ax,
        )

    def summary(self) -> str:
        """Every average and difference in words; the other variance where one is negative."""
        name = "AUC" if self.figure == "auc" else self.figure
        said = [f"{len(self.readers)} readers, {self.n} cases ({self.n_positive} positive)."]
        for average in self.averages:
            alone = self._find(average.modality_a, average.modality_b, UNBIASED).variance >= 0
            if average.estimator == PLUG_IN and alone:
                continue
            about = f"{name} {average.label}: {average.estimate.format(3)}"
            about += f" ({average.estimator} variance"
            about += "" if np.isnan(average.df) else f", {average.df:.1f} df"
            compared = average.modality_b is not None
            about += f"; {format_p(average.pvalue)})." if compared else ")."
            said.append(about)
        if len(self.modalities) > 1:
            tested = hypothesis(self.alternative, self.margin).replace("AUC a", f"{name} a")
            said.append(f"Tested: {tested}.")
        return " ".join((*said, f"{self.method}."))


@case_wise()
def u_statistics(
    y_true: ArrayLike,
    score: ArrayLike,
    *,
    readers: Sequence[str],
    modalities: Sequence[str],
    figure: str = "auc",
    cluster: ArrayLike | None = None,
    alternative: Alternative = "two-sided",
    margin: float | None = None,
    confidence_level: float = 0.95,
) -> UStatistics:
    """How good is the average reader, and which modality is better, if not all read all cases?

    Parameters
    ----------
    y_true : shape (n_cases,), 0/1
    score : shape (n_modalities, n_readers, n_cases)
        Higher means more likely positive; for sensitivity and specificity the calls, 0 or 1. NaN
        where that reader did not read that case in that modality.
    readers, modalities
        Their names.
    figure : auc, sensitivity or specificity
    cluster : shape (n_cases,), optional
        The patient of every case. Several cases of a patient are refused.
    alternative : two-sided, greater or less
        Of the difference a − b; a modality's own area is tested against 0.5 two-sided.
    margin : in (0, 1), optional
        Non-inferiority (``greater``: a is not worse than b by the margin) or equivalence.
    confidence_level : in (0, 1)

    Returns
    -------
    UStatistics

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    Readers and cases are random; readers read independently of each other given the case; which
    read is missing has nothing to do with its score. The average weighs every pair of a positive
    and a negative case (every call, for a share) that a reader read alike, so a reader who read
    more counts more.

    The unbiased variance may be negative (in one of five studies of 5 readers who each read 60 % of
    60 cases); it is then shown, without an interval, beside the V-statistic's, which is too large
    on average, and which may be negative itself where the design is not fully crossed. Intervals
    are Student's on the degrees of freedom of the reader and case components ("BDG"), rounded down,
    normal above 50, cut off at 0 and 1 (of differences at -1 and 1), as iMRMC's are not. All else
    as iMRMC's ``doIMRMC`` for areas and its ``uStat11.jointD`` for shares, which has no degrees of
    freedom of its own: ours use the reader's and the case's component.

    References
    ----------
    Gallas 2006, doi:10.1016/j.acra.2005.11.030; Gallas, Bandos, Samuelson and Wagner 2009,
    doi:10.1080/03610920802610084; Gallas and Brown 2008, doi:10.1016/j.neunet.2007.12.013;
    Clarkson, Kupinski and Barrett 2006, https://pmc.ncbi.nlm.nih.gov/articles/PMC2844793.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(40) % 2
    >>> score = y + rng.standard_normal(40) + rng.standard_normal((2, 5, 40))
    >>> score[:, rng.random((5, 40)) < 0.3] = np.nan
    >>> found = u_statistics(y, score, readers=list("abcde"), modalities=["plain", "aided"])
    >>> print(found.difference("plain", "aided").estimate)
    0.021 (−0.102 to 0.145)
    """
    _check.choice(figure, FIGURES, name="figure")
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    check_margin(margin)
    level = _check.fraction(confidence_level, name="confidence_level")
    positive = _check.outcome(y_true)
    reads = _reads(score, positive.size, figure)
    who = _names(readers, "readers", reads.shape[1])
    where = _names(modalities, "modalities", reads.shape[0])
    seen = np.asarray(~np.isnan(reads).all(axis=(0, 1)), dtype=np.bool_)
    patients = _patients(cluster, seen)
    study = Study(positive, reads, who, where, figure)
    _enough(study)
    averages, components = study.averages(Question(level, alternative, margin))
    return UStatistics(
        n=int(seen.sum()),
        n_positive=int((seen & positive).sum()),
        n_patients=patients,
        method=(
            "U-statistics for any design of readers and cases (Gallas), both random; Student's t "
            "with Satterthwaite's degrees of freedom from the components of readers and of cases"
        ),
        warnings=(
            *_against_truth(positive, reads, who, where, figure),
            *_about_reads(study, reads),
            *_about_averages(averages),
            *_one_sided(averages),
        ),
        figure=figure,
        readers=who,
        modalities=where,
        averages=tuple(averages),
        per_reader=study.per_reader(level),
        components=components,
        alternative=alternative,
        margin=margin,
    )


def _reads(score: ArrayLike, n: int, figure: str) -> FloatArray:
    """The reads as (modality, reader, case); calls are 0 and 1."""
    try:
        reads = np.asarray(score, dtype=np.float64)
    except (TypeError, ValueError) as error:
        words = no_number(np.ravel(np.asarray(score, dtype=object)), name="score")
        raise InputError(words or f"score must be numeric: {error}.") from error
    if reads.ndim != 3 or reads.shape[2] != n or 0 in reads.shape:
        raise ShapeError(
            f"score has shape {reads.shape}; it must be (modalities, readers, cases), with the "
            f"{n} cases of y_true last."
        )
    if np.isinf(reads).any():
        raise InputError("score holds infinite values; write NaN where a case was not read.")
    if figure != "auc" and not np.isin(reads[~np.isnan(reads)], (0, 1)).all():
        raise InputError(
            f"score must hold calls (0, 1, or NaN where not read) for {figure}; cut the scores at "
            "a threshold that was fixed beforehand."
        )
    return reads


def _names(names: Sequence[str], name: str, n: int) -> tuple[str, ...]:
    """As many different names as there are."""
    listed = tuple(
        _check.text(one, name=f"a name in {name}") for one in _check.listed(names, name=name)
    )
    if len(listed) != n:
        raise ShapeError(f"{name} names {len(listed)}, but score has {n}; one name each.")
    one_spelling(listed, name=name)
    twice = sorted({one for one in listed if listed.count(one) > 1})
    if twice:
        raise InputError(f"{name} holds {twice[0]!r} more than once; give each its own name.")
    return listed


def _patients(cluster: ArrayLike | None, seen: BoolArray) -> int:
    """The number of patients; several cases of one are refused."""
    codes = _check.clusters(cluster, seen.size)
    if codes is None:
        return int(seen.sum())
    patients = int(np.unique(codes[seen]).size)
    if patients < seen.sum():
        raise InputError(
            f"cluster says that {int(seen.sum())} cases come from {patients} patients; the "
            "moments of U-statistics take cases as independent. Use the Obuchowski-Rockette "
            "analysis with the patient-level jackknife, or keep one case a patient."
        )
    return patients


def _enough(study: Study) -> None:
    """Two readers of a modality, and two cases of each kind, that differ from each other."""
    absent = [not study.read[:, j].any() for j in range(len(study.readers))]
    if any(absent):
        names = ", ".join(name for name, gone in zip(study.readers, absent, strict=True) if gone)
        raise InputError(f"score: {names} of readers read nothing at all; leave them out.")
    for a, modality in enumerate(study.modalities):
        reading = int((study.weights[a] > 0).sum())
        if reading < 2:
            kind = {"auc": "cases of both classes"}.get(study.figure, "any case that counts")
            raise InputError(
                f"score: {reading} reader(s) of {modality!r} read {kind}; the variance between "
                "readers needs two or more. Leave the modality out, or speak of these readers "
                "alone with auc or compare_auc."
            )
        if np.isnan(study.decomposed(a, a).variance):
            raise InputError(
                f"score: the reads of {modality!r} hold no two readers with different cases of "
                "each class, so no variance can be estimated; more cases are needed."
            )


def _about_reads(study: Study, reads: FloatArray) -> Iterable[str]:
    """What must be said of the design."""
    share = study.read[:, :, study.read.any(axis=(0, 1))].mean()
    if share < 1:
        yield (
            f"not fully crossed: {share:.1%} of all reads were made; readers and cases with more "
            "reads weigh more, and a missing read must have nothing to do with what it would say."
        )
    if len(study.readers) < FEW_READERS:
        yield (
            f"{len(study.readers)} readers say little about other readers; prefer the analysis for "
            "fixed readers, which applies to these readers alone."
        )
    for a, modality in enumerate(study.modalities):
        idle = [
            name for name, weight in zip(study.readers, study.weights[a], strict=True) if not weight
        ]
        if idle:
            yield (
                f"in {modality}, {', '.join(idle)} read no pair of a positive and a negative case "
                if study.figure == "auc"
                else f"in {modality}, {', '.join(idle)} read no case that counts "
            ) + "and add nothing to the average."
        if study.figure == "auc":
            flat = [
                name
                for name, one in zip(study.readers, reads[a], strict=True)
                if name not in idle and np.unique(one[~np.isnan(one)]).size == 1
            ]
            if flat:
                yield f"in {modality}, {', '.join(flat)} gave every case the same score (AUC 0.5)."


def _against_truth(
    positive: BoolArray, reads: FloatArray, who: Sequence[str], where: Sequence[str], figure: str
) -> tuple[str, ...]:
    """Readers whose scores rank against the truth."""
    given = [
        Given(reader, "reader", name if len(where) > 1 else "", reads[m, r], figure != "auc")
        for m, name in enumerate(where)
        for r, reader in enumerate(who)
    ]
    return findings(ranked(positive, given, None))


def _one_sided(averages: Sequence[ReaderAverage]) -> tuple[str, ...]:
    """What must be said of two modalities of which one has no spread."""
    own = {one.modality_a: one.variance for one in averages[::2] if one.modality_b is None}
    return one_sided(
        (one.label, own[one.modality_a], own[one.modality_b])
        for one in averages[::2]
        if one.modality_b is not None
    )


def _about_averages(averages: Sequence[ReaderAverage]) -> Iterable[str]:
    """Negative and zero variances; intervals that leave the scale."""
    for own, other in zip(averages[::2], averages[1::2], strict=True):
        if own.variance < 0 and other.variance < 0:
            yield (
                f"both variances of {own.label} are negative ({own.variance:.3g} unbiased, "
                f"{other.variance:.3g} as V-statistic), so there is no interval; use the "
                "Obuchowski-Rockette analysis, whose variance cannot be negative."
            )
        elif own.variance < 0:
            yield (
                f"the unbiased variance of {own.label} is negative ({own.variance:.3g}), so it "
                "gives no interval; the V-statistic's, which is too large on average, stands "
                "beside it."
            )
        elif other.variance < 0:
            yield (
                f"the V-statistic's variance of {own.label} is negative ({other.variance:.3g}); "
                "the unbiased one stands beside it."
            )
        elif own.variance == 0 or np.isnan(own.df):
            yield f"{own.label}: no interval, since the reads hardly vary."
        ends = own.estimate.low, own.estimate.high
        if own.modality_b is None and (ends[0] < 0 or ends[1] > 1):
            yield f"the interval of {own.label} reaches beyond the scale of 0 to 1."
