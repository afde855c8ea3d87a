"""Do the cases that refits left out show that a model knows anything at all?"""

from __future__ import annotations

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray
from radln.stats.discrimination.clustered import obuchowski_covariance
from radln.stats.discrimination.delong import delong_covariance, placements
from radln.stats.validation._optimism import METRICS, Corrected
from radln.stats.validation._refits import Refits

# Standard errors above 0.5. With 100 patients at most 5 % of the models of a true AUC of 0.75 miss
# the former, and at most 5 % of the models of noise that look good reach the latter: no one bound
# does both.
SOME_SIGN, CLEAR_SIGN = 1.5, 2.8
TEST = (
    "for a test permute the outcome (permute_by_patient), repeat the correction each time, and "
    "give both to permutation_pvalue"
)


def left_out_risks(refits: Refits) -> tuple[BoolArray, FloatArray]:
    """Cases that some refit did not hold (n,), and their mean risk by those refits."""
    left = refits.counts == 0
    known = left.any(axis=0)
    risks = (refits.resampled * left).sum(axis=0)[known] / left.sum(axis=0)[known]
    return known, risks


def above_chance(refits: Refits, y: BoolArray, patients: IntArray | None, left_out: float) -> float:
    """By how many standard errors the mean AUC of the cases left out exceeds 0.5.

    The standard error is that of an AUC without information (Mann-Whitney's), which never
    vanishes; with patients of several cases it grows by the design effect of the averaged risks,
    at least 1. NaN where either class has fewer than two cases or patients.
    """
    known, risks = left_out_risks(refits)
    y = y[known]
    n_positive = int(y.sum())
    n_negative = y.size - n_positive
    if min(n_positive, n_negative) < 2:
        return float("nan")
    effect = 1.0
    if patients is not None:
        effect = _design_effect(y, risks, np.unique(patients[known], return_inverse=True)[1])
    variance = (y.size / effect + 1) / (12 * n_positive * n_negative / effect**2)
    return float((left_out - 0.5) / np.sqrt(variance))


def about_area(
    refits: Refits, y: BoolArray, patients: IntArray | None, found: Corrected
) -> tuple[str, ...]:
    """A word where the cases left out do not show that the model is better than chance."""
    area = METRICS.index("auc")
    left_out = float(found.left_out[area])
    z = above_chance(refits, y, patients, left_out)
    return about_chance(z, float(found.values[area]), left_out)


def about_chance(z: float, corrected: float, left_out: float) -> tuple[str, ...]:
    """What must be said of a corrected AUC where the cases left out hardly exceed chance."""
    if z >= CLEAR_SIGN:
        return ()
    if np.isnan(z):
        return (
            "whether the model knows anything cannot be told: the refits left out too few cases or "
            "patients of a class. Collect more patients.",
        )
    seen = f"the cases that refits left out give an AUC of {left_out:.3f}"
    if z < SOME_SIGN:
        return (
            f"no sign that the model knows anything: {seen}, as chance gives. Do not report the "
            f"corrected AUC of {corrected:.3f} as that of a model that works: on pure noise the "
            "correction lies above 0.5 on average. Offer fewer candidates or collect more "
            f"patients; {TEST}.",
        )
    return (
        f"only a weak sign that the model knows anything: {seen}, which pure noise can give too. "
        f"Before you report the corrected AUC of {corrected:.3f} collect more patients; {TEST}.",
    )


def _design_effect(y: BoolArray, risks: FloatArray, patients: IntArray) -> float:
    """How much the variance of an AUC grows because patients have several cases; at least 1."""
    values = placements(y, risks[None])[1]
    clustered = float(obuchowski_covariance(y, values, patients)[0, 0])
    plain = float(delong_covariance(y, values)[0, 0])
    if plain > 0:
        return float(np.maximum(clustered / plain, 1.0))  # NaN stays
    return y.size / (int(patients.max()) + 1)  # perfect separation
