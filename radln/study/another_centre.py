"""Another centre's study as the rows of a bundle: its outcome, patients, readers and sites, with
the columns that the bundle's models need.

Of its ``study.yaml`` count where the data lie, what the columns mean and how numbers are judged;
how features are measured and which clinical columns count, the bundle says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from radln._spelling import spelled
from radln.cohort.core import Cohort, average_views
from radln.design_settings import DesignSettings
from radln.errors import InputError, LeakageError
from radln.features.table import FAILED, FeatureTable
from radln.io.tables import open_table, stable_strings
from radln.models.bundle import Bundle
from radln.models.bundle_content import Column
from radln.models.fitted import FittedModel
from radln.settings import Settings
from radln.study.assemble import assemble, row_of, unit_ids
from radln.study.core import Study, Taken
from radln.study.intake import names_in
from radln.study.new_rows import Notes, refuse_other_measurement, say_doubts, taken
from radln.study.output import manifest_hash
from radln.study.predict import Rows, settings_for, specs_in, told
from radln.study.progress import Progress, silent

NO_OUTCOME = "no outcome"


@dataclass(frozen=True, eq=False)
class Centre:
    """Another centre's units with what a bundle's models say of them.

    Parameters
    ----------
    settings
        Its own, with the bundle's way of measuring.
    asked
        The models that were asked; ``models`` are these and those whose scores they take.
    frame
        The columns of the bundle, one row a unit; ``cohort`` has the outcome, patients and reads.
    said
        One row a unit: every model's probability and call, ``reason`` and ``notes``.
    left_out
        Rows and units without a prediction by some model, with the reason.
    doubts
        What is said of every unit.
    manifest
        One hash of all rows and files.
    """

    settings: Settings
    asked: tuple[FittedModel, ...]
    models: tuple[FittedModel, ...]
    frame: pd.DataFrame
    cohort: Cohort
    said: pd.DataFrame
    left_out: pd.DataFrame
    doubts: Notes
    taken: Taken
    manifest: str
    notes: tuple[str, ...]


def centre_of(
    study: Study,
    bundle: Bundle,
    names: Sequence[str],
    *,
    jobs: int = 1,
    progress: Progress = silent,
) -> Centre:
    """The rows of another centre's study, predicted with a locked bundle.

    Parameters
    ----------
    names
        The models that are asked; all where there is none.

    Raises
    ------
    InputError
        The study has several classes or another outcome or unit, or lacks what the models need.
    LeakageError
        The bundle was changed on these cases.
    """
    settings = study.settings
    notes = list(_outcome_words(settings, bundle))
    models = bundle.only(names or bundle.names)
    needed = {column for model in models for column in model.columns}
    columns = [column for column in bundle.content.columns if column.name in needed]
    features = [column for column in columns if column.written is None]
    settings = _as_measured(settings, bundle, features)
    got = Study(settings, cache=study.cache).take(jobs=jobs, progress=progress)
    manifest = manifest_hash(got.intake, [look.files for look in got.looks])
    if manifest in bundle.content.changed_on:
        raise LeakageError(
            "the bundle was changed on these very cases (radln recalibrate), on which it looks "
            "better than it is. Name a study of other patients; or the bundle that it was made of."
        )
    table = got.extraction.table
    rows, beside, known = _side_by_side(settings, got, table)
    unit = unit_ids(rows, settings)
    _refuse_other_unit(rows, settings, bundle)
    by_row = Notes(len(rows))
    what = f"table {settings.data.table.name}"
    parts = [taken([c for c in columns if c.written is not None], beside, by_row, what)]
    if features:
        notes += _units_told(bundle, features, settings, table)
        source = settings.data.features
        called = "the features" if source is None else f"features {source.name}"
        parts.append(taken(features, known, by_row, called))
    frame, differing = average_views(pd.concat(parts, axis=1), unit)
    cohort = assemble(settings, got.intake, table)
    by_unit = by_row.joined(pd.factorize(unit)[0])
    say_doubts(columns, frame, by_unit)
    asked = tuple(m for m in models if not names or m.source in names)
    none = pd.Series(None, index=frame.index, dtype=object)
    said = told(models, asked, Rows(frame, none, by_unit)).table
    said = said.rename(columns={"case_id": "unit_id"})
    _refuse_nothing(said, asked)
    return Centre(
        settings=settings,
        asked=asked,
        models=models,
        frame=frame,
        cohort=cohort,
        said=said,
        left_out=_left_out(settings, got, said, asked),
        doubts=by_unit,
        taken=got,
        manifest=manifest,
        notes=(*notes, *differing, *got.intake.notes),
    )


def _outcome_words(settings: Settings, bundle: Bundle) -> Sequence[str]:
    """What must be said of the outcome; InputError where it is another one."""
    data, outcome = settings.data, bundle.content.outcome
    if data.classes:
        raise InputError(
            f"the study has several classes (data.classes: {', '.join(data.classes)}), and the "
            f"bundle predicts {outcome.positive} against {outcome.negative}. Write `classes: []` "
            "and the positive class (data.positive) in study.yaml."
        )
    if spelled(str(data.positive)) == spelled(outcome.positive):
        return ()
    if spelled(str(data.positive)) == spelled(outcome.negative):
        raise InputError(
            f"data.positive is {data.positive!r}, which is the bundle's negative class: it gives "
            f"the probability of {outcome.positive}. Write `positive:` as that class is called "
            "here, under data in study.yaml."
        )
    return (
        f"The bundle gives the probability of {outcome.positive} (against {outcome.negative}); "
        f"here {data.positive} counts as that. Make sure that both are the same finding.",
    )


def _as_measured(settings: Settings, bundle: Bundle, features: Sequence[Column]) -> Settings:
    """The study's settings, measured as the bundle's study was, and with no columns of its own."""
    data = settings.data
    update: dict[str, Any] = {"clinical": ()}
    measured = settings.features.model_copy(update={"deep": None})
    if not features:
        update |= {"images": None, "masks": None, "features": None}
    elif data.images is not None:
        if bundle.content.measurement.source != "images":
            raise InputError(
                "the bundle's features come from a file, and the study has images (data.images): "
                "radln cannot measure what others measured. Write `images: null`, `masks: null` "
                "and `features:` with such a file under data in study.yaml, or ask a model of "
                "clinical columns alone (--model)."
            )
        measured = settings_for(bundle, features)
    elif data.features is None:
        raise InputError(
            f"the models need {len(features)} feature(s), such as {features[0].name}, and the "
            "study has neither images nor features (data.images, data.features). Add them to "
            "study.yaml, or ask a model of clinical columns alone (--model)."
        )
    return settings.model_copy(
        update={
            "data": data.model_copy(update=update),
            "features": measured,
            "design": DesignSettings(),
        }
    )


def _side_by_side(
    settings: Settings, got: Taken, table: FeatureTable
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Of every measured row what the study knows, its cells as they are written, its features."""
    values = table.values[(table.status["status"] != FAILED).to_numpy()]
    listed = got.intake.rows.index
    own = [row_of(str(case), listed) for case in values.index]
    written = _written_table(settings)
    return (
        got.intake.rows.loc[own].set_axis(values.index),
        written.loc[own].set_axis(values.index),
        values,
    )


