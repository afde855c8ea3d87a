"""How many subjects a study of agreement needs: kappa of yes/no calls, ICC of measurements."""

from __future__ import annotations

import numpy as np
from scipy.special import bdtr, chdtri, chndtr, chndtrinc, fdtrc, fdtri, ndtri

from radln import _check
from radln._types import FloatArray
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats.sample_size._planning import (
    SIDES,
    PowerAnalysis,
    SampleSize,
    positive,
    up,
)

SMALL_CELL = 5
LEAST, FEW = 2, 10
HIGH = 0.7  # from here on Bonett adds subjects for two raters


@case_wise()
def size_kappa(
    kappa: float,
    *,
    prevalence: float,
    n_raters: int = 2,
    width: float | None = None,
    null: float | None = None,
    power: float | None = None,
    n: float | None = None,
    alpha: float = 0.05,
) -> SampleSize:
    """How many subjects show a kappa to be precise, or above a value that would not do?

    Parameters
    ----------
    kappa : in (0, 1)
        The anticipated kappa of yes/no calls.
    prevalence : in (0, 1)
        The anticipated share of positive calls.
    n_raters : at least 2
        Raters who all call every subject.
    width : in (0, 1)
        The total width of the interval at the level 1 − alpha asked for; or
    null : in [0, 1)
        the kappa to be told apart from, with
    power : in (0.5, 1)
        the power asked for, or
    n : above 1
        the subjects there are, for their power.
    alpha : in (0, 1)
        Two-sided.

    Returns
    -------
    SampleSize
        A :class:`PowerAnalysis` for a test.

    Raises
    ------
    InputError

    Notes
    -----
    The common-correlation model: with probability kappa all raters say the same of a subject,
    else they call independently. Test: goodness of fit on 1 df, Donner and Eliasziw for two
    raters, Altaye et al. for more, as the R package kappaSize. Width: the asymptotic variance of
    Fleiss' kappa under that model, for two raters Bloch and Kraemer's. For ordinal categories
    plan quadratically weighted kappa as an intraclass correlation with :func:`size_icc`. With
    several nodes a patient multiply by the design effect.

    References
    ----------
    Donner and Eliasziw 1992, doi:10.1002/sim.4780111109; Bloch and Kraemer 1989,
    doi:10.2307/2532052; Altaye, Donner and Klar 2001, doi:10.1111/j.0006-341X.2001.00584.x.

    Examples
    --------
    >>> size_kappa(0.8, prevalence=0.3, null=0.6, power=0.8).n
    149
    >>> size_kappa(0.8, prevalence=0.3, width=0.2).n
    167
    """
    agreed = _check.fraction(kappa, name="kappa")
    share = _check.fraction(prevalence, name="prevalence")
    raters = _check.whole(n_raters, name="n_raters", least=2)
    level = _check.fraction(alpha, name="alpha")
    assumed = f"a kappa of {agreed:g} between {raters} raters ({share:.0%} of the calls positive)"
    if width is not None:
        _alone(null, power, n)
        variance = kappa_variance(agreed, share, raters)
        most = _check.fraction(width, name="width")
        exact = 4 * float(ndtri(1 - level / 2)) ** 2 * variance / most**2
        method = "asymptotic variance of kappa under the common-correlation model"
        return _precise(exact, assumed, most, level, method, _rare(up(exact), share))
    standard = _standard(null, agreed, "kappa")
    expected, alternative = (_calls(k, share, raters) for k in (standard, agreed))
    each = float(((alternative - expected) ** 2 / expected).sum())
    critical = float(chdtri(1, level))
    if (power is None) == (n is None):
        raise InputError("give width, or null with either power or n.")
    if power is not None:
        target = _check.fraction(power, name="power", low=0.5)
        exact = float(chndtrinc(critical, 1, 1 - target)) / each
    else:
        exact = _subjects(n)
    reached = 1 - float(chndtr(critical, 1, (up(exact) if power is not None else exact) * each))
    method = "goodness-of-fit test of kappa, common-correlation model"
    about = f"{assumed} differs from {standard:g}"
    return _tested(exact, about, reached, level, "two-sided", method, _rare(up(exact), share))


