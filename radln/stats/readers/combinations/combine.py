"""Model, clinical regression and readers, alone and joined, judged on held-out patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations as subsets
from typing import Any

import numpy as np
import pandas as pd

from radln import _check
from radln._random import as_generator
from radln._result import Estimate, estimate_row
from radln._types import ArrayLike, BoolArray, IntArray, Rng
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats._widths import one_sided
from radln.stats.calls.diagnostic import diagnostic_table, shares_of
from radln.stats.discrimination import repeats as folded
from radln.stats.readers.below_chance import Given, findings, ranked
from radln.stats.readers.combinations._areas import Areas, areas_of, difference_method, interval
from radln.stats.readers.combinations._cross_fit import CrossFit, Source, cross_fit
from radln.stats.readers.combinations._inputs import hidden_inputs, not_independent
from radln.stats.readers.combinations._order import canonical_order
from radln.stats.readers.combinations._panel import (
    Kind,
    Members,
    Panel,
    check_combinations,
    panel_of,
)
from radln.stats.readers.combinations._primary import compare_primary, named_pair
from radln.stats.readers.combinations._rules import check_plan
from radln.stats.readers.combinations.combination import Combination
from radln.stats.readers.combinations.combined_reads import (
    CONDITIONAL,
    METRICS,
    CombinedReads,
    Measure,
)

CHECKED_REPEATS = 5
NOTHING = "nothing was fitted"


@case_wise()
def combine_reads(
    y_true: ArrayLike,
    members: Members,
    combinations: Sequence[Combination] = (),
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    cutoffs: Mapping[str, float] | None = None,
    choose: str | float = "youden",
    primary: tuple[str, str] | None = None,
    primary_on: Measure = "auc",
    inputs: Mapping[str, Sequence[str]] | None = None,
    cluster: ArrayLike | None = None,
    n_folds: int = 5,
    n_repeats: int = 5,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> CombinedReads:
    """Are model and physician together better than either alone?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    members
        Name -> values (n,): a model's or a clinical regression's probability, a reader's score, or
        a reader's call (0/1). Higher means more likely positive. Predictions of a model that was
        fitted to these patients must be its out-of-fold predictions.
    combinations
        What is joined, by which rule; see :class:`Combination` and :func:`every_combination`.
    groups
        Name -> members that speak as one, such as ``{"experts": ["expert_1", "expert_2"]}``: by the
        majority of their calls, and by the mean of their calibrated probabilities in rules that
        join probabilities.
    kinds
        Name -> ``call``, ``probability`` or ``score``, where the values mislead. By itself 0 and 1
        alone is a call, anything within 0..1 a probability, the rest a score.
    cutoffs
        Name -> cut-off given beforehand, of a member or of a combination of probabilities: a case
        is called where the value is at or above it.
    choose : "youden" or in (0, 1)
        How all other cut-offs are chosen in the training folds: by Youden's index, or as the
        highest that reaches this sensitivity there.
    primary
        The one comparison that is tested: two names of members, groups or combinations.
    primary_on
        ``auc``: between two scores, or between two reads that are calls alone. ``sensitivity`` and
        ``specificity``: McNemar on the calls. ``balanced_accuracy``: on the calls, the mean of
        both.
    inputs
        Member -> the members that it was built from, such as a regression with a reader's score
        among its predictors. A primary comparison across the two is refused, any other is marked.
    cluster : shape (n,), optional
        The patient of every case; patients, not cases, are dealt to the folds.
    n_folds, n_repeats
        Of the cross-fitting of whatever is learned. Repeats are averaged as metrics, and their
        variances too.
    confidence_level : in (0, 1)
    n_resamples
        Of the patient bootstrap behind F1.
    rng
        Seed or Generator.

    Returns
    -------
    CombinedReads
        ``figures``, ``differences``, ``fitted``, ``primary``.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    A majority that ties is decided by the sum, over its members, of calibrated log odds above those
    at their cut-offs (positive where it is not below zero); where any of them gave calls only, a
    tie is positive.

    Calibration is Platt's, never falling; fitted weights are those of a non-negative least squares
    regression; the stack is a ridge logistic regression. All of it, and every cut-off and band that
    was not given, is fitted in the training folds and frozen for the patients held out. Intervals
    and tests of what was fitted are conditional on it: they leave out what other training patients
    would have changed.

    Sensitivity to accuracy and F1 are those of :func:`diagnostic_table` (F1 by patient bootstrap).
    The area of a fitted score is the mean of the areas within folds, as in :func:`auc_over_folds`,
    but with a jackknife over the patients, since folds hold few of them, and Student's t with
    (patients - folds) degrees of freedom. Calls and scores as given are pooled (DeLong; Obuchowski
    with patients, differences then by t with the patients of the rarer class less one). A
    difference with a fitted score takes both areas within folds, and may differ a little from that
    of the two areas in the table.

    A continuous score against calls alone is no primary test: the areas differ by the missing
    cut-offs, not by knowledge.

    References
    ----------
    Platt 1999, Advances in Large Margin Classifiers, 61-74; Obuchowski 1997, doi:10.2307/2533958;
    DeLong et al. 1988, doi:10.2307/2531595; Kittler et al. 1998, doi:10.1109/34.667881; Wolpert
    1992, doi:10.1016/S0893-6080(05)80023-1; Breiman 1996, doi:10.1007/BF00117832.

    Examples
    --------
    >>> y = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    >>> members = {"model": [0.9, 0.8, 0.7, 0.6, 0.2, 0.4, 0.6, 0.3, 0.2, 0.1],
    ...            "reader": [1, 0, 1, 1, 1, 0, 0, 1, 0, 0]}
    >>> found = combine_reads(y, members, [Combination("or", ("model", "reader"))],
    ...                       cutoffs={"model": 0.5}, primary=("model or reader", "reader"))
    >>> found.table()[["source", "Sensitivity", "AUC"]].iloc[2].tolist()
    ['model or reader', '1.00 (0.57–1.00)', '0.80 (0.43–0.96), binary']
    """
    positive = _check.outcome(y_true)
    codes = _check.clusters(cluster, positive.size)
    panel = panel_of(members, groups, kinds, positive.size)
    listed = check_combinations(combinations, panel)
    plan = check_plan(cutoffs, choose, panel, listed)
    hidden = hidden_inputs(inputs, panel)
    pair = named_pair(primary, primary_on, panel, listed, hidden)
    level = _check.fraction(confidence_level, name="confidence_level")
    _check.whole(n_resamples, name="n_resamples", least=2)
    generator = as_generator(rng)
    seed = int(generator.integers(2**31)) if isinstance(rng, np.random.Generator) else int(rng)
    order, patients = canonical_order(positive, panel, codes)
    positive, panel = positive[order], panel.take(order)
    codes = None if codes is None else _check.clusters(patients, positive.size)
    fit = cross_fit(
        panel,
        positive,
        patients,
        listed,
        plan,
        n_folds=_check.whole(n_folds, name="n_folds", least=2),
        n_repeats=_check.whole(n_repeats, name="n_repeats"),
        seed=seed,
    )
    areas = areas_of(fit.sources, positive, fit.folds, codes)
    figures, notes = _figures(fit, areas, positive, codes, level, n_resamples, seed)
    clashes = not_independent(hidden, panel, listed)
    test = compare_primary(pair, primary_on, fit, areas, positive, codes, level)
    return CombinedReads(
        **counts(positive, codes),
        method=_method(fit, codes),
        warnings=(
            *_against_truth(panel, positive, codes),
            *fit.warnings,
            *_marked(clashes),
            *_few_repeats(fit),
            *(test.warnings if test else ()),
            *notes,
            *_one_sided(fit, areas),
        ),
        figures=figures,
        differences=_differences(fit, areas, codes, level, clashes),
        fitted=fit.pieces,
        primary=test,
        n_folds=len(np.unique(fit.folds)),
        n_repeats=fit.folds.shape[0],
    )


def _against_truth(panel: Panel, positive: BoolArray, cluster: IntArray | None) -> tuple[str, ...]:
    """Members that rank against the truth."""
    given = [
        Given(name, "member", "", values, panel.kinds[name] == "call")
        for name, values in panel.values.items()
    ]
    return findings(ranked(positive, given, cluster))


def _figures(
    fit: CrossFit,
    areas: Areas,
    positive: BoolArray,
    cluster: IntArray | None,
    level: float,
    n_resamples: int,
    seed: int,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One row a source and metric, and what must be said of single sources."""
    rows: list[dict[str, Any]] = []
    notes: dict[str, list[str]] = {}
    for i, source in enumerate(fit.sources):
        tables = [
            diagnostic_table(
                positive,
                call,
                cluster=cluster,
                confidence_level=level,
                n_resamples=n_resamples,
                rng=seed,
            )
            for call in source.call
        ]
        labels = {
            "source": source.name,
            "kind": source.kind,
            "rule": source.rule,
            "members": ", ".join(source.members),
            "reads": "binary" if source.score is None else "score",
        }
        for metric in METRICS[:-1]:
            estimates = [getattr(table, metric) for table in tables]
            estimate = estimates[0] if not source.call_learned else averaged(estimates)
            one = None if source.call_learned else shares_of(tables[0]).get(metric)
            k, of = (np.nan, np.nan) if one is None else one
            rows.append({**estimate_row(estimate, **labels), "metric": metric, "k": k, "of": of})
        method = _area_method(fit, source, cluster)
        estimate = areas.estimate(i, source, positive, cluster, level, method)
        rows.append({**estimate_row(estimate, **labels), "metric": "auc"})
        said = [note for table in tables for note in table.warnings]
        said += [
            f"{row['metric']}: not estimable."
            for row in rows[-len(METRICS) :]
            if np.isnan(row["value"])
        ]
        for note in dict.fromkeys(said):
            if note.partition(":")[0] in METRICS:  # of the table's other metrics nothing is shown
                notes.setdefault(note, []).append(source.name)
    table = pd.DataFrame(rows)
    first = ["source", "kind", "rule", "members", "reads", "metric"]
    return table[first + [name for name in table if name not in first]], tuple(
        f"{note.removesuffix('.')} ({'; '.join(names)})." for note, names in notes.items()
    )


