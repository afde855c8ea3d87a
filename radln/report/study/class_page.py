"""The page of a study with several classes: its sections in order."""

from __future__ import annotations

from collections.abc import Iterator

from radln.report.chapter import Chapter, Section
from radln.report.study.cases import cases, general
from radln.report.study.class_features import class_features, class_predictors
from radln.report.study.class_performance import class_performance
from radln.report.study.class_usefulness import class_usefulness
from radln.report.study.data import checks, settings
from radln.report.study.glossary import glossary
from radln.report.study.held_out import design_words
from radln.report.study.page import banners
from radln.report.study.results import ClassResults, PageOptions
from radln.report.verdict import said

NO_BUNDLE = (
    "Models of several classes stand in the folder of models; a bundle for use elsewhere is "
    "written for two classes alone."
)


def class_page(results: ClassResults, options: PageOptions) -> Chapter:
    """The page."""
    version, first = results.record.versions["radln"], opening(results, options)
    parts = tuple(_sections(results, options))
    parts += tuple(glossary(results, options, parts, first))
    return Chapter(
        title=results.title,
        opening=(first,),
        further=(results.record.plan,) if results.record.plan else (),
        sections=parts,
        methods=(f"Analyses used radln {version}.",),
        limits=(*general(results.cases), NO_BUNDLE),
        version=version,
        banners=tuple(banners(results.cases)),
    )


def _sections(results: ClassResults, options: PageOptions) -> Iterator[Section]:
    yield from cases(results, options)
    yield from class_performance(results, options)
    yield from class_usefulness(results, options)
    yield from class_predictors(results, options)
    yield from class_features(results, options)
    yield from checks(results, options)
    yield from settings(results, options)


def opening(results: ClassResults, options: PageOptions) -> str:
    """Who was studied, and what the primary comparison says."""
    who, tested, evaluation = results.cases, results.tested, results.evaluation
    of_whom = "" if who.unit == "patient" else f" of {who.n_patients} patients"
    counts = ", ".join(f"{count} {name}" for name, count in who.counts.items())
    beside = ""
    if tested.partition != "held-out":
        beside = (
            f"{tested.n} {options.called(who.unit)}s of {tested.n_patients} patients were held out "
            "for the test. "
        )
    meaning = design_words(results).speaks_of
    speaks = f" This speaks of {meaning}." if evaluation.primary is not None and meaning else ""
    return (
        f"{who.n} {options.called(who.unit)}s{of_whom} were analysed: {counts}. {beside}"
        f"{said(evaluation.primary)}{speaks}"
    )
