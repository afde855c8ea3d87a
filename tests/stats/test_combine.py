"""Combinations of model and readers: the rules by hand, cross-fitting, guards, invariances."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import norm, t
from sklearn.linear_model import LogisticRegression

from radln.designs import grouped_folds
from radln.errors import InputError, LeakageError, RadlnError
from radln.stats import (
    Combination,
    FittedCombination,
    auc,
    auc_over_folds,
    combine_reads,
    compare_auc,
    compare_over_folds,
    diagnostic_table,
    every_combination,
    fit_combination,
    mcnemar,
)
from radln.stats.readers.combinations._areas import jackknifed
from radln.stats.readers.combinations._learn import (
    chosen_cutoff,
    platt,
    pool_weights,
    stack,
    uncertain_band,
)
from radln.stats.readers.combinations._order import canonical_order
from radln.stats.readers.combinations._panel import panel_of
from radln.stats.readers.combinations.combination import RULES
from tests.rows import each_row
from tests.stats.strategies import studies

GROUPS = {"experts": ["expert_1", "expert_2"]}
CUTS = {"model": 0.5, "expert_1": 4, "expert_2": 4}
FAST = {"n_resamples": 20}
PAIR = ("model", "experts")


def study(n_patients=40, seed=0, signal=1.0):
    """Outcome, members and patients; one to three cases a patient."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(n_patients), rng.integers(1, 4, n_patients))
    y = (rng.standard_normal(n_patients)[patient] + rng.standard_normal(patient.size)) > 0
    seen = signal * (y[:, None] - 0.5) + rng.standard_normal((patient.size, 4))
    members = {
        "model": expit(seen[:, 0]),
        "expert_1": np.digitize(seen[:, 1], [-1, -0.3, 0.3, 1]) + 1,
        "expert_2": np.digitize(seen[:, 2], [-1, -0.3, 0.3, 1]) + 1,
        "trainee": (seen[:, 3] > 0).astype(int),
    }
    return y, members, np.array([f"p{i:03d}" for i in patient])


def rarer(y, patient):
    """Degrees of freedom of pooled differences: patients of the rarer class less one."""
    return min(len(set(patient[y])), len(set(patient[~y]))) - 1


def value(found, source, metric):
    table = found.frame()
    row = table[(table["source"] == source) & (table["metric"] == metric)]
    return row.iloc[0]


# what nothing is fitted for: the same numbers as the functions for single reads


@pytest.mark.parametrize("clustered", [True, False])
def test_fixed_rules_are_judged_like_any_call(clustered):
    y, members, patient = study()
    cluster = patient if clustered else None
    rules = [Combination(rule, ("model", "trainee")) for rule in ("or", "and")]
    rules.append(Combination("majority", ("model", "expert_1", "trainee")))
    rules.append(Combination("arbitrate", ("model", "trainee"), band=(0.4, 0.6)))
    cuts = CUTS | {"expert_2": 3}
    found = combine_reads(y, members, rules, cutoffs=cuts, cluster=cluster)
    model, reader = members["model"] >= 0.5, members["trainee"] == 1
    expert = members["expert_1"] >= 4
    unsure = (members["model"] >= 0.4) & (members["model"] <= 0.6)
    calls = {
        "model or trainee": model | reader,
        "model and trainee": model & reader,
        rules[2].name: model.astype(int) + reader + expert >= 2,
        rules[3].name: np.where(unsure, reader, model),
        "trainee": reader,
    }
    order = np.argsort(patient, kind="stable")
    for name, call in calls.items():
        table = diagnostic_table(y[order], call[order], cluster=cluster)
        for metric in ("sensitivity", "specificity", "ppv", "npv", "accuracy", "f1"):
            row, same = value(found, name, metric), getattr(table, metric)
            assert row["value"] == pytest.approx(same.value, abs=1e-12)
            if metric != "f1":  # its bootstrap draws cases in another order
                assert [row["low"], row["high"]] == pytest.approx([same.low, same.high], abs=1e-12)
            assert "conditional" not in row["method"]
        area, own = value(found, name, "auc"), auc(y, call.astype(float), cluster=cluster)
        assert area["value"] == pytest.approx(own.value)
        assert [area["low"], area["high"]] == pytest.approx([own.low, own.high])
        both = table.sensitivity.value + table.specificity.value
        assert area["value"] == pytest.approx(both / 2)
        assert area["reads"] == "binary"
    assert found.fitted.empty and "nothing was fitted" in found.method


