"""Differences between two sources site by site, and their mean where there are enough sites."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from radln._result import Estimate, estimate_row
from radln._types import BoolArray
from radln.errors import RadlnError
from radln.evaluation.average_reader import against_average
from radln.evaluation.evaluate import compared
from radln.evaluation.primary import Primary
from radln.evaluation.result import Sites
from radln.evaluation.scores import Scores
from radln.evaluation.settings import AVERAGE
from radln.stats import holm
from radln.stats.description.pooled import PooledDifference, pooled_difference

FEW_PATIENTS = 10  # of either class, below which a site is not pooled
FEW_SITES = 5  # below which nothing is pooled


@dataclass(frozen=True, eq=False)
class Site:
    """A site by itself: what was said of its units, and the sources whose area there is 0 or 1."""

    name: str
    scores: Scores
    perfect: tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """The difference of two sources in a site, and why it is not pooled."""

    site: str
    difference: Estimate
    why: str


@dataclass(frozen=True, eq=False)
class Gaps:
    """The differences of one pair in every site."""

    scores: Scores
    sites_judged: Sequence[Site]
    pair: tuple[str, str]
    level: float
    coarse: Collection[str] = ()

    @cached_property
    def of_sites(self) -> tuple[Gap, ...]:
        """One a site."""
        return tuple(self._gap(site) for site in self.sites_judged)

    def _gap(self, site: Site) -> Gap:
        full, simple = self.pair
        sources = [one for name in self.pair if (one := site.scores.sources.get(name)) is not None]
        known = np.all([one.known for one in sources], axis=0)
        reason = too_few(site.scores, known)
        nothing = Estimate(np.nan, np.nan, np.nan, self.level, "not estimable")
        try:
            if simple == AVERAGE:
                difference = against_average(site.scores, full, self.level, self.coarse).difference
            else:
                found = compared(site.scores, full, simple, self.level)
                if found is None:
                    return Gap(site.name, nothing, reason or "one of the two lacks cases")
                difference = found.difference
        except RadlnError as error:
            return Gap(site.name, nothing, reason or str(error))
        why = "an AUC of 0 or 1" if set(self.pair) & set(site.perfect) else ""
        if not why and not (difference.se is not None and difference.se > 0):
            why = "no standard error"
        return Gap(site.name, difference, reason or why)

    @property
    def counted(self) -> list[Estimate]:
        """The differences of the sites that count."""
        return [gap.difference for gap in self.of_sites if not gap.why]

    @cached_property
    def pooled(self) -> PooledDifference | None:
        """Their mean over sites; None of fewer than five."""
        if len(self.counted) < FEW_SITES:
            return None
        trained = any(name in self.scores.models for name in self.pair)
        return pooled_difference(self.counted, shared_training=trained)

    def primary(self, margin: float) -> Primary | None:
        """The comparison that was named; None where too few sites can be pooled."""
        if self.pooled is None:
            return None
        found = self.pooled
        return Primary(*self.pair, margin, found.estimate, found.pvalue, found.df)

    def sites(self, table: pd.DataFrame, summaries: pd.DataFrame) -> Sites:
        """What is shown of sites, these differences among it."""
        values = [gap.value for gap in self.counted]
        rows = [
            estimate_row(g.difference, site=g.site, pooled=not g.why, why=g.why)
            for g in self.of_sites
        ]
        return Sites(
            table=table,
            summaries=summaries,
            differences=pd.DataFrame(rows),
            compared=self.pair,
            n_sites=len(rows),
            n_pooled=len(values),
            spread=(min(values), max(values)) if values else (np.nan, np.nan),
            prediction=None if self.pooled is None else self.pooled.prediction,
        )


def too_few(part: Scores, known: BoolArray) -> str:
    """Why these units of a site are too few to be pooled, whatever was said of them; else blank."""
    y = part.y[known]
    if not y.any():
        return "no event"
    if y.all():
        return "every case is positive"
    patients = part.outcome.counts(y, part.patients[known])
    rarer = min(patients, key=lambda side: patients[side])
    if patients[rarer] < FEW_PATIENTS:
        return f"{patients[rarer]} {rarer} patient(s), fewer than {FEW_PATIENTS}"
    return ""


def pairs_of_sites(scores: Scores, judged: Sequence[Site], level: float) -> pd.DataFrame:
    """The mean difference of every pair that enough sites have."""
    rows = []
    for pair in combinations([*scores.models, *scores.readers], 2):
        found = Gaps(scores, judged, pair, level).pooled
        if found is not None:
            row = estimate_row(found.estimate, first=pair[0], second=pair[1])
            rows.append({**row, "pvalue": found.pvalue})
    return pd.DataFrame(rows)


def ladder_of_sites(steps: Sequence[str], pairs: pd.DataFrame) -> pd.DataFrame:
    """Each step against the one below, Holm-adjusted; steps without a mean are passed over."""
    known = {} if pairs.empty else {(r["first"], r["second"]): r for _, r in pairs.iterrows()}
    present = [step for step in steps if any(step in pair for pair in known)]
    rows = []
    for lower, upper in pairwise(present):
        turn = -1 if (upper, lower) not in known else 1
        row = known.get((upper, lower), known.get((lower, upper)))
        if row is None:
            continue
        low, high = sorted((turn * row["low"], turn * row["high"]))
        value = {"value": turn * row["value"], "low": low, "high": high}
        rows.append({**row.drop(["first", "second"]), **value, "richer": upper, "simpler": lower})
    frame = pd.DataFrame(rows)
    if not frame.empty:
        frame["pvalue_holm"] = holm(frame["pvalue"].to_numpy())
    return frame
