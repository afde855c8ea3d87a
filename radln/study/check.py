"""What is wrong or doubtful with the data, in plain words, before hours are spent.

Every condition is one entry of ``CONDITIONS``: how grave it is, what it means and what to do.
Looking at rows and images yields (condition, case) pairs; this module counts and words them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import chi2_contingency

from radln.cohort.core import MIN_PATIENTS, perfect_predictors
from radln.errors import LeakageError, RadlnError
from radln.features.extract import CaseSource
from radln.features.radiomics.settings import RadiomicsSettings
from radln.imaging.fingerprint import Fingerprints
from radln.imaging.quality import caliper_marks, filled_bins, touches_border
from radln.imaging.volume import Case
from radln.io.images import read_image, read_mask
from radln.settings import DataSettings, Settings
from radln.study.intake import Intake
from radln.study.outcome_column import in_words
from radln.study.seen import SEEN, learned_from

Severity = Literal["error", "warning", "note"]
SHARED_PICTURE = "same_picture"
SMALL_NODE = 64  # voxels; below this texture and shape are mostly noise
MIN_BINS = 8


@dataclass(frozen=True)
class Condition:
    """One thing that can be wrong: ``{n}`` in the text is the count."""

    severity: Severity
    text: str
    remedy: str


CONDITIONS: dict[str, Condition] = {
    "unreadable_file": Condition(
        "error",
        "{n} case(s) have no image or no mask, or a file that cannot be read.",
        "Add or re-export the files, or drop the rows; until then these cases are left out.",
    ),
    "empty_mask": Condition(
        "error",
        "{n} mask(s) are empty.",
        "Draw the node, or drop the row; until then these cases are left out.",
    ),
    "geometry_mismatch": Condition(
        "error",
        "{n} mask(s) do not lie on their image's grid.",
        "Export the mask again on the image's grid; until then these cases are left out.",
    ),
    "one_class": Condition(
        "error",
        "All cases with an outcome are in one class.",
        "Check data.outcome and data.positive in study.yaml.",
    ),
    "few_patients": Condition(
        "error",
        "There are only {n} patients.",
        f"At least {MIN_PATIENTS} are needed to run, and hundreds for a usable model.",
    ),
    "mixed_patient": Condition(
        "error",
        "{n} patient(s) carry both outcomes, but the patient is the unit.",
        "Set data.unit to node or image, or correct the outcomes.",
    ),
    "perfect_predictor": Condition(
        "error",
        "{n} predictor column(s) alone tell the classes apart (almost) without error: {names}.",
        "Remove them from data.clinical (they usually hold the outcome), or list them under "
        "`acknowledge`.",
    ),
    SHARED_PICTURE: Condition(
        "error",
        "{n} images have the same pixels as an image of another patient.",
        "Find out which row is wrong: a shared picture leaks from training into test.",
    ),
    SEEN: Condition(
        "error",
        "{n} case(s) show a picture that the encoder learned from: its deep features already know "
        "their outcomes.",
        "Leave deep features out (features: deep: null in study.yaml), name an encoder that "
        "learned elsewhere (features.deep.encoder), or drop these rows.",
    ),
    "repeated_picture": Condition(
        "warning",
        "{n} images have the same pixels as another image of the same patient.",
        "Keep one of each, unless two nodes of one picture are meant.",
    ),
    "other_problem": Condition(
        "error",
        "{n} case(s) cannot be used for another reason.",
        "Write the cases behind it with --out and read their messages.",
    ),
    "no_outcome": Condition(
        "warning", "{n} row(s) have no outcome and are left out.", "Fill it in where it is known."
    ),
    "unlisted_image": Condition(
        "warning",
        "{n} image(s) in the folder have no row in the table.",
        "Add the rows if these cases belong to the study.",
    ),
    "no_pixel_size": Condition(
        "warning",
        "The pixel size of {n} image(s) is not known: sizes are in pixels and depend on the zoom.",
        "Give data.pixel_size_mm in study.yaml (a number, or a column's name).",
    ),
    "caliper_marks": Condition(
        "warning",
        "{n} image(s) seem to carry caliper marks, which change texture and betray the reader.",
        "Export the pictures without marks, if you can.",
    ),
    "touches_border": Condition(
        "warning",
        "{n} node(s) reach the edge of their image and may be cut off.",
        "Size and shape of these are too small; look at them.",
    ),
    "small_node": Condition(
        "warning",
        f"{{n}} node(s) have fewer than {SMALL_NODE} pixels.",
        "Texture and shape say little there; check the masks.",
    ),
    "few_grey_levels": Condition(
        "warning",
        f"{{n}} node(s) fill fewer than {MIN_BINS} grey-level bins, so that texture says little.",
        "Raise features.radiomics.bin_count (or lower bin_width), or leave texture of these aside.",
    ),
    "whole_image": Condition(
        "warning",
        "{n} mask(s) cover more than 80 % of the image.",
        "The mask may be inverted; look at them.",
    ),
    "missing_clinical": Condition(
        "warning",
        "{n} row(s) lack a clinical value; it is filled with the training median or level.",
        "Complete the table where you can.",
    ),
    "missing_read": Condition(
        "warning",
        "{n} row(s) lack a reader's value; readers are judged on the rows they read.",
        "Complete the reads where you can.",
    ),
    "site_outcome": Condition(
        "warning",
        "The outcome differs between the {n} sites by more than chance.",
        "A model may learn the device instead of the disease: read the results by site.",
    ),
    "like_names": Condition(
        "warning",
        "{n} row(s) have a name that differs from another one as 007 from 7 or 1.10 from 1.1, in "
        "column {names}.",
        "They count as different; write one name in one way if they are the same.",
    ),
    "few_events": Condition(
        "warning",
        "Only {n} patients are in the smaller class; expect wide intervals.",
        "Plan for more patients before claiming anything.",
    ),
    "table_read_so": Condition("note", "{names}", "Nothing to do, unless another was meant."),
    "several_rows": Condition(
        "note",
        "{n} patient(s) have several rows; they are kept on one side of every split, and "
        "intervals allow for it.",
        "Nothing to do.",
    ),
    "mixed_outcomes": Condition(
        "note",
        "{n} patient(s) have nodes of both outcomes, which is normal at node level.",
        "Nothing to do.",
    ),
    "several_labels": Condition(
        "note", "{n} further node(s) share a mask with another one.", "Check that each is a node."
    ),
    "mask_read_as_one": Condition(
        "note", "{n} mask(s) use another value than 1 (such as 255); read as 1.", "Nothing to do."
    ),
}


@dataclass(frozen=True)
class Finding:
    """A condition that was met: how often, what it means and what to do."""

    code: str
    severity: Severity
    count: int
    message: str
    remedy: str


@dataclass(frozen=True, eq=False)
class CheckReport:
    """The findings, gravest first, the cases behind them, and the outcome's values in words."""

    findings: tuple[Finding, ...]
    cases: pd.DataFrame
    n_cases: int
    n_patients: int
    outcomes: str

    def refuse_shared_pictures(self, acknowledged: Sequence[str]) -> None:
        """Raise LeakageError where two patients share a picture and this was not acknowledged."""
        shared = [f for f in self.findings if f.code == SHARED_PICTURE]
        if shared and SHARED_PICTURE not in acknowledged:
            raise LeakageError(
                f"{shared[0].message} {shared[0].remedy} `radln check --out` lists them. If it is "
                f"right all the same, list {SHARED_PICTURE} under `acknowledge` in study.yaml."
            )

    def cases_of(self, code: str) -> set[str]:
        """Ids of the cases that met a condition."""
        return set(self.cases.loc[self.cases["code"] == code, "case_id"])

    @property
    def n_errors(self) -> int:
        """How many findings are errors."""
        return sum(finding.severity == "error" for finding in self.findings)

    def frame(self) -> pd.DataFrame:
        """One row a finding."""
        return pd.DataFrame([vars(f) for f in self.findings], columns=list(Finding.__annotations__))

    def summary(self) -> str:
        """The findings as text."""
        head = (
            f"{self.n_cases} cases of {self.n_patients} patients looked at. "
            f"Outcome: {self.outcomes}."
        )
        if not self.findings:
            return f"{head} Nothing wrong or doubtful was found."
        lines = [f"{f.severity}: {f.message} {f.remedy}" for f in self.findings]
        return "\n".join([head, *lines])


