"""How far a command has come, also as a file that can be read while it works."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from radln.errors import UnwritableFileError
from radln.io.atomic import write_text

Progress = Callable[[str, int, int], None]
FILE = "progress.txt"
SECONDS = 10.0


def silent(stage: str, done: int, total: int) -> None:
    """No progress bar."""


@contextmanager
def written_down(
    progress: Progress, folder: Path | None, *, seconds: float = SECONDS
) -> Iterator[Progress]:
    """The same progress, which also stands in a file of the folder, renewed every ten seconds.

    The file has a line a stage, the time and the seconds since the start; no case is named. A slow
    step changes no count, but the time goes on, so that a stopped command can be told from a busy
    one.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with written_down(silent, folder) as progress:
    ...     progress("check", 3, 8)
    >>> (folder / FILE).read_text().splitlines()[0]
    'check: 3 of 8'
    """
    if folder is None:
        yield progress
        return
    stages: dict[str, str] = {}
    started, ended = time.monotonic(), threading.Event()

    def report(stage: str, done: int, total: int) -> None:
        stages[stage] = f"{stage}: {done} of {total}"
        progress(stage, done, total)

    def write() -> None:
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        since = f"{now}, {time.monotonic() - started:.0f} s after the start"
        write_text(folder / FILE, "\n".join([*list(stages.values()), since]) + "\n")

    def renew() -> None:
        while not ended.wait(seconds):
            try:
                write()
            except UnwritableFileError:
                return  # the work itself will say what is wrong with the folder

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield report
    finally:
        ended.set()
        thread.join()
    write()