def test_a_members_score_has_its_own_area():
    y, members, patient = study()
    found = combine_reads(y, members, cutoffs=CUTS, cluster=patient)
    for name in ("model", "expert_1"):
        own = auc(y, members[name], cluster=patient)
        row = value(found, name, "auc")
        assert (row["value"], row["low"]) == pytest.approx((own.value, own.low))
        assert row["reads"] == "score"
    gap = found.differences.iloc[0]
    own = compare_auc(y, members["model"], members["expert_1"], cluster=patient).difference
    assert (gap["first"], gap["second"]) == ("model", "expert_1")
    assert (gap["value"], gap["se"]) == pytest.approx((own.value, own.se))
    assert gap["high"] - gap["value"] == pytest.approx(own.se * t.isf(0.025, rarer(y, patient)))


def test_nothing_given_beforehand_depends_on_the_outcome():
    y, members, patient = study()
    rule = [Combination("or", ("model", "trainee"))]
    parts = [
        combine_reads(truth, members, rule, cutoffs=CUTS, cluster=patient).frame()
        for truth in (y, ~y)
    ]
    one, other = (part.set_index(["source", "metric"])["value"] for part in parts)
    assert one["model or trainee", "sensitivity"] == pytest.approx(
        1 - other["model or trainee", "specificity"]
    )


# what is fitted


def in_order(y, members, patient):
    """The order in which cases are dealt to folds, and their patients in it."""
    return canonical_order(y, panel_of(members, None, None, y.size), pd.factorize(patient)[0])


