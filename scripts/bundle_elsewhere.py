"""A bundle's predictions in other Pythons: `python scripts/bundle_elsewhere.py BUNDLE PYTHON ...`.

Every Python needs radln's packages. 200 made-up rows (drawn within the ranges of training, a tenth
of the cells blank) go through the bundle in this Python and in each other one; the largest
difference is printed, and one above 1e-9 ends with exit code 1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from radln.models.bundle import Bundle

ROOT = Path(__file__).resolve().parents[1]
ELSEWHERE = """
import json, sys
from radln.models.bundle import Bundle
from radln.models.bundle_content import frame_of
bundle = Bundle.load(sys.argv[1])
rows = json.load(open(sys.argv[2]))
said = bundle.predict(frame_of(bundle.content.columns, rows))
print(json.dumps([sys.version.split()[0], said.to_dict("list")]))
"""


def made_up(bundle: Bundle, n: int = 200) -> list[dict[str, object]]:
    """Rows of the bundle's columns."""
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(n):
        row: dict[str, object] = {}
        for column in bundle.content.columns:
            value: object = None
            if rng.random() > 0.1:
                low, high = column.low or 0.0, column.high or 0.0
                value = str(rng.choice(column.levels)) if column.levels else rng.uniform(low, high)
            row[column.name] = value
        rows.append(row)
    return rows


def said_by(python: str, bundle: Path, rows: Path) -> tuple[str, pd.DataFrame]:
    """The version of a Python, and what the bundle says in it."""
    done = subprocess.run(
        [python, "-c", ELSEWHERE, str(bundle), str(rows)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    version, said = json.loads(done.stdout)
    return version, pd.DataFrame(said)


def main() -> int:
    bundle, *pythons = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.json"
        rows.write_text(json.dumps(made_up(Bundle.load(bundle))))
        version, here = said_by(sys.executable, Path(bundle), rows)
        largest = 0.0
        for python in pythons:
            other, there = said_by(python, Path(bundle), rows)
            gap = float((there[here.columns] - here).abs().to_numpy().max())
            print(f"{version} against {other}: {gap:.3g} over {here.size} probabilities")
            largest = max(largest, gap)
    return int(largest > 1e-9)


if __name__ == "__main__":
    sys.exit(main())
