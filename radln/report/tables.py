"""Tidy numbers as the rows of printed tables: rounded here and nowhere before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd

from radln._result import Estimate, format_p
from radln.evaluation.measures import CALIBRATION, MEASURES
from radln.evaluation.result import Evaluation
from radln.features.names import readable
from radln.report.chapter import ShownTable
from radln.report.study.results import Cases
from radln.report.verdict import label, with_limits
from radln.stats.description.table_one import TableOne

Table = list[dict[str, str]]
NO_AREA = "none: fewer than 10 patients of a class"
WORDS = {measure.name: measure for measure in MEASURES}


def _estimate(row: pd.Series) -> Estimate:
    return Estimate(float(row["value"]), float(row["low"]), float(row["high"]))


def _signed(row: pd.Series) -> str:
    return with_limits(row["value"], row["low"], row["high"])


def parted(
    evaluation: Evaluation, named: Sequence[str], most: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sources that a table shows at once, best first, and the models that it folds away.

    At most ``most`` models are shown: those ``named`` beforehand, and the best of the others.
    """
    frame = evaluation.aucs.sort_values(["kind", "value"], ascending=[True, False])
    models = frame.loc[frame["kind"] == "model", "source"].tolist()
    first = [source for source in models if source in named]
    first += [source for source in models if source not in named]
    folded = set(first[most:])
    return (
        tuple(source for source in frame["source"] if source not in folded),
        tuple(source for source in models if source in folded),
    )


def in_two(
    caption: str,
    build: Callable[[Evaluation, Sequence[str]], Table],
    evaluation: Evaluation,
    parts: tuple[Sequence[str], Sequence[str]],
    note: str = "",
) -> Iterator[ShownTable]:
    """A table of the sources that are shown at once, and a folded one of the others."""
    shown, folded = parts
    yield ShownTable(caption, build(evaluation, shown), note)
    if rows := build(evaluation, folded):
        yield ShownTable(f"{caption}: further models", rows, folded=True)


def auc_rows(evaluation: Evaluation, sources: Sequence[str]) -> Table:
    """AUC with its interval and the range over repeats, in the order of ``sources``."""
    rows = []
    frame = evaluation.aucs.set_index("source", drop=False).loc[list(sources)]
    for _, row in frame.iterrows():
        spread = ""
        if row["kind"] == "model" and row["repeat_max"] > row["repeat_min"]:
            spread = f"{row['repeat_min']:.3f}–{row['repeat_max']:.3f}"
        who = label(row["source"]) + (" – reader" if row["kind"] == "reader" else "")
        rows.append(
            {
                "Model or reader": who,
                f"AUC ({evaluation.interval})": _estimate(row).format(3),
                "Range over repeats": spread,
                "Cases": str(int(row["n"])),
                "Patients": str(int(row["n_patients"])),
            }
        )
    return rows


def operating_rows(evaluation: Evaluation, sources: Sequence[str]) -> Table:
    """Sensitivity and its kin at the folds' cut-offs, of the sources that have some."""
    rows = []
    for source, part in _of(evaluation.operating, sources):
        cells = {"Model or reader": label(source)}
        for _, row in part.iterrows():
            measure = WORDS[row["measure"]]
            cells[measure.label] = _estimate(row).format(
                1 if measure.percent else 2, percent=measure.percent
            )
        rows.append(cells)
    return rows


