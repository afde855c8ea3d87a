"""Two engines' values of one class on one region, held against each other."""

from __future__ import annotations

from collections.abc import Mapping

from radln.features.radiomics.scales import TOLERANCE, difference


def assert_equal(found: Mapping[str, float], expected: Mapping[str, float]) -> None:
    """Same names in the same order, NaN where NaN is, values within the tolerance."""
    assert list(found) == list(expected)
    for name, value in expected.items():
        apart = difference(name, found[name], expected)
        assert apart <= TOLERANCE, f"{name}: {found[name]!r} is not {value!r} ({apart:.1e})"
