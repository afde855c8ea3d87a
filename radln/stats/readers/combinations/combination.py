"""Which members are joined by which rule: a plain description, before any data are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations as subsets
from typing import Literal, TypeAlias, TypeVar, get_args

from radln import _check
from radln.errors import InputError
from radln.stats._cases import case_wise

Rule: TypeAlias = Literal["or", "and", "majority", "mean", "max", "weighted", "stack", "arbitrate"]
RULES: tuple[str, ...] = get_args(Rule)
OF_CALLS = ("or", "and", "majority", "arbitrate")
WORDS = {
    "majority": "majority of ",
    "mean": "mean of ",
    "max": "maximum of ",
    "weighted": "weighted mean of ",
    "stack": "stack of ",
}
THIRD = 1 / 3
T = TypeVar("T")


@dataclass(frozen=True)
class Combination:
    """Two or more members joined by a rule.

    Parameters
    ----------
    rule
        Of calls: ``or`` (one positive call is enough), ``and`` (all call positive), ``majority``,
        ``arbitrate`` (the second member calls where the first, a model, lies in its uncertain band;
        elsewhere the model calls). Of calibrated probabilities: ``mean``, ``max``, ``weighted``
        (a mean with weights), ``stack`` (a ridge logistic regression).
    members
        Names of members or groups, at least two; of ``arbitrate`` exactly two, the model first.
    name
        Made from rule and members where it is left out.
    weights
        Of ``weighted`` alone: one number from 0 for each member, fixed beforehand and scaled to a
        sum of 1. Left out, they are fitted.
    band
        Of ``arbitrate`` alone: ``(low, high)`` on the scale of the model, fixed beforehand; or the
        share of the training cases, in (0, 1), that the reader is to decide: by rank half of them
        on either side of the model's cut-off. Left out: a third.

    Raises
    ------
    InputError

    Examples
    --------
    >>> Combination("or", ("model", "experts")).name
    'model or experts'
    >>> Combination("arbitrate", ("model", "experts"), band=(0.3, 0.7)).name
    'model, experts where uncertain'
    """

    rule: Rule
    members: tuple[str, ...]
    name: str = ""
    weights: tuple[float, ...] | None = None
    band: tuple[float, float] | float | None = None

    def __post_init__(self) -> None:
        _check.choice(self.rule, RULES, name="rule")
        names = tuple(_check.listed(self.members, name="members of a combination"))
        if len(names) < 2 or len(set(map(str, names))) < len(names):
            raise InputError(
                f"members of a combination must be two or more different names; got {names!r}."
            )
        for member in names:
            _check.text(member, name="a member of a combination")
        if self.rule == "arbitrate" and len(names) != 2:
            raise InputError(
                f"members of 'arbitrate' must be two, the model and who decides where it is "
                f"uncertain; got {names!r}."
            )
        _check.text(self.name, name="name")
        object.__setattr__(self, "members", names)
        object.__setattr__(self, "weights", _weights(self.weights, self.rule, len(names)))
        object.__setattr__(self, "band", _band(self.band, self.rule))
        object.__setattr__(self, "name", self.name or _name(self.rule, names))

    @property
    def is_binary(self) -> bool:
        """Whether the rule yields calls alone, so that its AUC is (sensitivity + specificity)/2."""
        return self.rule in OF_CALLS


def _weights(given: Sequence[float] | None, rule: str, n: int) -> tuple[float, ...] | None:
    """Fixed weights with a sum of 1."""
    if given is None:
        return None
    if rule != "weighted":
        raise InputError(f"weights belong to the rule 'weighted'; got them with {rule!r}.")
    numbers = _check.listed(given, name="weights")
    good = all(_check.is_number(w) and w >= 0 for w in numbers)
    if len(numbers) != n or not good or sum(numbers) <= 0:
        raise InputError(
            f"weights must be {n} numbers from 0, one a member, not all 0; got {numbers!r}."
        )
    return tuple(float(w) / float(sum(numbers)) for w in numbers)


def _band(
    given: tuple[float, float] | float | None, rule: str
) -> tuple[float, float] | float | None:
    """A fixed band, a share of the cases, or nothing."""
    if rule != "arbitrate":
        if given is not None:
            raise InputError(f"band belongs to the rule 'arbitrate'; got it with {rule!r}.")
        return None
    if given is None:
        return THIRD
    if isinstance(given, Sequence):
        limits = _check.listed(given, name="band")
        if len(limits) != 2 or not all(map(_check.is_number, limits)) or limits[0] > limits[1]:
            raise InputError(f"band must be (low, high) with low <= high; got {given!r}.")
        return float(limits[0]), float(limits[1])
    return _check.fraction(given, name="band (a share of the cases)")


def _name(rule: str, members: tuple[str, ...]) -> str:
    """What the combination is called in tables."""
    if rule in ("or", "and"):
        return f" {rule} ".join(members)
    if rule == "arbitrate":
        return f"{members[0]}, {members[1]} where uncertain"
    return WORDS[rule] + ", ".join(members)


@case_wise()
def every_combination(
    members: Sequence[str],
    *,
    rules: Sequence[Rule] = ("or", "and", "majority", "mean", "max", "weighted", "stack"),
    sizes: Sequence[int] = (2, 3),
) -> tuple[Combination, ...]:
    """Which combinations can be made of some members?

    Parameters
    ----------
    members
        Names of members or groups, the model first.
    rules
        ``majority`` is left out of pairs, whose votes would only agree or tie; ``arbitrate`` is
        made of pairs that begin with the first member.
    sizes
        How many members are joined, each from 2 to all of them.

    Returns
    -------
    combinations
        In the order of sizes, members, rules.

    Raises
    ------
    InputError

    Examples
    --------
    >>> [one.name for one in every_combination(["model", "experts"], rules=["or", "mean"])]
    ['model or experts', 'mean of model, experts']
    """
    names = [_check.text(name, name="a name in members") for name in _listed(members, "members")]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(f"members must hold two or more different names; got {names!r}.")
    wanted = [_check.choice(rule, RULES, name="rules") for rule in _listed(rules, "rules")]
    counts = [_check.whole(size, name="sizes", least=2) for size in _listed(sizes, "sizes")]
    made = []
    for size in dict.fromkeys(counts):
        for group in subsets(names, size):
            for rule in dict.fromkeys(wanted):
                if rule == "majority" and size == 2:
                    continue
                if rule == "arbitrate" and (size > 2 or group[0] != names[0]):
                    continue
                made.append(Combination(rule, group))  # type: ignore[arg-type]
    return tuple(made)


def _listed(values: Sequence[T], name: str) -> list[T]:
    """A list that is not empty."""
    members = _check.listed(values, name=name)
    if not members:
        raise InputError(f"{name} is empty; name at least one.")
    return members
