"""Progress can be read from a file while a command works."""

from __future__ import annotations

import time

from radln import cli
from radln.study.core import Study
from radln.study.progress import FILE, silent, written_down


def test_the_file_is_renewed_while_a_step_takes_long(tmp_path):
    with written_down(silent, tmp_path, seconds=0.02) as progress:
        progress("features", 2, 9)
        seen = set()
        until = time.monotonic() + 20
        while len(seen) < 2 and time.monotonic() < until:
            if (tmp_path / FILE).exists():
                seen.add((tmp_path / FILE).stat().st_mtime_ns)
            time.sleep(0.01)
    assert len(seen) == 2
    lines = (tmp_path / FILE).read_text().splitlines()
    assert lines[0] == "features: 2 of 9"
    assert lines[1].endswith("after the start")


def test_the_caller_is_told_too(tmp_path):
    told = []
    with written_down(lambda *line: told.append(line), tmp_path) as progress:
        progress("check", 1, 2)
    assert told == [("check", 1, 2)]


def test_a_run_leaves_its_stages(study):
    study.keep_images(4)
    Study.from_yaml(study.folder).extract()
    text = (study.folder / ".radln-cache" / FILE).read_text()
    assert "check: 4 of 4\nfeatures: 4 of 4\n" in text
    assert "ZQX" not in text


def test_off_a_terminal_a_line_comes_every_ten_seconds(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(cli.time, "monotonic", lambda: now[0])
    report = cli._lines()
    for done in range(1, 101):
        now[0] += 1
        report("features", done, 100)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "features: 11 of 100"
    assert lines[-1] == "features: 100 of 100"
    assert len(lines) == 10
