"""Readers and models that rank against the truth: the interval of the AUC lies wholly below 0.5."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from radln._door import worded
from radln._result import Estimate
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import RadlnError
from radln.stats.readers._area import own_area
from radln.stats.readers._reads import Reads

Kind: TypeAlias = Literal["reader", "model", "member"]
BELOW = "wholly below 0.5"


class Given(NamedTuple):
    """What somebody said of the cases; NaN where nothing."""

    who: str
    kind: Kind
    modality: str
    values: FloatArray
    calls: bool = False


@dataclass(frozen=True)
class Ranking:
    """Who ranked the cases, where, with what AUC; ``calls`` says that it is one of calls."""

    who: str
    kind: Kind
    modality: str
    area: Estimate
    calls: bool = False

    @property
    def below(self) -> bool:
        """Whether the whole interval is below 0.5."""
        return bool(self.area.high < 0.5)

    @property
    def finding(self) -> str:
        """What was found, and what to do."""
        where = f" in {self.modality}" if self.modality else ""
        level = f"{100 * self.area.confidence_level:g} % CI"
        found = (
            f"{self.kind} {self.who}{where}: the AUC of {self.area.value:.2f} ({level} "
            f"{self.area.low:.2f}–{self.area.high:.2f}) lies {BELOW}: this {self.kind} ranks "
            "against the truth. "
        )
        if self.calls:
            return found + (
                "Are the calls turned round (the positive one must be 1, or named with "
                f"{worded('positive=', '--positive')})? Is the truth?"
            )
        turned = "1 minus a probability"
        if self.kind == "reader":
            turned = "6 minus the score on a scale from 1 to 5"
        return found + (
            "Is the scale turned round (higher must mean more suspicious; give, for example, "
            f"{turned})? Is the truth?"
        )


def rankings_of(reads: Reads) -> tuple[Ranking, ...]:
    """The AUC of every reader in every modality and of every model, where it can be had."""
    scored = reads.score if reads.score is not None else reads.needed_call()
    several = len(reads.modalities) > 1
    given = [
        Given(reader, "reader", name if several else "", scored[m, r], reads.score is None)
        for m, name in enumerate(reads.modalities)
        for r, reader in enumerate(reads.readers)
    ]
    given += [Given(name, "model", "", values) for name, values in reads.models.items()]
    return ranked(reads.y_true, given, reads.cluster)


def ranked(
    positive: BoolArray, given: Iterable[Given], cluster: IntArray | None
) -> tuple[Ranking, ...]:
    """The AUC of everybody whose values have one."""
    found = []
    for one in given:
        area = _area(positive, one.values, cluster)
        if area is not None:
            found.append(Ranking(one.who, one.kind, one.modality, area, one.calls))
    return tuple(found)


def findings(rankings: Sequence[Ranking]) -> tuple[str, ...]:
    """A finding for every AUC below 0.5; where all are, that the truth is probably turned round."""
    below = [one for one in rankings if one.below]
    said = tuple(one.finding for one in below)
    if len(below) < 2 or len(below) < len(rankings):
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


def _area(positive: BoolArray, values: FloatArray, cluster: IntArray | None) -> Estimate | None:
    """The AUC of the cases that have a value; None where it cannot be had."""
    own = ~np.isnan(values)
    try:
        return own_area(positive[own], values[own], None if cluster is None else cluster[own])
    except RadlnError:
        return None
