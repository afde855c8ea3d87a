"""The table does not depend on workers, cache, or being killed; failures stay as rows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk  # noqa: N813
from PIL import Image
from scipy import ndimage

from radln.errors import EmptyMaskError, InputError, RadlnError, UnreadableFileError
from radln.features import nodes
from radln.features.embeddings import DeepFeatures
from radln.features.extract import extract_cases, extract_features
from radln.features.radiomics.settings import RadiomicsSettings
from radln.features.settings import FeatureSettings
from radln.io.cases import CaseSource

pytest.importorskip("radiomics")
sys.path.insert(0, str(Path(__file__).parent))

SMALL = RadiomicsSettings(wavelet=False, log_sigma=(), classes=("shape", "firstorder", "glcm"))
FAST = FeatureSettings(radiomics=SMALL, deep=None)


def node(seed: int, shape=(60, 70)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.normal(size=shape), 1.5)
    y, x = np.mgrid[: shape[0], : shape[1]]
    a, b = rng.uniform(8, 18, 2)
    region = ((y - 30) / a) ** 2 + ((x - 35) / b) ** 2 <= 1
    return np.clip(120 + 250 * noise - 50 * region, 0, 255).astype(np.uint8), region


def write_cases(folder: Path, n: int, **more) -> list[CaseSource]:
    cases = []
    for seed in range(n):
        image, region = node(seed)
        Image.fromarray(image).save(folder / f"{seed}.png")
        Image.fromarray((region * 255).astype(np.uint8)).save(folder / f"{seed}_mask.png")
        paths = folder / f"{seed}.png", folder / f"{seed}_mask.png"
        cases.append(CaseSource(f"case {seed}", *paths, **more))
    return cases


@pytest.fixture
def cases(tmp_path):
    return write_cases(tmp_path, 4, spacing_mm=0.1)


def same(one, two) -> None:
    pd.testing.assert_frame_equal(one.table.values, two.table.values, check_exact=True)
    pd.testing.assert_frame_equal(one.table.status, two.table.status)
    assert one.table.specs == two.table.specs


def fresh(extraction) -> set[tuple[str, str]]:
    """(case, family) pairs that were computed rather than found in the cache."""
    rows = extraction.timings[~extraction.timings["cached"]]
    return set(zip(rows["case_id"], rows["family"], strict=True))


def test_rows_follow_the_cases_and_every_column_has_a_spec(cases):
    seen = []
    found = extract_cases(cases[::-1], FAST, progress=lambda done, of: seen.append((done, of)))
    assert list(found.table.values.index) == [f"case {n}" for n in (3, 2, 1, 0)]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert found.table.n_failed == 0 and found.length_unit == "mm"
    assert {spec.block for spec in found.table.specs} == {"node", "radiomics"}
    units = {spec.name: spec.unit for spec in found.table.specs}
    assert units["node_long_axis_mm"] == "mm"
    assert found.table.values.notna().all(axis=None)
    assert set(found.table.status["message"]) == {""}
    assert list(found.timings.columns) == ["case_id", "family", "seconds", "cached"]
    assert len(found.timings) == 8 and not found.timings["cached"].any()
    forward = extract_cases(cases, FAST)
    pd.testing.assert_frame_equal(forward.table.values.iloc[::-1], found.table.values)


def test_one_worker_or_two_give_the_same_bits(cases, tmp_path):
    encoders = pytest.importorskip("encoders")
    encoder = encoders.save(tmp_path, encoders.model())
    settings = FeatureSettings(
        radiomics=RadiomicsSettings(log_sigma=(1.0,)), deep=DeepFeatures(encoder=encoder)
    )
    cases = [*cases, CaseSource("gone", tmp_path / "x.png", tmp_path / "y.png")]
    one = extract_cases(cases, settings)
    two = extract_cases(cases, settings, jobs=2)
    same(one, two)
    assert one.table.n_failed == 1
    assert one.table.columns("deep") == ["deep_tiny_0000", "deep_tiny_0001"]


def test_failed_cases_stay_as_rows(cases, tmp_path):
    empty = tmp_path / "empty.png"
    Image.fromarray(np.zeros((60, 70), np.uint8)).save(empty)
    small = tmp_path / "small.png"
    Image.fromarray(np.full((60, 69), 255, np.uint8)).save(small)
    broken = tmp_path / "broken.png"
    broken.write_bytes(cases[0].image.read_bytes()[:200])
    good = cases[0]
    listed = [
        good,
        CaseSource("empty", good.image, empty, spacing_mm=0.1),
        CaseSource("small", good.image, small, spacing_mm=0.1),
        CaseSource("broken", broken, good.mask, spacing_mm=0.1),
        CaseSource("label", good.image, good.mask, label=4, spacing_mm=0.1),
        cases[1],
    ]
    status = extract_cases(listed, FAST).table.status
    assert list(status["error_code"]) == [
        "",
        "empty_mask",
        "geometry_mismatch",
        "unreadable_file",
        "empty_mask",
        "",
    ]
    assert list(status["status"]) == ["ok", *["failed"] * 4, "ok"]
    assert "60 x 70 against 60 x 69" in status.loc["small", "message"]


def test_what_nobody_foresaw_is_a_row_too(cases, monkeypatch):
    def trip(*args, **kwargs):
        raise ZeroDivisionError("odd")

    monkeypatch.setattr("radln.features.nodes.node_descriptors", trip)
    status = extract_cases(cases[:1], FAST).table.status
    assert status.loc["case 0", "error_code"] == "unexpected"
    assert status.loc["case 0", "message"] == "ZeroDivisionError: odd"


def test_several_labels_are_several_rows(tmp_path):
    image, _ = node(1)
    labels = np.zeros(image.shape, np.uint8)
    labels[5:20, 5:25], labels[30:50, 30:60] = 1, 3
    Image.fromarray(image).save(tmp_path / "i.png")
    Image.fromarray(labels).save(tmp_path / "m.png")
    paths = tmp_path / "i.png", tmp_path / "m.png"
    both, one = CaseSource("a", *paths), CaseSource("b", *paths, label=3)
    values = extract_cases([both, one], FAST).table.values
    assert list(values.index) == ["a#1", "a#3", "b"]
    np.testing.assert_array_equal(values.loc["a#3"], values.loc["b"])
    assert list(values["node_area_px2"]) == [300, 600, 600]
    assert list(extract_features(*paths, FAST).values.index) == ["node#1", "node#3"]


def test_a_one_pixel_node_is_a_row_with_a_remark(tmp_path):
    image, _ = node(1)
    region = np.zeros(image.shape, bool)
    region[30, 30] = True
    table = extract_features(image, region)
    assert table.status.loc["node", "status"] == "ok"
    assert "not defined on this region" in table.status.loc["node", "message"]


def test_lengths_are_mm_only_when_every_case_knows_its_pixels(cases, tmp_path):
    unknown = CaseSource("u", cases[0].image, cases[0].mask)
    found = extract_cases([*cases, unknown], FAST)
    assert found.length_unit == "px"
    assert "node_area_px2" in found.table.values and "node_area_mm2" not in found.table.values
    np.testing.assert_array_equal(found.table.values.loc["u"], found.table.values.loc["case 0"])
    gone = CaseSource("gone", tmp_path / "x.png", tmp_path / "x.png")
    assert extract_cases([cases[0], gone], FAST).length_unit == "mm"
    strict = extract_cases([*cases, unknown], FAST.model_copy(update={"lengths": "mm"}))
    assert strict.table.n_failed == 1 and "pixel size" in strict.table.status.loc["u", "message"]
    image, region = node(0)
    for name, array in (("i", image), ("m", region.astype(np.uint8))):
        picture = sitk.GetImageFromArray(array)
        picture.SetSpacing((0.1, 0.1))
        sitk.WriteImage(picture, str(tmp_path / f"{name}.nii.gz"))
    header = CaseSource("h", tmp_path / "i.nii.gz", tmp_path / "m.nii.gz")
    values = extract_cases([cases[0], header], FAST).table.values
    np.testing.assert_allclose(values.loc["h"], values.loc["case 0"], rtol=1e-6)


def test_the_cache_is_used_and_changes_nothing(cases, tmp_path):
    plain = extract_cases(cases, FAST)
    first = extract_cases(cases, FAST, cache=tmp_path / "cache")
    again = extract_cases(cases, FAST, cache=tmp_path / "cache", jobs=2)
    same(plain, first)
    same(first, again)
    assert len(fresh(first)) == 8 and again.timings["cached"].all()
    moved = [CaseSource(f"m {n}", c.image, c.mask, None, 0.1) for n, c in enumerate(cases)]
    assert fresh(extract_cases(moved, FAST, cache=tmp_path / "cache")) == set()


def test_exactly_what_changed_is_computed_again(cases, tmp_path, monkeypatch):
    encoders = pytest.importorskip("encoders")
    deep = DeepFeatures(encoder=encoders.save(tmp_path, encoders.model()))
    settings = FeatureSettings(radiomics=SMALL, deep=deep)
    cache = tmp_path / "cache"

    def run(chosen=settings):
        return extract_cases(cases, chosen, cache=cache)

    ids = [case.case_id for case in cases]
    before = run()
    assert len(fresh(before)) == 12
    margin = settings.model_copy(update={"deep": deep.model_copy(update={"margin": 0.5})})
    assert fresh(run(margin)) == {(case, "deep") for case in ids}
    wider = settings.model_copy(update={"radiomics": RadiomicsSettings(bin_count=16)})
    assert fresh(run(wider)) == {(case, "radiomics") for case in ids}
    monkeypatch.setattr(nodes, "ALGORITHM_VERSION", nodes.ALGORITHM_VERSION + 1)
    assert fresh(run()) == {(case, "node") for case in ids}
    monkeypatch.undo()
    assert fresh(run()) == set()
    mask = np.asarray(Image.open(cases[2].mask)).copy()
    y, x = np.argwhere(mask)[0]
    mask[y, x] = 0
    Image.fromarray(mask).save(cases[2].mask)
    changed = run()
    assert fresh(changed) == {("case 2", family) for family in ("node", "radiomics", "deep")}
    assert not changed.table.values.loc["case 2"].equals(before.table.values.loc["case 2"])


def test_an_encoder_that_changes_meanwhile_is_not_kept(cases, tmp_path):
    encoders = pytest.importorskip("encoders")
    deep = DeepFeatures(encoder=encoders.save(tmp_path, encoders.model()))

    def change(done, of):
        encoders.save(tmp_path, encoders.model(), mean=[0.5 * done])

    settings = FeatureSettings(radiomics=SMALL, deep=deep)
    status = extract_cases(cases, settings, progress=change).table.status
    assert list(status["error_code"]) == ["", *["settings"] * 3]


def test_a_killed_worker_is_explained(cases, monkeypatch):
    def die(*args, **kwargs):
        raise BrokenProcessPool("a worker stopped")

    monkeypatch.setattr("joblib.Parallel.__call__", die)
    with pytest.raises(RadlnError, match="fewer jobs"):
        extract_cases(cases, FAST, jobs=2)


def test_a_damaged_record_is_computed_again(cases, tmp_path):
    before = extract_cases(cases, FAST, cache=tmp_path / "cache")
    victim = sorted((tmp_path / "cache").rglob("*.record"))[2]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 4
    victim.write_bytes(bytes(data))
    after = extract_cases(cases, FAST, cache=tmp_path / "cache")
    assert len({case for case, _ in fresh(after)}) == 1
    same(before, after)
    assert extract_cases(cases, FAST, cache=tmp_path / "cache").timings["cached"].all()


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_extract import FAST, CaseSource, extract_cases
folder = Path({folder!r})
cases = [CaseSource(f"case {{n}}", folder / f"{{n}}.png", folder / f"{{n}}_mask.png", None, 0.1)
         for n in range({n})]
extract_cases(cases, FAST, jobs={jobs}, cache=folder / "cache",
              progress=lambda done, of: print(done, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
@pytest.mark.parametrize(("jobs", "after"), [(1, 2), (1, 7), (2, 3)])
def test_killed_and_resumed_gives_the_same_table(tmp_path, jobs, after):
    n = 12
    cases = write_cases(tmp_path, n, spacing_mm=0.1)
    code = KILLED.format(tests=str(Path(__file__).parent), folder=str(tmp_path), n=n, jobs=jobs)
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        while int(process.stdout.readline() or n) < after:
            pass
        os.killpg(process.pid, signal.SIGKILL)
    time.sleep(0.2)
    undisturbed = extract_cases(cases, FAST)
    resumed = extract_cases(cases, FAST, cache=tmp_path / "cache")
    same(undisturbed, resumed)
    assert resumed.timings["cached"].sum() >= 2 * after


def test_refusals_before_the_first_case(cases, tmp_path):
    with pytest.raises(InputError, match="no cases"):
        extract_cases([], FAST)
    with pytest.raises(InputError, match="stand twice"):
        extract_cases([cases[0], cases[1], cases[0]], FAST)
    with pytest.raises(InputError, match="jobs"):
        extract_cases(cases, FAST, jobs=0)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cache folder"):
        extract_cases(cases, FAST, cache=tmp_path / "file" / "cache")
    with pytest.raises(UnreadableFileError, match=r"no file gone\.onnx"):
        deep = DeepFeatures(encoder=tmp_path / "gone.onnx")
        extract_cases(cases, FeatureSettings(radiomics=SMALL, deep=deep))


def test_arrays_and_files_give_the_same_numbers(cases):
    image, region = node(0)
    from_files = extract_features(cases[0].image, cases[0].mask, FAST, spacing_mm=0.1)
    from_arrays = extract_features(image, region, FAST, spacing_mm=(0.1, 0.1))
    pd.testing.assert_frame_equal(from_files.values, from_arrays.values, check_exact=True)
    same_channels = np.repeat(image[..., None], 3, axis=-1)
    colour = extract_features(same_channels, region * 255, FAST, spacing_mm=0.1)
    pd.testing.assert_frame_equal(colour.values, from_arrays.values, check_exact=True)
    in_px = extract_features(str(cases[0].image), str(cases[0].mask), FAST).values
    assert in_px.loc["node", "node_area_px2"] == region.sum()
    ignored = FAST.model_copy(update={"lengths": "px"})
    pd.testing.assert_frame_equal(
        extract_features(image, region, ignored, spacing_mm=0.1).values, in_px
    )


def test_volumes_are_volumes():
    image, region = node(3)
    volume = np.stack([image, image[::-1], image, image[:, ::-1]])
    inside = np.stack([region & False, region, region, region & False])
    names = set(extract_features(volume, inside, FAST, spacing_mm=(2.0, 0.1, 0.1)).values.columns)
    assert "radiomics_original_shape_MeshVolume" in names
    assert not any("shape2D" in name for name in names)
    thin = np.stack([image] * 3)  # three slices are no colours when the mask has three as well
    assert "radiomics_original_shape_MeshVolume" in extract_features(thin, inside[:3], FAST).values


def test_single_images_raise(cases, tmp_path):
    image, region = node(0)
    with pytest.raises(EmptyMaskError):
        extract_features(image, np.zeros_like(region), FAST)
    with pytest.raises(UnreadableFileError):
        extract_features(tmp_path / "no.png", cases[0].mask, FAST)
    with pytest.raises(InputError, match=r"differ in size|do not share a grid"):
        extract_features(image[1:], region, FAST)
    for wrong in (0.0, (0.1,), (0.1, float("nan"))):
        with pytest.raises(InputError, match="spacing_mm"):
            extract_features(image, region, FAST, spacing_mm=wrong)
    with pytest.raises(InputError, match="one number"):
        extract_features(cases[0].image, cases[0].mask, FAST, spacing_mm=(0.1, 0.1))


def test_threads_are_given_back():
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    image, region = node(0)
    extract_features(image, region, FAST)
    assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == before


def many_levels(shape=(60, 80)):
    """A node of more grey levels than texture can be counted of."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return (np.arange(shape[0] * shape[1]).reshape(shape) * 50.0), np.hypot(y - 30, x - 40) < 25


