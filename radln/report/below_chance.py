"""Models and readers of a study that rank against the truth, as findings of the report."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pandas as pd

from radln.report.verdict import label

CODE = "auc_below_chance"
COLUMNS = ("code", "kind", "count", "message", "remedy")
SCALE = (
    "Ask whether the scale is turned round (higher must mean more suspicious) or the truth "
    "(data.positive in study.yaml names the diseased class)."
)
TRUTH = (
    "The truth is probably turned round: data.positive in study.yaml must name the diseased class."
)


def below_chance(aucs: pd.DataFrame) -> pd.DataFrame:
    """One finding for every AUC whose interval lies wholly below 0.5, and one where all do.

    ``aucs`` has one row a source: ``source``, ``kind``, ``value``, ``low``, ``high``.
    """
    below = aucs[aucs["high"] < 0.5]
    known = int(aucs["high"].notna().sum())
    rows = [
        (
            CODE, "finding", 1,
            f"{row['kind']} {_named(row)} ranks against the truth: its AUC of "
            f"{row['value']:.2f} ({row['low']:.2f}–{row['high']:.2f}) lies wholly below 0.5.",
            SCALE,
        )
        for row in below.to_dict("records")
    ]  # fmt: skip
    if len(below) > 1 and len(below) == known:
        message = "All models and readers rank against the truth: every AUC lies wholly below 0.5."
        rows.insert(0, (CODE, "finding", len(below), message, TRUTH))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _named(row: Mapping[Hashable, str]) -> str:
    """A model in words; a reader as the table's column is called, where the scale is mended."""
    return row["source"] if row["kind"] == "reader" else label(row["source"])
