"""The one gate through which arrays enter: shapes, classes, missing values, patients."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, TypeGuard, TypeVar

import numpy as np
import pandas as pd

from radln._numerals import no_dict, no_number
from radln._placeholders import refuse_nothing
from radln._spelling import one_number, one_spelling
from radln._synonyms import SPELLINGS
from radln._types import AnyArray, ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError, ShapeError, SingleClassError

T = TypeVar("T")
MOST_NUMBERS = 10  # different numbers that may still be the names of groups


def outcome(y_true: ArrayLike, *, name: str = "y_true", both: bool = True) -> BoolArray:
    """A vector of 0/1 or False/True as booleans; anything else is refused by name."""
    values = _natural(y_true, name)
    if values.ndim != 1:
        raise ShapeError(_not_a_vector(values, name))
    if values.size == 0:
        raise ShapeError(f"{name} is empty; at least one case of each class is needed.")
    missing = int(pd.isna(values).sum())
    if missing:
        raise InputError(
            f"{name} has {missing} missing value(s) (None, NaN or NA); leave those cases out of "
            "every argument."
        )
    if values.dtype.kind not in "biuf":
        seen = list(pd.unique(pd.Series(values)))
        raise InputError(
            f"{name} must be 0/1 or False/True; got {', '.join(map(repr, seen[:4]))}."
            f"{_which_positive(sorted(seen, key=str), name)}{_as_array(y_true, name)}"
        )
    numbers = values.astype(np.float64)
    odd = np.setdiff1d(numbers, [0.0, 1.0])
    if odd.size:
        raise InputError(
            f"{name} must hold 0 and 1 only; got {odd[:4].tolist()}."
            f"{_other_codes(numbers, y_true, name)}"
        )
    positive: BoolArray = np.asarray(numbers == 1.0, dtype=np.bool_)
    if both and (positive.all() or not positive.any()):
        only = "positive" if positive.all() else "negative"
        raise SingleClassError(
            f"{name} holds {only} cases only (n = {positive.size}); both classes are needed."
        )
    return positive


def _as_array(values: object, name: str) -> str:
    """What a list must become before it is compared with a label."""
    return f" Take numpy.asarray({name}) of a list." if isinstance(values, list | tuple) else ""


def _other_codes(numbers: FloatArray, given: object, name: str) -> str:
    """How to make 0 and 1 of two other codes, or of classes that are counted from 0."""
    codes = np.unique(numbers)
    several = 3 <= codes.size <= MOST_NUMBERS and np.array_equal(codes, np.arange(codes.size))
    if (codes.size != 2 and not several) or (codes % 1 != 0).any():
        return ""
    return _which_positive([int(code) for code in codes], name) + _as_array(given, name)


def _which_positive(labels: list[Any], name: str) -> str:
    """The same of any labels, in the user's own words; of several, what takes them all."""
    last, first = repr(labels[-1]), repr(labels[0])
    if len(labels) == 2:
        return (
            f" Where {last} is the positive class (or the event), give ({name} == {last}); where "
            f"{first} is, ({name} == {first})."
        )
    together = "; all of them together are for multiclass_auc" if name.startswith("y_") else ""
    return f" Of several say which is the positive one, as ({name} == {last}){together}."


def numbers(values: ArrayLike, n: int | None = None, *, name: str = "y_score") -> FloatArray:
    """A finite float64 vector, of length ``n`` where that is given."""
    array = vector(values, name=name)
    if n is not None and array.size != n:
        raise ShapeError(f"{name} has {array.size} values but y_true has {n}; one per case.")
    bad = ~np.isfinite(array)
    if bad.any():
        raise InputError(
            f"{name} has {int(bad.sum())} missing or infinite value(s), the first at position "
            f"{int(np.argmax(bad))}; leave those cases out of every vector, or mend the score."
        )
    return array


def vector(values: ArrayLike, *, name: str) -> FloatArray:
    """A float64 vector, which may hold NaN and infinite values."""
    no_dict(values, name=name, instead=f"one list or column, as {name}[KEY]")
    one_order(values, name=name)
    given = _natural(values, name)
    no_dates(given, name=name)
    if given.dtype.kind == "O":  # None and NA are missing values as NaN is
        given = np.where(pd.isna(given), np.nan, given)
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        told = no_number(given.ravel(), name=name) or f"{name} must be numeric: {error}."
        raise InputError(told) from error
    if array.ndim != 1:
        raise ShapeError(_not_a_vector(array, name))
    return array


