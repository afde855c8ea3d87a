"""Layouts of public data sets go from `init` to the report without a hand on study.yaml."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from radln.data_settings import NameRule
from radln.io.images import write_png
from radln.settings import load_settings
from radln.study.core import Study
from radln.study.intake import take_in
from tests.study.studies import SHAPE, draw_node

OK, DATA = 0, 1
QUICK = """
features:
  deep: null
  radiomics: {wavelet: false, log_sigma: [], classes: [shape, firstorder]}
models: {folds: 2, repeats: 1, inner_folds: 2, max_features: 4}
evaluation: {n_resamples: 100}
"""


def quick(folder):
    """A file beside study.yaml with the same data and a few seconds' work."""
    text = (folder / "study.yaml").read_text()
    data = re.search(r"(?ms)^data:.*?(?=^\S|\Z)(?=^[a-z])", text)[0]
    file = folder / "quick.yaml"
    file.write_text("schema: 2\nname: quick\n" + data + QUICK)
    return file


def second_node(region):
    """Another small lesion in a corner of the picture."""
    other = np.zeros(SHAPE, bool)
    other[4:14, 4:16] = True
    return other & ~region


@pytest.fixture
def one_folder(tmp_path):
    """Pictures and tumours in one folder, as `case001.png` and `case001_tumor.png`."""
    rng = np.random.default_rng(5)
    rows = []
    for k in range(1, 31):
        malignant = k % 2 == 0
        image, region = draw_node(rng, 0.4 * malignant + rng.normal())
        name = f"case{k:03d}"
        write_png(tmp_path / "all" / f"{name}.png", image)
        write_png(tmp_path / "all" / f"{name}_tumor.png", region.astype(np.uint8) * 255)
        if k % 5 == 0:
            write_png(tmp_path / "all" / f"{name}_other1.png", region.astype(np.uint8) * 255)
        rows.append(
            {
                "CaseID": k,
                "Image_filename": f"{name}.png",
                "Mask_tumor_filename": f"{name}_tumor.png",
                "Classification": "malignant" if malignant else "benign",
            }
        )
    pd.DataFrame(rows).to_excel(tmp_path / "clinical.xlsx", index=False)
    return tmp_path


@pytest.fixture
def class_folders(tmp_path):
    """`benign/images/a.png`, `benign/mask/a_mask.png` and, in some, `a_mask_1.png`."""
    rng = np.random.default_rng(6)
    for k in range(30):
        label = ("benign", "malignant")[k % 2]
        image, region = draw_node(rng, 0.4 * (k % 2) + rng.normal())
        folder = tmp_path / "data" / label
        write_png(folder / "images" / f"{label} ({k}).png", image)
        mask = folder / "mask" / f"{label} ({k})_mask"
        write_png(mask.with_name(mask.name + ".png"), region.astype(np.uint8) * 255)
        if k % 10 == 0:
            write_png(
                mask.with_name(mask.name + "_1.png"), second_node(region).astype(np.uint8) * 255
            )
    return tmp_path


BY_COLUMNS = (
    "--case", "Image_filename", "--patient", "CaseID", "--outcome", "Classification",
    "--image-column", "Image_filename",
)  # fmt: skip


@pytest.mark.parametrize(
    "files",
    [("--mask-column", "Mask_tumor_filename"), ("--mask-suffix", "_tumor"), ()],
    ids=["column", "suffix", "found"],
)
def test_one_folder_from_init_to_report(one_folder, radln, files):
    table = ("--table", one_folder / "clinical.xlsx")
    if "--mask-column" in files:
        names = BY_COLUMNS
    else:
        frame = pd.read_excel(one_folder / "clinical.xlsx")
        frame["Image_filename"] = frame["Image_filename"].str.removesuffix(".png")
        frame.to_excel(one_folder / "clinical.xlsx", index=False)
        names = BY_COLUMNS[:-2]
    said = radln("init", one_folder, "--images", one_folder / "all", *table, *names, *files)
    assert said.code == OK, said.err
    assert "(30 of 30 found, as in case001_tumor.png)" in said.out
    assert "left over: 6 file(s) of no case: case005_other1.png" in said.out
    intake = take_in(load_settings(one_folder / "study.yaml").data)
    assert all("_tumor" in source.mask.name for source in intake.sources)
    assert not any(source.more_masks for source in intake.sources)
    said = radln("run", quick(one_folder), "--out", one_folder / "results")
    assert said.code == OK, said.err
    assert (one_folder / "results" / "report.html").is_file()


def test_class_folders_from_init_to_report(class_folders, radln):
    said = radln("init", class_folders, "--images", class_folders / "data", "--image-is-patient")
    assert said.code == OK, said.err
    assert "outcome: malignant (15) = positive; benign (15) = negative" in said.out
    assert "several masks: 3 image(s), as in benign (0)_mask, benign (0)_mask_1: united" in said.out
    assert "left over" not in said.out
    data = load_settings(class_folders / "study.yaml").data
    assert data.image_name == NameRule(folder="images")
    assert data.mask_name == NameRule(folder="mask", suffix="_mask")
    assert data.image_is_patient
    sources = {source.case_id: source for source in take_in(data).sources}
    assert len(sources) == 30
    assert [len(sources[f"benign/benign ({k})"].more_masks) for k in (0, 2, 10)] == [1, 0, 1]
    report = Study.from_yaml(class_folders).check()
    counts = {finding.code: finding.count for finding in report.findings}
    assert (counts["several_masks"], counts["image_is_patient"]) == (3, 30)
    said = radln("run", quick(class_folders), "--out", class_folders / "results")
    assert said.code == OK, said.err
    page = (class_folders / "results" / "report.html").read_text()
    assert page.count("Each image counts as a patient") >= 2
    assert "each counts as a patient of its own" in page
    features = pd.read_parquet(class_folders / "results" / "features.parquet")
    assert len(features) == 30


