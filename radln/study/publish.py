"""A run's results as files: tables, figures, predictions, models, run.json and the report."""

from __future__ import annotations

import platform
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

import radln.features.families as families
from radln.errors import InputError
from radln.explain.attribution import block_of
from radln.explain.chosen import chosen_features, formula
from radln.explain.coefficient_table import coefficient_tables
from radln.explain.odds_ratios import odds_ratios
from radln.explain.penalty import penalty_paths
from radln.explain.permutation import permutation_importance
from radln.explain.waterfall import waterfalls
from radln.features.embeddings import DeepFeatures
from radln.features.encoders import BUNDLED
from radln.features.extract import IGNORED_MARKS
from radln.features.names import readable
from radln.imaging.regions import REPAIRED
from radln.io.atomic import write_json
from radln.io.tables import write_csv, write_parquet
from radln.io.yaml import dump_commented
from radln.models.learners import learner
from radln.models.persist import predict_frame, save_models
from radln.models.recipe import alone_and_beside, with_and_without
from radln.outcome import Classes
from radln.report.below_chance import below_chance
from radln.report.study.class_page import class_page
from radln.report.study.page import study_page
from radln.report.study.results import (
    Cases,
    ClassResults,
    EncoderUsed,
    Explained,
    Measured,
    Modelled,
    PageOptions,
    RadScore,
    Record,
    StudyResults,
    Tested,
)
from radln.settings import portable
from radln.stats.description.table_one import TableOne, table_one
from radln.study.bundled import bundle_of, negative_of
from radln.study.judged import with_reads
from radln.study.needed import patients_needed
from radln.study.pages import write_page
from radln.study.result import ClassStudyResult, StudyResult, StudyRun
from radln.study.split_hash import split_hash

PACKAGES = (
    "radln", "numpy", "scipy", "pandas", "scikit-learn", "xgboost-cpu", "xgboost", "SimpleITK",
    "pyradiomics-cuda", "numba", "PyWavelets", "onnxruntime", "matplotlib",
)  # fmt: skip


def publish(result: StudyResult | ClassStudyResult, out: Path, *, jobs: int) -> None:
    """Write everything under ``out``; each file is whole or not there, report.html the last."""
    options = PageOptions(noun=result.settings.noun)
    results: StudyResults | ClassResults
    if isinstance(result, ClassStudyResult):
        results = class_results(result)
        page, bundle = class_page(results, options), None
    else:
        results = page_results(result)
        page, bundle = study_page(results, options), bundle_of(result)
    for name, frame in _of_cases(result).items():
        write_csv(out / "tables" / f"{name}.csv", frame)
    write_csv(out / "predictions.csv", with_reads(result.cohort, result.fit).frame())
    table = result.extraction.table
    write_parquet(out / "features.parquet", table.frame(), table.metadata())
    keep = result.settings.models.keep_patient_rows
    save_models(result.final, out / "model", keep_patient_rows=keep)
    if bundle is not None:
        bundle.save(out / "bundle")
    classes = result.cohort.outcome.targets
    final = predict_frame(result.final, result.cohort.predictors, classes)
    write_csv(out / "model" / "predictions_final.csv", final.reset_index())
    write_json(out / "run.json", _run_record(result, results, jobs))
    write_page(page, out)


def _of_cases(result: StudyRun) -> dict[str, pd.DataFrame]:
    """The tables that name cases; no page shows them."""
    return {
        "partitions": partitions(result),
        "checks_by_case": result.checks.cases,
        "case_status": result.extraction.table.status.reset_index(),
        "extraction_times": result.extraction.timings,
    }


def page_results(result: StudyResult) -> StudyResults:
    """A run as the page needs it."""
    settings, cohort = result.settings, result.cohort
    curved = {model.source for model in result.final if model.curve is not None}
    straight = (a for source, a in result.attributions.items() if source not in curved)
    first = next(straight, None)  # waterfalls end at the probability of their log-odds
    return StudyResults(
        title=settings.name,
        cases=_cases(result),
        tested=_tested(result),
        measured=_measured(result),
        modelled=_modelled(result, result.nomogram_of),
        evaluation=result.evaluation,
        asked=settings.evaluation,
        explained=Explained(
            attributions=result.attributions,
            waterfalls=waterfalls(
                cohort, first, positive=settings.data.positive, negative=negative_of(result)
            )
            if first
            else (),
            nomogram=result.nomogram,
            note=result.nomogram_note,
            chosen=_with_blocks(result, chosen_features(result.fit, result.final)),
            scores=tuple(_scores(result)),
            odds_ratios=odds_ratios(
                result.learned, confidence_level=settings.evaluation.confidence_level
            ),
            shuffled={
                source: permutation_importance(cohort, result.fit, source)
                for source in result.attributions
            },
            needed=patients_needed(result.learned, result.recipes),
            coefficients=coefficient_tables(result.final, result.recipes, result.learned),
            paths=penalty_paths(
                result.final,
                result.recipes,
                result.learned,
                balanced=settings.models.class_weight == "balanced",
            ),
        ),
        record=_record(result, below_chance(result.evaluation.aucs)),
    )


