"""The choice of a cut-off, with intervals that know that it was chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Estimate, MainResult, estimate_row, frozen
from radln._types import ArrayLike, BoolArray, FloatArray, IntArray, Rng
from radln.errors import InputError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts, wald, wilson_limits
from radln.stats.discrimination._area_interval import patients_of
from radln.stats.discrimination._curves import Ranking, halfway, ranking, steps
from radln.stats.discrimination.auc import gate
from radln.stats.discrimination.thresholds import positive_from
from radln.stats.resample import resampled_weights

CutoffRule: TypeAlias = Literal["youden", "closest-topleft"]
RULES = ("youden", "closest-topleft")
NAMES = {"youden": "Youden's index", "closest-topleft": "closest to the top left corner"}
SHARES = ("sensitivity", "specificity", "youden")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CutoffChoice(MainResult):
    """A chosen cut-off and what to expect of it in other patients.

    ``sensitivity``, ``specificity`` and ``youden`` are corrected for the optimism of the choice;
    ``apparent`` holds the same three as they look on the data of the choice. ``tied`` are all
    equally good cut-offs, the highest (which is the one taken) first.
    """

    threshold: Estimate
    sensitivity: Estimate
    specificity: Estimate
    youden: Estimate
    apparent: tuple[float, float, float]
    tied: FloatArray

    @property
    def main(self) -> Estimate:
        """The cut-off."""
        return self.threshold

    @property
    def optimism(self) -> tuple[float, float, float]:
        """By how much sensitivity, specificity and their sum look too good."""
        a, b, c = self.apparent
        return a - self.sensitivity.value, b - self.specificity.value, c - self.youden.value

    def frame(self) -> pd.DataFrame:
        """The cut-off, then one row a share: apparent, optimism, corrected value with interval."""
        rows = [estimate_row(self.threshold, quantity="threshold")]
        for name, apparent, optimism in zip(SHARES, self.apparent, self.optimism, strict=True):
            row = estimate_row(getattr(self, name), quantity=name)
            rows.append({**row, "apparent": apparent, "optimism": optimism})
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The choice in words."""
        t = self.threshold
        again = f"{t.low:.4g} to {t.high:.4g} when the choice is repeated"
        again = "no interval" if np.isnan(t.low) else again
        return (
            f"{positive_from(t.value)} ({again}); sensitivity "
            f"{self.sensitivity.format(3)} (apparent {self.apparent[0]:.3f}), specificity "
            f"{self.specificity.format(3)} (apparent {self.apparent[1]:.3f}); {self.n_patients} "
            f"patients; {self.method}."
        )


