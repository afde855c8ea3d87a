"""How many cases a prediction model needs to be developed: the criteria of Riley and colleagues."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from radln import _check
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats.sample_size._linear_predictor import c_statistic_to_r2
from radln.stats.sample_size._planning import (
    Clustering,
    SampleSize,
    about_candidates,
    clustering,
    positive,
    up,
)

DIFFERENCE, Z = 0.05, 1.96
PEOPLE = 10_000


class Fit(NamedTuple):
    """Anticipated Cox-Snell R2, its maximum, and what is to be said about it."""

    r2: float
    r2_max: float
    notes: tuple[str, ...] = ()

    @property
    def nagelkerke(self) -> float:
        """The share of the maximum."""
        return self.r2 / self.r2_max


@case_wise()
def size_development_binary(
    n_parameters: int,
    prevalence: float,
    *,
    r2_cox_snell: float | None = None,
    r2_nagelkerke: float | None = None,
    c_statistic: float | None = None,
    shrinkage: float = 0.9,
    nodes_per_patient: float = 1.0,
    icc: float = 0.0,
) -> SampleSize:
    """How many cases does a model of a yes-or-no outcome need to be developed?

    Parameters
    ----------
    n_parameters : at least 1
        All candidate parameters, before any selection.
    prevalence : in (0, 1)
        The anticipated share of positive cases.
    r2_cox_snell, r2_nagelkerke, c_statistic
        The anticipated performance, one of the three, corrected for optimism; from earlier studies.
        A conservative choice without any is ``r2_nagelkerke=0.15``.
    shrinkage : in (0, 1)
        The smallest acceptable uniform shrinkage (calibration slope in new cases).
    nodes_per_patient : at least 1
    icc : in [0, 1]
        Intraclass correlation of the outcome within patients; both inflate the number of nodes by
        the design effect ``1 + (nodes_per_patient - 1) icc``.

    Returns
    -------
    SampleSize
        ``values`` holds ``r2_cox_snell``, ``r2_max``, ``r2_nagelkerke``, ``shrinkage``, ``events``
        and ``epp`` (events per candidate parameter).

    Raises
    ------
    InputError

    Notes
    -----
    As pmsampsize. 1: ``n = p / ((S - 1) log(1 - R2 / S))``, shrinkage at least S. 2: the same with
    ``S = R2 / (R2 + 0.05 max R2)``, apparent and adjusted Nagelkerke R2 within 0.05. 3: the overall
    risk within 0.05. A C-statistic becomes an R2 by the binormal model with equal variances,
    integrated (pmsampsize simulates a million cases; its number of cases differs by up to 1 %). A
    Nagelkerke R2 becomes a Cox-Snell R2 of three decimals as there, unless that moves it by more
    than 1 %.

    References
    ----------
    Riley et al. 2019, doi:10.1002/sim.7992; Riley et al. 2020, doi:10.1136/bmj.m441; Riley, Van
    Calster and Collins 2021, doi:10.1002/sim.8806.

    Examples
    --------
    >>> size = size_development_binary(24, 0.174, r2_cox_snell=0.288)
    >>> size.n, round(size.values["events"], 1), round(size.values["epp"], 2)
    (662, 115.2, 4.8)
    >>> size.frame()["n"].tolist()
    [623, 662, 221]
    """
    p = _check.whole(n_parameters, name="n_parameters")
    risk = _check.fraction(prevalence, name="prevalence")
    target = _check.fraction(shrinkage, name="shrinkage")
    cluster = clustering(nodes_per_patient, icc)
    log_likelihood = risk * np.log(risk) + (1 - risk) * np.log(1 - risk)
    r2_max = 1 - float(np.exp(2 * log_likelihood))
    fit = _fit(r2_max, r2_cox_snell, r2_nagelkerke, c_statistic, risk)
    second = fit.r2 / (fit.r2 + DIFFERENCE * r2_max)
    kept = max(target, second)
    criteria = [
        ("shrinkage", _shrunk(p, fit.r2, target), target),
        ("optimism of R²", _shrunk(p, fit.r2, second), second),
        ("overall risk", up((Z / DIFFERENCE) ** 2 * risk * (1 - risk)), kept),
    ]
    about = f"an outcome of prevalence {risk:g}"
    return _size(criteria, fit, p, risk, kept, about, cluster, "binary")


@case_wise()
def size_development_survival(
    n_parameters: int,
    rate: float,
    *,
    time: float,
    mean_follow_up: float,
    r2_cox_snell: float | None = None,
    r2_nagelkerke: float | None = None,
    shrinkage: float = 0.9,
    nodes_per_patient: float = 1.0,
    icc: float = 0.0,
) -> SampleSize:
    """How many cases does a model of the time to an event need to be developed?

    Parameters
    ----------
    n_parameters : at least 1
        All candidate parameters, before any selection.
    rate : above 0
        Events per person and unit of time (such as year).
    time : above 0
        When the risk is predicted, in that unit.
    mean_follow_up : above 0
        In that unit.
    r2_cox_snell, r2_nagelkerke
        The anticipated performance, one of the two, corrected for optimism.
    shrinkage : in (0, 1)
        The smallest acceptable uniform shrinkage.
    nodes_per_patient, icc
        As in :func:`size_development_binary`.

    Returns
    -------
    SampleSize
        ``values`` as in :func:`size_development_binary`, with ``person_time`` and the risk at
        ``time`` (``risk``, ``risk_low``, ``risk_high``) as it would be estimated from all cases.

    Raises
    ------
    InputError

    Notes
    -----
    As pmsampsize: criteria 1 and 2 of :func:`size_development_binary`, with the largest R2 of a
    constant hazard (events of 10,000 persons, rounded up as there); the third only shows how
    precise the overall risk would be, since it depends on what is to be called precise.

    References
    ----------
    Riley et al. 2019, doi:10.1002/sim.7992; Riley et al. 2020, doi:10.1136/bmj.m441.

    Examples
    --------
    >>> size = size_development_survival(
    ...     30, 0.065, time=2, mean_follow_up=2.07, r2_cox_snell=0.051
    ... )
    >>> size.n, round(size.values["events"]), round(size.values["risk_high"], 3)
    (5143, 692, 0.13)
    """
    p = _check.whole(n_parameters, name="n_parameters")
    rate, at = positive(rate, "rate"), positive(time, "time")
    follow_up = positive(mean_follow_up, "mean_follow_up")
    target = _check.fraction(shrinkage, name="shrinkage")
    cluster = clustering(nodes_per_patient, icc)
    events = up(rate * (follow_up * PEOPLE)) / PEOPLE
    r2_max = 1 - float(np.exp(2 * (events * np.log(events) - events)))
    if r2_max <= 0:
        raise InputError(
            f"rate x mean_follow_up is {events:g} events a person, more than the formula can use; "
            "take one event a person and the time to it."
        )
    fit = _fit(r2_max, r2_cox_snell, r2_nagelkerke, None, None)
    second = fit.r2 / (fit.r2 + DIFFERENCE * r2_max)
    criteria = [
        ("shrinkage", _shrunk(p, fit.r2, target), target),
        ("optimism of R²", _shrunk(p, fit.r2, second), second),
    ]
    n = max(size for _, size, _ in criteria)
    arm = Z * (rate / (follow_up * n)) ** 0.5
    low, risk, high = (1 - float(np.exp(-r * at)) for r in (max(0, rate - arm), rate, rate + arm))
    extra = {"person_time": follow_up * n, "risk_low": low, "risk": risk, "risk_high": high}
    kept = max(target, second)
    about = f"an event of rate {rate:g} (mean follow-up {follow_up:g})"
    return _size(criteria, fit, p, rate * follow_up, kept, about, cluster, "survival", extra)


def _fit(
    r2_max: float,
    cox_snell: float | None,
    nagelkerke: float | None,
    c_statistic: float | None,
    risk: float | None,
) -> Fit:
    """The anticipated R2 from whichever was given."""
    given = [v for v in (cox_snell, nagelkerke, c_statistic) if v is not None]
    if len(given) != 1:
        more = ", c_statistic" if risk is not None else ""
        raise InputError(
            f"give one of r2_cox_snell, r2_nagelkerke{more}; got {len(given)} of them."
        )
    if c_statistic is not None and risk is not None:
        return Fit(c_statistic_to_r2(c_statistic, risk), r2_max)
    if nagelkerke is not None:
        r2 = _check.fraction(nagelkerke, name="r2_nagelkerke") * r2_max
        rounded = round(r2, 3)
        if abs(rounded - r2) <= 0.01 * r2:
            return Fit(rounded, r2_max)
        note = (
            f"pmsampsize would round the Cox-Snell R² of {r2:.5f} to {rounded:.3f} and ask for "
            "another number of cases; it is not rounded here."
        )
        return Fit(r2, r2_max, (note,))
    r2 = float(cox_snell) if cox_snell is not None and _check.is_number(cox_snell) else np.nan
    if not 0 < r2 < r2_max:
        raise InputError(
            f"r2_cox_snell must lie between 0 and its largest possible value, {r2_max:.4f}; "
            f"got {cox_snell!r}."
        )
    return Fit(r2, r2_max)


def _shrunk(p: int, r2: float, shrinkage: float) -> int:
    """How many cases keep the shrinkage."""
    if r2 >= shrinkage:
        raise InputError(
            f"shrinkage must exceed the anticipated Cox-Snell R², {r2:.4f}; got {shrinkage:g}."
        )
    return up(p / ((shrinkage - 1) * float(np.log1p(-r2 / shrinkage))))


def _size(
    criteria: list[tuple[str, int, float]],
    fit: Fit,
    p: int,
    events_each: float,
    shrinkage: float,
    about: str,
    cluster: Clustering,
    kind: str,
    extra: dict[str, float] | None = None,
) -> SampleSize:
    """The result of the criteria for events."""
    independent = max(size for _, size, _ in criteria)
    n = cluster.nodes(independent)
    events = independent * events_each
    rows = tuple(
        {
            "criterion": name,
            "n": cluster.nodes(size),
            "shrinkage": kept,
            "epp": size * events_each / p,
        }
        for name, size, kept in criteria
    )
    values = {
        "r2_cox_snell": fit.r2,
        "r2_max": fit.r2_max,
        "r2_nagelkerke": fit.nagelkerke,
        "shrinkage": shrinkage,
        "events": n * events_each,
        "epp": events / p,
        **(extra or {}),
    }
    asked = "; ".join(f"{row['criterion']} {row['n']}" for row in rows)
    sentence = (
        f"To develop a model with {p} candidate parameters for {about}, at an anticipated "
        f"Cox-Snell R² of {fit.r2:.3g} (Nagelkerke {fit.nagelkerke:.3g}) and a shrinkage of at "
        f"least {criteria[0][2]:g}, at least {n} cases with {up(n * events_each)} events "
        f"({events / p:.1f} events per candidate parameter) are needed (Riley et al. 2020; "
        f"{asked}).{cluster}"
    )
    return SampleSize(
        n=n,
        n_positive=up(n * events_each),
        n_patients=cluster.patients(n),
        method=f"Riley's criteria, {kind} outcome, as pmsampsize",
        warnings=(*fit.notes, *about_candidates(p)),
        criteria=rows,
        values=values,
        sentence=sentence,
        design_effect=cluster.design_effect,
    )
