"""How many cases a prediction model needs to be validated in new patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from radln import _check
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats.sample_size._linear_predictor import (
    LinearPredictorGrid,
    beta_predictor,
    binormal_predictor,
    calls_above,
    normal_predictor,
)
from radln.stats.sample_size._planning import SampleSize, clustering, positive, up

Z, STEP = 1.96, 1e-4
DIFFERENT = 0.05
MOST = 1e9


class Criterion(NamedTuple):
    """One requirement: the number of cases, what is estimated, its error and the width of its
    interval."""

    name: str
    n: int
    value: float
    se: float
    width: float


@dataclass(frozen=True)
class Widths:
    """The widths of the 95 % intervals that are asked for."""

    oe: float
    slope: float
    c_statistic: float
    net_benefit: float


@case_wise()
def size_validation(
    prevalence: float,
    c_statistic: float,
    *,
    lp_normal: tuple[float, float] | None = None,
    lp_beta: tuple[float, float] | None = None,
    oe: float = 1.0,
    oe_width: float = 0.2,
    slope_width: float = 0.2,
    c_width: float = 0.1,
    threshold: float | None = None,
    sensitivity: float | None = None,
    specificity: float | None = None,
    net_benefit_width: float = 0.2,
    nodes_per_patient: float = 1.0,
    icc: float = 0.0,
) -> SampleSize:
    """How many cases does it take to check a model of a yes-or-no outcome in new patients?

    Parameters
    ----------
    prevalence : in (0, 1)
        The anticipated share of positive cases in the new patients.
    c_statistic : in (0.5, 1)
        The anticipated area under the ROC curve.
    lp_normal : (mean, sd), optional
        The model's log odds in the new patients, if normal.
    lp_beta : (a, b), optional
        Its risks there, if beta. Without either: log odds normal within both classes with equal
        variances, as follows from ``prevalence`` and ``c_statistic``.
    oe : above 0
        The anticipated ratio of observed to expected events.
    oe_width, slope_width, c_width, net_benefit_width : above 0
        The widest acceptable 95 % interval of the ratio, of the calibration slope, of the
        C-statistic and of the standardised net benefit.
    threshold : in (0, 1), optional
        The risk at which one would act; then net benefit counts as well.
    sensitivity, specificity : in [0, 1], optional
        There; otherwise from the distribution of the log odds.
    nodes_per_patient, icc
        As in :func:`size_development_binary`.

    Returns
    -------
    SampleSize
        ``criteria``: O/E, calibration slope, C-statistic and, with a threshold, net benefit.

    Raises
    ------
    InputError

    Notes
    -----
    As pmvalsampsize, for a model that is well calibrated (slope 1). O/E: the error of its log,
    ``sqrt((1 - prevalence) / (n prevalence))``, on a grid of 0.0001 as there. Slope: the inverse
    information of the calibration model, integrated over the distribution of the log odds
    (pmvalsampsize simulates a million cases: its number differs by up to 1 %). C-statistic:
    Newcombe's variance. Net benefit: the delta method, with an error that is not rounded to three
    decimals (there it is, which moves the number by 0.1 % at a width of 0.2 and by 4 % at 0.1).

    References
    ----------
    Riley et al. 2021, doi:10.1002/sim.9025; Riley et al. 2024, doi:10.1136/bmj-2023-074821;
    Newcombe 2006, doi:10.1002/sim.2324.

    Examples
    --------
    >>> size = size_validation(0.018, 0.8, lp_normal=(-5, 2.5), oe_width=1)
    >>> size.frame()[["criterion", "n"]].to_numpy().tolist()
    [['O/E', 905], ['calibration slope', 4554], ['C-statistic', 4252]]
    """
    risk = _check.fraction(prevalence, name="prevalence")
    c = _check.fraction(c_statistic, name="c_statistic", low=0.5)
    widths = Widths(
        positive(oe_width, "oe_width"),
        positive(slope_width, "slope_width"),
        positive(c_width, "c_width"),
        positive(net_benefit_width, "net_benefit_width"),
    )
    cluster = clustering(nodes_per_patient, icc)
    grid = _grid(risk, c, lp_normal, lp_beta)
    criteria = [
        _observed_expected(risk, positive(oe, "oe"), widths.oe),
        _slope(grid, widths.slope),
        _area(risk, c, widths.c_statistic),
    ]
    values = {"prevalence_of_lp": grid.prevalence(), "c_statistic_of_lp": grid.c_statistic()}
    if threshold is not None:
        calls = _calls(grid, threshold, sensitivity, specificity)
        criteria.append(_net_benefit(risk, threshold, calls, widths.net_benefit))
        values |= {"sensitivity": calls[0], "specificity": calls[1]}
        values["net_benefit"] = criteria[-1].value * risk
    elif sensitivity is not None or specificity is not None:
        raise InputError("sensitivity and specificity hold at a threshold: give it as well.")
    n = cluster.nodes(max(row.n for row in criteria))
    rows = tuple(
        {
            "criterion": row.name,
            "n": cluster.nodes(row.n),
            "value": row.value,
            "se": row.se,
            "width": row.width,
        }
        for row in criteria
    )
    asked = "; ".join(f"{row['criterion']} {row['n']}" for row in rows)
    sentence = (
        f"To validate the model in patients with a prevalence of {risk:g} and an anticipated "
        f"C-statistic of {c:g}, at least {n} cases with {up(n * risk)} events are needed for 95 % "
        f"intervals no wider than asked (Riley et al. 2021; {asked}).{cluster}"
    )
    return SampleSize(
        n=n,
        n_positive=up(n * risk),
        n_patients=cluster.patients(n),
        method="Riley's criteria for validation, as pmvalsampsize",
        warnings=_notes(risk, c, values),
        criteria=rows,
        values={**values, "events": n * risk},
        sentence=sentence,
        design_effect=cluster.design_effect,
    )


def _grid(
    risk: float,
    c: float,
    lp_normal: tuple[float, float] | None,
    lp_beta: tuple[float, float] | None,
) -> LinearPredictorGrid:
    """The distribution of the log odds."""
    if lp_normal is not None and lp_beta is not None:
        raise InputError("give lp_normal or lp_beta, not both.")
    for pair, name in ((lp_normal, "lp_normal"), (lp_beta, "lp_beta")):
        known = pair is None or (np.shape(pair) == (2,) and all(map(_check.is_number, pair)))
        if not known:
            raise InputError(f"{name} must be two finite numbers; got {pair!r}.")
    if lp_normal is not None:
        return normal_predictor(lp_normal[0], positive(lp_normal[1], "the SD of lp_normal"))
    if lp_beta is not None:
        a, b = (positive(value, "lp_beta") for value in lp_beta)
        return beta_predictor(a, b)
    return binormal_predictor(c, risk)


def _observed_expected(risk: float, oe: float, width: float) -> Criterion:
    exact = np.arcsinh(width / (2 * oe)) / Z
    se = STEP * up(exact / STEP)
    seen = oe * 2 * float(np.sinh(Z * se))
    return Criterion("O/E", up((1 - risk) / (risk * se**2)), oe, se, seen)


def _slope(grid: LinearPredictorGrid, width: float) -> Criterion:
    se = width / (2 * Z)
    one, both, two = grid.information()
    determinant = one * two - both**2
    if determinant * se**2 * MOST <= one:
        raise InputError(
            "the log odds hardly vary, so a billion cases would not show a slope; check lp_normal, "
            "lp_beta or c_statistic."
        )
    return Criterion("calibration slope", up(one / (se**2 * determinant)), 1.0, se, width)


def _area(risk: float, c: float, width: float) -> Criterion:
    """The smallest n whose Newcombe variance is small enough: the root of a quadratic."""
    spread = (1 - c) / (2 - c) + c / (1 + c)

    def error(n: float) -> float:
        inner = 1 + (n / 2 - 1) * spread
        return float((c * (1 - c) * inner / (n**2 * risk * (1 - risk))) ** 0.5)

    se = width / (2 * Z)
    above = c * (1 - c) / (risk * (1 - risk) * se**2)
    n = up((above * spread + ((above * spread) ** 2 + 16 * above * (1 - spread)) ** 0.5) / 4)
    return Criterion("C-statistic", n, c, error(n), width)


def _calls(
    grid: LinearPredictorGrid,
    threshold: float,
    sensitivity: float | None,
    specificity: float | None,
) -> tuple[float, float]:
    """Sensitivity and specificity at the threshold, as given or from the log odds."""
    at = _check.fraction(threshold, name="threshold")
    if sensitivity is None and specificity is None:
        return calls_above(grid, at)
    if sensitivity is None or specificity is None:
        raise InputError("give sensitivity and specificity, or neither.")
    for value, name in ((sensitivity, "sensitivity"), (specificity, "specificity")):
        _check.between(value, name=name)
    return sensitivity, specificity


def _net_benefit(
    risk: float, threshold: float, calls: tuple[float, float], width: float
) -> Criterion:
    sensitivity, specificity = calls
    weight = (1 - risk) / risk * threshold / (1 - threshold)
    value = sensitivity - (1 - specificity) * weight
    se = width / (2 * Z)
    variance = (
        sensitivity * (1 - sensitivity) / risk
        + weight**2 * specificity * (1 - specificity) / (1 - risk)
        + weight**2 * (1 - specificity) ** 2 / (risk * (1 - risk))
    )
    return Criterion("standardised net benefit", max(1, up(variance / se**2)), value, se, width)


def _notes(risk: float, c: float, values: dict[str, float]) -> tuple[str, ...]:
    """Where the distribution of the log odds contradicts what else was said."""
    notes = []
    implied, area = values["prevalence_of_lp"], values["c_statistic_of_lp"]
    if abs(implied - risk) > DIFFERENT * min(risk, 1 - risk):
        notes.append(
            f"The given log odds imply a prevalence of {implied:.3f}, not {risk:g}: check them."
        )
    if abs(area - c) > 0.02:
        notes.append(
            f"The given log odds imply a C-statistic of {area:.3f}, not {c:g}: check them."
        )
    return tuple(notes)
