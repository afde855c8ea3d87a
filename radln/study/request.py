"""What the user of ``radln init`` said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radln.settings import SeveralMasks, Unit


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user said on the command line.

    Without a table the names of folders are the outcome; without ``masks`` they lie in the folder
    of images.
    """

    images: Path
    masks: Path | None = None
    table: Path | None = None
    case: str = "case"
    patient: str | None = None
    image_is_patient: bool = False
    outcome: str = "folder"
    positive: str | None = None
    negative: tuple[str, ...] = ()
    node: str | None = None
    site: str | None = None
    clinical: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    pixel_size_mm: str | None = None
    unit: Unit | None = None
    image_column: str | None = None
    mask_column: str | None = None
    mask_suffix: str | None = None
    several_masks: SeveralMasks = "unite"
    accept_partial: bool = False
    sheet: str | None = None
    header_row: int | None = None

    @property
    def mask_root(self) -> Path:
        """The folder of masks."""
        return self.masks or self.images

    @property
    def patient_column(self) -> str:
        """The column of patients; of cases where each image counts as one."""
        return self.case if self.patient is None else self.patient
