"""Areas under ROC curves and their DeLong covariance, in O(n log n), from one sort a score."""

from __future__ import annotations

import numpy as np

from radln._types import BoolArray, FloatArray


def placements(positive: BoolArray, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where each case stands among the cases of the other class.

    Parameters
    ----------
    positive : shape (n,)
    scores : shape (k, n), finite

    Returns
    -------
    auc : shape (k,)
        The areas; ties count one half.
    values : shape (k, n)
        For a positive case the share of negative cases below it (ties half), for a negative case
        the share of positive cases above it. Either kind averages to the area.

    Notes
    -----
    The counts are integers until the last division, so that neither the order of the rows nor
    their number costs a digit of the area.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595; Sun and Xu 2014,
    doi:10.1109/LSP.2014.2337313.

    Examples
    --------
    >>> import numpy as np
    >>> auc, values = placements(np.array([False, False, True]), np.array([[0.1, 0.4, 0.3]]))
    >>> auc.tolist(), values.tolist()
    ([0.5], [[1.0, 0.0, 0.5]])
    """
    n_positive = int(positive.sum())
    n_negative = positive.size - n_positive
    auc = np.empty(scores.shape[0])
    values = np.empty(scores.shape)
    for row, score in enumerate(scores):
        order = np.argsort(score)
        ranked = score[order]
        cases = positive[order]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        ends = np.r_[starts[1:], ranked.size]
        seen = np.r_[0, np.cumsum(cases)]
        # twice the number below plus the number tied, so that all stay integers
        positives = seen[starts] + seen[ends]
        negatives = starts + ends - positives
        sizes = ends - starts
        auc[row] = int(negatives @ (seen[ends] - seen[starts])) / (2 * n_positive * n_negative)
        share = np.where(
            cases,
            np.repeat(negatives / (2 * n_negative), sizes),
            np.repeat(1 - positives / (2 * n_positive), sizes),
        )
        values[row, order] = share
    return auc, values


def delong_covariance(positive: BoolArray, values: FloatArray) -> FloatArray:
    """DeLong's covariance (k, k) of the areas, for cases that are independent of each other.

    Any linear combination of rows of ``values`` may be given: the row ``a - b`` yields the
    variance of the difference, exactly 0 where both rank every case alike. NaN with fewer than
    two cases in a class.
    """
    total = np.zeros((values.shape[0], values.shape[0]))
    for members in (positive, ~positive):
        size = int(members.sum())
        if size < 2:
            return np.full_like(total, np.nan)
        part = values[:, members]
        centred = part - part.mean(axis=1, keepdims=True)
        total += centred @ centred.T / ((size - 1) * size)
    return total
