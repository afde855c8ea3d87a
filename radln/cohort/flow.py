"""How many came in, who was left out and why: the numbers of a flow diagram."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class FlowStep:
    """``excluded`` rows left for one reason; ``cases`` and ``patients`` remain."""

    label: str
    reason: str
    excluded: int
    cases: int
    patients: int


@dataclass(frozen=True)
class Flow:
    """The steps from the table's rows to the analysed units, in order."""

    steps: tuple[FlowStep, ...] = ()

    def start(self, label: str, *, cases: int, patients: int) -> Flow:
        """The first count, before anything was left out."""
        return Flow((FlowStep(label, "", 0, cases, patients),))

    def then(self, label: str, reason: str, *, cases: int, patients: int) -> Flow:
        """Another step; what is missing since the last one was excluded for ``reason``."""
        excluded = self.steps[-1].cases - cases
        return Flow((*self.steps, FlowStep(label, reason, excluded, cases, patients)))

    def frame(self) -> pd.DataFrame:
        """One row a step.

        Examples
        --------
        >>> flow = Flow().start("rows", cases=10, patients=8)
        >>> flow.then("with a mask", "no mask", cases=9, patients=8).frame()["excluded"].tolist()
        [0, 1]
        """
        columns = list(FlowStep.__dataclass_fields__)
        return pd.DataFrame([vars(step) for step in self.steps], columns=columns)
