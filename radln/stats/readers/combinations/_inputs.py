"""Members that are built from other members: no second opinion about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations as subsets

from radln import _check
from radln.errors import InputError
from radln.stats.readers.combinations._panel import Panel, mapping
from radln.stats.readers.combinations.combination import Combination


def hidden_inputs(
    inputs: Mapping[str, Sequence[str]] | None, panel: Panel
) -> dict[str, frozenset[str]]:
    """Member -> all members that it was built from, those of its inputs included."""
    direct: dict[str, set[str]] = {}
    for name, held in mapping(inputs, name="inputs").items():
        if name not in panel.values:
            raise InputError(f"inputs names {name!r}; the members are {', '.join(panel.values)}.")
        sources = _check.listed(held, name=f"inputs[{name!r}]")
        unknown = [one for one in sources if one not in panel.names]
        if unknown:
            raise InputError(
                f"inputs[{name!r}] names {unknown[0]!r}; there are {', '.join(panel.names)}. Only "
                "inputs that are members themselves need to be named."
            )
        direct[name] = set(panel.behind(sources))
    found: dict[str, frozenset[str]] = {}
    for name in direct:
        reached: set[str] = set()
        waiting = set(direct[name])
        while waiting:
            one = waiting.pop()
            reached.add(one)
            waiting |= direct.get(one, set()) - reached
        if name in reached:
            raise InputError(f"inputs makes {name!r} an input of itself; mend the names.")
        found[name] = frozenset(reached)
    return found


def clash(hidden: dict[str, frozenset[str]], first: set[str], second: set[str]) -> bool:
    """Whether a member of one side was built from a member of the other."""

    def built_from(side: set[str]) -> set[str]:
        return {one for name in side for one in hidden.get(name, frozenset())}

    return bool(built_from(first) & second) or bool(built_from(second) & first)


def not_independent(
    hidden: dict[str, frozenset[str]], panel: Panel, combinations: Sequence[Combination]
) -> set[frozenset[str]]:
    """The pairs of sources of which one is built from the other."""
    if not hidden:
        return set()
    behind = {name: set(panel.single(name)) for name in panel.names}
    behind |= {one.name: set(panel.behind(one.members)) for one in combinations}
    return {frozenset((a, b)) for a, b in subsets(behind, 2) if clash(hidden, behind[a], behind[b])}
