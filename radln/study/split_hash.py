"""One hash of who is tested where, so that a changed split is seen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from radln._types import ArrayLike
from radln.designs import Split


def split_hash(patient_id: ArrayLike, splits: Sequence[Split]) -> str:
    """The hash of the patients whom every split tests and of those who teach.

    Parameters
    ----------
    patient_id
        The patient of every row of the splits.

    Examples
    --------
    >>> split = Split(0, 0, np.array([0, 1]), np.array([2]), "test")
    >>> swapped = Split(0, 0, np.array([1, 0]), np.array([2]), "test")
    >>> split_hash(["a", "b", "c"], [split]) == split_hash(["a", "b", "c"], [swapped])
    True
    """
    patients = np.asarray(patient_id).astype(str)
    digest = hashlib.sha256()
    for split in splits:
        digest.update(f"{split.partition} {split.repeat} {split.fold}\n".encode())
        for rows in (split.train, split.test):
            digest.update("\x1f".join([*np.unique(patients[rows]), "\n"]).encode())
    return digest.hexdigest()
