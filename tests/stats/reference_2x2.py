"""Every value of R's files on thresholds, 2x2 tables and paired calls, beside ours.

``python -m tests.stats.reference_2x2`` prints, for each family, how many values were compared and
the largest relative difference.
"""

import sys
import warnings
from typing import NamedTuple

import numpy as np

from radln.errors import RadlnWarning
from radln.stats import (
    adjust_pvalues,
    choose_cutoff,
    cochran_q,
    compare_calls,
    compare_groups,
    compare_matched,
    diagnostic_table,
    holm,
    mcnemar,
    proportion,
    roc_band,
    roc_curve,
    youden,
)


class Pair(NamedTuple):
    """Our value, R's value and the difference that is allowed."""

    label: str
    ours: float
    theirs: float
    rtol: float = 1e-8
    atol: float = 1e-14

    @property
    def agrees(self):
        return bool(np.isclose(self.ours, self.theirs, self.rtol, self.atol, equal_nan=True))

    @property
    def relative(self):
        if self.ours == self.theirs or np.isnan(self.theirs) or abs(self.theirs) < 1e-14:
            return 0.0
        return abs(self.ours - self.theirs) / abs(self.theirs)


def number(value):
    """R's number: null and "NaN" are NaN, a vector of one is its element."""
    value = value[0] if isinstance(value, list) else value
    return np.nan if value is None else float(value)


def pairs(label, ours, theirs, **tolerance):
    """Vectors side by side."""
    for i, (mine, r) in enumerate(zip(np.ravel(ours), np.ravel(theirs), strict=True)):
        yield Pair(f"{label}[{i}]", float(mine), number(r), **tolerance)


def printed(families):
    """The table of families, one line each, with the labels of the values that differ."""
    from tests.stats.conftest import Reference

    for family, (read, _) in families.items():
        compared = list(read(Reference()))
        worst = max(compared, key=lambda pair: pair.relative)
        failed = [str(pair) for pair in compared if not pair.agrees]
        said = f"| {family} | {len(compared)} | {worst.relative:.1e} ({worst.label}) |"
        sys.stdout.write(" ".join([said, *failed]) + "\n")


def proportion_ci(reference):
    methods = {
        "wilson": ("wilson", 0.95),
        "exact": ("clopper-pearson", 0.95),
        "agresti-coull": ("agresti-coull", 0.95),
        "asymptotic": ("wald", 0.95),
        "clopper_pearson_R": ("clopper-pearson", 0.95),
        "wilson_R": ("wilson", 0.95),
        "jeffreys": ("jeffreys", 0.95),
        "exact90": ("clopper-pearson", 0.9),
        "wilson90": ("wilson", 0.9),
    }
    for name, r in reference.results("proportion_ci").items():
        k, n = map(int, name.split("_of_"))
        for theirs, (method, level) in methods.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RadlnWarning)
                ours = proportion(k, n, method=method, confidence_level=level)
            mine, limits = [ours.low, ours.high], r[theirs]
            if isinstance(limits, dict):
                mine, limits = [ours.value, *mine], [limits[c] for c in ("mean", "lower", "upper")]
            limits = np.clip(limits, 0, 1)  # binom leaves Wald's and Agresti's as they come
            yield from pairs(f"{name} {theirs}", mine, limits, atol=1e-12)


def diagnostic_2x2(reference):
    for name, r in reference.results("diagnostic_2x2").items():
        cells = [r["table"][cell] for cell in ("tp", "fp", "fn", "tn")]
        y, call = np.repeat([1, 0, 1, 0], cells), np.repeat([1, 1, 0, 0], cells)
        table = diagnostic_table(y, call, n_resamples=20)
        there = diagnostic_table(y, call, n_resamples=20, prevalence=0.1)
        plain = r["plain"]
        ours = {
            "sens": table.sensitivity,
            "spec": table.specificity,
            "ppv": table.ppv,
            "npv": table.npv,
            "acc": table.accuracy,
            "bal_acc": table.balanced_accuracy,
            "f1": table.f1,
            "mcc": table.mcc,
            "dor": table.diagnostic_odds_ratio,
            "kappa": table.kappa,
            "ppv_at_prev_0.1": there.ppv,
            "npv_at_prev_0.1": there.npv,
        }
        for key, estimate in ours.items():
            yield Pair(f"{name} {key}", estimate.value, plain[key])
        yield Pair(f"{name} youden", 2 * table.balanced_accuracy.value - 1, plain["youden"])
        for key, e in (("lrp", table.lr_positive), ("lrn", table.lr_negative)):
            yield from pairs(f"{name} {key}", [e.low, e.value, e.high], plain["lr_ci_simel"][key])
        yield from pairs(f"{name} cells", [table.tp, table.fp, table.fn, table.tn], cells)


