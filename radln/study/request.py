"""What the user of ``radln init`` said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from radln.data_settings import SeveralMasks, Unit
from radln.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user said on the command line.

    Without a table the names of folders are the outcome; without ``masks`` they lie in the folder
    of images; without images, ``features`` may hold what was measured elsewhere.
    """

    images: Path | None = None
    masks: Path | None = None
    features: Path | None = None
    table: Path | None = None
    case: str = "case"
    patient: str | None = None
    image_is_patient: bool = False
    outcome: str = "folder"
    positive: str | None = None
    negative: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    ordered: bool = False
    blocks: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    node: str | None = None
    level: str | None = None
    site: str | None = None
    clinical: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    design: str = "cross-validation"
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
    def folders(self) -> tuple[Path, Path]:
        """The folders of images and of masks.

        Raises
        ------
        InputError
            The study has no images.
        """
        if self.images is None:
            raise InputError("without --images there are no files to look for.")
        return self.images, self.masks or self.images

    @property
    def patient_column(self) -> str:
        """The column of patients; of cases where each image counts as one."""
        return self.case if self.patient is None else self.patient

    def refuse_contradictions(self) -> None:
        """Raise InputError where two options do not go together, or one is missing."""
        _refuse_two_outcomes(self)
        _refuse_unknown_patients(self)
        _refuse_what_needs_images(self)
        _refuse_columns_without_table(self)


def _refuse_two_outcomes(request: Request) -> None:
    """Raise InputError where the outcome is said to have two values and several classes."""
    if request.classes and (request.positive or request.negative):
        raise InputError(
            "--classes names three or more classes, --positive (and --negative) the two sides of "
            "one; leave one out."
        )
    if request.ordered and not request.classes:
        raise InputError("--ordered says that classes are grades; name them with --classes.")
    if request.order and request.classes:
        raise InputError("--order is of reads on a scale; readers who call classes have none.")


def _refuse_unknown_patients(request: Request) -> None:
    """Raise InputError where nobody said which images show the same patient."""
    if request.image_is_patient and request.patient is not None:
        raise InputError(
            f"--patient {request.patient} names the patients, and --image-is-patient says that "
            "nobody knows them; leave one out."
        )
    if request.patient is None and not request.image_is_patient:
        raise InputError(
            "nobody said which images show the same patient: images of one patient on both sides "
            "of a split make every result too good. Name the column of patients (--patient, in a "
            "--table); or, if each image is known to be of another patient, say "
            "--image-is-patient, and every page of the report will say so."
        )


def _refuse_columns_without_table(request: Request) -> None:
    """Raise InputError where a column is named, and there is no table."""
    if request.table is not None:
        return
    columns = {
        "--patient": request.patient,
        "--node": request.node,
        "--level": request.level,
        "--site": request.site,
        "--clinical": request.clinical,
        "--reader": request.readers,
        "--image-column": request.image_column,
        "--mask-column": request.mask_column,
        "--sheet": request.sheet,
        "--header-row": request.header_row,
    }
    for option in _given(columns):
        raise InputError(f"{option} speaks of a table; give it with --table.")


def _refuse_what_needs_images(request: Request) -> None:
    """Raise InputError where nothing is left to learn from, or an option needs images."""
    if request.images is not None:
        if request.features is not None:
            raise InputError("--features takes the place of --images and --masks; leave one out.")
        return
    options = {
        "--masks": request.masks,
        "--image-column": request.image_column,
        "--mask-column": request.mask_column,
        "--mask-suffix": request.mask_suffix,
        "--pixel-size-mm": request.pixel_size_mm,
    }
    for option in _given(options):
        raise InputError(f"{option} needs --images.")
    if request.features is None and not request.clinical:
        raise InputError(
            "without --images and --features there is nothing to learn from; name clinical columns "
            "(--clinical)."
        )


def _given(options: Mapping[str, object]) -> list[str]:
    return [option for option, given in options.items() if given]
