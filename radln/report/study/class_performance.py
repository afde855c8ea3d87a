"""How well models tell several classes apart, and whom models and readers call what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from radln._draw.bars import draw_forest
from radln._draw.curves import draw_roc
from radln._draw.matrix import draw_confusion
from radln._result import Estimate, format_p
from radln.evaluation.classes import ClassEvaluation
from radln.models.learners import learner
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.report.figures import figure_of, row_axes
from radln.report.study.held_out import design_words
from radln.report.study.performance import modelling
from radln.report.study.results import ClassResults, PageOptions
from radln.report.study.words import warnings
from radln.report.verdict import label, with_limits

AVERAGES = {
    "macro": "Macro average",
    "hand_till": "Hand and Till",
    "weighted": "Weighted by size",
    "micro": "Micro average",
}
OVERALL = {
    "accuracy": ("Accuracy", True),
    "balanced_accuracy": ("Balanced accuracy", True),
    "macro_f1": ("Macro F1", False),
    "weighted_f1": ("Weighted F1", False),
    "kappa": ("Kappa", False),
    "mcc": ("MCC", False),
}
OF_A_CLASS = {
    "sensitivity": ("Sensitivity", True),
    "specificity": ("Specificity", True),
    "ppv": ("PPV", True),
    "npv": ("NPV", True),
    "f1": ("F1", False),
}
MACRO = (
    "Macro: the plain mean of the areas of every class against the rest; Hand and Till: the mean "
    "over pairs of classes, which class sizes do not change; micro: over all pairs of a case and a "
    "class, which rewards knowing the class sizes. They are views of one ranking, not findings of "
    "their own; 0.5 is chance, save for micro."
)
CALLED = (
    "A model calls the class with the largest probability, a reader the class that was written "
    "down. Intervals of models hold for the models that were fitted."
)
AGAINST = (
    "Share of right calls of the model minus that of each reader, on the same cases; without "
    "p-values."
)
FEW = "Groups with fewer than 10 patients of a class, or of the rest, have no number."
TESTED = (
    "One primary comparison ({}) of macro-averaged areas was tested at 0.05; {}all other "
    "differences are given with intervals and without p-values."
)
BY_AREAS = (
    "Areas of several classes are macro-averaged over every class against the rest (Hand and "
    "Till's mean over pairs beside them), within folds; their variance is that of placements "
    "within classes, clustered by patient"
)


def class_performance(results: ClassResults, options: PageOptions) -> Iterator[Section]:
    """Areas, their differences, and calls."""
    evaluation, words = results.evaluation, design_words(results)
    full = shown_model(results)
    yield Section(
        "performance",
        "Performance on held-out patients",
        figures=tuple(_figures(results, full)),
        tables=tuple(_tables(results, options)),
        methods=tuple(_methods(results, options)),
        limits=words.limits,
        frames={
            "auc": evaluation.areas,
            "ladder": evaluation.ladder,
            "differences": evaluation.pairs,
            "calls": evaluation.calls,
            "reader_calls": evaluation.reader_calls,
            **{
                f"confusion_{source}": table.reset_index()
                for source, table in evaluation.confusions.items()
            },
            "auc_by_site": _of_sides(evaluation, "by_site"),
            "auc_by_subgroup": _of_sides(evaluation, "subgroups"),
        },
    )


def _of_sides(evaluation: ClassEvaluation, name: str) -> pd.DataFrame:
    """A table of every class against the rest, one below the other."""
    tables: dict[str, pd.DataFrame] = {
        of: getattr(side, name) for of, side in evaluation.sides.items()
    }
    return pd.concat(
        [table.assign(**{"class": of}) for of, table in tables.items()], ignore_index=True
    )


def shown_model(results: ClassResults) -> str:
    """The model that figures show: the primary one, else the first."""
    full = results.asked.primary.full
    return full if full in results.evaluation.models else results.evaluation.models[0]


def _figures(results: ClassResults, full: str) -> Iterator[ShownFigure]:
    evaluation, words = results.evaluation, design_words(results)
    yield ShownFigure(
        "roc",
        f"ROC curves of {label(full)}, every class against the rest, on held-out patients "
        f"({words.roc}), with AUC and {evaluation.interval}.",
        figure_of(roc_axes(results, full)),
    )
    yield ShownFigure(
        "auc",
        f"Macro-averaged AUC with {evaluation.interval} of every model.",
        figure_of(forest_axes(evaluation)),
    )
    readers = [s for s in evaluation.confusions if s not in evaluation.models]
    for source in (full, *readers):
        counts = evaluation.confusions[source]
        yield ShownFigure(
            f"confusion_{source}",
            f"Calls of {label(source)}: how many cases of every class (rows) were called what"
            + (" (first repeat)." if source == full and _repeats(results) > 1 else "."),
            figure_of(draw_confusion(counts.to_numpy(), [str(name) for name in counts.columns])),
        )


def _repeats(results: ClassResults) -> int:
    return results.modelled.settings.repeats if results.tested.partition == "held-out" else 1


def roc_axes(results: ClassResults, full: str) -> Axes:
    """A curve a class."""
    evaluation, areas = results.evaluation, results.evaluation.areas
    own = areas[(areas["source"] == full) & (areas["metric"] == "one_vs_rest")]
    named = {
        str(row["first"]): f"{row['first']}, AUC {_estimate(row).format()}"
        for _, row in own.iterrows()
    }
    curves = {
        named[name]: (side.grid, side.curves[full]) for name, side in evaluation.sides.items()
    }
    return draw_roc(curves, n=results.tested.n, n_positive=None)


def forest_axes(evaluation: ClassEvaluation) -> Axes:
    """The macro average of every model."""
    areas = evaluation.areas
    rows = areas[areas["metric"] == "macro"].sort_values("value", ascending=False)
    return draw_forest(
        [label(source) for source in rows["source"]],
        *(rows[column].to_numpy(np.float64) for column in ("value", "low", "high")),
        xlabel="Macro-averaged AUC",
        texts=[_estimate(row).format() for _, row in rows.iterrows()],
        reference=0.5,
        others=0,
        ax=row_axes(len(rows)),
    )


def _estimate(row: pd.Series) -> Estimate:
    return Estimate(float(row["value"]), float(row["low"]), float(row["high"]))


def _tables(results: ClassResults, options: PageOptions) -> Iterator[ShownTable]:
    evaluation, words = results.evaluation, design_words(results)
    said = [f"{words.areas} {MACRO}", *warnings(results)]
    yield ShownTable("Areas under the ROC curve", area_rows(evaluation), " ".join(said))
    yield ShownTable("Every class against the rest", side_rows(evaluation))
    if not evaluation.ladder.empty:
        yield ShownTable("The named ladder", _ladder_rows(evaluation))
    yield ShownTable("Calls", _overall_rows(evaluation), CALLED)
    for name in evaluation.classes:
        yield ShownTable(f"Calls of {name} against the rest", _class_rows(evaluation, name))
    if not evaluation.reader_calls.empty:
        model = label(results.asked.primary.full)
        yield ShownTable(f"{model} against the readers' calls", _reader_rows(evaluation), AGAINST)
    if not evaluation.pairs.empty:
        caption = "All pairs, as differences without p-values"
        yield ShownTable(caption, _pair_rows(evaluation), folded=True)
    who = label(shown_model(results))
    sites = _of_sides(evaluation, "by_site").rename(columns={"site": "group"})
    if rows := _group_rows(sites, "Site", evaluation.interval):
        yield ShownTable(f"By site: {who}", rows, FEW, folded=True)
    subgroups = _of_sides(evaluation, "subgroups")
    for subgroup, part in subgroups.groupby("subgroup", sort=False) if len(subgroups) else ():
        rows = _group_rows(part, "Group", evaluation.interval)
        yield ShownTable(f"By {subgroup}: {who}", rows, FEW, folded=True)


def area_rows(evaluation: ClassEvaluation) -> list[dict[str, str]]:
    """A row a model, the averages in columns, best first."""
    wide = {
        (row["source"], row["metric"]): _estimate(row).format(3)
        for _, row in evaluation.areas.iterrows()
        if row["metric"] in AVERAGES
    }
    macro = evaluation.areas[evaluation.areas["metric"] == "macro"]
    order = macro.sort_values("value", ascending=False)["source"]
    return [
        {
            "Model": label(source),
            **{
                f"{head} ({evaluation.interval})": wide[source, metric]
                for metric, head in AVERAGES.items()
            },
        }
        for source in order
    ]


def side_rows(evaluation: ClassEvaluation) -> list[dict[str, str]]:
    """A row a model, its areas of every class against the rest in columns."""
    own = evaluation.areas[evaluation.areas["metric"] == "one_vs_rest"]
    return [
        {
            "Model": label(str(source)),
            **{
                f"{row['first']} ({evaluation.interval})": _estimate(row).format(3)
                for _, row in part.iterrows()
            },
        }
        for source, part in own.groupby("source", sort=False)
    ]


def _rates(part: pd.DataFrame, words: dict[str, tuple[str, bool]]) -> dict[str, str]:
    return {
        words[row["measure"]][0]: _estimate(row).format(
            1 if words[row["measure"]][1] else 2, percent=words[row["measure"]][1]
        )
        for _, row in part.iterrows()
    }


def _overall_rows(evaluation: ClassEvaluation) -> list[dict[str, str]]:
    own = evaluation.calls[evaluation.calls["class"] == ""]
    return [
        {"Model or reader": _who(evaluation, str(source)), **_rates(part, OVERALL)}
        for source, part in own.groupby("source", sort=False)
    ]


def _class_rows(evaluation: ClassEvaluation, name: str) -> list[dict[str, str]]:
    own = evaluation.calls[evaluation.calls["class"] == name]
    return [
        {"Model or reader": _who(evaluation, str(source)), **_rates(part, OF_A_CLASS)}
        for source, part in own.groupby("source", sort=False)
    ]


def _who(evaluation: ClassEvaluation, source: str) -> str:
    return label(source) + ("" if source in evaluation.models else " – reader")


def _ladder_rows(evaluation: ClassEvaluation) -> list[dict[str, str]]:
    return [
        {
            "Richer": label(row["richer"]),
            "Simpler": label(row["simpler"]),
            f"Macro AUC difference ({evaluation.interval})": _signed(row),
            "p (Holm)": format_p(row["pvalue_holm"]).removeprefix("p ").removeprefix("= "),
        }
        for _, row in evaluation.ladder.iterrows()
    ]


def _pair_rows(evaluation: ClassEvaluation) -> list[dict[str, str]]:
    return [
        {
            "First": label(row["first"]),
            "Second": label(row["second"]),
            f"Macro AUC difference ({evaluation.interval})": _signed(row),
        }
        for _, row in evaluation.pairs.iterrows()
    ]


def _reader_rows(evaluation: ClassEvaluation) -> list[dict[str, str]]:
    rows = []
    for reader, part in evaluation.reader_calls.groupby("reader", sort=False):
        cells = {"Reader": label(str(reader))}
        for _, row in part.iterrows():
            head = f"Of {row['class']}" if row["class"] else "Of all cases"
            cells[f"{head} ({evaluation.interval})"] = _signed(row)
        rows.append(cells)
    return rows


def _group_rows(table: pd.DataFrame, head: str, interval: str) -> list[dict[str, str]]:
    """Every class against the rest in every group of cases."""
    rows: dict[str, dict[str, str]] = {}
    for row in table.to_dict("records"):
        group = str(row["group"])
        cells = rows.setdefault(group, {head: group, "Cases": str(row["n"])})
        value = Estimate(float(row["value"]), float(row["low"]), float(row["high"]))
        shown = value.format(3) if pd.notna(row["value"]) else "none"
        cells[f"{row['class']} (n), AUC ({interval})"] = f"({row['n_positive']}) {shown}"
    return list(rows.values())


def _signed(row: pd.Series) -> str:
    return with_limits(row["value"], row["low"], row["high"])


def _told_apart(results: ClassResults) -> Iterator[str]:
    """How learners came to several classes."""
    fitted = results.modelled.settings.fitted or {}
    links = {learner(given.learner).link for given in fitted.values()} or {"one-vs-rest"}
    if "one-vs-rest" in links:
        yield (
            "Learners of two classes were fitted to every class against the rest, and the "
            "probabilities of a case divided by their sum."
        )
    if links != {"one-vs-rest"}:
        yield (
            "Multinomial and proportional-odds models were fitted to all classes at once, on the "
            "predictors that the steps kept for any class against the rest."
        )


def _methods(results: ClassResults, options: PageOptions) -> Iterator[str]:
    evaluation, primary = results.evaluation, results.evaluation.primary
    yield from modelling(results, options)
    yield from _told_apart(results)
    raised = ""
    if results.tested.partition == "held-out":
        raised = (
            f", averaged over repeats and raised by the factor {evaluation.variance_factor:.2f}, "
            "because patients are tested in one fold and trained on in the others"
        )
    yield f"{BY_AREAS}{raised}."
    named = "none"
    if primary is not None:
        named = f"{label(primary.full)} against {label(primary.simple)}, margin {primary.margin:g}"
    ladder = "" if evaluation.ladder.empty else "the named ladder was adjusted by Holm's method; "
    yield TESTED.format(named, ladder)
    yield (
        "Rates of calls have Wilson intervals on the effective number of cases; averages over "
        f"classes, F1, kappa and MCC a patient bootstrap ({results.asked.n_resamples} resamples)."
    )
