"""Every value of R's files on U-statistics of readers and on planning their studies, beside ours.

``python -m tests.stats.reference_reader_designs`` prints, for each family, how many values were
compared and the largest relative difference.
"""

import numpy as np
from scipy.special import fdtri, ndtr, ndtri

from radln.stats import size_mrmc, u_statistics
from radln.stats.readers.study import ReaderStudy
from tests.stats.reference_2x2 import Pair, number, pairs
from tests.stats.reference_agreement import say

# 1 - pnorm(z) and 1 - pt(t) end at R's rounding error
P = {"atol": 1e-15}
EXCUSED = {
    "imrmc_VanDyke": {},
    "mrmc_sample_size_VanDyke": {},
}


def cube(data, reader, modality, case, score, truth):
    """A table of reads as y_true and score (modality, reader, case), with the names."""
    kinds = [sorted(data[column].unique()) for column in (modality, reader, case)]
    places = [
        data[column].map({name: i for i, name in enumerate(names)})
        for column, names in zip((modality, reader, case), kinds, strict=True)
    ]
    reads = np.full([len(names) for names in kinds], np.nan)
    reads[tuple(places)] = data[score]
    y = data.drop_duplicates(case).set_index(case)[truth].loc[kinds[2]].to_numpy()
    names = [[str(name) for name in kind] for kind in kinds[:2]]
    return y, reads, {"modalities": names[0], "readers": names[1]}


def van_dyke(data):
    y, reads, names = cube(data("VanDyke"), "reader", "treatment", "case", "rating", "truth")
    return u_statistics(
        y,
        reads,
        readers=[f"r{name}" for name in names["readers"]],
        modalities=[f"m{name}" for name in names["modalities"]],
    )


def imrmc(r, data):
    ours = van_dyke(data)
    table, theirs = ours.per_reader, r["perReader"]
    assert table["reader"].tolist() == theirs["readerID"]
    assert table["modality_a"].tolist() == theirs["modalityA"]
    alone = table["modality_b"] == ""
    of_two = ("value", "variance")
    for column, key in (
        ("n_negative", "N0"),
        ("n_positive", "N1"),
        ("value_a", "AUCA"),
        ("variance_a", "varAUCA"),
        ("value_b", "AUCB"),
        ("variance_b", "varAUCB"),
        ("value", "AUCAminusAUCB"),
        ("variance", "varAUCAminusAUCB"),
    ):
        mine = table[column].mask(alone) if column in of_two else table[column]
        yield from pairs(f"reader {key}", mine, theirs[key])
    for key, estimator in (("Ustat", "unbiased"), ("MLEstat", "v-statistic")):
        rows = [average for average in ours.averages if average.estimator == estimator]
        for i, row in enumerate(rows):
            yield from _row(f"{key} {row.label}", ours, row, r[key], i)
    for decomposition in ("BCK", "BDG"):
        for key, estimator in (("Ustat", "unbiased"), ("MLE", "v-statistic")):
            table = ours.components
            table = table[(table["decomposition"] == decomposition)]
            table = table[table["estimator"] == estimator]
            for part, column in (("comp", "component"), ("coeff", "coefficient")):
                held = r["varDecomp"][decomposition][key][part]
                for term in (term for term in held if not term.startswith("modality")):
                    mine = table.loc[table["term"] == term, column]
                    yield from pairs(f"{decomposition} {key} {part} {term}", mine, held[term])


