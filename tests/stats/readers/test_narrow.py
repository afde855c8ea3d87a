"""An average of readers like these whose interval is far shorter than that for these very ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError
from radln.stats import ReaderStudy

pytestmark = pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")
N = 60
Y = np.arange(N) % 2
WORD = "as wide as that for these very readers"


def study(seed, spread=0.0):
    """Four readers with errors of their own; ``spread`` sets how far their skill differs."""
    rng = np.random.default_rng(seed)
    skill = 1.3 + spread * np.array([-1.5, -0.5, 0.5, 1.5])
    reads = pd.concat(
        [
            pd.DataFrame(
                {"case_id": range(N), "reader": f"R{k}", "y_true": Y,
                 "level": ("expert", "trainee")[k % 2],
                 "score": np.clip(np.round(3 + d * (Y - 0.5) + rng.normal(size=N)), 1, 5)}
            )
            for k, d in enumerate(skill)
        ]
    )  # fmt: skip
    model = pd.DataFrame({"case_id": range(N), "y_score": 1.5 * Y + rng.normal(size=N)})
    return ReaderStudy.from_frame(reads, model=model, threshold=3.5)


def width(estimate):
    return estimate.high - estimate.low


def test_the_average_and_the_difference_say_so():
    said = kept = 0
    for seed in range(25):
        one = study(seed)
        random, fixed = (one.performance(readers=r, n_resamples=20) for r in ("random", "fixed"))
        noted = any(WORD in note for note in random.warnings)
        pairs = zip(random.groups, fixed.groups, strict=True)
        narrow = any(width(a.estimates["AUC"]) < 0.7 * width(b.estimates["AUC"]) for a, b in pairs)
        said, kept = said + (narrow and noted), kept + narrow
        assert not any(WORD in note for note in fixed.warnings)
        found, these = (one.compare_with_model(readers=r) for r in ("random", "fixed"))
        ratio = width(found.difference) / width(these.difference)
        if abs(ratio - 0.75) > 0.01:
            assert any(WORD in note for note in found.warnings) == (ratio < 0.75)
    assert said == kept > 0


def test_readers_who_differ_are_not_noted():
    one = study(3, spread=0.8)
    for found in (
        one.performance(readers="random", n_resamples=20),
        one.compare_with_model(readers="random"),
        one.compare_groups(readers="random"),
        one.at_operating_points(readers="random", n_resamples=100),
    ):
        assert not any(WORD in note for note in found.warnings)


def test_groups_and_operating_points_say_so():
    groups = points = 0
    for seed in range(25):
        one = study(seed)
        found = one.compare_groups(readers="random")
        these = one.compare_groups(readers="fixed")
        ratio = width(found.differences[0].estimate) / width(these.differences[0].estimate)
        noted = any(WORD in note for note in found.warnings)
        if abs(ratio - 0.75) > 0.01:
            assert noted == (ratio < 0.75)
        groups += noted
        found = one.at_operating_points(readers="random", n_resamples=60)
        these = one.at_operating_points(readers="fixed", n_resamples=60)
        noted = any(WORD in note for note in found.warnings)
        ratio = width(found.average) / width(these.average)
        if abs(ratio - 0.75) > 0.01:
            assert noted == (ratio < 0.75)
        points += noted
    assert groups > 0
    assert points > 0


def reads(**columns):
    table = pd.DataFrame({"case_id": np.tile(range(20), 2), "reader": np.repeat(["A", "B"], 20)})
    table["y_true"] = table["case_id"] % 2
    rng = np.random.default_rng(0)
    table["score"] = np.clip(np.round(3 + table["y_true"] + rng.normal(size=40)), 1, 5)
    return table.assign(**columns)


def test_half_points_on_the_same_scale_are_no_other_scale():
    table = reads()
    table.loc[table["reader"] == "A", "score"] = np.resize([1, 2, 3.5, 4, 5], 20)
    table.loc[table["reader"] == "B", "score"] = np.resize([1, 2, 3, 4, 5, 4, 3], 20)
    assert not any("one scale" in note for note in ReaderStudy.from_frame(table).warnings)
    table.loc[table["reader"] == "A", "score"] = np.resize([1, 2, 3.7, 4.1, 5], 20)
    assert any("or their steps" in note for note in ReaderStudy.from_frame(table).warnings)


def test_words_lead_to_the_order_and_conditions_to_the_modality():
    words = np.resize(["benign", "unsure", "malignant"], 40)
    with pytest.raises(InputError, match=r"or their order: order="):
        ReaderStudy.from_frame(reads(score=words))
    twice = pd.concat([reads(condition="with"), reads(condition="without")])
    with pytest.raises(InputError, match=r'columns=\{"modality": "condition"\}'):
        ReaderStudy.from_frame(twice)
