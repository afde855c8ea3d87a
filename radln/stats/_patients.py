"""Few patients: how many there are, what is then said, and what is no longer given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from radln._result import Estimate, Result, frozen
from radln._types import BoolArray, IntArray

T = TypeVar("T")
FEWEST_PATIENTS = 5
ENOUGH_PATIENTS = 10
FEW_PATIENTS = 40
# Said of an error, an interval or a p that is withheld.
OF_NONE = (
    "read p with caution", "are Wilson's", "knows the spread of the other alone",
    "knows the other class alone",
    "errors are rough", "is estimated as negative", "and counts as 0",
    "their errors alone would make them",
)  # fmt: skip
ERRORS = "errors come from"
# A number of one of these names, or with one of these ends, is an interval or a test.
INFERENCE = frozenset(
    ("low", "high", "se", "statistic", "pvalue", "covariance", "model_covariance", "se_null")
)
ENDS = ("_low", "_high", "_se", "pvalue")
KEPT = frozenset(("instability",))  # limits of refits, no interval of anything


@dataclass(frozen=True)
class Tally:
    """How many patients the smallest class has, what they are, and whether some have several rows.

    ``alone`` says that every patient has one row.
    """

    fewest: int
    who: str
    alone: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be said of so few."""
        if self.alone or self.fewest >= ENOUGH_PATIENTS:
            return ()
        if self.fewest < FEWEST_PATIENTS:
            return (f"{self.why}.",)
        return (
            f"{self.fewest} patients {self.who}: below {ENOUGH_PATIENTS} an interval that counts "
            "patients with several cases is too narrow, and its p-value too small.",
        )

    @property
    def why(self) -> str:
        """Why there is no interval and no p."""
        return (
            f"no interval and no p-value: {self.fewest} patient(s) {self.who}; at least "
            f"{FEWEST_PATIENTS} are needed where patients have several cases"
        )

    @property
    def withheld(self) -> bool:
        """Whether neither interval nor p-value is given."""
        return not self.alone and self.fewest < FEWEST_PATIENTS


def few_patients(n_patients: int | None) -> tuple[str, ...]:
    """What must be said of errors summed over few patients."""
    if n_patients is None or n_patients >= FEW_PATIENTS:
        return ()
    return (
        f"{ERRORS} {n_patients} patients; below {FEW_PATIENTS} intervals are too narrow "
        "and p-values too small.",
    )


def patients_of_classes(cluster: IntArray, labels: pd.Series | None, words: str) -> Tally:
    """The class with the fewest patients; a patient with cases of two classes counts in both.

    ``labels`` hold the class of every case, missing for cases of none; without them all patients
    are counted. ``words`` stand around the name of the class.
    """
    alone = bool(np.bincount(cluster).max(initial=0) <= 1)
    if labels is None:
        return Tally(int(np.unique(cluster).size), "in all", alone)
    sizes = pd.Series(cluster).groupby(labels.to_numpy()).nunique()
    if sizes.empty:
        return Tally(0, words.format("none"), alone)
    smallest = sizes.idxmin()
    return Tally(int(sizes.min()), words.format(smallest), alone)


def judged(found: T, tally: Tally) -> T:
    """A result with what must be said of few patients; below five without interval and p."""
    if tally.withheld:
        found = without_inference(found, tally.why)
    if tally.notes and isinstance(found, Result):
        said = tuple(note for note in found.warnings if not note.startswith(ERRORS))
        if tally.withheld:
            said = tuple(note for note in said if not any(part in note for part in OF_NONE))
        return replace(found, warnings=(*tally.notes, *said))
    return found


def judged_at(found: T, times: Sequence[float], tallies: Sequence[Tally]) -> T:
    """:func:`judged`, each of several times by the patients that its numbers stand on."""
    rare = [tally.withheld for tally in tallies]
    worst = min(tallies, key=lambda tally: tally.fewest)
    if len(tallies) == 1 or all(rare) or not isinstance(found, Result):
        return judged(found, worst)
    notes = []
    for kind in (True, False):
        told = [k for k, tally in enumerate(tallies) if tally.withheld == kind and tally.notes]
        if told:
            first = min(told, key=lambda k: tallies[k].fewest)
            more = [f"{times[k]:g}" for k in told if k != first]
            others = f" The same is true of {', '.join(more)}." if more else ""
            notes.append(tallies[first].notes[0] + others)
    said = tuple(note for note in found.warnings if not (notes and note.startswith(ERRORS)))
    changed = _without_at(found, np.array(rare), worst.why) if any(rare) else found
    return replace(changed, warnings=(*notes, *said))


