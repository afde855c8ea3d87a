"""Kernels that count: neighbouring pairs and runs, neighbourhoods, zones of equal grey.

All read one array of grey levels: the cropped node in a frame of zeros as wide as the farthest
neighbour, laid out flat, so that a neighbour is a fixed step away and never outside. Indices are
unsigned, which spares a check for negative ones at every access.
"""

from __future__ import annotations

import numpy as np

from radln._jit import kernel
from radln._types import AnyArray

_BITS, _PLACE = np.uint64(21), np.uint64((1 << 21) - 1)  # levels stay below 2,048
_CHUNK = 512  # neighbourhoods are summed in stretches that stay in the first cache


@kernel
def count_pairs_and_runs(
    levels: AnyArray, index: AnyArray, steps: AnyArray, pairs: AnyArray, runs: AnyArray
) -> None:
    """Along each direction, count neighbouring levels and the places of voxels in their runs.

    ``pairs[d, a, b]`` gains the voxels of level b whose neighbour one step back has level a (0:
    outside); ``runs[d, a, r]`` those of level a that are the r-th of their run.
    """
    state = np.zeros(levels.size, np.uint32)  # level and place in one word, for one look a step
    for k in range(index.size):
        i = np.uint64(index[k])
        state[i] = np.uint32(levels[i]) << _BITS
    n_levels = np.uint64(pairs.shape[2])
    longest = np.uint64(runs.shape[2])
    for d in range(steps.size):
        step = np.uint64(steps[d])
        pair = pairs[d].reshape(-1)
        run = runs[d].reshape(-1)
        for k in range(index.size):
            i = np.uint64(index[k])
            here = np.uint64(state[i]) >> _BITS
            back = np.uint64(state[i - step])
            before = back >> _BITS
            rank = np.uint64(1)
            if here == before:
                rank = (back & _PLACE) + np.uint64(1)
            state[i] = np.uint32((here << _BITS) | rank)
            pair[before * n_levels + here] += 1
            run[here * longest + rank] += 1


@kernel
def count_neighbourhoods(
    levels: AnyArray,
    first: int,
    last: int,
    steps: AnyArray,
    alpha: int,
    alike: AnyArray,
    difference: AnyArray,
) -> None:
    """Compare each voxel with all of its neighbours; ``steps`` lead forward and back.

    ``alike[a, n]`` gains the voxels of level a with n neighbours within ``alpha`` levels;
    ``difference[a]`` their summed distance from the mean level of their neighbours.
    """
    count = np.empty(_CHUNK, np.int16)
    close = np.empty(_CHUNK, np.int16)
    total = np.empty(_CHUNK, np.int32)
    within = np.int16(alpha)
    for start in range(first, last, _CHUNK):
        size = min(_CHUNK, last - start)
        here = levels[start : start + size]
        for k in range(size):
            count[k] = 0
            close[k] = 0
            total[k] = 0
        for d in range(steps.size):
            shifted = start + steps[d]
            there = levels[shifted : shifted + size]
            for k in range(size):
                seen = there[k] > 0
                total[k] += there[k]
                count[k] += seen
                close[k] += seen & (np.abs(np.int16(here[k] - there[k])) <= within)
        for k in range(size):
            level = np.int64(here[k])
            if level > 0:
                alike[level, close[k]] += 1
                if count[k] > 0:
                    difference[level] += abs(level - total[k] / count[k])


@kernel
def find_zones(
    levels: AnyArray,
    index: AnyArray,
    steps: AnyArray,
    towards: AnyArray,
    after: AnyArray,
    zones: AnyArray,
) -> int:
    """Find the connected parts of one level; ``zones[:, k]`` becomes (level, size) of the k-th.

    Returns how many there are. Bit d of a voxel's set says that its neighbour ``steps[d]`` behind
    is of the same level. Voxels are joined to those neighbours, each part being named after its
    first voxel: of a set s first to the one ``towards[s]`` behind, then to those of ``after[s]``,
    which leaves out what touches a neighbour that is joined already.
    """
    parent = np.zeros(levels.size, np.uint32)
    size = np.zeros(levels.size, np.uint32)
    alike = np.empty(_CHUNK, np.uint16)
    last = int(index[index.size - 1])
    k = 0
    while k < index.size:
        first = int(index[k])
        n = min(_CHUNK, last - first + 1)
        here = levels[first : first + n]
        for j in range(n):
            alike[j] = 0
        for d in range(steps.size):
            before = first - steps[d]
            there = levels[before : before + n]
            for j in range(n):
                alike[j] |= np.uint16(np.uint16(here[j] == there[j]) << np.uint16(d))
        while k < index.size and index[k] < first + n:
            i = np.uint64(index[k])
            root = i
            others = np.uint64(alike[i - np.uint64(first)])
            while others != np.uint64(0):
                behind = i - np.uint64(towards[others])
                others = np.uint64(after[others])
                other = np.uint64(parent[behind])
                while np.uint64(parent[other]) != other:
                    other = np.uint64(parent[other])
                if other < root:
                    if root != i:
                        parent[root] = other
                    root = other
                elif other > root:
                    parent[other] = root
                parent[behind] = root
            parent[i] = root
            k += 1
    n_zones = 0
    for k in range(index.size):
        i = np.uint64(index[k])
        root = np.uint64(parent[np.uint64(parent[i])])  # parents come earlier and are flat
        parent[i] = root
        size[root] += 1
    for k in range(index.size):
        i = np.uint64(index[k])
        if size[i] > 0:
            zones[0, n_zones] = levels[i]
            zones[1, n_zones] = size[i]
            n_zones += 1
    return n_zones
