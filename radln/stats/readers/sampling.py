"""What is a sample in a reader study, readers or cases, and what must be said of it."""

from __future__ import annotations

import numpy as np

from radln import _check
from radln._door import worded
from radln.errors import InputError
from radln.stats.readers._reads import Reads
from radln.stats.readers._variance import Components

FEWEST_RANDOM = 4
FEWEST_CASES = 20
NEGATIVE = (
    "the variance of the {what} is estimated as negative ({value:.2g}): there are too few readers "
    "or cases to see it"
)


def negative_components(part: Components, random: tuple[str, ...]) -> list[str]:
    """Say which variance is estimated as negative."""
    notes = []
    dust = rounding(part.ms_reader, part.ms_interaction, part.var_error)
    if "cases" in random and "readers" in random:
        named = (
            ("readers", part.var_reader),
            ("modality-by-reader effect", part.var_interaction),
        )
        for what, value in named:
            if value < -dust:
                notes.append(NEGATIVE.format(what=what, value=value) + "; it is kept as it is.")
        if part.cov2 - part.cov3 < -dust:
            notes.append(
                f"cov2 - cov3 is negative ({part.cov2 - part.cov3:.2g}) and counts as 0, after "
                "Hillis."
            )
    return notes


def rounding(*variances: float) -> float:
    """Below it the difference of variances (of shares or areas) is 0 but for rounding."""
    return max(1e-15, 1e-12 * max((abs(v) for v in variances if not np.isnan(v)), default=0.0))


def randomness(
    readers: str | None, cases: str, n_readers: int
) -> tuple[tuple[str, ...], list[str]]:
    """What is a sample; with few readers the readers themselves are the subject."""
    _check.choice(cases, ("random", "fixed"), name="cases")
    notes = []
    if readers is None:
        few = n_readers < FEWEST_RANDOM
        readers = "fixed" if few and cases == "random" else "random"
        if few and cases == "random":
            notes.append(
                f"with {n_readers} reader(s) the fixed-reader analysis is the primary one; it "
                "applies to these readers and is no statement about others."
            )
    _check.choice(readers, ("random", "fixed"), name="readers")
    if readers == "fixed" and cases == "fixed":
        raise InputError("readers and cases cannot both be fixed: nothing would be a sample.")
    if readers == "random" and n_readers < 2:
        raise one_reader()
    if readers == "random" and n_readers < FEWEST_RANDOM and not notes:
        notes.append(f"{n_readers} readers are few for a statement about all readers.")
    kinds = (("readers", readers), ("cases", cases))
    return tuple(name for name, kind in kinds if kind == "random"), notes


def one_reader() -> InputError:
    """One reader cannot stand for readers like these."""
    use = worded("readers='fixed'", "--readers fixed")
    return InputError(f"one reader is no sample of readers; use {use}.")


def scope(random: tuple[str, ...], n_readers: int) -> str:
    """To whom the result applies."""
    if "readers" not in random:
        return f"applies to these {n_readers} reader(s), and to cases like these"
    if "cases" not in random:
        return "applies to readers like these, and to these very cases"
    return "applies to readers and cases like these"


def few_cases(reads: Reads, classes: tuple[bool, ...] = (True, False)) -> list[str]:
    """A note where a class that counts has few cases (or patients)."""
    clustered = reads.cluster is not None
    units = reads.patient if clustered else np.arange(reads.y_true.size)
    notes = []
    for one in classes:
        n = np.unique(units[reads.y_true == one]).size
        if n < FEWEST_CASES:
            kind = "diseased" if one else "non-diseased"
            who = f"patient(s) with {kind} cases" if clustered else f"{kind} case(s)"
            notes.append(
                f"only {n} {who}: errors are rough below {FEWEST_CASES}, and tests of true nulls "
                "rejected up to 10 % in simulations with 5 to 10."
            )
    return notes


def case_freedom(reads: Reads, classes: tuple[bool, ...] = (True, False)) -> float:
    """Degrees of freedom of an error over cases; infinite (normal) for independent cases.

    With several cases a patient there are far fewer patients than cases: those with cases of the
    rarer of ``classes``, less one. The normal rejected up to 7.5 % of true nulls with 20 patients.
    """
    if reads.cluster is None:
        return np.inf
    return min(np.unique(reads.patient[reads.y_true == one]).size for one in classes) - 1.0
