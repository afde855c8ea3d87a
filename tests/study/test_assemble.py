"""From rows, features and reads to the analysed units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError, TooManyFailuresError
from radln.features.table import FAILED
from radln.io.images import write_png
from radln.study.assemble import assemble, check_rows, feature_blocks, with_lost
from radln.study.core import Study
from radln.study.intake import take_in
from tests.study.studies import SHAPE


def assembled(study):
    held = Study.from_yaml(study.folder)
    return assemble(held.settings, take_in(held.settings.data), held.extract().table)


def test_views_are_averaged_to_the_node(study):
    cohort = assembled(study)
    table = study.table()
    key = table["person"] + "/" + table["node"]
    assert list(cohort.units.index) == list(key.unique())
    assert cohort.units["n_views"].tolist() == table.groupby(key, sort=False).size().tolist()
    ages = table.groupby(key, sort=False)["age"].mean()
    np.testing.assert_allclose(cohort.predictors["clinical_age"], ages)
    np.testing.assert_allclose(
        cohort.reads["expert"], table.groupby(key, sort=False)["expert"].mean()
    )
    assert cohort.flow.frame()["label"].iloc[-1] == "nodes analysed"
    assert (cohort.patient_id == [name.split("/")[0] for name in cohort.units.index]).all()


def test_images_stay_images(study):
    study.set(data__unit="image", data__node=None)
    cohort = assembled(study)
    assert list(cohort.units.index) == study.table()["image"].tolist()
    assert (cohort.units["n_views"] == 1).all()


def test_patients_are_averaged_over_all_their_images(study):
    table = study.table()
    table["pathology"] = table.groupby("person")["pathology"].transform("first")
    study.write_table(table)
    study.set(data__unit="patient", data__node=None)
    cohort = assembled(study)
    assert list(cohort.units.index) == list(table["person"].unique())


def test_nodes_without_a_name_are_nodes_of_their_own(study):
    table = study.table()
    table.loc[table["person"] == "WPT-001", "node"] = None
    study.write_table(table)
    units = assembled(study).units
    assert (units["patient_id"] == "WPT-001").sum() == (table["person"] == "WPT-001").sum() == 2


def test_a_site_that_is_not_known_says_so(study):
    table = study.table()
    table.loc[table["person"] == "WPT-001", "device"] = None
    study.write_table(table)
    units = assembled(study).units
    assert set(units.loc[units["patient_id"] == "WPT-001", "site"]) == {"not known"}


def test_several_labels_are_several_units(study):
    labels = np.zeros(SHAPE, np.uint8)
    labels[10:25, 10:30] = 1
    labels[30:50, 40:70] = 2
    write_png(study.mask(3), labels)
    study.set(data__unit="image", data__node=None)
    cohort = assembled(study)
    assert {"ZQX-0003#1", "ZQX-0003#2"} <= set(cohort.units.index)
    assert len(cohort.units) == 39

    table = study.table()
    table.loc[3, "image"] = "ZQX-0003#2"
    study.write_table(table)
    cohort = assembled(study)
    assert "ZQX-0003#2" in cohort.units.index
    assert len(cohort.units) == 38

    study.write_table(pd.concat([table, table.iloc[[3]].assign(image="ZQX-0003")]))
    with pytest.raises(InputError, match="both whole and with a label"):
        assembled(study)


def test_an_id_with_a_mark_that_is_no_label(study):
    table = study.table()
    table.loc[3, "image"] = "ZQX#ward-3"
    study.write_table(table)
    study.image(3).rename(study.folder / "images" / "ZQX#ward-3.png")
    study.mask(3).rename(study.folder / "masks" / "ZQX#ward-3_mask.png")
    source = take_in(Study.from_yaml(study.folder).settings.data).sources[3]
    assert (source.case_id, source.label, source.image.name) == (
        "ZQX#ward-3",
        None,
        "ZQX#ward-3.png",
    )


def test_lost_rows_are_failed_rows(result):
    table = result.extraction.table
    longer = with_lost(table, [("gone", "unreadable_file", "no image named gone.")])
    assert longer.n_failed == 1
    assert longer.status.loc["gone"].tolist() == [FAILED, "unreadable_file", "no image named gone."]
    pd.testing.assert_frame_equal(longer.values.iloc[:-1], table.values, check_index_type=False)
    assert with_lost(table, []) is table


@pytest.mark.parametrize("share, stops", [(0.2, True), (0.3, False)])
def test_max_failed(result, share, stops):
    table = result.extraction.table
    ids = table.status.index[:9]  # of 38
    status = table.status.copy()
    status.loc[ids, "status"] = FAILED
    spoilt = replace(table, status=status)
    settings = result.settings.model_copy(update={"max_failed": share})
    if stops:
        with pytest.raises(TooManyFailuresError, match="9 of 38"):
            assemble(settings, result.intake, spoilt)
    else:
        assert assemble(settings, result.intake, spoilt).units["n_views"].sum() == 29


def test_nothing_measured_stops_whatever_is_allowed(result):
    table = result.extraction.table
    spoilt = replace(table, status=table.status.assign(status=FAILED))
    settings = result.settings.model_copy(update={"max_failed": 1.0})
    with pytest.raises(TooManyFailuresError, match="38 of 38"):
        assemble(settings, result.intake, spoilt)


def test_blocks(result):
    blocks = feature_blocks(result.extraction.table, ["clinical_age"])
    assert set(blocks["size"]) <= set(blocks["shape"])
    assert all(name.startswith("radiomics_") for name in blocks["radiomics"])
    assert all(name.startswith("node_") for name in blocks["node"])
    assert not any("glcm" in name or "firstorder" in name for name in blocks["shape"])
    assert len(blocks["deep"]) > 8
    assert all(name.startswith("deep_bundled_") for name in blocks["deep"])
    assert blocks["clinical"] == ("clinical_age",)


def test_a_read_of_two_values_is_no_comparator_by_area(study):
    table = study.table()
    study.write_table(table.assign(expert=(table["expert"] >= 4).astype(int)))
    study.set(data__readers=[{"column": "expert", "cut": 1}])
    study.set(evaluation__primary={"full": "combined_logistic", "simple": "expert"})
    with pytest.raises(InputError, match=r"primary\.simple is 'expert', whose reads have two"):
        Study.from_yaml(study.folder).run()


def test_a_block_that_no_study_has_is_refused_before_the_work(study):
    fitted = {"combined_logistic": {"learner": "logistic", "keep": ["clinicl"]}}
    study.set(models__fitted=fitted)
    study.set(evaluation__primary={"full": "combined_logistic", "simple": "average_reader"})
    settings = Study.from_yaml(study.folder).settings
    with pytest.raises(InputError, match=r"block 'clinicl'.* Did you mean 'clinical'"):
        check_rows(settings, take_in(settings.data))