def mcnemar_tables(reference):
    for name, r in reference.results("mcnemar").items():
        cells = [r["table"][cell] for cell in "abcd"]
        a, b = np.repeat([1, 1, 0, 0], cells), np.repeat([1, 0, 1, 0], cells)
        exact = mcnemar(a, b)
        yield Pair(f"{name} exact", exact.pvalue, r["exact_two_sided_p"])
        for side in ("less", "greater"):
            yield Pair(f"{name} {side}", mcnemar(a, b, alternative=side).pvalue, r[f"exact_{side}"])
        yield Pair(f"{name} mid-p", mcnemar(a, b, method="mid-p").pvalue, r["midp"])
        for method, key in (("asymptotic", "asymptotic_no_cc"), ("corrected", "asymptotic_cc")):
            test = mcnemar(a, b, method=method)
            yield Pair(f"{name} {method} p", test.pvalue, r[key]["p_value"])
            statistic = r[key]["statistic"]["McNemar's chi-squared"]
            yield Pair(f"{name} {method} statistic", test.statistic, statistic)
        yield Pair(f"{name} difference", exact.difference.value, r["diff"])
        low, high = r["wald_ci"]
        yield Pair(f"{name} se", exact.difference.se, (high - low) / 2 / 1.959963984540054)
        # PropCIs gives b - a, by a bisection that stops within 1e-7
        ours = [-exact.difference.high, -exact.difference.low]
        yield from pairs(f"{name} Tango", ours, r["tango_ci_PropCIs"], rtol=0, atol=1e-7)


def paired_tests(reference):
    r, data = reference.results("paired_tests_Paired1"), reference.data("Paired1")
    # R's differences are test 2 less test 1
    calls = data["d"], data["y2"], data["y1"]
    asymptotic, exact = (compare_calls(*calls, method=m) for m in ("asymptotic", "exact"))
    shares = ("sensitivity", "specificity")
    for side, test in (("a", "Test2"), ("b", "Test1")):
        for metric in (*shares, "ppv", "npv"):
            ours, theirs = getattr(getattr(asymptotic, metric), side), r["acc"][test][metric]
            wald = [
                ours.value - 1.959963984540054 * ours.se,
                ours.value + 1.959963984540054 * ours.se,
            ]
            mine = [ours.value, ours.se, *wald]
            yield from pairs(
                f"{test} {metric}", mine, [theirs[c] for c in ("est", "se", "lcl", "ucl")]
            )
        for metric, key in (("lr_positive", "pdlr"), ("lr_negative", "ndlr")):
            ours, theirs = getattr(getattr(asymptotic, metric), side), r["acc"][test][key]
            mine = [ours.value, ours.se, ours.low, ours.high]
            columns = ("est", "se.ln", "lcl", "ucl")
            yield from pairs(f"{test} {key}", mine, [theirs[c] for c in columns])
    for metric in shares:
        ours, theirs = getattr(asymptotic, metric), r["mcnemar"][metric]
        mine = [ours.a.value, ours.b.value, ours.contrast.value, ours.statistic, ours.pvalue]
        columns = ("test2", "test1", "diff", "test.statistic", "p.value")
        yield from pairs(f"McNemar {metric}", mine, [theirs[c] for c in columns])
        yield Pair(f"exact {metric}", getattr(exact, metric).pvalue, r["exact"][metric]["p.value"])
        contrast, tango = ours.contrast, r["diff_tango"][metric]
        limits = [tango["diff.lcl"], tango["diff.ucl"]]
        # DTComPair takes Tango's limits from a bisection
        yield from pairs(f"Tango {metric}", [contrast.low, contrast.high], limits, atol=1e-7)
        yield Pair(f"se {metric}", contrast.se, r["diff_wald"][metric]["diff.se"])
    for method, key in (("score", "pv_gs"), ("weighted-score", "pv_wgs")):
        result = compare_calls(*calls, predictive=method)
        for metric in ("ppv", "npv"):
            ours, theirs = getattr(result, metric), r[key][metric]
            mine = [ours.a.value, ours.b.value, ours.contrast.value, ours.statistic, ours.pvalue]
            columns = ("test2", "test1", "diff", "test.statistic", "p.value")
            yield from pairs(f"{key} {metric}", mine, [theirs[c] for c in columns])
    relative = compare_calls(*calls, predictive="relative")
    for metric in ("ppv", "npv"):
        ours, theirs = getattr(relative, metric), r["pv_rpv"][metric]
        c = ours.contrast
        mine = [c.value, c.se, c.low, c.high, ours.statistic, ours.pvalue]
        names = [f"r{metric}", f"se.log.r{metric}", f"lcl.r{metric}", f"ucl.r{metric}"]
        yield from pairs(metric, mine, [theirs[n] for n in (*names, "test.statistic", "p.value")])
    turned = compare_calls(data["d"], data["y1"], data["y2"])
    for metric, key in (("lr_positive", "pdlr"), ("lr_negative", "ndlr")):
        ours, theirs = getattr(turned, metric), r["dlr"][key]
        c = ours.contrast
        mine = [ours.a.value, ours.b.value, c.value, c.se, c.low, c.high]
        columns = ("test1", "test2", "ratio", "se.log", "lcl", "ucl", "test.statistic", "p.value")
        yield from pairs(key, [*mine, ours.statistic, ours.pvalue], [theirs[n] for n in columns])


