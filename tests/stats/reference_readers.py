"""Every value of R's files on readers (MRMCaov, RJafroc), beside ours.

``python -m tests.stats.reference_readers`` prints, for each family, how many values were compared
and the largest relative difference.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr

from radln.errors import RadlnWarning
from radln.stats import ReaderStudy
from tests.stats.reference_2x2 import pairs

NAMES = {"case_id": "case", "y_true": "truth", "modality": "treatment", "score": "rating"}
VIEWS = {
    "random_readers_random_cases": {"readers": "random"},
    "fixed_readers_random_cases": {"readers": "fixed"},
    "random_readers_fixed_cases": {"readers": "random", "cases": "fixed"},
}
FIGURES = {
    "partial_auc_fpr_0_0.2": {"figure": "partial_auc", "specificity": (0.8, 1)},
    "sens_at_spec_0.8": {"figure": "sensitivity_at_specificity", "specificity": 0.8},
}
# MRMCaov's p-values are 1 less the rest, good to 1e-15 only; a covariance of cases that were not
# read together is 0 up to rounding
TAIL = {"atol": 5e-15}
COUNTED = ("fixed", "design")  # codes of the package, no results

EXCUSED = {
    name: {f"/{view}/{code}": "a code of the package" for view in views for code in COUNTED}
    for name, views in {
        **{f"mrmc_{d}_auc_{m}": VIEWS for d in ("VanDyke", "Kundel")
           for m in ("DeLong", "jackknife", "unbiased")},
        **{f"mrmc_{d}_other": (*FIGURES, "single_reader") for d in ("VanDyke", "Kundel")},
        **{f"mrmc_{d}_sens_spec": [f"{f}_{v}" for f in ("sensitivity", "specificity")
                                   for v in ("rrrc", "frrc", "rrfc")]
           for d in ("VanDyke", "Kundel")},
        "mrmc_VanDyke_nested": ("cases_nested_in_readers", "cases_nested_in_tests"),
    }.items()
}  # fmt: skip
EXCUSED["rjafroc_VanDyke_OR"] = {}
EXCUSED["rjafroc_VanDyke_DBM"] = {}
for dataset in ("VanDyke", "Kundel"):
    EXCUSED[f"mrmc_{dataset}_other"]["/single_reader/anova"] = "how R prints an empty table"


def study(data, name="VanDyke", **columns):
    """One of the data sets as a study; R's labels are text, calls are a column of the file."""
    table = data(name).astype({"reader": str, "treatment": str})
    if "call" in table:
        table["call"] = table["call"].astype(int)
    return ReaderStudy.from_frame(table, columns={**NAMES, **columns})


def analysed(theirs, ours, label):
    """One analysis of MRMCaov: figures, covariance, components, tests, means."""
    metrics = theirs["reader_metrics"]
    figure = next(key for key in metrics if key not in ("treatment", "reader"))
    yield from pairs(f"{label} figures", ours.merit, metrics[figure])
    if theirs["covariance"] is not None:
        yield from pairs(
            f"{label} covariance", ours.covariance, theirs["covariance"]["values"], atol=1e-16
        )
    components = ours.variance_components()
    if theirs["anova"] is not None and "Df" in theirs["anova"]:
        anova = ours.anova()
        yield from pairs(f"{label} df", anova["df"], theirs["anova"]["Df"])
        yield from pairs(f"{label} MS", anova["mean_square"], theirs["anova"]["Mean Sq"])
        squares = anova["df"] * anova["mean_square"]
        yield from pairs(f"{label} SS", squares, theirs["anova"]["Sum Sq"])
    if theirs["vcov_comps"] is not None:
        names = [
            {"treatment:reader": "modality x reader"}.get(name, name.lower())
            for name in theirs["vcov_comps"]["row"]
        ]
        mine = np.array([components[name] for name in names])
        yield from pairs(f"{label} components", mine, theirs["vcov_comps"]["Estimate"], atol=1e-16)
        shares = [m / components["error"] if n.startswith("cov") else np.nan
                  for n, m in zip(names, mine, strict=True)]  # fmt: skip
        correlations = theirs["vcov_comps"]["Correlation"]
        yield from pairs(f"{label} correlations", shares, correlations, atol=1e-13)
    yield from _tests(theirs, ours, label, components)


