"""Records come back exactly, or not at all."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from radln.errors import InputError
from radln.io.store import RecordStore

KEY = "ab" * 32


def test_numbers_come_back_bit_for_bit(tmp_path):
    values = {"a": 0.1 + 0.2, "b": 5e-324, "c": -1e308, "d": math.inf, "é": 1 / 3}
    RecordStore(tmp_path).put(KEY, {"values": values, "nan": math.nan})
    found = RecordStore(tmp_path).get(KEY)
    assert found is not None and found["values"] == values and math.isnan(found["nan"])
    assert list(found["values"]) == list(values)


def test_a_record_can_be_replaced(tmp_path):
    store = RecordStore(tmp_path / "deep" / "folder")
    store.put(KEY, {"n": 1})
    store.put(KEY, {"n": 2})
    assert store.get(KEY) == {"n": 2}
    assert [p.name for p in tmp_path.rglob("*.tmp")] == []


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "swap"])
def test_a_damaged_record_is_deleted(tmp_path, damage):
    store = RecordStore(tmp_path)
    store.put(KEY, {"values": [1.5] * 50})
    (path,) = tmp_path.rglob("*.record")
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[-3] ^= 1
    elif damage == "swap":  # another key's whole record
        store.put("ab" + "0" * 62, {"values": [2.5]})
        data = bytearray(store._path("ab" + "0" * 62).read_bytes())
    path.write_bytes(bytes({"cut": data[:-5], "empty": b""}.get(damage, data)))
    assert store.get(KEY) is None
    assert not path.exists()
    store.put(KEY, {"values": [3.5]})
    assert store.get(KEY) == {"values": [3.5]}


def test_many_writers_of_one_key(tmp_path):
    store = RecordStore(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.put(KEY, {"n": [n] * 500}), range(64)))
    record = store.get(KEY)
    assert record is not None and len(set(record["n"])) == 1


def test_an_unusable_folder_is_named_without_its_path(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cache folder inside cannot be used") as caught:
        RecordStore(tmp_path / "file" / "inside")
    assert str(tmp_path) not in str(caught.value)
    store = RecordStore(tmp_path / "cache")
    (tmp_path / "cache" / f"{KEY}.record").mkdir()
    with pytest.raises(InputError, match="cache folder cache"):
        store.put(KEY, {})


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    store = RecordStore(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        store.put(KEY, {"n": 1})
    assert store.get(KEY) is None and [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_was_cleared_away_is_made_again(tmp_path):
    store = RecordStore(tmp_path / "cache")
    (tmp_path / "cache").rmdir()
    store.put(KEY, {"n": 1})
    assert store.get(KEY) == {"n": 1}


def test_records_are_json(tmp_path):
    with pytest.raises(TypeError):
        RecordStore(tmp_path).put(KEY, {"o": object()})
