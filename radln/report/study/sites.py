"""Every site that was left out: its numbers, their mean, and what a new site may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from radln._draw.bars import draw_forest
from radln._result import Estimate
from radln.evaluation.result import Evaluation, Sites
from radln.report.chapter import Section, ShownFigure, ShownTable
from radln.report.figures import figure_of, row_axes
from radln.report.study.held_out import design_words
from radln.report.study.performance import CALLS, methods
from radln.report.study.results import PageOptions, StudyResults
from radln.report.tables import (
    Table,
    cut_off_rows,
    in_two,
    ladder_rows,
    operating_rows,
    pair_rows,
    parted,
    reader_call_rows,
)
from radln.report.verdict import label, with_limits

HEADS = {
    "auc": "AUC",
    "observed_expected": "Observed / expected (1 is ideal)",
    "slope": "Calibration slope (1 is ideal)",
}
NOT_POOLED = "Not pooled"
LEFT_OUT = (
    "ROC, calibration and decision curves over all sites are left out on purpose: every site has "
    "models of its own, whose scores are on no common scale. The numbers by site take their place."
)


def sites(results: StudyResults, options: PageOptions) -> Iterator[Section]:
    """Performance in every site, by models of the others."""
    evaluation = results.evaluation
    held = evaluation.sites
    if held is None:
        return
    words = design_words(results)
    yield Section(
        "performance",
        "Performance in sites that were left out",
        tables=tuple(_tables(results, held, options)),
        figures=tuple(_figures(results, held)),
        notes=(_counted(held), LEFT_OUT),
        methods=tuple(methods(results, options)),
        limits=words.limits,
        frames={
            "auc": evaluation.aucs,
            "sites": held.table,
            "site_summaries": held.summaries,
            "site_differences": held.differences,
            "ladder": evaluation.ladder,
            "differences": evaluation.pairs,
            "operating_points": evaluation.operating,
            "reader_calls": evaluation.reader_calls,
            "cut_offs": evaluation.cut_offs,
        },
    )


def _counted(held: Sites) -> str:
    """How many sites count in the primary comparison, and why the others do not."""
    left = held.differences[~held.differences["pooled"].astype(bool)]
    why = "; ".join(f"{row['site']}: {row['why']}" for _, row in left.iterrows())
    others = f" Listed and not pooled: {why}." if why else ""
    return f"{held.n_sites} sites; {held.n_pooled} of them count in the primary comparison.{others}"


def _figures(results: StudyResults, held: Sites) -> Iterator[ShownFigure]:
    evaluation, full = results.evaluation, results.asked.primary.full
    interval = evaluation.interval
    if not held.table[(held.table["source"] == full)].empty:
        yield ShownFigure(
            "sites",
            f"AUC of {label(full)} in every site, by models of the others, with {interval}"
            f"{_mean_below(_summary(held, full, 'auc'))}.",
            figure_of(site_axes(held, full)),
        )
    pair = " minus that of ".join(map(label, held.compared))
    yield ShownFigure(
        "site_differences",
        f"AUC of {pair} in every site, with {interval}"
        f"{_mean_below(evaluation.primary is not None)}.",
        figure_of(difference_axes(evaluation, held)),
    )


def _mean_below(there: object) -> str:
    """What stands below the line of a forest plot, where something does."""
    if there is None or there is False:
        return "; there are too few sites for a mean"
    return "; below the line the mean of the sites that are pooled, and the interval for a new site"


def _summary(held: Sites, source: str, measure: str) -> pd.Series | None:
    """The mean of sites; None of too few."""
    table = held.summaries
    rows = table[(table["source"] == source) & (table["measure"] == measure)]
    rows = rows[rows["value"].notna()]
    return None if rows.empty else rows.iloc[0]


def _forest(
    rows: pd.DataFrame, below: Sequence[Estimate], *, xlabel: str, reference: float
) -> Axes:
    limits = [
        np.append(rows[key].to_numpy(np.float64), [getattr(e, key) for e in below])
        for key in ("value", "low", "high")
    ]
    labels = [f"{row['site']}{'' if row['pooled'] else ' *'}" for _, row in rows.iterrows()]
    labels += ["Mean of sites", "New site"][: len(below)]
    return draw_forest(
        labels,
        *limits,
        xlabel=f"{xlabel}{'' if rows['pooled'].all() else '; * not pooled'}",
        texts=[Estimate(*row).format() for row in zip(*limits, strict=True)],
        reference=reference,
        summaries=len(below),
        ax=row_axes(len(labels)),
    )


def site_axes(held: Sites, source: str) -> Axes:
    """A forest plot of one model's areas."""
    table = held.table
    rows = table[(table["source"] == source) & (table["measure"] == "auc")]
    row, below = _summary(held, source, "auc"), list[Estimate]()
    if row is not None:
        below = [
            Estimate(row["value"], row["low"], row["high"]),
            Estimate(row["value"], row["prediction_low"], row["prediction_high"]),
        ]
    return _forest(rows, below, xlabel="AUC", reference=0.5)


