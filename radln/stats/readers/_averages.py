"""The average reader of a group: rates and area, of readers like these or of these very ones."""

from __future__ import annotations

import numpy as np

from radln._result import Estimate
from radln._types import FloatArray, IntArray
from radln.stats._intervals import cluster_sums
from radln.stats.readers._inference import narrower, on_logit
from radln.stats.readers._merit import Figure, jackknife_covariance, left_out, merits, two_valued
from radln.stats.readers._reads import Reads
from radln.stats.readers._variance import mean_of_fixed_readers, mean_of_random_readers
from radln.stats.readers.columns import in_modality
from radln.stats.readers.rows import BINARY, RATES, ReaderRow
from radln.stats.readers.sampling import FEWEST_RANDOM


def members(reads: Reads, m: int, name: str) -> IntArray:
    """The readers of a level who read in a modality."""
    levels = reads.levels or (name,) * len(reads.readers)
    of_level = np.array([level == name for level in levels])
    return np.asarray(np.flatnonzero(of_level & reads.read[m].any(axis=1)), dtype=np.int64)


def average_row(
    reads: Reads, m: int, name: str, level: float, readers: str | None
) -> tuple[ReaderRow, list[str]]:
    """The average reader of a level in one modality, and what must be said of the area."""
    own = members(reads, m, name)
    found: dict[str, Estimate] = {}
    units = np.arange(reads.y_true.size) if reads.cluster is None else reads.cluster
    case_df = min(np.unique(units[reads.y_true == one]).size for one in (True, False)) - 1.0
    if reads.call is not None:
        rates = _call_rates(reads, reads.call[m, own])
        for metric, (values, spread) in rates.items():
            found[metric] = _average(values, spread, level, case_df, readers)
    ratings = (reads.needed_call() if reads.score is None else reads.score)[m, own]
    figure = Figure("auc")
    values = merits(figure, reads.y_true, ratings)
    spread = jackknife_covariance(left_out(figure, reads.y_true, ratings, reads.cluster))
    found[kind := BINARY if two_valued(ratings) else "AUC"] = _average(
        values, spread, level, case_df, readers
    )
    who = f"average {name}" if reads.levels else "average reader"
    notes = list[str]()
    if _random(readers, values.size):
        both = mean_of_random_readers(values, spread), mean_of_fixed_readers(spread, case_df)
        notes = narrower(*both, level, f"{kind} of the {who}{in_modality(reads.modalities[m])}")
    return ReaderRow(
        who=who,
        level="" if reads.levels is None else name,
        modality=reads.modalities[m],
        n_readers=int(own.size),
        n_cases=int(reads.read[m, own].any(axis=0).sum()),
        estimates=found,
    ), notes


def _call_rates(reads: Reads, calls: FloatArray) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Each rate of each reader (r,) and their jackknife covariance (r, r) over patients."""
    read = ~np.isnan(calls)
    positive = np.nan_to_num(calls) == 1
    y = reads.y_true
    cells = [read & positive & y, read & positive & ~y, read & ~positive & y, read & ~positive & ~y]
    units = np.arange(y.size) if reads.cluster is None else reads.cluster
    sums = np.stack([cluster_sums(cell.T.astype(np.float64), units).T for cell in cells])
    whole = sums.sum(axis=2, keepdims=True)
    every, left = _rates_of(whole)[..., 0], _rates_of(whole - sums)
    return {name: (every[k], jackknife_covariance(left[k])) for k, name in enumerate(RATES)}


def _rates_of(cells: FloatArray) -> FloatArray:
    """The rates (6, ...) from true and false positives, false and true negatives (4, ...)."""
    tp, fp, fn, tn = cells
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack(
            [
                tp / (tp + fn),
                tn / (tn + fp),
                tp / (tp + fp),
                tn / (tn + fn),
                (tp + tn) / (tp + fp + fn + tn),
                2 * tp / (2 * tp + fp + fn),
            ]
        )


def _random(readers: str | None, n_readers: int) -> bool:
    """Whether an average is one of readers like these."""
    return readers == "random" or (readers is None and n_readers >= FEWEST_RANDOM)


def _average(
    values: FloatArray, spread: FloatArray, level: float, case_df: float, readers: str | None
) -> Estimate:
    """The mean over readers; of readers like these from four on, unless said otherwise."""
    if _random(readers, values.size):
        found, method = mean_of_random_readers(values, spread), "average of readers like these"
    else:
        found, method = mean_of_fixed_readers(spread, case_df), "average of these readers"
    return on_logit(float(values.mean()), found, level, method)
