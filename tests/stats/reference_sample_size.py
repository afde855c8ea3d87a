"""Every value of R's files on sample size, beside ours.

``python -m tests.stats.reference_sample_size`` prints, for each family, how many values were
compared and the largest relative difference.
"""

import json
from pathlib import Path

import numpy as np

from radln.stats import (
    size_auc,
    size_auc_difference_from,
    size_development_binary,
    size_development_continuous,
    size_development_survival,
    size_diagnostic,
    size_two_proportions,
    size_validation,
)
from radln.stats.sample_size._linear_predictor import c_statistic_to_r2
from tests.stats.reference_2x2 import Pair, pairs
from tests.stats.reference_agreement import say

OWN = Path(__file__).resolve().parents[1] / "reference" / "sample_size.json"
NAMES = {
    "csrsquared": "r2_cox_snell",
    "nagrsquared": "r2_nagelkerke",
    "cstatistic": "c_statistic",
    "timepoint": "time",
    "meanfup": "mean_follow_up",
}
MAKERS = {
    "b": (size_development_binary, "prevalence"),
    "s": (size_development_survival, "rate"),
    "c": (size_development_continuous, "rsquared"),
}
# a million simulated cases stand behind R's number; ours are integrals
SIMULATED = {"rtol": 0.01}
EXCUSED = {
    "pmsampsize": {"/b3/args/seed": "of R's simulation"},
    "pmvalsampsize": {},
    "roc_power": {},
}


def rounded(digits):
    """R printed so many decimals."""
    return {"rtol": 0, "atol": 0.5001 * 10.0**-digits}


def pmsampsize(r):
    for name in r:
        theirs = r[name]
        ours, p = _developed(theirs["args"])
        final, v = theirs["final"], ours.values
        loose = SIMULATED if name == "b3" else {}
        near = SIMULATED if name == "b3" else rounded(3)
        n = [row["n"] for row in ours.criteria]
        kept = [row["shrinkage"] for row in ours.criteria]
        table = np.array(theirs["results_table"]["values"])
        if name[0] == "s":
            # pmsampsize's third criterion repeats the larger of the first two
            n, kept = [*n, max(n)], [*kept, v["shrinkage"]]
        yield from pairs(f"{name} n", [*n, ours.n], table[:, 0], **loose)
        yield from pairs(f"{name} shrinkage", [*kept, v["shrinkage"]], table[:, 1], **near)
        yield from pairs(f"{name} p", [p] * len(table), table[:, 2])
        yield Pair(f"{name} sample_size", ours.n, theirs["sample_size"], **loose)
        yield Pair(f"{name} final n", ours.n, final["sample_size"], **loose)
        yield from pairs(f"{name} p", [p, p], [theirs["parameters"], final["parameters"]])
        if name[0] == "c":
            yield from _continuous(name, ours, n, p, table, final)
        else:
            yield from _events(name, ours, theirs["args"], table, final, loose, near)


def _developed(args):
    given = {NAMES.get(key, key): args[key] for key in args if key != "seed"}
    make, main = MAKERS[given.pop("type")]
    p = given.pop("parameters")
    return make(p, given.pop(main), **given), p


def _events(name, ours, args, table, final, loose, near):
    v = ours.values
    yield Pair(f"{name} final shrinkage", v["shrinkage"], final["final_shrinkage"], **loose)
    r2 = final["rsquared" if name[0] == "b" else "r2a"]
    yield Pair(f"{name} R2", v["r2_cox_snell"], r2, **loose)
    yield Pair(f"{name} max R2", v["r2_max"], final["max_r2a"])
    yield Pair(f"{name} Nagelkerke", v["r2_nagelkerke"], final["nag_r2"], **loose)
    yield Pair(f"{name} events", v["events"], final["events"], **loose)
    epp = SIMULATED if name == "b3" else rounded(2)
    yield Pair(f"{name} EPP", v["epp"], final["EPP"], **epp)
    mine = [v["r2_cox_snell"], v["r2_max"], v["r2_nagelkerke"]]
    for column, value in enumerate(mine):
        yield from pairs(f"{name} {column}", [value] * len(table), table[:, 3 + column], **near)
    rows = [row["epp"] for row in ours.criteria]
    more = [v["epp"]] * (len(table) - len(rows))
    yield from pairs(f"{name} EPP", [*rows, *more], table[:, 6], **epp)
    if name[0] == "b":
        yield Pair(f"{name} prevalence", args["prevalence"], final["prevalence"])
        if "cstatistic" in final:
            yield Pair(f"{name} C", args["cstatistic"], final["cstatistic"])
        return
    for key, held in (("risk_high", "int_uci"), ("risk_low", "int_lci"), ("risk", "int_cuminc")):
        yield Pair(f"{name} {key}", v[key], final[held], **rounded(3))
    yield Pair(f"{name} person-time", v["person_time"], final["tot_per_yrs_final"], **rounded(1))
    for key in ("rate", "timepoint", "meanfup"):
        yield Pair(f"{name} {key}", args[key], final[key])


