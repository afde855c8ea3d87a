"""Pooling is what it says, and a wrong encoder is named with its remedy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
sys.path.insert(0, str(Path(__file__).parent))

import encoders  # noqa: E402
from onnx import helper  # noqa: E402

from radln.errors import SettingsError, UnreadableFileError  # noqa: E402
from radln.features.embeddings import DeepFeatures  # noqa: E402
from radln.features.encoders import load_encoder  # noqa: E402

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
    for wrong in ({"channels": 2}, {"mean": [0.0, 1.0]}, {"std": [0.0]}, {"extra": 1}):
        with pytest.raises(SettingsError, match=r"tiny\.json"):
            load_encoder(encoders.save(tmp_path, encoders.model(), **wrong))


def test_wrong_shapes(tmp_path):
    flat = encoders.model([helper.make_node("Flatten", ["x"], ["y"])])
    with pytest.raises(SettingsError, match="feature map"):
        run(encoders.save(tmp_path, flat))
    with pytest.raises(SettingsError, match="correct input_size"):
        run(encoders.save(tmp_path, encoders.model(size=32)))


def test_external_data_and_custom_operators(tmp_path):
    weights = {"w": np.ones((2, 1, 3, 3), np.float32)}
    conv = [helper.make_node("Conv", ["x", "w"], ["y"])]
    path = encoders.save(tmp_path, encoders.model(conv, constants=weights))
    assert len(run(path)[0]) == 2
    made = encoders.model(conv, constants=weights)
    onnx.save(made, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    with pytest.raises(SettingsError, match="another file"):
        load_encoder(path)
    mine = [helper.make_node("Sharpen", ["x"], ["y"], domain="my.domain")]
    with pytest.raises(SettingsError, match="operators"):
        load_encoder(encoders.save(tmp_path, encoders.model(mine)))
