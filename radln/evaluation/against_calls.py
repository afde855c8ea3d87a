"""A model's calls at its cut-offs against every reader's calls, on the same cases."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from radln._result import Estimate, estimate_row
from radln.evaluation.scores import Scores, Source
from radln.stats import mean_over_repeats
from radln.stats.calls.paired_calls import compare_calls

COMPARED = ("sensitivity", "specificity")


def against_calls(scores: Scores, full: str, level: float) -> pd.DataFrame:
    """Sensitivity and specificity of the model minus those of each reader, a row each.

    The model calls at the cut-offs that its folds have set, the reader at their own; differences
    are means over repeats, clustered by patient, and speak of the fitted models. Without p-values.
    """
    model = scores.models.get(full)
    if model is None or model.calls is None:
        return pd.DataFrame()
    rows = []
    for name, reader in scores.readers.items():
        found = list(_by_repeat(scores, model, reader, level))
        for measure in COMPARED if found else ():
            gap = mean_over_repeats([one[measure] for one in found])
            rows.append(estimate_row(gap, model=full, reader=name, measure=measure))
    return pd.DataFrame(rows)


def _by_repeat(
    scores: Scores, model: Source, reader: Source, level: float
) -> Iterator[dict[str, Estimate]]:
    """The differences in every repeat in which both called cases of both classes."""
    if model.calls is None or reader.calls is None:
        return
    read = reader.calls[0]
    for row in model.calls:
        at = np.isfinite(row) & np.isfinite(read)
        if not 0 < scores.y[at].sum() < at.sum():
            continue
        found = compare_calls(
            scores.y[at],
            row[at] == 1,
            read[at] == 1,
            cluster=scores.patients[at],
            confidence_level=level,
        )
        yield {measure: getattr(found, measure).contrast for measure in COMPARED}
