"""The command line from init to the report, as a user goes."""

from __future__ import annotations

import re

import pytest
import yaml
from typer.testing import CliRunner

from radln import __version__
from radln.cli import app
from radln.io.tables import read_parquet
from tests.study.studies import radln_process


def init_arguments(study, to, *more):
    return [
        "init", to, "--images", study.folder / "images", "--masks", study.folder / "masks",
        "--table", study.folder / "nodes.csv", "--case", "image", "--patient", "person",
        "--outcome", "pathology", "--node", "node", "--site", "device",
        "--clinical", "age, border", "--reader", "expert:4", "--reader", "trainee:3",
        "--pixel-size-mm", "pixel", *more,
    ]  # fmt: skip


def test_from_init_to_the_report(study, tmp_path, radln):
    to = tmp_path / "fresh"
    said = radln(*init_arguments(study, to))
    assert said.code == 0, said.err
    assert "outcome: malignant (17) = positive; benign (21) = negative" in said.out
    assert "unit: node" in said.out
    held = yaml.safe_load((to / "study.yaml").read_text())
    assert (held["models"]["folds"], held["models"]["repeats"]) == (5, 5)
    held["models"] |= {"folds": 2, "repeats": 1, "inner_folds": 2}
    held["evaluation"]["n_resamples"] = 100
    held["features"]["radiomics"] = {"wavelet": False, "log_sigma": []}
    (to / "study.yaml").write_text(yaml.safe_dump(held))

    said = radln("check", to)
    assert said.code == 0, said.out
    assert "38 cases of 26 patients" in said.out

    said = radln("extract", to, "-o", tmp_path / "features.parquet")
    assert said.code == 0, said.err
    assert "38 nodes" in said.out
    table, specs = read_parquet(tmp_path / "features.parquet")
    assert len(specs) == table.shape[1] - 4

    said = radln("run", to)
    assert said.code == 0, said.err
    assert "Combined (logistic)" in said.out
    assert "Report: " in said.out
    for name in ("report.html", "predictions.csv", "run.json", "features.parquet"):
        assert (to / "results" / name).is_file()
    for folder, suffix in (("tables", ".csv"), ("figures", ".png"), ("figures", ".svg")):
        assert list((to / "results" / folder).glob(f"*{suffix}"))


def test_init_does_not_overwrite(study, radln):
    before = study.yaml.read_text()
    said = radln(*init_arguments(study, study.folder))
    assert said.code == 2
    assert "add --force" in said.err
    assert study.yaml.read_text() == before
    assert radln(*init_arguments(study, study.folder, "--force")).code == 0
    assert study.yaml.read_text() != before


def test_extract_to_csv(study, tmp_path, radln):
    study.keep_images(3)
    assert radln("extract", study.yaml, "-o", tmp_path / "f.csv").code == 0
    assert len((tmp_path / "f.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["check"],
        ["run", "x", "--jobs", "0"],
        ["run", "x", "--jobs", "two"],
        ["run", "x", "--fast"],
        ["extract", "x"],
        ["init", "x"],
        ["init", "x", "--images", "y", "--table", "z.csv", "--case", "a"],
    ],
)
def test_usage_errors(arguments):
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_help_without_a_command():
    assert "Start with: radln demo" in CliRunner().invoke(app, []).output


def test_version_as_a_module(tmp_path):
    done = radln_process("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"radln {__version__}\n")


def test_progress_is_a_line_a_stage_off_a_terminal(study, radln):
    study.keep_images(3)
    said = radln("extract", study.folder, "-o", study.folder / "f.csv")
    assert said.err.splitlines() == ["check: 3 of 3", "features: 3 of 3"]
    assert not re.search(r"\x1b", said.err + said.out)


def test_interrupted(study, radln, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("radln.study.core.take_in_all", stop)
    said = radln("check", study.folder)
    assert said.code == 130
    assert "finished work is kept" in said.err


def test_demo_refuses_a_folder_with_other_things(tmp_path, radln):
    (tmp_path / "thesis.docx").write_text("mine")
    said = radln("demo", tmp_path)
    assert said.code == 1
    assert "not empty" in said.err
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]
