"""What a family of features is: one object, from its settings to the words for its columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from radln.features.nodes import LengthUnit
from radln.features.settings import FeatureSettings
from radln.features.table import FeatureSpec
from radln.imaging.volume import Case

UNITS = (("_mm2", "mm²"), ("_px2", "px²"), ("_mm", "mm"), ("_px", "px"))


@dataclass(frozen=True)
class Measured:
    """A family's columns of one case, and what is worth knowing about them, often blank."""

    values: dict[str, float]
    message: str = ""


@dataclass(frozen=True)
class Planned:
    """A family in one extraction: everything besides the case that decides its numbers."""

    family: Family
    version: int
    engine: str
    settings: str
    encoder_sha256: str = ""

    @property
    def name(self) -> str:
        """The family's name."""
        return self.family.name

    def spec(self, column: str, unit: LengthUnit) -> FeatureSpec:
        """What one of the family's columns is."""
        of = self.family.unit_of(column, unit)
        return FeatureSpec(
            column, self.name, self.name, of, self.engine, self.version, self.encoder_sha256
        )


@dataclass(frozen=True)
class Measuring:
    """One case as families measure it: its voxel size in the unit of lengths, and the settings."""

    case: Case
    spacing: tuple[float, ...]
    unit: LengthUnit
    settings: FeatureSettings
    planned: Planned


class Family(ABC):
    """One family of features.

    ``name`` stands in front of its columns (``name_...``) and is the block that they make up;
    ``parts`` are smaller blocks of some of them: name -> what their columns begin with.
    """

    name: ClassVar[str]
    parts: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})

    @abstractmethod
    def plan(self, settings: FeatureSettings) -> Planned | None:
        """Raise now, before the first case, if something is not there; None: not asked for."""

    @abstractmethod
    def measure(self, measuring: Measuring) -> Measured:
        """The columns of one case; NaN where a feature is not defined on this region."""

    def unit_of(self, column: str, unit: LengthUnit) -> str:
        """The unit of one column, blank where it has none."""
        return ""

    def readable(self, name: str) -> str:
        """A column in words, from what stands behind the family's name."""
        return in_words(name)


def in_words(name: str, measured: str = "") -> str:
    """A name without underscores, its unit in brackets.

    Examples
    --------
    >>> in_words("long_axis_mm", " of the mask"), in_words("age")
    ('long axis of the mask (mm)', 'age')
    """
    for ending, unit in UNITS:
        if name.endswith(ending):
            return f"{name.removesuffix(ending).replace('_', ' ')}{measured} ({unit})"
    return name.replace("_", " ")
