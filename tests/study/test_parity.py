"""``radln parity``: both engines on a study's own cases."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from radln.features.radiomics import reference
from radln.features.radiomics.native import engine as native
from radln.io.images import write_png
from radln.study.core import Study
from tests.study.studies import SHAPE

pytest.importorskip("radiomics")


def test_the_engines_agree_on_a_study(study, tmp_path, radln):
    out = tmp_path / "parity.csv"
    said = radln("parity", study.folder, "--cases", 5, "-o", out)
    assert said.code == 0, said.out
    last = said.out.strip().splitlines()[-2]
    assert last.startswith("The engines agree: all 255 values of 5 cases to 1e-09")
    assert "Seconds: native" in said.out
    assert "original_" in said.out
    table = pd.read_csv(out)
    assert list(table) == ["feature", "difference", "row", "native", "pyradiomics"]
    assert len(table) == 51
    assert table["row"].between(1, 5).all()
    assert table["difference"].max() <= 1e-9
    assert table["difference"].is_monotonic_decreasing
    ids = pd.read_csv(study.folder / "nodes.csv")[["image", "person"]].astype(str)
    text = out.read_text()
    assert not any(one in text for one in ids.to_numpy().ravel())


def test_nothing_is_written_unless_asked(study, radln):
    before = sorted(study.folder.rglob("*"))
    assert radln("parity", study.folder, "--cases", 1).code == 0
    assert sorted(study.folder.rglob("*")) == before


def test_engines_that_do_not_agree(study, monkeypatch, radln):
    measure, name = native.measure, "radiomics_original_glcm_Contrast"

    def wrong(*given):
        found = measure(*given)
        return found | {name: 1.01 * found[name]}

    monkeypatch.setattr(native, "measure", wrong)
    said = radln("parity", study.folder, "--cases", 2)
    assert said.code == 3
    assert "The engines do not agree on 2 of 2 cases: 1 features differ by more" in said.out
    assert "original_glcm_Contrast" in said.out


def test_a_case_that_cannot_be_compared_is_named(study, radln):
    table = pd.read_csv(study.folder / "nodes.csv")
    first = str(table["image"].iloc[0])
    mask = next((study.folder / "masks").glob(f"{first}*"))
    write_png(mask, np.zeros(SHAPE, dtype=np.uint8))
    said = radln("parity", study.folder, "--cases", 3)
    assert said.code == 3
    assert f"{first} could not be compared:" in said.out
    assert "The engines agree: all 102 values of 2 cases" in said.out


def test_two_processes_find_the_same(study):
    one = Study.from_yaml(study.folder).parity(cases=4)
    two = Study.from_yaml(study.folder).parity(cases=4, jobs=2)
    pd.testing.assert_frame_equal(one.frame(), two.frame())


def test_laplacians_are_told_of(study, radln):
    text = study.yaml.read_text()
    assert "log_sigma: []" in text
    study.yaml.write_text(text.replace("log_sigma: []", "log_sigma: [1.0]"))
    said = radln("parity", study.folder, "--cases", 2)
    assert said.code == 0, said.out
    assert "of 2 are the same bit by bit" in said.out


def test_what_rounding_decides_is_counted_and_listed_and_no_failure(study, radln):
    table = pd.read_csv(study.folder / "nodes.csv")
    first = str(table["image"].iloc[0])
    grey = np.random.default_rng(0).integers(1, 200, (140, 140)).astype(np.uint8)
    grey[10:130, 10:130] = 7  # with what surrounds it beyond the filter's reach
    write_png(next((study.folder / "images").glob(f"{first}*")), grey)
    mask = np.zeros(grey.shape, np.uint8)
    mask[5:100, 5:100] = 255
    write_png(next((study.folder / "masks").glob(f"{first}*")), mask)
    text = study.yaml.read_text()
    pixels = "lengths: px\n  radiomics:\n    bin_width: 25"
    text = text.replace("log_sigma: []", "log_sigma: [1.0]").replace("radiomics:", pixels)
    study.yaml.write_text(text)
    said = radln("parity", study.folder, "--cases", 2)
    assert said.code == 0, said.out
    assert (
        "Decided by rounding, neither equal nor different: log-sigma-1-0-mm of 1 case" in said.out
    )
    assert f"{first}: log-sigma-1-0-mm (" in said.out
    assert "The engines agree on 1 of 2 cases" in said.out


def test_without_pyradiomics_the_command_is_given(study, monkeypatch, radln):
    reference._feature_classes.cache_clear()
    monkeypatch.setitem(sys.modules, "radiomics", None)
    said = radln("parity", study.folder)
    assert said.code == 1
    assert 'pip install "radln[pyradiomics]"' in said.err
    assert said.err.count("\n") == 1