def _without_at(found: Any, rare: BoolArray, why: str) -> Any:
    """Arrays over times without their inference where patients are rare, and estimates over all."""
    changed: dict[str, Any] = {}
    for f in fields(found):
        value = getattr(found, f.name)
        if isinstance(value, Estimate):
            changed[f.name] = without_inference(value, why)
        elif _is_inference(f.name) and isinstance(value, np.ndarray) and value.shape == rare.shape:
            changed[f.name] = frozen(np.where(rare, np.nan, value))
    return replace(found, **changed)


def tally_of(cluster: IntArray | None, group: BoolArray, who: str = "patient(s)") -> Tally | None:
    """The patients of one group of cases; None without patients, and for a group without cases."""
    if cluster is None or not group.any():
        return None
    sizes = np.unique(cluster[group], return_counts=True)[1]
    return Tally(int(sizes.size), who, bool(sizes.max() <= 1))


def about_groups(tallies: Mapping[str, Tally | None], kind: str) -> tuple[str, ...]:
    """What must be said of groups of few patients, ``kind`` being what a group is called."""
    known = {name: tally for name, tally in tallies.items() if tally and not tally.alone}
    rare = [name for name, tally in known.items() if tally.withheld]
    few = [name for name, tally in known.items() if not tally.withheld and tally.notes]
    notes = []
    if rare:
        notes.append(
            f"no interval for {_listed(kind, rare, known)}: at least {FEWEST_PATIENTS} are needed "
            "where patients have several cases."
        )
    if few:
        notes.append(
            f"intervals are too narrow for {_listed(kind, few, known)}: fewer than "
            f"{ENOUGH_PATIENTS}, and patients have several cases."
        )
    return tuple(notes)


def _listed(kind: str, names: Sequence[str], tallies: Mapping[str, Tally], most: int = 4) -> str:
    """Groups with their patients; of many groups the first."""
    words = [
        f"{kind} {name} ({tallies[name].fewest} {tallies[name].who})".strip()
        for name in names[:most]
    ]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(words) + more


def without_inference(found: Any, why: str) -> Any:
    """The same without intervals, errors and tests, down to the last table."""
    if isinstance(found, Estimate):
        return replace(found, low=np.nan, high=np.nan, se=np.nan, method=why)
    if is_dataclass(found) and not isinstance(found, type):
        changed = {f.name: _part(f.name, getattr(found, f.name), why) for f in fields(found)}
        return replace(found, **changed)
    if isinstance(found, Mapping):
        return {name: _part(str(name), value, why) for name, value in found.items()}
    if isinstance(found, tuple) and not hasattr(found, "_fields"):
        return tuple(without_inference(value, why) for value in found)
    return found


def _part(name: str, value: Any, why: str) -> Any:
    """One field, or one entry, by its name."""
    if isinstance(value, pd.DataFrame):
        return value if name in KEPT else _table(value, why)
    if _is_inference(name):
        if isinstance(value, np.ndarray):
            return frozen(np.full(value.shape, np.nan))
        if isinstance(value, float | np.floating):
            return np.nan
    return without_inference(value, why)


def _table(table: pd.DataFrame, why: str) -> pd.DataFrame:
    """A table whose columns of intervals and tests are empty and whose method says why."""
    table = table.copy()
    named = [str(column) for column in table.columns]
    for column in table.columns:
        if _is_inference(str(column)):
            table[column] = np.nan
    for column in {"method", "compared_by"} & set(named):
        table[column] = [why if value else value for value in table[column]]
    return table


def _is_inference(name: str) -> bool:
    return name in INFERENCE or name.endswith(ENDS) or name.startswith("pvalue_")
