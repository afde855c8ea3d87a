"""Variance components to plan a study of readers with, where there is no pilot."""

from __future__ import annotations

from radln import _check
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats.sample_size._planning import positive
from radln.stats.sample_size.size_auc import area_variance

NOMINAL = 100.0  # positive cases of an assumed pilot; any number gives the same plan


@case_wise()
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
    >>> from radln.stats import size_mrmc
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


@case_wise()
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


def _below_one(value: float, name: str) -> float:
    correlation = _check.between(value, name=name)
    if correlation == 1:
        raise InputError(f"{name} must be below 1; got {value!r}.")
    return correlation
