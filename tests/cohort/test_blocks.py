"""Blocks that are learned in a split: fitted on its training rows, cross-fitted there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from radln.cohort.blocks import all_blocks, columns_in
from radln.designs import CrossValidation, Split
from radln.errors import InputError
from radln.models.cross_fit import cross_fit
from radln.models.recipe import recipes
from radln.models.settings import ModelSettings, RecipeSettings
from radln.models.train import table_models


@dataclass(frozen=True)
class Rates:
    """The rate of positives among training cases of the same border; own fold left out."""

    name: str = "rates"
    names: tuple[str, ...] = ("rate_of_border",)
    calls: tuple[tuple[int, int], ...] = ()

    def columns(self, cohort, split):
        border, y = cohort.predictors["clinical_border"].to_numpy(), cohort.y_true
        train = np.zeros(y.size, dtype=bool)
        train[split.train] = True
        part = pd.factorize(cohort.patient_id)[0] % 4
        found = np.empty(y.size)
        for row in range(y.size):
            known = train & (border == border[row])
            if train[row]:
                known &= part != part[row]
            found[row] = y[known].mean() if known.any() else 0.5
        return pd.DataFrame({self.names[0]: found}, index=cohort.units.index)


def fit(cohort, block):
    settings = ModelSettings(
        folds=3,
        repeats=1,
        inner_folds=2,
        fitted={"rates_logistic": RecipeSettings(learner="logistic", keep=("rates",))},
    )
    found, _ = recipes(all_blocks(cohort, [block]), settings)
    splits = CrossValidation(3).splits(cohort.units, cohort.outcome, seed=1)
    return splits, cross_fit(cohort, splits, table_models(found, settings, seed=1), learned=[block])


def test_a_learned_block_is_a_block_like_others(cohort):
    splits, result = fit(cohort, Rates())
    assert set(result.predictions.sources) == {"rates_logistic"}
    assert np.isfinite(result.predictions.scores["y_score"]).all()
    first, second = (columns_in(cohort, split, [Rates()]).frame for split in splits[:2])
    assert not first.equals(second)  # it hangs on the split


def test_held_out_outcomes_do_not_touch_it(cohort):
    split = CrossValidation(3).splits(cohort.units, cohort.outcome, seed=1)[0]
    before = columns_in(cohort, split, [Rates()]).frame
    flipped = cohort.units["y_true"].to_numpy().copy()
    flipped[split.test] = 1 - flipped[split.test]
    other = replace(cohort, units=cohort.units.assign(y_true=flipped))
    pd.testing.assert_frame_equal(columns_in(other, split, [Rates()]).frame, before)


def test_other_columns_or_rows_are_refused(cohort):
    with pytest.raises(InputError, match="block rates must give"):
        columns_in(cohort, Split.whole(len(cohort.units)), [Rates(names=("a", "b"))])
