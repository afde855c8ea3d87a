"""The covariance of areas under ROC curves where a patient contributes several cases."""

from __future__ import annotations

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray
from radln.stats._intervals import cluster_sums
from radln.stats.discrimination.delong import delong_covariance


def obuchowski_covariance(positive: BoolArray, values: FloatArray, cluster: IntArray) -> FloatArray:
    """Obuchowski's covariance (k, k) of areas whose cases are clustered in patients.

    Parameters
    ----------
    positive : shape (n,)
    values : shape (k, n)
        Placements (see ``placements``), or linear combinations of them.
    cluster : shape (n,)
        Patients as codes 0..I-1; a patient may hold cases of both classes.

    Returns
    -------
    covariance : shape (k, k)
        With one case a patient it equals DeLong's; NaN where the positive (or the negative) cases
        come from fewer than two patients.

    Notes
    -----
    ``S10 / M + S01 / N + (S11 + S11') / (M N)`` with placements centred and summed over patients;
    ``S10`` carries the factor ``I10 / ((I10 - 1) M)``, ``S01`` likewise, ``S11`` ``I / (I - 1)``,
    where ``I10`` patients have a positive case, ``I01`` a negative one. Patients are taken as
    independent of each other; nothing is assumed about cases within a patient.

    References
    ----------
    Obuchowski 1997, Biometrics 53:567, doi:10.2307/2533958.
    """
    shape = (values.shape[0], values.shape[0])
    sums, patients = [], []
    for members in (positive, ~positive):
        present = np.unique(cluster[members]).size
        if present < 2:
            return np.full(shape, np.nan)
        part = values[:, members]
        centred = np.zeros_like(values)
        centred[:, members] = part - part.mean(axis=1, keepdims=True)
        sums.append(cluster_sums(centred.T, cluster) / members.sum())
        patients.append(present)
    everyone = sums[0].shape[0]
    cross = sums[0].T @ sums[1] * (everyone / (everyone - 1))
    own = [part.T @ part * (k / (k - 1)) for part, k in zip(sums, patients, strict=True)]
    return np.asarray(own[0] + own[1] + cross + cross.T)


def area_covariance(
    positive: BoolArray, values: FloatArray, cluster: IntArray | None
) -> FloatArray:
    """Obuchowski's covariance where patients are given, DeLong's otherwise."""
    if cluster is None:
        return delong_covariance(positive, values)
    return obuchowski_covariance(positive, values, cluster)