def check_study(
    settings: Settings,
    intake: Intake,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CheckReport:
    """Look at every row and every image of a study."""
    pairs: list[tuple[str, str, str]] = [
        (code, case, message) for case, code, message in intake.lost
    ]
    known = learned_from(settings.features)
    looked = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_look)(source, settings.features.radiomics, known) for source in intake.sources
    )
    digests = []
    for done, (source, (digest, found)) in enumerate(zip(intake.sources, looked, strict=True), 1):
        digests.append(digest)
        pairs += [(code, source.case_id, detail) for code, detail in found]
        progress(done, len(intake.sources))
    pairs += _same_pictures(intake, digests)
    pairs += _table_pairs(settings, intake)
    return _report(intake, pairs)


def _look(
    source: CaseSource, radiomics: RadiomicsSettings, known: Fingerprints | None
) -> tuple[str, list[tuple[str, str]]]:
    """The picture's digest, and what is wrong or doubtful with one image and its nodes."""
    found = []
    try:
        image = read_image(source.image, spacing_mm=source.spacing_mm)
        mask = read_mask(source.mask)
        own = source.label is not None
        labels: list[int | None] = [source.label] if own else [*mask.present] or [None]
        nodes = [Case.from_volume(source.case_id, image, mask, label) for label in labels]
        found += [(code, "") for case in nodes for code in _node_doubts(case, radiomics)]
    except RadlnError as error:
        code = error.code if error.code in CONDITIONS else "other_problem"
        return "", [(code, str(error))]
    if known is not None and any(known.hold(image.values, case.region) for case in nodes):
        found.append((SEEN, ""))
    if image.spacing_mm is None:
        found.append(("no_pixel_size", ""))
    found += [("several_labels", "") for _ in labels[1:]]
    if any("read as 1" in note for note in mask.notes):
        found.append(("mask_read_as_one", mask.notes[0]))
    return hashlib.sha256(image.values.tobytes()).hexdigest(), found


