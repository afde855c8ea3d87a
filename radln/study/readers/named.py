"""What was named beforehand, checked before anything is analysed."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from radln import _check
from radln.errors import InputError
from radln.stats import Combination, ReaderStudy
from radln.stats.readers._members import groups_of
from radln.stats.readers.combinations.combination import Rule
from radln.study.readers.content import ReaderOptions, alone

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
        A margin without a model or outside 0..1, a condition that no read is of, or a primary
        comparison of something that is not there.
    """
    if options.margin is not None:
        _check.fraction(options.margin, name="--margin")
        if not study.models:
            raise InputError("--margin is for the comparison with a model; give --model.")
    for option, given in (("--unaided", options.unaided), ("--aided", options.aided)):
        if given is not None and given not in study.modalities:
            raise InputError(
                f"{option}: there is no modality {given!r} among the reads, which have "
                f"{', '.join(study.modalities)}{_near(given, study.modalities)}."
            )
    if options.unaided is not None and options.unaided == options.aided:
        raise InputError(f"--unaided and --aided are both {options.aided!r}; name two conditions.")
    _check.choice(options.primary_on, MEASURES, name="--primary-on")
    if options.primary is None:
        return options
    plan = planned(study, options)
    known = [*study.readers, *study.models, *plan.groups, *(one.name for one in plan.joined)]
    return replace(options, primary=_pair(options.primary, known))


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
    problem = f"{wrong[0]!r} is none of them{_near(wrong[0], known)}" if wrong else repr(primary)
    raise InputError(
        f"--primary must be two sources such as {EXAMPLE}, of {', '.join(known)}; {problem}."
    )


def _near(name: str, known: Sequence[str]) -> str:
    """A guess at what was meant."""
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
