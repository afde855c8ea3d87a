"""What init decides, and every condition that check knows: met, counted, with its remedy."""

from __future__ import annotations

import shutil
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from whole.conftest import edit

from radln.errors import InputError
from radln.settings import NameRule, load_settings
from radln.study.check import CONDITIONS
from radln.study.core import Study
from radln.study.init import (
    Request,
    decide_pixel_size,
    decide_positive,
    decide_rule,
    parse_reader,
    propose,
    write_study,
)


@pytest.mark.parametrize(
    ("cases", "files", "words"),
    [
        (["a1", "a2"], ["a1", "a2"], "same name"),
        (["a1", "a2"], ["a1_mask", "a2_mask"], "suffix '' -> '_mask'"),
        (["a1", "a2"], ["seg_a1", "seg_a2"], "prefix '' -> 'seg_'"),
        (["bus_01", "bus_02"], ["mask_01", "mask_02"], "prefix 'bus' -> 'mask'"),
        (["P01", "P02"], ["P01/mask", "P02/mask"], "suffix '' -> '/mask'"),
        (["n.01", "n.02"], ["left/n.01", "left/n.02"], "prefix '' -> 'left/'"),
    ],
)
def test_the_plainest_rule(cases, files, words):
    rule, said = decide_rule(cases, files, "mask")
    assert words in said and "2 of 2" in said
    assert [rule.apply(case) for case in cases] == files


def test_no_rule_is_said_with_examples():
    with pytest.raises(InputError, match=r"'a1'.*'x'"):
        decide_rule(["a1", "a2"], ["x", "y"], "mask")


def test_positive_class_is_plain_or_asked_for():
    outcome = pd.Series(["malignant", "benign", None, "benign"])
    assert decide_positive(outcome, "p", None) == (
        "malignant", "positive class: malignant = positive; benign = negative.",
    )  # fmt: skip
    assert decide_positive(outcome, "p", "benign")[0] == "benign"
    with pytest.raises(InputError, match="--positive"):
        decide_positive(pd.Series(["A", "B"]), "p", None)
    with pytest.raises(InputError, match="not in column"):
        decide_positive(outcome, "p", "cancer")
    assert decide_positive(pd.Series(["0", "1"]), "p", None)[0] == "1"


@pytest.mark.parametrize("text", ["BIRADS", "BIRADS:", ":", "BIRADS:four"])
def test_reader_without_a_cut(text):
    with pytest.raises(InputError, match="COLUMN:CUT"):
        parse_reader(text)


def test_pixel_size():
    table = pd.DataFrame({"mm": [0.1]})
    assert decide_pixel_size("mm", table)[0] == "mm"
    assert decide_pixel_size("0.2", table)[0] == 0.2
    assert decide_pixel_size(None, table)[0] is None
    with pytest.raises(InputError, match="neither"):
        decide_pixel_size("inch", table)


def request(study, **changes) -> Request:
    held = {"case": "image", "patient": "patient", "outcome": "pathology"} | changes
    return Request(study / "images", study / "masks", study / "nodes.csv", **held)


def test_unit_is_where_the_outcome_varies(study):
    assert propose(request(study), name="x").settings.data.unit == "patient"
    table = pd.read_csv(study / "nodes.csv")
    table.loc[0, "pathology"] = "benign"
    table["lesion"] = table["image"]
    table.to_csv(study / "nodes.csv", index=False)
    assert propose(request(study), name="x").settings.data.unit == "image"
    assert propose(request(study, node="lesion"), name="x").settings.data.unit == "node"
    table.drop_duplicates("patient").to_csv(study / "nodes.csv", index=False)
    assert propose(request(study), name="x").settings.data.unit == "image"


def test_columns_that_tell_the_outcome_are_named(study):
    table = pd.read_csv(study / "nodes.csv")
    table["histology"] = np.where(table["pathology"] == "malignant", "ca", "reactive")
    table.to_csv(study / "nodes.csv", index=False)
    said = " ".join(propose(request(study), name="x").decisions)
    assert "left out: histology" in said and "primary comparison" in said


def test_study_yaml_comments_every_setting_and_reads_back(study):
    proposal = propose(request(study, readers=("expert:4",), clinical=("age",)), name="x")
    write_study(study / "new.yaml", proposal.settings)
    text = (study / "new.yaml").read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row.strip()]
    for before, row in pairwise(rows):
        if not row.strip().startswith("#"):
            assert before.strip().startswith("#") or before.strip().endswith(":"), row
    again = load_settings(study / "new.yaml")
    assert again.data.table == (study / "nodes.csv").resolve()
    assert again.model_copy(update={"data": proposal.settings.data}) == proposal.settings
    assert not yaml.safe_load(text)["data"]["table"].startswith("/")


# --- check ---------------------------------------------------------------------------------------


def found(study) -> dict[str, int]:
    return {f.code: f.count for f in Study.from_yaml(study).check().findings}


def table(study) -> pd.DataFrame:
    return pd.read_csv(study / "nodes.csv")


def save(study, frame) -> None:
    frame.to_csv(study / "nodes.csv", index=False)


def paint(path, array) -> None:
    Image.fromarray(array).save(path)


def mask_of(study, case="ZQX-0001-0"):
    path = study / "masks" / f"{case}_mask.png"
    return path, np.array(Image.open(path))


def _unreadable(study):
    (study / "images" / "ZQX-0001-0.png").unlink()


def _empty(study):
    path, mask = mask_of(study)
    paint(path, mask * 0)


