"""Columns that are copies of a rater, or the consensus of the others, are named."""

import numpy as np
import pandas as pd
import pytest

from radln import ReaderStudy
from radln.stats import icc, rater_agreement
from radln.stats.agreement._copies import copied, copied_readers

NAMES = ("A", "B", "C", "D", "E")


def graded(n=30, raters=4, categories=5, noise=0.6, seed=0):
    """Ratings of raters who agree fairly."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n, 1)) + noise * rng.normal(size=(n, raters))
    cuts = np.quantile(rng.normal(size=2000), np.linspace(0, 1, categories + 1)[1:-1])
    return np.digitize(latent, cuts) + 1


MADE = {
    "alike in all": lambda t: t[:, 1],
    "median": lambda t: np.median(t[:, :3], axis=1),
    "rounded mean": lambda t: np.round(t[:, :4].mean(axis=1)),
    "majority": lambda t: [np.bincount(row[:3]).argmax() for row in t],
}


@pytest.mark.parametrize("word", MADE)
def test_what_is_made_of_the_others_is_named(word):
    raters = 3 if word in ("median", "majority") else 4
    for seed in range(5):
        table = graded(60, raters, seed=seed)
        whole = pd.DataFrame(np.column_stack([table, MADE[word](table)]).astype(int))
        whole.columns = NAMES[: raters + 1]
        words = ("median", "rounded mean", "majority") if word != "alike in all" else (word,)
        for ratings in (whole, whole.to_numpy()):
            with pytest.warns(match="counts? as (a rater|raters) of"):
                notes = rater_agreement(ratings).warnings
            assert any(any(one in note for one in words) for note in notes)
            with pytest.warns(match="counts? as (a rater|raters) of"):
                icc(ratings)
        assert copied_readers(whole.to_numpy(float).T, whole.columns)


@pytest.mark.parametrize("name", ["consensus", "Majority vote", "mean_score", "Konsens"])
def test_names_of_a_consensus_are_named(name):
    table = pd.DataFrame(graded(), columns=["A", "B", "C", name])
    with pytest.warns(match=f"column '{name}' is named like a consensus or an average"):
        rater_agreement(table)
    with pytest.warns(match="is named like a consensus"):
        icc(table)


def test_two_columns_of_measurements_and_of_calls():
    sizes = np.random.default_rng(0).normal(20, 4, size=(10, 3)).round(1)
    twice = pd.DataFrame(sizes[:, [0, 1, 2, 0]], columns=list("ABCD"))
    (note,) = copied(twice)
    assert note.startswith("column 'A' and 'D' are alike in all 10 cases")
    calls = (graded(40, 3) > 3).astype(int)
    (note,) = copied(pd.DataFrame(calls[:, [0, 1, 2, 0]]))
    assert note.startswith("column 1 and 4 are alike in all 40 cases")
    assert copied(pd.DataFrame(calls[:9, [0, 1, 2, 0]])) == ()  # too few


def test_readers_of_a_study():
    y = np.arange(40) % 2
    scores = graded(40, 4, seed=2)
    scores[:, 3] = scores[:, 0]
    parts = [
        pd.DataFrame({"case_id": range(40), "reader": name, "y_true": y, "score": scores[:, k]})
        for k, name in enumerate(("A", "B", "C", "consensus"))
    ]
    notes = ReaderStudy.from_frame(pd.concat(parts, ignore_index=True)).warnings
    assert any("reader 'A' and 'consensus' are alike in all 40 cases" in note for note in notes)
    whole = pd.concat(parts[:3], ignore_index=True).replace("C", "majority")
    notes = ReaderStudy.from_frame(whole).warnings
    assert any("reader 'majority' is named like a consensus" in note for note in notes)


@pytest.mark.parametrize("categories", [2, 3, 5])
@pytest.mark.parametrize("raters", [2, 3, 4, 5, 6])
def test_raters_who_agree_well_pass(categories, raters):
    for noise in (0.3, 0.6, 1.0):
        tables = [graded(30, raters, categories, noise, seed) for seed in range(40)]
        assert sum(bool(copied(pd.DataFrame(table))) for table in tables) <= 4