def averaged(estimates: Sequence[Estimate]) -> Estimate:
    """The mean over repeats, labelled as what it is."""
    mean = folded.mean_over_repeats(estimates)
    return replace(mean, method=mean.method.replace(folded.FOLD_MODELS, CONDITIONAL))


def _area_method(fit: CrossFit, source: Source, cluster: IntArray | None) -> str:
    """How one area was made."""
    method = "DeLong" if cluster is None else "Obuchowski, clustered by patient"
    if source.score is not None and source.score_learned:
        method = f"jackknife over {_units(cluster)}; mean over {len(np.unique(fit.folds))} folds"
    if source.score is None:
        method += "; binary, (sensitivity + specificity)/2"
    learned = source.call_learned if source.score is None else source.score_learned
    if learned:
        method += f"; {CONDITIONAL}"
        if fit.folds.shape[0] > 1:
            method += f"; mean over {fit.folds.shape[0]} repeats"
    return method


def _units(cluster: IntArray | None) -> str:
    return "cases" if cluster is None else "patients"


def _differences(
    fit: CrossFit,
    areas: Areas,
    cluster: IntArray | None,
    level: float,
    clashes: set[frozenset[str]],
) -> pd.DataFrame:
    """One row a pair of sources."""
    rows = []
    for (i, first), (j, second) in subsets(enumerate(fit.sources), 2):
        binary = (first.score is None) + (second.score is None)
        learned = any(
            source.call_learned if source.score is None else source.score_learned
            for source in (first, second)
        )
        method = difference_method(areas, i, j, cluster)
        name = f"{method}; {CONDITIONAL}" if learned else method
        labels = {
            "first": first.name,
            "second": second.name,
            "compared": ("two scores", "a score and a binary read", "two binary reads")[binary],
            "independent": frozenset((first.name, second.name)) not in clashes,
        }
        rows.append(estimate_row(interval(*areas.difference(i, j), level, name), **labels))
    columns = ["first", "second", "compared", "independent"]
    columns += ["value", "low", "high", "se", "confidence_level", "method"]
    return pd.DataFrame(rows, columns=columns)


