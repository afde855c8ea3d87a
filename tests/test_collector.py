"""The garbage collector rests, and goes on as before."""

from __future__ import annotations

import gc

import pytest

from radln._collector import collector_at_rest


def test_it_rests_and_goes_on_even_after_an_error():
    assert gc.isenabled()
    with pytest.raises(ValueError, match="x"), collector_at_rest():
        assert not gc.isenabled()
        raise ValueError("x")
    assert gc.isenabled()


def test_one_that_was_off_stays_off():
    gc.disable()
    try:
        with collector_at_rest():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_was_loaded_is_old_and_what_was_frozen_stays_frozen():
    with collector_at_rest():
        loaded = [[k] for k in range(1000)]
    assert not any(one is loaded[0] for one in gc.get_objects(generation=0))
    assert gc.get_freeze_count() == 0
    gc.freeze()
    try:
        with collector_at_rest():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
