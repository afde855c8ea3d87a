"""The 2x2 table of calls against the truth, with its intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray, Rng
from radln.errors import ShapeError
from radln.stats._intervals import counts
from radln.stats.proportions import Proportion, proportion
from radln.stats.resample import bootstrap_totals, percentile_interval

METRICS = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "f1", "balanced_accuracy", "mcc")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DiagnosticTable(Result):
    """Counts of a 2x2 table and what follows from them."""

    tp: int
    fp: int
    fn: int
    tn: int
    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate
    npv: Estimate
    accuracy: Estimate
    f1: Estimate
    balanced_accuracy: Estimate
    mcc: Estimate

    def frame(self) -> pd.DataFrame:
        """One row a metric."""
        return pd.DataFrame([estimate_row(getattr(self, name), metric=name) for name in METRICS])

    def summary(self) -> str:
        """The table in words."""
        shares = ("sensitivity", "specificity", "ppv", "npv", "accuracy")
        words = [f"{name} {getattr(self, name).format(1, percent=True)}" for name in shares]
        return (
            f"TP {self.tp}, FP {self.fp}, FN {self.fn}, TN {self.tn}: {'; '.join(words)}; "
            f"F1 {self.f1.format()}; balanced accuracy {self.balanced_accuracy.format()}; "
            f"MCC {self.mcc.format()}; {self.n_patients} patients; {self.method}."
        )


def diagnostic_table(
    y_true: ArrayLike,
    y_call: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> DiagnosticTable:
    """How often are the calls of a model or reader right?

    Parameters
    ----------
    y_true, y_call : shape (n,), 0/1
        The truth, and what was called.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)
    n_resamples : at least 1
        Of the patient bootstrap behind F1, balanced accuracy and MCC.
    rng
        Seed or Generator.

    Returns
    -------
    DiagnosticTable
        A metric whose denominator is zero (PPV where nothing was called positive) is NaN, formats
        as "not estimable", and is named in ``warnings``.

    Raises
    ------
    ShapeError, InputError

    Notes
    -----
    Sensitivity, specificity, PPV, NPV and accuracy carry Wilson intervals, on n / design effect
    where patients are given; PPV and NPV hold at the prevalence of these cases. F1, balanced
    accuracy and MCC carry percentile intervals over resampled patients.

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953; Rao and Scott 1992, doi:10.2307/2532311;
    Chicco and Jurman 2020, doi:10.1186/s12864-019-6413-7.

    Examples
    --------
    >>> table = diagnostic_table([1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 1])
    >>> table.tp, table.fp, table.sensitivity.format(1, percent=True)
    (2, 1, '66.7 % (20.8–93.9)')
    """
    positive = _check.outcome(y_true, both=False)
    called = _check.outcome(y_call, name="y_call", both=False)
    if called.size != positive.size:
        raise ShapeError(f"y_call has {called.size} values but y_true has {positive.size}.")
    codes = _check.clusters(cluster, positive.size)
    cells = np.stack(
        [positive & called, ~positive & called, positive & ~called, ~positive & ~called], axis=1
    ).astype(np.float64)
    shares = {
        "sensitivity": _share(called, positive, codes, confidence_level),
        "specificity": _share(~called, ~positive, codes, confidence_level),
        "ppv": _share(positive, called, codes, confidence_level),
        "npv": _share(~positive, ~called, codes, confidence_level),
        "accuracy": _share(called == positive, np.ones_like(called), codes, confidence_level),
    }
    scores = _resampled(cells, codes, confidence_level, n_resamples, rng)
    estimates = {**{name: share.estimate for name, share in shares.items()}, **scores}
    tp, fp, fn, tn = (int(total) for total in cells.sum(axis=0))
    clustered = ", clustered by patient" if codes is not None else ""
    return DiagnosticTable(
        **counts(positive, codes),
        **estimates,
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        method=f"Wilson; F1, balanced accuracy and MCC by patient bootstrap{clustered}",
        warnings=_notes(shares, scores),
    )


def _share(
    hit: BoolArray, among: BoolArray, cluster: IntArray | None, confidence_level: float
) -> Proportion:
    """The share of hits among the chosen cases."""
    patients = None if cluster is None or not among.any() else cluster[among]
    return proportion(hit[among], cluster=patients, confidence_level=confidence_level)


def _resampled(
    cells: FloatArray,
    cluster: IntArray | None,
    confidence_level: float,
    n_resamples: int,
    rng: Rng,
) -> dict[str, Estimate]:
    """The metrics that are no plain proportions."""
    totals = bootstrap_totals(cells, cluster, n_resamples=n_resamples, rng=rng)
    observed, resampled = _scores(cells.sum(axis=0)[None]), _scores(totals)
    return {
        name: percentile_interval(
            float(observed[name][0]), resampled[name], confidence_level=confidence_level
        )
        for name in observed
    }


def _scores(totals: FloatArray) -> dict[str, FloatArray]:
    """F1, balanced accuracy and MCC of rows of (tp, fp, fn, tn); NaN where undefined."""
    tp, fp, fn, tn = totals.T
    with np.errstate(divide="ignore", invalid="ignore"):
        margins = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
        return {
            "f1": 2 * tp / (2 * tp + fp + fn),
            "balanced_accuracy": (tp / (tp + fn) + tn / (tn + fp)) / 2,
            "mcc": (tp * tn - fp * fn) / margins,
        }


def _notes(shares: dict[str, Proportion], scores: dict[str, Estimate]) -> tuple[str, ...]:
    """What could not be estimated, and what the intervals had to assume."""
    unknown = [name for name, share in shares.items() if np.isnan(share.value)]
    unknown += [name for name, score in scores.items() if np.isnan(score.value)]
    notes = [f"not estimable (zero denominator): {', '.join(unknown)}."] if unknown else []
    for name, share in shares.items():
        if not np.isnan(share.value):
            notes.extend(f"{name}: {note}" for note in share.warnings)
    return tuple(notes)
