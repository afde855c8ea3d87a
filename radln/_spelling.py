"""Labels and identifiers that a reader takes for one and a program for two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from radln._door import worded
from radln.errors import InputError

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?", re.ASCII)
NUMERALS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
ROMAN = {numeral: str(k) for k, numeral in enumerate(NUMERALS, 1)}
LOOK_ALIKE = str.maketrans(  # small letters whose capital or small form looks Latin
    "авекмнорстухіјѕ" + "αβεζηικμνορτυχ",
    "abekmhopctyxijs" + "abezhikmnoptyx",
)


def spelled(label: object) -> str:
    """A label without what the eye passes over: capitals, blanks around it, doubled blanks, signs
    of no width, Cyrillic and Greek letters that look Latin.

    Examples
    --------
    >>> spelled(" Yes"), spelled(7.0), spelled("7"), spelled("\N{CYRILLIC CAPITAL LETTER VE}2")
    ('yes', '7', '7', 'b2')
    """
    if type(label) is not str and isinstance(label, float | np.floating):
        label = int(label) if float(label).is_integer() else label
    text = str(label)
    if text.isascii():
        return " ".join(text.split()).casefold()
    text = unicodedata.normalize("NFC", text)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(text.split()).casefold().translate(LOOK_ALIKE)


def one_spelling(labels: Iterable[object], *, name: str, shown: bool = True) -> None:
    """Refuse different labels that differ in capitals, blanks or unseen signs only: they would
    count as two.

    Identifiers of patients are not ``shown``, but where they stand among ``labels``.

    Examples
    --------
    >>> one_spelling(["no", "yes", "yes"], name="group")
    >>> one_spelling(["no", "yes", "Yes "], name="group")
    Traceback (most recent call last):
        ...
    radln.errors.InputError: group holds 'yes' and 'Yes ', which differ in capitals, blanks or ...
    """
    every = list(labels)
    distinct = dict.fromkeys(every)
    if len(set(map(spelled, distinct))) == len(distinct):
        return
    known: dict[str, object] = {}
    for label in distinct:
        first = known.setdefault(spelled(label), label)
        if first is label:
            continue
        which = f"{first!r} and {label!r}"
        if not shown:
            which = f"at positions {every.index(first)} and {every.index(label)} two names"
        alike = "" if f"{first}{label}".isascii() else ", letters that look alike"
        raise InputError(
            f"{name} holds {which}, which differ in capitals, blanks{alike} or type only and would "
            "count as two. Write each in one way"
            + worded(" (a column of a table: column.str.strip().str.lower())", "")
            + "; give different names to what is different."
        )


def one_number(labels: Iterable[object], *, name: str) -> None:
    """Refuse texts that are one number in two spellings, such as '1' and '1.0'.

    Examples
    --------
    >>> one_number(["1", "2", "1.0"], name="ratings")
    Traceback (most recent call last):
        ...
    radln.errors.InputError: ratings holds '1' and '1.0', one number in two spellings, which ...
    """
    pairs = _same_numbers(labels)
    if pairs:
        raise InputError(
            f"{name} holds {pairs[0][0]!r} and {pairs[0][1]!r}, one number in two spellings, which "
            "would count as two. Write each in one way; give different names to what is different."
        )


def number_doubts(labels: Iterable[object], *, name: str) -> list[str]:
    """A note on identifiers that are one number in two spellings, by where they stand.

    Examples
    --------
    >>> number_doubts(["7", "8", "007"], name="cluster")
    ['cluster holds one number in two spellings, as 7 and 007 are (1 pair(s), first at ...']
    """
    every = list(labels)
    pairs = _same_numbers(every)
    if not pairs:
        return []
    first, second = (every.index(label) for label in pairs[0])
    return [
        f"{name} holds one number in two spellings, as 7 and 007 are ({len(pairs)} pair(s), first "
        f"at positions {first} and {second}): they count as two. Write each in one way."
    ]


def _same_numbers(labels: Iterable[object]) -> list[tuple[object, object]]:
    """Pairs of different labels, one a text at least, that are the same number."""
    known: dict[Decimal, object] = {}
    found = []
    for label in dict.fromkeys(labels):
        text = str(label).strip()
        if not NUMBER.fullmatch(text):
            continue
        first = known.setdefault(Decimal(text), label)
        if first is not label and (isinstance(first, str) or isinstance(label, str)):
            found.append((first, label))
    return found


def other_prefix(ours: Iterable[str], theirs: Iterable[str]) -> str:
    """What to say where two tables number alike and write something else around the numbers.

    Blank where the numbers do not lead from each of ``ours`` to one of ``theirs``.

    Examples
    --------
    >>> other_prefix(["US-001", "US-002"], ["1", "2", "3"])
    "; the names differ in what stands around the number ('US-001' and '1'): write them alike"
    >>> other_prefix(["a"], ["1"])
    ''
    """
    known: dict[str, list[str]] = {}
    for name in theirs:
        known.setdefault(_number(name), []).append(name)
    pairs = [(name, known.get(_number(name), [])) for name in ours]
    if not pairs or any(len(same) != 1 for _, same in pairs) or not _number(pairs[0][0]):
        return ""
    one, (other,) = pairs[0]
    if one == other:
        return ""
    return (
        f"; the names differ in what stands around the number ({one!r} and {other!r}): write them "
        "alike"
    )


def _number(name: str) -> str:
    """The last whole number in a name, without zeros in front."""
    found = re.findall(r"\d+", str(name).removesuffix(".0"))
    return (found[-1].lstrip("0") or "0") if found else ""


def one_name(labels: Iterable[object], *, name: str) -> None:
    """Refuse names that differ in signs, blanks and zeros only.

    Examples
    --------
    >>> one_name(["Dr. Jones", "Dr Jones"], name="reader")
    Traceback (most recent call last):
        ...
    radln.errors.InputError: reader holds 'Dr. Jones' and 'Dr Jones', which differ in signs, ...
    """
    known: dict[str, object] = {}
    for label in dict.fromkeys(labels):
        first = known.setdefault(bare_name(label) or str(label), label)
        if first is not label:
            raise InputError(
                f"{name} holds {first!r} and {label!r}, which differ in signs, blanks or zeros "
                "only and would count as two. Write each in one way; give different names to what "
                "is different."
            )


def bare_name(name: object) -> str:
    """A name without capitals, signs, and zeros in front of its numbers; O, I and l beside figures
    are 0 and 1.

    Examples
    --------
    >>> bare_name("US-001"), bare_name("us 1.0"), bare_name("US-0O1")
    ('us 1', 'us 1', 'us 1')
    """
    text = spelled(name).removesuffix(".0")
    text = re.sub(r"(?<=\d)o+|o+(?=\d)", lambda found: "0" * len(found[0]), text)
    text = re.sub(r"(?<=\d)[il]+|[il]+(?=\d)", lambda found: "1" * len(found[0]), text)
    parts = re.findall(r"[^\W\d_]+|\d+", text)
    return " ".join(part.lstrip("0") or "0" for part in parts)
