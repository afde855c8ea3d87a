"""Rules, fitted to training cases and applied to other cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from radln import _check
from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.stats.discrimination._curves import halfway
from radln.stats.readers.combinations._learn import (
    chosen_cutoff,
    log_odds,
    platt,
    pool_weights,
    stack,
    uncertain_band,
)
from radln.stats.readers.combinations._panel import Panel, mapping
from radln.stats.readers.combinations.combination import Combination
from radln.stats.readers.cutting import same_scale

DUST = 1e-9  # of sums of log odds whose order differs


@dataclass(frozen=True)
class Plan:
    """What was fixed beforehand: cut-offs by name, and how the others are chosen."""

    cutoffs: Mapping[str, float]
    choose: str | float


@dataclass(frozen=True)
class FittedRule:
    """Everything that a rule needs to judge new cases.

    ``cutoffs`` and ``tie_cutoffs`` (the latter halfway down to the next lower score) and ``slopes``
    (intercept and slope of the calibration) are by member; ``weights`` are those of ``weighted``
    or the coefficients of ``stack``, one a name; ``cutoff`` is that of the combined probability.
    """

    cutoffs: dict[str, float]
    tie_cutoffs: dict[str, float]
    slopes: dict[str, tuple[float, float]]
    weights: tuple[float, ...] = ()
    intercept: float | None = None
    band: tuple[float, float] | None = None
    cutoff: float | None = None

    def votes(self, panel: Panel, name: str) -> BoolArray:
        """The call of a member, or of the majority of a group."""
        if name in panel.groups:
            return self.majority(panel, panel.groups[name])
        if panel.kinds[name] == "call":
            return np.asarray(panel.values[name] == 1.0)
        return np.asarray(panel.values[name] >= self.cutoffs[name])

    def majority(self, panel: Panel, names: tuple[str, ...]) -> BoolArray:
        """The call of more than half; a tie as :func:`combine_reads` says."""
        share = np.mean([self.votes(panel, name) for name in names], axis=0)
        single = panel.behind(names)
        tied = np.ones(panel.n, dtype=np.bool_)
        if not any(panel.kinds[name] == "call" for name in single):
            tied = self._margin(panel, single) >= -DUST
        return np.asarray((share > 0.5) | ((share == 0.5) & tied))

    def _margin(self, panel: Panel, names: tuple[str, ...]) -> FloatArray:
        """By how far the members' calibrated log odds lie above those at their cut-offs, summed."""
        total = np.zeros(panel.n)
        for name in names:
            at = np.array([self.tie_cutoffs[name]])
            cut = _scale(at, panel.kinds[name])
            total += self.slopes[name][1] * (_scale(panel.values[name], panel.kinds[name]) - cut)
        return total

    def calibrated(self, panel: Panel, name: str) -> FloatArray:
        """The calibrated probability of a member, or the mean of those of a group."""
        if name in panel.groups:
            parts = [self.calibrated(panel, one) for one in panel.groups[name]]
            return np.asarray(np.mean(parts, axis=0))
        intercept, slope = self.slopes[name]
        return np.asarray(expit(intercept + slope * _scale(panel.values[name], panel.kinds[name])))

    def stacked(self, panel: Panel, name: str) -> FloatArray:
        """A column of the stack: log odds, a score, calls, or the log odds of a group's mean."""
        if name in panel.groups:
            return log_odds(self.calibrated(panel, name))
        return _scale(panel.values[name], panel.kinds[name])

    def score(self, panel: Panel, combination: Combination) -> FloatArray | None:
        """The combined probability; None for rules of calls."""
        if combination.is_binary:
            return None
        if combination.rule == "stack":
            columns = np.stack([self.stacked(panel, name) for name in combination.members], axis=1)
            return np.asarray(expit((self.intercept or 0.0) + columns @ np.array(self.weights)))
        parts = np.stack([self.calibrated(panel, name) for name in combination.members])
        if combination.rule == "max":
            return np.asarray(parts.max(axis=0))
        if combination.rule == "mean":
            return np.asarray(parts.mean(axis=0))
        return np.asarray(np.array(self.weights) @ parts)

    def call(self, panel: Panel, combination: Combination) -> BoolArray:
        """The combined call."""
        score = self.score(panel, combination)
        if score is not None and self.cutoff is not None:
            return np.asarray(score >= self.cutoff)
        if combination.rule == "majority":
            return self.majority(panel, combination.members)
        votes = np.stack([self.votes(panel, name) for name in combination.members])
        if combination.rule == "or":
            return np.asarray(votes.any(axis=0))
        if combination.rule == "and":
            return np.asarray(votes.all(axis=0))
        low, high = self.band or (np.nan, np.nan)
        model = panel.values[combination.members[0]]
        return np.asarray(np.where((low <= model) & (model <= high), votes[1], votes[0]))


def _scale(values: FloatArray, kind: str) -> FloatArray:
    """The scale on which a member is calibrated: log odds of probabilities, the rest as given."""
    return log_odds(values) if kind == "probability" else values


