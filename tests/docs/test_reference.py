"""The generated pages are what the code says; links between pages lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

from radln.study.check import CONDITIONS

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FRONT = [REPOSITORY / name for name in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")]


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["settings.md", "checks.md", "command-line.md", "python.md"])
def test_page_is_in_step_with_the_code(generate, name):
    kept = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert kept == generate.pages()[name], "run: python docs/generate.py"


def test_every_condition_is_explained(generate):
    text = generate.pages()["checks.md"]
    assert all(f"`{code}`" in text for code in CONDITIONS)


def test_every_setting_and_option_has_words(generate):
    for name in ("settings.md", "command-line.md", "python.md"):
        for line in generate.pages()[name].splitlines():
            assert not re.search(r"\|\s*\|$", line), line


@pytest.mark.parametrize(
    "page", [*PAGES, *FRONT], ids=lambda path: path.relative_to(REPOSITORY).as_posix()
)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


def test_every_long_script_has_its_last_run():
    page = (DOCS / "explanation" / "tests.md").read_text(encoding="utf-8")
    for script in (REPOSITORY / "scripts" / "long").glob("*.py"):
        row = next(line for line in page.splitlines() if f"| `scripts/long/{script.name}`" in line)
        assert re.search(r"\| 20\d\d-\d\d-\d\d, `python scripts/long/", row), script.name


def test_every_page_is_reached_from_the_index():
    seen, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        text = page.read_text(encoding="utf-8")
        targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text)
        waiting += [page.parent / t for t in targets if not t.startswith("https://")]
    assert {page.resolve() for page in PAGES} <= seen