def cochran(reference):
    data = reference.data("wdbc_binary")
    readers = ["y1", "y2", "y3", "y4"]
    for name, r in reference.results("cochran_q_wdbc").items():
        part = data if name == "all" else data[data["d"] == int(name[1])]
        q = cochran_q(part[readers].to_numpy())
        mine = [q.statistic, q.df, q.pvalue, q.n, *(share * q.n for share in q.proportions)]
        yield from pairs(name, mine, [r["Q"], r["df"], r["p"], r["n"], *r["col_sums"]])


def cutpoints(reference):
    data, r = reference.data("aSAH"), reference.results("cutpoints_aSAH")
    y, score = data["outcome"] == "Poor", data["s100b"].to_numpy()
    curve = roc_curve(y, score)
    # the best accuracy is Youden's rule at the prevalence of the cases
    rules = {
        "youden": {},
        "accuracy": {"prevalence": y.mean()},
        "roc01": {"rule": "closest-topleft"},
    }
    for name, options in rules.items():
        choice = choose_cutoff(y, score, n_resamples=10, **options)
        for cut, theirs in zip(choice.tied, r[name]["cut"], strict=True):
            # R gives the lowest score called positive, ours lies below it
            yield Pair(f"{name} cut", score[score >= cut].min(), theirs)
        points = [curve.at(threshold=cut) for cut in choice.tied]
        for key, column in (("sensitivity", "sens"), ("specificity", "spec"), ("accuracy", "acc")):
            yield from pairs(f"{name} {column}", [getattr(p, key) for p in points], r[name][column])
    yield Pair("midpoint", youden(y, score).threshold, r["youden_midpoint"]["cut"][0])


def coordinates(reference):
    data = reference.data("aSAH")
    y = data["outcome"] == "Poor"
    weights = {"": {}, "_cost3_prev0.2": {"cost": 3, "prevalence": 0.2}}
    rules = {"youden": "youden", "topleft": "closest-topleft"}
    for marker, r in reference.results("roc_aSAH_coords").items():
        curve, score = roc_curve(y, data[marker]), data[marker]
        for short, rule in rules.items():
            for suffix, options in weights.items():
                choice = choose_cutoff(y, score, rule=rule, n_resamples=10, **options)
                theirs = r[f"best_{short}{suffix}"]
                points = [curve.at(threshold=cut) for cut in choice.tied[::-1]]
                yield from _points(f"{marker} {short}{suffix}", points, theirs, curve)
        for name in ("all", "local_maximas"):
            cuts = [number(cut) for cut in r[name]["threshold"]]
            points = [curve.at(threshold=cut) for cut in cuts]
            yield from _points(f"{marker} {name}", points, r[name], curve)
        for name in (key for key in r if key.startswith("at_")):
            where = "specificity" if "spec" in name else "sensitivity"
            point = curve.at(**{where: float(name.split("_")[-1])})
            yield from _points(f"{marker} {name}", [point], r[name], curve)


def _points(label, points, theirs, curve):
    positives, negatives = curve.n_positive, curve.n - curve.n_positive
    columns = {
        "threshold": lambda p: p.threshold,
        "sensitivity": lambda p: p.sensitivity,
        "specificity": lambda p: p.specificity,
        "accuracy": lambda p: p.accuracy,
        "ppv": lambda p: p.ppv,
        "npv": lambda p: p.npv,
        "tp": lambda p: p.sensitivity * positives,
        "fn": lambda p: (1 - p.sensitivity) * positives,
        "tn": lambda p: p.specificity * negatives,
        "fp": lambda p: (1 - p.specificity) * negatives,
    }
    for column, read in columns.items():
        for point, r in zip(points, theirs[column], strict=True):
            yield Pair(f"{label} {column}", read(point), number(r), atol=1e-12)