def _natural(values: ArrayLike, name: str) -> AnyArray:
    """An array of the type that its values have; what is missing stays missing."""
    unmasked(values, name=name)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ShapeError(f"{name} must be one-dimensional: {error}.") from error
    if array.dtype.kind != "O" or array.ndim != 1:
        return array
    known = [isinstance(v, bool | int | float | np.bool_ | np.number) for v in array]
    if array.size and all(known):
        whole = all(isinstance(v, bool | np.bool_) for v in array)
        return array.astype(np.bool_ if whole else np.float64)
    return array


def _not_a_vector(array: AnyArray, name: str) -> str:
    """What to do about a shape that is no vector."""
    told = f"{name} must be one-dimensional; got shape {array.shape}."
    if array.ndim == 2 and array.shape[1] == 1:
        return f"{told} Give its only column: {name}[:, 0] (of a table .iloc[:, 0])."
    return told + two_columns(array, name)


def two_columns(array: AnyArray, name: str) -> str:
    """A word on what scikit-learn's predict_proba returns, where it may be that."""
    if array.ndim != 2 or not 2 <= array.shape[1] <= MOST_NUMBERS:
        return ""
    if array.shape[1] > 2:
        return (
            f" Of {array.shape[1]} columns, as of predict_proba for so many classes, all are for "
            "multiclass_auc (a column of labels as y_true); of one class against the others give "
            f"its column, {name}[:, k] (of a table .iloc[:, k])."
        )
    if array.shape == (2, 2):
        return " Of a table of counts give the cases themselves, one value a case."
    return (
        " Of two columns, as of predict_proba, the second is that of the positive class: give "
        f"{name}[:, 1] (of a table .iloc[:, 1])."
    )


def several(values: ArrayLike, *, name: str) -> FloatArray:
    """Numbers of which one may stand alone: a single threshold is a list of one."""
    return numbers(np.atleast_1d(_natural(values, name)), name=name)


def probabilities(values: ArrayLike, n: int | None = None, *, name: str = "y_prob") -> FloatArray:
    """A vector of probabilities: finite and within [0, 1]."""
    array = numbers(values, n, name=name)
    outside = (array < 0) | (array > 1)
    if outside.any():
        raise InputError(
            f"{name} must lie within [0, 1]; {int(outside.sum())} value(s) do not, for example "
            f"{array[outside][0]:.4g}. Divide percentages by 100; a score that is no probability "
            "must be calibrated first."
        )
    return array


def clusters(values: ArrayLike | None, n: int, *, name: str = "cluster") -> IntArray | None:
    """Patients as codes 0..k-1 in order of first appearance; None stays None."""
    if values is None:
        return None
    series = column(values, name=name, shown=False)
    if len(series) != n:
        raise ShapeError(f"{name} has {len(series)} values but y_true has {n}; one per case.")
    if series.isna().any():
        raise InputError(f"{name} has {int(series.isna().sum())} missing value(s); name them all.")
    codes, _ = pd.factorize(series, sort=False)
    return np.asarray(codes, dtype=np.int64)


def column(values: ArrayLike, *, name: str, shown: bool = True) -> pd.Series:
    """Values of any kind, one a case; what is missing stays missing.

    A list of text with NaN would become the text "nan" in a numpy array: the type is found value by
    value, and a column of numbers that came as objects is a column of numbers again. Labels that
    differ in capitals or blanks only are refused, by name unless they are identifiers (``shown``),
    and missing values written as text.
    """
    unmasked(values, name=name)
    given: object = values
    if not isinstance(values, pd.Series | pd.Index | pd.Categorical):
        given = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
        if given.ndim != 1:
            raise ShapeError(f"{name} must be one-dimensional; got shape {given.shape}.")
    series = pd.Series(given).reset_index(drop=True).infer_objects()
    if not pd.api.types.is_numeric_dtype(series):
        present = series.dropna()
        refuse_nothing(present, name=name, people=not shown)
        one_spelling(present.unique() if shown else present, name=name, shown=shown)
        if shown:
            one_number(present.unique(), name=name)
    return series


def whole_numbers(labels: Iterable[object], *, name: str) -> None:
    """Refuse fractions among the numbers of folds and repeats; names of any other kind pass."""
    numbers = pd.to_numeric(pd.Series(list(labels), dtype=object), errors="coerce").astype(float)
    odd = numbers[numbers.notna() & (numbers % 1 != 0)]
    if len(odd):
        raise InputError(
            f"{name} must hold whole numbers; got {odd.iloc[0]:g} ({len(odd)} of {len(numbers)} "
            "values): folds were averaged over repeats. Give every repeat as it is; radln averages."
        )


