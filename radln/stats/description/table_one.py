"""Table 1: what the cases look like, overall and by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Result
from radln._types import ArrayLike, BoolArray
from radln.errors import InputError, ShapeError
from radln.stats._cases import case_wise
from radln.stats._identifiers import refuse_identifiers
from radln.stats.description.groups import (
    INFINITE,
    GroupComparison,
    Kind,
    compare_groups,
    is_measured,
)

MAX_LEVELS, OTHER = 12, "other"
TAKEN = ("variable", "level", "overall", "missing", "smd", "pvalue", "compared_by", "warnings")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TableOne(Result):
    """Rows of ``variable, level, overall, one column a group, missing, smd``, as text and numbers.

    ``missing`` counts overall and, where any are, by group; ``smd`` is the standardised mean
    difference (of more than two groups the largest). ``pvalue`` and ``compared_by`` are there where
    asked for. ``n_positive`` is 0 unless the groups are an outcome.
    """

    groups: tuple[str, ...]
    rows: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """One row a variable (numbers: median and quartiles) or a level (counts)."""
        return self.rows.copy()

    def summary(self) -> str:
        """The table as text."""
        return self.rows.to_string(index=False, na_rep="")


@case_wise(classes="group")
def table_one(
    frame: pd.DataFrame,
    group: ArrayLike,
    *,
    order: Sequence[str] | None = None,
    normal: Sequence[str] = (),
    tests: bool = False,
    cluster: ArrayLike | None = None,
) -> TableOne:
    """What do the cases look like, overall and in each group?

    Parameters
    ----------
    frame
        One row a case; numeric columns give median [quartiles], text columns counts (percent of
        the known) by level, the commonest 12 levels at most and the rest together.
    group : shape (n,)
        Any labels (partition, centre), or an outcome of 0/1, whose groups are then called negative
        and positive.
    order
        The groups in the order of the columns; sorted where not given.
    normal
        Columns given as mean (standard deviation) and compared by means.
    tests
        Whether to add p-values, as in :func:`compare_groups`. Left out by default: a difference
        between outcome groups is not what a prediction study asks, and chance makes differences
        between randomised partitions (TRIPOD+AI, doi:10.1136/bmj-2023-078378).
    cluster : shape (n,), optional
        The patient of every case, counted in the head; tests are then clustered.

    Returns
    -------
    TableOne

    Raises
    ------
    ShapeError, InputError

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [50, 60, 70, 80], "sex": ["f", "m", "f", "f"]})
    >>> table_one(frame, [0, 0, 1, 1]).frame()[["variable", "positive"]].iloc[0].tolist()
    ['age', '75.0 [72.5, 77.5]']
    """
    labels, n_positive = _labels(group)
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"frame must be a pandas table; got {type(frame).__name__}.")
    _check.switch(tests, name="tests")
    if len(frame) != labels.size:
        raise ShapeError(f"frame has {len(frame)} rows but group has {labels.size} values.")
    refuse_identifiers(frame.columns, "frame")
    unknown = [name for name in _check.listed(normal, name="normal") if name not in frame.columns]
    if unknown:
        raise InputError(f"normal names {unknown[0]!r}, which is no column of the table.")
    names = _order(labels, order)
    codes = _check.clusters(cluster, labels.size)
    inside = {"overall": np.ones(labels.size, bool), **{name: labels == name for name in names}}
    rows: list[dict[str, object]] = []
    notes: list[str] = []
    for column in frame.columns:
        values = _check.column(frame[column], name=f"frame: column {column!r}")
        numeric = is_measured(values)
        kind: Kind = "categorical"
        if numeric:
            kind = "normal" if column in normal else "skewed"
        described = _numbers(values, inside, kind) if numeric else _counts(values, inside)
        found = _compared(values, labels, kind, codes)
        notes += [f"{column}: {note}" for note in _about(found, tests=tests)]
        for k, cells in enumerate(described):
            extra: dict[str, object] = {
                "missing": "",
                "smd": "",
                "pvalue": np.nan,
                "compared_by": "",
            }
            if k == 0:
                extra = {"missing": _missing(values, inside), **_apart(found)}
            rows.append({"variable": column, **cells, **extra})
    columns = ["variable", "level", *inside, "missing", "smd", *(["pvalue", "compared_by"] * tests)]
    table = pd.DataFrame(rows, columns=columns)
    return TableOne(
        n=labels.size,
        n_positive=n_positive,
        n_patients=labels.size if codes is None else int(codes.max()) + 1,
        method="median [quartiles], mean (standard deviation) or count (percent of the known)",
        warnings=tuple(notes),
        groups=tuple(names),
        rows=table,
    )


def _about(found: GroupComparison | None, *, tests: bool) -> tuple[str, ...]:
    """What must be said of a comparison: of its p-value only where that is shown."""
    if found is None:
        return ()
    return tuple(note for note in found.warnings if tests or note == INFINITE)


def _labels(group: ArrayLike) -> tuple[np.ndarray, int]:
    """The group of every case as text, and how many are positive where it is an outcome."""
    values = _check.column(group, name="group")
    if values.empty:
        raise ShapeError("group is empty; there is nothing to describe.")
    if values.isna().any():
        raise InputError(f"group has {int(values.isna().sum())} missing value(s); name them all.")
    if values.dtype.kind in "biuf" and values.isin([0, 1]).all():
        positive = _check.outcome(values.to_numpy())
        return np.where(positive, "positive", "negative"), int(positive.sum())
    _check.grouping(values, name="group")
    return values.astype(str).to_numpy(dtype=object), 0


def _order(labels: np.ndarray, order: Sequence[str] | None) -> list[str]:
    """The groups as columns."""
    found = sorted(set(labels))
    taken = [name for name in found if name in TAKEN]
    if taken:
        raise InputError(f"a group cannot be called {taken[0]!r}, which is a column of the table.")
    if order is None:
        return found
    wanted = [str(name) for name in _check.listed(order, name="order")]
    if sorted(wanted) != found:
        raise InputError(f"order must name every group once: {', '.join(found)}; got {wanted}.")
    return wanted


def _numbers(
    values: pd.Series, inside: dict[str, BoolArray], kind: Kind
) -> list[dict[str, object]]:
    """One row: centre and spread of each group."""
    describe = _mean if kind == "normal" else _quartiles
    return [{"level": "", **{name: describe(values[at]) for name, at in inside.items()}}]


def _counts(values: pd.Series, inside: dict[str, BoolArray]) -> list[dict[str, object]]:
    """One row a level; a single one of dashes where no value is known."""
    levels = _levels(values)
    known = _in_order(values, levels)
    if not known:
        return [{"level": "", **dict.fromkeys(inside, "–")}]
    return [
        {"level": level, **{name: _share(levels[at], level) for name, at in inside.items()}}
        for level in known
    ]


def _in_order(values: pd.Series, levels: pd.Series) -> list[str]:
    """The levels found: in a category's own order, otherwise sorted, the rest together last."""
    found = set(levels.dropna())
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        ranked = [_text(level) for level in dtype.categories]
    else:
        ranked = sorted(found)
    return [level for level in ranked if level in found and level != OTHER] + [OTHER] * (
        OTHER in found
    )


