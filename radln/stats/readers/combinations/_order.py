"""An order of cases and patients that knows neither names nor the order in which they came."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from radln._types import BoolArray, FloatArray, IntArray
from radln.stats.readers.combinations._panel import KINDS, Panel

TextArray: TypeAlias = NDArray[np.str_]


def canonical_order(
    positive: BoolArray, panel: Panel, patients: IntArray | None
) -> tuple[IntArray, TextArray]:
    """The cases in an order of their own, and their patients in it as codes that sort alike.

    Cases are told apart by what was true and what was said of them, members by what they said of
    which cases, patients by their cases; each refines the others until nothing more is told apart.
    Names decide only between what is then still alike, such as two members that could be swapped.
    """
    values = np.stack(list(panel.values.values())) + 0.0  # -0.0 is 0.0
    member = _ranks(np.array([[KINDS.index(panel.kinds[name])] for name in panel.values]))
    case = positive.astype(np.int64)
    owner = np.zeros_like(case)
    before, now = -1, 0
    while now > before:
        ranked = np.broadcast_to(member[:, None], values.shape)
        said = np.take_along_axis(values, np.lexsort((values, ranked), axis=0), axis=0)
        case = _ranks(np.column_stack([case, owner, said.T]))
        if patients is not None:
            owner = _ranks(_cases_of(patients, case))[patients]
        ranked = np.broadcast_to(case, values.shape)
        said = np.take_along_axis(values, np.lexsort((values, ranked), axis=1), axis=1)
        member = _ranks(np.column_stack([member, said]))
        before, now = now, sum(int(rank.max()) for rank in (case, owner, member))
    named = [values[k] for k, _ in sorted(enumerate(panel.values), key=lambda item: item[1])]
    case = _ranks(np.column_stack([owner, case, *named]))
    if patients is None:
        return np.argsort(case, kind="stable"), _codes(np.arange(case.size))
    owner = _ranks(_cases_of(patients, case))[patients]
    order = np.lexsort([case, patients, owner])
    known = {patient: code for code, patient in enumerate(dict.fromkeys(patients[order].tolist()))}
    return order, _codes(np.array([known[patient] for patient in patients[order].tolist()]))


def _codes(numbers: IntArray) -> TextArray:
    """Texts that sort like the numbers."""
    return np.array([f"{number:09d}" for number in numbers.tolist()])


def _ranks(rows: FloatArray | IntArray) -> IntArray:
    """The rank of every row among the different rows."""
    return np.unique(rows, axis=0, return_inverse=True)[1].astype(np.int64).ravel()


def _cases_of(patient: IntArray, case: IntArray) -> IntArray:
    """Every patient's cases (n_patients, most), in order, -1 behind them."""
    order = np.lexsort((case, patient))
    sizes = np.bincount(patient)
    place = np.arange(patient.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = np.full((sizes.size, int(sizes.max())), -1)
    held[patient[order], place] = case[order]
    return held