def listed(values: Iterable[T], *, name: str) -> list[T]:
    """The members of a list, a tuple or the like; a single value and a text are none."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InputError(f"{name} must be a list; got {values!r}.")
    members = list(values)
    if any(isinstance(member, np.ndarray) for member in members):
        raise InputError(f"{name} must be a list of single values, not an array of several axes.")
    return members


def fraction(value: float, *, name: str, low: float = 0.0, high: float = 1.0) -> float:
    """A number strictly between ``low`` and ``high``."""
    if not is_number(value) or not low < value < high:
        raise InputError(f"{name} must lie strictly between {low:g} and {high:g}; got {value!r}.")
    if name == "confidence_level" and value < 0.5:
        raise InputError(
            f"confidence_level={value:g} would be an interval that misses more often than it "
            f"holds. Give the level of confidence, not of error: {1 - value:g}."
        )
    return float(value)


def whole(value: float, *, name: str, least: int = 1) -> int:
    """A whole number of at least ``least``; 5.0 passes, True does not."""
    if not is_number(value) or value < least or value != int(value):
        raise InputError(f"{name} must be a whole number of at least {least}; got {value!r}.")
    return int(value)


def is_number(value: object) -> TypeGuard[float]:
    """Whether this is one finite number; a boolean is none."""
    if isinstance(value, bool | np.bool_):
        return False
    return isinstance(value, int | float | np.integer | np.floating) and bool(np.isfinite(value))


def between(value: float, *, name: str, low: float = 0.0, high: float = 1.0) -> float:
    """A number from ``low`` to ``high``, both included."""
    if not is_number(value) or not low <= value <= high:
        raise InputError(f"{name} must lie within {low:g}..{high:g}; got {value!r}.")
    return float(value)


def choice(value: str, options: tuple[str, ...], *, name: str) -> str:
    """One of the named options."""
    if not isinstance(value, str) or value not in options:
        raise InputError(
            f"{name} must be one of {', '.join(options)}; got {value!r}.{meant(value, options)}"
        )
    return value


def meant(value: object, options: Iterable[str]) -> str:
    """Our spelling of an option in another program's words, as a question; else nothing."""
    if not isinstance(value, str):
        return ""
    bare = {_bare(option): option for option in options}
    word = _bare(value)
    known = (bare.get(_bare(ours)) for ours in SPELLINGS.get(word, "").split())
    ours = bare.get(word) or next((option for option in known if option), None)
    if ours is None:
        near = get_close_matches(word, [key for key in bare if key], n=1, cutoff=0.75)
        ours = bare[near[0]] if near else None
    return f' Did you mean "{ours}"?' if ours else ""


def _bare(word: str) -> str:
    return word.lower().translate(str.maketrans("", "", " ._-"))


def switch(value: bool, *, name: str) -> bool:
    """True or False; a text or a number would silently mean True."""
    if not isinstance(value, bool | np.bool_):
        raise InputError(f"{name} must be True or False; got {value!r}.")
    return bool(value)


def text(value: str, *, name: str) -> str:
    """A text, such as a label or a unit."""
    if not isinstance(value, str):
        raise InputError(f"{name} must be a text; got {value!r}.")
    return value


def unmasked(values: object, *, name: str) -> None:
    """Refuse a masked array: its mask would be forgotten, and what it hides would count."""
    if isinstance(values, np.ma.MaskedArray):
        raise InputError(
            f"{name} is a masked array, whose hidden values would count; leave the hidden cases "
            f"out of every argument (rows = ~{name}.mask), or give {name}.filled(value)."
        )


def no_dates(values: object, *, name: str, but_dates: bool = False) -> None:
    """Refuse dates, spans of time and complex numbers, which would silently become numbers.

    ``but_dates``: the complex ones only.
    """
    if isinstance(values, pd.DataFrame):
        for column, held in values.items():
            no_dates(held, name=f"column {str(column)!r} of {name}", but_dates=but_dates)
        return
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if kind == "O" and isinstance(values, np.ndarray | pd.Series):
        some = [value for value in np.ravel(np.asarray(values))[:50] if value is not None]
        kind = "M" if any(isinstance(v, date | timedelta | pd.Period) for v in some) else kind
        kind = "c" if any(isinstance(v, complex) for v in some) else kind
    dated = kind in ("M", "m") or isinstance(getattr(values, "dtype", None), pd.PeriodDtype)
    if dated and not but_dates:
        raise InputError(
            f"{name} holds dates or spans of time, which are no measurements; give a number in "
            "their place, such as the days between two dates (span.dt.days) or an age in years."
        )
    if kind == "c":
        raise InputError(
            f"{name} holds complex numbers, whose imaginary part would be dropped; give real "
            "numbers (their size, for example)."
        )


