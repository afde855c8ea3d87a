"""The garbage collector rests while something is loaded, once, and goes on as before."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref

import pytest

from radln import _collector
from radln._collector import loading


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch):
    monkeypatch.setattr(_collector, "_loaded", set())


def test_it_rests_and_goes_on_even_after_an_error():
    assert gc.isenabled()
    with pytest.raises(ValueError, match="x"), loading("this"):
        assert not gc.isenabled()
        raise ValueError("x")
    assert gc.isenabled()


def test_once_only_and_not_within_another():
    with loading("this"):
        with loading("that"):
            assert not gc.isenabled()
        assert not gc.isenabled()
    with loading("this"):
        assert gc.isenabled()


def test_one_that_was_off_stays_off():
    gc.disable()
    try:
        with loading("this"):
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_two_threads_leave_it_on():
    inside, leave = threading.Event(), threading.Event()

    def first():
        with loading("this"):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(10)
    with loading("that"):
        leave.set()
        thread.join()
    assert gc.isenabled()


def test_what_was_loaded_is_old_and_what_was_frozen_stays_frozen():
    with loading("this"):
        loaded = [[k] for k in range(1000)]
    old = {id(one) for one in gc.get_objects(generation=2)}
    assert all(id(one) in old for one in loaded)
    assert gc.get_freeze_count() == 0
    gc.freeze()
    try:
        with loading("that"):
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


class Ring:
    def __init__(self) -> None:
        self.me = self


def test_garbage_made_beside_it_is_collected():
    with loading("this"):
        pass
    rings = []
    for _ in range(20_000):
        with loading("this"):
            rings.append(weakref.ref(Ring()))
    assert sum(ring() is None for ring in rings) > 10_000


CYCLES = """
import gc, weakref
import numpy as np
import radln
class Ring:
    def __init__(self):
        self.me = self
node = np.zeros((12, 12), dtype=bool)
node[3:9, 3:9] = True
image = np.arange(144.0).reshape(12, 12)
settings = radln.FeatureSettings.model_validate(
    {"deep": None, "radiomics": {"wavelet": False, "log_sigma": [], "classes": ["firstorder"]}}
)
radln.extract_features(image, node, settings)
rings = []
for _ in range(300):
    rings.append(weakref.ref(Ring()))
    radln.FeatureSettings, radln.extract_features(image, node, settings)
print(gc.isenabled(), gc.get_freeze_count(), sum(ring() is None for ring in rings) > 200)
"""


def test_extraction_in_a_loop_leaves_the_collector_at_work():
    done = subprocess.run(
        [sys.executable, "-c", CYCLES], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == ["True", "0", "True"]
