"""A bundle changed for another centre: as little as its patients call for, as a new version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit

from radln import __version__
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.designs import CrossValidation
from radln.errors import ForeignOutputError, InputError, RadlnError
from radln.models.bundle import Bundle
from radln.models.bundle_content import About, CaseMix, Change, Performance, WorkedCase
from radln.models.fitted import FittedModel
from radln.models.persist import predict_frame
from radln.models.update import refitted, shift_of, shifted, why_no_refit, with_calls
from radln.outcome import Binary
from radln.stats import auc_over_folds, calibration, calibration_over_folds, update_test, youden
from radln.stats.risks.calibration import Calibration
from radln.stats.risks.calibration_over_folds import FoldCalibration
from radln.stats.risks.update_test import WORDS, Update, UpdateTest
from radln.study.another_centre import Centre, centre_of
from radln.study.core import Study
from radln.study.progress import Progress, silent
from radln.study.validate import log_odds_of

CutOff = Literal["carried", "anew"]
FOLDS = 5


@dataclass(frozen=True, eq=False)
class Recalibrated:
    """One model before and after.

    ``tested`` is the closed test (None where the user chose); ``no_refit`` says why a refit was not
    considered. ``before`` judges the parent's risks, ``after`` those of models that were changed
    without the patients whom they judge; None where nothing was changed. ``called`` counts cases
    at or above the cut-off before and after, and those called otherwise.
    """

    parent: FittedModel
    model: FittedModel
    about: About
    kind: Update
    tested: UpdateTest | None
    no_refit: str
    before: Calibration
    after: FoldCalibration | None
    called: tuple[int, int, int]
    n: int


@dataclass(frozen=True, eq=False)
class Recalibration:
    """Every asked model, and the new bundle; None where no model was changed."""

    models: tuple[Recalibrated, ...]
    bundle: Bundle | None
    centre: Centre
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Cases:
    """The rows that one model judged: ``frame`` its columns, ``log_odds`` what it said."""

    frame: pd.DataFrame
    log_odds: FloatArray
    y: BoolArray
    patients: np.ndarray[tuple[int, ...], np.dtype[np.object_]]

    def at(self, rows: IntArray) -> _Cases:
        """These rows."""
        parts = (self.log_odds[rows], self.y[rows], self.patients[rows])
        return _Cases(self.frame.iloc[rows], *parts)


def recalibrate(
    bundle: Bundle,
    study: Study,
    *,
    models: Sequence[str] = (),
    update: Update | None = None,
    cut_off: CutOff = "carried",
    jobs: int = 1,
    progress: Progress = silent,
) -> Recalibration:
    """Change a bundle's models for another centre, as little as its patients call for.

    Parameters
    ----------
    models
        Those that are changed; all where there is none. The others stay as they are.
    update
        What is changed; None lets the closed test choose
        (:func:`radln.stats.update_test`, doi:10.1002/sim.7179).
    cut_off
        ``carried`` over, so that the same patients are called; or set ``anew`` by Youden's index
        on cross-fitted risks.

    Raises
    ------
    InputError
        As of a validation; or a model cannot be changed in that way.
    """
    centre = centre_of(study, bundle, models, jobs=jobs, progress=progress)
    y = centre.cohort.y_true
    centre.cohort.outcome.refuse_unusable(y)
    _refuse_few(y, centre.cohort.patient_id)
    taken = {source for model in bundle.models for source in model.inputs_from.values()}
    notes, found = list(centre.notes), []
    log_odds = log_odds_of(centre)
    for model in centre.asked:
        if model.source in taken:
            notes.append(f"{model.source} stays as it is: another model takes its score.")
            continue
        if model.curve is not None:
            notes.append(
                f"{model.source} stays as it is: its probabilities come from a curve, which no "
                "shift of log-odds describes."
            )
            continue
        at = centre.said[model.source].notna().to_numpy()
        scores = {column: log_odds[source] for column, source in model.inputs_from.items()}
        frame = centre.frame.assign(**scores)[at]
        cases = _Cases(frame, log_odds[model.source][at], y[at], centre.cohort.patient_id[at])
        about = bundle.content.models[model.source]
        found.append(_changed(model, about, cases, update, cut_off, centre.settings.seed))
    changed = [one for one in found if one.about.change is not None]
    new = _new_bundle(bundle, centre, changed) if changed else None
    return Recalibration(tuple(found), new, centre, tuple(notes))


def _changed(
    model: FittedModel,
    about: About,
    cases: _Cases,
    update: Update | None,
    cut_off: CutOff,
    seed: int,
) -> Recalibrated:
    """One model, changed on all cases, and judged by models changed without those judged."""
    matrix = None if model.inputs_from else model.matrix(cases.frame)
    selected = bool(about.recipe.compete)
    no_refit = why_no_refit(model, selected=selected, matrix=matrix, y=cases.y)
    if update == "refit" and no_refit:
        raise InputError(
            f"{model.source} is not refitted: {no_refit}. Say --update intercept_slope, or name "
            "other models (--model)."
        )
    tested = None if update is not None else _test(model, cases, refit=not no_refit)
    kind = update or _chosen(tested, model.source)
    new, (intercept, slope) = _updated(model, cases, kind)
    before = calibration(cases.y, expit(cases.log_odds), cluster=cases.patients, n_resamples=0)
    risk = expit(cases.log_odds)
    after, held, folds = None, risk, None
    if kind != "original":
        held, folds = _out_of_fold(model, cases, update, refit=not no_refit, seed=seed)
        after = calibration_over_folds(cases.y, held, folds, cluster=cases.patients)
    area = held
    called = risk >= model.cut_off
    now = new.probability(cases.frame)
    if cut_off == "anew":
        if kind != "original":  # risks of the very kind of change that was chosen
            held = _out_of_fold(model, cases, kind, refit=not no_refit, seed=seed)[0]
        new = replace(new, cut_off=float(np.clip(youden(cases.y, held).threshold, 0, 1)))
    elif kind != "refit":
        new = with_calls(new, now, called)
    change = None
    if kind != "original" or cut_off == "anew":
        change = Change(
            kind=kind,
            chosen_by="user" if tested is None else "closed test",
            intercept=intercept,
            slope=slope,
            cut_off="set anew" if cut_off == "anew" else "carried over",
            n=len(cases.y),
            n_positive=int(cases.y.sum()),
            n_patients=len(set(cases.patients)),
        )
    above = now >= new.cut_off
    return Recalibrated(
        parent=model,
        model=new,
        about=_about(about, change, cases, new, area, folds),
        kind=kind,
        tested=tested,
        no_refit=no_refit,
        before=before,
        after=after,
        called=(int(called.sum()), int(above.sum()), int((called != above).sum())),
        n=len(cases.y),
    )


def _chosen(tested: UpdateTest | None, source: str) -> Update:
    """What the closed test chooses; InputError where it cannot decide."""
    if tested is None or tested.chosen is None:
        raise InputError(
            f"the closed test cannot decide on {source}: too few patients have the rarer outcome. "
            "Collect more; or choose yourself (--update)."
        )
    return tested.chosen


def _refuse_few(y: BoolArray, patients: ArrayLike) -> None:
    """Raise InputError where the changed models could not be judged by patient."""
    people = np.asarray(patients)
    rarer = min(len(set(people[y])), len(set(people[~y])))
    if rarer < FOLDS:
        raise InputError(
            f"only {rarer} patients have the rarer outcome; a change is judged in {FOLDS} folds by "
            "patient, each of which needs one. Collect more patients; the model can be judged as "
            "it is (radln validate)."
        )


def _test(model: FittedModel, cases: _Cases, *, refit: bool) -> UpdateTest:
    """The closed test on these cases."""
    columns = None
    if refit:
        names = [f"{i.column} {i.level or ''}".strip() for i in model.encoding.inputs]
        columns = pd.DataFrame(model.matrix(cases.frame), columns=names)
    return update_test(cases.y, expit(cases.log_odds), columns, cluster=cases.patients)


def _updated(
    model: FittedModel, cases: _Cases, kind: Update
) -> tuple[FittedModel, tuple[float, float]]:
    """The model as these cases call for, and how its log-odds were moved."""
    if kind == "refit":
        return refitted(model, cases.frame, cases.y), (0.0, 1.0)
    if kind == "original":
        return model, (0.0, 1.0)
    moved = shift_of(cases.log_odds, cases.y, kind)
    return shifted(model, *moved), moved


def _out_of_fold(
    model: FittedModel, cases: _Cases, update: Update | None, *, refit: bool, seed: int
) -> tuple[FloatArray, IntArray]:
    """Every case's risk by a model that was chosen and changed without its patient, and its fold.

    The closed test chooses anew in every fold; a refit that the fold's cases are too few for is not
    considered there.
    """
    held, folds = np.full(len(cases.y), np.nan), np.zeros(len(cases.y), dtype=np.int64)
    for split in CrossValidation(FOLDS).of(cases.y, cases.patients, Binary(), seed):
        learned, tested = cases.at(split.train), cases.at(split.test)
        kind = update or _chosen(_test(model, learned, refit=refit), model.source)
        held[split.test] = _updated(model, learned, kind)[0].probability(tested.frame)
        folds[split.test] = split.fold
    return held, folds


def _about(
    about: About,
    change: Change | None,
    cases: _Cases,
    new: FittedModel,
    held: FloatArray,
    folds: IntArray | None,
) -> About:
    """What the new bundle says of the model.

    A shift or stretch leaves the order of cases and so the area of development; a refit has the
    area of its out-of-fold risks, and was taught by these cases.
    """
    if change is None:
        return about
    mix, performance = about.case_mix, about.performance
    if change.kind == "refit" and folds is not None:
        area = auc_over_folds(cases.y, held, folds, cluster=cases.patients)
        value = area.estimate
        performance = None
        if np.isfinite([value.value, value.low, value.high]).all():
            performance = Performance(
                auc=value.value,
                low=value.low,
                high=value.high,
                confidence_level=value.confidence_level,
                method=f"refitted in another centre; {value.method}",
                n=len(cases.y),
                n_patients=change.n_patients,
            )
        now = new.log_odds(cases.frame)
        mix = CaseMix(
            n=len(cases.y),
            n_positive=int(cases.y.sum()),
            mean=float(now.mean()),
            sd=float(now.std(ddof=1)),
        )
    else:
        mix = mix.model_copy(
            update={
                "mean": change.intercept + change.slope * mix.mean,
                "sd": change.slope * mix.sd,
            }
        )
    update = {"case_mix": mix, "performance": performance, "change": change}
    return about.model_copy(update=update)


def _new_bundle(bundle: Bundle, centre: Centre, changed: Sequence[Recalibrated]) -> Bundle:
    """The next version, which names its parent; models that were not changed are as they were."""
    content = bundle.content
    new = {one.model.source: one for one in changed}
    models = tuple(
        new[model.source].model if model.source in new else model for model in bundle.models
    )
    abouts = {
        name: new[name].about if name in new else about for name, about in content.models.items()
    }
    said = predict_frame(models, content.worked_frame()).to_dict("records")
    worked = tuple(
        WorkedCase(values=case.values, probability={str(k): float(v) for k, v in told.items()})
        for case, told in zip(content.worked_cases, said, strict=True)
    )
    update = {
        "radln": __version__,
        "version": content.version + 1,
        "parent": bundle.checksum,
        "changed_on": (*content.changed_on, centre.manifest),
        "simulated": content.simulated or centre.settings.simulated,
        "models": abouts,
        "worked_cases": worked,
    }
    return Bundle(content.model_copy(update=update), models)


def refuse_other_bundle(out: Path, bundle: Bundle, place: Path) -> None:
    """Raise where the new bundle would take the place of its parent, or of anything else.

    Raises
    ------
    InputError, ForeignOutputError
    """
    if out.resolve() == place.resolve() or out.resolve().is_relative_to(place.resolve()):
        raise InputError(
            f"{out.name!r} is the bundle itself; name another folder for the new version (--out)."
        )
    if out.is_dir() and any(out.iterdir()):
        try:
            parent = Bundle.load(out).content.parent
        except RadlnError:
            parent = None
        if parent != bundle.checksum:
            raise ForeignOutputError(
                f"{out.name!r} is not empty, and holds no version made of this bundle; name "
                "another folder (--out)."
            )


def told(found: Recalibrated) -> Iterator[str]:
    """What was chosen of one model, why, and how it does then."""
    new, change = found.model, found.about.change
    if found.tested is not None:
        yield f"{new.source}: {found.tested.summary()}"
        if found.no_refit:
            yield f"A refit was not considered: {found.no_refit}."
    else:
        yield f"{new.source}: {WORDS[found.kind]}, as you chose."
    yield f"Before: {_numbers(found.before)}"
    if found.after is not None:
        yield (
            f"After, in {FOLDS} folds by patient, each judged by a model chosen and changed "
            f"without it: {_numbers(found.after)}"
        )
    if change is None:
        yield "It stays as it is."
        return
    if found.kind != "refit":
        yield f"New log-odds = {change.intercept:.3f} + {change.slope:.3f} x the old ones."
    before, now, otherwise = found.called
    how = "set anew" if change.cut_off == "set anew" else "carried over"
    if how == "carried over" and found.kind == "refit":
        how = "the same risk"
    same = "the same cases are called" if not otherwise else f"{otherwise} are called otherwise"
    yield (
        f"Cut-off {found.parent.cut_off:.3f} -> {new.cut_off:.3f} ({how}): {before} of {found.n} "
        f"cases called before, {now} now; {same}."
    )


def _numbers(found: Calibration | FoldCalibration) -> str:
    return (
        f"in-the-large {found.calibration_in_the_large.format()}, slope {found.slope.format()}, "
        f"observed / expected {found.observed_expected.format()}, Brier {found.brier.format(3)}."
    )