@case_wise()
def choose_cutoff(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    rule: CutoffRule = "youden",
    cost: float = 1.0,
    prevalence: float = 0.5,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: Rng = 0,
) -> CutoffChoice:
    """Which cut-off is best, how stable is that choice, and what will it reach in other patients?

    Parameters
    ----------
    y_true : shape (n,), 0/1
    y_score : shape (n,), finite
        Higher means more likely positive.
    rule
        ``youden``: largest ``sensitivity + r specificity``. ``closest-topleft``: smallest
        ``(1 - sensitivity)^2 + r (1 - specificity)^2``.
    cost : above 0
        How much worse a missed positive case is than a false alarm.
    prevalence : in (0, 1)
        Of positive cases where the cut-off will be used. Together ``r = (1 - prevalence) /
        (cost prevalence)``, pROC's ``best.weights``; 1 and 0.5 weigh both sides alike, and with
        cost 1 and the prevalence of these cases Youden's rule gives the highest accuracy.
    cluster : shape (n,), optional
        The patient of every case; all cases of a drawn patient come along.
    confidence_level : in (0, 1)
    n_resamples : at least 2
    rng
        Seed or Generator.

    Returns
    -------
    CutoffChoice
        Thresholds lie halfway between neighbouring scores; of equally good ones the highest is
        taken and ``tied`` lists them all.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Notes
    -----
    Each resample (see :func:`roc_band`) chooses its own cut-off. The optimism is 0.632 times the
    mean of what that reaches in the resample, minus what it reaches in the patients left out. The
    standard error is that of what it reaches in the resample, minus what it reaches in all cases:
    the bootstrap's picture of "apparent minus true". Where it is smaller than that of a cut-off set
    beforehand (few patients, told apart), the limits are Wilson's. In simulations (normal scores,
    n = 30 to 1000, one or three cases a patient) the corrected sensitivity and specificity were on
    average within 0.015 of the truth where the apparent ones were 0.01 to 0.10 too high, and
    bootstrap intervals of nominally 95 % held the truth in 89 % (n = 30) to 94 % (n = 1000): the
    place of a maximum is known less well than its bootstrap shows.
    Nothing replaces other patients.

    References
    ----------
    Youden 1950, doi:10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3; Perkins and
    Schisterman 2006, doi:10.1093/aje/kwj063; Efron 1983, doi:10.1080/01621459.1983.10477973.

    Examples
    --------
    >>> y = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    >>> choice = choose_cutoff(y, [1, 2, 3, 4, 7, 5, 6, 8, 9, 10], n_resamples=500)
    >>> choice.threshold.value, choice.apparent[0], choice.sensitivity.value < 1
    (4.5, 1.0, True)
    """
    _check.choice(rule, RULES, name="rule")
    level = _check.fraction(confidence_level, name="confidence_level")
    _check.fraction(prevalence, name="prevalence")
    if not _check.is_number(cost) or cost <= 0:
        raise InputError(f"cost must be a positive number; got {cost!r}.")
    ratio = (1 - prevalence) / (cost * prevalence)
    positive, (score,), codes = gate(y_true, (y_score,), cluster)
    ranked = ranking(score)
    true, false = steps(positive, ranked)
    best = _best(true[None], false[None], rule, ratio)[0]
    apparent = _shares(true[None], false[None], best.argmax(keepdims=True))[0]
    blocks = resampled_weights(positive, codes, n_resamples=n_resamples, rng=rng)
    parts = [_again(ranked, block, positive, (true, false), rule, ratio) for block in blocks]
    cuts, gained, lost = (np.concatenate(part) for part in zip(*parts, strict=True))
    # what resamples lose on the cases that they left out, at the weight of Efron's .632
    known = ~np.isnan(lost)
    with np.errstate(invalid="ignore"):
        optimism = 0.632 * np.nansum(lost, axis=0) / known.sum(axis=0)
    errors = np.where(np.isnan(optimism), np.nan, gained.std(axis=0, ddof=1))
    corrected = _widened(
        [
            _corrected(apparent[i], optimism[i], errors[i], level, floor)
            for i, floor in enumerate((0.0, 0.0, -1.0))
        ],
        patients_of(positive, codes),
    )
    low, high = np.quantile(cuts, [0.5 - level / 2, 0.5 + level / 2], method="inverted_cdf")
    method = f"{NAMES[rule]}{'' if ratio == 1 else f', specificity weighted {ratio:.4g}'}"
    resampling = f"patient bootstrap with the choice repeated, {n_resamples} resamples"
    value = float(ranked.thresholds[best.argmax()])
    return CutoffChoice(
        **counts(positive, codes),
        method=f"{method}; {resampling}",
        warnings=_about(best, bool(np.isnan(optimism).any()), bool((errors == 0).any())),
        threshold=Estimate(value, float(low), float(high), level, f"{resampling}, percentile"),
        sensitivity=corrected[0],
        specificity=corrected[1],
        youden=corrected[2],
        apparent=(float(apparent[0]), float(apparent[1]), float(apparent[2])),
        tied=frozen(ranked.thresholds[best]),
    )


def _best(true: IntArray, false: IntArray, rule: str, ratio: float) -> BoolArray:
    """Which cuts (b, k + 1) of each curve are the best, rounding dust aside."""
    positives, negatives = true[:, -1:].astype(float), false[:, -1:].astype(float)
    if rule == "youden":
        value = true * negatives + ratio * (negatives - false) * positives
    else:
        missed = ((positives - true) * negatives) ** 2
        value = -(missed + ratio * (false * positives) ** 2)
    dust = 1e-12 * np.abs(value).max(axis=1, keepdims=True)
    return np.asarray(value >= value.max(axis=1, keepdims=True) - dust)


