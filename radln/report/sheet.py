"""The contact sheet of a check: every case with its outline, findings first, in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined


@dataclass(frozen=True)
class Card:
    """One case: its name, its picture (JPEG as base64; blank where there is none), the codes of its
    findings, and these in words as (kind, text).
    """

    name: str
    picture: str
    codes: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]


def render_sheet(
    title: str, head: str, cards: Sequence[Card], findings: Mapping[str, tuple[str, str, int]]
) -> str:
    """The page as HTML, in the order of the cards; ``findings`` are kind, text and number of cases
    by code, for the filter.
    """
    environment = Environment(
        loader=PackageLoader("radln.report"), autoescape=True, undefined=StrictUndefined
    )
    loader = environment.loader
    style = "" if loader is None else loader.get_source(environment, "style.css")[0]
    return environment.get_template("sheet.html.j2").render(
        title=title,
        head=head,
        cards=cards,
        findings=findings,
        clean=sum(not card.codes for card in cards),
        style=style,
    )
