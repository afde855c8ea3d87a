"""Pictures that the encoder learned from: no model may be judged on deep features of these.

Such features hold what the encoder was told of the picture's outcome. No cross-validation
downstream takes that back, and shuffled labels do not show it. Where one part is tested once, only
its own pictures count (:func:`radln.study.leaks.refused_of_seen`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from radln.errors import InputError, LeakageError, UnreadableFileError
from radln.features.settings import FeatureSettings
from radln.imaging.fingerprint import Fingerprints
from radln.io.cases import CaseSource
from radln.io.tables import open_table, write_csv

SEEN = "seen_by_encoder"
PICTURES = "pictures"  # the table of a run's pictures


def learned_from(features: FeatureSettings) -> Fingerprints | None:
    """The encoder's training pictures; None without deep features, or where it lists none."""
    if features.deep is None:
        return None
    known = features.deep.load().seen
    return known if len(known) else None


def refuse_seen(
    features: FeatureSettings, sources: Sequence[CaseSource], seen: Collection[str]
) -> None:
    """Raise LeakageError where there are such cases; nothing in study.yaml acknowledges them."""
    if features.deep is None or not seen:
        return
    images = {source.image for source in sources}
    known = {source.image for source in sources if source.case_id in seen}
    raise LeakageError(
        f"the encoder {features.deep.load().name!r} learned from {len(known)} of the {len(images)} "
        "images of this study, so that its deep features already know their outcomes and every "
        "model with them would look better than it is. Do one of three: leave deep features out "
        "(features: deep: null in study.yaml); name an encoder that learned elsewhere "
        "(features.deep.encoder); or drop these rows from the table (`radln check --out cases.csv` "
        f"lists them as {SEEN})."
    )


def write_pictures(pictures: Collection[str], out: Path) -> None:
    """Keep the digests of a run's pictures, of no case by name, so that they are known again."""
    digests = sorted(set(pictures) - {""})
    if digests:
        write_csv(out / "tables" / f"{PICTURES}.csv", pd.DataFrame({"sha256": digests}))


def refuse_known(pictures: Sequence[str], cases: Sequence[CaseSource], development: Path) -> str:
    """How many pictures were compared with those of the study that made a bundle, in words.

    ``pictures`` are the digests of the cases' pictures, blank where one cannot be read.

    Raises
    ------
    LeakageError
        Some are among them.
    InputError, UnreadableFileError
        The folder is not that of a run, or does not say which pictures it had.
    """
    if not (development / "run.json").is_file():
        raise InputError(
            f"{development.name!r} is no folder of a run (it has no run.json); name the results "
            "folder of the study that made the bundle (--development)."
        )
    if not pictures:
        return "No pictures were compared with those of the development study: none are used here."
    file = development / "tables" / f"{PICTURES}.csv"
    if not file.is_file():
        raise UnreadableFileError(
            f"{development.name!r} does not say which pictures its study had (tables/{file.name}); "
            "run that study again with this radln, or leave --development out."
        )
    known = set(open_table(file, text=("sha256",)).frame["sha256"])
    again = [c.case_id for picture, c in zip(pictures, cases, strict=True) if picture in known]
    if again:
        raise LeakageError(
            f"{len(again)} of the {len(pictures)} pictures were in the study that made the bundle "
            f"(such as that of case {again[0]!r}): on these its models look better than they are. "
            "Take their rows out of the table."
        )
    return f"None of the {len(pictures)} pictures was in the study that made the bundle."
