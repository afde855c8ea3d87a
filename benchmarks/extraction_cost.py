"""What the native engine costs: memory, time against voxels, and its first use on a machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from radln._draw.style import COLOURS, DASHES, GREY, LABEL, MARKERS, TICK, dress, new_axes
from radln._random import task_rng
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.settings import RadiomicsSettings

SIZES = (1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6)
MEASURED = ("native", "pyradiomics")
FIRST = {
    '`get_engine("native").compute`': """
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.settings import RadiomicsSettings
engine = get_engine("native")
def work():
    settings = RadiomicsSettings(bin_width=25, log_sigma=(1, 2, 3, 4, 5))
    return engine.compute(image, node, (1.0, 1.0), settings)
""",
    "`radln.extract_features`, `deep=None`": """
import radln
extract, settings = radln.extract_features, radln.FeatureSettings(deep=None)
def work():
    return extract(image, node, settings)
""",
}
CLOCK = """
import sys, time
sys.modules["coverage"] = None  # numba loads it where it is installed, which is a developer's cost
started = time.perf_counter()
{work}
imported = time.perf_counter()
import numpy as np
y, x = np.mgrid[:300, :400]
image = 120.0 + 40 * np.sin(y / 3) * np.cos(x / 5) + y % 7
node = np.hypot(y - 150, x - 200) < 50
begun = time.perf_counter()
work()
done = time.perf_counter()
work()
print(imported - started, done - begun, time.perf_counter() - done)
"""
FIRST_TARGET, LATER_TARGET = 20, 1


def memory(cases: dict[str, str], worker: Callable[[str], Any]) -> str:
    """Peak memory of a process that measures one case once, and what it held before that."""
    lines = ["| | " + " | ".join(MEASURED) + " |", "|---" * (len(MEASURED) + 1) + "|"]
    for name, path in cases.items():
        for filters in (False, True):
            cells = []
            for engine in MEASURED:
                fresh = worker(engine)
                found = fresh.ask(do="prepare", case=path, filters=filters)
                fresh.close()
                cells.append(
                    f"{found['peak']:.0f} MiB (+{found['peak'] - found['before']:.0f})"
                    if "peak" in found
                    else found["error"]
                )
            kind = "Wavelet + LoG" if filters else "Original"
            lines.append(f"| {name}, {kind} | " + " | ".join(cells) + " |")
    table = "\n".join(lines)
    print(table, flush=True)
    return table


@dataclass(frozen=True)
class Cost:
    """Seconds against voxels, a curve a way of measuring; and the same as a table."""

    curves: dict[str, tuple[np.ndarray, np.ndarray]]
    table: str


def ball(n: float, ndim: int) -> tuple[np.ndarray, np.ndarray]:
    """A disc or ball of about n voxels of speckle, with four voxels around it."""
    radius = (n / np.pi) ** 0.5 if ndim == 2 else (3 * n / (4 * np.pi)) ** (1 / 3)
    reach = np.arange(-int(radius) - 5, int(radius) + 6) / radius
    grids = np.meshgrid(*[reach] * ndim, indexing="ij", sparse=True)
    region = sum(grid**2 for grid in grids) <= 1
    grey = task_rng(1, "ball", ndim, int(n)).rayleigh(60, region.shape)
    return np.clip(grey, 0, 255).round(), region


def voxels() -> Cost:
    """Time of the native engine from a thousand to a million voxels."""
    compute = get_engine("native").compute
    curves = {}
    for filters in (False, True):
        settings = RadiomicsSettings(
            bin_width=25, wavelet=filters, log_sigma=(1, 2, 3, 4, 5) if filters else ()
        )
        for ndim in (2, 3):
            counts, seconds = [], []
            for n in SIZES:
                image, region = ball(n, ndim)
                counts.append(int(region.sum()))
                seconds.append(least(compute, image, region, settings))
            kind = "Wavelet + LoG" if filters else "Original"
            curves[f"{ndim}D, {kind}"] = np.array(counts), np.array(seconds)
    return Cost(curves, cost_table(curves))


def least(
    compute: Callable[..., Any], image: np.ndarray, region: np.ndarray, settings: RadiomicsSettings
) -> float:
    """Of as many calls as fit into a second, 2 to 16: the seconds of the quickest."""
    taken: list[float] = []
    while len(taken) < 2 or (sum(taken) < 1 and len(taken) < 16):
        started = time.perf_counter()
        compute(image, region, (1.0,) * image.ndim, settings)
        taken.append(time.perf_counter() - started)
    return min(taken)


def cost_table(curves: dict[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """Times, and the slope on logarithmic axes from 10^5 to 10^6 voxels (1: linear)."""
    heads = [f"{int(n):,}" for n in SIZES]
    lines = ["| voxels, about | " + " | ".join(heads) + " | slope at the end |"]
    lines.append("|---" * (len(heads) + 2) + "|")
    for name, (counts, seconds) in curves.items():
        end = counts >= 0.9e5
        slope = np.polyfit(np.log(counts[end]), np.log(seconds[end]), 1)[0]
        cells = [f"{1000 * s:.3g} ms" if s < 1 else f"{s:.3g} s" for s in seconds]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {slope:.2f} |")
    table = "\n".join(lines)
    print(table, flush=True)
    return table


def draw_cost(cost: Cost, path: Path) -> None:
    """Seconds against voxels, both logarithmic, with a line of proportional cost."""
    ax = new_axes(None, height_mm=78)
    for k, (name, (counts, seconds)) in enumerate(cost.curves.items()):
        ax.plot(
            counts,
            seconds,
            color=COLOURS[k],
            linestyle=DASHES[k],
            marker=MARKERS[k],
            markersize=3,
            linewidth=1.2,
            label=name,
        )
    ends = np.array([SIZES[0], SIZES[-1]])
    ax.plot(ends, 1e-7 * ends, color=GREY, linewidth=0.7)
    ax.annotate(
        "0.1 µs a voxel",
        (2e3, 2e-4),
        (5, -4),
        textcoords="offset points",
        color=GREY,
        fontsize=TICK,
    )
    ax.set(xscale="log", yscale="log")
    ax.legend(loc="upper left", fontsize=TICK, frameon=False, handlelength=2.6)
    dress(ax, xlabel="Voxels of the region", ylabel="Seconds")
    ax.yaxis.label.set_size(LABEL)
    ax.figure.savefig(path, metadata={"Date": None})


def first_use() -> str:
    """Seconds of the first features of a process: with nothing compiled, and later."""
    lines = [
        "| | import | first call | second call | first use | asked |",
        "|---" * 6 + "|",
    ]
    notes = []
    for name, work in FIRST.items():
        script = CLOCK.format(work=work)
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {
                "NUMBA_CACHE_DIR": folder,
                "PYTHONPATH": os.pathsep.join(sys.path),
            }
            cold = clock(script, environment)
            later = np.median([clock(script, environment) for _ in range(5)], axis=0)
            notes.append(f"{name}, a later process: {slow_imports(script, environment)}.")
        for kind, (imported, first, second), asked in (
            ("new machine", cold, FIRST_TARGET),
            ("later process", later, LATER_TARGET),
        ):
            lines.append(
                f"| {name}, {kind} | {imported:.2f} s | {first:.2f} s | {1000 * second:.1f} ms |"
                f" {imported + first:.2f} s | below {asked} s |"
            )
    table = "\n".join(lines) + "\n\n" + "\n\n".join(notes)
    print(table, flush=True)
    return table


def clock(script: str, environment: dict[str, str]) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    return list(map(float, done.stdout.split()))


def slow_imports(script: str, environment: dict[str, str]) -> str:
    """The packages whose own modules take longest to import, in milliseconds."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    own: dict[str, int] = {}
    for microseconds, module in re.findall(
        r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", done.stderr
    ):
        package = module.partition(".")[0]
        own[package] = own.get(package, 0) + int(microseconds)
    longest = sorted(own.items(), key=lambda item: -item[1])[:8]
    return "imports of " + ", ".join(f"{name} {time / 1000:.0f} ms" for name, time in longest)
