"""A bundle in another centre: locked models and cut-offs, judged on that centre's cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from radln._types import FloatArray
from radln.errors import InputError
from radln.evaluation.average_reader import FEW
from radln.evaluation.evaluate import evaluate
from radln.evaluation.measures import CALIBRATION
from radln.evaluation.result import Evaluation
from radln.evaluation.settings import AVERAGE, EvaluationSettings
from radln.io.atomic import refuse_unwritable, write_json
from radln.io.tables import write_csv
from radln.models.bundle import Bundle
from radln.models.predict import predict_all
from radln.predictions import Predictions
from radln.report.validated import Validated, validated_page
from radln.settings import portable
from radln.study.another_centre import Centre, centre_of
from radln.study.core import Study
from radln.study.new_rows import EMPTY, OUTSIDE, UNKNOWN
from radln.study.output import RECORD, claim, identity, refuse_foreign, study_id
from radln.study.pages import require_folder, write_page
from radln.study.progress import Progress, silent
from radln.study.publish import versions
from radln.study.seen import refuse_known

LIMITS = ("value", "low", "high")
NOBODY = "nobody"  # stands for the other side of a comparison that is not made
DOUBTS = {
    OUTSIDE: "a value outside the range of training",
    UNKNOWN: "a level that training did not have",
    EMPTY: "an empty column, filled in as in training",
}


@dataclass(frozen=True, eq=False)
class Validation:
    """A bundle's models on another centre's cases.

    ``transfer`` has a row a model and measure: ``development``, ``here`` and their limits.
    """

    bundle: Bundle
    centre: Centre
    predictions: Predictions
    evaluation: Evaluation
    transfer: pd.DataFrame
    main: str
    named: bool
    notes: tuple[str, ...]


def validate(
    bundle: Bundle,
    study: Study,
    *,
    models: Sequence[str] = (),
    development: Path | None = None,
    out: Path | None = None,
    jobs: int = 1,
    progress: Progress = silent,
) -> Validation:
    """How do a bundle's locked models do on another centre's cases?

    Parameters
    ----------
    models
        Those that are asked; all where there is none.
    development
        The results folder of the study that made the bundle: pictures that it had are refused.
    out
        A folder for the page, its tables and the predictions.

    Raises
    ------
    InputError, LeakageError
        The data do not allow an honest answer; the message says what to do.
    ForeignOutputError
        ``out`` holds something else.

    Examples
    --------
    ``validate(Bundle.load("results/bundle"), Study.from_yaml("elsewhere"), out=Path("found"))``
    does what ``radln validate`` does.
    """
    if out is not None:
        require_folder(out)
        refuse_unwritable(out / RECORD)
    centre = centre_of(study, bundle, models, jobs=jobs, progress=progress)
    got = centre.taken
    notes = list(centre.notes)
    if development is not None:
        pictures = [look.picture for look in got.looks]
        notes.append(refuse_known(pictures, got.intake.sources, development))
    held = {
        **identity(centre.settings, got.intake, [look.files for look in got.looks]),
        "bundle": bundle.checksum,
        "models.asked": [model.source for model in centre.asked],
    }
    if out is not None:
        refuse_foreign(out, held)
    found = _judged(bundle, centre, tuple(notes))
    if out is not None:
        claim(out, held)
        _write(found, study_id(held), out)
    return found


def _judged(bundle: Bundle, centre: Centre, notes: tuple[str, ...]) -> Validation:
    predictions = predictions_of(centre)
    predictions.outcome.refuse_unusable(predictions.truth)
    readers = centre.cohort.readers
    main = main_model(bundle, centre)
    settings, named = _comparison(centre, main)
    cuts = {model.source: model.cut_off for model in centre.asked}
    cuts |= {r.name: r.cut for r in readers if np.isfinite(r.cut)}
    evaluation = evaluate(
        predictions,
        cuts,
        settings,
        seed=centre.settings.seed,
        readers=[reader.name for reader in readers],
        coarse=[r.name for r in readers if r.n_values is not None and r.n_values <= FEW],
    )
    transfer = pd.DataFrame(list(_transfer(bundle, centre, evaluation)))
    return Validation(bundle, centre, predictions, evaluation, transfer, main, named, notes)


def predictions_of(centre: Centre) -> Predictions:
    """What the asked models and the readers say of every unit; ``y_score`` are log-odds."""
    cohort, parts = centre.cohort, []
    log_odds = log_odds_of(centre)
    for model in centre.asked:
        risk = centre.said[model.source].to_numpy(dtype=np.float64)
        scores: dict[str, Any] = {"unit_id": cohort.units.index, "source": model.source}
        scores["y_score"] = log_odds[model.source]
        parts.append(pd.DataFrame(scores).assign(y_prob=risk)[np.isfinite(risk)])
    for reader in cohort.readers:
        reads = cohort.reads[reader.name].to_numpy(dtype=np.float64)
        scores = {"unit_id": cohort.units.index, "source": reader.name, "y_score": reads}
        parts.append(pd.DataFrame(scores)[np.isfinite(reads)])
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    judged = table.loc[table["y_prob"].notna(), "unit_id"]
    table = table[table["unit_id"].isin(judged)].assign(repeat=0)
    return Predictions(cohort.units.reset_index(), table, cohort.outcome)


def log_odds_of(centre: Centre) -> dict[str, FloatArray]:
    """The log-odds of every unit by every model, those too whose scores others take."""
    rows = predict_all(centre.models, centre.frame)
    return {model.source: row for model, row in zip(centre.models, rows, strict=True)}


def main_model(bundle: Bundle, centre: Centre) -> str:
    """The model that the page opens with: the study's own choice, or the best of development."""
    asked = [model.source for model in centre.asked]
    full = centre.settings.evaluation.primary.full
    if full in asked:
        return full

    def area(source: str) -> float:
        known = bundle.content.models[source].performance
        return -1.0 if known is None else known.auc

    return max(asked, key=area)


