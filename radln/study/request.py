"""What the user of ``radln init`` said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radln.settings import Unit


@dataclass(frozen=True)
class Request:
    """What the user said on the command line."""

    images: Path
    masks: Path
    table: Path
    case: str
    patient: str
    outcome: str
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
    accept_partial: bool = False
    sheet: str | None = None
    header_row: int | None = None
