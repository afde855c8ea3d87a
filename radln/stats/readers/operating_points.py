"""A model at the readers' own operating points: same sensitivity, or same specificity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln._result import Estimate, MainResult, estimate_row, format_p, frozen
from radln._types import Alternative, BoolArray, FloatArray, IntArray, Rng
from radln.errors import InputError
from radln.stats._intervals import ALTERNATIVES, counts
from radln.stats._widths import one_sided
from radln.stats._ztest import check_margin
from radln.stats.discrimination._curves import (
    Ranking,
    ranking,
    sensitivity_at,
    specificity_at,
)
from radln.stats.readers._differences import holm
from radln.stats.readers._inference import (
    aimed,
    interval,
    margin_lines,
    margin_said,
    narrower,
    tested,
)
from radln.stats.readers._merit import Figure, check_classes
from radln.stats.readers._reads import Reads
from radln.stats.readers._variance import Spread, off_diagonal
from radln.stats.readers.columns import in_modality
from radln.stats.readers.sampling import FEWEST_CASES, FEWEST_RANDOM, few_cases, one_reader
from radln.stats.resample import about_resampling, resampled_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes


MAJORITY = "majority of readers"
AVERAGE = "average reader"
ENOUGH = 30  # cases of the matched class from which on tests held their level


@dataclass(frozen=True)
class OperatingPoint:
    """One reader (or the majority) and the model brought to that reader's level.

    ``at`` is the reader's own sensitivity (or specificity), ``reader_value`` what the reader
    reaches there of the other, ``model_value`` what the model reaches; ``difference`` is model
    minus reader.
    """

    reader: str
    at: float
    reader_value: float
    model_value: float
    difference: Estimate
    statistic: float
    pvalue: float
    pvalue_adjusted: float


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class OperatingPoints(MainResult):
    """A model against each reader at the reader's operating point, and on average.

    ``metric`` is what is compared, ``matched_on`` what is held equal. ``average`` is the mean of
    the readers' differences, with ``df`` of its test (infinite for fixed readers).
    """

    model: str
    metric: str
    matched_on: str
    points: tuple[OperatingPoint, ...]
    majority: OperatingPoint | None
    average: Estimate
    statistic: float
    df: float
    pvalue: float
    random: tuple[str, ...]
    alternative: Alternative
    margin: float | None

    @property
    def main(self) -> Estimate:
        """The mean of the readers' differences."""
        return self.average

    def frame(self) -> pd.DataFrame:
        """The average, the majority, then each reader."""
        rows = [
            {
                **estimate_row(self.average, reader=AVERAGE, metric=self.metric),
                "statistic": self.statistic,
                "pvalue": self.pvalue,
            }
        ]
        majority = () if self.majority is None else (self.majority,)
        for point in (*majority, *self.points):
            rows.append(
                {
                    **estimate_row(point.difference, reader=point.reader, metric=self.metric),
                    self.matched_on: point.at,
                    "reader_value": point.reader_value,
                    "model_value": point.model_value,
                    "statistic": point.statistic,
                    "pvalue": point.pvalue,
                    "pvalue_adjusted": point.pvalue_adjusted,
                }
            )
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The comparison in words."""
        better = sum(point.difference.low > 0 for point in self.points)
        worse = sum(point.difference.high < 0 for point in self.points)
        who = "readers like these" if "readers" in self.random else "these readers"
        aim = aimed(self.model, "the readers", self.alternative, self.margin)
        text = (
            f"At each reader's own {self.matched_on} the {self.metric} of {self.model} minus that "
            f"of the reader is {self.average.format(3)} on average ({who}), "
            f"{format_p(self.pvalue)}{aim}"
        )
        if not all(np.isnan(point.difference.low) for point in self.points):
            text += (
                f"; higher than {better} and lower than {worse} of {len(self.points)} readers with "
                "an interval that excludes 0"
            )
        if self.majority is not None:
            text += (
                f"; against the majority {self.majority.difference.format(3)}, "
                f"{format_p(self.majority.pvalue)}"
            )
        return (
            f"{text}. n = {self.n} cases ({self.n_positive} diseased, {self.n_patients} "
            f"patients); {self.method}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Model minus each reader at the reader's operating point, then majority and average."""
        from radln._draw.bars import draw_forest

        majority = () if self.majority is None else (self.majority,)
        rows = [(p.reader, p.difference) for p in (*self.points, *majority)]
        rows.append((AVERAGE, self.average))
        return draw_forest(
            [name for name, _ in rows],
            *np.array([(one.value, one.low, one.high) for _, one in rows]).T,
            xlabel=f"{self.metric} at the same {self.matched_on}: {self.model} minus reader"
            + margin_said(self.alternative, self.margin),
            margins=margin_lines(self.alternative, self.margin),
            texts=[one.format(2) for _, one in rows],
            reference=0.0,
            summaries=len(majority) + 1,
            title=f"n = {self.n} cases ({self.n_positive} diseased)",
            ax=ax,
        )