def _tests(theirs, ours, label, components):
    if theirs["test_equality"] is not None:
        test = theirs["test_equality"]
        layout = {"MS(T)": ours.components.ms_modality, "MS(T:R)": ours.components.ms_interaction,
                  "Cov1": components["cov1"], "Cov2": components["cov2"],
                  "Cov3": components["cov3"], "Denominator": ours.denominator,
                  "F": ours.statistic, "X2": ours.statistic, "df": ours.df1, "df1": ours.df1,
                  "df2": ours.df2, "p-value": ours.pvalue}  # fmt: skip
        for key, value in test.items():
            yield from pairs(f"{label} {key}", [layout[key]], value, **TAIL)
    if theirs["test_means"] is not None:
        means = theirs["test_means"]
        columns = {
            "Estimate": [m.value for m in ours.means],
            "StdErr": [m.se for m in ours.means],
            "CI_lower": [m.low for m in ours.means],
            "CI_upper": [m.high for m in ours.means],
            "df": ours.mean_df,
            "MS(R)": ours.merit.var(axis=1, ddof=1),
        }
        square = None if ours.covariance is None else _by_modality(ours)
        for key, value in means.items():
            if key in columns:
                yield from pairs(f"{label} means {key}", columns[key], value, **TAIL)
            elif square is not None:  # Var(Error) and Cov2 of each modality
                mine = [_part(block, key, ours.design) for block in square]
                yield from pairs(f"{label} means {key}", mine, value, **TAIL)
    for key, found in (
        ("test_diffs", ours.differences),
        ("reader_test_diffs", ours.reader_differences),
    ):
        if theirs[key] is not None:
            yield from differences(f"{label} {key}", found, theirs[key], len(ours.readers))
    if theirs["reader_means"] is not None:
        each, table = ours.reader_frame(), theirs["reader_means"]
        each["low"], each["high"] = _limits(ours.reader_means)
        figure = next(k for k in table if k not in ("treatment", "reader") and k[0] != "S"
                      and k[0] != "C")  # fmt: skip
        for key, mine in ((figure, "value"), ("StdErr", "se"), ("CI_lower", "low"),
                          ("CI_upper", "high")):  # fmt: skip
            yield from pairs(f"{label} reader means {key}", each[mine], table[key], **TAIL)


