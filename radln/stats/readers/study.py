"""The reads of a study and what can be asked of them: the chapter on physicians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

import pandas as pd

from radln._types import Alternative, Rng
from radln.predictions import Predictions
from radln.stats._cases import ALL, case_wise
from radln.stats.readers import (
    agreement,
    aided,
    groups,
    obuchowski_rockette,
    operating_points,
    performance,
    pseudovalues,
    standalone,
)
from radln.stats.readers._intake import read_frames
from radln.stats.readers._reads import Reads
from radln.stats.readers.below_chance import BELOW, findings, joined, rankings_of
from radln.stats.readers.combinations.combination import Combination
from radln.stats.readers.combinations.combine import combine_reads
from radln.stats.readers.combinations.combined_reads import CombinedReads, Measure
from radln.stats.readers.members import members_of
from radln.stats.readers.over_folds import usable_folds, with_folds
from radln.stats.readers.partly_crossed.u_statistics import UStatistics, u_statistics


class ReaderStudy(Reads):
    """Reads of cases by physicians, the truth, and what models said of the same cases.

    Made by :meth:`from_frame`; it holds arrays (see the parameters of ``Reads``: ``case_ids``,
    ``readers``, ``modalities``, ``score``, ``call`` ...) and offers the analyses as methods.

    Examples
    --------
    >>> import pandas as pd
    >>> reads = pd.DataFrame({"case_id": ["a", "b", "c", "d"] * 2,
    ...                       "reader": ["Ann"] * 4 + ["Bob"] * 4,
    ...                       "score": [1, 2, 4, 5, 2, 1, 3, 5]})
    >>> truth = pd.DataFrame({"case_id": list("abcd"), "y_true": [0, 0, 1, 1]})
    >>> study = ReaderStudy.from_frame(reads, truth)
    >>> study.readers, study.design
    (('Ann', 'Bob'), 'factorial')
    """

    @classmethod
    def from_frame(
        cls,
        reads: pd.DataFrame,
        truth: pd.DataFrame | None = None,
        model: pd.DataFrame | Predictions | None = None,
        *,
        positive: str | Sequence[str] | None = None,
        levels: Sequence[str] | None = None,
        threshold: float | str | None = None,
        cutoffs: Mapping[str, float | str] | None = None,
        order: Sequence[str] | None = None,
        scale: tuple[float, float] | str | None = None,
        columns: Mapping[str, str] | None = None,
        inputs: Mapping[str, Sequence[str]] | None = None,
    ) -> ReaderStudy:
        """Which reads are there, and can they be trusted?

        Parameters
        ----------
        reads
            One row a read: ``case_id``, ``reader``, and ``score`` (higher: more likely diseased)
            or ``call`` (0/1) or both; optionally ``patient_id`` (the case is its own patient where
            there is none), ``level`` (such as expert, trainee), ``modality`` (or condition, such as
            "without", "with"), ``repeat`` (a second session of the same cases), ``y_true``.
        truth
            One row a case: ``case_id``, ``y_true``, optionally ``patient_id``. Not needed where
            the reads carry ``y_true``.
        model
            ``case_id``, ``y_prob`` or ``y_score``, and ``source`` where there are several models;
            or a :class:`Predictions`, also as the table that a study writes: repeats are averaged,
            and readers in it are not taken for models. Its ``y_true`` and ``patient_id`` serve
            where no other table has them, and must agree with the truth.
        positive
            The label of the diseased class, where the truth or the calls are words; several
            where they use different ones, such as ``("malignant", "suspicious")``.
        levels
            The levels that may occur.
        threshold
            A score at or above it counts as a positive call, where there are no calls.
        cutoffs
            Reader -> the reader's own, in place of the threshold.
        order
            The scores from low to high, where they are words or mixed, such as ``("3", "4a", "4b",
            "5")``; grades (BI-RADS 4a, TR5, C3) need none. They count by their places 0, 1, 2 ...,
            and ``threshold`` and ``cutoffs`` name one of them.
        scale
            ``(low, high)``: every score must lie within; ``"own"``: every reader has a scale of
            their own, so that scores are never averaged. Otherwise unlike scales are refused;
            whole numbers whose ranges overlap are taken to be of one scale, with a note of the
            ranges where these differ much, or where a reader seems to number from another end. A
            code for missing (0, 9, 99, -1 ... beside categories such as 1 to 5) is refused unless
            ``(low, high)`` holds it; another rare value apart from the rest is noted.
        columns
            Our name -> the name in the tables, such as ``{"reader": "Radiologist"}``.
        inputs
            Model -> the readers whose reads it was given as predictors, such as
            ``{"combined": ["expert_1"]}``; the two are then never compared as rivals.

        Returns
        -------
        ReaderStudy
            Cases and readers in natural order, modalities in the order of their categories where
            the column is categorical, else sorted; the order of the rows changes nothing. A reader
            or model who ranks against the truth (the interval of the AUC, or of half of the
            sensitivity plus specificity of calls, wholly below 0.5) is named in ``warnings``, which
            every analysis hands on.

        Raises
        ------
        InputError, SingleClassError
            A read twice, a case without truth or with two, a reader with one case, constant
            scores, unknown levels, unlike scales, cases of one class: each says what to do.

        Examples
        --------
        >>> import pandas as pd
        >>> reads = pd.DataFrame({"Radiologist": ["A", "A", "A", "A"], "case_id": [1, 2, 3, 4],
        ...                       "call": ["benign", "malignant", "benign", "malignant"],
        ...                       "y_true": ["benign", "malignant", "malignant", "malignant"]})
        >>> study = ReaderStudy.from_frame(reads, positive="malignant",
        ...                                columns={"reader": "Radiologist"})
        >>> study.call[0, 0].tolist()
        [0.0, 1.0, 0.0, 1.0]
        """
        study = cls(
            **read_frames(
                reads, truth, model,
                positive=positive, levels=levels, threshold=threshold, cutoffs=cutoffs,
                order=order, scale=scale,
                columns=columns, inputs=inputs,
            )
        )  # fmt: skip
        folds, said = usable_folds(study)
        study = replace(study, folds=folds)
        notes = (*findings(rankings_of(study)), *study.warnings, *said)
        return replace(study, warnings=notes)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"

    def __repr__(self) -> str:
        cases = f"{self.y_true.size} cases ({int(self.y_true.sum())} diseased)"
        people = f"{int(self.patient.max()) + 1} patients"
        return (
            f"ReaderStudy: {len(self.readers)} reader(s), {cases} of {people}, "
            f"{len(self.modalities)} modality(ies), {self.design}"
            + "".join(f"\nWarning: {note}" for note in self.warnings)
        )

    @case_wise()
    def u_statistics(
        self,
        *,
        figure: str = "auc",
        alternative: Alternative = "two-sided",
        margin: float | None = None,
        confidence_level: float = 0.95,
    ) -> UStatistics:
        """Which modality is better, where not every reader read every case?

        As :func:`radln.stats.u_statistics`, of these reads: the scores for ``auc``, the calls for
        ``sensitivity`` and ``specificity``.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> rng = np.random.default_rng(0)
        >>> rows = [(case, reader, modality, case % 2 + rng.normal(), case % 2)
        ...         for case in range(30) for reader in "ABC" for modality in ("x", "y")]
        >>> reads = pd.DataFrame(
        ...     rows, columns=["case_id", "reader", "modality", "score", "y_true"])
        >>> reads = reads[rng.random(len(reads)) < 0.8]
        >>> found = ReaderStudy.from_frame(reads).u_statistics()
        >>> found.difference("x", "y").pvalue < 1
        True
        """
        by_call = figure in ("sensitivity", "specificity")
        found = u_statistics(
            self.y_true,
            self.needed_call() if by_call else self.needed_score(),
            readers=self.readers,
            modalities=self.modalities,
            figure=figure,
            cluster=self.cluster,
            alternative=alternative,
            margin=margin,
            confidence_level=confidence_level,
        )
        told = [note for note in self.warnings if BELOW in note]
        return replace(found, warnings=joined(told, found.warnings))

    @case_wise()
    def combine(
        self,
        combinations: Sequence[Combination],
        *,
        modality: str | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        cutoffs: Mapping[str, float] | None = None,
        choose: str | float = "youden",
        primary: tuple[str, str] | None = None,
        primary_on: Measure = "auc",
        n_folds: int = 5,
        n_repeats: int = 5,
        confidence_level: float = 0.95,
        n_resamples: int = 2000,
        rng: Rng = 0,
    ) -> CombinedReads:
        """Are model and physicians together better than either alone?

        As :func:`radln.stats.combine_reads`, whose members are the readers (in one modality) and
        the models of this study. A reader's cut-off is the one that the calls imply; where the
        calls are no cut of the scores, the calls stand for the reader, and ``warnings`` names them.

        Parameters
        ----------
        modality
            Where the reads have several.
        groups
            Name -> readers that speak as one; by default every level with two readers or more,
            in the plural ("experts", "trainees"; "experts (group)" where a reader has that name),
            or "all readers" where there are no levels.
        combinations, cutoffs, choose, primary, primary_on, n_folds, n_repeats, confidence_level
            As for :func:`radln.stats.combine_reads`.
        n_resamples, rng
            Of the patient bootstrap behind F1, and of the folds.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> rng = np.random.default_rng(1)
        >>> y = np.arange(60) % 2
        >>> reads = pd.concat([
        ...     pd.DataFrame({"case_id": range(60), "reader": reader, "level": "expert",
        ...                   "y_true": y, "call": (y + rng.normal(size=60) > 0.5).astype(int)})
        ...     for reader in "AB"])
        >>> model = pd.DataFrame({"case_id": range(60),
        ...                       "y_prob": 1 / (1 + np.exp(1 - 2 * y - rng.normal(size=60)))})
        >>> study = ReaderStudy.from_frame(reads, model=model)
        >>> found = study.combine([Combination("or", ("model", "experts"))], n_resamples=20)
        >>> found.table()["source"].tolist()
        ['A', 'B', 'model', 'experts', 'model or experts']
        """
        members = members_of(self, modality, cutoffs)
        found = combine_reads(
            self.y_true,
            members.values,
            combinations,
            groups=members.groups if groups is None else groups,
            cutoffs=members.cutoffs,
            choose=choose,
            primary=primary,
            primary_on=primary_on,
            inputs=self.inputs,
            cluster=self.cluster,
            n_folds=n_folds,
            n_repeats=n_repeats,
            confidence_level=confidence_level,
            n_resamples=n_resamples,
            rng=rng,
        )
        found = with_folds(found, self, self.modality_index(modality))
        notes = joined(self.warnings, (*members.warnings, *found.warnings))
        return replace(found, warnings=notes)

    # functions of a study, as methods: each takes the study first
    performance = case_wise()(performance.reader_performance)
    agreement = case_wise(classes=ALL)(agreement.reader_agreement)
    mrmc = case_wise()(obuchowski_rockette.mrmc)
    pseudovalue_anova = case_wise()(pseudovalues.pseudovalue_anova)
    compare_groups = case_wise()(groups.compare_reader_groups)
    compare_with_model = case_wise()(standalone.compare_with_model)
    at_operating_points = case_wise()(operating_points.at_operating_points)
    model_benefit = case_wise()(aided.model_benefit)
