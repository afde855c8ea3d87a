"""What is wrong or doubtful with the data, in plain words, before hours are spent.

Looking at rows and images yields (condition, case, detail); this module counts and words them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import chi2_contingency

from radln.cohort.core import MIN_PATIENTS
from radln.errors import LeakageError, RadlnError
from radln.features.extract import CaseSource
from radln.features.nodes import long_axis
from radln.features.radiomics.settings import RadiomicsSettings
from radln.imaging.fingerprint import Fingerprints
from radln.imaging.quality import caliper_marks, filled_bins, touches_border
from radln.imaging.volume import Case
from radln.io.images import read_image, read_mask
from radln.settings import DataSettings, Settings
from radln.study.column_doubts import column_doubts
from radln.study.conditions import (
    CONDITIONS,
    KINDS,
    LARGEST_NODE_MM,
    MIN_BINS,
    SHARED_PICTURE,
    SMALL_NODE,
    SMALLEST_NODE_MM,
    Kind,
    stops,
)
from radln.study.intake import Intake
from radln.study.outcome_column import in_words
from radln.study.seen import SEEN, learned_from


@dataclass(frozen=True)
class Finding:
    """A condition that was met: how often, what it means, what to do, and what must be
    acknowledged before the study runs.
    """

    code: str
    kind: Kind
    count: int
    message: str
    remedy: str
    acknowledge: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CheckReport:
    """The findings, gravest first, the cases behind them, and the outcome's values in words."""

    findings: tuple[Finding, ...]
    cases: pd.DataFrame
    n_cases: int
    n_patients: int
    outcomes: str

    def refuse_stopping(self) -> None:
        """Raise LeakageError where a stopping finding was not acknowledged."""
        open_ones = [finding for finding in self.findings if finding.acknowledge]
        if open_ones:
            raise LeakageError("\n".join(map(in_full, open_ones)))

    def cases_of(self, code: str) -> set[str]:
        """Ids of the cases that met a condition."""
        return set(self.cases.loc[self.cases["code"] == code, "case_id"])

    @property
    def stopped(self) -> bool:
        """Whether `radln check` ends with exit code 1."""
        return any(f.acknowledge or f.kind.startswith("refused") for f in self.findings)

    def frame(self) -> pd.DataFrame:
        """One row a finding."""
        rows = [{**vars(f), "acknowledge": ", ".join(f.acknowledge)} for f in self.findings]
        return pd.DataFrame(rows, columns=list(Finding.__annotations__))

    def summary(self) -> str:
        """The findings as text."""
        head = (
            f"{self.n_cases} cases of {self.n_patients} patients looked at. "
            f"Outcome: {self.outcomes}."
        )
        if not self.findings:
            return f"{head} Nothing wrong or doubtful was found."
        return "\n".join([head, *(f"{f.kind}: {in_full(f)}" for f in self.findings)])


def in_full(finding: Finding) -> str:
    """A finding with its remedy and, where it stops the study, how to acknowledge it."""
    text = f"{finding.message} {finding.remedy}"
    if finding.acknowledge:
        text += (
            " `radln check --out` lists the cases. If it is right all the same, write "
            f"{', '.join(finding.acknowledge)} under `acknowledge` in study.yaml."
        )
    return text


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
    digests, axes = [], {}
    for done, (source, look) in enumerate(zip(intake.sources, looked, strict=True), 1):
        digest, found, axes[source.case_id] = look
        digests.append(digest)
        pairs += [(code, source.case_id, detail) for code, detail in found]
        progress(done, len(intake.sources))
    pairs += _same_pictures(intake, digests)
    if settings.features.lengths != "px":
        pairs += _odd_sizes(axes)
    pairs += _table_pairs(settings, intake)
    return _report(intake, pairs, settings.acknowledge)


def _look(
    source: CaseSource, radiomics: RadiomicsSettings, known: Fingerprints | None
) -> tuple[str, list[tuple[str, str]], list[float]]:
    """The picture's digest, what is wrong or doubtful with one image and its nodes, and their
    long axes in mm where the pixel size is known.
    """
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
        return "", [(code, str(error))], []
    if known is not None and any(known.hold(image.values, case.region) for case in nodes):
        found.append((SEEN, ""))
    axes = []
    if image.spacing_mm is None:
        found.append(("no_pixel_size", ""))
    else:
        axes = [long_axis(node.region, image.spacing_mm) for node in nodes]
    conflict = image.contradicts(source.spacing_mm)
    if conflict:
        found.append(("pixel_size_conflict", conflict))
    found += [("several_labels", "") for _ in labels[1:]]
    if any("read as 1" in note for note in mask.notes):
        found.append(("mask_read_as_one", mask.notes[0]))
    return hashlib.sha256(image.values.tobytes()).hexdigest(), found, axes


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


def _odd_sizes(axes: Mapping[str, Sequence[float]]) -> Iterator[tuple[str, str, str]]:
    """Every measured node, where their median long axis is that of no node."""
    measured = [(case, axis) for case, of_case in axes.items() for axis in of_case]
    if not measured:
        return
    median = float(np.median([axis for _, axis in measured]))
    if not SMALLEST_NODE_MM <= median <= LARGEST_NODE_MM:
        yield from (("odd_sizes", case, f"{median:.3g} mm") for case, _ in measured)


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
    clinical = rows[data.clinical_columns]
    for case in rows.index[clinical.isna().any(axis=1)]:
        yield "missing_clinical", case, ""
    reads = rows[[reader.column for reader in data.readers]]
    for case in rows.index[reads.isna().any(axis=1)]:
        yield "missing_read", case, ""
    yield from ((code, "", column) for code, column in column_doubts(settings, intake))
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


def _report(
    intake: Intake, pairs: Iterable[tuple[str, str, str]], acknowledged: Sequence[str]
) -> CheckReport:
    table = pd.DataFrame(list(pairs), columns=["code", "case_id", "detail"])
    unknown = ~table["code"].isin(list(CONDITIONS))
    table.loc[unknown, "code"] = "other_problem"
    findings = []
    for code, condition in CONDITIONS.items():
        rows = table[table["code"] == code]
        if rows.empty:
            continue
        names = sorted(rows["detail"].unique()) if "{names}" in condition.text else []
        message = condition.text.format(
            n=len(rows), names=", ".join(names), first=rows["detail"].iloc[0]
        )
        missing = tuple(stops(code, len(rows), names, acknowledged))
        findings.append(
            Finding(code, condition.kind, len(rows), message, condition.remedy, missing)
        )
    findings.sort(key=lambda finding: KINDS.index(finding.kind))
    cases = table[table["case_id"] != ""].reset_index(drop=True)
    last = intake.flow.steps[-1]
    return CheckReport(
        tuple(findings), cases, last.cases, last.patients, in_words(dict(intake.outcomes))
    )