def _one_sided(fit: CrossFit, areas: Areas) -> tuple[str, ...]:
    """What must be said of differences of which only one side has a spread."""
    pairs = subsets(enumerate(fit.sources), 2)
    return one_sided(
        (f"{first.name} − {second.name}", areas.area(i)[1], areas.area(j)[1])
        for (i, first), (j, second) in pairs
    )


def _few_repeats(fit: CrossFit) -> list[str]:
    """What the simulation says of fewer repeats of the cross-fitting."""
    n_repeats = fit.folds.shape[0]
    if n_repeats >= CHECKED_REPEATS or not any(source.learned for source in fit.sources):
        return []
    return [
        f"{n_repeats} repeat(s) of the cross-fitting: in simulation one repeat rejected in up to "
        f"8.4 % in place of 5 %, and intervals of areas were too narrow; {CHECKED_REPEATS} repeats "
        "keep both."
    ]


def _marked(clashes: set[frozenset[str]]) -> list[str]:
    """What must be said of comparisons with one's own input."""
    return [
        f"{' and '.join(sorted(pair))}: one is built from a read of the other, so that their "
        "difference is no independent comparison."
        for pair in sorted(clashes, key=sorted)
    ]


def _method(fit: CrossFit, cluster: IntArray | None) -> str:
    """How everything was made, as a phrase for the methods section."""
    inside = any(source.score_learned for source in fit.sources)
    folded = f" (within folds by a jackknife over {_units(cluster)})" if inside else ""
    errors = f"areas by DeLong{folded}, shares by Wilson, F1 by bootstrap"
    if cluster is not None:
        errors = (
            f"areas by Obuchowski{folded}, shares by Wilson on n / design effect, F1 by patient "
            "bootstrap, all clustered by patient"
        )
    if not any(source.learned for source in fit.sources):
        return f"{NOTHING}; {errors}"
    repeats = f", mean over {fit.folds.shape[0]} repeats" if fit.folds.shape[0] > 1 else ""
    return (
        "calibrations, weights, bands and cut-offs that were not given beforehand were fitted in "
        f"the training patients of {len(np.unique(fit.folds))} folds and frozen for those held "
        f"out{repeats}; {errors}; intervals are {CONDITIONAL}"
    )
