"""The kernels that count, against plain C loops over the same arrays."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from radln.features.radiomics.filters import bounding_box
from radln.features.radiomics.native.counts import (
    count_neighbourhoods,
    count_pairs_and_runs,
    find_zones,
)
from radln.features.radiomics.native.grid import Grid
from radln.features.radiomics.native.levels import bin_edges
from radln.features.radiomics.native.texture import Levels
from radln.features.radiomics.settings import RadiomicsSettings

FLAGS = ["-O3", "-march=native", "-shared", "-fPIC"]
KERNELS = ("GLCM, GLDM, NGTDM, GLRLM", "GLSZM", "all")
TARGET = 3


class Arrays:
    """Levels, index and steps of a case; a fresh set of matrices for each side."""

    def __init__(self, path: str) -> None:
        held = np.load(path)
        box = bounding_box(held["region"])
        inside = np.ascontiguousarray(held["region"][box])
        values = held["image"][box][inside]
        self.grid = Grid(inside)
        levels = Levels.of(values, bin_edges(values, RadiomicsSettings(bin_width=25)), self.grid)
        self.levels, self.n_levels = levels.flat, levels.highest + 1
        self.index = self.grid.index
        self.steps = self.grid.steps(self.grid.directions((1,)))
        self.longest = max(inside.shape) + 2

    def matrices(self) -> dict[str, np.ndarray]:
        n, top = self.steps.size, self.n_levels
        return {
            "pairs": np.zeros((n, top, top), np.uint32),
            "runs": np.zeros((n, top, self.longest), np.uint32),
            "alike": np.zeros((top, 2 * n + 1), np.uint32),
            "difference": np.zeros(top),
            "zones": np.empty(2 * self.index.size, np.int64),
        }


def compiled(folder: str) -> Any:
    """The C functions; None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    source, library = Path(__file__).with_suffix(".c"), str(Path(folder) / "floor.so")
    subprocess.run([compiler, *FLAGS, "-o", library, str(source), "-lm"], check=True)
    found = ctypes.CDLL(library)
    found.find_zones.restype = ctypes.c_int64
    return found


def plain(library: Any, a: Arrays) -> tuple[Callable[[dict], None], Callable[[dict], int]]:
    """The two halves of the work in C."""

    def at(array: np.ndarray) -> ctypes.c_void_p:
        return ctypes.c_void_p(array.ctypes.data)

    n, d, top = map(ctypes.c_int64, (a.index.size, a.steps.size, a.n_levels))
    longest, places = ctypes.c_int64(a.longest), ctypes.c_int64(a.levels.size)
    levels, index, steps = at(a.levels), at(a.index), at(a.steps)

    def matrices(m: dict) -> None:
        pairs, alike, difference = at(m["pairs"]), at(m["alike"]), at(m["difference"])
        library.count_neighbours(levels, index, n, steps, d, top, pairs, alike, difference)
        library.count_runs(levels, index, n, steps, d, top, longest, at(m["runs"]))

    def zones(m: dict) -> int:
        return library.find_zones(levels, index, n, places, steps, d, at(m["zones"]))

    return matrices, zones


def ours(a: Arrays) -> tuple[Callable[[dict], None], Callable[[dict], int]]:
    """The same by the engine's kernels."""
    both = np.concatenate([a.steps, -a.steps])
    joins = a.grid.joins()
    first, last = int(a.index[0]), int(a.index[-1]) + 1

    def matrices(m: dict) -> None:
        count_pairs_and_runs(a.levels, a.index, a.steps, m["pairs"], m["runs"])
        count_neighbourhoods(a.levels, first, last, both, 0, m["alike"], m["difference"])

    def zones(m: dict) -> int:
        return find_zones(a.levels, a.index, *joins, m["zones"].reshape(2, -1))

    return matrices, zones


def same(a: Arrays, by_c: dict, by_us: dict, n_c: int, n_us: int) -> bool:
    """Whether both sides counted the same; ours counts a run at each of its places."""
    present = slice(1, None)  # level 0 is outside
    runs = by_us["runs"].astype(np.int64)
    exactly = runs[:, :, 1:-1] - runs[:, :, 2:]
    zones_c = by_c["zones"][: 2 * n_c].reshape(-1, 2)
    zones_us = by_us["zones"].reshape(2, -1)[:, :n_us].T
    return (
        np.array_equal(by_c["pairs"][:, present, present], by_us["pairs"][:, present, present])
        and np.array_equal(by_c["runs"][:, :, 1:-1], exactly)
        and np.array_equal(by_c["alike"], by_us["alike"])
        and np.allclose(by_c["difference"], by_us["difference"], rtol=1e-12)
        and sorted(map(tuple, zones_c)) == sorted(map(tuple, zones_us))
    )


def floor(cases: dict[str, str], rounds: int) -> str:
    """A table of both sides' milliseconds and their ratio; medians of interleaved rounds."""
    with tempfile.TemporaryDirectory() as folder:
        library = compiled(folder)
        if library is None:
            return "Not measured: there is no C compiler here."
        lines = ["| | kernels | C | native | native / C | asked | same counts |"]
        lines.append("|---" * 7 + "|")
        for name, path in cases.items():
            a = Arrays(path)
            sides = plain(library, a), ours(a)
            held = [a.matrices() for _ in sides]
            n_zones = [(half[0](m), half[1](m))[1] for half, m in zip(sides, held, strict=True)]
            agree = "yes" if same(a, *held, *n_zones) else "no"
            times = timed(sides, a, rounds)
            for kernel, (c, us) in zip(KERNELS, times, strict=True):
                asked = f"below {TARGET}" if kernel == "all" else ""
                lines.append(
                    f"| {name}, {a.index.size:,} voxels | {kernel} | {1000 * c:.3f} ms |"
                    f" {1000 * us:.3f} ms | {us / c:.2f} | {asked} | {agree} |"
                )
    table = "\n".join(lines)
    print(table, flush=True)
    return table


def timed(sides: tuple, a: Arrays, rounds: int) -> np.ndarray:
    """(kernels, sides) median seconds; zeroing the matrices is not counted."""
    taken = np.zeros((5 * rounds, len(KERNELS), len(sides)))
    for k in range(len(taken)):
        for s, halves in enumerate(sides):
            matrices = a.matrices()
            for h, half in enumerate(halves):
                started = time.perf_counter()
                half(matrices)
                taken[k, h, s] = time.perf_counter() - started
    taken[:, 2] = taken[:, 0] + taken[:, 1]
    return np.median(taken, axis=0)