def _compared(
    values: pd.Series, labels: np.ndarray, kind: Kind, codes: ArrayLike | None
) -> GroupComparison | None:
    """The comparison, or None where fewer than two groups have values."""
    data = values if kind != "categorical" else _levels(values)
    if len(set(labels[data.notna().to_numpy()])) < 2:
        return None
    return compare_groups(data.to_numpy(), labels, kind=kind, cluster=codes)


def _apart(found: GroupComparison | None) -> dict[str, object]:
    """Cells of the standardised difference and of the test."""
    if found is None:
        return {"smd": "–", "pvalue": np.nan, "compared_by": "known in one group only"}
    smd = "–" if np.isnan(found.smd) else f"{abs(found.smd):.2f}".replace("inf", "∞")
    return {"smd": smd, "pvalue": found.pvalue, "compared_by": found.method}


def _missing(values: pd.Series, inside: dict[str, BoolArray]) -> str:
    """How many are missing, and where."""
    gone = values.isna().to_numpy()
    if not gone.any():
        return "0"
    each = ", ".join(
        f"{name} {int(gone[at].sum())}" for name, at in inside.items() if name != "overall"
    )
    return f"{int(gone.sum())} ({each})"


def _levels(values: pd.Series) -> pd.Series:
    """Categories as text, the commonest ones (of equals the first in the alphabet)."""
    text = values.astype(object).map(_text, na_action="ignore")
    counted = text.value_counts()
    common = sorted(counted.index, key=lambda level: (-counted[level], level))[:MAX_LEVELS]
    return text.where(text.isin(common) | text.isna(), OTHER)


def _text(value: object) -> str:
    """A category as text; 2.0 is "2"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _digits(middle: float) -> int:
    """Decimals that show about three digits of a value of this size."""
    if middle == 0 or abs(middle) >= 10:
        return 1
    return int(min(8, max(2, 2 - np.floor(np.log10(abs(middle))))))


def _quartiles(values: pd.Series) -> str:
    known = values.dropna().astype(float)
    if known.empty:
        return "–"
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    digits = _digits(float(middle))
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _mean(values: pd.Series) -> str:
    known = values.dropna().astype(float)
    if known.empty:
        return "–"
    digits = _digits(float(known.mean()))
    return f"{known.mean():.{digits}f} ({known.std():.{digits}f})"


def _share(values: pd.Series, level: object) -> str:
    known = int(values.notna().sum())
    count = int((values == level).sum())
    return f"{count} ({100 * count / known:.1f} %)" if known else "–"