def _shares(true: IntArray, false: IntArray, cut: IntArray) -> FloatArray:
    """Sensitivity, specificity and Youden's index (b, 3) of curve i at its cut i."""
    rows = np.arange(cut.size) if true.shape[0] > 1 else np.zeros(cut.size, dtype=np.int64)
    with np.errstate(invalid="ignore"):
        sensitivity = true[rows, cut] / true[rows, -1]
        specificity = 1 - false[rows, cut] / false[rows, -1]
    return np.stack([sensitivity, specificity, sensitivity + specificity - 1], axis=1)


def _again(
    ranked: Ranking,
    block: IntArray,
    positive: BoolArray,
    original: tuple[IntArray, IntArray],
    rule: str,
    ratio: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The cuts (b,) that resamples choose, their shares less those of all cases and of unseen ones.

    Unseen are the cases that a resample left out; NaN where it left out no case of a class.
    """
    true, false = ranked.along(block * positive), ranked.along(block * ~positive)
    cut = _best(true, false, rule, ratio).argmax(axis=1)
    called = true + false
    # the next score that this resample holds may lie below some that it lacks
    later = called > called[np.arange(cut.size), cut][:, None]
    below = np.where(later.any(axis=1), later.argmax(axis=1) - 1, ranked.values.size)
    values = np.r_[np.inf, ranked.values, -np.inf]
    upper, lower = values[cut], values[below + 1]
    ends = np.isinf(upper) | np.isinf(lower)
    safe = halfway(np.where(ends, 1.0, upper), np.where(ends, 0.0, lower))
    thresholds = np.where(ends, np.where(np.isinf(upper), upper, lower), safe)
    there = np.searchsorted(-ranked.values, -thresholds, side="right")
    own = _shares(true, false, cut)
    unseen = np.int64(1) * (block == 0)
    left_out = ranked.along(unseen * positive), ranked.along(unseen * ~positive)
    gained = own - _shares(original[0][None], original[1][None], there)
    return thresholds, gained, own - _shares(*left_out, there)


def _corrected(apparent: float, optimism: float, se: float, level: float, floor: float) -> Estimate:
    """The apparent value less its optimism, with a Wald interval."""
    method = "corrected for the choice of the cut-off, Wald with the bootstrap's standard error"
    value = float(np.clip(apparent - optimism, floor, 1.0))
    if se == 0:  # no resample differs, which shows nothing of other patients
        return Estimate(value, np.nan, np.nan, level, f"{method}: all resamples are alike", 0.0)
    return wald(value, float(se), level, method, bounds=(floor, 1.0))


def _widened(found: list[Estimate], patients: tuple[int, int]) -> list[Estimate]:
    """Rates and their index, no narrower than where the cut-off had been set beforehand: Wilson's.

    The bootstrap's error collapses onto rates near 1, as of few patients who are told apart.
    """
    rates, index = found[:2], found[2]
    known = [
        wilson_limits(rate.value, n, rate.confidence_level)
        for rate, n in zip(rates, patients, strict=True)
    ]
    gaps = [
        float(np.hypot(rates[0].value - known[0][end], rates[1].value - known[1][end]))
        for end in (0, 1)
    ]
    known.append((index.value - gaps[0], index.value + gaps[1]))
    return [
        replace(one, low=float(np.minimum(one.low, low)), high=float(np.maximum(one.high, high)))
        for one, (low, high) in zip(found, known, strict=True)
    ]


def _about(best: BoolArray, alone: bool, alike: bool) -> tuple[str, ...]:
    """What must be said about the choice."""
    notes = []
    if alone:
        notes.append("no correction: a class has one patient, whom no resample leaves out.")
    if best.sum() > 1:
        notes.append(f"{int(best.sum())} cut-offs are equally good; the highest is taken.")
    if best.argmax() in (0, best.size - 1):
        every = "no case" if best.argmax() == 0 else "every case"
        notes.append(f"no useful cut-off: the best one calls {every} positive.")
    if alike:
        notes.append(
            "sensitivity or specificity is the same in all resamples, which says nothing about "
            "other patients; no interval is given for it."
        )
    return tuple(notes)
