"""What follows from fitted models: every judged number, and why the models say what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from radln.cohort.core import Cohort
from radln.errors import RadlnError
from radln.evaluation.average_reader import FEW
from radln.evaluation.classes import evaluate_classes
from radln.evaluation.evaluate import evaluate
from radln.evaluation.result import Evaluation
from radln.evaluation.sites import evaluate_sites
from radln.explain.attribution import Attribution, attribute
from radln.explain.linear import linear_predictor
from radln.explain.nomogram import Nomogram
from radln.models.cross_fit import CrossFit
from radln.models.fitted import FittedModel
from radln.models.recipe import Recipe
from radln.outcome import Classes
from radln.predictions import Predictions
from radln.report.verdict import label
from radln.settings import Settings
from radln.study.judged import cut_offs, never_tested, with_reads
from radln.study.result import ClassStudyResult, StudyResult

ALL_GRADES = "any higher class"  # what the one linear predictor of an ordinal model speaks of


def conclude(
    lap: Callable[[str], None],
    *,
    settings: Settings,
    cohort: Cohort,
    fit: CrossFit,
    recipes: tuple[Recipe, ...],
    final: tuple[FittedModel, ...],
    **beside: Any,
) -> StudyResult | ClassStudyResult:
    """Judge and explain; ``lap`` is told when each is done, ``beside`` is what else a run has."""
    run = beside | {
        "settings": settings,
        "cohort": cohort,
        "fit": fit,
        "recipes": recipes,
        "final": final,
    }
    judged, readers = with_reads(cohort, fit), [reader.name for reader in cohort.readers]
    explained = _explained(recipes)
    if isinstance(cohort.outcome, Classes):
        of_classes = evaluate_classes(
            judged,
            settings.evaluation,
            seed=settings.seed,
            readers=readers,
            untested=never_tested(cohort, fit),
            groups=cohort.groups,
        )
        lap("evaluation")
        by_class = _by_class(cohort, cohort.outcome, fit, explained)
        lap("explanation")
        return ClassStudyResult(evaluation=of_classes, attributions=by_class, **run)
    evaluation = _evaluate(settings, cohort, fit, judged, readers)
    lap("evaluation")
    attributions = {source: attribute(cohort, fit, source) for source in explained}
    nomogram, nomogram_of, note = _nomogram(final, settings.data.positive)
    lap("explanation")
    return StudyResult(
        evaluation=evaluation,
        attributions=attributions,
        nomogram=nomogram,
        nomogram_of=nomogram_of,
        nomogram_note=note,
        **run,
    )


def _evaluate(
    settings: Settings, cohort: Cohort, fit: CrossFit, judged: Predictions, readers: Sequence[str]
) -> Evaluation:
    """Every judged number; of sites that were left out, site by site."""
    given = judged, cut_offs(cohort, fit), settings.evaluation
    coarse = [r.name for r in cohort.readers if r.n_values is not None and r.n_values <= FEW]
    if fit.folds[0].split.partition == "site":
        taught = [pd.unique(cohort.patient_id[fold.split.train]).size for fold in fit.folds]
        return evaluate_sites(
            *given,
            seed=settings.seed,
            readers=readers,
            coarse=coarse,
            n_training=round(sum(taught) / len(taught)),
        )
    return evaluate(
        *given,
        seed=settings.seed,
        readers=readers,
        coarse=coarse,
        untested=never_tested(cohort, fit),
        groups=cohort.groups,
    )


def _explained(found: Sequence[Recipe]) -> list[str]:
    """The models that are explained: those that the most columns are offered to, and no score."""
    own = [recipe for recipe in found if not recipe.inputs_from]
    richest = max(own, key=lambda recipe: len(recipe.keep) + len(recipe.compete)).block
    return [recipe.source for recipe in own if recipe.block == richest]


def _by_class(
    cohort: Cohort, outcome: Classes, fit: CrossFit, sources: Sequence[str]
) -> dict[str, dict[str, Attribution]]:
    """SHAP values of every class, by source; of an ordinal model once, for all classes."""
    members = {source: _sides(fit, source) for source in sources}
    found: dict[str, dict[str, Attribution]] = {}
    for side, name in enumerate(outcome.names):
        whole = [s for s in sources if members[s] == len(outcome.names)]
        if whole:
            view = fit.side(side)
            found[name] = {s: attribute(cohort.side(name), view, s) for s in whole}
    ordinal = [s for s in sources if members[s] < len(outcome.names)]
    if ordinal:
        first = outcome.names[0]
        view = fit.side(0)
        found[ALL_GRADES] = {s: attribute(cohort.side(first), view, s) for s in ordinal}
    return found


def _sides(fit: CrossFit, source: str) -> int:
    return sum(model.source == source for model in fit.folds[0].models)


def _nomogram(final: tuple[FittedModel, ...], positive: str) -> tuple[Nomogram | None, str, str]:
    """The nomogram of the first model that takes another one's score and can have one, that model's
    name, or why there is none.
    """
    notes = []
    for model in (m for m in final if m.inputs_from):
        if model.curve is not None:
            notes.append(
                f"probabilities of {label(model.source)} come from an isotonic curve, for which "
                "there is no axis (calibrate: platt has one)."
            )
            continue
        try:
            return Nomogram(linear_predictor(model), outcome=positive), model.source, ""
        except RadlnError as error:
            notes.append(str(error))
    why = " ".join(notes) or (
        "no model takes another one's score (inputs_from in study.yaml), which needs radiomics "
        "features and a logistic model."
    )
    return None, "", f"No nomogram: {why}"