def _continuous(name, ours, n, p, table, final):
    v = ours.values
    yield Pair(f"{name} final shrinkage", v["shrinkage"], final["final_shrinkage"], **rounded(3))
    yield Pair(f"{name} R2", v["r2"], final["r2a"])
    yield Pair(f"{name} SPP", v["spp"], final["SPP"], **rounded(2))
    yield Pair(f"{name} margin", v["mean_margin"], final["int_mmoe"])
    middle = (v["mean_low"] + v["mean_high"]) / 2
    yield Pair(f"{name} intercept", middle, final["intercept"])
    yield Pair(f"{name} high", v["mean_high"], final["int_uci"], **rounded(2))
    yield Pair(f"{name} low", v["mean_low"], final["int_lci"], **rounded(2))
    yield from pairs(f"{name} R2", [v["r2"]] * len(table), table[:, 3])
    rows = [row["spp"] for row in ours.criteria]
    yield from pairs(f"{name} SPP", [*rows, v["spp"]], table[:, 4], **rounded(2))


def pmvalsampsize(r):
    for name in r:
        args, theirs, held = r[name]["args"], r[name]["results_table"], r[name]["numbers"]
        given = {key: args[key] for key in args}
        names = {"oeciwidth": "oe_width", "lpnormal": "lp_normal", "lpbeta": "lp_beta"}
        given = {names.get(key, key): value for key, value in given.items()}
        ours = size_validation(given.pop("prevalence"), given.pop("cstatistic"), **_untyped(given))
        rows, table = ours.criteria, np.array(theirs["values"])
        loose = {1: SIMULATED}
        for i, (row, line) in enumerate(zip(rows, table[:-1], strict=True)):
            yield Pair(f"{name} {row['criterion']} n", row["n"], line[0], **loose.get(i, {}))
            mine = [row["value"], row["se"], row["width"]]
            yield from pairs(f"{name} {row['criterion']}", mine, line[1:], **rounded(3))
        yield Pair(f"{name} n", ours.n, table[-1][0], **SIMULATED)
        largest = max(rows, key=lambda row: row["n"])
        mine = [largest["value"], largest["se"], largest["width"]]
        yield from pairs(f"{name} largest", mine, table[-1][1:], **rounded(3))
        yield from _held(name, ours, rows, args, held)


def _untyped(given):
    return {key: value for key, value in given.items() if key != "type"}


def _held(name, ours, rows, args, held):
    oe, slope, area = rows[:3]
    ends = [oe["value"] * np.exp(sign * 1.96 * oe["se"]) for sign in (-1, 1)]
    yield Pair(f"{name} size", ours.n, held["sample_size"], **SIMULATED)
    yield Pair(f"{name} events", ours.values["events"], held["events"], **SIMULATED)
    for key in ("prevalence", "cstatistic"):
        yield Pair(f"{name} {key}", args[key], held[key])
    mine = [oe["value"], oe["se"], *ends, oe["width"]]
    yield from pairs(
        f"{name} O/E", mine, [held[c] for c in ("oe", "se_oe", "lb_oe", "ub_oe", "width_oe")]
    )
    mine = [slope["value"], slope["se"], slope["width"], area["se"], area["width"]]
    columns = ("cslope", "se_cslope", "csciwidth", "se_cstat", "cstatciwidth")
    yield from pairs(f"{name} slope, C", mine, [held[c] for c in columns])
    if len(rows) == 4:
        benefit, v = rows[3], ours.values
        # R rounds the error of net benefit to three decimals
        yield Pair(f"{name} NB se", benefit["se"], held["se_st_nb"], **rounded(3))
        mine = [benefit["value"], v["net_benefit"], benefit["width"]]
        mine += [v["sensitivity"], v["specificity"], args["threshold"]]
        columns = ("standardised_nb", "net_benefit", "nbciwidth", "sensitivity", "specificity")
        yield from pairs(f"{name} NB", mine, [held[c] for c in (*columns, "threshold")])


