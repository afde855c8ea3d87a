"""The first words of a study's page: who was studied, and what is simple enough."""

from __future__ import annotations

from collections.abc import Iterator

from radln.evaluation.result import Evaluation
from radln.evaluation.settings import AVERAGE
from radln.report.study.held_out import design_words
from radln.report.study.results import PageOptions, StudyResults
from radln.report.verdict import label, said, signed, with_limits

SIMPLE = 2  # steps of the ladder that count as simple
HELD_OUT = {
    "test": "were held out for the test",
    "external": "of another centre were the test",
}
DESCRIBED = "This difference is described, not tested."


def opening(results: StudyResults, options: PageOptions) -> str:
    """Who was studied and what the primary comparison says."""
    cases = results.cases
    tested = results.tested
    of_whom = "" if cases.unit == "patient" else f" of {cases.n_patients} patients"
    beside = ""
    if tested.locked:
        unit = options.called(cases.unit)
        beside = (
            f"{tested.n} {unit}s of {tested.n_patients} patients {HELD_OUT[tested.partition]}, "
            f"{tested.n_positive} of them {cases.positive}. "
        )
    verdict = said(results.evaluation.primary, results.evaluation.sites)
    return (
        f"{cases.n} {options.called(cases.unit)}s{of_whom} were analysed, "
        f"{cases.n_positive} of them {cases.positive}. {beside}{verdict}"
        f"{_speaks_of(results)}"
    )


def _speaks_of(results: StudyResults) -> str:
    """What the interval of the primary comparison may be said to mean; blank without one."""
    evaluation, meaning = results.evaluation, design_words(results).speaks_of
    if evaluation.primary is None or not meaning:
        return ""
    readers = " and of these readers" * (evaluation.primary.simple == AVERAGE)
    return f" This speaks of {meaning}{readers}.{_new_site(evaluation)}"


def _new_site(evaluation: Evaluation) -> str:
    """What a site may see that is none of these; blank where no sites were left out."""
    new = None if evaluation.sites is None else evaluation.sites.prediction
    if new is None:
        return ""
    limits = f"{signed(new.low)} and {signed(new.high)}"
    return f" In a new site the difference is expected between {limits} (prediction interval)."


def further(results: StudyResults) -> Iterator[str]:
    """Whether the plan was kept, what size or shape alone reaches, and what deep features add."""
    for words in (results.record.plan, simple_models(results), deep_adds(results)):
        if words:
            yield words


def simple_models(results: StudyResults) -> str:
    """What the first steps of the ladder reach alone, beside everything together."""
    evaluation, primary = results.evaluation, results.evaluation.primary
    aucs = evaluation.aucs.set_index("source")["value"]
    full = results.asked.primary.full
    sentences = []
    for source in (step for step in results.asked.ladder[:SIMPLE] if step != full):
        gap = evaluation.gap(full, source)
        if gap is None:
            continue
        sentence = f"{label(source)} reaches AUC {aucs[source]:.3f}"
        if primary is None or source != primary.simple:  # the verdict has said the rest
            numbers = with_limits(gap.value, gap.low, gap.high)
            sentence += f"; {label(full)} differs from it by {numbers}. {DESCRIBED}"
            sentences.append(sentence)
        else:
            sentences.append(f"{sentence}.")
    return " ".join(sentences)


def deep_adds(results: StudyResults) -> str:
    """What deep features add to everything else; blank without them, or where the verdict says."""
    evaluation, primary = results.evaluation, results.evaluation.primary
    encoder = results.measured.encoder
    pairs = results.modelled.deep_added
    first = primary.full if primary else results.asked.primary.full
    for full, without in sorted(pairs, key=lambda pair: pair[0] != first):
        gap = evaluation.gap(full, without)
        if gap is None:
            continue
        if primary and {full, without} == {primary.full, primary.simple}:
            return ""
        origin = f" (from {encoder.name})" if encoder else ""
        return (
            f"Against the same model without the {results.measured.n_features['deep']} deep "
            f"features{origin}, {label(full)} differs by "
            f"{with_limits(gap.value, gap.low, gap.high)}. {DESCRIBED}"
        )
    return ""
