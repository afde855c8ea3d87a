"""Two small clinical studies: one that makes a bundle, and one of another centre."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import yaml

from tests.study.conftest import Outcome
from tests.study.studies import environment

OK, DATA, USAGE = 0, 1, 2


def frame(seed, patients=70, views=2, older=0.0):
    """Cases with a signal in age and crp, two grey readers, two sites."""
    rng = np.random.default_rng(seed)
    n = views * patients
    y = rng.random(n) < 0.45
    return pd.DataFrame(
        {
            "case": [f"{k:03d}" for k in range(n)],
            "person": [f"p{k // views}" for k in range(n)],
            "pathology": np.where(y, "malignant", "benign"),
            "age": rng.normal(60 + older, 9, n).round() + 6 * y,
            "crp": rng.normal(5, 2, n).round(1) + 1.5 * y,
            "border": np.where(rng.random(n) < 0.3 + 0.4 * y, "irregular", "smooth"),
            "expert": np.clip(np.round(3 + y + rng.normal(size=n)), 1, 5).astype(int),
            "hospital": np.where(np.arange(n) // views % 2, "north", "south"),
        }
    )


def started(radln, folder, table, *more, change=None):
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "t.csv", index=False)
    said = radln(
        "init", folder, "--table", folder / "t.csv", "--case", "case", "--patient", "person",
        "--outcome", "pathology", "--clinical", "age,crp,border", "--reader", "expert:4",
        "--site", "hospital", "--force", *more,
    )  # fmt: skip
    assert said.code == OK, said.err
    file = folder / "study.yaml"
    held = yaml.safe_load(file.read_text())
    held["models"] |= {"folds": 3, "repeats": 1, "inner_folds": 2}
    held["evaluation"]["n_resamples"] = 100
    if change is not None:
        change(held)
    file.write_text(yaml.safe_dump(held))
    return folder


def developed(radln, folder, change=None):
    """The bundle of a finished study, and its results."""
    started(radln, folder, frame(4), change=change)
    said = radln("run", folder)
    assert said.code == OK, said.err
    return folder / "results"


def in_a_process(*arguments, cwd=None):
    """The command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "radln", *map(str, arguments)],
        env=environment(),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
