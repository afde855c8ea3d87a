"""The table's rows matched with their images and masks: what there is, and what is missing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unicodedata import category

import pandas as pd

from radln._refusals import Refusals
from radln._shown import ShortRepr
from radln._spelling import one_spelling, spelled
from radln.cohort.flow import Flow
from radln.data_settings import DataSettings, NameRule, PredictorType
from radln.errors import InputError, UnreadableFileError
from radln.features.table import FeatureTable
from radln.io.cases import CaseSource
from radln.io.tables import (
    SourceTable,
    numeric_column,
    open_table,
    require_columns,
    stable_strings,
    with_points,
)
from radln.study.column_notes import column_notes
from radln.study.files import FileIndex, further_masks, stem
from radln.study.measured import for_cases, no_features, read_features
from radln.study.outcome_column import counted, refuse_odd
from radln.study.parts import EXTERNAL
from radln.study.predictor_columns import kind_of, labels_of, order_of, typed
from radln.study.reader_columns import read_classes, read_column

OWN_NAMES = ("case_id", "patient_id", "unit_id", "y_true", "site", EXTERNAL)


@dataclass(frozen=True, eq=False, repr=False)
class Intake(ShortRepr):
    """Rows ready to be measured.

    ``rows`` is the table indexed by ``case_id`` with ``patient_id``, ``y_true`` and ``site`` added;
    ``sources`` are the cases in the same order (a row may name one label of a mask as
    ``case#label``); ``lost`` are the rows without image or mask, as (case_id, code, message);
    ``unlisted`` are the images that no row of the table names, be its outcome known or not, and
    ``unlisted_masks`` the masks in another folder;
    ``outcomes`` are the values of the outcome with their counts, ``types`` what the clinical
    columns were read as, ``notes`` what had to be said of the table itself, ``cuts`` the readers'
    cut-offs on the scale of ``rows``. ``measured`` are the
    features of a study without images, with no column where it has none; ``orders`` the levels of
    ordered clinical columns from low to high.
    """

    rows: pd.DataFrame
    sources: tuple[CaseSource, ...]
    lost: tuple[tuple[str, str, str], ...]
    unlisted: tuple[str, ...]
    flow: Flow
    outcomes: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, PredictorType] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cuts: Mapping[str, float] = field(default_factory=dict)
    measured: FeatureTable | None = None
    unlisted_masks: tuple[str, ...] = ()
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Rows:
    """The study's table and, as of :class:`Intake`, what it was read as."""

    table: pd.DataFrame
    outcomes: Mapping[str, int]
    types: Mapping[str, PredictorType]
    cuts: Mapping[str, float]
    notes: tuple[str, ...]
    orders: Mapping[str, tuple[str, ...]]


def names_in(data: DataSettings) -> tuple[str | None, ...]:
    """The columns that hold names, whose cells are taken as written."""
    readers = [reader.column for reader in data.readers]
    files = (data.image_column, data.mask_column)
    return (data.case, data.patient, data.node, data.level, data.site, *files, *readers)


def read_rows(data: DataSettings) -> Rows:
    """The study's table with ``case_id``, ``patient_id``, ``site`` and ``y_true`` added.

    ``y_true`` is NaN where there is no outcome; reads and pixel sizes are numbers.

    Raises
    ------
    InputError
        A missing column (with the nearest name), one whose name radln gives itself, a patient, site
        or category written in two ways (Yes and yes), a case named twice, a case or patient without
        a name, a read or pixel size that is no number, or a positive value that the outcome never
        takes.
    """
    return rows_of(data, read_source(data))


def read_source(data: DataSettings) -> SourceTable:
    """The study's table as it is written."""
    return open_table(data.table, text=names_in(data), sheet=data.sheet, header_row=data.header_row)


def rows_of(data: DataSettings, source: SourceTable) -> Rows:
    """:func:`read_rows` of a table that was opened."""
    table = source.frame
    named = [data.case, data.patient, data.outcome, *data.clinical_columns]
    named += [reader.column for reader in data.readers]
    optional = (data.node, data.level, data.site, data.image_column, data.mask_column)
    named += [column for column in optional if column is not None]
    if isinstance(data.pixel_size_mm, str):
        named.append(data.pixel_size_mm)
    require_columns(table, named, what=f"table {data.table.name}")
    _refuse_own_names(data)
    refusals = Refusals()
    source = replace(source, notes=(*source.notes, *column_notes(table, data)))
    outcome = stable_strings(table[data.outcome])
    derived: dict[str, Any] = {
        "case_id": stable_strings(table[data.case]),
        "patient_id": stable_strings(table[data.patient]),
        "site": stable_strings(table[data.site]) if data.site is not None else None,
    }
    with refusals.collected():
        refuse_odd(outcome, data.outcome, data.asked)
        derived["y_true"] = outcome
    if isinstance(data.pixel_size_mm, str):
        name = data.pixel_size_mm
        with refusals.collected():
            derived[name] = pixel_column(table, name)
    cuts, types = dict[str, float](), dict[str, PredictorType]()
    orders = dict[str, tuple[str, ...]]()
    for reader in data.readers:
        with refusals.collected():
            if data.classes:
                derived[reader.column] = read_classes(table, reader, data.classes)
                continue
            derived[reader.column], cuts[reader.column] = read_column(table, reader)
    for given in data.clinical:
        with refusals.collected():
            types[given.column] = kind_of(table[given.column], given)
            derived[given.column] = typed(table[given.column], given)
            if types[given.column] == "ordered":
                orders[given.column] = order_of(labels_of(table[given.column], given), given)
    table = table.assign(**derived)
    for refuse in (_refuse_control_signs, _refuse_unnamed, _refuse_twice):
        with refusals.collected():
            refuse(table, data)
    for name, values in _spelled_labels(table, data, outcome):
        with refusals.collected():
            one_spelling(values.dropna(), name=f"column {name!r}", shown=name in _shown(data))
    refusals.raise_all()
    return Rows(table, counted(outcome), types, cuts, source.notes, orders)


def _refuse_own_names(data: DataSettings) -> None:
    """Raise InputError where a column that is carried along has a name that radln gives."""
    carried = [*data.clinical_columns, *(reader.column for reader in data.readers)]
    carried += [c for c in (data.node, data.level, data.pixel_size_mm) if isinstance(c, str)]
    refuse_odd_names(carried)
    clash = [column for column in carried if column in OWN_NAMES]
    if clash:
        raise InputError(
            f"column {clash[0]!r} has a name that radln uses itself; rename it in the table and "
            "in study.yaml."
        )


def refuse_odd_names(columns: Iterable[str]) -> None:
    """Raise InputError where a column has a name that no figure can show."""
    odd = [column for column in columns if "$" in column or not column.isprintable()]
    if odd:
        raise InputError(
            f"column {odd[0]!r} has a sign in its name ($, or one that cannot be printed) that no "
            "figure can show; rename it in the table and in study.yaml."
        )


def _spelled_labels(
    table: pd.DataFrame, data: DataSettings, outcome: pd.Series
) -> Iterator[tuple[str, pd.Series]]:
    """The columns of names and categories, of which each is to be written in one way."""
    yield data.patient, table["patient_id"]
    yield data.outcome, outcome
    if data.site is not None:
        yield data.site, table["site"]
    for name in data.clinical_columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            yield name, table[name]
    for name in filter(None, (data.node, data.level)):
        patients = table["patient_id"].map(spelled, na_action="ignore")
        yield name, patients + "/" + stable_strings(table[name])


def _shown(data: DataSettings) -> set[str | None]:
    """The columns whose values may be named: no patient's."""
    return {data.outcome, data.site, *data.clinical_columns} - {data.patient, data.node, data.level}


def _refuse_unnamed(table: pd.DataFrame, data: DataSettings) -> None:
    """Raise InputError where a case or a patient has no name."""
    for column, name in (("case_id", data.case), ("patient_id", data.patient)):
        refuse_blank(table[column], name)


def refuse_blank(names: pd.Series, column: str) -> None:
    """Raise InputError where a row has no name of its case or patient."""
    blank = names[names.isna()]
    if len(blank):
        raise InputError(
            f"column {column!r} is empty in {len(blank)} row(s), first in row "
            f"{int(blank.index[0]) + 2}; every row needs a case and a patient (of merged cells "
            "only the first one holds the name)."
        )


def _refuse_twice(table: pd.DataFrame, data: DataSettings) -> None:
    """Raise InputError where a case has another one's name."""
    cases = table["case_id"].dropna()
    twice = cases.duplicated()
    if twice.any():
        raise InputError(
            f"{cases[twice].nunique()} case id(s) stand in column {data.case!r} more than once, "
            f"first in row {int(cases.index[twice][0]) + 2}; each image needs its own id."
        )
    labelled = {base for base, label in map(split_label, cases) if label is not None}
    both = labelled & set(cases)
    if both:
        raise InputError(
            f"{len(both)} case(s) stand in column {data.case!r} both whole and with a label (as in "
            "case#1); name the image once for all of its nodes, or every node by its label."
        )


def _refuse_control_signs(table: pd.DataFrame, data: DataSettings) -> None:
    """Raise InputError where a name holds a sign that can neither be printed nor be in a file's."""
    for name in filter(None, (data.case, data.patient, data.node, data.level, data.site)):
        names = stable_strings(table[name]).dropna()
        wrong = names.map(lambda text: any(category(sign) == "Cc" for sign in text)).astype(bool)
        if wrong.any():
            raise InputError(
                f"column {name!r} holds a sign that cannot be printed (such as a zero byte) in row "
                f"{int(wrong[wrong].index[0]) + 2}; write the name again."
            )


def take_in(data: DataSettings) -> Intake:
    """Match rows with images and masks, or with features that were measured elsewhere.

    Raises
    ------
    InputError
        As :func:`read_rows`, or a path that leaves the folder of images or masks.
    UnreadableFileError
        A folder is not there, or no row at all has its files.
    """
    return matched(data, read_rows(data))


def matched(data: DataSettings, rows: Rows) -> Intake:
    """:func:`take_in` of rows that were read."""
    table = rows.table
    flow = Flow().start("rows in the table", **_count(table))
    known = table[table["y_true"].notna()]
    flow = flow.then("with an outcome", "no outcome", **_count(known))
    if data.images is None or data.masks is None:
        return _without_images(data, rows, known, flow)
    images = FileIndex(data.images, data.image_name)
    masks = FileIndex(data.masks, data.mask_name)
    named = file_names(data, table, images, masks)
    more = further_masks(data.mask_name, images, masks, named)
    found, sources, lost = sources_of(data, known, images, masks, more)
    if not sources:
        raise UnreadableFileError(
            f"none of the {len(lost)} rows with an outcome has both an image and a mask; the first "
            f"problem: {lost[0][2]} Check data.images, data.masks and the name rules."
        )
    refuse_own_masks(sources)
    cases = known.iloc[found]
    listed = _listed(named, more, images, masks)
    return Intake(
        cases.set_index("case_id"),
        tuple(sources),
        tuple(lost),
        _unlisted(images, listed),
        flow.then("with image and mask", "no image or no mask", **_count(cases)),
        rows.outcomes,
        rows.types,
        rows.notes,
        rows.cuts,
        unlisted_masks=_unlisted(masks, listed.union(*images.by_name.values())),
        orders=rows.orders,
    )


def sources_of(
    data: DataSettings,
    table: pd.DataFrame,
    images: FileIndex,
    masks: FileIndex,
    more: Mapping[str, Sequence[str]],
) -> tuple[list[int], list[CaseSource], list[tuple[str, str, str]]]:
    """The rows that have their files (by position), these files, and the rows that lack one.

    ``more`` are the further masks of every mask.
    """
    image_names, mask_names = file_names(data, table, images, masks)
    found, sources, lost = list[int](), list[CaseSource](), list[tuple[str, str, str]]()
    for position, (case_id, pixel) in enumerate(
        zip(table["case_id"], _pixel_sizes(data, table), strict=True)
    ):
        label = split_label(str(case_id))[1]
        try:
            image = images.find(image_names[position], "image")
            mask = masks.find(mask_names[position], "mask")
            others = tuple(masks.find(name, "mask") for name in more.get(mask_names[position], ()))
        except UnreadableFileError as error:
            lost.append((str(case_id), error.code, str(error)))
            continue
        found.append(position)
        each = data.several_masks == "nodes" and bool(others)
        sources.append(CaseSource(str(case_id), image, mask, label, pixel, others, each))
    return found, sources, lost


def _without_images(data: DataSettings, rows: Rows, known: pd.DataFrame, flow: Flow) -> Intake:
    """The rows with their features from a file, where there is one."""
    cases = known.set_index("case_id")
    if data.features is None:
        measured = no_features(cases.index)
        found = (rows.outcomes, rows.types, rows.notes, rows.cuts)
        return Intake(cases, (), (), (), flow, *found, measured, orders=rows.orders)
    every, said = read_features(data.features, data)
    measured = for_cases(every, cases.index, data.features.name)
    have = {split_label(case)[0] for case in measured.values.index} | set(measured.values.index)
    held = cases[cases.index.isin(list(have))]
    missing = cases.index.difference(held.index, sort=False)
    message = f"no row in {data.features.name}; add it, or drop the case."
    listed = set(rows.table["case_id"])
    others = [c for c in every.values.index if c not in listed and split_label(c)[0] not in listed]
    return Intake(
        held,
        (),
        tuple((str(case), "no_features", message) for case in missing),
        tuple(others),
        flow.then("with features", "no features", **_count(held)),
        rows.outcomes,
        rows.types,
        (*rows.notes, *said),
        rows.cuts,
        measured,
        orders=rows.orders,
    )


def file_names(
    data: DataSettings, table: pd.DataFrame, images: FileIndex, masks: FileIndex
) -> tuple[list[str], list[str]]:
    """The image's and the mask's name of every row, by column or by rule; blank where none."""
    cases = [split_label(str(case))[0] for case in table["case_id"]]

    def names(column: str | None, rule: NameRule, index: FileIndex) -> list[str]:
        if column is None:
            return [rule.apply(case) for case in cases]
        return [index.from_here(str(name)) for name in table[column].fillna("")]

    return (
        names(data.image_column, data.image_name, images),
        names(data.mask_column, data.mask_name, masks),
    )


def refuse_own_masks(sources: list[CaseSource]) -> None:
    """Raise InputError where an image stands for its own mask, or for that of another case."""
    images = {os.path.realpath(source.image) for source in sources}
    wrong = sum(
        any(os.path.realpath(path) in images for path in (source.mask, *source.more_masks))
        for source in sources
    )
    if wrong:
        raise InputError(
            f"the mask of {wrong} case(s) is an image of the study; a picture cannot be a mask. "
            "Correct data.masks and data.mask_name (on the command line: --mask-suffix or "
            "--mask-column), or the column that names the masks."
        )


def _listed(
    named: tuple[list[str], list[str]],
    more: Mapping[str, Sequence[str]],
    images: FileIndex,
    masks: FileIndex,
) -> set[Path]:
    """The files that belong to a row."""

    def files(index: FileIndex, names: Iterable[str]) -> set[Path]:
        return {path for name in names for path in index.by_name.get(stem(name), ())}

    listed = files(images, named[0]) | files(masks, named[1])
    return listed | {path for names in more.values() for path in files(masks, names)}


def _unlisted(index: FileIndex, listed: set[Path]) -> tuple[str, ...]:
    """Names of the files that belong to no row."""
    return tuple(name for name, paths in index.by_name.items() if not set(paths) <= listed)


def split_label(case_id: str) -> tuple[str, int | None]:
    """The image that a row names, and the label of its mask where the id ends in one.

    Examples
    --------
    >>> split_label("case7#2"), split_label("ward#b7")
    (('case7', 2), ('ward#b7', None))
    """
    base, mark, label = case_id.rpartition("#")
    return (base, int(label)) if mark and label.isdecimal() else (case_id, None)


def _count(table: pd.DataFrame) -> dict[str, int]:
    return {"cases": len(table), "patients": int(table["patient_id"].nunique())}


def pixel_column(table: pd.DataFrame, name: str) -> pd.Series:
    """A column of pixel sizes as numbers; decimal commas where the whole column has them."""
    given = with_points(table[name], f"column {name!r}")
    return numeric_column(given.to_frame(name), name, what="the pixel size")


def _pixel_sizes(data: DataSettings, table: pd.DataFrame) -> list[float | None]:
    """The pixel size of every row in mm, or None where it is not known."""
    held = data.pixel_size_mm
    given = table[held] if isinstance(held, str) else pd.Series(held, index=table.index)
    sizes = given.astype(float)
    wrong = sizes.notna() & ~sizes.between(0, 10, inclusive="neither")
    if wrong.any():
        where = f"column {held!r}: " if isinstance(held, str) else ""
        first: Any = wrong.index[wrong][0]
        count = f" in {int(wrong.sum())} row(s), first in row {first + 2}"
        raise InputError(
            f"{where}pixel_size_mm must lie between 0 and 10 mm; got {sizes[wrong].iloc[0]:g}"
            f"{count if where else ''}. If these are pixels a mm, give 1 divided by them."
        )
    return [None if pd.isna(size) else float(size) for size in sizes]
