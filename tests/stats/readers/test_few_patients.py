"""A reader study of few patients, each with several cases: warned of, then without inference."""

import inspect
import warnings

import numpy as np
import pytest

from radln._result import Result
from radln.errors import RadlnWarning
from radln.stats import Combination, ReaderStudy
from tests.stats.readers.studies import simulated
from tests.stats.test_few_patients import inference


def study(n_patients, modalities=("with", "without")):
    """80 cases of so many patients, both classes in each."""
    return simulated(
        readers=4, trainees=2, cases=80, per_patient=80 // n_patients, modalities=modalities, seed=1
    )


TWO = ("with", "without")
METHODS = {
    "performance": (TWO, lambda s: s.performance(n_resamples=20)),
    "agreement": (("US",), lambda s: s.agreement(of="score")),
    "mrmc": (TWO, lambda s: s.mrmc()),
    "pseudovalue_anova": (TWO, lambda s: s.pseudovalue_anova()),
    "compare_groups": (("US",), lambda s: s.compare_groups()),
    "compare_with_model": (("US",), lambda s: s.compare_with_model()),
    "at_operating_points": (("US",), lambda s: s.at_operating_points(n_resamples=50)),
    "model_benefit": (TWO, lambda s: s.model_benefit(threshold=0.5)),
    "combine": (
        ("US",),
        lambda s: s.combine(
            [Combination("or", ("model", s.readers[0]))], n_resamples=20, n_folds=2, n_repeats=1
        ),
    ),
}


def test_every_method_with_a_result_is_tried():
    found = {
        name
        for name, held in vars(ReaderStudy).items()
        if inspect.isfunction(held) and not name.startswith("_")
    }
    assert found == {*METHODS, "u_statistics"}  # which refuses patients with several cases


@pytest.mark.parametrize("name", METHODS)
def test_below_five_patients_no_interval_and_no_p(name):
    modalities, ask = METHODS[name]
    with pytest.warns(RadlnWarning, match="no interval and no p-value: 4 patient"):
        found = ask(study(4, modalities))
    told = [*inference(found), *inference(found.frame(), "frame()")]
    assert told
    assert [(where, value) for where, value in told if np.isfinite(value)] == []


@pytest.mark.parametrize("name", METHODS)
def test_below_ten_a_warning_and_from_ten_on_none(name):
    modalities, ask = METHODS[name]
    assert "below 10" in ask(study(8, modalities)).warnings[0]
    plenty = ask(study(20, modalities))
    assert not any("below 10" in note for note in plenty.warnings)
    alone = ask(study(80, modalities))
    assert not any("below 10" in note for note in alone.warnings)


@pytest.mark.parametrize("name", METHODS)
def test_python_warnings_say_the_same(name):
    modalities, ask = METHODS[name]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RadlnWarning)
        found = ask(study(8, modalities))
    told = [str(w.message) for w in caught if issubclass(w.category, RadlnWarning)]
    assert isinstance(found, Result)
    assert told == list(found.warnings)
