"""Curves over time, Cox models and their judgement: properties, limits, refusals."""

import inspect
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from radln.errors import ConvergenceError, InputError, RadlnWarning, ShapeError, SingleClassError
from radln.stats import (
    auc,
    auc_at,
    brier_at,
    calibration_at,
    compare_auc_at,
    compare_concordance,
    concordance,
    cox,
    cumulative_incidence,
    decision_curve,
    decision_curve_at,
    kaplan_meier,
    logrank,
    roc_curve_at,
)
from tests.rows import each_row
from tests.stats.calls import ALL_CALLS
from tests.stats.test_cases import FUNCTIONS

RNG = np.random.default_rng(11)
N = 90
TIME = np.ceil(RNG.exponential(12, N))
CODES = RNG.integers(0, 3, N)
EVENT = CODES == 1
RISK = RNG.random(N)
GROUP = RNG.integers(0, 3, N)
PATIENT = np.repeat(np.arange(N // 3), 3)
COLUMNS = pd.DataFrame({"a": RNG.standard_normal(N), "b": RNG.integers(0, 2, N)})


@st.composite
def follow_ups(draw, min_size=8, max_size=30):
    """(time, codes, two risks, patients): ties everywhere, an event of cause 1 in the middle."""
    n = draw(st.integers(min_size, max_size))
    column = lambda low, high: np.array(  # noqa: E731
        draw(st.lists(st.integers(low, high), min_size=n, max_size=n))
    )
    time, codes, patient = column(1, 9), column(0, 2), column(0, max(1, n // 2))
    time[:3], codes[:3] = (3, 3, 9), (1, 1, 0)
    patient[:2] = 0, 1
    risks = np.stack([column(-5, 5), column(-5, 5)]).astype(float)
    return time.astype(float), codes, risks, patient


def numbers(found):
    return found.frame().select_dtypes("number")


def everything(time, codes, risks, patient):
    """Numbers of every function, whose order does not depend on the order of the rows."""
    event, (a, b) = codes == 1, risks
    p = (a + 6) / 12
    yield numbers(kaplan_meier(time, event, cluster=patient))
    yield numbers(cumulative_incidence(time, codes, cluster=patient))
    yield numbers(concordance(time, event, a, cluster=patient))
    compared = compare_concordance(time, event, a, b, method="uno", tau=8).difference
    yield np.array([compared.value, compared.se])
    yield numbers(auc_at(time, codes, a, [4, 6], controls="without-cause", cluster=patient))
    yield numbers(brier_at(time, codes, np.stack([p, p], axis=1), [4, 6], cluster=patient))
    yield numbers(decision_curve_at(time, codes, p, 5, thresholds=[0.2, 0.5], cluster=patient))


@settings(max_examples=40, deadline=None)
@given(follow_ups(), st.randoms(use_true_random=False))
def test_order_of_rows_and_names_of_patients_do_not_matter(study, random):
    time, codes, risks, patient = study
    rows = np.array(random.sample(range(time.size), time.size))
    other = time[rows], codes[rows], risks[:, rows], np.char.add("p", patient[rows].astype(str))
    for mine, theirs in zip(everything(*study), everything(*other), strict=True):
        assert_allclose(np.asarray(mine), np.asarray(theirs), rtol=1e-7, atol=1e-10)


@settings(max_examples=40, deadline=None)
@given(follow_ups())
def test_a_patient_of_one_row_is_a_row(study):
    time, codes, risks, _ = study
    alone = everything(time, codes, risks, np.arange(time.size))
    for i, (mine, plain) in enumerate(
        zip(alone, everything(time, codes, risks, None), strict=True)
    ):
        if i != 0:  # Greenwood's errors differ from the jackknife's
            assert_allclose(np.asarray(mine), np.asarray(plain), rtol=1e-9, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(follow_ups(), st.floats(0.1, 50))
def test_the_unit_of_time_does_not_matter(study, unit):
    time, codes, (a, _), _ = study
    event = codes == 1
    assert concordance(time, event, a).value == concordance(time * unit, event, a).value
    one, other = (logrank(t, event, np.arange(t.size) % 2) for t in (time, time * unit))
    assert one.pvalue == pytest.approx(other.pvalue, nan_ok=True)
    mine, theirs = auc_at(time, event, a, 5), auc_at(time * unit, event, a, 5 * unit)
    assert mine.auc[0] == pytest.approx(theirs.auc[0])
    rmst = [kaplan_meier(time * u, event).curves[0].rmst for u in (1, unit)]
    assert rmst[1].value == pytest.approx(unit * rmst[0].value)
    assert rmst[1].se == pytest.approx(unit * rmst[0].se)


@settings(max_examples=40, deadline=None)
@given(follow_ups())
def test_turning_the_risk_turns_the_index(study):
    time, codes, (a, b), patient = study
    event = codes == 1
    for method in ("harrell", "uno", "peto-wilcoxon", "log-rank"):
        there = concordance.__wrapped__(time, event, a, method=method, cluster=patient)
        back = concordance.__wrapped__(time, event, -a, method=method, cluster=patient)
        assert there.value == pytest.approx(1 - back.value)
        assert there.se == pytest.approx(back.se)
        bent = np.exp(a / 3) * 7
        same = concordance.__wrapped__(time, event, bent, method=method, cluster=patient)
        assert (same.value, same.se) == (there.value, there.se)
    areas = auc_at(time, codes, a, [4, 6]), auc_at(time, codes, -a, [4, 6])
    assert_allclose(areas[0].auc, 1 - areas[1].auc, atol=1e-12)
    assert_allclose(areas[0].se, areas[1].se, atol=1e-12)
    one, other = (compare_concordance(time, event, x, y) for x, y in ((a, b), (b, a)))
    assert one.difference.value == pytest.approx(-other.difference.value)
    assert one.pvalue == pytest.approx(other.pvalue, nan_ok=True)
    greater = compare_auc_at(time, event, a, b, 5, alternative="greater")
    less = compare_auc_at(time, event, b, a, 5, alternative="less")
    assert_allclose(greater.pvalue, less.pvalue)


@settings(max_examples=40, deadline=None)
@given(follow_ups())
def test_incidences_and_survival_add_up_to_one(study):
    time, codes, _, _ = study
    table = (
        cumulative_incidence(time, codes)
        .frame()
        .pivot(columns="cause", values="incidence", index="time")
    )
    either = kaplan_meier(time, codes > 0).frame().set_index("time")["survival"]
    assert_allclose(table.sum(axis=1) + either, 1)
    curve = kaplan_meier(time, codes == 1).curves[0]
    assert (np.diff(curve.survival) <= 0).all()
    assert ((curve.low <= curve.survival) | np.isnan(curve.low)).all()
    assert ((curve.high >= curve.survival) | np.isnan(curve.high)).all()
    assert curve.n_risk[0] == time.size
    assert curve.n_event.sum() + curve.n_censored.sum() == time.size


@settings(max_examples=30, deadline=None)
@given(follow_ups())
def test_without_censoring_all_is_the_plain_statistic(study):
    time, _, (a, _), _ = study
    everybody = np.ones(time.size, dtype=bool)
    y = time <= 4
    if y.all():
        return
    p = (a + 6) / 12
    assert auc_at(time, everybody, a, 4).auc[0] == pytest.approx(auc(y, a).value)
    assert brier_at(time, everybody, p, 4).brier[0] == pytest.approx(((p - y) ** 2).mean())
    mine = decision_curve_at(time, everybody, p, 4, thresholds=[0.1, 0.3, 0.6])
    theirs = decision_curve(y, p, thresholds=[0.1, 0.3, 0.6])
    assert_allclose(mine.net_benefit, theirs.net_benefit, atol=1e-12)
    assert_allclose(mine.treat_all, theirs.treat_all, atol=1e-12)
    n = time.size
    assert_allclose(mine.se * np.sqrt((n - 1) / n), theirs.se, atol=1e-12)
    row = kaplan_meier(time, everybody, conf_type="plain").at([4]).iloc[0]
    share = 1 - y.mean()
    assert row["survival"] == pytest.approx(share)
    assert row["se"] == pytest.approx(np.sqrt(share * (1 - share) / n), abs=1e-12)
    points = roc_curve_at(time, everybody, a, 4)
    assert points.auc == pytest.approx(auc(y, a).value)
    assert points.sensitivity.size == np.unique(a).size + 1


@settings(max_examples=30, deadline=None)
@given(follow_ups())
def test_the_area_at_a_time_is_that_of_its_curve(study):
    time, codes, (a, _), _ = study
    for controls in ("event-free", "without-cause"):
        area = auc_at(time, codes, a, [5], controls=controls).auc[0]
        assert roc_curve_at(time, codes, a, 5, controls=controls).auc == pytest.approx(area)


def test_concordance_is_what_it_says():
    concordant = discordant = tied = 0
    for i in range(N):
        for j in range(N):
            if EVENT[i] and (TIME[j] > TIME[i] or (TIME[j] == TIME[i] and not EVENT[j])):
                concordant += RISK[i] > RISK[j]
                discordant += RISK[i] < RISK[j]
                tied += RISK[i] == RISK[j]
    result = concordance(TIME, EVENT, RISK)
    assert (result.concordant, result.discordant, result.tied_risk) == (
        concordant,
        discordant,
        tied,
    )


def test_influences_are_derivatives_of_weights():
    # a case counted twice moves the index by about its influence
    from radln.stats.survival._incidence import incidence

    table = incidence(TIME, CODES, 1)
    index = np.array([5, 10])
    before = table.incidence[index]
    influence = table.influence(index)
    step = 200
    for case in (0, 7, 30):
        times = np.r_[np.tile(TIME, step), TIME[case]]
        codes = np.r_[np.tile(CODES, step), CODES[case]]
        after = incidence(times, codes, 1).incidence[index]
        assert_allclose((after - before) * step, influence[case], rtol=0.05, atol=2e-4)


def test_score_test_of_one_group_is_the_log_rank_test_without_ties():
    time = TIME + RNG.permutation(N) / 1000
    group = (GROUP > 0).astype(float)
    fit = cox(time, EVENT, group)
    assert fit.score.statistic == pytest.approx(logrank(time, EVENT, group).statistic)


def test_three_groups_and_strata_permuted_names():
    one = logrank(TIME, EVENT, GROUP, strata=PATIENT % 2)
    other = logrank(TIME, EVENT, np.array(["z", "a", "m"])[GROUP], strata=PATIENT % 2 + 5)
    assert one.statistic == pytest.approx(other.statistic)
    assert one.df == 2


def test_a_stratum_without_events_changes_nothing():
    stratum = PATIENT % 2
    event = EVENT & (stratum == 0)
    inside = stratum == 0
    for weights in ("log-rank", "peto-peto"):
        mine = logrank(TIME, event, GROUP, strata=stratum, weights=weights).statistic
        alone = logrank(TIME[inside], event[inside], GROUP[inside], weights=weights).statistic
        assert mine == pytest.approx(alone)
    mine = cox(TIME, event, COLUMNS, strata=stratum)
    alone = cox(TIME[inside], event[inside], COLUMNS[inside])
    assert_allclose(mine.coefficients, alone.coefficients)
    assert mine.predict_risk(COLUMNS, [5], strata=np.ones(N, dtype=int)).max() == 0


def test_a_time_before_the_first_event():
    result = brier_at([1, 2, 3, 4], [0, 1, 1, 0], [0.1, 0.2, 0.3, 0.4], 1)
    assert result.null[0] == 0
    assert np.isnan(result.scaled[0])
    assert "not estimable" in result.summary()


def test_groups_that_leave_before_any_event():
    test = logrank([1, 1, 2, 3, 4, 5], [0, 0, 1, 1, 0, 1], list("ccabab"))
    plain = logrank([2, 3, 4, 5], [1, 1, 0, 1], list("abab"))
    assert (test.df, test.statistic) == (1, pytest.approx(plain.statistic))
    assert "nobody at risk" in test.warnings[0]


def test_cox_columns_in_other_units_and_order():
    fit = cox(TIME, EVENT, COLUMNS)
    other = cox(TIME, EVENT, pd.DataFrame({"b": COLUMNS["b"] + 1e3, "a": COLUMNS["a"] * 100}))
    assert_allclose(fit.coefficients, other.coefficients[::-1] * [100, 1], rtol=1e-7)
    assert fit.loglik == pytest.approx(other.loglik)
    assert fit.hazard_ratio("a", per=100).value == pytest.approx(
        cox(TIME, EVENT, COLUMNS / [100, 1]).hazard_ratio("a").value
    )
    negative = fit.hazard_ratio("a", per=-1)
    assert negative.value == pytest.approx(1 / fit.hazard_ratio("a").value)
    assert negative.low < negative.value < negative.high


def test_cox_optimum_residuals_and_predictions():
    for strata in (None, GROUP):
        fit = cox(TIME, EVENT, COLUMNS, strata=strata)
        assert_allclose(fit.residuals("score").sum(axis=0), 0, atol=1e-7)
        assert fit.residuals().sum() == pytest.approx(0, abs=1e-8)
        assert fit.residuals("deviance").shape == (N,)
        assert fit.residuals("schoenfeld").shape == (EVENT.sum(), 2)
    risks = cox(TIME, EVENT, COLUMNS).predict_risk(COLUMNS, [1, 5, 20])
    assert ((risks >= 0) & (risks <= 1)).all()
    assert (np.diff(risks, axis=1) >= 0).all()
    beyond = cox(TIME, EVENT, COLUMNS).predict_risk(COLUMNS, [TIME.max() + 1])
    assert np.isnan(beyond).all()
    stratified = cox(TIME, EVENT, COLUMNS, strata=GROUP)
    assert stratified.predict_risk(COLUMNS, [5], strata=GROUP).shape == (N, 1)
    assert cox(TIME, EVENT, COLUMNS["a"]).predict_risk([0.5], [5]).shape == (1, 1)
    array = cox(TIME, EVENT, COLUMNS.to_numpy(float))
    assert array.names == ("x1", "x2")
    assert_allclose(
        array.linear_predictor(pd.DataFrame(COLUMNS.to_numpy())),
        array.linear_predictor(COLUMNS.to_numpy(float)),
    )


@pytest.mark.filterwarnings("error")
def test_cox_of_columns_far_from_zero_and_from_each_other_in_scale():
    plain = cox(TIME, EVENT, COLUMNS, cluster=PATIENT)
    far = pd.DataFrame({"a": COLUMNS["a"] * 1e-6 + 50, "b": COLUMNS["b"] * 1e9 - 4e12})
    fit = cox(TIME, EVENT, far, cluster=PATIENT)
    assert_allclose(fit.coefficients * [1e-6, 1e9], plain.coefficients, rtol=1e-4)
    assert fit.wald.statistic == pytest.approx(plain.wald.statistic, rel=1e-4)
    assert fit.score.statistic == pytest.approx(plain.score.statistic, rel=1e-4)
    risks = plain.predict_risk(COLUMNS, [5])
    assert_allclose(fit.predict_risk(far, [5]), risks, rtol=1e-3)
    for clock in ("km", "rank", "identity"):
        mine, theirs = (f.proportional_hazards(clock).statistic for f in (fit, plain))
        assert_allclose(mine, theirs, rtol=1e-4)


def test_cox_of_doubled_rows_of_patients_has_the_same_robust_errors():
    once = cox.__wrapped__(TIME, EVENT, COLUMNS, ties="breslow", cluster=np.arange(N))
    twice = cox(
        np.tile(TIME, 2),
        np.tile(EVENT, 2),
        pd.concat([COLUMNS, COLUMNS]),
        ties="breslow",
        cluster=np.tile(np.arange(N), 2),
    )
    assert_allclose(once.covariance, twice.covariance, rtol=1e-6)
    assert_allclose(2 * twice.model_covariance, once.model_covariance, rtol=1e-6)


def test_a_penalty_shrinks_and_takes_the_intervals():
    plain, shrunk = cox(TIME, EVENT, COLUMNS), cox(TIME, EVENT, COLUMNS, penalty=50)
    assert (np.abs(shrunk.coefficients) < np.abs(plain.coefficients)).all()
    assert np.isnan(shrunk.frame()["se"]).all()
    assert "no interval" in shrunk.summary()
    with pytest.raises(InputError, match="penalty"):
        shrunk.proportional_hazards()
    ordered = np.arange(1.0, 21)
    assert np.isfinite(cox(ordered, np.ones(20), -ordered, penalty=1).coefficients).all()


@pytest.mark.filterwarnings("error")
def test_cox_without_a_maximum_says_so():
    ordered = np.arange(1.0, 31)
    with pytest.raises(ConvergenceError, match="'x1' grows without end"):
        cox(ordered, np.ones(30), -ordered)
    level = (TIME > 8).astype(float)
    never = pd.DataFrame({"fine": COLUMNS["a"], "level": level})
    event = EVENT & (level == 0)
    event[np.argmax(TIME * (level == 0))] = True
    with pytest.raises(ConvergenceError, match="'level' grows without end"):
        cox(TIME, event, never)


@pytest.mark.parametrize(
    "columns, said",
    [
        ({"a": COLUMNS["a"], "c": np.ones(N)}, "'c' of X is constant"),
        ({"a": COLUMNS["a"], "c": 3 - 2 * COLUMNS["a"]}, "a, c of X determine each other"),
        ({"a": COLUMNS["a"].where(COLUMNS["a"] < 1)}, "'a' of X has"),
        ({"a": ["x"] * N}, "'a' of X is not numeric"),
        ({"a": np.r_[1.0, np.zeros(N - 1)]}, "'a'"),
    ],
)
def test_unusable_columns_are_named(columns, said):
    event = EVENT.copy()
    time = TIME.copy()
    time[0], event[0] = 0.5, False
    with pytest.raises(InputError, match=said):
        cox(time, event, pd.DataFrame(columns))


def test_misfitting_columns():
    with pytest.raises(ShapeError, match="X has shape"):
        cox(TIME, EVENT, COLUMNS[:5])
    with pytest.raises(InputError, match="several columns named a"):
        cox(TIME, EVENT, COLUMNS.set_axis(["a", "a"], axis=1))
    fit = cox(TIME, EVENT, COLUMNS)
    with pytest.raises(InputError, match="lacks the column"):
        fit.predict_risk(COLUMNS[["a"]], [5])
    with pytest.raises(InputError, match="2 columns of the fit"):
        fit.predict_risk(np.ones((3, 3)), [5])
    with pytest.raises(InputError, match="missing or infinite"):
        fit.predict_risk([[np.nan, 1]], [5])
    with pytest.raises(InputError, match="one of a, b"):
        fit.hazard_ratio("c")
    with pytest.raises(InputError, match="per must"):
        fit.hazard_ratio("a", per=0)
    stratified = cox(TIME, EVENT, COLUMNS, strata=GROUP)
    with pytest.raises(InputError, match="strata is needed"):
        stratified.predict_risk(COLUMNS, [5])
    with pytest.raises(InputError, match="strata must give one of 0, 1, 2"):
        stratified.predict_risk(COLUMNS, [5], strata=GROUP + 1)


def test_few_events_are_said():
    assert "fewer than 10 each" in cox(TIME[:20], EVENT[:20], COLUMNS[:20]).warnings[0]
    assert cox(TIME, EVENT, COLUMNS["a"]).warnings == ()


CALLS = {
    "kaplan_meier": lambda t, e: kaplan_meier(t, e),
    "logrank": lambda t, e: logrank(t, e, GROUP[: np.size(t)]),
    "cumulative_incidence": lambda t, e: cumulative_incidence(t, e),
    "cox": lambda t, e: cox(t, e, COLUMNS[: np.size(t)]),
    "concordance": lambda t, e: concordance(t, e, RISK[: np.size(t)]),
    "compare_concordance": lambda t, e: compare_concordance(
        t, e, RISK[: np.size(t)], RISK[: np.size(t)]
    ),
    "auc_at": lambda t, e: auc_at(t, e, RISK[: np.size(t)], 5),
    "compare_auc_at": lambda t, e: compare_auc_at(t, e, RISK[: np.size(t)], RISK[: np.size(t)], 5),
    "roc_curve_at": lambda t, e: roc_curve_at(t, e, RISK[: np.size(t)], 5),
    "brier_at": lambda t, e: brier_at(t, e, RISK[: np.size(t)], 5),
    "calibration_at": lambda t, e: calibration_at(t, e, RISK[: np.size(t)], 5),
    "decision_curve_at": lambda t, e: decision_curve_at(t, e, RISK[: np.size(t)], 5),
}


def changed(values, place, value):
    array = np.array(values, dtype=float)
    array[place] = value
    return array


@each_row("name", CALLS)
@each_row(
    "time, event, error, said",
    [
        (changed(TIME, 4, -1), EVENT, InputError, r"time must be above 0.*negative.*position 4"),
        (changed(TIME, 4, 0), EVENT, InputError, r"time must be above 0.*zero"),
        (changed(TIME, 4, np.nan), EVENT, InputError, "time has 1 missing"),
        (changed(TIME, 4, np.inf), EVENT, InputError, "time has 1 missing or infinite"),
        (TIME, changed(EVENT, 4, np.nan), InputError, "event has 1 missing"),
        (TIME, changed(EVENT, 4, 0.5), InputError, "event must hold 0"),
        (TIME, changed(EVENT, 4, -1), InputError, "event must hold 0"),
        (TIME, EVENT[:-1], ShapeError, f"event has {N - 1} value.* time has {N}"),
        ([], [], ShapeError, "time is empty"),
        (TIME[:, None], EVENT, ShapeError, "time must be one-dimensional"),
        (pd.Series(pd.to_timedelta(TIME, unit="D")), EVENT, InputError, "not a date"),
        (["soon"] * N, EVENT, InputError, "time must be numeric"),
    ],
)
def test_bad_outcomes_are_named(name, time, event, error, said):
    with pytest.raises(error, match=said):
        CALLS[name](time, event)


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"kaplan_meier"}))
def test_nobody_with_the_event(name):
    with pytest.raises(SingleClassError, match="event holds no event"):
        CALLS[name](TIME, np.zeros(N))


def test_a_curve_without_events():
    result = kaplan_meier([3, 4, 8], [0, 0, 0])
    assert result.curves[0].survival.tolist() == [1, 1, 1]
    assert np.isnan(result.curves[0].median.value)
    assert "not reached" in result.summary()
    assert result.curves[0].rmst.value == 8


@each_row(
    "call, said",
    [
        (lambda: concordance(TIME, EVENT, RISK[:-1]), "risk has"),
        (lambda: concordance(TIME, EVENT, changed(RISK, 2, np.nan)), "risk has 1 missing"),
        (lambda: compare_concordance(TIME, EVENT, RISK, RISK[:-1]), "risk_b has"),
        (lambda: concordance(TIME, EVENT, RISK, method="c"), "method must be one of"),
        (lambda: concordance(TIME, EVENT, RISK, tau=-1), "tau must be"),
        (lambda: concordance(TIME, EVENT, RISK, cluster=np.zeros(N)), "one patient only"),
        (lambda: concordance(TIME, EVENT, RISK, cluster=PATIENT[:-1]), "cluster has"),
        (lambda: concordance([2, 2], [1, 1], [1, 2]), "no pair"),
        (lambda: compare_concordance(TIME, EVENT, RISK, RISK, alternative="up"), "alternative"),
        (lambda: kaplan_meier(TIME, EVENT, conf_type="logit"), "conf_type"),
        (lambda: kaplan_meier(TIME, EVENT, tau="x"), "tau"),
        (lambda: kaplan_meier(TIME, EVENT, confidence_level=95), "confidence_level"),
        (lambda: kaplan_meier(TIME, EVENT, group=[None] * N), "group has 90 missing"),
        (lambda: kaplan_meier(TIME, EVENT).at([5, 3]), "times must be increasing"),
        (lambda: kaplan_meier(TIME, EVENT).at([]), "times"),
        (lambda: logrank(TIME, EVENT, np.ones(N)), "one group only"),
        (lambda: logrank(TIME, EVENT, GROUP, weights="gehan"), "weights"),
        (lambda: cox(TIME, EVENT, COLUMNS, ties="exact"), "ties"),
        (lambda: cox(TIME, EVENT, COLUMNS, penalty=-1), "penalty"),
        (lambda: cox(TIME, EVENT, COLUMNS).residuals("cox-snell"), "kind"),
        (lambda: cox(TIME, EVENT, COLUMNS).proportional_hazards("log"), "transform"),
        (lambda: cox(TIME, EVENT, COLUMNS).proportional_hazards().plot(name="c"), "one of a, b"),
        (lambda: auc_at(TIME, EVENT, RISK, 0.1), "nobody has had the event"),
        (lambda: auc_at(TIME, EVENT, RISK, 1e6), "nobody is followed beyond"),
        (lambda: auc_at(TIME, EVENT, RISK, "late"), "times must be numeric"),
        (lambda: auc_at(TIME, CODES, RISK, 5, cause=7), "no event of cause 7"),
        (lambda: auc_at(TIME, CODES, RISK, 5, cause=0), "cause must be"),
        (lambda: auc_at(TIME, EVENT, RISK, 5, controls="all"), "controls"),
        (lambda: auc_at(TIME, EVENT, np.ones((N, 3)), [4, 5]), "risk has shape"),
        (lambda: brier_at(TIME, EVENT, RISK * 2, 5), r"risk must lie within \[0, 1\]"),
        (lambda: brier_at(TIME, EVENT, RISK, [4, 5]), "one column for each of the 2 times"),
        (lambda: brier_at(TIME, EVENT, RISK, 1e6), "nobody is followed up to"),
        (lambda: calibration_at(TIME, EVENT, RISK * 2, 5), r"risk must lie within \[0, 1\]"),
        (lambda: calibration_at(TIME, EVENT, RISK, 1e6), "within the follow-up"),
        (lambda: calibration_at(TIME, EVENT, RISK, [5]), "one time above 0"),
        (lambda: calibration_at(TIME, EVENT, RISK, 5, n_groups=1), "n_groups"),
        (lambda: decision_curve_at(TIME, EVENT, RISK, 1e6), "within the follow-up"),
        (lambda: decision_curve_at(TIME, EVENT, RISK, 5, thresholds=[1.0]), "thresholds"),
        (lambda: decision_curve_at(TIME, EVENT, RISK, 5, thresholds=[]), "thresholds"),
    ],
)
def test_refusals(call, said):
    with pytest.raises(InputError, match=said):
        call()


def test_equal_and_constant_risks():
    same = compare_concordance(TIME, EVENT, RISK, RISK)
    assert (same.difference.value, same.pvalue) == (0, 1)
    flat = concordance(TIME, EVENT, np.ones(N))
    assert (flat.value, flat.se) == (0.5, 0)
    assert "orders nothing" in flat.warnings[0]
    assert auc_at(TIME, EVENT, np.ones(N), 5).auc[0] == pytest.approx(0.5)
    result = calibration_at(TIME, EVENT, np.full(N, 0.3), 5)
    assert np.isnan(result.slope.value)
    assert "not estimable" in result.warnings[0]
    assert result.group_sizes.tolist() == [N]
    perfect = concordance(np.arange(1, N + 1), EVENT, -np.arange(N))
    assert perfect.value == 1
    assert "all pairs agree" in perfect.warnings[0]


def test_rounding_makes_no_new_time():
    exact, rounded = [0.3, 0.3, 0.5, 0.9], [0.3, 0.1 + 0.2, 0.5, 0.9]
    for event in ([1, 0, 1, 1], [0, 1, 1, 1]):
        assert kaplan_meier(exact, event).frame().equals(kaplan_meier(rounded, event).frame())


def test_median_on_a_flat_stretch_is_its_middle():
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 1]).curves[0].median.value == 3
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).curves[0].median.value == 3


