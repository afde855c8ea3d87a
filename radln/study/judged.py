"""What is judged of a study: out-of-fold predictions, reads beside them, and their cut-offs."""

from __future__ import annotations

import pandas as pd

from radln.cohort.core import Cohort
from radln.models.train import CrossFit
from radln.predictions import Predictions


def with_reads(cohort: Cohort, fit: CrossFit) -> Predictions:
    """The predictions of the models, and the reads of every unit that was read."""
    units = cohort.units.reset_index()[["unit_id", "patient_id", "y_true"]]
    parts = [fit.predictions]
    for reader in cohort.readers:
        reads = units.assign(source=reader.name, y_score=cohort.reads[reader.name].to_numpy())
        reads = reads.dropna(subset="y_score")
        if len(reads):
            parts.append(Predictions(reads))
    return Predictions.concat(parts)


def in_order(predictions: Predictions, cohort: Cohort) -> Predictions:
    """The same rows, every source's units in the order of the cohort."""
    table = predictions.table
    place = {unit: k for k, unit in enumerate(cohort.units.index.astype(str))}
    rank = {source: k for k, source in enumerate(predictions.sources)}
    order = pd.DataFrame(
        {
            "source": table["source"].map(rank),
            "repeat": table["repeat"],
            "unit": table["unit_id"].map(place),
        }
    ).sort_values(["source", "repeat", "unit"])
    rows = table.loc[order.index]
    if "site" in cohort.units.columns:
        sites = pd.Series(cohort.units["site"].to_numpy(), cohort.units.index.astype(str))
        rows = rows.assign(site=rows["unit_id"].map(sites))
    return Predictions(rows)


def cut_offs(cohort: Cohort, fit: CrossFit) -> pd.DataFrame:
    """The cut-off of every model in every fold, and of every reader."""
    reads = pd.DataFrame(
        [{"source": reader.name, "cut_off": reader.cut} for reader in cohort.readers],
        columns=["source", "cut_off"],
    )
    return pd.concat([fit.cut_offs(), reads], ignore_index=True) if len(reads) else fit.cut_offs()
