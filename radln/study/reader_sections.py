"""The sections of a reader study's report: one analysis each, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radln._draw.readers import draw_reads
from radln._result import Estimate, Result, format_p
from radln.errors import RadlnError
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.stats import Combination, ReaderStudy
from radln.stats.readers.combination import Rule
from radln.stats.readers.combined_reads import Measure
from radln.stats.readers.performance import RATES, ReaderRow

P = ParamSpec("P")
T = TypeVar("T")
RULES_SHOWN: tuple[Rule, ...] = ("or", "and", "mean", "arbitrate")
FEW_VALUES = 3  # scores with fewer values are a yes or no


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
        self.methods.append(f"{_sentence(result.method)}.")
        self.limits += [_sentence(note) for note in result.warnings]


def gather(study: ReaderStudy, options: ReaderOptions) -> Gathered:
    """Every analysis that the reads allow."""
    held = Gathered()
    for build in (_performance, _agreement, _modalities, _groups, _model, _combined, _aided):
        for section in build(study, options, held):
            held.sections.append(section)
    return held


def _performance(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Who said what."""
    found, problem = _tried(
        study.performance,
        confidence_level=options.confidence_level,
        n_resamples=options.n_resamples,
        rng=options.seed,
    )
    title = "Who said what"
    if found is None:
        yield Section("readers", title, notes=(problem,))
        return
    held.keep("performance", found)
    figures = []
    if study.call is not None:
        for name in study.modalities:
            caption = (
                f"{name}: " if len(study.modalities) > 1 else ""
            ) + "each reader's operating point with its intervals, by level, and the average."
            axes = found.plot(modality=name)
            figures.append(ShownFigure(f"roc_{_slug(name)}", caption, _figure(axes)))
    yield Section(
        "readers",
        title,
        text=(_sentence(found.summary()),),
        tables=(
            ShownTable("Averages", _rate_rows(found.groups)),
            ShownTable("Every reader", _rate_rows(found.readers)),
        ),
        figures=tuple(figures),
    )


