"""Make hostile studies by seed, and judge them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.study.hostile import alike, files, layouts, masks, names, settings, tables
from tests.study.hostile.judge import Verdict, judge
from tests.study.hostile.kinds import KINDS, OUTCOMES, Kind
from tests.study.hostile.registry import SPOILERS
from tests.study.hostile.world import Twin, World, make_twin

ROOMS = (alike, files, layouts, masks, names, settings, tables)  # importing them fills SPOILERS


@dataclass(frozen=True)
class Judged:
    """A kind, the number of the study, and what became of it."""

    kind: Kind
    number: int
    verdict: Verdict


def make_twins(folder: Path) -> tuple[Twin, Twin]:
    """A clean study with images, and one with features from a file."""
    return make_twin(folder / "images"), make_twin(folder / "features", images=False)


def judge_one(kind: Kind, number: int, seed: int, twins: tuple[Twin, Twin], folder: Path) -> Judged:
    """One study of this kind, spoilt in its own way."""
    rng = np.random.default_rng([seed, KINDS.index(kind), number])
    here = folder / "study"
    try:
        world = World.copy_of(twins[kind.part == "features"], here, rng)
        SPOILERS[kind.name](world)
        return Judged(kind, number, judge(world, kind))
    finally:
        shutil.rmtree(here)


def in_turn(n: int, kinds: Sequence[Kind] = KINDS) -> list[tuple[Kind, int]]:
    """n studies, the kinds in turn, each with its number."""
    return [(kinds[k % len(kinds)], k // len(kinds)) for k in range(n)]


def markdown(judged: Sequence[Judged]) -> str:
    """The table kind x outcome, and whether each kind came to what the list says."""
    lines = ["| Kind | Expected | " + " | ".join(OUTCOMES) + " |"]
    lines += ["|---|---|" + "---|" * len(OUTCOMES)]
    for kind in dict.fromkeys(one.kind for one in judged):
        counts = [
            sum(one.kind == kind and one.verdict.outcome == outcome for one in judged)
            for outcome in OUTCOMES
        ]
        as_expected = all(
            one.verdict.outcome == kind.expected for one in judged if one.kind == kind
        )
        expected = kind.expected if as_expected else f"{kind.expected} (not always)"
        shown = " | ".join(str(count) if count else "" for count in counts)
        lines.append(f"| {kind.name} | {expected} | {shown} |")
    totals = [sum(one.verdict.outcome == outcome for one in judged) for outcome in OUTCOMES]
    lines.append("| all | | " + " | ".join(map(str, totals)) + " |")
    return "\n".join(lines)


def unexpected(judged: Sequence[Judged]) -> list[Judged]:
    """Those that did not come to what the list says."""
    return [one for one in judged if one.verdict.outcome != one.kind.expected]
