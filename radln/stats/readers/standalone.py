"""A stand-alone model against the average reader, readers being a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln._result import DifferenceResult, Estimate, estimate_row, format_p, frozen
from radln._types import Alternative, FloatArray
from radln.errors import InputError
from radln.stats._intervals import ALTERNATIVES, counts
from radln.stats._widths import one_sided
from radln.stats._ztest import check_margin
from radln.stats.calls.proportions import share_among
from radln.stats.readers._area import own_area
from radln.stats.readers._inference import (
    aimed,
    bounded,
    interval,
    margin_lines,
    margin_said,
    narrower,
    tested,
)
from radln.stats.readers._merit import (
    BY_CALL,
    Figure,
    check_classes,
    figure_of_merit,
    merit_covariance,
    merits,
    ratings_for,
)
from radln.stats.readers._reads import Reads
from radln.stats.readers._variance import (
    Spread,
    mean_of_fixed_readers,
    mean_of_random_readers,
    mean_with_fixed_cases,
    off_diagonal,
)
from radln.stats.readers.cutting import same_scale
from radln.stats.readers.over_folds import (
    LEAVES_OUT,
    WITHIN,
    fold_area,
    fold_gap,
    gap_covariance,
)
from radln.stats.readers.sampling import case_freedom, few_cases, randomness, rounding, scope

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class StandaloneComparison(DifferenceResult):
    """A model's figure against the average reader's: ``difference`` is model minus readers.

    ``reader_values`` (r,) are the readers' figures, ``var_readers`` their variance, ``var_error``
    and ``cov2`` the error variance and covariance of the readers' differences to the model.
    """

    model: str
    figure: str
    readers: tuple[str, ...]
    random: tuple[str, ...]
    model_value: Estimate
    reader_average: Estimate
    difference: Estimate
    statistic: float
    df: float
    pvalue: float
    alternative: Alternative
    margin: float | None
    reader_values: FloatArray
    reader_differences: tuple[Estimate, ...]
    var_readers: float
    var_error: float
    cov2: float

    def frame(self) -> pd.DataFrame:
        """The model, the average reader, the difference with its test, then each reader's."""
        rows = [
            estimate_row(self.model_value, quantity=self.model),
            estimate_row(self.reader_average, quantity="average reader"),
            {
                **estimate_row(self.difference, quantity=f"{self.model} - average reader"),
                "df": self.df,
                "statistic": self.statistic,
                "pvalue": self.pvalue,
            },
        ]
        for reader, found in zip(self.readers, self.reader_differences, strict=True):
            rows.append(estimate_row(found, quantity=f"{self.model} - {reader}"))
        return pd.DataFrame(rows)

    def pilot(self) -> dict[str, float]:
        """These variances as a pilot: ``size_standalone(0.05, ..., **found.pilot())``."""
        return {
            "var_readers": self.var_readers,
            "var_error": self.var_error,
            "cov2": self.cov2,
            "pilot_cases": self.n,
            "pilot_positive": self.n_positive,
        }

    def summary(self) -> str:
        """The comparison in words."""
        aim = aimed(self.model, "the readers", self.alternative, self.margin)
        return (
            f"{self.figure}: {self.model} {self.model_value.format(3)}, average of "
            f"{len(self.readers)} reader(s) {self.reader_average.format(3)}, difference "
            f"{self.difference.format(3)}{self._in_folds()}, {format_p(self.pvalue)}{aim}; "
            f"{self.n} cases "
            f"({self.n_positive} diseased, {self.n_patients} patients). {self.method}; "
            f"{scope(self.random, len(self.readers))}."
        )

    def _in_folds(self) -> str:
        """What the difference is taken from where it is a mean within folds."""
        if WITHIN not in self.method:
            return ""
        average = self.model_value.value - self.difference.value
        return f" (within folds, where the readers' average is {average:.3f})"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Model minus each reader, and minus the average reader; a margin is a dashed line."""
        from radln._draw.bars import draw_forest

        found = (*self.reader_differences, self.difference)
        return draw_forest(
            [*self.readers, "average reader"],
            *np.array([(one.value, one.low, one.high) for one in found]).T,
            xlabel=f"{self.figure}: {self.model} minus reader"
            + margin_said(self.alternative, self.margin),
            margins=margin_lines(self.alternative, self.margin),
            texts=[one.format(2) for one in found],
            reference=0.0,
            summaries=1,
            title=f"n = {self.n} cases ({self.n_positive} diseased)",
            ax=ax,
        )


def compare_with_model(
    reads: Reads,
    model: str | None = None,
    *,
    modality: str | None = None,
    figure: str = "auc",
    specificity: float | tuple[float, float] | None = None,
    threshold: float | None = None,
    covariance: str = "jackknife",
    readers: str | None = None,
    cases: str = "random",
    margin: float | None = None,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> StandaloneComparison:
    """Is the stand-alone model better than, or not worse than, the average reader?

    Parameters
    ----------
    model
        Its name, where the study holds several.
    modality
        The readers' modality, where the reads have several.
    figure, specificity, covariance, readers, cases
        As for :meth:`mrmc`.
    threshold
        For ``sensitivity`` and ``specificity``: the model's cut-off, set before these cases
        were seen.
    margin, alternative
        ``greater`` with a margin: the model is not worse than the readers by that much.
    confidence_level : in (0, 1)

    Returns
    -------
    StandaloneComparison
        ``difference`` is model minus average reader.

    Raises
    ------
    InputError, LeakageError
        Binary reads against a continuous score (see :meth:`at_operating_points`), a model that
        lacks cases, or one that was given a reader's own reads (``inputs``).

    Notes
    -----
    Obuchowski and Rockette's analysis of the readers' differences to the model: with random
    readers and cases RJafroc's 1T-RRRC, with fixed cases 1T-RRFC.

    Of a model of out-of-fold predictions (a table with ``fold``, all of whose cases were read
    by everybody) the AUC and the differences are means within folds, as of
    :func:`radln.stats.compare_over_folds`, and speak of the way of modelling: the model's variance
    is raised for training patients that the folds share, in the variance of every difference and
    in the covariance of any two (with fixed cases it stays out). The readers' average is that over
    all cases, so that the difference may depart a little from the two areas beside it; the summary
    gives their average within folds. The model's own AUC has the interval of
    :func:`radln.stats.auc`, its sensitivity and specificity Wilson's.

    References
    ----------
    Hillis, Obuchowski and Berbaum 2011, doi:10.1016/j.acra.2010.09.007; Chakraborty 2017,
    Observer Performance Methods for Diagnostic Imaging, ISBN 9781482214840.

    Examples
    --------
    >>> from radln import ReaderStudy
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(5)
    >>> y = np.arange(60) % 2
    >>> reads = pd.concat([pd.DataFrame({"case_id": range(60), "reader": reader, "y_true": y,
    ...                                  "score": y + rng.normal(size=60)}) for reader in "ABCD"])
    >>> model = pd.DataFrame({"case_id": range(60), "y_score": 3 * y + rng.normal(size=60)})
    >>> found = ReaderStudy.from_frame(reads, model=model).compare_with_model()
    >>> found.difference.low > 0
    True
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    check_margin(margin)
    asked = figure_of_merit(figure, specificity)
    random, notes = randomness(readers, cases, len(reads.readers))
    place = reads.modality_index(modality)
    ratings = ratings_for(reads, asked)
    pairs = np.zeros(ratings.shape[:2], dtype=bool)
    pairs[place] = True
    check_classes(reads, asked, ratings, pairs)
    name, scores = reads.needed_model(model)
    _refuse_binary(reads, asked, ratings[place], name, scores)
    own = _model_ratings(name, scores, asked, threshold)
    r = len(reads.readers)
    rows, minus = _beside(ratings[place], own)
    values = merits(asked, reads.y_true, rows)
    spread = merit_covariance(asked, reads.y_true, rows, reads.cluster, covariance)
    case_df = case_freedom(reads, asked.classes)
    gaps, gap_spread = minus @ values, minus @ spread @ minus.T
    alone = _alone(reads, asked, own, Spread(float(spread[r, r]), case_df), level)
    within = _within_folds(reads, asked, ratings[place], name, level)
    if within is not None:
        alone, each, gap_spread = within
        gaps = np.array([one.value for one in each])
    found = _mean(gaps, gap_spread, random, case_df)
    average = _mean(values[:r], spread[:r, :r], random, case_df)
    test = tested(float(gaps.mean()), found, alternative, margin)
    warnings = [*reads.warnings, *notes, *few_cases(reads, asked.classes)]
    warnings += _about(ratings[place], gap_spread, random, within is not None)
    if {"readers", "cases"} <= set(random):
        these = mean_of_fixed_readers(gap_spread, case_df)
        warnings += narrower(found, these, level, f"{name} minus average reader")
    warnings += _one_sided(name, reads.readers, np.diag(spread))
    return StandaloneComparison(
        **counts(reads.y_true, reads.cluster),
        method=_method(asked, covariance, random, reads.cluster is not None)
        + (f"; {WITHIN}" if within is not None else ""),
        warnings=tuple(warnings),
        model=name,
        figure=asked.words,
        readers=reads.readers,
        random=random,
        model_value=alone,
        reader_average=bounded(float(values[:r].mean()), average, level, "average reader"),
        difference=interval(float(gaps.mean()), found, level, "model minus average reader"),
        statistic=test.statistic,
        df=found.df,
        pvalue=test.pvalue,
        alternative=alternative,
        margin=margin,
        reader_values=frozen(values[:r]),
        reader_differences=tuple(each)
        if within is not None
        else tuple(
            interval(float(gap), Spread(float(variance), case_df), level, "this reader")
            for gap, variance in zip(gaps, np.diag(gap_spread), strict=True)
        ),
        var_readers=float(values[:r].var(ddof=1)) if r > 1 else np.nan,
        var_error=float(np.diag(gap_spread).mean()),
        cov2=off_diagonal(gap_spread),
    )


