"""One small study and one undisturbed run of it, shared by many tests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from radln import cli
from radln.study.core import Study
from radln.study.result import StudyResult
from tests.study.studies import SmallStudy, make_study


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture(scope="session")
def pristine(tmp_path_factory) -> SmallStudy:
    """The study's files with its cache filled by one run; never changed by a test."""
    study = make_study(tmp_path_factory.mktemp("pristine") / "study")
    Study.from_yaml(study.folder).run(out=study.out)
    return study


@pytest.fixture(scope="session")
def result(pristine) -> StudyResult:
    """The undisturbed run in memory (features come from the cache)."""
    return Study.from_yaml(pristine.folder).run()


@pytest.fixture
def study(pristine, tmp_path) -> SmallStudy:
    """A copy to spoil: files and cache, no results."""
    return pristine.copy(tmp_path / "study", results=False)


@pytest.fixture
def radln(monkeypatch, capfd) -> Command:
    """The command line in this process: ``radln("check", study.folder)``."""

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["radln", *map(str, arguments)])
        monkeypatch.delenv("RADLN_TRACEBACK", raising=False)
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capfd.readouterr()
        return Outcome(code, said.out, said.err)

    return call
