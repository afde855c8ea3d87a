"""What is judged of a study: out-of-fold predictions, reads beside them, and their cut-offs."""

from __future__ import annotations

import pandas as pd

from radln._types import BoolArray
from radln.cohort.core import Cohort, Published
from radln.models.cross_fit import CrossFit
from radln.outcome import Classes
from radln.predictions import Predictions


def with_reads(cohort: Cohort, fit: CrossFit) -> Predictions:
    """The predictions of the models, and the reads of every unit that they predicted; of repeated
    hold-outs those of all units, each of which may be drawn.
    """
    parts = [fit.predictions.scores]
    predicted = cohort.units.index.isin(fit.predictions.units["unit_id"])
    if not fit.folds[0].split.locked:
        predicted[:] = True
    if isinstance(cohort.outcome, Classes):
        parts += [_calls(cohort, reader.name, predicted) for reader in cohort.readers]
    for reader in () if isinstance(cohort.outcome, Classes) else cohort.readers:
        reads = pd.DataFrame(
            {
                "unit_id": cohort.units.index,
                "source": reader.name,
                "y_score": cohort.reads[reader.name].to_numpy(),
            }
        )[predicted].dropna(subset="y_score")
        if len(reads):
            parts.append(reads.assign(repeat=0))
    parts += [_score(cohort, score, predicted) for score in cohort.published]
    scores = pd.concat(parts, ignore_index=True)
    units = cohort.units[predicted].reset_index()
    if "partition" in fit.predictions.units:
        units["partition"] = fit.predictions.units["partition"].iloc[0]
    return Predictions(units, scores, cohort.outcome)


def _score(cohort: Cohort, score: Published, predicted: BoolArray) -> pd.DataFrame:
    """A published score as it is, of every unit that has one."""
    if cohort.scores is None:
        return pd.DataFrame()
    values = cohort.scores[score.name][predicted].dropna()
    rows = pd.DataFrame(
        {
            "unit_id": values.index,
            "source": score.name,
            "y_score": values.to_numpy(),
            "repeat": 0,
        }
    )
    return rows.assign(y_prob=values.to_numpy()) if score.probability else rows


def _calls(cohort: Cohort, reader: str, predicted: BoolArray) -> pd.DataFrame:
    """A score a class: 1 for the class that was called, else 0; nothing of cases not read."""
    calls = cohort.reads[reader][predicted].dropna()
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "unit_id": calls.index,
                    "source": reader,
                    "target": name,
                    "y_score": (calls == place).astype(float).to_numpy(),
                    "repeat": 0,
                }
            )
            for place, name in enumerate(cohort.outcome.targets)
        ],
        ignore_index=True,
    )


def never_tested(cohort: Cohort, fit: CrossFit) -> pd.DataFrame:
    """The units that repeated hold-outs drew for no test: they only taught."""
    tested = cohort.units.index.isin(fit.predictions.units["unit_id"])
    if fit.folds[0].split.locked:
        tested[:] = True
    return cohort.units[~tested].reset_index()


def cut_offs(cohort: Cohort, fit: CrossFit) -> pd.DataFrame:
    """The cut-off of every model in every fold, and of every reader and published score."""
    cuts = [(reader.name, reader.cut) for reader in cohort.readers]
    cuts += [(score.name, score.cut) for score in cohort.published if score.cut is not None]
    reads = pd.DataFrame(
        [{"source": name, "cut_off": cut} for name, cut in cuts],
        columns=["source", "cut_off"],
    )
    return pd.concat([fit.cut_offs(), reads], ignore_index=True) if len(reads) else fit.cut_offs()
