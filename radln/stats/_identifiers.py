"""Columns that name the cases, which would count as scores, predictors or variables."""

from __future__ import annotations

import re
from collections.abc import Iterable

from radln.errors import InputError

NAMED = re.compile(
    r"(case|patient|pat|subject|study|record|person|image|scan|node|lesion|unit|exam|accession)?"
    r"[\s_.-]*(id|mrn|pid|uid|pseudonym)"
    r"|(case|patient|pat|subject|person|accession)[\s_.-]*(nr|no|number)\.?"
    r"|unnamed: \d+",
    re.IGNORECASE,
)


def refuse_identifiers(names: Iterable[object], where: str) -> None:
    """Refuse columns by what they are called.

    Examples
    --------
    >>> refuse_identifiers(["age", "Patient ID"], "X")
    Traceback (most recent call last):
        ...
    radln.errors.InputError: X: 'Patient ID' is named like an identifier of the cases, and would ...
    """
    for name in names:
        if NAMED.fullmatch(str(name).strip()):
            raise InputError(
                f"{where}: {str(name)!r} is named like an identifier of the cases, and would count "
                f"as one of their properties. Leave it out of {where}; if it is a measurement, "
                "give it another name."
            )
