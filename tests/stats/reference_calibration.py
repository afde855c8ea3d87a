"""Every value of R's files on calibration, net benefit and reclassification, beside ours.

``python -m tests.stats.reference_calibration`` prints, for each family, how many values were
compared and the largest relative difference. Left out by name: what radln does not offer
(``val.prob``'s D, U and Q as indices, R2, its lowess curve and the indices from it; log loss;
reliability, resolution, ECE and MCE; the profile interval of the slope), ``val.prob.ci.2``'s spline
(of p, where radln's is of logit(p), as ``rcs_curve_*``), and net benefit at threshold 0 of a 0/1
predictor (dcurves takes a threshold just above 0, radln acts on everyone). R's glm stops one step
before its standard errors have converged (up to 8e-5); ``val.prob.ci.2``'s limits have, and equal
radln's.
"""

import re
from functools import partial

import numpy as np
import pandas as pd

from radln.stats import (
    auc,
    calibration,
    compare_auc,
    compare_brier,
    compare_net_benefit,
    decision_curve,
    diagnostic_table,
    hosmer_lemeshow,
    logistic_regression,
    recalibration_test,
    reclassification,
    spiegelhalter_test,
    spline_columns,
)
from radln.stats.risks._calibration_curve import INDICES, curve_indices, fit_curve
from radln.stats.risks._loess import fit_loess
from tests.stats.reference_2x2 import Pair, pairs, printed

delong_auc = partial(auc, method="delong")  # R's default


def calibration_of(name):
    def read(reference):
        r, data = reference.results(f"calibration_{name}"), reference.data(f"pred_{name}")
        y, p, other = data["y"], data["p_linear"], data["p_spline"]
        found = calibration(y, p, n_resamples=2)
        yield from recalibration(r, y, p, found)
        yield Pair("C", delong_auc(y, p).value, r["C_exact"])
        for key, risks in (("val_prob", p), ("val_prob_spline", other)):
            yield from miller(key, r[key], y, risks)
        yield from curves(r, p.to_numpy(), y.to_numpy() == 1)
        yield Pair("Brier", found.brier.value, r["brier"]["brier"])
        yield Pair("scaled Brier", found.scaled_brier.value, r["brier"]["scaled_brier"])
        table = r["brier"]["table"]
        if len(table["n"]) == found.group_sizes.size:
            yield from pairs("group n", found.group_sizes, table["n"])
            yield from pairs("group risk", found.groups.predicted, table["mean_p"])
            yield from pairs("group observed", found.groups.observed, table["obs"])
        for key, theirs in r["hosmer_lemeshow"].items():
            yield from grouped(key, theirs, y, p)
        yield from scores(r["score"], y, p, other)

    return read


def recalibration(r, y, p, found):
    glm = r["glm_recalibration"]
    for field in ("calibration_in_the_large", "slope", "intercept_joint"):
        estimate, theirs = getattr(found, field), glm[field]
        ours = [estimate.value, estimate.se, estimate.low, estimate.high]
        yield Pair(field, ours[0], theirs["est"], rtol=1e-7)
        limits = [theirs[k] for k in ("se", "lo", "hi")]
        yield from pairs(f"{field} glm", ours[1:], limits, rtol=1e-4, atol=1e-5)
    for name, field in (("Intercept", "calibration_in_the_large"), ("Slope", "slope")):
        estimate, theirs = getattr(found, field), list(r["val_prob_ci2_loess"][name].values())
        ours = [estimate.value, estimate.low, estimate.high]
        yield from pairs(f"val.prob.ci.2 {name}", ours, theirs, rtol=1e-7)
    ours, theirs = found.observed_expected, glm["OE"]
    yield from pairs(
        "O/E", [ours.value, ours.low, ours.high], [theirs[k] for k in ("est", "lo", "hi")]
    )
    z = (found.slope.value - 1) / found.slope.se
    yield Pair("slope = 1", z, glm["slope_test_beta_eq_1"]["z"], rtol=1e-4)
    test = spiegelhalter_test(y, p)
    theirs = glm["spiegelhalter_z"]
    yield from pairs("Spiegelhalter", [test.statistic, test.pvalue], [theirs["z"], theirs["p"]])


