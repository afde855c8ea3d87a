"""Killed, resumed, spoilt and parallel: the same bits, and nothing computed twice."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from radln.designs import Split
from radln.features import nodes
from radln.io.images import read_image, read_mask, write_png
from radln.io.tables import write_csv, write_parquet
from radln.study.core import Study
from radln.study.judged import with_reads
from radln.study.output import FoldStore
from tests.conftest import cross_fitted
from tests.study.studies import environment

KILLED = """
import os, pathlib, signal, sys
folder, at = sys.argv[1], int(sys.argv[2])
seen = 0
whole = pathlib.Path.replace
def replace(draft, path):
    global seen
    if f"/{folder}/" in str(path.absolute()) and path.stem != "looks":
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)
    return whole(draft, path)
pathlib.Path.replace = replace
sys.argv = ["radln", *sys.argv[3:]]
from radln.cli import main
main()
"""


def killed(arguments, cwd, *, folder, at) -> int:
    """Run ``radln ...`` and SIGKILL it while it writes the ``at``-th file of a folder.

    The file is written but not yet in its place: the worst moment. Returns the exit status.
    """
    return subprocess.run(
        [sys.executable, "-c", KILLED, folder, str(at), *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        check=False,
    ).returncode


def records(folder):
    """Finished files that are no look at a case; a draft that a kill left behind starts with a dot
    and counts for nothing.
    """
    found = [path for path in folder.rglob("*.record") if not path.name.startswith(".")]
    return sorted(path for path in found if path.stem != "looks")


@pytest.mark.parametrize("seed", [1, 2])
def test_extraction_killed_at_three_points(study, seed):
    study.keep_images(20)
    study.set(features__radiomics={"wavelet": True, "log_sigma": []})
    cache = study.folder / ".radln-cache"
    shutil.rmtree(cache)
    undisturbed = Study.from_yaml(study.folder).extract().table
    write_parquet(study.folder / "undisturbed.parquet", undisturbed.frame(), undisturbed.metadata())
    n_all = len(records(cache))
    assert n_all == 20
    shutil.rmtree(cache)
    Study.from_yaml(study.folder).check()

    out = study.folder / "features.parquet"
    kept = 0
    for point in random.Random(seed).sample(range(2, 6), 3):
        arguments = ["extract", study.folder, "-o", out]
        code = killed(arguments, study.folder, folder=cache.name, at=point)
        assert code == -signal.SIGKILL
        kept += point - 1  # the one in the making is lost, nothing else is
        assert len(records(cache)) == kept < n_all
        assert not out.exists()
    before = {path: path.stat().st_mtime_ns for path in records(cache)}

    resumed = Study.from_yaml(study.folder).extract()
    write_parquet(out, resumed.table.frame(), resumed.table.metadata())
    assert out.read_bytes() == (study.folder / "undisturbed.parquet").read_bytes()
    assert resumed.timings["cached"].sum() == 3 * len(before)  # three families
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_killed_in_the_models(pristine, study):
    folds = study.out / "folds"
    arguments = ["run", study.folder, "--out", study.out]
    code = killed(arguments, study.folder, folder="folds", at=2)
    assert code == -signal.SIGKILL
    assert len(records(folds)) == 1
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in records(folds)}
    assert before
    assert not (study.out / "predictions.csv").exists()
    Study.from_yaml(study.folder).run(out=study.out)
    assert len(records(folds)) == 2
    for path, stamp in before.items():
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == stamp, "a fold was fitted again"
    for name in ("predictions.csv", "features.parquet", "model/predictions_final.csv"):
        assert (study.out / name).read_bytes() == (pristine.out / name).read_bytes()


def test_two_jobs_give_the_same_bytes(pristine, study):
    shutil.rmtree(study.folder / ".radln-cache")
    done = Study.from_yaml(study.folder).run(jobs=2)
    table = done.extraction.table
    write_parquet(study.folder / "f.parquet", table.frame(), table.metadata())
    write_csv(study.folder / "p.csv", with_reads(done.cohort, done.fit).frame())
    assert (study.folder / "f.parquet").read_bytes() == (
        pristine.out / "features.parquet"
    ).read_bytes()
    assert (study.folder / "p.csv").read_bytes() == (pristine.out / "predictions.csv").read_bytes()
    assert not done.extraction.timings["cached"].any()
    assert table.columns("deep")
    assert any(model.block == "deep" for model in done.final)


# the cache of features


def computed(study):
    """(case, family) of what was not taken from the cache."""
    timings = Study.from_yaml(study.folder).extract().timings
    fresh = timings[~timings["cached"].astype(bool)]
    return set(zip(fresh["case_id"], fresh["family"], strict=True))


def everything(study, *families):
    return {(case, family) for case in study.table()["image"] for family in families}


def of_one(case):
    return {(case, family) for family in ("node", "radiomics", "deep")}


def test_nothing_is_computed_twice(study):
    assert computed(study) == set()


@pytest.mark.parametrize("how", ["cut", "flip", "empty"])
def test_a_corrupted_record(study, pristine, how):
    path = records(study.folder / ".radln-cache")[7]
    held = path.read_bytes()
    flipped = held[:-1] + bytes([held[-1] ^ 1])
    path.write_bytes({"cut": held[:40], "flip": flipped, "empty": b""}[how])
    extraction = Study.from_yaml(study.folder).extract()
    again = extraction.timings[~extraction.timings["cached"].astype(bool)]
    assert (again["case_id"].nunique(), len(again)) == (1, 3)  # the families of one case
    assert path.read_bytes() == held
    expected = pd.read_parquet(pristine.out / "features.parquet")
    pd.testing.assert_frame_equal(extraction.table.frame(), expected, check_dtype=False)


def test_one_setting(study):
    study.set(
        features__radiomics={
            "wavelet": False,
            "log_sigma": [],
            "classes": ["shape", "firstorder", "glcm"],
            "bin_count": 16,
        }
    )
    assert computed(study) == everything(study, "radiomics")


def test_one_mask_byte(study):
    mask = (read_mask(study.mask(9)).labels * 255).astype(np.uint8)
    mask[np.argwhere(mask)[0][0], np.argwhere(mask)[0][1]] = 0
    write_png(study.mask(9), mask)
    assert computed(study) == of_one("ZQX-0009")


def test_one_pixel(study):
    image = read_image(study.image(9)).values.astype(np.uint8)
    image[0, 0] ^= 1
    write_png(study.image(9), image)
    assert computed(study) == of_one("ZQX-0009")


def test_one_pixel_size(study):
    table = study.table()
    table.loc[9, "pixel"] = 0.21
    study.write_table(table)
    assert computed(study) == of_one("ZQX-0009")


def test_algorithm_version(study, monkeypatch):
    monkeypatch.setattr(nodes, "ALGORITHM_VERSION", nodes.ALGORITHM_VERSION + 1)
    assert computed(study) == everything(study, "node")


def test_names_and_folders_do_not_matter(study):
    table = study.table()
    for k, name in enumerate(table["image"]):
        study.image(k).rename(study.folder / "images" / f"x{name}.png")
    study.set(data__image_name={"prefix": "x"}, name="another name", seed=9)
    (study.folder / "masks").rename(study.folder / "contours")
    study.set(data__masks="contours")
    assert computed(study) == set()


# the store of folds


def test_a_fold_counts_only_for_its_own_cohort(result, tmp_path):
    kept = result.fit.folds[0]
    as_split = Split(kept.repeat, kept.fold, np.array([], dtype=np.int64), kept.test)
    store = FoldStore(tmp_path, result.cohort)
    store.save(kept)
    again = FoldStore(tmp_path, result.cohort).load(as_split)
    np.testing.assert_array_equal(again.log_odds, kept.log_odds)
    assert [m.to_dict() for m in again.models] == [m.to_dict() for m in kept.models]

    predictors = result.cohort.predictors.copy()
    column = predictors.columns.get_loc("node_roundness")
    predictors.iloc[0, column] = np.nextafter(predictors.iloc[0, column], 2)
    from dataclasses import replace

    other = replace(result.cohort, predictors=predictors)
    assert FoldStore(tmp_path, other).load(as_split) is None


def test_kept_folds_are_not_fitted_again(result):
    kept = {(fold.repeat, fold.fold): fold for fold in result.fit.folds}
    saved = []
    fit = cross_fitted(
        result.cohort,
        result.settings.models,
        seed=result.settings.seed,
        load=lambda split: kept.get((split.repeat, split.fold)),
        save=saved.append,
    )
    assert saved == []
    pd.testing.assert_frame_equal(fit.predictions.frame(), result.fit.predictions.frame())
