"""Groups of patients: tests that suit the variable, standardised differences, Table 1."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, norm, ttest_ind

from radln.errors import InputError, ShapeError, SingleClassError
from radln.stats import compare_groups, table_one
from radln.stats.description._exact_tables import _simulated, fisher_freeman_halton
from radln.stats.description.groups import INFINITE


def cohort(n=120, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return pd.DataFrame(
        {
            "age": rng.normal(60 + 4 * y, 10).round(1),
            "size": np.exp(rng.normal(2 + 0.3 * y, 0.5)),
            "sex": rng.choice(["f", "m"], n),
            "level": rng.choice(["II", "III", "IV", "V"], n, p=[0.6, 0.3, 0.07, 0.03]),
        }
    ), y


# --- the exact test --------------------------------------------------------------------------


@given(st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=2), min_size=2, max_size=2))
def test_two_by_two_is_fishers(cells):
    table = np.array(cells)
    if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        return
    pvalue, exact = fisher_freeman_halton(table, np.random.default_rng(0))
    assert exact
    assert pvalue == pytest.approx(fisher_exact(table).pvalue, rel=1e-9)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=4))
def test_order_of_rows_and_columns_changes_nothing(cells):
    table = np.array(cells)
    table = table[table.sum(axis=1) > 0]
    if len(table) < 2 or (table.sum(axis=0) == 0).any():
        return
    rng = np.random.default_rng(0)
    values = [
        fisher_freeman_halton(t, rng)[0] for t in (table, table[::-1], table[:, ::-1], table.T)
    ]
    assert values == pytest.approx([values[0]] * 4)


def test_simulation_agrees_with_the_sum():
    table = np.array([[7, 2], [3, 6], [1, 4], [5, 5]])
    rng = np.random.default_rng(1)
    exact, known = fisher_freeman_halton(table, rng)
    assert known
    drawn = _simulated(table, table.sum(axis=1), table.sum(axis=0), rng)
    assert drawn == pytest.approx(exact, abs=0.006)


def test_a_large_table_is_simulated_and_never_zero():
    labels = np.repeat(list("abcdefg"), 4)
    found = compare_groups(labels, np.repeat([0, 1, 2, 3, 4, 5, 6], 4).astype(str))
    assert found.method == "Fisher's, simulated"
    assert found.pvalue == pytest.approx(1 / 100_001)


# --- the choice of the test ------------------------------------------------------------------


def test_each_variable_gets_its_test():
    frame, y = cohort()
    methods = {
        "age": compare_groups(frame["age"], y).method,
        "sex": compare_groups(frame["sex"], y).method,
        "level": compare_groups(frame["level"], y).method,
        "three": compare_groups(frame["age"], frame["level"]).method,
        "normal": compare_groups(frame["age"], y, kind="normal").method,
        "anova": compare_groups(
            frame["age"], frame["sex"] + frame["level"].eq("II").astype(str), kind="normal"
        ).method,
        "small": compare_groups(frame["size"][:40], y[:40]).method,
        "two values": compare_groups(np.arange(120) % 3 // 2, y).method,
    }
    assert methods == {
        "age": "Wilcoxon's rank sum, with continuity correction",
        "sex": "Pearson's chi-square",
        "level": "Fisher's exact",
        "three": "Kruskal-Wallis",
        "normal": "Welch's t",
        "anova": "Welch's ANOVA",
        "small": "Wilcoxon's rank sum, exact",
        "two values": "Pearson's chi-square",
    }


def test_welchs_anova_of_two_groups_is_his_t():
    from radln.stats.description.groups import _means_test

    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=12), rng.normal(1, 3, size=20), rng.normal(size=9)
    three = compare_groups(
        np.concatenate([a, b, c]), np.repeat(["a", "b", "c"], [12, 20, 9]), kind="normal"
    )
    # R: oneway.test, written out for these numbers by its formula
    assert three.method == "Welch's ANOVA"
    t = _means_test([a, b])
    assert t[3] == "Welch's t"
    assert 0 < three.pvalue < 1


def test_patients_as_clusters():
    frame, y = cohort(n=200)
    twice = np.repeat(np.arange(200), 2)
    for column in ("age", "sex"):
        alone = compare_groups.__wrapped__(frame[column], y, cluster=np.arange(200))
        doubled = compare_groups(frame[column].to_numpy()[twice], y[twice], cluster=twice)
        plain = compare_groups(frame[column], y)
        assert "clustered by patient" in alone.method
        assert doubled.statistic == pytest.approx(alone.statistic, rel=0.02)
        z = [norm.isf(found.pvalue / 2) for found in (alone, plain)]
        assert z[0] == pytest.approx(z[1], rel=0.08)
        assert doubled.n_patients == 200
    few = compare_groups(frame["age"][:40], y[:40], cluster=np.arange(40) // 2)
    assert any("20 patients" in note for note in few.warnings)


def test_level_of_the_clustered_test():
    rng = np.random.default_rng(5)
    patients = np.repeat(np.arange(60), 3)
    rejected = {"skewed": 0, "categorical": 0}
    for _ in range(300):
        shift = rng.normal(size=60)[patients]
        group = np.repeat(rng.permutation(np.arange(60) % 3), 3).astype(str)
        values = shift + rng.normal(size=180)
        rejected["skewed"] += compare_groups(values, group, cluster=patients).pvalue < 0.05
        labels = np.digitize(values, [-0.7, 0.7]).astype(str)
        rejected["categorical"] += compare_groups(labels, group, cluster=patients).pvalue < 0.05
    # 300 null studies: 5 % is 15; Wald's tests reject somewhat more
    assert 6 <= rejected["skewed"] <= 33
    assert 6 <= rejected["categorical"] <= 36


def test_missing_values_are_left_out_and_counted():
    frame, y = cohort()
    frame.loc[[0, 5], "age"] = np.nan
    found = compare_groups(frame["age"], y)
    assert (found.n, found.missing) == (118, 2)
    text = frame["sex"].astype(object)
    text[3] = None
    assert compare_groups(text, y).missing == 1


def test_nothing_to_compare():
    for values, kind in ((np.ones(10), "skewed"), (["a"] * 10, None)):
        found = compare_groups(values, np.arange(10) % 2, kind=kind)
        assert np.isnan(found.pvalue)
        assert found.method.startswith("no test")
        assert found.smd == 0
    alone = compare_groups([1.0, 2.0, 3.0, 4.0], [0, 1, 1, 1], kind="normal")
    assert np.isnan(alone.pvalue)
    with pytest.raises(InputError, match="fewer than two groups"):
        compare_groups([1.0, 2.0, np.nan], [0, 0, 1])
    with pytest.raises(InputError, match="group has 1 missing"):
        compare_groups([1.0, 2.0], ["a", None])
    with pytest.raises(ShapeError, match="one entry a case"):
        compare_groups([1.0, 2.0], ["a"])
    with pytest.raises(InputError, match="kind"):
        compare_groups([1.0, 2.0], ["a", "b"], kind="ordinal")
    with pytest.raises(InputError, match="numeric"):
        compare_groups(["x", "y"], ["a", "b"], kind="normal")


@given(st.integers(0, 1000))
def test_exchanging_the_groups_flips_the_difference(seed):
    frame, y = cohort(40, seed)
    for column in ("age", "sex"):
        a, b = (compare_groups(frame[column], g) for g in (y, 1 - y))
        assert a.pvalue == pytest.approx(b.pvalue)
        assert abs(a.smd) == pytest.approx(abs(b.smd))
    assert compare_groups(frame["age"], y).smd == pytest.approx(
        -compare_groups(frame["age"], 1 - y).smd
    )


# --- Table 1 ---------------------------------------------------------------------------------


def test_table_by_outcome_and_by_partition():
    frame, y = cohort()
    frame.loc[0, "age"] = np.nan
    by_outcome = table_one(frame, y)
    assert list(by_outcome.frame().columns) == [
        "variable",
        "level",
        "overall",
        "negative",
        "positive",
        "missing",
        "smd",
        "warnings",
    ]
    assert by_outcome.n_positive == 60
    assert by_outcome.frame()["missing"].iloc[0] == "1 (negative 1, positive 0)"
    part = np.repeat(["train", "test", "outside"], 40)
    table = table_one(frame, part, order=["train", "test", "outside"], tests=True).frame()
    assert list(table.columns)[3:6] == ["train", "test", "outside"]
    first = table[table["level"] == ""]
    assert set(first["compared_by"]) == {"Kruskal-Wallis"}
    assert (table.groupby("variable")["pvalue"].count() == 1).all()
    levels = table[table["variable"] == "sex"]
    assert len(levels) == 2


def test_means_where_asked():
    frame, y = cohort()
    row = table_one(frame, y, normal=["age"], tests=True).frame().iloc[0]
    assert "(" in row["overall"] and "[" not in row["overall"]
    assert row["compared_by"] == "Welch's t"


def test_a_variable_known_in_one_group_only_has_no_difference():
    frame, y = cohort()
    frame.loc[y == 1, "age"] = np.nan
    table = table_one(frame, y).frame()
    assert table["smd"].iloc[0] == "–"
    assert table["positive"].iloc[0] == "–"


def test_what_table_one_refuses():
    frame, y = cohort()
    with pytest.raises(ShapeError, match="120 rows"):
        table_one(frame, y[:5])
    with pytest.raises(ShapeError, match="empty"):
        table_one(frame[:0], [])
    with pytest.raises(SingleClassError):
        table_one(frame, np.ones(120))
    with pytest.raises(InputError, match="order must name"):
        table_one(frame, y, order=["positive"])
    with pytest.raises(InputError, match="normal names 'bmi'"):
        table_one(frame, y, normal=["bmi"])
    with pytest.raises(InputError, match="called 'overall'"):
        table_one(frame, np.where(y, "overall", "rest"))
    with pytest.raises(InputError, match="missing"):
        table_one(frame, [None, *y[1:]])


# --- what a table from a clinic looks like ---------------------------------------------------


def test_missing_text_in_a_list_stays_missing():
    values, group = ["f", "m", np.nan, "f", "m", "f"] * 5, list("aaabbb") * 5
    listed = compare_groups(values, group)
    series = compare_groups(pd.Series(values), group)
    assert (listed.n, listed.missing) == (25, 5)
    assert listed.pvalue == series.pvalue
    with pytest.raises(InputError, match="group has 10 missing"):
        compare_groups(np.arange(30.0), ["a", "b", np.nan] * 10)
    with pytest.raises(InputError, match="cluster has"):
        compare_groups(np.arange(30.0), group, cluster=["p", np.nan] * 15)


def test_numbers_in_an_object_column_stay_numbers():
    values = [1.2, 3.4, None, 2.2, 5.1, 6.3, 7, 8, 1, 2, 3, 4.5]
    group = list("aaaaaabbbbbb")
    plain = compare_groups([np.nan if v is None else v for v in values], group)
    assert compare_groups(values, group).pvalue == plain.pvalue
    frame = pd.DataFrame({"age": pd.Series(values, dtype=object)})
    assert "[" in table_one(frame, group).frame()["overall"].iloc[0]
    with pytest.raises(InputError, match="dates"):
        compare_groups(pd.date_range("2020-01-01", periods=12), group)


def test_table_one_of_awkward_columns():
    frame, y = cohort()
    grades = pd.Categorical(
        np.array(["low", "intermediate", "high"])[np.arange(120) % 3],
        categories=["low", "intermediate", "high"],
        ordered=True,
    )
    many = pd.Categorical([f"device {i % 15}" for i in range(120)])
    table = table_one(
        frame.assign(
            gone=np.nan, grade=grades, device=many, number=1234567.0 + y, adc=1e-3 * (1 + y)
        ),
        y,
    ).frame()
    gone = table[table["variable"] == "gone"]
    assert gone[["overall", "negative", "positive"]].eq("–").all(axis=None)
    assert gone["missing"].iloc[0] == "120 (negative 60, positive 60)"
    assert table.loc[table["variable"] == "grade", "level"].tolist() == list(grades.categories)
    devices = table.loc[table["variable"] == "device", "level"].tolist()
    assert len(devices) == 13 and devices[-1] == "other"
    assert table.loc[table["variable"] == "number", "level"].tolist() == ["1234567", "1234568"]
    small = table_one(pd.DataFrame({"adc": np.linspace(5e-4, 2e-3, 120)}), y).frame()
    assert small["overall"].iloc[0].startswith("0.0012")


def test_few_patients_in_a_group_are_said():
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(80), 2)
    group = np.where(patients < 8, "a", "b")
    found = compare_groups(rng.normal(size=160), group, cluster=patients)
    assert any("8 in the smallest group" in note for note in found.warnings)
    rare = np.where(np.arange(160) % 32 == 0, "x", "y")
    found = compare_groups(rare, np.repeat(["a", "b"], 80), cluster=patients)
    assert any("fewer than 10 cases" in note for note in found.warnings)


def test_a_category_with_one_value_has_no_test_with_patients_either():
    """A study on one device: its table of patients is written all the same."""
    group, device = np.tile([0, 1], 20), np.repeat("A", 40)
    for patients in (None, np.repeat(np.arange(20), 2)):
        found = compare_groups(device, group, cluster=patients)
        assert found.method == "no test: all cases have one value"
        assert np.isnan(found.pvalue)
        assert found.smd == 0


@pytest.mark.parametrize(
    ("values", "group"),
    [
        (["a"] * 20 + ["b"] * 20, [0] * 20 + [1] * 20),
        (["A"] * 100 + ["B"] * 49 + ["C"] * 51, [0] * 100 + [1] * 100),
        (["a"] * 20 + ["b"] * 20 + ["a", "b"] * 10, [0] * 20 + [1] * 20 + [2] * 20),
        ([1.0] * 9 + [2.0] * 9 + [3.0] * 9, [0] * 9 + [1] * 9 + [2] * 9),
    ],
)
def test_groups_that_share_no_value_are_infinitely_apart(values, group):
    found = compare_groups(values, group)
    assert np.isinf(found.smd)
    assert INFINITE in found.warnings
    assert "infinite" in found.summary()
    table = table_one(pd.DataFrame({"kind": values}), np.array(["x", "y", "z"])[group])
    assert table.frame()["smd"].iloc[0] == "∞"
    assert table.warnings == (f"kind: {INFINITE}",)


def test_a_number_that_never_varies_is_infinitely_apart_with_its_sign():
    low = compare_groups([1.0] * 5 + [2.0] * 5, ["a"] * 5 + ["b"] * 5, kind="normal")
    assert low.smd == -np.inf
    assert compare_groups([2.0] * 5 + [2.0] * 5, ["a"] * 5 + ["b"] * 5, kind="normal").smd == 0


def test_groups_that_share_a_level_stay_finite():
    """Yang and Dalton's distance, by hand: shares (.9, .1, 0) against (0, .5, .5)."""
    values = ["A"] * 90 + ["B"] * 10 + ["B"] * 50 + ["C"] * 50
    found = compare_groups(values, [0] * 100 + [1] * 100)
    p, q = np.array([0.1, 0.0]), np.array([0.5, 0.5])
    spread = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    assert found.smd == pytest.approx(np.sqrt((p - q) @ np.linalg.solve(spread, p - q)))
    assert found.warnings == ()


