"""Features, clinical columns and reads brought together as the cohort of a study."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

import radln.features.families as families
from radln.cohort.core import Cohort, Published, Reader, average_views, refuse_unusable
from radln.data_settings import DataSettings
from radln.designs import Split
from radln.errors import InputError, TooManyFailuresError
from radln.evaluation.average_reader import FEW
from radln.evaluation.settings import AVERAGE
from radln.features.table import FAILED, STATUS_COLUMNS, FeatureTable
from radln.io.tables import stable_strings
from radln.models.settings import ModelSettings
from radln.settings import Settings
from radln.study.intake import Intake
from radln.study.parts import marked_rows, refuse_sites
from radln.study.published import score_of
from radln.study.subgroups import group_of, refuse_absent


def with_lost(table: FeatureTable, lost: Sequence[tuple[str, str, str]]) -> FeatureTable:
    """The table with the rows that have no image or no mask as failed ones at its end."""
    if not lost:
        return table
    index = pd.Index([case for case, _, _ in lost], name=table.values.index.name, dtype=object)
    values = pd.DataFrame(np.nan, index=index, columns=table.values.columns)
    status = pd.DataFrame(
        [(FAILED, code, message) for _, code, message in lost],
        index=index,
        columns=list(STATUS_COLUMNS),
    )
    return FeatureTable(
        pd.concat([table.values, values]), table.specs, pd.concat([table.status, status])
    )


def assemble(settings: Settings, intake: Intake, table: FeatureTable) -> Cohort:
    """The cohort at the study's unit: views averaged, failed cases left out and counted.

    Raises
    ------
    TooManyFailuresError
        More cases failed than ``max_failed`` allows.
    InputError
        A unit carries both outcomes.
    """
    data = settings.data
    n_all = len(table.status)
    if table.n_failed > settings.max_failed * n_all or table.n_failed == n_all:
        raise TooManyFailuresError(
            f"{table.n_failed} of {n_all} cases failed; max_failed in study.yaml allows "
            f"{settings.max_failed:.0%}. Run `radln check` and mend the reasons it lists."
        )
    measured = table.values[(table.status["status"] != FAILED).to_numpy()]
    rows = intake.rows.loc[[row_of(case, intake.rows.index) for case in measured.index]]
    rows = rows.set_axis(measured.index)
    rows["unit_id"] = unit_ids(rows, settings)
    flow = intake.flow.then(
        "nodes with features",
        "extraction failed",
        cases=len(rows),
        patients=int(rows["patient_id"].nunique()),
    )
    _refuse_mixed(rows, data)
    clinical = _clinical(rows, settings)
    measured, undefined = _without_infinite(measured)
    predictors, notes = average_views(pd.concat([clinical, measured], axis=1), rows["unit_id"])
    reads, differing = average_views(
        rows[[reader.column for reader in data.readers]], rows["unit_id"]
    )
    reads = reads.reindex(predictors.index)
    if data.classes:  # calls as places among the classes, -1 none
        place = {name: float(code) for code, name in enumerate(data.classes)}
        reads = reads.apply(lambda calls: calls.map(place)).astype(float)
    first = rows.groupby("unit_id", sort=False).first().reindex(predictors.index)
    units = pd.DataFrame(
        {
            "patient_id": first["patient_id"],
            "y_true": first["y_true"],
            "n_views": rows.groupby("unit_id", sort=False).size().reindex(predictors.index),
        },
        index=predictors.index,
    )
    if (tested := marked_rows(settings.design, rows)) is not None:
        units["tested"] = tested.groupby(rows["unit_id"]).first().reindex(units.index)
    if data.site is not None:
        units["site"] = first["site"].fillna("not known")
    if len(units) != len(rows):
        flow = flow.then(
            f"{data.unit}s analysed",
            "views averaged",
            cases=len(units),
            patients=int(units["patient_id"].nunique()),
        )
    blocks = feature_blocks(table, list(clinical.columns), data.blocks)
    blocks, constant = _varying(blocks, predictors)
    return Cohort(
        units,
        predictors,
        blocks,
        reads,
        _readers(data, intake, rows),
        data.unit,
        flow,
        (*_lacking(table), *undefined, *constant, *notes, *differing),
        data.asked,
        _groups(settings, rows, predictors),
        *_published(data, rows, predictors.index),
    )


def _readers(data: DataSettings, intake: Intake, rows: pd.DataFrame) -> tuple[Reader, ...]:
    """The physicians with their cuts; those who call classes have none."""
    return tuple(
        Reader(r.column, intake.cuts.get(r.column, np.nan), int(rows[r.column].nunique()))
        for r in data.readers
    )


def _published(
    data: DataSettings, rows: pd.DataFrame, index: pd.Index
) -> tuple[pd.DataFrame | None, tuple[Published, ...]]:
    """Published scores, the mean over the views of a unit."""
    if not data.scores:
        return None, ()
    found = pd.DataFrame({given.name: score_of(given, rows) for given in data.scores})
    averaged = found.groupby(rows["unit_id"], sort=False).mean().reindex(index)
    return averaged, tuple(Published(s.name, s.probability, s.cut) for s in data.scores)


def _groups(
    settings: Settings, rows: pd.DataFrame, predictors: pd.DataFrame
) -> pd.DataFrame | None:
    """The group of every unit in every declared subgroup; of views the first one's, or a feature's
    mean.
    """
    asked = settings.evaluation.subgroups
    if not asked:
        return None
    first = rows.groupby("unit_id", sort=False).first().reindex(predictors.index)
    found = {}
    for given in asked:
        refuse_absent(given, rows, predictors.columns)
        source = predictors if given.column in predictors.columns else first
        found[given.name] = group_of(given, source[given.column])
    return pd.DataFrame(found, index=predictors.index)


def _lacking(table: FeatureTable) -> list[str]:
    """What must be said of cases of which a family of features could not be measured."""
    if not table.n_partial:
        return []
    return [
        f"{table.n_partial} case(s) lack a family of features (case_status.csv says why); in the "
        "models these are filled with the training medians."
    ]


def check_rows(settings: Settings, intake: Intake) -> None:
    """Raise what :meth:`Cohort.check` would, as far as the table shows it: before hours are spent.

    Raises
    ------
    SingleClassError, InputError, LeakageError
    """
    rows = intake.rows
    _refuse_mixed(rows.assign(unit_id=unit_ids(rows, settings)), settings.data)
    outcome = settings.data.asked
    if settings.data.classes and settings.design.name == "leave-site-out":
        raise InputError(
            "the design leave-site-out is for two classes: a mean of sites of macro-averaged areas "
            "has no inference that was checked. Use cross-validation, hold-out, fixed, temporal or "
            "external; areas by site are in the report."
        )
    for score in settings.data.scores:
        score_of(score, rows)
    y = outcome.take(rows["y_true"])
    n_patients = int(rows["patient_id"].nunique())
    outcome.refuse_unusable(y)
    refuse_unusable(y, n_patients, _clinical(rows, settings), settings.acknowledge)
    refuse_sites(settings.design, rows)
    if settings.design.name != "cross-validation":
        _refuse_few_to_learn_from(settings, rows)
    else:
        _refuse_few_for_folds(outcome.counts(y, rows["patient_id"]), settings.models)
    _refuse_coarse_reads(settings, rows)
    refuse_unknown_blocks(settings)


def _refuse_few_for_folds(patients: Mapping[str, int], models: ModelSettings) -> None:
    """Raise InputError where the rarer outcome cannot be dealt to outer and inner folds."""
    rarer = min(patients.values())
    in_training = rarer - -(-rarer // models.folds)  # without those of the fullest fold
    if rarer >= models.folds and in_training >= models.inner_folds:
        return
    raise InputError(
        f"only {rarer} patients have the rarer outcome; {models.folds} folds with "
        f"{models.inner_folds} inner ones (models.folds, models.inner_folds in study.yaml) need at "
        "least one of them in every fold. Use fewer folds, or collect more patients."
    )


def _refuse_few_to_learn_from(settings: Settings, rows: pd.DataFrame) -> None:
    """Raise InputError where the rarer outcome of a training part cannot be dealt to inner folds,
    or a part lacks an outcome.
    """
    models, outcome = settings.models, settings.data.asked
    for split in planned(settings, rows):
        learned = rows.iloc[split.train]
        counts = outcome.counts(outcome.take(learned["y_true"]), learned["patient_id"])
        if min(counts.values()) < models.inner_folds:
            without = ""
            if split.partition == "site":
                without = f" without the site {str(rows['site'].iloc[split.test[0]])!r}"
            raise InputError(
                f"only {min(counts.values())} patients of the training part{without} have the "
                f"rarer outcome; {models.inner_folds} inner folds (models.inner_folds in "
                "study.yaml) need one of them each. Test fewer patients, or collect more."
            )


def planned(settings: Settings, rows: pd.DataFrame) -> tuple[Split, ...]:
    """The splits of the table's rows, before a case is lost on the way."""
    units = rows.assign(tested=marked_rows(settings.design, rows))
    models = settings.models
    design = settings.design.design(folds=models.folds, repeats=models.repeats)
    return design.splits(units, settings.data.asked, settings.seed)


