"""The contact sheet: every case with its outline, what is wrong first, nothing from elsewhere."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image

from radln.imaging.thumbnail import LONGER_SIDE, OUTLINE, thumbnail
from radln.io.images import write_png
from radln.study.core import Study
from tests.study.studies import SHAPE

OK, DATA = 0, 1


def cards(page):
    return re.findall(r'(?s)<div class="card" data-codes="([^"]*)">(.*?)</div>', page)


def test_every_case_stands_on_it_with_findings_first(study, radln):
    spoilt = np.zeros(SHAPE, np.uint8)
    spoilt[20:40, 20:60], spoilt[2, 2] = 255, 255
    write_png(study.mask(7), spoilt)
    study.image(9).write_bytes(b"no picture")
    study.mask(11).unlink()
    said = radln("check", study.folder, "--html", study.folder / "sheet.html")
    assert "for your own eyes" in said.out
    page = (study.folder / "sheet.html").read_text()
    assert "For your own eyes – this page names cases" in page
    found = cards(page)
    assert len(found) == 38
    codes = [code for code, _ in found]
    assert codes[0] == codes[1] == "unreadable_file"
    place = next(k for k, (_, text) in enumerate(found) if "ZQX-0007" in text)
    assert "islands" in codes[place].split()
    assert "none" in codes
    assert place < codes.index("none")
    assert "WPT-" not in page  # no patient
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert page.count("data:image/jpeg;base64,") == 36
    assert '<option value="islands">1: islands (finding)</option>' in page


def test_workers_draw_the_same(study):
    one, two = (study.folder / name for name in ("one.html", "two.html"))
    Study.from_yaml(study.folder).check(html=one)
    Study.from_yaml(study.folder).check(html=two, jobs=2)
    assert one.read_bytes() == two.read_bytes()


def test_names_are_text(study):
    """A name that a browser would run is shown as it is."""
    table = study.table()
    table.loc[0, "image"] = "<img src=x onerror=alert(1)>"
    study.write_table(table)
    study.image(0).rename(study.folder / "images" / "<img src=x onerror=alert(1)>.png")
    study.mask(0).rename(study.folder / "masks" / "<img src=x onerror=alert(1)>_mask.png")
    Study.from_yaml(study.folder).check(html=study.folder / "sheet.html")
    page = (study.folder / "sheet.html").read_text()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_the_outline_lies_on_the_edge_of_the_node():
    region = np.zeros((120, 120), bool)
    region[30:90, 40:80] = True
    drawn = np.asarray(Image.open(io.BytesIO(thumbnail(np.zeros((120, 120)), [region]))))
    assert drawn.shape == (LONGER_SIDE, LONGER_SIDE, 3)
    orange = np.abs(drawn.astype(int) - OUTLINE).sum(axis=-1) < 150
    rows, columns = np.nonzero(orange)
    assert abs(rows.min() - 60) <= 2 and abs(rows.max() - 179) <= 2
    assert abs(columns.min() - 80) <= 2 and abs(columns.max() - 159) <= 2
    assert not orange[80:160, 100:140].any()


def test_a_volume_shows_its_largest_slice_in_proportion():
    volume, region = np.zeros((4, 40, 40)), np.zeros((4, 40, 40), bool)
    volume[2] = 200
    volume[2, :5] = 0
    region[2, 10:30, 10:30], region[1, 15:20, 15:20] = True, True
    picture = Image.open(io.BytesIO(thumbnail(volume, [region], (5.0, 1.0, 0.5))))
    assert picture.size == (LONGER_SIDE // 2, LONGER_SIDE)
    assert base64.b64encode(picture.tobytes())
    assert np.asarray(picture).max() > 150
