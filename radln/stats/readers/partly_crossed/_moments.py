"""Second moments of reader-averaged shares: sums over pairs of reads, exact, and what they give.

A read's success is a kernel: of one case (a share), or of a positive and a negative case (an area).
Two kernels share their reader or not, and each of their cases or not; the product moments of the
kinds that sharing gives are all that the variance of the average needs (Gallas 2006; Gallas et al.
2009). Sums are held as whole numbers in arrays of Python's integers, axes (reader, case) or
(reader, positive, negative), place 0 "the same", place 1 "any"; nothing is lost to rounding until
the last division.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radln._types import BoolArray, FloatArray, IntArray

Exact = NDArray[Any]  # Python's integers
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class PairSums:
    """Products of successes over pairs of reads in two modalities, and how many such pairs.

    ``numerator`` and ``denominator`` have the axes above. The reader's own, ``own_numerator`` and
    ``own_denominator``, have readers first and then the axes of cases. ``total_a`` and ``reads_a``
    are one modality's sums per reader, and so for b.
    """

    numerator: Exact
    denominator: Exact
    own_numerator: Exact
    own_denominator: Exact
    scale: int


@dataclass(frozen=True)
class AreaSums:
    """Twice the success of every pair of a positive and a negative case, summed.

    By reader (modality, reader, case): ``over_positive`` and ``over_negative``; over readers
    (modality, positive, negative): ``over_readers``; products of one reader's own pairs in two
    modalities (reader, modality, modality): ``products``. ``positive`` and ``negative`` say who
    read what.
    """

    over_positive: Counts
    over_negative: Counts
    over_readers: Counts
    products: Counts
    positive: Counts
    negative: Counts

    @classmethod
    def of(cls, positive: BoolArray, score: FloatArray) -> AreaSums:
        """From the reads (modality, reader, case), NaN where there is none."""
        high, low = score[:, :, positive], score[:, :, ~positive]
        n_modalities, n_readers, n_positive = high.shape
        n_negative = low.shape[2]
        over_positive = np.zeros((n_modalities, n_readers, n_positive), dtype=np.int64)
        over_negative = np.zeros((n_modalities, n_readers, n_negative), dtype=np.int64)
        over_readers = np.zeros((n_modalities, n_positive, n_negative), dtype=np.int64)
        products = np.zeros((n_readers, n_modalities, n_modalities), dtype=np.int64)
        for reader in range(n_readers):
            won = [_twice_won(high[m, reader], low[m, reader]) for m in range(n_modalities)]
            for m, success in enumerate(won):
                over_positive[m, reader] = success.sum(axis=1, dtype=np.int64)
                over_negative[m, reader] = success.sum(axis=0, dtype=np.int64)
                over_readers[m] += success
                for k in range(m + 1):
                    shared = np.einsum("ij,ij->", success, won[k], dtype=np.int64)
                    products[reader, m, k] = products[reader, k, m] = shared
        read = (~np.isnan(part) for part in (high, low))
        counted = [part.astype(np.int64) for part in read]
        return cls(over_positive, over_negative, over_readers, products, *counted)

    def totals(self) -> Counts:
        """Twice the won pairs of every modality and reader."""
        return np.asarray(self.over_positive.sum(axis=2))

    def pairs(self) -> Counts:
        """The pairs of a positive and a negative case that each reader read in each modality."""
        return np.asarray(self.positive.sum(axis=2) * self.negative.sum(axis=2))

    def of_pair(self, a: int, b: int) -> PairSums:
        """The products of modalities a and b."""
        total, high, low = self.totals(), self.over_positive, self.over_negative
        own = np.empty((total.shape[1], 2, 2), dtype=object)
        own[:, 0, 0] = _whole(self.products[:, a, b])
        own[:, 0, 1] = _whole((high[a] * high[b]).sum(axis=1))
        own[:, 1, 0] = _whole((low[a] * low[b]).sum(axis=1))
        own[:, 1, 1] = _whole(total[a]) * _whole(total[b])
        both = np.empty((2, 2), dtype=object)
        both[0, 0] = int(np.einsum("ij,ij->", self.over_readers[a], self.over_readers[b]))
        both[0, 1] = int(high[a].sum(axis=0) @ high[b].sum(axis=0))
        both[1, 0] = int(low[a].sum(axis=0) @ low[b].sum(axis=0))
        both[1, 1] = int(total[a].sum()) * int(total[b].sum())
        own_reads, reads = _design((self.positive, self.negative), a, b)
        return PairSums(np.stack([own.sum(axis=0), both]), reads, own, own_reads, 2)


@dataclass(frozen=True)
class ShareSums:
    """Right calls (modality, reader, case) and who called what."""

    success: Counts
    read: Counts

    @classmethod
    def of(cls, success: FloatArray) -> ShareSums:
        """From 0, 1 and NaN (modality, reader, case)."""
        return cls(np.nan_to_num(success).astype(np.int64), (~np.isnan(success)).astype(np.int64))

    def totals(self) -> Counts:
        """The right calls of every modality and reader."""
        return np.asarray(self.success.sum(axis=2))

    def pairs(self) -> Counts:
        """The calls of every modality and reader."""
        return np.asarray(self.read.sum(axis=2))

    def of_pair(self, a: int, b: int) -> PairSums:
        """The products of modalities a and b."""
        own, numerator = _design((self.success,), a, b)
        own_reads, denominator = _design((self.read,), a, b)
        return PairSums(numerator, denominator, own, own_reads, 1)


def _twice_won(high: FloatArray, low: FloatArray) -> NDArray[np.int8]:
    """2 where the positive case scored higher, 1 for a tie, 0 else or where one was not read."""
    return (high[:, None] > low).astype(np.int8) + (high[:, None] >= low)


def _whole(values: IntArray) -> Exact:
    return values.astype(object)


def _design(kinds: tuple[Counts, ...], a: int, b: int) -> tuple[Exact, Exact]:
    """Pairs of kernels that factor over kinds of cases: (reader, ...) and (2, ...) as above."""
    crossed = np.ones((1, 1), dtype=object)
    for kind in kinds:
        same = _whole(kind[a] @ kind[b].T)
        some = np.multiply.outer(_whole(kind[a].sum(axis=1)), _whole(kind[b].sum(axis=1)))
        crossed = crossed[..., None, :, :] * np.stack([same, some])
    own = np.moveaxis(np.diagonal(crossed, axis1=-2, axis2=-1), -1, 0)
    return own, np.stack([own.sum(axis=0), crossed.sum(axis=(-2, -1))])


@dataclass(frozen=True)
class Decomposition:
    """Variance (or covariance) of two averages, and the terms that add up to it.

    ``moments``, ``v_moments`` and ``weights`` are Gallas's M1..M8 (M1..M4 for shares) and their
    coefficients, ``components``, ``v_components`` and ``shares`` the components of variance of
    Barrett, Clarkson and Kupinski and theirs. The first of each pair is unbiased, the second takes
    the sample for the population (V-statistic, nonparametric maximum likelihood, ideal bootstrap).
    NaN where the design has no such pair of reads.
    """

    variance: float
    v_variance: float
    moments: FloatArray
    v_moments: FloatArray
    weights: FloatArray
    components: FloatArray
    v_components: FloatArray
    shares: FloatArray


def decompose(numerator: Exact, denominator: Exact, scale: int) -> Decomposition:
    """The decomposition from sums whose axes are (same, any); NaN where nobody read."""
    shape, size = numerator.shape, numerator.size
    unlike, pairs = _along(_unlike, numerator), _along(_unlike, denominator)
    moments, v_moments = _ratio(unlike, pairs, scale), _ratio(numerator, denominator, scale)
    all_pairs = int(denominator.flat[-1])
    if not all_pairs:
        return Decomposition(np.nan, np.nan, *[np.full(size, np.nan)] * 3, *[moments[:-1]] * 3)
    whole = [Fraction(int(count), all_pairs) for count in pairs.flat]
    whole[-1] -= 1
    weights = np.array([float(weight) for weight in whole])
    variance = np.nan
    if pairs.flat[-1]:
        together = Fraction(int(numerator.flat[-1]), all_pairs)
        apart = Fraction(int(unlike.flat[-1]), int(pairs.flat[-1]))
        variance = float((together - apart) / scale**2)
    of_each = zip(whole, numerator.flat, denominator.flat, strict=True)
    plug_in = sum(weight * Fraction(int(p), int(q)) for weight, p, q in of_each if weight)
    return Decomposition(
        variance,
        float(plug_in / scale**2),
        moments,
        v_moments,
        weights,
        _along(_effect, moments.reshape(shape)).flatten()[:-1],
        _along(_effect, v_moments.reshape(shape)).flatten()[:-1],
        _along(_either, weights.reshape(shape)).flatten()[:-1],
    )


def _ratio(numerator: Exact, denominator: Exact, scale: int) -> FloatArray:
    pairs = zip(numerator.flat, denominator.flat, strict=True)
    return np.array([float(Fraction(int(p), int(q) * scale**2)) if q else np.nan for p, q in pairs])


def _along(change: Callable[[Exact, Exact], tuple[Exact, Exact]], tensor: Exact) -> Exact:
    """Both places of every axis changed, one axis after the other."""
    for axis in range(tensor.ndim):
        tensor = np.stack(change(*np.moveaxis(tensor, axis, 0)), axis=axis)
    return tensor


def _unlike(same: Exact, some: Exact) -> tuple[Exact, Exact]:
    """(same, any) to (same, different)."""
    return same, some - same


def _effect(same: Exact, other: Exact) -> tuple[Exact, Exact]:
    """(same, different) to (what sharing adds, the rest)."""
    return same - other, other


def _either(same: Exact, other: Exact) -> tuple[Exact, Exact]:
    """(same, different) to (same, any)."""
    return same, same + other
