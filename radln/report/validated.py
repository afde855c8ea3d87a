"""The page of a locked bundle in another centre: did it transfer, and in whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from radln._result import Estimate
from radln.evaluation.measures import CALIBRATION, MEASURES
from radln.evaluation.result import Evaluation
from radln.report.chapter import Chapter, Section, ShownTable
from radln.report.judged import judged_methods, judged_sections
from radln.report.tables import reader_call_rows, site_rows
from radln.report.verdict import label, verdict

WORDS = {
    "auc": "Area under the ROC curve",
    "log_odds_mean": "Mean of the model's log-odds",
    "log_odds_sd": "Standard deviation of the log-odds",
    "n": "Cases",
    "n_patients": "Patients",
    "positive": "Positive",
    "cut_off": "Locked cut-off (risk)",
    **CALIBRATION,
    **{measure.name: f"{measure.label} at the cut-off" for measure in MEASURES},
}
PERCENT = {"positive", *(measure.name for measure in MEASURES if measure.percent)}
WHOLE = {"n", "n_patients"}
NOTE = (
    "A dash: the bundle does not say it. Log-odds are the model's score before it becomes a "
    "probability: a smaller standard deviation here means patients who are more alike, in whom the "
    "area is smaller even where the model is right; a shifted mean means patients at lower or "
    "higher risk. Log-odds of development are those of the patients who taught the model, in whom "
    "a flexible one (trees) spreads wider than in any others."
)
LOCKED = (
    "Nothing was fitted or chosen on these cases: models and cut-offs are those of the bundle. Of "
    "the study's file count the table, the outcome, patients, readers, sites and the evaluation "
    "settings; its design, its models, its clinical columns and its way of measuring do not."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Validated:
    """What the page needs: numbers, and whom they are of.

    ``transfer`` has a row a model and measure with ``development`` and ``here`` and their limits;
    ``left_out`` counts by reason whom no model judged, ``doubts`` cases by what is said of them.
    """

    title: str
    main: str
    positive: str
    unit: str
    n: int
    n_positive: int
    n_patients: int
    evaluation: Evaluation
    transfer: pd.DataFrame
    left_out: pd.DataFrame
    doubts: pd.DataFrame
    notes: Sequence[str]
    simulated: bool
    named: bool
    checksum: str
    bundle_version: int
    version: str


def validated_page(found: Validated) -> Chapter:
    """The page."""
    evaluation = found.evaluation
    of_whom = "" if found.unit == "patient" else f" of {found.n_patients} patients"
    opening = [
        f"Tested in another centre: {found.n} {found.unit}s{of_whom}, "
        f"{found.n_positive} of them {found.positive}. {_in_short(found)}"
    ]
    further = [LOCKED]
    if found.named and evaluation.primary is not None:
        further.insert(0, verdict(evaluation.primary))
    return Chapter(
        title=found.title,
        opening=tuple(opening),
        further=tuple(further),
        sections=(
            _transfer(found),
            *judged_sections(evaluation, found.n, found.n_positive),
            *_by_site(found),
            *_readers(evaluation),
            _who(found),
        ),
        methods=(
            *judged_methods(evaluation),
            f"Validation of the bundle {found.checksum[:16]} ({_made(found)}) used radln "
            f"{found.version}.",
        ),
        limits=(*evaluation.warnings, *found.notes),
        version=found.version,
        banners=("Simulated data – no patient stands behind any number on this page",)
        if found.simulated
        else (),
    )


def _made(found: Validated) -> str:
    """Whether another centre changed the bundle."""
    if found.bundle_version == 1:
        return "as its study made it"
    return f"version {found.bundle_version}, recalibrated in another centre"


def _in_short(found: Validated) -> str:
    """The main model's area and calibration in a sentence or two."""
    own = _by_measure(found.transfer, found.main)
    area = _shown(own["auc"], "here")
    said = f"{label(found.main)}: AUC {area} here"
    known = _shown(own["auc"], "development")
    said += f", {known} in development." if known != "–" else "."
    if {"observed_expected", "slope"} <= set(own):
        said += (
            f" For every 10 {found.positive} that it expected there were "
            f"{10 * float(own['observed_expected']['here']):.1f}; calibration slope "
            f"{_shown(own['slope'], 'here')} (1 is ideal, below 1 its risks are too "
            "extreme)."
        )
    return said


