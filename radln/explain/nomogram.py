"""A linear predictor as a nomogram: points, total points, probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from radln._types import FloatArray, LinearPredictor, LinearTerm
from radln.errors import InputError
from radln.explain.coefficients import from_statsmodels, is_statsmodels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_AXES = 10
FEWEST = 3  # round probabilities that make an axis
RISKS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)


@dataclass(frozen=True, eq=False, repr=False)
class Nomogram:
    """What is this patient's risk, read off with a ruler?

    Parameters
    ----------
    predictor
        Intercept and terms on the logit scale, in the units in which a clinician meets the
        variables; or a fitted logistic model of statsmodels. At most 10 terms.
    outcome
        What the probability is of, as the last axis shows it.

    Raises
    ------
    InputError
        More than 10 terms, a name twice, a continuous term without one coefficient or with
        ``low >= high``, levels and coefficients that differ in number, or no term that matters.

    Notes
    -----
    As in rms::nomogram, the term whose contribution ranges widest over its axis spans 0 to 100
    points, every other term in proportion, each from 0 at its most favourable end. Total points
    and the logit of the probability are then a straight line of each other. Values beyond the ends
    of an axis get points below 0 or above the axis: the model extrapolates there.

    References
    ----------
    Harrell 2015, Regression Modeling Strategies, doi:10.1007/978-3-319-19425-7.

    Examples
    --------
    >>> from radln._types import LinearPredictor, LinearTerm
    >>> age = LinearTerm("age", (0.04,), low=20, high=80, unit="years")
    >>> border = LinearTerm("border", (0.0, 1.2), levels=("smooth", "irregular"))
    >>> nomogram = Nomogram(LinearPredictor(-3.0, (age, border)))
    >>> nomogram.points({"age": 50, "border": "irregular"}).round(6).iloc[0].to_dict()
    {'age': 50.0, 'border': 50.0, 'total': 100.0}
    >>> nomogram.probability({"age": 50, "border": "irregular"}).round(4).tolist()
    [0.5498]
    """

    predictor: LinearPredictor
    outcome: str = "positive"
    logit_per_point: float = field(init=False)
    logit_at_zero: float = field(init=False)
    max_total: float = field(init=False)

    def __post_init__(self) -> None:
        if is_statsmodels(self.predictor):
            object.__setattr__(self, "predictor", from_statsmodels(self.predictor))
        terms = self.predictor.terms
        _check_terms(terms)
        ranges = np.array([_range(term) for term in terms])
        widths = ranges[:, 1] - ranges[:, 0]
        if not widths.max() > 0:
            raise InputError("no term changes the risk (all coefficients are 0); nothing to draw.")
        unit = float(widths.max() / 100)
        object.__setattr__(self, "logit_per_point", unit)
        start = float(self.predictor.intercept + ranges[:, 0].sum())
        object.__setattr__(self, "logit_at_zero", start)
        object.__setattr__(self, "max_total", float(widths.sum() / unit))

    def points(self, values: Mapping[str, object] | pd.DataFrame) -> pd.DataFrame:
        """The points of one patient (a mapping) or of many (a table): a column a term, and total.

        Raises
        ------
        InputError
            A variable is missing, or has no value or an unknown level.
        """
        table = values if isinstance(values, pd.DataFrame) else pd.DataFrame([dict(values)])
        terms = self.predictor.terms
        missing = [term.name for term in terms if term.name not in table.columns]
        if missing:
            raise InputError(f"the nomogram also needs {', '.join(missing)}.")
        columns = {term.name: self._points(term, _contribution(term, table)) for term in terms}
        result = pd.DataFrame(columns, index=table.index)
        return result.assign(total=result.sum(axis=1))

    def probability(self, values: Mapping[str, object] | pd.DataFrame) -> FloatArray:
        """The probability of each patient, shape (n,); a mapping is one patient.

        It is read from the total points and equals the model's.
        """
        total = self.points(values)["total"].to_numpy(np.float64)
        return np.asarray(expit(self.logit_at_zero + self.logit_per_point * total))

    def frame(self) -> pd.DataFrame:
        """One row a tick: the axis, its value and its points.

        On the axis of the probability the points are the total points that lead to it.
        """
        rows = []
        for term in self.predictor.terms:
            labels, contributions = _ticks(term)
            for label, points in zip(labels, self._points(term, contributions), strict=True):
                rows.append((term.name, label, float(points)))
        rows += [
            (f"probability of {self.outcome}", f"{risk:g}", self._total(risk))
            for risk in self._risks()
        ]
        return pd.DataFrame(rows, columns=["axis", "value", "points"])

    def summary(self) -> str:
        """The nomogram in words."""
        low, high = expit(self.logit_at_zero + self.logit_per_point * np.array([0, self.max_total]))
        names = ", ".join(term.name for term in self.predictor.terms)
        return (
            f"nomogram of {names}: 0 to {self.max_total:.0f} total points for a probability of "
            f"{self.outcome} from {low:.3f} to {high:.3f}."
        )

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.summary())}</p>{self.frame().to_html(index=False)}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """The axes: points, one a term, total points, probability."""
        from radln._draw.axes import Scale, draw_nomogram

        hundred = np.linspace(0, 1, 11)
        scales = [Scale("Points", hundred, [f"{100 * x:.0f}" for x in hundred])]
        for term in self.predictor.terms:
            labels, contributions = _ticks(term)
            positions = self._points(term, contributions) / 100
            span = self._points(term, np.array(_range(term))) / 100
            if not term.levels:
                positions, labels = _thinned(positions, labels)
                labels = [text.replace("-", "−") for text in labels]
            name = f"{term.label or term.name} ({term.unit})" if term.unit else term.label
            ends = (float(span[0]), float(span[1]))
            scales.append(Scale(name or term.name, positions, labels, ends))
        totals = pretty(0, self.max_total, most=20)
        at, words = _thinned(totals / self.max_total, [f"{total:g}" for total in totals])
        scales.append(Scale("Total points", at, words))
        risks = self._risks()
        positions = np.array([self._total(risk) for risk in risks]) / self.max_total
        at, words = _thinned(positions, [f"{risk:.6g}" for risk in risks])
        scales.append(Scale(f"Probability of {self.outcome}", at, words))
        return draw_nomogram(scales, ax=ax)

    def _points(self, term: LinearTerm, contributions: FloatArray) -> FloatArray:
        """Contributions to the logit as points above the term's most favourable end."""
        return np.asarray((contributions - _range(term)[0]) / self.logit_per_point)

    def _total(self, risk: float) -> float:
        """The total points that lead to a probability."""
        return float((logit(risk) - self.logit_at_zero) / self.logit_per_point)

    def _risks(self) -> list[float]:
        """Round probabilities that the nomogram can reach; finer ones where it reaches few."""
        found = [risk for risk in RISKS if 0 <= self._total(risk) <= self.max_total]
        if len(found) >= FEWEST:
            return found
        low, high = expit(self.logit_at_zero + self.logit_per_point * np.array([0, self.max_total]))
        return [float(risk) for risk in pretty(float(low), float(high)) if 0 < risk < 1]


