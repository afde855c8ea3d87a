"""What the sections of a reader study's report share: options, what is gathered, small words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radln._result import Result, words_alone
from radln.errors import RadlnError
from radln.report.chapter import Section
from radln.stats import ReaderStudy
from radln.stats.readers.combinations.combined_reads import CombinedReads, Measure
from radln.study.readers.same import Shown

P = ParamSpec("P")
T = TypeVar("T")
UNADJUSTED = (
    "The p-values of this section are not adjusted for the other comparisons on this page; they "
    "describe."
)
# A cell with an interval: 0.83 (0.78–0.88), −0.05 (−0.10 to 0.01), 25.0 % (12.1–40.3).
INTERVAL = re.compile(r"\d(?: %)? \(−?[\d.]+(?:–| to )")
PVALUE = re.compile(r"\bp [<=] \d")
NONE = "no interval and no p-value"
UNAIDED, AIDED = "without", "with"
LONGEST = 60  # of a name within that of a file


@dataclass(frozen=True)
class ReaderOptions:
    """What the user may set for the report of a reader study.

    ``unaided`` and ``aided`` name the conditions without and with the model (None: UNAIDED and
    AIDED, where the reads have them); ``model_threshold`` is the model's cut-off set beforehand;
    ``margin`` that of non-inferiority; ``readers`` "random" or "fixed" (None: random from four
    on); ``primary`` the two sources, as a pair or with a comma
    between them, whose comparison on ``primary_on`` was named beforehand among the combinations.
    """

    unaided: str | None = None
    aided: str | None = None
    model_threshold: float | None = None
    margin: float | None = None
    readers: str | None = None
    primary: tuple[str, str] | str | None = None
    primary_on: Measure = "auc"
    confidence_level: float = 0.95
    n_resamples: int = 2000
    seed: int = 0

    @property
    def conditions(self) -> tuple[str, str]:
        """Without and with the model."""
        return self.unaided or UNAIDED, self.aided or AIDED


@dataclass
class Gathered:
    """Sections, the full tables behind them, method sentences and limits, in order."""

    sections: list[Section] = field(default_factory=list)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    methods: list[str] = field(default_factory=list)
    limits: list[tuple[str, str]] = field(default_factory=list)
    combined: CombinedReads | None = None
    shown: Shown = field(default_factory=Shown)

    def add(self, sections: Iterable[Section]) -> None:
        """Put sections on the page, each with the tables and methods kept while it was made."""
        frames, methods, limits = len(self.frames), len(self.methods), len(self.limits)
        for section in sections:
            own = replace(
                section,
                frames=dict(list(self.frames.items())[frames:]),
                methods=tuple(self.methods[methods:]),
                limits=tuple(note for _, note in self.limits[limits:]),
            )
            self.sections.append(own)
            frames, methods, limits = len(self.frames), len(self.methods), len(self.limits)

    def finished(self, general: Sequence[str], above: Sequence[str] = ()) -> tuple[Section, ...]:
        """The sections, each limit in words in the first one that it is of (see ``cautions``)."""
        open_ones = self._worded(general, above)
        done = []
        for section in self.sections:
            own = [open_ones.pop(note) for note in section.limits if note in open_ones]
            done.append(replace(section, limits=tuple(own)))
        return tuple(done)

    def keep(self, name: str, result: Result, about: str | Callable[[str], str]) -> None:
        """Remember a result's table, method and warnings, with what they are about."""
        self.hold(name, result.frame())
        none = any(note.startswith(NONE) for note in result.warnings)
        ends = ", none of which is given for so few patients." if none else "."
        self.methods.append(f"{sentence(result.method)}{ends}")
        self.limits += [
            (about if isinstance(about, str) else about(note), note) for note in result.warnings
        ]

    def cautions(self, general: Sequence[str], above: Sequence[str] = ()) -> list[str]:
        """Each warning once, behind the analyses that it is of; general ones stand alone.

        Those ``above`` stand on top of the page already.
        """
        return list(self._worded(general, above).values())

    def _worded(self, general: Sequence[str], above: Sequence[str]) -> dict[str, str]:
        """Each warning with its words for the page."""
        about: dict[str, list[str]] = {}
        for where, note in self.limits:
            if note not in above:
                about.setdefault(note, []).append(where)
        return {
            note: sentence(note)
            if note in general
            else f"{'; '.join(dict.fromkeys(where))}: {note}"
            for note, where in about.items()
        }

    def hold(self, name: str, frame: pd.DataFrame) -> None:
        """Remember a table; a second one of the same name would overwrite the first."""
        if name in self.frames:
            raise ValueError(f"two tables are named {name!r}")
        self.frames[name] = frame


