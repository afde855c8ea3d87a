"""Nomograms: rms's points, the model's probabilities, refusals."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit

from radln._types import LinearPredictor, LinearTerm
from radln.errors import InputError
from radln.explain.nomogram import Nomogram, pretty

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "statistics"
AGE = LinearTerm("age", (0.05,), low=20, high=90, unit="years")
RATIO = LinearTerm("long/short ratio", (-1.1,), low=1, high=4)
DOPPLER = LinearTerm("doppler", (0.0, 0.9, -0.3), levels=("hilar", "peripheral", "none"))
MODEL = LinearPredictor(-2.0, (AGE, RATIO, DOPPLER))


def read(name):
    if not FOLDER.is_dir():
        pytest.skip("the reference values from R (../shared/reference/statistics) are not here")
    return json.loads((FOLDER / f"{name}.json").read_text())["results"]["linear"]


@pytest.mark.parametrize("name", ["pbc5y", "calcurv"])
def test_points_and_probabilities_equal_rms(name):
    r = read(f"nomogram_{name}")
    coefficients = read(f"lrm_{name}")["coef"]
    terms = []
    for variable in (key for key in r if "Xbeta" in r[key]):
        axis = r[variable]
        if variable in coefficients:
            low, high = min(axis["value"]), max(axis["value"])
            terms.append(LinearTerm(variable, (coefficients[variable],), low=low, high=high))
        else:
            terms.append(LinearTerm(variable, tuple(axis["Xbeta"]), levels=tuple(axis["value"])))
    nomogram = Nomogram(LinearPredictor(coefficients["Intercept"], tuple(terms)))
    middle = {t.name: t.levels[0] if t.levels else t.low for t in terms}
    for term in terms:
        axis = r[term.name]
        table = pd.DataFrame([{**middle, term.name: value} for value in axis["value"]])
        assert_allclose(nomogram.points(table)[term.name], axis["points"], rtol=1e-6, atol=1e-6)
    total = np.array(r["lp"]["total_points"])
    logits = nomogram.logit_at_zero + nomogram.logit_per_point * total
    assert_allclose(logits, r["lp"]["lp"], atol=1e-5)


values = st.fixed_dictionaries(
    {
        "age": st.floats(0, 120),
        "long/short ratio": st.floats(0.5, 6),
        "doppler": st.sampled_from(DOPPLER.levels),
    }
)


@given(values)
def test_probability_is_the_models(case):
    logit = -2.0 + 0.05 * case["age"] - 1.1 * case["long/short ratio"]
    logit += dict(zip(DOPPLER.levels, DOPPLER.coefficients, strict=True))[case["doppler"]]
    assert_allclose(Nomogram(MODEL).probability(case), expit(logit), rtol=0, atol=1e-12)


@given(values, st.permutations(MODEL.terms))
def test_the_order_of_the_axes_changes_nothing(case, terms):
    shuffled = Nomogram(LinearPredictor(-2.0, tuple(terms)))
    assert shuffled.probability(case) == pytest.approx(Nomogram(MODEL).probability(case))


def test_the_widest_axis_spans_a_hundred_and_all_start_at_zero():
    nomogram = Nomogram(MODEL)
    best = {"age": 20, "long/short ratio": 4, "doppler": "none"}
    worst = {"age": 90, "long/short ratio": 1, "doppler": "peripheral"}
    assert_allclose(nomogram.points(best).iloc[0], [0, 0, 0, 0], atol=1e-12)
    top = nomogram.points(worst).iloc[0]
    assert top[:-1].max() == pytest.approx(100)
    assert top["total"] == pytest.approx(nomogram.max_total)


def test_frame_reads_back():
    nomogram = Nomogram(MODEL, outcome="metastasis")
    frame = nomogram.frame()
    assert list(frame.columns) == ["axis", "value", "points"]
    risks = frame[frame["axis"] == "probability of metastasis"]
    logits = nomogram.logit_at_zero + nomogram.logit_per_point * risks["points"]
    assert_allclose(expit(logits), risks["value"].astype(float), atol=1e-12)
    doppler = frame[frame["axis"] == "doppler"]
    assert doppler["value"].tolist() == list(DOPPLER.levels)
    assert "metastasis" in nomogram.summary()
    assert "<table" in nomogram._repr_html_()


def test_plot_has_an_axis_a_term_and_three_more():
    ax = Nomogram(MODEL).plot()
    words = [text.get_text() for text in ax.texts]
    for name in ("Points", "age (years)", "doppler", "Total points", "Probability of positive"):
        assert name in words


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_pretty_ticks(low, width):
    ticks = pretty(low, low + width)
    assert 3 <= ticks.size <= 11
    slack = 1e-6 * (width + abs(low))
    assert ticks[0] >= low - slack
    assert ticks[-1] <= low + width + slack


@pytest.mark.parametrize(
    ("intercept", "slope"), [(-9.0, 0.01), (9.0, 0.01), (0.0, 0.002), (-2.0, 0.05), (-30, 1.0)]
)
def test_the_axis_of_the_probability_always_has_ticks(intercept, slope):
    nomogram = Nomogram(LinearPredictor(intercept, (replace(AGE, coefficients=(slope,)),)))
    risks = nomogram.frame().query("axis.str.startswith('probability')")
    assert len(risks) >= 2
    assert risks["points"].between(-1e-9, nomogram.max_total + 1e-9).all()
    shown = {text.get_text() for text in nomogram.plot().texts}
    assert len(shown & set(risks["value"])) >= 2


def test_refusals():
    many = tuple(replace(AGE, name=f"x{i}") for i in range(11))
    for terms, words in (
        (many, "1 to 10 axes"),
        ((), "1 to 10 axes"),
        ((AGE, AGE), "different names"),
        ((replace(DOPPLER, coefficients=(0.0, 1.0)),), "3 levels"),
        ((replace(AGE, coefficients=(1.0, 2.0)),), "exactly one"),
        ((replace(AGE, low=90.0),), "low < high"),
        ((replace(AGE, coefficients=(0.0,)),), "no term"),
        ((replace(AGE, coefficients=(np.nan,)),), "finite"),
    ):
        with pytest.raises(InputError, match=words):
            Nomogram(LinearPredictor(0.0, terms))
    nomogram = Nomogram(MODEL)
    good = {"age": 50, "long/short ratio": 2, "doppler": "none"}
    for change, words in (
        ({"age": None}, "missing values"),
        ({"age": "old"}, "must be a number"),
        ({"doppler": "mixed"}, "there are hilar"),
    ):
        with pytest.raises(InputError, match=words):
            nomogram.points({**good, **change})
    with pytest.raises(InputError, match="also needs age"):
        nomogram.points({"doppler": "none", "long/short ratio": 2})