def _node_doubts(case: Case, radiomics: RadiomicsSettings) -> Iterator[str]:
    values, region = case.image.values, case.region
    if touches_border(region):
        yield "touches_border"
    if region.sum() < SMALL_NODE:
        yield "small_node"
    if region.mean() > 0.8:
        yield "whole_image"
    span = float(np.ptp(values[region]))
    unit = float(values.std()) / radiomics.normalize_scale if radiomics.normalize else 1.0
    width = (radiomics.bin_width or 0) * unit or (span / (radiomics.bin_count or MIN_BINS)) or 1.0
    if filled_bins(values, region, width) < MIN_BINS:
        yield "few_grey_levels"
    if caliper_marks(values, region):
        yield "caliper_marks"


def _same_pictures(intake: Intake, digests: list[str]) -> Iterator[tuple[str, str, str]]:
    seen = pd.DataFrame(
        {
            "case": [source.case_id for source in intake.sources],
            "file": [str(source.image) for source in intake.sources],
            "digest": digests,
            "patient": intake.rows["patient_id"].to_numpy(),
        }
    )
    seen = seen[seen["digest"] != ""]
    for _, group in seen.groupby("digest"):
        if group["file"].nunique() < 2:
            continue
        code = SHARED_PICTURE if group["patient"].nunique() > 1 else "repeated_picture"
        for case in group["case"]:
            yield code, case, ""