def _geometry(study):
    path, mask = mask_of(study)
    paint(path, mask[:-4])


def _one_class(study):
    save(study, table(study).assign(pathology="malignant"))


def _few_patients(study):
    frame = table(study)
    save(study, frame[frame["patient"].isin(frame["patient"].unique()[:4])])


def _mixed_patient(study):
    frame = table(study)
    frame.loc[0, "pathology"] = "benign"
    save(study, frame)


def _mixed_outcomes(study):
    _mixed_patient(study)
    edit(study / "study.yaml", lambda held: held["data"].update(unit="image"))


def _perfect(study):
    frame = table(study)
    save(study, frame.assign(code=(frame["pathology"] == "malignant").astype(int)))
    edit(study / "study.yaml", lambda held: held["data"].update(clinical=["code"]))


def _same_picture(study):
    shutil.copy(study / "images" / "ZQX-0001-0.png", study / "images" / "ZQX-0002-0.png")


def _repeated_picture(study):
    shutil.copy(study / "images" / "ZQX-0000-0.png", study / "images" / "ZQX-0000-1.png")


def _no_outcome(study):
    frame = table(study)
    frame.loc[[3, 4], "pathology"] = None
    save(study, frame)


def _unlisted(study):
    save(study, table(study).iloc[:-3])


def _no_pixel_size(study):
    edit(study / "study.yaml", lambda held: held["data"].update(pixel_size_mm=None))


def _calipers(study):
    path = study / "images" / "ZQX-0001-0.png"
    image = np.minimum(np.array(Image.open(path)), 250)
    image[32, 52:61], image[28:37, 56] = 255, 255
    paint(path, image)


def _border(study):
    path, mask = mask_of(study)
    mask[:20, 38:42] = 255
    paint(path, mask)


def _small(study):
    path, mask = mask_of(study)
    paint(path, (np.indices(mask.shape).sum(axis=0) == 60).astype(np.uint8) * 255)


def _few_levels(study):
    _, mask = mask_of(study)
    image = study / "images" / "ZQX-0001-0.png"
    paint(image, np.where(mask > 0, 40, 90).astype(np.uint8))


def _whole(study):
    path, mask = mask_of(study)
    paint(path, 255 - mask * 0)


def _missing_clinical(study):
    frame = table(study)
    frame.loc[[1, 2, 3], "age"] = None
    save(study, frame)


def _missing_read(study):
    frame = table(study)
    frame.loc[[5], "expert"] = None
    save(study, frame)


def _sites(study):
    frame = table(study)
    save(study, frame.assign(site=np.where(frame["pathology"] == "malignant", "A", "B")))


def _labels(study):
    path, mask = mask_of(study)
    mask[:] = np.where(mask > 0, 1, 0)
    mask[2:12, 2:14] = 2
    paint(path, mask)


def _other(study):
    image = study / "images" / "ZQX-0001-0.png"
    values = np.array(Image.open(image), dtype=np.float32)
    values[0, 0] = np.nan
    image.unlink()
    paint(image.with_suffix(".tif"), values)


def _nothing(study):
    pass


MET = {
    "unreadable_file": (_unreadable, 1),
    "empty_mask": (_empty, 1),
    "geometry_mismatch": (_geometry, 1),
    "one_class": (_one_class, 1),
    "few_patients": (_few_patients, 4),
    "mixed_patient": (_mixed_patient, 1),
    "mixed_outcomes": (_mixed_outcomes, 1),
    "perfect_predictor": (_perfect, 1),
    "same_picture": (_same_picture, 2),
    "repeated_picture": (_repeated_picture, 2),
    "no_outcome": (_no_outcome, 2),
    "unlisted_image": (_unlisted, 3),
    "no_pixel_size": (_no_pixel_size, 38),
    "caliper_marks": (_calipers, 1),
    "touches_border": (_border, 1),
    "small_node": (_small, 1),
    "few_grey_levels": (_few_levels, 1),
    "whole_image": (_whole, 1),
    "missing_clinical": (_missing_clinical, 3),
    "missing_read": (_missing_read, 1),
    "site_outcome": (_sites, 2),
    "few_events": (_nothing, 14),
    "several_rows": (_nothing, 10),
    "several_labels": (_labels, 1),
    "mask_read_as_one": (_nothing, 38),
    "other_problem": (_other, 1),
}


def test_every_condition_has_a_test():
    assert set(MET) == set(CONDITIONS) and len(CONDITIONS) >= 12


@pytest.mark.parametrize("code", sorted(MET))
def test_condition(study, code):
    spoil, count = MET[code]
    spoil(study)
    assert found(study).get(code) == count
    assert len(CONDITIONS[code].remedy) > 10


def test_an_untouched_study_has_no_error(study):
    report = Study.from_yaml(study).check()
    assert report.n_errors == 0
    assert "38 cases of 28 patients" in report.summary()
    assert list(report.frame()["severity"]) == sorted(
        report.frame()["severity"], key=["error", "warning", "note"].index
    )


def test_two_workers_find_the_same(study):
    _empty(study)
    one, two = (Study.from_yaml(study).check(jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one.frame(), two.frame())
    pd.testing.assert_frame_equal(one.cases, two.cases)


def test_rule_keeps_its_meaning():
    rule = NameRule(drop_prefix="bus_", prefix="mask_", drop_suffix="-l", suffix="")
    assert rule.apply("bus_0001-l") == "mask_0001" and rule.length == 11
