"""One reader's, model's or group's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from radln._result import Estimate

RATES = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "f1")
BINARY = "AUC (binary)"


@dataclass(frozen=True)
class ReaderRow:
    """One reader's, or one group's, numbers in one modality.

    ``level`` is empty where none was given; ``n_readers`` is 1 for a reader, 0 for a model.
    ``estimates`` maps sensitivity, specificity, ppv, npv, accuracy, f1 and ``AUC`` (or
    ``AUC (binary)``, half of sensitivity plus specificity, where there are calls only); ``counted``
    maps the shares among them to how many, of how many (empty for an average).
    """

    who: str
    level: str
    modality: str
    n_readers: int
    n_cases: int
    estimates: dict[str, Estimate]
    counted: Mapping[str, tuple[int, int]] = field(default_factory=dict)
