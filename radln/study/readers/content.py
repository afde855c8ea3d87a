"""What the sections of a reader study's report share: options, what is gathered, small words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radln._result import Result
from radln.errors import RadlnError
from radln.report.chapter import Section
from radln.stats import ReaderStudy
from radln.stats.readers.combinations.combined_reads import Measure

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class ReaderOptions:
    """What the user may set for the report of a reader study.

    ``unaided`` and ``aided`` name the conditions without and with the model; ``model_threshold`` is
    the model's cut-off set beforehand; ``margin`` that of non-inferiority; ``primary`` the two
    sources whose comparison on ``primary_on`` was named beforehand among the combinations.
    """

    unaided: str = "without"
    aided: str = "with"
    model_threshold: float | None = None
    margin: float | None = None
    primary: tuple[str, str] | None = None
    primary_on: Measure = "auc"
    confidence_level: float = 0.95
    n_resamples: int = 2000
    seed: int = 0


@dataclass
class Gathered:
    """Sections, the full tables behind them, method sentences and limits, in order."""

    sections: list[Section] = field(default_factory=list)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    methods: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)

    def keep(self, name: str, result: Result) -> None:
        """Remember a result's table, method and warnings."""
        self.frames[name] = result.frame()
        self.methods.append(f"{sentence(result.method)}.")
        self.limits += [sentence(note) for note in result.warnings]


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
    return options.unaided if options.unaided in study.modalities else study.modalities[0]


def with_and_without(study: ReaderStudy, options: ReaderOptions) -> bool:
    """Whether the reads are those without and with a model, with calls that may have changed."""
    both = {options.unaided, options.aided} == set(study.modalities)
    return both and study.call is not None


def sentence(text: str) -> str:
    """A sentence begins with a capital, unless a name or a number does."""
    return text[0].upper() + text[1:] if text else text


def figure_of(axes: Axes) -> Figure:
    figure = axes.figure
    if not isinstance(figure, Figure):
        raise TypeError("axes of a sub-figure")
    return figure


def slug(name: str) -> str:
    """A name fit for a file and an anchor."""
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-") or "x"
