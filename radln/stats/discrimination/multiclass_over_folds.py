"""Areas of an outcome with several classes from out-of-fold scores: within folds, never pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln import _check
from radln._result import DifferenceResult, Estimate, Result, estimate_row, format_p, frozen
from radln._types import Alternative, ArrayLike, FloatArray, IntArray
from radln.errors import InputError, ShapeError
from radln.stats._cases import case_wise
from radln.stats._classes import class_codes, class_names, require_every_class, score_matrix
from radln.stats._intervals import ALTERNATIVES, wald
from radln.stats._ztest import check_margin, difference_test, hypothesis, standard_error
from radln.stats.discrimination._area_interval import logit_interval
from radln.stats.discrimination._class_areas import (
    AVERAGES,
    Average,
    Key,
    area_errors,
    areas_of,
    named_variance,
    patients_behind,
)
from radln.stats.discrimination._fold_design import UNTESTED, FoldDesign, fold_design
from radln.stats.discrimination._folds import folds_of
from radln.stats.discrimination.multiclass import NAMES

NO_INTERVAL = "no interval: in some fold a class has cases of one patient only; use fewer folds."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FoldClassAreas(Result):
    """Out-of-fold areas of several classes: means of within-fold areas, averaged over repeats.

    ``averages`` holds macro, weighted, micro and hand_till, ``one_vs_rest`` the area of every class
    against the others; ``per_repeat`` maps the names of all of them to their values by repeat.
    ``n_training`` is the number of patients that a model was trained on, ``variance_factor`` what
    the variance of independent folds was raised by.
    """

    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    averages: dict[Average, Estimate]
    one_vs_rest: dict[str, Estimate]
    per_repeat: dict[str, FloatArray]
    n_folds: int
    n_training: int
    variance_factor: float

    def frame(self) -> pd.DataFrame:
        """The averages, then one row a class, each with its range over repeats."""
        named = [(str(name), "", value) for name, value in self.averages.items()]
        named += [("one_vs_rest", name, value) for name, value in self.one_vs_rest.items()]
        rows = []
        for metric, label, value in named:
            seen = self.per_repeat[label or metric]
            row = estimate_row(value, metric=metric, first=label, second="rest" * bool(label))
            rows.append({**row, "repeat_min": seen.min(), "repeat_max": seen.max()})
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The areas in words."""
        each = ", ".join(
            f"{name} (n = {size}) {self.one_vs_rest[name].format()}"
            for name, size in zip(self.classes, self.sizes, strict=True)
        )
        return (
            f"out-of-fold macro-averaged AUC {self.averages['macro'].format(3)}, Hand-Till "
            f"{self.averages['hand_till'].format(3)}; against the rest: {each}; n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FoldClassComparison(DifferenceResult):
    """The difference ``a - b`` of two models' out-of-fold areas of several classes.

    ``frame()`` has the average that was named for the test first, with its p; every other average
    and class follows as a difference with its interval and no p.
    """

    average: Average
    area_a: float
    area_b: float
    difference: Estimate
    per_repeat: FloatArray
    n_folds: int
    n_training: int
    statistic: float
    pvalue: float
    alternative: Alternative
    margin: float | None
    differences: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """The differences."""
        return self.differences.copy()

    def summary(self) -> str:
        """The comparison in words."""
        return (
            f"out-of-fold {NAMES[self.average]} {self.area_a:.3f} against {self.area_b:.3f}: "
            f"difference {self.difference.format(3)}, {format_p(self.pvalue)} "
            f"({hypothesis(self.alternative, self.margin)}); n = {self.n}, {self.n_patients} "
            f"patients; {self.method}."
        )


@case_wise(columns=("scores", "folds"))
def multiclass_over_folds(
    y_true: ArrayLike,
    scores: ArrayLike,
    folds: ArrayLike,
    *,
    classes: Sequence[object],
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> FoldClassAreas:
    """How well do cross-validated models tell classes of unseen patients apart?

    Parameters
    ----------
    y_true : shape (n,)
        The class of every case: text or whole numbers.
    scores : shape (n_repeats, n, K), or (n, K) with one repeat
        Out-of-fold scores or probabilities, one a class.
    folds : shape (n_repeats, n) or (n,)
        In which fold each case was tested; in repeated hold-outs NaN for a case without a turn.
    classes : K labels
        What the scores are of, in their order.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    FoldClassAreas

    Raises
    ------
    InputError
        A fold tests no case of a class.
    LeakageError
        A patient stands in two folds of one repeat.

    Notes
    -----
    Areas and averages are those of :func:`multiclass_auc` within every fold; folds, repeats and
    variances are put together as in :func:`auc_over_folds`, and intervals speak of the same: the
    way of modelling at ``n_training`` patients.

    References
    ----------
    Hand and Till 2001, doi:10.1023/A:1010920819831; Nadeau and Bengio 2003,
    doi:10.1023/A:1024068626366.

    Examples
    --------
    >>> y = ["a", "b", "c"] * 4
    >>> fold = [0] * 6 + [1] * 6
    >>> p = [[.6, .3, .1], [.2, .5, .3], [.1, .3, .6], [.4, .2, .4], [.5, .4, .1], [.2, .2, .6]] * 2
    >>> found = multiclass_over_folds(y, p, fold, classes=["a", "b", "c"])
    >>> round(found.averages["macro"].value, 3)
    0.958
    """
    gate = _gate(y_true, {"scores": scores}, folds, classes, cluster)
    found = _over_repeats(gate, np.array([1.0]))
    factor, method = gate.design.factor, _method(gate)
    estimates = {
        key: logit_interval(
            float(found.mean[row]),
            factor * found.variance[row],
            patients_behind(key, gate.names, gate.codes, gate.cluster),
            confidence_level,
            method,
            inflation=factor,
        )
        for row, key in enumerate(found.keys)
    }
    known = not np.isnan(found.variance).any()
    return FoldClassAreas(
        n=gate.codes.size,
        n_positive=0,
        n_patients=gate.n_patients,
        method=method,
        warnings=gate.design.warnings if known else (NO_INTERVAL, *gate.design.warnings),
        classes=tuple(gate.names),
        sizes=tuple(np.bincount(gate.codes, minlength=len(gate.names)).tolist()),
        averages={average: estimates[average, "", ""] for average in AVERAGES},
        one_vs_rest={name: estimates["one_vs_rest", name, "rest"] for name in gate.names},
        per_repeat={
            key[1] or key[0]: frozen(found.values[:, row]) for row, key in enumerate(found.keys)
        },
        n_folds=gate.design.n_folds,
        n_training=gate.design.n_training,
        variance_factor=factor,
    )


@case_wise(columns=("scores_a", "scores_b", "folds"))
def compare_multiclass_over_folds(
    y_true: ArrayLike,
    scores_a: ArrayLike,
    scores_b: ArrayLike,
    folds: ArrayLike,
    *,
    classes: Sequence[object],
    average: Average = "macro",
    cluster: ArrayLike | None = None,
    margin: float | None = None,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> FoldClassComparison:
    """Does modelling as in a tell classes of unseen patients apart better than modelling as in b?

    Parameters
    ----------
    y_true, folds, classes, cluster, confidence_level
        As in :func:`multiclass_over_folds`.
    scores_a, scores_b : shape (n_repeats, n, K), or (n, K) with one repeat
        Out-of-fold scores of both on the same folds.
    average
        The one average that is tested: choose it before looking.
    margin, alternative
        As in :func:`radln.stats.compare_auc`.

    Returns
    -------
    FoldClassComparison

    Raises
    ------
    InputError, LeakageError, ShapeError

    Notes
    -----
    Values and variances as in :func:`compare_over_folds`, from the paired differences of every
    fold: both models are taken as trained in the folds, and the variance of their difference is
    raised.

    References
    ----------
    Hand and Till 2001, doi:10.1023/A:1010920819831; Nadeau and Bengio 2003,
    doi:10.1023/A:1024068626366.

    Examples
    --------
    >>> y = ["a", "b", "c"] * 4
    >>> fold = [0] * 6 + [1] * 6
    >>> p = [[.6, .3, .1], [.2, .5, .3], [.1, .3, .6], [.4, .2, .4], [.5, .4, .1], [.2, .2, .6]] * 2
    >>> q = [[.4, .3, .3], [.4, .3, .3], [.1, .5, .4], [.4, .2, .4], [.3, .4, .3], [.2, .6, .2]] * 2
    >>> compare_multiclass_over_folds(y, p, q, fold, classes=["a", "b", "c"]).difference.value > 0
    True
    """
    _check.choice(average, AVERAGES, name="average")
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    check_margin(margin)
    given = {"scores_a": scores_a, "scores_b": scores_b}
    gate = _gate(y_true, given, folds, classes, cluster)
    found, method = _over_repeats(gate, np.array([1.0, -1.0])), f"{_method(gate)}, paired"
    each = [_over_repeats(gate, contrast) for contrast in np.eye(2)]
    errors = [standard_error(value) for value in gate.design.factor * found.variance]
    at = AVERAGES.index(average)
    differences = [
        wald(float(gap), se, confidence_level, method, bounds=(-1.0, 1.0))
        for gap, se in zip(found.mean, errors, strict=True)
    ]
    tested = difference_test(float(found.mean[at]), errors[at], alternative, margin)
    table = pd.DataFrame(
        [
            estimate_row(value, metric=key[0], first=key[1], second=key[2])
            for key, value in zip(found.keys, differences, strict=True)
        ]
    )
    table["pvalue"] = np.where(np.arange(len(table)) == at, tested.pvalue, np.nan)
    order = [at, *(row for row in range(len(table)) if row != at)]
    return FoldClassComparison(
        n=gate.codes.size,
        n_positive=0,
        n_patients=gate.n_patients,
        method=method,
        warnings=tested.warnings + gate.design.warnings,
        average=average,
        area_a=float(each[0].mean[at]),
        area_b=float(each[1].mean[at]),
        difference=differences[at],
        per_repeat=frozen(found.values[:, at]),
        n_folds=gate.design.n_folds,
        n_training=gate.design.n_training,
        statistic=float(tested.statistic),
        pvalue=tested.pvalue,
        alternative=alternative,
        margin=margin,
        differences=table.iloc[order].reset_index(drop=True),
    )


@dataclass(frozen=True, eq=False)
class _Gate:
    """What was let in: classes (n,), scores (sources, repeats, n, K), folds (repeats, n)."""

    names: list[str]
    codes: IntArray
    scores: FloatArray
    folds: IntArray
    cluster: IntArray | None
    design: FoldDesign

    @property
    def n_patients(self) -> int:
        return self.codes.size if self.cluster is None else int(self.cluster.max()) + 1


@dataclass(frozen=True, eq=False)
class _Found:
    """Values (repeats, k) of k areas, their means, and the variances were folds independent."""

    keys: list[Key]
    values: FloatArray
    mean: FloatArray
    variance: FloatArray


def _gate(
    y_true: ArrayLike,
    scores: Mapping[str, ArrayLike],
    folds: ArrayLike,
    classes: Sequence[object],
    cluster: ArrayLike | None,
) -> _Gate:
    names = class_names(classes)
    codes = class_codes(y_true, names)
    require_every_class(codes, names)
    rows, repeats = dict[str, ArrayLike](), list[int]()
    for name, given in scores.items():
        array = np.asarray(given)
        if isinstance(given, pd.DataFrame):  # its columns are the classes, in whatever order
            array, _ = score_matrix(given, names, codes.size, name=name)
        if array.ndim not in (2, 3) or array.shape[-2:] != (codes.size, len(names)):
            raise ShapeError(
                f"{name} must have one score a repeat, case and class, shape (n_repeats, "
                f"{codes.size}, {len(names)}); got {array.shape}."
            )
        rows |= {f"{name}, class {label}": array[..., k] for k, label in enumerate(names)}
        repeats.append(1 if array.ndim == 2 else array.shape[0])
    checked, parts, patients = folds_of(codes, rows, folds, cluster)
    if len(parts) != max(repeats):
        raise ShapeError(
            f"{next(iter(scores))} has {max(repeats)} repeat(s) and folds {len(parts)}; give the "
            "scores of every repeat, shape (n_repeats, n, K)."
        )
    stacked = np.stack(checked).reshape(len(scores), len(names), *parts.shape)
    design = fold_design(parts, patients, codes)
    return _Gate(names, codes, np.moveaxis(stacked, 1, -1), parts, patients, design)


def _over_repeats(gate: _Gate, contrast: FloatArray) -> _Found:
    """A contrast of the sources' areas: means over folds and repeats, and variances of one repeat
    were its folds independent, averaged over repeats.
    """
    values, variances, keys = [], [], list[Key]()
    for scores, folds in zip(np.moveaxis(gate.scores, 1, 0), gate.folds, strict=True):
        means, spreads = [], []
        for fold in np.unique(folds[folds != UNTESTED]):
            rows = np.flatnonzero(folds == fold)
            codes = gate.codes[rows]
            _refuse_lacking(codes, gate.names, int(fold))
            found = [areas_of(codes, source[rows], gate.names) for source in scores]
            kept = [i for i, key in enumerate(found[0].keys) if key[0] != "one_vs_one"]
            keys = [found[0].keys[i] for i in kept]
            whose = None
            if gate.cluster is not None:
                whose = np.unique(gate.cluster[rows], return_inverse=True)[1]
            means.append(contrast @ np.stack([one.values[kept] for one in found]))
            parts = np.tensordot(contrast, np.stack([one.parts[:, kept] for one in found]), axes=1)
            spreads.append(np.square(area_errors(keys, parts, codes, whose)))
        values.append(np.mean(means, axis=0))
        variances.append(np.sum(spreads, axis=0) / len(spreads) ** 2)
    table = np.array(values)
    return _Found(keys, table, table.mean(axis=0), np.mean(variances, axis=0))


def _refuse_lacking(codes: IntArray, names: list[str], fold: int) -> None:
    missing = [name for k, name in enumerate(names) if not (codes == k).any()]
    if missing:
        raise InputError(
            f"fold {fold} tests no case of class {missing[0]} (n = {codes.size}), so that nothing "
            "can be said of it there. Use fewer folds, or folds that keep the shares of the "
            "classes; or join rare classes."
        )


def _method(gate: _Gate) -> str:
    design, n_repeats = gate.design, gate.folds.shape[0]
    folds = "hold-outs" if design.hold_out else f"{design.n_folds} folds"
    repeats = f", mean over {n_repeats} repeats" if n_repeats > 1 else ""
    shared = ", variance raised for shared patients" if design.tested < 1 else ""
    return (
        f"{named_variance(gate.cluster)}; mean over {folds}{repeats}{shared}; interval "
        f"{design.speaks_of}"
    )
