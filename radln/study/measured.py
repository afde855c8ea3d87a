"""Features that were measured elsewhere: pyradiomics, MIRP, 3D Slicer, or radln itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from radln._spelling import other_prefix
from radln.data_settings import DataSettings
from radln.errors import InputError, UnreadableFileError
from radln.features.families import family_of
from radln.features.table import OK, STATUS_COLUMNS, FeatureSpec, FeatureTable
from radln.io.tables import open_table, read_parquet, stable_strings, with_points

KEY = "case_id"
SHOWN = 3
NUMBERS = 0.8  # of the known cells of a column of numbers


def no_features(cases: pd.Index) -> FeatureTable:
    """A table without columns, for a study of clinical columns and reads alone."""
    index = pd.Index(cases, name=KEY, dtype=object)
    status = pd.DataFrame({"status": OK, "error_code": "", "message": ""}, index=index)
    return FeatureTable(pd.DataFrame(index=index), (), status)


def read_features(path: Path, data: DataSettings) -> tuple[FeatureTable, tuple[str, ...]]:
    """The features of every case in the file, by their own names, and what was left out.

    A column that is no number as a whole (a path, a version, pyradiomics' diagnostics) is left out
    and named. Columns that radln measured keep their block and unit; all others are radiomics.

    Raises
    ------
    UnreadableFileError
        The file is missing, damaged or of another kind.
    InputError
        No column of cases, a case twice, cells that are no numbers among numbers, or no feature.
    """
    source = open_table(path, text=(data.case, KEY))
    frame = source.frame
    held = read_parquet(path)[1] if path.suffix.lower() == ".parquet" else None
    known = {str(spec["name"]): spec for spec in held} if isinstance(held, list) else {}
    key = next((name for name in (data.case, KEY) if name in frame.columns), None)
    if key is None:
        raise InputError(
            f"features {path.name}: no column {data.case!r} (or {KEY!r}) names the case of a row; "
            "add it, with the names that the table of cases has."
        )
    cases = stable_strings(frame[key])
    if cases.isna().any() or cases.duplicated().any():
        wrong = "is empty in a row" if cases.isna().any() else "names a case twice"
        raise InputError(f"features {path.name}: column {key!r} {wrong}; one row a case is needed.")
    columns, left_out = [], []
    for name in frame.columns.drop(key):
        if name in STATUS_COLUMNS and known:
            continue
        values = None if _never(str(name), data) else _numbers(frame[name], str(name), path)
        if values is None:
            left_out.append(str(name))
        else:
            columns.append(values)
    if not columns:
        raise InputError(f"features {path.name}: no column holds numbers.")
    measured = pd.concat(columns, axis=1)
    measured.index = pd.Index(cases, name=KEY, dtype=object)
    specs = tuple(_spec(name, known) for name in measured.columns)
    table = FeatureTable(measured, specs, _status(frame, measured.index, bool(known)))
    infinite = int(np.isinf(measured.to_numpy()).sum())
    return table, (*source.notes, *_said(path, left_out, infinite))


def _never(name: str, data: DataSettings) -> bool:
    """Whether a column is no feature by its name."""
    beside = {data.outcome, data.patient, data.node, data.level, data.site}
    return name.startswith(("diagnostics_", "Unnamed:")) or name in beside


def _numbers(given: pd.Series, name: str, path: Path) -> pd.Series | None:
    """A column as float64; None where it is none of numbers."""
    if name.startswith("clinical_") or "$" in name or not name.isprintable():
        raise InputError(
            f"features {path.name}: a feature cannot be named {name!r} (clinical_ in front, $, or "
            "a sign that cannot be printed); rename it."
        )
    given = with_points(given, f"features {path.name}: column {name!r}")
    found = pd.to_numeric(given, errors="coerce").astype(np.float64)
    wrong = found.isna() & given.notna()
    if not wrong.any():
        return found.rename(name)
    if wrong.sum() > (1 - NUMBERS) * given.notna().sum():
        return None
    raise InputError(
        f"features {path.name}: column {name!r} holds numbers, but {int(wrong.sum())} cell(s) do "
        f"not, for example {given[wrong].iloc[0]!r}. Write numbers with a decimal point, and leave "
        "what is not known blank."
    )


def _spec(name: str, known: dict[str, Any]) -> FeatureSpec:
    if name in known:
        return FeatureSpec(**known[name])
    prefix = name.split("_", 1)[0]
    block = "radiomics" if family_of(prefix) is None else prefix
    return FeatureSpec(name, block, block, engine="read from a file")


def _status(frame: pd.DataFrame, index: pd.Index, own: bool) -> pd.DataFrame:
    if own and set(STATUS_COLUMNS) <= set(frame.columns):
        return frame[list(STATUS_COLUMNS)].fillna("").astype(str).set_axis(index)
    return pd.DataFrame({"status": OK, "error_code": "", "message": ""}, index=index)


def _said(path: Path, left_out: list[str], infinite: int) -> Iterator[str]:
    if infinite:
        yield f"Of {path.name} {infinite} value(s) are infinite and count as missing."
    if left_out:
        more = ", ..." if len(left_out) > SHOWN else ""
        yield (
            f"Of {path.name} {len(left_out)} column(s) were left out that hold no feature: "
            f"{', '.join(left_out[:SHOWN])}{more}."
        )


def for_cases(table: FeatureTable, cases: pd.Index, name: str) -> FeatureTable:
    """The rows of these cases, in their order; the nodes of a case (``case#2``) with it."""
    by_case: dict[str, list[str]] = {}
    for row in table.values.index:
        base = row if row in cases else row.rpartition("#")[0]
        by_case.setdefault(base, []).append(row)
    rows = [row for case in cases for row in by_case.get(case, ())]
    if not rows:
        raise UnreadableFileError(
            f"none of the {len(cases)} rows with an outcome has a row in {name}: a case is named "
            f"{cases[0]!r}, there {table.values.index[0]!r}"
            f"{other_prefix(cases, table.values.index)}. Write the names alike."
        )
    return FeatureTable(table.values.loc[rows], table.specs, table.status.loc[rows])