def miller(key, r, y, p):
    found = calibration(y, p, n_resamples=2)
    joint, test = recalibration_test(y, p), spiegelhalter_test(y, p)
    ours = {
        "Brier": found.brier.value,
        "Intercept": found.intercept_joint.value,
        "Slope": found.slope.value,
        "U:Chi-sq": joint.statistic,
        "U:p": joint.pvalue,
        "S:z": test.statistic,
        "S:p": test.pvalue,
    }
    for name, value in ours.items():
        yield Pair(f"{key} {name}", value, r[name], rtol=1e-7)


def curves(r, p, positive):
    loess, theirs = fit_loess(p, positive), r["loess_curve"]
    grid = np.array(theirs["grid"])
    errors, _ = loess.band(grid)
    yield from pairs("loess", loess.at(grid), theirs["fit"], rtol=1e-6)
    yield from pairs("loess se", errors, theirs["se"], rtol=1e-6)
    curve = fit_curve(p, positive, None, "loess", None)
    names = ("ICI_loess_clipped", "E50", "E90", "Emax", "ECI_100x_mse")
    ours = curve_indices(curve, p)
    yield from pairs("loess indices", ours, [theirs[name] for name in names], rtol=1e-6)
    as_it_is = fit_curve(p, positive, None, "loess", None, clip=False)
    sample = r["val_prob_ci2_loess"]["curve_sample"]
    points = np.array(sample["x"])
    ours = dict(zip(("ymin", "ymax"), curve.band(points, 0.95), strict=True))
    for name, mine in (ours | {"y": loess.at(points)}).items():
        yield from pairs(f"val.prob.ci.2 {name}", mine, np.clip(sample[name], 0, 1), rtol=1e-6)
    stats = r["val_prob_ci2_loess"]["stats"]
    found = dict(zip(INDICES, curve_indices(as_it_is, p), strict=True))
    yield Pair("val.prob.ci.2 Eavg", found["ici"], stats["Eavg"], rtol=1e-6)
    yield Pair("val.prob.ci.2 ECI", found["eci"], stats["ECI"], rtol=1e-6)
    for n_knots in (3, 5):
        spline, theirs = fit_curve(p, positive, None, "rcs", n_knots), r[f"rcs_curve_nk{n_knots}"]
        grid = np.array(theirs["grid_p"])
        low, high = spline.band(grid, 0.95)
        yield from pairs(f"rcs {n_knots} knots", spline.knots, theirs["knots"])
        coefficients = list(theirs["coef"].values())
        yield from pairs(f"rcs {n_knots} coef", spline.fit.coefficients, coefficients, rtol=1e-6)
        for name, ours in (("fit", spline.at(grid)), ("lo", low), ("hi", high)):
            yield from pairs(f"rcs {n_knots} {name}", ours, theirs[name], rtol=1e-6)
        names = ("ICI", "E50", "E90", "Emax", "ECI_100x_mse")
        ours = curve_indices(spline, p)
        yield from pairs(f"rcs {n_knots}", ours, [theirs[k] for k in names], rtol=1e-6)


def grouped(key, r, y, p):
    # R counts groups - 2 degrees of freedom whatever the situation
    found = hosmer_lemeshow(y, p, predictions="apparent", n_groups=int(key[1:]))
    yield from pairs(key, [found.statistic, found.df, found.pvalue], [r["X2"], r["df"], r["p"]])
    observed, expected = np.array(r["observed"]["values"]), np.array(r["expected"]["values"])
    yield from pairs(f"{key} observed", found.observed, observed[:, 1])
    yield from pairs(f"{key} expected", found.expected, expected[:, 1])
    yield from pairs(f"{key} size", found.sizes, observed.sum(axis=1))


