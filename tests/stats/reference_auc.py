"""Every value of R's files on areas under ROC curves and their comparison, beside ours.

``python -m tests.stats.reference_auc`` prints, for each family, how many values were compared and
the largest relative difference. Left out by name: Obuchowski's binormal variance and the smoothed
(binormal) areas, which radln does not offer, and unstratified bootstraps.
"""

from functools import partial

import numpy as np

from radln.stats import (
    auc,
    compare_auc,
    compare_aucs,
    compare_partial_auc,
    ordered_auc,
    partial_auc,
    roc_curve,
)
from tests.stats.reference_2x2 import Pair, pairs, printed

delong_auc = partial(auc, method="delong")  # R's default

ALTERNATIVES = ("two-sided", "less", "greater")


def single(label, y, score, r):
    found = delong_auc(y, score)
    yield Pair(f"{label} auc", found.value, r["auc"])
    if "delong_var" in r:
        yield from pairs(f"{label} var", [found.se**2, found.se], [r["delong_var"], r["delong_se"]])
    for level in (90, 95, 99):
        if f"ci_delong_{level}" in r:
            e = delong_auc(y, score, confidence_level=level / 100)
            ours = [e.low, e.value, e.high]
            yield from pairs(f"{label} ci {level}", ours, r[f"ci_delong_{level}"])
    if "ci_logit_delong_95_own_formula" in r:
        e = auc(y, score, method="logit")
        ours = [e.low, e.value, e.high]
        yield from pairs(f"{label} logit", ours, r["ci_logit_delong_95_own_formula"])
    if "wilcox_W_over_nm" in r:
        yield Pair(f"{label} Wilcoxon", found.value, r["wilcox_W_over_nm"])
    for one in r.get("pauc", []):
        if one["value"] is None:
            continue  # pROC corrects no area below chance
        part = {one["focus"]: tuple(one["range"])}
        ours = partial_auc(y, score, corrected=one["correct"], n_resamples=2, **part)
        yield Pair(f"{label} partial {one}", ours.value, one["value"])
    if "roc" in r:
        yield from curve(label, y, score, r["roc"])


def curve(label, y, score, r):
    """pROC lists rising thresholds, halfway between scores; ours fall."""
    found = roc_curve(y, score)
    ours = {
        "sensitivities": found.tpr[::-1],
        "specificities": 1 - found.fpr[::-1],
        "thresholds": found.thresholds[::-1],
    }
    for name, values in ours.items():
        if len(r[name]) == len(values):
            inner = slice(1, -1) if name == "thresholds" else slice(None)
            yield from pairs(f"{label} {name}", values[inner], r[name][inner], atol=1e-12)


def test_of(label, found, r):
    key = "Z" if "Z" in r["statistic"] else "D"
    yield Pair(f"{label} statistic", found.statistic, r["statistic"][key])
    yield Pair(f"{label} p", found.pvalue, r["p_value"])
    if key == "D":
        yield Pair(f"{label} df", found.df, r["parameter"]["df"])
    elif r["conf_int"] is not None:
        ours = [found.difference.low, found.difference.high]
        yield from pairs(f"{label} ci", ours, r["conf_int"])


def compared(label, y, a, b, r):
    for alternative in ALTERNATIVES:
        suffix = alternative.replace("-", ".")
        for paired, key in ((True, f"paired_{suffix}"), (False, f"unpaired_same_data_{suffix}")):
            if key in r:
                found = compare_auc(y, a, b, paired=paired, alternative=alternative)
                yield from test_of(f"{label} {key}", found, r[key])
    if "paired_conf90" in r:
        found = compare_auc(y, a, b, confidence_level=0.9)
        yield from test_of(f"{label} 90 %", found, r["paired_conf90"])


def asah(reference):
    data = reference.data("aSAH")
    return data, (data["outcome"] == "Poor").to_numpy()


def asah_single(reference):
    data, y = asah(reference)
    for marker, r in reference.results("roc_aSAH_single").items():
        yield from single(marker, y, data[marker].to_numpy(float), r)


