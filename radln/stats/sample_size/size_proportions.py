"""How many cases a study of shares needs: one with precision, two groups, two paired tests."""

from __future__ import annotations

from radln import _check
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import quantile
from radln.stats.sample_size._planning import (
    PowerAnalysis,
    SampleSize,
    ZTest,
    clustering,
    first,
    planned,
    positive,
    up,
)


@case_wise()
def size_diagnostic(
    prevalence: float,
    *,
    sensitivity: float | None = None,
    specificity: float | None = None,
    width: float = 0.1,
    confidence_level: float = 0.95,
    nodes_per_patient: float = 1.0,
    icc: float = 0.0,
) -> SampleSize:
    """How many cases show a sensitivity and a specificity with the precision asked for?

    Parameters
    ----------
    prevalence : in (0, 1)
        The anticipated share of positive cases among those recruited.
    sensitivity, specificity : in [0, 1]
        The anticipated ones; at least one.
    width : in (0, 1)
        The widest acceptable interval, upper less lower limit (0.1 is +- 5 points).
    confidence_level : in (0, 1)
    nodes_per_patient, icc
        As in :func:`size_development_binary`.

    Returns
    -------
    SampleSize
        ``criteria`` has a row for each of the two: the positive (negative) cases it takes
        (``needed``) and the cases to be recruited for them (``n``).

    Raises
    ------
    InputError

    Notes
    -----
    Wilson's interval at the anticipated share, divided by the prevalence (or its rest), as Buderer
    does with Wald's. The number of positive cases among those recruited varies: half of such
    studies end with fewer.

    References
    ----------
    Buderer 1996, doi:10.1111/j.1553-2712.1996.tb03538.x; Wilson 1927,
    doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> size = size_diagnostic(0.3, sensitivity=0.9, specificity=0.8)
    >>> size.n, size.frame()["needed"].tolist()
    (470, [141, 245])
    """
    risk = _check.fraction(prevalence, name="prevalence")
    wide = _check.fraction(width, name="width")
    z = quantile(confidence_level)
    cluster = clustering(nodes_per_patient, icc)
    wanted = [("sensitivity", sensitivity, risk), ("specificity", specificity, 1 - risk)]
    rows: list[dict[str, object]] = []
    totals = []
    for name, value, share in wanted:
        if value is None:
            continue
        needed = cluster.nodes(_wilson_cases(_share(value, name), wide, z))
        totals.append(up(needed / share))
        rows.append(
            {"criterion": name, "n": totals[-1], "needed": needed, "value": value, "width": wide}
        )
    if not rows:
        raise InputError("give the anticipated sensitivity, specificity or both.")
    n = max(totals)
    asked = "; ".join(
        f"{row['criterion']} {row['value']:g}: {row['needed']} "
        f"{'positive' if row['criterion'] == 'sensitivity' else 'negative'} cases"
        for row in rows
    )
    level = 100 * confidence_level
    sentence = (
        f"At a prevalence of {risk:g}, {n} cases are needed for {level:g} % intervals no wider "
        f"than {wide:g} ({asked}; Wilson).{cluster}"
    )
    return SampleSize(
        n=n,
        n_positive=up(n * risk),
        n_patients=cluster.patients(n),
        method="precision of a share, Wilson",
        warnings=(),
        criteria=tuple(rows),
        values={"prevalence": risk, "width": wide},
        sentence=sentence,
        design_effect=cluster.design_effect,
    )


