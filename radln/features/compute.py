"""One node's features, family by family, kept under the digest of the case.

A record holds each family under a key of its settings and algorithm, the latest few.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from radln.errors import InputError, RadlnError
from radln.features.family import Family, Measuring, Planned
from radln.features.nodes import LengthUnit
from radln.features.settings import FeatureSettings
from radln.imaging.volume import Case
from radln.io.store import RecordStore, opened_store

KEPT = 12  # families in a record, of several settings


@dataclass(frozen=True)
class Plan:
    """What is computed for every case of one extraction; small, so that it travels to workers."""

    settings: FeatureSettings
    families: tuple[Planned, ...]
    unit: LengthUnit
    cache: Path | None = None

    @classmethod
    def build(
        cls,
        families: Sequence[Family],
        settings: FeatureSettings,
        unit: LengthUnit,
        cache: Path | None = None,
    ) -> Plan:
        """Check once, before the first case, that engine, encoder and cache are there."""
        asked = [family.plan(settings) for family in families]
        if cache is not None:
            RecordStore(cache)
        return cls(
            settings, tuple(planned for planned in asked if planned is not None), unit, cache
        )


@dataclass
class NodeFeatures:
    """What became of one node: values by family and column, remarks, times."""

    row_id: str
    values: dict[str, dict[str, float]] = field(default_factory=dict)
    error_code: str = ""
    remarks: list[str] = field(default_factory=list)
    timings: list[tuple[str, float, bool]] = field(default_factory=list)
    refusal: RadlnError | None = None

    def fail(self, family: str, error: RadlnError) -> None:
        """One family could not be computed."""
        self.refusal = self.refusal or error
        self.error_code = self.error_code or error.code
        self.remarks.append(f"no {family} features: {error}")


def node_features(case: Case, plan: Plan) -> NodeFeatures:
    """Every family of one case, from the cache where it is there."""
    store = None if plan.cache is None else opened_store(plan.cache)
    spacing = spacing_of(case, plan.unit)
    content = _content(case, spacing) if store is not None else ""
    before = (store.get(content) if store is not None else None) or {}
    now: dict[str, Any] = {}
    found = NodeFeatures(case.case_id)
    try:
        for family in plan.families:
            _one_family(family, case, spacing, plan, found, before, now)
    finally:
        if store is not None and not now.keys() <= before.keys():
            others = {key: record for key, record in before.items() if key not in now}
            store.put(content, dict([*others.items(), *now.items()][-KEPT:]))
    return found


def _one_family(
    family: Planned,
    case: Case,
    spacing: tuple[float, ...],
    plan: Plan,
    found: NodeFeatures,
    before: Mapping[str, Any],
    now: dict[str, Any],
) -> None:
    """One family into ``found``; ``before`` are the records that were kept, ``now`` those used."""
    started = time.perf_counter()
    key = _key(family, plan.unit)
    record = before.get(key)
    if record is None:
        try:
            measured = family.family.measure(
                Measuring(case, spacing, plan.unit, plan.settings, family)
            )
        except RadlnError as error:  # the other families are not lost with it
            found.fail(family.name, error)
            return
        record = {"values": measured.values, "message": measured.message}
    now[key] = record
    found.values[family.name] = _named(record["values"], plan.unit)
    found.timings.append((family.name, time.perf_counter() - started, key in before))
    undefined = sum(value != value for value in record["values"].values())
    if record["message"]:
        told = record["message"]
        found.remarks.append(_in_pixels(told) if plan.unit == "px" else told)
    if undefined:
        found.remarks.append(f"{undefined} {family.name} values are not defined on this region")


def spacing_of(case: Case, unit: LengthUnit) -> tuple[float, ...]:
    """The case's voxel size in that unit."""
    if unit == "px":
        return (1.0,) * case.ndim
    if case.image.spacing_mm is None:
        raise InputError(
            "the pixel size of this image is not known; give it (pixel_size_mm of a study or "
            "command, spacing_mm in Python), or measure in pixels (lengths: px)."
        )
    return case.image.spacing_mm


def _named(values: dict[str, float], unit: LengthUnit) -> dict[str, float]:
    """The columns with the unit of a filter's width; engines call every unit mm.

    >>> _named({"radiomics_log-sigma-1-0-mm-3D_glcm_Contrast": 2.0}, "px")
    {'radiomics_log-sigma-1-0-px-3D_glcm_Contrast': 2.0}
    """
    if unit == "mm":
        return values
    return dict(zip(_all_in_pixels(tuple(values)), values.values(), strict=True))


@lru_cache(maxsize=16)
def _all_in_pixels(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_in_pixels, names))


def _in_pixels(text: str) -> str:
    """Names of filters whose width is in pixels.

    >>> _in_pixels("log-sigma-1-0-mm, radiomics_log-sigma-2-0-mm-3D_glcm_MCC")
    'log-sigma-1-0-px, radiomics_log-sigma-2-0-px-3D_glcm_MCC'
    """
    return re.sub(r"(log-sigma-[0-9-]+-)mm", r"\1px", text)


def _content(case: Case, spacing: tuple[float, ...]) -> str:
    """A digest of the pixels, the region and the voxel size that is used."""
    digest = hashlib.sha256(repr((case.image.digest, tuple(map(float, spacing)))).encode())
    digest.update(np.packbits(case.region).tobytes())
    if case.ignored is not None:
        digest.update(np.packbits(case.ignored).tobytes())
    return digest.hexdigest()


def _key(family: Planned, unit: LengthUnit) -> str:
    """What decides a family's numbers, besides the case."""
    parts = [family.name, str(family.version), family.engine, family.settings, unit]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
