"""Kernels compile when first used, once for all processes, and nothing depends on a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import radln

PACKAGE = Path(radln.__file__).parent
ONE_KERNEL = """
import numpy as np
from radln.features.radiomics.native.ngtdm import difference_features, difference_sums
found = difference_features(np.array([2, 3]), np.array([0.0, 1.0, 2.0]), np.array([1, 2]))
print(repr(found))
print("hits", sum(difference_sums.stats.cache_hits.values()))
"""
EVERY_MODULE = """
import importlib, pkgutil, sys
import radln.features.radiomics.native as native
import radln.features.radiomics.native.engine
from numba.core.dispatcher import Dispatcher
kernels = []
names = [found.name for found in pkgutil.iter_modules(native.__path__, native.__name__ + ".")]
for name in [*names, "radln.features._outline"]:
    module = importlib.import_module(name)
    kernels += [one for one in vars(module).values() if isinstance(one, Dispatcher)]
print(len(kernels), sum(len(one.signatures) for one in kernels))
"""
EXTRACTION = """
import sys
import numpy as np
import radln
y, x = np.mgrid[:30, :30]
node = np.hypot(y - 15, x - 15) < 6
settings = {"deep": None, "radiomics": {"engine": "native", "wavelet": False, "log_sigma": []}}
table = radln.extract_features(100.0 * y, node, radln.FeatureSettings.model_validate(settings))
slow = {"sklearn", "scipy.ndimage", "scipy.spatial", "SimpleITK", "torch", "matplotlib"}
print(table.n_failed, sorted(slow & set(sys.modules)))
"""


def run(program: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=environment.pop("cwd", None),
        env={**os.environ, **environment},
    )


def lines(process: subprocess.Popen[str]) -> list[str]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.splitlines()


def test_importing_compiles_nothing(tmp_path):
    (counted,) = lines(run(EVERY_MODULE, NUMBA_CACHE_DIR=str(tmp_path)))
    kernels, compiled = map(int, counted.split())
    assert kernels >= 10
    assert compiled == 0
    assert not list(tmp_path.rglob("*.nb?"))


def test_extraction_loads_nothing_slow_that_it_does_not_need():
    assert lines(run(EXTRACTION)) == ["0 []"]


def test_two_workers_compile_at_once_and_a_third_need_not(tmp_path):
    both = [run(ONE_KERNEL, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2)]
    first, second = (lines(process) for process in both)
    assert first[0] == second[0]
    assert list(tmp_path.rglob("*.nbc"))
    assert lines(run(ONE_KERNEL, NUMBA_CACHE_DIR=str(tmp_path))) == [first[0], "hits 1"]


@pytest.mark.parametrize("kept", [True, False])
def test_without_a_folder_for_compiled_kernels_they_are_compiled_anew(tmp_path, kept):
    """Every folder that numba would use stands on a plain file, which not even root can enter."""
    ignored = shutil.ignore_patterns("__pycache__", "*.onnx")
    shutil.copytree(PACKAGE, tmp_path / "radln", ignore=ignored)
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    if not kept:
        (tmp_path / "radln/features/radiomics/native/__pycache__").write_text("")
    away = {name: str(nowhere / "x") for name in ("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR")}
    for _ in range(2):
        found = lines(
            run(ONE_KERNEL, **away, cwd=str(tmp_path), PYTHONPATH=str(tmp_path), IPYTHONDIR="")
        )
    assert found[0].startswith("{'Busyness'")
    assert found[1] == f"hits {int(kept)}"
