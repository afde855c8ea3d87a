"""Readers and models of a study as the members of combinations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from radln._door import worded
from radln._types import FloatArray
from radln.errors import InputError
from radln.stats.readers._reads import Reads
from radln.stats.readers.combinations._panel import mapping


@dataclass(frozen=True)
class Members:
    """Values of every reader and model, cut-offs that the reads imply, and readers by level."""

    values: dict[str, FloatArray]
    cutoffs: dict[str, float]
    groups: dict[str, list[str]]
    warnings: tuple[str, ...]


def members_of(reads: Reads, modality: str | None, cutoffs: Mapping[str, float] | None) -> Members:
    """Every reader's scores with the cut-off that the calls imply, or the calls alone."""
    place = reads.modality_index(modality)
    given = mapping(cutoffs, name="cutoffs")
    values: dict[str, FloatArray] = {}
    implied: dict[str, float] = {}
    notes = []
    for r, reader in enumerate(reads.readers):
        score = None if reads.score is None else reads.score[place, r]
        call = None if reads.call is None else reads.call[place, r]
        _complete(reader, score, call)
        if score is None or call is None:
            values[reader] = _either(score, call)
        elif reader in given and not _yes_no(score):
            values[reader] = score
        else:
            cut = None if _yes_no(score) else _cut(score, call)
            values[reader] = call if cut is None else score
            if cut is not None:
                implied[reader] = cut
            elif not np.array_equal(score, call):
                notes.append(_without_scores(reader, score, call))
    for name in reads.models:
        if np.isnan(reads.models[name]).any():
            raise InputError(
                f"model {name} has no value for {int(np.isnan(reads.models[name]).sum())} cases "
                "that were read; add them, or leave the cases or the model out."
            )
        values[name] = reads.models[name]
    return Members(values, {**implied, **given}, groups_of(reads), tuple(notes))


def _complete(reader: str, score: FloatArray | None, call: FloatArray | None) -> None:
    """Refuse a reader who did not read every case."""
    for given in (score, call):
        if given is not None and np.isnan(given).any():
            raise InputError(
                f"reader {reader} did not read {int(np.isnan(given).sum())} of {given.size} "
                "cases; combinations need every read. Leave those cases or the reader out."
            )


def _either(score: FloatArray | None, call: FloatArray | None) -> FloatArray:
    """What there is; reads have one of the two at least."""
    return np.asarray(call if score is None else score)


def _yes_no(score: FloatArray) -> bool:
    """Whether the scores are calls by another name."""
    return bool(np.isin(score, (0.0, 1.0)).all())


def _cut(score: FloatArray, call: FloatArray) -> float | None:
    """The lowest score that was called positive, where the calls are a cut of the scores."""
    positive = call == 1
    if positive.all() or not positive.any():
        return None
    lowest = float(score[positive].min())
    return lowest if score[~positive].max() < lowest else None


def _without_scores(reader: str, score: FloatArray, call: FloatArray) -> str:
    """Why a reader's calls stand without the scores, and what to do."""
    remedy = worded(
        f"Give cutoffs={{{reader!r}: ...}} to keep the scores.",
        f"To keep the scores leave out the column call and give --cutoff {reader}=...",
    )
    if _yes_no(score):
        strays = int((score != call).sum())
        return (
            f"reader {reader}: {strays} of {call.size} scores (0 or 1) differ from the calls, "
            "which stand for the reader. Check them."
        )
    if (call == call[0]).all():
        return (
            f"reader {reader} called every case alike, which names no cut-off of the scores; the "
            f"calls stand for the reader, without scores. {remedy}"
        )
    cuts = np.append(np.unique(score), np.inf)
    strays = min(int(((score >= cut) != (call == 1)).sum()) for cut in cuts)
    return (
        f"reader {reader}: {strays} of {call.size} calls agree with no cut-off of the scores (a "
        "positive call at or below the score of a negative one), so the calls stand for the "
        f"reader, without scores. Check these calls. {remedy}"
    )


def groups_of(reads: Reads) -> dict[str, list[str]]:
    """Levels of two readers or more, in the plural, or all readers where there are no levels.

    A group never takes the name of a reader or model.
    """
    levels = reads.levels or ("all reader",) * len(reads.readers)
    groups: dict[str, list[str]] = {}
    for level in sorted(set(levels)):
        who = [reader for reader, own in zip(reads.readers, levels, strict=True) if own == level]
        name = level if level.endswith("s") else f"{level}s"
        while name in (*reads.readers, *reads.models, *groups):
            name = f"{name} (group)"
        if len(who) > 1:
            groups[name] = who
    return groups
