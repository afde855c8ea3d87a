"""The reads of a study and what can be asked of them: the chapter on physicians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from radln._types import Alternative
from radln.predictions import Predictions
from radln.stats.readers._intake import read_frames
from radln.stats.readers._reads import Reads
from radln.stats.readers.obuchowski_rockette import MrmcComparison, mrmc


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
        positive: str | None = None,
        levels: Sequence[str] | None = None,
        threshold: float | None = None,
        scale: tuple[float, float] | str | None = None,
        columns: Mapping[str, str] | None = None,
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
            or a :class:`Predictions` of one repeat.
        positive
            The label of the diseased class, where the truth or the calls are words.
        levels
            The levels that may occur.
        threshold
            A score at or above it counts as a positive call, where there are no calls.
        scale
            ``(low, high)``: every score must lie within; ``"own"``: every reader has a scale of
            their own, so that scores are never averaged. Otherwise unlike scales are refused.
        columns
            Our name -> the name in the tables, such as ``{"reader": "Radiologist"}``.

        Returns
        -------
        ReaderStudy
            Cases and readers in natural order, modalities in the order of their categories where
            the column is categorical, else sorted; the order of the rows changes nothing.

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
        return cls(
            **read_frames(
                reads, truth, model,
                positive=positive, levels=levels, threshold=threshold, scale=scale, columns=columns,
            )
        )  # fmt: skip

    def __repr__(self) -> str:
        cases = f"{self.y_true.size} cases ({int(self.y_true.sum())} diseased)"
        people = f"{int(self.patient.max()) + 1} patients"
        return (
            f"ReaderStudy: {len(self.readers)} reader(s), {cases} of {people}, "
            f"{len(self.modalities)} modality(ies), {self.design}"
        )

    def mrmc(
        self,
        *,
        figure: str = "auc",
        specificity: float | tuple[float, float] | None = None,
        covariance: str = "jackknife",
        readers: str | None = None,
        cases: str = "random",
        margin: float | None = None,
        alternative: Alternative = "two-sided",
        confidence_level: float = 0.95,
    ) -> MrmcComparison:
        """Do modalities (or conditions) differ, for readers and cases like these?

        Parameters
        ----------
        figure
            ``auc``, ``partial_auc`` (divided by its width: the mean sensitivity),
            ``sensitivity_at_specificity``, or ``sensitivity`` and ``specificity`` of the calls.
        specificity
            ``(low, high)`` for ``partial_auc``, one number for ``sensitivity_at_specificity``.
        covariance
            ``jackknife`` (over patients where they have several cases), ``delong`` (Obuchowski 1997
            where patients have several) or ``unbiased`` (independent cases only).
        readers, cases
            ``random`` (a sample of those to whom the result shall apply) or ``fixed``. Readers are
            random from four on unless said otherwise; below, these very readers are the subject.
        margin
            For non-inferiority or equivalence: with it ``greater`` tests that the first modality is
            not worse by the margin, ``less`` that the second is not, ``two-sided`` equivalence.
        alternative
            Of the differences, each ``first - second``.
        confidence_level : in (0, 1)

        Returns
        -------
        MrmcComparison
            Also for one modality: the average reader with an interval.

        Raises
        ------
        InputError, SingleClassError
            A reader without reads in a modality, or with fewer than two cases of a class.

        Notes
        -----
        Obuchowski and Rockette's analysis of variance of the figures with correlated errors and
        Hillis' degrees of freedom; with the jackknife it equals the analysis of Dorfman, Berbaum
        and Metz. Cases may be crossed with readers, nested in them or nested in modalities; what is
        shared is read off the table. A variance estimated as negative is named in ``warnings``.

        References
        ----------
        Obuchowski and Rockette 1995, doi:10.1080/03610919508813243; Hillis 2007,
        doi:10.1002/sim.2532; Hillis 2014, doi:10.1002/sim.5926.

        Examples
        --------
        >>> import numpy as np, pandas as pd
        >>> rng = np.random.default_rng(7)
        >>> truth = pd.DataFrame({"case_id": range(40), "y_true": [0, 1] * 20})
        >>> rows = [(case, reader, modality, y * gain + rng.normal())
        ...         for reader in "ABCDE" for modality, gain in (("CT", 2), ("US", 1))
        ...         for case, y in truth.itertuples(index=False)]
        >>> reads = pd.DataFrame(rows, columns=["case_id", "reader", "modality", "score"])
        >>> found = ReaderStudy.from_frame(reads, truth).mrmc()
        >>> found.differences[0].estimate.value > 0, found.random
        (True, ('readers', 'cases'))
        """
        return mrmc(
            self, figure=figure, specificity=specificity, covariance=covariance, readers=readers,
            cases=cases, margin=margin, alternative=alternative, confidence_level=confidence_level,
        )  # fmt: skip