def _comparison(centre: Centre, main: str) -> tuple[EvaluationSettings, bool]:
    """The evaluation's settings, and whether the named comparison can be made here."""
    given = centre.settings.evaluation
    sources = [model.source for model in centre.asked]
    sources += [reader.name for reader in centre.cohort.readers]
    known = {*sources, *([AVERAGE] if centre.cohort.readers else [])}
    both = given.primary.full == main and given.primary.simple in known
    update: dict[str, Any] = {} if both else {"full": main, "simple": NOBODY}
    primary = given.primary.model_copy(update=update)
    return given.model_copy(update={"primary": primary, "ladder": ()}), both


def _transfer(
    bundle: Bundle, centre: Centre, evaluation: Evaluation
) -> Iterator[dict[str, object]]:
    """Every model's numbers in development and here."""
    log_odds = log_odds_of(centre)
    patients = centre.cohort.patient_id
    for model in centre.asked:
        source = model.source
        about = bundle.content.models[source]
        known, mix = about.performance, about.case_mix
        at = centre.said[source].notna().to_numpy()
        area = evaluation.aucs[evaluation.aucs["source"] == source]
        theirs = (np.nan,) * 3 if known is None else (known.auc, known.low, known.high)
        here, y = log_odds[source][at], centre.cohort.y_true[at]
        rows: list[tuple[str, Any, Any]] = [
            ("auc", theirs, area[list(LIMITS)].to_numpy()[0]),
            *_of_calibration(evaluation, source),
            ("cut_off", (model.cut_off,), (model.cut_off,)),
            *_of_rates(evaluation, source),
            ("log_odds_mean", (mix.mean,), (here.mean(),)),
            ("log_odds_sd", (mix.sd,), (here.std(ddof=1),)),
            ("n", (mix.n,), (at.sum(),)),
            ("n_patients", (np.nan,) if known is None else (known.n_patients,),
             (pd.Series(patients[at]).nunique(),)),
            ("positive", (mix.n_positive / mix.n,), (y.mean(),)),
        ]  # fmt: skip
        for measure, development, now in rows:
            yield {
                "source": source,
                "measure": measure,
                **_limits("development", development),
                **_limits("here", now),
            }


def _limits(side: str, given: Sequence[float]) -> dict[str, float]:
    value, low, high = (*map(float, given), np.nan, np.nan)[:3]
    return {side: value, f"{side}_low": low, f"{side}_high": high}


def _of_calibration(evaluation: Evaluation, source: str) -> Iterator[tuple[str, Any, Any]]:
    return _of_measures(evaluation.calibration_table, source, list(CALIBRATION))


def _of_rates(evaluation: Evaluation, source: str) -> Iterator[tuple[str, Any, Any]]:
    return _of_measures(evaluation.operating, source, ["sensitivity", "specificity"])


def _of_measures(
    table: pd.DataFrame, source: str, measures: Sequence[str]
) -> Iterator[tuple[str, Any, Any]]:
    """These measures of a model here; the bundle says nothing of them."""
    own = table[table["source"] == source] if len(table) else table
    rows = {str(row["measure"]): row for row in own.to_dict("records")}
    for measure in measures:
        if measure in rows:
            yield measure, (np.nan,), [rows[measure][end] for end in LIMITS]


def page_of(found: Validation) -> Validated:
    """A validation as its page needs it."""
    centre, content = found.centre, found.bundle.content
    predictions = found.predictions
    left = centre.left_out
    counted = left.groupby(["reason", "what"], sort=False).size().rename("n").reset_index()
    doubts = [(said, centre.doubts.count(kind)) for kind, said in DOUBTS.items()]
    return Validated(
        title=f"{centre.settings.name}: validation of a bundle",
        main=found.main,
        positive=centre.settings.data.positive,
        unit=centre.settings.data.unit,
        n=len(predictions.units),
        n_positive=int(predictions.truth.sum()),
        n_patients=int(predictions.units["patient_id"].nunique()),
        evaluation=found.evaluation,
        transfer=found.transfer,
        left_out=counted,
        doubts=pd.DataFrame(doubts, columns=["said", "n"]),
        notes=found.notes,
        simulated=content.simulated or centre.settings.simulated,
        named=found.named,
        checksum=found.bundle.checksum,
        bundle_version=content.version,
        version=versions()["radln"],
    )


def _write(found: Validation, identified: str, out: Path) -> None:
    """Every file, report.html the last."""
    page = page_of(found)
    centre = found.centre
    write_csv(out / "predictions.csv", found.predictions.frame())
    write_csv(out / "tables" / "not_predicted.csv", centre.left_out)
    write_csv(out / "tables" / "by_unit.csv", centre.said)
    write_json(
        out / "run.json",
        {
            "study_id": identified,
            "bundle": found.bundle.checksum,
            "bundle_radln": found.bundle.content.radln,
            "cut_offs": {model.source: model.cut_off for model in centre.asked},
            "settings": portable(centre.settings).model_dump(mode="json", by_alias=True),
            "n": page.n,
            "n_positive": page.n_positive,
            "n_patients": page.n_patients,
            "n_not_predicted": len(centre.left_out),
            "versions": versions(),
        },
    )
    write_page(validated_page(page), out)


def refuse_bundle_in(out: Path, bundle: Path) -> None:
    """Raise InputError where the output would be written into the bundle."""
    if out.resolve() == bundle.resolve() or out.resolve().is_relative_to(bundle.resolve()):
        raise InputError(f"{out.name!r} lies in the bundle; name another folder with --out.")
