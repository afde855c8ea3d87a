"""Survival equals R on simulated data with ties and several rows a patient.

The script that made the values is tests/reference/survival.R; this test needs nothing else.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radln.stats import (
    auc_at,
    brier_at,
    calibration_at,
    compare_auc_at,
    compare_concordance,
    concordance,
    cox,
    cumulative_incidence,
    kaplan_meier,
    logrank,
)
from radln.stats.survival.calibration_at import _band
from tests.stats.reference_2x2 import pairs

R = json.loads((Path(__file__).parents[1] / "reference" / "survival.json").read_text())
D = pd.DataFrame(R["data"])
AT, RISK, OTHER = R["times"], np.array(R["risk"]), np.array(R["other_risk"])
SURVIVAL = (D["time"], D["event"])
X = D[["age", "size", "grade"]]
FIT = {"rtol": 1e-8, "atol": 1e-11}


def agree(compared, least):
    compared = list(compared)
    assert len(compared) >= least
    differ = [str(pair) for pair in compared if not pair.agrees]
    assert not differ, "\n".join(differ)


def curve(table, theirs):
    for mine, key in (
        ("survival", "surv"),
        ("se", "se"),
        ("low", "lower"),
        ("high", "upper"),
        ("n_risk", "n_risk"),
    ):
        yield from pairs(key, table[mine], theirs[key])


@pytest.mark.parametrize("kind", ["log", "log-log", "plain"])
def test_curves(kind):
    ours, theirs = kaplan_meier(*SURVIVAL, conf_type=kind), R["km"][kind]
    median = ours.curves[0].median
    mine = [median.value, median.low, median.high]
    agree([*curve(ours.at(AT), theirs), *pairs("median", mine, theirs["median"])], 18)


def test_curves_of_patients_with_several_rows():
    ours = kaplan_meier(*SURVIVAL, cluster=D["patient"]).at(AT)
    agree(pairs("se", ours["se"], R["clustered_se"]), 3)


def test_curves_by_group():
    ours = kaplan_meier(*SURVIVAL, group=D["site"], tau=12)
    agree(curve(ours.at(AT), R["grouped"]), 45)
    mine = [
        [c.rmst.value, c.rmst.se, c.median.value, c.median.low, c.median.high] for c in ours.curves
    ]
    agree(pairs("means", mine, R["mean_times"]), 15)


def test_log_rank():
    theirs = R["logrank"]
    for key, weights in (("three", "log-rank"), ("peto", "peto-peto")):
        test = logrank(*SURVIVAL, D["site"], weights=weights)
        mine = [test.statistic, *test.observed, *test.expected]
        r = theirs[key]
        agree(pairs(key, mine, [r["chisq"], *r["observed"], *r["expected"]]), 7)
    stratified = logrank(*SURVIVAL, D["site"], strata=D["grade"]).statistic
    weighted = logrank(*SURVIVAL, D["grade"], strata=D["site"], weights="peto-peto").statistic
    wanted = [theirs["stratified"], theirs["stratified_peto"]]
    agree(pairs("stratified", [stratified, weighted], wanted), 2)


@pytest.mark.parametrize("key", ["efron", "breslow", "stratified"])
def test_cox(key):
    r = R["cox"][key]
    ties = "breslow" if key == "breslow" else "efron"
    strata = D["site"] if key == "stratified" else None
    fit = cox(*SURVIVAL, X, ties=ties, strata=strata)
    index = fit.concordance
    hazard = np.concatenate([base.hazard for base in fit.baseline])[:8]
    hazard = hazard * np.exp(-fit.means @ fit.coefficients)
    compared = [
        *pairs("coef", fit.coefficients, r["coef"], **FIT),
        *pairs("vcov", fit.covariance, r["vcov"], **FIT),
        *pairs("loglik", [fit.loglik_null, fit.loglik], r["loglik"]),
        *pairs("tests", [fit.wald.statistic, fit.score.statistic], [r["wald"], r["score"]]),
        *pairs("concordance", [index.value, index.se], r["concordance"]),
        *pairs("martingale", fit.residuals()[:12], r["martingale"], **FIT),
        *pairs("dfbeta", fit.residuals("dfbeta")[:5], r["dfbeta"], **FIT),
        *pairs("hazard", hazard, r["hazard"]),
    ]
    for k, clock in enumerate(("km", "rank", "identity")):
        ours = fit.proportional_hazards(clock).statistic
        compared += pairs(f"zph {clock}", ours, np.array(r["zph"])[:, k], **FIT)
    compared += pairs("effects", fit.proportional_hazards().effects[:5], r["effects"], **FIT)
    agree(compared, 80)


@pytest.mark.parametrize("key", ["clustered", "clustered_stratified"])
def test_cox_of_patients_with_several_rows(key):
    r, strata = R["cox"][key], D["site"] if "stratified" in key else None
    fit = cox(*SURVIVAL, X, strata=strata, cluster=D["patient"])
    compared = [
        *pairs("coef", fit.coefficients, r["coef"], **FIT),
        *pairs("vcov", fit.covariance, r["vcov"], **FIT),
        *pairs("wald", [fit.wald.statistic], [r["wald_exact"]]),
        *pairs("score", [fit.score.statistic], [r["robust_score"]]),
        *pairs("concordance", [fit.concordance.value, fit.concordance.se], r["concordance"]),
    ]
    agree(compared, 16)


@pytest.mark.parametrize(
    "key, how",
    [
        ("n", {}),
        ("S", {"method": "peto-wilcoxon"}),
        ("I", {"method": "log-rank"}),
        ("uno", {"method": "uno", "tau": 16}),
        ("clustered", {"cluster": D["patient"]}),
        ("uno_clustered", {"method": "uno", "tau": 16, "cluster": D["patient"]}),
    ],
)
def test_concordance(key, how):
    ours, r = concordance(*SURVIVAL, D["marker"], **how), R["concordance"][key]
    pair = [ours.concordant, ours.discordant, ours.tied_risk, ours.tied_time, ours.tied_both]
    agree(pairs(key, [ours.value, ours.se, *pair], [r["value"], r["se"], *r["counts"]]), 7)


def test_difference_of_concordances():
    r = R["concordance"]["difference"]
    plain = compare_concordance(*SURVIVAL, D["marker"], D["rival"])
    clustered = compare_concordance(*SURVIVAL, D["marker"], D["rival"], cluster=D["patient"])
    mine = [plain.difference.value, plain.difference.se, clustered.difference.se]
    agree(pairs("difference", mine, [r["value"], r["se"], r["se_clustered"]]), 3)


def test_incidence():
    table, r = cumulative_incidence(D["time"], D["status"]).at(AT), R["incidence"]
    clustered = cumulative_incidence(D["time"], D["status"], cluster=D["patient"]).at(AT)
    compared = [*pairs("clustered", clustered["se"], np.array(r["clustered_se"]).T)]
    columns = {"incidence": "value", "se": "se", "low": "lower", "high": "upper"}
    for mine, theirs in columns.items():
        compared += pairs(theirs, table[mine], np.array(r[theirs]).T)
    agree(compared, 30)


@pytest.mark.parametrize("key", ["survival", "competing"])
def test_areas_and_brier_scores(key):
    r = R["score"][key]
    event = D["event"] if key == "survival" else D["status"]
    how = {"controls": "event-free" if key == "survival" else "without-cause"}
    compared = []
    for risk, name in ((RISK, "auc"), (OTHER, "rival")):
        ours = auc_at(D["time"], event, risk, AT, **how)
        compared += pairs(name, ours.auc, r[name]["AUC"], rtol=1e-9)
        compared += pairs(f"{name} se", ours.se, r[name]["se"], rtol=1e-9)
    gap = compare_auc_at(D["time"], event, OTHER, RISK, AT, **how)
    for mine, theirs in ((gap.difference, "delta.AUC"), (gap.se, "se"), (gap.pvalue, "p")):
        compared += pairs(theirs, mine, r["difference"][theirs], rtol=1e-9)
    b = brier_at(D["time"], event, RISK, AT)
    for mine, theirs in ((b.brier, "Brier"), (b.se, "se"), (b.scaled, "IPA")):
        compared += pairs(theirs, mine, r["brier"][theirs], rtol=1e-9)
    for mine, theirs in ((b.null, "Brier"), (b.null_se, "se")):
        compared += pairs(f"null {theirs}", mine, r["null"][theirs], rtol=1e-9)
    agree(compared, 36)


@pytest.mark.parametrize("k", range(3))
def test_calibration(k):
    r, p = R["calibration"][k], np.clip(RISK[:, k], 0.001, 0.999)
    ours = calibration_at(*SURVIVAL, p, AT[k])
    robust = calibration_at(*SURVIVAL, p, AT[k], cluster=D["patient"])
    compared = [
        *pairs("slope", [ours.slope.value, ours.slope.se], [r["slope"], r["se"]], rtol=1e-8),
        *pairs("robust", [robust.slope.se], [r["robust_se"]], rtol=1e-8),
        *pairs("smooth", ours.smoothed[:20], r["smooth"], rtol=1e-8),
    ]
    for name in ("ici", "e50", "e90", "emax"):
        compared += pairs(name, [getattr(ours, name)], [r[name]], rtol=1e-7)
    agree(compared, 27)


@pytest.mark.parametrize("k", range(3))
def test_band_of_the_smooth_curve(k):
    # rms: the standard error of the log cumulative hazard at the patients' own risks
    from radln.stats._spline import knots_of, restricted_cubic

    x = np.log(-np.log1p(-np.clip(RISK[:, k], 0.001, 0.999)))
    design = restricted_cubic(x, knots_of(x, 3))
    fit = cox(*SURVIVAL, design)
    middle, low, high = _band(fit, design, AT[k], None)
    arm = np.log(-np.log1p(-high)) - np.log(-np.log1p(-low))
    ours = arm / 2 / 1.959963984540054 * -np.log1p(-middle)
    agree(pairs("se", ours[:20], R["calibration"][k]["std_err"], rtol=1e-6), 20)
