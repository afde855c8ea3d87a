"""Many rows of a table as one test, which names every row that fails."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

PER_TEST = ("monkeypatch", "tmp_path", "capsys", "capfd", "caplog", "recwarn")
SHOWN = 300


def each_row(
    names: str | tuple[str, ...], rows: Iterable[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Like ``pytest.mark.parametrize``, but one test that goes through all rows.

    Every row is tried, whatever became of the others; one that skips has failed. A row is named by
    its ``id`` where it is a ``pytest.param`` with one, else by its values. What a test gets anew
    for itself, such as ``tmp_path``, its rows would share; such a test is refused.
    """
    arguments = tuple(n.strip() for n in names.split(",")) if isinstance(names, str) else names
    table = [_row(row, len(arguments)) for row in rows]
    if not table:
        raise ValueError(f"no rows of {arguments}")

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(test)
        own = [p for name, p in signature.parameters.items() if name not in arguments]
        shared = [p.name for p in own if p.name in PER_TEST]
        if shared or len(own) + len(arguments) != len(signature.parameters):
            raise TypeError(f"{test.__name__} cannot be a test of rows: {shared or arguments}")

        @functools.wraps(test)
        def every_row(*args: Any, **fixtures: Any) -> None:
            failed = []
            for name, values in table:
                try:
                    test(*args, **fixtures, **dict(zip(arguments, values, strict=True)))
                except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
                    failed.append(f"{name}: {_said(error)}")
            if failed:
                listed = "\n".join(failed)
                pytest.fail(f"{len(failed)} of {len(table)} rows failed\n{listed}", pytrace=False)

        every_row.__signature__ = signature.replace(parameters=own)  # type: ignore[attr-defined]
        del every_row.__wrapped__
        return every_row

    return decorate


def _row(row: Any, n: int) -> tuple[str, tuple[Any, ...]]:
    """A row's name and values."""
    name = None
    if hasattr(row, "marks"):
        name, values = row.id, tuple(row.values)
        if row.marks:
            raise ValueError(f"a row has no marks, got {row.marks!r}")
    else:
        values = (row,) if n == 1 else tuple(row)
    if len(values) != n:
        raise ValueError(f"{n} values a row, got {values!r}")
    return name or "-".join(_short(value) for value in values), values


def _short(value: Any) -> str:
    if getattr(value, "__name__", "") == "<lambda>":
        return f"the one of line {value.__code__.co_firstlineno}"
    text = getattr(value, "__name__", None) or repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _said(error: BaseException) -> str:
    """An error in a few words, with the line of the test where it rose."""
    frame, last = error.__traceback__, None
    while frame is not None:
        if "tests" in Path(frame.tb_frame.f_code.co_filename).parts:
            last = frame
        frame = frame.tb_next
    where = "" if last is None else f"line {last.tb_lineno}: "
    text = str(error)
    nested = "rows failed\n" in text
    return f"{where}{type(error).__name__}: {text if nested else text[:SHOWN]}"
