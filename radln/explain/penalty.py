"""How the coefficients of the lasso and the elastic net enter as the penalty falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln._shown import ShortRepr
from radln.cohort.core import Cohort
from radln.explain.coefficient_table import term_of
from radln.models.fitted import FittedModel
from radln.models.learners.lasso import Sparse
from radln.models.recipe import Recipe
from radln.models.steps.step import Training
from radln.models.train import prepare

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class PenaltyPath(ShortRepr):
    """Fits of a final model's rows along all penalties that were tried.

    ``coefficients`` are of inputs in standard deviations: index ``penalty``, largest first, one
    column an input. ``chosen`` is the penalty of the model, ``share`` the lasso's share of it.
    """

    source: str
    share: float
    chosen: float
    coefficients: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """One row a penalty: how many inputs are in, and their coefficients."""
        count = (self.coefficients != 0).sum(axis=1).rename("inputs")
        return pd.concat([count, self.coefficients], axis=1).reset_index()

    def plot(self, ax: Axes | None = None) -> Axes:
        """The coefficients over the penalty, with the one that was chosen."""
        from radln._draw.paths import draw_path

        return draw_path(
            self.coefficients.index.to_numpy(dtype=np.float64),
            self.coefficients.to_numpy(dtype=np.float64).T,
            list(self.coefficients.columns),
            chosen=self.chosen,
            ax=ax,
        )


def penalty_paths(
    models: Sequence[FittedModel], recipes: Sequence[Recipe], cohort: Cohort, *, balanced: bool
) -> tuple[PenaltyPath, ...]:
    """The paths of the final models of the lasso and the elastic net, in their order.

    Models that take another one's score have none here: its cross-fitted values are not kept.
    """
    named = {recipe.source: recipe for recipe in recipes}
    return tuple(
        _path(model, named[model.source], cohort, balanced)
        for model in models
        if isinstance(named[model.source].kind, Sparse) and not model.inputs_from
    )


def _path(model: FittedModel, recipe: Recipe, cohort: Cohort, balanced: bool) -> PenaltyPath:
    site = cohort.units["site"].to_numpy(dtype=object) if "site" in cohort.units else None
    training = Training(cohort.predictors, cohort.y_true, cohort.patient_id, site)
    rows = prepare(training, recipe).rows(training)
    share, chosen = model.setting
    kind = recipe.kind
    if not isinstance(kind, Sparse):
        raise TypeError(f"{model.source} has no path of penalties")
    path = kind.path(rows, share, balanced=balanced)
    table = pd.DataFrame(
        path.coefficients * rows.matrix.std(axis=0),
        index=pd.Index(path.penalties, name="penalty"),
        columns=[term_of(item) for item in rows.inputs],
    )
    return PenaltyPath(model.source, share, chosen, table)
