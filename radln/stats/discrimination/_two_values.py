"""What must be said of a score with two values, a yes or no, which has one operating point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from radln._types import FloatArray


def unlike(scores: Mapping[str, FloatArray]) -> tuple[str, ...]:
    """Scores of two values beside such as have more: their areas are no fair rivals.

    Examples
    --------
    >>> unlike({"a": np.array([0.1, 0.5, 0.9]), "b": np.array([0.0, 1.0, 1.0])})[0][:35]
    'b has two values only, a yes or no:'
    """
    two = _two_valued(scores)
    if not two or len(two) == len(scores):
        return ()
    return (
        f"{' and '.join(two)} {_has(two)} two values only, a yes or no: the area is (sensitivity + "
        "specificity) / 2, less than that of a score before it was cut, and no fair rival of a "
        "score's area. Give the probabilities, or compare at the same sensitivity "
        "(compare_matched).",
    )


def between_points(scores: Mapping[str, FloatArray]) -> tuple[str, ...]:
    """Scores of two values whose curve was read beside its one operating point.

    Examples
    --------
    >>> between_points({"b": np.array([0.0, 1.0, 1.0])})[0][:35]
    'b has two values only, a yes or no:'
    """
    two = _two_valued(scores)
    if not two:
        return ()
    return (
        f"{' and '.join(two)} {_has(two)} two values only, a yes or no: the curve has one "
        "operating point, and elsewhere the straight lines to the corners were read, where there "
        "is no cut-off. Give the probabilities.",
    )


def _two_valued(scores: Mapping[str, FloatArray]) -> list[str]:
    return [name for name, values in scores.items() if np.unique(values).size == 2]


def _has(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"
