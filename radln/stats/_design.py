"""The one gate for the columns of a regression: names, numbers, nothing constant or repeated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from radln import _check
from radln._numerals import figures_as_text, no_number
from radln._types import ArrayLike, FloatArray
from radln.errors import InputError, ShapeError
from radln.stats._identifiers import refuse_identifiers

ROUNDING = 1e-13  # of the largest value: less is what rounding leaves of a constant
SMALLEST, LARGEST = 1e-100, 1e100


def design(X: ArrayLike, n: int) -> tuple[FloatArray, tuple[str, ...]]:
    """A finite matrix (n, p) with the names of its columns; constant columns are refused."""
    if not isinstance(X, pd.DataFrame | pd.Series) and np.ndim(X) not in (1, 2):
        raise ShapeError(f"X must be a table of cases and columns; got shape {np.shape(X)}.")
    table = X if isinstance(X, pd.DataFrame | pd.Series) else pd.DataFrame(np.asarray(X))
    table = table.to_frame() if isinstance(table, pd.Series) else table
    named = not isinstance(table.columns, pd.RangeIndex)
    names = tuple(str(c) if named else f"x{i + 1}" for i, c in enumerate(table.columns))
    if table.shape[0] != n or table.shape[1] == 0:
        raise ShapeError(
            f"X has shape {table.shape} for {n} cases; one row per case and at least one column "
            "are needed."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"X has several columns named {', '.join(twice)}; give each its own name.")
    refuse_identifiers(names, "X")
    columns = []
    for name, (_, held) in zip(names, table.items(), strict=True):
        _check.no_dates(held, name=f"column {name!r} of X")
        _check.one_order(held, name=f"column {name!r} of X")
        refuse_categories(held, name)
        try:
            values = held.to_numpy(dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(
                figures_as_text(held, name=f"column {name!r} of X")
                or f"column {name!r} of X is not numeric; write a category as 0/1 columns, one for "
                "each level but the reference."
            ) from error
        bad = ~np.isfinite(values)
        if bad.any():
            raise InputError(
                f"column {name!r} of X has {int(bad.sum())} missing or infinite value(s), the "
                f"first at position {int(np.argmax(bad))}; impute them or leave those cases out."
            )
        _refuse_constant(values, name)
        columns.append(values)
    return np.column_stack(columns), names


def refuse_categories(held: pd.Series, name: str) -> None:
    """Refuse numbers that were declared categories without order, such as those of centres."""
    kind = held.dtype
    if not isinstance(kind, pd.CategoricalDtype) or kind.ordered or held.nunique() < 3:
        return
    if pd.api.types.is_numeric_dtype(kind.categories):
        raise InputError(
            f"column {name!r} of X is a Categorical without order ({held.nunique()} categories), "
            "which would count as one number. Write it as 0/1 columns (pd.get_dummies(X, columns="
            f"[{name!r}], drop_first=True)); or give its numbers (.astype(float)) if those count."
        )


def _refuse_constant(values: FloatArray, name: str) -> None:
    """Refuse a column that does not vary, or by so little or so much that no square holds it."""
    if (values == values[0]).all():
        raise InputError(f"column {name!r} of X is constant ({values[0]:g}); leave it out.")
    range_, largest = float(np.ptp(values)), float(np.abs(values).max())
    if range_ <= ROUNDING * largest:
        raise InputError(
            f"column {name!r} of X is constant but for rounding (from {values.min():.17g} to "
            f"{values.max():.17g}); leave it out, or take off what all cases share."
        )
    if not SMALLEST < range_ < LARGEST:
        raise InputError(
            f"column {name!r} of X runs from {values.min():g} to {values.max():g}, which is beyond "
            f"what can be computed with; give it in another unit (a range of {SMALLEST:g} to "
            f"{LARGEST:g})."
        )


def same_columns(X: ArrayLike, names: tuple[str, ...]) -> FloatArray:
    """Other cases (m, k) with the columns of a fit, found by name where X is a table."""
    _check.unmasked(X, name="X")
    if isinstance(X, pd.DataFrame) and not isinstance(X.columns, pd.RangeIndex):
        missing = [name for name in names if name not in X.columns]
        if missing:
            raise InputError(f"X lacks the column(s) {', '.join(missing)} of the fit.")
        X = X[list(names)]
    try:
        values = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        words = no_number(np.ravel(np.asarray(X, dtype=object)), name="X")
        raise InputError(words or f"X must be numeric, as in the fit: {error}.") from error
    if values.ndim == 1 and len(names) == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] != len(names):
        raise InputError(
            f"X must have the {len(names)} columns of the fit ({', '.join(names)}); got shape "
            f"{values.shape}."
        )
    if not np.isfinite(values).all():
        raise InputError("X has missing or infinite values; impute them or leave them out.")
    return values
