"""The comparisons of two engines on many cases, added up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from radln.features.radiomics.parity import LAPLACIAN_TOLERANCE, Parity
from radln.features.radiomics.scales import TOLERANCE


@dataclass(frozen=True)
class Largest:
    """The largest difference of one feature, the case it was found in, and both values there."""

    difference: float
    case: str
    found: float
    expected: float


@dataclass(frozen=True, eq=False)
class Tally:
    """Two engines on many cases.

    ``largest`` has every feature that was compared, the largest difference first; ``counts`` is
    explained where it is filled, in :func:`tally`. ``laplacian`` is the largest difference of a
    Laplacian-of-Gaussian image, ``own_laplacians`` that of a feature of such an image where each
    engine measures its own. ``seconds`` are added up over the cases.
    """

    largest: dict[str, Largest]
    counts: Counter[str]
    laplacian: float
    own_laplacians: float
    seconds: dict[str, float]

    @property
    def worst(self) -> tuple[str, Largest] | None:
        """The feature with the largest difference."""
        return next(iter(self.largest.items()), None)

    @property
    def agree(self) -> bool:
        """Whether every feature of every case agrees to 1e-9, every Laplacian image to 1e-5."""
        return self.counts["disagree"] == 0


def tally(compared: Iterable[tuple[str, Parity]]) -> Tally:
    """How far are two engines apart on these cases?

    Parameters
    ----------
    compared
        What each case is called, and its comparison; read once.

    Returns
    -------
    Tally
        Its ``counts`` are of ``cases``, ``values`` (features of all cases), values that only one
        engine defines (``undefined``), cases that do not agree (``disagree``), ``laplacians``
        (images), those that are the same bit by bit (``identical``), and cases, images and voxels
        of a Laplacian image in which a voxel fell into another bin (``rebinned cases``, ``rebinned
        images``, ``rebinned voxels``), the noise of even images apart (``noise cases``).

    Examples
    --------
    >>> tally([]).agree
    True
    """
    largest: dict[str, Largest] = {}
    counts: Counter[str] = Counter()
    laplacian = own = 0.0
    seconds: Counter[str] = Counter()
    for case, parity in compared:
        for name, apart in parity.differences.items():
            if name not in largest or apart > largest[name].difference:
                values = (of.get(name, math.nan) for of in (parity.found, parity.expected))
                largest[name] = Largest(apart, case, *values)
        counts.update(_counts(parity))
        images = parity.laplacians.values()
        laplacian = max(laplacian, *(one.difference for one in images), 0.0)
        own = max(own, parity.own_laplacians)
        seconds.update(parity.seconds)
    ordered = sorted(largest.items(), key=lambda item: -item[1].difference)
    return Tally(dict(ordered), counts, laplacian, own, dict(seconds))


def _counts(parity: Parity) -> dict[str, int]:
    moved = [one.rebinned for one in parity.laplacians.values() if one.rebinned and not one.noise]
    noise = any(one.rebinned and one.noise for one in parity.laplacians.values())
    return {
        "cases": 1,
        "values": len(parity.differences),
        "undefined": sum(math.isinf(apart) for apart in parity.differences.values()),
        "disagree": int(not parity.agree),
        "laplacians": len(parity.laplacians),
        "identical": sum(one.difference == 0 for one in parity.laplacians.values()),
        "rebinned cases": int(bool(moved)),
        "rebinned images": len(moved),
        "rebinned voxels": sum(moved),
        "noise cases": int(noise and not moved),
    }


def verdict(found: Tally) -> str:
    """In one sentence: do the engines agree?

    Examples
    --------
    >>> verdict(tally([]))
    'No case could be compared.'
    """
    n = found.counts
    if found.worst is None:
        return "No case could be compared."
    name, largest = found.worst
    if found.agree:
        return (
            f"The engines agree: all {n['values']} values of {n['cases']} cases to {TOLERANCE:.0e} "
            f"(largest difference {largest.difference:.1e}, {name})."
        )
    wrong = sum(one.difference > TOLERANCE for one in found.largest.values())
    images = ""
    if found.laplacian > LAPLACIAN_TOLERANCE:
        images = f"; Laplacian images differ by up to {found.laplacian:.1e} of their range"
    return (
        f"The engines do not agree on {n['disagree']} of {n['cases']} cases: {wrong} features "
        f"differ by more than {TOLERANCE:.0e} (largest difference {largest.difference:.1e}, "
        f"{name}){images}."
    )
