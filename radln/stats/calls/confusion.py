"""Which class was called which: the confusion matrix and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, estimate_row, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray, Rng
from radln.errors import ShapeError
from radln.stats._cases import case_wise
from radln.stats._classes import class_codes, class_names
from radln.stats._patients import Tally, about_groups, tally_of
from radln.stats.calls.proportions import (
    Proportion,
    ProportionMethod,
    about_method,
    share_among,
)
from radln.stats.resample import bootstrap_totals, percentile_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OVERALL = ("accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "kappa", "mcc")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ConfusionMatrix(Result):
    """Counts of true (rows) against called classes (columns), and the rates that follow.

    ``per_class`` maps a class to its rates against all others; ``n_positive`` is 0: no class is
    the positive one.
    """

    classes: tuple[str, ...]
    counts: IntArray
    accuracy: Estimate
    balanced_accuracy: Estimate
    macro_f1: Estimate
    weighted_f1: Estimate
    kappa: Estimate
    mcc: Estimate
    per_class: dict[str, dict[str, Estimate]]

    def frame(self) -> pd.DataFrame:
        """The overall metrics, then every class's rates."""
        rows = [
            estimate_row(getattr(self, m), metric=m, **{"class": "", "n": self.n}) for m in OVERALL
        ]
        for name, size in zip(self.classes, self.counts.sum(axis=1), strict=True):
            rows += [
                estimate_row(value, metric=metric, **{"class": name, "n": int(size)})
                for metric, value in self.per_class[name].items()
            ]
        return pd.DataFrame(rows)

    def table(self) -> pd.DataFrame:
        """The counts with the classes' names, true classes as rows."""
        names = list(self.classes)
        return pd.DataFrame(
            self.counts, index=pd.Index(names, name="true"), columns=pd.Index(names, name="called")
        )

    def summary(self) -> str:
        """The calls in words."""
        each = "; ".join(
            f"{name} (n = {size}): sensitivity "
            f"{self.per_class[name]['sensitivity'].format(1, percent=True)}"
            for name, size in zip(self.classes, self.counts.sum(axis=1), strict=True)
        )
        return (
            f"accuracy {self.accuracy.format(1, percent=True)}, balanced accuracy "
            f"{self.balanced_accuracy.format(1, percent=True)}, macro F1 {self.macro_f1.format()}, "
            f"kappa {self.kappa.format()}, MCC {self.mcc.format()}; {each}; n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """The matrix as a picture: counts and the share of each true class."""
        from radln._draw.matrix import draw_confusion

        return draw_confusion(self.counts, self.classes, ax=ax)


@case_wise()
def confusion_matrix(
    y_true: ArrayLike,
    y_call: ArrayLike,
    *,
    classes: Sequence[object],
    method: ProportionMethod = "wilson",
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> ConfusionMatrix:
    """Which class does a model or reader call which, and how often rightly?

    Parameters
    ----------
    y_true, y_call : shape (n,)
        The true and the called class of every case.
    classes
        All labels, in the order of the table.
    method
        Of the intervals of accuracy, sensitivity, specificity, PPV and NPV, as in
        :func:`proportion`.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)
    n_resamples : at least 1
        Of the patient bootstrap behind the other metrics.
    rng
        Seed or Generator.

    Returns
    -------
    ConfusionMatrix
        A metric whose denominator is zero (no case of a class, a class never called) is NaN and
        named in ``warnings``; the averages over classes are then NaN too, not taken over the rest.

    Raises
    ------
    ShapeError, InputError

    Notes
    -----
    Rates of a class are those of the 2x2 table "this class or another". Balanced accuracy is the
    mean sensitivity, macro F1 the mean F1, weighted F1 that weighted by true class size. A class's
    F1 is ``2 TP / (2 TP + FP + FN)``. Kappa is Cohen's, unweighted; MCC is Gorodkin's. Averages,
    F1, kappa and MCC carry percentile intervals over resampled patients.

    References
    ----------
    Cohen 1960, doi:10.1177/001316446002000104; Gorodkin 2004,
    doi:10.1016/j.compbiolchem.2004.09.006; Wilson 1927, doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> truth = ["a", "a", "a", "b", "b", "c", "c", "c"]
    >>> called = ["a", "a", "b", "b", "b", "c", "a", "c"]
    >>> found = confusion_matrix(truth, called, classes=["a", "b", "c"])
    >>> found.accuracy.format(), round(found.kappa.value, 4)
    ('0.75 (0.41–0.93)', 0.6279)
    """
    names = class_names(classes)
    true, called = class_codes(y_true, names), class_codes(y_call, names, name="y_call")
    if called.size != true.size:
        raise ShapeError(f"y_call has {called.size} values but y_true has {true.size}.")
    codes = _check.clusters(cluster, true.size)
    k = len(names)
    cells = np.zeros((true.size, k * k))
    cells[np.arange(true.size), true * k + called] = 1
    counts = cells.sum(axis=0)
    totals = bootstrap_totals(cells, codes, n_resamples=n_resamples, rng=rng)
    observed, resampled = _scores(counts[None], k), _scores(totals, k)
    estimates = {
        name: percentile_interval(
            float(observed[name][0]), resampled[name], confidence_level=confidence_level
        )
        for name in observed
    }
    share = partial(share_among, cluster=codes, method=method, confidence_level=confidence_level)
    everyone = np.ones(true.size, dtype=np.bool_)
    shares = {name: _rates(true == code, called == code, share) for code, name in enumerate(names)}
    accuracy = share(true == called, everyone)
    rates = {
        name: {
            **{metric: part.estimate for metric, part in shares[name].items()},
            "f1": estimates[f"f1_{code}"],
        }
        for code, name in enumerate(names)
    }
    overall = {name: estimates[name] for name in OVERALL[1:]}
    return ConfusionMatrix(
        n=true.size,
        n_positive=0,
        n_patients=true.size if codes is None else int(codes.max()) + 1,
        method=f"{method}; averages, F1, kappa and MCC by patient bootstrap"
        + ", clustered by patient" * (codes is not None),
        warnings=(
            *about_method(method),
            *_notes(rates, overall),
            *_about_shares({"": {"accuracy": accuracy}, **shares}, method),
            *about_groups(_called(called, names, codes), "calls of"),
        ),
        classes=tuple(names),
        counts=frozen(counts.reshape(k, k).astype(np.int64)),
        accuracy=accuracy.estimate,
        per_class=rates,
        **overall,
    )


def _called(called: IntArray, names: list[str], codes: IntArray | None) -> dict[str, Tally | None]:
    """The patients with calls of each class, which predictive values stand on."""
    return {name: tally_of(codes, called == code) for code, name in enumerate(names)}


def _rates(
    own: BoolArray, call: BoolArray, share: Callable[[BoolArray, BoolArray], Proportion]
) -> dict[str, Proportion]:
    """The rates of one class against all others."""
    parts = {
        "sensitivity": (call, own),
        "specificity": (~call, ~own),
        "ppv": (own, call),
        "npv": (~own, ~call),
    }
    return {name: share(hit, among) for name, (hit, among) in parts.items()}


def _about_shares(
    shares: dict[str, dict[str, Proportion]], method: ProportionMethod
) -> tuple[str, ...]:
    """What single rates must say, said once for all of them that do."""
    named: dict[str, list[str]] = {}
    for name, parts in shares.items():
        for metric, share in parts.items():
            for note in share.warnings if not np.isnan(share.value) else ():
                if note not in about_method(method):
                    named.setdefault(note, []).append(f"{metric} of {name}" if name else metric)
    return tuple(f"{', '.join(which)}: {note}" for note, which in named.items())


def _scores(totals: FloatArray, k: int) -> dict[str, FloatArray]:
    """The metrics that are no plain shares, of rows of k * k counts; NaN where undefined."""
    table = totals.reshape(-1, k, k)
    n = table.sum(axis=(1, 2))
    hits = np.einsum("rii->ri", table)
    true, called = table.sum(axis=2), table.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        f1 = 2 * hits / (true + called)
        chance = (true * called).sum(axis=1) / n**2
        agreed = hits.sum(axis=1) / n
        spread = [1 - (side**2).sum(axis=1) / n**2 for side in (true, called)]
        scores = {
            "balanced_accuracy": (hits / true).mean(axis=1),
            "macro_f1": f1.mean(axis=1),
            "weighted_f1": (f1 * true).sum(axis=1) / n,
            "kappa": (agreed - chance) / (1 - chance),
            "mcc": (agreed - chance) / np.sqrt(spread[0] * spread[1]),
        }
    return scores | {f"f1_{code}": f1[:, code] for code in range(k)}


def _notes(rates: dict[str, dict[str, Estimate]], overall: dict[str, Estimate]) -> tuple[str, ...]:
    """What could not be estimated."""
    unknown = [name for name, value in overall.items() if np.isnan(value.value)]
    unknown += [
        f"{metric} of {name}"
        for name, values in rates.items()
        for metric, value in values.items()
        if np.isnan(value.value)
    ]
    return (f"not estimable (zero denominator): {', '.join(unknown)}.",) if unknown else ()
