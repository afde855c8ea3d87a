"""Column names as people read them."""

from __future__ import annotations

BLOCKS = ("clinical", "node", "radiomics", "deep")
UNITS = (("_mm2", "mm²"), ("_px2", "px²"), ("_mm", "mm"), ("_px", "px"))


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
    if block not in BLOCKS:
        return column.replace("_", " ")
    if block == "deep":
        encoder, _, number = name.rpartition("_")
        return f"deep feature {int(number)}{' of the crop' * encoder.endswith('_crop')}"
    measured = " of the mask" if block == "node" else ""
    for ending, unit in UNITS:
        if name.endswith(ending):
            return f"{name.removesuffix(ending).replace('_', ' ')}{measured} ({unit})"
    return name.replace("_", " ")
