"""Pictures that the encoder learned from: no model may be judged on deep features of these.

Such features hold what the encoder was told of the picture's outcome. No cross-validation
downstream takes that back, and shuffled labels do not show it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from joblib import Parallel, delayed

from radln.errors import LeakageError, RadlnError
from radln.features.extract import CaseSource
from radln.features.settings import FeatureSettings
from radln.imaging.fingerprint import Fingerprints
from radln.imaging.volume import Case
from radln.io.images import read_image, read_mask

SEEN = "seen_by_encoder"


def learned_from(features: FeatureSettings) -> Fingerprints | None:
    """The encoder's training pictures; None without deep features, or where it lists none."""
    if features.deep is None:
        return None
    known = features.deep.load().seen
    return known if len(known) else None


def seen_cases(
    features: FeatureSettings,
    sources: Sequence[CaseSource],
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> set[str]:
    """Ids of the cases that can be measured and show a picture that the encoder learned from."""
    known = learned_from(features)
    if known is None:
        return set()
    looked = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_shows_known)(source, known) for source in sources
    )
    found = set()
    for done, (source, seen) in enumerate(zip(sources, looked, strict=True), 1):
        if seen:
            found.add(source.case_id)
        progress(done, len(sources))
    return found


def _shows_known(source: CaseSource, known: Fingerprints) -> bool:
    """Whether a node that can be measured, or its picture, is known."""
    try:
        image, mask = read_image(source.image), read_mask(source.mask)
        one = source.label is not None
        labels: list[int | None] = [source.label] if one else [*mask.present] or [None]
        nodes = [Case.from_volume(source.case_id, image, mask, label) for label in labels]
    except RadlnError:
        return False
    return any(known.hold(image.values, node.region) for node in nodes)


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
