"""What is wrong or doubtful with the data, in plain words, before hours are spent.

Looking at rows and images yields (condition, case, detail); this module counts and words them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from radln._shown import ShortRepr
from radln._spelling import ROMAN, bare_name
from radln.cohort.core import MIN_PATIENTS
from radln.data_settings import DataSettings
from radln.errors import LeakageError
from radln.settings import Settings
from radln.study.column_doubts import column_doubts, same_features
from radln.study.condition import KINDS, Kind
from radln.study.conditions import CONDITIONS, stops
from radln.study.image_conditions import (
    LARGEST_NODE_MM,
    MOSTLY,
    ODD_GREYS,
    ODD_PIXEL,
    SHARED_PICTURE,
    SMALLEST_NODE_MM,
)
from radln.study.intake import Intake
from radln.study.leaks import refused_of_seen
from radln.study.look import BOX, Look
from radln.study.outcome_column import in_words
from radln.study.reader_columns import holds_codes
from radln.study.seen import SEEN


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


@dataclass(frozen=True, eq=False, repr=False)
class CheckReport(ShortRepr):
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


def check_study(settings: Settings, intake: Intake, looks: Sequence[Look]) -> CheckReport:
    """What was seen in every row and in every image (:func:`look_at_all`) of a study."""
    pairs: list[tuple[str, str, str]] = [
        (code, case, message) for case, code, message in intake.lost
    ]
    for source, look in zip(intake.sources, looks, strict=True):
        pairs += [(code, source.case_id, detail) for code, detail in look.found if code != BOX]
    refused = refused_of_seen(settings, intake, {case for code, case, _ in pairs if code == SEEN})
    pairs = [pair for pair in pairs if pair[0] != SEEN or pair[1] in refused]
    pairs += _boxes(intake, looks)
    pairs += [*_same_pictures(intake, looks), *_same_masks(intake, looks)]
    pairs += [*_odd_pixels(intake, looks), *_odd_greys(intake, looks)]
    pairs += _mixed_dimensions(intake, looks)
    if settings.features.lengths != "px":
        pairs += _odd_sizes(intake, looks)
    pairs += _table_pairs(settings, intake)
    return _report(intake, pairs, settings.acknowledge)


def _odd_sizes(intake: Intake, looks: Sequence[Look]) -> Iterator[tuple[str, str, str]]:
    """Every measured node, where their median long axis is that of no node."""
    measured = [
        (source.case_id, axis)
        for source, look in zip(intake.sources, looks, strict=True)
        for axis in look.axes
    ]
    if not measured:
        return
    median = float(np.median([axis for _, axis in measured]))
    if not SMALLEST_NODE_MM <= median <= LARGEST_NODE_MM:
        yield from (("odd_sizes", case, f"{median:.3g} mm") for case, _ in measured)


def _same_pictures(intake: Intake, looks: Sequence[Look]) -> Iterator[tuple[str, str, str]]:
    """Pictures of several patients, in one file or in copies, and rows that repeat one."""
    if not intake.sources:
        return
    seen = pd.DataFrame(
        {
            "case": [source.case_id for source in intake.sources],
            "file": [str(source.image) for source in intake.sources],
            "node": [(str(source.mask), source.label) for source in intake.sources],
            "picture": [look.picture for look in looks],
            "patient": intake.rows["patient_id"].to_numpy(),
        }
    )
    seen = seen[(seen["picture"] != "") & seen["picture"].duplicated(keep=False)]
    for _, group in seen.groupby("picture"):
        several = group["patient"].nunique() > 1
        if not several and group["file"].nunique() < 2:
            group = group[group["node"].duplicated(keep=False)]
        if len(group) > 1:
            code = SHARED_PICTURE if several else "repeated_picture"
            yield from ((code, case, "") for case in group["case"])


def _same_masks(intake: Intake, looks: Sequence[Look]) -> Iterator[tuple[str, str, str]]:
    """Cases of different pictures whose masks are the same, which nobody draws."""
    by_mask: dict[tuple[str, ...], list[int]] = {}
    for k, look in enumerate(looks):
        if look.picture:
            by_mask.setdefault(look.files[1:], []).append(k)
    for same in by_mask.values():
        if len({looks[k].picture for k in same}) > 1:
            yield from (("same_mask", intake.sources[k].case_id, "") for k in same)


def _boxes(intake: Intake, looks: Sequence[Look]) -> list[tuple[str, str, str]]:
    """Every mask that is a box, where most masks are (those of few pixels aside)."""
    found, nodes = [], 0
    for source, look in zip(intake.sources, looks, strict=True):
        codes = [code for code, _ in look.found]
        if look.picture:
            nodes += 1 + codes.count("several_labels") - codes.count("small_node")
        found += [(BOX, source.case_id, "")] * codes.count(BOX)
    return found if len(found) > MOSTLY * nodes else []


def _odd_pixels(intake: Intake, looks: Sequence[Look]) -> Iterator[tuple[str, str, str]]:
    """Images whose pixel size is far from that of most others."""
    sizes = [look.pixel_mm for look in looks if look.pixel_mm is not None]
    if not sizes:
        return
    usual = float(np.median(sizes))
    for source, look in zip(intake.sources, looks, strict=True):
        size = usual if look.pixel_mm is None else look.pixel_mm
        if max(size / usual, usual / size) >= ODD_PIXEL * (1 - 1e-9):
            yield "odd_pixel_size", source.case_id, f"{size:.4g} mm beside {usual:.4g}"


def _mixed_dimensions(intake: Intake, looks: Sequence[Look]) -> Iterator[tuple[str, str, str]]:
    """Volumes among pictures, or pictures among volumes: whichever are fewer."""
    seen = [
        (source.case_id, look.slices)
        for source, look in zip(intake.sources, looks, strict=True)
        if look.slices
    ]
    volumes = [slices > 1 for _, slices in seen]
    rare = sum(volumes) <= len(volumes) / 2
    if any(volumes) and not all(volumes):
        yield from (
            ("mixed_dimensions", case, f"{slices} slice(s)")
            for (case, slices), volume in zip(seen, volumes, strict=True)
            if volume == rare
        )


def _odd_greys(intake: Intake, looks: Sequence[Look]) -> Iterator[tuple[str, str, str]]:
    """Images whose grey values end far above or below those of most others."""
    ends = [look.brightest for look in looks if look.brightest]
    usual = float(np.median(ends)) if ends else 0.0
    for source, look in zip(intake.sources, looks, strict=True):
        if look.brightest and max(look.brightest / usual, usual / look.brightest) >= ODD_GREYS:
            yield "odd_greys", source.case_id, f"up to {look.brightest:.4g} beside {usual:.4g}"


def _table_pairs(settings: Settings, intake: Intake) -> Iterator[tuple[str, str, str]]:
    """What the table alone shows; a blank case means that the study as a whole is meant."""
    rows, data = intake.rows, settings.data
    first, second = intake.flow.steps[:2]
    yield from (("no_outcome", "", "") for _ in range(first.cases - second.cases))
    truth, patients = data.asked.take(rows["y_true"]), rows["patient_id"]
    seen_again = int((patients.value_counts() > 1).sum())
    yield from (("several_rows", "", "") for _ in range(seen_again))
    mixed = "mixed_patient" if data.unit == "patient" else "mixed_outcomes"
    yield from ((mixed, "", "") for _ in range(data.asked.mixed(truth, patients)))
    if min(data.asked.counts(truth).values()) == 0:
        yield "one_class", "", ""
    n_patients = patients.nunique()
    if n_patients < MIN_PATIENTS:
        yield from (("few_patients", "", "") for _ in range(n_patients))
    smaller = min(data.asked.counts(truth, patients).values())
    if 0 < smaller < 100:
        yield from (("few_events", "", "") for _ in range(smaller))
    clinical = rows[data.clinical_columns]
    for case in rows.index[clinical.isna().any(axis=1)]:
        yield "missing_clinical", case, ""
    reads = rows[[reader.column for reader in data.readers]]
    for case in rows.index[reads.isna().any(axis=1)]:
        yield "missing_read", case, ""
    yield from ((code, "", column) for code, column in column_doubts(settings, intake))
    if intake.measured is not None:
        yield from (("same_features", case, "") for case in same_features(intake.measured.values))
    odd = [
        reader.column
        for reader in data.readers
        if not data.classes and holds_codes(rows, reader, np.asarray(truth, dtype=np.bool_))
    ]
    yield from (("strange_reads", "", column) for column in odd)
    if data.site is not None and _sites_differ(rows.assign(positive=truth)):
        yield from (("site_outcome", "", "") for _ in range(rows["site"].nunique()))
    yield from (("unlisted_image", name, "") for name in intake.unlisted)
    yield from (("unlisted_mask", name, "") for name in intake.unlisted_masks)
    yield from (("table_read_so", "", note) for note in intake.notes)
    if data.image_is_patient or data.patient == data.case:
        yield from (("image_is_patient", case, "") for case in rows.index)
    how = "united to one region" if data.several_masks == "unite" else "each a node of its own"
    several = [source.case_id for source in intake.sources if source.more_masks]
    yield from (("several_masks", case, how) for case in several)
    names = [name for name in (data.case, data.patient, data.node, data.site) if name is not None]
    for name in dict.fromkeys(names):
        yield from (("like_names", case, name) for case in _like_names(rows, data, name))
    for name in filter(None, (data.node, data.level, data.site)):
        yield from (("unnamed", case, name) for case in rows.index[rows[name].isna()])


def _like_names(rows: pd.DataFrame, data: DataSettings, column: str) -> list[str]:
    """The cases whose name in a column is another name, written otherwise: the same number, or the
    same but for signs, blanks and zeros in front (P-03, P03, P 003).
    """
    given = pd.Series(rows.index, index=rows.index) if column == data.case else rows[column]
    names = given.dropna().astype(str)
    numbers = pd.to_numeric(names, errors="coerce").round(12)
    several = names.groupby(numbers).transform("nunique") > 1
    places = column in (data.node, data.level, data.site)
    bare = names.where(numbers.isna() | places).dropna().map(bare_name)
    if places:  # level II is level 2
        bare = bare.map(lambda name: " ".join(ROMAN.get(part, part) for part in name.split()))
    alike = (names[bare.index].groupby(bare).transform("nunique") > 1).reindex(names.index)
    return list(names.index[(several | alike.fillna(False).astype(bool)).to_numpy()])


def _sites_differ(rows: pd.DataFrame) -> bool:
    """Chi-square on patients (positive where any row is), at 0.01."""
    patients = rows.groupby("patient_id").agg(any=("positive", "max"), site=("site", "first"))
    counts = pd.crosstab(patients["site"], patients["any"])
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
