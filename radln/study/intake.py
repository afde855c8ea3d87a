"""The table's rows matched with their images and masks: what there is, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed

from radln.cohort.flow import Flow
from radln.errors import InputError, RadlnError, UnreadableFileError
from radln.features.extract import CaseSource
from radln.io.images import IMAGE_SUFFIXES, is_image, read_mask
from radln.io.tables import read_table, require_columns, stable_strings
from radln.settings import DataSettings


@dataclass(frozen=True, eq=False)
class Intake:
    """Rows ready to be measured.

    ``rows`` is indexed by ``case_id`` with ``patient_id``, ``y_true``, ``unit_id``, ``site`` and
    the clinical and reader columns; ``sources`` are the cases in the same order; ``lost`` are the
    rows that have no usable image or mask, as (case_id, error_code, message).
    """

    rows: pd.DataFrame
    sources: tuple[CaseSource, ...]
    lost: tuple[tuple[str, str, str], ...]
    flow: Flow


def read_rows(data: DataSettings) -> pd.DataFrame:
    """The study's table with ``case_id``, ``patient_id`` and ``y_true`` (NaN = no outcome) added.

    Raises
    ------
    InputError
        A missing column (with the nearest name), a case named twice, a case or patient without a
        name, or a positive value that the outcome never takes.
    """
    table = read_table(data.table)
    named = [data.case, data.patient, data.outcome, *data.clinical]
    named += [reader.column for reader in data.readers]
    named += [c for c in (data.node, data.site) if c is not None]
    if isinstance(data.pixel_size_mm, str):
        named.append(data.pixel_size_mm)
    require_columns(table, named, what=f"table {data.table.name}")
    table["case_id"] = stable_strings(table[data.case])
    table["patient_id"] = stable_strings(table[data.patient])
    for column, name in (("case_id", data.case), ("patient_id", data.patient)):
        if table[column].isna().any():
            raise InputError(
                f"column {name!r} is empty in {int(table[column].isna().sum())} row(s); "
                "every row needs a case and a patient."
            )
    twice = table["case_id"][table["case_id"].duplicated()].unique()
    if len(twice):
        raise InputError(
            f"{len(twice)} case id(s) stand in column {data.case!r} more than once, first in row "
            f"{int(table['case_id'].duplicated().argmax()) + 2}; each image needs its own id."
        )
    outcome = stable_strings(table[data.outcome])
    seen = sorted(outcome.dropna().unique())
    if data.positive not in seen:
        raise InputError(
            f"data.positive is {data.positive!r}, but column {data.outcome!r} holds "
            f"{', '.join(repr(v) for v in seen[:6])}; name one of these."
        )
    table["y_true"] = (outcome == data.positive).astype(float).where(outcome.notna())
    for reader in data.readers:
        table[reader.column] = pd.to_numeric(table[reader.column], errors="coerce")
    return table


def take_in(data: DataSettings, *, jobs: int = 1) -> Intake:
    """Match rows with images and masks; several labels in a mask become several nodes.

    Raises
    ------
    InputError
        As :func:`read_rows`, or a path that leaves the folder of images or masks.
    """
    table = read_rows(data)
    flow = Flow().start("rows in the table", **_count(table))
    table = table[table["y_true"].notna()]
    flow = flow.then("with an outcome", "no outcome", **_count(table))
    images, masks = FileIndex(data.images), FileIndex(data.masks)
    found, lost = [], []
    records: list[dict[str, object]] = [
        {str(key): value for key, value in row.items()} for row in table.to_dict("records")
    ]
    for row in records:
        case_id = str(row["case_id"])
        base, _, label = case_id.partition("#")
        try:
            image = images.find(data.image_name.apply(base), "image")
            mask = masks.find(data.mask_name.apply(base), "mask")
        except UnreadableFileError as error:
            lost.append((case_id, error.code, str(error)))
            continue
        found.append((row, image, mask, int(label) if label.isdigit() else None))
    labels = Parallel(n_jobs=jobs)(delayed(mask_labels)(mask) for _, _, mask, _ in found)
    rows, sources = [], []
    for (row, image, mask, label), present in zip(found, labels, strict=True):
        wanted = [label] if label is not None or len(present) < 2 else list(present)
        for one in wanted:
            case_id = str(row["case_id"]) + (f"#{one}" if len(wanted) > 1 else "")
            rows.append({**row, "case_id": case_id})
            sources.append(CaseSource(case_id, image, mask, one, _pixel_size(data, row)))
    cases = pd.DataFrame(rows, columns=table.columns)
    flow = flow.then("with image and mask", "no image or no mask", **_count(cases))
    return Intake(_with_units(cases, data), tuple(sources), tuple(lost), flow)


def _count(table: pd.DataFrame) -> dict[str, int]:
    return {"cases": len(table), "patients": int(table["patient_id"].nunique())}


def mask_labels(path: Path) -> tuple[int, ...]:
    """The labels of a mask; none where it cannot be read (extraction will say why)."""
    try:
        return read_mask(path).present
    except RadlnError:
        return ()


def _pixel_size(data: DataSettings, row: dict[str, object]) -> float | None:
    held = data.pixel_size_mm
    value = row[held] if isinstance(held, str) else held
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    size = float(str(value))
    if not 0 < size < 10:
        raise InputError(f"pixel_size_mm must lie between 0 and 10 mm; got {size:g}.")
    return size


def _with_units(cases: pd.DataFrame, data: DataSettings) -> pd.DataFrame:
    if data.unit == "patient":
        unit = cases["patient_id"]
    elif data.unit == "node" and data.node is not None:
        unit = cases["patient_id"].str.cat(stable_strings(cases[data.node]).fillna("?"), sep="/")
    else:
        unit = cases["case_id"]
    rows = cases.assign(unit_id=unit, site=cases[data.site] if data.site else None)
    return rows.set_index("case_id")


class FileIndex:
    """The images under a folder, found by their path without ending; nothing outside is read."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise UnreadableFileError(
                f"the folder {root.name!r} was not found; correct data.images or data.masks."
            )
        self.root = root.resolve()
        self.by_name: dict[str, list[Path]] = {}
        for path in image_files(self.root):
            self.by_name.setdefault(stem(path.relative_to(self.root).as_posix()), []).append(path)

    def find(self, name: str, what: str) -> Path:
        """The one image of this name.

        Raises
        ------
        InputError
            The name leads out of the folder, through ``..`` or through a link.
        UnreadableFileError
            There is no such file, or more than one.
        """
        if not (self.root / name).resolve().is_relative_to(self.root):
            raise InputError(
                f"the {what} name {Path(name).name!r} leads out of the {what} folder; case ids and "
                "names must stay inside it (no '..', no absolute path)."
            )
        found = self.by_name.get(stem(name)) or self.by_name.get(name)
        if not found:
            raise UnreadableFileError(
                f"no {what} named {Path(name).name} with an ending such as .png or .nii.gz; "
                "add the file, or drop the row."
            )
        if len(found) > 1:
            raise UnreadableFileError(
                f"{len(found)} files are named {Path(name).name}; keep one {what} a case."
            )
        if not found[0].resolve().is_relative_to(self.root):
            raise InputError(
                f"the {what} {found[0].name} is a link that leads out of the {what} folder; "
                "copy the file into the folder."
            )
        return found[0]


def image_files(root: Path) -> Iterator[Path]:
    """Every image file under a folder, sorted, hidden ones left out."""
    for path in sorted(root.rglob("*")):
        if is_image(path) and not path.name.startswith("."):
            yield path


def stem(name: str) -> str:
    """A path without its image ending; only known endings are cut, so that dots may be in names.

    Examples
    --------
    >>> stem("a/case.01.nii.gz"), stem("case.01")
    ('a/case.01', 'case.01')
    """
    lower = name.lower()
    for suffix in sorted(IMAGE_SUFFIXES, key=len, reverse=True):
        if lower.endswith(suffix):
            return name[: -len(suffix)]
    return name


def unit_problems(rows: pd.DataFrame, unit: str) -> None:
    """Raise InputError where one unit (a node, a patient) carries both outcomes."""
    mixed = int((rows.groupby("unit_id")["y_true"].nunique() > 1).sum())
    if mixed:
        remedy = (
            "set data.unit to node or image" if unit == "patient" else "correct the node or outcome"
        )
        raise InputError(
            f"{mixed} {unit}(s) carry both outcomes, but the {unit} is the unit of this study; "
            f"{remedy}."
        )
