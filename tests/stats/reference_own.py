"""The project's own values from R (``tests/reference/*.R``) on simulated data, beside ours.

``python -m tests.stats.reference_own`` prints, for each family, how many values were compared and
the largest relative difference. R's values carry 15 digits; its glm's errors are those of the last
step but one.
"""

import json
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from radln.stats import (
    adjust_pvalues,
    auc,
    calibration,
    choose_cutoff,
    compare_auc,
    compare_brier,
    compare_groups,
    compare_net_benefit,
    decision_curve,
    diagnostic_table,
    hosmer_lemeshow,
    mcnemar,
    multiclass_auc,
    optimism_corrected,
    ordered_auc,
    partial_auc,
    recalibration_test,
    reclassification,
    risk_by_position,
    roc_curve,
    spiegelhalter_test,
)
from radln.stats.description._exact_tables import fisher_freeman_halton
from radln.stats.description._random_effects import random_effects
from radln.stats.risks._calibration_curve import curve_indices, fit_curve
from radln.stats.risks._loess import fit_loess
from tests.stats.reference_2x2 import Pair, pairs, printed

delong_auc = partial(auc, method="delong")  # R's default

NAMES = {"BH": "benjamini-hochberg", "BY": "benjamini-yekutieli"}
FOLDER = Path(__file__).resolve().parents[1] / "reference"


