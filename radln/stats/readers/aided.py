"""Readers with and without the model: what changes, who gains, who is misled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radln import _check
from radln._door import worded
from radln._result import Estimate, Result, estimate_row, format_p, with_count
from radln._types import BoolArray, FloatArray, IntArray
from radln.errors import InputError
from radln.stats._intervals import cluster_sums, counts
from radln.stats.calls.proportions import proportion
from radln.stats.readers._reads import Reads
from radln.stats.readers.cutting import same_scale
from radln.stats.readers.groups import ReaderGroupComparison, compare_reader_groups
from radln.stats.readers.mrmc_result import MrmcComparison
from radln.stats.readers.obuchowski_rockette import mrmc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHANGES = ("stayed right", "corrected", "spoiled", "stayed wrong")
EVERYONE = "all readers"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ModelBenefit(Result):
    """Paired reads without and with the model.

    ``change_rows`` (see :meth:`changes`) has one row a reader (then a level, then all) and class of
    cases with the numbers of calls that stayed right, were corrected, spoiled or stayed wrong;
    ``figures`` maps sensitivity, specificity and AUC to the comparison aided minus unaided over
    readers and cases; ``interactions`` the same to the test that the levels gain alike. ``misled``
    is the share of calls changed to wrong among those that were right without a model that was
    wrong, ``background`` the same where the model was right (a reader's own unrest), ``excess``
    their difference (automation bias); ``rescued`` is the share corrected where the model was
    right. ``counted`` maps the three shares to how many calls, of how many.
    """

    unaided: str
    aided: str
    readers: tuple[str, ...]
    levels: tuple[str, ...] | None
    change_rows: tuple[Mapping[str, object], ...]
    figures: Mapping[str, MrmcComparison]
    interactions: Mapping[str, ReaderGroupComparison]
    misled: Estimate | None
    background: Estimate | None
    excess: Estimate | None
    rescued: Estimate | None
    counted: Mapping[str, tuple[int, int]]

    def changes(self) -> pd.DataFrame:
        """What became of the calls: one row a reader (then a level, then all) and class."""
        return pd.DataFrame(list(self.change_rows))

    def frame(self) -> pd.DataFrame:
        """Differences aided minus unaided: on average, by level, and the levels' difference."""
        rows = []
        for name, found in self.figures.items():
            one = found.differences[0]
            rows.append(
                {
                    **estimate_row(one.estimate, figure=name, among="average reader"),
                    "pvalue": one.pvalue,
                }
            )
            if name in self.interactions:
                groups = self.interactions[name]
                for group, mean in zip(groups.groups, groups.means, strict=True):
                    rows.append(dict(estimate_row(mean, figure=name, among=f"average {group}")))
                for gap in groups.differences:
                    among = f"{gap.a} minus {gap.b} (interaction)"
                    rows.append(
                        {
                            **estimate_row(gap.estimate, figure=name, among=among),
                            "pvalue": gap.pvalue,
                        }
                    )
        for name in ("misled", "background", "excess", "rescued"):
            share: Estimate | None = getattr(self, name)
            if share is not None:
                k, of = self.counted.get(name, (np.nan, np.nan))
                row = estimate_row(share, figure=name, among=EVERYONE)
                rows.append({**row, "k": k, "of": of})
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """The benefit in words."""
        said = []
        for name, found in self.figures.items():
            one = found.differences[0]
            text = f"{name} {one.estimate.format(3)}, {format_p(one.pvalue)}"
            if name in self.interactions:
                p = self.interactions[name].pvalue
                text += f" (levels gain alike: {format_p(p)})"
            said.append(text)
        table = self.changes()
        every = table.loc[table["among"] == EVERYONE, list(CHANGES)].sum()
        text = (
            f"{self.aided} minus {self.unaided}: {'; '.join(said)}. {int(every['corrected'])} "
            f"calls corrected, {int(every['spoiled'])} spoiled, of {int(every.sum())}"
        )
        if self.misled is not None:
            text += (
                f"; where the model was wrong and the reader right, {self._share('misled')} of the "
                "calls were changed to the wrong one"
            )
        if self.excess is not None and self.background is not None:
            text += (
                f" (against {self._share('background')} where the model was right; "
                f"difference {self.excess.format(1, percent=True)})"
            )
        first = next(iter(self.figures.values()))
        return (
            f"{text}. {self.n} cases ({self.n_positive} diseased, {self.n_patients} patients). "
            f"{self.method}; random {' and '.join(first.random)}."
        )

    def _share(self, name: str) -> str:
        """A share in percent, behind its numbers."""
        share: Estimate = getattr(self, name)
        return with_count(share, self.counted[name], 1, percent=True)

    def plot(self, ax: Axes | None = None, *, figure: str | None = None) -> Axes:
        """Every reader's figure without and with the model, and the averages."""
        from radln._draw.readers import draw_slopes

        name = figure or ("AUC" if "AUC" in self.figures else "sensitivity")
        found = self.figures[_check.choice(name, tuple(self.figures), name="figure")]
        groups = self.levels or ("",) * len(self.readers)
        order = [found.modalities.index(one) for one in (self.unaided, self.aided)]
        means = {
            "": [(found.means[i].value, found.means[i].low, found.means[i].high) for i in order]
        }
        title = f"n = {self.n} cases, {len(self.readers)} readers"
        return draw_slopes(
            (self.unaided, self.aided),
            found.merit[order],
            groups,
            means,
            ylabel=found.figure,
            title=title,
            ax=ax,
        )


def model_benefit(
    reads: Reads,
    unaided: str = "without",
    aided: str = "with",
    *,
    model: str | None = None,
    threshold: float | None = None,
    covariance: str = "jackknife",
    readers: str | None = None,
    confidence_level: float = 0.95,
) -> ModelBenefit:
    """Do readers with the model call better than the same readers without, and who is misled?

    Parameters
    ----------
    reads
        The study; every reader reads every case in both conditions.
    unaided, aided
        The two modalities (conditions) of the reads.
    model, threshold
        The model that was shown, where the study holds its values, and the cut-off at which it
        was shown as positive: needed to see who was misled. A model's values of 0 and 1 need none.
    covariance, readers
        As for :meth:`ReaderStudy.mrmc`.
    confidence_level : in (0, 1)

    Returns
    -------
    ModelBenefit

    Raises
    ------
    InputError, LeakageError, SingleClassError
        Conditions that are not there, missing reads, no calls, or a model that was given the
        readers' own reads as predictors.

    Notes
    -----
    Sensitivity and specificity of the calls, and the AUC where there are scores, are compared by
    Obuchowski and Rockette's analysis; the levels' gains by the same with readers nested in levels.
    The shares of misled and rescued calls are shares of reads with Wilson's interval on n / design
    effect, where all reads of a patient's cases count as one cluster; ``excess`` squares and adds
    the two intervals as Newcombe does, with the correlation of the two shares over patients. It is
    assumed that the order of reading does not matter: readers who see the cases first without the
    model and then with it may remember them, and sequential reading measures another thing than
    independent sessions after a washout.

    References
    ----------
    Obuchowski and Rockette 1995, doi:10.1080/03610919508813243; Goddard, Roudsari and Wyatt 2012,
    doi:10.1136/amiajnl-2011-000089 (automation bias); Rao and Scott 1992, doi:10.2307/2532311;
    Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I; Zou and
    Donner 2008, doi:10.1002/sim.3095.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from radln import ReaderStudy
    >>> rng = np.random.default_rng(2)
    >>> y = np.arange(60) % 2
    >>> reads = pd.concat([
    ...     pd.DataFrame({"case_id": range(60), "reader": reader, "modality": name, "y_true": y,
    ...                   "call": (gain * y + rng.normal(size=60) > 0.5).astype(int)})
    ...     for reader in "ABCD" for name, gain in (("without", 1.0), ("with", 2.5))])
    >>> found = ReaderStudy.from_frame(reads).model_benefit()
    >>> found.figures["sensitivity"].differences[0].estimate.value > 0
    True
    """
    level = _check.fraction(confidence_level, name="confidence_level")
    places = [reads.modality_index(name) for name in (unaided, aided)]
    if places[0] == places[1]:
        raise InputError(f"unaided and aided are both {unaided!r}; name two conditions.")
    calls = reads.needed_call()[places]
    if np.isnan(calls).any():
        raise InputError(
            f"{int(np.isnan(calls).sum())} reads are missing; changes need every case read by "
            "every reader in both conditions. Leave those cases or readers out."
        )
    two = reads.only((places[1], places[0]))  # aided minus unaided
    options = {"covariance": covariance, "readers": readers, "confidence_level": level}
    wanted = {"sensitivity": "sensitivity", "specificity": "specificity"}
    if reads.score is not None and not np.isnan(reads.score[places]).any():
        wanted["AUC"] = "auc"
    figures, interactions = {}, {}
    for name, figure in wanted.items():
        own = {**options, "covariance": covariance if figure == "auc" else "jackknife"}
        figures[name] = mrmc(two, figure=figure, **own)  # type: ignore[arg-type]
        if reads.levels is not None and len(set(reads.levels)) > 1:
            interactions[name] = compare_reader_groups(
                two,
                modality=(aided, unaided),
                figure=figure,
                **own,  # type: ignore[arg-type]
            )
    shown = _shown(reads, model, threshold)
    right = calls == reads.y_true
    bias = _bias(reads, right, shown, level)
    return ModelBenefit(
        **counts(reads.y_true, reads.cluster),
        method=(
            "Paired reads without and with the model; Obuchowski-Rockette analysis of the figures, "
            "readers nested in levels for the interaction; any effect of the order of reading is "
            "assumed absent"
        ),
        warnings=tuple(
            dict.fromkeys(
                [
                    *reads.warnings,
                    *(w for f in figures.values() for w in f.warnings),
                    *(w for f in interactions.values() for w in f.warnings),
                ]
            )
        ),
        unaided=unaided,
        aided=aided,
        readers=reads.readers,
        levels=reads.levels,
        change_rows=_changes(reads, right),
        figures=figures,
        interactions=interactions,
        misled=bias.misled,
        background=bias.background,
        excess=bias.excess,
        rescued=bias.rescued,
        counted=bias.counted,
    )


def _shown(reads: Reads, model: str | None, threshold: float | None) -> FloatArray | None:
    """The model's calls as the readers saw them; None where the study does not hold them."""
    if not reads.models and model is None:
        return None
    name, scores = reads.needed_model(model)
    if np.isin(scores, [0.0, 1.0]).all() and threshold is None:
        return scores
    if not _check.is_number(threshold):
        raise InputError(
            f"to see who was misled, {worded('threshold=', '--model-threshold')} must say at which "
            f"value {name} was shown as positive; leave the model out of the study otherwise."
        )
    same_scale(scores, threshold, option=worded("threshold", "--model-threshold"), name=name)
    return np.asarray((scores >= threshold).astype(np.float64))


def _changes(reads: Reads, right: BoolArray) -> tuple[Mapping[str, object], ...]:
    """Numbers of calls by what became of them, for readers, levels and all."""
    before, after = right
    kinds = np.stack([before & after, ~before & after, before & ~after, ~before & ~after])
    members = {reader: [r] for r, reader in enumerate(reads.readers)}
    for level in sorted(set(reads.levels or ())):
        members[f"level {level}"] = [r for r, own in enumerate(reads.levels or ()) if own == level]
    members[EVERYONE] = list(range(len(reads.readers)))
    rows: list[Mapping[str, object]] = []
    for among, own in members.items():
        for name, cases in (("diseased", reads.y_true), ("non-diseased", ~reads.y_true)):
            numbers = kinds[:, own][:, :, cases].sum(axis=(1, 2))
            row: dict[str, object] = {"among": among, "cases": name, "n": int(numbers.sum())}
            rows.append(row | dict(zip(CHANGES, map(int, numbers), strict=True)))
    return tuple(rows)


@dataclass(frozen=True)
class _Bias:
    """How calls moved, seen from the model that was shown; None where nothing can be said."""

    misled: Estimate | None
    background: Estimate | None
    excess: Estimate | None
    rescued: Estimate | None
    counted: Mapping[str, tuple[int, int]]


def _bias(reads: Reads, right: BoolArray, shown: FloatArray | None, level: float) -> _Bias:
    """Right calls that became wrong (the model being wrong, or right), and wrong ones rescued."""
    if shown is None:
        return _Bias(None, None, None, None, {})
    model_right = shown == reads.y_true
    units = np.arange(reads.y_true.size) if reads.cluster is None else reads.cluster
    before, after = right
    misled = _Share(before & ~after & ~model_right, before & ~model_right, units)
    background = _Share(before & ~after & model_right, before & model_right, units)
    rescued = _Share(~before & after & model_right, ~before & model_right, units)
    return _Bias(
        misled.estimate(level),
        background.estimate(level),
        misled.minus(background, level),
        rescued.estimate(level),
        {"misled": misled.counted, "background": background.counted, "rescued": rescued.counted},
    )


class _Share:
    """The share of ``hits`` among reads (r, n), with each patient's influence on it."""

    def __init__(self, hits: BoolArray, among: BoolArray, units: IntArray) -> None:
        self.total = int(among.sum())
        self.hits = hits[among].astype(np.int64)
        self.owner = np.broadcast_to(units, among.shape)[among]
        self.value = float(self.hits.mean()) if self.total else np.nan
        each = hits.sum(axis=0) - np.nan_to_num(self.value) * among.sum(axis=0)
        self.influence = cluster_sums(each.astype(np.float64), units) / max(self.total, 1)
        self.seen = cluster_sums(among.sum(axis=0).astype(np.float64), units) > 0

    @property
    def counted(self) -> tuple[int, int]:
        """How many, of how many."""
        return int(self.hits.sum()), self.total

    def estimate(self, level: float) -> Estimate | None:
        """The share with Wilson's interval on as many reads as the patients are worth."""
        if not self.total:
            return None
        return proportion(self.hits, cluster=self.owner, confidence_level=level).estimate

    def minus(self, other: _Share, level: float) -> Estimate | None:
        """The difference of two shares of the same patients, their intervals squared and added."""
        one, two = self.estimate(level), other.estimate(level)
        if one is None or two is None:
            return None
        shared = float((self.influence * other.influence).sum())
        size = float(np.sqrt((self.influence**2).sum() * (other.influence**2).sum()))
        alike = shared / size if size > 0 else 0.0
        down = _arm(one.value - one.low, two.high - two.value, alike)
        up = _arm(one.high - one.value, two.value - two.low, alike)
        gap = one.value - two.value
        method = "difference of two Wilson intervals on n / design effect, correlated by patient"
        se = _error(self.influence - other.influence, int((self.seen | other.seen).sum()))
        return Estimate(gap, max(-1.0, gap - down), min(1.0, gap + up), level, method, se)


def _arm(one: float, two: float, alike: float) -> float:
    """Half a difference's interval from halves of two intervals with a correlation."""
    return float(np.sqrt(max(one**2 + two**2 - 2 * alike * one * two, 0.0)))


def _error(influence: FloatArray, n: int) -> float:
    return float(np.sqrt((influence**2).sum() * n / (n - 1))) if n > 1 else float("nan")
