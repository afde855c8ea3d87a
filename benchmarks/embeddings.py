"""How fast are embeddings, and do they stay small? Ratios against eager torch in one run.

Simulated ultrasound crops; every engine in turn, in interleaved rounds, medians over rounds:

* crops a second of the bundled network alone: eager torch (inference mode, batch 16, all threads,
  in its usual layout and with channels last) and ONNX Runtime as the library runs it (one thread a
  worker, as many workers as threads);
* crops a second of the whole way, from PNG to pooled features, and its time split;
* the largest difference between both engines;
* memory before and after the given number of crops;
* seconds from a fresh interpreter's import to the first embedding.

Usage::

    python benchmarks/embeddings.py --threads 2 --crops 10000
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from radln._random import task_rng
from radln.features.embeddings import DeepFeatures
from radln.features.encoders import load_encoder
from radln.imaging.preprocess import SquareCrop
from radln.nets.export import read_exported, torch_maps

BATCH = 16
FIRST = """
import time
started = time.perf_counter()
from radln.features import DeepFeatures
imported = time.perf_counter()
import numpy as np
y, x = np.mgrid[:300, :400]
node = np.hypot(y - 150, x - 200) < 50
next(DeepFeatures().embed([(120.0 + x % 7 - 40 * node, node)]))
print(imported - started, time.perf_counter() - imported)
"""


def picture(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Speckle with a darker node, 400 x 300 px, and the node."""
    rng = task_rng(1, "picture", number)
    y, x = np.mgrid[:300, :400]
    a, b = rng.uniform(20, 70, 2)
    node = ((y - 150) / a) ** 2 + ((x - 200) / b) ** 2 <= 1
    grey = np.clip(rng.rayleigh(60, node.shape) * np.where(node, 0.5, 1.0), 0, 255)
    return grey.astype(np.uint8), node


def per_second(work: Callable[[], int]) -> float:
    started = time.perf_counter()
    return work() / (time.perf_counter() - started)


def network_alone(threads: int, rounds: int) -> None:
    """Eager torch against ONNX Runtime on the same crops."""
    encoder = load_encoder("bundled")
    files = Path(sys.modules["radln.features"].__file__).parent / "bundled"
    network = read_exported(files / "encoder.onnx")
    quick = read_exported(files / "encoder.onnx").to(memory_format=torch.channels_last)
    size = encoder.expects.input_size
    crops = task_rng(1, "crops").uniform(0, 255, (4 * BATCH * threads, size, size))
    batches = [crops[k : k + BATCH] for k in range(0, len(crops), BATCH)]
    torch.set_num_threads(threads)
    pool = ThreadPoolExecutor(threads)

    def eager() -> int:
        for batch in batches:
            torch_maps(network, batch)
        return len(crops)

    def channels_last() -> int:
        for batch in batches:
            torch_maps(quick, batch)
        return len(crops)

    def ours() -> int:
        return sum(len(found) for found in pool.map(encoder.feature_maps, batches))

    gap = max(np.abs(torch_maps(network, b) - encoder.feature_maps(b)).max() for b in batches)
    engines = {"radln": ours, "eager torch": eager, "torch, channels last": channels_last}
    for work in engines.values():
        work()
    rates = {name: np.zeros(rounds) for name in engines}
    for k in range(rounds):
        for name, work in engines.items():
            rates[name][k] = per_second(work)
    print(f"network alone, {size} px, batch {BATCH}, {threads} threads")
    for name, found in rates.items():
        ratio = rates["radln"] / found
        print(
            f"  {name}: {np.median(found):.0f} crops/s; radln is {np.median(ratio):.2f} times as "
            f"fast ({ratio.min():.2f} to {ratio.max():.2f} over {rounds} rounds)"
        )
    print(f"  largest difference {gap:.1e}")


def time_split(rounds: int) -> None:
    """Decode, crop and fingerprint, network and pooling of one crop, on one thread."""
    grey, node = picture(0)
    packed = io.BytesIO()
    Image.fromarray(grey).save(packed, "PNG")
    encoder = load_encoder("bundled")
    size = (encoder.expects.input_size,) * 2

    def decode() -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(packed.getvalue())), dtype=np.float64)

    image = decode()
    cut = SquareCrop.around(node, (1.0, 1.0)).image(image, size)
    steps: dict[str, Callable[[], object]] = {
        "decode": decode,
        "crop": lambda: SquareCrop.around(node, (1.0, 1.0)).image(image, size),
        "fingerprint": lambda: encoder.saw(image, node),
        "inference": lambda: encoder.feature_maps(cut[None]),
        "all but decode": lambda: next(DeepFeatures().embed([(image, node)])),
    }
    print(f"one picture of {grey.shape[1]} x {grey.shape[0]} px, one thread, median ms")
    for name, step in steps.items():
        taken = []
        for _ in range(20 * rounds):
            started = time.perf_counter()
            step()
            taken.append(time.perf_counter() - started)
        print(f"  {name}: {1000 * np.median(taken):.2f}")


def memory(count: int, threads: int) -> None:
    """Peak memory after a tenth, and after all, of the crops; whole way from array to features."""

    def nodes() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        drawn = [picture(k) for k in range(8)]
        for k in range(count):
            grey, node = drawn[k % 8]
            yield grey.astype(np.float64), node

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    started = time.perf_counter()
    for done, _ in enumerate(DeepFeatures().embed(nodes(), jobs=threads), start=1):
        if done in (count // 10, count):
            print(f"  peak after {done} crops: {peak():.0f} MiB")
    rate = count / (time.perf_counter() - started)
    print(f"  {rate:.0f} crops/s from array to pooled features, {threads} threads")


def first_embedding(rounds: int) -> None:
    """A fresh interpreter each time."""
    found = []
    for _ in range(rounds):
        done = subprocess.run(
            [sys.executable, "-c", FIRST], capture_output=True, text=True, check=True
        )
        found.append([float(word) for word in done.stdout.split()])
    imported, first = np.median(found, axis=0)
    print(f"fresh interpreter: import {imported:.2f} s, then first embedding {first:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--crops", type=int, default=10_000)
    given = parser.parse_args()
    first_embedding(min(given.rounds, 5))
    print("memory")
    memory(given.crops, given.threads)
    time_split(given.rounds)
    network_alone(given.threads, given.rounds)


if __name__ == "__main__":
    main()
