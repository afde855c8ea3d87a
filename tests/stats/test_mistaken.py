"""What is easily given in the place of something else is refused, or understood."""

import numpy as np
import pandas as pd
import pytest

from radln import ReaderStudy, stats
from radln.errors import InputError
from radln.stats import icc, kappa, rater_agreement

RNG = np.random.default_rng(0)
SIZE = 20 + 5 * RNG.normal(size=12)
A, B = SIZE + RNG.normal(size=12), SIZE + RNG.normal(size=12)
TABLE = pd.DataFrame({"a": A, "b": B})
GRADES = pd.DataFrame({"a": RNG.integers(1, 4, 12), "b": RNG.integers(1, 4, 12)})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("patient_id", np.arange(12) // 2),
        ("ID", 100 + np.arange(12)),
        ("PatientID", 7 * np.arange(12)),
        ("case", RNG.permutation(12)),
        ("Unnamed: 0", np.arange(12)),
        ("number", np.arange(1, 13)),
        ("x", np.arange(1, 13)),  # by its values: the rows in turn
        ("x", 4711 + 13 * RNG.permutation(12)),  # by its values: all different, far from sizes
    ],
)
def test_a_column_of_identifiers_is_no_rater(name, values):
    for function, table in ((icc, TABLE), (rater_agreement, GRADES)):
        told = pd.concat([pd.Series(values, name=name), table], axis=1)
        with pytest.raises(InputError, match=f"column '{name}'.*identifier.*set_index"):
            function(told)
        assert function(told.set_index(name)).value == function(table).value
    with pytest.raises(InputError, match="identifier"):
        rater_agreement(GRADES.assign(who=[f"p{i}" for i in range(12)]))


def test_ratings_that_are_whole_numbers_stay_ratings():
    icc(TABLE.round().astype(int))
    icc(pd.DataFrame({"a": np.arange(12), "b": np.arange(12)[::-1]}))
    icc(pd.DataFrame({"a": np.arange(12), "b": A}).sample(frac=1, random_state=0).to_numpy())
    icc(pd.DataFrame({"reader 1": A, "model": B}))
    rater_agreement(GRADES)
    rater_agreement(pd.DataFrame(GRADES.to_numpy(), columns=["same", "same"]))


@pytest.mark.parametrize(
    "counts",
    [
        [[3, 0, 0], [0, 2, 1], [1, 1, 1], [0, 0, 3]],
        pd.DataFrame({"benign": [5, 2, 0, 4], "malignant": [0, 3, 5, 1]}),
        [[0, 14], [2, 12], [7, 7]],
    ],
)
def test_counts_of_raters_by_category_are_no_ratings(counts):
    with pytest.raises(InputError, match=r"counts of raters by category.*np\.repeat"):
        rater_agreement(counts)
    table = np.asarray(counts)
    rater_agreement(table, labels=list(range(int(table.max()) + 1)))  # said to be ratings
    written = [np.repeat(np.arange(table.shape[1]), row) for row in table]
    assert rater_agreement(written).n_raters == table[0].sum()


def test_a_table_of_two_raters_is_no_ratings():
    for table in ([[40, 10], [5, 45]], [[30, 2, 1], [4, 20, 3], [0, 2, 18]]):
        with pytest.raises(InputError, match=r"counts of two raters.*kappa\(table\)"):
            rater_agreement(table)


def test_one_rating_of_the_same_sum_may_be_ratings():
    assert rater_agreement([[1, 1, 1], [2, 2, 1], [3, 3, 3], [2, 2, 2]]).n == 4
    assert rater_agreement([[1, 0], [0, 1], [1, 0]]).n == 3


GROUPED = {
    "kaplan_meier": lambda g: stats.kaplan_meier(SIZE, A > 20, group=g),
    "cumulative_incidence": lambda g: stats.cumulative_incidence(SIZE, A > 20, group=g),
    "logrank": lambda g: stats.logrank(SIZE, A > 20, g),
    "logrank strata": lambda g: stats.logrank(SIZE, A > 20, B > 20, strata=g),
    "cox strata": lambda g: stats.cox(SIZE, A > 20, B[:, None], strata=g),
    "compare_groups": lambda g: stats.compare_groups(A, g),
    "table_one": lambda g: stats.table_one(TABLE, g),
    "between_centres": lambda g: stats.between_centres(A > 20, B, g),
}


@pytest.mark.parametrize("name", GROUPED)
def test_a_measurement_is_no_group(name):
    with pytest.raises(InputError, match=r"12 different numbers.*measurement.*pd\.cut"):
        GROUPED[name](SIZE + 0.25)


