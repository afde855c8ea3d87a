"""Every condition of ``radln check``: a study that meets it, and its count."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk  # noqa: N813
from PIL import Image, ImageDraw
from scipy.ndimage import binary_erosion

from radln.errors import InputError
from radln.io.images import read_image, read_mask, write_png
from radln.study.condition import KINDS
from radln.study.conditions import CONDITIONS
from radln.study.core import Study
from tests.io import broken
from tests.study.studies import SHAPE


def rewrite(study, **columns):
    study.write_table(study.table().assign(**columns))


def put(study, row, **cells):
    table = study.table().astype(dict.fromkeys(cells, object))
    for name, value in cells.items():
        table.loc[row, name] = value
    study.write_table(table)


def mask_of(study, k, region):
    write_png(study.mask(k), region.astype(np.uint8) * 255)


def box(rows, columns):
    region = np.zeros(SHAPE, bool)
    region[rows, columns] = True
    return region


def flatten(study, k):
    image = read_image(study.image(k)).values
    write_png(study.image(k), np.where(image > 128, 121, 120).astype(np.uint8))


def mark(study, k):
    """Two white plus signs on the node's contour."""
    image = read_image(study.image(k)).values.clip(0, 180).astype(np.uint8)
    region = read_mask(study.mask(k)).labels > 0
    row = int(np.argwhere(region)[:, 0].mean())
    for column in (np.flatnonzero(region[row])[0], np.flatnonzero(region[row])[-1]):
        image[row, column - 4 : column + 5] = 255
        image[row - 4 : row + 5, column] = 255
    write_png(study.image(k), image)


