"""How many readers and cases a comparison of modalities, or of a model with readers, needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radln import _check
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats.sample_size._planning import PowerAnalysis, positive
from radln.stats.sample_size._reader_planning import (
    Pilot,
    aim,
    counted_readers,
    few_readers,
    pilot,
    reader_plan,
)

RANDOM = ("random", "fixed")
MOST_VARIANCE = 0.25  # of anything between 0 and 1


@case_wise()
def size_mrmc(
    difference: float,
    *,
    n_readers: int | Sequence[int],
    var_tr: float,
    cov1: float,
    cov2: float,
    cov3: float,
    var_error: float,
    pilot_cases: float,
    pilot_positive: float,
    power: float | None = None,
    n_cases: int | None = None,
    readers: str = "random",
    cases: str = "random",
    margin: float | None = None,
    alpha: float = 0.05,
    alternative: str = "two-sided",
) -> PowerAnalysis:
    """How many readers and cases show that two modalities differ?

    Parameters
    ----------
    difference : in (-1, 1)
        The anticipated difference of the figure of merit between the modalities, new minus old.
    n_readers : at least 2
        Of the planned study; several numbers give a table, whose first is the plan.
    var_tr, cov1, cov2, cov3, var_error
        Obuchowski and Rockette's components from a pilot: modality by reader; error covariance of
        the same reader in two modalities, of two readers in one, of two in two; error variance.
        Without a pilot, see :func:`assumed_mrmc_variance`.
    pilot_cases, pilot_positive : above 0
        The size of the pilot; the planned study has the same share of positive cases.
    power : in (0.5, 1)
        The power asked for; or
    n_cases : at least 3
        how many cases there are, for their power.
    readers, cases : random or fixed
        To whom the answer shall apply: to readers and cases like these, or to these alone.
    margin : in (0, 1), optional
        Non-inferiority of the new modality by this margin; one-sided.
    alpha : in (0, 1)
    alternative : two-sided or one-sided

    Returns
    -------
    PowerAnalysis
        ``frame()`` has one row a number of readers; ``values`` holds ``df``, ``se`` and the
        ``noncentrality`` (of F two-sided, of t one-sided).

    Raises
    ------
    InputError
        Also where no number of cases is enough for the first number of readers.

    Notes
    -----
    Every reader reads every case in both modalities. Hillis' denominator degrees of freedom,
    non-central F, errors inversely proportional to the number of cases, negative components taken
    as 0: as RJafroc's ``SsPowerGivenJK`` and ``SsSampleSizeKGivenJ``. With several nodes a patient
    take the components from the patient-level jackknife; cases are then nodes. A difference found
    in the pilot is too large on average if it was the reason to go on: plan with one that matters.

    References
    ----------
    Hillis, Obuchowski and Berbaum 2011,
    https://pmc.ncbi.nlm.nih.gov/articles/PMC3053069; Hillis and Schartz 2018,
    doi:10.1117/1.JMI.5.4.045503.

    Examples
    --------
    >>> pilot = {"var_tr": 2.004e-4, "cov1": 3.466e-4, "cov2": 3.441e-4, "cov3": 2.390e-4,
    ...          "var_error": 8.023e-4, "pilot_cases": 114, "pilot_positive": 45}
    >>> size = size_mrmc(0.05, n_readers=[6, 8, 10], power=0.8, **pilot)
    >>> size.n, size.frame()["n"].tolist()
    (170, [170, 134, 119])
    """
    part = (
        _check.choice(readers, RANDOM, name="readers"),
        _check.choice(cases, RANDOM, name="cases"),
    )
    if part == ("fixed", "fixed"):
        raise InputError("readers and cases cannot both be fixed: nothing would be left to chance.")
    what = aim(difference, margin, alpha, alternative)
    base = pilot(pilot_cases, pilot_positive)
    error, given = positive(var_error, "var_error"), {"cov1": cov1, "cov2": cov2, "cov3": cov3}
    held = {name: _within(value, name, error) for name, value in given.items()}
    interaction = _within(var_tr, "var_tr", MOST_VARIANCE)
    own = error - held["cov1"]
    shared = max(held["cov2"] - held["cov3"], 0.0)
    if own <= shared:
        raise InputError(
            "var_error - cov1 must be above cov2 - cov3 (and above 0): readers share less of an "
            "error with others than with themselves. Check the pilot's components."
        )
    warnings = []
    if interaction < 0:
        warnings.append("var_tr is negative and taken as 0: the pilot cannot tell it from none.")
    if held["cov2"] < held["cov3"]:
        warnings.append("cov2 is below cov3; their difference is taken as 0.")
    numbers = counted_readers(n_readers, 2 if readers == "random" else 1)
    return reader_plan(
        _Mrmc(max(interaction, 0.0), own, shared, base, readers == "random", cases == "random"),
        what,
        base,
        numbers,
        power=power,
        n_cases=n_cases,
        task="each read by every reader in both modalities",
        method=(
            f"Obuchowski-Rockette test with Hillis' degrees of freedom, {readers} readers, {cases} "
            "cases"
        ),
        warnings=(*warnings, *few_readers(numbers, readers == "random")),
    )


@dataclass(frozen=True)
class _Mrmc:
    """The difference of two modalities, both averaged over the same readers."""

    interaction: float
    own: float
    shared: float
    base: Pilot
    random_readers: bool
    random_cases: bool

    def of(self, readers: int, cases: float) -> tuple[float, float]:
        scale, j = self.base.scale(cases), readers
        square = self.interaction + scale * (self.own - self.shared)
        if not self.random_cases:
            return 2 / j * square, j - 1
        error = scale * (self.own + (j - 1) * self.shared)
        if not self.random_readers:
            return 2 / j * error, cases - 1
        total = self.interaction + error
        return 2 / j * total, total**2 / (square**2 / (j - 1))


@case_wise()
def size_standalone(
    difference: float,
    *,
    n_readers: int | Sequence[int],
    var_readers: float,
    var_error: float,
    cov2: float,
    pilot_cases: float,
    pilot_positive: float,
    power: float | None = None,
    n_cases: int | None = None,
    cases: str = "random",
    margin: float | None = None,
    alpha: float = 0.05,
    alternative: str = "two-sided",
) -> PowerAnalysis:
    """How many readers and cases show that a model differs from the average reader?

    Parameters
    ----------
    difference : in (-1, 1)
        The anticipated difference of the figure of merit, model minus average reader.
    n_readers : at least 2
        Of the planned study; several numbers give a table, whose first is the plan.
    var_readers
        The variance of the readers' figures as observed in a pilot, error included.
    var_error, cov2
        The error variance of a reader's difference to the model, and the error covariance of two
        readers' differences. Without a pilot, see :func:`assumed_standalone_variance`.
    pilot_cases, pilot_positive, power, n_cases
        As in :func:`size_mrmc`.
    cases : random or fixed
        1T-RRRC or 1T-RRFC; readers are random.
    margin : in (0, 1), optional
        Non-inferiority of the model by this margin; one-sided.
    alpha, alternative
        As in :func:`size_mrmc`.

    Returns
    -------
    PowerAnalysis

    Raises
    ------
    InputError
        Also where no number of cases is enough for the first number of readers.

    Notes
    -----
    The test of :meth:`ReaderStudy.compare_with_model`: readers' differences to the model as one
    modality of Obuchowski and Rockette's model with Hillis' degrees of freedom, non-central t. The
    readers' true variance is the observed one less their own error, 0 if that is negative.

    References
    ----------
    Hillis 2007, doi:10.1002/sim.2532, section 5.3; Hupse et al. 2013,
    doi:10.1007/s00330-012-2562-7.

    Examples
    --------
    >>> from radln.stats import assumed_standalone_variance
    >>> assumed = assumed_standalone_variance(0.8, 0.87, sd_readers=0.04, same_case=0.4,
    ...                                       with_model=0.3)
    >>> size_standalone(0.07, n_readers=8, power=0.8, **assumed).n
    417
    """
    _check.choice(cases, RANDOM, name="cases")
    what = aim(difference, margin, alpha, alternative)
    base = pilot(pilot_cases, pilot_positive)
    error = positive(var_error, "var_error")
    own = error - _within(cov2, "cov2", error)
    true = positive(var_readers, "var_readers") - own
    warnings = []
    if true < 0:
        warnings.append("the readers' variance is no more than their error, and is taken as 0.")
    if cov2 < 0:
        warnings.append("cov2 is negative and taken as 0.")
    numbers = counted_readers(n_readers, 2)
    return reader_plan(
        _Standalone(max(true, 0.0), own, max(cov2, 0.0), base, cases == "random"),
        what,
        base,
        numbers,
        power=power,
        n_cases=n_cases,
        task="each read by every reader and by the model",
        method=f"model against the average of random readers, {cases} cases",
        warnings=(*warnings, *few_readers(numbers, True)),
    )


@dataclass(frozen=True)
class _Standalone:
    """The average over readers of the difference to the model."""

    between: float
    own: float
    shared: float
    base: Pilot
    random_cases: bool

    def of(self, readers: int, cases: float) -> tuple[float, float]:
        scale = self.base.scale(cases)
        square = self.between + scale * self.own
        if not self.random_cases:
            return square / readers, readers - 1
        total = square + readers * scale * self.shared
        return total / readers, total**2 / (square**2 / (readers - 1))


def _within(value: float, name: str, most: float) -> float:
    """An estimated component: it may be negative, but not larger than it can be."""
    if not _check.is_number(value):
        raise InputError(f"{name} must be a finite number; got {value!r}.")
    if abs(value) > most:
        raise InputError(f"{name} must lie within ±{most:g}; got {value!r}. Check the components.")
    return float(value)
