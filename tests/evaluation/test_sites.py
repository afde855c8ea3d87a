"""Sites that were left out, from predictions alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radln.evaluation.settings import EvaluationSettings, PrimarySettings
from radln.evaluation.sites import evaluate_sites
from radln.predictions import Predictions
from radln.stats import compare_auc, holm
from radln.stats.description.pooled import pooled_difference

SITES = [f"s{k}" for k in range(7)]
SETTINGS = EvaluationSettings(
    primary=PrimarySettings(full="rich", simple="simple"), ladder=("simple", "rich", "other"),
    n_resamples=100,
)  # fmt: skip


def tables(seed=0, n=60):
    rng = np.random.default_rng(seed)
    site = np.repeat(SITES, n)
    y = rng.random(site.size) < 0.4
    units = pd.DataFrame(
        {
            "unit_id": [f"u{k}" for k in range(site.size)],
            "patient_id": [f"p{k // 2}" for k in range(site.size)],
            "y_true": y.astype(int),
            "site": site,
        }
    )
    parts = []
    for name, strength in (("rich", 1.5), ("simple", 0.7), ("other", 1.0)):
        shift = 3.0 * np.arange(7).repeat(n)  # scores of two sites are on no common scale
        score = strength * y + rng.normal(size=y.size) + shift
        part = pd.DataFrame({"unit_id": units["unit_id"], "source": name, "y_score": score})
        part["y_prob"] = 1 / (1 + np.exp(-(score - shift - 0.5)))
        parts.append(part.assign(repeat=0, fold=np.arange(7).repeat(n)))
    reads = np.clip(np.round(3 + y + rng.normal(size=y.size)), 1, 5)
    reader = pd.DataFrame({"unit_id": units["unit_id"], "source": "reader", "y_score": reads})
    return units, pd.concat([*parts, reader.assign(repeat=0)], ignore_index=True)


def cuts():
    rows = [(s, 0, k, 0.5) for s in ("rich", "simple", "other") for k in range(7)]
    table = pd.DataFrame(rows, columns=["source", "repeat", "fold", "cut_off"])
    return pd.concat([table, pd.DataFrame({"source": ["reader"], "cut_off": [4.0]})])


def judged(units, scores, settings=SETTINGS):
    return evaluate_sites(
        Predictions(units, scores), cuts(), settings, seed=1, readers=["reader"], n_training=100
    )


def gaps(units, scores, first, second, sites=SITES):
    found = []
    for site in sites:
        rows = units[units["site"] == site].set_index("unit_id")
        a, b = (
            scores[scores["source"] == s].set_index("unit_id")["y_score"].loc[rows.index]
            for s in (first, second)
        )
        found.append(compare_auc(rows["y_true"], a, b, cluster=rows["patient_id"]).difference)
    return found


def test_scores_of_two_sites_are_never_ranked():
    units, scores = tables()
    moved = scores.copy()
    model = moved["source"] == "rich"
    moved.loc[model, "y_score"] -= 40.0 * moved.loc[model, "fold"].astype(float)
    pd.testing.assert_frame_equal(judged(units, scores).aucs, judged(units, moved).aucs)


def test_ladder_and_pairs_are_means_of_sites():
    units, scores = tables()
    found = judged(units, scores)
    steps = [pooled_difference(gaps(units, scores, a, b), shared_training=True)
             for a, b in (("rich", "simple"), ("other", "rich"))]  # fmt: skip
    assert found.ladder["richer"].tolist() == ["rich", "other"]
    np.testing.assert_allclose(found.ladder["value"], [s.estimate.value for s in steps])
    np.testing.assert_allclose(found.ladder["low"], [s.estimate.low for s in steps])
    np.testing.assert_allclose(found.ladder["pvalue_holm"], holm([s.pvalue for s in steps]))
    assert len(found.pairs) == 6 and "pvalue" not in found.pairs
    gap = found.gap("simple", "rich")
    assert gap is not None and gap.value == pytest.approx(-steps[0].estimate.value)


def test_sites_in_another_order_and_rows_shuffled_give_the_same():
    units, scores = tables()
    first = judged(units, scores)
    again = judged(units.sample(frac=1, random_state=1), scores.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(first.sites.differences, again.sites.differences)
    assert first.primary.pvalue == pytest.approx(again.primary.pvalue)


def test_a_reader_who_skipped_cases_of_a_site_is_not_compared_there():
    units, scores = tables()
    reader = scores["source"] == "reader"
    first = scores["unit_id"].isin(units.loc[units["site"] == "s2", "unit_id"][:45])
    partly = scores[~(reader & first)]
    against = EvaluationSettings(
        primary=PrimarySettings(full="rich", simple="reader"), ladder=(), n_resamples=100
    )
    found = judged(units, partly, against)
    why = found.sites.differences.set_index("site")["why"]
    assert "fewer than 10" in why["s2"] or why["s2"] == "one of the two lacks cases"
    assert (why.drop("s2") == "").all()
    assert found.sites.n_pooled == 6
    others = [site for site in SITES if site != "s2"]
    mean = pooled_difference(gaps(units, scores, "rich", "reader", others), shared_training=True)
    assert found.primary.difference.value == pytest.approx(mean.estimate.value)
    table = found.sites.table
    row = table[(table["source"] == "reader") & (table["site"] == "s2")].iloc[0]
    assert row["n"] == 15 and not row["pooled"]


def test_four_sites_have_no_mean_and_no_p():
    units, scores = tables()
    units = units[units["site"].isin(SITES[:4])]
    scores = scores[scores["unit_id"].isin(units["unit_id"])]
    found = judged(units, scores)
    assert found.primary is None and found.ladder.empty and found.pairs.empty
    values = [gap.value for gap in gaps(units, scores, "rich", "simple", SITES[:4])]
    assert found.sites.spread == pytest.approx((min(values), max(values)))
    models = found.aucs[found.aucs["kind"] == "model"]
    assert models["value"].isna().all()
    assert found.sites.summaries["value"].isna().all()
