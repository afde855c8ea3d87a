"""(volume, mask) -> named numbers: radiomics, node descriptors, pooled CNN embeddings.

Public names load when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "DeepFeatures": "radln.features.embeddings",
    "Embedding": "radln.features.embeddings",
    "FeatureSettings": "radln.features.settings",
    "FeatureTable": "radln.features.table",
    "deep_features": "radln.features.extract",
    "extract_features": "radln.features.extract",
    "read_parameter_file": "radln.features.radiomics.parameter_file",
}

__all__ = list(_HOMES)

if TYPE_CHECKING:
    from radln.features.embeddings import DeepFeatures as DeepFeatures
    from radln.features.embeddings import Embedding as Embedding
    from radln.features.extract import deep_features as deep_features
    from radln.features.extract import extract_features as extract_features
    from radln.features.radiomics.parameter_file import read_parameter_file as read_parameter_file
    from radln.features.settings import FeatureSettings as FeatureSettings
    from radln.features.table import FeatureTable as FeatureTable


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
