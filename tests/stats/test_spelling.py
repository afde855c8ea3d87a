"""Labels and patients that differ in capitals or blanks only are refused, wherever they come in."""

import numpy as np
import pandas as pd
import pytest

from radln import ReaderStudy, stats
from radln._spelling import one_spelling, spelled
from radln.errors import InputError, LeakageError
from radln.stats.readers.combinations.fitted_combination import _marks
from tests.rows import each_row
from tests.stats.calls import ALL_CALLS
from tests.stats.test_refusals import PATIENT, A, N, Y

GROUPING = ("cluster", "group", "centre", "strata", "folds")  # arguments whose values are names
REFUSED = "capitals, blanks or type"
GROUPED = [
    (name, argument) for name in ALL_CALLS for argument in GROUPING if argument in ALL_CALLS[name]
]


def written(codes):
    """Names of groups, and the same with one of them written in another way once."""
    labels = np.array([f"P{code}" for code in codes], dtype=object)
    spoilt = labels.copy()
    spoilt[np.flatnonzero(labels == labels[0])[-1]] = labels[0].lower() + " "
    return labels, spoilt


@each_row("name, argument", GROUPED)
def test_every_function_refuses_a_name_written_in_two_ways(name, argument):
    arguments = dict(ALL_CALLS[name])
    if "order" in arguments:
        arguments["order"] = None
    codes = arguments[argument]
    labels, spoilt = written(PATIENT if codes is None else codes)
    if codes is None:  # where every case must be a patient of its own
        labels, _ = written(np.arange(N))
    function = getattr(stats, name)
    function(**{**arguments, argument: labels})
    for given in (spoilt, pd.Series(spoilt), pd.Categorical(spoilt), list(spoilt)):
        said = "at positions" if argument == "cluster" else "'P.' and 'p. '"
        with pytest.raises(InputError, match=f"{argument} holds {said}.*{REFUSED}") as told:
            function(**{**arguments, argument: given})
        if argument == "cluster":  # identifiers are never shown
            assert "'P" not in str(told.value)


