"""Pooling is what it says, and a wrong encoder is named with its remedy."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
sys.path.insert(0, str(Path(__file__).parent))

import encoders  # noqa: E402
from onnx import helper  # noqa: E402

from radln.errors import (  # noqa: E402
    EmptyMaskError,
    InputError,
    SettingsError,
    UnreadableFileError,
)
from radln.features.embeddings import DeepFeatures  # noqa: E402
from radln.features.encoders import load_encoder  # noqa: E402
from radln.features.extract import deep_features  # noqa: E402
from radln.imaging.fingerprint import fingerprint  # noqa: E402

REGION = np.zeros((40, 48), bool)
REGION[12:28, 16:32] = True
IMAGE = np.where(REGION, 51.0, 204.0)
ONE = (1.0, 1.0)


def run(path, image=IMAGE, region=REGION, spacing=ONE, **more):
    found = next(DeepFeatures(encoder=path, **more).embed([(image, region)], spacing=spacing))
    return found.values, found.message


def test_mean_over_the_mask_and_over_the_crop(tmp_path):
    path = encoders.save(tmp_path, encoders.model())
    found, message = run(path, pooling="both", margin=0.5)
    assert list(found) == [
        "deep_tiny_0000",
        "deep_tiny_0001",
        "deep_tiny_crop_0000",
        "deep_tiny_crop_0001",
    ]
    assert message == ""
    assert found["deep_tiny_0001"] == -found["deep_tiny_0000"]
    assert found["deep_tiny_0000"] == pytest.approx(51 / 255, abs=0.06)
    assert found["deep_tiny_crop_0000"] == pytest.approx((51 + 3 * 204) / 4 / 255, abs=0.02)
    assert set(run(path)[0]) == {"deep_tiny_0000", "deep_tiny_0001"}
    assert set(run(path, pooling="crop")[0]) == {"deep_tiny_crop_0000", "deep_tiny_crop_0001"}


def test_max_counts_only_cells_that_the_node_covers(tmp_path):
    path = encoders.save(tmp_path, encoders.model())
    found, _ = run(path, statistic="max", margin=0.5)
    assert found["deep_tiny_0000"] < 0.5 < -found["deep_tiny_0001"] + 0.4
    whole, _ = run(path, statistic="max", margin=0.5, pooling="crop")
    assert whole["deep_tiny_crop_0000"] == pytest.approx(204 / 255, abs=1e-3)


def test_three_channels_are_normalised_each(tmp_path):
    pool = [helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[8, 8], strides=[8, 8])]
    made = encoders.model(pool, channels=3)
    mean, std = [0.1, 0.2, 0.3], [0.5, 0.25, 2.0]
    path = encoders.save(tmp_path, made, "rgb", channels=3, mean=mean, std=std)
    found, _ = run(path, np.full(REGION.shape, 102.0))
    assert list(found.values()) == pytest.approx(
        [(0.4 - m) / s for m, s in zip(mean, std, strict=True)], rel=1e-6
    )


def test_a_thin_region_falls_back_on_the_crop_with_a_message(tmp_path):
    pool = [helper.make_node("GlobalAveragePool", ["x"], ["y"])]
    path = encoders.save(tmp_path, encoders.model(pool))
    line = np.zeros((80, 80), bool)
    line[40, 5:75] = True
    found, message = run(path, np.full((80, 80), 51.0), line)
    assert "too small" in message
    assert found["deep_tiny_0000"] == pytest.approx(0.2)


def test_sixteen_bit_volumes_are_scaled_and_cut_at_the_largest_slice(tmp_path):
    path = encoders.save(tmp_path, encoders.model())
    volume = np.stack([np.zeros_like(IMAGE), IMAGE * 100, np.zeros_like(IMAGE)])
    region = np.stack([np.zeros_like(REGION), REGION, np.zeros_like(REGION)])
    found, _ = run(path, volume, region, (3.0, 1.0, 1.0))
    scaled = (IMAGE - IMAGE.min()) * 255 / np.ptp(IMAGE)
    assert found == pytest.approx(run(path, scaled)[0], rel=1e-6)


def test_a_flat_16_bit_image_has_finite_features(tmp_path):
    path = encoders.save(tmp_path, encoders.model())
    assert set(run(path, np.full(REGION.shape, 900.0))[0].values()) == {0.0}


def test_digest_follows_content_not_path(tmp_path):
    (tmp_path / "b").mkdir()
    one = load_encoder(encoders.save(tmp_path, encoders.model()))
    two = load_encoder(encoders.save(tmp_path / "b", encoders.model()))
    other = load_encoder(encoders.save(tmp_path, encoders.model(), "tiny", std=[2.0]))
    assert one.digest == two.digest != other.digest


def test_missing_files(tmp_path):
    with pytest.raises(UnreadableFileError, match=r"no file a\.onnx"):
        load_encoder(tmp_path / "a.onnx")
    path = encoders.save(tmp_path, encoders.model())
    path.with_suffix(".json").unlink()
    with pytest.raises(UnreadableFileError, match=r"no file tiny\.json"):
        load_encoder(path)


def test_not_onnx_truncated_and_bad_json(tmp_path):
    path = encoders.save(tmp_path, encoders.model())
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(UnreadableFileError, match="not a valid ONNX"):
        load_encoder(path)
    path = encoders.save(tmp_path, encoders.model())
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UnreadableFileError, match="not a valid ONNX"):
        load_encoder(path)
    for wrong in (
        {"channels": 2},
        {"mean": [0.0, 1.0]},
        {"std": [0.0]},
        {"extra": 1},
        {"mean": [float("nan")]},
    ):
        with pytest.raises(SettingsError, match=r"tiny\.json"):
            load_encoder(encoders.save(tmp_path, encoders.model(), **wrong))


def test_wrong_shapes(tmp_path):
    flat = encoders.model([helper.make_node("Flatten", ["x"], ["y"])])
    with pytest.raises(SettingsError, match="feature map"):
        run(encoders.save(tmp_path, flat))
    with pytest.raises(SettingsError, match="correct input_size"):
        run(encoders.save(tmp_path, encoders.model(size=32)))


def convolution():
    weights = {"w": np.ones((2, 1, 3, 3), np.float32)}
    return encoders.model([helper.make_node("Conv", ["x", "w"], ["y"])], constants=weights)


@pytest.mark.parametrize("value_first", [False, True])
def test_weights_in_another_file_are_never_read(tmp_path, monkeypatch, value_first):
    path = encoders.save(tmp_path, convolution())
    assert len(run(path)[0]) == 2
    onnx.save(convolution(), path, save_as_external_data=True, location="w.bin", size_threshold=0)
    assert (tmp_path / "w.bin").is_file()
    if value_first:  # the order of a message's fields is free
        key, value = b"\x0a\x08location", b"\x12\x05w.bin"
        raw = path.read_bytes()
        assert key + value in raw
        path.write_bytes(raw.replace(key + value, value + key))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="another file"):
        load_encoder(path)


def test_a_note_called_location_is_no_file(tmp_path):
    made = convolution()
    made.metadata_props.add(key="location", value="Graz")
    assert len(run(encoders.save(tmp_path, made))[0]) == 2


def test_graphs_that_cannot_be_trusted_are_named(tmp_path):
    mine = [helper.make_node("Sharpen", ["x"], ["y"], domain="my.domain")]
    with pytest.raises(SettingsError, match="standard operators"):
        load_encoder(encoders.save(tmp_path, encoders.model(mine)))
    chance = [helper.make_node("RandomNormalLike", ["x"], ["y"])]
    with pytest.raises(SettingsError, match="random numbers"):
        load_encoder(encoders.save(tmp_path, encoders.model(chance)))
    newer = encoders.model()
    newer.ir_version = 99
    with pytest.raises(SettingsError, match="newer ONNX"):
        load_encoder(encoders.save(tmp_path, newer))


def test_a_network_for_one_crop_at_a_time_takes_many(tmp_path):
    path = encoders.save(tmp_path, encoders.model())
    network = onnx.load(path)
    network.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(network, path)
    nodes = [(IMAGE, REGION), (255 - IMAGE, REGION)]
    together = list(DeepFeatures(encoder=path).embed(nodes))
    assert [one.values for one in together] == [
        run(path, image, region)[0] for image, region in nodes
    ]


def test_a_copy_of_the_bundled_network_keeps_its_list(tmp_path):
    for ending in ("onnx", "json"):
        kept = (resources.files("radln.features") / "bundled" / f"encoder.{ending}").read_bytes()
        (tmp_path / f"mine.{ending}").write_bytes(kept)
    found = load_encoder(tmp_path / "mine.onnx")
    assert len(found.seen) == len(load_encoder("bundled").seen) > 0


def ellipse(shape=(120, 150), centre=(60, 75), axes=(20, 30)):
    y, x = np.mgrid[: shape[0], : shape[1]]
    return ((y - centre[0]) / axes[0]) ** 2 + ((x - centre[1]) / axes[1]) ** 2 <= 1


def speckle(seed: int, shape=(120, 150)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(rng.rayleigh(60, shape), 0, 255).round()


def bundled(image, region, **more) -> tuple[np.ndarray, str]:
    found = next(DeepFeatures(**more).embed([(image, region)]))
    return np.array(list(found.values.values())), found.message


def test_gem_is_the_generalised_mean(tmp_path):
    path = encoders.save(tmp_path, encoders.model())
    mean = run(path, pooling="crop")[0]["deep_tiny_crop_0000"]
    gem = run(path, pooling="crop", statistic="gem")[0]
    largest = run(path, pooling="crop", statistic="max")[0]["deep_tiny_crop_0000"]
    assert mean < gem["deep_tiny_crop_0000"] < largest
    assert gem["deep_tiny_crop_0001"] == 0.0  # the second channel is the negative of the first


def test_batches_and_threads_change_no_number():
    nodes = [(speckle(k), ellipse(axes=(10 + k, 30 - k))) for k in range(7)]
    one = [found.values for found in DeepFeatures().embed(nodes)]
    for batch_size, jobs in ((1, 1), (3, 2), (16, 2)):
        settings = DeepFeatures()
        assert [f.values for f in settings.embed(nodes, batch_size=batch_size, jobs=jobs)] == one
    assert list(one[0])[7] == "deep_bundled_0007"
    with pytest.raises(InputError, match="at least 1"):
        next(DeepFeatures().embed(nodes, jobs=0))


def test_nodes_are_taken_a_batch_at_a_time():
    taken = []

    def nodes():
        for k in range(40):
            taken.append(k)
            yield speckle(k), ellipse()

    found = DeepFeatures().embed(nodes(), batch_size=4)
    next(found)
    assert len(taken) == 4


def test_numbers_from_0_to_1_and_16_bit_are_nearly_the_same_picture():
    image = speckle(0)
    plain, _ = bundled(image, ellipse())
    np.testing.assert_allclose(bundled(image / 255, ellipse())[0], plain, atol=1e-4)
    wide, _ = bundled(image * 257, ellipse())
    assert np.corrcoef(wide, plain)[0, 1] > 0.99


@pytest.mark.parametrize("factor", [100.0, 1e37, 1e300])
def test_one_burnt_in_speck_does_not_change_the_picture(factor):
    image = speckle(0) * factor
    plain, _ = bundled(image, ellipse())
    image[2, 3] *= 5
    found, _ = bundled(image, ellipse())
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, plain, atol=0.05)


@pytest.mark.parametrize("spacing", [(0.0, 1.0), (1.0, -1.0), (np.nan, 1.0), (1.0,)])
def test_a_spacing_that_is_none_is_named(spacing):
    with pytest.raises(InputError, match=r"spacing|dimensions"):
        next(DeepFeatures().embed([(speckle(0), ellipse())], spacing=spacing))


def test_colour_and_lists_are_taken():
    image, region = speckle(0), ellipse()
    grey, _ = bundled(image, region)
    colour, _ = bundled(np.repeat(image[..., None], 3, axis=2), region)
    listed, _ = bundled(image.tolist(), region.tolist())
    np.testing.assert_allclose(colour, grey, atol=1e-6)
    np.testing.assert_array_equal(listed, grey)


@pytest.mark.parametrize(
    ("image", "region", "told"),
    [
        (speckle(1), ellipse(centre=(5, 75)), ""),
        (np.full((120, 150), 90.0), ellipse(), ""),
        (np.zeros((120, 150)), ellipse(), ""),
        (speckle(2) * 250, ellipse(), ""),
        (speckle(3, (20, 20)), np.ones((20, 20), bool), ""),
        (speckle(4), ellipse(axes=(1, 1)), ""),
        (speckle(5), ellipse(axes=(0.5, 70)), "too small"),
    ],
    ids=["border", "one grey value", "black", "16-bit", "20 x 20 px", "dot", "line"],
)
def test_odd_input_gives_finite_numbers(image, region, told):
    for pooling in ("mask", "crop", "both"):
        for statistic in ("mean", "max", "gem"):
            values, message = bundled(image, region, pooling=pooling, statistic=statistic)
            assert np.isfinite(values).all()
            assert (told in message) if pooling != "crop" else message == ""


def test_a_picture_of_6000_px_gives_the_numbers_of_its_cut_out():
    image = np.tile(speckle(6), (50, 40)).astype(np.uint8)
    region = np.zeros(image.shape, bool)
    region[3000:3200, 100:400] = True
    assert image.shape == (6000, 6000)
    small = image[2800:3400, :700].astype(float), region[2800:3400, :700]
    values, _ = bundled(image, region)
    np.testing.assert_allclose(values, bundled(*small)[0], atol=1e-5)


def test_what_cannot_be_embedded_is_said():
    with pytest.raises(EmptyMaskError, match="mask is empty"):
        bundled(speckle(0), np.zeros((120, 150), bool))
    hole = speckle(0)
    hole[3, 3] = np.nan
    with pytest.raises(InputError, match="not numbers"):
        bundled(hole, ellipse())
    with pytest.raises(InputError, match="same dimensions"):
        bundled(speckle(0), ellipse(shape=(100, 150)))


def test_a_picture_that_the_encoder_learned_from_is_flagged(tmp_path):
    path = encoders.save(tmp_path, encoders.model())
    known = speckle(8)
    path.with_suffix(".seen.txt").write_text(fingerprint(known).hex() + "\n")
    region = ellipse()
    assert "learned from this picture" in run(path, known, region)[1]
    assert run(path, speckle(9), region)[1] == ""
    path.with_suffix(".seen.txt").write_text("no fingerprint\n")
    with pytest.raises(SettingsError, match=r"seen\.txt does not hold fingerprints"):
        load_encoder(path)


def test_the_name_of_the_bundled_encoder_is_taken(tmp_path):
    with pytest.raises(SettingsError, match="rename the file"):
        load_encoder(encoders.save(tmp_path, encoders.model(), "bundled"))


def test_a_table_tells_which_encoder_it_comes_from():
    colour = np.repeat(speckle(0)[..., None], 3, axis=2)
    table = deep_features(colour, ellipse())
    assert {spec.encoder_sha256 for spec in table.specs} == {load_encoder("bundled").digest}
    assert table.metadata()[0]["encoder_sha256"] == load_encoder("bundled").digest
    grey = deep_features(speckle(0), ellipse())
    np.testing.assert_allclose(table.values, grey.values, atol=1e-6)
    both = deep_features(speckle(0), ellipse(), DeepFeatures(pooling="both"))
    assert both.values.shape[1] == 2 * grey.values.shape[1]


def test_deep_features_need_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np\n"
        "from radln.features import deep_features\n"
        "y, x = np.mgrid[:80, :80]\n"
        "deep_features(100.0 + x % 9, np.hypot(y - 40, x - 40) < 15)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