@case_wise()
def size_icc(
    icc: float,
    *,
    n_raters: int = 2,
    width: float | None = None,
    null: float | None = None,
    power: float | None = None,
    n: float | None = None,
    alpha: float = 0.05,
    alternative: str = "two-sided",
) -> SampleSize:
    """How many subjects show an intraclass correlation to be precise, or above a value?

    Parameters
    ----------
    icc : in (0, 1)
        The anticipated correlation of single measurements.
    n_raters : at least 2
        Raters (or repeats) who all measure every subject.
    width : in (0, 1)
        The total width of the interval at the level 1 − alpha asked for; or
    null : in [0, 1)
        the correlation to exceed, below ``icc``, with
    power : in (0.5, 1)
        the power asked for, or
    n : above 1
        the subjects there are, for their power.
    alpha : in (0, 1)
    alternative : two-sided or one-sided
        One-sided is Walter, Eliasziw and Donner's.

    Returns
    -------
    SampleSize
        A :class:`PowerAnalysis` for a test; its ``power`` is that of the exact F test.

    Raises
    ------
    InputError

    Notes
    -----
    One-way model, normal measurements. Test: Walter, Eliasziw and Donner's approximation of Donner
    and Eliasziw's exact power. Width: Bonett, with his correction for two raters and a correlation
    of 0.7 or more. With several nodes a patient multiply by the design effect.

    References
    ----------
    Walter, Eliasziw and Donner 1998,
    doi:10.1002/(SICI)1097-0258(19980115)17:1<101::AID-SIM727>3.0.CO;2-E; Donner and Eliasziw 1987,
    doi:10.1002/sim.4780060410; Bonett 2002, doi:10.1002/sim.1108.

    Examples
    --------
    >>> size_icc(0.8, null=0.6, power=0.8, alternative="one-sided").n
    39
    >>> size_icc(0.8, width=0.2, n_raters=3).n
    36
    """
    anticipated = _check.fraction(icc, name="icc")
    raters = _check.whole(n_raters, name="n_raters", least=2)
    level = _check.fraction(alpha, name="alpha")
    _check.choice(alternative, SIDES, name="alternative")
    assumed = f"an intraclass correlation of {anticipated:g} between {raters} raters"
    if width is not None:
        _alone(null, power, n)
        most = _check.fraction(width, name="width")
        z = float(ndtri(1 - level / 2))
        spread = (1 - anticipated) * (1 + (raters - 1) * anticipated)
        exact = 1 + 8 * z**2 * spread**2 / (raters * (raters - 1) * most**2)
        if raters == 2 and anticipated >= HIGH:
            exact += 5 * anticipated
        return _precise(exact, assumed, most, level, "Bonett's formula", _few(exact))
    standard = _standard(null, anticipated, "icc")
    if standard > anticipated:
        raise InputError("null must lie below icc; the test shows that agreement exceeds it.")
    ratio = _odds(standard, raters) / _odds(anticipated, raters)
    tail = level / 2 if alternative == "two-sided" else level
    if (power is None) == (n is None):
        raise InputError("give width, or null with either power or n.")
    if power is not None:
        reach = float(ndtri(1 - tail) + ndtri(_check.fraction(power, name="power", low=0.5)))
        exact = 1 + 2 * reach**2 * raters / (np.log(ratio) ** 2 * (raters - 1))
    else:
        exact = _subjects(n)
    subjects = up(exact)
    df = subjects - 1, subjects * (raters - 1)
    reached = float(fdtrc(*df, ratio * fdtri(*df, 1 - tail)))
    about = f"{assumed} exceeds {standard:g}"
    method = "F test of the one-way model, sized as Walter, Eliasziw and Donner"
    return _tested(float(exact), about, reached, level, alternative, method, ())


