"""The door of the public functions: cases in one order, no masked arrays, patients, warnings."""

import inspect
import warnings

import numpy as np
import pandas as pd
import pytest

from radln import stats
from radln._result import Result
from radln.errors import InputError, RadlnWarning, ShapeError
from radln.stats._cases import NO_CASES
from tests.rows import each_row
from tests.stats.calls import ALL_CALLS
from tests.stats.test_refusals import PATIENT, A, B, N, Y

FUNCTIONS = {
    name: held for name in stats.__all__ if inspect.isfunction(held := getattr(stats, name))
}
LABELS = pd.Index([f"case {i}" for i in range(N)])
SHUFFLED = np.random.default_rng(1).permutation(N)


def is_of_cases(value):
    if isinstance(value, dict):
        return bool(value) and all(is_of_cases(part) for part in value.values())
    return isinstance(value, np.ndarray | pd.DataFrame) and len(value) == N


def labelled(value, order=slice(None)):
    """The same values as a column or a table whose rows carry the names of the cases."""
    if isinstance(value, dict):
        return {name: labelled(part, order) for name, part in value.items()}
    kind = pd.Series if np.ndim(value) == 1 else pd.DataFrame
    table = kind(np.asarray(value)) if kind is pd.Series else pd.DataFrame(value)
    table.index = LABELS
    return table.iloc[order]


def named(call):
    """Tables of scores need the names of their classes."""
    given = {name: labelled(v) if is_of_cases(v) else v for name, v in call.items()}
    if ("classes" in call and "average" in call) or "scores" in given:
        for name in ("scores", "scores_a", "scores_b"):
            if isinstance(given.get(name), pd.DataFrame):
                given[name].columns = call["classes"]
    return given


SEVERAL = {
    name: [argument for argument, value in call.items() if is_of_cases(value)]
    for name, call in ALL_CALLS.items()
}
SEVERAL = {name: arguments for name, arguments in SEVERAL.items() if len(arguments) > 1}


def test_every_function_has_a_call_and_every_argument_of_cases_is_tried():
    assert set(ALL_CALLS) == set(FUNCTIONS)
    for name, function in FUNCTIONS.items():
        for argument, parameter in inspect.signature(function).parameters.items():
            of_arrays = any(
                word in str(parameter.annotation) for word in ("ArrayLike", "DataFrame", "Members")
            )
            if of_arrays and argument not in NO_CASES and len(SEVERAL.get(name, ())) > 1:
                told = ALL_CALLS[name].get(argument)
                assert is_of_cases(told) or name == "u_statistics", (name, argument)


@each_row("name", SEVERAL)
def test_one_index_gives_what_arrays_give(name):
    plain, same = FUNCTIONS[name](**ALL_CALLS[name]), FUNCTIONS[name](**named(ALL_CALLS[name]))
    if isinstance(plain, Result):
        ours, theirs = (r.frame().select_dtypes("number").to_numpy(float) for r in (plain, same))
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@each_row(("name", "argument"), [(name, one) for name, these in SEVERAL.items() for one in these])
def test_a_shuffled_index_is_refused(name, argument):
    call = named(ALL_CALLS[name])
    call[argument] = labelled(ALL_CALLS[name][argument], SHUFFLED)
    with pytest.raises(InputError, match=r"same labels in another order.*\.to_numpy\(\)") as told:
        FUNCTIONS[name](**call)
    assert argument in str(told.value)
    assert "case 1" not in str(told.value)  # labels may be identifiers


@each_row(("name", "argument"), [(name, one) for name, call in ALL_CALLS.items() for one in call])
def test_a_masked_array_is_refused(name, argument):
    value = ALL_CALLS[name][argument]
    if isinstance(value, dict):
        hidden = {key: np.ma.masked_array(part) for key, part in value.items()}
    else:
        hidden = np.ma.masked_array(value)
    with pytest.raises(InputError, match=f"{argument}.*masked"):
        FUNCTIONS[name](**{**ALL_CALLS[name], argument: hidden})