def test_table_one_says_what_its_tests_must_say():
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(20), 2)
    frame, group = pd.DataFrame({"age": rng.normal(60, 9, 40)}), np.arange(40) % 2
    shown = table_one(frame, group, tests=True, cluster=patients)
    assert any(note.startswith("age: 20 patients") for note in shown.warnings)
    assert table_one(frame, group, cluster=patients).warnings == ()


# --- constants that are no whole numbers ------------------------------------------------------


@pytest.mark.parametrize("kind", ["normal", "skewed"])
@pytest.mark.parametrize("value", [0.1, 0.7, 1 / 3, 1e-5, 123456.7])
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_one_constant_in_all_groups_differs_by_nothing(value, kind):
    for n, m in ((7, 11), (12, 12), (3, 29)):
        found = compare_groups([value] * (n + m), ["x"] * n + ["y"] * m, kind=kind)
        assert found.smd == 0
        assert found.method == "no test: all values are equal"
        patients = np.arange(n + m) // 2
        clustered = compare_groups.__wrapped__(
            [value] * (n + m), ["x"] * n + ["y"] * m, kind=kind, cluster=patients
        )
        assert clustered.smd == 0
        assert np.isnan(clustered.pvalue)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_two_constants_are_infinitely_apart_and_not_tested():
    for low, high in ((1, 7), (0.1, 0.7), (0.3, 1 / 3)):
        values, group = [high] * 12 + [low] * 12, ["x"] * 12 + ["y"] * 12
        found = compare_groups(values, group, kind="normal")
        assert found.smd == np.inf
        assert INFINITE in found.warnings
        assert (found.method, np.isnan(found.pvalue)) == ("no test: neither group varies", True)
        for kind in ("normal", "skewed"):
            twice = compare_groups(
                np.repeat(values, 2),
                np.repeat(group, 2),
                cluster=np.repeat(np.arange(24), 2),
                kind=kind,
            )
            assert twice.smd == np.inf
            assert np.isnan(twice.pvalue)
            assert "no variance" in twice.method
    frame = pd.DataFrame({"v": [0.1] * 7 + [0.7] * 11 + [0.3] * 9})
    table = table_one(frame, ["x"] * 7 + ["y"] * 11 + ["z"] * 9, normal=["v"], tests=True)
    assert table.frame()["smd"].iloc[0] == "∞"
    assert table.frame()["compared_by"].iloc[0] == "no test: a group does not vary"


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_one_group_that_does_not_vary_is_tested_without_scipys_warning():
    values, group = [0.7] * 12 + [0.1] * 11 + [0.2], ["x"] * 12 + ["y"] * 12
    found = compare_groups(values, group, kind="normal")
    # by hand: the second group has mean 1.3 / 12 and standard error 0.1 / 12
    assert found.statistic == pytest.approx((0.7 - 1.3 / 12) / (0.1 / 12))
    assert found.df == pytest.approx(11)


def test_patients_whose_errors_cancel_give_no_test():
    values = np.r_[np.tile([0.1, 0.3], 12), np.tile([0.6, 0.7], 12)]
    patients = np.repeat(np.arange(24), 2)
    found = compare_groups(values, np.repeat(["x", "y"], 24), cluster=patients, kind="normal")
    assert np.isnan(found.pvalue)
    assert "no variance" in found.method


@given(st.integers(0, 200))
def test_welchs_t_is_scipys(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=rng.integers(2, 30)), rng.normal(1, 3, rng.integers(2, 30))
    found = compare_groups(np.r_[a, b], ["a"] * a.size + ["b"] * b.size, kind="normal")
    theirs = ttest_ind(a, b, equal_var=False)
    assert found.statistic == pytest.approx(theirs.statistic, rel=1e-10)
    assert (found.df, found.pvalue) == pytest.approx((theirs.df, theirs.pvalue), rel=1e-9)
