"""A picture is known again after what happens to pictures, and others are not taken for it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from radln.imaging.fingerprint import BYTES, MAX_DISTANCE, Fingerprints, fingerprint


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
    ],
    ids=["same", "jpeg", "half", "16-bit", "brighter", "noise", "slice"],
)
def test_changed_pictures_are_known_again(change):
    for seed in range(20):
        assert KNOWN.hold(change(picture(seed)))


def test_other_pictures_are_not_known():
    distances = [KNOWN.distance(picture(seed)) for seed in range(100, 140)]
    assert min(distances) > MAX_DISTANCE + 20


def test_flat_and_tiny_pictures_are_no_ones(tmp_path):
    assert not KNOWN.hold(np.full((50, 50), 7.0))
    assert not KNOWN.hold(np.arange(4.0).reshape(2, 2))
    assert not Fingerprints.from_hex([]).hold(picture(0))


def test_lines_that_are_no_fingerprints():
    with pytest.raises(ValueError, match=f"{2 * BYTES} hexadecimal"):
        Fingerprints.from_hex(["abcd"])
    with pytest.raises(ValueError, match="hex"):
        Fingerprints.from_hex(["x" * 64])
