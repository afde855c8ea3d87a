"""Every example runs from start to end in a fresh process and writes its figures."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image
from pydantic import ValidationError

from radln.design_settings import DesignSettings, Name

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((REPOSITORY / "examples").glob("plot_*.py"))
DESIGNS = sorted((REPOSITORY / "examples").glob("design_*.py"))


def test_there_are_examples():
    assert len(EXAMPLES) >= 2


def ran(script, *arguments, cwd):
    environment = os.environ | {"MPLBACKEND": "Agg", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "SIMULATED" in done.stdout
    return done.stdout


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(script, tmp_path):
    ran(script, tmp_path / "figures", cwd=tmp_path)
    figures = list((tmp_path / "figures").glob("*.png"))
    assert figures
    for figure in figures:
        with Image.open(figure) as picture:
            assert min(picture.size) > 300


def test_every_design_has_an_example():
    named = {path.stem.removeprefix("design_").replace("_", "-") for path in DESIGNS}
    assert named == {*get_args(Name), "repeated-hold-out"}


@pytest.mark.parametrize("script", DESIGNS, ids=lambda path: path.stem)
def test_example_of_a_design_runs(script, tmp_path):
    ran(script, tmp_path, cwd=tmp_path)
    assert (tmp_path / "report" / "report.html").exists()
    assert (tmp_path / "report" / "bundle" / "bundle.json").exists()


def test_a_split_by_image_looks_far_too_good(tmp_path):
    said = ran(REPOSITORY / "examples" / "split_by_image.py", cwd=tmp_path)
    by_patient, by_image = map(float, re.findall(r": +(0\.\d\d)\n", said))
    assert by_patient < 0.65
    assert by_image > by_patient + 0.25
    with pytest.raises(ValidationError):
        DesignSettings.model_validate({"name": "image"})
