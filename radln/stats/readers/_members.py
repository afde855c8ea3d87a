"""Readers and models of a study as the members of combinations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

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


def members_of(reads: Reads, modality: str | None, cutoffs: Mapping[str, float] | None) -> Members:
    """Every reader's scores with the cut-off that the calls imply, or the calls alone."""
    place = reads.modality_index(modality)
    values: dict[str, FloatArray] = {}
    implied: dict[str, float] = {}
    for r, reader in enumerate(reads.readers):
        score = None if reads.score is None else reads.score[place, r]
        call = None if reads.call is None else reads.call[place, r]
        for given in (score, call):
            if given is not None and np.isnan(given).any():
                raise InputError(
                    f"reader {reader} did not read {int(np.isnan(given).sum())} of {given.size} "
                    "cases; combinations need every read. Leave those cases or the reader out."
                )
        cut = None if score is None or call is None else _cut(score, call)
        if score is not None and (call is None or cut is not None):
            values[reader] = score
            if cut is not None:
                implied[reader] = cut
        elif call is not None:
            values[reader] = call
    for name in reads.models:
        if np.isnan(reads.models[name]).any():
            raise InputError(
                f"model {name} has no value for {int(np.isnan(reads.models[name]).sum())} cases "
                "that were read; add them, or leave the cases or the model out."
            )
        values[name] = reads.models[name]
    levels = sorted(set(reads.levels or ()))
    found = {
        level: [r for r, own in zip(reads.readers, reads.levels or (), strict=True) if own == level]
        for level in levels
    }
    groups = {f"{level}s": who for level, who in found.items() if len(who) > 1}
    return Members(values, {**implied, **mapping(cutoffs, name="cutoffs")}, groups)


def _cut(score: FloatArray, call: FloatArray) -> float | None:
    """The lowest score that was called positive, where the calls are a cut of the scores."""
    positive = call == 1
    if positive.all() or not positive.any():
        return None
    lowest = float(score[positive].min())
    return lowest if score[~positive].max() < lowest else None
