"""Optimism: against R's ranges, on noise, with patients, inner folds, refusals and workers."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import GridSearchCV, LeaveOneOut, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import LinearSVC
from xgboost import XGBClassifier

from radln.errors import ConvergenceError, InputError, ShapeError, SingleClassError
from radln.stats import auc, cox_optimism, optimism_corrected, spline_columns
from radln.stats.validation._chance import about_chance, above_chance
from radln.stats.validation._inner_folds import with_patient_folds
from radln.stats.validation._refits import Refits

PLAIN = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)


def study(n=120, k=6, signal=1.0, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, k))
    return X, rng.random(n) < expit(signal * X[:, 0]), np.repeat(np.arange(n // 2), 2)


@pytest.mark.parametrize("name", ["calcurv", "pbc5y"])
def test_harrells_correction_lies_in_rs_range(reference, name):
    r = reference.results(f"validate_{name}")["validate"]
    data = reference.data("calcurv_train" if name == "calcurv" else "pbc5y_dev")
    X = data.drop(columns="y")
    if name == "pbc5y":
        X = pd.DataFrame(
            {
                **{c: data[c] for c in ("age", "bili", "albumin")},
                "edema05": (data["edema"] == 0.5) * 1.0,
                "edema1": (data["edema"] == 1) * 1.0,
                "male": (data["sex"] == "m") * 1.0,
            }
        )
    # one level of edema separates the classes in some resamples; lrm stops where -2 log likelihood
    # changes by less than 0.025, which is Newton's seventh step, and not at infinity
    model = make_pipeline(StandardScaler(), clone(PLAIN).set_params(max_iter=7))
    found = optimism_corrected(model, X, data["y"], n_resamples=200)
    rows = dict(zip(r["seed1"]["rows"], r["seed1"]["values"], strict=True))
    ours = {
        "Dxy": (2 * found.apparent["auc"] - 1, 2 * found.auc.value - 1),
        "R2": (found.apparent["r2"], found.r2.value),
        "Slope": (found.apparent["slope"], found.slope.value),
        "Intercept": (found.apparent["intercept_joint"], found.intercept_joint.value),
        "B": (found.apparent["brier"], found.brier.value),
    }
    for key, (apparent, corrected) in ours.items():
        binned = 5e-4 if key == "Dxy" else 1e-6  # rms bins the risks for Dxy
        assert apparent == pytest.approx(rows[key][0], rel=binned, abs=1e-6)
        seeds = r["index_corrected_over_10_seeds"][key]
        assert abs(corrected - seeds["mean"]) < 4 * seeds["sd"]


COX = {
    "pbc": (("age", 3), ("logbili", 4), "albumin", "edema"),
    "lung": ("age", "ph.ecog", ("wt.loss", 3)),
    "melanoma": (("thickness", 4), "age", "sex"),
    "veteran": (("age", 3), "karno", "prior", "trt"),
}


@pytest.mark.parametrize("name", COX)
def test_cox_correction_lies_in_rs_range(reference, name):
    r, data = reference.results(f"validate_cox_{name}"), reference.data(name)
    columns = [c if isinstance(c, str) else c[0] for c in COX[name]]
    data = data.dropna(subset=columns).reset_index(drop=True)
    X = pd.concat(
        [
            data[c] if isinstance(c, str) else spline_columns(data[c[0]], name=c[0], n_knots=c[1])
            for c in COX[name]
        ],
        axis=1,
    )
    found = cox_optimism(data["time"], data["status"], X, n_resamples=400)
    rows = dict(zip(r["seed1"]["rows"], r["seed1"]["values"], strict=True))
    for key, metric in (("Dxy", "concordance"), ("R2", "r2"), ("Slope", "slope")):
        scale, shift = (2, -1) if key == "Dxy" else (1, 0)
        apparent = scale * found.apparent[metric] + shift
        assert apparent == pytest.approx(rows[key][0], rel=1e-6)
        seeds = r["over_5_seeds"][key]
        corrected = scale * getattr(found, metric).value + shift
        # R's spread is that of five seeds of 150 resamples; ours is added
        assert abs(corrected - seeds["mean"]) < 4 * np.hypot(seeds["sd"], 0.003)


def test_cox_on_noise_and_with_patients():
    patients = np.repeat(np.arange(80), 2)
    kept = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(160, 8))
        time, event = rng.exponential(size=160), rng.random(160) < 0.7
        found = cox_optimism(time, event, X, cluster=patients, n_resamples=40)
        kept.append([found.apparent["concordance"], found.concordance.value, found.slope.value])
    apparent, corrected, slope = np.mean(kept, axis=0)
    # on pure noise Harrell's correction leaves part of the optimism, 0.55 here
    assert 0.47 < corrected < 0.57
    assert apparent - corrected > 0.04
    assert slope < 0.8
    assert found.n_patients == 80
    alone = cox_optimism(time, event, X, cluster=np.arange(160), n_resamples=20)
    plain = cox_optimism(time, event, X, n_resamples=20)
    assert alone.concordance == plain.concordance
    assert np.isnan(found.slope.low)


def test_cox_refusals():
    rng = np.random.default_rng(1)
    time, event, X = rng.exponential(size=40), np.arange(40) % 2, rng.normal(size=(40, 2))
    with pytest.raises(InputError, match="n_resamples"):
        cox_optimism(time, event, X, n_resamples=3)
    with pytest.raises(InputError, match="time"):
        cox_optimism(-time, event, X)
    rare = np.zeros((40, 1))
    rare[1] = 1.0
    with pytest.raises(ConvergenceError):
        cox_optimism(time, event, np.hstack([X, rare]), n_resamples=20)


def test_noise_is_worth_nothing():
    X, y, patients = study(signal=0.0, k=20)
    pipeline = make_pipeline(StandardScaler(), SelectKBest(k=5), LogisticRegression())
    kept = []
    for seed in range(6):
        X, y, patients = study(signal=0.0, k=20, seed=seed)
        found = [
            optimism_corrected(pipeline, X, y, method=m, cluster=patients, n_resamples=30)
            for m in ("optimism", ".632+")
        ]
        kept.append([found[0].apparent["auc"], *(f.auc.value for f in found)])
        assert any("candidate predictors" in note for note in found[0].warnings)
        assert not any("candidate predictors" in note for note in found[1].warnings)
    apparent, harrell, plus = np.mean(kept, axis=0)
    assert apparent > 0.67
    assert 0.5 < harrell < 0.62
    assert 0.47 < plus < 0.56
    trees = XGBClassifier(n_estimators=20, random_state=0, n_jobs=1)
    boosted = optimism_corrected(trees, X, y, method=".632+", cluster=patients, n_resamples=30)
    assert boosted.apparent["auc"] > 0.99
    assert 0.4 < boosted.auc.value < 0.6
    assert boosted.auc.low < 0.5 < boosted.auc.high


def test_signal_survives():
    X, y, _ = study(n=300, k=3, signal=1.5)
    for method in ("optimism", ".632+"):
        found = optimism_corrected(PLAIN, X, y, method=method, n_resamples=40)
        assert found.auc.value == pytest.approx(found.apparent["auc"], abs=0.02)
        assert found.auc.low < found.auc.value < found.auc.high
        assert found.optimism["auc"] > 0
        assert found.optimism["brier"] < 0


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(),
        XGBClassifier(),
        make_pipeline(StandardScaler(), RandomForestClassifier()),
        VotingClassifier(
            [("a", LogisticRegression()), ("b", RandomForestClassifier())], voting="soft"
        ),
    ],
)
def test_trees_are_refused_by_harrell(model):
    X, y, _ = study()
    with pytest.raises(InputError, match=r"holds trees or neighbours.*\.632\+"):
        optimism_corrected(model, X, y)


def test_models_that_memorise_are_refused_by_harrell():
    X, y, _ = study()
    memorising = make_pipeline(
        PolynomialFeatures(3), StandardScaler(), LogisticRegression(C=1e4, max_iter=1000)
    )
    with pytest.raises(InputError, match=r"apparent AUC is 1.000.*\.632\+"):
        optimism_corrected(memorising, X, y, n_resamples=20)
    voters = VotingClassifier([("a", LogisticRegression()), ("b", PLAIN)], voting="soft")
    assert optimism_corrected(voters, X, y, n_resamples=20).auc.value > 0.5


def test_many_candidates_are_refused_by_harrell():
    X, y, _ = study(k=80)
    pipeline = make_pipeline(StandardScaler(), SelectKBest(k=3), LogisticRegression())
    with pytest.raises(InputError, match=r"80 candidate predictors.*\.632\+"):
        optimism_corrected(pipeline, X, y)
    assert optimism_corrected(pipeline, X, y, method=".632+", n_resamples=20).n == 120


def test_workers_and_order_of_work_change_nothing():
    X, y, patients = study()
    model = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3)
    one, two = (
        optimism_corrected(model, X, y, cluster=patients, n_resamples=20, n_jobs=jobs, rng=4)
        for jobs in (1, 2)
    )
    assert (one.refit_risks == two.refit_risks).all()
    assert one.auc == two.auc


def test_inner_folds_never_split_a_patient():
    _, y, patients = study(n=60)
    rng = np.random.default_rng(0)
    rows = np.flatnonzero(np.isin(patients, rng.integers(0, 30, 30)))
    rows = np.repeat(rows, 2)
    for model, key in (
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=StratifiedKFold(4)), "cv"),
        (make_pipeline(StandardScaler(), LogisticRegressionCV()), "logisticregressioncv__cv"),
    ):
        changed = with_patient_folds(model, y[rows], patients[rows], 1)
        folds = changed.get_params()[key]
        assert len(folds) == (4 if key == "cv" else 5)
        for train, test in folds:
            assert not set(patients[rows][train]) & set(patients[rows][test])
        tested = np.concatenate([test for _, test in folds])
        assert sorted(tested) == list(range(rows.size))


def test_a_step_called_cv_is_no_cross_validation():
    X, y, _ = study()
    model = Pipeline([("cv", StandardScaler()), ("fit", LogisticRegression())])
    assert optimism_corrected(model, X, y, n_resamples=20).auc.value > 0.5


@pytest.mark.parametrize(
    "model, message",
    [
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=LeaveOneOut()), "number of folds"),
        (
            GridSearchCV(LogisticRegressionCV(cv=3), {"fit_intercept": [True]}, cv=3),
            "inside its own",
        ),
        (LinearSVC(), "predict_proba"),
        ("logistic", "scikit-learn classifier"),
    ],
)
def test_estimators_that_cannot_be_judged_are_refused(model, message):
    X, y, _ = study()
    with pytest.raises((InputError, ConvergenceError), match=message):
        optimism_corrected(model, X, y, n_resamples=20)


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"X": np.ones(120)}, InputError, "X must be a table"),
        ({"X": np.ones((5, 2))}, InputError, "one row a case"),
        ({"y": np.ones(120)}, SingleClassError, "positive cases only"),
        ({"cluster": [1, 2]}, ShapeError, "cluster"),
        ({"n_resamples": 5}, InputError, "n_resamples"),
        ({"method": "harrell"}, InputError, "method"),
        ({"interval": "out-of-bag"}, InputError, "interval"),
        ({"method": ".632+", "interval": "location-shifted"}, InputError, "interval"),
    ],
)
def test_bad_input_is_refused(change, error, message):
    X, y, _ = study()
    given = {"X": X, "y": y} | change
    with pytest.raises(error, match=message):
        optimism_corrected(PLAIN, given.pop("X"), given.pop("y"), **given)


class Moody(LogisticRegression):
    """Fails on the resamples whose first value is above ``limit``."""

    def __init__(self, limit=0.0, C=1.0):
        super().__init__(C=C)
        self.limit = limit

    def fit(self, X, y):
        if X[0, 0] > self.limit:
            raise ValueError("not in the mood")
        return super().fit(X, y)


def test_failed_refits_are_counted_or_stop_the_work():
    X, y, _ = study()
    X[0, 0] = -5
    with pytest.raises(ConvergenceError, match="not in the mood"):
        optimism_corrected(Moody(0.0), X, y, n_resamples=40)
    found = optimism_corrected(Moody(float(np.sort(X[:, 0])[-4])), X, y, n_resamples=100)
    assert any("refits failed" in note for note in found.warnings)
    assert 90 <= found.refit_risks.shape[0] < 100


def test_missing_predictors_are_the_estimators_business_and_its_words_are_kept():
    X, y, _ = study()
    X[3, 2] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        optimism_corrected(PLAIN, X, y, n_resamples=20)


def test_two_stages_give_every_metric_an_interval():
    X, y, patients = study()
    found = optimism_corrected(
        PLAIN, X, y, cluster=patients, interval="two-stage", n_resamples=20, n_outer=20
    )
    assert found.frame()[["low", "high"]].notna().all(axis=None)
    assert found.slope.low < 1
    plus = optimism_corrected(
        PLAIN, X, y, method=".632+", interval="two-stage", n_resamples=20, n_outer=20
    )
    assert plus.auc.low < plus.auc.high


def test_one_case_a_patient_is_the_unclustered_study():
    X, y, _ = study()
    alone = optimism_corrected(PLAIN, X, y, cluster=np.arange(120), n_resamples=20)
    plain = optimism_corrected(PLAIN, X, y, n_resamples=20)
    assert alone.auc == plain.auc


def test_instability_and_the_curve():
    X, y, _ = study(n=200, k=8)
    found = optimism_corrected(PLAIN, X, y, n_resamples=60)
    table = found.instability
    assert (table["low"] <= table["high"]).all()
    assert (table["mean_distance"] > 0).all()
    flips = found.classification_instability(0.5)
    near = np.abs(found.risks - 0.5) < 0.1
    assert flips[near].mean() > flips[~near].mean()
    curve = found.curve
    # the corrected curve is flatter: high risks are really lower, low ones higher
    assert curve["corrected"].iloc[-3] < curve["apparent"].iloc[-3]
    assert curve["corrected"].iloc[3] > curve["apparent"].iloc[3]
    with pytest.raises(InputError, match="threshold"):
        found.classification_instability(1.0)
    left = optimism_corrected(PLAIN, X, y, method=".632+", n_resamples=60).curve
    assert np.abs(left["corrected"] - curve["corrected"]).max() < 0.15


def test_the_corrected_area_is_near_that_of_new_patients():
    X, y, _ = study(n=150, k=10, signal=1.0, seed=5)
    found = optimism_corrected(PLAIN, X, y, n_resamples=100)
    new, outcome, _ = study(n=20_000, k=10, seed=6)
    truth = auc(outcome, PLAIN.fit(X, y).predict_proba(new)[:, 1]).value
    assert abs(found.auc.value - truth) < 0.5 * abs(found.apparent["auc"] - truth)


def test_a_wild_slope_is_said():
    X, y, _ = study(signal=0.0)
    found = optimism_corrected(LogisticRegression(C=1e-5), X, y, n_resamples=30)
    assert any("slope varies wildly" in note for note in found.warnings)


def about_signs(found):
    return [note for note in found.warnings if "sign that the model knows anything" in note]


BOOSTED = XGBClassifier(n_estimators=20, max_depth=2, max_bin=16, n_jobs=1, random_state=0)


@pytest.mark.parametrize(
    "model, seed, words",
    [
        (LogisticRegression(C=0.1), 19, "no sign"),
        (LogisticRegression(C=0.1), 9, "only a weak sign"),
        (BOOSTED, 3, "only a weak sign"),
    ],
)
def test_noise_that_looks_good_is_said_to_be_no_better_than_chance(model, seed, words):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(100, 50)), rng.random(100) < 0.5
    found = optimism_corrected(model, X, y, method=".632+", n_resamples=20)
    assert found.auc.value > 0.60
    (note,) = about_signs(found)
    assert note.startswith(words)
    assert f"{found.auc.value:.3f}" in note and "permute_by_patient" in note
    assert note in repr(found) and note in found.summary()


def test_noise_is_said_to_be_noise_by_every_method_and_interval():
    X, y, patients = study(signal=0.0, k=6, seed=3)
    for method, interval in (
        ("optimism", None),
        (".632+", None),
        (".632+", "two-stage"),
    ):
        found = optimism_corrected(
            PLAIN,
            X,
            y,
            method=method,
            interval=interval,
            cluster=patients,
            n_resamples=20,
            n_outer=20,
        )
        assert about_signs(found)[0].startswith("no sign")


@pytest.mark.parametrize("model", [PLAIN, BOOSTED])
def test_nothing_is_said_where_the_model_knows_something(model):
    X, y, patients = study(n=300, k=3, signal=1.5)
    for cluster in (None, patients):
        found = optimism_corrected(model, X, y, method=".632+", cluster=cluster, n_resamples=20)
        assert not about_signs(found)


def refits_of(y, seed=0, b=30, n=None):
    rng = np.random.default_rng(seed)
    n = y.size if n is None else n
    counts = np.stack([np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(b)])
    return Refits(rng.random(n), rng.random((b, n)), counts, ())


def test_the_distance_from_chance_is_that_of_mann_whitney():
    y = np.arange(60) % 3 == 0
    z = above_chance(refits_of(y), y, None, 0.6)
    # the normal approximation of the rank sum: mean 20 * 40 / 2, variance 20 * 40 * 61 / 12
    assert z == pytest.approx(0.1 * 20 * 40 / np.sqrt(20 * 40 * 61 / 12))
    assert above_chance(refits_of(y), y, np.arange(60), 0.6) == pytest.approx(z)
    assert above_chance(refits_of(y), y, None, 0.4) == pytest.approx(-z)


def test_copies_of_cases_bring_no_certainty():
    y = np.arange(200) % 2 == 0
    one = refits_of(y, b=60)
    twice = Refits(
        *(np.repeat(a, 2, axis=-1) for a in (one.apparent, one.resampled, one.counts)), ()
    )
    z = above_chance(one, y, None, 0.6)
    copied = np.repeat(y, 2)
    assert above_chance(twice, copied, np.repeat(np.arange(200), 2), 0.6) == pytest.approx(
        z, rel=0.02
    )
    assert above_chance(twice, copied, None, 0.6) == pytest.approx(z * np.sqrt(2), rel=0.02)


def test_perfect_separation_of_few_cases_is_no_proof():
    for per_class, silent in ((3, False), (4, False), (20, True)):
        y = np.repeat([False, True], per_class)
        perfect = refits_of(y, b=40)
        perfect.resampled[:] = y
        for patients in (None, np.repeat(np.arange(per_class), 2)):
            if patients is not None and per_class < 20:
                continue
            z = above_chance(perfect, y, patients, 1.0)
            assert np.isfinite(z)
            assert (about_chance(z, 1.0, 1.0) == ()) is silent


def test_what_cannot_be_told_is_said():
    y = np.arange(30) == 0
    assert np.isnan(above_chance(refits_of(y), y, None, 0.5))
    two = np.arange(30) < 3
    one_patient = np.where(two, 0, np.arange(30) - 2)
    assert np.isnan(above_chance(refits_of(two), two, one_patient, 0.5))
    assert np.isnan(above_chance(refits_of(two), two, None, np.nan))
    assert "cannot be told" in about_chance(np.nan, np.nan, np.nan)[0]


def test_cases_left_out_that_are_separated_perfectly_have_no_interval():
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2 == 0
    X = np.where(y, 5.0, -5.0)[:, None] + rng.normal(size=(40, 1))
    found = optimism_corrected(LogisticRegression(), X, y, method=".632+", n_resamples=20)
    assert found.auc.value == 1
    assert np.isnan(found.auc.low) and "perfect separation" in found.auc.method
    constant = DummyClassifier(strategy="constant", constant=1)
    found = optimism_corrected(constant, X, y, method=".632+", n_resamples=20)
    assert found.auc.value == 0.5
    assert np.isnan(found.auc.low) and about_signs(found)[0].startswith("no sign")