def if_intervals(rows: Iterable[Mapping[str, str]], said: str) -> str:
    """What is said of the intervals in a table; nothing where no cell has one."""
    there = any(INTERVAL.search(cell) for row in rows for cell in row.values())
    return said if there else ""


def with_unadjusted(text: Sequence[str]) -> tuple[str, ...]:
    """The sentences of a section, and that their p-values are not adjusted where there are some."""
    return (*text, *((UNADJUSTED,) if any(map(PVALUE.search, text)) else ()))


def tried(compute: Callable[P, T], *given: P.args, **options: P.kwargs) -> tuple[T | None, str]:
    """A result, or the reason why there is none."""
    try:
        return compute(*given, **options), ""
    except RadlnError as error:
        return None, f"Not done: {error}"


def figures_of(study: ReaderStudy) -> list[str]:
    """The figures of merit that the columns allow."""
    calls = ["sensitivity", "specificity"] * (study.call is not None)
    return ["auc"] * (study.score is not None) + calls


def alone(study: ReaderStudy, options: ReaderOptions) -> str:
    """The condition in which the readers read alone: without the model, or the first."""
    unaided = options.conditions[0]
    return unaided if unaided in study.modalities else study.modalities[0]


def with_and_without(study: ReaderStudy, options: ReaderOptions) -> bool:
    """Whether there are reads without and with a model, with calls that may have changed."""
    return set(options.conditions) <= set(study.modalities) and study.call is not None


def in_order(study: ReaderStudy, options: ReaderOptions) -> ReaderStudy:
    """The study with the reads without the model before those with it, and others behind."""
    first = [name for name in options.conditions if name in study.modalities]
    names = [*first, *(name for name in study.modalities if name not in first)]
    return study.only(tuple(study.modalities.index(name) for name in names))


def where(study: ReaderStudy, options: ReaderOptions, name: str) -> str:
    """The modality (or condition) that stands before a sentence; blank where there is one only."""
    if len(study.modalities) == 1:
        return ""
    kind = "Condition" if set(options.conditions) <= set(study.modalities) else "Modality"
    return f"{kind} \u201c{name}\u201d: "


def shown_name(name: str) -> str:
    """A figure of merit or condition in words."""
    return name.replace("auc", "AUC")


def scope_of(random: Iterable[str]) -> str:
    """Of whom the intervals of a table speak, as the analysis took readers to be random or not."""
    if "readers" in random:
        return "The intervals are of readers like these: other readers and other patients."
    return "The intervals are of these very readers, with other patients."


def axis_said(axes: Axes) -> str:
    """Where an axis begins, for the caption of a figure whose axis does not begin at 0."""
    low, high = axes.get_ylim()
    return f"The axis goes from {low:.2f} to {high:.2f}."


def sentence(text: str) -> str:
    """A sentence begins with a capital, unless a name or a number does.

    What a summary warns of stands among the limits of the page, not here.
    """
    text = words_alone(text)
    return text[0].upper() + text[1:] if text else text


def figure_of(axes: Axes) -> Figure:
    figure = axes.figure
    if not isinstance(figure, Figure):
        raise TypeError("axes of a sub-figure")
    return figure


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Each name as one fit for files and anchors; names that differ in signs alone are numbered.

    Examples
    --------
    >>> slugs(["CAD-", "CAD+", "US"])
    {'CAD-': 'cad', 'CAD+': 'cad-2', 'US': 'us'}
    """
    plain = {name: _plain(name) for name in names}
    taken: set[str] = set()
    found = {}
    for name, own in plain.items():
        number, free = 1, own
        while free in taken or (number > 1 and free in plain.values()):
            number += 1
            free = f"{own}-{number}"
        taken.add(free)
        found[name] = free
    return found


def _plain(name: str) -> str:
    """Letters and digits in small print, the rest as hyphens; not too long for a file."""
    text = unicodedata.normalize("NFKC", name).lower()
    return "".join(c if c.isalnum() else "-" for c in text)[:LONGEST].strip("-") or "x"
