"""The share of positive cases among those most alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic.dataclasses import dataclass as options
from scipy.spatial.distance import cdist

from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.models.fields import listed, mapping, table, whole
from radln.models.learners.learner import Core, Learner, Setting
from radln.models.options import OPTIONS

NEIGHBOURS = (5, 11, 21, 41)
AT_ONCE = 500  # rows whose distances are held in memory
SAME = 1e-12  # of a distance, within which two are equal


@dataclass(frozen=True, eq=False)
class Neighbours(Core):
    """The training rows themselves; cases as far away as the last neighbour all count."""

    deployable: ClassVar[bool] = False

    known: FloatArray
    y: BoolArray
    neighbours: int

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        starts = range(0, len(matrix), AT_ONCE)
        parts = [self._shares(matrix[start : start + AT_ONCE]) for start in starts]
        return np.concatenate([np.empty(0), *parts])

    def _shares(self, matrix: FloatArray) -> FloatArray:
        far = cdist(matrix, self.known)
        last = min(self.neighbours, self.y.size) - 1
        farthest = np.partition(far, last, axis=1)[:, last]
        near = far <= (farthest * (1 + SAME))[:, None]
        return np.asarray((near & self.y).sum(axis=1) / near.sum(axis=1), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        return {
            "known": self.known.tolist(),
            "y": self.y.tolist(),
            "neighbours": self.neighbours,
        }


@options(frozen=True, config=OPTIONS)
class KnnLearner(Learner):
    """k nearest neighbours by Euclid's distance of standardised inputs."""

    name: ClassVar[str] = "knn"
    label: ClassVar[str] = "nearest neighbours"
    sentence: ClassVar[str] = "k-nearest neighbours with Platt scaling"
    scores: ClassVar[bool] = True
    weights: ClassVar[bool] = False
    grid: ClassVar[tuple[Setting, ...]] = tuple((float(k),) for k in NEIGHBOURS)

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Neighbours:
        return Neighbours(matrix, y, int(setting[0]))

    def verify(self, data: Any, n_inputs: int) -> None:
        mapping(data, "the core", ("known", "y", "neighbours"))
        y = listed(data["y"], "y")
        if not y or not all(isinstance(value, bool) for value in y):
            raise InputError("y holds what is neither true nor false")
        table(data["known"], "known", len(y), n_inputs)
        whole(data["neighbours"], "neighbours", low=1, high=10**6)

    def load(self, data: dict[str, Any]) -> Neighbours:
        known = np.asarray(data["known"], dtype=np.float64)
        return Neighbours(known, np.asarray(data["y"], dtype=np.bool_), data["neighbours"])


LEARNER = KnnLearner