def class_results(result: ClassStudyResult) -> ClassResults:
    """A run with several classes as the page needs it."""
    outcome = result.cohort.outcome
    chosen = []
    for side, name in enumerate(outcome.targets):
        members = [model for model in result.final if model.side == side]
        if members:
            table = _with_blocks(result, chosen_features(result.fit.side(side), members))
            chosen.append(table.assign(**{"class": name}))
    return ClassResults(
        title=result.settings.name,
        cases=_cases(result),
        tested=_tested(result),
        measured=_measured(result),
        modelled=_modelled(result, ""),
        evaluation=result.evaluation,
        asked=result.settings.evaluation,
        record=_record(result, pd.DataFrame()),
        attributions=result.attributions,
        chosen=pd.concat(chosen, ignore_index=True),
    )


def _modelled(result: StudyRun, stacked: str) -> Modelled:
    """What was fitted, once a source."""
    cohort, first = result.cohort, {model.source: model for model in reversed(result.final)}
    deep = cohort.columns(families.DEEP.name)
    return Modelled(
        settings=result.settings.models,
        fitted=tuple(
            (learner(m.learner).sentence, m.block, tuple(m.inputs_from.values()))
            for source in dict.fromkeys(model.source for model in result.final)
            for m in (first[source],)
        ),
        deep_added=with_and_without(result.recipes, deep),
        deep_alone=alone_and_beside(result.recipes, deep),
        stacked=stacked,
        beside=tuple(readable(column) for column in cohort.columns("clinical")),
    )


def _record(result: StudyRun, found: pd.DataFrame) -> Record:
    """What the run can be known by; ``found`` are findings beside those of the check."""
    return Record(
        study_id=result.study_id,
        settings_text=dump_commented(portable(result.settings)),
        versions=versions(),
        plan="" if result.plan is None else result.plan.summary(),
        findings=pd.concat([found, result.checks.frame()], ignore_index=True),
    )


def _tested(result: StudyRun) -> Tested:
    """Whom the numbers rest on: all units of cross-validation, or the test part."""
    cohort, design = result.cohort, result.settings.design
    split = result.fit.folds[0].split
    at = split.test if split.locked else np.arange(len(cohort.units))
    counts = cohort.outcome.counts(cohort.truth[at])
    patients = pd.Series(cohort.patient_id)
    return Tested(
        partition=split.partition,
        n=int(at.size),
        n_positive=counts.get("positive", 0),
        n_patients=int(patients[at].nunique()),
        n_training=int(patients[split.train].nunique()),
        how=design.how,
        drawn=design.name == "hold-out",
        repeats=design.repeats,
        rarest=min(counts.values()),
    )


def partitions(result: StudyRun) -> pd.DataFrame:
    """Which part every unit belongs to; without a test part, where it was tested."""
    units = result.cohort.units[["patient_id"]]
    first = result.fit.folds[0].split
    if first.locked:
        part = np.full(len(units), "training", dtype=object)
        part[first.test] = first.partition
        return units.assign(partition=part).reset_index()
    parts = [
        units.iloc[fold.test].assign(
            partition=fold.split.partition, repeat=fold.repeat, fold=fold.fold
        )
        for fold in result.fit.folds
    ]
    return pd.concat(parts).reset_index()


def _by_part(result: StudyRun, described: pd.DataFrame) -> TableOne | None:
    """Training and test part side by side, the outcome among the rows."""
    split = result.fit.folds[0].split
    if not split.locked:
        return None
    parts, outcome = partitions(result), _labels(result)
    return table_one(
        described.assign(outcome=outcome),
        parts["partition"].to_numpy(),
        order=["training", split.partition],
        cluster=result.cohort.patient_id,
    )


def _labels(result: StudyRun) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    """What the outcome of every unit is called."""
    cohort, data = result.cohort, result.settings.data
    if isinstance(cohort.outcome, Classes):
        return cohort.outcome.coded(cohort.truth)
    return np.where(cohort.y_true, data.positive, negative_of(result)).astype(object)


def _with_blocks(result: StudyRun, table: pd.DataFrame) -> pd.DataFrame:
    """The predictors of every model, with the block that each is of."""
    blocks = block_of(result.cohort, pd.Index(table["predictor"]))
    taken = {column for model in result.final for column in model.inputs_from}
    own = [
        "score" if column in taken else block
        for column, block in zip(table["predictor"], blocks, strict=True)
    ]
    return table.assign(block=own)