def test_each_mask_may_be_a_node(class_folders, radln):
    said = radln(
        "init", class_folders, "--images", class_folders / "data", "--image-is-patient",
        "--several-masks", "nodes",
    )  # fmt: skip
    assert said.code == OK, said.err
    table = Study.from_yaml(quick(class_folders)).extract().table
    assert len(table.values) == 33
    united = table.values.loc["benign/benign (0)#2", "node_area_px2"]
    assert united == second_node(np.zeros(SHAPE, bool)).sum()


def test_masks_beside_the_pictures_of_class_folders(class_folders, radln):
    for mask in list((class_folders / "data").rglob("*_mask*.png")):
        mask.rename(mask.parents[1] / mask.name)
    for image in list((class_folders / "data").rglob("images/*.png")):
        image.rename(image.parents[1] / image.name)
    said = radln("init", class_folders, "--images", class_folders / "data", "--image-is-patient")
    assert said.code == OK, said.err
    sources = take_in(load_settings(class_folders / "study.yaml").data).sources
    assert len(sources) == 30
    assert sum(len(source.more_masks) for source in sources) == 3
    assert not any("_mask" in source.image.name for source in sources)


def test_a_table_finds_files_in_any_folder(class_folders, radln):
    rows = [
        {"name": path.stem, "patient": k // 2, "pathology": path.parent.parent.name}
        for k, path in enumerate(sorted((class_folders / "data").rglob("images/*.png")))
    ]
    pd.DataFrame(rows).to_csv(class_folders / "t.csv", index=False)
    said = radln(
        "init", class_folders, "--images", class_folders / "data", "--table",
        class_folders / "t.csv", "--case", "name", "--patient", "patient", "--outcome", "pathology",
    )  # fmt: skip
    assert said.code == OK, said.err
    assert "in folders named 'images', in any sub-folder (30 of 30" in said.out
    assert len(take_in(load_settings(class_folders / "study.yaml").data).sources) == 30


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "nobody said which images show the same patient"),
        (["--image-is-patient", "--patient", "p"], "leave one out"),
        (["--image-is-patient", "--clinical", "age"], "--clinical speaks of a table"),
    ],
)
def test_without_patients_it_is_refused(class_folders, radln, options, said):
    found = radln("init", class_folders, "--images", class_folders / "data", *options)
    assert found.code == DATA
    assert said in found.err
    assert not (class_folders / "study.yaml").exists()
    assert not (class_folders / "cases.csv").exists()


def test_one_class_folder_is_no_outcome(class_folders, radln):
    found = radln(
        "init", class_folders, "--images", class_folders / "data" / "benign", "--image-is-patient"
    )
    assert found.code == DATA
    assert "there must be at least two; found none, and 15 image(s) outside" in found.err


def test_a_picture_without_a_mask_is_not_passed_over(class_folders, radln):
    (class_folders / "data" / "benign" / "mask" / "benign (4)_mask.png").unlink()
    base = ("init", class_folders, "--images", class_folders / "data", "--image-is-patient")
    found = radln(*base)
    assert found.code == DATA
    assert "1 of 30 cases have no image or no mask, such as 'benign/benign (4)'" in found.err
    assert radln(*base, "--accept-partial").code == OK


def test_numbers_that_are_cases_are_no_further_masks(study, radln):
    """Images 1, 1_1 and 1_2, each with its mask, of which a table names the first."""
    for k in range(2):
        for folder, ending in (("images", ""), ("masks", "_mask")):
            path = study.folder / folder / f"ZQX-0000{ending}.png"
            path.with_name(f"ZQX-0000_{k + 1}{ending}.png").write_bytes(path.read_bytes())
            path.with_name(f"ZQX-0001{ending}_{k + 1}.png").write_bytes(path.read_bytes())
    data = load_settings(study.folder / "study.yaml").data
    more = {s.case_id: [m.name for m in s.more_masks] for s in take_in(data).sources}
    assert more["ZQX-0000"] == []
    # beside images of the same numbers, masks are those of the images
    assert more["ZQX-0001"] == []
    for k in (1, 2):
        (study.folder / "images" / f"ZQX-0001_{k}.png").unlink()
    more = {s.case_id: [m.name for m in s.more_masks] for s in take_in(data).sources}
    assert more["ZQX-0001"] == ["ZQX-0001_mask_1.png", "ZQX-0001_mask_2.png"]


def test_class_folders_under_names_of_ones_own(class_folders, radln):
    told = ["init", class_folders / "s", "--images", class_folders / "data", "--image-is-patient"]
    told += ["--positive", "malignant"]
    found = radln(*told, "--case", "picture", "--outcome", "class")
    assert found.code == OK, found.err
    table = pd.read_csv(class_folders / "s" / "cases.csv")
    assert list(table.columns) == ["picture", "class"]
    assert set(table["class"]) == {"benign", "malignant"}
    found = radln(*told, "--force", "--case", "x", "--outcome", "x")
    assert found.code == DATA
    assert "--case and --outcome name one column" in found.err
