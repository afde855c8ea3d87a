"""Readers and models that rank against the truth: the interval of the AUC lies wholly below 0.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from radln._door import worded
from radln._result import Estimate
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import RadlnError
from radln.stats._patients import FEWEST_PATIENTS
from radln.stats.readers._area import own_area
from radln.stats.readers._merit import two_valued
from radln.stats.readers._reads import Reads
from radln.stats.readers.over_folds import fold_area

Kind: TypeAlias = Literal["reader", "model", "member"]
BELOW = "wholly below 0.5"
ALL_CALLS = (
    "the calls of all readers go against the truth, though their scores do not (every interval of "
    f"half of sensitivity plus specificity {BELOW}): the calls are probably turned round. 1 must "
    "be the positive call; where calls are words, name the positive one with {}."
)


class Given(NamedTuple):
    """What somebody said of the cases; NaN where nothing.

    ``calls``: yes or no; ``beside``: the calls of somebody whose scores are given too.
    """

    who: str
    kind: Kind
    modality: str
    values: FloatArray
    calls: bool = False
    beside: bool = False


@dataclass(frozen=True)
class Ranking:
    """Who ranked the cases, where, with what AUC.

    ``calls`` says that it is one of calls, half of sensitivity plus specificity; ``beside`` that
    the same reader's scores have one too; ``few``, that patients are too few for an interval.
    """

    who: str
    kind: Kind
    modality: str
    area: Estimate
    calls: bool = False
    beside: bool = False
    few: bool = False

    @property
    def below(self) -> bool:
        """Whether the whole interval is below 0.5."""
        return bool(self.area.high < 0.5)

    @property
    def finding(self) -> str:
        """What was found, and what to do."""
        where = f" in {self.modality}" if self.modality else ""
        level = f"{100 * self.area.confidence_level:g} % CI"
        shown = f"{self.area.value:.2f} ({level} {self.area.low:.2f}–{self.area.high:.2f})"
        if self.few:
            shown = f"{self.area.value:.2f} (no interval: fewer than {FEWEST_PATIENTS} patients)"
        remedy = (
            "Are the calls turned round (the positive one must be 1, or named with "
            f"{worded('positive=', '--positive')})? Is the truth?"
        )
        if self.beside:
            return (
                f"{self.kind} {self.who}{where}: the calls go against the truth, though the scores "
                f"do not: half of sensitivity plus specificity, {shown}, lies {BELOW}. "
                + remedy.removesuffix(" Is the truth?")
                + " Is the cut-off that made them?"
            )
        found = (
            f"{self.kind} {self.who}{where}: the AUC of {shown} lies {BELOW}: this {self.kind} "
            "ranks against the truth. "
        )
        if self.calls:
            return found + remedy
        turned = "1 minus a probability"
        if self.kind == "reader":
            turned = "6 minus the score on a scale from 1 to 5"
        return found + (
            "Is the scale turned round (higher must mean more suspicious; give, for example, "
            f"{turned})? Is the truth?"
        )


def rankings_of(reads: Reads) -> tuple[Ranking, ...]:
    """The AUC of every reader by modality and session, and of every model, where it can be had.

    Where there are scores and calls, that of the calls too: either may be turned round alone.
    """
    given = [one for session in range(1 + len(reads.again)) for one in _session(reads, session)]
    given += [
        Given(name, "model", "", values, two_valued(values[None]))
        for name, values in reads.models.items()
    ]
    return tuple(
        replace(one, area=fold_area(reads, one.who).estimate)
        if one.kind == "model" and one.who in reads.folds
        else one
        for one in ranked(reads.y_true, given, reads.cluster)
    )


def _session(reads: Reads, session: int) -> list[Given]:
    """What the readers said in their first session (0), or in a later one."""
    score, call = ((reads.score, reads.call), *reads.again)[session]
    scored = call if score is None else score
    if scored is None:
        return []
    several = len(reads.modalities) > 1
    places = [
        ", ".join([name] * several + [f"session {session + 1}"] * (session > 0))
        for name in reads.modalities
    ]
    given = [
        Given(reader, "reader", place, scored[m, r], two_valued(scored[m, r : r + 1]))
        for m, place in enumerate(places)
        for r, reader in enumerate(reads.readers)
    ]
    if score is not None and call is not None:
        given += [
            Given(reader, "reader", place, call[m, r], True, True)
            for m, place in enumerate(places)
            for r, reader in enumerate(reads.readers)
        ]
    return given


def at_cut_offs(reads: Reads, cutoffs: Mapping[str, float]) -> tuple[Ranking, ...]:
    """The AUC of every model with a cut-off, and that of its calls there."""
    values = {name: reads.models[name] for name in cutoffs}
    called = {
        name: np.where(np.isnan(values[name]), np.nan, values[name] >= cut)
        for name, cut in cutoffs.items()
    }
    given = [Given(name, "model", "", own) for name, own in values.items()]
    given += [Given(name, "model", "", own, True, True) for name, own in called.items()]
    return ranked(reads.y_true, given, reads.cluster)


def ranked(
    positive: BoolArray, given: Iterable[Given], cluster: IntArray | None
) -> tuple[Ranking, ...]:
    """The AUC of everybody whose values have one."""
    found = []
    for one in given:
        area = _area(positive, one.values, cluster)
        if area is not None:
            few = _few(positive[~np.isnan(one.values)], cluster, ~np.isnan(one.values))
            found.append(Ranking(one.who, one.kind, one.modality, area, one.calls, one.beside, few))
    return tuple(found)


def against_truth(rankings: Iterable[Ranking]) -> list[Ranking]:
    """Those below 0.5; calls beside scores only where the scores are not."""
    below = [one for one in rankings if one.below]
    scores = {(one.kind, one.who, one.modality) for one in below if not one.beside}
    return [
        one for one in below if not (one.beside and (one.kind, one.who, one.modality) in scores)
    ]


def findings(rankings: Sequence[Ranking]) -> tuple[str, ...]:
    """A finding for every AUC below 0.5; where all are, that the truth is probably turned round."""
    told = against_truth(rankings)
    said = tuple(one.finding for one in told)
    below = [one for one in told if not one.beside]
    beside = [one for one in told if one.beside]
    if len(beside) > 1 and len(beside) == sum(one.beside for one in rankings):
        said = (ALL_CALLS.format(worded("positive=", "--positive")), *said)
    if len(below) < 2 or len(below) < sum(not one.beside for one in rankings):
        return said
    low, high = (end(one.area.value for one in below) for end in (min, max))
    kinds = {one.kind for one in below}
    who = " and ".join(f"all {kind}s" for kind in ("reader", "model", "member") if kind in kinds)
    return (
        f"{who} rank against the truth (AUC {low:.2f} to {high:.2f}, every interval {BELOW}): "
        "the truth is probably turned round. 1 must be the diseased class; where the truth "
        f"is in words, name the diseased one with {worded('positive=', '--positive')}.",
        *said,
    )


def joined(study: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    """Notes of a study and of an analysis of it, whose own findings the study has told."""
    return (*study, *(note for note in other if BELOW not in note))


def _few(positive: BoolArray, cluster: IntArray | None, rows: BoolArray) -> bool:
    """Whether a class has fewer patients than an interval needs, where they have several cases."""
    if cluster is None:
        return False
    patients = cluster[rows]
    if np.unique(patients).size == patients.size:
        return False
    fewest = min(np.unique(patients[members]).size for members in (positive, ~positive))
    return fewest < FEWEST_PATIENTS


def _area(positive: BoolArray, values: FloatArray, cluster: IntArray | None) -> Estimate | None:
    """The AUC of the cases that have a value; None where it cannot be had."""
    own = ~np.isnan(values)
    try:
        return own_area(positive[own], values[own], None if cluster is None else cluster[own])
    except RadlnError:
        return None
