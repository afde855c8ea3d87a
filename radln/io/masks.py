"""From the values found in a mask file to integer labels: what counts as one node, what as several.

Masks come as 0/1, 0/255, 0/0.0039, one colour on black, or labels 1, 2, 3; some went through JPEG
or anti-aliasing and carry greys between.
"""

from __future__ import annotations

import numpy as np

from radln._types import FloatArray, IntArray
from radln.errors import UnreadableFileError
from radln.imaging.volume import distinct

MAX_LABELS = 32
LEAST_FULL = 0.25  # of the pixels of a drawn node, those that reach the largest value
SOFT_EDGE_FROM = 64.0  # the largest value from which greys between may be a soft edge


def grey_to_labels(
    values: np.ndarray, name: str, *, lossy: bool = False, label: int | None = None
) -> tuple[IntArray, tuple[str, ...]]:
    """Integer labels (0 = background) of a grey array, with notes on what was decided.

    ``lossy`` is true of JPEG, which changes labels; with a ``label`` that is there, any number of
    others may be.
    """
    integers = values.dtype.kind in "bui"
    complete = integers or bool(np.isfinite(values).all())
    if not complete or values.min() < 0:
        raise UnreadableFileError(
            f"the mask {name} holds negative or missing values; save it with 0 for background "
            "and 1 for the node.",
            code=None if complete else "missing_values",
        )
    whole = values if integers else np.rint(values)
    if not integers and np.abs(values - whole).max() < 1e-4:
        values = whole
    present = distinct(values)
    present = present[present > 0]
    if present.size == 0:
        return np.zeros(values.shape, dtype=np.int64), ()
    if lossy and present[-1] < SOFT_EDGE_FROM:
        raise _lossy(name)
    if present.size == 1:
        notes = () if present[0] == 1 else (f"{present[0]:.4g} read as 1",)
        return (values > 0).astype(np.int64), notes
    if _has_soft_edges(values, present):
        return _cut(values, float(present[-1]), name)
    if lossy:
        raise _lossy(name)
    if values.min() > 0:
        raise UnreadableFileError(
            f"the mask {name} has no background: no pixel is 0, and {present.size} values are "
            "there, each of which would be a node. Save it with 0 for background.",
            code="no_background",
        )
    crowded = present.size > MAX_LABELS and label not in present
    if crowded or (values != whole).any():
        raise not_labels(name, f"{present.size} different values")
    return values.astype(np.int64), ()


def not_labels(name: str, what: str) -> UnreadableFileError:
    """The refusal of a mask whose values are no labels."""
    return UnreadableFileError(
        f"the mask {name} holds {what} and reads neither as one node nor as labels; save it as PNG "
        "with 0 for background and one value a node.",
        code="not_labels",
    )


def _lossy(name: str) -> UnreadableFileError:
    how = "a JPEG" if name.lower().endswith((".jpg", ".jpeg")) else "compressed as JPEG"
    return UnreadableFileError(
        f"the mask {name} is {how}, which changes labels and makes new ones at their edges; save "
        "it as PNG from where it was drawn.",
        code="lossy_labels",
    )


def _cut(values: np.ndarray, top: float, name: str) -> tuple[IntArray, tuple[str, ...]]:
    """The node of a mask with soft edges, or the refusal of what is a map of probabilities."""
    half = 0.5 if values.dtype.kind == "f" and top <= 1 else top / 2
    full, some = int((values > top * 15 / 16).sum()), int((values > top / 16).sum())
    if top < half or full < LEAST_FULL * some:
        raise UnreadableFileError(
            f"the mask {name} holds a range of values up to {top:.4g}, as a map of probabilities "
            "does; decide on a threshold, and save 0 for background and 1 for the node.",
            code="not_labels",
        )
    between = int(((values > 0) & (values < top)).sum())
    note = f"cut at {half:.4g}: {between} pixels lay between 0 and {top:.4g}"
    return (values >= half).astype(np.int64), (note,)


def _has_soft_edges(values: np.ndarray, present: FloatArray) -> bool:
    """Whether the values between 0 and the largest are edge pixels rather than nodes.

    A drawn label fills at least one block of 3 x 3 pixels with its value; what JPEG and
    anti-aliasing leave between the two ends does not (near the ends JPEG may leave such blocks,
    of many different values, and they do not count). Of one or two values between the ends those
    are nodes that lie apart from the largest value. Whole numbers up to 63 are always labels.
    """
    from scipy import ndimage  # slow to load, and few masks come here

    top = float(present[-1])
    if top < SOFT_EDGE_FROM and (present == np.rint(present)).all():
        return False
    between = (values > top / 16) & (values < top * 15 / 16)
    if present.size <= 3:
        between = (values > 0) & (values < top)
        parts, count = ndimage.label(values > 0, np.ones((3,) * values.ndim))
        if np.unique(parts[values == top]).size < count:
            return False
    size = (1,) * (values.ndim - 2) + (3, 3)
    flat = ndimage.minimum_filter(values, size) == ndimage.maximum_filter(values, size)
    return not bool((flat & between).any())


def colours_to_grey(colours: np.ndarray, name: str) -> tuple[FloatArray, tuple[str, ...]]:
    """One value a pixel from colour channels (last axis): equal ones, or one colour on black."""
    colours = np.asarray(colours[..., :3], dtype=np.float64)
    brightest = np.ascontiguousarray(colours.max(axis=-1))
    if (colours == colours[..., :1]).all():
        return brightest, ()
    bright = brightest > brightest.max() / 2
    hue = colours[bright] / brightest[bright][:, None]
    if float(np.ptp(hue, axis=0).max()) > 0.25:
        raise UnreadableFileError(
            f"the mask {name} holds several colours; save it with one number a node "
            "(a label map), black for background.",
            code="not_labels",
        )
    return brightest, ("one colour on black read as the node",)
