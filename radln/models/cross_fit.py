"""Every candidate on every split: one loop that fits, stores, goes on and gathers predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from radln._shown import ShortRepr
from radln._types import FloatArray, IntArray
from radln.cohort.blocks import Columns, LearnedBlock, columns_in
from radln.cohort.core import Cohort
from radln.designs import Split, check_splits
from radln.models.candidate import Candidate, Fit
from radln.models.fitted import FittedModel
from radln.models.link import said_by
from radln.models.predict import predict_all
from radln.predictions import Predictions


@dataclass(frozen=True, eq=False, repr=False)
class FoldResult(ShortRepr):
    """What one split gives: its models and their held-out log-odds."""

    split: Split
    models: tuple[FittedModel, ...]
    log_odds: FloatArray  # (models, test rows)

    @property
    def repeat(self) -> int:
        """The split's repeat."""
        return self.split.repeat

    @property
    def fold(self) -> int:
        """The split's fold."""
        return self.split.fold

    @property
    def test(self) -> IntArray:
        """The rows that were held out."""
        return self.split.test


@dataclass(frozen=True, eq=False, repr=False)
class CrossFit(ShortRepr):
    """Out-of-fold predictions with the fold models that made them."""

    predictions: Predictions
    folds: tuple[FoldResult, ...]
    fold_of: dict[int, IntArray]

    def side(self, side: int) -> CrossFit:
        """The members of one class, as a fit of its own."""
        folds = []
        for fold in self.folds:
            at = [row for row, model in enumerate(fold.models) if model.side == side]
            models = tuple(fold.models[row] for row in at)
            folds.append(replace(fold, models=models, log_odds=fold.log_odds[at]))
        return replace(self, folds=tuple(folds))

    def cut_offs(self) -> pd.DataFrame:
        """The cut-off of every model in every split."""
        rows = [
            {
                "source": m.source,
                "repeat": f.repeat,
                "fold": None if f.split.locked else f.fold,
                "cut_off": m.cut_off,
            }
            for f in self.folds
            for m in f.models
        ]
        return pd.DataFrame(rows)


def fit_all(columns: Columns, split: Split, candidates: Sequence[Candidate]) -> tuple[Fit, ...]:
    """Every candidate on the training rows of one split, each after those whose scores it takes."""
    before: dict[str, Fit] = {}
    for candidate in candidates:
        found = candidate.fit(columns, split, before)
        members = found if isinstance(found, tuple) else (found,)
        before |= {member.model.name: member for member in members}
    return tuple(before.values())


def cross_fit(
    cohort: Cohort,
    splits: Sequence[Split],
    candidates: Sequence[Candidate],
    *,
    learned: Sequence[LearnedBlock] = (),
    jobs: int = 1,
    load: Callable[[Split], FoldResult | None] = lambda split: None,
    save: Callable[[FoldResult], None] = lambda result: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CrossFit:
    """Out-of-fold predictions of every candidate over the splits of a design.

    Parameters
    ----------
    learned
        Blocks whose columns depend on the split.
    load, save
        Called for every split, so that a run that was cut off goes on where it stopped.
    jobs
        Processes; the result is the same for any number.

    Raises
    ------
    LeakageError
        A patient stands on both sides of a split.
    """
    check_splits(splits, cohort.patient_id)
    done = {(s.repeat, s.fold): kept for s in splits if (kept := load(s)) is not None}
    waiting = [split for split in splits if (split.repeat, split.fold) not in done]
    tasks = (delayed(_run)(cohort, split, candidates, learned) for split in waiting)
    progress(len(done), len(splits))
    for result in Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks):
        save(result)
        done[(result.repeat, result.fold)] = result
        progress(len(done), len(splits))
    return _gather(cohort, tuple(done[(split.repeat, split.fold)] for split in splits))


def _run(
    cohort: Cohort,
    split: Split,
    candidates: Sequence[Candidate],
    learned: Sequence[LearnedBlock],
) -> FoldResult:
    with threadpool_limits(limits=1):
        columns = columns_in(cohort, split, learned)
        models = tuple(fit.model for fit in fit_all(columns, split, candidates))
        site = None if columns.site is None else columns.site[split.test]
        return FoldResult(split, models, predict_all(models, columns.frame.iloc[split.test], site))


def _gather(cohort: Cohort, results: tuple[FoldResult, ...]) -> CrossFit:
    parts = []
    fold_of: dict[int, IntArray] = {}
    units = cohort.units.reset_index()
    if (part := results[0].split.partition) != "held-out":
        units["partition"] = part
    for result in results:
        fold_of.setdefault(result.repeat, np.full(len(units), -1, dtype=np.int64))[result.test] = (
            result.fold
        )
        rows = units.loc[result.test, ["unit_id"]]
        # a test part is judged as it is: what was fitted speaks there, and not a way of modelling
        fold = None if result.split.locked else result.fold
        for source, target, score, probability in said_by(
            result.models, result.log_odds, cohort.outcome.targets
        ):
            parts.append(
                rows.assign(
                    source=source,
                    target=target,
                    y_score=score,
                    y_prob=probability,
                    repeat=result.repeat,
                    fold=fold,
                )
            )
    scores = pd.concat(parts, ignore_index=True)
    return CrossFit(Predictions(units, scores, cohort.outcome), results, fold_of)