def by_hand(y, members, patient, rule, seed=0):
    """Out-of-fold probabilities of two members, each fold with its own fit."""
    order, patient = in_order(y, members, patient)
    y = y[order]
    x = {k: np.asarray(v, float)[order] for k, v in members.items()}
    x["model"] = logit(x["model"])
    score, where = np.zeros(y.size), np.zeros(y.size)
    for fold in grouped_folds(y, patient, n_folds=5, seed=seed):
        train, test = fold.train, fold.test
        n1, n0 = y[train].sum(), (~y[train]).sum()
        parts = []
        for name in ("model", "expert_1"):
            column = np.r_[x[name][train], x[name][train]][:, None]
            target = np.r_[np.ones(train.size), np.zeros(train.size)]
            high = np.where(y[train], (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
            fit = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10000)
            fit.fit(column, target, sample_weight=np.r_[high, 1 - high])
            parts.append(fit.predict_proba(x[name][test][:, None])[:, 1])
        score[test] = getattr(np, rule)(parts, axis=0)
        where[test] = fold.fold
    return y, score, where, patient


@pytest.mark.parametrize("rule", ["mean", "max"])
def test_calibrated_rules_are_fitted_in_the_training_folds(rule):
    y, members, patient = study(signal=1.5)
    one = Combination(rule, ("model", "expert_1"))
    found = combine_reads(y, members, [one], cutoffs=CUTS, cluster=patient, n_repeats=1, **FAST)
    truth, score, where, owner = by_hand(y, members, patient, rule)
    own = auc_over_folds(truth, score, where, cluster=owner).estimate
    row = value(found, one.name, "auc")
    assert row["value"] == pytest.approx(own.value, abs=1e-3)
    plain = own.se / np.sqrt(2)  # of independent folds, as the jackknife of the combination
    assert plain < row["se"] < 1.6 * plain
    assert "conditional on the fitted elements" in row["method"]


def test_primary_of_two_scores_is_the_comparison_within_folds():
    y, members, patient = study(signal=1.5)
    one = Combination("mean", ("model", "expert_1"))
    found = combine_reads(
        y,
        members,
        [one],
        cutoffs=CUTS,
        cluster=patient,
        primary=(one.name, "model"),
        n_repeats=1,
        **FAST,
    )
    truth, score, where, owner = by_hand(y, members, patient, "mean")
    order, _ = in_order(y, members, patient)
    own = compare_over_folds(truth, score, members["model"][order], where, cluster=owner)
    assert found.primary.difference.value == pytest.approx(own.difference.value, abs=1e-3)
    plain = 2 * norm.sf(abs(own.statistic) * np.sqrt(2))  # of independent folds
    assert plain < found.primary.pvalue < 2.5 * plain
    se = found.primary.difference.se
    df = len(set(patient)) - 5
    assert found.primary.pvalue == pytest.approx(
        2 * t.sf(abs(found.primary.difference.value) / se, df)
    )
    assert not found.primary.binary


@settings(max_examples=25, deadline=None)
@given(studies())
def test_the_jackknife_is_the_jackknife(world):
    y, scores, patient = world
    areas, covariance = jackknifed(y, scores, patient)
    deleted = []
    for one in np.unique(patient):
        kept = patient != one
        if y[kept].all() or not y[kept].any():
            assert np.isnan(covariance).all()
            return
        deleted.append([auc(y[kept], score[kept]).value for score in scores])
    n = len(deleted)
    assert areas == pytest.approx([auc(y, score).value for score in scores])
    expected = (n - 1) ** 2 / n * np.cov(np.array(deleted).T)
    assert covariance == pytest.approx(expected, abs=1e-12)


def test_platt_is_finite_never_falls_and_takes_constants():
    y = np.array([False] * 5 + [True] * 5)
    x = np.arange(10.0)
    intercept, slope = platt(x, y)
    assert 0 < slope < 10 and np.isfinite(intercept)
    assert platt(-x, y)[1] == 0.0
    assert platt(np.ones(10), y) == (pytest.approx(0.0, abs=1e-12), 0.0)


def test_platt_is_equivariant():
    rng = np.random.default_rng(1)
    y = rng.random(60) < 0.4
    x = y + rng.standard_normal(60)
    a, b = platt(x, y)
    c, d = platt(100 + 7 * x, y)
    assert (d * 7, c + d * 100) == pytest.approx((b, a), rel=1e-6)


def test_stack_is_scikit_learns_ridge():
    rng = np.random.default_rng(2)
    y = rng.random(80) < 0.5
    X = np.column_stack([y + rng.standard_normal(80), 5 * rng.standard_normal(80)])
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    fit = LogisticRegression(C=1.0, tol=1e-12, max_iter=10000).fit(z, y)
    own = stack(X, y)
    assert own[1:] * X.std(axis=0) == pytest.approx(fit.coef_[0], abs=1e-5)
    assert own[0] + own[1:] @ X.mean(axis=0) == pytest.approx(fit.intercept_[0], abs=1e-5)
    assert stack(np.column_stack([X[:, 0], np.ones(80)]), y)[2] == 0.0


def test_weights_favour_who_knows_more():
    rng = np.random.default_rng(3)
    y = rng.random(400) < 0.5
    known, noise = expit(2 * (y - 0.5) + rng.standard_normal(400)), rng.random(400)
    weights = pool_weights(np.stack([known, noise]), y)
    assert weights.sum() == pytest.approx(1) and weights[0] > 0.8
    assert pool_weights(np.stack([1 - known, 1 - known]), y).tolist() == [0.5, 0.5]


def test_cutoffs_are_chosen_as_told():
    y = np.array([0, 0, 0, 1, 0, 1, 1, 1], bool)
    x = np.arange(8.0)
    assert chosen_cutoff(x, y, "youden") in (2.5, 4.5)
    assert chosen_cutoff(x, y, 0.9) == 2.5
    assert chosen_cutoff(x, y, 0.7) == 4.5
    assert chosen_cutoff(-x, y, "youden") < 0  # never infinite
    assert chosen_cutoff(np.ones(8), y, "youden") == 1.0


def test_the_band_holds_its_share():
    x = np.linspace(0, 1, 1001)
    low, high = uncertain_band(x, 0.5, 0.3)
    assert (low, high) == pytest.approx((0.35, 0.65), abs=2e-3)
    assert uncertain_band(x, 0.05, 0.3) == pytest.approx((0.0, 0.2), abs=2e-3)


# groups and ties


def test_a_tied_group_is_decided_by_its_scores():
    y, members, patient = study(80, signal=2.0)
    fitted = fit_combination(
        y, members, Combination("or", ("experts", "trainee")), groups=GROUPS, cutoffs=CUTS,
        cluster=patient,
    )  # fmt: skip
    reads = {"expert_1": [5, 5, 4, 1], "expert_2": [3, 1, 1, 5], "trainee": [0, 0, 0, 0]}
    call = fitted.score(reads, cluster=["a", "b", "c", "d"])["call"].tolist()
    slopes = [fitted.rule.slopes[f"expert_{k}"][1] for k in (1, 2)]
    margins = [
        slopes[0] * (a - 3.5) + slopes[1] * (b - 3.5)
        for a, b in zip(reads["expert_1"], reads["expert_2"], strict=True)
    ]
    assert call == [int(margin >= 0) for margin in margins]
    assert call[0] == 1 and call[2] == 0


def test_a_tie_of_calls_is_positive():
    y, members, patient = study()
    calls = {"a": members["trainee"], "b": 1 - members["trainee"]}
    found = combine_reads(y, calls, groups={"both": ["a", "b"]}, cluster=patient)
    assert value(found, "both", "sensitivity")["value"] == 1.0
    assert "nothing was fitted" in found.method


# the primary comparison


@pytest.mark.parametrize("clustered", [True, False])
def test_primary_of_calls(clustered):
    y, members, patient = study()
    cluster = patient if clustered else None
    rule = [Combination("or", ("model", "trainee"))]
    pair = ("model or trainee", "trainee")
    joined, alone = (members["model"] >= 0.5) | (members["trainee"] == 1), members["trainee"] == 1
    own = compare_auc(y, joined.astype(float), alone.astype(float), cluster=cluster)
    held = {"cutoffs": CUTS, "cluster": cluster, "primary": pair, **FAST}
    for on in ("auc", "balanced_accuracy"):
        found = combine_reads(y, members, rule, primary_on=on, **held)
        z = own.difference.value / own.difference.se
        same = 2 * t.sf(abs(z), rarer(y, patient)) if clustered else own.pvalue
        assert found.primary.pvalue == pytest.approx(same)
        assert found.primary.difference.value == pytest.approx(own.difference.value)
        assert found.primary.difference.se == pytest.approx(own.difference.se)
    for on, among in (("sensitivity", y), ("specificity", ~y)):
        found = combine_reads(y, members, rule, primary_on=on, **held)
        patients = None if cluster is None else patient[among]
        right = [joined == y, alone == y]
        same = mcnemar(right[0][among], right[1][among], cluster=patients)
        assert found.primary.pvalue == pytest.approx(same.pvalue)
        assert found.primary.difference.low == pytest.approx(same.difference.low)
    assert "p = " in found.summary() and "binary" in found.summary()


def test_swapping_the_pair_swaps_the_sign():
    y, members, patient = study()
    rules = [Combination("stack", PAIR), Combination("mean", PAIR)]
    names = [rule.name for rule in rules]
    one, other = (
        combine_reads(
            y, members, rules, groups=GROUPS, cluster=patient, primary=pair, n_repeats=2, **FAST
        ).primary
        for pair in (names, names[::-1])
    )
    assert one.difference.value == pytest.approx(-other.difference.value)
    assert one.pvalue == pytest.approx(other.pvalue)


def test_a_score_against_calls_is_no_primary_test():
    y, members, patient = study()
    with pytest.raises(InputError, match=r"primary .* binary.*balanced_accuracy"):
        combine_reads(y, members, cutoffs=CUTS, primary=("model", "trainee"), cluster=patient)
    found = combine_reads(
        y,
        members,
        cutoffs=CUTS,
        primary=("model", "trainee"),
        primary_on="balanced_accuracy",
        cluster=patient,
    )
    assert found.primary.pvalue > 0
    mixed = found.differences.query("first == 'model' and second == 'trainee'").iloc[0]
    assert mixed["compared"] == "a score and a binary read"
    assert "pvalue" not in found.differences


@pytest.mark.parametrize("on", ["auc", "balanced_accuracy", "sensitivity", "specificity"])
def test_repeats_are_averaged_and_never_divided(on):
    y, members, patient = study(60)
    held = {"groups": GROUPS, "cluster": patient, "primary": ("model or experts", "experts")}
    rule = [Combination("or", PAIR)]
    one, many = (
        combine_reads(y, members, rule, n_repeats=r, primary_on=on, **held, **FAST) for r in (1, 8)
    )
    assert many.primary.difference.se > 0.5 * one.primary.difference.se
    row = value(many, "model or experts", "sensitivity")
    assert "mean over 8 of 8 repeats" in row["method"]
    assert many.n_repeats == 8 and many.fitted["repeat"].nunique() == 8


# guards


def test_a_patient_of_the_fit_is_not_judged_by_it():
    y, members, patient = study()
    fitted = fit_combination(y, members, Combination("stack", PAIR), groups=GROUPS, cluster=patient)
    with pytest.raises(LeakageError, match="40 patient"):
        fitted.score(members, cluster=patient)
    elsewhere = np.array([f"new{p}" for p in patient])
    assert len(fitted.score(members, cluster=elsewhere)) == y.size
    elsewhere[3] = patient[3]
    with pytest.raises(LeakageError, match="1 patient"):
        fitted.score(members, cluster=elsewhere)


def test_a_rule_without_a_fit_may_judge_anybody():
    y, members, patient = study()
    rule = Combination("and", ("model", "trainee"))
    fitted = fit_combination(y, members, rule, cutoffs=CUTS, cluster=patient)
    call = fitted.score(members, cluster=patient)["call"].to_numpy()
    assert (call == ((members["model"] >= 0.5) & (members["trainee"] == 1))).all()


@pytest.mark.parametrize("rule", RULES)
def test_a_fit_survives_json_and_names_nobody(rule):
    y, members, patient = study()
    fitted = fit_combination(y, members, Combination(rule, PAIR), groups=GROUPS, cluster=patient)
    text = json.dumps(fitted.to_dict(), allow_nan=False)
    assert "p001" not in text
    again = FittedCombination.from_dict(json.loads(text))
    other, reads, _ = study(seed=9)
    names = [f"n{i}" for i in range(other.size)]
    pd.testing.assert_frame_equal(
        again.score(reads, cluster=names), fitted.score(reads, cluster=names)
    )
    with pytest.raises(LeakageError):
        again.score(members, cluster=patient)
    with pytest.raises(InputError, match="held"):
        FittedCombination.from_dict({"schema": 1})


def test_numbers_and_texts_name_the_same_patient():
    y, members, patient = study()
    codes = pd.factorize(patient)[0]
    fitted = fit_combination(y, members, Combination("mean", PAIR), groups=GROUPS, cluster=codes)
    for same in (codes.astype(float), codes.astype(str), pd.Series(codes)):
        with pytest.raises(LeakageError):
            fitted.score(members, cluster=same)


def test_an_input_is_no_independent_opinion():
    y, members, patient = study()
    held = {"cutoffs": CUTS, "cluster": patient, "inputs": {"model": ["expert_1"]}, **FAST}
    with pytest.raises(InputError, match=r"primary .* inputs"):
        combine_reads(y, members, primary=("model", "expert_1"), **held)
    with pytest.raises(InputError, match=r"primary .* inputs"):
        combine_reads(
            y,
            members,
            [Combination("or", PAIR)],
            groups=GROUPS,
            primary=("model or experts", "experts"),
            **held,
        )
    found = combine_reads(y, members, primary=("model", "expert_2"), **held)
    pair = found.differences.set_index(["first", "second"])["independent"]
    assert not pair["model", "expert_1"] and pair["model", "expert_2"]
    assert any("no independent comparison" in note for note in found.warnings)


def test_few_patients_a_fold_are_named():
    y, members, patient = study(14)
    found = combine_reads(y, members, [Combination("mean", PAIR)], groups=GROUPS, cluster=patient,
                          n_folds=3, **FAST)  # fmt: skip
    assert any("use fewer folds" in note for note in found.warnings)


BAD = [
    ({"members": {"model": [0.1, np.nan]}}, "missing"),
    ({"members": {}}, "members"),
    ({"members": 3}, "members"),
    ({"members": {"model": [0.1]}}, "one per case"),
    ({"kinds": {"model": "call"}}, "kinds"),
    ({"kinds": {"expert_1": "probability"}}, "expert_1"),
    ({"kinds": {"nobody": "call"}}, "nobody"),
    ({"groups": {"model": ["expert_1", "expert_2"]}}, "already"),
    ({"groups": {"experts": ["expert_1"]}}, "two or more"),
    ({"groups": {"experts": ["expert_1", "nobody"]}}, "nobody"),
    ({"combinations": ["or"]}, "combinations"),
    ({"combinations": [Combination("or", ("model", "nobody"))]}, "nobody"),
    ({"combinations": [Combination("or", ("experts", "expert_1"))]}, "twice"),
    ({"combinations": [Combination("or", ("model", "trainee"))] * 2}, "there twice"),
    ({"combinations": [Combination("arbitrate", ("trainee", "model"))]}, "uncertain"),
    ({"combinations": [Combination("arbitrate", ("experts", "model"))]}, "uncertain"),
    ({"cutoffs": {"trainee": 0.5}}, "cutoffs"),
    ({"cutoffs": {"model": np.inf}}, "cutoffs"),
    ({"choose": 1.5}, "choose"),
    ({"choose": "best"}, "choose"),
    ({"primary": ("model", "model")}, "primary"),
    ({"primary": ("model", "nobody")}, "primary"),
    ({"primary_on": "f1"}, "primary_on"),
    ({"inputs": {"nobody": ["model"]}}, "inputs"),
    ({"inputs": {"model": ["nobody"]}}, "inputs"),
    ({"inputs": {"model": ["expert_1"], "expert_1": ["model"]}}, "itself"),
    ({"n_folds": 1}, "n_folds"),
    ({"n_folds": 39}, "folds"),
    ({"n_repeats": 0}, "n_repeats"),
    ({"y_true": np.ones(10)}, "y_true"),
]


@each_row(("bad", "said"), BAD)
def test_bad_input_is_named(bad, said):
    y, members, patient = study()
    held = {"y_true": y, "members": members, "combinations": (), "groups": GROUPS,
            "cluster": patient, **FAST}  # fmt: skip
    with pytest.raises(RadlnError, match=said):
        combine_reads(**(held | bad))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("xor", ("a", "b")), "rule"),
        (("or", ("a",)), "two or more"),
        (("or", ("a", "a")), "two or more"),
        (("or", "ab"), "list"),
        (("arbitrate", ("a", "b", "c")), "two"),
        (("or", ("a", "b"), "", (1, 1)), "weights"),
        (("weighted", ("a", "b"), "", (1,)), "weights"),
        (("weighted", ("a", "b"), "", (0, 0)), "weights"),
        (("weighted", ("a", "b"), "", (-1, 2)), "weights"),
        (("or", ("a", "b"), "", None, 0.3), "band"),
        (("arbitrate", ("a", "b"), "", None, (0.7, 0.3)), "band"),
        (("arbitrate", ("a", "b"), "", None, 1.0), "band"),
    ],
)
def test_a_wrong_combination_is_refused(arguments, said):
    with pytest.raises(InputError, match=said):
        Combination(*arguments)


