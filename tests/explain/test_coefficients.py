"""Logistic models of statsmodels as nomograms: their probability is the model's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from numpy.testing import assert_allclose

from radln import Nomogram
from radln.errors import InputError
from radln.explain.coefficients import from_statsmodels

rng = np.random.default_rng(0)
N = 300
TABLE = pd.DataFrame(
    {
        "age": rng.normal(60, 9, N),
        "border": rng.choice(["smooth", "irregular", "lobulated"], N),
        "sex": rng.choice(["F", "M"], N),
        "size": rng.gamma(4, 3, N),
    }
)
ETA = -4 + 0.04 * TABLE["age"] + 0.9 * (TABLE["border"] == "irregular") + 0.1 * TABLE["size"]
TABLE["y"] = (rng.random(N) < 1 / (1 + np.exp(-ETA))).astype(int)
ORDERED = TABLE.assign(border=pd.Categorical(TABLE["border"], ["smooth", "lobulated", "irregular"]))
X = sm.add_constant(TABLE[["age", "size"]])
BINOMIAL = sm.families.Binomial()


@pytest.mark.parametrize(
    ("fit", "table", "terms"),
    [
        (
            lambda: smf.logit("y ~ age + C(border) + sex + size", TABLE).fit(disp=0),
            TABLE,
            {"age", "border", "sex", "size"},
        ),
        (
            lambda: smf.glm("y ~ border + size", ORDERED, family=BINOMIAL).fit(),
            ORDERED,
            {"border", "size"},
        ),
        (
            lambda: smf.logit('y ~ C(border, Treatment("smooth")) + age', TABLE).fit(disp=0),
            TABLE,
            {"border", "age"},
        ),
        (lambda: sm.Logit(TABLE["y"], X).fit(disp=0), X, {"age", "size"}),
        (lambda: sm.GLM(TABLE["y"], X, family=BINOMIAL).fit(), X, {"age", "size"}),
        (lambda: sm.Logit(TABLE["y"], X[["age", "size"]]).fit(disp=0), X[["age", "size"]], None),
    ],
)
def test_the_nomogram_says_what_the_model_says(fit, table, terms):
    results = fit()
    nomogram = Nomogram(results)
    assert_allclose(nomogram.probability(table), results.predict(table), atol=1e-12)
    found = {term.name for term in nomogram.predictor.terms}
    assert found == (terms or {"age", "size"})


def test_levels_begin_with_the_reference_and_axes_hold_the_middle():
    results = smf.logit('y ~ C(border, Treatment("smooth")) + age', TABLE).fit(disp=0)
    border, age = sorted(from_statsmodels(results).terms, key=lambda term: -len(term.levels))
    assert border.levels[0] == "smooth"
    assert border.coefficients[0] == 0
    assert_allclose([age.low, age.high], np.quantile(TABLE["age"], [0.05, 0.95]))
    zero_one = sm.Logit(
        TABLE["y"], X.assign(rare=np.arange(N) < 9)[["const", "rare"]].astype(float)
    )
    (term,) = from_statsmodels(zero_one.fit(disp=0)).terms
    assert (term.low, term.high) == (0, 1)


@pytest.mark.parametrize(
    ("fit", "said"),
    [
        (lambda: sm.OLS(TABLE["y"], X).fit(), "OLS of statsmodels is no logistic model"),
        (lambda: sm.Probit(TABLE["y"], X).fit(disp=0), "Probit of statsmodels is no logistic"),
        (lambda: sm.GLM(TABLE["y"], X).fit(), "GLM of statsmodels is no logistic model"),
        (
            lambda: smf.logit("y ~ age * size", TABLE).fit(disp=0),
            "'age:size' is a product, a power or another function",
        ),
        (
            lambda: smf.logit("y ~ np.log(size)", TABLE).fit(disp=0),
            r"'np.log\(size\)' is a product",
        ),
    ],
)
def test_what_has_no_axis_is_refused(fit, said):
    with pytest.raises(InputError, match=said):
        Nomogram(fit())


def test_a_table_that_changed_after_the_fit_is_refused():
    n = 60
    draw = np.random.default_rng(1)
    border = np.array(["a", "b"])[np.arange(n) % 2]
    frame = pd.DataFrame({"age": draw.normal(60, 9, n), "border": border})
    fit = smf.logit("y ~ age + border", frame.assign(y=(draw.random(n) < 0.5) * 1)).fit(disp=0)
    assert len(from_statsmodels(fit).terms) == 2
    fit.model.data.frame = frame.assign(border=np.where(np.arange(n) < 2, "c", border))
    with pytest.raises(InputError, match="which level the coefficients are measured from"):
        from_statsmodels(fit)
