"""What ``import radln`` offers, and how light it is."""

import subprocess
import sys

import pytest

import radln

PROMISED = {
    "Study", "Cohort", "Predictions", "Nomogram", "extract_features", "FeatureSettings", "auc",
    "roc_curve", "compare_auc", "proportion", "diagnostic_table", "calibration", "decision_curve",
}  # fmt: skip


def test_promised_names_are_there():
    assert set(radln.__all__) >= PROMISED


@pytest.mark.parametrize("name", sorted(radln.__all__))
def test_name_loads_and_is_documented(name):
    thing = getattr(radln, name)
    assert thing.__doc__ and len(thing.__doc__) > 40
    assert name in dir(radln)


@pytest.mark.parametrize("name", sorted(PROMISED - {"Cohort"}))
def test_promised_name_has_an_example(name):
    assert "Examples" in getattr(radln, name).__doc__


def test_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match="compare_auc"):
        radln.nothing_of_the_sort  # noqa: B018


@pytest.mark.parametrize(
    ("code", "light_of"),
    [
        ("import radln", {"numpy", "pandas", "sklearn", "matplotlib", "torch", "shap", "xgboost"}),
        (
            "import radln.cli",
            {"numpy", "pandas", "sklearn", "matplotlib", "torch", "shap", "xgboost", "pydantic"},
        ),
        ("import radln.stats", {"sklearn", "matplotlib", "torch", "shap", "xgboost"}),
        ("from radln import extract_features", {"sklearn", "matplotlib", "torch", "xgboost"}),
    ],
)
def test_imports_stay_light(code, light_of):
    printed = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(' '.join(sys.modules))"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert not light_of & set(printed.split())
