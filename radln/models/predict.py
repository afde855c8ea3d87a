"""What fitted models say of rows, those first whose scores others take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radln._types import FloatArray
from radln.models.fitted import FittedModel
from radln.models.steps.step import Names


def predict_all(
    models: Sequence[FittedModel], frame: pd.DataFrame, site: Names | None = None
) -> FloatArray:
    """Log-odds of some rows by every model, shape (models, rows)."""
    found: dict[str, FloatArray] = {}
    for model in models:
        taken = {column: found[source] for column, source in model.inputs_from.items()}
        found[model.name] = model.log_odds(frame.assign(**taken) if taken else frame, site)
    return np.stack([found[model.name] for model in models])