def difference_axes(evaluation: Evaluation, held: Sites) -> Axes:
    """A forest plot of the primary comparison."""
    below = []
    if evaluation.primary is not None and held.prediction is not None:
        below = [evaluation.primary.difference, held.prediction]
    return _forest(held.differences, below, xlabel="Difference of AUC", reference=0.0)


def _tables(results: StudyResults, held: Sites, options: PageOptions) -> Iterator[ShownTable]:
    evaluation, words = results.evaluation, design_words(results)
    parts = parted(evaluation, results.named, options.most_rows)
    named = [s for s in parts[0] if s in results.named]
    for source in dict.fromkeys([results.asked.primary.full, *named, *parts[0], *parts[1]]):
        if rows := site_rows(held, source):
            first = source == results.asked.primary.full
            note = words.areas if first else ""
            yield ShownTable(f"By site: {label(source)}", rows, note, folded=source not in named)
    if rows := summary_rows(held, evaluation.interval):
        yield ShownTable("Means of sites, and a new site", rows)
    yield ShownTable("The primary comparison by site", difference_rows(evaluation, held))
    if rows := ladder_rows(evaluation):
        yield ShownTable("The named ladder, means of sites", rows)
    yield from in_two("At the cut-offs", operating_rows, evaluation, parts, words.at_cut_offs)
    if rows := reader_call_rows(evaluation):
        yield ShownTable(
            f"{label(results.asked.primary.full)} against the readers' calls", rows, CALLS
        )
    yield ShownTable(words.cut_offs, cut_off_rows(evaluation), folded=True)
    if rows := pair_rows(evaluation):
        caption = "All pairs, as mean differences of sites without p-values"
        yield ShownTable(caption, rows, folded=True)


def site_rows(held: Sites, source: str) -> Table:
    """One model or reader at every site."""
    rows = []
    for site, part in held.table[held.table["source"] == source].groupby("site", sort=True):
        first = part.iloc[0]
        cells = {
            "Site": str(site),
            "Cases (positive)": f"{first['n']} ({first['n_positive']})",
            "Patients": str(first["n_patients"]),
        }
        for _, row in part.iterrows():
            cells[HEADS[row["measure"]]] = _estimate(row).format(2)
        reasons = dict.fromkeys(str(why) for why in part["why"] if why)
        rows.append({**cells, NOT_POOLED: "; ".join(reasons)})
    return rows


def _estimate(row: pd.Series) -> Estimate:
    return Estimate(float(row["value"]), float(row["low"]), float(row["high"]))


def summary_rows(held: Sites, interval: str) -> Table:
    """The means of sites that there are."""
    rows = []
    for _, row in held.summaries[held.summaries["value"].notna()].iterrows():
        new = Estimate(row["value"], row["prediction_low"], row["prediction_high"])
        _, _, limits = new.format(2).partition(" (")
        rows.append(
            {
                "Model or reader": label(row["source"]),
                "Measure": HEADS[row["measure"]],
                "Sites pooled": f"{row['n_pooled']} of {row['n_sites']}",
                f"Mean of sites ({interval})": _estimate(row).format(2),
                "A new site (prediction interval)": limits.rstrip(")"),
                "Smallest–largest": f"{row['smallest']:.2f}–{row['largest']:.2f}",
                "Spread between sites (tau)": f"{row['tau']:.2f}",
            }
        )
    return rows


def difference_rows(evaluation: Evaluation, held: Sites) -> Table:
    """The difference of the primary comparison at every site."""
    head = f"AUC difference ({evaluation.interval})"
    rows = []
    for _, row in held.differences.iterrows():
        value = "not estimable"
        if np.isfinite(row["value"]):
            value = with_limits(row["value"], row["low"], row["high"])
        rows.append({"Site": str(row["site"]), head: value, NOT_POOLED: str(row["why"])})
    return rows
