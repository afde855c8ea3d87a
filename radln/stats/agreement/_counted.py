"""Tables of counts, shares or 0/1 columns of categories, given in the place of ratings."""

from __future__ import annotations

from math import comb

import numpy as np

from radln._types import ArrayLike, FloatArray
from radln.errors import InputError

MOST = 200  # different categories
LARGEST = 10  # of the numbers that categories have
ROUNDING = 0.0101  # two shares of three in a row, rounded to two digits
RARE = 0.01  # of what raters who judge by chance would show
HARDLY = 0.1  # agreement beyond chance that is next to none
CLEAR = 0.2  # agreement beyond chance of a table that is read as counts
DIGITS = 9  # kept of an agreement, so that the order of rows decides nothing on the limit
EXPECTED = "one row a case, one column a rater, the value the category that this rater gave"
SAID = "if these are ratings, name the categories with labels"
TURNED = "if these are ratings, is the scale of one rater turned round"


def refuse_counted(ratings: ArrayLike, name: str) -> tuple[str, ...]:
    """Refuse a table of categories in the place of raters; a note where it may be one.

    Taken for ratings it would be rated by its own numbers. Columns of raters who agree go together;
    columns of categories go against each other, since a rater who gave one did not give the others.
    """
    given = _numbers(ratings)
    if given is None:
        return ()
    codes = np.unique(given)
    if codes.size == 2 and not np.isnan(codes).any() and (codes[0] != 0 or codes[1] == 1):
        return _one_hot(np.where(given == codes[1], 1.0, 0.0), codes[1], name)
    if (given < 0).any():
        return ()
    table = np.nan_to_num(given)  # no rater in a category may be left empty
    _refuse_two_raters(table, name)
    _refuse_shares(table, name)
    values = np.unique(given[~np.isnan(given)])
    if (values % 1 != 0).any() or values.size > MOST:
        return ()
    if set(values) <= {0.0, 1.0}:
        return ()
    _refuse_total(table, name)
    return _counts(given, table, values, name)


