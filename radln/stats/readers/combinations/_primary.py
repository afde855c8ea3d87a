"""The one comparison that was named beforehand, tested as its kind allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from radln import _check
from radln._door import worded
from radln._result import Estimate
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._intervals import cluster_sums
from radln.stats._ztest import difference_test, standard_error
from radln.stats.calls.paired import mcnemar
from radln.stats.discrimination.repeats import mean_over_repeats
from radln.stats.readers.combinations._areas import Areas, areas_of, difference_method, interval
from radln.stats.readers.combinations._cross_fit import CrossFit, Source
from radln.stats.readers.combinations._inputs import clash
from radln.stats.readers.combinations._panel import Panel
from radln.stats.readers.combinations.combination import Combination
from radln.stats.readers.combinations.combined_reads import CONDITIONAL, Measure, PrimaryComparison

NO_TEST = (
    "the primary comparison has no test: the error of the difference is zero or cannot be "
    "estimated; more patients, or fewer folds, would help."
)
FITTED_CALLS = (
    "the primary comparison rests on cut-offs, bands or ties that were fitted, and its p-value "
    "leaves out that other patients would have moved them; give them beforehand for a test that "
    "keeps its level in small studies."
)
MEASURES = ("auc", "balanced_accuracy", "sensitivity", "specificity")


def named_pair(
    primary: tuple[str, str] | None,
    primary_on: Measure,
    panel: Panel,
    combinations: Sequence[Combination],
    hidden: dict[str, frozenset[str]],
) -> tuple[str, str] | None:
    """The two names, if they may be compared on this measure."""
    _check.choice(primary_on, MEASURES, name="primary_on")
    if primary is None:
        return None
    names = _check.listed(primary, name="primary")
    made = {one.name: one for one in combinations}
    known = [*panel.names, *made]
    unknown = [name for name in names if name not in known]
    if len(names) != 2 or len(set(map(str, names))) < 2 or unknown:
        raise InputError(
            "primary must be two different names of members, groups or combinations, which are "
            f"{', '.join(known)}; got {primary!r}."
        )
    first, second = names
    sides = [
        set(panel.behind(made[name].members)) if name in made else set(panel.single(name))
        for name in names
    ]
    option = worded("primary", "--primary")
    if clash(hidden, sides[0], sides[1]):
        raise InputError(
            f"{option} compares {first!r} with {second!r}, but "
            f"{worded('inputs', '--input')} says that one is built from a "
            "read of the other, so that it is no independent comparison. Fit the model again "
            "without that read, or name another comparison."
        )
    binary = [_is_binary(name, panel, made) for name in names]
    if primary_on == "auc" and binary[0] != binary[1]:
        calls, score = names if binary[0] else (second, first)
        raise InputError(
            f"{option} compares the AUC of the score {score!r} with that of {calls!r}, which is "
            "binary; the areas differ by the missing cut-offs, not by knowledge. Compare calls "
            + worded(
                "with primary_on='balanced_accuracy', 'sensitivity' or 'specificity', or the score "
                "at the operating point of the calls with compare_matched(..., sensitivity='b').",
                "with --primary-on balanced_accuracy, sensitivity or specificity.",
            )
        )
    return first, second


def _is_binary(name: str, panel: Panel, made: dict[str, Combination]) -> bool:
    """Whether there are calls alone."""
    if name in made:
        return made[name].is_binary
    return name in panel.groups or panel.kinds[name] == "call"


def compare_primary(
    pair: tuple[str, str] | None,
    on: Measure,
    fit: CrossFit,
    areas: Areas,
    positive: BoolArray,
    cluster: IntArray | None,
    level: float,
) -> PrimaryComparison | None:
    """Test the named pair."""
    if pair is None:
        return None
    names = [source.name for source in fit.sources]
    i, j = (names.index(name) for name in pair)
    a, b = fit.sources[i], fit.sources[j]
    if on in ("sensitivity", "specificity"):
        return _on_share(a, b, on, positive if on == "sensitivity" else ~positive, cluster, level)
    if on == "balanced_accuracy":
        a, b = (replace(source, score=None, score_learned=False) for source in (a, b))
        areas, i, j = areas_of((a, b), positive, fit.folds, cluster), 0, 1
    return _on_area(a, b, on, areas, (i, j), cluster, level)


def _on_area(
    a: Source,
    b: Source,
    on: Measure,
    areas: Areas,
    at: tuple[int, int],
    cluster: IntArray | None,
    level: float,
) -> PrimaryComparison:
    """Two areas, of scores or of calls."""
    gap, variance, df = areas.difference(*at)
    tested = difference_test(gap, standard_error(variance), "two-sided", df=df)
    method = difference_method(areas, *at, cluster) + (", on calls" if a.score is None else "")
    learned = [s.call_learned if s.score is None else s.score_learned for s in (a, b)]
    return _primary(
        a,
        b,
        on,
        areas.values(*at),
        interval(gap, variance, df, level, method),
        (float(tested.statistic), tested.pvalue),
        any(learned),
    )


def _on_share(
    a: Source,
    b: Source,
    on: Measure,
    among: BoolArray,
    cluster: IntArray | None,
    level: float,
) -> PrimaryComparison:
    """The shares of right calls among the positive, or the negative, cases."""
    right = [source.call if on == "sensitivity" else ~source.call for source in (a, b)]
    n_repeats = max(part.shape[0] for part in right)
    first, second = (np.broadcast_to(part, (n_repeats, among.size))[:, among] for part in right)
    patients = None if cluster is None else _check.clusters(cluster[among], int(among.sum()))
    tests = [
        mcnemar(x, y, cluster=patients, confidence_level=level)
        for x, y in zip(first, second, strict=True)
    ]
    statistic, pvalue, method = tests[0].statistic, tests[0].pvalue, tests[0].method
    difference = tests[0].difference
    if n_repeats > 1:
        difference = mean_over_repeats([test.difference for test in tests])
        statistic, pvalue = _score_test(first.astype(np.float64) - second, patients)
        method = "McNemar's score test on means over the repeats"
        method += ", clustered by patient" if cluster is not None else ""
    return _primary(
        a,
        b,
        on,
        (float(first.mean()), float(second.mean())),
        replace(difference, method=method),
        (float(statistic), float(pvalue)),
        a.call_learned or b.call_learned,
    )


def _score_test(d: FloatArray, cluster: IntArray | None) -> tuple[float, float]:
    """``(mean sum of D)^2 / (mean sum of D^2)`` over repeats, ``D`` the sums of patients."""
    sums = [row if cluster is None else cluster_sums(row, cluster) for row in d]
    below = float(np.mean([part @ part for part in sums]))
    if below == 0:
        return 0.0, 1.0
    z = float(np.mean([part.sum() for part in sums])) / np.sqrt(below)
    return z**2, float(2 * ndtr(-abs(z)))


def _primary(
    a: Source,
    b: Source,
    on: Measure,
    values: tuple[float, float],
    difference: Estimate,
    test: tuple[float, float],
    learned: bool,
) -> PrimaryComparison:
    """Everything together, with the label of what was fitted."""
    method = f"{difference.method}; {CONDITIONAL}" if learned else difference.method
    calls = on != "auc" or a.score is None
    notes = [NO_TEST] if np.isnan(test[1]) else []
    if learned and calls:
        notes.append(FITTED_CALLS)
    return PrimaryComparison(
        first=a.name,
        second=b.name,
        on=on,
        binary=a.score is None and b.score is None,
        value_first=values[0],
        value_second=values[1],
        difference=replace(difference, method=method),
        statistic=test[0],
        pvalue=test[1],
        method=method,
        warnings=tuple(notes),
    )