def test_one_familys_refusal_does_not_lose_the_others(tmp_path):
    image, node = many_levels()
    settings = FeatureSettings(radiomics={"bin_count": None, "bin_width": 1.0}, deep=None)
    table = extract_features(image, node, settings)
    status = table.status.loc["node"]
    assert status["status"] == "partial"
    assert f"status: 1 partial ({status['error_code']})" in repr(table)
    assert status["message"].startswith("no radiomics features: ")
    assert table.values.loc["node", "node_area_px2"] == node.sum()
    assert table.columns("radiomics") == []
    assert (table.n_failed, table.n_partial) == (0, 1)


def test_notes_of_reading_come_back(tmp_path):
    image = np.zeros((40, 50, 3))
    image[..., 0] = np.arange(50)
    node = np.zeros((40, 50))
    node[10:30, 10:40], node[10, 10] = 255, 200
    table = extract_features(image, node, FAST)
    message = table.status.loc["node", "message"]
    assert "became grey (luminance)" in message
    assert "cut at 127.5" in message


def marked(value=255):
    """A textured node, and the same with a plus sign on it."""
    y, x = np.mgrid[:90, :110]
    image = 90 + 12 * np.sin(y / 3) + 9 * np.cos(x / 4)
    node = np.hypot(y - 45, x - 55) < 22
    drawn = image.copy()
    drawn[45, 28:39], drawn[40:51, 33] = value, value
    return image, drawn, node