def differences(label, found, theirs, r):
    """Differences in R's order: pairs of modalities, within each reader where there are readers."""
    value = np.array([d.estimate.value for d in found])
    se = np.array([d.estimate.se for d in found])
    statistic, p = [d.statistic for d in found], [d.pvalue for d in found]
    low, high = _limits([d.estimate for d in found])
    if found[0].reader and len(found) > r:
        # With three modalities or more MRMCaov 0.3.0 hands the readers' errors out row by row,
        # reader 1's to row 1, reader 2's to row 2 ..., though each reader has several rows: its
        # table is wrong there. Its errors are compared as it hands them out.
        each = se[:: len(found) // r]
        se = np.resize(each, se.size)
        statistic, p = value / se, 2 * ndtr(-abs(value / se))
        low, high = value - ndtri(0.975) * se, value + ndtri(0.975) * se
    mine = {"Estimate": value, "StdErr": se, "CI_lower": low, "CI_upper": high,
            "df": [d.df for d in found], "t": statistic, "z": statistic, "p-value": p}  # fmt: skip
    for key, values in theirs.items():
        if key in mine:
            yield from pairs(f"{label} {key}", mine[key], values, **TAIL)


def _limits(estimates):
    """Limits; where nothing varied ours has no interval, MRMCaov one without width."""
    low, high = ([getattr(e, side) if e.se != 0 else e.value for e in estimates]
                 for side in ("low", "high"))  # fmt: skip
    return low, high


def _by_modality(ours):
    r = len(ours.readers)
    size = len(ours.modalities)
    whole = ours.covariance.reshape(size, r, size, r)
    return [whole[i, :, i, :] for i in range(size)]


def _part(block, key, design):
    r = block.shape[0]
    if key == "Var(Error)":
        return np.diag(block).mean()
    apart = design == "cases nested in readers"
    return 0.0 if apart else (block.sum() - np.trace(block)) / (r * (r - 1))


def mrmc_auc(dataset, method):
    def read(r, data):
        found = study(data, dataset)
        for name, theirs in r.items():
            ours = found.mrmc(covariance=method.lower(), **VIEWS[name])
            yield from analysed(theirs, ours, f"{dataset} {method} {name}")

    return read


def mrmc_other(dataset):
    def read(r, data):
        found = study(data, dataset)
        for name, options in FIGURES.items():
            yield from analysed(r[name], found.mrmc(**options), f"{dataset} {name}")
        table = data(dataset).astype({"reader": str, "treatment": str})
        alone = ReaderStudy.from_frame(
            table[table["reader"] == "1"].drop(columns="call"), columns=NAMES
        )
        # alone, srmc takes the modalities as crossed whatever cases were read
        ours = alone.mrmc(readers="fixed")
        yield from analysed(r["single_reader"], ours, f"{dataset} single reader")
        for key, theirs in r["stmc"].items():
            modality, reader = (part[1:] for part in key.split("_"))
            rows = table[(table["reader"] == reader) & (table["treatment"] == modality)]
            one = ReaderStudy.from_frame(rows.drop(columns="call"), columns=NAMES)
            mean = one.mrmc(covariance="delong", readers="fixed").means[0]
            mine = [mean.value, mean.se, mean.low, mean.high]
            columns = ("empirical_auc", "StdErr", "CI.Lower", "CI.Upper")
            yield from pairs(f"{dataset} {key}", mine, [theirs[c] for c in columns])

    return read


def mrmc_calls(dataset):
    def read(r, data):
        found = study(data, dataset)
        views = {
            "rrrc": {"readers": "random"},
            "frrc": {"readers": "fixed"},
            "rrfc": {"readers": "random", "cases": "fixed"},
        }
        for name, theirs in r.items():
            figure, view = name.split("_")
            ours = found.mrmc(figure=figure, **views[view])
            yield from analysed(theirs, ours, f"{dataset} {name}")

    return read


def mrmc_nested(r, data):
    table = data("VanDyke_nested", dtype=str).drop(columns="case")  # "1.1" is not "1.10"
    for name, case in (("cases_nested_in_readers", "case2"), ("cases_nested_in_tests", "case3")):
        found = ReaderStudy.from_frame(table, columns={**NAMES, "case_id": case})
        yield from analysed(r[name], found.mrmc(covariance="unbiased", readers="random"), name)


def rjafroc(method):
    def read(r, data):
        found = study(data)
        anova = found.pseudovalue_anova()
        yield from _figures(r["FOMs"], found.mrmc())
        yield from (_dbm_table if method == "DBM" else _or_table)(r["ANOVA"], found, anova)
        both, fixed_cases = found.mrmc(), found.mrmc(cases="fixed")
        yield from _random(r["RRRC"], both, anova, "RRRC", method)
        yield from _random(r["RRFC"], fixed_cases, anova, "RRFC", method)
        if method == "DBM":
            yield from _fixed_dbm(r["FRRC"], anova)
        else:
            yield from _fixed_or(r["FRRC"], found.mrmc(readers="fixed"))

    return read


def _figures(theirs, ours):
    yield from pairs("figures", ours.merit.T, [theirs["foms"][f"rdr{k}"] for k in range(1, 6)])
    yield from pairs("means", [m.value for m in ours.means], theirs["trtMeans"]["Estimate"])
    difference = ours.differences[0].estimate.value
    yield from pairs("difference", [difference], theirs["trtMeanDiffs"]["Estimate"])


def _dbm_table(theirs, found, anova):
    table, total = anova.frame(), theirs["TRCanova"]
    squares, df = [*table["sum_of_squares"]], [*table["df"]]
    yield from pairs("SS", [*squares, sum(squares)], total["SS"])
    yield from pairs("DF", [*df, sum(df)], total["DF"])
    yield from pairs("MS", [*table["mean_square"], np.nan], total["MS"])
    components = list(anova.variance_components().values())
    yield from pairs("components", components, theirs["VarCom"]["Estimates"], atol=1e-15)
    m, r, units = anova.pseudovalues.shape
    for i in range(m):
        yield from pairs(f"trt{i + 1}", _mean_squares(anova.pseudovalues[i]),
                         theirs["IndividualTrt"][f"Trt{i + 1}"])  # fmt: skip
    yield from pairs("trt df", [r - 1, units - 1, (r - 1) * (units - 1)],
                     theirs["IndividualTrt"]["DF"])  # fmt: skip
    for k in range(r):
        yield from pairs(f"rdr{k + 1}", _mean_squares(anova.pseudovalues[:, k]),
                         theirs["IndividualRdr"][f"rdr{k + 1}"])  # fmt: skip
    yield from pairs("rdr df", [m - 1, units - 1, (m - 1) * (units - 1)],
                     theirs["IndividualRdr"]["DF"])  # fmt: skip


def _mean_squares(table):
    """Rows, columns and their interaction of a two-way table."""
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    left = table - rows[:, None] - columns + table.mean()
    a, b = table.shape
    return [
        b * rows.var(ddof=1),
        a * columns.var(ddof=1),
        (left**2).sum() / ((a - 1) * (b - 1)),
    ]


def _or_table(theirs, found, anova):
    ours = found.mrmc()
    table, components = ours.anova(), ours.variance_components()
    yield from pairs("SS", table["df"] * table["mean_square"], theirs["TRanova"]["SS"])
    yield from pairs("DF", table["df"], theirs["TRanova"]["DF"])
    yield from pairs("MS", table["mean_square"], theirs["TRanova"]["MS"])
    names = ("reader", "modality x reader", "cov1", "cov2", "cov3", "error")
    mine = [components[name] for name in names]
    yield from pairs("components", mine, theirs["VarCom"]["Estimates"])
    rhos = [np.nan, np.nan, *(components[c] / components["error"] for c in names[2:5]), np.nan]
    yield from pairs("rhos", rhos, theirs["VarCom"]["Rhos"])
    one, r = theirs["IndividualTrt"], len(ours.readers)
    blocks = _by_modality(ours)
    yield from pairs("trt DF", [r - 1] * 2, one["DF"])
    yield from pairs("trt MS", ours.merit.var(axis=1, ddof=1), one["msREachTrt"])
    yield from pairs("trt var", [np.diag(b).mean() for b in blocks], one["varEachTrt"])
    yield from pairs("trt cov2", [_part(b, "Cov2", "") for b in blocks], one["cov2EachTrt"])
    yield from pairs("rdr DF", [1] * r, theirs["IndividualRdr"]["DF"])
    yield from pairs(
        "rdr MS", ours.merit.var(axis=0, ddof=1), theirs["IndividualRdr"]["msTEachRdr"]
    )
    yield from _of_readers(theirs["IndividualRdr"], ours)


def _of_readers(theirs, ours):
    """Variance and covariance of the modalities within each reader."""
    r = len(ours.readers)
    whole = ours.covariance.reshape(2, r, 2, r)
    own = [whole[:, k, :, k] for k in range(r)]
    yield from pairs("rdr var", [np.diag(b).mean() for b in own], theirs["varEachRdr"])
    yield from pairs("rdr cov1", [b[0, 1] for b in own], theirs["cov1EachRdr"])


def _random(theirs, ours, anova, view, method):
    """Random readers: the F test, the difference and the means, by either analysis."""
    test, difference = theirs["FTests"], ours.differences[0]
    units = anova.pseudovalues.shape[2]
    dbm = next(t for t in anova.tests if t.random == ours.random)
    scale = units if method == "DBM" else 1  # mean squares of pseudovalues are n times those
    yield from pairs(f"{view} DF", [ours.df1, ours.df2], test["DF"])
    yield from pairs(f"{view} DF of pseudovalues", [dbm.df1, dbm.df2], test["DF"])
    squares = [scale * ours.components.ms_modality, scale * ours.denominator]
    yield from pairs(f"{view} MS", squares, test["MS"])
    statistic = test["FStat"] if "FStat" in test else test["F"]
    yield from pairs(f"{view} F", [ours.statistic, np.nan], statistic)
    yield from pairs(f"{view} F of pseudovalues", [dbm.statistic, np.nan], statistic)
    yield from pairs(f"{view} p", [ours.pvalue, np.nan], test["p"], **TAIL)
    yield from pairs(f"{view} p of pseudovalues", [dbm.pvalue, np.nan], test["p"], **TAIL)
    yield from _rows(f"{view} difference", [difference.estimate], [difference.df],
                     theirs["ciDiffTrt"], [(difference.statistic, difference.pvalue)])  # fmt: skip
    means = theirs["ciAvgRdrEachTrt"]
    yield from _rows(f"{view} means", ours.means, ours.mean_df, means)
    if "Cov2" in means:
        blocks = [_part(b, "Cov2", "") for b in _by_modality(ours)]
        yield from pairs(f"{view} cov2", blocks, means["Cov2"])


def _fixed_dbm(theirs, anova):
    """Fixed readers by pseudovalues: Student's t over the cases."""
    test = next(t for t in anova.tests if t.random == ("cases",))
    ms = anova.mean_squares()
    yield from pairs("FRRC DF", [test.df1, test.df2], theirs["FTests"]["DF"])
    yield from pairs("FRRC MS", [ms["modality"], ms["modality x case"]], theirs["FTests"]["MS"])
    yield from pairs("FRRC F", [test.statistic, np.nan], theirs["FTests"]["FStat"])
    yield from pairs("FRRC p", [test.pvalue, np.nan], theirs["FTests"]["p"], **TAIL)
    df = anova.pseudovalues.shape[2] - 1
    for key, found in (("ciDiffTrt", anova.differences), ("ciDiffTrtEachRdr",
                                                          anova.reader_differences)):  # fmt: skip
        estimates = list(found.values())
        tests = [(e.value / e.se, None) for e in estimates]
        yield from _rows(f"FRRC {key}", estimates, [df] * len(estimates), theirs[key], tests)
        p = [2 * _t_tail(abs(e.value / e.se), df) for e in estimates]
        yield from pairs(f"FRRC {key} p", p, theirs[key]["PrGTt"], **TAIL)
    means = theirs["ciAvgRdrEachTrt"]
    yield from _rows("FRRC means", anova.means, [df] * 2, means)


def _fixed_or(theirs, ours):
    """Fixed readers by Obuchowski and Rockette: normal."""
    test = theirs["FTests"]
    yield from pairs("FRRC MS", [ours.components.ms_modality, ours.denominator], test["MS"])
    yield from pairs("FRRC chi", [ours.statistic, np.nan], test["Chisq"])
    yield from pairs("FRRC DF", [ours.df1, np.nan], test["DF"])
    yield from pairs("FRRC p", [ours.pvalue, np.nan], test["p"], **TAIL)
    for key, found in (("ciDiffTrt", ours.differences),
                       ("ciDiffTrtEachRdr", ours.reader_differences)):  # fmt: skip
        tests = [(d.statistic, d.pvalue) for d in found]
        yield from _rows(f"FRRC {key}", [d.estimate for d in found], None, theirs[key], tests)
    means = theirs["ciAvgRdrEachTrt"]
    units = ours.n - 1  # RJafroc prints it beside a normal interval
    yield from _rows("FRRC means", ours.means, [units] * 2, means)
    yield from _of_readers(theirs["IndividualRdrVarCov1"], ours)


def _rows(label, estimates, df, theirs, tests=None):
    """A table of estimates as RJafroc prints it."""
    for key, mine in (("Estimate", "value"), ("StdErr", "se"), ("CILower", "low"),
                      ("CIUpper", "high")):  # fmt: skip
        yield from pairs(f"{label} {key}", [getattr(e, mine) for e in estimates], theirs[key])
    if df is not None:
        yield from pairs(f"{label} DF", df, theirs["DF"])
    for statistic, tail in (("t", "PrGTt"), ("z", "PrGTz")):
        if tests and statistic in theirs:
            yield from pairs(f"{label} {statistic}", [t[0] for t in tests], theirs[statistic])
            if tests[0][1] is not None:
                yield from pairs(f"{label} p", [t[1] for t in tests], theirs[tail], **TAIL)


def _t_tail(t, df):
    return stdtr(df, -t)


def ai_vs_readers(dataset):
    def read(r, data):
        table = data(f"ai_vs_readers_{dataset}").astype({"reader": str, "treatment": str})
        model = table[table["reader"] == "0"].rename(
            columns={"case": "case_id", "rating": "y_score"}
        )
        reads = table[table["reader"] != "0"]
        found = ReaderStudy.from_frame(
            reads, model=model[["case_id", "y_score"]], columns=NAMES, scale="own"
        )
        for name, options in (("1T-RRFC", {"cases": "fixed"}), ("1T-RRRC", {})):
            ours, theirs = found.compare_with_model(readers="random", **options), r[name]
            average, gap = ours.reader_average, ours.difference
            yield from pairs(f"{name} model", [ours.model_value.value], theirs["fomCAD"])
            yield from pairs(f"{name} readers", ours.reader_values, theirs["fomRAD"])
            yield from pairs(f"{name} average", [average.value], theirs["avgRadFom"])
            # RJafroc takes readers minus model
            yield from pairs(f"{name} difference", [-gap.value], theirs["avgDiffFom"])
            yield from pairs(f"{name} CI", [-gap.high, -gap.low], theirs["CIAvgDiffFom"])
            yield from pairs(f"{name} varR", [ours.var_readers], theirs["varR"])
            yield from _single(f"{name} T", -ours.statistic, theirs["Tstat"])
            yield from _single(f"{name} df", ours.df, theirs["df"])
            yield from _single(f"{name} p", ours.pvalue, theirs["pval"])
            if "cases" in options:
                limits = [average.low, average.high]
                yield from pairs(f"{name} average CI", limits, theirs["CIAvgRadFom"])
            else:
                # RJafroc puts the difference's half width around the readers' average; ours is
                # the average's own interval
                half = (gap.high - gap.low) / 2
                limits = [average.value - half, average.value + half]
                yield from pairs(f"{name} average CI", limits, theirs["CIAvgRad"])
                yield from pairs(f"{name} varError", [ours.var_error], theirs["varError"])
                yield from pairs(f"{name} cov2", [ours.cov2], theirs["cov2"])

    return read


def _single(label, ours, theirs):
    """One number, which RJafroc gives as a list or under a reader's name."""
    value = next(iter([theirs[k] for k in theirs])) if isinstance(theirs, dict) else theirs
    yield from pairs(label, [ours], [value] if not isinstance(value, list) else value, **TAIL)


FAMILIES = {
    "mrmc_VanDyke_auc_DeLong": (mrmc_auc("VanDyke", "DeLong"), 388),
    "mrmc_VanDyke_auc_jackknife": (mrmc_auc("VanDyke", "jackknife"), 432),
    "mrmc_VanDyke_auc_unbiased": (mrmc_auc("VanDyke", "unbiased"), 388),
    "mrmc_Kundel_auc_jackknife": (mrmc_auc("Kundel", "jackknife"), 635),
    "mrmc_Kundel_auc_unbiased": (mrmc_auc("Kundel", "unbiased"), 569),
    "mrmc_VanDyke_other": (mrmc_other("VanDyke"), 390),
    "mrmc_Kundel_other": (mrmc_other("Kundel"), 554),
    "mrmc_VanDyke_sens_spec": (mrmc_calls("VanDyke"), 776),
    "mrmc_Kundel_sens_spec": (mrmc_calls("Kundel"), 1138),
    "mrmc_VanDyke_nested": (mrmc_nested, 322),
    "rjafroc_VanDyke_DBM": (rjafroc("DBM"), 192),
    "rjafroc_VanDyke_OR": (rjafroc("OR"), 190),
    "ai_vs_readers_NICO": (ai_vs_readers("NICO"), 42),
    "ai_vs_readers_VanDyke": (ai_vs_readers("VanDyke"), 34),
}


def own(r):
    """The project's own simulated study, analysed in R from pROC's covariances."""
    score, y = np.array(r["score"]), np.array(r["y"])
    m, readers, n = score.shape
    rows = [
        (f"c{k}", f"r{j}", "first" if j < 3 else "second", f"m{i}", score[i, j, k], y[k])
        for i in range(m)
        for j in range(readers)
        for k in range(n)
    ]
    names = ["case_id", "reader", "level", "modality", "score", "y_true"]
    model = pd.DataFrame({"case_id": [f"c{k}" for k in range(n)], "y_score": r["model"]})
    found = ReaderStudy.from_frame(pd.DataFrame(rows, columns=names), model=model)
    ours, theirs = found.mrmc(covariance="delong"), r["mrmc"]
    yield from pairs("areas", ours.merit.ravel(), r["area"][:12])
    yield from pairs("covariance", ours.covariance, np.array(r["covariance"])[:12, :12])
    part = ours.components
    squares = [part.ms_modality, part.ms_reader, part.ms_interaction]
    yield from pairs("ms", squares, theirs["ms"])
    yield from pairs("cov", [part.cov1, part.cov2, part.cov3], theirs["cov"])
    gap = ours.differences[0].estimate
    yield from pairs("mrmc", [ours.statistic, ours.df2, ours.pvalue, gap.value, gap.se],
                     [theirs[key] for key in ("f", "df2", "p", "difference", "se")])  # fmt: skip
    fixed = found.mrmc(covariance="delong", readers="fixed")
    yield from pairs("fixed", [fixed.pvalue], [theirs["fixed_p"]])
    nested = found.compare_groups(covariance="delong", modality="m0").differences[0]
    keys = ("difference", "se", "df", "p")
    yield from pairs("groups", [nested.estimate.value, nested.estimate.se, nested.df,
                                nested.pvalue], [r["groups"][key] for key in keys])  # fmt: skip
    alone = found.compare_with_model(covariance="delong", modality="m0")
    mine = [alone.difference.value, alone.difference.se, alone.df, alone.pvalue, alone.cov2]
    yield from pairs("alone", mine, [r["alone"][key] for key in (*keys, "cov2")])


OWN = Path(__file__).resolve().parents[1] / "reference" / "readers.json"


def own_results():
    return json.loads(OWN.read_text(encoding="utf-8"))


def say(family, compared):
    worst = max(compared, key=lambda pair: pair.relative)
    failed = [pair.label for pair in compared if not pair.agrees]
    said = f"| {family} | {len(compared)} | {worst.relative:.1e} ({worst.label}) |"
    sys.stdout.write(" ".join([said, *failed]) + "\n")


def main():
    say("own: readers", list(own(own_results())))
    from tests.stats.conftest import FOLDER, Reference

    if not FOLDER.is_dir():
        return
    reference = Reference()
    for family, (read, _) in FAMILIES.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RadlnWarning)
            compared = list(read(reference.results(family), reference.data))
        say(family, compared)


if __name__ == "__main__":
    main()
