"""The script that compares results with those of an earlier commit sees every difference."""

from __future__ import annotations

import importlib.util
import json
import sys

import numpy as np
import pandas as pd
import pytest

from tests.conftest import REPOSITORY

TABLE = pd.DataFrame({"who": ["a", "b"], "value": [0.5, np.nan], "n": [3, 4]})


@pytest.fixture(scope="module")
def script():
    path = REPOSITORY / "scripts" / "unchanged.py"
    spec = importlib.util.spec_from_file_location("unchanged", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["unchanged"] = module
    spec.loader.exec_module(module)
    return module


def write(folder, table=TABLE, number=1.5, more=False):
    folder.mkdir()
    table.to_csv(folder / "t.csv", index=False)
    table.to_parquet(folder / "t.parquet")
    (folder / "m.json").write_text(json.dumps({"a": [1, {"b": number}]}))
    if more:
        table.to_csv(folder / "more.csv", index=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"number": 1.5 + 1e-14}, []),
        ({"number": 1.5 + 1e-9}, ["m.json: /a/1/b"]),
        ({"more": True}, ["more.csv: only now"]),
        ({"table": TABLE.assign(value=[0.5 + 1e-9, np.nan])}, ["t.csv: ", "t.parquet: "]),
        ({"table": TABLE.assign(value=[0.5, 0.0])}, ["difference inf", "difference inf"]),
        ({"table": TABLE.assign(who=["a", "c"])}, ["1 cells", "1 cells"]),
        ({"table": TABLE.assign(new=1)}, ["column new: only now", "column new: only now"]),
        ({"table": TABLE[:1]}, ["1 rows, 2 before", "1 rows, 2 before"]),
    ],
)
def test_differences_are_named(script, tmp_path, change, said):
    write(tmp_path / "before")
    write(tmp_path / "now", **change)
    found = [
        f"{one.file}: {one.said}"
        for one in script.compare_folders(tmp_path / "now", tmp_path / "before")
    ]
    assert len(found) == len(said)
    for words, line in zip(said, found, strict=True):
        assert words in line
