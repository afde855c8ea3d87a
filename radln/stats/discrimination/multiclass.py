"""Areas under ROC curves where the outcome has more than two classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._result import DifferenceResult, Estimate, Result, estimate_row, format_p
from radln._types import Alternative, ArrayLike, FloatArray, IntArray
from radln.stats._cases import case_wise
from radln.stats._classes import (
    class_codes,
    require_every_class,
    score_matrix,
)
from radln.stats._intervals import ALTERNATIVES, wald
from radln.stats._ztest import check_margin, difference_test, hypothesis
from radln.stats.discrimination._class_areas import (
    AVERAGES,
    Average,
    about_errors,
    area_errors,
    areas_of,
    class_area,
    named_variance,
    patients_behind,
    standard_errors,
)
from radln.stats.discrimination.thresholds import RocCurve, roc_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = {
    "macro": "macro-average of one-vs-rest areas",
    "weighted": "one-vs-rest areas weighted by class size",
    "micro": "micro-averaged area",
    "hand_till": "Hand and Till's mean of pairwise areas",
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MulticlassAuc(Result):
    """Areas of every class and pair of classes, and their averages; 0.5 is chance, save for micro.

    ``micro`` rewards knowing the class sizes: the same prevalences for every case may reach 0.8.

    ``one_vs_rest`` maps a class to its area, ``one_vs_one`` a pair to the mean of its two areas,
    ``curves`` a class to its ROC curve against the rest. ``n_positive`` is 0: no class is the
    positive one.
    """

    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    macro: Estimate
    weighted: Estimate
    micro: Estimate
    hand_till: Estimate
    one_vs_rest: dict[str, Estimate]
    one_vs_one: dict[tuple[str, str], Estimate]
    curves: dict[str, RocCurve]

    def frame(self) -> pd.DataFrame:
        """The averages, then one row a class, then one row a pair."""
        rows = [estimate_row(getattr(self, a), metric=a, first="", second="") for a in AVERAGES]
        rows += [
            estimate_row(value, metric="one_vs_rest", first=name, second="rest")
            for name, value in self.one_vs_rest.items()
        ]
        rows += [
            estimate_row(value, metric="one_vs_one", first=first, second=second)
            for (first, second), value in self.one_vs_one.items()
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The areas in words."""
        each = ", ".join(
            f"{name} (n = {size}) {self.one_vs_rest[name].format()}"
            for name, size in zip(self.classes, self.sizes, strict=True)
        )
        return (
            f"macro-averaged AUC {self.macro.format()}, Hand-Till {self.hand_till.format()}, "
            f"weighted {self.weighted.format()}; against the rest: {each}; n = {self.n}, "
            f"{self.n_patients} patients; {self.method}."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Every class's ROC curve against the rest."""
        from radln._draw.curves import draw_roc

        curves = {
            f"{name} vs rest (n = {size}): {self.one_vs_rest[name].format()}": (
                self.curves[name].fpr,
                self.curves[name].tpr,
            )
            for name, size in zip(self.classes, self.sizes, strict=True)
        }
        return draw_roc(curves, n=self.n, n_positive=None, ax=ax)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MulticlassComparison(DifferenceResult):
    """The difference ``a - b`` of two models' multi-class areas, one row a metric.

    ``frame()`` has the average that was named for the test first, with its p; every other average
    and class follows as a difference with its interval and no p.
    """

    average: Average
    area_a: Estimate
    area_b: Estimate
    difference: Estimate
    statistic: float
    pvalue: float
    alternative: Alternative
    margin: float | None
    differences: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """The differences."""
        return self.differences.copy()

    def summary(self) -> str:
        """The comparison in words."""
        return (
            f"{NAMES[self.average]} {self.area_a.format(3)} against {self.area_b.format(3)}: "
            f"difference {self.difference.format(3)}, {format_p(self.pvalue)} "
            f"({hypothesis(self.alternative, self.margin)}); n = {self.n}, {self.n_patients} "
            f"patients; {self.method}."
        )


@case_wise()
def multiclass_auc(
    y_true: ArrayLike,
    scores: ArrayLike | pd.DataFrame,
    *,
    classes: Sequence[object] | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> MulticlassAuc:
    """How well do a model's scores tell three or more classes apart?

    Parameters
    ----------
    y_true : shape (n,)
        The class of every case: text or whole numbers.
    scores : shape (n, K), finite
        One score or probability a class, for cases that the model has not seen. A table's columns
        are named by the classes.
    classes : K labels, optional
        The columns of an array, in their order; required for an array.
    cluster : shape (n,), optional
        The patient of every case.
    confidence_level : in (0, 1)

    Returns
    -------
    MulticlassAuc

    Raises
    ------
    ShapeError, InputError
        Also where a class has no case.

    Notes
    -----
    One against the rest: the area of a class's own score between its cases and all others. One
    against one: of classes i and j alone, the mean of the areas by i's score and by j's. Macro is
    the plain mean over classes, weighted that by class size; Hand and Till's M is the mean over
    pairs, which class sizes do not change; micro pools all ``n K`` pairs of a case and a class,
    and favours models whose scores are comparable between classes. Scores that sum to one make
    macro, weighted and M three views of the same ranking, not three findings.

    A class's area against the rest has the standard error of :func:`auc`. Those of pairs and
    averages come from DeLong's placements summed over the areas of a case, within classes whose
    sizes are taken as given, patients being the units where given; with two classes they are
    DeLong's (Obuchowski's). Intervals are on the logit scale, and near 0 and 1 as wide as
    Newcombe's method 5 has them for the patients behind an area: of a pair those of its two
    classes, of an average those of its weakest member. Those of differences are value +- z se.

    References
    ----------
    Hand and Till 2001, doi:10.1023/A:1010920819831; DeLong et al. 1988, doi:10.2307/2531595;
    Obuchowski 1997, doi:10.2307/2533958.

    Examples
    --------
    >>> y = ["benign", "benign", "metastasis", "metastasis", "lymphoma", "lymphoma"]
    >>> probabilities = [[.7, .2, .1], [.5, .1, .4], [.2, .6, .2], [.4, .5, .1], [.1, .3, .6],
    ...                  [.2, .6, .2]]
    >>> found = multiclass_auc(y, probabilities, classes=["benign", "metastasis", "lymphoma"])
    >>> round(found.macro.value, 4), found.one_vs_rest["benign"].value
    (0.875, 1.0)
    """
    (matrix,), names, codes, patients = _gate(y_true, {"scores": scores}, classes, cluster)
    areas = areas_of(codes, matrix, names)
    se = area_errors(areas.keys, areas.parts, codes, patients)
    method = named_variance(patients)
    found = {
        key: class_area(
            float(v),
            float(s),
            confidence_level,
            method,
            patients_behind(key, names, codes, patients),
        )
        for key, v, s in zip(areas.keys, areas.values, se, strict=True)
    }
    averages = {key[0]: value for key, value in found.items() if key[0] in AVERAGES}
    return MulticlassAuc(
        n=codes.size,
        n_positive=0,
        n_patients=codes.size if patients is None else int(patients.max()) + 1,
        method=method,
        warnings=about_errors(se),
        classes=tuple(names),
        sizes=tuple(np.bincount(codes, minlength=len(names)).tolist()),
        **averages,
        one_vs_rest={key[1]: value for key, value in found.items() if key[0] == "one_vs_rest"},
        one_vs_one={key[1:]: value for key, value in found.items() if key[0] == "one_vs_one"},
        curves={name: roc_curve(codes == code, matrix[:, code]) for code, name in enumerate(names)},
    )


@case_wise()
def compare_multiclass_auc(
    y_true: ArrayLike,
    scores_a: ArrayLike | pd.DataFrame,
    scores_b: ArrayLike | pd.DataFrame,
    *,
    classes: Sequence[object] | None = None,
    average: Average = "macro",
    alternative: Alternative = "two-sided",
    margin: float | None = None,
    cluster: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> MulticlassComparison:
    """Does model (or modality) a tell the classes of the same cases apart better than b?

    Parameters
    ----------
    y_true, scores_a, scores_b, classes, cluster, confidence_level
        As in :func:`multiclass_auc`; both models score the same cases and classes.
    average
        The one average that is tested: choose it before looking.
    alternative
        ``greater`` means a above b.
    margin : in (0, 1), optional
        Non-inferiority or equivalence, as in :func:`compare_auc`.

    Returns
    -------
    MulticlassComparison
        Models that rank every case alike have difference 0 and p = 1.

    Raises
    ------
    ShapeError, InputError

    Notes
    -----
    A normal statistic from the covariance of both models' placements on the same cases, so that
    their correlation is used. With two classes ``macro`` is :func:`compare_auc`.

    References
    ----------
    Hand and Till 2001, doi:10.1023/A:1010920819831; DeLong et al. 1988, doi:10.2307/2531595;
    Obuchowski 1997, doi:10.2307/2533958.

    Examples
    --------
    >>> y = [0, 0, 0, 1, 1, 1, 2, 2, 2]
    >>> a = [[5, 1, 0], [4, 2, 1], [2, 3, 1], [1, 4, 2], [2, 5, 1], [3, 2, 4], [0, 1, 5],
    ...      [1, 2, 3], [2, 3, 4]]
    >>> b = [row[::-1] for row in a]
    >>> compare_multiclass_auc(y, a, b, classes=[0, 1, 2]).difference.value > 0
    True
    """
    _check.choice(average, AVERAGES, name="average")
    _check.choice(alternative, ALTERNATIVES, name="alternative")
    check_margin(margin)
    given = {"scores_a": scores_a, "scores_b": scores_b}
    (first, second), names, codes, patients = _gate(y_true, given, classes, cluster)
    a, b = areas_of(codes, first, names), areas_of(codes, second, names)
    se = area_errors(a.keys, a.parts - b.parts, codes, patients)
    method = f"{named_variance(patients)}, paired"
    gaps = a.values - b.values
    rows = [
        estimate_row(
            wald(float(gap), float(s), confidence_level, method, bounds=(-1.0, 1.0)),
            metric=key[0],
            first=key[1],
            second=key[2],
        )
        for key, gap, s in zip(a.keys, gaps, se, strict=True)
    ]
    at = AVERAGES.index(average)
    tested = difference_test(float(gaps[at]), float(se[at]), alternative, margin)
    table = pd.DataFrame(rows)
    table["pvalue"] = np.where(np.arange(len(table)) == at, tested.pvalue, np.nan)
    order = [at, *(i for i in range(len(table)) if i != at)]
    each = [
        class_area(
            float(areas.values[at]),
            float(standard_errors(areas.parts[:, [at]], codes, patients)[0]),
            confidence_level,
            method,
            patients_behind((average, "", ""), names, codes, patients),
        )
        for areas in (a, b)
    ]
    return MulticlassComparison(
        n=codes.size,
        n_positive=0,
        n_patients=codes.size if patients is None else int(patients.max()) + 1,
        method=method,
        warnings=tested.warnings,
        average=average,
        area_a=each[0],
        area_b=each[1],
        difference=wald(
            float(gaps[at]), float(se[at]), confidence_level, method, bounds=(-1.0, 1.0)
        ),
        statistic=float(tested.statistic),
        pvalue=tested.pvalue,
        alternative=alternative,
        margin=margin,
        differences=table.iloc[order].reset_index(drop=True),
    )


def _gate(
    y_true: ArrayLike,
    scores: Mapping[str, ArrayLike | pd.DataFrame],
    classes: Sequence[object] | None,
    cluster: ArrayLike | None,
) -> tuple[list[FloatArray], list[str], IntArray, IntArray | None]:
    """Scores in the order of the classes, their names, classes and patients of the cases."""
    n = len(_check.column(y_true, name="y_true"))
    matrices: list[FloatArray] = []
    names: list[str] = []
    for name, given in scores.items():
        # a table may follow another table's order; an array's columns must be named themselves
        order = names or None if classes is None and isinstance(given, pd.DataFrame) else classes
        matrix, names = score_matrix(given, order, n, name=name)
        matrices.append(matrix)
    codes = class_codes(y_true, names)
    require_every_class(codes, names)
    return matrices, names, codes, _check.clusters(cluster, codes.size)
