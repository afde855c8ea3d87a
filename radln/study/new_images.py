"""The images and masks of new cases, found as ``radln init`` finds those of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radln.data_settings import DataSettings
from radln.io.cases import CaseSource
from radln.io.tables import stable_strings
from radln.study.file_rules import decide_files
from radln.study.files import FileIndex, further_masks
from radln.study.init import decide_pixel_size
from radln.study.intake import (
    file_names,
    pixel_column,
    refuse_own_masks,
    sources_of,
    split_label,
)
from radln.study.request import Request


@dataclass(frozen=True, kw_only=True)
class NewImages:
    """Where images and masks are, and what ``radln init`` would be told of them."""

    images: Path
    masks: Path | None = None
    pixel_size_mm: str | None = None
    image_column: str | None = None
    mask_column: str | None = None
    mask_suffix: str | None = None

    @property
    def text(self) -> tuple[str, ...]:
        """The columns that hold names of files."""
        return tuple(c for c in (self.image_column, self.mask_column) if c is not None)


def sources_in(
    given: NewImages, path: Path, table: pd.DataFrame, case: str
) -> tuple[list[CaseSource], list[tuple[str, str, str]], tuple[str, ...]]:
    """The cases with their files, those that lack one with the reason, and what was decided.

    Raises
    ------
    InputError
        No rule leads from the names of cases to files, or a pixel size is no number of mm.
    """
    request = Request(
        images=given.images,
        masks=given.masks,
        table=path,
        case=case,
        image_column=given.image_column,
        mask_column=given.mask_column,
        mask_suffix=given.mask_suffix,
        accept_partial=True,
    )
    cases = [split_label(name)[0] for name in stable_strings(table[case])]
    files = decide_files(request, cases, table)
    size, said = decide_pixel_size(given.pixel_size_mm, table)
    images, masks = request.folders
    data = DataSettings(
        table=path,
        images=images,
        masks=masks,
        image_name=files.image,
        mask_name=files.mask,
        image_column=given.image_column,
        mask_column=given.mask_column,
        case=case,
        pixel_size_mm=size,
        **_not_known(case),
    )
    rows = table.assign(case_id=stable_strings(table[case]))
    if isinstance(size, str):
        rows[size] = pixel_column(table, size)
    found, known = FileIndex(images, files.image), FileIndex(masks, files.mask)
    more = further_masks(files.mask, found, known, file_names(data, rows, found, known))
    _, sources, lost = sources_of(data, rows, found, known, more)
    refuse_own_masks(sources)
    return sources, lost, (*files.decisions, said)


def _not_known(case: str) -> Mapping[str, str]:
    """What settings of a study need and new cases have not: patients and an outcome."""
    return {"patient": case, "outcome": case, "positive": "not known"}
