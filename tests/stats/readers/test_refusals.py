"""Whatever is wrong with an argument of a method, the error is radln's own and names it."""

import inspect
import warnings

import numpy as np
import pytest

from radln.errors import RadlnError, RadlnWarning
from radln.stats import Combination, ReaderStudy
from tests.rows import each_row
from tests.stats.readers.studies import simulated

TWO = simulated(readers=4, trainees=2, cases=24, modalities=("with", "without"))
ONE = simulated(readers=4, trainees=2, cases=24, modalities=("US",))
TEST = {"margin": 0.1, "alternative": "greater", "confidence_level": 0.95}
FIGURE = {"figure": "partial_auc", "specificity": (0.5, 1.0)}
VIEW = {"covariance": "jackknife", "readers": "random", "cases": "random"}
FEW = {"n_resamples": 5, "rng": 0}

CALLS = {
    "performance": (
        ONE,
        {"readers": "fixed", "cutoffs": {"model": 0.5}, "confidence_level": 0.95, **FEW},
    ),
    "agreement": (ONE, {"of": "score", "modality": "US", "confidence_level": 0.95}),
    "mrmc": (TWO, {**FIGURE, **VIEW, **TEST}),
    "pseudovalue_anova": (TWO, {**FIGURE, "confidence_level": 0.95}),
    "compare_groups": (ONE, {"by": "level", "modality": "US", **FIGURE, **VIEW, **TEST}),
    "compare_with_model": (
        ONE,
        {
            "model": "model",
            "modality": "US",
            "figure": "sensitivity",
            "specificity": None,
            "threshold": 0.5,
            **VIEW,
            **TEST,
        },
    ),
    "at_operating_points": (
        ONE,
        {
            "model": "model",
            "modality": "US",
            "matched_on": "sensitivity",
            "readers": "random",
            **TEST,
            **FEW,
        },
    ),
    "u_statistics": (TWO, {"figure": "auc", **TEST}),
    "combine": (
        ONE,
        {
            "combinations": [Combination("or", ("model", "experts"))],
            "modality": "US",
            "groups": {"experts": ["R0", "R1"]},
            "cutoffs": {"model": 0.5},
            "choose": "youden",
            "primary": ("model", "experts"),
            "primary_on": "sensitivity",
            "n_folds": 3,
            "n_repeats": 2,
            "confidence_level": 0.95,
            **FEW,
        },
    ),
    "model_benefit": (
        TWO,
        {
            "unaided": "without",
            "aided": "with",
            "model": "model",
            "threshold": 0.5,
            "covariance": "jackknife",
            "readers": "random",
            "confidence_level": 0.95,
        },
    ),
}
BAD = {
    "text": "many",
    "None": None,
    "nan": np.nan,
    "inf": np.inf,
    "negative": -3,
    "boolean": True,
    "empty": [],
    "thing": object(),
}
ACCEPTED = {
    ("compare_with_model", "threshold"): ["negative"],
    ("model_benefit", "threshold"): ["negative"],
    ("combine", "combinations"): ["empty"],  # the members alone
}
# an argument that the error may speak of by another word
WORDS = {
    "primary_on": ("primary_on", "primary"),
    "unaided": ("modality", "unaided"),
    "aided": ("modality", "aided"),
}


def method(name):
    return getattr(ReaderStudy, name)


def cases():
    for name, (_, call) in CALLS.items():
        for argument in call:
            for kind in BAD:
                yield pytest.param(name, argument, kind, id=f"{name}-{argument}-{kind}")


def test_every_method_and_argument_is_tried():
    methods = {
        name
        for name, held in vars(ReaderStudy).items()
        if inspect.isfunction(held) and not name.startswith("_")
    }
    assert methods == set(CALLS)
    for name, (_, call) in CALLS.items():
        first, *others = inspect.signature(method(name)).parameters
        assert first in ("reads", "self")
        assert set(call) == set(others), name


@pytest.mark.parametrize("name", CALLS)
def test_the_valid_call_is_valid(name):
    study, call = CALLS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", RadlnWarning)
        method(name)(study, **call)


@each_row(("name", "argument", "kind"), list(cases()))
def test_a_bad_argument_is_named(name, argument, kind):
    study, call = CALLS[name]
    call = {**call, argument: BAD[kind]}
    default = inspect.signature(method(name)).parameters[argument].default
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", RadlnWarning)
        if kind in ACCEPTED.get((name, argument), ()) or (kind == "None" and default is None):
            try:
                method(name)(study, **call)
            except RadlnError as error:  # such as: a figure that needs its specificity
                assert argument in str(error)
        else:
            with pytest.raises(RadlnError) as caught:
                method(name)(study, **call)
            assert any(word in str(caught.value) for word in WORDS.get(argument, (argument,)))