def asah_tests(reference):
    data, y = asah(reference)
    r = reference.results("roc_aSAH_tests")
    for pair, theirs in r["same_data"].items():
        a, b = (data[name] for name in pair.split("_vs_"))
        yield from compared(pair, y, a, b, theirs)
    men = (data["gender"] == "Male").to_numpy()
    for marker, theirs in r["by_gender"].items():
        score = data[marker]
        for alternative in ALTERNATIVES:
            found = compare_auc(
                (y[men], y[~men]), score[men], score[~men], paired=False, alternative=alternative
            )
            yield from test_of(f"{marker} by sex", found, theirs[alternative.replace("-", ".")])


def wdbc(reference):
    data, r = reference.data("wdbc"), reference.results("roc_wdbc")
    y = data["y"] if "y" in data else data["malignant"]
    for name, theirs in r["single"].items():
        column = name if name in data else name.replace(".", "_")
        score = data[column].to_numpy(float) * (1 if theirs["direction"] == "<" else -1)
        kept = {key: value for key, value in theirs.items() if key != "roc"}
        yield from single(name, y, score, kept)
    for pair, theirs in r["tests"].items():
        scores = [
            data[name if name in data else name.replace(".", "_")] * (1 if way == "<" else -1)
            for name, way in zip(pair.split("_vs_"), theirs["direction"], strict=True)
        ]
        yield from compared(pair, y, *scores, theirs)


def edges(reference):
    r = reference.results("roc_edge_cases")
    for name in ("perfect", "all_tied", "binary_marker", "one_case"):
        case = r[name]
        found = delong_auc(case["y"], case["x"])
        yield from pairs(name, [found.value, found.se**2], [case["auc"], case["var"]])
        if name != "one_case":
            yield from pairs(f"{name} ci", [found.low, found.value, found.high], case["ci"])
        else:
            yield from pairs(f"{name} ci", [found.low, found.high], [case["ci"][0], case["ci"][2]])
    same = r["identical_markers"]
    found = compare_auc(same["y"], same["a"], np.exp(same["a"]))
    yield from test_of("identical", found, same["test"])
    perfect = r["perfect"]
    found = compare_auc(perfect["y"], perfect["x"], np.square(perfect["x"]))
    yield from test_of("both perfect", found, r["both_perfect"]["test"])


def several(reference):
    data, y = asah(reference)
    r = reference.results("roc_global_test_aSAH")
    found = compare_aucs(y, {name: data[name] for name in ("s100b", "wfns", "ndka")})
    ours = [*found.areas["value"], found.statistic, found.df, found.pvalue]
    yield from pairs("global", ours, [*r["auc"].values(), r["chisq"], r["df"], r["p"]])
    errors = np.sqrt(np.diag(np.array(r["cov"]["values"])))
    yield from pairs("errors", found.areas["se"], errors)


def margins(reference):
    data, y = asah(reference)
    for name, r in reference.results("noninferiority_auc_aSAH").items():
        pair, margin = name.rsplit("_", 1)
        a, b = (data[marker] for marker in pair.split("_vs_"))
        found = compare_auc(y, a, b, alternative="greater", margin=float(margin))
        d = found.difference
        ours = [d.value, d.se, found.statistic, found.pvalue, d.low, d.high]
        theirs = [r["diff"], r["se"], r["z_ni"], r["p_ni"], *r["ci95"]]
        yield from pairs(name, ours, theirs)
        ninety = compare_auc(y, a, b, confidence_level=0.9).difference
        yield from pairs(f"{name} 90 %", [ninety.low, ninety.high], r["ci90"])
        both = compare_auc(y, a, b, margin=float(margin)).pvalue
        yield Pair(f"{name} equivalence", both, r["tost_p"])


CLUSTERED = {
    "clustered_auc_retinopathy": ("retinopathy", "status", "id"),
    "clustered_auc_nodes": ("nodes_sim", "y", "patient"),
    "clustered_auc_kidney": ("kidney", "status", "id"),
}


def clustered(name):
    file, outcome, patient = CLUSTERED[name]

    def read(reference):
        data, r = reference.data(file), reference.results(name)["auc"]
        y, codes = data[outcome], data[patient]
        turned = {}
        for marker in r["auc"]:
            # R turned some scores around where their area was below 0.5
            sign = (
                1 if (delong_auc(y, data[marker]).value > 0.5) == (r["auc"][marker] > 0.5) else -1
            )
            turned[marker] = sign * data[marker]
            found = delong_auc(y, turned[marker], cluster=codes)
            ours = [found.value, found.se, delong_auc(y, data[marker]).se]
            theirs = [r[key][marker] for key in ("auc", "se", "naive_delong_se")]
            yield from pairs(marker, ours, theirs)
            if marker in r["ci95_wald"]:
                yield from pairs(f"{marker} ci", [found.low, found.high], r["ci95_wald"][marker])
        if "difference_1_2" in r:
            a, b = list(turned.values())[:2]
            yield from difference(compare_auc(y, a, b, cluster=codes), r["difference_1_2"])

    return read