def test_a_fresh_index_is_an_index():
    with pytest.raises(InputError, match="hold different labels"):
        stats.auc(pd.Series(Y), labelled(A))


def test_positional_arguments_and_lists_of_columns():
    with pytest.raises(InputError, match="y_true and y_score"):
        stats.auc(labelled(Y), labelled(A, SHUFFLED))
    with pytest.raises(InputError, match=r"scores\['b'\]"):
        stats.compare_aucs(Y, {"a": labelled(A), "b": labelled(B, SHUFFLED)})


def test_one_index_and_arrays_are_taken_as_they_come():
    assert stats.auc(labelled(Y, SHUFFLED), A[SHUFFLED]).value == stats.auc(Y, A).value


def test_lengths_are_told_before_indexes():
    with pytest.raises(ShapeError, match="y_score has 5 values"):
        stats.auc(labelled(Y), labelled(A).iloc[:5])


def test_two_groups_of_different_people_need_no_common_index():
    a, b = slice(0, 12), slice(12, 24)
    y = labelled(Y).iloc[a], labelled(Y).iloc[b]
    found = stats.compare_auc(y, labelled(A).iloc[a], labelled(B).iloc[b], paired=False)
    assert found.n == N
    with pytest.raises(InputError, match="pandas indexes"):
        stats.compare_auc(y, labelled(A).iloc[a], labelled(B).iloc[b].iloc[::-1], paired=False)
    with pytest.raises(InputError, match="pandas indexes"):
        stats.compare_auc(
            y,
            labelled(A).iloc[a],
            labelled(B).iloc[b],
            paired=False,
            cluster=(labelled(PATIENT).iloc[a].iloc[::-1], labelled(PATIENT).iloc[b]),
        )


