"""One model in every group of cases: at every site, in every declared subgroup."""

from __future__ import annotations

import numpy as np
import pandas as pd

from radln._result import Estimate, estimate_row
from radln.evaluation.scores import Scores
from radln.stats import mean_over_repeats
from radln.stats.discrimination.by_group import FEW, AreasByGroup, areas_by_group

LIMITS = ("difference", "difference_low", "difference_high")


def by_group(scores: Scores, source: str, groups: pd.Series, level: float) -> pd.DataFrame:
    """The AUC of one model in every group, and its difference to the largest group with an area.

    A row a group: ``group``, ``n``, ``n_positive``, ``n_patients``, ``value`` with its limits (none
    below 10 patients of either class), ``difference`` with its limits and the ``reference``. Scores
    of all folds together, means over repeats; differences are clustered by patient, without test.
    """
    one = scores.models[source]
    judged = one.judged & np.isfinite(one.score).any(axis=0)
    names = groups.reindex(scores.units).astype(str).to_numpy(dtype=object)
    found = []
    for row in one.score:
        at = judged & np.isfinite(row)
        if at.any():
            found.append(
                areas_by_group(
                    scores.y[at],
                    row[at],
                    names[at],
                    scores.patients[at],
                    confidence_level=level,
                )
            )
    return pd.DataFrame(
        _row(scores, name, names == name, judged, found, level)
        for name in sorted(set(names[judged]))
    )


def _row(
    scores: Scores,
    name: str,
    members: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    judged: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    found: list[AreasByGroup],
    level: float,
) -> dict[str, object]:
    at = members & judged
    here = [repeat.areas[name].estimate for repeat in found if name in repeat.areas]
    values = [estimate for estimate in here if estimate is not None]
    area = Estimate(np.nan, np.nan, np.nan, level, f"fewer than {FEW} patients of a class", np.nan)
    if values and len(values) == len(here):
        area = mean_over_repeats(values)
    gaps = [repeat.differences[name] for repeat in found if name in repeat.differences]
    row: dict[str, object] = {
        "group": name,
        "n": int(at.sum()),
        "n_positive": int(scores.y[at].sum()),
        "n_patients": int(pd.Series(scores.patients[at]).nunique()),
        **estimate_row(area),
        **dict.fromkeys(LIMITS, np.nan),
        "reference": "",
    }
    if gaps and len(gaps) == len(found):
        gap = mean_over_repeats(gaps)
        row |= dict(zip(LIMITS, (gap.value, gap.low, gap.high), strict=True))
        row["reference"] = found[0].reference or ""
    return row
