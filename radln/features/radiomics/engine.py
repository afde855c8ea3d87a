"""The seam between a study and whatever computes its radiomics."""

from __future__ import annotations

from typing import Protocol

from radln._types import BoolArray, FloatArray
from radln.errors import SettingsError
from radln.features.radiomics.settings import RadiomicsSettings


class RadiomicsEngine(Protocol):
    """Computes radiomics; ``algorithm_version`` rises whenever a value may change."""

    @property
    def name(self) -> str:
        """The engine's name in settings and feature specs."""
        ...

    @property
    def algorithm_version(self) -> int:
        """Part of the key under which results are kept."""
        ...

    def compute(
        self,
        image: FloatArray,
        region: BoolArray,
        spacing: tuple[float, ...],
        settings: RadiomicsSettings,
    ) -> dict[str, float]:
        """Feature name -> value, NaN where a feature is not defined on this region."""
        ...

    def compute_with_message(
        self,
        image: FloatArray,
        region: BoolArray,
        spacing: tuple[float, ...],
        settings: RadiomicsSettings,
    ) -> tuple[dict[str, float], str]:
        """As ``compute``; and what the row says of it, mostly nothing."""
        ...


def get_engine(name: str) -> RadiomicsEngine:
    """The engine of that name.

    Raises
    ------
    MissingDependencyError
        Its package is not installed.
    """
    if name == "native":
        from radln.features.radiomics.native.engine import NativeEngine

        return NativeEngine()
    if name == "pyradiomics":
        from radln.features.radiomics.reference import PyradiomicsEngine

        return PyradiomicsEngine()
    raise SettingsError(f"there is no radiomics engine {name!r}; use 'native' or 'pyradiomics'.")