def test_an_age_in_years_and_a_column_of_patients_are_no_groups():
    time, event = RNG.exponential(5, 120) + 0.1, RNG.random(120) < 0.6
    for function in (stats.kaplan_meier, stats.cumulative_incidence):
        with pytest.raises(InputError, match="measurement"):
            function(time, event, group=RNG.integers(40, 80, 120))
        with pytest.raises(InputError, match=r"120 different groups.*at most 20"):
            function(time, event, group=[f"p{i}" for i in range(120)])
    with pytest.raises(InputError, match="measurement"):
        stats.logrank(time, event, pd.date_range("2020-01-01", periods=120))


def test_few_numbers_and_many_strata_are_groups():
    time, event = RNG.exponential(5, 120) + 0.1, RNG.random(120) < 0.6
    assert len(stats.kaplan_meier(time, event, group=RNG.integers(0, 4, 120) * 2.5).curves) == 4
    pairs, treated = np.arange(120) // 2, np.arange(120) % 2
    assert stats.logrank(time, event, treated, strata=pairs).df == 1


LEVELS = ["low", "middle", "high"]


def ordered(values, levels=LEVELS):
    return pd.Series(pd.Categorical(values, categories=levels, ordered=True))


def test_the_order_of_an_ordered_categorical_is_kept():
    a = ["low", "low", "middle", "high", "high", "middle", "low", "high"]
    b = ["low", "middle", "middle", "high", "middle", "middle", "low", "low"]
    asked = kappa(a, b, weights="quadratic", labels=LEVELS)
    found = kappa(ordered(a), ordered(b), weights="quadratic")
    assert found.labels == tuple(LEVELS)
    assert found.value == asked.value
    assert kappa(ordered(a).array, b, weights="linear").labels == tuple(LEVELS)
    table = pd.DataFrame({"a": ordered(a), "b": ordered(b)})
    several = rater_agreement(table, coefficient="gwet", weights="linear")
    assert several.labels == tuple(LEVELS)
    with pytest.raises(InputError, match="ordered in different ways"):
        kappa(ordered(a), ordered(b, LEVELS[::-1]), weights="linear")
    # categories without an order still need one for weights
    with pytest.raises(InputError, match="labels"):
        kappa(pd.Categorical(a), pd.Categorical(b), weights="linear")


def test_exchangeable_columns_have_the_one_way_forms_alone():
    x = np.column_stack([A, B, SIZE])
    found = icc(x, exchangeable=True)
    assert found.form == "ICC(1,1)"
    assert list(found.forms) == ["ICC(1,1)", "ICC(1,k)"]
    assert found.frame()["form"].tolist() == ["ICC(1,1)", "ICC(1,k)"]
    assert found.estimate == icc(x, form="ICC(1,1)").estimate
    assert icc(x, form="ICC(k)", exchangeable=True).form == "ICC(1,k)"
    shuffled = RNG.permuted(x, axis=1)
    again, patient = icc(shuffled, exchangeable=True), np.arange(12) // 2
    assert again.value == pytest.approx(found.value)
    clustered = [icc(t, exchangeable=True, cluster=patient).low for t in (x, shuffled)]
    assert clustered[0] == pytest.approx(clustered[1])


@pytest.mark.parametrize("form", ["ICC(2,1)", "ICC(A,1)", "ICC(3,k)", "ICC3"])
def test_two_way_forms_of_exchangeable_columns_are_refused(form):
    with pytest.raises(InputError, match=r"exchangeable=True.*ICC\(1,1\)"):
        icc(np.column_stack([A, B]), form=form, exchangeable=True)


# --- tables of two raters ---------------------------------------------------------------------


GRADED = ["none", "mild", "severe"]
ONE = np.random.default_rng(1).choice(GRADED, 60)
TWO = np.where(np.arange(60) % 3, ONE, np.random.default_rng(2).choice(GRADED, 60))


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_margins_are_no_category(weights):
    told = pd.crosstab(ONE, TWO, margins=True)
    alone = told.loc[GRADED, GRADED]
    for table in (told, told.to_numpy(), pd.crosstab(ONE == "mild", TWO == "mild", margins=True)):
        with pytest.raises(InputError, match=r"sums of the others.*without margins=True"):
            kappa(table, weights=weights, labels=range(len(table)))
    with pytest.raises(InputError, match=r"sums of the others|order of the categories"):
        kappa(told, weights=weights)
    same = kappa(alone, weights=weights, labels=GRADED)
    assert same.value == pytest.approx(kappa(ONE, TWO, weights=weights, labels=GRADED).value)


