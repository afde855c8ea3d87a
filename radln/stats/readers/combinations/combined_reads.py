"""The figures of members, groups and combinations, and the one comparison that was named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, Result, format_p

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Measure: TypeAlias = Literal["auc", "balanced_accuracy", "sensitivity", "specificity"]
METRICS = ("f1", "sensitivity", "specificity", "ppv", "npv", "accuracy", "auc")
HEADS = {"f1": "F1", "ppv": "PPV", "npv": "NPV", "auc": "AUC"}
CONDITIONAL = "conditional on the fitted elements"
BINARY = "of calls alone the AUC is (sensitivity + specificity)/2 and marked binary"


@dataclass(frozen=True, kw_only=True)
class PrimaryComparison:
    """The comparison that was named beforehand: ``first`` minus ``second``, with its test.

    ``on`` is the measure; ``binary`` says that an AUC is one of calls, (sensitivity +
    specificity)/2.
    """

    first: str
    second: str
    on: Measure
    binary: bool
    value_first: float
    value_second: float
    difference: Estimate
    statistic: float
    pvalue: float
    method: str
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.summary()

    def summary(self) -> str:
        """The comparison in words."""
        name = {"auc": "AUC", "balanced_accuracy": "balanced accuracy"}.get(self.on, self.on)
        name += " (binary)" if self.binary and self.on == "auc" else ""
        return (
            f"{self.first} against {self.second}, {name} {self.value_first:.3f} against "
            f"{self.value_second:.3f}: difference {self.difference.format(3)}, "
            f"{format_p(self.pvalue)}; {self.method}"
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CombinedReads(Result):
    """What each member, group and combination reached.

    ``figures`` has one row a source and metric, with the numbers behind a share (``k`` of ``of``)
    where its calls were not fitted; ``differences`` one row a pair (AUC of the first
    minus that of the second, without a test; ``compared`` says whether two scores, two binary reads
    or one of each were compared, ``independent`` is False where one side is an input of the other);
    ``fitted`` one row a fitted element and fold; ``primary`` is the one tested comparison.
    """

    figures: pd.DataFrame
    differences: pd.DataFrame
    fitted: pd.DataFrame
    primary: PrimaryComparison | None
    n_folds: int
    n_repeats: int

    def frame(self) -> pd.DataFrame:
        """One row a source and metric."""
        return self.figures.copy()

    def table(self) -> pd.DataFrame:
        """One row a source, in rounded texts, as a paper prints it; a binary AUC says so."""
        rows = {}
        for source, part in self.figures.groupby("source", sort=False):
            texts = {row["metric"]: _text(row) for row in part.to_dict("records")}
            rows[source] = {HEADS.get(m, m.capitalize()): texts[m] for m in METRICS}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("source").reset_index()

    def spread(self) -> pd.DataFrame:
        """Median and range of every fitted element over folds and repeats."""
        grouped = self.fitted.groupby(["source", "piece"], sort=False)["value"]
        return grouped.agg(["median", "min", "max"]).reset_index()

    def summary(self) -> str:
        """What was done and found, for the methods section."""
        kinds = self.figures.drop_duplicates("source")["kind"].value_counts()
        counted = [(int(kinds.get(kind, 0)), kind) for kind in ("member", "group", "combination")]
        parts = [_counted(number, kind) for number, kind in counted if number]
        words = [
            f"{', '.join(parts)} on {self.n} cases ({self.n_positive} positive) of "
            f"{self.n_patients} patients",
            self.method,
        ]
        if (self.figures["reads"] == "binary").any():
            words.append(BINARY)
        words.append(
            "no comparison was named, and none is tested"
            if self.primary is None
            else f"primary comparison: {self.primary.summary()}; every other difference is shown "
            "with its interval and without a test"
        )
        return "; ".join(words) + "."

    def plot(self, ax: Axes | None = None, *, metric: str = "auc") -> Axes:
        """A forest of one metric over all sources; a binary AUC is labelled."""
        from radln._draw.bars import draw_forest
        from radln._draw.style import sample

        _check.choice(metric, METRICS, name="metric")
        rows = self.figures[self.figures["metric"] == metric]
        labels = [
            f"{row.source} [binary]" if metric == "auc" and row.reads == "binary" else row.source
            for row in rows.itertuples()
        ]
        level = float(rows["confidence_level"].iloc[0])
        return draw_forest(
            [str(label) for label in labels],
            rows["value"].to_numpy(np.float64),
            rows["low"].to_numpy(np.float64),
            rows["high"].to_numpy(np.float64),
            xlabel=f"{HEADS.get(metric, metric.capitalize())} ({100 * level:g} % interval)",
            texts=[_text({**row, "reads": ""}) for row in rows.to_dict("records")],
            reference=0.5 if metric == "auc" else None,
            title=sample(self.n, self.n_positive),
            ax=ax,
        )


def _text(row: Mapping[Any, Any]) -> str:
    """One cell of the paper's table."""
    value, low, high = (float(row[key]) for key in ("value", "low", "high"))
    text = Estimate(value, low, high).format(2)
    binary = row["metric"] == "auc" and row["reads"] == "binary"
    return f"{text}, binary" if binary else text


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
