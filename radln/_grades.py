"""Grades of radiology, such as BI-RADS 4a, TR5 or C3, in their order."""

from __future__ import annotations

import re
from collections.abc import Sequence

# a name, a number and a letter behind it
GRADE = re.compile(r"((?:bi|ti|o|pi|li)-?rads|tr|c|u|n|t|m|g|stage|grade)?\s*(\d)\s*([abc]?)", re.I)


def graded(labels: Sequence[str]) -> list[str] | None:
    """Labels of one kind of grade in their order; None where one is no grade, or all are numbers.

    Examples
    --------
    >>> graded(["5", "4a", "3", "4c"])
    ['3', '4a', '4c', '5']
    >>> graded(["3", "4", "5"]) is None, graded(["4a", "probably benign"]) is None
    (True, True)
    """
    found = {label: GRADE.fullmatch(label) for label in dict.fromkeys(labels)}
    if not found or not all(found.values()):
        return None
    parts = {label: match.groups(default="") for label, match in found.items() if match}
    if len({part[0] for part in parts.values()}) > 1:
        return None
    if all(not part[0] and not part[2] for part in parts.values()):
        return None  # plain digits are numbers
    return sorted(parts, key=lambda label: (parts[label][1], parts[label][2]))


def no_grades(labels: Sequence[str]) -> list[str]:
    """Which of the labels of grades are none: 0 (not assessed), and 7 and more, codes for missing.

    Examples
    --------
    >>> no_grades(["3", "4a", "9", "0"])
    ['0', '9']
    """
    return sorted({label for label in labels if label in ("0", "7", "8", "9")})
