"""One node's features, family by family, kept under the digest of the case.

A record holds each family under a key of its settings and algorithm, the latest few.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import radln.features.embeddings as embeddings
import radln.features.nodes as nodes
from radln.errors import InputError, RadlnError, SettingsError
from radln.features.embeddings import DeepFeatures
from radln.features.nodes import LengthUnit
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.settings import RadiomicsSettings
from radln.features.settings import FeatureSettings
from radln.features.table import FeatureSpec
from radln.imaging.volume import Case
from radln.io.store import RecordStore, opened_store

KEPT = 12  # families in a record, of several settings


@dataclass(frozen=True)
class Family:
    """One family of features: everything besides the case that decides its numbers."""

    name: str
    version: int
    engine: str
    settings: str
    encoder_sha256: str = ""

    def spec(self, column: str, unit: LengthUnit) -> FeatureSpec:
        """The spec of one of its columns."""
        of = nodes.node_unit(column, unit) if self.name == "node" else ""
        return FeatureSpec(
            column, self.name, self.name, of, self.engine, self.version, self.encoder_sha256
        )


@dataclass(frozen=True)
class Plan:
    """What is computed for every case of one extraction; small, so that it travels to workers."""

    settings: FeatureSettings
    families: tuple[Family, ...]
    unit: LengthUnit
    cache: Path | None = None

    @classmethod
    def build(cls, settings: FeatureSettings, unit: LengthUnit, cache: Path | None = None) -> Plan:
        """Check once, before the first case, that engine, encoder and cache are there."""
        engine = get_engine(settings.radiomics.engine)
        families = [
            Family("node", nodes.ALGORITHM_VERSION, "radln", settings.nodes.model_dump_json()),
            Family(
                "radiomics",
                engine.algorithm_version,
                engine.name,
                settings.radiomics.model_dump_json(),
            ),
        ]
        if settings.deep is not None:
            families.append(_deep_family(settings.deep))
        if cache is not None:
            RecordStore(cache)
        return cls(settings, tuple(families), unit, cache)

    @classmethod
    def deep_only(cls, settings: FeatureSettings, unit: LengthUnit) -> Plan:
        """The encoder's features alone."""
        families = () if settings.deep is None else (_deep_family(settings.deep),)
        return cls(settings, families, unit)


def _deep_family(deep: DeepFeatures) -> Family:
    encoder = deep.load()
    chosen = deep.model_dump(mode="json", exclude={"encoder"})
    text = json.dumps([encoder.name, encoder.digest, chosen])  # content, not path
    version = embeddings.ALGORITHM_VERSION
    return Family("deep", version, "onnxruntime", text, encoder.digest)


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
    family: Family,
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
            values, message = _compute(family, case, spacing, plan)
        except RadlnError as error:  # the other families are not lost with it
            found.fail(family.name, error)
            return
        record = {"values": values, "message": message}
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
            "the pixel size of this image is not known; give it (spacing_mm), or measure in "
            "pixels (lengths: px)."
        )
    return case.image.spacing_mm


def _named(values: dict[str, float], unit: LengthUnit) -> dict[str, float]:
    """The columns with the unit of a filter's width; engines call every unit mm.

    >>> _named({"radiomics_log-sigma-1-0-mm-3D_glcm_Contrast": 2.0}, "px")
    {'radiomics_log-sigma-1-0-px-3D_glcm_Contrast': 2.0}
    """
    if unit == "mm":
        return values
    return {_in_pixels(name): value for name, value in values.items()}


@lru_cache(maxsize=1 << 14)
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


def _key(family: Family, unit: LengthUnit) -> str:
    """What decides a family's numbers, besides the case."""
    parts = [family.name, str(family.version), family.engine, family.settings, unit]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _compute(
    family: Family, case: Case, spacing: tuple[float, ...], plan: Plan
) -> tuple[dict[str, float], str]:
    image, settings = case.image.values, plan.settings
    if family.name == "node":
        described = nodes.node_descriptors(
            image,
            case.region,
            spacing,
            unit=plan.unit,
            settings=settings.nodes,
            ignored=case.ignored,
        )
        return described, ""
    if family.name == "radiomics":
        return _radiomics(case, spacing, settings.radiomics)
    deep: Any = settings.deep
    encoder = deep.load()
    if encoder.digest != family.encoder_sha256:
        raise SettingsError(
            f"the encoder {encoder.name} was changed while features were extracted; run again."
        )
    found = next(deep.embed([(image, case.region)], spacing=spacing))
    return found.values, found.message


def _radiomics(
    case: Case, spacing: tuple[float, ...], settings: RadiomicsSettings
) -> tuple[dict[str, float], str]:
    """Shape of the whole region, everything else without what is left out of it."""
    compute = get_engine(settings.engine).compute_with_message
    if case.ignored is None:
        return compute(case.image.values, case.region, spacing, settings)
    kept = case.region & ~case.ignored
    if not kept.any():
        raise InputError("marks cover the whole node; nothing is left to measure.")
    whole, _ = compute(case.image.values, case.region, spacing, settings)
    values, message = compute(case.image.values, kept, spacing, settings)
    shape = {name: value for name, value in whole.items() if "_shape" in name}
    return {**values, **shape}, message
