"""The study's table and that of another centre as one intake, in which a mark tells them apart.

Both are read together, so that a grade, an order, a date or a category means the same in both; only
the files are looked for in their own folders.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest

import pandas as pd

from radln.cohort.flow import Flow, FlowStep
from radln.data_settings import DataSettings
from radln.design_settings import ExternalSettings
from radln.designs import named
from radln.errors import InputError, LeakageError, RadlnError
from radln.features.table import FeatureTable
from radln.settings import Settings
from radln.study.intake import Intake, Rows, matched, read_source, rows_of, take_in
from radln.study.parts import EXTERNAL

THERE = "The external table (design.external): "
TOGETHER = "Both tables together (data.table and design.external.table): "


def take_in_all(settings: Settings) -> Intake:
    """What the study's table gives, and the other centre's where the design has one.

    Raises
    ------
    InputError, UnreadableFileError
        As :func:`radln.study.intake.take_in`; a case that stands in both tables, a column that is
        something else in the two, or features that only one has.
    LeakageError
        A patient stands in both tables.
    """
    external = settings.design.external
    if external is None:
        return take_in(settings.data)
    data = settings.data
    there = _data_of(data, external)
    own = _read(data, there)
    here, other = (
        replace(own, table=own.table[own.table[EXTERNAL] == mark].reset_index(drop=True))
        for mark in (False, True)
    )
    first = matched(data, here)
    try:
        second = matched(there, other)
    except RadlnError as error:
        raise type(error)(f"{THERE}{error}") from error
    return _merged(first, second)


def _data_of(data: DataSettings, external: ExternalSettings) -> DataSettings:
    """The settings with the other centre's table and files in place of the own ones."""
    own = {name: value for name, value in external if value is not None}
    return data.model_copy(update=own)


def _read(data: DataSettings, there: DataSettings) -> Rows:
    """The rows of both, read each by itself (for its refusals) and then together."""
    first, second = read_source(data), read_source(there)
    own = rows_of(data, first).table
    try:
        other = rows_of(there, second).table
    except RadlnError as error:
        raise type(error)(f"{THERE}{error}") from error
    _refuse_shared(own, other)
    frame = pd.concat(
        [first.frame.assign(**{EXTERNAL: False}), second.frame.assign(**{EXTERNAL: True})],
        ignore_index=True,
    )
    try:
        return rows_of(data, replace(first, frame=frame, notes=(*first.notes, *second.notes)))
    except RadlnError as error:
        raise type(error)(f"{TOGETHER}{error}") from error


def _refuse_shared(own: pd.DataFrame, other: pd.DataFrame) -> None:
    """Raise where a patient or a case of one table has the name of one in the other."""
    patients = other["patient_id"].isin(own["patient_id"])
    if patients.any():
        shared = [
            *own.loc[own["patient_id"].isin(other["patient_id"]), "case_id"],
            *other.loc[patients, "case_id"],
        ]
        raise LeakageError(
            f"{other.loc[patients, 'patient_id'].nunique()} patient(s) stand in both tables (cases "
            f"{named(shared)}): the test part would hold patients that the models learned from. "
            "Leave them out of one table; if these are other people, give one centre's patients a "
            "letter in front."
        )
    twice = other["case_id"].isin(own["case_id"])
    if twice.any():
        raise InputError(
            f"{int(twice.sum())} case(s) of the external table have the name of a case in "
            f"data.table (cases {named(other.loc[twice, 'case_id'])}); a case's name must tell "
            "it from all others. Give one centre's cases a letter in front, in the table and, "
            "where files are named after cases, in theirs."
        )


def _merged(first: Intake, second: Intake) -> Intake:
    """One intake of both, the study's own rows first."""
    return replace(
        first,
        rows=pd.concat([first.rows, second.rows]),
        sources=(*first.sources, *second.sources),
        lost=(*first.lost, *second.lost),
        unlisted=(*first.unlisted, *second.unlisted),
        unlisted_masks=(*first.unlisted_masks, *second.unlisted_masks),
        flow=_both(first.flow, second.flow),
        notes=tuple(dict.fromkeys((*first.notes, *second.notes))),
        measured=_measured(first.measured, second.measured),
    )


def _both(first: Flow, second: Flow) -> Flow:
    """The sums of the steps; no patient is in both."""
    steps = []
    for own, other in zip_longest(first.steps, second.steps):
        sums = {k: getattr(own, k) + getattr(other, k) for k in ("excluded", "cases", "patients")}
        steps.append(FlowStep(own.label, own.reason, **sums))
    return Flow(tuple(steps))


def _measured(first: FeatureTable | None, second: FeatureTable | None) -> FeatureTable | None:
    """The features of both, which must have the same columns, measured in the same way."""
    if first is None or second is None:
        return None
    known = {spec.name: spec for spec in first.specs}
    others = {spec.name: spec for spec in second.specs}
    odd = sorted(name for name in {*known, *others} if known.get(name) != others.get(name))
    if odd:
        raise InputError(
            f"{THERE}{len(odd)} feature(s) are not in both files, or were measured in another way, "
            f"such as {odd[0]!r}; measure both centres alike."
        )
    values = pd.concat([first.values, second.values[first.values.columns]])
    return FeatureTable(values, first.specs, pd.concat([first.status, second.status]))
