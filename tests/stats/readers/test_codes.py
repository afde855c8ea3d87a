"""Codes for missing among scores, and readers who number the scale in another way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln import ReaderStudy
from radln.errors import InputError
from radln.stats.readers.scales import TAKEN

N = 60
Y = (np.arange(N) < 24).astype(int)


def reads(low=1, high=5, readers="ABCD", seed=0, healthy=2.0, gain=1.6, spread=1.0):
    rng = np.random.default_rng(seed)
    tables = []
    for reader in readers:
        score = np.clip(np.round(healthy + gain * Y + spread * rng.normal(size=N)), low, high)
        tables.append(
            pd.DataFrame({"case_id": range(N), "reader": reader, "y_true": Y, "score": score})
        )
    return pd.concat(tables, ignore_index=True)


def spoilt(code, times=3, **options):
    table = reads(**options)
    rows = np.random.default_rng(1).choice(len(table), times, replace=False)
    table.loc[rows, "score"] = code
    return table


def noted(study, words):
    return [note for note in study.warnings if words in note]


@pytest.mark.parametrize("code", [0, 9, 77, 88, 99, 999, -1, -9, -99])
@pytest.mark.parametrize("times", [3, 10])
def test_a_code_for_missing_among_categories_is_refused(code, times):
    with pytest.raises(InputError, match=rf"score holds {code} in {times} of 240 reads.*empty"):
        ReaderStudy.from_frame(spoilt(code, times))


@pytest.mark.parametrize("high", [3, 4, 6])
def test_it_is_refused_on_other_short_scales(high):
    for code in (9, 99, -1):
        with pytest.raises(InputError, match=f"score holds {code} "):
            ReaderStudy.from_frame(spoilt(code, high=high))


@pytest.mark.parametrize(("code", "high"), [(99, 10), (-1, 10), (999, 100), (-9, 100)])
def test_what_no_long_scale_holds_is_refused_too(code, high):
    table = spoilt(code, low=0, high=high, healthy=high / 3, gain=high / 3, spread=high / 6)
    with pytest.raises(InputError, match=f"score holds {code} in 3 of 240"):
        ReaderStudy.from_frame(table)


def test_the_range_of_the_scale_says_that_it_is_meant():
    table = spoilt(9)
    assert not ReaderStudy.from_frame(table, scale=(1, 9)).warnings
    assert not ReaderStudy.from_frame(spoilt(0), scale=(0, 5)).warnings
    with pytest.raises(InputError, match=r"outside 1 to 5.*leave the cell empty"):
        ReaderStudy.from_frame(table, scale=(1, 5))
    own = ReaderStudy.from_frame(table, scale="own")  # no range could say it of these
    assert noted(own, "score holds 9")


def test_both_are_left_out_as_missing():
    table = spoilt(9)
    emptied = table.assign(score=table["score"].where(table["score"] != 9))
    study = ReaderStudy.from_frame(emptied)
    assert np.isnan(study.score).sum() == 3 and not noted(study, "score holds")


@pytest.mark.parametrize("code", [7, 8, 55])
def test_another_value_apart_from_the_rest_is_noted(code):
    study = ReaderStudy.from_frame(spoilt(code))
    assert noted(study, f"score holds {code} in 3 of 240 reads")
    assert noted(study, "Leave the cell empty")


def test_a_rare_lowest_category_of_healthy_cases_is_noted_only():
    table = reads()
    table.loc[[40, 110], "score"] = 0  # of cases without the disease
    assert noted(ReaderStudy.from_frame(table), "score holds 0 in 2 of 240")


ORDINARY = {
    "0 to 10": (0, 10, 3, 4, 2),
    "0 to 10, far apart": (0, 10, 1, 7, 1.5),
    "1 to 10": (1, 10, 4, 3, 2),
    "0 to 100": (0, 100, 30, 40, 20),
    "0 to 100, far apart": (0, 100, 5, 60, 10),
    "1 to 5": (1, 5, 2, 1.6, 1),
    "0 to 4": (0, 4, 1, 1.6, 1),
    "0 to 3": (0, 3, 0.5, 1.5, 0.8),
    "1 to 7": (1, 7, 3, 2, 1.2),
    "1 to 3": (1, 3, 1.5, 1, 0.7),
    "-2 to 2": (-2, 2, -1, 2, 1),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_scales_pass_without_a_word(name):
    low, high, healthy, gain, spread = ORDINARY[name]
    said = 0
    for seed in range(20):
        for readers in ("A", "ABCD"):
            table = reads(low, high, readers, seed, healthy, gain, spread)
            notes = ReaderStudy.from_frame(table).warnings
            assert not any("code for missing" in note for note in notes)
            said += bool(notes)
    assert said <= 1


def test_long_scales_keep_their_own_values():
    for value in (0, 9, 99):
        table = spoilt(value, low=0, high=100, healthy=30, gain=40, spread=20)
        assert not ReaderStudy.from_frame(table).warnings
    table = spoilt(9, low=0, high=10, healthy=3, gain=4, spread=2)
    assert not ReaderStudy.from_frame(table).warnings


@pytest.mark.parametrize("who", ["A", "AB", "D"])
def test_a_reader_who_numbers_from_0_is_noted(who):
    table = reads()
    table.loc[table["reader"].isin([*who]), "score"] -= 1
    (note,) = noted(ReaderStudy.from_frame(table), TAKEN)
    assert f"{', '.join(who)}: numbered from 0 where the others number from 1?" in note
    assert "one scale" in note


def test_of_them_the_fewer_are_named_and_a_lone_top_does_not_hide_them():
    table = reads()
    table.loc[table["reader"] == "A", "score"] += 1
    (note,) = noted(ReaderStudy.from_frame(table), TAKEN)
    assert "A: numbered from 2 where the others number from 1?" in note
    shifted = reads(seed=3, healthy=2.5, gain=1.2, spread=0.9)
    mine = shifted["reader"] == "A"
    shifted.loc[mine, "score"] = (shifted.loc[mine, "score"] - 1).clip(upper=3)  # never 4
    assert noted(ReaderStudy.from_frame(shifted), "A: numbered from 0")


def scored(scale, readers=4, n=30, seed=0):
    """Reads on 1 to 5, of whom the first reader has another scale."""
    rng = np.random.default_rng(seed)
    y, case = np.arange(n) % 2, rng.normal(size=n)
    tables = []
    for reader in range(readers):
        latent = 1.2 * y + case + 0.6 * rng.normal(size=n)
        score = np.digitize(latent, [-1, 0, 1, 2]) + 1.0
        score = SCALES[scale](latent, score) if reader == 0 else score
        part = pd.DataFrame({"case_id": range(n), "reader": f"R{reader}", "score": score})
        tables.append(part.assign(y_true=y))
    return pd.concat(tables, ignore_index=True)


SCALES = {
    "0 to 10": lambda latent, _: np.clip(np.round(4 + 1.6 * latent), 0, 10),
    "1 to 10": lambda latent, _: np.clip(np.round(4.5 + 1.6 * latent), 1, 10),
    "1 to 9": lambda latent, _: np.clip(np.round(4 + 1.5 * latent), 1, 9),
    "0, 2.5 ... 10": lambda _, score: 2.5 * (score - 1),
    "halves": lambda latent, score: score + 0.5 * (latent > 1.5),
    "1 to 5": lambda _, score: score,
}


@pytest.mark.parametrize("readers", [2, 3, 6])
@pytest.mark.parametrize("scale", SCALES)
def test_another_scale_of_one_reader_is_noted_in_a_small_study(scale, readers):
    for seed in range(10):
        notes = noted(ReaderStudy.from_frame(scored(scale, readers, seed=seed)), TAKEN)
        assert len(notes) == (scale != "1 to 5")


def test_one_scale_in_a_small_study_passes():
    tables = (scored("1 to 5", 2 + seed % 5, seed=seed) for seed in range(60))
    assert not any(noted(ReaderStudy.from_frame(table), TAKEN) for table in tables)
