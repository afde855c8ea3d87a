"""What the primary comparison allows one to say, and how models and numbers are worded."""

from __future__ import annotations

import numpy as np

from radln._result import format_p
from radln.evaluation.primary import Primary
from radln.evaluation.result import Sites
from radln.evaluation.settings import AVERAGE
from radln.models.learners import NAMES as LEARNERS
from radln.models.learners import learner

BLOCKS = {
    "size": "Size only",
    "shape": "Shape only",
    "clinical": "Clinical",
    "radiomics": "Radiomics",
    "deep": "Deep features",
    "combined": "Combined",
    "without_deep": "Combined without deep features",
    "nomogram": "Nomogram",
}
NO_VERDICT = "The primary comparison could not be made: one of its two sides has missing values."


def label(source: str) -> str:
    """A source in words; a reader keeps its name, without underscores.

    Examples
    --------
    >>> label("combined_xgboost"), label("size_elastic_net"), label("expert_1")
    ('Combined (XGBoost)', 'Size only (elastic net)', 'expert 1')
    """
    if source == AVERAGE:
        return "the average reader"
    fitter = max((f for f in LEARNERS if source.endswith(f"_{f}")), key=len, default="")
    block = source.removesuffix(f"_{fitter}")
    if fitter and block:
        words = BLOCKS.get(block, block.replace("_", " ").capitalize())
        return f"{words} ({learner(fitter).label})"
    return source.replace("_", " ")


def signed(value: float) -> str:
    """A difference with its sign, a true minus and three decimals.

    Examples
    --------
    >>> signed(-0.0312), signed(0.2)
    ('−0.031', '+0.200')
    """
    return f"{value:+.3f}".replace("-", "−")


def with_limits(value: float, low: float, high: float) -> str:
    """A difference with its interval, or without where there is none.

    Examples
    --------
    >>> with_limits(0.2, -0.1, 0.5), with_limits(0.2, float("nan"), float("nan"))
    ('+0.200 (−0.100 to +0.500)', '+0.200 (no interval)')
    """
    if np.isnan(low):
        return f"{signed(value)} (no interval)"
    return f"{signed(value)} ({signed(low)} to {signed(high)})"


def verdict(primary: Primary) -> str:
    """The conclusion as one sentence with its numbers."""
    full, simple, gap = label(primary.full), label(primary.simple), primary.difference
    limits = f"{100 * gap.confidence_level:g} % CI {signed(gap.low)} to {signed(gap.high)}"
    if np.isnan(gap.low):
        limits = "no interval: too few patients of a class in some fold"
    numbers = (
        f"{primary.measure} difference {signed(gap.value)} ({limits}; {format_p(primary.pvalue)}; "
        f"margin {primary.margin:g})"
    )
    ranks = "ranks cases" if primary.measure == "AUC" else "tells the classes apart"
    if primary.conclusion == "better":
        small = primary.upper_bound < primary.margin
        tail = " The gain is smaller than the margin set beforehand." if small else ""
        return f"{full} {ranks} better than {simple}: {numbers}.{tail}"
    if primary.conclusion == "worse":
        return f"{full} {ranks} worse than {simple}: {numbers}."
    if primary.conclusion == "as_good":
        begins = simple[0].upper() + simple[1:]
        return f"{begins} does as well as {full} within the margin: {numbers}."
    return f"The data cannot tell whether {full} is better than {simple}: {numbers}."


def said(primary: Primary | None, sites: Sites | None = None) -> str:
    """The verdict, or that there is none; of sites too few to pool the range of the difference."""
    if sites is None:
        return NO_VERDICT if primary is None else verdict(primary)
    if primary is None:
        return _by_site(sites)
    return f"{verdict(primary)} It is the mean of {sites.n_pooled} of {sites.n_sites} sites."


def _by_site(sites: Sites) -> str:
    """What too few sites show of the primary comparison."""
    full, simple = map(label, sites.compared)
    why = (
        f"No p is given: {sites.n_pooled} of {sites.n_sites} sites can be pooled, and a test over "
        "sites needs five; so few say nothing of other sites."
    )
    if not sites.n_pooled:
        return f"{full} could not be compared with {simple} in any site. {why}"
    low, high = map(signed, sites.spread)
    over = f"in the {sites.n_pooled} sites that can be judged" if sites.n_pooled > 1 else ""
    numbers = f"ran from {low} to {high} {over}" if over else f"was {low} in the one site judged"
    return f"The AUC of {full} minus that of {simple} {numbers}. {why}"
