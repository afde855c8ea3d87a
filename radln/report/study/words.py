"""The sentences of a page that differ by design, and what several designs say alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from radln.report.study.results import Judged, StudyParts
from radln.report.verdict import label

FEW = 10  # patients of an outcome below which a test part says next to nothing
TRIED = "What was tried before the settings were fixed is in no interval"
HERE = "and no cases from another hospital were held out"
OF_READERS = (
    "Intervals of readers' AUCs are by empirical likelihood, near 1 not narrower than Newcombe's "
    "method 5."
)


@dataclass(frozen=True)
class DesignWords:
    """The sentences of a page that differ by design."""

    roc: str
    areas: str
    at_cut_offs: str
    cut_offs: str
    calibration: str
    decision: str
    slope: str
    fitted_by: str
    fitted_on: str
    areas_by: str
    rates_of: str
    limits: tuple[str, ...]
    chosen: str
    speaks_of: str


def warnings(results: StudyParts[Judged]) -> Iterator[str]:
    """What must be said of the numbers, with models and readers in words."""
    sources = sorted(results.evaluation.sources, key=len, reverse=True)
    names = re.compile("|".join(rf"\b{re.escape(source)}\b" for source in sources))
    for said in results.evaluation.warnings:
        yield names.sub(lambda found: label(found[0]), said)
