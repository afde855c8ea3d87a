"""Texture of one image: its grey levels counted once, and every class that is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from radln._types import AnyArray, FloatArray, IntArray
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.native.counts import (
    count_neighbourhoods,
    count_pairs_and_runs,
    find_zones,
)
from radln.features.radiomics.native.glcm import glcm_features
from radln.features.radiomics.native.grid import Grid, weights_of
from radln.features.radiomics.native.levels import bin_edges, discretise
from radln.features.radiomics.native.ngtdm import difference_features
from radln.features.radiomics.native.sizes import (
    dependence_features,
    run_features,
    zone_features,
)
from radln.features.radiomics.settings import RadiomicsSettings

_NEAREST = (1,)
_FAR_CLASSES, _NEAR_CLASSES = ("glcm", "gldm", "ngtdm"), ("glrlm", "glszm")


@dataclass(frozen=True, eq=False)
class Levels:
    """The region's grey levels in the framed, flat array, and which of them occur."""

    flat: AnyArray
    counts: IntArray
    present: IntArray

    @property
    def highest(self) -> int:
        """The number of levels, as pyradiomics counts them."""
        return int(self.present[-1])

    @classmethod
    def of(cls, values: FloatArray, edges: FloatArray | None, grid: Grid) -> Levels:
        """Of the region's values in order, cut at ``edges`` (None: one level)."""
        flat = np.zeros(math.prod(grid.shape), dtype=np.uint16)
        if edges is None:
            flat[grid.index] = 1
            return cls(flat, np.array([values.size]), np.array([1]))
        counts = np.zeros(edges.size, dtype=np.int64)
        discretise(values, edges.astype(np.float64), grid.index, flat, counts)
        present = np.flatnonzero(counts)
        return cls(flat, counts[present], present)


class Texture:
    """The texture classes of one region under one choice of settings.

    Parameters
    ----------
    grid
        The region.
    spacing
        Voxel size along the array's axes; only weights use it.
    settings
        Distances, weights, symmetry and the tolerance of dependence.
    """

    def __init__(self, grid: Grid, spacing: tuple[float, ...], settings: RadiomicsSettings) -> None:
        self._grid = grid
        self._spacing = spacing
        self._settings = settings

    def levels(self, values: AnyArray) -> Levels:
        """Grey levels of the region's values, in the order of the voxels."""
        edges = bin_edges(values, self._settings)
        return Levels.of(values.astype(np.float64, copy=False), edges, self._grid)

    def features(self, levels: Levels, classes: tuple[str, ...]) -> dict[str, dict[str, float]]:
        """Class -> feature -> value of the classes asked for.

        A class whose directions are all longer than the box is NaN, as pyradiomics fails there.
        """
        found: dict[str, dict[str, float]] = {}
        for directions, kinds in ((self._far, _FAR_CLASSES), (self._nearest, _NEAR_CLASSES)):
            if not len(directions):
                found.update({kind: dict.fromkeys(FEATURES[kind], math.nan) for kind in kinds})
        classes = tuple(kind for kind in classes if kind not in found)
        if "glcm" in classes or "glrlm" in classes:
            found.update(self._along_directions(levels, classes))
        if "gldm" in classes or "ngtdm" in classes:
            found.update(self._around_voxels(levels))
        if "glszm" in classes:
            zones = np.empty((2, self._grid.index.size), dtype=np.int64)
            n = find_zones(levels.flat, self._grid.index, *self._joins, zones)
            found["glszm"] = zone_features(zones[:, :n], levels.present)
        return found

    @cached_property
    def _joins(self) -> tuple[IntArray, AnyArray, AnyArray]:
        return self._grid.joins()

    @cached_property
    def _nearest(self) -> IntArray:
        return self._grid.directions(_NEAREST)

    @cached_property
    def _far(self) -> IntArray:
        if self._settings.distances == _NEAREST:
            return self._nearest
        return self._grid.directions(self._settings.distances)

    @cached_property
    def _around(self) -> IntArray:
        """Steps to all neighbours, there and back."""
        forward = self._grid.steps(self._far)
        return np.concatenate([forward, -forward])

    def _along_directions(
        self, levels: Levels, classes: tuple[str, ...]
    ) -> dict[str, dict[str, float]]:
        s = self._settings
        found = {}
        pairs, runs = self._count(levels, self._nearest)
        if "glrlm" in classes:
            for d in np.flatnonzero(~pairs[:, 1:, 1:].any(axis=(1, 2))):
                if not self._grid.meets(self._nearest[d]):  # only runs of lone voxels
                    runs[d] = 0
            weights = self._weights(self._nearest, decaying=False)
            found["glrlm"] = run_features(runs, levels.present, weights)
        if "glcm" in classes:
            if self._far is not self._nearest:
                pairs, _ = self._count(levels, self._far)
            found["glcm"] = glcm_features(
                pairs,
                levels.present,
                symmetrical=s.symmetrical_glcm,
                weights=self._weights(self._far, decaying=True),
            )
        return found

    def _count(self, levels: Levels, directions: IntArray) -> tuple[AnyArray, AnyArray]:
        n, top = len(directions), levels.highest + 1
        pairs = np.zeros((n, top, top), dtype=np.uint32)
        runs = np.zeros((n, top, max(self._grid.inside.shape) + 2), dtype=np.uint32)
        steps = self._grid.steps(directions)
        count_pairs_and_runs(levels.flat, self._grid.index, steps, pairs, runs)
        return pairs, runs

    def _weights(self, directions: IntArray, *, decaying: bool) -> FloatArray | None:
        norm = self._settings.weighting_norm
        if norm is None:
            return None
        return weights_of(directions, self._spacing, norm, decaying=decaying)

    def _around_voxels(self, levels: Levels) -> dict[str, dict[str, float]]:
        steps = self._around
        alike = np.zeros((levels.highest + 1, steps.size + 1), dtype=np.uint32)
        difference = np.zeros(levels.highest + 1)
        first, last = int(self._grid.index[0]), int(self._grid.index[-1]) + 1
        alpha = min(self._settings.gldm_a, levels.highest)
        count_neighbourhoods(levels.flat, first, last, steps, alpha, alike, difference)
        return {
            "gldm": dependence_features(alike, levels.present),
            "ngtdm": difference_features(levels.counts, difference, levels.present),
        }
