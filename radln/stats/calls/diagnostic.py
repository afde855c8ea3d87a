"""The 2x2 table of calls against the truth, with its intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from radln import _check
from radln._result import Estimate, Result, estimate_row
from radln._types import ArrayLike, FloatArray, IntArray, Rng
from radln.errors import ShapeError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats._patients import about_groups, tally_of
from radln.stats.calls._table_ratios import NO_INTERVAL, cohen_kappa, table_ratios
from radln.stats.calls.proportions import (
    Proportion,
    ProportionMethod,
    about_method,
    share_among,
)
from radln.stats.resample import bootstrap_totals, percentile_interval

METRICS = (
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "accuracy",
    "f1",
    "balanced_accuracy",
    "mcc",
    "kappa",
    "lr_positive",
    "lr_negative",
    "diagnostic_odds_ratio",
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DiagnosticTable(Result):
    """Counts of a 2x2 table and what follows from them.

    ``prevalence`` is the stated one at which ``ppv`` and ``npv`` hold; None: that of these cases.
    """

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
    kappa: Estimate
    lr_positive: Estimate
    lr_negative: Estimate
    diagnostic_odds_ratio: Estimate
    prevalence: float | None = None

    def frame(self) -> pd.DataFrame:
        """One row a metric."""
        return pd.DataFrame([estimate_row(getattr(self, name), metric=name) for name in METRICS])

    def summary(self) -> str:
        """The table in words."""
        shares = ("sensitivity", "specificity", "ppv", "npv", "accuracy")
        words = [f"{name} {getattr(self, name).format(1, percent=True)}" for name in shares]
        if self.prevalence is not None:
            words[3] += f" (both predictive values at a prevalence of {self.prevalence:g})"
        return (
            f"TP {self.tp}, FP {self.fp}, FN {self.fn}, TN {self.tn}: {'; '.join(words)}; "
            f"F1 {self.f1.format()}; balanced accuracy {self.balanced_accuracy.format()}; "
            f"MCC {self.mcc.format()}; kappa {self.kappa.format()}; "
            f"LR+ {self.lr_positive.format()}, LR− {self.lr_negative.format()}; "
            f"{self.n_patients} patients; {self.method}."
        )


@case_wise()
def diagnostic_table(
    y_true: ArrayLike,
    y_call: ArrayLike,
    *,
    method: ProportionMethod = "wilson",
    prevalence: float | None = None,
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
    method
        Of the intervals of sensitivity, specificity, PPV, NPV and accuracy, as in
        :func:`proportion`.
    prevalence : in (0, 1), optional
        Where the test will be used; ``ppv`` and ``npv`` are then those at this prevalence.
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
        as "not estimable", and is named in ``warnings``. Ratios with one empty cell are 0 or inf,
        their limiting values, without an interval; no 0.5 is added to the cells.

    Raises
    ------
    ShapeError, InputError

    Notes
    -----
    Sensitivity, specificity, PPV, NPV and accuracy carry Wilson (or the named) intervals, on
    n / design effect where patients are given; without ``prevalence``, PPV and NPV hold at the
    prevalence of these cases. F1, balanced accuracy and MCC carry percentile intervals over
    resampled patients. Likelihood ratios and the odds ratio carry Wald intervals of their logs
    (Simel; Woolf), kappa a Wald interval with the variance of Fleiss, Cohen and Everitt; with
    patients, the same linearisations summed over each patient. At a stated prevalence
    ``logit(PPV) = logit(prevalence) + log(LR+)``, ``logit(NPV) = -logit(prevalence) - log(LR-)``,
    limits included (Mercaldo, Wolf and Zhou).

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953; Rao and Scott 1992, doi:10.2307/2532311;
    Chicco and Jurman 2020, doi:10.1186/s12864-019-6413-7; Simel, Samsa and Matchar 1991,
    doi:10.1016/0895-4356(91)90128-V; Fleiss, Cohen and Everitt 1969, doi:10.1037/h0028106;
    Mercaldo, Wolf and Zhou 2007, doi:10.1002/sim.2677.

    Examples
    --------
    >>> table = diagnostic_table([1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 1])
    >>> table.tp, table.fp, table.sensitivity.format(1, percent=True)
    (2, 1, '66.7 % (20.8–93.9)')
    >>> table.lr_positive.format()
    '2.67 (0.41–17.42)'
    """
    positive = _check.outcome(y_true, both=False)
    called = _check.outcome(y_call, name="y_call", both=False)
    if called.size != positive.size:
        raise ShapeError(f"y_call has {called.size} values but y_true has {positive.size}.")
    codes = _check.clusters(cluster, positive.size)
    cells = np.stack(
        [positive & called, ~positive & called, positive & ~called, ~positive & ~called], axis=1
    ).astype(np.float64)
    everyone = np.ones_like(called)
    parts = {
        "sensitivity": (called, positive),
        "specificity": (~called, ~positive),
        "ppv": (positive, called),
        "npv": (~positive, ~called),
        "accuracy": (called == positive, everyone),
    }
    shares = {
        name: share_among(hit, among, codes, method=method, confidence_level=confidence_level)
        for name, (hit, among) in parts.items()
    }
    called_so = {
        name: tally_of(codes, parts[name][1], "patient(s) called so") for name in ("ppv", "npv")
    }
    scores = _resampled(cells, codes, confidence_level, n_resamples, rng)
    ratios = table_ratios(positive, called, codes, confidence_level)
    scores["kappa"] = cohen_kappa(positive, called, codes, confidence_level)
    estimates = {**{name: share.estimate for name, share in shares.items()}, **scores, **ratios}
    if prevalence is not None:
        estimates |= _at_prevalence(ratios, prevalence)
    tp, fp, fn, tn = (int(total) for total in cells.sum(axis=0))
    name = shares["accuracy"].method.partition(" on ")[0]
    clustered = ", clustered by patient" if codes is not None else ""
    return DiagnosticTable(
        **counts(positive, codes),
        **estimates,
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        prevalence=prevalence,
        method=f"{name}; F1, balanced accuracy and MCC by patient bootstrap{clustered}",
        warnings=(
            *about_method(method),
            *_notes(shares, {**scores, **ratios}, method),
            *(about_groups(called_so, "") if prevalence is None else ()),
        ),
    )


