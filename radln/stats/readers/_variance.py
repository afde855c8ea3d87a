"""Obuchowski and Rockette's variance components, and what they give for means and differences.

A table ``merit`` (m, r) of figures, modality by reader, is a two-way layout whose errors are
correlated because everyone reads the same cases: ``cov1`` between modalities of one reader,
``cov2`` between readers in one modality, ``cov3`` between both. Mean squares carry the readers,
covariances the cases.

References
----------
Obuchowski and Rockette 1995, doi:10.1080/03610919508813243; Hillis 2007, doi:10.1002/sim.2532;
Hillis, Berbaum and Metz 2008, doi:10.1016/j.acra.2007.12.015; Hillis 2014, doi:10.1002/sim.5926.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from radln._types import BoolArray, FloatArray


@dataclass(frozen=True)
class Components:
    """Mean squares of the layout and the averaged error covariances; NaN where not estimable."""

    n_modalities: int
    n_readers: int
    ms_modality: float
    ms_reader: float
    ms_interaction: float
    var_error: float
    cov1: float
    cov2: float
    cov3: float

    @property
    def var_reader(self) -> float:
        """The variance between readers; an estimate, which may come out negative."""
        return (self.ms_reader - self.ms_interaction) / self.n_modalities - self.cov1 + self.cov3

    @property
    def var_interaction(self) -> float:
        """The variance of the modality-by-reader effect; it, too, may come out negative."""
        return self.ms_interaction - self.var_error + self.cov1 + (self.cov2 - self.cov3)

    def table(self) -> Mapping[str, float]:
        """The components by name."""
        return {
            "reader": self.var_reader,
            "modality x reader": self.var_interaction,
            "error": self.var_error,
            "cov1": self.cov1,
            "cov2": self.cov2,
            "cov3": self.cov3,
        }


@dataclass(frozen=True)
class Spread:
    """The variance of a mean or difference, and the degrees of freedom of its estimate."""

    variance: float
    df: float


def components(merit: FloatArray, covariance: FloatArray, design: str) -> Components:
    """The components of a table (m, r); ``covariance`` is (m, r, m, r).

    Covariances between cases that a design keeps apart are 0 by that design.
    """
    m, r = merit.shape
    rows, columns = merit.mean(axis=1), merit.mean(axis=0)
    left = merit - rows[:, None] - columns[None, :] + merit.mean()
    same_modality = np.eye(m, dtype=bool)[:, None, :, None] & np.ones((1, r, 1, r), dtype=bool)
    same_reader = np.eye(r, dtype=bool)[None, :, None, :] & np.ones((m, 1, m, 1), dtype=bool)
    apart_readers = design == "cases nested in readers"
    apart_modalities = design == "cases nested in modalities"
    return Components(
        n_modalities=m,
        n_readers=r,
        ms_modality=_mean_square(r * ((rows - merit.mean()) ** 2).sum(), m - 1),
        ms_reader=_mean_square(m * ((columns - merit.mean()) ** 2).sum(), r - 1),
        ms_interaction=_mean_square((left**2).sum(), (m - 1) * (r - 1)),
        var_error=_average(covariance, same_modality & same_reader),
        cov1=0.0 if apart_modalities else _average(covariance, ~same_modality & same_reader),
        cov2=0.0 if apart_readers else _average(covariance, same_modality & ~same_reader),
        cov3=0.0
        if apart_readers or apart_modalities
        else _average(covariance, ~same_modality & ~same_reader),
    )


def mean_of_random_readers(values: FloatArray, covariance: FloatArray) -> Spread:
    """The mean of ``values`` (r,), readers and cases both being samples.

    ``MS(R) / r + cov2`` with Hillis' degrees of freedom; a negative ``cov2`` counts as 0.
    """
    r = values.size
    between = float(values.var(ddof=1)) if r > 1 else np.nan
    shared = max(off_diagonal(covariance), 0.0)
    return hillis(between, r * shared, r - 1, 1 / r)


def mean_of_fixed_readers(covariance: FloatArray, df: float) -> Spread:
    """The mean over these very readers: only cases are a sample, with ``df`` (inf: normal)."""
    r = covariance.shape[0]
    shared = max(off_diagonal(covariance), 0.0) if r > 1 else 0.0
    return Spread((float(np.diag(covariance).mean()) + (r - 1) * shared) / r, df)


def mean_with_fixed_cases(values: FloatArray) -> Spread:
    """The mean over random readers, for these very cases."""
    r = values.size
    return Spread(float(values.var(ddof=1)) / r if r > 1 else np.nan, r - 1)


def hillis(mean_square: float, extra: float, df: float, factor: float) -> Spread:
    """``factor (mean_square + extra)``, where only the mean square costs degrees of freedom."""
    total = mean_square + extra
    if not df > 0 or not total > 0:
        return Spread(factor * total, np.nan)
    return Spread(factor * total, total**2 / (mean_square**2 / df) if mean_square > 0 else np.inf)


def off_diagonal(covariance: FloatArray) -> float:
    """The mean covariance between different readers; 0 with one reader."""
    r = covariance.shape[0]
    if r < 2:
        return 0.0
    return float((covariance.sum() - np.trace(covariance)) / (r * (r - 1)))


def _mean_square(total: float, df: int) -> float:
    return float(total / df) if df else np.nan


def _average(covariance: FloatArray, where: BoolArray) -> float:
    chosen = covariance[where]
    return float(chosen.mean()) if chosen.size else 0.0