def _about(
    ratings: FloatArray, gap_spread: FloatArray, random: tuple[str, ...], within: bool
) -> list[str]:
    """What must be said of missing reads, of folds and of a negative covariance."""
    said = []
    if np.isnan(ratings).any():
        said.append(
            "readers did not read every case: the model is compared with each reader on the cases "
            "which that reader read, and its own figure is that on all cases."
        )
    if within and "cases" not in random:
        said.append(f"with fixed cases the difference to the average reader {LEAVES_OUT}.")
    shared = off_diagonal(gap_spread)
    if {"readers", "cases"} <= set(random) and shared < -rounding(*np.diag(gap_spread)):
        said.append(f"cov2 of the differences is negative ({shared:.2g}) and counts as 0.")
    return said


def _one_sided(model: str, readers: tuple[str, ...], variances: FloatArray) -> tuple[str, ...]:
    """What must be said of model minus reader where one has no spread; readers stand first."""
    r = len(readers)
    own = float(variances[r])
    return one_sided(
        [
            (f"{model} − average reader", own, float(variances[:r].max())),
            *((f"{model} − {who}", own, float(variances[k])) for k, who in enumerate(readers)),
        ]
    )


def _alone(reads: Reads, figure: Figure, own: FloatArray, spread: Spread, level: float) -> Estimate:
    """The model's own figure, with the interval that it has wherever it is shown."""
    if figure.name == "auc":
        return own_area(reads.y_true, own, reads.cluster, level)
    if figure.name in BY_CALL:
        sick = figure.name == "sensitivity"
        right, among = (own == 1) == sick, reads.y_true == sick
        return share_among(right, among, reads.cluster, confidence_level=level).estimate
    value = float(merits(figure, reads.y_true, own[None])[0])
    return bounded(value, spread, level, "over cases")


