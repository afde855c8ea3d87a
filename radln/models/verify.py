"""Whether the plain data of a model are whole, before anything is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from radln.errors import InputError
from radln.models.fields import listed, mapping, number, numbers, positive, table, text
from radln.models.learners import NAMES as LEARNERS
from radln.models.learners import learner
from radln.models.settings import PLAIN
from radln.models.steps import change_named

FORMAT = "radln-model-2"
NEEDED = (
    "format", "source", "block", "learner", "setting", "cut_off", "recalibration", "inputs", "core",
)  # fmt: skip
SLACK = 1e-9  # of a range, by which a mean may leave it through rounding
INPUT = ("column", "mean", "scale", "median", "level", "reference", "low", "high")


def verify_model(data: Any) -> None:
    """Raise InputError unless these are the whole data of one model, its core in place.

    Names, lengths, ranges and trees are looked at; whether the numbers are those that were fitted
    cannot be seen here (a bundle has checksums and worked cases for that).
    """
    optional = ("inputs_from", "changes", "loadings", "curve", "side")
    mapping(data, "the model", NEEDED, optional)
    if data["format"] != FORMAT:
        raise InputError(f"its format is {data['format']!r}, and this radln reads {FORMAT!r}")
    for key in ("source", "block"):
        text(data[key], key)
    if not PLAIN.fullmatch(data["source"]):
        raise InputError("source is no name of a model")
    if data["learner"] not in LEARNERS:
        raise InputError(f"there is no learner {data['learner']!r}")
    numbers(data["setting"], "setting")
    side = data.get("side", 0)
    if isinstance(side, bool) or not isinstance(side, int) or side < 0:
        raise InputError(f"side is {side!r}, which is no number of a class")
    number(data["cut_off"], "cut_off", low=0, high=1)
    numbers(data["recalibration"], "recalibration", 2)
    n_inputs = _inputs(data["inputs"])
    if "loadings" in data:
        n_inputs = table(data["loadings"], "loadings", n_inputs).shape[1]
    if not n_inputs:
        raise InputError("it has no inputs")
    taken = mapping(data.get("inputs_from", {}), "inputs_from", (), data.get("inputs_from", {}))
    for column, source in taken.items():
        text(column, "inputs_from")
        text(source, "inputs_from")
    for change in listed(data.get("changes", []), "changes"):
        _change(change)
    if "curve" in data:
        _curve(data["curve"])
    learner(data["learner"]).verify(data["core"], n_inputs)


def _inputs(given: Any) -> int:
    """How many inputs there are, each of which is looked at."""
    kinds: dict[str, bool] = {}
    seen = set()
    for item in listed(given, "inputs"):
        mapping(item, "an input", INPUT, ("missing",))
        column = text(item["column"], "an input's column")
        mean = number(item["mean"], f"{column}: mean")
        positive(item["scale"], f"{column}: scale")
        median = number(item["median"], f"{column}: median")
        low, high = (number(item[key], f"{column}: {key}") for key in ("low", "high"))
        if low > high:
            raise InputError(f"{column}: its range ends before it begins")
        missing = item.get("missing", False)
        if not isinstance(missing, bool):
            raise InputError(f"{column}: missing is neither true nor false")
        level = item["level"]
        if level is not None:
            text(level, f"{column}: level")
            text(item["reference"], f"{column}: reference")
            if level == item["reference"]:
                raise InputError(f"{column}: the level {level!r} is its own reference")
        elif item["reference"] is not None:
            raise InputError(f"{column}: it has a reference and no level")
        if level is not None or missing:
            if (item["scale"], median) != (1, 0):
                raise InputError(f"{column}: a level has no scale and no median")
            number(mean, f"{column}: mean", low=0, high=1)
        else:
            slack = SLACK * (abs(low) + abs(high) + (high - low))
            number(mean, f"{column}: mean", low=low - slack, high=high + slack)
            number(median, f"{column}: median", low=low - slack, high=high + slack)
        if not missing and kinds.setdefault(column, level is None) != (level is None):
            raise InputError(f"{column} is a number and a category at once")
        if (column, level, missing) in seen:
            raise InputError(f"{column} stands twice among the inputs")
        seen.add((column, level, missing))
    return len(given)


def _change(given: Any) -> None:
    if not isinstance(given, dict):
        raise InputError("changes hold what is no mapping")
    change_named(str(given.get("step"))).verify(given)


def _curve(given: Any) -> None:
    """Probabilities that rise with the log-odds, both in order."""
    mapping(given, "curve", ("log_odds", "probability"))
    log_odds = numbers(given["log_odds"], "the curve's log_odds")
    probability = numbers(given["probability"], "the curve's probability", log_odds.size)
    if log_odds.size < 1 or (np.diff(log_odds) < 0).any() or (np.diff(probability) < 0).any():
        raise InputError("the curve does not rise")
    if probability[0] < 0 or probability[-1] > 1:
        raise InputError("the curve leaves the range of probabilities, 0 to 1")