@each_row("name, argument", GROUPED)
def test_numbers_beside_text_are_one_label_or_refused(name, argument):
    arguments = {**ALL_CALLS[name], **({"order": None} if "order" in ALL_CALLS[name] else {})}
    codes = arguments[argument]
    codes = np.arange(N) if codes is None else codes
    both = [str(code) if k < N // 2 else int(code) for k, code in enumerate(codes)]
    if len({*both}) > len({*map(str, both)}):
        for given in (pd.Series(both, dtype=object), both):
            with pytest.raises(InputError, match=REFUSED):
                getattr(stats, name)(**{**arguments, argument: given})
    apart = pd.Series(["first" if code == codes[0] else int(code) for code in codes], dtype=object)
    getattr(stats, name)(**{**arguments, argument: apart})  # names of two kinds are names


def test_repeats_may_call_their_folds_as_they_like():
    folds = pd.DataFrame([[f"Fold {k}" for k in PATIENT % 2], [f"fold {k}" for k in PATIENT % 2]])
    found = stats.auc_over_folds(Y, np.stack([A, A]), folds.to_numpy(), cluster=PATIENT)
    assert found.n_folds == 2


def test_both_arms_of_an_unpaired_comparison_have_one_spelling():
    here, there = np.array(["a", "b", "c", "d"] * 6), np.array(["e", "f", "g", "A "] * 6)
    with pytest.raises(InputError, match=REFUSED):
        stats.compare_auc(Y, A, A, paired=False, cluster=(here, there))


YES = ["yes", "no", "no", "yes", "no", "Yes "] * 4
PLAIN = ["yes", "no", "no", "yes", "no", "yes"] * 4
LABELLED = {
    "kappa": lambda v: stats.kappa(v, PLAIN),
    "kappa, the other": lambda v: stats.kappa(PLAIN, v),
    "kappa, labels": lambda v: stats.kappa(PLAIN, PLAIN, labels=sorted(set(v))),
    "rater_agreement": lambda v: stats.rater_agreement(np.column_stack([v, PLAIN])),
    "compare_groups values": lambda v: stats.compare_groups(v, Y),
    "table_one": lambda v: stats.table_one(pd.DataFrame({"fat": v}), Y),
    "table_one group": lambda v: stats.table_one(pd.DataFrame({"size": A}), v),
    "confusion classes": lambda v: stats.confusion_matrix(PLAIN, PLAIN, classes=sorted(set(v))),
    "kaplan_meier": lambda v: stats.kaplan_meier(np.arange(1, N + 1), Y, group=v),
    "logrank": lambda v: stats.logrank(np.arange(1, N + 1), Y, v),
}


@pytest.mark.parametrize("name", LABELLED)
def test_a_category_written_in_two_ways_is_refused(name):
    LABELLED[name](PLAIN)
    with pytest.raises(InputError, match=REFUSED):
        LABELLED[name](YES)


def test_what_is_different_stays_different():
    one_spelling(["1a", "1b", "A B", "AB", 1, 2.5, "x", True], name="group")
    for alike in (["Ann", "ann"], ["a", " a"], ["a  b", "a b"], [1, "1"], ["é", "e\u0301"]):
        with pytest.raises(InputError, match=r"group holds .* and .*Write each in one way"):
            one_spelling(alike, name="group")
    assert spelled(7.0) == spelled("7") == spelled(7)


def reads(**changes):
    table = pd.DataFrame(
        [(f"c{i}", f"P{i // 2}", r, 1 + (i + r) % 5, i % 2) for i in range(12) for r in range(2)],
        columns=["case_id", "patient_id", "reader", "score", "y_true"],
    )
    table["reader"] = table["reader"].map({0: "Ann", 1: "Bob"})
    for column, values in changes.items():
        table[column] = table[column].astype(object)
        table.loc[0, column] = values
    return table


@pytest.mark.parametrize("changes", [{"patient_id": "p1"}, {"reader": "bob"}, {"case_id": "C3"}])
def test_a_reader_study_refuses_them(changes):
    ReaderStudy.from_frame(reads())
    with pytest.raises(InputError, match=REFUSED):
        ReaderStudy.from_frame(reads(**changes))


def test_folds_and_repeats_of_a_reader_study_have_one_spelling():
    words = ["base"] * 24 + ["Week 1"] * 20 + ["week 1"] * 4
    with pytest.raises(InputError, match=f"repeat holds.*{REFUSED}"):
        ReaderStudy.from_frame(pd.concat([reads(), reads()]).assign(repeat=words))
    model = reads()[["case_id"]].drop_duplicates().assign(y_prob=np.linspace(0.1, 0.9, 12))
    for column, labels in (("fold", ["A", "B", "a"] * 4), ("repeat", ["0"] * 6 + [0] * 6)):
        with pytest.raises(InputError, match=f"model: {column} holds.*{REFUSED}"):
            ReaderStudy.from_frame(reads(), model=model.assign(**{column: labels}))


def test_a_diseased_case_written_in_another_way_is_not_free_of_disease():
    words = reads()["y_true"].map({0: "malignant", 1: "Malignant"})
    with pytest.raises(InputError, match=REFUSED):
        ReaderStudy.from_frame(reads().assign(y_true=words), positive="malignant")


def test_a_patient_of_a_fitted_combination_is_known_in_any_spelling():
    plain = [f"P{k}" for k in PATIENT]
    assert _marks([p.lower() + " " for p in plain], N, "salt") == _marks(plain, N, "salt")


@each_row("name, argument", GROUPED)
def test_one_number_in_two_spellings(name, argument):
    arguments = {**ALL_CALLS[name], **({"order": None} if "order" in ALL_CALLS[name] else {})}
    alone = arguments[argument] is None  # every case must be a patient of its own
    codes = np.arange(N) if alone else arguments[argument]
    labels = np.array([str(code) for code in codes], dtype=object)
    getattr(stats, name)(**{**arguments, argument: labels})
    labels[-1 if alone else np.flatnonzero(labels == labels[0])[-1]] = f"0{labels[0]}"
    if argument == "cluster":
        try:
            with pytest.warns(match="cluster holds one number in two spellings.*positions 0 and "):
                getattr(stats, name)(**{**arguments, argument: labels})
        except LeakageError:  # one patient in two folds is refused as it is
            pass
    elif argument != "folds":
        with pytest.raises(InputError, match="one number in two spellings"):
            getattr(stats, name)(**{**arguments, argument: labels})


@pytest.mark.parametrize("name", [name for name in LABELLED if not name.endswith("classes")])
def test_a_category_that_is_one_number_in_two_spellings_is_refused(name):
    if name == "kappa, labels":
        return
    words = ["1" if label == "no" else "2" for label in PLAIN]
    LABELLED[name](words) if "kappa" not in name else stats.kappa(words, words)
    with pytest.raises(InputError, match=r"'1.*' and '.*1.*', one number in two spellings"):
        LABELLED[name](["1.0" if k == 1 else word for k, word in enumerate(words)])


@pytest.mark.parametrize("column", ["case_id", "patient_id"])
def test_identifiers_of_a_reader_study_that_are_one_number_are_named(column):
    table = reads()
    table[column] = table[column].str[1:]
    assert not any("two spellings" in note for note in ReaderStudy.from_frame(table).warnings)
    rows = table["case_id"].isin(["3", "c3"])
    table.loc[rows, column] = "00" + ("1" if column == "case_id" else "5")
    notes = ReaderStudy.from_frame(table).warnings
    assert any(f"{column} holds one number in two spellings" in note for note in notes)
