"""How cases were dealt to folds, and what that does to the error of an out-of-fold number."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError, ShapeError

UNTESTED = -1
CHECKED = (
    "3 to 10 folds of like size, 1 to 20 repeats or 10 to 25 hold-outs, from 60 patients and 20 of "
    "either class on"
)
LEAST_PATIENTS, LEAST_OF_A_CLASS, LEAST_FOLDS, MOST_FOLDS = 60, 20, 3, 10
MOST_REPEATS, LEAST_HOLD_OUTS, MOST_HOLD_OUTS = 20, 10, 25
CHANCE = 0.3  # likeness of two repeats that independent dealing does not reach


@dataclass(frozen=True)
class FoldDesign:
    """Folds, repeats, and how many patients a model was trained on.

    ``tested`` is the share of the patients in one fold, ``likeness`` of two repeats on average 0
    where they were dealt independently and 1 where they are copies, ``doubts`` what is unusual
    about the folds. A single fold of all cases is a test of models that were trained elsewhere.
    """

    n_folds: int
    n_repeats: int
    n_patients: int
    tested: float
    likeness: float = 0.0
    doubts: tuple[str, ...] = ()

    @property
    def independent_repeats(self) -> float:
        """How many independent repeats tell as much: copies are one."""
        return 1 / (1 / self.n_repeats + (1 - 1 / self.n_repeats) * self.likeness)

    @property
    def hold_out(self) -> bool:
        """Whether a repeat tests some of the patients only."""
        return self.n_folds == 1 and self.tested < 1

    @property
    def n_training(self) -> int:
        """Patients that a model was trained on, on average; 0 where they stand elsewhere."""
        return round(self.n_patients * (1 - self.tested))

    @property
    def fixed_factor(self) -> float:
        """What the variance of one repeat, folds taken as independent, is times for a fixed score.

        Cross-validation tests every patient once a repeat; hold-outs test some more often.
        """
        if not self.hold_out:
            return 1.0
        return self.tested + (1 - self.tested) / self.independent_repeats

    @property
    def factor(self) -> float:
        """The same for models that were trained on the patients of the other folds.

        A pair of patients, one tested and one in training, adds to the number of one fold, and
        with exchanged parts to that of another: both folds measure the same pair. Where models
        learn nothing but noise all variance is of this kind, and a repeat varies twice as much as
        independent folds would; every further repeat counts pairs that the others left in one
        fold. Where something is learned the share of the pairs is smaller, so that the factor is
        an upper bound.
        """
        if self.tested == 1:
            return 1.0
        if self.hold_out:
            both_ways = 2 * self.tested * (1 - self.tested)
            own = (1 - both_ways) / self.independent_repeats
            return max(both_ways + own, self.fixed_factor)
        return 2 * (1 - 1 / self.n_folds + 1 / (self.n_folds * self.independent_repeats))

    @property
    def speaks_of(self) -> str:
        """What an interval is an interval of."""
        if self.tested == 1:
            return "of these models"
        return (
            "of the way of modelling when trained on "
            f"{self.n_training} of the {self.n_patients} patients"
        )

    @property
    def about_risks(self) -> tuple[str, ...]:
        """The same of calibration and net benefit, which were looked at in fewer designs."""
        if self.tested == 1 or (self.n_folds, self.n_repeats) == (5, 5):
            return self.warnings
        design = "hold-outs" if self.hold_out else f"{self.n_folds} folds"
        return (
            *self.warnings,
            "intervals of calibration and net benefit were checked by simulation with 5 repeats of "
            f"5 folds; here are {self.n_repeats} of {design}, whose factor was checked for areas.",
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be said of a design that no simulation has looked at."""
        if self.tested == 1:
            return ()
        if self.hold_out:
            known = LEAST_HOLD_OUTS <= self.n_repeats <= MOST_HOLD_OUTS
        else:
            known = LEAST_FOLDS <= self.n_folds <= MOST_FOLDS
            known = known and self.n_repeats <= MOST_REPEATS
        if known and self.n_patients >= LEAST_PATIENTS and not self.doubts:
            return ()
        design = f"{self.n_folds} folds" if not self.hold_out else "hold-outs"
        return (
            f"intervals and p-values of this design ({self.n_repeats} repeats of {design}, "
            f"{', '.join((f'{self.n_patients} patients', *self.doubts))}) were not checked by "
            f"simulation, which covers {CHECKED}; read them as rough.",
        )


def fold_design(
    parts: IntArray, cluster: IntArray | None, classes: BoolArray | IntArray
) -> FoldDesign:
    """The design behind fold numbers (n_repeats, n), with ``UNTESTED`` where a case had no turn."""
    patients = np.arange(parts.shape[1]) if cluster is None else cluster
    n_patients = int(patients.max()) + 1
    folds = [np.unique(row[row != UNTESTED]).size for row in parts]
    if len(set(folds)) > 1:
        raise ShapeError(
            f"folds has {min(folds)} folds in one repeat and {max(folds)} in another; give repeats "
            "of one design."
        )
    tested = [np.unique(patients[row != UNTESTED]).size for row in parts]
    if min(tested) < n_patients and folds[0] > 1:
        raise InputError(
            "folds leaves cases untested in a repeat of several folds; in cross-validation every "
            "case is tested once a repeat. Give all cases a fold, or one fold a repeat (hold-outs)."
        )
    share = 1 / folds[0] if folds[0] > 1 else float(np.mean(tested)) / n_patients
    alike = _likeness(parts[:, np.unique(patients, return_index=True)[1]])
    doubts = _doubts(parts, classes, patients)
    if ((alike > 0) & (alike < 1)).any():
        doubts = (*doubts, "repeats that deal the cases nearly alike")
    likeness = float(alike.mean()) if alike.size else 0.0
    return FoldDesign(folds[0], len(parts), n_patients, share, likeness, doubts)


def _likeness(parts: IntArray) -> FloatArray:
    """Adjusted Rand index of every two repeats, whatever their folds are called.

    0 below what chance reaches, 1 for the same folds.
    """
    pairs = [_rand_index(a, b) for a, b in combinations(parts, 2)]
    return np.array([0.0 if index < CHANCE else index for index in pairs])


def _rand_index(first: IntArray, second: IntArray) -> float:
    """Hubert and Arabie 1985, doi:10.1007/BF01908075."""
    shift = first - first.min(), second - second.min()
    both = np.bincount(shift[0] * (int(shift[1].max()) + 1) + shift[1])
    together, *own = ((count * (count - 1) / 2).sum() for count in (both, *map(np.bincount, shift)))
    by_chance = own[0] * own[1] / (first.size * (first.size - 1) / 2)
    most = (own[0] + own[1]) / 2
    return 1.0 if most == by_chance else float((together - by_chance) / (most - by_chance))


def _doubts(parts: IntArray, classes: BoolArray | IntArray, patients: IntArray) -> tuple[str, ...]:
    """What sets these folds apart from those of the simulation."""
    sizes = [
        np.unique(patients[row == fold]).size
        for row in parts
        for fold in np.unique(row[row != UNTESTED])
    ]
    fewest = min(np.unique(patients[classes == one]).size for one in np.unique(classes))
    found = []
    if max(sizes) > 2 * min(sizes):
        found.append(f"folds of {min(sizes)} to {max(sizes)} patients")
    if fewest < LEAST_OF_A_CLASS:
        found.append(f"{fewest} patients of a class")
    return tuple(found)
