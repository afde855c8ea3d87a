"""Table 1: what the cases look like, overall and by outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Result
from radln._types import ArrayLike
from radln.errors import ShapeError

MAX_LEVELS = 12


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TableOne(Result):
    """Rows of ``variable, level, overall, negative, positive, missing``, as text and as numbers."""

    rows: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """One row a variable (numbers: median and quartiles) or a level (counts)."""
        return self.rows.copy()

    def summary(self) -> str:
        """The table as text."""
        return self.rows.to_string(index=False)


def table_one(
    frame: pd.DataFrame, y_true: ArrayLike, *, cluster: ArrayLike | None = None
) -> TableOne:
    """What do the positive and the negative cases look like?

    Parameters
    ----------
    frame
        One row a case; numeric columns give median [quartiles], text columns counts (percent of
        the known) by level, the commonest 12 levels at most and the rest together.
    y_true : shape (n,), 0/1
    cluster : shape (n,), optional
        The patient of every case, counted in the head.

    Returns
    -------
    TableOne
        Descriptive only: no tests, since a difference between groups is not what a prediction
        study asks (TRIPOD+AI, doi:10.1136/bmj-2023-078378).

    Raises
    ------
    ShapeError, SingleClassError

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [50, 60, 70, 80], "sex": ["f", "m", "f", "f"]})
    >>> table_one(frame, [0, 0, 1, 1]).frame()[["variable", "positive"]].iloc[0].tolist()
    ['age', '75.0 [72.5, 77.5]']
    """
    positive = _check.outcome(y_true)
    if len(frame) != positive.size:
        raise ShapeError(f"frame has {len(frame)} rows but y_true has {positive.size}.")
    codes = _check.clusters(cluster, positive.size)
    groups = {"overall": np.ones(positive.size, bool), "negative": ~positive, "positive": positive}
    rows: list[dict[str, object]] = []
    for column in frame.columns:
        values = frame[column].reset_index(drop=True)
        missing = int(values.isna().sum())
        if pd.api.types.is_numeric_dtype(values) and values.nunique() > 2:
            cells = {name: _quartiles(values[at]) for name, at in groups.items()}
            rows.append({"variable": column, "level": "", **cells, "missing": missing})
            continue
        levels = _levels(values)
        for k, level in enumerate(sorted(levels.dropna().unique())):
            cells = {name: _share(levels[at], level) for name, at in groups.items()}
            shown = missing if k == 0 else ""
            rows.append({"variable": column, "level": level, **cells, "missing": shown})
    n_patients = positive.size if codes is None else int(codes.max()) + 1
    return TableOne(
        n=positive.size,
        n_positive=int(positive.sum()),
        n_patients=n_patients,
        method="median [quartiles] or count (percent of the known)",
        rows=pd.DataFrame(
            rows, columns=["variable", "level", "overall", "negative", "positive", "missing"]
        ),
    )


def _levels(values: pd.Series) -> pd.Series:
    text = values.map(lambda v: f"{v:g}" if isinstance(v, float) else str(v), na_action="ignore")
    common = text.value_counts().index[:MAX_LEVELS]
    return text.where(text.isin(common) | text.isna(), "other")


def _quartiles(values: pd.Series) -> str:
    known = values.dropna().astype(float)
    if known.empty:
        return "–"
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    digits = 1 if abs(middle) >= 10 else 2
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _share(values: pd.Series, level: object) -> str:
    known = int(values.notna().sum())
    count = int((values == level).sum())
    return f"{count} ({100 * count / known:.1f} %)" if known else "–"
