"""The door of every public function: cases in one order, patients counted, warnings said aloud."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from radln import _check
from radln._placeholders import doubts
from radln._result import Result
from radln._spelling import number_doubts, one_spelling
from radln.errors import InputError, RadlnError, RadlnWarning
from radln.stats._patients import Tally, judged_at, patients_of_classes
from radln.stats._stacked import stacked_repeats
from radln.stats._widths import with_width

P = ParamSpec("P")
R = TypeVar("R")

# Arguments that hold no value a case, so that their index says nothing about cases.
NO_CASES = frozenset(
    (
        "at", "bins", "choose", "classes", "combinations", "cutoffs", "cuts", "estimates",
        "estimator", "groups", "inputs", "kinds", "knots", "labels", "modalities", "named",
        "normal", "null", "order", "primary", "pvalues", "readers", "resampled", "rules",
        "sensitivity", "sizes", "specificity", "thresholds", "times", "x_edges", "y_edges",
    )
)  # fmt: skip
# Arguments that hold names, of which dates may be one, or that meet dates in their own words.
DATES = frozenset(
    ("centre", "cluster", "folds", "frame", "group", "groups", "strata", "time", "values")
)  # fmt: skip
# Arguments that are numbers and not categories in an order.
NUMBERS = frozenset(
    (
        "X", "marker", "position", "prob_a", "prob_b", "prob_new", "prob_old", "risk", "risk_a",
        "risk_b", "score", "score_a", "score_b", "scores", "scores_a", "scores_b", "x", "y",
        "y_prob", "y_score",
    )
)  # fmt: skip
WORDS = {
    "y_true": "have a case with y_true = {}",
    "group": "have a case in group {}",
    "event": "have the event",
}


SCORES = ("y_prob", "y_score", "score_a", "prob_a", "prob_old")


ALL = "all"
STACKED = (
    "the rows look like {repeats} repeats of {cases} cases, one below the other (outcomes recur, "
    "and scores run together), and every row counts as a patient. Give one repeat; or all of them "
    "to the *_over_folds functions (one repeat a row); or say whose the rows are with cluster."
)
REPEATED = (
    "labels of the pandas index repeat, and no cluster was given: every row counts as a case of "
    "its own. Where rows of one label are of one patient, or one case in several repeats, give "
    "cluster; otherwise reset the index."
)


def case_wise(
    *, classes: str | None = None, apart: str = "", columns: tuple[str, ...] = ()
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only cases in one order into a public function, and let nothing out in silence.

    Pandas indexes of all arguments must agree and no array may be masked. Called from outside the
    statistics, the patients of ``cluster`` are counted over all cases of the call: where each has
    one case, the function sees none; where they are few, :func:`judged_at` has its say; intervals
    without width meet :func:`with_width`. What a result warns of is also given as a Python warning
    to a caller outside the library.

    Parameters
    ----------
    classes
        The argument whose classes must have patients enough; ``event`` or ``y_true`` where the
        function has one of them, otherwise all patients are counted together. A method of a reader
        study counts by its truth, or ``ALL`` patients.
    apart
        A switch that, where False, says that the arguments hold different people, whose order
        the function checks for each of the two.
    columns
        Arguments whose tables hold the cases in their columns.
    """

    def door(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        named = set(signature.parameters)
        of = classes or next((name for name in ("event", "y_true") if name in named), None)
        cluster = signature.parameters.get("cluster")
        may_lack = cluster is not None and "None" in str(cluster.annotation)

        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            if cluster is None and "cluster" in kwargs and named & {"y_true", "event"}:
                raise InputError(_no_patients(function.__name__, named))
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = bound.arguments
            for name, value in given.items():
                _refuse_disguised(value, name)
            together = given.get(apart) is not False
            if together:
                _check.same_order(
                    _of_cases(given, columns),
                    columns=[c for c in columns if isinstance(given.get(c), pd.DataFrame)],
                )
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if _within(caller, "radln.stats"):
                return function(*args, **kwargs)
            tally = _tally(given, of) if together else _of_two_arms(given)
            if cluster is None:
                tally = _of_reads(next(iter(given.values()), None), of)
            whole = dict(given)
            if tally is not None and tally.alone and may_lack:
                given["cluster"] = None
            found = function(*bound.args, **bound.kwargs)
            if tally is not None:
                times, tallies = _at_times(given, of, tally)
                found = judged_at(found, times, tallies)
            notes = _about_labels(whole)
            found = with_width(found)
            if notes and isinstance(found, Result):
                found = replace(found, warnings=(*found.warnings, *notes))
            if not _within(caller, "radln"):
                if cluster is not None and given.get("cluster") is None and tally is None:
                    found = _doubted(found, _of_cases(given, columns))
                    found = _repeats_doubted(found, given)
                _say(found, tally, notes)
            return found

        return called

    return door


def _no_patients(function: str, named: set[str]) -> str:
    """What to do where patients have several cases and a function knows none."""
    remedy = "Give it one case a patient."
    if function == "logrank":
        remedy = "Compare the groups by cox(time, event, X, cluster=...), X being 0/1 columns, "
        remedy += "whose test is robust by patient; or give it one row a patient."
    elif "y_prob" in named:
        remedy = "Look at calibration(..., cluster=...); or give it one case a patient."
    elif {"y_score", "risk"} & named:
        remedy = "Its points need no patients; intervals that count them are those of auc, "
        remedy += "roc_band, choose_cutoff and auc_at."
    return f"{function} takes no cluster: it counts every case as a patient of its own. {remedy}"


def _doubted(found: R, given: Mapping[str, Any]) -> R:
    """A doubt where labels of cases repeat, as those of patients or of repeats do."""
    if not isinstance(found, Result) or not _check.repeated_labels(given):
        return found
    return replace(found, warnings=(*found.warnings, REPEATED))


def _repeats_doubted(found: R, given: Mapping[str, Any]) -> R:
    """A doubt where the cases seem to be repeats of fewer."""
    score = next((given[name] for name in SCORES if name in given), None)
    if not isinstance(found, Result) or score is None or "y_true" not in given:
        return found
    try:
        positive = np.asarray(given["y_true"], dtype=np.float64) == 1
        values = np.asarray(score, dtype=np.float64)
    except (TypeError, ValueError):
        return found
    if positive.ndim != 1 or positive.shape != values.shape:
        return found
    repeats = stacked_repeats(positive, values)
    if repeats == 1:
        return found
    note = STACKED.format(repeats=repeats, cases=positive.size // repeats)
    return replace(found, warnings=(*found.warnings, note))


def _about_labels(given: Mapping[str, Any]) -> list[str]:
    """Notes on labels that may be missing values written as text, but where an order has them, and
    on patients whose names are one number."""
    named = {
        str(label)
        for option in ("classes", "labels", "order")
        for label in (() if given.get(option) is None else given[option])
    }
    notes = [
        note
        for name, value in given.items()
        if name not in NO_CASES and name != "cluster"
        for note in _doubts(value, name, named)
    ]
    for part in _patients_of(given.get("cluster")):
        notes += number_doubts(part, name="cluster")
    return notes


def _patients_of(cluster: Any) -> list[Any]:
    """The names of patients, of both arms where there are two; none where all are numbers."""
    parts = [cluster]
    if isinstance(cluster, tuple) and any(map(np.ndim, cluster)):
        parts = [*cluster]
    return [
        part
        for part in parts
        if part is not None
        and not pd.api.types.is_numeric_dtype(getattr(part, "dtype", np.dtype(object)))
    ]


def _doubts(value: object, name: str, named: Collection[str]) -> list[str]:
    """The same of one argument: labels a case, or a table of them."""
    if isinstance(value, pd.DataFrame):
        parts = (
            _doubts(part, f"column {title!r} of {name}", named) for title, part in value.items()
        )
        return [note for part in parts for note in part]
    if isinstance(value, list | tuple) and any(map(np.ndim, value)):
        return [note for part in value for note in _doubts(part, name, named)]
    if not isinstance(value, pd.Series | pd.Index | pd.Categorical | np.ndarray | list | tuple):
        return []
    dtype = getattr(value, "dtype", None)
    ordered = isinstance(dtype, pd.CategoricalDtype) and dtype.ordered
    if ordered or (dtype is not None and pd.api.types.is_numeric_dtype(dtype)):
        return []
    labels = np.asarray(value, dtype=object).ravel()
    return doubts([label for label in labels if str(label) not in named], name=name)


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _refuse_disguised(value: object, name: str) -> None:
    """Refuse what would count as numbers that it is not; also within a list, a tuple or a dict."""
    _refuse_one(value, name, name)
    parts: list[tuple[object, object]] = []
    if isinstance(value, Mapping):
        parts = list(value.items())
    elif isinstance(value, list | tuple):
        parts = list(enumerate(value))
    for key, part in parts:
        _refuse_one(part, name, f"{name}[{key!r}]")


def _refuse_one(value: object, argument: str, name: str) -> None:
    """A masked array; dates in the place of numbers; an order in that of numbers."""
    _check.unmasked(value, name=name)
    _check.no_dates(value, name=name, but_dates=argument in DATES)
    if argument in NUMBERS:
        _check.one_order(value, name=name)


def _of_cases(given: Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    """The arguments that hold a value a case, tables of cases in columns turned round; but those
    that have a row a case, which are refused for their shape later.
    """
    y_true = given.get("y_true")
    cases = np.shape(y_true)[:1] if columns and y_true is not None else ()

    def turned(name: str, value: Any) -> bool:
        return name in columns and isinstance(value, pd.DataFrame) and value.shape[:1] != cases

    return {
        name: value.T if turned(name, value) else value
        for name, value in given.items()
        if name not in NO_CASES
    }


def _tally(given: Mapping[str, Any], of: str | None) -> Tally | None:
    """The patients of the call; None where there is no cluster, or none that can be counted."""
    cluster = given.get("cluster")
    if cluster is None:
        return None
    try:
        codes = _check.clusters(cluster, _n_cases(given, of))
        classes = None if of is None else _classes(given, of)
    except (RadlnError, TypeError, ValueError, KeyError, OverflowError):
        return None  # the function refuses it in its own words
    if codes is None or codes.size == 0 or (classes is not None and len(classes) != codes.size):
        return None
    return patients_of_classes(codes, classes, WORDS.get(of or "", ""))


def _n_cases(given: Mapping[str, Any], of: str | None) -> int:
    """How many cases the call has: by its classes, or its first argument with a value a case."""
    if of is not None:
        return len(given[of])
    first, second = list(given.values())[:2]
    return int(second) if callable(first) else len(first)


def _classes(given: Mapping[str, Any], of: str) -> pd.Series:
    """The class of every case; of survival who has the event, the rest being of no class."""
    column = _check.column(given[of], name=of)
    if of == "event":
        happened = column == given["cause"] if "cause" in given else column != 0
        return pd.Series("event", index=column.index).where(happened)
    whole = pd.api.types.is_numeric_dtype(column) and (column % 1 == 0).all()
    return column.astype(np.int64) if whole else column


def _at_times(
    given: Mapping[str, Any], of: str | None, tally: Tally
) -> tuple[list[float], list[Tally]]:
    """The times of the call, and who has had the event by each and who is followed beyond it.

    The patients of the whole call where it asks for no time.
    """
    pairs = given.get("tau") if {"risk", "risk_a"} & {*given} else None
    asked = given.get("at", given.get("times", pairs))
    if of != "event" or asked is None or tally.alone:
        return [0.0], [tally]
    codes = np.asarray(_check.clusters(given["cluster"], len(given["event"])), dtype=np.int64)
    time = _check.numbers(given["time"], name="time")
    happened = _check.column(given["event"], name="event").astype(np.int64).to_numpy()
    cause = happened == given.get("cause", 1)
    other = (happened != 0) & ~cause & (given.get("controls") == "without-cause")
    times = [float(at) for at in np.atleast_1d(asked)]
    tallies = []
    for at in times:
        labels = pd.Series(np.full(time.size, None), dtype=object)
        labels[(time > at) | (other & (time <= at))] = f"are without the event at {at:g}"
        labels[cause & (time <= at)] = f"have the event by {at:g}"
        tallies.append(patients_of_classes(codes, labels, "{}"))
    return times, tallies


def _of_reads(reads: object, of: str | None) -> Tally | None:
    """The patients of a reader study, whose methods have no ``cluster``."""
    cluster = getattr(reads, "cluster", None)
    if cluster is None:
        return None
    truth = pd.Series(np.asarray(getattr(reads, "y_true", None), dtype=np.int64))
    return patients_of_classes(cluster, None if of == ALL else truth, WORDS["y_true"])


def _of_two_arms(given: Mapping[str, Any]) -> Tally | None:
    """The arm with the fewest patients, where the two hold different people."""
    cluster, y_true = given["cluster"], given["y_true"]
    if not isinstance(cluster, tuple) or len(cluster) != 2:
        return None
    if all(np.ndim(part) == 1 for part in cluster):
        everybody = (patient for part in cluster for patient in part)
        one_spelling(everybody, name="cluster", shown=False)
    outcomes = y_true if isinstance(y_true, tuple) and len(y_true) == 2 else (y_true, y_true)
    arms = [
        _tally({"y_true": y, "cluster": c}, "y_true")
        for y, c in zip(outcomes, cluster, strict=True)
    ]
    known = [arm for arm in arms if arm is not None]
    in_a, in_b = (np.asarray(c).astype(str) for c in cluster)
    if len(known) < 2 or np.intersect1d(in_a, in_b).size:
        return None
    fewest = min(known, key=lambda arm: (arm.alone, arm.fewest))
    return Tally(fewest.fewest, fewest.who, all(arm.alone for arm in known))


def _say(found: object, tally: Tally | None, labels: Iterable[str]) -> None:
    """A result's warnings as Python warnings at the caller's line; of no result those on labels."""
    of_no_result = (*(tally.notes if tally else ()), *labels)
    for note in found.warnings if isinstance(found, Result) else of_no_result:
        warnings.warn(note, RadlnWarning, stacklevel=3)
