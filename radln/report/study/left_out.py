"""What a page says where patients are left out again and again: sites in turn, or random shares."""

from __future__ import annotations

from collections.abc import Iterator

from radln.designs import MEANING
from radln.report.study.results import Judged, StudyParts
from radln.report.study.words import HERE, OF_READERS, TRIED, DesignWords, warnings

SHARED = (
    "The models of two sites share most of their training patients, so that the sites are not "
    "independent of each other: intervals of a mean of sites are made wider for that, and "
    "intervals of single sites speak of the models that were tested there."
)
FINAL = (
    "The final models, and the bundle, are fitted on all patients of all sites: no site is left to "
    "test them, and no number on this page is theirs."
)


def of_sites(results: StudyParts[Judged]) -> DesignWords:
    """The sentences of leaving sites out."""
    who, evaluation = results.cases, results.evaluation
    clustered = ", clustered by patient" if who.n_patients < who.n else ""
    learned = evaluation.n_training
    return DesignWords(
        roc="",
        areas=f"Every site was predicted by models that learned from the other sites ({learned} of "
        f"the {who.n_patients} patients on average). Intervals of a site speak of these models in "
        f"patients like those of the site{clustered}.",
        at_cut_offs="All sites together, every model at the cut-off of its own site's models "
        "(Youden index on inner folds of the other sites), readers at their cut. Calls are counted "
        "here, and no scores of different models ranked. Intervals hold for these models and their "
        "cut-offs.",
        cut_offs="Cut-offs over the sites",
        calibration="",
        decision="",
        slope="",
        fitted_by="with every site left out in turn, the patient being the unit of every split "
        "inside",
        fitted_on="on the patients of the other sites alone",
        areas_by="AUC, observed/expected and calibration slope were estimated site by site, the "
        "AUC's interval by empirical likelihood and all errors clustered by patient. Where at "
        "least five sites could be pooled (10 patients of either class, an AUC that is neither 0 "
        "nor 1, some event), a random-effects model on the scale of the logit of the AUC, the log "
        "of observed/expected and the slope gives the mean of sites (REML; Hartung, Knapp, Sidik "
        "and Jonkman) and the interval in which a new site's value is expected. Of models the "
        "sites' own errors enter the variance of the mean twice, since the models share training "
        "patients.",
        rates_of="the fitted models of the sites with their cut-offs",
        limits=tuple(_limits_of_sites(results)),
        chosen="The final models are fitted on all patients. In brackets: in how many of the "
        "models, each without one site, a feature was chosen.",
        speaks_of=MEANING["site"] if evaluation.primary else "",
    )


def _limits_of_sites(results: StudyParts[Judged]) -> Iterator[str]:
    yield SHARED
    yield f"{FINAL} {TRIED}."
    yield from warnings(results)


def of_hold_outs(results: StudyParts[Judged]) -> DesignWords:
    """The sentences of repeated hold-outs."""
    who, evaluation, tested = results.cases, results.evaluation, results.tested
    clustered = "; all are clustered by patient" if who.n_patients < who.n else ""
    learned = evaluation.n_training
    return DesignWords(
        roc=f"vertical mean of the curves of {tested.repeats} hold-outs",
        areas=f"Those tested were {tested.how}, and predicted by models of the others. Intervals "
        f"of models speak of the way of modelling when it learns from {learned} of the "
        f"{who.n_patients} patients{clustered}.",
        at_cut_offs="Models at the cut-off of their own draw (Youden index on inner folds), "
        "readers at their cut. Means over the hold-outs; intervals of models hold for these models "
        "and their cut-offs in new patients.",
        cut_offs="Cut-offs over the hold-outs",
        calibration="in the first hold-out",
        decision="",
        slope="the calibration slope (means over the hold-outs, whose intervals speak of the "
        "models that were fitted)",
        fitted_by=f"on the patients who were left of {tested.repeats} random draws and tested on "
        f"those who were {tested.how}, with the patient as the unit of every split",
        fitted_on="on the patients who were not drawn alone",
        areas_by=f"AUCs of models are means over {tested.repeats} hold-outs (those of readers are "
        "over all cases, and comparisons with readers use the models' draws); intervals and paired "
        "comparisons use the variance of Obuchowski (1997) for clustered data, averaged over the "
        f"draws and times {evaluation.variance_factor:.2f}, because the draws share patients, in "
        "test and in training (Nadeau and Bengio 2003); they speak of the way of modelling with "
        f"{learned} of the {who.n_patients} patients to learn from. {OF_READERS}",
        rates_of="the fitted models with their cut-offs",
        limits=tuple(_limits_of_hold_outs(results)),
        chosen="The final models are fitted on all patients. In brackets: in how many of the "
        "models of the draws a feature was chosen.",
        speaks_of="the way of modelling at the number of patients that a draw leaves to learn from "
        f"({learned} of the {who.n_patients})",
    )


def _limits_of_hold_outs(results: StudyParts[Judged]) -> Iterator[str]:
    yield (
        "Areas and their differences speak of this way of modelling with "
        f"{results.evaluation.n_training} patients to learn from, not of the final models, which "
        f"saw all of them; rates and calibration speak of the models that were fitted. {TRIED}, "
        f"{HERE}."
    )
    yield (
        "Net benefit is not given: no interval of it that speaks of the way of modelling is known "
        "for repeated hold-outs. Cross-validation has one."
    )
    yield from warnings(results)