def scores(r, y, p, other):
    for i, risks in enumerate((p, other)):
        area = delong_auc(y, risks)
        ours = [area.value, area.se, area.low, area.high]
        theirs = [r["AUC"][key][i] for key in ("AUC", "se", "lower", "upper")]
        yield from pairs(f"Score AUC {i}", ours, theirs, rtol=1e-7)
    gap = compare_auc(y, other, p)
    ours = [gap.difference.value, gap.difference.se, gap.difference.low, gap.difference.high]
    theirs = [r["AUC_contrasts"][key][0] for key in ("delta.AUC", "se", "lower", "upper", "p")]
    yield from pairs("Score AUC difference", [*ours, gap.pvalue], theirs, rtol=1e-7)
    null = np.full(len(y), np.mean(y))
    table = r["Brier_contrasts"]
    for i, (a, b) in enumerate(((p, null), (other, null), (other, p))):
        found = compare_brier(y, a, b)
        d = found.difference
        theirs = [table[key][i] for key in ("delta.Brier", "se", "lower", "upper", "p")]
        yield from pairs(
            f"Brier {i}", [d.value, d.se, d.low, d.high, found.pvalue], theirs, rtol=1e-7
        )
        brier = [r["Brier"][key][min(i, 1) + 1] for key in ("Brier", "se", "lower", "upper")]
        e = found.brier_a
        yield from pairs(f"Brier of {i}", [e.value, e.se, e.low, e.high], brier, rtol=1e-7)
    for i, risks in enumerate((p, other)):
        found = calibration(y, risks, n_resamples=2)
        yield Pair(f"IPA {i}", found.scaled_brier.value, r["Brier"]["IPA"][i + 1], rtol=1e-7)


def net_benefit(reference):
    r = reference.results("dca_binary")
    t = np.array(r["thresholds"])
    data, cases = reference.data("df_binary"), reference.data("df_case_control")
    for key, frame, outcome, prevalence in (
        ("binary", data, "cancer", None),
        ("case_control_prev_0.2", cases, "casecontrol", 0.2),
    ):
        table = pd.DataFrame(r[key]["net_intervention_avoided"])
        for name, theirs in table.groupby("variable"):
            y = frame[outcome].to_numpy()
            if name in frame and name != "marker":
                p = frame[name].to_numpy(dtype=float)
            elif name in ("all", "none"):
                p = np.full(len(y), 1.0 if name == "all" else 0.0)
            else:
                continue  # marker: dcurves turns it into a risk by a fitted model
            found = decision_curve(y, p, thresholds=t, prevalence=prevalence)
            inside = t >= 0 if name in ("all", "cancerpredmarker") else t > 0
            mine, r_values = (
                found.net_benefit[inside],
                theirs["net_benefit"].to_numpy(float)[inside],
            )
            yield from pairs(f"{key} {name}", mine, r_values, atol=1e-12)
            avoided = theirs["net_intervention_avoided"].to_numpy(float)[t > 0]
            mine = found.interventions_avoided[t > 0] / 100
            yield from pairs(f"{key} {name} avoided", mine, avoided, atol=1e-12)
    yield from consequences(r["consequences"], data)


def consequences(r, data):
    y, p = data["cancer"], data["cancerpredmarker"]
    for i, threshold in enumerate(r["threshold"]):
        table = diagnostic_table(y, p >= threshold, n_resamples=2)
        n = table.n
        ours = {
            "tp_rate": table.tp / n,
            "fp_rate": table.fp / n,
            "fn_rate": table.fn / n,
            "tn_rate": table.tn / n,
            "ppv": table.ppv.value,
            "npv": table.npv.value,
            "sens": table.sensitivity.value,
            "spec": table.specificity.value,
            "lr_pos": table.lr_positive.value,
            "lr_neg": table.lr_negative.value,
        }
        for name, value in ours.items():
            yield Pair(f"consequences {threshold} {name}", value, r[name][i])