def shares_of(table: DiagnosticTable) -> dict[str, tuple[int, int]]:
    """How many, of how many, behind each metric that is a share of the cases."""
    tp, fp, fn, tn = table.tp, table.fp, table.fn, table.tn
    return {
        "sensitivity": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "ppv": (tp, tp + fp),
        "npv": (tn, tn + fn),
        "accuracy": (tp + tn, tp + fp + fn + tn),
    }


def _at_prevalence(ratios: dict[str, Estimate], prevalence: float) -> dict[str, Estimate]:
    """PPV and NPV where a stated share of the cases is positive."""
    odds = float(logit(_check.fraction(prevalence, name="prevalence")))
    method = f"at a prevalence of {prevalence:g}, logit"
    values = {}
    for name, sign, ratio in (
        ("ppv", 1, ratios["lr_positive"]),
        ("npv", -1, ratios["lr_negative"]),
    ):
        with np.errstate(divide="ignore"):
            logs = np.log([ratio.value, ratio.low, ratio.high])
        value, *limits = expit(sign * (odds + logs))
        low, high = sorted(limits)
        values[name] = Estimate(value, low, high, ratio.confidence_level, method)
    return values


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


def _notes(
    shares: dict[str, Proportion], scores: dict[str, Estimate], method: ProportionMethod
) -> tuple[str, ...]:
    """What could not be estimated, and what the intervals had to assume."""
    unknown = [name for name, share in shares.items() if np.isnan(share.value)]
    unknown += [name for name, score in scores.items() if np.isnan(score.value)]
    notes = [f"not estimable (zero denominator): {', '.join(unknown)}."] if unknown else []
    empty = [name for name, score in scores.items() if score.method == NO_INTERVAL]
    empty = [name for name in empty if not np.isnan(scores[name].value)]
    if empty:
        notes.append(f"{NO_INTERVAL}: {', '.join(empty)}.")
    for name, share in shares.items():
        if not np.isnan(share.value):
            own = (note for note in share.warnings if note not in about_method(method))
            notes.extend(f"{name}: {note}" for note in own)
    return tuple(notes)
