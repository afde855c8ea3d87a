"""A killed run goes on where it stopped; only what changed is done again, by any workers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from study.conftest import edit

from radln.study.core import Study

SEED = 20261121


def start(*arguments) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "radln", *map(str, arguments)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def kill_when(process: subprocess.Popen, folder: Path, pattern: str, count: int) -> None:
    """SIGKILL the whole group as soon as ``count`` finished files are there."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if len(list(folder.rglob(pattern))) >= count:
            break
        time.sleep(0.002)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_extraction_killed_three_times(study, finished):
    """At three random points of a fixed seed."""
    points = sorted(random.Random(SEED).sample(range(2, 70), 3))
    for point in points:
        process = start("extract", study, "-o", study / "f.parquet")
        kill_when(process, study / ".radln-cache", "*.record", point)
        assert process.returncode == -signal.SIGKILL
        assert not (study / "f.parquet").exists()
    assert start("extract", study, "-o", study / "f.parquet").wait() == 0
    mine = (study / "f.parquet").read_bytes()
    assert mine == (finished / "results" / "features.parquet").read_bytes()


def test_models_killed(study, finished):
    process = start("run", study)
    kill_when(process, study / "results" / "folds", "*.record", 1)
    assert process.returncode == -signal.SIGKILL
    kept = {
        path: path.stat().st_mtime_ns for path in (study / "results" / "folds").rglob("*.record")
    }
    assert len(kept) == 1
    assert start("run", study).wait() == 0
    assert all(path.stat().st_mtime_ns == before for path, before in kept.items())
    for name in ("predictions.csv", "features.parquet", "model/predictions_final.csv"):
        mine = (study / "results" / name).read_bytes()
        assert mine == (finished / "results" / name).read_bytes()


def test_two_workers_give_the_same_files(study, finished):
    Study.from_yaml(study).run(out=study / "results", jobs=2)
    for name in ("predictions.csv", "features.parquet", "tables/auc.csv", "figures/roc.svg"):
        mine = (study / "results" / name).read_bytes()
        assert mine == (finished / "results" / name).read_bytes()


@pytest.fixture
def measured(study):
    """A study with a full cache."""
    Study.from_yaml(study).extract()
    return study


def computed(study) -> pd.DataFrame:
    timings = Study.from_yaml(study).extract().timings
    return timings[~timings["cached"].astype(bool)]


def test_nothing_is_computed_twice(measured):
    assert computed(measured).empty


def test_a_changed_mask_byte_recomputes_its_case(measured):
    path = measured / "masks" / "ZQX-0003-0_mask.png"
    mask = np.array(Image.open(path))
    rows, columns = np.nonzero(mask)
    mask[rows[0], columns[0]] = 0
    Image.fromarray(mask).save(path)
    assert set(computed(measured)["case_id"]) == {"ZQX-0003-0"}


def test_a_changed_setting_recomputes_its_family(measured):
    edit(measured / "study.yaml", lambda held: held["features"]["nodes"].update(rim_fraction=0.3))
    again = computed(measured)
    assert set(again["family"]) == {"node"}
    assert len(again) == len(pd.read_csv(measured / "nodes.csv"))


def test_a_damaged_record_is_noticed(measured):
    before = Study.from_yaml(measured).extract().table.values
    record = sorted((measured / ".radln-cache").rglob("*.record"))[5]
    record.write_bytes(record.read_bytes()[:-3] + b"abc")
    assert len(computed(measured)) == 1
    pd.testing.assert_frame_equal(Study.from_yaml(measured).extract().table.values, before)


def test_a_new_algorithm_version_recomputes_its_family(measured, monkeypatch):
    monkeypatch.setattr("radln.features.nodes.ALGORITHM_VERSION", 99)
    again = computed(measured)
    assert set(again["family"]) == {"node"}
    assert again["case_id"].is_unique


def test_a_damaged_fold_is_fitted_again(study, finished):
    import shutil

    shutil.rmtree(study)
    shutil.copytree(finished, study)
    record = next((study / "results" / "folds").rglob("*.record"))
    record.write_bytes(b"not a record at all, and long enough to be read")
    Study.from_yaml(study).run(out=study / "results")
    mine = (study / "results" / "predictions.csv").read_bytes()
    assert mine == (finished / "results" / "predictions.csv").read_bytes()
