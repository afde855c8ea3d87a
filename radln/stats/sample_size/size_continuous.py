"""How many cases a prediction model of a measured outcome needs to be developed."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv, stdtrit

from radln import _check
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats.sample_size._planning import (
    SampleSize,
    about_candidates,
    clustering,
    first,
    positive,
    up,
)

DIFFERENCE, MARGIN = 0.05, 1.1


@case_wise()
def size_development_continuous(
    n_parameters: int,
    r2: float,
    *,
    intercept: float,
    sd: float,
    shrinkage: float = 0.9,
    nodes_per_patient: float = 1.0,
    icc: float = 0.0,
) -> SampleSize:
    """How many cases does a model of a measured outcome need to be developed?

    Parameters
    ----------
    n_parameters : at least 1
        All candidate parameters, before any selection.
    r2 : in (0, 1)
        The anticipated adjusted R2.
    intercept : not 0
        The anticipated mean of the outcome, in its unit.
    sd : above 0
        Its standard deviation, in its unit.
    shrinkage : in (0, 1)
        The smallest acceptable uniform shrinkage.
    nodes_per_patient, icc
        As in :func:`size_development_binary`.

    Returns
    -------
    SampleSize
        ``values`` holds ``r2``, ``shrinkage``, ``spp`` (cases per candidate parameter) and how
        precise the mean would be (``mean_low``, ``mean_high``, ``mean_margin``).

    Raises
    ------
    InputError

    Notes
    -----
    As pmsampsize. 1: shrinkage at least S. 2: apparent and adjusted R2 within 0.05. 3: the residual
    standard deviation within a factor of 1.1. 4: the mean outcome within a factor of 1.1.

    References
    ----------
    Riley et al. 2019, doi:10.1002/sim.7993; Riley et al. 2020, doi:10.1136/bmj.m441.

    Examples
    --------
    >>> size = size_development_continuous(25, 0.2, intercept=1.9, sd=0.6)
    >>> size.n, size.frame()["n"].tolist()
    (918, [918, 401, 259, 918])
    """
    p = _check.whole(n_parameters, name="n_parameters")
    fit = _check.fraction(r2, name="r2")
    if not _check.is_number(intercept) or intercept == 0:
        raise InputError(f"intercept must be a finite number other than 0; got {intercept!r}.")
    spread = positive(sd, "sd")
    target = _check.fraction(shrinkage, name="shrinkage")
    cluster = clustering(nodes_per_patient, icc)

    def margin(n: int) -> float:
        return float(stdtrit(n - p - 1, 0.975) * spread * ((1 - fit) / n) ** 0.5)

    sizes = [
        first(lambda n: _linear_shrinkage(n, p, fit) >= target, p + 2),
        max(p + 2, up(1 + p * (1 - fit) / DIFFERENCE)),
        first(lambda n: _residual_factor(n - p - 1) <= MARGIN, max(234, p + 2)),
    ]
    last = first(lambda n: 1 + margin(n) / abs(intercept) <= MARGIN, max(sizes))
    names = ("shrinkage", "optimism of R²", "residual SD", "mean outcome")
    criteria = tuple(
        {
            "criterion": name,
            "n": cluster.nodes(n),
            "shrinkage": _linear_shrinkage(n, p, fit),
            "spp": n / p,
        }
        for name, n in zip(names, (*sizes, last), strict=True)
    )
    n = cluster.nodes(last)
    arm = margin(last)
    values = {
        "r2": fit,
        "shrinkage": _linear_shrinkage(last, p, fit),
        "spp": last / p,
        "mean_low": intercept - arm,
        "mean_high": intercept + arm,
        "mean_margin": 1 + arm / abs(intercept),
    }
    sentence = (
        f"To develop a model with {p} candidate parameters for an outcome of mean {intercept:g} "
        f"and SD {spread:g}, at an anticipated adjusted R² of {fit:g}, at least {n} cases "
        f"({last / p:.1f} per candidate parameter) are needed (Riley et al. 2020; target "
        f"shrinkage {target:g}).{cluster}"
    )
    return SampleSize(
        n=n,
        n_positive=0,
        n_patients=cluster.patients(n),
        method="Riley's criteria, continuous outcome, as pmsampsize",
        warnings=about_candidates(p),
        criteria=criteria,
        values=values,
        sentence=sentence,
        design_effect=cluster.design_effect,
    )


def _linear_shrinkage(n: int, p: int, r2: float) -> float:
    """The expected shrinkage of a linear regression."""
    left = 1 - (r2 * (n - p - 1) + p) / (n - 1)
    return float(1 + (p - 2) / (n * np.log(left)))


def _residual_factor(df: int) -> float:
    """Within what factor the residual standard deviation is known."""
    if df < 1:
        return np.inf
    low, high = (2 * float(gammaincinv(df / 2, tail)) for tail in (0.025, 0.975))
    return float(max(df / low, high / df) ** 0.5)