def pretty(low: float, high: float, most: int = 10) -> FloatArray:
    """Round numbers within [low, high], ``most`` at most, in steps of 1, 2 or 5 and their tens.

    Examples
    --------
    >>> pretty(23, 81).tolist()
    [30.0, 40.0, 50.0, 60.0, 70.0, 80.0]
    """
    rough = (high - low) / (most - 1)
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(k * power for k in (1, 2, 5, 10) if k * power >= rough * (1 - 1e-9))
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return np.asarray(np.arange(first, last + 1) * step + 0.0)  # no -0


def _thinned(positions: FloatArray, labels: list[str]) -> tuple[FloatArray, list[str]]:
    """Ticks that leave each other room; a very short axis keeps one that names both ends."""
    order = np.argsort(positions)
    kept = [int(order[0])]
    for k in order[1:]:
        longer = max(len(labels[k]), len(labels[kept[-1]]))
        if positions[k] - positions[kept[-1]] >= 0.012 * (longer + 1):
            kept.append(int(k))
    if len(kept) == 1 and len(labels) > 1:
        return positions[kept], [f"{labels[0]} to {labels[-1]}"]
    return positions[kept], [labels[k] for k in kept]


def _check_terms(terms: tuple[LinearTerm, ...]) -> None:
    """Refuse what cannot be drawn."""
    if not 1 <= len(terms) <= MAX_AXES:
        raise InputError(
            f"a nomogram has 1 to {MAX_AXES} axes; this model has {len(terms)} terms. "
            "Put several features into one score (a rad-score) first."
        )
    names = [term.name for term in terms]
    if len(set(names)) < len(names):
        raise InputError(f"the terms of a nomogram need different names; got {', '.join(names)}.")
    for term in terms:
        if term.levels and len(term.levels) != len(term.coefficients):
            raise InputError(
                f"{term.name} has {len(term.levels)} levels but {len(term.coefficients)} "
                "coefficients; give one a level (0 for the reference)."
            )
        if not term.levels and len(term.coefficients) != 1:
            raise InputError(f"{term.name} is continuous and needs exactly one coefficient.")
        if not term.levels and not term.low < term.high:
            raise InputError(f"the axis of {term.name} needs low < high.")
        if not np.isfinite([*term.coefficients, term.low, term.high]).all():
            raise InputError(f"{term.name} has a coefficient or an end that is no finite number.")


def _range(term: LinearTerm) -> tuple[float, float]:
    """The smallest and the largest contribution of a term on its axis."""
    contributions = list(term.coefficients)
    if not term.levels:
        contributions = [term.coefficients[0] * end for end in (term.low, term.high)]
    return min(contributions), max(contributions)


def _ticks(term: LinearTerm) -> tuple[list[str], FloatArray]:
    """Labels of a term's axis, and the contributions there."""
    if term.levels:
        return list(term.levels), np.array(term.coefficients)
    at = pretty(term.low, term.high)
    return [f"{x:.6g}" for x in at], at * term.coefficients[0]


def _contribution(term: LinearTerm, table: pd.DataFrame) -> FloatArray:
    """A term's contribution to the logit for every row."""
    column = table[term.name]
    if column.isna().any():
        raise InputError(
            f"{term.name} has missing values; the nomogram needs all of its variables."
        )
    if not term.levels:
        try:
            return np.asarray(column.to_numpy(dtype=np.float64) * term.coefficients[0])
        except (TypeError, ValueError) as error:
            raise InputError(f"{term.name} must be a number: {error}.") from error
    known = dict(zip(term.levels, term.coefficients, strict=True))
    labels = [str(value) for value in column]
    unknown = sorted(set(labels) - set(known))
    if unknown:
        raise InputError(
            f"{term.name} has no level {', '.join(unknown)}; there are {', '.join(term.levels)}."
        )
    return np.array([known[label] for label in labels])
