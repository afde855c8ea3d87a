"""Tables that lie another way than one row a case and one column a rater, and ratings that do not.

What is refused must be refused; what are ratings must pass, whatever the raters' habits.
"""

import numpy as np
import pandas as pd
import pytest

from radln import ReaderStudy
from radln.errors import InputError
from radln.stats import bland_altman, icc, kappa, rater_agreement
from tests.rows import each_row

EXPECTED = "one row a case, one column a rater, the value the category"
RNG = np.random.default_rng(11)
NAN = np.nan


def graded(n=40, raters=3, grades=4, noise=0.6, seed=0, start=0):
    """Ratings of raters who agree fairly."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n, 1)) + noise * rng.normal(size=(n, raters))
    return np.digitize(latent, np.linspace(-1, 1, grades - 1)) + start


def counted(n=30, low=2, high=6, categories=3, seed=0):
    """How many raters, of unlike numbers, gave each category."""
    rng = np.random.default_rng(seed)
    mostly = rng.integers(0, categories, n)
    return np.array(
        [
            rng.multinomial(
                rng.integers(low, high + 1),
                np.where(np.arange(categories) == k, 0.8, 0.2 / (categories - 1)),
            )
            for k in mostly
        ]
    )


COUNTS = {
    "unlike sums": [[3, 0, 0], [0, 2, 1], [1, 1, 0], [0, 0, 2]],
    "many rows": counted(),
    "two categories": counted(categories=2, seed=1),
    "many raters, no zero": 1 + 4 * counted(seed=2),
    "same sums, no zero": [[1, 4], [2, 3], [4, 1], [3, 2]],
    "empty cells": [[3, NAN, NAN], [NAN, 2, 1], [1, 2, NAN], [NAN, NAN, 3]],
    "table": pd.DataFrame(counted(seed=3), columns=["benign", "unclear", "malignant"]),
    "text": np.array(counted()).astype(str),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_no_ratings(name):
    with pytest.raises(InputError, match=r"looks like counts of raters by category") as raised:
        rater_agreement(COUNTS[name])
    assert EXPECTED in str(raised.value)
    assert "np.repeat(categories, row)" in str(raised.value)
    assert "name the categories with labels" in str(raised.value)


def test_labels_say_that_numbers_are_ratings():
    table = np.array(COUNTS["unlike sums"])
    assert rater_agreement(table, labels=[0, 1, 2, 3]).n == 4
    shares = np.array([[0.5, 0.5], [1, 0], [0, 1]])
    assert rater_agreement(shares, labels=[0, 0.5, 1]).n == 3


def test_the_remedy_for_counts_gives_the_agreement_of_the_counts():
    table = counted()
    most = table.sum(axis=1).max()
    written = [[*np.repeat(["a", "b", "c"], row), *[None] * (most - row.sum())] for row in table]
    assert rater_agreement(written).value > 0.3
    assert rater_agreement(written).n_raters == most


def test_counts_with_their_total_are_no_ratings():
    table = counted(categories=2)
    with pytest.raises(InputError, match=r"column 3 is the sum of the others"):
        rater_agreement(np.column_stack([table, table.sum(axis=1)]))


@pytest.mark.parametrize("total", [1, 100])
@pytest.mark.parametrize("digits", [2, 12])
def test_shares_are_no_ratings(total, digits):
    table = counted()
    shares = (total * table / table.sum(axis=1)[:, None]).round(digits)
    with pytest.raises(InputError, match=f"every row adds up to {total}") as raised:
        rater_agreement(shares)
    assert EXPECTED in str(raised.value)
    assert "number of raters" in str(raised.value)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_one_hot_columns_are_no_ratings(k):
    one_hot = np.eye(k, dtype=int)[RNG.integers(0, k, 20)]
    for table in (one_hot, one_hot.astype(bool), pd.DataFrame(one_hot)):
        with pytest.raises(InputError, match=r"exactly 1 times 1.*one-hot") as raised:
            rater_agreement(table)
        assert "np.argmax(table, axis=1)" in str(raised.value)
    # of two raters side by side
    both = np.column_stack([one_hot, one_hot[::-1]])
    with pytest.raises(InputError, match="exactly 2 times 1"):
        rater_agreement(both)
    for codes in (one_hot + 1, 2 * one_hot - 1):
        with pytest.raises(InputError, match=r"exactly 1 times [12].*one-hot"):
            rater_agreement(codes)
    # of few rows chance may have made it
    assert any("one-hot" in note for note in rater_agreement(np.eye(3, dtype=int)).warnings)


@pytest.mark.parametrize("raters", [2, 3, 4, 6])
@pytest.mark.parametrize("prevalence", [0.05, 0.3, 0.5])
def test_binary_ratings_pass(raters, prevalence):
    refused = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        sick = rng.random((30, 1)) < prevalence
        table = np.where(rng.random((30, raters)) < 0.15, ~sick, sick).astype(int)
        found = rater_agreement(table)
        refused += any("one-hot" in note for note in found.warnings)
    assert refused == 0


def test_even_binary_ratings_by_chance_pass():
    for seed in range(200):
        table = np.random.default_rng(seed).integers(0, 2, (12, 3))
        assert rater_agreement(table).n == 12


@pytest.mark.parametrize("grades", [3, 5, 11])
@pytest.mark.parametrize("raters", [2, 3, 5])
def test_ratings_of_raters_who_agree_pass_without_a_word(raters, grades):
    for seed in range(40):
        for start in (0, 1):
            table = graded(30, raters, grades, 0.5, seed, start)
            assert not any("counts" in w for w in rater_agreement(table).warnings), (seed, start)


def test_ratings_of_some_raters_each_pass():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        table = graded(40, 5, 5, 0.5, seed, start=1).astype(float)
        for row in table:
            row[rng.permutation(5)[:3]] = NAN
        assert rater_agreement(table).n == 40


def test_a_reader_study_knows_that_it_holds_ratings():
    table = np.array(COUNTS["unlike sums"] * 5)
    reads = pd.DataFrame(
        [
            (case, f"R{r}", value, case % 2)
            for case, row in enumerate(table)
            for r, value in enumerate(row)
        ],
        columns=["case_id", "reader", "score", "y_true"],
    )
    study = ReaderStudy.from_frame(reads)
    with pytest.raises(InputError, match="counts"):
        rater_agreement(table)
    assert len(study.agreement(of="score").frame()) > 0


# --- columns that are no raters ---------------------------------------------------------------

SIZE = 8 + 4 * RNG.random(20)
SIZES = np.column_stack([SIZE + RNG.normal(size=20) for _ in range(3)])
GRADES = graded(20, 3, 5, start=1)
NUMBERING = {
    "from 1": np.arange(1, 21),
    "from 0": np.arange(20),
    "downwards": np.arange(20, 0, -1),
    "accession": 4000 + np.cumsum(RNG.integers(1, 9, 20)),
}


@pytest.mark.parametrize("name", NUMBERING)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_an_array_with_a_column_that_numbers_the_rows_is_refused(name, place):
    number = NUMBERING[name]
    for function, ratings in ((icc, SIZES), (icc, GRADES), (rater_agreement, GRADES)):
        ratings = ratings[: number.size]
        table = np.insert(ratings.astype(float), place, number, axis=1)
        for given in (table, table.tolist()):
            with pytest.raises(InputError, match=f"column {place + 1} looks like an ident") as told:
                function(given)
            assert "Leave it out" in str(told.value)
        function(ratings)


def test_few_rows_with_their_number_are_refused_or_noted():
    for ratings in (SIZES[:6], GRADES[:6]):
        try:
            notes = icc(np.column_stack([np.arange(1, 7), ratings])).warnings
        except InputError as told:
            assert "column 1 looks like an identifier" in str(told)
        else:
            assert any("column 1 of ratings holds the numbers of the rows" in w for w in notes)
    for column in (np.arange(1, 5), RNG.permutation(20)):
        notes = icc(np.column_stack([column, SIZES[: column.size]])).warnings
        assert any("column 1 of ratings holds the numbers of the rows" in note for note in notes)


def test_nodes_of_numbered_patients_are_no_rater():
    patient = np.sort(np.append(np.arange(40), RNG.integers(0, 40, 20)))
    sizes = 8 + 4 * RNG.random((60, 1)) + RNG.normal(size=(60, 2))
    with pytest.raises(InputError, match="column 1 looks like an identifier"):
        icc(np.column_stack([patient, sizes]))


def test_reads_of_some_raters_each_in_order_are_refused():
    some = np.concatenate([RNG.permutation(4)[:2] for _ in range(10)])
    reads = np.column_stack([np.repeat(np.arange(10), 2), some, RNG.normal(size=20)])
    with pytest.raises(InputError, match="column 1 looks like an identifier"):
        icc(reads)


def test_ratings_in_another_order_pass():
    mixed = RNG.permutation(20)
    table = np.column_stack([np.arange(1, 21), SIZES])[mixed]
    assert icc(table).n_raters == 4
    sorted_by_one = np.sort(SIZE * 10).round()
    alike = np.column_stack([sorted_by_one, sorted_by_one + RNG.normal(size=20)])
    assert not icc(alike).warnings


def test_numbers_that_are_apart_and_out_of_order_are_noted():
    number = 4000 + RNG.permutation(20)
    found = icc(np.column_stack([number, SIZES]))
    assert any("column 1 of ratings looks like an identifier" in note for note in found.warnings)
    assert "has another unit" in found.summary() + repr(found)


def test_identifiers_in_the_place_of_one_of_two_raters_are_refused():
    for a, b in ((np.arange(20), GRADES[:, 0]), (GRADES[:, 0], 100 + np.arange(20))):
        with pytest.raises(InputError, match=r"a and b: [ab] looks like an identifier"):
            kappa(a, b)
        with pytest.raises(InputError, match=r"a and b: [ab] looks like an identifier"):
            bland_altman(a, b)
    with pytest.raises(InputError, match="identifier"):
        kappa([f"p{i}" for i in range(20)], np.where(GRADES[:, 0] > 2, "yes", "no"))
    kappa(GRADES[:, 0], GRADES[:, 1])
    assert kappa(np.arange(6), [0, 0, 1, 1, 0, 0], labels=list(range(6))).n == 6
    bland_altman(np.sort(SIZE * 10).round(), np.sort(SIZE * 10) + 1)


LONG = pd.DataFrame(
    [(i, r, SIZES[i, r]) for i in range(20) for r in range(3)], columns=["who", "by", "mm"]
)


@pytest.mark.parametrize(
    "table",
    [
        LONG,
        LONG.to_numpy(),
        LONG[["mm", "by", "who"]].to_numpy().tolist(),
        LONG.sample(frac=1, random_state=1).to_numpy(),
        LONG.assign(who=LONG["who"].map("p{}".format), by=LONG["by"].map("r{}".format)),
        LONG.sample(frac=0.9, random_state=2).to_numpy(),
        LONG.rename(columns={"who": "case", "by": "Reader"}).sample(frac=0.5, random_state=2),
    ],
)
def test_one_row_a_read_is_refused(table):
    for function in (icc, rater_agreement):
        with pytest.raises(InputError, match=r"looks like one row a read.*table\.pivot"):
            function(table)
    turned = LONG.pivot(index="who", columns="by", values="mm")
    assert icc(turned).value == pytest.approx(icc(SIZES).value)


def test_few_reads_are_noted():
    found = icc(LONG.query("who < 3 and by < 2").to_numpy())
    assert any("looks like one row a read" in note for note in found.warnings)


def test_one_row_a_read_is_known_by_its_names():
    few = pd.DataFrame({"case_id": [1, 1, 2, 2, 3], "reader": [1, 2, 1, 3, 2], "mm": SIZE[:5]})
    with pytest.raises(InputError, match=r"'case_id' and 'reader' are named like"):
        icc(few)


def test_ratings_are_not_taken_for_one_row_a_read():
    for seed in range(100):
        for noise in (0.5, 2):
            rater_agreement(graded(9, 3, 3, noise, seed, start=1), labels=[1, 2, 3])
            icc(graded(12, 4, 5, noise, seed))
            icc(np.round(SIZES + np.random.default_rng(seed).normal(size=SIZES.shape)))


@pytest.mark.parametrize("shape", [(3, 40), (4, 20), (2, 10), (10, 25), (8, 15)])
def test_far_more_raters_than_cases_are_noted(shape):
    table = graded(*shape, grades=5)
    for function in (icc, rater_agreement):
        found = function(table)
        assert any(f"{shape[0]} cases by {shape[1]} raters" in note for note in found.warnings)
        assert not any("turned round" in note for note in function(table.T).warnings)


def test_a_rater_with_one_value_throughout_is_noted():
    flat = np.column_stack([SIZES, np.full(20, 7.0)])
    assert any("at position 4 holds one and the same value" in w for w in icc(flat).warnings)
    told = icc(pd.DataFrame(flat, columns=["a", "b", "c", "d"]))
    assert any("column 'd' holds one and the same" in note for note in told.warnings)
    calls = np.column_stack([GRADES, np.full(20, 3)])
    assert any("one and the same value" in w for w in rater_agreement(calls).warnings)
    for a, b, name in ((np.full(20, 7.0), SIZE, "a"), (SIZE, np.full(20, 7.0), "b")):
        found = bland_altman(a, b)
        assert found.warnings[0].startswith(f"{name} is the same in every case")
    assert any("one category only" in note for note in kappa(np.full(20, 1), GRADES[:, 0]).warnings)


@each_row("seed", range(10))
@each_row("shuffled", [False, True])
@each_row("whole", [False, True])
def test_numbers_of_patients_with_gaps_are_no_rater(seed, shuffled, whole):
    rng = np.random.default_rng(seed)
    first = rng.integers(1, 6, 30) if whole else rng.normal(20, 5, 30)
    second = (
        np.clip(first + rng.integers(-1, 2, 30), 1, 5) if whole else first + rng.normal(size=30)
    )
    sheet = pd.DataFrame({"Wert": np.cumsum(rng.integers(1, 4, 30)), "A": first, "B": second})
    if shuffled:
        sheet = sheet.sample(frac=1, random_state=seed)
    judge = rater_agreement if whole else icc
    with pytest.raises(InputError, match="'Wert' holds what looks like an identifier"):
        judge(sheet)
    assert not any("identifier" in note for note in judge(sheet[["A", "B"]]).warnings)


@pytest.mark.parametrize(
    "name", ["PatNr", "Pat.-Nr.", "Fall", "Patientennummer", "lfd. Nr.", "#", "PID", "lesion"]
)
def test_identifiers_by_their_names(name):
    sheet = pd.DataFrame({name: [3.5, 1, 4, 1, 5], "A": [1, 2, 3, 4, 5.5], "B": [1, 2, 3, 5, 5.5]})
    with pytest.raises(InputError, match="is named like an identifier"):
        icc(sheet)


def measured(n=40):
    rng = np.random.default_rng(2)
    first = rng.normal(20, 5, n)
    return pd.DataFrame(
        {"A": first, "B": first + rng.normal(size=n), "C": first - rng.normal(size=n)}
    )


@pytest.mark.parametrize(
    "spoil, said",
    [
        (lambda d: pd.concat([d, d.agg(["sum"])]), "the last row of ratings is the sum"),
        (lambda d: pd.concat([d, d.agg(["mean"])]), "the last row of ratings is the mean"),
        (lambda d: d.assign(difference=d["A"] - d["B"]), "is the difference of other columns"),
        (lambda d: d.assign(M=d.mean(axis=1)), "is the mean of other columns"),
        (lambda d: d.assign(S=d.sum(axis=1)), "is the sum of other columns"),
    ],
)
def test_sums_and_differences_of_a_sheet_are_refused(spoil, said):
    with pytest.raises(InputError, match=said):
        icc(spoil(measured()))
    assert not icc(measured()).warnings


def test_another_variable_beside_raters_is_noted():
    rng = np.random.default_rng(3)
    grades = pd.DataFrame(graded(raters=3), columns=["A", "B", "C"])
    said = "nothing in common with the others"
    for other in (rng.integers(40, 80, 40), rng.choice(["m", "f"], 40)):
        table = grades.assign(other=other)
        assert any(said in note for note in rater_agreement(table.astype(str)).warnings)
    assert not any(said in note for note in rater_agreement(grades).warnings)
    assert any(said in n for n in icc(measured().assign(age=rng.integers(30, 80, 40))).warnings)


# --- what the titles of columns say -----------------------------------------------------------

READS = pd.DataFrame(
    [(i, r + 1, GRADES[i, r]) for r in range(3) for i in range(20)],
    columns=["case", "reader", "score"],
)


@pytest.mark.parametrize("function", [icc, rater_agreement])
@pytest.mark.parametrize(
    "table",
    [
        READS[["reader", "score"]],
        READS.set_index("case"),
        READS.sort_values("case")[["reader", "score"]],
        READS.sample(frac=0.8, random_state=1)[["score", "reader"]],
        READS.set_index("case").assign(reader=lambda d: d["reader"].map("r{}".format)),
        READS.set_index("case").rename(columns={"reader": "Radiologist", "score": "BI-RADS"}),
        READS.set_index("case").rename(columns={"reader": "observer_id", "score": "x"}),
        READS.set_index("case").rename(columns={"reader": "Judge", "score": "grade"}),
    ],
)
def test_who_read_is_no_rating_where_the_case_is_no_column(function, table):
    with pytest.raises(InputError, match=r"says who read, and would count as a rater.*pivot"):
        function(table)
    turned = READS.pivot(index="case", columns="reader", values="score")
    assert icc(turned).value == pytest.approx(icc(GRADES).value)


def test_who_read_under_another_name_is_noted():
    plain = READS[["reader", "score"]]
    shuffled = READS.sample(frac=1, random_state=1).rename(columns={"score": "x"})
    for table in (
        plain.to_numpy(),
        plain.set_axis(["R", "x"], axis=1),
        shuffled[["reader", "x"]],
    ):
        for function in (icc, rater_agreement):
            assert any("row a read" in note for note in function(table).warnings)


def test_columns_that_are_named_like_raters_are_raters():
    for titles in (
        ["reader", "model", "expert"],
        ["reader 1", "reader 2", "Reader B"],
        list("abc"),
    ):
        for function in (icc, rater_agreement):
            found = function(pd.DataFrame(GRADES, columns=titles))
            assert not any("row a read" in n or "truth" in n for n in found.warnings)


@each_row("function", [icc, rater_agreement])
@each_row(
    "title",
    [
        "truth", "Truth", "y_true", "histology", "Histopathologie", "pathology", "biopsy result",
        "reference", "gold standard", "GoldStandard", "ground_truth", "final diagnosis", "outcome",
    ],
)  # fmt: skip
def test_the_truth_among_raters_is_noted(function, title):
    found = function(pd.DataFrame(GRADES, columns=[title, "A", "B"]))
    assert any(f"column '{title}' is named like the truth" in note for note in found.warnings)


def test_a_pathologist_is_a_rater():
    found = rater_agreement(pd.DataFrame(GRADES, columns=["pathologist", "reference reader", "B"]))
    assert not found.warnings


def test_a_reader_of_a_study_who_is_named_like_the_truth_is_noted():
    table = READS.assign(
        case_id=READS["case"], y_true=READS["case"] % 2,
        reader=READS["reader"].map({1: "histology", 2: "A", 3: "B"}),
    )  # fmt: skip
    study = ReaderStudy.from_frame(table)
    assert any("reader histology is named like the truth" in note for note in study.warnings)


SORTED = np.array(
    [[14, 30, 32, 39, 41, 46, 47, 56, 57, 68, 72], [20, 32, 66, 53, 58, 22, 35, 37, 61, 69, 81]]
).T


def test_measurements_that_happen_to_be_sorted_are_measurements():
    """Of the rows in the order of one reader's whole numbers, which run with the other's."""
    value = icc(SORTED[::-1][np.arange(11)]).value
    for titles in (["reader_1", "reader_2"], ["a", "b"], ["Rater A", "Rater B"]):
        found = icc(pd.DataFrame(SORTED, columns=titles))
        assert found.value == pytest.approx(value)
        assert not found.warnings
    assert icc(SORTED).value == pytest.approx(value)
    bland_altman(SORTED[:, 0], SORTED[:, 1])
    lonely = np.column_stack([SORTED[:, 0], SORTED[::-1, 1]])  # of a reader who agrees with none
    assert icc(pd.DataFrame(lonely, columns=["reader_1", "reader_2"])).n == 11
    with pytest.raises(InputError, match="have nothing to do with the other values"):
        icc(lonely)


def test_a_reader_of_another_unit_is_noted():
    table = pd.DataFrame({"reader_1": SORTED[:, 0], "reader_2": 10_000 + 13 * SORTED[:, 1]})
    assert any("another unit" in note for note in icc(table).warnings)


@pytest.mark.parametrize(
    "agreement",
    [
        lambda table, **options: kappa(table[:, 0], table[:, 1], **options),
        lambda table, **options: rater_agreement(table, **options),
    ],
)
def test_measurements_are_no_categories(agreement):
    rng = np.random.default_rng(3)
    sizes = rng.normal(20, 5, size=(30, 1)) + rng.normal(0, 1, size=(30, 3))
    with pytest.raises(InputError, match=r"different values in 30 cases.*icc or bland_altman"):
        agreement(sizes.round(1))
    found = agreement(sizes.round())
    assert any("icc or bland_altman" in note for note in found.warnings)
    for few in (graded(60), graded(60) / 2, graded(60, grades=10)):
        assert not any("bland_altman" in note for note in agreement(few).warnings)
    assert agreement(graded(30) / 2, labels=[0, 0.5, 1, 1.5]).n == 30


def test_a_column_on_another_scale_is_named_and_not_called_counts():
    rng = np.random.default_rng(2)
    table = pd.DataFrame(graded(30, start=1), columns=["A", "B", "C"])
    sized = table.assign(size=30 - 5 * table["A"] + rng.integers(0, 4, 30))
    with pytest.raises(InputError, match=r"column 'size' of ratings goes from \d+ to \d+, and the"):
        rater_agreement(sized)
