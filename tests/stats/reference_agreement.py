"""Every value of R's files on agreement, beside ours.

``python -m tests.stats.reference_agreement`` prints, for each family, how many values were compared
and the largest relative difference.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import stats

from radln.stats import bland_altman, icc, kappa, rater_agreement
from radln.stats.agreement.icc import _satterthwaite, _stepped_up, agreement_limits
from tests.stats.reference_2x2 import Pair, pairs

OWN = Path(__file__).resolve().parents[1] / "reference" / "agreement.json"
# R's tail of a p-value is 1 less the rest, good to 1e-16 only
TAIL = {"atol": 2e-15}
LETTER = {"oneway": "1", "consistency": "3", "agreement": "2"}

EXCUSED = {
    "icc": {},
    "kappa": {
        "/diagnoses_multi/light/z": "irr's z has no published variance; ours is the delta method's",
        "/diagnoses_multi/light/p": "as its z",
        "/kendall_w_anxiety": "Kendall's W is not offered",
        "/kripp_anxiety/ordinal": "Krippendorff's ordinal distance is not offered",
    },
    "bland_altman": {"/wilcoxon": "scipy.stats.wilcoxon does it; no part of the plot"},
}


def icc_files(r, data):
    for name in ("shrout_fleiss", "anxiety"):
        theirs, x = r[name], data(name)
        result = icc(x)
        table, psych = result.frame(), theirs["psych"]
        for column, ours in (
            ("ICC", "value"),
            ("F", "statistic"),
            ("df1", "df1"),
            ("df2", "df2"),
            ("p", "pvalue"),
            ("lower bound", "low"),
            ("upper bound", "high"),
        ):
            yield from pairs(f"{name} psych {column}", table[ours], psych[column], **TAIL)
        yield Pair(f"{name} MSW", result.mean_squares["within"], theirs["psych_anova"]["MSW"])
        yield from pairs(f"{name} n, k", [result.n, result.n_raters], [theirs["n"], theirs["k"]])
        for key in theirs:
            if key.startswith("irr_"):
                yield from _irr(f"{name} {key}", key, theirs[key], result)


def _irr(label, key, theirs, result):
    _, model, kind, unit = key.split("_")
    letter = "1" if model == "oneway" else LETTER[kind]
    form = f"ICC({letter},{'1' if unit == 'single' else 'k'})"
    row = result.frame().set_index("form").loc[form]
    low, high, df2, p = row["low"], row["high"], row["df2"], row["pvalue"]
    n, k, squares = result.n, result.n_raters, result.mean_squares
    if letter == "2":
        # irr tests with the interval's degrees of freedom; for the mean of k ratings it puts the
        # coefficient of the mean where McGraw and Wong have that of one rating
        value = result.forms[form].value
        df2 = _satterthwaite(squares["raters"], squares["error"], value, n, k, n)
        p = stats.f.sf(row["statistic"], n - 1, df2)
        if unit == "average":
            low, high = (
                _stepped_up(limit, k) for limit in agreement_limits(squares, value, n, k, 0.95, n)
            )
    mine = [row["value"], low, high, row["statistic"], row["df1"], df2, p]
    columns = ("value", "lower", "upper", "F", "df1", "df2", "p")
    yield from pairs(label, mine, [theirs[c] for c in columns], **TAIL)


def kappa_file(r, data):
    x, d = data("anxiety"), data("diagnoses")
    for name, a, b in (
        ("anxiety12", x["rater1"], x["rater2"]),
        ("diagnoses12", d["rater1"], d["rater2"]),
    ):
        theirs, labels = r[name], sorted(set(a) | set(b))
        for key, weights in (("unweighted", None), ("equal", "linear"), ("squared", "quadratic")):
            if key in theirs:
                ours, irr = kappa(a, b, weights=weights), theirs[key]
                mine = [ours.value, ours.statistic, ours.pvalue]
                yield from pairs(
                    f"{name} {key}", mine, [irr[c] for c in ("kappa", "z", "p")], **TAIL
                )
        plain = kappa(a, b)
        weighted = kappa(a, b, weights="quadratic", labels=labels)
        psych = theirs["psych"]
        yield Pair(f"{name} psych", plain.value, psych["kappa"])
        yield Pair(f"{name} psych var", plain.se**2, psych["var_kappa"])
        yield Pair(f"{name} psych weighted", weighted.value, psych["weighted_kappa_quadratic"])
        # psych's variance of a weighted kappa is not that of Fleiss, Cohen and Everitt
        error = psych_weighted_variance(weighted.table / weighted.n, weighted.n)
        yield Pair(f"{name} psych's weighted var", error, psych["var_weighted"])
        z = 1.959963984540054
        arm = z * error**0.5
        limits = np.clip([weighted.value - arm, weighted.value + arm], -1, 1)
        mine = [plain.low, plain.value, plain.high, limits[0], weighted.value, limits[1]]
        yield from pairs(f"{name} psych limits", mine, np.ravel(psych["confid"]["values"]))
    yield from _several(r["diagnoses_multi"], d)
    # irr counts each coincidence k - 1 times: 1 / (pairs - 1) stands where alpha has 1 / (N - 1)
    interval = rater_agreement(x, coefficient="krippendorff", weights="quadratic")
    theirs = r["kripp_anxiety"]["interval"]
    yield Pair("irr alpha interval", _irr_alpha(interval), theirs)


def psych_weighted_variance(p, n):
    """psych's formula: row i carries its own share times the sum of its weights."""
    q = p.shape[0]
    at = np.arange(q)
    w = 1 - (at[:, None] - at) ** 2 / (q - 1) ** 2
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    seen, chance = (w * p).sum(), (w * np.outer(rows, columns)).sum()
    means = (w @ columns)[:, None] + rows * w.sum(axis=1)
    spread = (p * (w * (1 - chance) - means * (1 - seen)) ** 2).sum()
    return (spread - (seen * chance - 2 * chance + seen) ** 2) / (n * (1 - chance) ** 4)


