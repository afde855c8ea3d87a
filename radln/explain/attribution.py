"""Which features moved each held-out case's prediction: SHAP values of the fold models.

Every unit is explained by the model of the fold that held it out, on the scale of the log-odds;
a feature that its model did not use contributes 0.

References
----------
Lundberg and Lee 2017, arXiv:1705.07874; Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import radln.features.families as families
from radln._random import task_rng
from radln._shown import ShortRepr
from radln._types import IntArray
from radln.cohort.core import Cohort
from radln.errors import InputError
from radln.explain.explanations import as_explanation, contributions
from radln.models.cross_fit import CrossFit, FoldResult
from radln.models.fitted import FittedModel

if TYPE_CHECKING:
    import shap


MOST_CASES = 200  # that are explained where values are not exact


@dataclass(frozen=True, eq=False, repr=False)
class Attribution(ShortRepr):
    """SHAP values of one source.

    Parameters
    ----------
    values
        One table a repeat: index unit, one column a predictor, in log-odds.
    base
        One series a repeat: what the fold's model predicts before any feature speaks.
    importance
        One row a predictor: block, mean absolute value (mean, smallest and largest over repeats),
        and in how many of the fold models it was used.
    blocks
        One row a block: its share of the summed absolute values, with the range over repeats.
    data
        The predictors of all of these units; of repeated hold-outs each repeat has some of them.
    """

    source: str
    values: tuple[pd.DataFrame, ...]
    base: tuple[pd.Series, ...]
    importance: pd.DataFrame
    blocks: pd.DataFrame
    data: pd.DataFrame

    def explanation(self, repeat: int = 0) -> shap.Explanation:
        """The values of one repeat as shap's own type, which shap's plots draw.

        Raises
        ------
        InputError
            There is no such repeat.
        """
        if not 0 <= repeat < len(self.values):
            raise InputError(f"repeat must be one of 0 to {len(self.values) - 1}; got {repeat!r}.")
        values = self.values[repeat]
        return as_explanation(values, self.base[repeat], self.data.loc[values.index])


def attribute(cohort: Cohort, fit: CrossFit, source: str) -> Attribution:
    """SHAP values of ``source`` on the cases that each of its fold models did not see.

    Of learners without exact values 200 cases at most are explained, chosen at random.

    Raises
    ------
    InputError
        No model of that name was fitted.
    """
    held = [(fold, m) for fold in fit.folds for m in fold.models if m.source == source]
    if not held:
        raise InputError(f"no model named {source!r} was fitted.")
    columns = sorted({c for _, model in held for c in model.encoding.columns})
    shown = _explained(held, source)
    units = _tested(cohort, shown, [fold.test for fold, _ in held])
    tables, bases = [], []
    for repeat in sorted({fold.repeat for fold, _ in held}):
        tests = [fold.test for fold, _ in held if fold.repeat == repeat]
        here = _tested(cohort, shown, tests)
        table = pd.DataFrame(0.0, index=here, columns=columns)
        base = pd.Series(0.0, index=here)
        for fold, model in held:
            if fold.repeat == repeat and np.isin(fold.test, shown).any():
                rows = cohort.predictors.iloc[np.intersect1d(fold.test, shown)]
                known = cohort.predictors.iloc[fold.split.train]
                values, at = contributions(model, rows, known, seed=fold.repeat)
                table.loc[rows.index, values.columns] = values
                base.loc[rows.index] = at
        tables.append(table)
        bases.append(base)
    used = pd.Series([c for _, model in held for c in model.encoding.columns]).value_counts()
    importance = _importance(cohort, tables, used / len(held))
    blocks, data = _blocks(cohort, tables), cohort.predictors.loc[units, columns]
    return Attribution(source, tuple(tables), tuple(bases), importance, blocks, data)


def _explained(held: Sequence[tuple[FoldResult, FittedModel]], source: str) -> IntArray:
    """The rows that are explained: all that were tested, or some where values are not exact."""
    tested = np.unique(np.concatenate([fold.test for fold, _ in held]))
    if all(model.exact is not None for _, model in held) or tested.size <= MOST_CASES:
        return tested
    chosen = task_rng(0, "explained", source).choice(tested.size, MOST_CASES, replace=False)
    return np.asarray(tested[np.sort(chosen)])


def _tested(cohort: Cohort, shown: IntArray, tests: Sequence[IntArray]) -> pd.Index:
    """The explained units that some of these test."""
    return cohort.units.index[np.intersect1d(shown, np.concatenate(tests))]


def block_of(cohort: Cohort, columns: pd.Index) -> pd.Series:
    """The narrowest block of every predictor: a size stays a size though it is also a shape."""
    found: dict[str, str] = {}
    own = [family.name for family in families.FAMILIES]
    known = ("clinical", *families.part_names(), *own)
    for block in (*(name for name in cohort.blocks if name not in known), *known):
        for column in cohort.columns(block):
            found.setdefault(column, block)
    return pd.Series([found.get(c, "other") for c in columns], index=columns)


def _importance(cohort: Cohort, tables: list[pd.DataFrame], used: pd.Series) -> pd.DataFrame:
    sizes = pd.DataFrame([table.abs().mean() for table in tables])
    frame = pd.DataFrame(
        {
            "feature": sizes.columns,
            "block": block_of(cohort, sizes.columns).to_numpy(),
            "mean_abs_shap": sizes.mean().to_numpy(),
            "low": sizes.min().to_numpy(),
            "high": sizes.max().to_numpy(),
            "used_in": used.reindex(sizes.columns).to_numpy(),
        }
    )
    return frame.sort_values("mean_abs_shap", ascending=False, ignore_index=True, kind="stable")


def _blocks(cohort: Cohort, tables: list[pd.DataFrame]) -> pd.DataFrame:
    shares = []
    for table in tables:
        sizes = table.abs().sum()
        by_block = sizes.groupby(block_of(cohort, sizes.index)).sum()
        shares.append(by_block / max(float(by_block.sum()), np.finfo(float).tiny))
    frame = pd.DataFrame(shares).fillna(0.0)
    return pd.DataFrame(
        {
            "block": frame.columns,
            "share": frame.mean().to_numpy(),
            "low": frame.min().to_numpy(),
            "high": frame.max().to_numpy(),
        }
    ).sort_values("share", ascending=False, ignore_index=True)


def telling_units(cohort: Cohort, attribution: Attribution) -> list[tuple[str, str]]:
    """Four units worth a waterfall: the surest right and the surest wrong call of each class."""
    log_odds = attribution.values[0].sum(axis=1) + attribution.base[0]
    positive = pd.Series(cohort.y_true, index=cohort.units.index).loc[log_odds.index]
    chosen = []
    for truth, word in ((True, "positive"), (False, "negative")):
        of_class = log_odds[positive == truth]
        sure, wrong = (of_class.idxmax(), of_class.idxmin())
        if not truth:
            sure, wrong = wrong, sure
        chosen.append((f"{word} case, surest right", str(sure)))
        chosen.append((f"{word} case, surest wrong", str(wrong)))
    return chosen
