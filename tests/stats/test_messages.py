"""Messages that meet a user halfway: what is missing, which column, whose spelling, which table."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from radln import stats
from radln._synonyms import SPELLINGS
from radln.errors import ConvergenceError, InputError, RadlnError, ShapeError
from radln.stats import auc, kappa, mcnemar
from tests.rows import each_row
from tests.stats.calls import ALL_CALLS
from tests.stats.test_cases import FUNCTIONS
from tests.stats.test_refusals import A, B, N, P, Y

# Vectors of numbers, by their names in the public functions.
OUTCOMES = ("y_true", "event", "y_call", "call_a", "call_b", "k")
NUMBERS = (
    "y_score", "score_a", "score_b", "score", "y_prob", "prob_a", "prob_b", "prob_old",
    "prob_new", "risk", "risk_a", "risk_b", "time", "marker", "position", "x", "y",
)  # fmt: skip


def arguments(names):
    return [
        (name, argument)
        for name, call in ALL_CALLS.items()
        for argument in call
        if argument in names and np.ndim(call[argument]) == 1 and name != "spline_columns"
    ]


@each_row(("name", "argument"), arguments((*OUTCOMES, *NUMBERS)))
@each_row("nothing", [None, pd.NA])
def test_a_missing_value_is_called_missing(name, argument, nothing):
    values = list(ALL_CALLS[name][argument])
    values[3] = nothing
    with pytest.raises(InputError, match=rf"{argument} has 1 missing"):
        FUNCTIONS[name](**{**ALL_CALLS[name], argument: values})


@each_row(("name", "argument"), arguments(("y_true", "y_call", "call_a", "k")))
def test_booleans_and_nullable_numbers_are_taken(name, argument):
    call = ALL_CALLS[name]
    values = np.asarray(call[argument])
    if np.unique(values).size > 2:
        return
    plain = FUNCTIONS[name](**call)
    for same in (
        values.astype(bool).astype(object),
        pd.array(values.astype(int), dtype="Int64"),
        pd.array(values.astype(bool), dtype="boolean"),
        [bool(v) for v in values],
    ):
        found = FUNCTIONS[name](**{**call, argument: same})
        np.testing.assert_equal(getattr(found, "n_positive", 0), getattr(plain, "n_positive", 0))


@each_row(("name", "argument"), arguments(NUMBERS[:-5]))
def test_two_columns_of_predict_proba_get_a_hint(name, argument):
    both = np.column_stack([1 - P, P])
    for table in (both, pd.DataFrame(both)):
        with pytest.raises(ShapeError, match=r"predict_proba.*\[:, 1\]"):
            FUNCTIONS[name](**{**ALL_CALLS[name], argument: table})


def test_two_columns_over_folds_get_the_hint_too():
    call = ALL_CALLS["auc_over_folds"]
    with pytest.raises(ShapeError, match=r"predict_proba.*scores\[:, 1\]"):
        stats.auc_over_folds(call["y_true"], np.column_stack([1 - P, P]), call["folds"])
    with pytest.raises(ShapeError, match=r"only column: y_score\[:, 0\]"):
        stats.auc(Y, P[:, None])


@pytest.mark.parametrize(
    ("ask", "ours"),
    [
        (lambda: stats.compare_auc(Y, A, B, alternative="two.sided"), "two-sided"),
        (lambda: stats.mcnemar(Y, Y, alternative="two.sided"), "two-sided"),
        (lambda: stats.size_auc(0.8, power=0.8, alternative="one.sided"), "one-sided"),
        (lambda: stats.adjust_pvalues([0.1], method="BH"), "benjamini-hochberg"),
        (lambda: stats.adjust_pvalues([0.1], method="fdr"), "benjamini-hochberg"),
        (lambda: stats.adjust_pvalues([0.1], method="BY"), "benjamini-yekutieli"),
        (lambda: stats.adjust_pvalues([0.1], method="Bonferroni"), "bonferroni"),
        (lambda: stats.proportion(3, 9, method="exact"), "clopper-pearson"),
        (lambda: stats.diagnostic_table(Y, Y, method="exact"), "clopper-pearson"),
        (lambda: stats.proportion(3, 9, method="ac"), "agresti-coull"),
        (lambda: stats.proportion(3, 9, method="asymptotic"), "wald"),
        (lambda: stats.mcnemar(Y, Y, method="midp"), "mid-p"),
        (lambda: stats.kappa(Y, Y, weights="squared"), "quadratic"),
        (lambda: stats.rater_agreement(np.c_[Y, Y], weights="equal"), "linear"),
        (lambda: stats.kaplan_meier(P, Y, conf_type="log.log"), "log-log"),
        (lambda: stats.choose_cutoff(Y, A, rule="closest.topleft"), "closest-topleft"),
        (lambda: stats.auc(Y, A, method="Delong"), "delong"),
    ],
)
def test_r_spellings_are_answered_with_ours(ask, ours):
    with pytest.raises(InputError, match=f'Did you mean "{ours}"') as told:
        ask()
    assert "got" in str(told.value)


# Function, its option, the spelling of another program, ours.
FOREIGN = [
    *(("adjust_pvalues", "method", theirs, "benjamini-hochberg") for theirs in ("fdr_bh", "indep")),
    ("adjust_pvalues", "method", "fdr_by", "benjamini-yekutieli"),
    ("adjust_pvalues", "method", "negcorr", "benjamini-yekutieli"),
    ("adjust_pvalues", "method", "holm-sidak", "holm"),
    ("adjust_pvalues", "method", "simes-hochberg", "hochberg"),
    ("adjust_pvalues", "method", "sidak", "bonferroni"),
    ("adjust_pvalues", "method", "bonf", "bonferroni"),
    ("proportion", "method", "beta", "clopper-pearson"),
    ("proportion", "method", "binom_test", "clopper-pearson"),
    ("proportion", "method", "agresti_coull", "agresti-coull"),
    ("proportion", "method", "jeffrey", "jeffreys"),
    ("proportion", "method", "normal", "wald"),
    ("proportion", "method", "wilsoncc", "wilson"),
    ("mcnemar", "method", "chi2", "asymptotic"),
    ("mcnemar", "method", "binom", "exact"),
    ("mcnemar", "method", "yates", "corrected"),
    ("compare_calls", "predictive", "wgs", "weighted-score"),
    ("compare_calls", "predictive", "rpv", "relative"),
    ("kappa", "weights", "quad", "quadratic"),
    ("kappa", "weights", "lin", "linear"),
    ("rater_agreement", "weights", "quad", "quadratic"),
    ("rater_agreement", "coefficient", "AC1", "gwet"),
    ("rater_agreement", "coefficient", "kripp.alpha", "krippendorff"),
    ("rater_agreement", "coefficient", "kappam.fleiss", "fleiss"),
    ("icc", "form", "twoway", "ICC(2,1)"),
    ("icc", "form", "oneway", "ICC(1,1)"),
    ("icc", "form", "consistency", "ICC(3,1)"),
    *(
        ("compare_auc", "alternative", theirs, ours)
        for theirs, ours in (
            ("2-sided", "two-sided"), ("two_sided", "two-sided"), ("larger", "greater"),
            ("smaller", "less"), ("Greater", "greater"), ("two-tailed", "two-sided"),
        )
    ),
    ("size_auc", "alternative", "larger", "one-sided"),
    ("size_auc", "alternative", "greater", "one-sided"),
    ("size_auc", "alternative", "1-sided", "one-sided"),
    ("auc", "method", "DeLong", "delong"),
    ("auc", "method", "percentile", "bootstrap"),
    ("auc", "method", "wilson", "empirical_likelihood"),
    ("compare_auc", "method", "perm", "permutation"),
    ("choose_cutoff", "rule", "youden_j", "youden"),
    ("compare_multiclass_auc", "average", "ovo", "hand_till"),
    ("compare_multiclass_auc", "average", "ovr", "macro"),
    ("between_centres", "measure", "c-statistic", "auc"),
    ("between_centres", "measure", "CITL", "calibration_in_the_large"),
    ("calibration", "smoother", "lowess", "loess"),
    ("hosmer_lemeshow", "predictions", "train", "apparent"),
    ("optimism_corrected", "method", "632", ".632+"),
    ("compare_groups", "kind", "nonparametric", "skewed"),
    ("kaplan_meier", "conf_type", "loglog", "log-log"),
    ("logrank", "weights", "wilcoxon", "peto-peto"),
    ("cox", "ties", "exact", "efron"),
    ("reclassification_at", "estimator", "IPCW", "ipw"),
    ("auc_at", "controls", "event_free", "event-free"),
]  # fmt: skip


@each_row(("name", "option", "theirs", "ours"), FOREIGN)
def test_spellings_of_other_programs_are_answered_with_ours(name, option, theirs, ours):
    with pytest.raises(InputError) as told:
        FUNCTIONS[name](**{**ALL_CALLS[name], option: theirs})
    assert str(told.value).endswith(f'Did you mean "{ours}"?')


def test_shrout_and_fleiss_in_short_is_taken():
    assert stats.icc(np.c_[A, B], form="ICC2k").form == stats.icc(np.c_[A, B], form="ICC(2,k)").form


def test_what_is_suggested_is_an_option_somewhere():
    options = {"plain", "unbiased", "ICC(2,k)", "out-of-bag", "schoenfeld", "dfbeta", "uno"}
    for name, call in ALL_CALLS.items():
        for option in inspect.signature(FUNCTIONS[name]).parameters:
            try:
                FUNCTIONS[name](**{**call, option: "no such word"})
            except RadlnError as error:
                options |= {*re.split(r"[ ,;=]+", str(error)), *re.findall(r"'(\S+)'", str(error))}
                options |= {*re.findall(r"ICC\(\w,\w\)", str(error))}
            except Exception:
                continue
    for words in SPELLINGS.values():
        assert {*words.split()} <= options, words


def test_an_unweighted_kappa_has_no_weights():
    with pytest.raises(InputError, match="Did you mean None"):
        stats.kappa(Y, Y, weights="unweighted")


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (lambda t: stats.decision_curve(Y, P, thresholds=t), "net_benefit"),
        (lambda t: stats.compare_net_benefit(Y, P, P[::-1], thresholds=t), "difference"),
        (lambda t: stats.reclassification(Y, P, P[::-1], cuts=t), "cuts"),
        (lambda t: stats.decision_curve_at(P + 1, Y, P, 1.2, thresholds=t), "net_benefit"),
        (
            lambda t: stats.reclassification_at(P + 1, Y, P, P[::-1], 1.7, cuts=t, n_resamples=5),
            "cuts",
        ),
        (lambda t: stats.roc_band(Y, A, specificity=t, n_resamples=5), "value"),
        (lambda t: stats.auc_at(P + 1, Y, A, t + 1.3), "auc"),
    ],
)
def test_a_scalar_threshold_is_a_list_of_one(ask, field):
    one, listed = ask(0.4), ask(np.array([0.4]))
    np.testing.assert_array_equal(getattr(one, field), getattr(listed, field))


# --- tables of counts -------------------------------------------------------------------------

CELLS = np.array([[30, 5], [12, 20]])  # rows a, columns b, 0 first
FIRST = np.repeat([0, 0, 1, 1], CELLS.ravel())
SECOND = np.repeat([0, 1, 0, 1], CELLS.ravel())


def test_mcnemar_takes_a_table_with_the_negative_first():
    written = stats.mcnemar(FIRST, SECOND)
    crosstab = pd.crosstab(FIRST, SECOND)
    for table in (CELLS, CELLS.tolist(), crosstab, crosstab.iloc[::-1, ::-1]):
        found = stats.mcnemar(table)
        assert (found.only_a, found.only_b) == (written.only_a, written.only_b) == (12, 5)
        assert found.difference == written.difference
        assert found.pvalue == written.pvalue
    greater = stats.mcnemar(CELLS, alternative="greater").pvalue
    assert greater == stats.mcnemar(FIRST, SECOND, alternative="greater").pvalue
    yes = pd.crosstab(FIRST == 1, SECOND == 1)
    assert stats.mcnemar(yes).only_a == 12


def test_kappa_takes_a_table():
    assert stats.kappa([[20, 5], [10, 15]]).value == pytest.approx(0.4)
    found, written = stats.kappa(CELLS), stats.kappa(FIRST, SECOND)
    assert (found.value, found.se, found.pvalue) == (written.value, written.se, written.pvalue)
    three = pd.DataFrame([[9, 2, 0], [1, 8, 3], [0, 2, 7]], index=list("LMH"), columns=list("LMH"))
    with pytest.raises(InputError, match="give labels from the lowest"):
        stats.kappa(three, weights="quadratic")
    order = {"weights": "quadratic", "labels": ["L", "M", "H"]}
    ranked = stats.kappa(three, **order)
    assert ranked.labels == ("L", "M", "H")
    assert stats.kappa(three.iloc[:, ::-1], **order).value == ranked.value
    assert stats.kappa(three.to_numpy(), weights="quadratic").value == ranked.value
    named = stats.kappa(three.to_numpy(), weights="linear", labels=["L", "M", "H"])
    assert named.labels == ("L", "M", "H")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: stats.kappa([[1, 2], [2, 1]]), "two cases seen by two raters"),
        (lambda: stats.kappa([[3, 4], [5, 2]]), "two cases seen by two raters"),
        (lambda: stats.mcnemar([[1, 0], [0, 1]]), "two cases seen by two raters"),
        (lambda: stats.kappa(np.c_[Y, Y]), r"square table.*a\[:, 0\] and a\[:, 1\]"),
        (lambda: stats.mcnemar(np.c_[Y, Y]), r"square table.*a\[:, 0\] and a\[:, 1\]"),
        (lambda: stats.kappa(Y), "b is missing"),
        (lambda: stats.mcnemar(Y), "b is missing"),
        (lambda: stats.mcnemar([[1.5, 3], [4, 5]]), "whole numbers"),
        (lambda: stats.kappa([[-1, 30], [4, 5]]), "whole numbers"),
        (lambda: stats.kappa([[0, 0], [0, 0]]), "without a single case"),
        (lambda: stats.mcnemar(CELLS, cluster=np.arange(67)), "table"),
        (lambda: stats.kappa(CELLS, cluster=np.arange(67)), "table"),
        (lambda: stats.kappa(CELLS, labels=["a", "b", "c"]), "labels"),
        (
            lambda: stats.mcnemar(pd.DataFrame(CELLS, index=["no", "yes"], columns=["no", "yes"])),
            "call them 0 and 1",
        ),
        (
            lambda: stats.kappa(pd.DataFrame(CELLS, index=["no", "yes"], columns=["no", "maybe"])),
            "columns of the table a",
        ),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused(ask, said):
    with pytest.raises(InputError, match=said):
        ask()


# --- columns that an estimator cannot take --------------------------------------------------


def test_a_text_column_is_named():
    X = pd.DataFrame({"age": A, "sex": np.where(B > 0, "f", "m")})
    for table, named in ((X, "sex"), (X.to_numpy(), "1")):
        with pytest.raises(InputError, match=rf"Column\(s\) {named} of X hold text.*OneHotEncoder"):
            stats.optimism_corrected(LogisticRegression(), table, Y, n_resamples=20)
    gaps = X[["age"]].assign(size=np.where(np.arange(N) == 2, np.nan, B))
    with pytest.raises(InputError, match=r"Column\(s\) size of X have missing.*SimpleImputer"):
        stats.optimism_corrected(LogisticRegression(), gaps, Y, n_resamples=20)
    with pytest.raises(InputError, match="'sex' of X is not numeric"):
        stats.cox_optimism(P + 1, Y, X, n_resamples=20)


def of_two_classes():
    """Those without several kinds of event and without classes of several names."""
    return [
        (name, argument)
        for name, argument in arguments(("y_true", "event", "y_call", "call_a"))
        if np.unique(ALL_CALLS[name][argument]).size <= 2 and "cause" not in ALL_CALLS[name]
    ]


@each_row(("name", "argument"), of_two_classes())
@each_row("codes", [(1, 2), (-1, 1), (0, 2)])
def test_two_other_codes_are_met_with_how_to_say_which_is_positive(name, argument, codes):
    low, high = codes
    values = np.where(np.asarray(ALL_CALLS[name][argument]) == 1, high, low)
    try:
        FUNCTIONS[name](**{**ALL_CALLS[name], argument: values})
    except InputError as error:
        message = str(error)
    else:
        return  # any labels are classes here
    if "0 and 1 only" in message:
        assert f"({argument} == {high})" in message
        assert f"({argument} == {low})" in message


def test_rs_codes_of_events_and_svms_codes_of_classes():
    with pytest.raises(InputError, match=r"event must hold 0 and 1 only.*\(event == 2\)"):
        stats.kaplan_meier([1.0, 2.0, 3.0], [1, 2, 2])
    with pytest.raises(InputError, match=r"\(y_true == 1\); where -1 is, \(y_true == -1\)"):
        stats.auc([-1, 1, 1, -1], [0.1, 0.3, 0.4, 0.2])
    with pytest.raises(InputError, match=r"got \[2\.0, 3\.0\]\.$"):
        stats.auc([1, 2, 3, 2], [0.1, 0.3, 0.4, 0.2])


def test_a_level_of_error_is_no_level_of_confidence():
    with pytest.raises(InputError, match=r"not of error: 0\.95"):
        stats.auc([0, 0, 1, 1], [1, 2, 3, 4], confidence_level=0.05)


# --- what is no number and would count as one ------------------------------------------------

DAYS = pd.Series(pd.date_range("2020-01-01", periods=N))
NO_NUMBERS = {
    "dates": DAYS,
    "dates of an array": DAYS.to_numpy(),
    "dates in a list": DAYS.tolist(),
    "days": [day.date() for day in DAYS],
    "dates with a zone": DAYS.dt.tz_localize("UTC"),
    "spans": DAYS - DAYS[0],
    "complex": A + 1j,
    "complex in a list": [*(A + 1j)],
}
ORDERS = {
    "reversed": pd.Categorical(np.arange(N) % 3, categories=[2, 1, 0], ordered=True),
    "of words": pd.Categorical(np.array(list("abc"))[np.arange(N) % 3], list("cba"), ordered=True),
}


@each_row("kind", NO_NUMBERS)
@each_row(("name", "argument"), arguments((*NUMBERS, *OUTCOMES)))
def test_dates_and_complex_numbers_are_no_numbers(name, argument, kind):
    given = NO_NUMBERS[kind]
    with pytest.raises(InputError, match=argument) as told:
        FUNCTIONS[name](**{**ALL_CALLS[name], argument: given})
    assert re.search("date|complex|0/1|whole numbers|classes are", str(told.value))


@each_row("kind", ORDERS)
@each_row(("name", "argument"), arguments(NUMBERS[:-2]))
def test_an_order_that_is_not_that_of_the_numbers_is_refused(name, argument, kind):
    for given in (ORDERS[kind], pd.Series(ORDERS[kind])):
        with pytest.raises(InputError, match=rf"{argument} is an ordered Categorical.*codes"):
            FUNCTIONS[name](**{**ALL_CALLS[name], argument: given})


def test_an_order_that_is_that_of_the_numbers_is_taken():
    scale = np.arange(N) % 3
    plain = stats.auc(Y, scale)
    rising = pd.Categorical(scale, categories=[0, 1, 2], ordered=True)
    assert stats.auc(Y, rising).value == plain.value
    assert stats.auc(Y, pd.Series(ORDERS["reversed"]).cat.codes).value == 1 - plain.value


@pytest.mark.parametrize(
    "ask",
    [
        lambda X: stats.logistic_regression(Y, X),
        lambda X: stats.cox(P + 1, Y, X),
        lambda X: stats.cox_optimism(P + 1, Y, X, n_resamples=20),
        lambda X: stats.optimism_corrected(LogisticRegression(), X, Y, n_resamples=20),
    ],
)
def test_a_column_of_dates_is_named(ask):
    for kind in ("dates", "spans", "dates with a zone", "days", "complex"):
        with pytest.raises(InputError, match=r"column 'seen' of X holds (dates|complex)"):
            ask(pd.DataFrame({"age": A, "seen": NO_NUMBERS[kind]}))


def test_a_class_in_the_place_of_a_classifier_gets_its_brackets():
    with pytest.raises(
        InputError, match=r"class LogisticRegression itself.*LogisticRegression\(\)"
    ):
        stats.optimism_corrected(LogisticRegression, A[:, None], Y, n_resamples=20)


def test_tables_of_scores_and_ratings_hold_no_dates():
    table = pd.DataFrame({0: A, 1: DAYS, 2: B})
    with pytest.raises(InputError, match="column '1' of scores holds dates"):
        stats.multiclass_auc(np.arange(N) % 3, table)
    with pytest.raises(InputError, match="column '1' of ratings holds dates"):
        stats.icc(table)
    with pytest.raises(InputError, match="ratings holds complex"):
        stats.icc(np.c_[A + 1j, B])
    with pytest.raises(InputError, match="values holds complex"):
        stats.compare_groups(A + 1j, Y)
    with pytest.raises(InputError, match="scores holds dates"):
        stats.auc_over_folds(Y, DAYS, np.arange(N) // 12)


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: kappa(pd.crosstab([1, 2, 3] * 10, [1, 2, 2] * 10)), "did not use every category"),
        (lambda: mcnemar(pd.crosstab([0, 1] * 15, [1] * 30)), "did not use every category"),
        (lambda: mcnemar(np.full((3, 3), 9)), "a table of 2 x 2"),
        (lambda: kappa(pd.DataFrame({"A": [1, 2, 3], "B": [1, 2, 2]})), r"a\['A'\] and a\['B'\]"),
        (lambda: auc([0, 1] * 10, ["0,52", "0,61"] * 10), "'0,52', a number with a decimal comma"),
    ],
)
def test_tables_and_numbers_of_spreadsheets(call, said):
    with pytest.raises(InputError, match=said):
        call()


# --- values and remedies in the user's own words ----------------------------------------------

NUMPY = re.compile(r"np\.(int|float|str_|bool)|numpy\.(int|float)")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["0", "1"], r"Where '1' is the positive class.*\(.*y_true.* == '1'\)"),
        (["benign", "cancer"], r"Where 'cancer' is.*== 'cancer'\); where 'benign' is"),
        (["a", "b", "c"], r"Of several say which.*== 'c'\); all of them.*multiclass_auc"),
        ([0, 1, 2], r"only; got \[2.0\]. Of several say which.*== 2\); all of .*multiclass_auc"),
        ([1, 2], r"Where 2 is the positive class"),
    ],
)
def test_the_example_has_the_user_s_own_label(given, said):
    values = (given * N)[:N]
    for labels in (values, np.array(values), pd.Series(values)):
        with pytest.raises(InputError, match=said) as told:
            stats.auc(labels, A)
        assert not NUMPY.search(str(told.value))
    own = np.asarray(values) == given[-1]
    assert stats.auc(own, A).n == N  # the remedy works


PERCENT = [f"{100 * v:.1f}{'%' if k % 2 else ' %'}" for k, v in enumerate(P)]
AS_TEXT = {
    "auc": lambda v: stats.auc(Y, v),
    "auc of an array": lambda v: stats.auc(Y, np.array(v)),
    "auc of a column": lambda v: stats.auc(Y, pd.Series(v)),
    "calibration": lambda v: stats.calibration(Y, v),
    "icc": lambda v: stats.icc(pd.DataFrame({"a": v, "b": A})),
    "logistic_regression": lambda v: stats.logistic_regression(Y, pd.DataFrame({"a": v})),
    "multiclass_auc": lambda v: stats.multiclass_auc(Y, np.column_stack([v, v]), classes=[0, 1]),
    "concordance": lambda v: stats.concordance(1 + A - A.min(), Y, v),
}


@pytest.mark.parametrize("name", AS_TEXT)
def test_percentages_as_text_have_their_remedy(name):
    with pytest.raises(InputError, match=r"%'.*Take off the percent sign and divide by") as told:
        AS_TEXT[name](PERCENT)
    assert not NUMPY.search(str(told.value))
    mended = pd.Series(PERCENT).str.rstrip("% ").astype(float) / 100  # as the message says
    np.testing.assert_allclose(mended, P, atol=1e-3)


@pytest.mark.parametrize("name", ["auc", "auc of an array", "auc of a column", "calibration"])
def test_words_among_numbers_are_named(name):
    some = [str(v) for v in P]
    some[3] = "<0.1"
    with pytest.raises(InputError, match=r"must be numeric; got '<0.1' \(1 of \d+ values\)"):
        AS_TEXT[name](some)


def test_columns_of_scores_that_are_no_classes():
    y = np.arange(N) % 3
    named = pd.DataFrame(np.random.default_rng(0).random((N, 3)), columns=["p_0", "p_1", "p_2"])
    with pytest.raises(InputError, match=r"holds 0; the classes are p_0.*set_axis\(\['0'") as told:
        stats.multiclass_auc(y, named)
    assert not NUMPY.search(str(told.value))
    with pytest.raises(InputError, match=r"no column '0', but p_0, p_1, p_2.*to_numpy\(\)"):
        stats.multiclass_auc(y, named, classes=[0, 1, 2])
    plain = stats.multiclass_auc(y, named.to_numpy(), classes=[0, 1, 2])
    renamed = stats.multiclass_auc(y, named.set_axis(["0", "1", "2"], axis=1))
    assert renamed.frame().equals(plain.frame())


@pytest.mark.parametrize("name", ["auc", "calibration"])
def test_columns_of_several_classes_are_sent_to_their_function(name):
    argument = "y_score" if name == "auc" else "y_prob"
    with pytest.raises(ShapeError, match=rf"Of 3 columns.*multiclass_auc.*{argument}\[:, k\]"):
        getattr(stats, name)(Y, np.column_stack([P, P, P]))


def test_a_column_that_separates_the_classes_is_named_with_a_remedy():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(N, 2))
    table = pd.DataFrame({"size": Y + 0.1 * P, "age": noise[:, 0]})
    with pytest.raises(ConvergenceError, match=r"column 'size' of X separates.*penalised"):
        stats.logistic_regression(Y, table)
    only = pd.DataFrame({"rare": (Y == 1) & (np.arange(N) < 6), "age": noise[:, 0]}).astype(float)
    with pytest.raises(ConvergenceError, match=r"column 'rare' of X separates.*only one of them"):
        stats.logistic_regression(Y, only)
    both = pd.DataFrame({"a": noise[:, 0], "b": noise[:, 1]})
    with pytest.raises(ConvergenceError, match=r"columns 'a', 'b' of X .*taken together"):
        stats.logistic_regression((noise.sum(axis=1) > 0).astype(int), both)


@each_row("name", ALL_CALLS)
def test_no_message_shows_numpy_s_types(name):
    """Arguments one after the other given as what they are not; groups and cases as numpy's."""
    call = ALL_CALLS[name]
    for argument, value in call.items():
        if np.ndim(value) != 1 or isinstance(value, str | dict):
            continue
        words = np.array([f"w{k % 3}" for k in range(len(value))])
        for odd in (words, np.arange(len(value)) + 0.5, np.arange(len(value)) - 3, words[:2]):
            try:
                found = FUNCTIONS[name](**{**call, argument: odd})
            except RadlnError as told:
                assert not NUMPY.search(str(told)), (argument, str(told))
            else:
                assert not NUMPY.search(" ".join(getattr(found, "warnings", ()))), argument
