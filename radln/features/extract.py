"""Cases to a table of features: in parallel, kept as they finish, resumed after a stop.

A case that fails is a row with its reason; no case disappears. Results do not depend on the number
of workers, nor on what was already in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import radln.features.families as families
from radln._collector import loading
from radln._shown import ShortRepr
from radln._types import ArrayLike
from radln.errors import InputError, RadlnError
from radln.features.compute import NodeFeatures, Plan, node_features
from radln.features.embeddings import DeepFeatures
from radln.features.family import Family, Planned
from radln.features.nodes import LengthUnit
from radln.features.settings import FeatureSettings
from radln.features.table import FeatureSpec, FeatureTable
from radln.imaging.volume import Case, Geometry, ImageVolume, Mask, real_numbers
from radln.io.cases import CaseSource, KeptCases, Packed, nodes_of, read_case
from radln.io.images import luminance, read_image, read_mask
from radln.io.masks import grey_to_labels

IGNORED_MARKS = "marks left out: "  # so begins what is said of it
TIMING_COLUMNS = ("case_id", "family", "seconds", "cached")


@dataclass(frozen=True, eq=False, repr=False)
class Extraction(ShortRepr):
    """The table, how long each family took on each case, and the unit of lengths.

    ``timings`` has the columns case_id, family, seconds, cached.
    """

    table: FeatureTable
    timings: pd.DataFrame
    length_unit: LengthUnit


def extract_cases(
    cases: Sequence[CaseSource],
    settings: FeatureSettings | None = None,
    *,
    jobs: int = 1,
    cache: Path | None = None,
    kept: KeptCases | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Extraction:
    """What are the features of these nodes?

    Parameters
    ----------
    cases
        Unique case ids; the table's rows keep this order.
    jobs
        Worker processes.
    cache
        Folder in which each case's results are kept as they finish; a run that was stopped goes
        on from there, and only what a changed image, mask, pixel size, setting or algorithm
        touches is computed again.
    kept
        Cases that were read already, so that their files are not decoded again.
    progress
        Called with (cases done, cases) as they finish.

    Raises
    ------
    InputError
        No cases, duplicate ids, or a cache folder that cannot be used.
    MissingDependencyError, SettingsError, UnreadableFileError
        The radiomics engine or the encoder is not there; a case's own trouble is a failed row.

    Examples
    --------
    >>> from radln.io.cases import CaseSource
    >>> case = CaseSource("a", Path("no_image.png"), Path("no_mask.png"))
    >>> table = extract_cases([case]).table
    >>> table.status.loc["a", "error_code"]
    'unreadable_file'
    """
    settings = settings or FeatureSettings()
    _check_cases(cases, jobs)
    kept = kept or KeptCases()
    unit = length_unit(cases, settings, kept)
    plan = Plan.build(families.FAMILIES, settings, unit, cache)
    found: list[NodeFeatures] = []
    for done, nodes in enumerate(_run(cases, plan, jobs, kept), start=1):
        found.extend(nodes)
        if progress is not None:
            progress(done, len(cases))
    timings = [(node.row_id, *timing) for node in found for timing in node.timings]
    return Extraction(
        _table(found, plan), pd.DataFrame(timings, columns=list(TIMING_COLUMNS)), unit
    )


def extract_features(
    image: str | Path | ArrayLike,
    mask: str | Path | ArrayLike,
    settings: FeatureSettings | None = None,
    *,
    spacing_mm: float | tuple[float, ...] | None = None,
) -> FeatureTable:
    """What are the features of the nodes in this image?

    Parameters
    ----------
    image
        A file, or an array: grey (y, x) or (z, y, x), or colour with a last axis of 3 or 4 where
        the mask has one axis less.
    mask
        A file, or an array of the image's grid: one non-zero value is one node, several whole
        numbers are several nodes.
    spacing_mm
        Pixel size; of arrays also one number an axis. Without it lengths are in pixels, unless
        the file knows.

    Returns
    -------
    FeatureTable
        One row "node", or with several labels rows "node#1", "node#2", ...; ``status`` carries what
        reading decided. The mask is measured as it is drawn: stray pixels, holes and the like are
        found by the check of a study.

    Raises
    ------
    InputError
        The image or mask cannot be used; a single image raises where a study keeps a failed row.

    Examples
    --------
    >>> y, x = np.mgrid[:50, :60]
    >>> node = np.hypot(y - 25, x - 30) < 12
    >>> table = extract_features(100 + 5 * np.sin(y) - 40 * node, node, spacing_mm=0.1)
    >>> round(float(table.values.loc["node", "node_area_mm2"]), 1)
    4.4
    """
    settings = settings or FeatureSettings()
    return _one_image(image, mask, settings, spacing_mm, families.FAMILIES)


def deep_features(
    image: str | Path | ArrayLike,
    mask: str | Path | ArrayLike,
    settings: DeepFeatures | None = None,
    *,
    spacing_mm: float | tuple[float, ...] | None = None,
) -> FeatureTable:
    """What does the encoder see in and around the nodes in this image?

    Parameters
    ----------
    image, mask, spacing_mm
        As in :func:`extract_features`; colour becomes its luminance.
    settings
        Which encoder, and how its feature map is pooled.

    Returns
    -------
    FeatureTable
        One row "node", or with several labels rows "node#1", "node#2", ...; ``status`` carries a
        message where the crop stood in for a node that is too small, or where the encoder learned
        from this picture.

    Raises
    ------
    InputError
        The image or mask cannot be used.
    SettingsError, UnreadableFileError
        The encoder is not there or cannot be run.

    Examples
    --------
    >>> y, x = np.mgrid[:50, :60]
    >>> node = np.hypot(y - 25, x - 30) < 12
    >>> deep_features(100 + 5 * np.sin(y) - 40 * node, node).values.columns[0]
    'deep_bundled_0000'
    """
    chosen = FeatureSettings(deep=settings or DeepFeatures())
    return _one_image(image, mask, chosen, spacing_mm, [families.DEEP])


def _one_image(
    image: str | Path | ArrayLike,
    mask: str | Path | ArrayLike,
    settings: FeatureSettings,
    spacing_mm: float | tuple[float, ...] | None,
    chosen: Sequence[Family],
) -> FeatureTable:
    labels = read_mask(mask) if isinstance(mask, str | Path) else _array_mask(mask)
    if not isinstance(image, str | Path):
        volume = _array_image(image, labels, spacing_mm)
    elif isinstance(spacing_mm, tuple):
        raise InputError("spacing_mm of a file is one number, the size of its square pixels.")
    else:
        volume = read_image(image, spacing_mm=spacing_mm)
        conflict = volume.contradicts(spacing_mm)
        if conflict:
            raise InputError(
                f"spacing_mm contradicts the image ({conflict}); leave it out, or correct the "
                "header."
            )
    known = volume.spacing_mm is not None and settings.lengths != "px"
    with loading("kernels"), threadpool_limits(limits=1):
        unit: LengthUnit = "mm" if known or settings.lengths == "mm" else "px"
        plan = Plan.build(chosen, settings, unit)
        found = [_measured(case, plan) for case in nodes_of("node", volume, labels, None)]
    for node in found:
        if node.refusal is not None and not node.values:
            raise node.refusal
    return _table(found, plan)


def _check_cases(cases: Sequence[CaseSource], jobs: int) -> None:
    if not cases:
        raise InputError("there are no cases to extract features from.")
    if jobs < 1:
        raise InputError(f"jobs must be at least 1; got {jobs}.")
    ids = pd.Series([case.case_id for case in cases])
    twice = ids[ids.duplicated()].unique()
    if twice.size:
        raise InputError(
            f"{twice.size} case id(s) stand twice in the list, for example "
            f"{', '.join(map(str, twice[:3]))}; give every image its own."
        )


def length_unit(
    cases: Sequence[CaseSource], settings: FeatureSettings, kept: KeptCases | None = None
) -> LengthUnit:
    """mm where every case whose header can be read has a pixel size, else px."""
    if settings.lengths != "auto":
        return settings.lengths
    known = [(kept or KeptCases()).known_spacing(case) for case in cases]
    return "mm" if any(known) and False not in known else "px"


def _run(
    cases: Sequence[CaseSource], plan: Plan, jobs: int, kept: KeptCases
) -> Iterator[list[NodeFeatures]]:
    """Each case's nodes, in the order of the cases."""
    if jobs == 1:
        with threadpool_limits(limits=1):
            for case in cases:
                yield _extract_case(case, plan, kept.get(case))
        return
    from concurrent.futures.process import BrokenProcessPool  # slow to load, for one process

    import joblib

    # Where joblib may start no process, as in a worker of another pool, it works in this one.
    one_each = joblib.parallel_config(backend="loky", inner_max_num_threads=1)
    with one_each, threadpool_limits(limits=1):
        workers = joblib.Parallel(n_jobs=jobs, return_as="generator")
        try:
            yield from workers(
                joblib.delayed(_extract_case)(case, plan, kept.get(case)) for case in cases
            )
        except BrokenProcessPool as error:
            raise RadlnError(
                "a worker process was killed, most often because memory ran out; run again with "
                "fewer jobs (finished cases are kept in the cache)."
            ) from error