def _irr_alpha(ours):
    few = ours.n * ours.n_raters
    many = few * (ours.n_raters - 1)
    return 1 - (1 - ours.value) * few / (few - 1) * (many - 1) / many


def _several(r, d):
    fleiss = rater_agreement(d)
    theirs = r["fleiss"]
    mine = [fleiss.value, fleiss.statistic, fleiss.pvalue]
    yield from pairs("Fleiss irr", mine, [theirs[c] for c in ("kappa", "z", "p")], **TAIL)
    table = fleiss.frame().iloc[2:][["value", "statistic", "pvalue"]]
    rounded = {"rtol": 0, "atol": 5.1e-4}
    yield from pairs("Fleiss categories", table, np.ravel(theirs["detail"]["values"]), **rounded)
    yield Pair("Conger", rater_agreement(d, coefficient="conger").value, r["conger_exact"])
    light = rater_agreement(d, coefficient="light")
    yield Pair("Light", light.value, r["light"]["kappa"])
    for key, name in (
        ("gwet_ac1", "gwet"),
        ("fleiss_cac", "fleiss"),
        ("krippendorff_cac", "krippendorff"),
    ):
        ours, theirs = rater_agreement(d, coefficient=name), r[key]
        seen = ours.observed.value
        if name == "krippendorff":
            few = 1 / (ours.n * ours.n_raters)
            seen = (1 - few) * seen + few
        yield from pairs(key, [seen, ours.expected], [theirs["pa"], theirs["pe"]])
        mine, printed = [ours.value, ours.se], [theirs["coeff.val"], theirs["coeff.se"]]
        yield from pairs(key, mine, printed, rtol=0, atol=5.1e-6)
        limits = [float(limit) for limit in theirs["conf.int"].strip("()").split(",")]
        yield from pairs(f"{key} CI", [ours.low, ours.high], limits, rtol=0, atol=5.1e-4)
        t = ours.value / ours.se
        yield Pair(f"{key} p", 2 * stats.t.sf(t, ours.n - 1), theirs["p.value"], atol=2e-15)
    alpha = rater_agreement(d, coefficient="krippendorff")
    yield Pair("irr alpha nominal", _irr_alpha(alpha), r["irr_kripp_nominal"])


def bland_altman_file(r, data):
    x = data("anxiety")
    ours = bland_altman(x["rater1"], x["rater2"])
    bias, lower, upper = ours.bias, ours.lower_limit, ours.upper_limit
    yield from pairs("bias, sd", [bias.value, ours.sd], [r["bias"], r["sd"]])
    yield from pairs("limits", [lower.value, upper.value], r["loa"])
    for label, estimate, key in (
        ("bias", bias, "bias_ci"),
        ("lower", lower, "loa_lower_ci"),
        ("upper", upper, "loa_upper_ci"),
    ):
        yield from pairs(f"{label} CI", [estimate.low, estimate.high], r[key])
    ccc = r["ccc"]
    mine = [ours.ccc.value, ours.ccc.low, ours.ccc.high]
    yield from pairs("ccc", mine, [ccc[c] for c in ("est", "lower", "upper")])
    test, t = r["paired_t"], bias.value / bias.se
    yield from pairs(
        "paired t",
        [t, ours.n - 1, 2 * stats.t.sf(abs(t), ours.n - 1), bias.value, bias.confidence_level],
        [
            test["statistic"]["t"],
            test["parameter"]["df"],
            test["p_value"],
            test["estimate"]["mean difference"],
            test["conf_level"],
        ],
    )
    yield from pairs("paired t CI", [bias.low, bias.high], test["conf_int"])


