"""Intervals of a corrected performance: shifted, from the cases left out, or in two stages."""

from __future__ import annotations

from typing import Any

import numpy as np

from radln._result import Estimate
from radln._types import FloatArray, IntArray
from radln.errors import ConvergenceError
from radln.stats._intervals import wald
from radln.stats.discrimination.auc import auc
from radln.stats.resample import percentile_interval
from radln.stats.risks.brier import brier_scores
from radln.stats.validation._chance import left_out_risks
from radln.stats.validation._optimism import METRICS, Correction, correct, mean_known
from radln.stats.validation._refits import Refits, Sample, refit


def shifted(
    names: tuple[str, ...],
    corrected: FloatArray,
    resampled: FloatArray,
    confidence_level: float,
    method: str,
) -> dict[str, Estimate]:
    """Percentiles of resampled values (b, k), moved so that their mean is the corrected one."""
    moved = resampled - mean_known(resampled) + corrected
    return {
        name: percentile_interval(
            float(corrected[i]), moved[:, i], confidence_level=confidence_level, method=method
        )
        for i, name in enumerate(names)
    }


def location_shifted(
    names: tuple[str, ...], corrected: FloatArray, train: FloatArray, confidence_level: float
) -> dict[str, Estimate]:
    """From the refits' apparent values; none for slope and intercept, which the fit fixes."""
    found = shifted(names, corrected, train, confidence_level, "location-shifted bootstrap")
    for name in set(names) & {"slope", "intercept_joint"}:
        why = f"no interval: the apparent {name} is fixed by the fit"
        found[name] = Estimate(found[name].value, np.nan, np.nan, confidence_level, why)
    return found


def out_of_bag(
    refits: Refits,
    sample: Sample,
    patients: IntArray | None,
    corrected: FloatArray,
    confidence_level: float,
) -> dict[str, Estimate]:
    """Intervals from the cases' mean risks by refits that did not hold them."""
    known, p = left_out_risks(refits)
    y = sample.y[known]
    units = None if patients is None else np.unique(patients[known], return_inverse=True)[1]
    found = {
        name: _without(float(v), confidence_level)
        for name, v in zip(METRICS, corrected, strict=True)
    }
    area = auc(y, p, cluster=units, confidence_level=confidence_level)
    brier = brier_scores(p, y, units, confidence_level)["brier"]
    for name, se in (("auc", area.se), ("brier", brier.se or 0.0)):
        found[name] = wald(found[name].value, se, confidence_level, "out-of-bag", bounds=(0.0, 1.0))
    if area.se == 0:
        why = "no interval: perfect separation, or one risk for all cases left out"
        found["auc"] = Estimate(found["auc"].value, np.nan, np.nan, confidence_level, why)
    return found


def _without(value: float, confidence_level: float) -> Estimate:
    """A corrected metric that has an interval in two stages only."""
    why = "no interval; use interval='two-stage'"
    return Estimate(value, np.nan, np.nan, confidence_level, why)


def outer_corrections(
    estimator: Any,
    sample: Sample,
    method: Correction,
    *,
    n_resamples: int,
    n_outer: int,
    n_jobs: int | None,
    rng: np.random.Generator,
) -> FloatArray:
    """Corrected metrics (n_outer, k) of whole corrections in resamples of the patients."""
    from joblib import Parallel, delayed

    def one(seed: int) -> FloatArray:
        own = np.random.default_rng(seed)
        inside = sample.take(*sample.resample(own))
        try:
            refits = refit(estimator, inside, n_resamples=n_resamples, rng=own)
        except ConvergenceError:
            return np.full(len(METRICS), np.nan)
        return correct(refits, inside.y, method).values

    seeds = rng.integers(2**63, size=n_outer)
    return np.stack(Parallel(n_jobs=n_jobs)(delayed(one)(int(seed)) for seed in seeds))


def two_stage(
    corrected: FloatArray, outer: FloatArray, confidence_level: float
) -> dict[str, Estimate]:
    """Percentiles of the corrections in the outer resamples, around the correction itself.

    In a resample less of the optimism is taken off, since its copies resemble new patients less:
    the outer corrections lie too high as they are.
    """
    method = f"two-stage bootstrap, {outer.shape[0]} outer resamples, centred"
    return shifted(METRICS, corrected, outer, confidence_level, method)
