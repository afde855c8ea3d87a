"""Kappa of pairs of readers, weighted and not, with a jackknife over patients."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from radln._result import Estimate
from radln._types import FloatArray, IntArray
from radln.stats._intervals import cluster_sums, wald

SLIVER = 1e-9


class Pairs:
    """Kappa of every pair of readers, with and without each unit.

    With quadratic weights (and for two categories always) kappa is
    ``2 cov(x, y) / (var x + var y + (mean x - mean y)^2)``, so sums over units are enough; without
    weights the categories are counted.
    """

    def __init__(
        self, values: FloatArray, units: IntArray, among: str, *, weighted: bool = True
    ) -> None:
        self.size = values.shape[0]
        self.method = f"jackknife over {among}"
        self.all = list(combinations(range(self.size), 2))
        self.place = {pair: k for k, pair in enumerate(self.all)}
        kappas_of = _kappas if weighted else _plain_kappas
        kappas = [kappas_of(values[a], values[b], units) for a, b in self.all]
        self.kappa = np.array([whole for whole, _ in kappas])
        self.left = np.array([left for _, left in kappas])

    def matrix(self) -> FloatArray:
        """The kappas (r, r), NaN on the diagonal."""
        table = np.full((self.size, self.size), np.nan)
        for (a, b), kappa in zip(self.all, self.kappa, strict=True):
            table[a, b] = table[b, a] = kappa
        return table

    def mean(self, pairs: list[tuple[int, int]], level: float) -> Estimate:
        """The mean kappa of some pairs, those without one left out."""
        chosen = [self.place[pair] for pair in pairs]
        known = [k for k in chosen if not np.isnan(self.kappa[k])]
        if not known:
            return Estimate(np.nan, np.nan, np.nan, level, "no pair with a kappa")
        left = self.left[known].mean(axis=0)
        n = left.size
        se = float(np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum()))
        value = float(self.kappa[known].mean())
        if not se > SLIVER:
            return Estimate(value, np.nan, np.nan, level, f"{self.method}: no interval", np.nan)
        return wald(value, se, level, self.method, bounds=(-1.0, 1.0))


def _kappas(x: FloatArray, y: FloatArray, units: IntArray) -> tuple[float, FloatArray]:
    """Kappa of two readers on their common cases, and without each unit."""
    both = ~np.isnan(x) & ~np.isnan(y)
    a, b = np.where(both, x, 0.0), np.where(both, y, 0.0)
    sums = cluster_sums(np.stack([both, a, b, a * a, b * b, a * b], axis=1).astype(float), units).T
    whole = sums.sum(axis=1, keepdims=True)
    return float(_kappa(whole)[0]), _kappa(whole - sums)


def _kappa(sums: FloatArray) -> FloatArray:
    """Kappa from n, sum x, sum y, sum x^2, sum y^2, sum xy."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y = sums[1] / sums[0], sums[2] / sums[0]
        var_x, var_y = sums[3] / sums[0] - mean_x**2, sums[4] / sums[0] - mean_y**2
        shared = sums[5] / sums[0] - mean_x * mean_y
        spread = var_x + var_y + (mean_x - mean_y) ** 2
        return np.asarray(np.where(spread > 1e-12, 2 * shared / spread, np.nan))


def _plain_kappas(x: FloatArray, y: FloatArray, units: IntArray) -> tuple[float, FloatArray]:
    """Unweighted kappa of two readers on their common cases, and without each unit."""
    both = ~np.isnan(x) & ~np.isnan(y)
    seen = np.unique(np.concatenate([x[both], y[both]]))
    one, other = (both & (values[None] == seen[:, None]) for values in (x, y))
    table = np.concatenate([both[None], (both & (x == y))[None], one, other]).T
    sums = cluster_sums(table.astype(np.float64), units).T
    whole = sums.sum(axis=1, keepdims=True)
    return float(_plain_kappa(whole, seen.size)[0]), _plain_kappa(whole - sums, seen.size)


def _plain_kappa(sums: FloatArray, q: int) -> FloatArray:
    """Kappa from n, cases alike, and the cases of each of q categories by either reader."""
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = sums[1] / sums[0]
        chance = (sums[2 : 2 + q] * sums[2 + q :]).sum(axis=0) / sums[0] ** 2
        return np.asarray(np.where(chance < 1 - 1e-12, (observed - chance) / (1 - chance), np.nan))