def refuse_unknown_blocks(settings: Settings) -> None:
    """Raise InputError where a model names a block that no study has, or nothing at all."""
    names = [family.name for family in families.FAMILIES]
    known = ["clinical", *settings.data.blocks, *families.part_names(), "long_axis", *names]
    for source, given in (settings.models.fitted or {}).items():
        if not (given.keep or given.compete or given.inputs_from):
            raise InputError(
                f"models.fitted.{source} learns from nothing; give it blocks (keep, compete) or "
                "another model's score (inputs_from)."
            )
        for block in (*given.keep, *given.compete):
            if block not in known:
                near = difflib.get_close_matches(block, known, n=1)
                meant = f" Did you mean {near[0]!r}?" if near else ""
                raise InputError(
                    f"models.fitted.{source} names the block {block!r}; there are "
                    f"{', '.join(known)}.{meant}"
                )


def _refuse_coarse_reads(settings: Settings, rows: pd.DataFrame) -> None:
    """Raise InputError where the primary comparison is with reads of two values."""
    readers = [reader.column for reader in settings.data.readers]
    primary = settings.evaluation.primary
    for key, source in (("full", primary.full), ("simple", primary.simple)):
        if settings.data.classes and source in (*readers, AVERAGE):
            raise InputError(
                f"evaluation.primary.{key} is {source!r}, who calls classes and gives no scores, "
                "so that there is no area. Name a model (the clinical one, or size); the model's "
                "calls against those of every reader are in the report all the same."
            )
        if source in readers and rows[source].nunique() <= FEW:
            raise InputError(
                f"evaluation.primary.{key} is {source!r}, whose reads have two values: they rank "
                "too coarsely for an area. Name a model (the clinical one, or size), or "
                f"{AVERAGE} where others gave grades; sensitivity and specificity of the model "
                "minus those of every reader are in the report all the same."
            )