@case_wise()
def size_two_proportions(
    proportion_a: float,
    proportion_b: float,
    *,
    power: float | None = None,
    n: float | None = None,
    b_per_a: float = 1.0,
    alpha: float = 0.05,
    alternative: str = "two-sided",
    nodes_per_patient: float = 1.0,
    icc: float = 0.0,
) -> PowerAnalysis:
    """How many cases show that a share differs between two groups?

    Parameters
    ----------
    proportion_a, proportion_b : in [0, 1]
        The anticipated shares, not equal.
    power : in (0.5, 1)
        The power asked for; or
    n : above 0
        how many cases group a has, for their power.
    b_per_a : above 0
        Cases of group b for each of group a.
    alpha : in (0, 1)
    alternative : two-sided or one-sided
    nodes_per_patient, icc
        As in :func:`size_development_binary`.

    Returns
    -------
    PowerAnalysis
        ``exact`` is the size of group a before rounding up, ``n`` that of both groups.

    Raises
    ------
    InputError

    Notes
    -----
    The normal approximation without continuity correction, pooled under the null: R's
    ``power.prop.test`` for groups of equal size.

    References
    ----------
    Fleiss, Levin and Paik 2003, doi:10.1002/0471445428, chapter 4.

    Examples
    --------
    >>> size = size_two_proportions(0.5, 0.75, power=0.9)
    >>> round(size.exact, 3), size.n
    (76.707, 154)
    """
    a, b = _share(proportion_a, "proportion_a"), _share(proportion_b, "proportion_b")
    _differ(a, b, "proportion_a and proportion_b")
    ratio = positive(b_per_a, "b_per_a")
    cluster = clustering(nodes_per_patient, icc)
    middle = (a + ratio * b) / (1 + ratio)
    test = ZTest(middle * (1 - middle) * (1 + 1 / ratio), a * (1 - a) + b * (1 - b) / ratio, a - b)
    plan = planned(test, cluster, power=power, n=n, alpha=alpha, alternative=alternative)
    in_a, in_b = cluster.nodes(plan.exact), cluster.nodes(plan.exact * ratio)
    about = f"{in_a} and {in_b} cases shows that shares of {a:g} and {b:g} differ between groups"
    return plan.finished(in_a + in_b, 0, about, "z test of two shares")


@case_wise()
def size_mcnemar(
    only_a: float,
    only_b: float,
    *,
    power: float | None = None,
    n: float | None = None,
    alpha: float = 0.05,
    alternative: str = "two-sided",
    nodes_per_patient: float = 1.0,
    icc: float = 0.0,
) -> PowerAnalysis:
    """How many cases show that two tests of the same cases differ in their share?

    Parameters
    ----------
    only_a, only_b : in [0, 1]
        The anticipated shares of all cases that are positive by a only, and by b only; for a
        sensitivity, of the positive cases.
    power : in (0.5, 1)
        The power asked for; or
    n : above 0
        how many cases there are, for their power.
    alpha : in (0, 1)
    alternative : two-sided or one-sided
    nodes_per_patient, icc
        As in :func:`size_development_binary`.

    Returns
    -------
    PowerAnalysis

    Raises
    ------
    InputError

    Notes
    -----
    Connor's formula for McNemar's asymptotic test. Two sensitivities of 0.9 and 0.8 have only_a -
    only_b = 0.1; with independent tests only_a = 0.9 x 0.2 and only_b = 0.8 x 0.1, and the more
    alike the tests, the fewer the discordant cases and the smaller the study. The exact test needs
    a few cases more.

    References
    ----------
    Connor 1987, doi:10.2307/2531961.

    Examples
    --------
    >>> size = size_mcnemar(0.18, 0.08, power=0.8)
    >>> size.n, round(size.power, 3)
    (202, 0.801)
    """
    a, b = _share(only_a, "only_a"), _share(only_b, "only_b")
    _differ(a, b, "only_a and only_b")
    if a + b > 1:
        raise InputError(f"only_a + only_b must not exceed 1; got {a:g} + {b:g}.")
    cluster = clustering(nodes_per_patient, icc)
    test = ZTest(a + b, max(0.0, a + b - (a - b) ** 2), a - b)
    plan = planned(test, cluster, power=power, n=n, alpha=alpha, alternative=alternative)
    total = cluster.nodes(plan.exact)
    about = (
        f"{total} cases shows that two tests of the same cases differ ({a:g} positive by a only, "
        f"{b:g} by b only)"
    )
    return plan.finished(total, 0, about, "McNemar, asymptotic")


def _wilson_cases(share: float, width: float, z: float) -> int:
    """The fewest cases whose Wilson interval is narrow enough."""

    def enough(n: int) -> bool:
        arm = z / (n + z**2) * (n * share * (1 - share) + z**2 / 4) ** 0.5
        return bool(2 * arm <= width)

    return first(enough, 1)


def _share(value: float, name: str) -> float:
    return _check.between(value, name=name)


def _differ(a: float, b: float, names: str) -> None:
    if a == b:
        raise InputError(f"{names} must differ; both are {a:g}, and there is nothing to show.")