def test_a_curve_outside_its_follow_up():
    result = kaplan_meier([2, 4, 6, 8], [1, 0, 1, 0])
    table = result.at([1, 8, 9])
    assert table["survival"].tolist()[:2] == [1, 0.375]
    assert np.isnan(table["survival"].iloc[2])
    assert table["n_risk"].tolist() == [4, 1, 0]
    gone = kaplan_meier([2, 4], [1, 1]).at([9])
    assert gone["survival"].iloc[0] == 0
    both = kaplan_meier([2, 4, 6, 3], [1, 0, 1, 1], group=["a", "a", "b", "b"])
    assert both["b"].n == 2
    with pytest.raises(KeyError, match="no group 'c'"):
        _ = both["c"]
    late = kaplan_meier([2, 4], [1, 0], tau=9)
    assert "taken as level" in late.warnings[0]
    incidence = cumulative_incidence([2, 4, 6], [1, 0, 2]).at([1, 5, 9])
    assert np.isnan(incidence["low"].iloc[0])
    assert incidence["incidence"].iloc[2] == pytest.approx(1 / 3)


def test_nobody_called_positive_and_all_lost():
    result = decision_curve_at(
        [1, 2, 3, 4], [1, 0, 1, 0], [0.1, 0.8, 0.2, 0.2], 3, thresholds=[0.5, 0.9]
    )
    assert np.isnan(result.net_benefit[0])
    assert result.net_benefit[1] == 0
    assert "no value at 1 threshold" in result.warnings[0]