def clustered_shares(reference):
    cases = (
        ("nodes_sim", "y", "patient", "reader", 4, "clustered_auc_nodes", "sens_spec_reader_ge4"),
        (
            "retinopathy",
            "status",
            "id",
            "score",
            10,
            "clustered_auc_retinopathy",
            "sens_spec_score_ge_10",
        ),
    )
    for file, y, patient, score, cut, name, key in cases:
        data, r = reference.data(file), reference.results(name)[key]
        for label, kind in ((1, "sens"), (0, "spec")):
            part, theirs = data[data[y] == label], r[kind]
            # R's "spec" is the share of positive calls among the negative cases
            ours = proportion(part[score] >= cut, cluster=part[patient])
            mine = [ours.value, ours.n, ours.n_patients, ours.design_effect]
            # a design effect below 1 is taken as 1, and the error is then the plain one
            held = [theirs["est"], theirs["n"], theirs["clusters"], max(1, theirs["deff"])]
            se = theirs["se_cluster" if theirs["deff"] > 1 else "se_naive"]
            yield from pairs(f"{name} {kind}", [*mine, ours.se], [*held, se])


def bootstrap_ranges(reference):
    r, data = reference.results("roc_bootstrap_ranges_aSAH"), reference.data("aSAH")
    y, theirs = data["outcome"] == "Poor", r["ci_se_at_specificities"]
    band = roc_band(y, data["s100b"], specificity=[float(row[2:]) for row in theirs["rows"]])
    for i, row in enumerate(theirs["rows"]):
        for limit, column in ((band.low[i], 0), (band.high[i], 2)):
            spread = max(4 * theirs["sd_over_seeds"][i][column], 0.01)
            yield Pair(f"se at {row}", limit, theirs["mean"][i][column], 0, spread)
    p = r["roc_test_sensitivity_at_sp0.9_p"]
    test = compare_matched(y, data["s100b"], data["ndka"], specificity=0.9)
    spread = max(4 * p["sd_over_seeds"][0][0], 0.01)
    yield Pair("p of sensitivity at 0.9", test.pvalue, p["mean"][0][0], 0, spread)


def adjusted(reference):
    r = reference.results("p_adjust")
    yield from pairs("Holm alone", holm(r["p"]), r["holm"])
    short = {"BH": "benjamini-hochberg", "BY": "benjamini-yekutieli"}
    for name in ("holm", "hochberg", "hommel", "bonferroni", "BH", "BY"):
        ours = adjust_pvalues(r["p"], method=short.get(name, name))
        yield from pairs(name, ours, r[name])


def table_1(reference):
    # not offered: Shapiro-Wilk, Levene, Student's t, ANOVA of equal variances, Yates' correction
    r, data = reference.results("table1_aSAH"), reference.data("aSAH")
    for name, theirs in r["numeric"].items():
        skewed = compare_groups(data[name], data["outcome"])
        normal = compare_groups(data[name], data["outcome"], kind="normal")
        yield Pair(f"{name} W", skewed.statistic, theirs["wilcoxon_cc"]["statistic"]["W"])
        yield Pair(f"{name} Wilcoxon", skewed.pvalue, theirs["wilcoxon_cc"]["p_value"])
        welch = theirs["welch"]
        yield Pair(f"{name} t", normal.statistic, welch["statistic"]["t"])
        yield Pair(f"{name} df", normal.df, welch["parameter"]["df"])
        yield Pair(f"{name} Welch", normal.pvalue, welch["p_value"])
        yield Pair(f"{name} smd", skewed.smd, theirs["smd"])
    gender = compare_groups(data["gender"], data["outcome"])
    theirs = r["categorical"]["gender"]["chisq"]
    yield Pair("gender X2", gender.statistic, theirs["statistic"]["X-squared"])
    yield Pair("gender", gender.pvalue, theirs["p_value"])
    wfns = compare_groups(data["wfns"], data["outcome"], kind="categorical")
    yield Pair("wfns Fisher", wfns.pvalue, r["categorical"]["wfns"]["fisher"]["p_value"])


FAMILIES = {
    "table1_aSAH": (table_1, 21),
    "proportion_ci": (proportion_ci, 150),
    "diagnostic_2x2": (diagnostic_2x2, 90),
    "mcnemar": (mcnemar_tables, 60),
    "paired_tests_Paired1": (paired_tests, 110),
    "cochran_q_wdbc": (cochran, 24),
    "cutpoints_aSAH": (cutpoints, 17),
    "roc_aSAH_coords": (coordinates, 900),
    "clustered sensitivity and specificity": (clustered_shares, 20),
    "roc_bootstrap_ranges_aSAH": (bootstrap_ranges, 9),
    "p_adjust": (adjusted, 175),
}


def main():
    printed(FAMILIES)


if __name__ == "__main__":
    main()
