"""A feature table keeps every case, every column's spec, and refuses what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from radln.errors import InputError
from radln.features.table import FeatureSpec, FeatureTable

SPECS = (
    FeatureSpec("node_area_mm2", "node", "node", "mm2"),
    FeatureSpec("deep_x_0000", "deep", "deep"),
)
ROWS = [
    ("b", {"node_area_mm2": 2.0, "deep_x_0000": 0.5}, "", "a remark"),
    ("a", {}, "empty_mask", "the mask is empty"),
    ("c", {"node_area_mm2": 3.0}, "", ""),
]


def test_rows_keep_their_order_and_failures_are_rows_of_nan():
    table = FeatureTable.build(ROWS, SPECS)
    assert list(table.values.index) == ["b", "a", "c"]
    assert list(table.status["status"]) == ["ok", "failed", "ok"]
    assert table.n_failed == 1
    assert table.values.loc["a"].isna().all() and np.isnan(table.values.loc["c", "deep_x_0000"])
    assert (table.values.dtypes == np.float64).all()
    assert table.columns("deep") == ["deep_x_0000"]
    assert list(table.frame().columns)[:4] == ["case_id", "status", "error_code", "message"]
    assert table.metadata()[0]["unit"] == "mm2"


def test_an_empty_table_has_its_columns():
    assert FeatureTable.build([], SPECS).values.shape == (0, 2)
    assert FeatureTable.build([ROWS[1]], ()).values.shape == (1, 0)


def test_refusals():
    with pytest.raises(InputError, match="unique"):
        FeatureTable.build([ROWS[0], ROWS[0]], SPECS)
    table = FeatureTable.build(ROWS, SPECS)
    with pytest.raises(InputError, match="one spec a column"):
        FeatureTable(table.values, SPECS[::-1], table.status)
    with pytest.raises(InputError, match="same cases"):
        FeatureTable(table.values, SPECS, table.status.iloc[::-1])
