"""A study from its file to its results: the one place where the rooms are put in order."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import pandas as pd

from radln.cohort.blocks import all_blocks, columns_in
from radln.cohort.core import Cohort
from radln.designs import Split
from radln.errors import ForeignOutputError, InputError
from radln.features.extract import TIMING_COLUMNS, Extraction, extract_cases
from radln.io.atomic import refuse_unwritable, write_text
from radln.io.cases import KeptCases
from radln.io.images import is_image
from radln.models.classes import class_models
from radln.models.cross_fit import CrossFit, cross_fit, fit_all
from radln.models.fitted import FittedModel
from radln.models.recipe import Recipe, recipes
from radln.models.train import table_models
from radln.outcome import Classes
from radln.settings import Settings, load_settings
from radln.study.assemble import (
    assemble,
    check_rows,
    check_sources,
    planned,
    refuse_unknown_blocks,
    with_lost,
)
from radln.study.check import CheckReport, check_study
from radln.study.conclude import conclude
from radln.study.intake import Intake, take_in
from radln.study.leaks import about_taught, refuse_shared_pictures, seen_in, tested_of
from radln.study.look import Look, look_at_all
from radln.study.output import RECORD, FoldStore, claim, identity, refuse_foreign, study_id
from radln.study.parity import StudyParity, compare_cases
from radln.study.plan import PLAN, plan_kept, read_plan, write_plan
from radln.study.progress import Progress, silent, written_down
from radln.study.publish import publish
from radln.study.result import ClassStudyResult, StudyResult
from radln.study.seen import SEEN, refuse_seen, write_pictures
from radln.study.sheet import contact_sheet
from radln.study.two_tables import take_in_all


@dataclass(frozen=True, eq=False)
class Taken:
    """The rows of a study, looked through and measured; no model was asked yet."""

    intake: Intake
    looks: tuple[Look, ...]
    checks: CheckReport
    extraction: Extraction


class Study:
    """A study: its settings, and what can be done with them.

    Parameters
    ----------
    settings
        With absolute paths, as :meth:`from_yaml` gives them.
    cache
        Folder for extracted features; they are computed once a case and setting.
    folder
        Where study.yaml lies, and the plan where there is one.

    Examples
    --------
    ``Study.from_yaml("study.yaml").run()`` does what ``radln run study.yaml`` does.

    >>> data = {"table": "nodes.xlsx", "images": "images", "masks": "masks", "case": "ID",
    ...         "patient": "Case", "outcome": "Pathology", "positive": "malignant"}
    >>> study = Study(Settings.model_validate({"data": data}))
    >>> study.settings.evaluation.primary.simple
    'size_logistic'
    """

    def __init__(
        self, settings: Settings, *, cache: Path | None = None, folder: Path | None = None
    ) -> None:
        self.settings = settings
        self.cache = cache
        self.folder = folder
        self._read = KeptCases()

    def __repr__(self) -> str:
        data = self.settings.data
        return (
            f"Study {self.settings.name!r}: {data.table.name}, outcome {data.outcome} "
            f"({data.outcome_words}), unit {data.unit}"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"

    @classmethod
    def from_yaml(cls, path: str | Path) -> Study:
        """Read study.yaml (or the folder that holds it); the cache lies beside it."""
        file = Path(path)
        if file.is_dir():
            file = file / "study.yaml"
        folder = file.resolve().parent
        return cls(load_settings(file), cache=folder / ".radln-cache", folder=folder)

    def check(
        self, *, jobs: int = 1, html: str | Path | None = None, progress: Progress = silent
    ) -> CheckReport:
        """What is wrong or doubtful with the data.

        ``html`` is a file for the contact sheet: every case as a small picture with its outline and
        its findings. It names cases, and is for your own eyes.
        """
        if html is not None:
            self.refuse_input(html)
            refuse_unwritable(Path(html))
        refuse_unknown_blocks(self.settings)
        intake = take_in_all(self.settings)
        with written_down(progress, self.cache) as report:
            checks = check_study(self.settings, intake, self._look(intake, jobs, report))
            if html is not None:
                page = contact_sheet(
                    self.settings.name,
                    intake,
                    checks,
                    self._read,
                    jobs=jobs,
                    progress=lambda done, total: report("pictures", done, total),
                )
                write_text(Path(html), page)
        return checks

    def extract(self, *, jobs: int = 1, progress: Progress = silent) -> Extraction:
        """The features of every row of the table; failed ones stay as rows with their reason.

        Raises
        ------
        LeakageError
            The encoder learned from some of the pictures, or a stopping finding of the check was
            not acknowledged.
        """
        if self.settings.data.images is None:
            raise InputError(
                "this study has no images (data.images is null), so that there is nothing to "
                "measure; `radln run` goes on from the features or columns that it has."
            )
        intake = take_in_all(self.settings)
        with written_down(progress, self.cache) as report:
            self._checked(intake, self._look(intake, jobs, report))
            return self._extract(intake, jobs, report)

    def plan(self, *, results: str | Path | None = None) -> str:
        """Write down beforehand what the study is to show, beside study.yaml; the plan in words.

        ``results`` is where a run writes to; without it the folder ``results`` beside study.yaml.

        Raises
        ------
        InputError
            There is another plan, which is not overwritten; or the study has no folder.
        """
        if self.folder is None:
            raise InputError("a plan lies beside study.yaml; write the settings to a file first.")
        out = self.folder / "results" if results is None else Path(results)
        return write_plan(self.settings, take_in_all(self.settings), self.folder, results=out)

    def take(self, *, jobs: int = 1, progress: Progress = silent) -> Taken:
        """Its rows, looked through and measured.

        Raises
        ------
        LeakageError, InputError
            As :meth:`extract`.
        """
        intake = take_in(self.settings.data)
        with written_down(progress, self.cache) as report:
            looks = self._look(intake, jobs, report)
            checks = self._checked(intake, looks)
            return Taken(intake, tuple(looks), checks, self._extract(intake, jobs, report))

    def refuse_input(self, path: str | Path) -> None:
        """Raise ForeignOutputError where an output would be written over what the study reads."""
        place = Path(path).resolve()
        files = [p.resolve() for p in self.settings.files]
        folders = [p.resolve() for p in self.settings.folders]
        within = any(place.is_relative_to(folder) for folder in folders)
        if place in files or place.suffix in (".yaml", ".yml") or (within and is_image(place)):
            raise ForeignOutputError(
                f"{place.name} is a file that the study reads, and would be overwritten; name "
                "another file for the output."
            )

    def _look(self, intake: Intake, jobs: int, progress: Progress) -> list[Look]:
        return look_at_all(
            self.settings.features,
            intake.sources,
            self._read,
            cache=self.cache,
            jobs=jobs,
            progress=lambda done, total: progress("check", done, total),
        )

    def _checked(self, intake: Intake, looks: Sequence[Look]) -> CheckReport:
        """The check, which must not stop the study."""
        checks = check_study(self.settings, intake, looks)
        refuse_seen(self.settings.features, intake.sources, checks.cases_of(SEEN))
        if self.settings.design.name != "cross-validation":
            rows = intake.rows
            splits = planned(self.settings, rows)
            refuse_shared_pictures(self.settings, intake, looks, splits, rows["patient_id"])
        checks.refuse_stopping()
        return checks

    def _extract(self, intake: Intake, jobs: int, progress: Progress) -> Extraction:
        if intake.measured is not None:
            table = with_lost(intake.measured, intake.lost)
            return Extraction(table, pd.DataFrame(columns=list(TIMING_COLUMNS)), "mm")
        extraction = extract_cases(
            intake.sources,
            self.settings.features,
            jobs=jobs,
            cache=self.cache,
            kept=self._read,
            progress=lambda done, total: progress("features", done, total),
        )
        return replace(extraction, table=with_lost(extraction.table, intake.lost))

    def parity(
        self, *, cases: int | None = None, jobs: int = 1, progress: Progress = silent
    ) -> StudyParity:
        """Whether radln's own engine and pyradiomics agree on (the first) ``cases`` of the table.

        Raises
        ------
        MissingDependencyError
            pyradiomics is not installed.
        """
        if self.settings.data.images is None:
            raise InputError("parity needs images and masks; this study has none (data.images).")
        return compare_cases(
            take_in_all(self.settings).sources[:cases],
            self.settings.features,
            jobs=jobs,
            progress=lambda done, total: progress("parity", done, total),
        )

    def run(
        self, *, out: str | Path | None = None, jobs: int = 1, progress: Progress = silent
    ) -> StudyResult | ClassStudyResult:
        """Extract, fit, evaluate and explain; with ``out``, the report and all files go there.

        Finished folds are kept in ``out`` too, so that a run that was cut off goes on from there.

        Raises
        ------
        ForeignOutputError
            ``out`` holds another study.
        LeakageError, InputError, TooManyFailuresError
            The data do not allow an honest answer; the message says what to do.
        """
        clock = Clock()
        intake = take_in_all(self.settings)
        check_rows(self.settings, intake)
        if self.folder is not None:
            read_plan(self.folder / PLAN)  # a damaged one is refused before hours are spent
        folder = None if out is None else Path(out)
        if folder is not None:
            refuse_foreign(folder, identity(self.settings, intake))
            refuse_unwritable(folder / RECORD)
        clock.lap("intake")
        with written_down(progress, self.cache) as report:
            return self._run(intake, folder, jobs, report, clock)

    def _run(
        self, intake: Intake, folder: Path | None, jobs: int, progress: Progress, clock: Clock
    ) -> StudyResult | ClassStudyResult:
        settings = self.settings
        looks = self._look(intake, jobs, progress)
        held = identity(settings, intake, [look.files for look in looks])
        if folder is not None:
            claim(folder, held)
        checks = self._checked(intake, looks)
        clock.lap("check")
        extraction = self._extract(intake, jobs, progress)
        clock.lap("features")
        cohort = assemble(settings, intake, extraction.table)
        cohort.check(acknowledged=settings.acknowledge)
        found, notes = recipes(all_blocks(cohort), settings.models)
        check_sources(settings, cohort, [recipe.source for recipe in found])
        seen = seen_in(intake, looks)
        cohort = replace(cohort, notes=(*cohort.notes, *notes, *about_taught(len(seen))))
        splits = self._splits(cohort)
        refuse_shared_pictures(settings, intake, looks, splits, cohort.patient_id)
        tested = [tested_of(intake, split, cohort.patient_id, seen) for split in splits]
        refuse_seen(settings.features, intake.sources, set().union(*tested))
        fit, final = self._fit(cohort, splits, found, folder, jobs, progress)
        clock.lap("models")
        result = conclude(
            clock.lap,
            settings=settings,
            cohort=cohort,
            fit=fit,
            recipes=found,
            final=final,
            intake=intake,
            checks=checks,
            extraction=extraction,
            study_id=study_id(held),
            identity=held,
            seconds=clock.seconds,
            plan=plan_kept(
                None if self.folder is None else self.folder / PLAN,
                settings,
                cohort.patient_id,
                splits,
            ),
        )
        if folder is not None:
            write_pictures([look.picture for look in looks], folder)
            publish(result, folder, jobs=jobs)
        return result

    def _splits(self, cohort: Cohort) -> tuple[Split, ...]:
        models = self.settings.models
        design = self.settings.design.design(folds=models.folds, repeats=models.repeats)
        return design.splits(cohort.units, cohort.outcome, self.settings.seed)

    def _fit(
        self,
        cohort: Cohort,
        splits: Sequence[Split],
        found: Sequence[Recipe],
        folder: Path | None,
        jobs: int,
        progress: Progress,
    ) -> tuple[CrossFit, tuple[FittedModel, ...]]:
        """Predictions of what was held out with the models that made them, and the final models: of
        all units, or where one part is tested those that were tested.
        """
        settings = self.settings
        models = settings.models
        several = isinstance(cohort.outcome, Classes)
        fitted = class_models if several else table_models
        candidates = fitted(found, models, settings.seed)
        store = None
        if folder is not None:
            rows = models.keep_patient_rows
            store = FoldStore(folder / "folds", cohort, keep_patient_rows=rows)
        fit = cross_fit(
            cohort,
            splits,
            candidates,
            jobs=jobs,
            load=store.load if store else lambda split: None,
            save=store.save if store else lambda result: None,
            progress=lambda done, total: progress("models", done, total),
        )
        if fit.folds[0].split.locked:
            return fit, fit.folds[0].models
        whole = Split.whole(len(cohort.units))
        final = fit_all(columns_in(cohort, whole), whole, candidates)
        return fit, tuple(one.model for one in final)


class Clock:
    """Seconds spent in each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """The time since the last lap belongs to ``stage``."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now