def net_benefit_errors(reference):
    data = reference.data("df_binary")
    y, p = data["cancer"], data["cancerpredmarker"]
    for row in reference.results("dca_nb_ci"):
        found = decision_curve(y, p, thresholds=[row["t"]])
        yield Pair(f"nb {row['t']}", found.net_benefit[0], row["nb"])
        yield Pair(f"se {row['t']}", found.se[0], row["se_delta"])
        # R's bootstrap limits, within a twelfth of the interval's width
        low, high = row["boot_percentile_95"]
        for mine, theirs in ((found.low[0], low), (found.high[0], high)):
            yield Pair(f"limit {row['t']}", mine, theirs, rtol=0, atol=(high - low) / 12)
        alone = compare_net_benefit(y, p, np.zeros(len(y)), thresholds=[row["t"]])
        yield Pair(f"against none {row['t']}", alone.se[0], row["se_delta"])


def reclassified(name):
    def read(reference):
        r, data = reference.results(name), reference.data(name.replace("nri_idi", "nri"))
        options = {"cuts": r["cuts"], "continuous": True}
        found = reclassification(data["y"], data["p_std"], data["p_new"], **options)
        theirs, category = r["improveProb"], r["category_nri"]
        for key, suffix in (("", ""), ("_event", ".ev"), ("_nonevent", ".ne")):
            estimate = getattr(found, f"nri_continuous{key}")
            yield Pair(f"nri>0{key}", estimate.value, theirs[f"nri{suffix}"])
            yield Pair(f"nri>0{key} se", estimate.se, theirs[f"se.nri{suffix}"])
            yield Pair(f"nri{key}", getattr(found, f"nri{key}").value, category[f"nri{key}"])
        yield Pair("idi", found.idi.value, theirs["idi"])
        yield Pair("idi se", found.idi.se, theirs["se.idi"])
        yield Pair("idi event", found.idi_event.value, theirs["improveSens"])
        yield Pair("idi nonevent", found.idi_nonevent.value, theirs["improveSpec"])
        yield Pair("nri se", found.nri.se, category["se_multinomial"])
        yield from pairs("nri ci", [found.nri.low, found.nri.high], category["ci95_wald"])
        for key in ("events", "nonevents"):
            table = getattr(found, key).to_numpy()
            yield from pairs(key, table, category[f"table_{key}"]["values"])
        # nricens' bootstrap of 1,000 resamples
        for row, key in enumerate(("nri", "nri_event", "nri_nonevent")):
            value, _, low, high = r["nricens_category"]["values"][row]
            e = getattr(found, key)
            yield Pair(f"nricens {key}", e.value, value)
            atol = (high - low) / 12
            yield from pairs(
                f"nricens {key} limits", [e.low, e.high], [low, high], rtol=0, atol=atol
            )
        # PredictABEL prints four digits
        printed_text = " ".join(r["predictabel_text"])
        for key, title in (
            ("nri", "NRI(Categorical)"), ("nri_continuous", "NRI(Continuous)"), ("idi", "IDI"),
        ):  # fmt: skip
            theirs = re.search(
                re.escape(title) + r" \[95% CI\]: (\S+) \[ (\S+) - (\S+) \]", printed_text
            )
            e = getattr(found, key)
            yield from pairs(
                f"PredictABEL {key}", [e.value, e.low, e.high], [float(x) for x in theirs.groups()],
                rtol=0, atol=6e-5,
            )  # fmt: skip

    return read


def robust(reference):
    """rms::robcov: errors of a logistic regression, robust by patient."""
    r, d = reference.results("gee_retinopathy")["robcov"], reference.data("retinopathy")
    found = logistic_regression(d["status"], d[["score", "age"]], cluster=d["id"])
    yield from pairs("coefficients", found.coefficients, list(r["coef"].values()), rtol=1e-6)
    errors = np.sqrt(np.diag(found.covariance))
    yield from pairs("robust errors", errors, list(r["se"].values()), rtol=1e-6)


