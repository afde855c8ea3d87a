"""ROC curves of readers, of their average and of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from radln._result import frozen
from radln._types import FloatArray, IntArray
from radln.stats.discrimination.thresholds import roc_curve
from radln.stats.readers._reads import Reads

Curve: TypeAlias = tuple[FloatArray, FloatArray]


def curve_of(reads: Reads, values: FloatArray) -> Curve:
    """False and true positive rates of the cases that have a value."""
    own = ~np.isnan(values)
    curve = roc_curve(reads.y_true[own], values[own])
    return frozen(curve.fpr), frozen(curve.tpr)


def reader_curves(reads: Reads) -> Mapping[tuple[str, str], Curve]:
    """The curve of every reader, by modality and name; none where there are no scores."""
    if reads.score is None:
        return {}
    return {
        (name, reader): curve_of(reads, reads.score[m, r])
        for m, name in enumerate(reads.modalities)
        for r, reader in enumerate(reads.readers)
        if not np.isnan(reads.score[m, r]).all()
    }


def average_curve(reads: Reads, m: int, members: IntArray) -> Curve:
    """The mean sensitivity of a group's readers at each false positive rate that one reaches."""
    curves = [curve_of(reads, ratings) for ratings in reads.needed_score()[m, members]]
    grid = np.unique(np.concatenate([fpr for fpr, _ in curves]))
    heights = [np.interp(grid, fpr, tpr) for fpr, tpr in curves]
    return frozen(np.r_[0.0, grid]), frozen(np.r_[0.0, np.mean(heights, axis=0)])
