"""What a page says of its design: who was held out from whom, and what intervals speak of."""

from __future__ import annotations

from collections.abc import Iterator

from radln.designs import MEANING
from radln.report.study.left_out import of_hold_outs, of_sites
from radln.report.study.results import Judged, StudyParts
from radln.report.study.words import FEW, HERE, OF_READERS, TRIED, DesignWords, warnings


def design_words(results: StudyParts[Judged]) -> DesignWords:
    """The sentences of this study's design."""
    tested = results.tested
    if tested.partition == "site":
        return of_sites(results)
    if tested.locked:
        return _of_test_part(results)
    return of_hold_outs(results) if tested.drawn else _of_folds(results)


def _of_folds(results: StudyParts[Judged]) -> DesignWords:
    who, evaluation, asked = results.cases, results.evaluation, results.modelled.settings
    rows = "images" if results.measured.source == "images" else "rows"
    clustered = "; all are clustered by patient" if who.n_patients < who.n else ""
    learned = evaluation.n_training
    return DesignWords(
        roc="vertical mean of the within-fold curves",
        areas=f"Each patient was predicted by models that had not seen any of that patient's "
        f"{rows}. Intervals of models speak of the way of modelling when it learns from "
        f"{learned} of the {who.n_patients} patients, as in the folds{clustered}.",
        at_cut_offs="Models at the cut-off of their own fold (Youden index on inner folds), "
        f"readers at their cut. Calls average {asked.repeats} repeat(s). Intervals of models hold "
        "for these fold models and their cut-offs in new patients; another sample would move the "
        "cut-offs further.",
        cut_offs="Cut-offs over the folds",
        calibration="on held-out patients (first repeat)",
        decision="on held-out patients (mean over repeats)",
        slope="the slope of one recalibration with an intercept for every fold",
        fitted_by=f"by {asked.repeats} × {asked.folds}-fold nested cross-validation with the "
        "patient as the unit of every split",
        fitted_on="on the training patients of each fold alone",
        areas_by="AUCs of models are means of within-fold areas, averaged over repeats (those of "
        "readers are over all cases, and comparisons with readers use the models' folds); their "
        "intervals and the paired comparisons use the variance of Obuchowski (1997) for clustered "
        "data, which is DeLong's where every patient has one row. For models this variance was "
        f"averaged over repeats and raised by the factor {evaluation.variance_factor:.2f}, because "
        "patients are tested in one fold and trained on in the others; intervals and tests then "
        f"speak of the way of modelling with {learned} of the {who.n_patients} patients to learn "
        f"from. {OF_READERS}",
        rates_of="the fitted fold models with their cut-offs",
        limits=tuple(_limits_of_folds(results)),
        chosen="The final models are fitted on all patients. In brackets: in how many of the "
        "models of the folds a feature was chosen; what few of them chose may not be chosen in "
        "other patients either.",
        speaks_of=f"{MEANING['held-out']} ({learned} of the {who.n_patients})" if learned else "",
    )


def _limits_of_folds(results: StudyParts[Judged]) -> Iterator[str]:
    evaluation, repeats = results.evaluation, results.modelled.settings.repeats
    yield (
        "Areas, their differences and net benefit speak of this way of modelling with "
        f"{evaluation.n_training} patients to learn from, not of the final model, which saw all of "
        "them; sensitivity and its kin speak of the models that were fitted"
        f"{'' if results.cases.counts else ', with their cut-offs'}. {TRIED}, {HERE}."
    )
    yield from warnings(results)
    if repeats < 3:
        yield (
            f"The cross-validation was drawn {repeats} time(s); a study's default is 5, and the "
            "range over repeats then shows how much the split matters."
        )
    if not results.cases.counts:
        yield (
            "The cut-off of the final model is locked but its accuracy on new patients is unknown."
        )


def _of_test_part(results: StudyParts[Judged]) -> DesignWords:
    tested = results.tested
    there = tested.partition == "external"
    name = "other centre" if there else "test part"
    part = f"the {name} ({tested.n_patients} patients)"
    learned = "the study's own patients" if there else "the training part"
    clustered = "; all are clustered by patient" if tested.n_patients < tested.n else ""
    return DesignWords(
        roc=f"{part}, which no model learned from",
        areas=f"Models learned from {tested.n_training} patients and were tested once on "
        f"{tested.n_patients} others, {tested.how}. Intervals speak of these fitted models in "
        f"patients like those of the {name}{clustered}.",
        at_cut_offs=f"Models at their locked cut-off (Youden index on inner folds of {learned}), "
        f"readers at their cut, both on the {name}. Intervals hold for these models and their "
        "cut-offs in new patients.",
        cut_offs="Locked cut-offs",
        calibration=f"on {part}",
        decision=f"on {part}",
        slope="the calibration slope",
        fitted_by=f"on {learned} ({tested.n_training} patients) and tested once on the "
        f"{name} ({tested.n_patients} patients: {tested.how}), with the patient as the unit of "
        "every split",
        fitted_on=f"on {'' if there else 'the patients of '}{learned} alone",
        areas_by=f"AUCs of models and readers are those of the {name}; their intervals and the "
        "paired comparisons use the variance of Obuchowski (1997) for clustered data, which is "
        "DeLong's where every patient has one row, and speak of the fitted models. Intervals of "
        "AUCs are by empirical likelihood, near 1 not narrower than Newcombe's method 5.",
        rates_of="the fitted models with their locked cut-offs",
        limits=tuple(_limits_of_test_part(results)),
        chosen=f"These are the models that were tested: they learned from {learned} alone.",
        speaks_of=f"{MEANING[tested.partition]} ({tested.n_patients} patients, who taught nothing)",
    )


def _limits_of_test_part(results: StudyParts[Judged]) -> Iterator[str]:
    tested = results.tested
    tried = f"{TRIED}, {HERE}." if tested.drawn else f"{TRIED}."
    name = "other centre" if tested.partition == "external" else "test part"
    if tested.drawn:
        yield (
            f"One split at random: with {tested.n} {results.cases.unit}(s) in the test part, "
            f"{tested.rarest} of them of the rarest outcome, the intervals are as wide as they are "
            "shown, "
            "and another split would fit other models with other numbers; no interval here speaks "
            "of that. Cross-validation tests every patient, and its intervals are narrower."
        )
    if tested.rarest < FEW:
        yield (
            f"Only {tested.rarest} {results.cases.unit}(s) of the rarest outcome were tested: no "
            f"number of the {name} can be relied on."
        )
    yield (
        "Areas, their differences, net benefit, calibration and the rates at the cut-offs speak of "
        f"the fitted models, which learned from {tested.n_training} patients. {tried} A test "
        "part counts once: what was changed after it was looked at makes it a training part."
    )
    yield from warnings(results)