def test_tables_of_repeats_hold_the_cases_in_their_columns():
    folds = pd.DataFrame([PATIENT % 2, PATIENT // 6], columns=LABELS)
    scores = pd.DataFrame([A, B], columns=LABELS)
    found = stats.auc_over_folds(labelled(Y), scores, folds)
    assert found.per_repeat.size == 2
    with pytest.raises(InputError, match="y_true and folds"):
        stats.auc_over_folds(labelled(Y), scores, folds.iloc[:, SHUFFLED])


def test_borders_and_times_have_an_index_of_their_own():
    cuts = pd.Series(np.linspace(0.1, 0.8, N))
    stats.decision_curve(labelled(Y), labelled(A) * 0 + 0.3, thresholds=cuts)


def test_methods_of_results_let_no_shuffled_cases_in():
    X = pd.DataFrame({"a": A, "b": B}, index=LABELS)
    fit = stats.cox(ALL_CALLS["cox"]["time"], ALL_CALLS["cox"]["event"], X, strata=Y)
    with pytest.raises(InputError, match="pandas indexes"):
        fit.predict_risk(X, [5.0], strata=labelled(Y, SHUFFLED))
    with pytest.raises(InputError, match="masked"):
        fit.linear_predictor(np.ma.masked_array(X.to_numpy()))
    call = {**ALL_CALLS["fit_combination"]}
    rule = stats.fit_combination(**call)
    with pytest.raises(InputError, match="pandas indexes"):
        rule.score(
            {name: labelled(v) for name, v in call["members"].items()},
            cluster=labelled(PATIENT + 100, SHUFFLED),
        )


def result_methods():
    """Methods of results that take more than one array."""
    for name in stats.__all__:
        held = getattr(stats, name)
        if inspect.isclass(held) and issubclass(held, Result):
            for method, function in vars(held).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    kinds = [
                        str(p.annotation) for p in inspect.signature(function).parameters.values()
                    ]
                    if sum("ArrayLike" in kind or "Members" in kind for kind in kinds) > 1:
                        yield f"{name}.{method}"


def test_every_such_method_is_tried():
    assert sorted(result_methods()) == ["CoxFit.predict_risk", "FittedCombination.score"]


@each_row("name", ALL_CALLS)
def test_python_warnings_and_the_results_say_the_same(name):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = FUNCTIONS[name](**ALL_CALLS[name])
    told = [str(w.message) for w in caught if issubclass(w.category, RadlnWarning)]
    if isinstance(found, Result):
        assert told == list(found.warnings)
    assert all(w.filename == __file__ for w in caught if issubclass(w.category, RadlnWarning))


def test_inside_the_library_warnings_stay_in_the_result():
    """The rule of few patients holds there too; only a user is warned aloud."""
    inside = {"__name__": "radln.study.evaluate", "auc": stats.auc}
    code = "found = auc([0, 1] * 12, list(range(24)), cluster=[i // 6 for i in range(24)])"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(code, inside)
    assert np.isnan(inside["found"].low)
    assert "4 patient" in inside["found"].warnings[0]


# Values themselves, a plan, or a rule that is applied elsewhere: nothing to be warned of beside.
BARE = {
    "adjust_pvalues", "assumed_mrmc_variance", "assumed_standalone_variance", "every_combination",
    "holm", "mean_over_repeats", "patient_bootstrap", "percentile_interval", "permutation_pvalue",
    "permute_by_patient", "spline_columns",
}  # fmt: skip


@each_row("name", ALL_CALLS)
def test_every_function_gives_a_result_with_warnings(name):
    found = FUNCTIONS[name](**ALL_CALLS[name])
    assert isinstance(found, Result) == (name not in BARE)
    if name not in BARE:
        assert isinstance(found.warnings, tuple)


@each_row("name", FUNCTIONS)
def test_a_cluster_where_there_is_none_is_met_in_words(name):
    named = {*inspect.signature(FUNCTIONS[name]).parameters}
    if "cluster" in named or not named & {"y_true", "event"}:
        return
    with pytest.raises(InputError, match=f"{name} takes no cluster.*") as told:
        FUNCTIONS[name](**ALL_CALLS[name], cluster=PATIENT)
    if name == "logrank":
        assert "cox(time, event, X, cluster=...)" in str(told.value)


def test_an_index_of_several_levels_beside_a_plain_one_is_refused():
    frame = pd.DataFrame({"y": np.arange(40) % 2, "x": np.arange(40.0)})
    frame.index = [f"P{k}" for k in range(40)]
    levels = frame.set_index(pd.MultiIndex.from_arrays([frame.index, [1] * 40]))
    deeper = levels.set_index("x", append=True, drop=False)
    for y, x in ((levels["y"], frame["x"]), (frame["y"], levels["x"]), (levels["y"], deeper["x"])):
        with pytest.raises(InputError, match="pandas indexes of y_true and y_score"):
            stats.auc(y, x)
    assert stats.auc(levels["y"], levels["x"]).value == stats.auc(frame["y"], frame["x"]).value


def test_columns_of_a_spline_keep_the_index():
    x = pd.Series(np.random.default_rng(0).normal(size=60), index=[f"P{k}" for k in range(60)])
    assert stats.spline_columns(x).index.equals(x.index)


def test_labels_that_repeat_without_patients_are_a_doubt():
    patients = np.repeat([f"P{k}" for k in range(40)], 3)
    y, x = np.tile([0, 1], 60), np.random.default_rng(0).normal(size=120)
    given = [pd.Series(values, index=patients) for values in (y, x)]
    said = "labels of the pandas index repeat"
    with pytest.warns(RadlnWarning, match=said):
        alone = stats.auc(*given)
    assert any(said in note for note in alone.warnings)
    assert not any(said in note for note in stats.auc(*given, cluster=patients).warnings)
    assert not any(said in note for note in stats.auc(y, x).warnings)
