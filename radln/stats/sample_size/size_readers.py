"""How many readers and cases a comparison of modalities, or of a model with readers, needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radln import _check
from radln.errors import InputError
from radln.stats.sample_size._planning import PowerAnalysis, positive
from radln.stats.sample_size._reader_planning import (
    Pilot,
    aim,
    counted_readers,
    few_readers,
    pilot,
    reader_plan,
)
from radln.stats.sample_size.size_auc import area_variance

RANDOM = ("random", "fixed")
MOST_VARIANCE = 0.25  # of anything between 0 and 1
NOMINAL = 100.0  # positive cases of an assumed pilot; any number gives the same plan


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
    The test of ``compare_with_readers``: readers' differences to the model as one modality of
    Obuchowski and Rockette's model with Hillis' degrees of freedom, non-central t. The readers'
    true variance is the observed one less their own error, 0 if that is negative.

    References
    ----------
    Hillis 2007, doi:10.1002/sim.2532, section 5.3; Hupse et al. 2013,
    doi:10.1007/s00330-012-2562-7.

    Examples
    --------
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


def assumed_mrmc_variance(
    auc: float,
    *,
    sd_readers: float,
    reader_correlation: float,
    same_reader: float,
    same_modality: float,
    neither: float,
    negatives_per_positive: float = 1.0,
) -> dict[str, float]:
    """What variance components should a study of readers and modalities be planned with?

    Parameters
    ----------
    auc : in (0.5, 1)
        The anticipated average area of readers and modalities.
    sd_readers : at least 0
        The standard deviation of the readers' true areas in one modality; about a quarter of the
        range from the worst to the best reader.
    reader_correlation : in [0, 1]
        Of a reader's true areas in two modalities: are good readers good in both?
    same_reader, same_modality, neither : in [0, 1)
        Correlation of the estimated areas through the common cases: of one reader in two
        modalities, of two readers in one modality, of two readers in two modalities.
    negatives_per_positive : above 0

    Returns
    -------
    dict
        The arguments ``var_tr`` ... ``pilot_positive`` of :func:`size_mrmc`.

    Raises
    ------
    InputError

    Notes
    -----
    Obuchowski's approximation of an area's variance from binormal scores, at a nominal number of
    cases. Plan with several assumptions; correlations between 0.3 and 0.6 are common.

    References
    ----------
    Obuchowski 2000, doi:10.2214/ajr.175.3.1750603.

    Examples
    --------
    >>> assumed = assumed_mrmc_variance(0.8, sd_readers=0.05, reader_correlation=0.8,
    ...                                 same_reader=0.5, same_modality=0.4, neither=0.35)
    >>> size_mrmc(0.06, n_readers=8, power=0.8, **assumed).n
    184
    """
    area = _check.fraction(auc, name="auc", low=0.5)
    spread = _check.between(sd_readers, name="sd_readers", high=0.5)
    stable = _check.between(reader_correlation, name="reader_correlation")
    ratio = positive(negatives_per_positive, "negatives_per_positive")
    given = {"same_reader": same_reader, "same_modality": same_modality, "neither": neither}
    r1, r2, r3 = (_below_one(value, name) for name, value in given.items())
    if r3 > min(r1, r2):
        raise InputError("neither must not exceed same_reader or same_modality.")
    error = area_variance(area, ratio) / NOMINAL
    return {
        "var_tr": (1 - stable) * spread**2,
        "cov1": r1 * error,
        "cov2": r2 * error,
        "cov3": r3 * error,
        "var_error": error,
        "pilot_cases": NOMINAL * (1 + ratio),
        "pilot_positive": NOMINAL,
    }


def assumed_standalone_variance(
    auc_readers: float,
    auc_model: float,
    *,
    sd_readers: float,
    same_case: float,
    with_model: float,
    negatives_per_positive: float = 1.0,
) -> dict[str, float]:
    """What variance components should a comparison of a model with readers be planned with?

    Parameters
    ----------
    auc_readers, auc_model : in (0.5, 1)
        The anticipated areas of the average reader and of the model.
    sd_readers : at least 0
        The standard deviation of the readers' true areas.
    same_case, with_model : in [0, 1)
        Correlation of the estimated areas through the common cases: of two readers, of a reader
        and the model.
    negatives_per_positive : above 0

    Returns
    -------
    dict
        The arguments ``var_readers`` ... ``pilot_positive`` of :func:`size_standalone`.

    Raises
    ------
    InputError

    Notes
    -----
    As :func:`assumed_mrmc_variance`.

    References
    ----------
    Obuchowski 2000, doi:10.2214/ajr.175.3.1750603.

    Examples
    --------
    >>> assumed = assumed_standalone_variance(0.8, 0.85, sd_readers=0.04, same_case=0.4,
    ...                                       with_model=0.3)
    >>> sorted(assumed)
    ['cov2', 'pilot_cases', 'pilot_positive', 'var_error', 'var_readers']
    """
    ratio = positive(negatives_per_positive, "negatives_per_positive")
    given = {"auc_readers": auc_readers, "auc_model": auc_model}
    areas = [_check.fraction(value, name=name, low=0.5) for name, value in given.items()]
    spread = _check.between(sd_readers, name="sd_readers", high=0.5)
    between, across = _below_one(same_case, "same_case"), _below_one(with_model, "with_model")
    reader, model = (area_variance(area, ratio) / NOMINAL for area in areas)
    joint = across * (reader * model) ** 0.5
    error = reader + model - 2 * joint
    shared = between * reader + model - 2 * joint
    return {
        "var_readers": spread**2 + error - shared,
        "var_error": error,
        "cov2": shared,
        "pilot_cases": NOMINAL * (1 + ratio),
        "pilot_positive": NOMINAL,
    }


def _within(value: float, name: str, most: float) -> float:
    """An estimated component: it may be negative, but not larger than it can be."""
    if not _check.is_number(value):
        raise InputError(f"{name} must be a finite number; got {value!r}.")
    if abs(value) > most:
        raise InputError(f"{name} must lie within ±{most:g}; got {value!r}. Check the components.")
    return float(value)


def _below_one(value: float, name: str) -> float:
    correlation = _check.between(value, name=name)
    if correlation == 1:
        raise InputError(f"{name} must be below 1; got {value!r}.")
    return correlation