def _of(frame: pd.DataFrame, sources: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows of each of the sources that the table knows."""
    parts = {} if frame.empty else dict(iter(frame.groupby("source")))
    return ((source, parts[source]) for source in sources if source in parts)


def calibration_rows(evaluation: Evaluation, sources: Sequence[str]) -> Table:
    """Calibration numbers of the models among the sources."""
    rows = []
    for source, part in _of(evaluation.calibration_table, sources):
        cells = {"Model": label(source)}
        for _, row in part.iterrows():
            cells[CALIBRATION[row["measure"]]] = _estimate(row).format(
                3 if "brier" in row["measure"] else 2
            )
        rows.append(cells)
    return rows


def ladder_rows(evaluation: Evaluation) -> Table:
    """The named steps, each with its adjusted p-value."""
    return [
        {
            "Richer": label(row["richer"]),
            "Simpler": label(row["simpler"]),
            f"AUC difference ({evaluation.interval})": _signed(row),
            "p (Holm)": format_p(row["pvalue_holm"]).removeprefix("p ").removeprefix("= "),
        }
        for _, row in evaluation.ladder.iterrows()
    ]


def pair_rows(evaluation: Evaluation) -> Table:
    """Every other pair, without p-values."""
    return [
        {
            "First": label(row["first"]),
            "Second": label(row["second"]),
            f"AUC difference ({evaluation.interval})": _signed(row),
        }
        for _, row in evaluation.pairs.iterrows()
    ]


def reader_call_rows(evaluation: Evaluation) -> Table:
    """The primary model's rates minus those of every reader, a row a reader."""
    rows = []
    table = evaluation.reader_calls
    for reader, part in table.groupby("reader", sort=False) if not table.empty else ():
        cells = {"Reader": label(str(reader))}
        for _, row in part.iterrows():
            head = f"{WORDS[row['measure']].label}, difference ({evaluation.interval})"
            cells[head] = with_limits(row["value"], row["low"], row["high"])
        rows.append(cells)
    return rows


def deep_rows(evaluation: Evaluation, pairs: Sequence[tuple[str, str]]) -> Table:
    """What deep features add to all others, and how they do alone; no rows without them."""
    rows = []
    for rich, simple in pairs:
        gap = evaluation.gap(rich, simple)
        if gap is not None:
            found = with_limits(gap.value, gap.low, gap.high)
            head = f"AUC difference ({evaluation.interval})"
            rows.append({"With": label(rich), "Without": label(simple), head: found})
    return rows


def site_rows(evaluation: Evaluation) -> Table:
    """The primary model at every site."""
    return group_rows(evaluation.by_site.rename(columns={"site": "group"}), "Site", evaluation)


def group_rows(table: pd.DataFrame, head: str, evaluation: Evaluation) -> Table:
    """A model in every group of cases, with its difference to the largest group."""
    rows = []
    for _, row in table.iterrows():
        value = NO_AREA
        if pd.notna(row["value"]):
            limits = pd.notna(row["low"]) and row["low"] < row["high"]
            value = _estimate(row).format(3) if limits else f"{row['value']:.3f} (no interval)"
        gap = ""
        if pd.notna(row["difference"]):
            gap = with_limits(row["difference"], row["difference_low"], row["difference_high"])
            gap += f" against {row['reference']}"
        rows.append(
            {
                head: str(row["group"]),
                "Cases (positive)": f"{row['n']} ({row['n_positive']})",
                "Patients": str(row["n_patients"]),
                f"AUC ({evaluation.interval})": value,
                f"Difference ({evaluation.interval})": gap,
            }
        )
    return rows


def cut_off_rows(evaluation: Evaluation) -> Table:
    """How much the folds' cut-offs (risks) vary."""
    return [
        {
            "Model": label(str(row["source"])),
            "Median cut-off (risk)": f"{row['median']:.3f}",
            "Range over folds": f"{row['low']:.3f}–{row['high']:.3f}",
        }
        for row in evaluation.cut_off_ranges().to_dict("records")
    ]


def table_one_rows(who: Cases) -> Table:
    """Table 1 with the outcome's words as heads."""
    if who.counts:
        named = {name: f"{name} (n = {n})" for name, n in who.counts.items()}
        return _described(who.table_one, {"overall": f"All (n = {who.n})", **named})
    heads = {
        "overall": f"All (n = {who.n})",
        "negative": f"{who.negative} (n = {who.n - who.n_positive})",
        "positive": f"{who.positive} (n = {who.n_positive})",
    }
    called = {"negative": who.negative, "positive": who.positive}

    def missing(text: str) -> str:
        return re.sub(r"\b(negative|positive)\b", lambda found: called[found[0]], text)

    return _described(who.table_one, heads, missing)


def part_rows(described: TableOne) -> Table:
    """The same with training and test part as heads."""
    heads = {"overall": "All", **{name: f"{name} part" for name in described.groups}}
    return _described(described, heads)


def _minus(text: str) -> str:
    """The text with true minus signs."""
    return re.sub(r"(?<![\w)])-(?=\d)", "−", text)


def _described(
    table: TableOne, heads: Mapping[str, str], missing: Callable[[str], str] = str
) -> Table:
    rows = []
    last = ""
    for _, row in table.frame().iterrows():
        name = str(row["variable"])
        rows.append(
            {
                "Variable": readable(name) if name != last else "",
                "Level": str(row["level"]),
                **{shown: _minus(row[column]) for column, shown in heads.items()},
                "Missing": missing(str(row["missing"])),
                "SMD": str(row["smd"]),
            }
        )
        last = name
    return rows