def logistic(name):
    def read(reference):
        r = reference.results(f"lrm_{name}")
        if name == "calcurv":
            data = reference.data("calcurv_train")
            X = data[["x1", "x2", "x3", "x4"]]
            curved = pd.concat(
                [
                    spline_columns(X["x1"], name="x1", knots=r["spline"]["design_knots"]["x1"]),
                    X["x2"],
                    spline_columns(X["x3"], name="x3", knots=r["spline"]["design_knots"]["x3"]),
                    X["x4"],
                ],
                axis=1,
            )
            yield from table_of(r["spline"], data["y"], curved, "spline")
            for knots in (3, 4, 5):
                basis = spline_columns(X["x1"], n_knots=knots)
                theirs = r["rcs_basis"][f"nk{knots}_norm2"]
                yield from pairs(f"knots {knots}", basis.attrs["knots"], theirs["knots"])
                yield from pairs(f"basis {knots}", basis[:15], theirs["basis_first15"], atol=1e-12)
        else:
            data = reference.data("pbc5y_dev")
            X = data[["age", "bili", "albumin"]].assign(
                edema05=(data["edema"] == 0.5) * 1.0,
                edema1=(data["edema"] == 1) * 1.0,
                male=(data["sex"] == "m") * 1.0,
            )
        yield from table_of(r["linear"], data["y"], X, "linear")
        found = logistic_regression(data["y"], X)
        glm = r["glm"]
        yield from pairs("aic", [found.aic, found.bic], [glm["aic"], glm["bic"]], rtol=1e-8)
        odds = np.exp(found.coefficients)
        yield from pairs("odds ratio", odds, list(glm["wald_or"].values()), rtol=1e-6)
        yield from pairs("vif", found.vif, list(r["vif"].values()), rtol=1e-5)

    return read


def table_of(r, y, X, label):
    # rms bins C; Gamma, Tau-a, g and the further R2 are not offered
    found = logistic_regression(y, X)
    yield from pairs(f"{label} coef", found.coefficients, list(r["coef"].values()), rtol=1e-6)
    errors = np.sqrt(np.diag(found.covariance))
    yield from pairs(f"{label} se", errors, list(r["se"].values()), rtol=1e-5)
    yield from pairs(f"{label} vcov", found.covariance, r["vcov"]["values"], rtol=2e-5, atol=1e-8)
    stats = r["stats"]
    yield Pair(f"{label} LR", found.statistic, stats["Model L.R."])
    yield Pair(f"{label} df", found.df, stats["d.f."])
    yield Pair(f"{label} p", found.pvalue, stats["P"], rtol=0, atol=1e-14)
    yield Pair(f"{label} C", found.auc.value, stats["C"], rtol=0, atol=5e-4)
    yield Pair(f"{label} R2", found.r2, stats["R2"])
    likelihoods = [found.log_likelihood_null, found.log_likelihood]
    yield from pairs(f"{label} deviance", [-2 * v for v in likelihoods], r["deviance"], rtol=1e-8)
    logit = np.log(found.predict_risk(X[:10]) / (1 - found.predict_risk(X[:10])))
    yield from pairs(f"{label} lp", logit, r["linear_predictor_first10"], rtol=1e-5)
    for name, (statistic, df, p) in zip(r["anova"]["rows"], r["anova"]["values"], strict=True):
        columns = [c for c in found.names[1:] if c.rstrip("'") == name]
        if columns and len(columns) == df:
            yield from pairs(
                f"{label} {name}", found.wald(columns), [statistic, df, p], rtol=1e-5, atol=1e-12
            )


FAMILIES = {
    "lrm_calcurv": (logistic("calcurv"), 371),
    "lrm_pbc5y": (logistic("pbc5y"), 104),
    "calibration_calcurv": (calibration_of("calcurv"), 475),
    "calibration_pbc5y": (calibration_of("pbc5y"), 445),
    "dca_binary": (net_benefit, 280),
    "dca_nb_ci": (net_benefit_errors, 25),
    "gee_retinopathy (robcov)": (robust, 6),
    "nri_idi_wdbc": (reclassified("nri_idi_wdbc"), 57),
    "nri_idi_wdbc_onecut": (reclassified("nri_idi_wdbc_onecut"), 33),
}


def main():
    printed(FAMILIES)


if __name__ == "__main__":
    main()
