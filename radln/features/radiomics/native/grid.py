"""Where the region's voxels and their neighbours lie in a flat, framed array of grey levels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from radln._types import AnyArray, BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Grid:
    """The region, cropped, in a frame ``frame`` voxels wide.

    Parameters
    ----------
    inside
        The region within its bounding box, (y, x) or (z, y, x); at least one voxel.
    distances
        How far neighbours lie away, in voxels along the longest axis of the step.
    flat_axis
        An axis along which nothing is compared; None for all of them.

    Examples
    --------
    >>> grid = Grid(np.ones((2, 3), dtype=bool))
    >>> grid.directions((1,)).tolist()
    [[1, 1], [1, 0], [1, -1], [0, 1]]
    """

    inside: BoolArray
    distances: tuple[int, ...] = (1,)
    flat_axis: int | None = None

    @property
    def frame(self) -> int:
        """Width of the frame on every side."""
        return max(self.distances)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The framed box."""
        return tuple(n + 2 * self.frame for n in self.inside.shape)

    @cached_property
    def index(self) -> AnyArray:
        """Flat positions of the region's voxels, ascending; unsigned."""
        framed = np.zeros(self.shape, dtype=bool)
        framed[tuple(slice(self.frame, -self.frame) for _ in self.shape)] = self.inside
        return np.flatnonzero(framed).astype(np.uint32)

    @cached_property
    def strides(self) -> IntArray:
        """How far a step along each axis leads in the flat array."""
        return np.append(np.cumprod(self.shape[:0:-1])[::-1], 1)

    def directions(self, distances: tuple[int, ...]) -> IntArray:
        """(n, axes) steps to neighbours so far away, one of each pair of opposites.

        As pyradiomics has it, a step longer than the box is no direction.
        """
        far = max(distances)
        reach = [
            0 if axis == self.flat_axis else min(far, n - 1)
            for axis, n in enumerate(self.inside.shape)
        ]
        steps = product(*(range(r, -r - 1, -1) for r in reach))
        half = [
            step for step in steps if max(map(abs, step)) in distances and step > (0,) * len(step)
        ]
        return np.array(half, dtype=np.int64).reshape(-1, self.inside.ndim)

    def steps(self, directions: IntArray) -> IntArray:
        """How far each direction leads in the flat array; always forward."""
        return np.asarray(directions @ self.strides)

    def joins(self) -> tuple[IntArray, AnyArray, AnyArray]:
        """How a voxel is joined to the nearest neighbours behind that are like it.

        Steps to them (bit d of a set stands for the d-th); for every set of such neighbours, the
        step to the first of them; and the set without that one and those that touch it. Faces come
        before edges and corners, as they touch the most.
        """
        nearest = self.directions((1,))
        nearest = nearest[np.abs(nearest).sum(axis=1).argsort(kind="stable")]
        steps = self.steps(nearest)
        sets = np.arange(1 << len(nearest))
        towards, after = np.zeros(sets.size, dtype=np.uint32), np.zeros(sets.size, dtype=np.uint16)
        for d, neighbour in enumerate(nearest):
            touching = np.abs(neighbour - nearest).max(axis=1) <= 1
            first_is_d = slice(1 << d, None, 2 << d)
            towards[first_is_d] = steps[d]
            after[first_is_d] = sets[first_is_d] & ~(touching @ (1 << np.arange(len(nearest))))
        return steps, towards, after

    def meets(self, direction: IntArray) -> bool:
        """Whether any line in that direction passes through two voxels of the region."""
        where = np.argwhere(self.inside)
        axis = int(np.flatnonzero(direction)[0])
        along = where - where[:, [axis]] * direction[axis] * direction  # back to one plane
        return len(np.unique(along, axis=0)) < len(where)


def weights_of(
    directions: IntArray, spacing: tuple[float, ...], norm: str, *, decaying: bool
) -> FloatArray:
    """One weight a direction from its length in space: the length, or exp(-length squared).

    Examples
    --------
    >>> weights_of(np.array([[1, 1]]), (3.0, 4.0), "euclidean", decaying=False).tolist()
    [5.0]
    """
    along = np.abs(directions) * np.array(spacing)
    if norm == "no_weighting":
        return np.ones(len(directions))
    if norm == "euclidean":
        squared = (along**2).sum(axis=1)
    elif norm == "manhattan":
        squared = along.sum(axis=1) ** 2
    else:
        squared = along.max(axis=1, initial=0.0) ** 2
    return np.asarray(np.exp(-squared) if decaying else np.sqrt(squared))
