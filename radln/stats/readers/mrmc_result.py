"""What a comparison of modalities says: means, differences, components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from radln._result import Estimate, Result, estimate_row, format_p
from radln._types import Alternative, FloatArray
from radln.errors import InputError
from radln.stats.readers._differences import ReaderDifference
from radln.stats.readers._inference import aimed
from radln.stats.readers._variance import Components
from radln.stats.readers.sampling import scope

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MrmcComparison(Result):
    """Modalities compared over readers and cases.

    ``merit`` (m, r) holds the figure of each reader in each modality and ``covariance``
    (m r, m r) its error covariance, modality by modality; ``means`` and their ``mean_df`` the
    average reader; ``statistic``, ``df1``, ``df2`` and ``pvalue`` test that all modalities are
    equal (F, or chi-square where ``df2`` is infinite; NaN for one modality). ``differences`` are
    ``a - b`` on average, ``reader_differences`` those of each reader (fixed readers only).
    """

    figure: str
    readers: tuple[str, ...]
    modalities: tuple[str, ...]
    random: tuple[str, ...]
    design: str
    merit: FloatArray
    covariance: FloatArray | None
    components: Components
    means: tuple[Estimate, ...]
    mean_df: tuple[float, ...]
    reader_means: tuple[Estimate, ...]
    statistic: float
    denominator: float
    df1: float
    df2: float
    pvalue: float
    differences: tuple[ReaderDifference, ...]
    reader_differences: tuple[ReaderDifference, ...]
    alternative: Alternative
    margin: float | None

    def frame(self) -> pd.DataFrame:
        """The average reader in each modality, then every difference with its test."""
        rows = [
            {**estimate_row(mean, quantity="mean", modality=name, reader="average"), "df": df}
            for name, mean, df in zip(self.modalities, self.means, self.mean_df, strict=True)
        ]
        for found in (*self.differences, *self.reader_differences):
            rows.append(
                {
                    **estimate_row(
                        found.estimate,
                        quantity="difference",
                        modality=f"{found.a} - {found.b}",
                        reader=found.reader or "average",
                    ),
                    "df": found.df,
                    "statistic": found.statistic,
                    "pvalue": found.pvalue,
                    "pvalue_adjusted": found.pvalue_adjusted,
                }
            )
        return pd.DataFrame(rows)

    def reader_frame(self) -> pd.DataFrame:
        """One row a reader and modality: the figure with its interval over cases."""
        labels = [(name, reader) for name in self.modalities for reader in self.readers]
        return pd.DataFrame(
            [
                estimate_row(found, modality=name, reader=reader, figure=self.figure)
                for (name, reader), found in zip(labels, self.reader_means, strict=True)
            ]
        )

    def variance_components(self) -> Mapping[str, float]:
        """Estimates by name: reader, modality x reader, error, cov1, cov2, cov3."""
        return dict(self.components.table())

    def pilot(self) -> dict[str, float]:
        """These components as a pilot for planning: ``size_mrmc(0.05, ..., **found.pilot())``.

        Raises
        ------
        InputError
            One modality or one reader, which say nothing about modalities over readers.
        """
        part = self.components
        if part.n_modalities < 2 or part.n_readers < 2:
            raise InputError(
                f"the pilot had {part.n_modalities} modality(ies) and {part.n_readers} reader(s); "
                "planning with size_mrmc needs two of each. Without such a pilot use "
                "assumed_mrmc_variance; to plan for a model against readers, "
                "compare_with_model().pilot() with size_standalone."
            )
        return {
            "var_tr": part.var_interaction,
            "cov1": part.cov1,
            "cov2": part.cov2,
            "cov3": part.cov3,
            "var_error": part.var_error,
            "pilot_cases": self.n,
            "pilot_positive": self.n_positive,
        }

    def anova(self) -> pd.DataFrame:
        """Degrees of freedom and mean squares of modality, reader and their interaction."""
        part = self.components
        df = [part.n_modalities - 1, part.n_readers - 1]
        squares = [part.ms_modality, part.ms_reader, part.ms_interaction]
        return pd.DataFrame(
            {
                "source": ["modality", "reader", "modality x reader"],
                "df": [*df, df[0] * df[1]],
                "mean_square": squares,
            }
        )

    def summary(self) -> str:
        """The comparison in words."""
        means = "; ".join(
            f"{name} {mean.format(3)}"
            for name, mean in zip(self.modalities, self.means, strict=True)
        )
        text = (
            f"{self.figure} of {len(self.readers)} reader(s), {self.n} cases ({self.n_positive} "
            f"diseased, {self.n_patients} patients): {means}"
        )
        if len(self.modalities) > 2:
            text += f"; all equal: {format_p(self.pvalue)}"
        for found in self.differences:
            text += f"; {found.a} − {found.b} {found.estimate.format(3)}, {_tested(found, self)}"
        return f"{text}. {self.method}; {scope(self.random, len(self.readers))}."

    def plot(self, ax: Axes | None = None) -> Axes:
        """Every reader's figure in every modality, and the average reader."""
        from radln._draw.readers import draw_slopes

        means = {"": [(mean.value, mean.low, mean.high) for mean in self.means]}
        title = f"n = {self.n} cases, {len(self.readers)} readers"
        groups = [""] * len(self.readers)
        return draw_slopes(
            self.modalities, self.merit, groups, means, ylabel=self.figure, title=title, ax=ax
        )


def _tested(found: ReaderDifference, result: MrmcComparison) -> str:
    """A p-value, and of what."""
    own = format_p(found.pvalue) + aimed(found.a, found.b, result.alternative, result.margin)
    several = len(result.differences) > 1
    return f"{own} (Holm {format_p(found.pvalue_adjusted)})" if several else own
