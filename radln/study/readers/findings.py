"""The section on top of the page: readers and models who rank against the truth."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from radln._result import estimate_row
from radln.report.chapter import Section
from radln.stats import ReaderStudy
from radln.stats.readers import below_chance
from radln.study.readers.content import Gathered, ReaderOptions, sentence


def told(study: ReaderStudy, options: ReaderOptions) -> tuple[str, ...]:
    """What is found, as the warnings of the study and of its models' cut-off have it."""
    beside = [one for one in _at_threshold(study, options) if one.beside]
    said = below_chance.findings(below_chance.rankings_of(study))
    return (*said, *(one.finding for one in beside))


def _at_threshold(study: ReaderStudy, options: ReaderOptions) -> list[below_chance.Ranking]:
    """A model, or its calls at the cut-off that was set beforehand, against the truth."""
    cut = options.model_threshold
    cutoffs = {} if cut is None else dict.fromkeys(study.models, cut)
    return below_chance.against_truth(below_chance.at_cut_offs(study, cutoffs))


def against_truth(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Each AUC whose interval lies wholly below 0.5, with what to do; nothing without any."""
    found = below_chance.against_truth(below_chance.rankings_of(study))
    found += [one for one in _at_threshold(study, options) if one.beside]
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
        text=tuple(sentence(note) for note in told(study, options)),
    )