def _extract_case(source: CaseSource, plan: Plan, packed: Packed | None) -> list[NodeFeatures]:
    """One case's rows; whatever goes wrong is a row too."""
    try:
        nodes = read_case(source) if packed is None else packed.cases()
    except Exception as error:
        return [_failed(source.case_id, error)]
    rows = []
    for case in nodes:
        try:
            rows.append(_measured(case, plan))
        except Exception as error:
            row = _failed(case.case_id, error)
            row.remarks[:0] = _remarks(case)
            rows.append(row)
    return rows


def _measured(case: Case, plan: Plan) -> NodeFeatures:
    """The case's features, with what reading its files decided and what was repaired."""
    if plan.settings.mask != "none":
        case = _repaired(case, plan.settings.mask)
    if plan.settings.ignore == "marks":
        case = _without_marks(case)
    row = node_features(case, plan)
    row.remarks[:0] = _remarks(case)
    return row


def _repaired(case: Case, how: str) -> Case:
    """The case with its mask repaired, where there is something to repair."""
    from radln.imaging.regions import repaired  # slow to load

    region, repair = repaired(case.region, how)
    if not repair:
        return case
    return Case.single(case.case_id, case.image, region, (*case.notes, repair))


def _without_marks(case: Case) -> Case:
    """The case with the marks on and around its node left out, where there are any."""
    from radln.imaging.marks import find_marks  # slow to load

    pixels = find_marks(case.image.values, case.region).pixels
    count = int((pixels & case.region).sum())
    if not pixels.any():
        return case
    return case.without(pixels, f"{IGNORED_MARKS}{count} pixel(s) of the node")