def _scores(result: StudyResult) -> Iterator[RadScore]:
    """The formulas of the linear models whose scores others take."""
    models = {model.source: model for model in result.final}
    taken = {(name, s) for model in result.final for name, s in model.inputs_from.items()}
    for name, source in sorted(taken):
        with suppress(InputError):
            intercept, coefficients = formula(models[source])
            yield RadScore(readable(name), source, intercept, coefficients)


def _cases(result: StudyRun) -> Cases:
    """Who was analysed, with Table 1 of clinical columns, sizes, reads and sites."""
    cohort, data = result.cohort, result.settings.data
    several = isinstance(cohort.outcome, Classes)
    counts = cohort.outcome.counts(cohort.truth)
    shown = cohort.columns("clinical", "size")
    reads = cohort.reads
    if several:  # calls by their names
        names = dict(enumerate(cohort.outcome.targets))
        reads = reads.apply(lambda calls: calls.map(names)).astype(object)
    described = pd.concat([cohort.predictors[shown], reads], axis=1)
    if "site" in cohort.units.columns:
        described["site"] = cohort.units["site"].astype(str)
    return Cases(
        unit=cohort.unit,
        positive=data.positive,
        negative="" if several else negative_of(result),
        outcomes=result.checks.outcomes,
        n=len(cohort.units),
        n_positive=counts.get("positive", 0),
        n_patients=cohort.n_patients,
        n_mixed=cohort.n_mixed,
        image_is_patient=data.image_is_patient,
        simulated=result.settings.simulated,
        flow=cohort.flow,
        table_one=table_one(
            described,
            _labels(result) if several else cohort.y_true,
            order=list(counts) if several else None,
            cluster=cohort.patient_id,
        ),
        by_part=_by_part(result, described),
        notes=(*cohort.notes, *_changed(result)),
        counts=counts if several else {},
        ordered=data.ordered,
    )


def _changed(result: StudyRun) -> list[str]:
    """What was done to masks and marks before measuring, where it was asked for."""
    features, status = result.settings.features, result.extraction.table.status
    how = {
        "fill": "holes filled",
        "largest": "the largest part alone",
        "all": "the largest part alone, holes filled",
    }.get(features.mask)

    def count(note: str) -> int:
        return int(status["message"].str.contains(note, regex=False).sum())

    said = []
    if how is not None:
        said.append(
            f"Masks were repaired before measuring ({how}): {count(REPAIRED)} were changed."
        )
    if features.ignore == "marks":
        said.append(
            f"Caliper marks, drawn lines and text were left out of grey values and texture in "
            f"{count(IGNORED_MARKS)} case(s); filters and deep features see them."
        )
    return said


def _measured(result: StudyRun) -> Measured:
    """What was measured: from images, in a file, or nowhere."""
    data, features = result.settings.data, result.settings.features
    source: Literal["images", "file", "none"] = "images"
    if data.images is None:
        source = "none" if data.features is None else "file"
    counted = Counter(spec.block for spec in result.extraction.table.specs)
    return Measured(
        source=source,
        n_features={family.name: counted[family.name] for family in families.FAMILIES},
        length_unit=result.extraction.length_unit,
        settings=features,
        encoder=None if features.deep is None else encoder_used(features.deep),
    )


def encoder_used(deep: DeepFeatures) -> EncoderUsed:
    """The encoder in words, and whether it lists the pictures that it learned from."""
    encoder = deep.load()
    name = "radln's own encoder" if deep.encoder == BUNDLED else f"encoder {encoder.name}"
    return EncoderUsed(name, lists_pictures=len(encoder.seen) > 0)


def _run_record(
    result: StudyRun, results: StudyResults | ClassResults, jobs: int
) -> dict[str, object]:
    """The run in facts: no case, no patient, no path."""
    per_family = result.extraction.timings
    computed = per_family[~per_family["cached"].astype(bool)]
    primary = result.evaluation.primary
    return {
        "study_id": result.study_id,
        "settings": portable(result.settings).model_dump(mode="json", by_alias=True),
        "manifest": result.identity["manifest"],
        "split": split_hash(result.cohort.patient_id, [f.split for f in result.fit.folds]),
        "versions": dict(results.record.versions),
        "jobs": jobs,
        "n": results.cases.n,
        "n_positive": results.cases.n_positive,
        "n_patients": results.cases.n_patients,
        "n_failed_cases": result.n_failed,
        "seconds": result.seconds,
        "seconds_by_family": computed.groupby("family")["seconds"].sum().to_dict(),
        "cases_computed_by_family": computed.groupby("family").size().to_dict(),
        "peak_memory_main_process_mib": peak_memory_mib(),
        "plan": None if result.plan is None else asdict(result.plan),
        "verdict": result.verdict,
        "conclusion": primary.conclusion if primary else None,
    }


def versions() -> dict[str, str]:
    """What the run stood on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def peak_memory_mib() -> float | None:
    """Peak resident memory of this process (without its workers) in MiB; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    scale = 1024 if sys.platform != "darwin" else 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale
