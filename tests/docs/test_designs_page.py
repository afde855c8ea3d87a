"""The commands of "Which design?" run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

from radln.cohort.simulate import simulate_cohort
from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "how-to" / "designs.md"


def nodes(n, seed, letter):
    table = simulate_cohort(n, seed=seed).table.drop_duplicates("node")
    number = table["patient"].str.slice(1).astype(int)
    for column in ("image", "patient"):
        table[column] = letter + table[column]
    table["hospital"] = number.map(lambda k: ["North", "South", "West"][k % 3])
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(14 * number, "D")
    return table.assign(day=day.dt.strftime("%Y-%m-%d"))


def test_commands_of_the_page_run(tmp_path):
    nodes(60, 3, "a").to_csv(tmp_path / "nodes.csv", index=False)
    nodes(60, 4, "b").to_csv(tmp_path / "there.csv", index=False)
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL))
    shim = tmp_path / "radln"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m radln "$@"\n')
    shim.chmod(0o755)
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    path = os.pathsep.join([str(tmp_path), str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    designs = set(re.findall(r"^\| `([a-z-]+)", PAGE.read_text(), re.MULTILINE))
    assert designs == set(re.findall(r"--design ([a-z-]+)", commands)) | {"cross-validation"}
    assert "No p is given" in done.stdout
    assert "was kept." in done.stdout
    assert (tmp_path / "sites" / "results" / "report.html").exists()
