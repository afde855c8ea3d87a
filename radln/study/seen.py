"""Pictures that the encoder learned from: no model may be judged on deep features of these.

Such features hold what the encoder was told of the picture's outcome. No cross-validation
downstream takes that back, and shuffled labels do not show it. Where one part is tested once, only
its own pictures count (:func:`radln.study.leaks.refused_of_seen`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from radln.errors import LeakageError
from radln.features.settings import FeatureSettings
from radln.imaging.fingerprint import Fingerprints
from radln.io.cases import CaseSource

SEEN = "seen_by_encoder"


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
