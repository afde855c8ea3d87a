"""Column names as people read them."""

from __future__ import annotations

from radln.features.families import family_of
from radln.features.family import in_words


def readable(column: str) -> str:
    """A column's name for people: no block in front, the unit in brackets.

    Lengths measured on the mask say so, because a clinician may have measured the same by hand.

    Examples
    --------
    >>> readable("clinical_age"), readable("node_long_axis_mm"), readable("rad_score")
    ('age', 'long axis of the mask (mm)', 'rad-score')
    >>> readable("deep_bundled_0007"), readable("deep_bundled_crop_0007")
    ('deep feature 7', 'deep feature 7 of the crop')
    """
    if column == "rad_score":
        return "rad-score"
    block, _, name = column.partition("_")
    if block == "clinical":
        return in_words(name)
    family = family_of(block)
    return column.replace("_", " ") if family is None else family.readable(name)