def _row(label, ours, row, theirs, i):
    """One average or difference; the normal approximation follows from its standard error."""
    of = {key: number(theirs[key][i]) for key in theirs if isinstance(theirs[key][i], int | float)}
    of |= {key: np.nan for key in theirs if theirs[key][i] is None}
    yield from pairs(
        f"{label} n",
        [row.n_readers, row.n_negative, row.n_positive],
        [of["NR"], of["N0"], of["N1"]],
    )
    a = ours.average(row.modality_a, estimator=row.estimator)
    b = ours.average(row.modality_b, estimator=row.estimator) if row.modality_b else None
    mine = [a.estimate.value, a.variance]
    mine += [b.estimate.value, b.variance] if b else [np.nan, np.nan]
    mine += [row.estimate.value, row.variance] if b else [np.nan, np.nan]
    keys = ("AUCA", "varAUCA", "AUCB", "varAUCB", "AUCAminusAUCB", "varAUCAminusAUCB")
    yield from pairs(f"{label} values", mine, [of[key] for key in keys])
    arm = ndtri(0.975) * row.estimate.se
    ends = [row.estimate.value - arm, row.estimate.value + arm]
    yield from pairs(f"{label} normal", ends, [of["botCInormal"], of["topCInormal"]])
    z = (row.estimate.value - (0 if b else 0.5)) / row.estimate.se
    normal = 2 * ndtr(-abs(z))
    yield Pair(f"{label} normal p", normal, of["pValueNormal"], **P)
    yield Pair(f"{label} normal rejects", normal <= 0.05, of["rejectNormal"])
    mine = [row.df, row.estimate.low, row.estimate.high]
    yield from pairs(label, mine, [of[key] for key in ("dfBDG", "botCIBDG", "topCIBDG")])
    yield Pair(f"{label} p", row.pvalue, of["pValueBDG"], **P)
    yield Pair(f"{label} rejects", row.pvalue <= 0.05, of["rejectBDG"])


def pilot_of_van_dyke(data):
    """The components of the whole analysis, as arguments of a plan."""
    reads = data("VanDyke").rename(
        columns={"treatment": "modality", "case": "case_id", "rating": "score", "truth": "y_true"}
    )
    analysis = ReaderStudy.from_frame(reads.drop(columns="call")).mrmc()
    part = analysis.components
    return {
        "var_tr": part.var_interaction,
        "cov1": part.cov1,
        "cov2": part.cov2,
        "cov3": part.cov3,
        "var_error": part.var_error,
        "pilot_cases": analysis.n,
        "pilot_positive": analysis.n_positive,
    }


def planning(r, data):
    pilot = pilot_of_van_dyke(data)
    k = r["K_given_J6_es0.05"]
    size = size_mrmc(0.05, n_readers=6, power=0.8, **pilot)
    yield from pairs("cases", [size.n, size.power], [k["KRRRC"][0], k["powerRRRC"][0]])
    theirs = r["power_J6_K150_es0.05"]
    size = size_mrmc(0.05, n_readers=6, n_cases=150, **pilot)
    mine = [size.power, size.values["noncentrality"], size.values["df"]]
    keys = ("powerRRRC", "ncpRRRC", "df2RRRC")
    yield from pairs("power", mine, [theirs[key][0] for key in keys])
    yield Pair("critical F", fdtri(1, size.values["df"], 0.95), theirs["fRRRC"][0])
    table = r["power_table"]["powerTableRRRC"]
    numbers = [int(one) for one in table["numReaders"]]
    cases, powers = table["numCases"], table["power"]
    found = size_mrmc(0.05, n_readers=sorted(set(numbers))[1:], power=0.8, **pilot)
    rows = found.frame().set_index("n_readers")
    for j, n, power in zip(numbers, cases, powers, strict=True):
        if n == ">2000":
            low = size_mrmc(0.05, n_readers=j, n_cases=2000, **pilot)
            yield Pair(f"{j} readers: 2000 cases are too few", low.power < 0.8, 1)
            continue
        yield Pair(f"{j} readers: cases", rows.loc[j, "n"], int(n))
        # R printed three digits
        yield Pair(f"{j} readers: power", rows.loc[j, "power"], float(power), 0, 5.001e-4)


FAMILIES = {
    "mrmc_sample_size_VanDyke": (planning, 300),
    "imrmc_VanDyke": (imrmc, 300),
}


def main():
    from tests.stats.conftest import FOLDER, Reference

    if FOLDER.is_dir():
        reference = Reference()
        for family, (read, _) in FAMILIES.items():
            say(family, list(read(reference.results(family), reference.data)))


if __name__ == "__main__":
    main()
