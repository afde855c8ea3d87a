"""Clinical columns that may mean something else than a model would make of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from radln._types import BoolArray, FloatArray
from radln.cohort.core import column_area, perfect_predictors, sides_of
from radln.data_settings import DataSettings, PredictorType
from radln.features.table import FeatureTable
from radln.settings import Settings
from radln.study.intake import Intake
from radln.study.level_doubts import doubtful_levels, like_levels
from radln.study.table_conditions import STRONG

STRONG_PREDICTOR = "strong_predictor"
FEW_VALUES = 6
RARE, CLEAR = 0.1, 0.3  # of the cells that are 0; of the range of the others, the way up to them
PAIR, NARROW, TIMES = 2, 3.0, 5.0  # cells of a group, its width, and how far two are apart
RUNNING = 20  # rows from which on rising whole numbers look like numbers of the rows
ONE_SIDED, BY_CHANCE = 5, 0.001
TELLING = 2  # features of many values, which two cases do not share by chance
FEW_NUMBERS = 4  # different ones, of which none is called far
FAR, NEAR = 3.0, 0.5  # times the range of the rest
SELDOM = 0.25  # of the patients that would differ by chance
DATE_WORDS, EXCEL_DAYS = ("date", "datum", "fecha", "data", "日期"), (20_000, 60_000)
CODES = (9, 99, 999, 9999, 99999, 88, 888, 8888)  # of no value, in numbers


def column_doubts(settings: Settings, intake: Intake) -> Iterator[tuple[str, str]]:
    """Condition and column; a perfect predictor's with ``clinical_``, as ``acknowledge`` has it."""
    rows = intake.rows
    positive = settings.data.asked.take(rows["y_true"])
    clinical = rows[settings.data.clinical_columns]
    perfect = perfect_predictors(clinical.add_prefix("clinical_"), positive)
    yield from (("perfect_predictor", c) for c in perfect if c not in settings.acknowledge)
    for column, kind in intake.types.items():
        values = clinical[column]
        if values.nunique() < 2:
            yield "constant_column", column
            continue
        if f"clinical_{column}" not in perfect and column_area(values, positive) >= STRONG:
            yield STRONG_PREDICTOR, column
        if any(_one_sided(values, side) for side in sides_of(positive)):
            yield "one_sided", column
        if kind == "date":
            yield "date_column", column
            odd = _odd_numbers(values)
            if odd:
                days = f"{odd[0]:,.0f} days after the first date"
                apart = "the first date lies far before all others" if odd[0] == 0 else days
                yield "odd_number", f"{column} ({apart})"
        elif pd.api.types.is_numeric_dtype(values):
            yield from ((code, column) for code in _number_doubts(values, kind))
            if kind == "number" and _days_of_excel(column, values.dropna()):
                yield "date_column", column
            odd = _odd_numbers(values) if kind == "number" else []
            if odd:
                yield "odd_number", f"{column} ({', '.join(f'{value:g}' for value in odd)})"
        else:
            doubtful, alike = doubtful_levels(values, rows["patient_id"]), like_levels(values)
            if doubtful:
                yield "doubtful_level", f"{column} ({', '.join(doubtful)})"
            if alike:
                yield "like_levels", f"{column}: {', '.join(alike)}"
        if kind != "date" and _differs_within(values, settings.data, rows):
            yield "differing_values", column
    if intake.measured is not None:
        yield from _feature_doubts(intake.measured, rows, settings)


def _feature_doubts(
    measured: FeatureTable, rows: pd.DataFrame, settings: Settings
) -> Iterator[tuple[str, str]]:
    """Features from a file that tell the outcome too well, or number the rows."""
    of = [case if case in rows.index else case.rpartition("#")[0] for case in measured.values.index]
    positive = settings.data.asked.take(rows.loc[of, "y_true"])
    perfect = perfect_predictors(measured.values, positive)
    for column in measured.values.columns:
        values = measured.values[column]
        if column in perfect and column not in settings.acknowledge:
            yield "perfect_predictor", column
        elif column not in perfect and column_area(values, positive) >= STRONG:
            yield "strong_feature", column
        numbers = values.dropna()
        if _is_running(numbers):
            yield "like_a_number_of_the_row", column
        codes = _codes_among(numbers)
        if codes:
            yield "odd_number", f"{column} ({', '.join(f'{code:g}' for code in codes)})"


def same_features(values: pd.DataFrame) -> list[str]:
    """The cases whose numbers are all those of another case."""
    varying = values.loc[:, values.nunique() > FEW_NUMBERS]
    if varying.shape[1] < TELLING:
        return []
    return list(
        map(str, values.index[varying.duplicated(keep=False) & varying.notna().any(axis=1)])
    )


def _codes_among(numbers: pd.Series) -> list[float]:
    """Codes such as -9999 far from all other values of a feature."""
    codes = numbers[numbers.abs().isin([code for code in CODES if code >= 99])]
    rest = numbers.drop(codes.index)
    if codes.empty or rest.nunique() <= FEW_NUMBERS:
        return []
    reach = FAR * float(np.ptp(rest))
    far = codes[(codes < rest.min() - reach) | (codes > rest.max() + reach)]
    return sorted({float(code) for code in far})