def _table_pairs(settings: Settings, intake: Intake) -> Iterator[tuple[str, str, str]]:
    """What the table alone shows; a blank case means that the study as a whole is meant."""
    rows, data = intake.rows, settings.data
    first, second = intake.flow.steps[:2]
    yield from (("no_outcome", "", "") for _ in range(first.cases - second.cases))
    by_patient = rows.groupby("patient_id")["y_true"]
    yield from (("several_rows", "", "") for _ in range(int((by_patient.size() > 1).sum())))
    mixed = "mixed_patient" if data.unit == "patient" else "mixed_outcomes"
    yield from ((mixed, "", "") for _ in range(int((by_patient.nunique() > 1).sum())))
    if rows["y_true"].nunique() < 2:
        yield "one_class", "", ""
    n_patients = rows["patient_id"].nunique()
    if n_patients < MIN_PATIENTS:
        yield from (("few_patients", "", "") for _ in range(n_patients))
    smaller = int(min((by_patient.max() == 1).sum(), (by_patient.min() == 0).sum()))
    if 0 < smaller < 100:
        yield from (("few_events", "", "") for _ in range(smaller))
    clinical = rows[list(data.clinical)]
    for case in rows.index[clinical.isna().any(axis=1)]:
        yield "missing_clinical", case, ""
    reads = rows[[reader.column for reader in data.readers]]
    for case in rows.index[reads.isna().any(axis=1)]:
        yield "missing_read", case, ""
    named = clinical.add_prefix("clinical_")  # as in every table, and as `acknowledge` wants it
    perfect = perfect_predictors(named, rows["y_true"].to_numpy() == 1)
    for column in perfect:
        if column not in settings.acknowledge:
            yield "perfect_predictor", "", column
    if data.site is not None and _sites_differ(rows):
        yield from (("site_outcome", "", "") for _ in range(rows["site"].nunique()))
    yield from (("unlisted_image", name, "") for name in intake.unlisted)
    yield from (("table_read_so", "", note) for note in intake.notes)
    names = [name for name in (data.case, data.patient, data.node, data.site) if name is not None]
    for name in dict.fromkeys(names):
        yield from (("like_names", case, name) for case in _like_names(rows, data, name))


def _like_names(rows: pd.DataFrame, data: DataSettings, column: str) -> list[str]:
    """The cases whose name in a column is the same number as another name, written otherwise."""
    given = pd.Series(rows.index, index=rows.index) if column == data.case else rows[column]
    names = given.dropna().astype(str)
    numbers = pd.to_numeric(names, errors="coerce").round(12)
    spellings = names.groupby(numbers).transform("nunique")
    return list(names.index[(spellings > 1).to_numpy()])


def _sites_differ(rows: pd.DataFrame) -> bool:
    """Chi-square on patients (positive where any row is), at 0.01."""
    patients = rows.groupby("patient_id").agg(y_true=("y_true", "max"), site=("site", "first"))
    counts = pd.crosstab(patients["site"], patients["y_true"])
    if min(counts.shape) < 2:
        return False
    return bool(chi2_contingency(counts.to_numpy(), correction=False).pvalue < 0.01)


def _report(intake: Intake, pairs: Iterable[tuple[str, str, str]]) -> CheckReport:
    table = pd.DataFrame(list(pairs), columns=["code", "case_id", "detail"])
    unknown = ~table["code"].isin(list(CONDITIONS))
    table.loc[unknown, "code"] = "other_problem"
    findings = []
    for code, condition in CONDITIONS.items():
        rows = table[table["code"] == code]
        if rows.empty:
            continue
        names = ", ".join(sorted(rows["detail"].unique())) if "{names}" in condition.text else ""
        message = condition.text.format(n=len(rows), names=names)
        findings.append(Finding(code, condition.severity, len(rows), message, condition.remedy))
    order = {"error": 0, "warning": 1, "note": 2}
    findings.sort(key=lambda finding: order[finding.severity])
    cases = table[table["case_id"] != ""].reset_index(drop=True)
    last = intake.flow.steps[-1]
    return CheckReport(
        tuple(findings), cases, last.cases, last.patients, in_words(dict(intake.outcomes))
    )
