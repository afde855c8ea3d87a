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