def _numbers(ratings: ArrayLike) -> FloatArray | None:
    """Numbers with rows and columns, or NaN; None of anything else."""
    try:
        table = np.asarray(ratings, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if table.ndim != 2 or min(table.shape) < 2 or np.isinf(table).any():
        return None
    return table


def _refuse_two_raters(table: FloatArray, name: str) -> None:
    """A square with numbers that are no categories: raters by raters."""
    n, k = table.shape
    if n == k and table.max() > LARGEST and (table % 1 == 0).all():
        raise InputError(
            f"{name} looks like a table of counts of two raters ({n} x {k}), not like ratings of "
            "subjects: give it to kappa(table). If these are ratings, name the categories with "
            "labels."
        )


def _refuse_shares(table: FloatArray, name: str) -> None:
    """Fractions or percentages that add up to the same whole in every row."""
    if len(np.unique(table, axis=0)) < 2:
        return
    sums = table.sum(axis=1)
    for total, what in ((1.0, "shares"), (100.0, "percentages")):
        fine = (table % 1 != 0).any() if total == 1 else table.max() > LARGEST
        if fine and (np.abs(sums - total) <= ROUNDING * total).all():
            raise InputError(
                f"{name} looks like {what} of raters by category (every row adds up to "
                f"{total:g}), not like {EXPECTED}. Multiply each row by its number of raters, round"
                " to counts, and write these out, for example [np.repeat(categories, row) for row "
                f"in counts]; {SAID}."
            )


def _one_hot(table: FloatArray, code: float, name: str) -> tuple[str, ...]:
    """Two codes, as 0 and 1, with equally many 1 in every row; refused if hardly by chance.

    Among k raters who judge independently at most C(k, s) (s/k)^s (1 - s/k)^(k - s) of the cases
    get exactly s positive calls, and fewer where the raters agree.
    """
    n, k = table.shape
    sums = table.sum(axis=1)
    s = int(sums[0])
    if not 0 < s < k or (sums != s).any() or len(np.unique(table, axis=0)) < 2:
        return ()
    often = comb(k, s) * (s / k) ** s * (1 - s / k) ** (k - s)
    told = (
        f"every row of {name} holds exactly {s} times {code:g}, as a column a category would "
        f"(one-hot), not {EXPECTED}. Columns of one rater become one: np.argmax(table, axis=1)"
    )
    if often**n < RARE:
        asked = f"{SAID}; {TURNED}?" if k == 2 else f"{SAID}."
        raise InputError(f"{told}, one such column a rater; {asked}")
    return (f"{told}. Is that what was given?",)


def _refuse_total(table: FloatArray, name: str) -> None:
    """A column that is the sum of the others is no rater."""
    n, k = table.shape
    if k < 3 or n < 3 or (table == 0).all(axis=0).any():
        return
    total = np.flatnonzero((2 * table == table.sum(axis=1)[:, None]).all(axis=0))
    if total.size:
        raise InputError(
            f"{name}: column {total[0] + 1} is the sum of the others, as the total in a table of "
            f"counts; what is expected is {EXPECTED}. Write the counts out without the total, for "
            f"example [np.repeat(categories, row) for row in counts]; {SAID}."
        )


def _counts(given: FloatArray, table: FloatArray, values: FloatArray, name: str) -> tuple[str, ...]:
    """Refuse what agrees as counts and not as ratings; a note where the counts agree better."""
    n, k = table.shape
    whole = not np.isnan(given).any()
    of_ratings = round(beyond_chance(_by_value(given, values)), DIGITS)
    as_counts = round(beyond_chance(table), DIGITS)
    together = round(_correlation(table), DIGITS) if whole else of_ratings
    as_ratings = max(of_ratings, together)
    each = _same_sums(table)
    half_way = round(-0.5 / (k - 1), DIGITS)  # from nothing to the least that can be
    against = together < half_way
    better = (as_counts > CLEAR and together <= 0) or (as_counts > 0 and against)
    unlike = whole and n > 2 and of_ratings <= HARDLY and better
    if each or unlike:
        rows = (
            f"every row sums to {table[0].sum():g}"
            if each
            else "where one column is high the others are low, so that raters would agree less "
            "than by chance"
        )
        also = f"; {TURNED}?" if k == 2 else "."
        raise InputError(
            f"{name} looks like counts of raters by category ({rows}), not like {EXPECTED}. Write "
            f"each row out, for example [np.repeat(categories, row) for row in {name}] (rows of "
            f"unlike length filled up with None); {SAID}{also}"
        )
    if as_counts > as_ratings:
        return (
            f"{name} could be counts of raters by category (as counts they agree better than as "
            f"ratings); what is expected is {EXPECTED}.",
        )
    return ()


def _same_sums(table: FloatArray) -> bool:
    """Whether every row adds up to the same, as counts of the same raters do."""
    sums = table.sum(axis=1)
    alike = bool((sums == sums[0]).all()) and sums[0] >= 2
    if not alike or len(np.unique(table, axis=0)) < 2:
        return False
    if table.min() == 0 and table.max() >= 2:
        return len(table) > 2
    return len(table) > 3 and len(np.unique(table)) > 2


def beyond_chance(counted: FloatArray) -> float:
    """Fleiss' kappa of counts (n, q), rows of fewer than two left out; -1 where there is none."""
    counted = counted[counted.sum(axis=1) >= 2]
    if len(counted) < 2:
        return -1.0
    each = counted.sum(axis=1)
    seen = float(((counted * (counted - 1)).sum(axis=1) / (each * (each - 1))).mean())
    chance = float((((counted / each[:, None]).mean(axis=0)) ** 2).sum())
    return (seen - chance) / (1 - chance) if chance < 1 - 1e-12 else -1.0


def _by_value(table: FloatArray, values: FloatArray) -> FloatArray:
    """How many columns hold each value, row by row."""
    return np.stack([(table == value).sum(axis=1) for value in values], axis=1).astype(np.float64)


def _correlation(table: FloatArray) -> float:
    """The one-way intraclass correlation; -1 where there is none."""
    n, k = table.shape
    rows = table.mean(axis=1)
    between = k * float(((rows - table.mean()) ** 2).sum()) / (n - 1)
    within = float(((table - rows[:, None]) ** 2).sum()) / (n * (k - 1))
    below = between + (k - 1) * within
    return (between - within) / below if below > 0 else -1.0