def at_operating_points(
    reads: Reads,
    model: str | None = None,
    *,
    modality: str | None = None,
    matched_on: str = "sensitivity",
    readers: str | None = None,
    margin: float | None = None,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> OperatingPoints:
    """At each reader's own sensitivity, how does the model's specificity compare?

    Parameters
    ----------
    model, modality
        As for :meth:`compare_with_model`.
    matched_on
        ``sensitivity``: specificities are compared; ``specificity``: the reverse.
    readers
        For the average: ``random`` (from four readers on by default) or ``fixed``.
    margin, alternative
        As for :meth:`compare_with_model`.
    confidence_level : in (0, 1)
    n_resamples, rng
        Of the patient bootstrap.

    Returns
    -------
    OperatingPoints
        Each reader, the majority of the readers (a tie counts as positive) where there are
        three or more, and the average reader.

    Raises
    ------
    InputError, LeakageError, SingleClassError

    Notes
    -----
    The model's cut-off is set anew in every resample to the reader's level there, so that its
    uncertainty is in the interval: Student's t on the bootstrap's error (times n / (n - 1)), n
    being the patients of the rarer class. With fewer than 20 cases of the class that sets the
    level there is no interval and no test: the error was a fifth too small in simulations.
    McNemar's test with a cut-off set on the same cases rejects 13 to 15 % of true nulls. Readers'
    p-values are Holm-adjusted; the average takes the readers' differences by Obuchowski and
    Rockette, with the bootstrap's covariance.

    References
    ----------
    Pepe 2003, The Statistical Evaluation of Medical Tests, ISBN 9780198509844.

    Examples
    --------
    >>> from radln import ReaderStudy
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(5)
    >>> y = np.arange(80) % 2
    >>> reads = pd.concat([
    ...     pd.DataFrame({"case_id": range(80), "reader": reader, "y_true": y,
    ...                   "call": (y + rng.normal(size=80) > 0.5).astype(int)})
    ...     for reader in "ABC"])
    >>> model = pd.DataFrame({"case_id": range(80), "y_score": 3 * y + rng.normal(size=80)})
    >>> study = ReaderStudy.from_frame(reads, model=model)
    >>> study.at_operating_points(n_resamples=200).average.low > 0
    True
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    _check.choice(matched_on, ("sensitivity", "specificity"), name="matched_on")
    check_margin(margin)
    name, score = reads.needed_model(model)
    _refuse_calls(name, score)
    own = _calls(reads, modality)
    several = own.shape[0] > 2
    everyone = np.vstack([own, _majority(own)]) if several else own
    values, sides = _matched(reads, score, everyone, matched_on, n_resamples, rng)
    draws = sides[..., 1] - sides[..., 0]
    gaps = values[:, 2] - values[:, 1]
    r = own.shape[0]
    units = np.arange(score.size) if reads.cluster is None else reads.cluster
    case_df = min(np.unique(units[reads.y_true == one]).size for one in (True, False)) - 1.0
    if case_df < 1:
        raise InputError(
            "the diseased (or the non-diseased) cases all come from one patient, so the model "
            "cannot be compared at the readers' operating points."
        )
    # a bootstrap of n patients has (n - 1) / n of the variance that it stands for
    draws = gaps + (draws - draws.mean(axis=0)) * np.sqrt((case_df + 1) / case_df)
    matched = int((reads.y_true == (matched_on == "sensitivity")).sum())
    if matched < FEWEST_CASES:
        draws[:] = sides[:] = np.nan  # the bootstrap's error is a fifth too small there
    points = _points(
        values, gaps, draws, (*reads.readers, MAJORITY)[: len(gaps)], r,
        (alternative, margin, level), case_df,
    )  # fmt: skip
    spread, random = _average(gaps[:r], draws[:, :r], readers, case_df)
    these = _average(gaps[:r], draws[:, :r], "fixed", case_df)[0]
    test = tested(float(gaps[:r].mean()), spread, alternative, margin)
    metric = "specificity" if matched_on == "sensitivity" else "sensitivity"
    return OperatingPoints(
        **counts(reads.y_true, reads.cluster),
        method=(
            f"patient bootstrap that repeats the matching, {n_resamples} resamples; the average "
            + (
                "by Obuchowski-Rockette on the readers' differences (random readers and cases)"
                if "readers" in random
                else "over these very readers"
            )
        ),
        warnings=(
            *reads.warnings,
            *few_cases(reads),
            *_few_matched(matched, matched_on),
            *narrower(spread, these, level, f"{name} minus average reader"),
            *about_resampling(reads.y_true, reads.cluster),
            *_one_sided(name, (*reads.readers, MAJORITY)[: len(gaps)], sides, r),
        ),
        model=name,
        metric=metric,
        matched_on=matched_on,
        points=points[:r],
        majority=points[r] if several else None,
        average=interval(float(gaps[:r].mean()), spread, level, AVERAGE),
        statistic=test.statistic,
        df=spread.df,
        pvalue=test.pvalue,
        random=random,
        alternative=alternative,
        margin=margin,
    )


def _refuse_calls(name: str, score: FloatArray) -> None:
    """Refuse a model of two values, whose curve has no other points."""
    if np.unique(score).size < 3:
        raise InputError(
            f"{name} has two different values only, a yes or no: it has one operating point of its "
            "own and cannot be brought to a reader's. Give the model's probabilities"
            + worded(
                ', or compare calls with calls: compare_with_model(figure="sensitivity").', "."
            )
        )


def _calls(reads: Reads, modality: str | None) -> FloatArray:
    """The readers' calls (r, n) in one modality: complete, and with cases of both classes."""
    place = reads.modality_index(modality)
    calls = reads.needed_call()
    if np.isnan(calls[place]).any():
        raise InputError(
            f"{int(np.isnan(calls[place]).sum())} reads are missing"
            f"{in_modality(reads.modalities[place])}; "
            "the readers' operating points are compared on the same cases. Leave out the cases, or "
            "the readers, with missing reads."
        )
    pairs = np.zeros(calls.shape[:2], dtype=bool)
    pairs[place] = True
    for figure in ("sensitivity", "specificity"):
        check_classes(reads, Figure(figure), calls, pairs)
    return np.asarray(calls[place])


def _few_matched(matched: int, matched_on: str) -> list[str]:
    """What is said where the class that sets the level is small."""
    kind = "diseased" if matched_on == "sensitivity" else "non-diseased"
    if matched < FEWEST_CASES:
        return [
            f"only {matched} {kind} cases set the {matched_on}: with fewer than "
            f"{FEWEST_CASES} the error of a matched rate cannot be told (tests of true nulls "
            "rejected 14 %), so the differences have no interval and no test."
        ]
    if matched < ENOUGH:
        return [
            f"{matched} {kind} cases set the {matched_on}: with 20 to 30 tests of true "
            "nulls rejected up to 7 %."
        ]
    return []


def _majority(calls: FloatArray) -> FloatArray:
    """Positive where at least half of the readers call so: a tie is followed up, not dismissed."""
    return np.asarray((calls.mean(axis=0) >= 0.5).astype(np.float64))


def _matched(
    reads: Reads, score: FloatArray, calls: FloatArray, matched_on: str, n_resamples: int, rng: Rng
) -> tuple[FloatArray, FloatArray]:
    """(level, reader, model) of each reader (k, 3), and both values resampled (b, k, 2)."""
    ranked = ranking(score)
    once = np.ones((1, score.size), dtype=np.int64)
    values = _at(once, reads.y_true, ranked, calls, matched_on)[0]
    blocks = resampled_weights(reads.y_true, reads.cluster, n_resamples=n_resamples, rng=rng)
    draws = [_at(block, reads.y_true, ranked, calls, matched_on) for block in blocks]
    return values, np.concatenate([draw[..., 1:] for draw in draws])


def _one_sided(model: str, names: tuple[str, ...], sides: FloatArray, r: int) -> tuple[str, ...]:
    """What must be said where the reader's values, or the model's, are alike in all resamples."""
    reader, own = sides.var(axis=0).T
    return one_sided(
        (
            (f"{model} − {AVERAGE}", float(own[:r].max()), float(reader[:r].max())),
            *(
                (f"{model} − {name}", float(a), float(b))
                for name, a, b in zip(names, own, reader, strict=True)
            ),
        )
    )


def _at(
    weights: IntArray, positive: BoolArray, ranked: Ranking, calls: FloatArray, matched_on: str
) -> FloatArray:
    """Level, reader's value and model's value (b, k, 3) in each resample."""
    true, false = ranked.along(weights * positive), ranked.along(weights * ~positive)
    hits = (weights * positive) @ calls.T / (weights * positive).sum(axis=1, keepdims=True)
    alarms = (weights * ~positive) @ calls.T / (weights * ~positive).sum(axis=1, keepdims=True)
    level, other = (hits, 1 - alarms) if matched_on == "sensitivity" else (1 - alarms, hits)
    read = specificity_at if matched_on == "sensitivity" else sensitivity_at
    model = np.stack([read(true[i], false[i], level[i]) for i in range(weights.shape[0])])
    return np.stack([level, other, model], axis=-1)


def _points(
    values: FloatArray, gaps: FloatArray, draws: FloatArray, names: tuple[str, ...], r: int,
    aim: tuple[Alternative, float | None, float], case_df: float,
) -> tuple[OperatingPoint, ...]:  # fmt: skip
    """Each reader's difference with its test; Holm's adjustment over the readers."""
    alternative, margin, level = aim
    spreads = [Spread(float(column.var(ddof=1)), case_df) for column in draws.T]
    estimates = [
        interval(float(gap), spread, level, "bootstrap error, Student's t")
        for gap, spread in zip(gaps, spreads, strict=True)
    ]
    tests = [
        tested(float(gap), spread, alternative, margin)
        for gap, spread in zip(gaps, spreads, strict=True)
    ]
    adjusted = holm([test.pvalue for test in tests[:r]]) + [test.pvalue for test in tests[r:]]
    return tuple(
        OperatingPoint(
            reader=name,
            at=float(row[0]),
            reader_value=float(row[1]),
            model_value=float(row[2]),
            difference=estimate,
            statistic=float(test.statistic),
            pvalue=test.pvalue,
            pvalue_adjusted=p,
        )
        for name, row, estimate, test, p in zip(
            names, values, estimates, tests, adjusted, strict=True
        )
    )


def _average(
    gaps: FloatArray, draws: FloatArray, readers: str | None, case_df: float
) -> tuple[Spread, tuple[str, ...]]:
    """The spread of the mean difference, over readers like these or these very ones."""
    few = "random" if gaps.size >= FEWEST_RANDOM else "fixed"
    chosen = few if readers is None else readers
    _check.choice(chosen, ("random", "fixed"), name="readers")
    covariance = np.atleast_2d(np.cov(frozen(draws), rowvar=False))
    if np.isnan(covariance).any():
        return Spread(np.nan, np.nan), ("readers", "cases") if chosen == "random" else ("cases",)
    if chosen == "random":
        if gaps.size < 2:
            raise one_reader()
        return _over_both(gaps, covariance, case_df), ("readers", "cases")
    return Spread(float(covariance.mean()), case_df), ("cases",)


def _over_both(gaps: FloatArray, covariance: FloatArray, case_df: float) -> Spread:
    """Readers and cases random; never more degrees of freedom than the rarer class's patients."""
    readers = float(gaps.var(ddof=1)) / gaps.size
    cases = max(off_diagonal(covariance), 0.0)
    total = readers + cases
    parts = readers**2 / (gaps.size - 1) + cases**2 / case_df
    return Spread(total, min(total**2 / parts, case_df) if parts > 0 else np.nan)