def one_order(values: object, *, name: str) -> None:
    """Refuse an ordered Categorical in the place of numbers, unless its order is theirs."""
    if isinstance(values, pd.DataFrame):
        for column, held in values.items():
            one_order(held, name=f"column {str(column)!r} of {name}")
        return
    kind = getattr(values, "dtype", None)
    if not isinstance(kind, pd.CategoricalDtype) or not kind.ordered:
        return
    levels = kind.categories
    if pd.api.types.is_numeric_dtype(levels) and levels.is_monotonic_increasing:
        return
    codes = ".cat.codes" if isinstance(values, pd.Series) else ".codes"
    order = " < ".join(str(level) for level in levels[:4]) + (" ..." if len(levels) > 4 else "")
    raise InputError(
        f"{name} is an ordered Categorical ({order}), whose order is not that of numbers. Give its "
        f"places in that order ({codes}), or its numbers (.astype(float)) where those count."
    )


def same_order(arguments: Mapping[str, Any], *, columns: Collection[str] = ()) -> None:
    """Refuse arguments whose pandas indexes differ, even in their order only.

    Values are taken by their place, so that a shuffled column would silently belong to other
    cases. Arrays and lists carry no index and are taken as they come; arguments of different
    lengths are left to the check of lengths. Labels are not shown: they may be identifiers.
    ``columns`` are tables that hold the cases in their columns, given turned round.
    """
    labelled = [found for name, value in arguments.items() for found in _indexes(value, name)]
    for k, (name, index) in enumerate(labelled):
        for first, other in labelled[:k]:
            if len(index) != len(other) or _same_labels(index, other):
                continue
            unlike = (
                i for i, pair in enumerate(zip(other, index, strict=True)) if len({*pair}) > 1
            )
            at = next(unlike, 0)
            shuffled = set(index) == set(other)
            how = "hold the same labels in another order" if shuffled else "hold different labels"
            where, of = (
                f"{name}[" if name in columns else f"{name}.loc[",
                f"{first}.columns" if first in columns else f"{first}.index",
            )
            raise InputError(
                f"the pandas indexes of {first} and {name} {how} (first at position {at}), so that "
                f"it is not known which values belong to one case. Align them: {name} = "
                f"{where}{of}]; or pass .to_numpy() of each where the rows are in one "
                "order already."
            )


def repeated_labels(arguments: Mapping[str, Any]) -> bool:
    """Whether an index has a label twice."""
    return any(
        not index.is_unique
        for name, value in arguments.items()
        for _, index in _indexes(value, name)
    )


def _same_labels(index: pd.Index[Any], other: pd.Index[Any]) -> bool:
    """Whether two indexes hold equal labels in one order; those of other levels do not."""
    return index.nlevels == other.nlevels and bool(index.equals(other))


def _indexes(value: object, name: str) -> Iterator[tuple[str, pd.Index[Any]]]:
    """The row labels of a column or a table, and of those in a list or a dict."""
    if isinstance(value, pd.Series | pd.DataFrame):
        yield name, value.index
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _indexes(part, f"{name}[{key!r}]")
    elif isinstance(value, list | tuple):
        for k, part in enumerate(value):
            if isinstance(part, pd.Series | pd.DataFrame):
                yield f"{name}[{k}]", part.index


def grouping(values: pd.Series, *, name: str, most: int | None = None, many: bool = False) -> None:
    """Refuse a continuous variable, or more than ``most`` groups, in the place of groups.

    ``many``: groups may be many and have whole numbers for names, such as sites and matched pairs.
    """
    distinct, n = int(values.nunique()), len(values)
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if many:
        numeric = numeric and bool((values.dropna() % 1 != 0).any())
    dated = pd.api.types.is_datetime64_any_dtype(values)
    alone = distinct > 2 and n > 4 and distinct > n / 2
    if (numeric or dated) and (distinct > MOST_NUMBERS or alone):
        raise InputError(
            f"{name} holds {distinct} different numbers of {n} cases, which is a measurement and "
            f"no grouping; cut it into categories first, at borders fixed beforehand "
            f"(pd.cut({name}, borders)), or use a regression. Numbers that are names of groups go "
            "as text."
        )
    if most is not None and distinct > most:
        raise InputError(
            f"{name} holds {distinct} different groups of {n} cases; at most {most} can be told "
            "apart. Is it a column of identifiers? Join groups, or use a regression."
        )