def _written_table(settings: Settings) -> pd.DataFrame:
    """The study's table with its cells as they are written, by case."""
    data = settings.data
    table = open_table(
        data.table, text=names_in(data), sheet=data.sheet, header_row=data.header_row
    ).frame
    return table.set_axis(stable_strings(table[data.case]))


def _refuse_other_unit(rows: pd.DataFrame, settings: Settings, bundle: Bundle) -> None:
    """Raise InputError where several rows of a patient are judged otherwise than in the bundle."""
    theirs, ours = bundle.content.outcome.unit, settings.data.unit
    named = f", with the column that names the {theirs}" if theirs in ("node", "level") else ""
    if theirs != ours and rows["patient_id"].duplicated().any():
        raise InputError(
            f"the bundle's study judged by {theirs}, and this one judges by {ours} (data.unit) "
            f"with several rows of a patient: the numbers would not be of the same thing. Write "
            f"`unit: {theirs}` under data in study.yaml{named}."
        )


def _units_told(
    bundle: Bundle, features: Sequence[Column], settings: Settings, table: FeatureTable
) -> list[str]:
    """What must be said of lengths that tell no unit; InputError where they are in another one."""
    path = settings.data.features
    own = {spec.name: asdict(spec) for spec in table.specs}
    specs = own if path is None else specs_in(path)
    measured = bundle.content.measurement
    if refuse_other_measurement(measured, features, list(map(str, table.values)), specs):
        return []
    return [
        f"The features do not say whether lengths are in mm or px; the bundle's are in "
        f"{measured.length_unit}. Look at the notes on values outside training."
    ]


def _refuse_nothing(said: pd.DataFrame, asked: Sequence[FittedModel]) -> None:
    for model in asked:
        if said[model.source].isna().all():
            raise InputError(
                f"no case has a probability of {model.source}: {said['reason'].iloc[0]}. Fill "
                "these columns in, or leave that model out (--model)."
            )


def _left_out(
    settings: Settings, got: Taken, said: pd.DataFrame, asked: Sequence[FittedModel]
) -> pd.DataFrame:
    """Every row or unit without a prediction by some model, with the reason."""
    intake, status = got.intake, got.extraction.table.status
    failed = status[status["status"] == FAILED]
    rows = [(str(case), "row", str(why)) for case, why in failed["message"].items()]
    known = {*map(str, intake.rows.index), *(case for case, _, _ in intake.lost)}
    every = map(str, _written_table(settings).index)
    rows = [(case, "row", NO_OUTCOME) for case in every if case not in known] + rows
    lacking = said[said["reason"] != ""]
    rows += [(str(r.unit_id), settings.data.unit, str(r.reason)) for r in lacking.itertuples()]
    return pd.DataFrame(rows, columns=["case_or_unit", "what", "reason"])