def kappa_variance(kappa: float, prevalence: float, raters: int) -> float:
    """Of Fleiss' kappa of one subject's yes/no calls, under the common-correlation model.

    Kappa is 1 − (pairs that differ) / (2 p q); the variance is that of its influence.
    """
    calls = np.arange(raters + 1)
    chance = _calls(kappa, prevalence, raters)
    p, q = prevalence, 1 - prevalence
    differ = 2 * calls * (raters - calls) / (raters * (raters - 1))
    mean = 2 * p * q * (1 - kappa)
    influence = -differ / (2 * p * q) + mean / (2 * (p * q) ** 2) * (q - p) * (calls / raters)
    return float((chance * influence**2).sum() - (chance @ influence) ** 2)


def _calls(kappa: float, prevalence: float, raters: int) -> FloatArray:
    """How probable 0, 1, ... positive calls of one subject are."""
    calls = np.arange(raters + 1)
    alone = np.diff(bdtr(calls, raters, prevalence), prepend=0.0)
    together = np.where(calls == 0, 1 - prevalence, np.where(calls == raters, prevalence, 0.0))
    return np.asarray((1 - kappa) * alone + kappa * together)


def _odds(icc: float, raters: int) -> float:
    """The ratio of the expected mean squares between and within subjects."""
    return 1 + raters * icc / (1 - icc)


def _alone(null: float | None, power: float | None, n: float | None) -> None:
    if not (null is None and power is None and n is None):
        raise InputError("give width alone, or null with either power or n.")


def _standard(null: float | None, anticipated: float, name: str) -> float:
    """The value to be told apart from."""
    if null is None:
        raise InputError("give width, or null with either power or n.")
    if not _check.is_number(null) or not 0 <= null < 1:
        raise InputError(f"null must lie within 0..1, below 1; got {null!r}.")
    if null == anticipated:
        raise InputError(f"null equals {name} ({null:g}); there is no difference to show.")
    return float(null)


def _subjects(n: float | None) -> float:
    """Subjects that there are; one alone tells nothing about agreement."""
    exact = positive(0 if n is None else n, "n")
    if up(exact) < LEAST:
        raise InputError(f"n must be {LEAST} or more; got {n!r}.")
    return exact


def _few(n: float) -> tuple[str, ...]:
    if n >= FEW:
        return ()
    return (f"the formula is for {FEW} subjects or more; plan {FEW}, or a narrower interval.",)


def _rare(n: int, share: float) -> tuple[str, ...]:
    if n * min(share, 1 - share) >= SMALL_CELL:
        return ()
    return (
        f"fewer than {SMALL_CELL} subjects of the rarer call are expected; the approximation is "
        "poor, plan more subjects or a less extreme sample.",
    )


def _precise(
    exact: float, assumed: str, width: float, alpha: float, method: str, warnings: tuple[str, ...]
) -> SampleSize:
    n = max(up(exact), LEAST)
    row = {"criterion": "width", "n": n, "width": width, "alpha": alpha}
    return SampleSize(
        n=n,
        n_positive=0,
        n_patients=n,
        method=method,
        warnings=warnings,
        criteria=(row,),
        values={"exact": exact, "width": width},
        sentence=(
            f"With {n} subjects the {1 - alpha:.4g} interval of {assumed} is expected to be at "
            f"most {width:g} wide ({method})."
        ),
        design_effect=1.0,
    )


def _tested(
    exact: float,
    about: str,
    power: float,
    alpha: float,
    alternative: str,
    method: str,
    warnings: tuple[str, ...],
) -> PowerAnalysis:
    n = max(up(exact), LEAST)
    row = {"criterion": "power", "n": n, "power": power, "alpha": alpha}
    return PowerAnalysis(
        n=n,
        n_positive=0,
        n_patients=n,
        method=method,
        warnings=warnings,
        criteria=(row,),
        values={"power": power},
        sentence=(
            f"A study of {n} subjects shows that {about} with a power of {power:.2f} "
            f"(alpha {alpha:g}, {alternative}; {method})."
        ),
        design_effect=1.0,
        exact=exact,
        power=power,
        alpha=alpha,
        alternative=alternative,
    )