def roc_power(r, data):
    for key, ours in (
        ("one_roc_ss", size_auc(0.8, power=0.8)),
        ("one_roc_pw", size_auc(0.7, n_positive=40, negatives_per_positive=1.5)),
        ("one_roc_kappa2", size_auc(0.75, power=0.9, alpha=0.01, negatives_per_positive=2)),
    ):
        theirs = r[key]
        ratio = {"one_roc_ss": 1, "one_roc_pw": 1.5, "one_roc_kappa2": 2}[key]
        area = {"one_roc_ss": 0.8, "one_roc_pw": 0.7, "one_roc_kappa2": 0.75}[key]
        mine = [ours.exact, ours.exact * ratio, area, ours.alpha]
        columns = ("ncases", "ncontrols", "auc", "sig.level")
        yield from pairs(key, mine, [theirs[c] for c in columns])
        power = ours.power if key == "one_roc_pw" else {"one_roc_ss": 0.8}.get(key, 0.9)
        yield Pair(f"{key} power", power, theirs["power"])
    d = data("aSAH")
    y = d["outcome"] == "Poor"
    for key, power in (("two_roc_power", None), ("two_roc_ss", 0.9)):
        ours, theirs = size_auc_difference_from(y, d["ndka"], d["wfns"], power=power), r[key]
        ratio = (~y).sum() / y.sum()
        mine = [ours.exact, ours.exact * ratio, ours.alpha, power or ours.power]
        columns = ("ncases", "ncontrols", "sig.level", "power")
        yield from pairs(key, mine, [theirs[c] for c in columns])
        mine = [ours.values["auc_a"], ours.values["auc_b"]]
        yield from pairs(f"{key} areas", mine, [theirs["auc1"], theirs["auc2"]])


def own_areas(r):
    for i, one in enumerate(r["one"]):
        options = {"negatives_per_positive": one["ratio"], "alpha": one["alpha"]}
        area, power = one["auc"], one["power"]
        side = size_auc(area, power=power, alternative="one-sided", **options)
        mine = [
            size_auc(area, power=power, **options).exact,
            side.exact,
            size_auc(area, n_positive=30, **options).power,
        ]
        yield from pairs(
            f"one {i}", mine, [one[c] for c in ("two_sided", "one_sided", "power_of_30")]
        )
    two = r["two"]
    y, a, b = two["y"], two["a"], two["b"]
    yield Pair("power", size_auc_difference_from(y, a, b).power, two["power"])
    yield Pair("swapped", size_auc_difference_from(y, b, a).power, two["swapped"])
    yield Pair("n", size_auc_difference_from(y, a, b, power=0.9).exact, two["ncases"])
    side = size_auc_difference_from(y, a, b, power=0.9, alternative="one-sided")
    yield Pair("one-sided", side.exact, two["one_sided"])


def own_shares(r):
    for i, one in enumerate(r["shares"]):
        a, b = one["a"], one["b"]
        yield Pair(f"n {i}", size_two_proportions(a, b, power=one["power"]).exact, one["n"])
        yield Pair(f"power {i}", size_two_proportions(a, b, n=60).power, one["power_of_60"])
    for i, one in enumerate(r["wilson"]):
        size = size_diagnostic(0.5, sensitivity=one["share"], width=one["width"])
        yield Pair(f"wilson {i}", size.criteria[0]["needed"], one["n"])


def own_models(r):
    for i, one in enumerate(r["r2"]):
        yield Pair(f"R2 {i}", c_statistic_to_r2(one["c"], one["prevalence"]), one["r2"])
    for i, one in enumerate(r["events"]):
        ours = size_development_binary(
            one["parameters"],
            one["prevalence"],
            r2_cox_snell=one["r2"],
            shrinkage=one["shrinkage"],
        )
        yield from pairs(f"events {i}", [row["n"] for row in ours.criteria], one["n"])
        mine = [ours.values["r2_max"], ours.values["shrinkage"]]
        yield from pairs(f"events {i}", mine, [one["r2_max"], one["kept"]])
    for i, one in enumerate(r["measured"]):
        ours = size_development_continuous(
            one["parameters"], one["r2"], intercept=one["intercept"], sd=one["sd"]
        )
        yield from pairs(f"measured {i}", [row["n"] for row in ours.criteria], one["n"])
        mine = [ours.values["mean_low"], ours.values["mean_high"]]
        yield from pairs(f"measured {i}", mine, [one["mean_low"], one["mean_high"]])


def own_validation(r):
    for name, one in r["validation"].items():
        options = {"c_width": 0.08} if name == "beta" else {}
        if name == "normal":
            options["lp_normal"] = (one["mean"], one["sd"])
        if name == "beta":
            options["lp_beta"] = (one["a"], one["b"])
        if name == "binormal":
            options["threshold"] = one["threshold"]
        ours = size_validation(one["prevalence"], one["c"], **options)
        n = [row["n"] for row in ours.criteria]
        yield from pairs(f"{name} slope, C", n[1:3], [one["slope"], one["area"]])
        if name == "binormal":
            mine = [ours.values["sensitivity"], ours.values["specificity"]]
            yield from pairs(name, mine, [one["sensitivity"], one["specificity"]])


FAMILIES = {
    "pmsampsize": (lambda r, data: pmsampsize(r), 319),
    "pmvalsampsize": (lambda r, data: pmvalsampsize(r), 101),
    "roc_power": (roc_power, 27),
}
OWN_FAMILIES = {
    "own areas": (own_areas, 13),
    "own shares": (own_shares, 9),
    "own models": (own_models, 25),
    "own validation": (own_validation, 8),
}


def own_results():
    return json.loads(OWN.read_text(encoding="utf-8"))


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
