"""Sites and declared subgroups: who is in which, and what is said of the model there."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from radln.errors import InputError
from radln.evaluation.settings import SubgroupSettings
from radln.stats.discrimination.by_group import areas_by_group
from radln.study.subgroups import NOT_KNOWN, group_of, parse_subgroup

OK, DATA = 0, 1
PATIENTS = 80


def frame(seed=3):
    rng = np.random.default_rng(seed)
    n = 2 * PATIENTS
    y = rng.random(n) < 0.45
    table = pd.DataFrame(
        {
            "case": [f"{k:03d}" for k in range(n)],
            "person": [f"p{k // 2}" for k in range(n)],
            "pathology": np.where(y, "malignant", "benign"),
            "age": rng.normal(60, 9, n).round() + 6 * y,
            "crp": rng.normal(5, 2, n).round(1) + y,
            "birads": np.where(np.arange(n) % 2, "4", np.where(y, "5", "3")),
            "sex": np.where(rng.random(n) < 0.5, "f", "m"),
            "rare": np.where(np.arange(n) < 12, "yes", "no"),
            "site": np.where(np.repeat(np.arange(PATIENTS), 2) % 2, "A", "B"),
        }
    )
    table.loc[5, "sex"] = None
    return table


def ran(radln, folder, table, *more):
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / "t.csv", index=False)
    said = radln(
        "init", folder, "--table", folder / "t.csv", "--case", "case", "--patient", "person",
        "--outcome", "pathology", "--positive", "malignant", "--clinical", "age,crp",
        "--site", "site", "--design", "hold-out:0.5", "--force", *more,
    )  # fmt: skip
    if said.code != OK:
        return said
    file = folder / "study.yaml"
    held = yaml.safe_load(file.read_text())
    held["models"] |= {"inner_folds": 2}
    held["evaluation"]["n_resamples"] = 100
    file.write_text(yaml.safe_dump(held))
    return radln("run", folder)


def test_the_page_shows_groups_as_the_statistics_have_them(radln, tmp_path):
    table = frame()
    said = ran(
        radln, tmp_path / "s", table,
        "--subgroup", "birads=4", "--subgroup", "age<60", "--subgroup", "rare",
        "--subgroup", "sex",
    )  # fmt: skip
    assert said.code == OK, said.err
    results = tmp_path / "s" / "results"
    told = pd.read_csv(results / "tables" / "auc_by_subgroup.csv")
    rows = pd.read_csv(results / "predictions.csv", dtype={"unit_id": str})
    rows = rows[rows["source"] == "clinical_logistic"].merge(
        table, left_on="unit_id", right_on="case"
    )
    y = (rows["pathology"] == "malignant").to_numpy()
    birads = np.where(rows["birads"].astype(str) == "4", "4", "not 4")
    direct = areas_by_group(y, rows["y_score"].to_numpy(), birads, rows["person"].to_numpy())
    own = told[told["subgroup"] == "birads = 4"].set_index("group")
    for name in ("4", "not 4"):
        expected = direct.areas[name].estimate
        found = own.loc[name, ["value", "low", "high"]].astype(float).tolist()
        assert found == pytest.approx([expected.value, expected.low, expected.high])
        assert own.loc[name, "n"] == (birads == name).sum()
    (other,) = direct.differences
    gap = direct.differences[other]
    assert own.loc[other, "difference"] == pytest.approx(gap.value)
    assert own.loc[other, "difference_low"] == pytest.approx(gap.low)
    assert own.loc[other, "reference"] == direct.reference
    rare = told[(told["subgroup"] == "rare") & (told["group"] == "yes")]
    assert rare["value"].isna().all() and rare["difference"].isna().all()
    assert set(told.loc[told["subgroup"] == "age < 60", "group"]) == {"below 60", "60 and above"}
    sites = pd.read_csv(results / "tables" / "auc_by_site.csv")
    assert set(sites["site"]) == {"A", "B"} and sites["difference"].notna().sum() == 1
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", (results / "report.html").read_text()))
    for words in ("By site and subgroup", "case-mix", "none: fewer than 10 patients of a class"):
        assert words in text
    assert (results / "figures" / "groups.svg").exists()


@pytest.mark.parametrize(
    ("option", "match"),
    [
        ("birads=6", "never holds '6'"),
        ("sex<3", "holds 'f', which is no number|holds 'm', which is no number"),
        ("age", "different values; name some"),
        ("=3", "write COLUMN"),
        ("age<old", "write COLUMN"),
        ("grade", "grade"),
    ],
)
def test_a_subgroup_that_is_a_little_wrong_is_refused(radln, tmp_path, option, match):
    said = ran(radln, tmp_path / "s", frame(), "--subgroup", option)
    assert said.code == DATA
    assert re.search(match, said.err), said.err
    assert "Traceback" not in said.err


def test_what_has_no_value_is_a_group_of_its_own():
    values = pd.Series(["3", None, "4a", "4b"], index=list("abcd"))
    found = group_of(SubgroupSettings(column="birads", values=("4a", "4b")), values)
    assert found.to_dict() == {"a": "not 4a, 4b", "b": NOT_KNOWN, "c": "4a, 4b", "d": "4a, 4b"}
    limit = group_of(SubgroupSettings(column="mm", below=10), pd.Series([9.9, 10.0, np.nan]))
    assert limit.tolist() == ["below 10", "10 and above", NOT_KNOWN]
    with pytest.raises(InputError, match=r"Yes"):
        group_of(SubgroupSettings(column="x"), pd.Series(["yes", "Yes", "no"]))
    with pytest.raises(ValidationError, match="not both"):
        SubgroupSettings(column="x", values=("a",), below=1)
    assert parse_subgroup("sex").name == "sex"
