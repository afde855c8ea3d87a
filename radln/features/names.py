"""Column names as people read them."""

from __future__ import annotations

PREFIXES = ("clinical_", "node_", "radiomics_", "deep_")
UNITS = (("_mm2", "mm²"), ("_px2", "px²"), ("_mm", "mm"), ("_px", "px"))


def readable(column: str) -> str:
    """A column's name for people: no block in front, the unit in brackets.

    Examples
    --------
    >>> readable("clinical_age"), readable("node_long_axis_mm"), readable("rad_score")
    ('age', 'long axis (mm)', 'rad-score')
    """
    if column == "rad_score":
        return "rad-score"
    name = column
    for prefix in PREFIXES:
        if name.startswith(prefix):
            name = name.removeprefix(prefix)
            break
    for ending, unit in UNITS:
        if name.endswith(ending):
            return f"{name.removesuffix(ending).replace('_', ' ')} ({unit})"
    return name.replace("_", " ")