def _by_measure(table: pd.DataFrame, source: str) -> dict[str, dict[str, Any]]:
    rows: list[Any] = table[table["source"] == source].to_dict("records")
    return {str(row["measure"]): row for row in rows}


def _transfer(found: Validated) -> Section:
    sources = list(dict.fromkeys(found.transfer["source"]))
    ordered = [found.main, *(source for source in sources if source != found.main)]
    return Section(
        "transfer",
        "Development and here",
        tables=tuple(
            ShownTable(
                f"{label(source)}: development and here ({found.evaluation.interval})",
                transfer_rows(found.transfer, source),
                NOTE if source == found.main else "",
                folded=source != found.main,
            )
            for source in ordered
        ),
        frames={"development_validation": found.transfer},
    )


def transfer_rows(table: pd.DataFrame, source: str) -> list[dict[str, str]]:
    """A row a measure of one model, development beside here."""
    return [
        {
            "": WORDS[measure],
            "Development": _shown(row, "development"),
            "Here": _shown(row, "here"),
        }
        for measure, row in _by_measure(table, source).items()
    ]


def _shown(row: Mapping[str, Any], side: str) -> str:
    measure = row["measure"]
    value, low, high = (float(row[f"{side}{end}"]) for end in ("", "_low", "_high"))
    if value != value:
        return "–"
    if measure in WHOLE:
        return f"{value:.0f}"
    percent = measure in PERCENT
    digits = 1 if percent else 3 if measure in ("auc", "cut_off", "brier", "scaled_brier") else 2
    if low != low:
        plain = Estimate(value, value, value).format(digits, percent=percent)
        return plain.partition(" (")[0]
    return Estimate(value, low, high).format(digits, percent=percent)


def _by_site(found: Validated) -> Iterator[Section]:
    """The main model at every site, where no section shows it yet."""
    evaluation = found.evaluation
    if not evaluation.by_site.empty and evaluation.primary is None:
        caption = f"By site: {label(found.main)}"
        yield Section("sites", "By site", tables=(ShownTable(caption, site_rows(evaluation)),))


def _readers(evaluation: Evaluation) -> Iterator[Section]:
    rows = reader_call_rows(evaluation)
    if rows:
        yield Section(
            "readers",
            "Against readers on the same cases",
            tables=(ShownTable("The model's rates minus those of each reader's calls", rows),),
            frames={"reader_calls": evaluation.reader_calls},
        )


def _who(found: Validated) -> Section:
    """Whom no model judged, and what is said of the others."""
    left, doubts = found.left_out, found.doubts
    text = []
    if left.empty:
        text.append("Every row of the table has a prediction by every model.")
    if (doubts["n"] == 0).all():
        text.append(
            "No case lies outside the range of training, has an unknown level or an empty column."
        )
    tables = []
    if not left.empty:
        tables.append(
            ShownTable(
                "Rows and cases without a prediction, by reason",
                [
                    {"Reason": str(r.reason), "Of": str(r.what), "Count": str(r.n)}
                    for r in left.itertuples()
                ],
                "tables/not_predicted.csv names them.",
            )
        )
    if (doubts["n"] > 0).any():
        tables.append(
            ShownTable(
                "What to look at in those that were predicted",
                [
                    {"Said": str(r.said), f"{found.unit.capitalize()}s": f"{r.n} of {found.n}"}
                    for r in doubts.itertuples()
                ],
                "tables/by_unit.csv names them and says which columns.",
            )
        )
    return Section(
        "who",
        "Whom the models could judge",
        text=tuple(text),
        tables=tuple(tables),
        frames={"doubts": doubts},
    )
