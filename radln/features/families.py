"""The families of features: a new one is a :class:`~radln.features.family.Family` in this list."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import ClassVar

import radln.features.embeddings as embeddings
import radln.features.nodes as nodes
from radln.errors import InputError, SettingsError
from radln.features.family import Family, Measured, Measuring, Planned, in_words
from radln.features.nodes import LengthUnit
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.names import shape_unit
from radln.features.radiomics.words import feature_words
from radln.features.settings import FeatureSettings

SIZE = ("node_area_", "node_long_axis_", "node_short_axis_")
SHAPE = (*SIZE, "node_long_short_ratio", "node_roundness", "node_contour_irregularity")


class NodeFamily(Family):
    """What a radiologist describes on a node."""

    name = "node"
    parts: ClassVar = {"size": SIZE, "shape": SHAPE}

    def plan(self, settings: FeatureSettings) -> Planned:
        return Planned(self, nodes.ALGORITHM_VERSION, "radln", settings.nodes.model_dump_json())

    def measure(self, measuring: Measuring) -> Measured:
        case = measuring.case
        described = nodes.node_descriptors(
            case.image.values,
            case.region,
            measuring.spacing,
            unit=measuring.unit,
            settings=measuring.settings.nodes,
            ignored=case.ignored,
        )
        return Measured(described)

    def unit_of(self, column: str, unit: LengthUnit) -> str:
        return nodes.node_unit(column, unit)

    def readable(self, name: str) -> str:
        # a clinician may have measured the same by hand
        return in_words(name, " of the mask")


class RadiomicsFamily(Family):
    """Radiomics, by the engine that the settings name."""

    name = "radiomics"
    parts: ClassVar = {"shape": ("radiomics_original_shape_", "radiomics_original_shape2D_")}

    def plan(self, settings: FeatureSettings) -> Planned:
        engine = get_engine(settings.radiomics.engine)
        chosen = settings.radiomics.model_dump_json()
        return Planned(self, engine.algorithm_version, engine.name, chosen)

    def measure(self, measuring: Measuring) -> Measured:
        """Shape of the whole region, everything else without what is left out of it."""
        case, spacing, settings = measuring.case, measuring.spacing, measuring.settings.radiomics
        compute = get_engine(settings.engine).compute_with_message
        if case.ignored is None:
            return Measured(*compute(case.image.values, case.region, spacing, settings))
        kept = case.region & ~case.ignored
        if not kept.any():
            raise InputError("marks cover the whole node; nothing is left to measure.")
        whole, _ = compute(case.image.values, case.region, spacing, settings)
        values, message = compute(case.image.values, kept, spacing, settings)
        shape = {name: value for name, value in whole.items() if "_shape" in name}
        return Measured({**values, **shape}, message)

    def unit_of(self, column: str, unit: LengthUnit) -> str:
        return shape_unit(column, unit)

    def readable(self, name: str) -> str:
        return feature_words(name)


class DeepFamily(Family):
    """Pooled features of a convolutional encoder."""

    name = "deep"

    def plan(self, settings: FeatureSettings) -> Planned | None:
        deep = settings.deep
        if deep is None:
            return None
        encoder = deep.load()
        chosen = deep.model_dump(mode="json", exclude={"encoder"})
        text = json.dumps([encoder.name, encoder.digest, chosen])  # content, not path
        version = embeddings.ALGORITHM_VERSION
        return Planned(self, version, "onnxruntime", text, encoder.digest)

    def measure(self, measuring: Measuring) -> Measured:
        case, deep = measuring.case, measuring.settings.deep
        if deep is None:
            raise InputError("no encoder was named, so there are no deep features.")
        encoder = deep.load()
        if encoder.digest != measuring.planned.encoder_sha256:
            raise SettingsError(
                f"the encoder {encoder.name} was changed while features were extracted; run again."
            )
        found = next(deep.embed([(case.image.values, case.region)], spacing=measuring.spacing))
        return Measured(found.values, found.message)

    def readable(self, name: str) -> str:
        encoder, _, number = name.rpartition("_")
        if not number.isdecimal():  # a column of a file, or a model's name
            return f"deep {name.replace('_', ' ')}"
        return f"deep feature {int(number)}{' of the crop' * encoder.endswith('_crop')}"


NODE, RADIOMICS, DEEP = NodeFamily(), RadiomicsFamily(), DeepFamily()
FAMILIES: tuple[Family, ...] = (NODE, RADIOMICS, DEEP)


def family_of(name: str) -> Family | None:
    """The family of that name, or None."""
    return next((family for family in FAMILIES if family.name == name), None)


def part_names() -> tuple[str, ...]:
    """The smaller blocks within families, the narrowest first: a size is also a shape.

    Examples
    --------
    >>> part_names()
    ('size', 'shape')
    """
    return tuple(dict.fromkeys(part for family in FAMILIES for part in family.parts))


def part_columns(part: str, columns: Iterable[str]) -> tuple[str, ...]:
    """The columns of one of these smaller blocks.

    Examples
    --------
    >>> part_columns("size", ["node_area_mm2", "node_roundness"])
    ('node_area_mm2',)
    """
    begins = tuple(start for family in FAMILIES for start in family.parts.get(part, ()))
    return tuple(column for column in columns if column.startswith(begins))
