"""What was named beforehand, checked before anything is analysed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from radln import _check
from radln.errors import InputError
from radln.stats import Combination, ReaderStudy
from radln.stats.readers.combinations.combination import Rule
from radln.stats.readers.cutting import same_scale
from radln.stats.readers.members import groups_of
from radln.stats.readers.sampling import one_reader
from radln.study.readers.content import ReaderOptions, alone
from radln.study.readers.sources import near

MEASURES = ("auc", "balanced_accuracy", "sensitivity", "specificity")
RULES_SHOWN: tuple[Rule, ...] = ("or", "and", "mean", "arbitrate")
EXAMPLE = "'model or experts,experts'"


@dataclass(frozen=True)
class Plan:
    """What the section on model and readers together is to join."""

    modality: str
    groups: dict[str, list[str]]
    joined: tuple[Combination, ...]


def planned(study: ReaderStudy, options: ReaderOptions) -> Plan:
    """Every model joined with every group of readers, and with those who are in none."""
    groups = groups_of(study)
    grouped = {reader for who in groups.values() for reader in who}
    partners = [*groups, *(reader for reader in study.readers if reader not in grouped)]
    joined = tuple(
        Combination(rule, (model, partner))
        for model in study.models
        for partner in partners
        for rule in RULES_SHOWN
    )
    return Plan(alone(study, options), groups, joined)


def checked(study: ReaderStudy, options: ReaderOptions) -> ReaderOptions:
    """The options with the primary comparison as two names, or the first thing that is wrong.

    Raises
    ------
    InputError
        A margin without a model or outside 0..1, a condition that no read is of, a cut-off that
        is none of the model, or a primary comparison of something that is not there.
    """
    _check_model_threshold(study, options)
    if options.readers is not None:
        _check.choice(options.readers, ("random", "fixed"), name="--readers")
        if options.readers == "random" and len(study.readers) < 2:
            raise one_reader()
    if options.margin is not None:
        _check.fraction(options.margin, name="--margin")
        if not study.models:
            raise InputError("--margin is for the comparison with a model; give --model.")
    for option, given in (("--unaided", options.unaided), ("--aided", options.aided)):
        if given is not None and given not in study.modalities:
            raise InputError(
                f"{option}: there is no modality {given!r} among the reads, which have "
                f"{', '.join(study.modalities)}{near(given, study.modalities)}."
            )
    if options.unaided is not None and options.unaided == options.aided:
        raise InputError(f"--unaided and --aided are both {options.aided!r}; name two conditions.")
    _check.choice(options.primary_on, MEASURES, name="--primary-on")
    if options.primary is None:
        return options
    plan = planned(study, options)
    known = [*study.readers, *study.models, *plan.groups, *(one.name for one in plan.joined)]
    return replace(options, primary=_pair(options.primary, known))


def _check_model_threshold(study: ReaderStudy, options: ReaderOptions) -> None:
    """A cut-off is that of one model, on the scale of its values."""
    cut = options.model_threshold
    if cut is None:
        return
    if len(study.models) != 1:
        there = f"there are {', '.join(study.models)}: name one with --source"
        raise InputError(
            "--model-threshold is for one model; "
            f"{there if study.models else 'give it with --model'}."
        )
    (name, values), *_ = study.models.items()
    same_scale(values, cut, option="--model-threshold", name=name)


def _pair(primary: tuple[str, str] | str, known: Sequence[str]) -> tuple[str, str]:
    """Two different known names; the comma between them may be one of several."""
    if isinstance(primary, str):
        cut = primary.split(",")
        pairs = [
            (",".join(cut[:at]).strip(), ",".join(cut[at:]).strip()) for at in range(1, len(cut))
        ]
    else:
        pairs = [primary] if len(primary) == 2 else []
    found = [pair for pair in pairs if set(pair) <= set(known) and pair[0] != pair[1]]
    if len(found) == 1:
        return found[0]
    wrong = [name for name in pairs[0] if name not in known] if len(pairs) == 1 else []
    problem = f"{wrong[0]!r} is none of them{near(wrong[0], known)}" if wrong else repr(primary)
    raise InputError(
        f"--primary must be two sources such as {EXAMPLE}, of {', '.join(known)}; {problem}."
    )