def test_every_combination_makes_each_once():
    made = every_combination(["model", "regression", "experts"], rules=RULES)
    assert len({one.name for one in made}) == len(made) == 3 * 6 + 2 + 7
    assert sum(one.rule == "majority" for one in made) == 1
    assert all(one.members[0] == "model" for one in made if one.rule == "arbitrate")


# invariances


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(RULES))
def test_order_of_cases_and_members_changes_nothing(seed, rule):
    y, members, patient = study(30, seed=seed)
    rng = np.random.default_rng(seed)
    held = {"groups": GROUPS, "n_folds": 3, "n_resamples": 20}
    one = Combination(rule, PAIR)
    first = combine_reads(y, members, [one], cluster=patient, **held)
    rows, names = rng.permutation(y.size), list(rng.permutation(list(members)))
    moved = {name: np.asarray(members[name])[rows] for name in names}
    second = combine_reads(y[rows], pd.DataFrame(moved), [one], cluster=patient[rows], **held)
    keys, numbers = ["source", "metric"], ["value", "low", "high"]
    a, b = (found.frame().set_index(keys)[numbers].sort_index() for found in (first, second))
    pd.testing.assert_frame_equal(a, b, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_renaming_members_renames_the_table(seed):
    y, members, patient = study(30, seed=seed)
    held = {"cluster": patient, "n_folds": 3, "n_resamples": 20}
    new = {"model": "z", "expert_1": "b", "expert_2": "a", "trainee": "m"}
    first = combine_reads(y, members, [Combination("mean", ("model", "expert_1"))], **held)
    renamed = {new[name]: values for name, values in members.items()}
    second = combine_reads(y, renamed, [Combination("mean", ("z", "b"))], **held)
    assert first.frame()["value"].to_numpy() == pytest.approx(second.frame()["value"].to_numpy())


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_or_calls_more_and_and_fewer(seed):
    y, members, patient = study(30, seed=seed)
    rules = [Combination(rule, ("model", "trainee")) for rule in ("or", "and")]
    found = combine_reads(y, members, rules, cutoffs=CUTS, cluster=patient, **FAST)
    for alone in ("model", "trainee"):
        for metric, sign in (("sensitivity", 1), ("specificity", -1)):
            own = value(found, alone, metric)["value"]
            assert sign * (value(found, "model or trainee", metric)["value"] - own) >= 0
            assert sign * (own - value(found, "model and trainee", metric)["value"]) >= 0


def test_fixed_weights_have_their_limits():
    y, members, patient = study(60)
    pair = ("model", "expert_1")
    rules = [
        Combination("weighted", pair, "all to the model", (1, 0)),
        Combination("weighted", pair, "equal", (2, 2)),
        Combination("mean", pair),
    ]
    found = combine_reads(y, members, rules, cluster=patient, **FAST)
    gaps = found.differences.set_index(["first", "second"])
    assert gaps.loc[("equal", rules[2].name), "value"] == 0.0
    assert gaps.loc[("equal", rules[2].name), "se"] == 0.0
    assert gaps.loc[("model", "all to the model"), "value"] == pytest.approx(0.0, abs=1e-12)


def test_a_band_has_its_limits():
    y, members, patient = study()
    rules = [
        Combination("arbitrate", ("model", "trainee"), "never", band=(2.0, 3.0)),
        Combination("arbitrate", ("model", "trainee"), "always", band=(0.0, 1.0)),
    ]
    found = combine_reads(y, members, rules, cutoffs=CUTS, cluster=patient, **FAST)
    for name, same in (("never", "model"), ("always", "trainee")):
        for metric in ("sensitivity", "specificity", "f1"):
            assert value(found, name, metric)["value"] == value(found, same, metric)["value"]


def test_constant_perfect_and_hopeless_members_are_taken():
    y, _, patient = study()
    extreme = {"constant": np.full(y.size, 3.0), "perfect": y + 0.0, "never": np.zeros(y.size)}
    made = every_combination(list(extreme), rules=("or", "and", "mean", "max", "weighted", "stack"))
    found = combine_reads(y, extreme, made, cluster=patient, **FAST)
    assert value(found, "mean of constant, perfect", "auc")["value"] == 1.0
    others = found.frame().query("metric not in ('ppv', 'npv')")
    assert np.isfinite(others["value"]).all()
    assert any("not estimable" in note for note in found.warnings)


def test_the_table_marks_binary_areas():
    y, members, patient = study()
    found = combine_reads(y, members, [Combination("or", PAIR)], groups=GROUPS, cluster=patient,
                          **FAST)  # fmt: skip
    table = found.table().set_index("source")["AUC"]
    assert table["model or experts"].endswith("binary") and table["experts"].endswith("binary")
    assert not table["model"].endswith("binary")
    labels = [label.get_text() for label in found.plot().get_yticklabels()]
    assert "experts [binary]" in labels and "model" in labels
    assert found.spread().columns.tolist() == ["source", "piece", "median", "min", "max"]
    with pytest.raises(InputError, match="metric"):
        found.plot(metric="recall")
