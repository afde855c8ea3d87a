"""A first study.yaml from a table and two folders, with every decision said aloud."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from radln._refusals import Refusals
from radln._types import BoolArray, IntArray
from radln.cohort.core import perfect_predictors
from radln.data_settings import (
    ClinicalSettings,
    DataSettings,
    ReaderSettings,
    ScoreSettings,
    Unit,
)
from radln.design_settings import DesignSettings
from radln.errors import InputError
from radln.evaluation.average_reader import FEW
from radln.evaluation.settings import EvaluationSettings
from radln.features.settings import FeatureSettings
from radln.io.atomic import write_text
from radln.io.tables import SourceTable, open_table, require_columns, stable_strings, write_csv
from radln.io.yaml import dump_commented
from radln.outcome import Classes
from radln.settings import ALL_KEYS, EVERYDAY, Settings
from radln.study.class_folders import table_from_folders
from radln.study.decided_outcome import decide_outcome
from radln.study.file_rules import decide_files
from radln.study.intake import pixel_column, refuse_blank, refuse_odd_names, split_label
from radln.study.measured import for_cases, read_features
from radln.study.model_list import listed_models, with_models
from radln.study.parts import marked_rows, parse_design, refuse_sites, with_all_values
from radln.study.predictor_columns import seen_type, typed
from radln.study.published import parse_score, score_of
from radln.study.reader_columns import read_column
from radln.study.request import Request
from radln.study.subgroups import group_of, parse_subgroup

CASES = "cases.csv"  # the table that is made from folder names


@dataclass(frozen=True)
class Proposal:
    """The settings that follow, what was decided on the way, as sentences, and the table of cases
    where it was made from folder names.
    """

    settings: Settings
    decisions: tuple[str, ...]
    table: pd.DataFrame | None = None


def propose(
    request: Request, *, name: str, folder: Path = Path(), simulated: bool = False
) -> Proposal:
    """Settings from a table and folders, or from folders alone; what cannot be decided is asked.

    ``folder`` is where study.yaml will lie.

    Raises
    ------
    InputError
        A column is missing, the positive class is not plain, or no rule matches names to files.
    """
    request.refuse_contradictions()
    readers = _readers(request)
    source = _source(request, readers)
    table, decisions = source.frame, list(source.notes)
    outcome, refusals = stable_strings(table[request.outcome]), Refusals()
    with refusals.collected():
        refuse_odd_names([*request.clinical, *(reader.column for reader in readers)])
    for column in (request.case, request.patient_column):
        with refusals.collected():
            refuse_blank(stable_strings(table[column]), column)
    values, suspicious = dict[str, Any](), list[str]()
    with refusals.collected():
        values, said = decide_outcome(outcome, request)
        decisions.append(said)
        suspicious = _leaking(table, request, outcome, values)
    unit, said = decide_unit(table, request, outcome)
    decisions.append(said)
    placed, said_of_files = _files(request, table, refusals)
    decisions += said_of_files
    if suspicious:
        decisions.append(
            f"left out: {', '.join(suspicious)} tell(s) the outcome (almost) without error; never "
            "use such a column as a predictor."
        )
    clinical = _clinical(request, table, suspicious, refusals)
    graded = [] if request.classes else _graded(table, readers, refusals)
    design = _design(request, table, readers, refusals)
    scores = _scores(request, table, refusals)
    _refuse_odd_subgroups(request, table, refusals)
    refusals.raise_all()
    with _in_words():
        settings = Settings(
            name=name,
            simulated=simulated,
            data=DataSettings(
                table=request.table or folder / CASES,
                sheet=request.sheet,
                header_row=request.header_row,
                case=request.case,
                patient=request.patient_column,
                image_is_patient=request.image_is_patient,
                node=request.node,
                level=request.level,
                outcome=request.outcome,
                **values,
                unit=unit,
                site=request.site,
                clinical=clinical,
                readers=readers,
                scores=scores,
                blocks=_blocks(request, clinical),
                **placed,
            ),
            design=design,
            **_asked_of(request),
        )
    measured = None
    if settings.data.features is not None:
        measured, said_of_features = read_features(settings.data.features, settings.data)
        cases = pd.Index(stable_strings(table[request.case]).dropna())
        for_cases(measured, cases, settings.data.features.name)
        decisions += said_of_features
    settings = with_models(settings, listed_models(settings, measured), graded=graded)
    decisions += _said_of_models(settings)
    return Proposal(settings, tuple(decisions), table if request.table is None else None)


@contextmanager
def _in_words() -> Iterator[None]:
    """What settings refuse, in the words of the refusal alone."""
    try:
        yield
    except ValidationError as error:
        what = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError(f"{what[:1].upper()}{what[1:]}.") from error


def _clinical(
    request: Request, table: pd.DataFrame, suspicious: Sequence[str], refusals: Refusals
) -> tuple[ClinicalSettings, ...]:
    """The clinical columns with the types that they seem to have; what is wrong is collected."""
    clinical = tuple(
        ClinicalSettings(column=column, type=seen_type(table[column]))
        for column in request.clinical
        if column not in suspicious
    )
    for given in clinical:
        with refusals.collected():
            typed(table[given.column], given)
    return clinical


def _refuse_odd_subgroups(request: Request, table: pd.DataFrame, refusals: Refusals) -> None:
    """Collect what is wrong with subgroups of columns of the table."""
    for text in request.subgroups:
        with refusals.collected():
            given = parse_subgroup(text)
            if given.column in table.columns:
                group_of(given, table[given.column])


def _readers(request: Request) -> tuple[ReaderSettings, ...]:
    """The readers with their cuts; of classes without."""
    if not request.classes:
        return tuple(parse_reader(text, request.order) for text in request.readers)
    return tuple(ReaderSettings(column=text.strip()) for text in request.readers)


def _files(
    request: Request, table: pd.DataFrame, refusals: Refusals
) -> tuple[dict[str, Any], list[str]]:
    """Where images, masks or features lie, as settings, and what was decided."""
    if request.images is None:
        if request.features is None:
            return {}, ["images: none; the study rests on clinical columns and reads."]
        return {"features": request.features}, [
            f"features: measured elsewhere, in {request.features.name}; no image is looked at."
        ]
    cases = [split_label(case)[0] for case in stable_strings(table[request.case]).dropna()]
    images, masks = request.folders
    placed: dict[str, Any] = {
        "images": images,
        "masks": masks,
        "image_column": request.image_column,
        "mask_column": request.mask_column,
        "several_masks": request.several_masks,
    }
    decisions: list[str] = []
    with refusals.collected():
        files = decide_files(request, cases, table)
        placed |= {"image_name": files.image, "mask_name": files.mask}
        decisions += files.decisions
    with refusals.collected():
        placed["pixel_size_mm"], said = decide_pixel_size(request.pixel_size_mm, table)
        decisions.append(said)
    return placed, decisions


def _graded(
    table: pd.DataFrame, readers: Sequence[ReaderSettings], refusals: Refusals
) -> list[str]:
    """The readers whose reads have more than two values; what is wrong with them is collected."""
    graded = list[str]()
    for reader in readers:
        with refusals.collected():
            if read_column(table, reader)[0].nunique() > FEW:
                graded.append(reader.column)
    return graded


def _design(
    request: Request, table: pd.DataFrame, readers: Sequence[ReaderSettings], refusals: Refusals
) -> DesignSettings:
    """The design with all values of its column; what is wrong with that is collected."""
    design = with_all_values(parse_design(request.design), table)
    _refuse_incomplete(request, design)
    if design.external is not None:
        _opened(request, design.external.table, readers)  # refused here already
        return design
    with refusals.collected():
        patients = stable_strings(table[request.patient_column])
        rows = table.assign(patient_id=patients).set_index(stable_strings(table[request.case]))
        if request.site is not None:
            rows["site"] = stable_strings(rows[request.site]).to_numpy()
        marked_rows(design, rows)
        refuse_sites(design, rows)
    return design


def _refuse_incomplete(request: Request, design: DesignSettings) -> None:
    """Raise InputError where the command lacks what the design needs."""
    if design.name == "leave-site-out" and request.site is None:
        raise InputError(
            "--design leave-site-out needs --site, the column of the hospital or device."
        )
    if design.external is None:
        return
    for name in ("images", "features"):
        if (getattr(request, name) is None) != (getattr(design.external, name) is None):
            raise InputError(
                f"--{name} and the {name} of --design external go together; write "
                "external:TABLE,IMAGES,MASKS beside --images, external:TABLE,FEATURES beside "
                "--features, and external:TABLE where there is neither."
            )


def _scores(request: Request, table: pd.DataFrame, refusals: Refusals) -> tuple[ScoreSettings, ...]:
    """The published scores; what is wrong with them is collected."""
    found = list[ScoreSettings]()
    for texts, probability in ((request.scores, False), (request.risks, True)):
        for text in texts:
            with refusals.collected():
                given = parse_score(text, probability=probability)
                score_of(given, table)
                found.append(given)
    return tuple(found)


def _blocks(request: Request, clinical: Sequence[ClinicalSettings]) -> dict[str, tuple[str, ...]]:
    """Blocks of clinical columns by their names; columns that were left out are in none."""
    kept = {given.column for given in clinical}
    found: dict[str, tuple[str, ...]] = {}
    for text in request.blocks:
        name, _, columns = text.partition("=")
        named = [column.strip() for column in columns.split(",") if column.strip()]
        lacking = [column for column in named if column not in request.clinical]
        if lacking or not named:
            raise InputError(
                f"--block {text!r}: write NAME=COLUMN,COLUMN with columns that --clinical names"
                + (f"; {lacking[0]!r} is none." if lacking else ".")
            )
        found[name.strip()] = tuple(column for column in named if column in kept)
    return {name: columns for name, columns in found.items() if columns}


def _asked_of(request: Request) -> dict[str, Any]:
    """What is judged; a study without images leaves out deep features, and the ladder of blocks."""
    subgroups = tuple(map(parse_subgroup, request.subgroups))
    own = [text.partition("=")[0].strip() for text in request.blocks]
    usual = () if request.images is None else ("size", "shape")
    last = ("clinical",) if request.images is None else ("clinical", "radiomics", "combined")
    steps = tuple(f"{block}_logistic" for block in (*usual, *own, *last)) if own else None
    if request.images is not None:
        ladder = {} if steps is None else {"ladder": steps}
        return {"evaluation": EvaluationSettings(subgroups=subgroups, **ladder)}
    evaluation = EvaluationSettings(ladder=steps or (), subgroups=subgroups)
    return {"features": FeatureSettings(deep=None), "evaluation": evaluation}


def _said_of_models(settings: Settings) -> list[str]:
    primary, clinical = settings.evaluation.primary, settings.data.clinical
    typed_so = ", ".join(f"{given.column} ({given.type})" for given in clinical)
    deep = settings.features.deep is not None
    parts = [f"design: {settings.design.name}; tested: {settings.design.how}."]
    return [
        *parts * (settings.design.name != "cross-validation"),
        *["deep features: by radln's own encoder (features.deep: null leaves them out)."] * deep,
        f"primary comparison: {primary.full} against {primary.simple}, "
        f"margin {primary.margin:g} AUC.",
        f"clinical predictors: {typed_so or 'none (add with --clinical)'}.",
        f"models: {', '.join(settings.models.fitted or ())}.",
    ]


def _source(request: Request, readers: Sequence[ReaderSettings]) -> SourceTable:
    """The table that was named, or one of the folders."""
    if request.table is not None:
        return _opened(request, request.table, readers)
    table, said = table_from_folders(request)
    return SourceTable(table, (said,))


def _opened(request: Request, path: Path, readers: Sequence[ReaderSettings]) -> SourceTable:
    """The table, with every column that was named."""
    names = (
        request.case,
        request.patient_column,
        request.node,
        request.level,
        request.site,
        request.image_column,
        request.mask_column,
    )
    columns = [reader.column for reader in readers]
    source = open_table(
        path,
        text=(*names, *columns),
        sheet=request.sheet,
        header_row=request.header_row,
    )
    named = [*names, request.outcome, *request.clinical, *columns]
    require_columns(source.frame, [name for name in named if name], what=f"table {path.name}")
    return source


def write_study(path: Path, settings: Settings, table: pd.DataFrame | None = None) -> None:
    """study.yaml with the settings that most users touch, commented; paths relative to it where
    they can be.

    ``table`` is written where the settings say that it lies.
    """
    if table is not None:
        write_csv(settings.data.table, table)
    root = path.resolve().parent
    relative = settings.with_paths(lambda held: Path(os.path.relpath(held.resolve(), root)))
    write_text(path, f"{ALL_KEYS}\n\n{dump_commented(relative, EVERYDAY)}")


def parse_reader(text: str, order: Sequence[str] = ()) -> ReaderSettings:
    """``"BIRADS:4"``: the column, and the lowest value (or grade) that counts as a positive call.

    Examples
    --------
    >>> parse_reader("BIRADS:4")
    ReaderSettings(column='BIRADS', cut=4.0, order=())
    >>> parse_reader("BIRADS:4b").cut
    '4b'
    """
    column, separator, cut = (part.strip() for part in text.rpartition(":"))
    if not separator or not column or not cut:
        raise InputError(f"--reader {text!r}: write COLUMN:CUT, for example BIRADS:4.")
    try:
        value: float | str = float(cut)
    except ValueError:
        value = cut
    return ReaderSettings(column=column, cut=value, order=tuple(order))


def decide_unit(table: pd.DataFrame, request: Request, outcome: pd.Series) -> tuple[Unit, str]:
    """The level at which the outcome varies, unless the user names one."""
    if request.unit is not None:
        return request.unit, f"unit: {request.unit} (as --unit says)."
    patient = stable_strings(table[request.patient_column]).to_numpy()
    varies = outcome.groupby(patient).nunique().gt(1).any()
    several = pd.Series(patient).value_counts().gt(1).any()
    if request.image_is_patient:
        return "image", "unit: image, and each image counts as a patient of its own."
    if not several:
        return "image", "unit: image (one image a patient)."
    if not varies:
        return (
            "patient",
            "unit: patient (no patient has both outcomes; the images of a patient are averaged).",
        )
    if request.level is not None:
        by_level = outcome.groupby([patient, stable_strings(table[request.level]).to_numpy()])
        if not by_level.nunique().gt(1).any():
            return (
                "level",
                "unit: level (some patients have levels of both outcomes; the images of a level "
                "are averaged).",
            )
    if request.node is not None:
        return "node", "unit: node (some patients have nodes of both outcomes; views are averaged)."
    return (
        "image",
        "unit: image (some patients have both outcomes; name the node with --node if several "
        "images show one node).",
    )


def decide_pixel_size(given: str | None, table: pd.DataFrame) -> tuple[float | str | None, str]:
    """A number in mm, a column, or not known."""
    if given is None:
        return None, (
            "pixel size: not known for plain pictures, so lengths are in pixels (give "
            "--pixel-size-mm)."
        )
    if given in table.columns:
        pixel_column(table, given)  # refused here already, where it holds no numbers
        return given, f"pixel size: column {given}, in mm."
    try:
        return float(given), f"pixel size: {float(given):g} mm."
    except ValueError:
        raise InputError(
            f"--pixel-size-mm {given!r} is neither a number nor a column of the table."
        ) from None


def _leaking(
    table: pd.DataFrame, request: Request, outcome: pd.Series, values: dict[str, Any]
) -> list[str]:
    """Columns beside the outcome that tell it (almost) without error and repeat their values."""
    if request.classes:
        table = table[outcome.notna().to_numpy()]
        known: BoolArray | IntArray = Classes(request.classes).take(outcome.dropna())
    else:
        known = (outcome == values["positive"]).to_numpy(dtype=bool)
    readers = {reader.column for reader in _readers(request)}
    names = (request.case, request.patient_column, request.outcome, request.site, request.level)
    others = [
        c for c in table.columns
        if c not in names
        and c not in readers
        and table[c].nunique() < 0.5 * len(table)
    ]  # fmt: skip
    return perfect_predictors(table[others], known)
