"""Fisher's exact test of tables larger than 2 x 2: Freeman and Halton's sum over all tables."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from radln._types import FloatArray, IntArray

MOST_TABLES = 3_000_000
TIES = 1 + 1e-7  # tables as probable as the observed one, up to rounding, count with it


def fisher_freeman_halton(table: IntArray, rng: np.random.Generator) -> tuple[float, bool]:
    """The p-value, and whether it is exact; otherwise from 100,000 tables drawn with the margins.

    ``table`` has no empty row or column. A simulated p is never 0.
    """
    if table.shape[0] < table.shape[1]:
        table = table.T
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if table.shape[1] == 2 and np.prod(np.minimum(rows, columns.min()) + 1.0) <= MOST_TABLES:
        return _two_columns(table, rows, columns), True
    return _simulated(table, rows, columns, rng), False


def _two_columns(table: IntArray, rows: IntArray, columns: IntArray) -> float:
    """The sum over all counts of the rarer column."""
    column = int(np.argmin(columns))
    total = int(columns[column])
    counts, logs = np.zeros(1, dtype=np.int64), np.zeros(1)
    for size in rows[:-1]:
        possible = np.arange(min(size, total) + 1)
        counts = (counts[:, None] + possible).ravel()
        logs = (logs[:, None] + _log_choose(int(size), possible)).ravel()
        kept = counts <= total
        counts, logs = counts[kept], logs[kept]
    left = total - counts
    kept = left <= rows[-1]
    logs = logs[kept] + _log_choose(int(rows[-1]), left[kept])
    observed = sum(
        float(_log_choose(int(size), np.array([count]))[0])
        for size, count in zip(rows, table[:, column], strict=True)
    )
    weights = np.exp(logs - logs.max())
    extreme = weights <= np.exp(observed - logs.max()) * TIES
    return float(min(1.0, weights[extreme].sum() / weights.sum()))


def _log_choose(n: int, k: IntArray) -> FloatArray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _simulated(
    table: IntArray, rows: IntArray, columns: IntArray, rng: np.random.Generator
) -> float:
    """How often a table drawn with the same margins is no more probable than the observed one."""
    from scipy.stats import random_table

    draws = random_table(rows, columns).rvs(size=100_000, random_state=rng)
    cost = gammaln(draws + 1).sum(axis=(1, 2))
    observed = float(gammaln(table + 1).sum())
    return float((1 + (cost >= observed - 1e-7).sum()) / (1 + draws.shape[0]))
