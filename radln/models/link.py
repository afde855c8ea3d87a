"""From the members of a model of several classes to the odds of every class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import expit, log_expit, logsumexp

from radln._types import FloatArray
from radln.models.fitted import FittedModel
from radln.models.learners import learner
from radln.models.learners.learner import Link

EDGE = 1e-300


def class_log_odds(members: FloatArray, link: Link) -> FloatArray:
    """Log-odds of every class against the others, shape (n, classes).

    Parameters
    ----------
    members : shape (n, members)
        ``one-vs-rest``: log-odds of every class by a model of its own, whose probabilities are
        divided by their sum. ``softmax``: linear predictors of the classes. ``cumulative``:
        log-odds of lying above the first class, above the second, ...; one fewer than classes.

    Examples
    --------
    >>> expit(class_log_odds(np.array([[0.0, 0.0, 0.0]]), "softmax")).round(3).tolist()
    [[0.333, 0.333, 0.333]]
    >>> expit(class_log_odds(np.array([[1.0, -1.0]]), "cumulative")).round(3).tolist()
    [[0.269, 0.462, 0.269]]
    """
    parts = members
    if link == "one-vs-rest":
        parts = log_expit(members)
    elif link == "cumulative":
        parts = _steps(members)
    own = np.empty_like(parts)
    for k in range(parts.shape[1]):
        own[:, k] = parts[:, k] - logsumexp(np.delete(parts, k, axis=1), axis=1)
    return own


def _steps(above: FloatArray) -> FloatArray:
    """Log-probabilities of every class from the log-odds of lying above each of the others.

    expit(a) - expit(b) = expit(a) expit(-b) (1 - exp(b - a)), of which no digit is lost.
    """
    between = [
        log_expit(a) + log_expit(-b) + np.log(np.maximum(-np.expm1(np.minimum(b - a, 0.0)), EDGE))
        for a, b in zip(above.T[:-1], above.T[1:], strict=True)
    ]
    return np.column_stack([log_expit(-above[:, 0]), *between, log_expit(above[:, -1])])


def said_by(
    models: Sequence[FittedModel], log_odds: FloatArray, classes: Sequence[str] = ("",)
) -> Iterator[tuple[str, str, FloatArray, FloatArray]]:
    """Source, target, score and probability: of every model, or of each of its classes.

    ``log_odds`` (models, n) are those of ``models``; members of one source stand together.
    """
    if len(classes) == 1:
        for model, row in zip(models, log_odds, strict=True):
            yield model.source, classes[0], row, model.calibrated(row)
        return
    for source in dict.fromkeys(model.source for model in models):
        rows = [k for k, model in enumerate(models) if model.source == source]
        link = learner(models[rows[0]].learner).link
        found = class_log_odds(log_odds[rows].T, link)
        for name, row in zip(classes, found.T, strict=True):
            yield source, name, row, np.asarray(expit(row))
