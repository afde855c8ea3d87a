"""Members of combinations, checked: what each said of every case, of what kind, in which group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar, get_args

import numpy as np
import pandas as pd

from radln import _check
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray
from radln.errors import InputError, ShapeError
from radln.stats._identifiers import refuse_identifiers
from radln.stats.readers.combinations.combination import Combination

Kind: TypeAlias = Literal["call", "probability", "score"]
KINDS: tuple[str, ...] = get_args(Kind)
V = TypeVar("V")
Members: TypeAlias = Mapping[str, ArrayLike] | pd.DataFrame


@dataclass(frozen=True, eq=False)
class Panel:
    """What every member said of the same n cases; ``groups`` name several members."""

    values: dict[str, FloatArray]
    kinds: dict[str, Kind]
    groups: dict[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Members, then groups."""
        return (*self.values, *self.groups)

    @property
    def n(self) -> int:
        """How many cases."""
        return next(iter(self.values.values())).size

    def take(self, rows: IntArray | BoolArray) -> Panel:
        """Some cases."""
        return Panel({k: v[rows] for k, v in self.values.items()}, self.kinds, self.groups)

    def single(self, name: str) -> tuple[str, ...]:
        """The members behind a name: those of a group, or the member itself."""
        return self.groups.get(name, (name,))

    def behind(self, names: Sequence[str]) -> tuple[str, ...]:
        """The members behind several names, each once."""
        return tuple(dict.fromkeys(one for name in names for one in self.single(name)))


def panel_of(
    members: Members,
    groups: Mapping[str, Sequence[str]] | None,
    kinds: Mapping[str, Kind] | None,
    n: int | None,
) -> Panel:
    """Check members, kinds and groups; ``n`` is the number of cases, where it is known."""
    if not isinstance(members, Mapping | pd.DataFrame) or len(list(members)) == 0:
        raise InputError(f"members must be a table or a dict of name -> values; got {members!r}.")
    names = [_check.text(name, name="a name in members") for name in list[Any](members)]
    if len(set(names)) < len(names):
        raise InputError("members holds two columns of the same name.")
    refuse_identifiers(names, "members")
    declared = mapping(kinds, name="kinds")
    strange = [name for name in declared if name not in names]
    if strange:
        raise InputError(f"kinds names {strange[0]!r}; the members are {', '.join(names)}.")
    values: dict[str, FloatArray] = {}
    found: dict[str, Kind] = {}
    for name in names:
        values[name] = _values(members[name], name)
        if n is not None and values[name].size != n:
            raise ShapeError(
                f"members[{name!r}] has {values[name].size} values for {n} cases; one per case."
            )
        n = values[name].size
        found[name] = _kind(values[name], name, declared.get(name))
    return Panel(values, found, _groups(groups, names))


def _values(held: ArrayLike, name: str) -> FloatArray:
    """Finite numbers; what is missing is counted."""
    array = _check.vector(held, name=f"members[{name!r}]")
    bad = ~np.isfinite(array)
    if array.size == 0:
        raise ShapeError(f"members[{name!r}] is empty; give one value a case.")
    if bad.any():
        raise InputError(
            f"members[{name!r}] has {int(bad.sum())} missing or infinite value(s) in {array.size} "
            "cases; a combination needs every member on every case: leave those cases out of "
            "y_true, cluster and all members, or leave the member out."
        )
    return array


def _kind(values: FloatArray, name: str, declared: str | None) -> Kind:
    """The declared kind, if the values allow it; otherwise what they look like."""
    calls = bool(np.isin(values, (0.0, 1.0)).all())
    within = bool(((values >= 0) & (values <= 1)).all())
    if declared is None:
        return "call" if calls else "probability" if within else "score"
    _check.choice(declared, KINDS, name=f"kinds[{name!r}]")
    if (declared == "call" and not calls) or (declared == "probability" and not within):
        span = f"{values.min():g} to {values.max():g}"
        wanted = "0 and 1 alone" if declared == "call" else "values within 0..1"
        raise InputError(
            f"members[{name!r}] is declared a {declared} in kinds, which has {wanted}; its values "
            f"go from {span}. Declare it a score, or mend the values."
        )
    return declared  # type: ignore[return-value]


def _groups(
    groups: Mapping[str, Sequence[str]] | None, names: list[str]
) -> dict[str, tuple[str, ...]]:
    """Groups of two or more known members."""
    checked = {}
    for group, held in mapping(groups, name="groups").items():
        if group in names:
            raise InputError(
                f"groups names a group {group!r}, which is a member already; give the group "
                "another name."
            )
        readers = tuple(_check.listed(held, name=f"groups[{group!r}]"))
        unknown = [reader for reader in readers if reader not in names]
        if unknown:
            raise InputError(
                f"groups[{group!r}] names {unknown[0]!r}; the members are {', '.join(names)}."
            )
        if len(readers) < 2 or len(set(readers)) < len(readers):
            raise InputError(f"groups[{group!r}] must name two or more different members.")
        checked[group] = readers
    return checked


def mapping(given: Mapping[str, V] | None, *, name: str) -> dict[str, V]:
    """A dict with texts as keys; None is an empty one."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise InputError(f"{name} must be a dict with names as keys; got {given!r}.")
    return dict(given)


def check_combinations(
    combinations: Sequence[Combination], panel: Panel
) -> tuple[Combination, ...]:
    """Known members, each reader once, different names, a model that can be uncertain."""
    listed = tuple(_check.listed(combinations, name="combinations"))
    seen = set(panel.names)
    for one in listed:
        if not isinstance(one, Combination):
            raise InputError(
                f"combinations must hold Combination(rule, members) objects; got {one!r}."
            )
        unknown = [name for name in one.members if name not in panel.names]
        if unknown:
            raise InputError(
                f"combinations: {one.name!r} names {unknown[0]!r}, which is in neither members "
                f"nor groups; there are {', '.join(panel.names)}."
            )
        single = [reader for name in one.members for reader in panel.single(name)]
        twice = sorted({reader for reader in single if single.count(reader) > 1})
        if twice:
            raise InputError(
                f"combinations: {one.name!r} counts {twice[0]!r} twice, alone and in a group."
            )
        if one.rule == "arbitrate" and (
            one.members[0] in panel.groups or panel.kinds[one.members[0]] == "call"
        ):
            raise InputError(
                f"combinations: {one.name!r} lets {one.members[0]!r} be uncertain, which needs a "
                "model's score or probability; calls and groups have no uncertain band."
            )
        if one.name in seen:
            raise InputError(
                f"combinations: the name {one.name!r} is there twice; give one its own name."
            )
        seen.add(one.name)
    return listed
