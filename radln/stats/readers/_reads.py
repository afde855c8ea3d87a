"""Reads as arrays: who scored which case in which modality, what was true, what models said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import numpy as np

from radln._door import worded
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError, LeakageError


class FoldScores(NamedTuple):
    """Out-of-fold scores (n_repeats, n) of a model, and in which fold each case was tested."""

    scores: FloatArray
    folds: IntArray


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Reads:
    """The reads of a study, validated; m modalities, r readers, n cases.

    Parameters
    ----------
    case_ids : n unique labels, sorted
    patient : shape (n,)
        Patients as codes 0..k-1.
    y_true : shape (n,)
    readers, levels, modalities
        Names; a level (such as "expert") a reader, None where none were given.
    score, call : shape (m, r, n), or None
        NaN where a reader did not read a case in a modality; a call is 0 or 1.
    again : shape (m, r, n) each
        The second, third ... reads of the same case by the same reader, scores then calls.
    models
        A model's score (n,) for every case; NaN where it has none.
    folds
        The out-of-fold scores behind those of a model, where they are known for every case.
    inputs
        The readers whose own reads a model was given as predictors.
    own_scales
        Whether every reader has a scale of their own, so that scores are not averaged.
    warnings
        What was noted on the way in.
    """

    case_ids: tuple[str, ...]
    patient: IntArray
    y_true: BoolArray
    readers: tuple[str, ...]
    levels: tuple[str, ...] | None
    modalities: tuple[str, ...]
    score: FloatArray | None
    call: FloatArray | None
    again: tuple[tuple[FloatArray | None, FloatArray | None], ...] = ()
    models: Mapping[str, FloatArray] = field(default_factory=dict)
    folds: Mapping[str, FoldScores] = field(default_factory=dict)
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_scales: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def cluster(self) -> IntArray | None:
        """The patients, where one has several cases; None otherwise."""
        several = np.unique(self.patient).size < self.patient.size
        return self.patient if several else None

    @property
    def read(self) -> BoolArray:
        """Which cases were read (m, r, n), by score or by call."""
        seen = np.zeros((len(self.modalities), len(self.readers), self.y_true.size), dtype=bool)
        for values in (self.score, self.call):
            if values is not None:
                seen |= ~np.isnan(values)
        return seen

    @property
    def design(self) -> str:
        """How cases meet readers and modalities.

        "factorial" (everyone reads every case in every modality), "cases nested in readers",
        "cases nested in modalities", "readers nested in modalities" or "partly crossed".
        """
        return design_of(self.read)

    def modality_index(self, modality: str | None) -> int:
        """Where a modality stands; None is the only one there is."""
        if modality is None:
            if len(self.modalities) == 1:
                return 0
            raise InputError(
                f"modality must be named; the reads have {', '.join(self.modalities)}."
            )
        if modality not in self.modalities:
            raise InputError(
                f"no modality {modality!r} among the reads; there are {', '.join(self.modalities)}."
            )
        return self.modalities.index(modality)

    def only(self, places: tuple[int, ...]) -> Self:
        """The reads in some modalities, in that order."""
        chosen = list(places)

        def taken(values: FloatArray | None) -> FloatArray | None:
            return None if values is None else values[chosen]

        return replace(
            self,
            modalities=tuple(self.modalities[place] for place in places),
            score=taken(self.score),
            call=taken(self.call),
            again=tuple((taken(score), taken(call)) for score, call in self.again),
        )

    def without_models(self) -> Self:
        """The same reads, no model."""
        return replace(self, models={}, folds={}, inputs={})

    def needed_score(self) -> FloatArray:
        """The scores, or an error that says which column is missing."""
        if self.score is None:
            raise InputError(
                "the reads have no column score, so no ROC area can be computed; "
                + worded('use figure="sensitivity" or "specificity" on the calls, or ', "")
                + "add the scores."
            )
        return self.score

    def needed_call(self) -> FloatArray:
        """The calls, or an error that says how to get them."""
        if self.call is None:
            raise InputError(
                "the reads have no column call (0 or 1); add it, or give "
                f"{worded('threshold= to from_frame', '--threshold')} so that a score at or above "
                "it counts as a positive call."
            )
        return self.call

    def needed_levels(self) -> tuple[str, ...]:
        """The readers' levels, or an error that says which column is missing."""
        if self.levels is None:
            raise InputError(
                "the reads have no column level (such as expert, trainee); add it to compare "
                "groups of readers."
            )
        return self.levels

    def needed_model(self, model: str | None) -> tuple[str, FloatArray]:
        """One model's name and its scores, complete."""
        names = tuple(self.models)
        if not names:
            raise InputError(
                "the study holds no model; give "
                f"{worded('model= to ReaderStudy.from_frame', '--model')}."
            )
        name = names[0] if model is None and len(names) == 1 else str(model)
        if name not in self.models:
            raise InputError(f"model must be one of {', '.join(names)}; got {model!r}.")
        values = self.models[name]
        if self.inputs.get(name):
            raise LeakageError(
                f"{name} was given the reads of {', '.join(self.inputs[name])} as predictors, so "
                "it is no rival of the readers: its performance holds theirs. Compare a model "
                "without those predictors, or leave these readers out of the study."
            )
        if np.isnan(values).any():
            raise InputError(
                f"model {name} has no value for {int(np.isnan(values).sum())} of {values.size} "
                "cases that were read; add them, or leave those cases out of the reads."
            )
        return name, values


def design_of(read: BoolArray) -> str:
    """The design that a pattern (m, r, n) of reads amounts to."""
    m, r = read.shape[:2]
    filled = read.any(axis=2)
    if not filled.all():
        one_each = bool((filled.sum(axis=0) == 1).all())
        return "readers nested in modalities" if one_each and m > 1 else "partly crossed"
    if read.all():
        return "factorial"
    if r > 1 and (read.any(axis=0).sum(axis=0) == 1).all():
        return "cases nested in readers"
    if m > 1 and (read.any(axis=1).sum(axis=0) == 1).all():
        return "cases nested in modalities"
    return "partly crossed"
