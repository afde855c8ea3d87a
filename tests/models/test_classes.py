"""Models of several classes: equal to R, the same after JSON, and nothing learned outside folds."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from radln.cohort.blocks import columns_in
from radln.cohort.core import Cohort
from radln.designs import CrossValidation, Split
from radln.errors import ConvergenceError, InputError
from radln.models.classes import class_models
from radln.models.cross_fit import cross_fit, fit_all
from radln.models.fitted import FittedModel
from radln.models.learners import NAMES, learner
from radln.models.link import class_log_odds, said_by
from radln.models.persist import load_models, predict_frame, save_models
from radln.models.predict import predict_all
from radln.models.recipe import Recipe
from radln.models.settings import ModelSettings
from radln.outcome import Classes
from radln.stats.description.multinomial import fit_multinomial
from radln.stats.description.proportional_odds import fit_proportional_odds

CLASSES = ("low", "mid", "high")
QUICK = ModelSettings(folds=3, repeats=1, inner_folds=2, max_features=4)


R = {
    "polr": [0.57850272708412, -0.72781239899223],
    "zeta": [-0.24178360591681, 0.93794195974383],
    "polr_se": [0.33940253924224, 0.39072575407211, 0.34211409768913, 0.37405884050625],
    "polr_loglik": -39.872781065048,
    "multinom": [
        [-0.63157625167765, 0.64363364514467, 0.27269348178372],
        [-0.58627564262924, 0.68157190113457, -1.10648416334874],
    ],
    "multinom_se": [
        [0.43364934757060, 0.48110125572214, 0.56158185056304],
        [0.44795862367595, 0.47699135749991, 0.57553101404245],
    ],
    "multinom_loglik": -38.0702181024,
}


def cohort_of(n=180, seed=0, signal=1.0):
    rng = np.random.default_rng(seed)
    matrix = np.round(rng.normal(size=(n, 5)), 4)
    latent = signal * (matrix[:, 0] - 0.7 * matrix[:, 1]) + rng.logistic(size=n)
    codes = np.digitize(latent, [-0.6, 0.9])
    index = pd.Index([f"u{i}" for i in range(n)], name="unit_id")
    units = pd.DataFrame(
        {
            "patient_id": [f"p{i // 2}" for i in range(n)],
            "y_true": np.array(CLASSES, dtype=object)[codes],
            "n_views": 1,
        },
        index=index,
    )
    names = [f"clinical_{j}" for j in range(2)] + [f"radiomics_{j}" for j in range(3)]
    return Cohort(
        units,
        pd.DataFrame(matrix, index=index, columns=names),
        {"clinical": tuple(names[:2]), "radiomics": tuple(names[2:])},
        pd.DataFrame(index=index),
        outcome=Classes(CLASSES, ordered=True),
    )


def recipe(kind, **settings):
    names = tuple(f"clinical_{j}" for j in range(2)), tuple(f"radiomics_{j}" for j in range(3))
    return Recipe(f"all_{kind}", kind, *names, settings=settings)


def test_the_coefficients_are_those_of_r():
    """MASS 7.3.58.2 (polr) and nnet 7.3.18 (multinom) under R 4.2.2, on a table typed in here."""
    rng = np.random.default_rng(11)
    x = np.round(rng.normal(size=(40, 2)), 1)
    codes = np.digitize(0.8 * x[:, 0] - 0.5 * x[:, 1] + np.round(rng.logistic(size=40), 1),
                        [-0.5, 0.8])  # fmt: skip
    ordinal = fit_proportional_odds(x, codes, 3)
    np.testing.assert_allclose(ordinal.coefficients, R["polr"], rtol=2e-6)
    np.testing.assert_allclose(ordinal.thresholds, R["zeta"], rtol=2e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(ordinal.covariance)), R["polr_se"], rtol=2e-6)
    nominal = fit_multinomial(x, codes, 3)
    found = np.column_stack([nominal.intercepts, nominal.coefficients])
    np.testing.assert_allclose(found[1:], R["multinom"], rtol=2e-6)
    errors = np.sqrt(np.diag(nominal.covariance)).reshape(2, 3)
    np.testing.assert_allclose(errors, R["multinom_se"], rtol=2e-6)
    assert ordinal.log_likelihood == pytest.approx(R["polr_loglik"], abs=1e-8)
    assert nominal.log_likelihood == pytest.approx(R["multinom_loglik"], abs=1e-8)


@pytest.mark.parametrize("ridge", [0.0, 1.5])
def test_proportional_odds_stand_at_the_top_of_their_likelihood(ridge):
    cohort = cohort_of()
    x, codes = cohort.predictors.to_numpy(), np.asarray(cohort.truth)
    found = fit_proportional_odds(x, codes, 3, ridge=ridge)

    def objective(coefficients, thresholds):
        ends = np.column_stack(
            [
                np.zeros(codes.size),
                expit(thresholds - (x @ coefficients)[:, None]),
                np.ones(codes.size),
            ]
        )
        own = np.diff(ends, axis=1)[np.arange(codes.size), codes]
        return np.log(own).sum() - 0.5 * ridge * (coefficients**2).sum()

    top = objective(found.coefficients, found.thresholds)
    step = 1e-4
    for j in range(5):
        moved = found.coefficients + step * np.eye(5)[j]
        assert objective(moved, found.thresholds) < top
        assert objective(2 * found.coefficients - moved, found.thresholds) < top
    for j in range(2):
        for sign in (-1, 1):
            moved = found.thresholds + sign * step * np.eye(2)[j]
            assert objective(found.coefficients, moved) < top
    np.testing.assert_allclose(found.scores.sum(axis=0)[:5], ridge * found.coefficients, atol=1e-7)


def test_separated_or_repeated_predictors_have_no_optimum():
    codes = np.repeat([0, 1, 2], 20)
    rng = np.random.default_rng(0)
    apart = codes[:, None] + rng.uniform(-0.1, 0.1, size=(60, 1))
    twice = np.repeat(rng.normal(size=(60, 1)), 2, axis=1)
    for matrix, why in ((apart, "separate"), (twice, "repeat each other")):
        with pytest.raises(ConvergenceError, match=why):
            fit_proportional_odds(matrix, codes, 3)
        with pytest.raises(ConvergenceError, match=why):
            fit_multinomial(matrix, codes, 3)
    assert np.isfinite(fit_proportional_odds(apart, codes, 3, ridge=1.0).coefficients).all()


@pytest.mark.parametrize("link", ["one-vs-rest", "softmax", "cumulative"])
def test_probabilities_of_classes_sum_to_one_at_any_log_odds(link):
    rng = np.random.default_rng(2)
    members = 40 * rng.normal(size=(50, 3))
    if link == "cumulative":
        members = -np.sort(-members, axis=1)[:, :2]
    found = class_log_odds(members, link)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(expit(found).sum(axis=1), 1, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_every_learner_tells_three_classes_apart(name, tmp_path):
    cohort = cohort_of(signal=3.0)
    candidates = class_models([recipe(name)], QUICK, seed=1)
    splits = CrossValidation(3).splits(cohort.units, cohort.outcome, 1)
    fit = cross_fit(cohort, splits, candidates)
    wide = fit.predictions.matrix(f"all_{name}").loc[cohort.units.index]
    assert list(wide.columns) == list(CLASSES)
    right = wide.to_numpy().argmax(axis=1) == cohort.truth
    assert right.mean() > 0.55
    scores = fit.predictions.scores
    total = scores.groupby(["unit_id", "repeat"])["y_prob"].sum()
    np.testing.assert_allclose(total, 1, atol=1e-12)
    assert len(fit.side(0).folds[0].models) == 1
    models = fit.folds[0].models
    again = tuple(FittedModel.from_dict(json.loads(json.dumps(m.to_dict()))) for m in models)
    rows = cohort.predictors
    np.testing.assert_array_equal(predict_all(again, rows), predict_all(models, rows))
    save_models(models, tmp_path, keep_patient_rows=True)
    loaded = load_models(tmp_path)
    assert [model.name for model in loaded] == sorted(model.name for model in models)
    np.testing.assert_allclose(
        predict_frame(loaded, rows, CLASSES).to_numpy().sum(axis=1), 1, atol=1e-12
    )


def test_one_of_two_classes_against_the_rest_is_what_a_model_of_two_classes_is():
    """Each member is the very model that the study of that class alone fits."""
    cohort = cohort_of()
    split = Split.whole(len(cohort.units))
    members = fit_all(
        columns_in(cohort, split), split, class_models([recipe("logistic")], QUICK, 1)
    )
    from radln.models.train import table_models

    alone = fit_all(
        columns_in(cohort.side("mid"), split), split, table_models([recipe("logistic")], QUICK, 1)
    )
    rows = cohort.predictors
    np.testing.assert_array_equal(members[1].model.log_odds(rows), alone[0].model.log_odds(rows))


@pytest.mark.parametrize("name", ["logistic", "multinomial", "ordinal"])
def test_the_order_of_rows_and_of_classes_changes_nothing(name):
    cohort = cohort_of()
    candidates = class_models([recipe(name)], QUICK, seed=1)
    whole = Split.whole(len(cohort.units))

    def said(given):
        fits = fit_all(columns_in(given, whole), whole, candidates)
        models = [fit.model for fit in fits]
        log_odds = predict_all(models, cohort.predictors)
        named = said_by(models, log_odds, given.outcome.targets)
        return {target: probability for _, target, _, probability in named}

    first = said(cohort)
    if name != "ordinal":
        other = said(replace(cohort, outcome=Classes(("high", "low", "mid"))))
        for target in CLASSES:
            np.testing.assert_allclose(other[target], first[target], atol=2e-3)
    turned = said(replace(cohort, outcome=Classes(CLASSES[::-1], ordered=True)))
    for target in CLASSES:
        np.testing.assert_allclose(turned[target], first[target], atol=2e-3)


def test_turned_outcomes_of_held_out_cases_change_no_model():
    cohort = cohort_of()
    splits = CrossValidation(3).splits(cohort.units, cohort.outcome, 1)
    split = splits[0]
    turned = cohort.units.copy()
    values = turned["y_true"].to_numpy(dtype=object).copy()
    values[split.test] = np.roll(values[split.test], 7)
    turned["y_true"] = values
    for name in ("logistic", "multinomial", "ordinal"):
        candidates = class_models([recipe(name)], QUICK, seed=1)
        first, second = (
            [fit.model.to_dict() for fit in fit_all(columns_in(c, split), split, candidates)]
            for c in (cohort, replace(cohort, units=turned))
        )
        assert first == second


def test_what_several_classes_cannot_have_is_refused():
    with pytest.raises(InputError, match="takes another model's score"):
        class_models([replace(recipe("logistic"), inputs_from={"s": "a"})], QUICK, 1)
    with pytest.raises(InputError, match="isotonic is for two classes"):
        class_models([replace(recipe("logistic"), calibrate="isotonic")], QUICK, 1)
    with pytest.raises(InputError, match="is for three or more classes"):
        learner("ordinal").fit((1.0,), np.zeros((2, 1)), np.array([True, False]),
                               balanced=False, seed=0)  # fmt: skip
    units = cohort_of().units
    with pytest.raises(InputError, match="at least 70 patients of every class"):
        CrossValidation(70).splits(units, Classes(CLASSES), 0)
