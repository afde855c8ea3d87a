"""Numbers from out-of-fold predictions: within folds, over folds, over repeats, never pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from radln import _check
from radln._result import Estimate, frozen
from radln._types import Alternative, ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import ALTERNATIVES, counts, wald
from radln.stats._ztest import check_margin, difference_test, standard_error
from radln.stats.discrimination._area_interval import logit_interval, patients_of, same_score
from radln.stats.discrimination._fold_design import UNTESTED, FoldDesign, fold_design
from radln.stats.discrimination._folds import fold_gate, over_folds
from radln.stats.discrimination._two_values import unlike
from radln.stats.discrimination.fold_results import FoldAuc, FoldComparison

FOLD_MODELS = "of these fold models and their cut-offs"
BOTH_FIXED = (
    "both scores are one vector for all repeats and were taken as not trained in the folds "
    "(readers, published scores). Out-of-fold scores of a model must be given repeat by repeat, "
    "never averaged."
)
PERHAPS_AVERAGED = (
    "{names} is one vector of fine-grained scores for all repeats and was taken as not trained in "
    "the folds (a published score, an exact read). If it is the mean of out-of-fold predictions, "
    "its interval is too narrow: give the predictions of every repeat."
)
NO_INTERVAL = "no interval: in some fold a class has cases of one patient only; use fewer folds."


@case_wise(columns=("scores", "folds"))
def auc_over_folds(
    y_true: ArrayLike,
    scores: ArrayLike,
    folds: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> FoldAuc:
    """How well do cross-validated models rank patients that they have not seen?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    scores : shape (n_repeats, n) or (n,)
        Out-of-fold scores. One vector (a reader's) serves all repeats.
    folds : shape (n_repeats, n) or (n,)
        In which fold each case was tested. In repeated hold-outs a case without a turn has no fold
        (NaN) and needs no score.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    FoldAuc

    Raises
    ------
    SingleClassError
        A fold tests cases of one class only.
    LeakageError
        A patient stands in two folds of one repeat.

    Notes
    -----
    Within a repeat: the plain mean of the within-fold areas, since scores of different models do
    not share a scale and pooled areas are biased. Over repeats: the mean of the values.

    The interval is one of the way of modelling: the area to expect in new patients of models
    trained on as many patients as here in the folds (``n_training``, not n). Its variance is that
    of independent folds, averaged over repeats, times ``2 (1 - 1/K + 1/(K R))`` for K folds and R
    repeats: each pair of patients is looked at from both sides, once tested and once in training.
    That is exact where models learn nothing, and an upper bound where they learn. In simulation
    the same interval also holds the mean true area of the very models that were fitted. Limits are
    on the logit scale and, near 0 and 1, not closer than those of Newcombe's method 5.

    It leaves out what was tried before the final design, and other hospitals.

    References
    ----------
    LeDell, Petersen and van der Laan 2015, doi:10.1214/15-EJS1035; Obuchowski 1997,
    doi:10.2307/2533958; Nadeau and Bengio 2003, doi:10.1023/A:1024068626366; Newcombe 2006,
    doi:10.1002/sim.2324.

    Examples
    --------
    >>> y = [0, 1, 0, 1, 0, 1, 0, 1]
    >>> fold = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> round(auc_over_folds(y, [1, 4, 2, 3, 8, 7, 5, 6], fold).estimate.value, 3)
    0.75
    """
    positive, (values,), parts, codes = fold_gate(y_true, {"scores": scores}, folds, cluster)
    design = fold_design(parts, codes, positive)
    fixed = _fixed(values, scores, folds, parts, design)
    found = over_repeats(positive, [values], parts, codes, np.ones((1, 1)), design, (not fixed,))
    method = _method(parts, codes, design, ("scores",) if fixed else ())
    factor = design.fixed_factor if fixed else design.factor
    estimate = logit_interval(
        float(found.mean[0]),
        found.variance[0],
        patients_of(positive, codes),
        confidence_level,
        method,
        inflation=factor,
    )
    missing = same_score(values[parts != UNTESTED])
    if np.isnan(estimate.low):
        missing = (NO_INTERVAL, *missing)
    return FoldAuc(
        **counts(positive, codes),
        method=method,
        warnings=missing + _averaged({"scores": values} if fixed else {}) + design.warnings,
        estimate=estimate,
        per_repeat=frozen(found.values[:, 0]),
        n_folds=design.n_folds,
        n_training=design.n_training,
        variance_factor=factor,
    )


@case_wise(columns=("scores_a", "scores_b", "folds"))
def compare_over_folds(
    y_true: ArrayLike,
    scores_a: ArrayLike,
    scores_b: ArrayLike,
    folds: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    margin: float | None = None,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> FoldComparison:
    """Does modelling as in a rank unseen patients better than modelling as in b (or a reader)?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    scores_a, scores_b : shape (n_repeats, n) or (n,)
        Out-of-fold scores on the same folds. One vector (a reader's) serves all repeats.
    folds : shape (n_repeats, n) or (n,)
    cluster : shape (n,), optional
        The patient of every case.
    margin, alternative
        As in :func:`radln.stats.compare_auc`.
    confidence_level : in (0, 1)

    Returns
    -------
    FoldComparison

    Raises
    ------
    SingleClassError, LeakageError, ShapeError, InputError

    Notes
    -----
    Values and variances are put together as in :func:`auc_over_folds`, from the paired differences
    of every fold. A score that is the same in all repeats (a reader, a published formula) was not
    trained in the folds, and the variance of the other one alone is raised. With a single repeat
    give such a score as one vector beside folds of shape (1, n).

    Interval and test are those of the way of modelling at ``n_training`` patients: would it beat
    the other in another sample? Whether a whole pipeline finds anything at all is also answered by
    permuting the outcome over patients.

    Examples
    --------
    >>> y = [0, 1, 0, 1, 0, 1, 0, 1]
    >>> fold = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> result = compare_over_folds(y, [1, 4, 2, 3, 8, 7, 5, 6], [2, 1, 3, 4, 5, 6, 7, 8], fold)
    >>> round(result.difference.value, 3), result.per_repeat.size
    (0.125, 1)
    """
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    check_margin(margin)
    positive, (a, b), parts, codes = fold_gate(
        y_true, {"scores_a": scores_a, "scores_b": scores_b}, folds, cluster
    )
    contrast = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
    design = fold_design(parts, codes, positive)
    trained = [
        not _fixed(array, given, folds, parts, design)
        for array, given in ((a, scores_a), (b, scores_b))
    ]
    found = over_repeats(positive, [a, b], parts, codes, contrast, design, trained)
    given = {"a": a, "b": b}
    held = tuple(name for name, own in zip(given, trained, strict=True) if not own)
    method, mean = _method(parts, codes, design, held), found.mean
    se = standard_error(found.variance[2])
    tested = difference_test(mean[2], se, alternative, margin)
    patients = patients_of(positive, codes)
    first, second = (
        logit_interval(
            float(mean[i]),
            found.variance[i],
            patients,
            confidence_level,
            method,
            inflation=design.factor if trained[i] else design.fixed_factor,
        )
        for i in (0, 1)
    )
    return FoldComparison(
        **counts(positive, codes),
        method=method,
        warnings=tested.warnings
        + design.warnings
        + unlike({name: values[parts != UNTESTED] for name, values in given.items()})
        + ((BOTH_FIXED,) if len(held) == 2 else _averaged({n: given[n] for n in held})),
        auc_a=first,
        auc_b=second,
        difference=wald(float(mean[2]), se, confidence_level, method, bounds=(-1.0, 1.0)),
        per_repeat=frozen(found.values[:, 2]),
        n_folds=design.n_folds,
        n_training=design.n_training,
        statistic=float(tested.statistic),
        pvalue=tested.pvalue,
        alternative=alternative,
        margin=margin,
    )


@dataclass(frozen=True, eq=False)
class Found:
    """Contrasts (n_repeats, k), their means (k,) and the variances of those."""

    values: FloatArray
    mean: FloatArray
    variance: FloatArray


def over_repeats(
    positive: BoolArray,
    scores: Sequence[FloatArray],
    parts: IntArray,
    cluster: IntArray | None,
    contrast: FloatArray,
    design: FoldDesign,
    trained: Sequence[bool] = (True, True),
) -> Found:
    """Means over folds and repeats; what was trained in the folds has its variance raised.

    Of a difference with a fixed score the model's own variance is raised, or that of the
    difference where this is less: of a model that ranks nearly as the score does, only what sets
    them apart was learned.
    """
    own = contrast * np.asarray(trained, dtype=np.float64)[: contrast.shape[1]]
    both = np.concatenate([contrast, own])
    repeats = [
        over_folds(positive, np.stack([s[r] for s in scores]), part, cluster, both)
        for r, part in enumerate(parts)
    ]
    size = contrast.shape[0]
    values = np.array([value[:size] for value, _ in repeats])
    variance = np.mean([v for _, v in repeats], axis=0)
    fixed, raised = design.fixed_factor, design.factor
    apart = fixed * variance[:size] + (raised - fixed) * variance[size:]
    return Found(values, values.mean(axis=0), np.minimum(apart, raised * variance[:size]))


def _fixed(
    scores: FloatArray, given: ArrayLike, folds: ArrayLike, parts: IntArray, design: FoldDesign
) -> bool:
    """Whether a score was not trained in the folds: one vector for all, or equal in all repeats."""
    if np.ndim(given) == 1:
        return np.ndim(folds) == 2
    tested = parts != UNTESTED
    low = np.where(tested, scores, np.inf).min(axis=0)
    high = np.where(tested, scores, -np.inf).max(axis=0)
    again = tested.sum(axis=0) > 1
    return bool(again.any() and (low == high)[again].all() and design.likeness < 1)


def _averaged(fixed: Mapping[str, FloatArray]) -> tuple[str, ...]:
    """A doubt about a score of a value for nearly every case: reads are mostly on a scale."""
    fine = [name for name, score in fixed.items() if np.unique(score[0]).size > score.shape[1] / 2]
    return (PERHAPS_AVERAGED.format(names=fine[0]),) if fine else ()


@case_wise()
def mean_over_repeats(estimates: Sequence[Estimate]) -> Estimate:
    """One estimate from the estimates of several repeats of cross-validation.

    Parameters
    ----------
    estimates
        The same number of every repeat. Those that are not estimable (NaN) are left out, and
        ``method`` says so.

    Returns
    -------
    Estimate
        The mean value; the standard error, and each arm of the interval, as the root mean square
        over the repeats (the mean of the variances), within the outermost of the limits. It is an
        interval of these fold models and their cut-offs in new patients, not of the way of
        modelling: another sample would move a cut-off further than it says.

    Raises
    ------
    InputError
        No estimate at all.

    Examples
    --------
    >>> parts = [Estimate(0.7, 0.6, 0.8, se=0.05), Estimate(0.8, 0.7, 0.9, se=0.05)]
    >>> print(mean_over_repeats(parts))
    0.750 (0.650–0.850)
    """
    estimates = _check.listed(estimates, name="estimates")
    if not all(isinstance(estimate, Estimate) for estimate in estimates):
        raise InputError(
            "estimates must hold an Estimate of every repeat, such as auc(...).estimate."
        )
    if not estimates:
        raise InputError("estimates is empty; give the estimate of every repeat.")
    known = [estimate for estimate in estimates if not np.isnan(estimate.value)]
    first = estimates[0]
    method = f"{first.method}; {FOLD_MODELS}"
    if len(estimates) > 1:
        method += f"; mean over {len(known)} of {len(estimates)} repeats"
    if not known:
        return Estimate(np.nan, np.nan, np.nan, first.confidence_level, method)
    value, low, high = np.array([(e.value, e.low, e.high) for e in known]).T
    errors = [np.nan if e.se is None else e.se for e in known]
    centre = value.mean()
    se = float(np.sqrt(np.mean(np.square(errors))))
    return Estimate(
        float(centre),
        float(np.maximum(centre - np.sqrt(np.mean((value - low) ** 2)), low.min())),
        float(np.minimum(centre + np.sqrt(np.mean((high - value) ** 2)), high.max())),
        first.confidence_level,
        method,
        None if np.isnan(se) else se,
    )


def _method(
    parts: IntArray, cluster: IntArray | None, design: FoldDesign, fixed: tuple[str, ...]
) -> str:
    """How an out-of-fold number was made; ``fixed`` are the scores that no fold has trained."""
    errors = "DeLong" if cluster is None else "Obuchowski, clustered by patient"
    n_repeats = parts.shape[0]
    folds = "hold-outs" if design.hold_out else f"{design.n_folds} folds"
    repeats = f", mean over {n_repeats} repeats" if n_repeats > 1 else ""
    shared = ", variance raised for shared patients" if design.tested < 1 else ""
    about = f"{shared}; interval {design.speaks_of}"
    if fixed in (("scores",), ("a", "b")):
        about = "; interval of the scores as they are"
    if fixed:
        about += f"; {' and '.join(fixed)} taken as not trained in the folds"
    return f"{errors}; mean over {folds}{repeats}{about}"
