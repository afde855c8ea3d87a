"""One interval for a quantity on a page: the first that is shown stands wherever it comes again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from radln._result import Estimate
from radln.stats import (
    CombinedReads,
    ModelBenefit,
    MrmcComparison,
    ReaderGroupComparison,
    ReaderPerformance,
    StandaloneComparison,
)

CLOSE = 1e-9
PARTS = ("value", "low", "high", "se", "method")


@dataclass
class Shown:
    """Estimates by whose they are (a model, a reader, the readers of an average), where, of what.

    An average of one reader is that reader, and one of all experts that of everybody, where all
    are experts.
    """

    known: dict[tuple[str, str, str], Estimate] = field(default_factory=dict)

    def same(self, who: str, modality: str, what: str, estimate: Estimate) -> Estimate:
        """The estimate that was shown first of this quantity; another value is another quantity."""
        what = what.removesuffix(" (binary)")
        first = self.known.setdefault((who, modality, what), estimate)
        return first if _alike(first.value, estimate.value) else estimate

    def gap(self, first: str, second: str, modality: str, estimate: Estimate) -> Estimate:
        """The same of a difference of AUCs, whichever was taken from the other."""
        if (f"{second} − {first}", modality, "AUC") in self.known:
            turned = self.same(f"{second} − {first}", modality, "AUC", turn(estimate))
            return turn(turned)
        return self.same(f"{first} − {second}", modality, "AUC", estimate)

    def performance(self, found: ReaderPerformance) -> None:
        """What the first tables show."""
        for row in (*found.readers, *found.model_rows):
            for what, estimate in row.estimates.items():
                self.same(row.who, row.modality, what, estimate)
        for row in found.groups:
            there = [one for one in found.readers if one.modality == row.modality]
            own = [one.who for one in there if row.level in ("", one.level)]
            for what, estimate in row.estimates.items():
                self.same(_average(own), row.modality, what, estimate)

    def mrmc(self, found: MrmcComparison) -> MrmcComparison:
        """Averages of all readers in every modality."""
        means = [
            self.same(_average(found.readers), name, found.figure, mean)
            for name, mean in zip(found.modalities, found.means, strict=True)
        ]
        return replace(found, means=tuple(means))

    def groups(
        self, found: ReaderGroupComparison, modality: str | None, what: str
    ) -> ReaderGroupComparison:
        """Averages of levels (or of the readers of each modality)."""
        means = []
        for name, mean in zip(found.groups, found.means, strict=True):
            pairs = zip(found.readers, found.group_of, strict=True)
            own = [reader for reader, group in pairs if group == name]
            means.append(self.same(_average(own), modality or name, what, mean))
        return replace(found, means=tuple(means))

    def standalone(self, found: StandaloneComparison, modality: str) -> StandaloneComparison:
        """The model, the average reader, and the model against each reader."""
        gaps = [
            self.gap(found.model, reader, modality, gap)
            for reader, gap in zip(found.readers, found.reader_differences, strict=True)
        ]
        return replace(
            found,
            model_value=self.same(found.model, "", found.figure, found.model_value),
            reader_average=self.same(
                _average(found.readers), modality, found.figure, found.reader_average
            ),
            reader_differences=tuple(gaps),
        )

    def benefit(self, found: ModelBenefit) -> ModelBenefit:
        """Averages without and with the model."""
        return replace(found, figures={k: self.mrmc(one) for k, one in found.figures.items()})

    def combined(
        self, found: CombinedReads, models: Mapping[str, Any], modality: str
    ) -> CombinedReads:
        """Members, as readers and models are shown elsewhere, and differences of their AUCs."""
        figures = [
            self._row(row, self.same(row["source"], place, _what(row["metric"]), _estimate(row)))
            if row["kind"] == "member"
            else row
            for row in found.figures.to_dict("records")
            for place in ["" if row["source"] in models else modality]
        ]
        differences = [
            self._row(row, self.gap(row["first"], row["second"], modality, _estimate(row)))
            for row in found.differences.to_dict("records")
        ]
        return replace(
            found,
            figures=pd.DataFrame(figures, columns=found.figures.columns),
            differences=pd.DataFrame(differences, columns=found.differences.columns),
        )

    @staticmethod
    def _row(row: Mapping[Any, Any], estimate: Estimate) -> dict[Any, Any]:
        se = np.nan if estimate.se is None else estimate.se
        values = (estimate.value, estimate.low, estimate.high, se, estimate.method)
        return {**row, **dict(zip(PARTS, values, strict=True))}


def _average(readers: Iterable[str]) -> str:
    """The average of some readers, by their names."""
    return "\n".join(sorted(readers))


def turn(estimate: Estimate) -> Estimate:
    """The difference taken the other way round."""
    return replace(estimate, value=-estimate.value, low=-estimate.high, high=-estimate.low)


def _what(metric: str) -> str:
    return "AUC" if metric == "auc" else metric


def _estimate(row: Mapping[Any, Any]) -> Estimate:
    level = float(row["confidence_level"])
    return Estimate(row["value"], row["low"], row["high"], level, row["method"], row["se"])


def _alike(one: float, other: float) -> bool:
    return bool(abs(one - other) < CLOSE) or (np.isnan(one) and np.isnan(other))