def _clinical(rows: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    return rows[settings.data.clinical_columns].add_prefix("clinical_")


def _without_infinite(measured: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Infinite features (a ratio over nothing) become missing ones, and a note says how many."""
    infinite = measured.isin([np.inf, -np.inf])
    count = int(infinite.to_numpy().sum())
    if not count:
        return measured, ()
    note = f"{count} infinite feature value(s) in {int(infinite.any().sum())} column(s) count as"
    return measured.mask(infinite), (f"{note} missing.",)


def row_of(case_id: str, known: pd.Index) -> str:
    """The table's row of a node: its own, or its image's where the mask holds several."""
    return case_id if case_id in known else case_id.rpartition("#")[0]


def unit_ids(rows: pd.DataFrame, settings: Settings) -> pd.Series:
    data = settings.data
    if data.unit == "patient":
        return rows["patient_id"]
    if data.unit == "level" and data.level is not None:
        level = stable_strings(rows[data.level]).set_axis(rows.index)
        if level.isna().any():
            raise InputError(
                f"column {data.level!r} is empty in {int(level.isna().sum())} row(s), but the "
                "level is the unit of this study; fill it in."
            )
        return rows["patient_id"].str.cat(level, sep="/")
    if data.unit == "node" and data.node is not None:
        _refuse_shared_mask(rows, settings)
        node = stable_strings(rows[data.node]).set_axis(rows.index)
        node = node.fillna(pd.Series(rows.index, index=rows.index))  # not named: a node of its own
        return rows["patient_id"].str.cat(node, sep="/")
    return pd.Series(rows.index, index=rows.index)


def _refuse_shared_mask(rows: pd.DataFrame, settings: Settings) -> None:
    """Raise InputError where the node column has one name for several labels of a mask."""
    given = stable_strings(rows[settings.data.case]).set_axis(rows.index)
    shared = int((given != rows.index).sum())
    if shared:
        raise InputError(
            f"{shared} node(s) share a mask, but column {settings.data.node!r} names one node a "
            "row. Give each label a row of its own, with the case written as case#label (such as "
            "img7#2), or leave data.node out."
        )


def _refuse_mixed(rows: pd.DataFrame, data: DataSettings) -> None:
    """Raise InputError where one unit (a node, a patient) carries both outcomes."""
    unit = data.unit
    mixed = data.asked.mixed(data.asked.take(rows["y_true"]), rows["unit_id"])
    if mixed:
        remedy = (
            "set data.unit to node, level or image"
            if unit == "patient"
            else f"correct the {unit} or the outcome"
        )
        raise InputError(
            f"{mixed} {unit}(s) carry both outcomes, but the {unit} is the unit of this study; "
            f"{remedy}."
        )


def feature_blocks(
    table: FeatureTable, clinical: list[str], own: Mapping[str, Sequence[str]] | None = None
) -> dict[str, tuple[str, ...]]:
    """Which columns make up each block; size and shape are parts of the image blocks, ``own``
    blocks of the clinical one.
    """
    names = list(table.values.columns)
    parts = {
        block: tuple(f"clinical_{column}" for column in columns)
        for block, columns in (own or {}).items()
    }
    return parts | {
        "clinical": tuple(clinical),
        **{part: families.part_columns(part, names) for part in families.part_names()},
        **{family.name: tuple(table.columns(family.name)) for family in families.FAMILIES},
    }


def _varying(
    blocks: dict[str, tuple[str, ...]], predictors: pd.DataFrame
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The blocks without columns that are empty or the same everywhere, and a note on these."""
    varies = predictors.nunique() > 1
    kept = {block: tuple(c for c in names if varies[c]) for block, names in blocks.items()}
    constant = list(varies.index[~varies])
    if not constant:
        return kept, ()
    named = ", ".join(constant[:5]) + (", ..." if len(constant) > 5 else "")
    return kept, (f"{len(constant)} predictor(s) do not vary and are left out: {named}.",)


def check_sources(settings: Settings, cohort: Cohort, sources: list[str]) -> None:
    """Raise InputError where the primary comparison names a model or reader that is not there."""
    scores = [score.name for score in cohort.published]
    known = [*sources, *cohort.reads.columns, *scores, *[AVERAGE] * bool(cohort.readers)]
    primary = settings.evaluation.primary
    for key, source in (("full", primary.full), ("simple", primary.simple)):
        if source not in known:
            raise InputError(
                f"evaluation.primary.{key} is {source!r}, which this study does not have; it has "
                f"{', '.join(known)}."
            )
