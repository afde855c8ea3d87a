"""What can be wrong or doubtful with the data of a study: every condition and its remedy.

Four kinds. A refused study does not run. A refused case is left out and counted. A stopping finding
ends `check` and `run` until `acknowledge` in study.yaml names it; a finding is listed.
"""

from __future__ import annotations

from collections.abc import Sequence

from radln.study.condition import Condition
from radln.study.image_conditions import IMAGE_CONDITIONS
from radln.study.table_conditions import TABLE_CONDITIONS

CONDITIONS: dict[str, Condition] = {**IMAGE_CONDITIONS, **TABLE_CONDITIONS}


def stops(code: str, count: int, names: Sequence[str], acknowledged: Sequence[str]) -> list[str]:
    """What must be written under ``acknowledge`` before this finding lets a study run.

    A finding of columns is acknowledged column by column (``code:column``, of what stands before a
    colon), one of cases with its count (``code:count``), so that it stops again when the count
    grows.

    Examples
    --------
    >>> stops("same_picture", 4, [], ["same_picture:2"])
    ['same_picture:4']
    >>> stops("strong_predictor", 1, ["age"], ["strong_predictor:age"])
    []
    """
    if CONDITIONS[code].kind != "stopping finding":
        return []
    if names:
        named = [f"{code}:{name.partition(': ')[0]}" for name in names]
        return [name for name in named if name not in acknowledged]
    counts = [item.rpartition(":") for item in acknowledged]
    allowed = max((int(n) for held, _, n in counts if held == code and n.isdigit()), default=0)
    return [f"{code}:{count}"] if count > allowed else []