def test_risks_of_zero_and_one_are_moved():
    risk = RISK.copy()
    risk[:2] = 0, 1
    assert "were moved" in calibration_at(TIME, EVENT, risk, 5).warnings[0]


def test_results_hold_plain_numbers():
    result = calibration_at(TIME, EVENT, RISK, 5)
    for value in (result.observed.value, result.slope.low, result.observed_expected.high):
        assert type(value) is float
    assert type(concordance(TIME, EVENT, RISK).value) is float
    assert type(kaplan_meier(TIME, EVENT).curves[0].median.high) is float


@pytest.mark.parametrize(
    "draw, label",
    [
        (lambda: kaplan_meier(TIME, EVENT, group=GROUP).plot(time_label="Months"), "Months"),
        (lambda: kaplan_meier(TIME, EVENT).plot(ticks=[0, 10], time_label="Months"), "Months"),
        (
            lambda: cumulative_incidence(TIME, CODES, group=GROUP).plot(time_label="Months"),
            "Months",
        ),
        (lambda: auc_at(TIME, EVENT, RISK, [5, 9]).plot(time_label="Months"), "Months"),
        (lambda: brier_at(TIME, EVENT, RISK, 5).plot(time_label="Months"), "Months"),
        (lambda: calibration_at(TIME, EVENT, RISK, 5).plot(time_unit="months"), "by 5 months"),
        (lambda: decision_curve_at(TIME, EVENT, RISK, 5).plot(time_unit="months"), "Threshold"),
        (lambda: roc_curve_at(TIME, EVENT, RISK, 5).plot(time_unit="months"), "specificity"),
        (lambda: cox(TIME, EVENT, COLUMNS).proportional_hazards().plot(name="b"), "ratio of b"),
        (lambda: cox(TIME, EVENT, COLUMNS[["a"]]).proportional_hazards("rank").plot(), "of a"),
        (lambda: cox(TIME, EVENT, COLUMNS).plot(), "Hazard ratio"),
        (lambda: cox(TIME, EVENT, COLUMNS, penalty=1).plot(), "Hazard ratio"),
    ],
)
def test_pictures_say_how_many_and_in_which_unit(draw, label):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", RadlnWarning)
        ax = draw()
        ax.figure.canvas.draw()
    assert label in ax.get_xlabel() + ax.get_ylabel()
    assert f"n = {N}" in ax.get_title(loc="left")
    assert "events" in ax.get_title(loc="left")


