"""The page of a study: its sections in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from radln.report.chapter import Chapter, Section
from radln.report.study.cases import cases, general
from radln.report.study.chosen import chosen
from radln.report.study.coefficients import coefficients
from radln.report.study.data import checks, settings
from radln.report.study.described import described
from radln.report.study.features import features
from radln.report.study.glossary import glossary
from radln.report.study.groups import groups
from radln.report.study.nomogram import nomogram
from radln.report.study.opening import further, opening
from radln.report.study.performance import performance
from radln.report.study.results import Cases, PageOptions, StudyResults
from radln.report.study.sites import sites
from radln.report.study.usefulness import usefulness

Build = Callable[[StudyResults, PageOptions], Iterator[Section]]
SECTIONS: tuple[Build, ...] = (
    cases,
    performance,
    usefulness,
    groups,
    chosen,
    coefficients,
    described,
    features,
    nomogram,
    checks,
    settings,
)

# where sites were left out nothing is drawn over all of them
OF_SITES: tuple[Build, ...] = (
    cases,
    sites,
    *(build for build in SECTIONS[1:] if build not in (performance, usefulness)),
)


def study_page(
    results: StudyResults, options: PageOptions, sections: Sequence[Build] | None = None
) -> Chapter:
    """The page; every function of ``sections`` gives what it has to say of the results.

    Without ``sections`` they are those of the design.
    """
    version = results.record.versions["radln"]
    if sections is None:
        sections = SECTIONS if results.evaluation.sites is None else OF_SITES
    parts = [part for build in sections for part in build(results, options)]
    first, others = opening(results, options), tuple(further(results))
    parts += glossary(results, options, parts, first, *others)
    return Chapter(
        title=results.title,
        opening=(first,),
        further=others,
        sections=tuple(parts),
        methods=(f"Analyses used radln {version}.",),
        limits=tuple(general(results.cases)),
        version=version,
        banners=tuple(banners(results.cases)),
    )


def banners(who: Cases) -> Iterator[str]:
    """What stands on every printed page."""
    if who.simulated:
        yield "Simulated data – no patient stands behind any number on this page"
    if who.image_is_patient:
        yield (
            "Each image counts as a patient – if some are of the same patient, every number on "
            "this page is too good"
        )