def _units(data: DataSettings, rows: pd.DataFrame) -> pd.Series | None:
    """What several rows may show: the patient or the node that is the unit; None for images."""
    if data.unit == "patient":
        return rows["patient_id"]
    column = {"node": data.node, "level": data.level}.get(data.unit)
    if column is not None:
        return rows["patient_id"].astype(str) + "/" + rows[column].astype(str)
    return None


def _differs_within(values: pd.Series, data: DataSettings, rows: pd.DataFrame) -> bool:
    """Whether the rows of a unit differ; or those of a few patients, where such as choose by chance
    among the column's values would differ far more often.
    """
    units = _units(data, rows)
    if units is not None:
        return bool((values.groupby(units.to_numpy()).nunique() > 1).any())
    by_patient = values.dropna().groupby(rows.loc[values.notna(), "patient_id"].to_numpy())
    sizes, differing = by_patient.size(), int((by_patient.nunique() > 1).sum())
    shares = values.value_counts(normalize=True).to_numpy()
    by_chance = sum(1 - float((shares**size).sum()) for size in sizes[sizes > 1])
    return 0 < differing <= SELDOM * by_chance


def _days_of_excel(column: str, known: pd.Series) -> bool:
    """Whether a column that is named as a date holds whole numbers as Excel counts days."""
    named = any(word in column.casefold() for word in DATE_WORDS)
    return named and bool(known.between(*EXCEL_DAYS).all() and (known % 1 == 0).all())


def _number_doubts(values: pd.Series, kind: PredictorType) -> Iterator[str]:
    known = values.dropna()
    if (known % 1 != 0).any():
        return
    if kind == "number" and 3 <= known.nunique() <= FEW_VALUES:
        yield "few_values"
    if _is_running(known):
        yield "like_a_number_of_the_row"


def _odd_numbers(values: pd.Series) -> list[float]:
    """Numbers that lie far from all others, and codes such as 999 and -1 for no value.

    Far is more than three times the range of the rest; of 99, 999 ... half of it is enough, and
    -1, -9, -99 ... are odd where all others are positive. So is a rare 0 far below all others, and
    the fewer of two narrow groups of which one is five times the other, as of m and cm.
    """
    rest = np.sort(values.dropna().unique())
    odd = [*_rare_zero(values, rest), *_other_unit(values.dropna().to_numpy(dtype=np.float64))]
    rest = rest[~np.isin(rest, odd)]
    while rest.size > FEW_NUMBERS:
        inner = np.ptp(rest[:-1]), np.ptp(rest[1:])
        top, bottom = float(rest[-1]), float(rest[0])
        nines = top in CODES
        if rest[-1] - rest[-2] > (NEAR if nines else FAR) * inner[0]:
            odd, rest = [*odd, top], rest[:-1]
        elif rest[1] - rest[0] > FAR * inner[1] or (-bottom in (1, *CODES) and rest[1] >= 0):
            odd, rest = [*odd, bottom], rest[1:]
        else:
            break
    return sorted(odd)


def _rare_zero(values: pd.Series, distinct: FloatArray) -> list[float]:
    """0, where few cells hold it and all others lie well above."""
    if distinct.size <= FEW_NUMBERS or distinct[0] != 0 or float(values.eq(0).mean()) > RARE:
        return []
    return [0.0] if distinct[1] > CLEAR * np.ptp(distinct[1:]) else []


def _other_unit(known: FloatArray) -> list[float]:
    """The first numbers of the smaller of two narrow groups far apart; none where there is one."""
    ordered = np.sort(known[known > 0])
    if ordered.size < 2 * PAIR or np.unique(ordered).size <= FEW_NUMBERS:
        return []
    split = int(np.argmax(ordered[1:] / ordered[:-1])) + 1
    low, high = ordered[:split], ordered[split:]
    narrow = low[-1] <= NARROW * low[0] and high[-1] <= NARROW * high[0]
    if min(low.size, high.size) < PAIR or not narrow or high[0] < TIMES * low[-1]:
        return []
    return [float(value) for value in np.unique(min(low, high, key=len))[:3]]


def _is_running(known: pd.Series) -> bool:
    """Whether whole numbers rise from row to row."""
    rising = known.size >= RUNNING and known.is_monotonic_increasing and known.is_unique
    return bool(rising and (known % 1 == 0).all())


def _one_sided(values: pd.Series, positive: BoolArray) -> bool:
    """Whether a level, or what is missing, goes with one outcome more purely than by chance."""
    parts = [values.isna().to_numpy()]
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() <= FEW_VALUES:
        parts += [(values == level).to_numpy() for level in values.dropna().unique()]
    share = float(positive.mean())
    for members in parts:
        n, k = int(members.sum()), int(positive[members].sum())
        chance = share**n if k == n else (1 - share) ** n
        if n >= ONE_SIDED and k in (0, n) and chance < BY_CHANCE:
            return True
    return False
