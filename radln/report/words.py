"""The report's sentences: the opening, what is simple enough, and the limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from radln._result import Estimate
from radln.evaluation.primary import Z
from radln.report.content import ReportContent
from radln.report.verdict import ESTIMATORS, label, verdict, with_limits

NO_VERDICT = "The primary comparison could not be made: one of its two sides has missing values."


def opening(content: ReportContent) -> str:
    """The first paragraph: who was studied and what the primary comparison says."""
    primary = content.evaluation.primary
    said = verdict(primary) if primary else NO_VERDICT
    of_whom = "" if content.unit == "patient" else f" of {content.n_patients} patients"
    return (
        f"{content.n} {content.unit}s{of_whom} were analysed, "
        f"{content.n_positive} of them {content.positive}. {said}"
    )


def simple_does_it(content: ReportContent) -> str:
    """Whether size alone or shape alone does as well as everything together."""
    aucs = content.evaluation.aucs.set_index("source")["value"]
    primary = content.evaluation.primary
    full = primary.full if primary else "combined_logistic"
    sentences = []
    for source in ("size_logistic", "shape_logistic"):
        gap = content.evaluation.gap(full, source)
        if gap is None:
            continue
        sentence = f"{label(source)} reaches AUC {aucs[source]:.3f}"
        if primary is None or source != primary.simple:  # the verdict has said the rest
            sentence += f"; {label(full)} differs by {_weighed(gap, content)}"
        sentences.append(f"{sentence}.")
    return " ".join(sentences)


def deep_adds(content: ReportContent) -> str:
    """What deep features add to everything else; blank without them, or where the verdict says."""
    evaluation, primary = content.evaluation, content.evaluation.primary
    named = [primary.full] if primary else []
    for full in (*named, *(f"combined_{estimator}" for estimator in ESTIMATORS)):
        without = full.replace("combined", "without_deep")
        gap = evaluation.gap(full, without)
        if gap is None:
            continue
        if primary and {full, without} == {primary.full, primary.simple}:
            return ""
        facts = content.facts
        return (
            f"Against the same model without the {facts['n_deep']} deep features (from "
            f"{facts['encoder']}), {label(full)} differs by {_weighed(gap, content)}."
        )
    return ""


def _weighed(gap: Estimate, content: ReportContent) -> str:
    """A difference with its interval, and what it says of the simple one."""
    primary = content.evaluation.primary
    margin = primary.margin if primary else 0.05
    numbers = with_limits(gap.value, gap.low, gap.high)
    return numbers + weigh(gap.value, float("nan") if gap.se is None else gap.se, margin)


def weigh(gap: float, se: float, margin: float) -> str:
    """What a difference (rich minus simple) says of the simple one, by its 97.5 % bounds.

    Examples
    --------
    >>> weigh(0.001, 0.005, 0.05)
    ', so that the simple one does as well within the margin of 0.05'
    >>> weigh(0.02, 0.03, 0.05)
    ', so that the data cannot tell whether the simple one does as well'
    """
    low, high = gap - Z * se, gap + Z * se
    if not np.isfinite(se):
        return ""
    if high < 0:
        return ", so that the simple one ranks better"
    if low > 0:
        small = f", though by less than the margin of {margin:g}" if high < margin else ""
        return f", so that the rich one ranks better{small}"
    if high < margin:
        return f", so that the simple one does as well within the margin of {margin:g}"
    return ", so that the data cannot tell whether the simple one does as well"


def limits(content: ReportContent) -> Iterator[str]:
    """What a reader of this report must not overlook."""
    if content.simulated:
        yield "The data are simulated: nothing here says anything about patients."
    if content.image_is_patient:
        yield (
            "Nobody knows which images show the same patient, and each counts as a patient of its "
            "own. If some are of one patient, that patient was in training and test at once: "
            "every area and rate is too high, and every interval too narrow."
        )
    yield (
        "Areas, their differences and net benefit speak of this way of modelling with "
        f"{content.evaluation.n_training} patients to learn from, not of the final model, which "
        "saw all of them; sensitivity and its kin speak of the models that were fitted, with their "
        "cut-offs. What was tried before the settings were fixed is in no interval, and no cases "
        "from another hospital were held out."
    )
    yield from content.evaluation.warnings
    if int(str(content.facts["repeats"])) < 3:
        yield (
            f"The cross-validation was drawn {content.facts['repeats']} time(s); a study's default "
            "is 5, and the range over repeats then shows how much the split matters."
        )
    if content.n_positive < 100 or content.n - content.n_positive < 100:
        yield "Fewer than 100 cases in one class: calibration and cut-offs are rough."
    if content.facts["measured"] == "images":
        yield _of_the_encoder(content.facts)
    if content.facts["length_unit"] == "px":
        yield "Lengths are in pixels, so that size depends on the zoom of each picture."
    if content.facts["measured"] == "file":
        yield (
            "Features were measured elsewhere: whether image and mask were right, and whether the "
            "outcome was known, was not looked at here."
        )
    if content.facts["measured"] != "none":
        yield (
            "Shape and size come from outlines drawn by people who may have known more than the "
            "image shows; an outline can carry its author's impression."
        )
    yield "The cut-off of the final model is locked but its accuracy on new patients is unknown."
    if content.nomogram is None and content.nomogram_note:
        yield content.nomogram_note
    yield from content.notes


def _of_the_encoder(facts: Mapping[str, object]) -> str:
    if not facts["encoder"]:
        return "Deep features were left out (features.deep is null in study.yaml)."
    if facts["encoder_lists"]:
        return (
            "A picture that the encoder learned from is recognised by its looks; another picture "
            "of the same patient is not."
        )
    return (
        "The encoder carries no list of the pictures that it learned from: if these patients were "
        "among them, every model with deep features looks better than it is."
    )


def range_note(content: ReportContent) -> str:
    """How much the AUC of the primary model moved over repeats, where there were several."""
    aucs = content.evaluation.aucs
    models = aucs[(aucs["kind"] == "model") & (aucs["repeat_max"] > aucs["repeat_min"])]
    if models.empty:
        return ""
    widest = float(np.max(models["repeat_max"] - models["repeat_min"]))
    return f"Over repeats the AUC of one model moved by up to {widest:.3f}."
