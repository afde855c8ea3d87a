"""Random forest, kept as arrays of its trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic.dataclasses import dataclass as options
from scipy.special import logit
from sklearn.ensemble import RandomForestClassifier

from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.models.fields import listed, mapping, numbers, refuse_no_tree, wholes
from radln.models.learners.learner import Core, Learner, Setting
from radln.models.options import OPTIONS

TREES = 300
LEAVES = (3.0, 10.0, 30.0)  # fewest cases in a leaf
CLOSEST = 1e-4  # to a probability of 0 or 1


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree: of every node the input it asks, the limit, both children (-1 in a leaf), and the
    share of positive training cases.
    """

    asks: IntArray
    limit: FloatArray
    left: IntArray
    right: IntArray
    share: FloatArray

    def shares(self, matrix: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> FloatArray:
        """The share in the leaf of every row."""
        at = np.zeros(len(matrix), dtype=np.int64)
        rows = np.arange(len(matrix))
        while (inner := self.left[at] >= 0).any():
            here = at[inner]
            below = matrix[rows[inner], self.asks[here]] <= self.limit[here]
            at[inner] = np.where(below, self.left[here], self.right[here])
        return self.share[at]


@dataclass(frozen=True, eq=False)
class Forest(Core):
    """The mean over trees, as log-odds."""

    trees: tuple[Tree, ...]

    def probability(self, matrix: FloatArray) -> FloatArray:
        """The mean share of positive cases, shape (n,)."""
        single = matrix.astype(np.float32)  # as scikit-learn compares
        return np.asarray(np.mean([tree.shares(single) for tree in self.trees], axis=0))

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        return np.asarray(logit(np.clip(self.probability(matrix), CLOSEST, 1 - CLOSEST)))

    def to_dict(self) -> dict[str, Any]:
        return {
            "trees": [
                {name: values.tolist() for name, values in vars(tree).items()}
                for tree in self.trees
            ]
        }


@options(frozen=True, config=OPTIONS)
class ForestLearner(Learner):
    """Random forest."""

    name: ClassVar[str] = "forest"
    label: ClassVar[str] = "random forest"
    sentence: ClassVar[str] = "Random forest"
    own_file: ClassVar[bool] = True
    grid: ClassVar[tuple[Setting, ...]] = tuple((leaf,) for leaf in LEAVES)

    def fit(
        self, setting: Setting, matrix: FloatArray, y: BoolArray, *, balanced: bool, seed: int
    ) -> Forest:
        forest = RandomForestClassifier(
            TREES,
            min_samples_leaf=int(setting[0]),
            class_weight="balanced" if balanced else None,
            random_state=seed,
            n_jobs=1,
        ).fit(matrix, y)
        return Forest(tuple(_tree(one.tree_) for one in forest.estimators_))

    def verify(self, data: Any, n_inputs: int) -> None:
        mapping(data, "the core", ("trees",))
        if not listed(data["trees"], "trees"):
            raise InputError("the forest has no tree")
        for tree in data["trees"]:
            _verify(tree, n_inputs)

    def load(self, data: dict[str, Any]) -> Forest:
        return Forest(tuple(_loaded(tree) for tree in data["trees"]))


def _verify(tree: Any, n_inputs: int) -> None:
    """Raise InputError unless every row ends in a leaf of this tree."""
    mapping(tree, "a tree", ("asks", "limit", "left", "right", "share"))
    share = numbers(tree["share"], "share")
    n = share.size
    left, right = (wholes(tree[k], k, n, low=-1, high=n - 1) for k in ("left", "right"))
    refuse_no_tree(left, right)
    asks = wholes(tree["asks"], "asks", n, low=-2, high=n_inputs - 1)
    numbers(tree["limit"], "limit", n)
    if (asks[left >= 0] < 0).any():
        raise InputError("a node of a tree asks no input")
    if n < 1 or share.min() < 0 or share.max() > 1:
        raise InputError("a share in a leaf lies outside 0 to 1")


def _loaded(tree: dict[str, Any]) -> Tree:
    asks, left, right = (np.asarray(tree[key], np.int64) for key in ("asks", "left", "right"))
    limit, share = (np.asarray(tree[key], np.float64) for key in ("limit", "share"))
    return Tree(asks, limit, left, right, share)


def _tree(fitted: Any) -> Tree:
    counts = fitted.value[:, 0, :]
    return Tree(
        np.asarray(fitted.feature, dtype=np.int64),
        np.asarray(fitted.threshold, dtype=np.float64),
        np.asarray(fitted.children_left, dtype=np.int64),
        np.asarray(fitted.children_right, dtype=np.int64),
        np.asarray(counts[:, 1] / counts.sum(axis=1), dtype=np.float64),
    )


LEARNER = ForestLearner