def results(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def areas(_=None):
    r = results("discrimination")["roc"]
    y, a, b = (np.array(r[key]) for key in ("y", "a", "b"))
    found, ninety = delong_auc(y, a), delong_auc(y, a, confidence_level=0.9)
    yield from pairs("auc", [found.value, found.se**2], [r["auc"], r["var"]])
    yield from pairs("ci", [found.low, found.high], r["ci"])
    yield from pairs("ci 90", [ninety.low, ninety.high], r["ci90"])
    for key in ("two_sided", "greater", "less"):
        test = compare_auc(y, a, b, alternative=key.replace("_", "-"))
        yield from pairs(key, [test.statistic, test.pvalue], list(r[key].values()))
    test = compare_auc(y, a, b, paired=False)
    yield from pairs(
        "unpaired", [test.statistic, test.df, test.pvalue], list(r["unpaired"].values())
    )
    for focus in ("specificity", "sensitivity"):
        part = partial_auc(y, a, **{focus: (0.8, 1)}, n_resamples=20)
        yield Pair(f"partial {focus}", part.value, r[f"partial_{focus}"])
        scaled = partial_auc(y, a, **{focus: (0.8, 1)}, corrected=True, n_resamples=20)
        yield Pair(f"McClish {focus}", scaled.value, r[f"mcclish_{focus}"])
    curve = roc_curve(y, a)
    for focus, at in (("specificity", 0.9), ("sensitivity", 0.85)):
        point = curve.at(**{focus: at})
        ours = [point.sensitivity, point.specificity]
        yield from pairs(f"at {focus}", ours, r[f"at_{focus}"])
    yield from clustered(r, y, a, b)
    names = [1, 2, 3, 4]
    ours = multiclass_auc(r["g"], np.array(r["scores"]), classes=names).hand_till.value
    yield Pair("Hand-Till", ours, r["hand_till"])
    yield Pair("ordered", ordered_auc(r["g"], a, classes=names).value, r["hand_till_marker"])


def clustered(r, y, a, b):
    theirs = r["clustered"]
    for i, score in enumerate((a, b)):
        found = delong_auc(y, score, cluster=r["patient"])
        yield from pairs("clustered", [found.value, found.se], [theirs["area"][i], theirs["se"][i]])
    gap = compare_auc(y, a, b, cluster=r["patient"]).difference
    yield Pair("clustered difference", gap.se, theirs["se_difference"])


def thresholds(_=None):
    r = results("discrimination")["roc"]
    y, a = np.array(r["y"]), np.array(r["a"])
    for key, options in (
        ("youden", {}),
        ("top_left", {"rule": "closest-topleft"}),
        ("weighted", {"cost": 3, "prevalence": 0.2}),
    ):
        found = choose_cutoff(y, a, n_resamples=20, **options)
        yield from pairs(key, found.apparent[:2], r[key][1:])
        yield Pair(f"{key} cut", found.threshold.value, r[key][0])


def tables(_=None):
    r = results("discrimination")
    for table in r["tables"]:
        cells = table["cells"]
        y, call = np.repeat([1, 0, 1, 0], cells), np.repeat([1, 1, 0, 0], cells)
        for method, theirs in (("clopper-pearson", "exact"), ("wilson", "wilson")):
            ours = diagnostic_table(y, call, method=method, n_resamples=20)
            for name, values in table[theirs].items():
                e = getattr(ours, name)
                yield from pairs(f"{theirs} {name}", [e.value, e.low, e.high], values)
        for name in ("lr_positive", "lr_negative"):
            e = getattr(ours, name)
            yield from pairs(name, [e.value, e.low, e.high], table[name])
        yield Pair("kappa", ours.kappa.value, table["kappa"])
        for key, method in (
            ("mcnemar", "asymptotic"),
            ("mcnemar_corrected", "corrected"),
            ("mcnemar_exact", "exact"),
        ):
            test = mcnemar(*paired(cells), method=method)
            yield Pair(key, test.pvalue, table[key])
    for method, theirs in r["adjusted"].items():
        yield from pairs(method, adjust_pvalues(r["p"], method=NAMES.get(method, method)), theirs)


def paired(cells):
    """Two vectors of calls with the four cells both, first only, second only, none."""
    return np.repeat([1, 1, 0, 0], cells), np.repeat([1, 0, 1, 0], cells)


def calibrated(_=None):
    r = results("risks")
    y, p, q = np.array(r["y"]), np.array(r["p"]), np.array(r["q"])
    found = calibration(y, p, n_resamples=2)
    joint = (found.intercept_joint, found.slope)
    yield from pairs("joint", [e.value for e in joint], r["joint"]["value"])
    yield from pairs("joint se", [e.se for e in joint], r["joint"]["se"], rtol=1e-7)
    large, theirs = found.calibration_in_the_large, r["in_the_large"]
    ours = [large.value, large.se]
    yield from pairs("in the large", ours, [theirs["value"], theirs["se"]], rtol=1e-7)
    positive, grid, loess = y == 1, np.array(r["grid"]), r["loess"]
    fit = fit_loess(p, positive)
    yield from pairs("loess", fit.at(grid), loess["fit"])
    yield from pairs("loess se", fit.band(grid)[0], loess["se"])
    ours = curve_indices(fit_curve(p, positive, None, "loess", None), p)
    yield from pairs("indices", ours[:4], [loess[key] for key in ("ici", "e50", "e90", "emax")])
    as_it_is = curve_indices(fit_curve(p, positive, None, "loess", None, clip=False), p)
    theirs = results("loess")["risks"]
    names = ("Eavg", "E50", "E90", "Emax", "ECI")
    yield from pairs("indices, not cut off", as_it_is, [theirs[name] for name in names])
    for theirs in r["spline"]:
        spline = fit_curve(p, positive, None, "rcs", theirs["n_knots"])
        low, high = spline.band(grid, 0.95)
        yield from pairs("knots", spline.knots, theirs["knots"])
        for name, mine in (("fit", spline.at(grid)), ("low", low), ("high", high)):
            label = f"{theirs['n_knots']} knots {name}"
            yield from pairs(label, mine, theirs[name], rtol=1e-7)
    whole, z, theirs = recalibration_test(y, p), spiegelhalter_test(y, p), r["val_prob"]
    ours = [found.brier.value, whole.statistic, whole.pvalue, z.statistic, z.pvalue]
    names = ("Brier", "U:Chi-sq", "U:p", "S:z", "S:p")
    yield from pairs("val.prob", ours, [theirs[name] for name in names])
    for situation in ("external", "apparent"):
        test, theirs = hosmer_lemeshow(y, p, predictions=situation), r["hosmer_lemeshow"]
        yield Pair("Hosmer-Lemeshow", test.statistic, theirs["statistic"])
        yield Pair(f"Hosmer-Lemeshow {situation}", test.pvalue, theirs[f"p_{situation}"])
    gap, theirs = compare_brier(y, p, q).difference, r["brier_difference"]
    yield from pairs("Brier difference", [gap.value, gap.se], [theirs["value"], theirs["se"]])


def useful(_=None):
    r = results("risks")
    y, p, q = np.array(r["y"]), np.array(r["p"]), np.array(r["q"])
    for row in r["benefit"]:
        one = decision_curve(y, p, thresholds=[row["t"]])
        two = compare_net_benefit(y, p, q, thresholds=[row["t"]])
        ours = [one.net_benefit, one.se, two.difference, two.se, one.interventions_avoided]
        names = ("net_benefit", "se", "difference", "se_difference", "avoided")
        yield from pairs(f"net benefit {row['t']}", ours, [row[name] for name in names])
    found = reclassification(y, q, p, cuts=r["cuts"], continuous=True)
    yield Pair("nri event", found.nri_event.value, r["nri_event"])
    yield Pair("nri nonevent", found.nri_nonevent.value, r["nri_nonevent"])
    ours = {
        "nri": found.nri_continuous.value,
        "se.nri": found.nri_continuous.se,
        "nri.ev": found.nri_continuous_event.value,
        "nri.ne": found.nri_continuous_nonevent.value,
        "idi": found.idi.value,
        "se.idi": found.idi.se,
    }
    for key, value in ours.items():
        yield Pair(key, value, r["improve"][key])


def corrected(_=None):
    r = results("risks")
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    found = optimism_corrected(model, np.array(r["X"]), r["y"], n_resamples=300)
    ours = {
        "Dxy": (2 * found.apparent["auc"] - 1, 2 * found.auc.value - 1),
        "R2": (found.apparent["r2"], found.r2.value),
        "Intercept": (found.apparent["intercept_joint"], found.intercept_joint.value),
        "Slope": (found.apparent["slope"], found.slope.value),
        "B": (found.apparent["brier"], found.brier.value),
    }
    for key, (apparent, value) in ours.items():
        theirs = r["optimism"][key]
        # rms bins the risks for Dxy; resamples differ by chance, R's spread is over six seeds
        binned = 2e-3 if key == "Dxy" else 1e-8
        yield Pair(f"{key} apparent", apparent, theirs["apparent"], rtol=binned, atol=1e-8)
        yield Pair(f"{key} corrected", value, theirs["mean"], rtol=0, atol=4 * theirs["sd"])


def centres(_=None):
    for i, r in enumerate(results("centres")["pooled"]):
        found = random_effects(np.array(r["value"]), np.array(r["error"]), 0.95)
        ours = [found.mean, found.se, *found.interval, found.q]
        names = ("mean", "se", "low", "high", "q")
        yield from pairs(f"pooled {i}", ours, [r[name] for name in names], rtol=1e-6)
        spread = [found.tau**2, 100 * found.i_squared]
        yield from pairs(f"spread {i}", spread, [r["tau2"], r["i2"]], rtol=1e-6, atol=1e-9)
        yield from pairs(f"prediction {i}", found.prediction, r["prediction"], rtol=1e-6)


def places_and_groups(_=None):
    r = results("centres")
    theirs = r["position"]
    found = risk_by_position(theirs["y"], theirs["x"])
    ours = [found.pvalue, found.pvalue_nonlinear]
    yield from pairs("spline", ours, [theirs["p"], theirs["p_nonlinear"]], rtol=1e-5)
    for name in ("risk", "low", "high"):
        mine = np.interp(theirs["at"], found.curve["position"], found.curve[name])
        # our curve is read between its 101 points
        yield from pairs(f"position {name}", mine, theirs[name], rtol=2e-3)
    g = r["groups"]
    for kind, key in (("normal", "welch"), ("skewed", "kruskal")):
        test = compare_groups(g["values"], g["group"], kind=kind)
        yield from pairs(key, [test.statistic, test.pvalue], list(g[key].values()))
    pvalue, exact = fisher_freeman_halton(np.array(g["table"]), np.random.default_rng(0))
    yield Pair("Fisher, two columns", pvalue, g["fisher"])
    yield Pair("exact", float(exact), 1.0)
    drawn, _ = fisher_freeman_halton(np.array(g["table3"]), np.random.default_rng(0))
    yield Pair("Fisher, simulated", drawn, g["fisher3"], rtol=0, atol=0.005)


FAMILIES = {
    "own: centres": (centres, 36),
    "own: places and groups": (places_and_groups, 21),
    "own: areas": (areas, 26),
    "own: thresholds": (thresholds, 9),
    "own: tables": (tables, 120),
    "own: calibration": (calibrated, 260),
    "own: net benefit and reclassification": (useful, 23),
    "own: optimism": (corrected, 10),
}


def main():
    printed(FAMILIES)


if __name__ == "__main__":
    main()