def own_icc(r):
    for name in ("two", "four"):
        theirs = r["icc"][name]
        table = icc(theirs["ratings"]).frame()
        for column in ("value", "low", "high", "df1", "df2"):
            yield from pairs(f"{name} {column}", table[column], theirs[column])
        yield from pairs(f"{name} F", table["statistic"], theirs["F"])
        yield from pairs(f"{name} p", table["pvalue"], theirs["p"], **TAIL)


def own_kappa(r):
    x = np.array(r["kappa"]["ratings"])
    for (i, j), theirs in zip(((0, 1), (2, 3)), r["kappa"]["pairs"], strict=True):
        for key, weights in (("unweighted", None), ("linear", "linear"), ("quadratic",) * 2):
            ours = kappa(x[:, i], x[:, j], weights=weights)
            vcd = [theirs[key]["value"], theirs[key]["se"]]
            yield from pairs(f"{i}{j} {key}", [ours.value, ours.se], vcd)


def own_several(r):
    full, holes = r["kappa"]["ratings"], r["missing"]["ratings"]
    for label, ratings, theirs in (("full", full, r["several"]), ("holes", holes, r["missing"])):
        for name in ("fleiss", "gwet", "conger", "light", "krippendorff"):
            for key, weights in (("none", None), ("linear",) * 2, ("quadratic",) * 2):
                if name in theirs:
                    ours = rater_agreement(ratings, coefficient=name, weights=weights)
                    yield Pair(f"{label} {name} {key}", ours.value, theirs[name][key]["value"])
                    # a jackknife is another estimate of the same error
                    se = theirs[name][key]["se"]
                    yield Pair(f"{label} {name} {key} jackknife", ours.se, se, rtol=0.08)


def own_bland_altman(r):
    theirs = r["bland_altman"]
    ours = bland_altman(theirs["a"], theirs["b"])
    bias, lower, upper = ours.bias, ours.lower_limit, ours.upper_limit
    for label, mine, key in (
        ("bias", bias.value, "bias"),
        ("bias CI", [bias.low, bias.high], "bias_ci"),
        ("t", bias.value / bias.se, "t"),
        ("p", 2 * stats.t.sf(abs(bias.value / bias.se), ours.n - 1), "p"),
        ("sd", ours.sd, "sd"),
        ("limits", [lower.value, upper.value], "limits"),
        ("lower CI", [lower.low, lower.high], "lower_ci"),
        ("upper CI", [upper.low, upper.high], "upper_ci"),
        ("slope", ours.slope.value, "slope"),
        ("slope se", ours.slope.se, "slope_se"),
        ("slope p", ours.slope_pvalue, "slope_p"),
    ):
        yield from pairs(label, mine, np.ravel(theirs[key]))
    mine = [ours.ccc.value, ours.ccc.low, ours.ccc.high]
    yield from pairs("ccc", mine, theirs["ccc"])


FAMILIES = {
    "icc": (icc_files, 202),
    "kappa": (kappa_file, 75),
    "bland_altman": (bland_altman_file, 20),
}
OWN_FAMILIES = {
    "own icc": (own_icc, 84),
    "own kappa": (own_kappa, 12),
    "own several raters": (own_several, 48),
    "own bland_altman": (own_bland_altman, 18),
}


def own_results():
    return json.loads(OWN.read_text(encoding="utf-8"))


def say(family, compared):
    worst = max(compared, key=lambda pair: pair.relative)
    failed = [pair.label for pair in compared if not pair.agrees]
    said = f"| {family} | {len(compared)} | {worst.relative:.1e} ({worst.label}) |"
    sys.stdout.write(" ".join([said, *failed]) + "\n")


def main():
    from tests.stats.conftest import FOLDER, Reference

    if FOLDER.is_dir():
        reference = Reference()
        for family, (read, _) in FAMILIES.items():
            say(family, list(read(reference.results(family), reference.data)))
    for family, (read, _) in OWN_FAMILIES.items():
        say(family, list(read(own_results())))


if __name__ == "__main__":
    main()
