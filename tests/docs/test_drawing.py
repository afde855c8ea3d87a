"""The drawing of the floors is in step with the imports, and ARCHITECTURE.md with the rooms."""

from __future__ import annotations

import importlib.util
import json
import re

import pytest

from tests.conftest import REPOSITORY
from tests.test_architecture import FLOORS, modules, room_of


@pytest.fixture(scope="module")
def script():
    path = REPOSITORY / "scripts" / "draw_architecture.py"
    spec = importlib.util.spec_from_file_location("draw_architecture", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def floors(script):
    return script.floors()


def test_the_drawing_shows_the_imports_of_today(script, floors):
    kept = json.loads(script.DATA.read_text(encoding="utf-8"))
    assert kept == floors, "run: python scripts/draw_architecture.py"


def test_the_drawing_shows_the_data_beside_it(script):
    kept = json.loads(script.DATA.read_text(encoding="utf-8"))
    said = re.findall(r"<text[^>]*>([^<]*)</text>", script.DRAWING.read_text(encoding="utf-8"))
    numbers = sorted(int(words) for words in said if words.isdigit())
    counts = sorted(count for below in kept.values() for count in below.values())
    assert numbers == counts, "run: python scripts/draw_architecture.py"
    words = " ".join(said).split()
    assert all(room in words for floor in FLOORS for room in floor)


def test_every_arrow_points_down(floors):
    order = list(floors)
    for name, below in floors.items():
        assert all(order.index(other) > order.index(name) for other in below)


def test_every_room_has_its_words():
    text = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("|")]
    named = set(re.findall(r"`([a-z_]+)`", " ".join(line.split("|")[1] for line in table)))
    rooms = {room_of(name) for name in modules()}
    assert rooms <= named, "a room without a line in ARCHITECTURE.md"


def test_what_the_page_names_is_there():
    text = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:radln|tests|docs|scripts)/[\w/.]+)`", text):
        assert (REPOSITORY / name).exists(), name
