"""Every file of a study is decoded once, whoever needs it, and looked at once while it stays."""

from __future__ import annotations

from collections import Counter

import pytest

import radln.io.images as images
from radln.io.images import read_image, write_png
from radln.study.core import Study


@pytest.fixture
def decoded(monkeypatch):
    """How often each file was decoded in this process."""
    counts = Counter()
    whole = images.read_picture

    def counting(path):
        counts[path.name] += 1
        return whole(path)

    monkeypatch.setattr(images, "read_picture", counting)
    return counts


def fresh(study):
    """The study without anything that was kept."""
    for record in (study.folder / ".radln-cache").rglob("*.record"):
        record.unlink()
    return Study.from_yaml(study.folder)


def test_run_decodes_every_file_once(study, decoded):
    fresh(study).run(out=study.out)
    assert len(decoded) == 2 * len(study.table())
    assert set(decoded.values()) == {1}


def test_check_and_extract_share_what_they_read(study, decoded):
    held = fresh(study)
    held.check()
    held.extract()
    assert len(decoded) == 2 * len(study.table())
    assert set(decoded.values()) == {1}


def test_check_is_not_repeated_when_nothing_changed(study, decoded):
    report = fresh(study).check()
    decoded.clear()
    again = Study.from_yaml(study.folder).check()
    assert not decoded
    assert again.summary() == report.summary()
    assert again.cases.equals(report.cases)


def test_a_changed_picture_is_looked_at_again(study, decoded):
    held = fresh(study)
    held.check()
    decoded.clear()
    write_png(study.image(3), read_image(study.image(4)).values.astype("uint8"))
    decoded.clear()
    assert held.check().cases_of("same_picture") == {"ZQX-0003", "ZQX-0004"}
    assert decoded[study.image(3).name] == 1
    assert sum(decoded.values()) == 2


def test_workers_find_the_same(study):
    one, two = fresh(study).check(), fresh(study).check(jobs=2)
    assert one.summary() == two.summary()
    assert one.cases.equals(two.cases)
