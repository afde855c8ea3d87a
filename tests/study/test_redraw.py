"""``radln figures``: a run's figures drawn anew, without running anything again."""

from __future__ import annotations

import json
import shutil

import pytest
from PIL import Image

from radln.errors import InputError, UnreadableFileError
from radln.study.redraw import FORMATS, redraw, width_of
from tests.rows import each_row


@pytest.fixture(scope="module")
def folder(pristine, tmp_path_factory):
    """Only the figures of a run."""
    found = tmp_path_factory.mktemp("redraw") / "results"
    shutil.copytree(pristine.out / "figures", found / "figures")
    return found


def test_at_their_own_width_they_are_those_of_the_page(folder, tmp_path):
    names = sorted(path.stem for path in (folder / "figures").glob("*.svg"))
    assert names == sorted(path.stem for path in (folder / "figures").glob("*.json"))
    for name in names:
        page = folder / "figures" / f"{name}.svg"
        width = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["width_mm"]
        (drawn,) = redraw(
            folder, kind="svg", dpi=300, width_mm=width, names=[name], out=tmp_path / "own"
        )
        assert drawn.path.read_bytes() == page.read_bytes()


def test_tiff_has_the_dots_the_width_and_no_transparency(folder, tmp_path):
    (drawn,) = redraw(folder, kind="tiff", dpi=600, width_mm=89, names=["roc"], out=tmp_path)
    assert not drawn.widened
    with Image.open(drawn.path) as picture:
        assert picture.mode == "RGB"
        assert picture.width == pytest.approx(89 / 25.4 * 600, abs=1)
        assert picture.info["dpi"] == (600, 600)
        assert picture.info["compression"] == "tiff_lzw"


def test_a_figure_whose_words_need_more_room_gets_it_and_says_so(folder, tmp_path):
    usual = json.loads((folder / "figures" / "waterfalls.json").read_text(encoding="utf-8"))
    (drawn,) = redraw(folder, kind="png", dpi=72, width_mm=60, names=["waterfalls"], out=tmp_path)
    assert drawn.widened
    assert 60 < drawn.width_mm <= usual["width_mm"]


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_written(folder, tmp_path, kind):
    begins = {"tiff": b"II", "png": b"\x89PNG", "pdf": b"%PDF", "eps": b"%!PS", "svg": b"<?xml"}
    (drawn,) = redraw(folder, kind=kind, dpi=100, width_mm=89, names=["auc"], out=tmp_path)
    assert drawn.path.read_bytes().startswith(begins[kind])


@each_row(
    ("text", "mm"),
    [("85mm", 85), ("8.5 cm", 85), ("8,5cm", 85), ("3.5in", 88.9), (" 178 mm ", 178)],
)
def test_a_width_has_a_unit(text, mm):
    assert width_of(text) == pytest.approx(mm)


@each_row("text", ["85", "mm", "", "-85mm", "39mm", "1in", "301mm", "85 px", "nanmm", "1e2mm"])
def test_other_widths_are_refused(text):
    with pytest.raises(InputError, match=r"write 85mm"):
        width_of(text)


def test_the_command(folder, radln, tmp_path):
    said = radln("figures", folder, "--width", "89mm", "--figure", "auc", "--figure", "roc")
    assert said.code == 0
    assert said.out.splitlines()[:2] == ["auc.tiff", "roc.tiff"]
    assert sorted(p.name for p in (folder / "figures" / "89mm").iterdir()) == said.out.split()[:2]


def test_slips_are_said(folder, radln, tmp_path):
    for options, words in (
        ((folder, "--figure", "rock"), "there is no figure 'rock'; there are auc,"),
        ((folder, "--format", "jpg"), "there is no format 'jpg'; there are tiff,"),
        ((tmp_path,), "holds no figures that can be drawn anew"),
    ):
        said = radln("figures", *options)
        assert said.code == 1
        assert words in said.err.replace("\n", " ")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": "radln-figure-1", "width_mm": 9}'])
def test_damaged_data_are_named(folder, tmp_path, text):
    copy = tmp_path / "results"
    shutil.copytree(folder / "figures", copy / "figures")
    (copy / "figures" / "auc.json").write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"figures/auc\.json cannot be read"):
        redraw(copy, kind="pdf", dpi=300, width_mm=89, names=["auc"], out=tmp_path / "out")
