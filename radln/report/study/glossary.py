"""What the page's own words mean: of each word only where the page uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from radln.report.chapter import Section, ShownTable
from radln.report.study.results import Judged, PageOptions, StudyParts

MEANINGS = {
    "block": "A group of predictors that belong together, such as clinical columns, size, shape, "
    "radiomics or deep features.",
    "held-out": "Of a patient or case: kept away from the model that predicts it.",
    "margin": "The gain in AUC below which the richer model is not worth the trouble; it was set "
    "beforehand, in the settings.",
    "out-of-fold": "Of a prediction: made by a model that had not seen the patient, as each part "
    "(fold) of the patients is predicted by models of the other parts.",
    "rad-score": "What the radiomics model says of a case, as log-odds; within the nomogram's "
    "training each case has the score of models that had not seen its patient.",
    "unit": "What counts as one: a row of the analysis is one {unit}; splits and intervals take "
    "all of a patient's rows together.",
}


def glossary(
    results: StudyParts[Judged], options: PageOptions, sections: Sequence[Section], *said: str
) -> Iterator[Section]:
    """The words that the sections, or what is said above them, use; nothing where none is."""
    text = "\n".join((*said, *(words for section in sections for words in _words(section))))
    unit = options.called(results.cases.unit)
    rows = [
        {"Word": word, "Meaning": meaning.format(unit=unit)}
        for word, meaning in MEANINGS.items()
        if re.search(rf"\b{word}s?\b", text, re.IGNORECASE)
    ]
    if rows:
        tables = (ShownTable("What they mean here", rows),)
        yield Section("glossary", "Words", tables=tables, behind=True)


def _words(section: Section) -> Iterator[str]:
    """Every text of a section."""
    yield from (section.title, *section.text, *section.notes, *section.methods, *section.limits)
    for table in section.tables:
        yield from (table.caption, table.note, *(table.rows[0] if table.rows else ()))
        yield from (cell for row in table.rows for cell in row.values())
    yield from (figure.caption for figure in section.figures)
