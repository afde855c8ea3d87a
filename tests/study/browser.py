"""A page as a browser without a window lays it out, on a small screen and on paper."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import escape
from pathlib import Path

import pytest
from pypdf import PdfReader

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
MEASURE = """<iframe style="border:0;width:{width}px;height:2000px" srcdoc="{page}"></iframe>
<script>document.querySelector("iframe").onload = (event) => {{
  const root = event.target.contentDocument.documentElement;
  document.body.dataset.width = root.scrollWidth;
}};</script>"""


def browser() -> str:
    """The browser's program; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium to lay out a page")
    return found


def run(folder: Path, *options: str) -> str:
    """What the browser prints."""
    own = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={folder / 'profile'}",
    ]
    done = subprocess.run(
        [browser(), *own, *options], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def width_at(page: Path, folder: Path, width: int) -> int:
    """How wide the page becomes on a screen of ``width`` pixels."""
    frame = folder / "frame.html"
    text = MEASURE.format(width=width, page=escape(page.read_text(encoding="utf-8")))
    frame.write_text(f"<!doctype html><meta charset='utf-8'><body>{text}", encoding="utf-8")
    dumped = run(folder, "--virtual-time-budget=20000", "--dump-dom", frame.as_uri())
    found = re.search(r'<body data-width="(\d+)"', dumped)
    assert found is not None, "the page did not load"
    return int(found.group(1))


def printed_pages(page: Path, folder: Path) -> int:
    """On how many sheets of paper the page is printed."""
    return len(printed(page, folder))


def printed(page: Path, folder: Path) -> list[str]:
    """The words of every sheet of paper."""
    paper = folder / "printed.pdf"
    run(folder, "--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri())
    return [sheet.extract_text() for sheet in PdfReader(paper).pages]