def test_marks_are_left_out_when_asked_and_the_row_says_so():
    image, drawn, node = marked()
    settings = FAST.model_copy(update={"ignore": "marks"})
    clean = extract_features(image, node, FAST)
    spoilt = extract_features(drawn, node, FAST)
    without = extract_features(drawn, node, settings)
    assert "marks left out: " in without.status.loc["node", "message"]
    assert "marks" not in clean.status.loc["node", "message"]
    other = extract_features(drawn + 0 * image, node, settings)
    same_values = without.values.to_numpy() == other.values.to_numpy()
    assert (same_values | np.isnan(without.values.to_numpy())).all()
    for name in clean.values.columns:
        a, b, c = (table.values.loc["node", name] for table in (clean, spoilt, without))
        if "area" in name or "axis" in name or "shape" in name:
            assert a == b == c, name
    maximum = "radiomics_original_firstorder_Maximum"
    assert spoilt.values.loc["node", maximum] == 255
    assert without.values.loc["node", maximum] <= image[node].max()
    echo = "node_echogenicity_difference"
    errors = [abs(t.values.loc["node", echo] - clean.values.loc["node", echo]) for t in
              (spoilt, without)]  # fmt: skip
    assert errors[1] < 0.5 * errors[0]


def test_what_is_left_out_does_not_matter():
    """Whatever the marks' grey value is, it changes nothing."""
    settings = FAST.model_copy(update={"ignore": "marks"})
    tables = [extract_features(marked(grey)[1], marked()[2], settings) for grey in (200, 255)]
    inside = [c for c in tables[0].values.columns if "sharpness" not in c]
    a, b = (table.values[inside].to_numpy() for table in tables)
    np.testing.assert_array_equal(a, b)


def test_without_marks_nothing_changes():
    image, _, node = marked()
    settings = FAST.model_copy(update={"ignore": "marks"})
    a, b = extract_features(image, node, FAST), extract_features(image, node, settings)
    pd.testing.assert_frame_equal(a.values, b.values)
