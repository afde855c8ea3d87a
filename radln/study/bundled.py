"""The models of a run as a bundle, which says all that is needed to use them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from radln import __version__
from radln.cohort.blocks import all_blocks
from radln.features.nodes import node_unit
from radln.features.table import FeatureSpec
from radln.models.bundle import Bundle, described_numbers
from radln.models.bundle_content import (
    About,
    CaseMix,
    Column,
    Content,
    Measurement,
    Outcome,
    Performance,
    WorkedCase,
    Written,
    frame_of,
)
from radln.models.fitted import FittedModel
from radln.models.persist import predict_frame
from radln.models.predict import predict_all
from radln.models.recipe import usual_recipes
from radln.models.steps import steps_of
from radln.models.steps.step import CLINICAL, Change
from radln.settings import portable
from radln.study.result import StudyResult, StudyRun


def bundle_of(result: StudyResult) -> Bundle | None:
    """The final models that can be used elsewhere; None where there is none.

    Left out are models that hold patients' rows (kNN, SVM with a curved boundary), that need a
    whole batch of cases, or that take a date (counted from the study's first one, which is a
    patient's), and every model that takes the score of one of these.
    """
    models = _usable(result)
    if not models:
        return None
    columns = tuple(
        _column(name, result) for name in dict.fromkeys(c for m in models for c in m.columns)
    )
    data = result.settings.data
    content = Content(
        radln=__version__,
        version=1,
        parent=None,
        changed_on=(),
        simulated=result.settings.simulated,
        outcome=Outcome(positive=data.positive, negative=negative_of(result), unit=data.unit),
        measurement=_measurement(result),
        columns=columns,
        models=_about(result, models),
        worked_cases=_worked(columns, result.learned.predictors, models),
    )
    return Bundle(content, models)


def negative_of(result: StudyRun) -> str:
    """What the negative class is called: its one value, or that it is not the positive one."""
    positive = result.settings.data.positive
    others = [value for value in result.intake.outcomes if value != positive]
    return others[0] if len(others) == 1 else f"not {positive}"


def _usable(result: StudyResult) -> tuple[FittedModel, ...]:
    recipes = {recipe.source: recipe for recipe in result.recipes}
    dates = {f"{CLINICAL}{name}" for name, kind in result.intake.types.items() if kind == "date"}
    kept: dict[str, FittedModel] = {}
    for model in result.final:
        changes = [s for s in steps_of(recipes[model.source].steps) if isinstance(s, Change)]
        if (
            model.core.deployable
            and all(change.rowwise for change in changes)
            and not dates & set(model.columns)
            and set(model.inputs_from.values()) <= set(kept)
        ):
            kept[model.source] = model
    return tuple(kept.values())


def _measurement(result: StudyResult) -> Measurement:
    data, features = result.settings.data, portable(result.settings).features
    if data.images is not None:
        return Measurement(
            source="images", length_unit=result.extraction.length_unit, settings=features
        )
    source: Any = "none" if data.features is None else "file"
    return Measurement(source=source, length_unit="", settings=None)


def _column(name: str, result: StudyResult) -> Column:
    """What a column is, with its range or levels in training."""
    values = result.learned.predictors[name]
    found: dict[str, Any] = {"name": name}
    if pd.api.types.is_numeric_dtype(values):
        found["low"], found["high"], _ = described_numbers(values)
    else:
        found["levels"] = tuple(levels_of(values))
    if name.startswith(CLINICAL):
        return Column(**found, block="clinical", written=_written(name, result))
    spec = next(spec for spec in result.extraction.table.specs if spec.name == name)
    return Column(**found, **_of_spec(spec))


def _of_spec(spec: FeatureSpec) -> dict[str, Any]:
    held = asdict(spec)
    kept = ("block", "engine", "algorithm_version", "encoder_sha256")
    unit = spec.unit or node_unit(spec.name, "mm") if spec.family == "node" else spec.unit
    return {"unit": unit, **{key: held[key] for key in kept}}


def levels_of(values: pd.Series) -> list[str]:
    """The levels of a category, the commonest first."""
    counts = values.dropna().astype(str).value_counts()
    return sorted(counts.index, key=lambda level: (-counts[level], level))


def _written(name: str, result: StudyResult) -> Written:
    column = name.removeprefix(CLINICAL)
    given = next(one for one in result.settings.data.clinical if one.column == column)
    return Written(
        column=column,
        type=result.intake.types[column],
        missing=given.missing,
        below=given.below,
        levels=result.intake.orders.get(column, ()),
        merge=given.merge,
    )


def _about(result: StudyResult, models: tuple[FittedModel, ...]) -> dict[str, About]:
    settings = result.settings.models
    named = settings.fitted or usual_recipes(all_blocks(result.cohort))
    rows: list[Any] = result.evaluation.aucs.to_dict("records")
    aucs = {str(row["source"]): row for row in rows}
    mixes = _case_mixes(result, models)
    found = {}
    for model in models:
        recipe = named[model.source]
        if recipe.steps is None:
            recipe = recipe.model_copy(update={"steps": tuple(settings.steps)})
        row = aucs.get(model.source)
        performance = None if row is None else _performance(row)
        found[model.source] = About(
            recipe=recipe,
            performance=performance,
            case_mix=mixes[model.source],
            change=None,
        )
    return found


def _case_mixes(result: StudyResult, models: tuple[FittedModel, ...]) -> dict[str, CaseMix]:
    """Mean and spread of every model's log-odds in those who taught it."""
    learned = result.learned
    log_odds = predict_all(models, learned.predictors)
    return {
        model.source: CaseMix(
            n=len(learned.units),
            n_positive=int(learned.y_true.sum()),
            mean=float(row.mean()),
            sd=float(row.std(ddof=1)),
        )
        for model, row in zip(models, log_odds, strict=True)
    }


def _performance(row: Mapping[str, Any]) -> Performance | None:
    """The area as it was evaluated; None where it has no interval."""
    numbers = {"auc": row["value"], "low": row["low"], "high": row["high"]}
    if not np.isfinite([float(value) for value in numbers.values()]).all():
        return None
    return Performance(
        **{key: float(value) for key, value in numbers.items()},
        confidence_level=float(row["confidence_level"]),
        method=str(row["method"]),
        n=int(row["n"]),
        n_patients=int(row["n_patients"]),
    )


def _worked(
    columns: tuple[Column, ...], predictors: pd.DataFrame, models: tuple[FittedModel, ...]
) -> tuple[WorkedCase, ...]:
    """A typical case, one far from it, and one of which nothing is known; no patient's row.

    The first has the medians and commonest levels of all columns, the second by turns their 10 %
    and 90 % quantiles and the second level; in the third models fill everything in.
    """
    typical: dict[str, Any] = {}
    unusual: dict[str, Any] = {}
    for place, column in enumerate(columns):
        if column.levels:
            levels = column.levels
            typical[column.name], unusual[column.name] = levels[0], levels[1 % len(levels)]
            continue
        low, middle, high = described_numbers(predictors[column.name])[2]
        typical[column.name] = middle
        unusual[column.name] = high if place % 2 else low
    rows = [typical, unusual, dict.fromkeys(typical)]
    said = predict_frame(models, frame_of(columns, rows))
    return tuple(
        WorkedCase(values=row, probability={str(k): float(v) for k, v in told.items()})
        for row, told in zip(rows, said.to_dict("records"), strict=True)
    )
