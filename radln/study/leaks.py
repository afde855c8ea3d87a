"""Pictures that would carry what is tested into training: shared ones, and those of the encoder."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

import numpy as np
import pandas as pd

from radln._types import ArrayLike
from radln.designs import Split, named
from radln.errors import LeakageError, RadlnError
from radln.settings import Settings
from radln.study.assemble import planned
from radln.study.intake import Intake
from radln.study.look import Look
from radln.study.seen import SEEN

WORDS = {
    "site": "two sites",
    "external": "both the study and the other centre",
    "test": "both training and test part",
    "held-out": "both training and test part",
}


def refuse_shared_pictures(
    settings: Settings,
    intake: Intake,
    looks: Sequence[Look],
    splits: Sequence[Split],
    patient_id: ArrayLike,
) -> None:
    """Raise LeakageError where a picture, pixel by pixel, is tested and also learned from.

    ``splits`` are of rows with these ``patient_id``. In cross-validation, where every case is
    learned from as well as tested, `check` looks for such pictures.
    """
    if settings.design.name == "cross-validation" or not intake.sources:
        return
    patients = np.asarray(patient_id, dtype=object)
    own = intake.rows["patient_id"].to_numpy(dtype=object)
    pictures = pd.DataFrame(
        {
            "case": [source.case_id for source in intake.sources],
            "picture": [look.picture for look in looks],
        }
    )
    several = pictures[(pictures["picture"] != "") & pictures["picture"].duplicated(keep=False)]
    for split in splits:
        tested, taught = (np.isin(own, patients[rows]) for rows in (split.test, split.train))
        shared = [
            group
            for _, group in several.groupby("picture")
            if tested[group.index].any() and taught[group.index].any()
        ]
        if shared:
            raise LeakageError(
                f"{len(shared)} picture(s) stand in {WORDS[split.partition]}, pixel by pixel the "
                f"same (cases {named(case for group in shared for case in group['case'])}): the "
                "models would be tested on what they learned from. Find out whose each picture is, "
                "and leave the wrong row out of the table."
            )


def seen_in(intake: Intake, looks: Sequence[Look]) -> set[str]:
    """The cases whose picture the encoder learned from."""
    return {
        source.case_id
        for source, look in zip(intake.sources, looks, strict=True)
        if SEEN in dict(look.found)
    }


def refused_of_seen(settings: Settings, intake: Intake, seen: Collection[str]) -> set[str]:
    """Of the cases whose picture the encoder learned from, those on which models are judged.

    Where one part is tested once, pictures of the training part are none: models may learn from
    what the encoder learned from, as long as neither has seen the test part.
    """
    if not settings.design.once or not seen:
        return set(seen)
    with suppress(RadlnError):  # without a split nothing runs, and every case counts
        (split,) = planned(settings, intake.rows)
        return tested_of(intake, split, intake.rows["patient_id"], seen)
    return set(seen)


def tested_of(
    intake: Intake, split: Split, patient_id: ArrayLike, cases: Collection[str]
) -> set[str]:
    """Of these cases, those of the patients whom a split of rows with ``patient_id`` tests."""
    tested = np.asarray(patient_id, dtype=object)[split.test]
    own = intake.rows["patient_id"]
    return set(cases) & set(own.index[own.isin(list(tested))])


def about_taught(n_seen: int) -> Iterator[str]:
    """What must be said of pictures of the training part that the encoder knew."""
    if n_seen:
        yield (
            f"The encoder learned from the pictures of {n_seen} case(s) of the training part, so "
            "that deep features tell more of their outcomes than of those of new patients, and "
            "models may lean on them too much; none of the test part was among them."
        )