def test_weights_of_a_table_need_an_order():
    table = pd.crosstab(ONE, TWO)
    for weights in ("linear", "quadratic"):
        for given in (table, table.loc[GRADED, GRADED]):
            with pytest.raises(InputError, match="give labels from the lowest"):
                kappa(given, weights=weights)
        known = kappa(ONE, TWO, weights=weights, labels=GRADED)
        one, two = (pd.Categorical(x, GRADED, ordered=True) for x in (ONE, TWO))
        numbers = [np.array([GRADED.index(v) for v in x]) for x in (ONE, TWO)]
        for found in (
            kappa(table, weights=weights, labels=GRADED),
            kappa(pd.crosstab(one, two), weights=weights),
            kappa(pd.crosstab(*numbers), weights=weights),
            kappa(table.loc[GRADED, GRADED].to_numpy(), weights=weights),
        ):
            assert found.value == pytest.approx(known.value)
            assert found.se == pytest.approx(known.se)


def test_a_table_of_ordered_labels_keeps_those_that_nobody_used():
    kept = ONE != "mild"
    one, two = (pd.Categorical(x[kept], GRADED, ordered=True) for x in (ONE, TWO))
    known = kappa(one, two, weights="quadratic")
    assert kappa(pd.crosstab(one, two), weights="quadratic").value == pytest.approx(known.value)


def test_raters_by_raters_are_no_ratings():
    rows = slice(0, 18)  # counts small enough to pass for categories
    table = pd.crosstab(ONE[rows], TWO[rows])
    for given in (table, table.loc[GRADED], pd.crosstab(ONE, TWO)):
        for function in (rater_agreement, icc):
            with pytest.raises(InputError, match=r"same labels.*kappa\(table\)"):
                function(given)
    with pytest.raises(InputError, match="same labels"):
        rater_agreement(table, labels=list(range(30)))
    rater_agreement(table.to_numpy(), labels=list(range(30)))
    rater_agreement(pd.DataFrame([[1, 2, 1], [2, 2, 2], [1, 1, 3]]))


ALPHABET = sorted(GRADED)
CONTRADICTING = {
    "kappa": lambda a, b: stats.kappa(a, b, weights="linear", labels=ALPHABET),
    "kappa, one of the two": lambda a, b: stats.kappa(
        a, np.asarray(b), weights="linear", labels=ALPHABET
    ),
    "kappa of a table": lambda a, b: stats.kappa(
        pd.crosstab(pd.Series(a), pd.Series(b)), weights="quadratic", labels=ALPHABET
    ),
    "rater_agreement": lambda a, b: stats.rater_agreement(
        pd.DataFrame({"a": a, "b": b}), weights="linear", labels=ALPHABET
    ),
    "ordered_auc": lambda a, b: stats.ordered_auc(a, np.arange(len(a)), classes=ALPHABET),
}


@pytest.mark.parametrize("name", CONTRADICTING)
def test_labels_do_not_contradict_the_order_of_a_categorical(name):
    one, two = (pd.Categorical(x, GRADED, ordered=True) for x in (ONE, TWO))
    with pytest.raises(InputError, match=r"ordered Categorical\) in the order"):
        CONTRADICTING[name](one, two)


def test_the_same_order_and_the_same_from_the_other_end_are_taken():
    one, two = (pd.Categorical(x, GRADED, ordered=True) for x in (ONE, TWO))
    plain = stats.kappa(one, two, weights="linear").value
    for labels in (GRADED, GRADED[::-1], [*GRADED, "beyond"]):
        same = stats.kappa(one, two, weights="linear", labels=labels)
        assert same.value == pytest.approx(plain)
    assert stats.kappa(one, two, labels=ALPHABET).value == stats.kappa(one, two).value
    other = pd.Categorical(TWO, GRADED[::-1], ordered=True)  # two orders: labels must decide
    decided = stats.kappa(one, other, weights="linear", labels=GRADED)
    assert decided.value == pytest.approx(plain)
    rising = stats.ordered_auc(one, np.arange(len(one)), classes=GRADED)
    falling = stats.ordered_auc(one, np.arange(len(one)), classes=GRADED[::-1])
    assert falling.value == pytest.approx(1 - rising.value)
    assert not rising.warnings and "round" in falling.warnings[0]


def test_ordered_scores_of_a_reader_study_are_no_numbers():
    reads = pd.DataFrame(
        [(i, r, 1 + (i + r) % 5, i % 2) for i in range(12) for r in range(2)],
        columns=["case_id", "reader", "score", "y_true"],
    )
    turned = pd.Categorical(reads["score"], categories=[5, 4, 3, 2, 1], ordered=True)
    with pytest.raises(InputError, match="score is an ordered Categorical"):
        ReaderStudy.from_frame(reads.assign(score=turned))
