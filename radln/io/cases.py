"""A case's files in: every one is decoded once, and what came out is kept while there is room."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from radln._shown import ShortRepr
from radln._types import BoolArray
from radln.errors import InputError, RadlnError, UnreadableFileError
from radln.imaging.volume import Case, Geometry, ImageVolume, Mask, distinct
from radln.io.images import read_geometry, read_image, read_mask

FEW_VALUES = 3  # of a picture that looks like a mask
ROOM = 1 << 30  # bytes of decoded pictures that are kept


@dataclass(frozen=True)
class CaseSource:
    """Where one case lies.

    ``label`` picks one node of the mask; None takes all of them, and with several each becomes a
    row ``case_id#label``. ``spacing_mm`` is the pixel size for files that do not know it.
    ``more_masks`` are further masks of the image: joined to one region, or with ``each_mask`` each
    a node of its own, numbered from 1.
    """

    case_id: str
    image: Path
    mask: Path
    label: int | None = None
    spacing_mm: float | None = None
    more_masks: tuple[Path, ...] = ()
    each_mask: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        """The image and its masks."""
        return (self.image, self.mask, *self.more_masks)


def read_case(source: CaseSource) -> tuple[Case, ...]:
    """The nodes in one image, read from its files; their notes say what reading decided.

    Raises
    ------
    RadlnError
        A file cannot be read or used; the message says why.
    """
    image = read_image(source.image, spacing_mm=source.spacing_mm)
    conflict = image.contradicts(source.spacing_mm)
    if conflict:
        note = f"the pixel size of the header was used ({conflict})"
        image = replace(image, notes=(*image.notes, note))
    several = bool(source.more_masks)
    label = None if several else source.label
    masks = [_mask(path, image, label) for path in (source.mask, *source.more_masks)]
    if not several:
        return nodes_of(source.case_id, image, masks[0], source.label)
    for path, mask in zip((source.mask, *source.more_masks), masks, strict=True):
        if len(mask.present) > 1:
            raise InputError(
                f"the mask {path.name} holds several labels and is one of several masks of its "
                "image; draw one node a file, or all of them in one file."
            )
    if not source.each_mask:
        return nodes_of(source.case_id, image, _united(image, masks), source.label)
    numbers = range(1, len(masks) + 1) if source.label is None else [source.label]
    if not 1 <= numbers[0] <= len(masks):
        raise InputError(f"there is no mask {source.label}; the image has {len(masks)} masks.")
    own = source.label is not None
    return tuple(
        Case.from_volume(
            source.case_id if own else f"{source.case_id}#{number}", image, masks[number - 1]
        )
        for number in numbers
    )


def _mask(path: Path, image: ImageVolume, label: int | None) -> Mask:
    try:
        return read_mask(path, label=label)
    except UnreadableFileError as error:
        no_mask = error.code in ("not_labels", "no_background")
        if no_mask and distinct(image.compact).size <= FEW_VALUES:
            raise UnreadableFileError(
                f"the mask {path.name} holds a picture, and the image only {FEW_VALUES} values or "
                "fewer, as a mask does: they seem to be exchanged. Put each in its place.",
                code="exchanged",
            ) from error
        raise


def _united(image: ImageVolume, masks: Sequence[Mask]) -> Mask:
    """One mask of everything that is drawn in several."""
    for mask in masks:
        Case.from_volume("", image, mask)  # each has its grid, and none is empty
    labels = np.any([mask.labels > 0 for mask in masks], axis=0).astype(np.int64)
    notes = tuple(dict.fromkeys(note for mask in masks for note in mask.notes))
    return Mask(labels, masks[0].geometry, (*notes, f"{len(masks)} masks joined to one region"))


def nodes_of(case_id: str, image: ImageVolume, mask: Mask, label: int | None) -> tuple[Case, ...]:
    """One case a node: the label that was named, or every label of the mask."""
    if label is not None or len(mask.present) < 2:
        return (Case.from_volume(case_id, image, mask, label),)
    return tuple(Case.from_volume(f"{case_id}#{n}", image, mask, n) for n in mask.present)


def file_digests(source: CaseSource) -> tuple[str, ...]:
    """A hash of each file's bytes; one that cannot be read fails as a case, not here."""
    found = []
    for path in source.files:
        try:
            found.append(_digest(path, _state(path)))
        except OSError:
            found.append("unreadable")
    return tuple(found)


@lru_cache(maxsize=1 << 16)
def _digest(path: Path, state: tuple[int, int] | None) -> str:
    """Of the file in this state, read once a process."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, eq=False, repr=False)
class Packed(ShortRepr):
    """The nodes of one image in little room: grey values in the smallest type that holds them."""

    values: np.ndarray
    geometry: Geometry
    image_notes: tuple[str, ...]
    nodes: tuple[tuple[str, np.ndarray, tuple[str, ...]], ...]

    @classmethod
    def of(cls, cases: Sequence[Case]) -> Packed:
        """Pack what :func:`read_case` gave."""
        image = cases[0].image
        nodes = tuple((case.case_id, np.packbits(case.region), case.notes) for case in cases)
        return cls(image.compact, image.geometry, image.notes, nodes)

    def cases(self) -> tuple[Case, ...]:
        """The same cases again, bit for bit."""
        values = self.values.astype(np.float64)
        image = ImageVolume(values, self.geometry, self.image_notes)
        return tuple(
            Case.single(case_id, image, _unpacked(bits, values.shape), notes)
            for case_id, bits, notes in self.nodes
        )

    @property
    def n_bytes(self) -> int:
        """The room that it takes."""
        return self.values.nbytes + sum(bits.nbytes for _, bits, _ in self.nodes)


def _unpacked(bits: np.ndarray, shape: tuple[int, ...]) -> BoolArray:
    count = int(np.prod(shape))
    return np.unpackbits(bits, count=count).reshape(shape).astype(np.bool_)


class KeptCases:
    """Decoded cases that wait for the next one who needs them, as long as their files stay.

    Parameters
    ----------
    room
        Bytes; cases beyond are decoded again when they are needed.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._kept: dict[tuple[object, ...], Packed] = {}

    @property
    def full(self) -> bool:
        """Whether there is no room for another one."""
        return self._room <= 0

    def get(self, source: CaseSource) -> Packed | None:
        """The case, or None where it must be read."""
        return self._kept.get(_stamp(source))

    def put(self, source: CaseSource, packed: Packed | None) -> None:
        """Keep a case, if there is one and room for it."""
        key = _stamp(source)
        if packed is None or packed.n_bytes > self._room or key in self._kept:
            return
        self._room -= packed.n_bytes
        self._kept[key] = packed

    def known_spacing(self, source: CaseSource) -> bool | None:
        """Whether the pixel size is known, by the header; None where that cannot be read."""
        if source.spacing_mm is not None:
            return True
        packed = self.get(source)
        try:
            geometry = read_geometry(source.image) if packed is None else packed.geometry
        except RadlnError:
            return None
        return geometry.spacing_mm is not None


def _stamp(source: CaseSource) -> tuple[object, ...]:
    """The source and the state of its files."""
    return (source, *(_state(path) for path in source.files))


def _state(path: Path) -> tuple[int, int] | None:
    """When a file was last changed, and its size; None where it cannot be seen."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
