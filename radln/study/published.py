"""Scores that others have published, taken as they are: a column of the table, or a formula."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from radln.data_settings import ScoreSettings
from radln.errors import InputError
from radln.io.tables import numeric_column, require_columns

BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
}
FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
}
HOW = "write numbers, names of columns, + - * / ** ( ), < <= > >= ==, exp, log, sqrt and abs alone"


def parse_score(text: str, *, probability: bool) -> ScoreSettings:
    """A score from an option, ``NAME=COLUMN`` or ``NAME=FORMULA``, with ``@CUT`` where it has one.

    Examples
    --------
    >>> parse_score("gail=gail_risk@0.2", probability=True).cut
    0.2
    >>> parse_score("index=0.1 * age + 2 * (margin > 1)", probability=False).formula
    '0.1 * age + 2 * (margin > 1)'
    """
    name, equal, rest = text.partition("=")
    said, at, cut = rest.rpartition("@")
    what = (said if at else cut).strip()
    if not equal or not name.strip() or not what:
        raise InputError(f"{text!r}: write NAME=COLUMN or NAME=FORMULA, with @CUT behind it.")
    try:
        limit = float(cut) if at else None
    except ValueError:
        raise InputError(f"{text!r}: the cut-off {cut!r} is no number.") from None
    given = {"name": name.strip(), "probability": probability, "cut": limit}
    is_name = what.replace(" ", "_").replace("-", "_").isidentifier() and "=" not in what
    return ScoreSettings(**given, **({"column": what} if is_name else {"formula": what}))


def score_of(given: ScoreSettings, rows: pd.DataFrame) -> pd.Series:
    """The score of every row of the table; NaN where something that it needs is missing.

    Raises
    ------
    InputError
        A column is missing or holds no number, the formula is none, it gives infinite values, or a
        probability lies outside 0 to 1.
    """
    if given.column is not None:
        require_columns(rows, [given.column], what=f"data.scores, {given.name}: the table")
        values = numeric_column(rows, given.column, what="a score")
    else:
        values = _computed(given, rows)
    if np.isinf(values.to_numpy(dtype=np.float64)).any():
        raise InputError(f"data.scores: {given.name} is infinite in some row; correct its formula.")
    known = values.dropna()
    if known.empty:
        raise InputError(f"data.scores: {given.name} has no value in any row.")
    odd = known[(known < 0) | (known > 1)]
    if given.probability and len(odd):
        raise InputError(
            f"data.scores: {given.name} is said to be a probability and is {odd.iloc[0]:g} in "
            f"{len(odd)} row(s); divide percentages by 100, or write `probability: false`."
        )
    return values


def _computed(given: ScoreSettings, rows: pd.DataFrame) -> pd.Series:
    formula = given.formula or ""
    try:
        tree = ast.parse(formula, mode="eval").body
    except SyntaxError:
        raise InputError(f"data.scores, {given.name}: {formula!r} is no formula; {HOW}.") from None
    with np.errstate(all="ignore"):
        found = _value(tree, given, rows)
    return pd.Series(found, index=rows.index, dtype=np.float64)


def _value(node: ast.expr, given: ScoreSettings, rows: pd.DataFrame) -> Any:
    """What a part of the formula gives: a number, or a number a row."""
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        return float(node.value)
    if isinstance(node, ast.Name):
        require_columns(rows, [node.id], what=f"data.scores, {given.name}: the table")
        return numeric_column(rows, node.id, what="a value of a formula")
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inside = _value(node.operand, given, rows)
        return -inside if isinstance(node.op, ast.USub) else inside
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        sides = (_value(side, given, rows) for side in (node.left, node.right))
        return BINARY[type(node.op)](*sides)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        left, right = (_value(side, given, rows) for side in (node.left, node.comparators[0]))
        holds = pd.Series(COMPARED[type(node.ops[0])](left, right), index=rows.index)
        known = pd.Series(left, index=rows.index).notna() & pd.Series(right, rows.index).notna()
        return holds.astype(float).where(known)  # of a missing value nothing holds
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        called = FUNCTIONS.get(ast.unparse(node.func))
        if called is not None:
            return called(_value(node.args[0], given, rows))
    raise InputError(
        f"data.scores, {given.name}: {ast.unparse(node)!r} cannot stand in a formula; {HOW}."
    )