def check_plan(
    cutoffs: Mapping[str, float] | None,
    choose: str | float,
    panel: Panel,
    combinations: Sequence[Combination],
) -> Plan:
    """Known names with finite cut-offs, and a rule for the others."""
    scored = [name for name, kind in panel.kinds.items() if kind != "call"]
    scored += [one.name for one in combinations if not one.is_binary]
    given = mapping(cutoffs, name="cutoffs")
    for name, value in given.items():
        if name not in scored:
            raise InputError(
                f"cutoffs names {name!r}, which has no score to cut; those with one are "
                f"{', '.join(scored) or 'none'}. A group calls by the cut-offs of its members."
            )
        if not _check.is_number(value):
            raise InputError(f"cutoffs[{name!r}] must be a finite number; got {value!r}.")
        if panel.kinds.get(name) == "probability":
            same_scale(panel.values[name], value, option=f"cutoffs[{name!r}]", name=name)
    if isinstance(choose, str):
        _check.choice(choose, ("youden",), name="choose (or a sensitivity in (0, 1))")
    else:
        choose = _check.fraction(choose, name="choose")
    return Plan({name: float(value) for name, value in given.items()}, choose)


def fit_members(panel: Panel, positive: BoolArray, plan: Plan) -> FittedRule:
    """Cut-offs and calibration of every member, from training cases."""
    cutoffs, ties, slopes = {}, {}, {}
    for name, values in panel.values.items():
        slopes[name] = platt(_scale(values, panel.kinds[name]), positive)
        if panel.kinds[name] == "call":
            continue
        fixed = plan.cutoffs.get(name)
        cutoffs[name] = chosen_cutoff(values, positive, plan.choose) if fixed is None else fixed
        below = values[values < cutoffs[name]]
        ties[name] = cutoffs[name]
        if below.size and fixed is not None:
            ties[name] = float(halfway(np.array([fixed]), below.max(keepdims=True))[0])
    return FittedRule(cutoffs, ties, slopes)


def fit_rule(
    combination: Combination,
    pieces: FittedRule,
    panel: Panel,
    positive: BoolArray,
    plan: Plan,
) -> FittedRule:
    """Weights, band and cut-off of one combination, on top of its members' ``pieces``."""
    single = panel.behind(combination.members)
    weights: tuple[float, ...] = ()
    intercept = band = None
    if combination.rule == "weighted":
        weights = combination.weights or ()
        if not weights:
            parts = np.stack([pieces.calibrated(panel, name) for name in combination.members])
            weights = tuple(float(w) for w in pool_weights(parts, positive))
    elif combination.rule == "stack":
        columns = np.stack([pieces.stacked(panel, name) for name in combination.members], axis=1)
        intercept, *slope = (float(value) for value in stack(columns, positive))
        weights = tuple(slope)
    elif combination.rule == "arbitrate":
        band = _band(combination, pieces, panel)
    fitted = FittedRule(
        cutoffs={k: v for k, v in pieces.cutoffs.items() if k in single},
        tie_cutoffs={k: v for k, v in pieces.tie_cutoffs.items() if k in single},
        slopes={k: v for k, v in pieces.slopes.items() if k in single},
        weights=weights,
        intercept=intercept,
        band=band,
    )
    score = fitted.score(panel, combination)
    if score is None:
        return fitted
    fixed = plan.cutoffs.get(combination.name)
    cutoff = chosen_cutoff(score, positive, plan.choose) if fixed is None else fixed
    return replace(fitted, cutoff=cutoff)


def _band(combination: Combination, pieces: FittedRule, panel: Panel) -> tuple[float, float]:
    """The fixed band, or the share of the training cases around the model's cut-off."""
    model = combination.members[0]
    if isinstance(combination.band, tuple):
        return combination.band
    return uncertain_band(panel.values[model], pieces.cutoffs[model], float(combination.band or 0))


def call_is_learned(name: str, panel: Panel, plan: Plan) -> bool:
    """Whether the call of a member or group depends on training cases."""
    if name in panel.groups:
        return majority_is_learned(panel.groups[name], panel, plan)
    return panel.kinds[name] != "call" and name not in plan.cutoffs


def majority_is_learned(names: tuple[str, ...], panel: Panel, plan: Plan) -> bool:
    """Whether votes, or the calibration that decides a tie, depend on training cases."""
    ties = len(names) % 2 == 0
    scored = not any(panel.kinds[one] == "call" for one in panel.behind(names))
    return (ties and scored) or any(call_is_learned(name, panel, plan) for name in names)


def is_learned(combination: Combination, panel: Panel, plan: Plan) -> bool:
    """Whether the result of a combination depends on training cases."""
    if not combination.is_binary:
        return True
    if combination.rule == "majority":
        return majority_is_learned(combination.members, panel, plan)
    band = combination.rule == "arbitrate" and not isinstance(combination.band, tuple)
    return band or any(call_is_learned(name, panel, plan) for name in combination.members)