def dotted(study, k):
    """Two plus signs on the contour of an even picture and a dotted line between them."""
    write_png(study.image(k), (60 + read_image(study.image(k)).values // 8).astype(np.uint8))
    mark(study, k)
    image = read_image(study.image(k)).values.clip(0, 255).astype(np.uint8)
    region = read_mask(study.mask(k)).labels > 0
    row = int(np.argwhere(region)[:, 0].mean())
    inside = np.flatnonzero(region[row])
    image[row, inside[0] : inside[-1] : 2] = 255
    write_png(study.image(k), image)


def boxes(study, first=2):
    """Every mask the bounding box of its node, save the first."""
    for k in range(first, len(study.table())):
        where = np.argwhere(read_mask(study.mask(k)).labels > 0)
        (top, left), (bottom, right) = where.min(axis=0), where.max(axis=0) + 1
        mask_of(study, k, box(slice(top, bottom), slice(left, right)))


def write_on(study, k):
    image = Image.open(study.image(k)).convert("L")
    quiet = image.point(lambda grey: 40 + grey // 8)
    ImageDraw.Draw(quiet).text((4, 2), "LEFT 12 mm", fill=255)
    quiet.save(study.image(k))


def colour(study, k):
    image = Image.open(study.image(k)).convert("RGB")
    ImageDraw.Draw(image).rectangle((0, 0, 9, 9), fill=(255, 0, 0))
    image.save(study.image(k))


def frame(study, k):
    image = read_image(study.image(k)).values.clip(1, 255).astype(np.uint8)
    image[:8] = 0
    write_png(study.image(k), image)


def copy_picture(study, k, to):
    shutil.copy(study.image(k), study.image(to))


def another_mask(study, k):
    shutil.copy(study.mask(k), study.mask(k).with_stem(study.mask(k).stem + "_1"))


def mixed(study):
    """One more patient with both outcomes; returns how many there are."""
    table = study.table()
    rows = table.index[table["person"] == "WPT-004"]
    table.loc[rows, "pathology"] = ["benign", "malignant"]
    study.write_table(table)
    return int((table.groupby("person")["pathology"].nunique() > 1).sum())


def person_rows(study, n):
    table = study.table()
    study.write_table(table[table["person"].isin(table["person"].unique()[:n])])


def strong(study):
    """A number that ranks all but a few cases right."""
    truth = (study.table()["pathology"] == "malignant").to_numpy()
    ranks = np.argsort(np.argsort(truth + 0.5 * np.random.default_rng(0).random(truth.size)))
    swapped = np.flatnonzero(~truth)[:1], np.flatnonzero(truth)[:1]
    ranks[swapped[0]], ranks[swapped[1]] = ranks[swapped[1]].copy(), ranks[swapped[0]].copy()
    return ranks / 7 + 20


def dates(study):
    return [f"2026-01-{1 + (7 * k) % 28:02d}" for k in range(len(study.table()))]


def one_sided(study):
    """A level that malignant nodes alone have."""
    table = study.table()
    rows = table.index[table["pathology"] == "malignant"][:12]
    return table["border"].where(~table.index.isin(rows), "spiculated")


def medical(study, k, write, *header):
    """An image as another format, with a header that is a little wrong."""
    values = read_image(study.image(k)).values.astype(np.int16)
    study.image(k).unlink()
    suffix = {broken.nifti: ".nii", broken.nrrd: ".nrrd"}[write]
    write(study.image(k).with_suffix(suffix), values, *header)


def wide(study, k):
    medical(study, k, broken.nrrd)
    path = study.image(k).with_suffix(".nrrd")
    path.write_bytes(path.read_bytes().replace(b"sizes: 80 64", b"sizes: 9000 9000"))


def coloured(study, k):
    """Image and mask as three channels that no header calls colours."""
    for path in (study.image(k), study.mask(k)):
        values = np.repeat(read_image(path).values[..., None], 3, axis=-1)
        path.unlink()
        broken.nrrd(path.with_suffix(".nrrd"), values)


def gap(study, k):
    values = read_image(study.image(k)).values.astype(np.float32)
    values[0, 0] = np.nan
    study.image(k).unlink()
    broken.nifti(study.image(k).with_suffix(".nii"), values)


def deep(study, k):
    values = read_image(study.image(k)).values.astype(np.uint16)
    study.image(k).unlink()
    broken.tiff(study.image(k).with_suffix(".tif"), np.repeat(values[..., None], 3, axis=-1), {})


def deeper(study, k):
    values = read_image(study.image(k)).values.astype(np.uint16)
    Image.fromarray(values * 257).save(study.image(k))


def probabilities(study, k):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    write_png(study.mask(k), (200 * np.exp(-np.hypot(y - 32, x - 40) / 12)).astype(np.uint8))


def lossy(study, k):
    study.mask(k).unlink()
    Image.fromarray(two_labels()).save(study.mask(k).with_suffix(".jpg"), quality=90)


def soft(study, k):
    study.mask(k).unlink()
    Image.fromarray(NODE.astype(np.uint8) * 255).save(study.mask(k).with_suffix(".jpg"), quality=60)


def exchange(study, k):
    image, mask = study.image(k).read_bytes(), study.mask(k).read_bytes()
    study.image(k).write_bytes(mask)
    study.mask(k).write_bytes(image)


def elsewhere(study, rows=slice(None), **columns):
    """The study without images, its features from a file."""
    noise = np.random.default_rng(0).normal(size=len(study.table()))
    features = pd.DataFrame({"image": study.table()["image"], "original_a": noise, **columns})
    features[rows].to_csv(study.folder / "features.csv", index=False)
    study.set(data__images=None, data__masks=None, data__features="features.csv")
    study.set(features__deep=None)


NODE = np.zeros(SHAPE, bool)
NODE[20:45, 20:60] = True


SPOIL = {
    "unreadable_file": (lambda s: [s.image(1).unlink(), s.mask(2).write_text("x")], 2),
    "empty_mask": (lambda s: [mask_of(s, k, np.zeros(SHAPE, bool)) for k in (1, 2, 3)], 3),
    "geometry_mismatch": (lambda s: write_png(s.mask(1), np.ones((9, 9), np.uint8)), 1),
    "colours_as_volume": (lambda s: coloured(s, 1), 1),
    "too_large": (lambda s: wide(s, 1), 1),
    "damaged_header": (lambda s: medical(s, 1, broken.nifti, (108, "f", -8.0)), 1),
    "data_elsewhere": (lambda s: medical(s, 1, broken.nrrd, "data file: ../nodes.csv"), 1),
    "unknown_unit": (lambda s: medical(s, 1, broken.nrrd, 'units: "s" "s"'), 1),
    "sheared_grid": (lambda s: medical(s, 1, broken.nifti, (284, "f", 0.05)), 1),
    "complex_values": (lambda s: medical(s, 1, broken.nrrd, "kinds: complex domain"), 1),
    "missing_values": (lambda s: gap(s, 1), 1),
    "inexact_pixels": (lambda s: deep(s, 1), 1),
    "not_labels": (lambda s: probabilities(s, 1), 1),
    "lossy_labels": (lambda s: lossy(s, 1), 1),
    "no_background": (lambda s: write_png(s.mask(1), two_labels() + 1), 1),
    "exchanged": (lambda s: exchange(s, 1), 1),
    "no_features": (lambda s: elsewhere(s, rows=slice(3, None)), 3),
    "one_class": (lambda s: rewrite(s, pathology="malignant"), 1),
    "few_patients": (lambda s: person_rows(s, 5), 5),
    "mixed_patient": (lambda s: [s.set(data__unit="patient"), mixed(s)][1], None),
    "perfect_predictor": (lambda s: s.set(data__clinical=["age", "histology_code"]), 1),
    "strong_predictor": (lambda s: rewrite(s, age=strong(s)), 1),
    "strange_reads": (lambda s: put(s, [1, 2], expert=99), 1),
    "pixel_size_conflict": (lambda s: medical(s, 1, broken.nrrd, "spacings: 1 1"), 1),
    "odd_sizes": (lambda s: rewrite(s, pixel=s.table()["pixel"] / 10), 38),
    "same_picture": (lambda s: copy_picture(s, 20, 30), 2),
    "seen_by_encoder": (lambda s: s.learn_from(1, 2, 5), 3),
    "repeated_picture": (lambda s: copy_picture(s, 0, 1), 2),
    "other_problem": (lambda s: None, None),  # see test_another_problem_is_counted
    "no_outcome": (lambda s: put(s, [1, 2], pathology=None), 2),
    "unlisted_image": (lambda s: copy_picture(s, 1, 999), 1),
    "unlisted_mask": (
        lambda s: shutil.copy(s.mask(1), s.mask(1).with_stem("999" + s.mask(1).stem)),
        1,
    ),
    "covered_node": (lambda s: bar(s, 1), 1),
    "mixed_dimensions": (lambda s: stack(s, 1), 1),
    "like_levels": (lambda s: put(s, [1, 2, 3], border=["Left", "L", "L"]), 1),
    "same_features": (lambda s: elsewhere(s, **same_rows(s)), 2),
    "odd_pixel_size": (
        lambda s: [put(s, [1, 2], pixel=0.02), medical(s, 4, broken.nrrd, "spacings: 1 1")],
        3,
    ),
    "odd_greys": (lambda s: deeper(s, 1), 1),
    "same_mask": (lambda s: shutil.copy(s.mask(1), s.mask(2)), 2),
    "no_pixel_size": (lambda s: s.set(data__pixel_size_mm=None), 38),
    "caliper_marks": (lambda s: [mark(s, k) for k in (1, 2)], 2),
    "measurement_lines": (lambda s: dotted(s, 1), 1),
    "burned_in_text": (lambda s: write_on(s, 1), 1),
    "colour_overlay": (lambda s: colour(s, 1), 1),
    "black_frame": (lambda s: frame(s, 1), 1),
    "touches_border": (lambda s: mask_of(s, 1, box(slice(0, 20), slice(10, 40))), 1),
    "small_node": (lambda s: mask_of(s, 1, box(slice(20, 25), slice(20, 25))), 1),
    "few_grey_levels": (lambda s: [flatten(s, k) for k in (1, 2)], 2),
    "whole_image": (lambda s: mask_of(s, 1, box(slice(2, 62), slice(2, 70))), 1),
    "inverted": (lambda s: mask_of(s, 1, ~box(slice(20, 40), slice(20, 40))), 1),
    "islands": (lambda s: mask_of(s, 1, NODE | box(slice(5, 6), slice(5, 6))), 1),
    "several_parts": (lambda s: mask_of(s, 1, NODE | box(slice(5, 15), slice(5, 25))), 1),
    "holes": (lambda s: mask_of(s, 1, NODE & ~box(slice(28, 31), slice(28, 31))), 1),
    "rim_only": (lambda s: mask_of(s, 1, NODE & ~box(slice(21, 44), slice(21, 59))), 1),
    "stray_line": (lambda s: mask_of(s, 1, NODE | box(slice(32, 33), slice(60, 72))), 1),
    "box_masks": (lambda s: boxes(s), 36),
    "soft_mask": (lambda s: soft(s, 1), 1),
    "one_sided": (lambda s: rewrite(s, border=one_sided(s)), 1),
    "strong_feature": (lambda s: elsewhere(s, telling=strong(s)), 1),
    "few_values": (lambda s: rewrite(s, age=np.arange(len(s.table())) % 4), 1),
    "odd_number": (lambda s: put(s, [1, 2, 3], age=["999", "9999", "-1"]), 1),
    "doubtful_level": (lambda s: put(s, [1, 2, 3], border=["smoth", "unknown", "unknown"]), 1),
    "constant_column": (lambda s: rewrite(s, age=50), 1),
    "like_a_number_of_the_row": (lambda s: rewrite(s, age=range(100, 100 + len(s.table()))), 1),
    "date_column": (lambda s: rewrite(s, age=dates(s)), 1),
    "differing_values": (lambda s: None, 1),
    "missing_clinical": (lambda s: put(s, [1, 2], age=None, border=None), 2),
    "missing_read": (lambda s: put(s, [1, 2], expert=None), None),
    "site_outcome": (lambda s: rewrite(s, device=s.table()["pathology"]), 2),
    "image_is_patient": (
        lambda s: s.set(data__patient="image", data__image_is_patient=True),
        38,
    ),
    "several_masks": (
        lambda s: [
            shutil.copy(s.mask(k), s.mask(k).with_stem(s.mask(k).stem + "_1")) for k in (1, 2)
        ],
        2,
    ),
    "like_names": (lambda s: put(s, [1, 2, 3], person="007", node=["1", "1", "01"]), 3),
    "unnamed": (lambda s: put(s, [1, 2], device=None, node=[None, "n0"]), 3),
    "few_events": (lambda s: None, None),
    "table_read_so": (lambda s: s.write_utf16(), 1),
    "several_rows": (lambda s: None, None),
    "mixed_outcomes": (mixed, None),
    "several_labels": (lambda s: write_png(s.mask(1), two_labels()), 1),
    "mask_read_as_one": (lambda s: None, 38),
}


def bar(study, k):
    """A black box over a name that reaches the node."""
    image = read_image(study.image(k)).values.clip(1, 255).astype(np.uint8)
    rows = np.flatnonzero((read_mask(study.mask(k)).labels > 0).any(axis=1))
    image[: rows[0] + 6, 10:-10] = 0
    write_png(study.image(k), image)


def stack(study, k):
    """One case as a volume of six slices among pictures."""
    image = read_image(study.image(k)).values
    mask = (read_mask(study.mask(k)).labels > 0).astype(np.uint8)
    for path, plane in ((study.image(k), image), (study.mask(k), mask)):
        path.unlink()
        volume = sitk.GetImageFromArray(np.stack([plane] * 6))
        volume.SetSpacing((0.25, 0.25, 0.5))
        sitk.WriteImage(volume, str(path.with_suffix(".nii.gz")))


def same_rows(study):
    """Three features of which rows 1 and 7 have the same numbers."""
    values = np.random.default_rng(5).normal(size=(3, len(study.table())))
    values[:, 7] = values[:, 1]
    return {"original_a": values[0], "f1": values[1], "f2": values[2]}


def two_labels():
    labels = np.zeros(SHAPE, np.uint8)
    labels[10:25, 10:30] = 1
    labels[30:50, 40:70] = 2
    return labels


def findings(study):
    report = Study.from_yaml(study.folder).check()
    return {finding.code: finding for finding in report.findings}, report


def test_every_condition_has_a_study_here():
    assert set(SPOIL) == set(CONDITIONS)
    assert len(CONDITIONS) >= 12


def expected_count(code, study, returned, fixed):
    table = study.table()
    counts = {
        "mixed_patient": lambda: returned,
        "mixed_outcomes": lambda: returned,
        "missing_read": lambda: int(table[["expert", "trainee"]].isna().any(axis=1).sum()),
        "several_rows": lambda: int((table.groupby("person").size() > 1).sum()),
        "few_events": lambda: smaller_class(table),
    }
    return fixed if fixed is not None else counts[code]()


def smaller_class(table):
    of_person = table.groupby("person")["pathology"]
    with_positive = of_person.apply(lambda p: (p == "malignant").any()).sum()
    with_negative = of_person.apply(lambda p: (p == "benign").any()).sum()
    return int(min(with_positive, with_negative))


@pytest.mark.parametrize("code", [c for c in SPOIL if c != "other_problem"])
def test_condition_is_met_with_its_count(study, code):
    spoil, fixed = SPOIL[code]
    returned = spoil(study)
    found, _ = findings(study)
    assert code in found, found.keys()
    finding = found[code]
    assert finding.count == expected_count(code, study, returned, fixed)
    assert finding.kind == CONDITIONS[code].kind
    assert finding.remedy
    assert "{" not in finding.message
    assert not re.search("ZQX|WPT", finding.message + finding.remedy)
    if "{n}" in CONDITIONS[code].text:
        assert re.search(rf"\b{finding.count}\b", finding.message)


def test_a_few_masks_that_are_boxes_are_no_finding(study):
    boxes(study, first=20)
    found, _ = findings(study)
    assert "box_masks" not in found


def test_what_was_drawn_and_how_much_a_tail_lengthens_the_node_is_said(study):
    mask_of(study, 1, NODE | box(slice(32, 33), slice(60, 72)))
    picture = 60 + read_image(study.image(2)).values // 8
    image = Image.fromarray(picture.astype(np.uint8))
    ImageDraw.Draw(image).rectangle((4, 4, image.width - 5, image.height - 5), outline=230)
    image.save(study.image(2))
    found, _ = findings(study)
    longer = np.hypot(52, 13) / np.hypot(40, 25) - 1
    said = f"12 pixel(s), by which the long axis grows {longer:.0%}"
    assert said in found["stray_line"].message
    assert "first: 1 outline(s)." in found["measurement_lines"].message


def test_another_problem_is_counted(study, monkeypatch):
    """A problem without a condition of its own is not lost."""

    def odd(path, **_):
        if path == study.mask(2).resolve():
            raise InputError("a trouble that nobody thought of")
        return read_mask(path)

    monkeypatch.setattr("radln.io.cases.read_mask", odd)
    shutil.rmtree(study.folder / ".radln-cache")
    found, report = findings(study)
    assert found["other_problem"].count == 1
    details = report.cases.set_index(["code", "case_id"])["detail"]
    assert "nobody thought of" in details["other_problem", "ZQX-0002"]


@pytest.mark.parametrize(
    "cells, shown",
    [
        (["999"], "999"),
        (["999", "9999"], "999, 9999"),
        (["-1"], "-1"),
        (["-99", "999"], "-99, 999"),
        (["500"], "500"),
        (["-300"], "-300"),
        (["99"], ""),  # an age
        (["0"], "0"),
        (["31.5"], ""),
    ],
)
def test_numbers_far_from_all_others(study, cells, shown):
    ages = 31 + np.arange(len(study.table())) * 7 % 53  # 31 to 83
    rewrite(study, age=ages)
    put(study, list(range(len(cells))), age=cells)
    found = findings(study)[0]
    assert ("odd_number" in found) == bool(shown)
    if shown:
        assert f": age ({shown})." in found["odd_number"].message


def test_negative_numbers_among_others_are_no_codes(study):
    rewrite(study, age=np.arange(len(study.table())) * 7 % 11 - 5)
    assert "odd_number" not in findings(study)[0]


def test_different_levels_within_a_node(study):
    table = study.table()
    rewrite(study, age=50, border=table["border"].groupby(table["person"]).transform("first"))
    assert "differing_values" not in findings(study)[0]
    views = table.index[table.duplicated(["person", "node"])]
    other = {"smooth": "irregular", "irregular": "smooth"}
    put(study, views[0], border=other[study.table().loc[views[0], "border"]])
    assert ": border." in findings(study)[0]["differing_values"].message


def named_by_columns(study, row, **cells):
    table = study.table()
    table["picture"] = table["image"] + ".png"
    table["drawing"] = table["image"] + "_mask.png"
    for name, k in cells.items():
        table.loc[row, name] = table.loc[k, name]
    study.write_table(table)
    study.set(data__image_column="picture", data__mask_column="drawing")
    return findings(study)[0]


def test_one_file_named_for_two_patients(study):
    found = named_by_columns(study, 20, picture=30)
    assert found["same_picture"].count == 2
    assert "same_mask" not in found


def test_one_file_named_for_two_views_of_a_node(study):
    """The same picture with another mask may be another node; with the same mask it is no case."""
    table = study.table()
    row = int(table.index[table.duplicated(["person", "node"])][0])
    assert not {"repeated_picture", "same_picture"} & set(
        named_by_columns(study, row, picture=row - 1)
    )
    found = named_by_columns(study, row, picture=row - 1, drawing=row - 1)
    assert found["repeated_picture"].count == 2


@pytest.mark.parametrize(("pixel", "count"), [(0.05, 0), (0.04, 1), (0.9, 0), (1.0, 1)])
def test_pixel_sizes_five_times_as_large_or_small(study, pixel, count):
    put(study, 3, pixel=pixel)
    found = findings(study)[0]
    assert (found["odd_pixel_size"].count if count else "odd_pixel_size" in found) == count


@pytest.mark.parametrize(("factor", "shown"), [(0.1, "0.64 mm"), (20, "128 mm")])
def test_sizes_of_no_node_stop_until_acknowledged(study, factor, shown):
    rewrite(study, pixel=study.table()["pixel"] * factor)
    found, report = findings(study)
    assert shown in found["odd_sizes"].message
    assert "outside 3 to 80 mm" in found["odd_sizes"].message
    assert found["odd_sizes"].acknowledge == ("odd_sizes:38",)
    assert report.stopped
    study.set(acknowledge=["odd_sizes:37"])
    assert findings(study)[1].stopped
    study.set(acknowledge=["odd_sizes:38"])
    assert not findings(study)[1].stopped
    study.set(acknowledge=[], features__lengths="px")
    assert "odd_sizes" not in findings(study)[0]


def test_a_header_against_the_table_stops_until_acknowledged(study):
    medical(study, 1, broken.nrrd, "spacings: 0.2 0.2")  # as the table says
    medical(study, 2, broken.nrrd)  # says nothing
    assert "pixel_size_conflict" not in findings(study)[0]
    for k in (3, 4):
        medical(study, k, broken.nrrd, "spacings: 0.2 0.25")
    found, report = findings(study)
    finding = found["pixel_size_conflict"]
    assert finding.count == 2
    assert "0.25 x 0.2 mm in the header, 0.2 mm given" in finding.message
    assert finding.acknowledge == ("pixel_size_conflict:2",)
    assert report.stopped
    study.set(acknowledge=["pixel_size_conflict:2"])
    assert not findings(study)[1].stopped


def test_a_clean_study_has_only_what_its_size_brings(study):
    found, report = findings(study)
    mild = {"differing_values"}  # ages of the small study are drawn row by row
    mild |= {"few_events", "several_rows", "mixed_outcomes", "mask_read_as_one", "missing_read"}
    assert set(found) <= mild
    assert not report.stopped
    assert report.n_cases == 38
    assert report.n_patients == 26


def test_the_case_as_patient_is_a_finding(study):
    study.set(data__patient="image", data__unit="image")
    assert findings(study)[0]["image_is_patient"].count == 38


def test_images_of_rows_without_outcome_are_listed(study):
    put(study, [1, 2, 3], pathology=None)
    assert "unlisted_image" not in findings(study)[0]


def test_masks_beside_the_images_are_listed(study):
    for path in (study.folder / "masks").iterdir():
        path.rename(study.folder / "images" / path.name)
    study.set(data__masks="images")
    assert "unlisted_image" not in findings(study)[0]


def test_gravest_first_and_cases_beside(study):
    study.image(1).unlink()
    put(study, [4], age=None)
    found, report = findings(study)
    ranks = [KINDS.index(finding.kind) for finding in report.findings]
    assert ranks == sorted(ranks)
    assert report.stopped
    cases = report.cases.set_index("code")["case_id"]
    assert cases["unreadable_file"] == "ZQX-0001"
    assert cases["missing_clinical"] == "ZQX-0004"
    assert list(report.frame()["code"]) == list(found)
    assert report.summary().startswith(
        "37 cases of 26 patients looked at. Outcome: benign (21), malignant (17).\nrefused case:"
    )


def test_jobs_do_not_change_the_findings(study):
    one, two = (Study.from_yaml(study.folder).check(jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one.frame(), two.frame())
    pd.testing.assert_frame_equal(one.cases, two.cases)


def test_command(study, radln):
    study.image(1).unlink()
    out = radln("check", study.folder, "--out", study.folder / "check.csv")
    assert out.code == 1
    assert "refused case: 1 case(s) have no image" in out.out
    assert "->" in out.out
    assert "ZQX" not in out.out
    assert "ZQX-0001" in (study.folder / "check.csv").read_text()


@pytest.mark.parametrize("other", ["WPT–004", "WPT004", "WPT 4", "wpt-0004"])
def test_names_that_differ_in_signs_are_findings(study, other):
    table = study.table()
    row = table.index[table["person"] == "WPT-004"][0]
    table.loc[row, "person"] = other
    study.write_table(table)
    found, _ = findings(study)
    assert "person" in found["like_names"].message


YEARS = np.linspace(31, 78, 38).round(1)


@pytest.mark.parametrize(
    ("numbers", "odd"),
    [
        (np.where(np.arange(38) < 2, 0, YEARS), "age (0)"),
        (np.where(np.arange(38) % 9 == 0, YEARS + 1900, YEARS), "age (1931, "),
        (np.where(np.arange(38) % 4 == 0, 1.5 + YEARS / 300, 150 + YEARS / 3), "age (1.6"),
        (YEARS, ""),
        (np.where(np.arange(38) < 12, 0, YEARS), ""),  # such as pack-years
        (np.arange(38) % 9, ""),
        (np.geomspace(0.2, 90, 38), ""),
    ],
    ids=["zero", "years", "two units", "ages", "many zeros", "counts", "skewed"],
)
def test_zeros_and_two_units_among_numbers(study, numbers, odd):
    rewrite(study, age=np.random.default_rng(0).permutation(numbers))
    found, _ = findings(study)
    if odd:
        assert odd in found["odd_number"].message
    else:
        assert "odd_number" not in found


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("1900-01-01", "age (the first date lies far before all others)"),
        ("9999-12-31", "days after the first date)"),
        ("2026-01-15", ""),
    ],
)
def test_dates_far_from_all_others(study, first, said):
    rewrite(study, age=[first, *dates(study)[1:]])
    found = findings(study)[0]
    assert ("odd_number" in found) == bool(said)
    assert said in found["odd_number"].message if said else True


def test_days_as_excel_numbers_them(study):
    table = study.table().assign(exam_date=46000 + np.arange(38) * 7 % 30, wbc=46000)
    table["wbc"] += np.arange(38) * 7 % 31
    study.write_table(table)
    study.set(data__clinical=["exam_date", "wbc"])
    assert findings(study)[0]["date_column"].message.count("exam_date") == 1
    assert findings(study)[0]["date_column"].count == 1


@pytest.mark.parametrize(
    ("levels", "code", "said"),
    [
        (("F", "female", "male"), "like_levels", "border: F, female."),
        (("1", "0", "yes", "no"), "like_levels", "border: 0, 1, no, yes."),
        (("pos", "positive", "none"), "like_levels", "border: pos, positive."),
        (("hetero", "heterogeneous", "smooth"), "doubtful_level", "(hetero, heterogeneous)"),
        (("heterogenous", "heterogeneous", "x"), "doubtful_level", "(heterogeneous, heterogenous)"),
        (("hypoechoic", "hyperechoic", "anechoic"), "", ""),
        (("microlobulated", "macrolobulated", "x"), "", ""),
        (("A", "B", "AB", "O"), "", ""),
        (("I", "II", "III", "IV"), "", ""),
        (("I", "II", "III", "1", "2", "3"), "like_levels", "border: 1, 2, I, II."),
        (("Grade 2", "grade II", "Grade 3"), "like_levels", "border: Grade 2, grade II."),
        (("G1", "1", "G2", "2"), "doubtful_level", "border (1, 2, G1, G2)"),
        (("pT2", "T2", "pT1"), "doubtful_level", "border (T2, pT2)"),
        (("T1a", "T1b", "T2"), "", ""),
        (("T1", "N1", "T2", "N2"), "", ""),
        (("-1", "1", "x"), "doubtful_level", "border (-1)"),
        (("1.1", "11.1", "2.1a"), "", ""),
        (("left", "right", "both"), "", ""),
    ],
)
def test_levels_that_may_be_one(study, levels, code, said):
    rewrite(study, border=[levels[(3 * k // 2) % len(levels)] for k in range(38)])
    study.set(data__clinical=[{"column": "border", "type": "category"}])
    found = findings(study)[0]
    assert {"like_levels", "doubtful_level"} & set(found) == ({code} if code else set())
    if code:
        assert said in found[code].message
    if code == "like_levels":
        assert found[code].acknowledge == ("like_levels:border",)
        study.set(acknowledge=["like_levels:border"])
        assert not findings(study)[0][code].acknowledge


def test_a_patient_with_two_ages_where_others_have_one(study):
    """At the unit of the image, a number of the patient may be wrong in one of the rows."""
    table = study.table()
    table["age"] = 31 + pd.factorize(table["person"])[0] * 7 % 53
    study.write_table(table)
    study.set(data__unit="image")
    assert "differing_values" not in findings(study)[0]
    several = table["person"].value_counts().index[0]
    table.loc[table.index[table["person"] == several][0], "age"] += 20
    study.write_table(table)
    assert "age" in findings(study)[0]["differing_values"].message
    rng = np.random.default_rng(1)
    study.write_table(table.assign(age=rng.integers(0, 2, len(table))))  # one of each node
    assert "differing_values" not in findings(study)[0]


@pytest.mark.parametrize("name", ["WPT-O04", "WPT-0O4", "WPT-\u041e04"])
def test_names_with_letters_that_look_alike_are_findings(study, name):
    table = study.table()
    row = table.index[table["person"] == "WPT-004"][0]
    table.loc[row, "person"] = name
    study.write_table(table)
    assert "person" in findings(study)[0]["like_names"].message


def test_letters_that_look_alike_are_refused_in_categories(study):
    put(study, [1, 2, 3], border="\u0455mooth")  # a Cyrillic letter in front
    with pytest.raises(InputError, match="letters that look alike"):
        findings(study)


def test_roman_and_arabic_numbers_of_a_level_are_findings(study):
    table = study.table()
    rows = table.index[table["person"] == table["person"].value_counts().index[0]]
    table.loc[rows[:2], "node"] = ["II", "2"]
    study.write_table(table)
    assert "node" in findings(study)[0]["like_names"].message


def test_a_dark_node_is_not_covered(study):
    """Anechoic ground has one grey, but no straight sides."""
    image = read_image(study.image(1)).values.clip(1, 255).astype(np.uint8)
    region = read_mask(study.mask(1)).labels > 0
    image[binary_erosion(region, iterations=3)] = 0
    write_png(study.image(1), image)
    assert "covered_node" not in findings(study)[0]
