"""The comparisons of two engines on many cases, added up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from radln.features.radiomics.filtered import LAPLACIAN_TOLERANCE
from radln.features.radiomics.parity import Parity, Verdict
from radln.features.radiomics.scales import TOLERANCE


@dataclass(frozen=True)
class Largest:
    """The largest difference of one feature, the case it was found in, and both values there."""

    difference: float
    case: str
    found: float
    expected: float


@dataclass(frozen=True)
class Decided:
    """A filtered image in which rounding decides which bin so many voxels fall into."""

    case: str
    image: str
    voxels: int


@dataclass(frozen=True, eq=False)
class Tally:
    """Two engines on many cases.

    ``largest`` has every feature that was compared, the largest difference first; ``counts`` is
    explained where it is filled, in :func:`tally`. ``laplacian`` is the largest difference of a
    Laplacian-of-Gaussian image, ``own_laplacians`` that of a feature of such an image where each
    engine measures its own. ``decided`` lists the images that rounding decides. ``seconds`` are
    added up over the cases.
    """

    largest: dict[str, Largest]
    counts: Counter[str]
    laplacian: float
    own_laplacians: float
    decided: tuple[Decided, ...]
    seconds: dict[str, float]

    @property
    def worst(self) -> tuple[str, Largest] | None:
        """The feature with the largest difference."""
        return next(iter(self.largest.items()), None)

    @property
    def verdict(self) -> Verdict:
        """Different where a case is, else decided by rounding where a case is, else equal."""
        if self.counts["different"]:
            return "different"
        return "decided by rounding" if self.counts["decided"] else "equal"

    @property
    def by_image(self) -> dict[str, tuple[int, int]]:
        """Image -> in how many cases rounding decides grey levels of it, and of how many voxels."""
        cases, voxels = Counter[str](), Counter[str]()
        for one in self.decided:
            cases[one.image] += 1
            voxels[one.image] += one.voxels
        return {image: (n, voxels[image]) for image, n in cases.items()}


def tally(compared: Iterable[tuple[str, Parity]]) -> Tally:
    """How far are two engines apart on these cases?

    Parameters
    ----------
    compared
        What each case is called, and its comparison; read once.

    Returns
    -------
    Tally
        Its ``counts`` are of ``cases``, of them ``equal``, ``decided`` by rounding or
        ``different``, ``values`` (features of all cases), values that only one engine defines
        (``undefined``), ``laplacians`` (images), and those that are the same bit by bit
        (``identical``).

    Examples
    --------
    >>> tally([]).verdict
    'equal'
    """
    largest: dict[str, Largest] = {}
    counts: Counter[str] = Counter()
    decided: list[Decided] = []
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
        decided += [Decided(case, name, one.rebinned) for name, one in parity.decided.items()]
        seconds.update(parity.seconds)
    ordered = sorted(largest.items(), key=lambda item: -item[1].difference)
    return Tally(dict(ordered), counts, laplacian, own, tuple(decided), dict(seconds))


def _counts(parity: Parity) -> dict[str, int]:
    return {
        "cases": 1,
        "equal": int(parity.verdict == "equal"),
        "decided": int(parity.verdict == "decided by rounding"),
        "different": int(parity.verdict == "different"),
        "values": len(parity.differences),
        "undefined": sum(math.isinf(apart) for apart in parity.differences.values()),
        "laplacians": len(parity.laplacians),
        "identical": sum(one.identical for one in parity.laplacians.values()),
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
    if found.verdict == "equal":
        return (
            f"The engines agree: all {n['values']} values of {n['cases']} cases to {TOLERANCE:.0e} "
            f"(largest difference {largest.difference:.1e}, {name})."
        )
    rounding = ""
    if n["decided"]:
        rounding = (
            f" Rounding decides grey levels of {n['decided']} case(s), on which the engines "
            "neither agree nor fail."
        )
    if found.verdict == "decided by rounding":
        return (
            f"The engines agree on {n['equal']} of {n['cases']} cases (largest difference "
            f"{largest.difference:.1e}, {name}).{rounding}"
        )
    wrong = sum(one.difference > TOLERANCE for one in found.largest.values())
    images = ""
    if found.laplacian > LAPLACIAN_TOLERANCE:
        images = f"; Laplacian images differ by up to {found.laplacian:.1e} of their range"
    return (
        f"The engines do not agree on {n['different']} of {n['cases']} cases: {wrong} features "
        f"differ by more than {TOLERANCE:.0e} (largest difference {largest.difference:.1e}, "
        f"{name}){images}.{rounding}"
    )
