"""``radln recalibrate``: a bundle changed for another centre, as a new version."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from radln.designs import CrossValidation
from radln.errors import InputError
from radln.models.bundle import Bundle
from radln.models.persist import predict_frame
from radln.outcome import Binary
from radln.stats import calibration_over_folds, logistic_regression, update_test
from radln.study.core import Study
from radln.study.recalibrate import recalibrate
from tests.study.centres import DATA, OK, USAGE, developed, frame, in_a_process, started
from tests.study.studies import environment

PLAIN, TREES, RIDGE, TAKER = "clinical_plain", "clinical_xgboost", "clinical_ridge", "taker"
RELOAD = """
import json, sys
import pandas as pd
from radln.models.bundle import Bundle
bundle = Bundle.load(sys.argv[1])
said = bundle.predict(pd.read_parquet(sys.argv[2]))
print(json.dumps(said.to_dict("list")))
"""


def models(held):
    held["models"]["fitted"] = {
        PLAIN: {"learner": "plain", "keep": ["clinical"]},
        TREES: {"learner": "xgboost", "keep": ["clinical"]},
        RIDGE: {"learner": "logistic", "keep": ["clinical"]},
        TAKER: {"learner": "logistic", "keep": ["clinical"], "inputs_from": {"score": RIDGE}},
    }
    held["evaluation"]["primary"] = {"full": PLAIN, "simple": TREES}
    held["evaluation"]["ladder"] = []


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return developed(in_a_process, tmp_path_factory.mktemp("dev"), models)


@pytest.fixture(scope="module")
def bundle(results):
    return Bundle.load(results / "bundle")


def there(seed=9, views=1):
    """Other patients: 300, older, and of whom more are positive than the models expect."""
    return frame(seed, patients=300, views=views, older=-9)


def columns(table):
    return table.set_index("case")[["age", "crp", "border"]].add_prefix("clinical_")


def positive(table):
    return (table["pathology"] == "malignant").to_numpy()


def log_odds(bundle, table, source=PLAIN):
    return logit(predict_frame(bundle.models, columns(table))[source].to_numpy())


@pytest.fixture
def study(radln, tmp_path):
    return started(radln, tmp_path / "there", there())


def one(found, source):
    return next(m for m in found.models if m.model.source == source)


def test_the_closed_test_chooses_and_the_shift_is_that_of_the_likelihood(bundle, study):
    found = one(recalibrate(bundle, Study.from_yaml(study), models=(PLAIN,)), PLAIN)
    table = there()
    eta, y = log_odds(bundle, table), positive(table)
    model = next(m for m in bundle.models if m.source == PLAIN)
    expected = update_test(y, expit(eta), pd.DataFrame(model.matrix(columns(table))))
    assert found.kind == expected.chosen != "original"
    np.testing.assert_allclose(found.tested.pvalue, expected.pvalue, rtol=1e-6)
    assert found.tested.largest == "refit"


def test_intercept_and_slope_are_those_of_the_likelihood(bundle, study):
    table = there()
    eta, y = log_odds(bundle, table), positive(table)
    slope = recalibrate(bundle, Study.from_yaml(study), models=(PLAIN,), update="intercept_slope")
    change = one(slope, PLAIN).about.change
    fitted = logistic_regression(y, eta[:, None]).coefficients
    np.testing.assert_allclose([change.intercept, change.slope], fitted, rtol=1e-6)
    shift = recalibrate(bundle, Study.from_yaml(study), models=(PLAIN,), update="intercept")
    change = one(shift, PLAIN).about.change
    assert expit(eta + change.intercept).sum() == pytest.approx(y.sum(), abs=1e-6)
    assert change.slope == 1
    new = predict_frame(shift.bundle.models, columns(table))[PLAIN]
    np.testing.assert_allclose(logit(new), eta + change.intercept, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("update", ["intercept", "intercept_slope"])
def test_the_same_patients_are_called(bundle, study, update):
    found = recalibrate(bundle, Study.from_yaml(study), update=update)
    table = there()
    assert {m.model.source for m in found.models} == {PLAIN, TREES, TAKER}
    for changed in found.models:
        old, new = changed.parent, changed.model
        source = new.source
        before = predict_frame(bundle.models, columns(table))[source] >= old.cut_off
        after = predict_frame(found.bundle.models, columns(table))[source] >= new.cut_off
        assert (before == after).all() and 0 < before.sum() < len(before)
        assert changed.called[2] == 0
        assert new.cut_off != old.cut_off


def test_after_is_cross_fitted_by_patient(radln, bundle, tmp_path):
    table = there(views=2)
    study = started(radln, tmp_path / "views", table)
    held = Study.from_yaml(study)
    found = one(recalibrate(bundle, held, models=(PLAIN,), update="intercept_slope"), PLAIN)
    eta, y, patients = log_odds(bundle, table), positive(table), table["person"].to_numpy()
    risk, folds = np.empty(len(y)), np.empty(len(y), dtype=int)
    for split in CrossValidation(5).of(y, patients, Binary(), held.settings.seed):
        assert not set(patients[split.train]) & set(patients[split.test])
        a, b = logistic_regression(y[split.train], eta[split.train, None]).coefficients
        risk[split.test], folds[split.test] = expit(a + b * eta[split.test]), split.fold
    expected = calibration_over_folds(y, risk, folds, cluster=patients)
    for name in ("calibration_in_the_large", "slope", "observed_expected", "brier"):
        mine, theirs = (getattr(f, name) for f in (found.after, expected))
        assert [mine.value, mine.low, mine.high] == pytest.approx(
            [theirs.value, theirs.low, theirs.high], rel=1e-5, abs=1e-7
        )


def test_apparent_numbers_are_not_printed(radln, results, bundle, study, tmp_path):
    said = radln(
        "recalibrate", results / "bundle", study, "-o", tmp_path / "new",
        "--update", "intercept_slope", "--model", PLAIN,
    )  # fmt: skip
    assert said.code == OK, said.err
    after = next(line for line in said.out.splitlines() if line.startswith("After"))
    assert "in 5 folds by patient" in after
    # apparent ones would be 0, 1 and 1 exactly, without error in the mean
    found = one(
        recalibrate(bundle, Study.from_yaml(study), models=(PLAIN,), update="intercept_slope"),
        PLAIN,
    )
    assert found.after.slope.format() in after
    assert abs(found.after.slope.value - 1) > 1e-4


def test_a_refit_is_plain_maximum_likelihood(bundle, study):
    table = there()
    found = recalibrate(bundle, Study.from_yaml(study), models=(PLAIN,), update="refit")
    y = positive(table)
    model = one(found, PLAIN).model
    expected = logistic_regression(y, model.matrix(columns(table)))
    new = predict_frame(found.bundle.models, columns(table))[PLAIN]
    risks = expected.predict_risk(model.matrix(columns(table)))
    np.testing.assert_allclose(new, risks, rtol=1e-6)
    about = found.bundle.content.models[PLAIN]
    assert "refitted in another centre" in about.performance.method
    assert about.case_mix.n == len(table)
    assert model.cut_off == one(found, PLAIN).parent.cut_off


def test_who_is_not_refitted(bundle, radln, study, tmp_path):
    held = Study.from_yaml(study)
    for source, words in ((TREES, "XGBoost"), (TAKER, "without penalty")):
        with pytest.raises(InputError, match=f"{source} is not refitted: .*{words}"):
            recalibrate(bundle, held, models=(source,), update="refit")
        found = one(recalibrate(bundle, held, models=(source,)), source)
        assert found.tested.largest == "intercept_slope"
    few = started(radln, tmp_path / "few", there().iloc[:60])
    with pytest.raises(InputError, match="rarer outcome, and 4 coefficients need 40"):
        recalibrate(bundle, Study.from_yaml(few), models=(PLAIN,), update="refit")


def test_a_model_whose_score_others_take_stays(bundle, study):
    found = recalibrate(bundle, Study.from_yaml(study), update="intercept")
    assert any(f"{RIDGE} stays as it is: another model takes its score" in n for n in found.notes)
    old, new = (
        next(m for m in held.models if m.source == RIDGE) for held in (bundle, found.bundle)
    )
    assert old.to_dict() == new.to_dict()


def test_a_new_version_names_its_parent_and_gives_the_same_elsewhere(
    radln, results, bundle, study, tmp_path
):
    place = tmp_path / "new"
    said = radln("recalibrate", results / "bundle", study, "-o", place, "--update", "intercept")
    assert said.code == OK, said.err
    assert f"Version 2, of the bundle {bundle.checksum[:16]}" in said.out
    new = Bundle.load(place)
    assert (new.content.version, new.content.parent) == (2, bundle.checksum)
    rows = columns(there())
    rows.to_parquet(tmp_path / "rows.parquet")
    done = subprocess.run(
        [sys.executable, "-c", RELOAD, str(place), str(tmp_path / "rows.parquet")],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    again = pd.DataFrame(json.loads(done.stdout), index=rows.index)
    found = recalibrate(bundle, Study.from_yaml(study), update="intercept").bundle
    expected = predict_frame(found.models, rows)
    pd.testing.assert_frame_equal(again[expected.columns], expected, rtol=1e-9)
    for command in ("validate", "recalibrate"):  # never on the cases that changed it
        said = radln(command, place, study, "-o", tmp_path / command)
        assert said.code == DATA and "was changed on these very cases" in said.err
    other = started(radln, tmp_path / "others", there(seed=10))
    said = radln("recalibrate", place, other, "-o", tmp_path / "third", "--cut-off", "anew")
    assert said.code == OK, said.err
    third = Bundle.load(tmp_path / "third").content
    assert (third.version, third.parent) == (3, new.checksum)
    assert len(third.changed_on) == 2
    said = radln("validate", place, other, "-o", tmp_path / "v", "--model", PLAIN)
    assert said.code == OK, said.err
    page = (tmp_path / "v" / "report.html").read_text(encoding="utf-8")
    assert "version 2, recalibrated in another centre" in page


def test_a_model_that_fits_stays_and_nothing_is_written(radln, results, bundle, tmp_path):
    table = there()
    rng = np.random.default_rng(3)
    risk = expit(log_odds(bundle, table))
    table["pathology"] = np.where(rng.random(len(table)) < risk, "malignant", "benign")
    study = started(radln, tmp_path / "right", table)
    place = tmp_path / "new"
    said = radln("recalibrate", results / "bundle", study, "-o", place, "--model", PLAIN)
    assert said.code == OK, said.err
    assert "no new bundle is written" in said.out and not place.exists()
    assert "keep the model as it is" in said.out


def test_a_model_that_ranks_the_wrong_way_is_refused(radln, bundle, tmp_path):
    table = there()
    risk = expit(log_odds(bundle, table))
    table["pathology"] = np.where(risk < np.median(risk), "malignant", "benign")
    table.loc[::7, "pathology"] = "benign"
    table.loc[1::7, "pathology"] = "malignant"
    study = started(radln, tmp_path / "turned", table)
    with pytest.raises(InputError, match="ranks these cases no better than chance"):
        recalibrate(bundle, Study.from_yaml(study), models=(PLAIN,), update="intercept_slope")


def test_places_and_options_that_are_refused(radln, results, study, tmp_path):
    here = results / "bundle"
    said = radln("recalibrate", here, study, "-o", here, "--update", "intercept")
    assert said.code == DATA and "is the bundle itself" in said.err
    place = tmp_path / "mine"
    place.mkdir()
    (place / "thesis.txt").write_text("mine")
    said = radln("recalibrate", here, study, "-o", place, "--update", "intercept")
    assert said.code == DATA and "no version made of this bundle" in said.err
    assert radln("recalibrate", here, study, "-o", place, "--update", "boost").code == USAGE
    assert radln("recalibrate", here, study, "-o", place, "--cut-off", "later").code == USAGE
    for _ in range(2):  # one's own version may be made again
        said = radln("recalibrate", here, study, "-o", tmp_path / "n", "--update", "intercept")
        assert said.code == OK, said.err


def test_a_cut_off_that_is_set_anew_is_youdens_of_cross_fitted_risks(bundle, study):
    found = one(
        recalibrate(
            bundle, Study.from_yaml(study), models=(PLAIN,), update="intercept", cut_off="anew"
        ),
        PLAIN,
    )
    table = there()
    eta, y = log_odds(bundle, table), positive(table)
    patients, seed = table["person"].to_numpy(), Study.from_yaml(study).settings.seed
    risk = np.empty(len(y))
    for split in CrossValidation(5).of(y, patients, Binary(), seed):
        own = recalibrated(eta[split.train], y[split.train])
        risk[split.test] = expit(eta[split.test] + own)
    reached = [
        (risk >= cut)[y].mean() - (risk >= cut)[~y].mean() for cut in (found.model.cut_off, *risk)
    ]
    assert reached[0] == pytest.approx(max(reached), abs=1e-9)
    assert found.about.change.cut_off == "set anew"


def recalibrated(eta, y):
    """The shift at which as many are expected as there were, by halving."""
    low, high = -20.0, 20.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(eta + middle).sum() < y.sum() else (low, middle)
    return middle


def test_too_few_patients_are_refused(radln, bundle, tmp_path):
    study = started(radln, tmp_path / "few", frame(9, patients=6))
    for update in (None, "intercept"):
        with pytest.raises(InputError, match="patients have the rarer outcome; a change is judged"):
            recalibrate(bundle, Study.from_yaml(study), update=update)
