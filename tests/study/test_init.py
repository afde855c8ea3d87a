"""What ``radln init`` decides, and that it says so."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from radln.data_settings import NameRule
from radln.errors import InputError, UnreadableFileError
from radln.features.names import readable
from radln.settings import load_settings
from radln.study.core import Study
from radln.study.decided_outcome import decide_positive
from radln.study.file_rules import best_rule, refuse_doubtful
from radln.study.init import (
    decide_pixel_size,
    decide_unit,
    parse_reader,
    propose,
    write_study,
)
from radln.study.intake import take_in
from radln.study.request import Request


def series(*values):
    return pd.Series(values, dtype=object)


@pytest.mark.parametrize(
    "values, given_value, positive",
    [
        (("malignant", "benign"), None, "malignant"),
        (("Metastatic", "reactive"), None, "Metastatic"),
        (("1", "0"), None, "1"),
        (("yes", "no"), None, "yes"),
        (("benign", "malignant"), "benign", "benign"),
    ],
)
def test_positive(values, given_value, positive):
    found, negative, said = decide_positive(series(*values), "outcome", given_value)
    assert found == positive
    assert negative == tuple(set(values) - {positive})
    assert f"{positive} (1) = positive" in said
    for other in set(values) - {positive}:
        assert other in said


@pytest.mark.parametrize(
    "values, given_value, said",
    [
        (("a", "b"), None, "--positive"),
        (("malignant", "benign", "unsure"), None, "--positive"),
        (("malignant", "positive"), None, "--positive"),
        (("a", "b"), "c", "'c' is not in column 'outcome'"),
        (("a", "b", "c"), "c", "--negative"),
        (("a", "A", "c"), "c", "differ in capitals"),
    ],
)
def test_positive_is_asked_for(values, given_value, said):
    with pytest.raises(InputError, match=said):
        decide_positive(series(*values), "outcome", given_value)


def test_several_negative_values_are_named():
    values = series("benign", "normal", "benign", "malignant", None, "?")
    found, negative, said = decide_positive(
        values[:5], "outcome", "malignant", ("benign", "normal")
    )
    assert (found, negative) == ("malignant", ("benign", "normal"))
    assert "benign (2), normal (1) = negative; 1 blank, left out" in said
    with pytest.raises(InputError, match=r"holds \? \(1\), which is neither"):
        decide_positive(values, "outcome", "malignant", ("benign", "normal"))
    with pytest.raises(InputError, match="--negative 'norml' is not in column"):
        decide_positive(values, "outcome", "malignant", ("benign", "norml"))


def request(node=None):
    here = Path()
    return Request(images=here, case="case", patient="patient", outcome="outcome", node=node)


@pytest.mark.parametrize(
    "patients, outcomes, node, unit",
    [
        ("abc", "xyx", None, "image"),
        ("aab", "xxy", None, "patient"),
        ("aab", "xyy", "node", "node"),
        ("aab", "xyy", None, "image"),
    ],
)
def test_unit(patients, outcomes, node, unit):
    table = pd.DataFrame({"patient": list(patients)})
    found, said = decide_unit(table, request(node), series(*outcomes))
    assert found == unit
    assert said.startswith(f"unit: {unit}")


@pytest.mark.parametrize(
    "cases, stems, rule",
    [
        (["a1", "a2"], ["a1", "a2"], NameRule()),
        (["a1", "a2"], ["a1_mask", "a2_mask"], NameRule(suffix="_mask")),
        (["a1", "a2"], ["mask_a1", "mask_a2"], NameRule(prefix="mask_")),
        (["a1", "a2"], ["masks/a1", "masks/a2"], NameRule(prefix="masks/")),
        (
            ["bus_0001", "bus_0002"],
            ["mask_0001", "mask_0002"],
            NameRule(drop_prefix="bus", prefix="mask"),
        ),
    ],
)
def test_rule(cases, stems, rule):
    found, files = best_rule(cases, stems)[:2]
    assert found == rule
    assert files == {case: rule.apply(case) for case in cases}


def test_the_plainest_rule_wins():
    cases = ["a1", "a2"]
    assert best_rule(cases, ["a1", "a1_mask", "a2", "a2_mask"])[0] == NameRule()


names = st.lists(
    st.integers(0, 99_999).map(lambda k: f"case{k:05d}"), min_size=2, max_size=20, unique=True
)
affix = st.text("abcxyz_-/", max_size=6)


@given(names, affix, affix)
def test_a_prefix_and_a_suffix_are_found_for_every_case(cases, prefix, suffix):
    stems = [f"{prefix}{case}{suffix}" for case in cases]
    _, files, _ = best_rule(cases, stems)
    assert set(files.values()) <= set(stems)
    assert list(files) == cases


def decided(cases, names):
    rule, files, rivals = best_rule(cases, names)
    refuse_doubtful("mask", cases, files, names, rule, rivals)


@pytest.mark.parametrize("stems", [[], ["p", "q"]])
def test_no_rule(stems):
    with pytest.raises(InputError, match="no rule matches the mask files"):
        decided(["case01", "case02"], stems)


def test_two_rules_that_fit_equally_well_are_asked_about():
    cases, both = ["a1", "a2"], ["a1_fat", "a1_hil", "a2_fat", "a2_hil"]
    with pytest.raises(InputError, match="two rules name a mask of every case"):
        decided(cases, both)


@pytest.mark.parametrize("text", ["BIRADS", "BIRADS:", ":4", ""])
def test_reader_without_a_cut(text):
    with pytest.raises(InputError, match="COLUMN:CUT"):
        parse_reader(text)


def test_reader_whose_column_holds_a_colon():
    assert parse_reader("US: score:3.5").column == "US: score"


@pytest.mark.parametrize("given_value, held", [("0.2", 0.2), ("px", "px"), (None, None)])
def test_pixel_size(given_value, held):
    assert decide_pixel_size(given_value, pd.DataFrame({"px": [0.1]}))[0] == held


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["0.3\\0.3", "0.2\\0.2"], "2 cell\\(s\\) do not"),
        (["0,3", "0.2"], "1 cell\\(s\\) do not"),
        (["1,000", "2,000"], "sign of thousands"),
    ],
)
def test_pixel_sizes_that_are_no_numbers(cells, said):
    with pytest.raises(InputError, match=said):
        decide_pixel_size("px", pd.DataFrame({"px": cells}))


def test_pixel_sizes_with_decimal_commas():
    assert decide_pixel_size("px", pd.DataFrame({"px": ["0,3", "0,25"]}))[0] == "px"


def test_pixel_size_that_is_nothing():
    with pytest.raises(InputError, match="neither a number nor a column"):
        decide_pixel_size("pixel", pd.DataFrame({"px": [0.1]}))


# with files


def full_request(study, **changes):
    settings = {
        "images": study.folder / "images",
        "masks": study.folder / "masks",
        "table": study.folder / "nodes.csv",
        "case": "image",
        "patient": "person",
        "outcome": "pathology",
        "node": "node",
        "site": "device",
        "clinical": ("age", "border"),
        "readers": ("expert:4",),
        "pixel_size_mm": "pixel",
    }
    return Request(**{**settings, **changes})


def test_what_is_written_is_what_was_proposed(pristine, tmp_path):
    proposal = propose(full_request(pristine), name="small")
    file = tmp_path / "elsewhere" / "study.yaml"
    write_study(file, proposal.settings)
    read = load_settings(file)
    held = proposal.settings.with_paths(lambda path: path.resolve())
    assert read.with_paths(lambda path: path.resolve()) == held
    assert str(pristine.folder) not in file.read_text()  # paths are relative
    assert (read.data.table.parent / "nodes.csv").is_file()


def test_the_file_holds_what_most_users_touch_and_the_encoder(pristine, tmp_path):
    file = tmp_path / "study.yaml"
    write_study(file, propose(full_request(pristine), name="small").settings)
    lines = [line.strip() for line in file.read_text().splitlines()]
    at = lines.index("deep:")
    assert "deep: null` in place of this section leaves them out" in lines[at - 1]
    held = [line for line in lines[at + 1 :] if not line.startswith("#")][:2]
    assert held == ["encoder: bundled", ""]
    assert "Keys that are not here have their default" in lines[0]
    for rare in (
        "pooling:",
        "max_correlation:",
        "n_resamples:",
        "confidence_level:",
        "crop_margin:",
    ):
        assert not any(line.startswith(rare) for line in lines), rare


def test_the_models_are_listed_and_say_what_is_in_them(pristine, tmp_path):
    file = tmp_path / "study.yaml"
    write_study(file, propose(full_request(pristine), name="small").settings)
    fitted = yaml.safe_load(file.read_text())["models"]["fitted"]
    assert fitted["combined_logistic"] == {
        "learner": "logistic",
        "keep": ["clinical"],
        "compete": ["size", "shape", "node", "radiomics", "deep"],
    }
    assert fitted["nomogram_logistic"]["inputs_from"] == {"rad_score": "radiomics_logistic"}


def test_every_setting_has_a_comment(pristine, tmp_path):
    file = tmp_path / "study.yaml"
    write_study(file, propose(full_request(pristine), name="small").settings)
    lines = file.read_text().splitlines()
    for above, line in pairwise(lines):
        if line.startswith(("  ", "#")) or not line:
            continue
        assert above.startswith("#"), line


def test_the_outcome_in_disguise_is_named(pristine):
    said = "\n".join(propose(full_request(pristine), name="small").decisions)
    assert "histology_code tell(s) the outcome (almost) without error" in said
    assert "outcome: malignant (17) = positive; benign (21) = negative" in said
    assert "combined_logistic against expert" in said
    assert "deep features: by radln's own encoder" in said
    assert "mask of a case: suffix '' -> '_mask' (38 of 38 found, as in ZQX-0000_mask.png)" in said


@pytest.mark.parametrize(
    "changes, error, said",
    [
        ({"patient": "persn"}, InputError, "did you mean 'person'"),
        ({"images": "nowhere"}, UnreadableFileError, "'nowhere' was not found"),
        ({"table": "nodes.csv"}, UnreadableFileError, "table nodes.csv was not found"),
    ],
)
def test_refusals(pristine, changes, error, said):
    placed = {k: Path(v) if k in ("images", "table") else v for k, v in changes.items()}
    with pytest.raises(error, match=said):
        propose(full_request(pristine, **placed), name="x")


def together(study, suffix):
    """Images and masks in one folder."""
    for path in sorted((study.folder / "masks").iterdir()):
        path.rename(study.folder / "images" / path.name.replace("_mask", suffix))
    folder = study.folder / "images"
    return full_request(study, images=folder, masks=folder)


@pytest.mark.parametrize("suffix", ["_mask", "_tumor"])
def test_one_folder_for_images_and_masks(study, suffix):
    proposal = propose(together(study, suffix), name="small")
    data = proposal.settings.data
    assert (data.image_name, data.mask_name) == (NameRule(), NameRule(suffix=suffix))
    assert not any("left over" in line for line in proposal.decisions)
    assert len(take_in(data).sources) == 38


def test_an_image_is_never_its_own_mask(study):
    folder = study.folder / "images"
    with pytest.raises(InputError, match="no rule matches the mask files"):
        propose(full_request(study, masks=folder), name="small")
    above = propose(full_request(study, masks=study.folder), name="small").settings.data
    assert above.mask_name == NameRule(prefix="masks/", suffix="_mask")
    settings = propose(full_request(study), name="small").settings
    same = settings.data.model_copy(update={"masks": folder, "mask_name": NameRule()})
    with pytest.raises(InputError, match=r"the mask of 38 case\(s\) is an image of the study"):
        take_in(same)


def test_columns_of_file_names(study):
    table = study.table()
    table["picture"] = table["image"] + ".png"
    table["outline"] = table["image"] + "_mask"
    study.write_table(table)
    request = full_request(study, image_column="picture", mask_column="outline")
    proposal = propose(request, name="small")
    said = "\n".join(proposal.decisions)
    assert "image of a case: column picture (38 of 38 found, as in ZQX-0000.png)" in said
    assert len(take_in(proposal.settings.data).sources) == 38
    table.loc[3, "outline"] = None
    study.write_table(table)
    with pytest.raises(InputError, match="1 of 38 cases have no image or no mask"):
        propose(request, name="small")
    intake = take_in(proposal.settings.data)
    assert [lost[0] for lost in intake.lost] == ["ZQX-0003"]


@pytest.mark.parametrize(
    ("picture", "outline"),
    [
        ("{}.png", "sub\\{}_mask.png"),  # back-slashes, as Windows has them
        ("images/{}.png", "masks/sub/{}_mask"),  # with the folder that was named
        ("C:\\study\\images\\{}.png", "/home/x/masks/sub/{}_mask.png"),  # from another machine
    ],
)
def test_columns_of_paths(study, picture, outline):
    (study.folder / "masks" / "sub").mkdir()
    for mask in (study.folder / "masks").glob("*.png"):
        mask.rename(mask.parent / "sub" / mask.name)
    table = study.table()
    table["picture"] = table["image"].map(picture.format)
    table["outline"] = table["image"].map(outline.format)
    study.write_table(table)
    request = full_request(study, image_column="picture", mask_column="outline")
    sources = take_in(propose(request, name="small").settings.data).sources
    assert [source.image.stem for source in sources] == table["image"].tolist()
    assert all(source.mask.stem == f"{source.image.stem}_mask" for source in sources)


@pytest.mark.parametrize("name", ["../images/{}", "images/../../{}", "/etc/images/../{}"])
def test_a_path_in_a_column_never_leads_out(study, name):
    table = study.table()
    table["picture"] = table["image"].map(name.format)
    study.write_table(table)
    study.set(data__image_column="picture")
    if ".." in name.partition("images")[2]:
        with pytest.raises(InputError, match="leads out of the image folder"):
            take_in(load_settings(study.yaml).data)
    else:  # the folder itself, by a way round
        assert len(take_in(load_settings(study.yaml).data).sources) == 38


def test_less_than_every_case_is_refused_until_accepted(study):
    study.mask(3).unlink()
    with pytest.raises(InputError, match=r"1 of 38 cases .*'ZQX-0003'.*--accept-partial"):
        propose(full_request(study), name="small")
    said = "\n".join(propose(full_request(study, accept_partial=True), name="small").decisions)
    assert "left out: 1 case(s) without image or mask, as accepted" in said
    assert "left over: 1 file(s) of no case: ZQX-0003" in said


def test_the_unit_is_as_it_is_said(pristine):
    proposal = propose(full_request(pristine, unit="image"), name="small")
    assert proposal.settings.data.unit == "image"
    assert "unit: image (as --unit says)." in proposal.decisions


@pytest.mark.parametrize(
    ("cases", "gone"),
    [
        ([f"P{k:02d}{end}" for k in range(1, 11) for end in ("", "b")], "P03b"),
        ([str(k) for k in range(1, 21)], "10"),
        (["R1", "1", "R2", "2", "R3", "3", "R4", "4"], "R3"),
    ],
)
def test_no_rule_gives_two_cases_one_file(cases, gone):
    rule, files, _ = best_rule(cases, [case for case in cases if case != gone])
    assert rule == NameRule()
    assert files == {case: case for case in cases if case != gone}


def test_masks_numbered_otherwise_are_not_shifted():
    cases = [str(k) for k in range(1, 21)]
    rule, files, _ = best_rule(cases, [str(k) for k in range(20)])
    assert (rule, len(files)) == (NameRule(), 19)


def test_deep_features_may_be_left_out_of_the_listed_models(study, tmp_path):
    """init's own list with `deep: null`: what rested on deep features is left out, and said."""
    file = study.folder / "study.yaml"
    quick = study.settings()
    write_study(file, propose(full_request(study), name="small").settings)
    held = yaml.safe_load(file.read_text())
    held["features"] = {**quick["features"], "deep": None}
    held["models"] |= quick["models"]
    held["evaluation"]["n_resamples"] = 100
    file.write_text(yaml.safe_dump(held))
    result = Study.from_yaml(file).run(out=study.out)
    assert not [model.source for model in result.final if "deep" in model.source]
    page = (study.out / "report.html").read_text(encoding="utf-8")
    assert "Deep features (logistic) was not fitted: its blocks have no columns here." in page
    assert "Combined without deep features (logistic) was not fitted: it would be" in page
    assert readable("deep_pca_first") == "deep pca first"
