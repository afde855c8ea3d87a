"""A family of features is one object; table, words, blocks and models know a new one by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.cohort.blocks import all_blocks
from radln.cohort.core import Cohort
from radln.errors import InputError
from radln.features import FeatureSettings, compute, extract_features, families
from radln.features.family import Family, Measured, Planned
from radln.features.names import readable
from radln.imaging.volume import Case, Geometry, ImageVolume
from radln.models.recipe import recipes
from radln.models.settings import ModelSettings
from radln.study.assemble import feature_blocks

Y, X = np.mgrid[:40, :50]
NODE = np.hypot(Y - 20, X - 25) < 9
GREY = 100 + 5 * np.sin(X) - 30 * NODE


class Histogram(Family):
    """The darkest and the brightest pixel: a family that nobody needs."""

    name = "histogram"

    def plan(self, settings):
        return Planned(self, 1, "numpy", "")

    def measure(self, measuring):
        values = measuring.case.image.values[measuring.case.region]
        if values.min() == values.max():
            raise InputError("one grey value.")
        return Measured({"histogram_low": values.min(), "histogram_width_px": np.ptp(values)})

    def unit_of(self, column, unit):
        return "grey"


TOY = Histogram()


@pytest.fixture
def with_toy(monkeypatch):
    monkeypatch.setattr(families, "FAMILIES", (*families.FAMILIES, TOY))


@pytest.fixture
def table(with_toy):
    return extract_features(GREY, NODE, FeatureSettings(deep=None))


def test_its_columns_stand_in_the_table_behind_all_others(table):
    assert list(table.values.columns[-2:]) == table.columns("histogram")
    assert table.values["histogram_low"].item() == GREY[NODE].min()
    spec = table.specs[-1]
    assert (spec.family, spec.unit, spec.engine) == ("histogram", "grey", "numpy")


def test_other_families_do_not_change(table):
    plain = extract_features(GREY, NODE, FeatureSettings(deep=None))
    pd.testing.assert_frame_equal(plain.values, table.values[plain.values.columns])


def test_its_refusal_leaves_the_other_families(with_toy):
    flat = extract_features(np.where(NODE, 50, GREY), NODE, FeatureSettings(deep=None))
    assert flat.status["status"].item() == "partial"
    assert "no histogram features: one grey value." in flat.status["message"].item()
    assert flat.columns("node")


def test_readable_words(with_toy):
    assert readable("histogram_width_px") == "width (px)"


def test_a_model_holds_its_block(table):
    blocks = feature_blocks(table, [])
    assert blocks["histogram"] == ("histogram_low", "histogram_width_px")
    index = pd.Index(["a", "b"], name="unit_id")
    predictors = pd.DataFrame(1.0, index=index, columns=table.values.columns)
    units = pd.DataFrame({"patient_id": ["p", "q"], "y_true": [0, 1]}, index=index)
    cohort = Cohort(units, predictors, blocks, pd.DataFrame(index=index))
    found, _ = recipes(all_blocks(cohort), ModelSettings())
    combined = next(recipe for recipe in found if recipe.block == "combined")
    assert set(blocks["histogram"]) <= set(combined.compete)


def test_worker_processes_and_the_cache_know_it(with_toy, tmp_path):
    from radln.features.extract import extract_cases
    from radln.io.cases import CaseSource
    from radln.io.images import write_png

    for name in ("a", "b"):
        write_png(tmp_path / f"{name}.png", GREY.astype(np.uint8))
        write_png(tmp_path / f"{name}_mask.png", NODE.astype(np.uint8))
    cases = [CaseSource(n, tmp_path / f"{n}.png", tmp_path / f"{n}_mask.png") for n in "ab"]
    settings, cache = FeatureSettings(deep=None), tmp_path / "cache"
    first = extract_cases(cases, settings, jobs=2, cache=cache)
    again = extract_cases(cases, settings, cache=cache)
    assert first.table.columns("histogram")
    pd.testing.assert_frame_equal(first.table.values, again.table.values)
    assert again.timings["cached"].all()


def test_size_is_the_narrowest_part():
    assert families.part_names() == ("size", "shape")
    assert families.part_columns("shape", ["node_area_mm2", "radiomics_original_glcm_MCC"]) == (
        "node_area_mm2",
    )


def test_every_family_names_its_own_columns():
    found = extract_features(GREY, NODE)
    for family in families.FAMILIES:
        columns = found.columns(family.name)
        assert columns
        assert all(column.startswith(f"{family.name}_") for column in columns)
        assert not any("_" in readable(column) for column in columns if family.name != "radiomics")


def test_an_encoder_that_changed_meanwhile_is_refused():
    settings = FeatureSettings()
    planned = families.DEEP.plan(settings)
    old = Planned(families.DEEP, planned.version, planned.engine, planned.settings, "0" * 64)
    case = Case.single("a", ImageVolume(GREY, Geometry(GREY.shape)), NODE)
    row = compute.node_features(case, compute.Plan(settings, (old,), "px"))
    assert "was changed while features were extracted" in row.remarks[0]
