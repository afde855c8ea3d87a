"""Anybody's predictions are judged by the same statistics; units may miss from a repeat."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from radln.errors import InputError
from radln.evaluation.evaluate import evaluate
from radln.evaluation.settings import EvaluationSettings, PrimarySettings
from radln.predictions import Predictions
from radln.stats import (
    auc,
    auc_over_folds,
    calibration,
    compare_auc,
    compare_over_folds,
    diagnostic_table,
)

N = 100
rng = np.random.default_rng(2)
Y = rng.random(N) < 0.45
PATIENT = np.repeat([f"p{k}" for k in range(N // 2)], 2)
SETTINGS = EvaluationSettings(
    n_resamples=100, ladder=(), primary=PrimarySettings(full="net", simple="published")
)
pytestmark = pytest.mark.filterwarnings("ignore::radln.errors.RadlnWarning")


def rows(source, score, *, prob=True, repeat=0, fold=None, keep=slice(None)):
    table = pd.DataFrame(
        {"unit_id": [f"u{k:03d}" for k in range(N)], "patient_id": PATIENT, "y_true": Y.astype(int)}
    ).assign(source=source, y_score=score, repeat=repeat)
    if prob:
        table["y_prob"] = 1 / (1 + np.exp(-score))
    if fold is not None:
        table["fold"] = fold
    return table.iloc[keep]


NET = [1.4 * Y + rng.normal(size=N) for _ in range(2)]
FOLDS = [np.repeat(rng.permutation(50) % 5, 2) for _ in range(2)]
PUBLISHED = 0.8 * Y + rng.normal(size=N)
READ = np.clip(np.round(3 + Y + rng.normal(size=N)), 1, 5)


def predictions(keep=(slice(None), slice(None)), read=slice(None)):
    parts = [rows("net", NET[r], repeat=r, fold=FOLDS[r], keep=keep[r]) for r in (0, 1)]
    parts += [rows("published", PUBLISHED), rows("Dr A", READ, prob=False, keep=read)]
    return Predictions.from_frame(pd.concat(parts, ignore_index=True))


def row(table, **at):
    for name, value in at.items():
        table = table[table[name] == value]
    (found,) = table.to_dict("records")
    return found


def same(found, estimate):
    assert_allclose(
        [found["value"], found["low"], found["high"]],
        [estimate.value, estimate.low, estimate.high],
        atol=1e-12,
    )


def test_every_source_by_its_own_kind():
    found = evaluate(predictions(), {"Dr A": 4}, SETTINGS, seed=1, readers=["Dr A"])
    over = auc_over_folds(Y, np.array(NET), np.array(FOLDS), cluster=PATIENT)
    same(row(found.aucs, source="net"), over.estimate)
    same(row(found.aucs, source="published"), auc(Y, PUBLISHED, cluster=PATIENT).estimate)
    same(row(found.aucs, source="Dr A"), auc(Y, READ, cluster=PATIENT).estimate)
    assert found.aucs["kind"].tolist() == ["model", "model", "reader"]
    direct = compare_over_folds(Y, np.array(NET), PUBLISHED, np.array(FOLDS), cluster=PATIENT)
    same(row(found.pairs, first="net", second="published"), direct.difference)
    assert found.primary.pvalue == direct.pvalue
    assert found.n_training == over.n_training
    rates = found.operating[found.operating["source"] == "Dr A"].set_index("measure")
    assert set(found.operating["source"]) == {"Dr A"}  # nobody else has a cut-off
    assert_allclose(rates.loc["sensitivity", "value"], (READ[Y] >= 4).mean())
    slope = row(found.calibration_table, source="published", measure="slope")["value"]
    risk = 1 / (1 + np.exp(-PUBLISHED))
    assert_allclose(slope, calibration(Y, risk, cluster=PATIENT, n_resamples=0).slope.value)


def test_without_folds_anywhere_sources_are_compared_as_they_are():
    table = pd.concat([rows("published", PUBLISHED), rows("Dr A", READ, prob=False)])
    found = evaluate(Predictions.from_frame(table), {}, SETTINGS, seed=1, readers=["Dr A"])
    direct = compare_auc(Y, PUBLISHED, READ, cluster=PATIENT)
    same(row(found.pairs, first="published", second="Dr A"), direct.difference)
    assert found.n_training == 0
    assert found.primary is None
    assert found.operating.empty
    assert set(found.calibration_table["source"]) == {"published"}


def test_a_unit_may_miss_from_a_repeat():
    """One held-out fold alone, or a case that failed in a repeat."""
    some = [slice(None), np.arange(6, N)]  # three patients miss from the second repeat
    found = evaluate(predictions(some), {}, SETTINGS, seed=1, readers=["Dr A"])
    over = auc_over_folds(Y[6:], np.array(NET)[:, 6:], np.array(FOLDS)[:, 6:], cluster=PATIENT[6:])
    same(row(found.aucs, source="net"), over.estimate)
    assert "net: 6 case(s) miss from a repeat, and are left out of all of them." in found.warnings
    assert not found.pairs.query("first == 'net' and second == 'published'").empty
    held_out = np.flatnonzero(FOLDS[0] == 1)
    single = predictions([held_out, slice(0, 0)])
    found = evaluate(single, {}, SETTINGS, seed=1, readers=["Dr A"])
    area = auc(Y[held_out], NET[0][held_out], cluster=PATIENT[held_out])
    assert_allclose(row(found.aucs, source="net")["value"], area.value)


def test_calls_count_where_they_were_made():
    cuts = pd.DataFrame(
        [
            {"source": "net", "repeat": r, "fold": f, "cut_off": 0.3 + 0.05 * f}
            for r in (0, 1)
            for f in range(5)
        ]
    )
    found = evaluate(predictions(), cuts, SETTINGS, seed=1, readers=["Dr A"])
    values = [
        diagnostic_table(
            Y, 1 / (1 + np.exp(-NET[r])) >= 0.3 + 0.05 * FOLDS[r], cluster=PATIENT, n_resamples=100
        ).specificity.value
        for r in (0, 1)
    ]
    assert_allclose(
        row(found.operating, source="net", measure="specificity")["value"], np.mean(values)
    )


def test_a_reader_of_some_cases_is_judged_on_them_and_in_no_pair():
    found = evaluate(predictions(read=slice(0, 60)), {}, SETTINGS, seed=1, readers=["Dr A", "Dr B"])
    same(row(found.aucs, source="Dr A"), auc(Y[:60], READ[:60], cluster=PATIENT[:60]).estimate)
    assert "Dr A" not in set(found.pairs["first"]) | set(found.pairs["second"])
    assert row(found.aucs, source="Dr B")["n"] == 0  # read nothing


def test_models_of_other_folds_are_not_compared():
    other = rows("other", NET[0], fold=FOLDS[1])
    table = pd.concat([predictions([slice(None), slice(0, 0)]).frame(), other])
    found = evaluate(Predictions.from_frame(table), {}, SETTINGS, seed=1, readers=["Dr A"])
    assert found.pairs.query("first == 'net' and second == 'other'").empty


def test_a_cut_off_of_nobody_is_refused():
    with pytest.raises(InputError, match="given for 'Dr Z', which is no source"):
        evaluate(predictions(), {"Dr Z": 3}, SETTINGS, seed=1)


def test_cut_offs_that_do_not_fit_the_folds_are_refused():
    held = Predictions.from_frame(rows("net", NET[0], fold=FOLDS[0]))
    some = pd.DataFrame({"source": "net", "repeat": 0, "fold": range(4), "cut_off": 0.5})
    with pytest.raises(InputError, match="net has no cut-off in 1 fold"):
        evaluate(held, some, SETTINGS, seed=1)
    whole = pd.DataFrame({"source": "net", "repeat": 0, "fold": range(5), "cut_off": 0.5})
    assert not evaluate(held, whole, SETTINGS, seed=1).operating.empty
    several = whole.assign(cut_off=np.linspace(0.3, 0.7, 5))
    with pytest.raises(InputError, match="several cut-offs, but no folds"):
        evaluate(Predictions.from_frame(rows("net", NET[0])), several, SETTINGS, seed=1)
