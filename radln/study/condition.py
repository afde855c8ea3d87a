"""One thing that can be wrong or doubtful with the data of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["refused study", "refused case", "stopping finding", "finding"]
KINDS: tuple[Kind, ...] = ("refused study", "refused case", "stopping finding", "finding")


@dataclass(frozen=True)
class Condition:
    """One thing that can be wrong: ``{n}`` in the text is the count, ``{names}`` the columns,
    ``{first}`` what was found first.
    """

    kind: Kind
    text: str
    remedy: str
