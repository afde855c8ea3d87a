"""What went into models of several classes, and what they use for every class."""

from __future__ import annotations

from collections.abc import Iterator

from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.report.figures import figure_of
from radln.report.study.chosen import predictor_row
from radln.report.study.features import (
    CAUTION,
    METHOD,
    beeswarm_axes,
    blocks_axes,
    importance_axes,
)
from radln.report.study.held_out import design_words
from radln.report.study.results import ClassResults, PageOptions
from radln.report.verdict import label

OF_SIDES = (
    "The values are those of the log-odds of one class against the rest before the probabilities "
    "of a case are divided by their sum; of a multinomial model those of the class's linear "
    "predictor, of a proportional-odds model those towards any higher class."
)


def class_predictors(results: ClassResults, options: PageOptions) -> Iterator[Section]:
    """The predictors of every final model, class by class."""
    rows = []
    for source, of_source in results.chosen.groupby("source", sort=False):
        for name, part in of_source.groupby("class", sort=False):
            cells = predictor_row(str(source), part)
            rows.append({"Model": cells.pop("Model"), "Class": str(name), **cells})
    yield Section(
        "predictors",
        "What went into the models",
        tables=(
            ShownTable(
                "Predictors of the final models",
                rows,
                design_words(results).chosen,
                folded=len(rows) > options.most_rows,
            ),
        ),
        frames={"predictors_of_models": results.chosen},
    )


def class_features(results: ClassResults, options: PageOptions) -> Iterator[Section]:
    """SHAP values of the richest models, class by class."""
    frames = {}
    for place, (_, of_class) in enumerate(results.attributions.items()):
        for source, attribution in of_class.items():
            frames[f"shap_importance_{source}_class{place}"] = attribution.importance
            frames[f"shap_blocks_{source}_class{place}"] = attribution.blocks
    yield Section(
        "features",
        "What the models use",
        figures=tuple(_figures(results, options)),
        notes=(OF_SIDES, CAUTION),
        methods=(METHOD,),
        frames=frames,
    )


def _figures(results: ClassResults, options: PageOptions) -> Iterator[ShownFigure]:
    for place, (name, of_class) in enumerate(results.attributions.items()):
        for source, attribution in of_class.items():
            who = label(source)
            yield ShownFigure(
                f"importance_{source}_class{place}",
                f"Importance of features in {who} for {name}: mean absolute SHAP value on held-out "
                "cases; bars are means, lines the range over repeats.",
                figure_of(importance_axes(attribution, f"{who}: {name}")),
            )
            yield ShownFigure(
                f"beeswarm_{source}_class{place}",
                f"SHAP values in {who} for {name}, one dot a held-out case (first repeat).",
                figure_of(beeswarm_axes(attribution, f"{who}: {name}")),
            )
    for place, (name, of_class) in enumerate(results.attributions.items()):
        for source, attribution in of_class.items():
            yield ShownFigure(
                f"blocks_{source}_class{place}",
                f"Importance by block of features in {label(source)} for {name}, with the range "
                "over repeats.",
                figure_of(blocks_axes(attribution, f"{label(source)}: {name}", options)),
            )
