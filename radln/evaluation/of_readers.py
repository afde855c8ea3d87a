"""Where readers stand beside the models' curves: operating points, and what their calls are worth.

Readers' areas, differences and rates are judged with everybody else's.
"""

from __future__ import annotations

import numpy as np

from radln.evaluation.scores import Scores
from radln.stats import RocCurve, roc_curve
from radln.stats.risks.decision import DecisionCurve, decision_curve


def operating_points(scores: Scores) -> dict[str, RocCurve]:
    """The point of every value that a reader gave, for readers of cases of both classes."""
    found = {}
    for name, reader in scores.readers.items():
        read = reader.known
        if 0 < scores.y[read].sum() < read.sum():
            found[name] = roc_curve(scores.y[read], reader.score[0, read])
    return found


def worth_of_calls(scores: Scores, level: float) -> dict[str, DecisionCurve]:
    """The net benefit of treating whom a reader calls positive, for readers with a cut."""
    found = {}
    for name, reader in scores.readers.items():
        calls = reader.calls
        if calls is None:
            continue
        at = np.isfinite(calls[0])
        if 0 < scores.y[at].sum() < at.sum():
            found[name] = decision_curve(
                scores.y[at], calls[0, at], cluster=scores.patients[at], confidence_level=level
            )
    return found
