"""One case looked at: what is wrong or doubtful with its image and its nodes.

A look is kept under the digest of the case's files and of everything else that it depends on, so
that `run` does not repeat what `check` has seen.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from radln import __version__
from radln._types import BoolArray
from radln.errors import RadlnError
from radln.features.nodes import long_axis
from radln.features.radiomics.settings import RadiomicsSettings
from radln.features.settings import FeatureSettings
from radln.imaging.fingerprint import Fingerprints
from radln.imaging.marks import FRAME, Marks, find_marks
from radln.imaging.quality import covered, filled_bins, touches_border
from radln.imaging.regions import SMALL_NODE, drawing_doubts, fills_box, stray_line
from radln.imaging.volume import Case
from radln.io.cases import CaseSource, KeptCases, Packed, file_digests, read_case
from radln.io.store import opened_store
from radln.study.conditions import CONDITIONS
from radln.study.image_conditions import HALF, MIN_BINS
from radln.study.seen import SEEN, learned_from

VERSION = 7  # raise it when a look finds something else
RECORD = "looks"
BOX = "box_masks"
SECONDS = 10  # after which what was seen is written down


@dataclass(frozen=True)
class Look:
    """What was seen: on what the look depends, as a hash; the conditions that the case meets, as
    (code, detail); the digest of its picture, blank where it cannot be read; its nodes' long axes
    in mm, where the pixel size is known; the digests of its files; the pixel size; the largest grey
    value (0 where there is none above 0); and its slices.
    """

    key: str
    found: tuple[tuple[str, str], ...]
    picture: str
    axes: tuple[float, ...]
    files: tuple[str, ...]
    pixel_mm: float | None = None
    brightest: float = 0.0
    slices: int = 0

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Look:
        """A look that was kept."""
        found = tuple((code, detail) for code, detail in record["found"])
        axes, files = tuple(record["axes"]), tuple(record["files"])
        return cls(**{**record, "found": found, "axes": axes, "files": files})


def look_at_all(
    features: FeatureSettings,
    sources: Sequence[CaseSource],
    kept: KeptCases,
    *,
    cache: Path | None,
    jobs: int,
    progress: Callable[[int, int], None],
) -> list[Look]:
    """A look at every case; what had to be decoded for it is kept for who comes next."""
    looker = _Looker(features.radiomics, learned_from(features), _depends(features))
    store = None if cache is None else opened_store(cache)
    before = (store.get(RECORD) if store is not None else None) or {}
    results = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(looker)(source, before.get(_name(source)), kept.get(source), not kept.full)
        for source in sources
    )
    looks: list[Look] = []
    now: dict[str, Any] = {}
    written = time.monotonic()
    for done, (source, (look, packed)) in enumerate(zip(sources, results, strict=True), 1):
        kept.put(source, packed)
        looks.append(look)
        now[_name(source)] = vars(look)
        last = done == len(sources)
        if store is not None and (last or time.monotonic() - written > SECONDS):
            store.put(RECORD, now if last else {**before, **now})
            written = time.monotonic()
        progress(done, len(sources))
    return looks


def _name(source: CaseSource) -> str:
    """What a case is called where no identifier may stand."""
    return hashlib.sha256(source.case_id.encode()).hexdigest()[:32]


def _depends(features: FeatureSettings) -> str:
    """Everything besides the case on which a look depends."""
    encoder = None if features.deep is None else features.deep.load().digest
    return json.dumps([__version__, VERSION, features.radiomics.model_dump_json(), encoder])


@dataclass(frozen=True)
class _Looker:
    """What is the same for all cases; it travels to the workers."""

    radiomics: RadiomicsSettings
    known: Fingerprints | None
    depends: str

    def __call__(
        self,
        source: CaseSource,
        before: Mapping[str, Any] | None,
        packed: Packed | None,
        keep: bool,
    ) -> tuple[Look, Packed | None]:
        """The look, and the decoded case where it had to be read and is to be kept."""
        files = file_digests(source)
        more = [source.label, source.spacing_mm, source.each_mask]
        key = hashlib.sha256(json.dumps([self.depends, files, more]).encode()).hexdigest()
        if before is not None and before["key"] == key:
            return Look.from_record(before), None
        try:
            cases = read_case(source) if packed is None else packed.cases()
        except RadlnError as error:
            code = error.code if error.code in CONDITIONS else "other_problem"
            return Look(key, ((code, str(error)),), "", (), files), None
        look = self._look(source, cases, key, files)
        return look, Packed.of(cases) if keep and packed is None else None

    def _look(
        self, source: CaseSource, cases: tuple[Case, ...], key: str, files: tuple[str, ...]
    ) -> Look:
        image = cases[0].image
        found = [doubt for case in cases for doubt in _node_doubts(case, self.radiomics)]
        known = self.known
        if known is not None and any(known.hold(image.values, case.region) for case in cases):
            found.append((SEEN, ""))
        axes: list[float] = []
        if image.spacing_mm is None:
            found.append(("no_pixel_size", ""))
        else:
            axes = [long_axis(case.region, image.spacing_mm) for case in cases]
        conflict = image.contradicts(source.spacing_mm)
        if conflict:
            found.append(("pixel_size_conflict", conflict))
        found += [("several_labels", "") for _ in cases[1:]]
        read_as_one = [note for note in cases[0].notes if "read as 1" in note]
        found += [("mask_read_as_one", note) for note in read_as_one[:1]]
        colours = [note for note in image.notes if note.startswith("colours in")]
        found += [("colour_overlay", note) for note in colours[:1]]
        cut = [note for note in cases[0].notes if note.startswith("cut at")]
        found += [("soft_mask", note) for note in cut[:1]]
        pixel = None if image.spacing_mm is None else image.spacing_mm[-1]
        top = max(float(image.values.max()), 0.0)
        slices = image.values.shape[0] if image.values.ndim == 3 else 1
        return Look(key, tuple(found), image.digest, tuple(axes), files, pixel, top, slices)


def _node_doubts(case: Case, radiomics: RadiomicsSettings) -> Iterator[tuple[str, str]]:
    values, region = case.image.values, case.region
    doubts = list(drawing_doubts(region))
    yield from doubts
    yield from _stray_line(region)
    if region.sum() >= SMALL_NODE and fills_box(region):
        yield BOX, ""
    if touches_border(region):
        yield "touches_border", ""
    if region.sum() < SMALL_NODE:
        yield "small_node", ""
    if hidden := covered(values, region):
        yield "covered_node", f"{hidden} of {region.sum()} pixels"
    if region.mean() > HALF and "inverted" not in dict(doubts):
        yield "whole_image", f"{region.mean():.0%}"
    span = float(np.ptp(values[region]))
    unit = float(values.std()) / radiomics.normalize_scale if radiomics.normalize else 1.0
    width = (radiomics.bin_width or 0) * unit or (span / (radiomics.bin_count or MIN_BINS)) or 1.0
    if filled_bins(values, region, width) < MIN_BINS:
        yield "few_grey_levels", ""
    yield from _marks(find_marks(values, region))


def _stray_line(region: BoolArray) -> Iterator[tuple[str, str]]:
    """A slip of the brush in the largest slice, and what it does to the long axis."""
    plane = region if region.ndim == 2 else region[int(region.sum(axis=(1, 2)).argmax())]
    line = stray_line(plane)
    if line is not None:
        longer = long_axis(plane, (1.0, 1.0)) / long_axis(plane & ~line, (1.0, 1.0)) - 1
        yield "stray_line", f"{line.sum()} pixel(s), by which the long axis grows {longer:.0%}"


def _marks(marks: Marks) -> Iterator[tuple[str, str]]:
    """What was drawn into the picture."""
    if marks.calipers:
        yield "caliper_marks", f"{len(marks.calipers)} cross(es)"
    drawn = {"line": marks.lines, "outline": marks.outlines, "arrow": marks.arrows}
    if any(drawn.values()):
        said = [f"{count} {name}(s)" for name, count in drawn.items() if count]
        yield "measurement_lines", ", ".join(said)
    if marks.text:
        yield "burned_in_text", f"{len(marks.text)} line(s)"
    if marks.frame > FRAME:
        yield "black_frame", f"{marks.frame:.0%} of the picture"
