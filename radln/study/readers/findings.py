"""The section on top of the page: readers and models who rank against the truth."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from radln._result import estimate_row
from radln.report.chapter import Section
from radln.stats import ReaderStudy
from radln.stats.readers._below_chance import findings, rankings_of
from radln.study.readers.content import Gathered, ReaderOptions, sentence


def told(study: ReaderStudy) -> tuple[str, ...]:
    """What is found, as the warnings of the study have it."""
    return findings(rankings_of(study))


def against_truth(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Each AUC whose interval lies wholly below 0.5, with what to do; nothing without any."""
    found = [one for one in rankings_of(study) if one.below]
    if not found:
        return
    rows = [
        estimate_row(
            one.area, who=one.who, kind=one.kind, modality=one.modality, finding=one.finding
        )
        for one in found
    ]
    held.hold("findings", pd.DataFrame(rows))
    yield Section(
        "findings",
        "Mend this first",
        text=tuple(sentence(note) for note in told(study)),
    )