def difference(found, r):
    d = found.difference
    ours = [d.value, d.se, found.statistic, found.pvalue, d.low, d.high]
    yield from pairs(
        "difference", ours, [r["diff"], r["se"], r["z"], r["p"], *r["ci95"]], rtol=1e-8
    )


def crosschecked(name, markers):
    file, outcome, patient = CLUSTERED[name.removesuffix("_xcheck")]

    def read(reference):
        data, r = reference.data(file), reference.results(name)
        y, codes = data[outcome], data[patient]
        two = r["two"]
        for letter, marker in zip("AB", markers, strict=True):
            found = delong_auc(y, data[marker], cluster=codes)
            ours = [found.value, found.se**2, found.se, found.low, found.high]
            names = (f"auc.{letter}", f"auc.var.{letter}", f"auc.se.{letter}")
            limits = (f"ci.bot.{letter}", f"ci.top.{letter}")
            theirs = [two[key] for key in (*names, *limits)]
            yield from pairs(marker, ours, theirs, rtol=1e-8)
        found = compare_auc(y, *(data[m] for m in markers), cluster=codes)
        d = found.difference
        ours = [d.value, d.se**2, d.se, d.low, d.high, found.pvalue]
        names = ("auc", "auc.var", "auc.se", "ci.bot", "ci.top")
        theirs = [two[f"{key}.AminusB"] for key in names] + [two["p.value"]]
        yield from pairs("difference", ours, theirs, rtol=1e-8)

    return read


def ranges(reference):
    """R's bootstraps: the mean of five seeds plus or minus 4 standard deviations, at least 0.01."""
    data, y = asah(reference)
    r = reference.results("roc_bootstrap_ranges_aSAH")

    def near(label, ours, key, at=0):
        theirs, spread = r[key]["mean"][0][at], r[key]["sd_over_seeds"][0][at]
        return Pair(label, ours, theirs, rtol=0, atol=max(4 * spread, 0.01))

    a, b = data["s100b"], data["ndka"]
    found = auc(y, a, method="bootstrap")
    for at, value in ((0, found.low), (2, found.high)):
        yield near("bootstrap ci", value, "ci_auc_bootstrap2000_stratified", at)
    tested = compare_auc(y, a, b, method="bootstrap")
    yield near("bootstrap test", tested.pvalue, "roc_test_bootstrap_p")
    part = compare_partial_auc(y, a, b, specificity=(0.8, 1))
    yield near("partial test", part.pvalue, "roc_test_pauc_bootstrap_p")


def multiclass(reference):
    data, r = reference.data("aSAH"), reference.results("roc_multiclass_aSAH")
    found = ordered_auc(data["gos6"], data["s100b"], classes=r["levels"])
    yield Pair("Hand-Till", found.value, r["auc"])


FAMILIES = {
    "roc_aSAH_single": (asah_single, 736),
    "roc_aSAH_tests": (asah_tests, 118),
    "roc_wdbc": (wdbc, 204),
    "roc_edge_cases": (edges, 27),
    "roc_global_test_aSAH": (several, 9),
    "noninferiority_auc_aSAH": (margins, 18),
    "roc_bootstrap_ranges_aSAH (areas)": (ranges, 4),
    "roc_multiclass_aSAH": (multiclass, 1),
    "clustered_auc_retinopathy": (clustered("clustered_auc_retinopathy"), 21),
    "clustered_auc_nodes": (clustered("clustered_auc_nodes"), 21),
    "clustered_auc_kidney": (clustered("clustered_auc_kidney"), 21),
    "clustered_auc_retinopathy_xcheck": (
        crosschecked("clustered_auc_retinopathy_xcheck", ("score", "risk")),
        16,
    ),
    "clustered_auc_nodes_xcheck": (
        crosschecked("clustered_auc_nodes_xcheck", ("radiomics", "clinical")),
        16,
    ),
}


def main():
    printed(FAMILIES)


if __name__ == "__main__":
    main()
