"""Members, groups and combinations judged on patients that nothing was fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radln._door import worded
from radln._types import BoolArray, FloatArray, IntArray
from radln.designs import Split, grouped_folds
from radln.errors import InputError
from radln.stats.readers.combinations._panel import Panel
from radln.stats.readers.combinations._rules import (
    FittedRule,
    Plan,
    call_is_learned,
    fit_members,
    fit_rule,
    is_learned,
)
from radln.stats.readers.combinations.combination import Combination

TextArray: TypeAlias = NDArray[np.str_]
FEW = 5


@dataclass(frozen=True, eq=False)
class Source:
    """What one member, group or combination said of every case.

    ``call`` and ``score`` have shape (r, n), one row a repeat, one row where nothing is learned;
    ``score`` is None where there are calls alone.
    """

    name: str
    kind: str
    rule: str
    members: tuple[str, ...]
    call: BoolArray
    score: FloatArray | None
    call_learned: bool
    score_learned: bool

    @property
    def learned(self) -> bool:
        """Whether anything about it was fitted."""
        return self.call_learned or self.score_learned


@dataclass(frozen=True, eq=False)
class CrossFit:
    """All sources, the fold of every case (r, n), and what was fitted, one row a piece and fold."""

    sources: tuple[Source, ...]
    folds: IntArray
    pieces: pd.DataFrame
    warnings: tuple[str, ...]


def cross_fit(
    panel: Panel,
    positive: BoolArray,
    patients: TextArray,
    combinations: Sequence[Combination],
    plan: Plan,
    *,
    n_folds: int,
    n_repeats: int,
    seed: int,
) -> CrossFit:
    """Fit in the training folds whatever is learned, and judge the held-out patients by it."""
    learned = {name: call_is_learned(name, panel, plan) for name in panel.names}
    learned |= {one.name: is_learned(one, panel, plan) for one in combinations}
    n = positive.size
    everything = np.arange(n)
    folds = [Split(0, 0, everything, everything)]
    if any(learned.values()):
        _enough(positive, patients, n_folds)
        folds = list(
            grouped_folds(positive, patients, n_folds=n_folds, n_repeats=n_repeats, seed=seed)
        )
    where = np.zeros((folds[-1].repeat + 1, n), dtype=np.int64)
    calls = {name: np.zeros(where.shape, dtype=np.bool_) for name in learned}
    scores = {one.name: np.zeros(where.shape) for one in combinations if not one.is_binary}
    rows: list[dict[str, object]] = []
    for fold in folds:
        where[fold.repeat, fold.test] = fold.fold
        train, test, y = panel.take(fold.train), panel.take(fold.test), positive[fold.train]
        pieces = fit_members(train, y, plan)
        for name in panel.names:
            calls[name][fold.repeat, fold.test] = pieces.votes(test, name)
        for one in combinations:
            fitted = fit_rule(one, pieces, train, y, plan)
            calls[one.name][fold.repeat, fold.test] = fitted.call(test, one)
            score = fitted.score(test, one)
            if score is not None:
                scores[one.name][fold.repeat, fold.test] = score
            if learned[one.name]:
                rows += _pieces(one, fitted, plan, fold)
        rows += _member_cutoffs(pieces, plan, learned, fold)
    sources = [_of_panel(name, panel, calls[name], learned[name]) for name in panel.names]
    for one in combinations:
        kept = slice(None) if learned[one.name] else slice(0, 1)
        sources.append(
            Source(
                one.name,
                "combination",
                one.rule,
                one.members,
                calls[one.name][kept],
                scores.get(one.name),
                learned[one.name],
                not one.is_binary,
            )
        )
    notes = _few(positive, patients, where, n_folds) if any(learned.values()) else ()
    table = pd.DataFrame(rows, columns=["source", "piece", "value", "repeat", "fold"])
    return CrossFit(tuple(sources), where, table, notes)


def _of_panel(name: str, panel: Panel, call: BoolArray, learned: bool) -> Source:
    """A member with its own scores, or a group with its majority's calls."""
    if name in panel.groups:
        kept = call if learned else call[:1]
        return Source(name, "group", "majority", panel.groups[name], kept, None, learned, False)
    score = None if panel.kinds[name] == "call" else panel.values[name][None]
    kept = call if learned else call[:1]
    return Source(name, "member", "", (name,), kept, score, learned, False)


def _member_cutoffs(
    pieces: FittedRule, plan: Plan, learned: dict[str, bool], fold: Split
) -> list[dict[str, object]]:
    """The cut-offs that were chosen in one fold."""
    return [
        _piece(name, "cut-off", value, fold)
        for name, value in pieces.cutoffs.items()
        if name not in plan.cutoffs and learned[name]
    ]


def _pieces(
    one: Combination, fitted: FittedRule, plan: Plan, fold: Split
) -> list[dict[str, object]]:
    """What was fitted for one combination in one fold."""
    rows = []
    if one.rule == "stack" or (one.rule == "weighted" and one.weights is None):
        word = "coefficient" if one.rule == "stack" else "weight"
        for name, weight in zip(one.members, fitted.weights, strict=True):
            rows.append(_piece(one.name, f"{word} of {name}", weight, fold))
    if fitted.band is not None and not isinstance(one.band, tuple):
        for word, limit in zip(("low", "high"), fitted.band, strict=True):
            rows.append(_piece(one.name, f"band, {word} end", limit, fold))
    if fitted.cutoff is not None and one.name not in plan.cutoffs:
        rows.append(_piece(one.name, "cut-off", fitted.cutoff, fold))
    return rows


def _piece(source: str, piece: str, value: float, fold: Split) -> dict[str, object]:
    return {
        "source": source,
        "piece": piece,
        "value": value,
        "repeat": fold.repeat,
        "fold": fold.fold,
    }


def _enough(positive: BoolArray, patients: TextArray, n_folds: int) -> None:
    """Refuse fewer patients of a class than folds."""
    fewest = min(np.unique(patients[members]).size for members in (positive, ~positive))
    if fewest < n_folds:
        raise InputError(
            worded(
                f"n_folds = {n_folds}, but {fewest} patient(s) of cluster have a case of the rarer "
                "class; use fewer folds, or give all cut-offs and bands beforehand and join calls "
                "alone, so that nothing is fitted.",
                f"{fewest} patient(s) have a case of the rarer class; joining model and readers "
                f"by {n_folds} folds needs {n_folds} at least.",
            )
        )


def _few(
    positive: BoolArray, patients: TextArray, where: IntArray, n_folds: int
) -> tuple[str, ...]:
    """What must be said where a fold tests few patients of a class."""
    fewest = {}
    for word, members in (("positive", positive), ("negative", ~positive)):
        counted = [
            np.unique(patients[members & (row == fold)]).size
            for row in where
            for fold in range(n_folds)
        ]
        fewest[word] = min(counted)
    word, count = min(fewest.items(), key=lambda item: item[1])
    if count >= FEW:
        return ()
    return (
        f"some fold tests {count} patient(s) with a {word} case; below {FEW} the fitted elements "
        "and the areas within folds are unstable: "
        + worded(
            "use fewer folds, rules with nothing to fit, or more patients.",
            "more patients would help.",
        ),
    )
