"""Every case of a check as a small picture with its findings, for the eyes of who owns the data."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from joblib import Parallel, delayed

from radln.errors import RadlnError
from radln.imaging.thumbnail import thumbnail
from radln.io.cases import CaseSource, KeptCases, Packed, read_case
from radln.report.sheet import Card, render_sheet
from radln.study.check import CheckReport
from radln.study.condition import KINDS
from radln.study.conditions import CONDITIONS
from radln.study.intake import Intake

ORDINARY = ("mask_read_as_one", "several_rows", "no_pixel_size", "image_is_patient")


def contact_sheet(
    title: str,
    intake: Intake,
    report: CheckReport,
    kept: KeptCases,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> str:
    """One self-contained page: cases with findings first, the gravest on top."""
    of_case: dict[str, dict[str, str]] = {}
    for code, case, detail in report.cases[["code", "case_id", "detail"]].itertuples(index=False):
        if code not in ORDINARY:
            of_case.setdefault(str(case), {}).setdefault(str(code), str(detail))
    pictures = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_picture)(source, kept.get(source)) for source in intake.sources
    )
    cards = []
    for done, (source, picture) in enumerate(zip(intake.sources, pictures, strict=True), 1):
        cards.append(_card(source.case_id, picture, of_case.pop(source.case_id, {})))
        progress(done, len(intake.sources))
    lost = {case for case, _, _ in intake.lost}
    cards += [_card(case, "", found) for case, found in of_case.items() if case in lost]
    cards.sort(key=lambda card: (_gravest(card), card.name))
    counts = {code: sum(code in card.codes for card in cards) for code in CONDITIONS}
    findings = {
        code: (CONDITIONS[code].kind, code.replace("_", " "), count)
        for code, count in counts.items()
        if count
    }
    head = f"{report.n_cases} cases of {report.n_patients} patients. Outcome: {report.outcomes}."
    return render_sheet(f"{title}: contact sheet", head, cards, findings)


def _picture(source: CaseSource, packed: Packed | None) -> str:
    """The image with its outlines as base64; blank where it cannot be read."""
    try:
        cases = read_case(source) if packed is None else packed.cases()
    except RadlnError:
        return ""
    image = cases[0].image
    drawn = thumbnail(image.values, [case.region for case in cases], image.spacing_mm)
    return base64.b64encode(drawn).decode()


def _card(case: str, picture: str, found: dict[str, str]) -> Card:
    notes = tuple((CONDITIONS[code].kind, text) for code, text in _worded(found))
    return Card(case, picture, tuple(found), notes)


def _worded(found: dict[str, str]) -> Iterator[tuple[str, str]]:
    for code, detail in found.items():
        yield code, code.replace("_", " ") + (f": {detail}" if detail else "")


def _gravest(card: Card) -> int:
    return min((KINDS.index(kind) for kind, _ in card.notes), default=len(KINDS))