def _agreement(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """How far the readers agree, and which cases they miss."""
    if len(study.readers) < 2 and not study.again:
        return
    tables, figures, notes = [], [], []
    kinds = ["call"] * (study.call is not None) + ["score"] * (
        study.score is not None and not study.own_scales
    )
    for name in study.modalities:
        for kind in kinds:
            found, problem = _tried(
                study.agreement, of=kind, modality=name, confidence_level=options.confidence_level
            )
            if found is None:
                notes.append(problem)
                continue
            held.keep(f"agreement_{kind}_{_slug(name)}", found)
            rows = [
                {
                    "Among": row.among,
                    "Coefficient": row.coefficient,
                    "Estimate": row.estimate.format(2),
                    "Readers": str(row.n_readers),
                    "Cases": str(row.n_cases),
                }
                for row in (*found.rows, *found.repeated)
            ]
            tables.append(ShownTable(f"{name}: agreement on the {kind}s", rows))
            if kind == kinds[0] and len(study.readers) > 2:
                label = f"agreement_{_slug(name)}"
                caption = f"{name}: kappa of every pair of readers."
                figures.append(ShownFigure(label, caption, _figure(found.plot())))
        if study.call is not None and len(study.readers) > 1:
            figures.append(_heat(study, name))
    yield Section(
        "agreement",
        "Agreement",
        tables=tuple(tables),
        figures=tuple(figures),
        notes=(
            *notes,
            "Kappa falls where one answer is rare even though readers agree; Gwet's coefficient "
            "hardly does. Read both beside the observed agreement.",
        ),
    )


def _heat(study: ReaderStudy, name: str) -> ShownFigure:
    calls = study.needed_call()[study.modality_index(name)]
    correct = np.where(np.isnan(calls), np.nan, (calls == study.y_true).astype(np.float64))
    axes = draw_reads(correct, study.readers, study.y_true.astype(np.float64), title=f"{name}. ")
    return ShownFigure(f"reads_{_slug(name)}", f"{name}: every read.", _figure(axes))


def _modalities(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Modalities (or conditions) against each other, over readers and cases."""
    nested = study.design == "readers nested in modalities"
    if len(study.modalities) < 2 or nested or _with_and_without(study, options):
        return
    text, notes, figures, rows = [], [], [], []
    for figure in _figures_of(study):
        found, problem = _tried(
            study.mrmc,
            figure=figure,
            confidence_level=options.confidence_level,
        )
        if found is None:
            notes.append(problem)
            continue
        held.keep(f"mrmc_{figure}", found)
        text.append(_sentence(found.summary()))
        rows += [
            {
                "Figure": found.figure,
                "Difference": f"{one.a} − {one.b}",
                "Estimate": one.estimate.format(3),
                "df": "∞" if np.isinf(one.df) else f"{one.df:.1f}",
                "p": format_p(one.pvalue),
                "p (Holm)": format_p(one.pvalue_adjusted),
            }
            for one in found.differences
        ]
        held.frames[f"variance_components_{figure}"] = pd.DataFrame(
            [{"component": k, "estimate": v} for k, v in found.variance_components().items()]
        )
        caption = f"{found.figure} of every reader in every modality, and the average reader."
        figures.append(ShownFigure(f"mrmc_{figure}", caption, _figure(found.plot())))
    if study.design == "partly crossed" and study.score is not None and study.cluster is None:
        yield from _partly(study, options, held)
    yield Section(
        "modalities",
        "Modalities compared",
        text=tuple(text),
        tables=(ShownTable("Differences of the average reader", rows),) if rows else (),
        figures=tuple(figures),
        notes=tuple(notes),
    )


def _partly(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """U-statistics where not everyone read everything."""
    found, problem = _tried(study.u_statistics, confidence_level=options.confidence_level)
    title = "Modalities compared by U-statistics"
    if found is None:
        yield Section("u-statistics", title, notes=(problem,))
        return
    held.keep("u_statistics", found)
    yield Section("u-statistics", title, text=(_sentence(found.summary()),))


def _groups(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Levels of experience against each other."""
    nested = study.design == "readers nested in modalities"
    if not nested and len(set(study.levels or ())) < 2:
        return
    views: Sequence[tuple[str, str | None]] = [("level", name) for name in study.modalities]
    if nested:
        views = [("modality", None)]
    rows, notes, text = [], [], []
    for by, modality in views:
        for figure in _figures_of(study):
            found, problem = _tried(
                study.compare_groups,
                by=by,
                modality=modality,
                figure=figure,
                confidence_level=options.confidence_level,
            )
            if found is None:
                notes.append(problem)
                continue
            held.keep(f"groups_{figure}_{_slug(modality or by)}", found)
            if figure == _figures_of(study)[0]:
                text.append(_sentence(found.summary()))
            means = "; ".join(
                f"{name} {mean.format(2)}"
                for name, mean in zip(found.groups, found.means, strict=True)
            )
            rows += [
                {
                    "Modality": modality or "",
                    "Figure": figure.replace("auc", "AUC"),
                    "Averages": means,
                    "Difference": f"{one.a} − {one.b}",
                    "Estimate": one.estimate.format(3),
                    "p (Holm)": format_p(one.pvalue_adjusted),
                }
                for one in found.differences
            ]
    yield Section(
        "levels",
        "Groups of readers" if nested else "Levels of experience",
        text=tuple(text),
        tables=(ShownTable("Groups against each other", rows),) if rows else (),
        notes=tuple(dict.fromkeys(notes)),
    )


def _model(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Every model against the readers, in the condition in which they read alone."""
    for name in study.models:
        modality = _alone(study, options)
        text, notes, figures = [], [], []
        if _scored(study, modality):
            found, problem = _tried(
                study.compare_with_model,
                name,
                modality=modality,
                margin=options.margin,
                alternative="two-sided" if options.margin is None else "greater",
                confidence_level=options.confidence_level,
            )
            if found is None:
                notes.append(problem)
            else:
                held.keep(f"model_{_slug(name)}_auc", found)
                text.append(_sentence(found.summary()))
                caption = f"AUC of {name} minus that of each reader, and of the average reader."
                figures.append(
                    ShownFigure(f"model_{_slug(name)}_auc", caption, _figure(found.plot()))
                )
        for matched_on in ("sensitivity", "specificity") if study.call is not None else ():
            points, problem = _tried(
                study.at_operating_points,
                name,
                modality=modality,
                matched_on=matched_on,
                margin=options.margin,
                alternative="two-sided" if options.margin is None else "greater",
                confidence_level=options.confidence_level,
                n_resamples=options.n_resamples,
                rng=options.seed,
            )
            if points is None:
                notes.append(problem)
                continue
            label = f"model_{_slug(name)}_same_{matched_on}"
            held.keep(label, points)
            text.append(_sentence(points.summary()))
            caption = f"{name} at each reader's own {matched_on}."
            figures.append(ShownFigure(label, caption, _figure(points.plot())))
        yield Section(
            f"model-{_slug(name)}",
            f"{_sentence(name)} against the readers"
            + (f" ({modality})" if len(study.modalities) > 1 else ""),
            text=tuple(text),
            figures=tuple(figures),
            notes=tuple(dict.fromkeys(notes)),
        )


def _combined(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Every model joined with every group of readers, or with every reader."""
    if not study.models:
        return
    modality = _alone(study, options)
    several = len(study.readers) > 1
    together = sorted(set(study.levels or ()))
    groups = {
        f"{level}s": [
            r for r, own in zip(study.readers, study.levels or (), strict=True) if own == level
        ]
        for level in together
    } or ({"all readers": list(study.readers)} if several else {})
    partners = list(groups) or list(study.readers)
    joined = [
        Combination(rule, (model, partner))
        for model in study.models
        for partner in partners
        for rule in RULES_SHOWN
    ]
    found, problem = _tried(
        study.combine,
        joined,
        modality=modality,
        groups=groups,
        cutoffs=_given_cutoff(study, options),
        primary=options.primary,
        primary_on=options.primary_on,
        confidence_level=options.confidence_level,
        n_resamples=options.n_resamples,
        rng=options.seed,
    )
    title = "Model and readers together"
    if found is None:
        yield Section("combinations", title, notes=(problem,))
        return
    held.keep("combinations", found)
    held.frames["combination_differences"] = found.differences
    held.frames["combination_fitted"] = found.fitted
    rows = [
        {str(head).capitalize() if head == "source" else str(head): str(cell)
         for head, cell in row.items()}
        for row in found.table().to_dict("records")
    ]  # fmt: skip
    figure = ShownFigure(
        "combinations", "AUC of members, groups and combinations.", _figure(found.plot())
    )
    yield Section(
        "combinations",
        title,
        text=(_sentence(found.summary()),),
        tables=(ShownTable("Members, groups and combinations", rows),),
        figures=(figure,),
        notes=(
            "Model values must be out-of-fold predictions, or those of a model fitted elsewhere; "
            "no software can see whether they are.",
        ),
    )


def _aided(study: ReaderStudy, options: ReaderOptions, held: Gathered) -> Iterator[Section]:
    """Readers with and without the model."""
    if not _with_and_without(study, options):
        return
    shown = len(study.models) == 1 and options.model_threshold is not None
    found, problem = _tried(
        (study if shown else study.without_models()).model_benefit,
        options.unaided,
        options.aided,
        threshold=options.model_threshold if shown else None,
        confidence_level=options.confidence_level,
    )
    title = _sentence(f"{options.aided} against {options.unaided}")
    if found is None:
        yield Section("aided", title, notes=(problem,))
        return
    held.keep("aided", found)
    held.frames["aided_changes"] = found.changes()
    changes = [
        {str(head): str(cell) for head, cell in row.items()}
        for row in found.changes().to_dict("records")
    ]
    rows = [
        {
            "Figure": str(row["figure"]),
            "Among": str(row["among"]),
            "Estimate": Estimate(row["value"], row["low"], row["high"]).format(3),
            "p": "" if pd.isna(row["pvalue"]) else format_p(row["pvalue"]),
        }
        for row in found.frame().to_dict("records")
    ]
    figure = ShownFigure("aided", "Every reader without and with the model.", _figure(found.plot()))
    notes = () if shown else (
        "Who was misled by the model is not shown: give one model and the cut-off at which it was "
        "shown (--model-threshold).",
    )  # fmt: skip
    yield Section(
        "aided",
        title,
        text=(_sentence(found.summary()),),
        tables=(ShownTable("Differences", rows), ShownTable("Calls that changed", changes)),
        figures=(figure,),
        notes=notes,
    )


def _tried(compute: Callable[P, T], *given: P.args, **options: P.kwargs) -> tuple[T | None, str]:
    """A result, or the reason why there is none."""
    try:
        return compute(*given, **options), ""
    except RadlnError as error:
        return None, f"Not done: {error}"


def _alone(study: ReaderStudy, options: ReaderOptions) -> str:
    """The condition in which the readers read alone: without the model, or the first."""
    return options.unaided if options.unaided in study.modalities else study.modalities[0]


def _given_cutoff(study: ReaderStudy, options: ReaderOptions) -> dict[str, float]:
    """The cut-off that was set beforehand, where it can only be that of the one model."""
    if options.model_threshold is None or len(study.models) != 1:
        return {}
    return dict.fromkeys(study.models, options.model_threshold)


def _with_and_without(study: ReaderStudy, options: ReaderOptions) -> bool:
    """Whether the reads are those without and with a model, with calls that may have changed."""
    both = {options.unaided, options.aided} == set(study.modalities)
    return both and study.call is not None


def _sentence(text: str) -> str:
    """A sentence begins with a capital, unless a name or a number does."""
    return text[0].upper() + text[1:] if text else text


def _figures_of(study: ReaderStudy) -> list[str]:
    """The figures of merit that the columns allow."""
    calls = ["sensitivity", "specificity"] * (study.call is not None)
    return ["auc"] * (study.score is not None) + calls


def _scored(study: ReaderStudy, modality: str) -> bool:
    """Whether readers gave more than a yes or no."""
    if study.score is None:
        return False
    values = study.score[study.modality_index(modality)]
    return all(np.unique(row[~np.isnan(row)]).size >= FEW_VALUES for row in values)


def _rate_rows(rows: Sequence[ReaderRow]) -> list[dict[str, str]]:
    """Rates and areas, one row a reader."""
    several = len({row.modality for row in rows}) > 1
    shown = []
    for row in rows:
        cells = {"Who": row.who, "Level": row.level}
        if several:
            cells["Modality"] = row.modality
        cells["Cases"] = str(row.n_cases)
        for name in (*RATES, "AUC", "AUC (binary)"):
            if name in row.estimates:
                label = name.upper() if name in ("ppv", "npv", "f1") else name[0].upper() + name[1:]
                cells[label] = row.estimates[name].format(2)
        shown.append(cells)
    return shown


def _figure(axes: Axes) -> Figure:
    figure = axes.figure
    if not isinstance(figure, Figure):
        raise TypeError("axes of a sub-figure")
    return figure


def _slug(name: str) -> str:
    """A name fit for a file and an anchor."""
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-") or "x"