def test_groups_of_two_strata_that_never_meet_have_fewer_degrees_of_freedom():
    rng = np.random.default_rng(0)
    time, event = rng.exponential(1, 80) + 0.1, rng.random(80) < 0.8
    group, strata = np.arange(80) % 2 + 2 * (np.arange(80) // 40), np.arange(80) // 40
    whole = logrank(time, event, group, strata=strata)
    parts = [logrank(time[k], event[k], group[k]) for k in (strata == 0, strata == 1)]
    assert whole.df == 2
    assert whole.statistic == pytest.approx(sum(part.statistic for part in parts))
    assert "2 way(s)" in whole.warnings[0]


def test_events_at_one_time_cannot_show_a_change_over_time():
    fit = cox([5, 5, 5, 7, 8, 9], [1, 1, 1, 0, 0, 0], [[1], [3], [2], [2], [0], [1.5]])
    found = fit.proportional_hazards()
    assert np.isnan(found.statistic).all()
    assert np.isnan(found.pvalue).all()
    assert "too few different times" in found.warnings[0]


COMPETING = sorted(
    name
    for name, function in FUNCTIONS.items()
    if "cause" in inspect.signature(function).parameters or name == "cumulative_incidence"
)


@pytest.mark.parametrize("name", COMPETING)
def test_codes_1_and_2_without_0_are_met_with_how_r_means_them(name):
    call = {**ALL_CALLS[name]}
    plain = FUNCTIONS[name](**{**call, "event": np.asarray(call["event"])})
    assert not any("no 0" in note for note in plain.warnings)
    found = FUNCTIONS[name](**{**call, "event": 1 + np.asarray(call["event"])})
    assert any("1, 2 and no 0" in n and "(event == 2)" in n for n in found.warnings)
    three = np.asarray(call["event"]) + 1 + (np.arange(len(call["event"])) == 4)
    assert any("event - 1" in n for n in FUNCTIONS[name](**{**call, "event": three}).warnings)
    everybody = FUNCTIONS[name](**{**call, "event": np.ones(len(call["event"]), dtype=int)})
    assert not any("no 0" in note for note in everybody.warnings)


def test_every_function_with_kinds_of_event_is_tried():
    assert len(COMPETING) == 6


def test_a_single_case_by_the_time_gives_neither_interval_nor_p():
    time, event = np.arange(1.0, 41.0), np.ones(40, dtype=int)
    a, b = RNG.random((2, 40))
    found = auc_at(time, event, a, [1.5, 20.0])
    assert np.isnan([found.low[0], found.se[0]]).all() and np.isfinite(found.low[1])
    assert "no interval and no p-value at 1.5: each class needs" in found.warnings[0]
    versus = compare_auc_at(time, event, a, b, [1.5, 20.0])
    assert np.isnan([versus.pvalue[0], versus.low[0]]).all() and np.isfinite(versus.pvalue[1])
    assert versus.warnings == found.warnings
    late = auc_at(time, event, a, [39.5])  # one is left
    assert np.isnan(late.low[0]) and np.isfinite(late.auc[0])
    assert np.isnan(auc(time <= 1.5, a).low)  # as of a single case without times


FIRST = np.r_[1:9, 21:33].astype(float)
ALL_EVENTS_FIRST = np.r_[np.ones(8, int), np.zeros(12, int)]
SEPARATE = np.r_[20:12:-1, 12:0:-1].astype(float)


def exchanged(risk, times):
    """The risk with the last cases and the first controls exchanged, one pair more each time."""
    for k in range(times + 1):
        again = risk.copy()
        again[8 - k : 8 + k] = again[8 - k : 8 + k][::-1]
        yield again


def test_limits_near_one_fall_with_every_pair_that_is_wrong():
    """Wald's would rise as the area does: 0.990 (0.962 to 1), but 1.000 (0.793 to 1)."""
    lows = [auc_at(FIRST, ALL_EVENTS_FIRST, r, [10]).low[0] for r in exchanged(SEPARATE, 4)]
    assert lows == sorted(lows, reverse=True)
    assert lows[1] < 0.8
    found = [concordance(FIRST, ALL_EVENTS_FIRST, r) for r in exchanged(SEPARATE, 4)]
    indexes = [one.low for one in found[1:]]
    assert indexes == sorted(indexes, reverse=True)
    assert indexes[0] < 0.85


@pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
def test_a_concordance_of_zero_asks_for_the_direction():
    assert "is risk turned round" in concordance(FIRST, ALL_EVENTS_FIRST, -SEPARATE).warnings[0]
    perfect = concordance(FIRST, ALL_EVENTS_FIRST, SEPARATE)
    assert "all pairs agree" in perfect.warnings[0]
