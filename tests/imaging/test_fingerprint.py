"""A picture is known again after what happens to pictures, and others are not taken for it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from radln.imaging.fingerprint import (
    BYTES,
    MAX_DISTANCE,
    Fingerprints,
    fingerprint,
    node_fingerprint,
)


def picture(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.normal(size=(240, 300)), 6)
    grain = ndimage.gaussian_filter(rng.normal(size=(240, 300)), 1)
    return np.clip(110 + 900 * smooth + 80 * grain, 0, 255).round()


KNOWN = Fingerprints.from_hex(fingerprint(picture(seed)).hex() for seed in range(20))


def jpeg(image: np.ndarray) -> np.ndarray:
    packed = io.BytesIO()
    Image.fromarray(image.astype(np.uint8)).save(packed, "JPEG", quality=70)
    return np.asarray(Image.open(packed), dtype=np.float64)


def half(image: np.ndarray) -> np.ndarray:
    small = Image.fromarray(image.astype(np.uint8)).resize((150, 120), Image.Resampling.BICUBIC)
    return np.asarray(small, dtype=np.float64)


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        jpeg,
        half,
        lambda image: image * 257.0,
        lambda image: 255 * (image / 255) ** 0.8,
        lambda image: image + np.random.default_rng(1).normal(0, 8, image.shape),
        lambda image: np.stack([np.zeros_like(image), image]),
        lambda image: image[:, ::-1],
        lambda image: np.rot90(image),
        lambda image: image.T,
        lambda image: 255 - image,
        lambda image: image * 1e300,
    ],
    ids=[
        "same",
        "jpeg",
        "half",
        "16-bit",
        "brighter",
        "noise",
        "slice",
        "mirrored",
        "turned",
        "axes swapped",
        "inverted",
        "huge",
    ],
)
def test_changed_pictures_are_known_again(change):
    for seed in range(20):
        assert KNOWN.hold(change(picture(seed)))


@pytest.mark.parametrize(
    "cut",
    [
        lambda image: image[40:200, 50:260],
        lambda image: np.pad(image, ((0, 60), (0, 0))),
        lambda image: np.pad(image, 30),
        lambda image: image[40:200, 50:260][:, ::-1],
    ],
    ids=["cut out", "padded", "framed", "cut out and mirrored"],
)
def test_a_node_is_known_again_whatever_happened_to_the_frame(cut):
    y, x = np.mgrid[:240, :300]
    region = np.hypot(y - 120, (x - 150) / 1.3) < 35
    nodes = Fingerprints.from_hex(node_fingerprint(picture(s), region).hex() for s in range(20))
    for seed in range(20):
        changed, drawn = cut(picture(seed)), cut(region)
        assert not nodes.hold(changed)
        assert nodes.hold(changed, drawn)
        assert not nodes.hold(cut(picture(seed + 100)), drawn)


def test_other_pictures_are_not_known():
    distances = [KNOWN.distance(picture(seed)) for seed in range(100, 140)]
    assert min(distances) > MAX_DISTANCE + 15


def test_flat_and_tiny_pictures_are_no_ones(tmp_path):
    assert not KNOWN.hold(np.full((50, 50), 7.0))
    assert not KNOWN.hold(np.arange(4.0).reshape(2, 2))
    assert not Fingerprints.from_hex([]).hold(picture(0))


def test_lines_that_are_no_fingerprints():
    with pytest.raises(ValueError, match=f"{2 * BYTES} hexadecimal"):
        Fingerprints.from_hex(["abcd"])
    with pytest.raises(ValueError, match="hex"):
        Fingerprints.from_hex(["x" * 64])