def _remarks(case: Case) -> list[str]:
    """What reading decided, save that 255 was read as 1."""
    return [note for note in case.notes if not note.endswith("read as 1")]


def _failed(row_id: str, error: Exception) -> NodeFeatures:
    if isinstance(error, RadlnError):
        return NodeFeatures(row_id, error_code=error.code, remarks=[str(error)])
    return NodeFeatures(
        row_id, error_code="unexpected", remarks=[f"{type(error).__name__}: {error}"]
    )


def _array_mask(mask: ArrayLike) -> Mask:
    labels, notes = grey_to_labels(real_numbers(mask, "mask"), "array")
    return Mask(labels, Geometry(labels.shape), notes)


def _array_image(
    image: ArrayLike, mask: Mask, spacing_mm: float | tuple[float, ...] | None
) -> ImageVolume:
    values = real_numbers(image, "image")
    notes: tuple[str, ...] = ()
    if values.ndim == mask.labels.ndim + 1 and values.shape[-1] in (3, 4):
        values, notes = luminance(values)
    if spacing_mm is not None and not isinstance(spacing_mm, tuple):
        spacing_mm = (spacing_mm,) * values.ndim
    if spacing_mm is not None and not (
        len(spacing_mm) == values.ndim and all(np.isfinite(s) and s > 0 for s in spacing_mm)
    ):
        raise InputError(
            f"spacing_mm must be one positive number, or {values.ndim} of them; got {spacing_mm!r}."
        )
    return ImageVolume(values, Geometry(values.shape, spacing_mm), notes)


def _table(found: Iterable[NodeFeatures], plan: Plan) -> FeatureTable:
    found = list(found)
    specs = [spec for family in plan.families for spec in _specs(found, family, plan.unit)]
    rows = []
    for node in found:
        values = {k: v for part in node.values.values() for k, v in part.items()}
        rows.append((node.row_id, values, node.error_code, "; ".join(node.remarks)))
    return FeatureTable.build(rows, specs)


def _specs(found: list[NodeFeatures], family: Planned, unit: LengthUnit) -> list[FeatureSpec]:
    """One spec a column of the family, in the order in which cases first show it."""
    columns = dict.fromkeys(name for node in found for name in node.values.get(family.name, ()))
    return [family.spec(name, unit) for name in columns]
