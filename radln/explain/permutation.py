"""How much a model's area falls when a predictor is shuffled among held-out cases."""

from __future__ import annotations

import numpy as np
import pandas as pd

from radln._random import task_rng
from radln.cohort.core import Cohort
from radln.models.cross_fit import CrossFit
from radln.stats.discrimination.delong import placements

SHUFFLES = 5


def permutation_importance(cohort: Cohort, fit: CrossFit, source: str) -> pd.DataFrame:
    """The mean fall of the area within folds, one row a predictor, the largest first.

    ``fall`` is the mean over folds, repeats and five shuffles of the predictor's values among the
    cases that a fold holds out; ``low`` and ``high`` are its range over repeats. What a fold's
    model does not use falls by 0 there. Predictors that repeat each other stand in for each other,
    so that each falls little though both matter.

    References
    ----------
    Breiman 2001, doi:10.1023/A:1010933404324; Fisher, Rudin and Dominici 2019, arXiv:1801.01489.
    """
    falls: dict[int, list[pd.Series]] = {}
    for fold in fit.folds:
        y = cohort.y_true[fold.test]
        model = next((m for m in fold.models if m.source == source), None)
        if model is None or y.all() or not y.any():
            continue
        rows = cohort.predictors.iloc[fold.test]
        site = None
        if "site" in cohort.units.columns:
            site = cohort.units["site"].to_numpy(dtype=object)[fold.test]
        whole = placements(y, model.log_odds(rows, site)[None])[0][0]
        rng = task_rng(0, "shuffled", source, fold.repeat, fold.fold)
        found = {}
        for column in model.encoding.columns:
            areas = []
            for _ in range(SHUFFLES):
                values = rows[column].to_numpy()[rng.permutation(len(rows))]
                shuffled = rows.assign(**{column: values})
                areas.append(placements(y, model.log_odds(shuffled, site)[None])[0][0])
            found[column] = float(whole - np.mean(areas))
        falls.setdefault(fold.repeat, []).append(pd.Series(found, dtype=np.float64))
    if not falls:
        return pd.DataFrame(columns=["feature", "fall", "low", "high"])
    by_repeat = pd.DataFrame(
        {repeat: pd.DataFrame(parts).fillna(0.0).mean() for repeat, parts in falls.items()}
    ).fillna(0.0)
    table = pd.DataFrame(
        {
            "feature": by_repeat.index,
            "fall": by_repeat.mean(axis=1).to_numpy(),
            "low": by_repeat.min(axis=1).to_numpy(),
            "high": by_repeat.max(axis=1).to_numpy(),
        }
    )
    return table.sort_values("fall", ascending=False, ignore_index=True, kind="stable")