def _within_folds(
    reads: Reads, figure: Figure, ratings: FloatArray, name: str, level: float
) -> tuple[Estimate, list[Estimate], FloatArray] | None:
    """The area of a model of out-of-fold predictions, its differences and their covariance.

    None for other models and figures, and where reads are missing.
    """
    if name not in reads.folds or figure.name != "auc" or np.isnan(ratings).any():
        return None
    each = [fold_gap(reads, name, row, level).difference for row in ratings]
    area = fold_area(reads, name, level).estimate
    return area, each, gap_covariance(reads, name, ratings)


def _mean(
    values: FloatArray, spread: FloatArray, random: tuple[str, ...], case_df: float
) -> Spread:
    """The spread of an average over readers."""
    if "cases" not in random:
        return mean_with_fixed_cases(values)
    if "readers" in random:
        return mean_of_random_readers(values, spread)
    return mean_of_fixed_readers(spread, case_df)


def _beside(ratings: FloatArray, own: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Readers' rows, then the model's; and what takes model minus each reader from the figures.

    Where reads are missing the model is judged on the cases of each reader, in a row for each.
    """
    r = ratings.shape[0]
    if not np.isnan(ratings).any():
        return np.vstack([ratings, own]), np.hstack([-np.eye(r), np.ones((r, 1))])
    same = np.where(np.isnan(ratings), np.nan, own)
    return np.vstack([ratings, own, same]), np.hstack([-np.eye(r), np.zeros((r, 1)), np.eye(r)])


def _refuse_binary(
    reads: Reads, figure: Figure, ratings: FloatArray, name: str, scores: FloatArray
) -> None:
    """A yes or no has no curve; against a continuous score its area is no fair rival."""
    if figure.name in BY_CALL:
        return
    if np.unique(scores).size < 3:
        raise InputError(
            f"{name} has two different values only, a yes or no; its area is (sensitivity + "
            "specificity) / 2 and is not compared with that of scores. Give the model's "
            "probabilities"
            + worded(', or compare calls with calls: figure="sensitivity", "specificity".', ".")
        )
    for reader, row in zip(reads.readers, ratings, strict=True):
        if np.unique(row[~np.isnan(row)]).size < 3:
            raise InputError(
                f"reader {reader} gave two different scores only, a yes or no; its area is "
                "(sensitivity + specificity) / 2 and is not compared with that of a continuous "
                "score. Compare at the reader's operating point"
                + worded(
                    ' (at_operating_points), or give figure="sensitivity" with a threshold for the '
                    "model that was set beforehand.",
                    ".",
                )
            )


def _model_ratings(
    name: str, scores: FloatArray, figure: Figure, threshold: float | None
) -> FloatArray:
    """The model's scores, or its calls at a threshold set beforehand."""
    if figure.name not in BY_CALL:
        if threshold is not None:
            raise InputError(f"threshold has no meaning for the figure {figure.name}.")
        return scores
    if np.isin(scores, [0.0, 1.0]).all() and threshold is None:
        return scores
    if not _check.is_number(threshold):
        raise InputError(
            f"the {figure.name} of {name} needs threshold=, set before these cases were seen; a "
            "cut-off chosen on them makes the test reject too often (use at_operating_points)."
        )
    same_scale(scores, threshold, option="threshold", name=name)
    return np.asarray((scores >= threshold).astype(np.float64))


def _method(figure: Figure, covariance: str, random: tuple[str, ...], clustered: bool) -> str:
    """The test as a methods section names it."""
    text = f"Single-treatment Obuchowski-Rockette analysis of model minus reader {figure.words}"
    if "cases" in random:
        over = "over patients" if clustered else "over cases"
        text += f", {covariance} covariance {over}"
    text += f", random {' and '.join(random)}"
    if {"readers", "cases"} <= set(random):
        text += " (1T-RRRC), Hillis degrees of freedom"
    return text + (" (1T-RRFC)" if "cases" not in random else "")
