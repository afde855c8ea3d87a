"""What the title of a column says of what it holds: a rater, who rated, a rating, or the truth."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from radln.errors import InputError

PEOPLE = (
    "rater|reader|observer|radiologist|annotator|examiner|reviewer|grader|physician|doctor|judge"
    "|leser(in)?|untersucher(in)?|befunder(in)?|arzt|ärztin"
)
WHO = re.compile(rf"^({PEOPLE})s?([ _.-]?(id|name|nr|no|number|code))?$", re.IGNORECASE)
# One rater's own column: reader 1, Reader_B, expert2.
RATER = re.compile(
    rf"^({PEOPLE}|expert|trainee|resident|specialist|model|obs)s?[ _.-]*([a-z]|\d+)?$|^r\d+$",
    re.IGNORECASE,
)
RATING = re.compile(
    r"^(y_)?(score|rating|grade|value|call|reading|read|result|category|finding|label|diagnosis"
    r"|likert|confidence|suspicion|measurement|[a-z]{1,2}[ _-]?rads|volume|size|length|diameter)s?"
    r"([ _.-].*)?$",
    re.IGNORECASE,
)
TRUTHS = frozenset(
    (
        "diagnose", "diagnosis", "gold", "goldstandard", "groundtruth", "gt", "malignancy",
        "malignant", "outcome", "reference", "standard", "truelabel", "truth", "wahrheit", "ytrue",
    )
)  # fmt: skip
TISSUE = re.compile(r"(histo|patholog(?!ist)|biops|cytolog|zytolog)")
FEWEST, ROWS_EACH = 8, 3  # rows of a table, and of each rater in it


def is_truth(title: object) -> bool:
    """Whether a title speaks of the truth and not of someone who rated.

    Examples
    --------
    >>> [is_truth(t) for t in ("truth", "Gold standard", "histology_result", "y_true", "reader 1")]
    [True, True, True, True, False]
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(title))
    words = [word.lower() for word in re.split(r"[^A-Za-z]+", text) if word]
    joined = "".join(words)
    if any(re.fullmatch(f"({PEOPLE}|expert|model)s?", word) for word in words):
        return False
    return joined in TRUTHS or any(word in TRUTHS or TISSUE.match(word) for word in words)


def about_truth(titles: Iterable[object]) -> tuple[str, ...]:
    """A note on columns that are called like the truth beside raters."""
    named = [repr(title) for title in titles if is_truth(title)]
    if not named:
        return ()
    return (
        f"column {', '.join(named)} is named like the truth, and counts as a rater; leave it out "
        "where agreement among raters is asked, and compare raters with it by auc, "
        "diagnostic_table or kappa.",
    )


def refuse_reads(table: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Refuse a row a read whose cases stand in the index, or nowhere: who read is no rating.

    A note where a column without such a name runs as the raters of such a table do.
    """
    notes = []
    for title in table.columns:
        column = table[title] if table.columns.is_unique else None
        if column is None or not 2 <= column.nunique() < len(column) or column.isna().any():
            continue
        others = table.drop(columns=title)
        if WHO.match(str(title)) and _beside(column, others):
            rated = next((o for o in others if RATING.match(str(o))), others.columns[0])
            raise InputError(
                f"{name} looks like one row a read: {title!r} says who read, and would count as a "
                "rater. What is expected is one row a case and one column a rater: with the case "
                f"in a column give table.pivot(index='case', columns={title!r}, "
                f"values={rated!r}), after reset_index() where it is the index; if {title!r} holds "
                "ratings after all, give the column the rater's name."
            )
        turns, who = in_turns(column), bool(WHO.match(str(title)))
        if len(column) >= FEWEST and (turns or who) and _runs_with_none(column, others):
            which = repr(title) if isinstance(title, str) else f"{title + 1}"
            why = "is named like" if who else "holds each of its values equally often and in turn, "
            why += " who read" if who else "as who read does"
            notes.append(
                f"column {which} of {name} {why} in a table with a row a read, and runs with no "
                "other column: it counts as a rater. What is expected is one row a case and one "
                "column a rater (table.pivot)."
            )
    return tuple(notes)


def _beside(column: pd.Series, others: pd.DataFrame) -> bool:
    """Whether what stands beside names of raters is ratings of theirs."""
    if any(RATING.match(str(title)) for title in others):
        return True
    numeric = [pd.api.types.is_numeric_dtype(part) for _, part in others.items()]
    return in_turns(column) or (any(numeric) and not pd.api.types.is_numeric_dtype(column))


def in_turns(column: pd.Series) -> bool:
    """Whether each value stands equally often: in one block each, or one after the other."""
    codes, found = pd.factorize(column)
    times, rest = divmod(codes.size, len(found))
    if rest or times < ROWS_EACH or len(found) < 2:
        return False
    order = np.arange(len(found))
    return np.array_equal(codes, np.repeat(order, times)) or np.array_equal(
        codes, np.tile(order, times)
    )


def _runs_with_none(column: pd.Series, others: pd.DataFrame) -> bool:
    """Whether no other column takes other values, on the whole, where this one does."""
    codes = pd.factorize(column, sort=True)[0] if column.dtype != object else None
    if codes is None:
        return True
    ranks = pd.Series(codes).rank()
    for _, part in others.items():
        values = pd.Series(pd.factorize(part, sort=True)[0]) if part.dtype != object else None
        if values is None or values.nunique() < 2:
            continue
        if abs(float(np.corrcoef(ranks, values.rank())[0, 1])) > 2 / np.sqrt(len(column)):
            return False
    return True
