"""From predictions of sites that were left out to every judged number.

Each site has models of its own, so that scores of two sites are never ranked against each other:
every site is judged by itself, and from five sites on a random-effects model says what their mean
is and what a new site may see. Rates at the cut-offs, which are calls and no scores, are over all
sites together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from radln._result import Estimate, estimate_row
from radln._types import BoolArray
from radln.errors import RadlnError
from radln.evaluation.against_calls import against_calls
from radln.evaluation.evaluate import GRID, cut_off_table, operating_table, reader_row
from radln.evaluation.result import Evaluation
from radln.evaluation.scores import Cuts, Scores, Source, scores_of
from radln.evaluation.settings import EvaluationSettings
from radln.evaluation.site_gaps import (
    FEW_SITES,
    Gaps,
    Site,
    ladder_of_sites,
    pairs_of_sites,
    too_few,
)
from radln.predictions import Predictions
from radln.stats import auc, between_centres, calibration
from radln.stats.description.centres import Measure

POOLED = ("value", "low", "high", "prediction_low", "prediction_high", "tau", "i_squared")
MEASURES: tuple[Measure, ...] = ("auc", "observed_expected", "slope")


def evaluate_sites(
    predictions: Predictions,
    cut_offs: Cuts,
    settings: EvaluationSettings,
    *,
    seed: int,
    readers: Collection[str] = (),
    coarse: Collection[str] = (),
    n_training: int = 0,
) -> Evaluation:
    """Judge every model and reader site by site.

    Parameters
    ----------
    predictions
        Units with their ``site``; every model's scores with the site's ``fold``.
    cut_offs, settings, readers, coarse
        As of :func:`radln.evaluation.evaluate.evaluate`.
    n_training
        Patients that taught the models of a site, on average.
    """
    scores = scores_of(predictions, cut_offs, readers)
    level, named = settings.confidence_level, settings.primary
    parts = dict(_by_site(scores))
    table = pd.DataFrame(
        row
        for site, part in parts.items()
        for source in part.sources.values()
        for row in _judged(part, source, site, level)
    )
    summaries = _summaries(scores, table, level)
    judged = [
        Site(site, part, _perfect(table[table["site"] == site])) for site, part in parts.items()
    ]
    gaps = Gaps(scores, judged, (named.full, named.simple), level, coarse)
    pairs = pairs_of_sites(scores, judged, level)
    return Evaluation(
        aucs=_areas(scores, summaries, readers, level),
        primary=gaps.primary(named.margin),
        ladder=ladder_of_sites(settings.ladder, pairs),
        pairs=pairs.drop(columns="pvalue", errors="ignore"),
        operating=operating_table(scores, settings, seed),
        cut_offs=cut_off_table(cut_offs, readers),
        calibration_table=pd.DataFrame(),
        calibrations={},
        decisions={},
        net_benefit=pd.DataFrame(),
        by_site=pd.DataFrame(),
        grid=GRID,
        curves={},
        n_training=n_training,
        variance_factor=1.0,
        confidence_level=level,
        reader_calls=against_calls(scores, named.full, level),
        sites=gaps.sites(table, summaries),
    )


def _by_site(scores: Scores) -> Iterator[tuple[str, Scores]]:
    """What was said of the units of every site, each as a test of its own."""
    if scores.site is None:
        return
    sites = scores.site.astype(str).to_numpy()
    for site in sorted(set(sites)):
        at = sites == site
        yield (
            str(site),
            replace(
                scores,
                units=scores.units[at],
                y=scores.y[at],
                patients=scores.patients[at],
                site=None,
                sources={name: _at(one, at) for name, one in scores.sources.items()},
            ),
        )


def _at(one: Source, at: BoolArray) -> Source:
    """A source on some units, as if it had learned elsewhere: in this site it has."""
    prob = None if one.prob is None else one.prob[:, at]
    cuts = None if one.cuts is None else one.cuts[:, at]
    return replace(one, score=one.score[:, at], prob=prob, folds=None, cuts=cuts)


def _judged(part: Scores, one: Source, site: str, level: float) -> Iterator[dict[str, object]]:
    """The rows of a source in a site: its area, and of a model how well its risks agree."""
    known = one.known
    reason = too_few(part, known)
    counted: dict[str, object] = {
        "source": one.name,
        "kind": "reader" if one.reader else "model",
        "site": site,
        "n": int(known.sum()),
        "n_positive": int(part.y[known].sum()),
        "n_patients": int(pd.Series(part.patients[known]).nunique()),
    }
    for measure in MEASURES[:1] if one.prob is None else MEASURES:
        estimate, why = _estimate(part, one, measure, level)
        if measure == "auc" and estimate.value in (0.0, 1.0):
            why = f"an AUC of {estimate.value:.0f}"
        elif not why and not (estimate.se is not None and estimate.se > 0):
            why = "no standard error"
        row = estimate_row(estimate, **counted, measure=measure)
        yield {**row, "pooled": not (reason or why), "why": reason or why}


def _estimate(part: Scores, one: Source, measure: Measure, level: float) -> tuple[Estimate, str]:
    """A number of a site with its interval clustered by patient, or why there is none."""
    known = one.known
    y, patients = part.y[known], part.patients[known]
    try:
        if measure == "auc":
            found = auc(y, one.score[0, known], cluster=patients, confidence_level=level)
            return found.estimate, ""
        risks = one.score[0, known] if one.prob is None else one.prob[0, known]
        agreement = calibration(y, risks, cluster=patients, confidence_level=level, n_resamples=0)
        return getattr(agreement, measure), ""
    except RadlnError as error:
        return Estimate(np.nan, np.nan, np.nan, level, "not estimable"), str(error)


def _perfect(table: pd.DataFrame) -> tuple[str, ...]:
    """The sources whose area in a site is 0 or 1."""
    areas = table[table["measure"] == "auc"]
    return tuple(areas.loc[areas["value"].isin([0.0, 1.0]), "source"])


def _summaries(scores: Scores, table: pd.DataFrame, level: float) -> pd.DataFrame:
    """The mean of sites and the interval for a new one, of what enough sites have."""
    rows = []
    for (source, measure), part in table.groupby(["source", "measure"], sort=False):
        pooled = part[part["pooled"]]
        row: dict[str, object] = {
            "source": source,
            "kind": part["kind"].iloc[0],
            "measure": measure,
            "n_sites": len(part),
            "n_pooled": len(pooled),
            "smallest": pooled["value"].min(),
            "largest": pooled["value"].max(),
        }
        if len(pooled) >= FEW_SITES:
            row |= _summary(scores, scores.sources[str(source)], pooled["site"], measure, level)
        rows.append(row)
    frame = pd.DataFrame(rows)
    return frame.reindex(columns=[*frame.columns, *[c for c in POOLED if c not in frame]])


def _summary(
    scores: Scores, one: Source, sites: pd.Series, measure: Any, level: float
) -> dict[str, object]:
    at = one.known & np.isin(_names(scores), sites.to_numpy())
    said = one.score[0, at] if measure == "auc" or one.prob is None else one.prob[0, at]
    try:
        found = between_centres(
            scores.y[at],
            said,
            _names(scores)[at],
            measure=measure,
            cluster=scores.patients[at],
            shared_training=not one.reader,
            confidence_level=level,
        )
    except RadlnError:
        return {}
    if int(found.centres["used"].sum()) < FEW_SITES:
        return {}
    return {
        **estimate_row(found.estimate),
        "method": f"{found.method}; {found.estimate.method}",
        "prediction_low": found.prediction.low,
        "prediction_high": found.prediction.high,
        "tau": found.tau,
        "i_squared": found.i_squared,
        "sites": tuple(found.centres.loc[found.centres["used"], "centre"]),
    }


def _names(scores: Scores) -> np.ndarray[tuple[int, ...], np.dtype[Any]]:
    return np.asarray([] if scores.site is None else scores.site.astype(str), dtype=object)


def _areas(
    scores: Scores, summaries: pd.DataFrame, readers: Collection[str], level: float
) -> pd.DataFrame:
    """One row a source: of models the mean of sites (NaN of fewer than five), of readers all."""
    nothing = Estimate(np.nan, np.nan, np.nan, level, f"fewer than {FEW_SITES} sites to pool")
    areas: Any = summaries[summaries["measure"] == "auc"].set_index("source").to_dict("index")
    rows = []
    for name, one in scores.models.items():
        row = areas[name]
        estimate, known = nothing, one.known
        if np.isfinite(row["value"]):
            estimate = Estimate(row["value"], row["low"], row["high"], level, row["method"])
            known = known & np.isin(_names(scores), row["sites"])
        area = estimate_row(estimate, source=name, kind="model", n=int(known.sum()))
        patients = int(pd.unique(scores.patients[known]).size)
        spread = {"repeat_min": estimate.value, "repeat_max": estimate.value}
        rows.append({**area, **spread, "n_patients": patients})
    return pd.DataFrame([*rows, *(reader_row(scores, reader, level) for reader in readers)])
