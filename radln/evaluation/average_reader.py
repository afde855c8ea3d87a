"""A model against the average of the readers, these readers being fixed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln._result import Estimate
from radln._types import BoolArray
from radln.errors import InputError
from radln.evaluation.scores import Scores, Source
from radln.stats.discrimination.mean_of_readers import compare_with_mean_over_folds
from radln.stats.readers.study import ReaderStudy

FEW = 2  # values of a read, which rank too coarsely for an area


def graded_readers(scores: Scores, at: BoolArray, coarse: Collection[str]) -> list[str]:
    """The readers of more than two values who read all of these units; those of two as they were
    read (``coarse``) may have more where views were averaged.
    """
    return [
        name
        for name, one in scores.readers.items()
        if name not in coarse and one.known[at].all() and np.unique(one.score[0, at]).size > FEW
    ]


@dataclass(frozen=True)
class AgainstAverage:
    """A model's area minus the average of these readers; ``df`` of its interval."""

    difference: Estimate
    pvalue: float
    df: float
    readers: tuple[str, ...]


def against_average(
    scores: Scores, full: str, level: float, coarse: Collection[str] = ()
) -> AgainstAverage:
    """The difference of a model's area and the readers' average, as `radln readers` has it.

    Raises
    ------
    InputError
        There is no such model, or nobody gave more than two values to all of its cases.
    """
    model = scores.models.get(full)
    if model is None:
        raise InputError(f"there is no model {full}.")
    at = model.judged
    readers = graded_readers(scores, at, coarse)
    if not readers:
        raise InputError(
            f"no reader gave more than {FEW} values and read all cases of {full}, so that there "
            "is no average to compare with."
        )
    if model.hold_outs and len(model.score) > 1 and model.folds is not None:
        drawn = compare_with_mean_over_folds(
            scores.y[at],
            model.score[:, at],
            np.stack([scores.readers[name].score[0, at] for name in readers]),
            model.folds[:, at],
            cluster=scores.patients[at],
            confidence_level=level,
        )
        return AgainstAverage(drawn.difference, drawn.pvalue, np.inf, tuple(readers))
    study = ReaderStudy.from_frame(
        pd.concat([_reads(scores, name, at) for name in readers], ignore_index=True),
        model=_predicted(scores, model, at),
        scale="own",
    )
    found = study.compare_with_model(full, readers="fixed", confidence_level=level)
    return AgainstAverage(found.difference, found.pvalue, found.df, tuple(found.readers))


def _reads(scores: Scores, name: str, at: BoolArray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": scores.units[at],
            "patient_id": scores.patients[at],
            "y_true": scores.outcome.coded(scores.y[at]),
            "reader": name,
            "score": scores.readers[name].score[0, at],
        }
    )


def _predicted(scores: Scores, model: Source, at: BoolArray) -> pd.DataFrame:
    """The model's scores of these units, with their folds where it has some."""
    parts = []
    for repeat, row in enumerate(model.score):
        part = pd.DataFrame({"case_id": scores.units[at], "source": model.name})
        part["y_score"], part["repeat"] = row[at], repeat
        if model.folds is not None:
            part["fold"] = model.folds[repeat, at]
        parts.append(part.dropna())
    return pd.concat(parts, ignore_index=True)
