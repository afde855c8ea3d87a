"""Pictures recognised by how they look, whatever has been done to their frame.

A fingerprint is one bit for each of 255 low spatial frequencies of the grey values (the sign of
its cosine coefficient), after Zauner, "Implementation and Benchmarking of Perceptual Image Hash
Functions", 2010. Two are taken of a picture: of the whole frame, and of the square crop around the
node, which stays the same where the frame is trimmed, padded or cut out. No picture can be made
from them. Mirrored, turned by quarters and inverted pictures are compared too.

Not recognised: a frame that was cut or turned at odd angles together with another outline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from radln._types import BoolArray, FloatArray
from radln.imaging.preprocess import SquareCrop, largest_slice

SIDE, KEPT = 64, 16
BYTES = KEPT * KEPT // 8
# Measured on 1,127 ultrasound pictures in eight orientations: frames of other patients differ in
# 75 bits and more, crops in 79; JPEG, half or double size and noise change up to 12, gamma 19.
MAX_DISTANCE = 44


def fingerprint(image: FloatArray) -> bytes:
    """The fingerprint of grey values (y, x); 32 bytes.

    Examples
    --------
    >>> y, x = np.mgrid[:90, :120]
    >>> picture = 100 + 50 * np.sin(y / 9) * np.cos(x / 7)
    >>> fingerprint(picture) == fingerprint(2 * picture + 10)
    True
    """
    return np.packbits(_waves(image) > 0).tobytes()


def node_fingerprint(image: FloatArray, region: BoolArray) -> bytes:
    """The fingerprint of the square crop around a region; of a volume its largest slice."""
    return fingerprint(_node(image, region))


def _node(image: FloatArray, region: BoolArray) -> FloatArray:
    plane, region, _ = largest_slice(image, region, (1.0,) * image.ndim)
    return SquareCrop.around(region, (1.0, 1.0)).image(_small(plane), (SIDE, SIDE))


def _small(image: FloatArray) -> FloatArray:
    """The same picture with values that fit into single precision."""
    return np.asarray(image / (float(np.abs(image).max()) or 1.0), dtype=np.float64)


def _waves(image: FloatArray) -> FloatArray:
    """Low cosine coefficients (16, 16) without the mean."""
    from scipy.fft import dctn  # slow to load, and only deep features come here

    small = Image.fromarray(np.ascontiguousarray(_small(image), dtype=np.float32)).resize(
        (SIDE, SIDE), Image.Resampling.BILINEAR
    )
    waves = dctn(np.asarray(small, dtype=np.float64), norm="ortho")[:KEPT, :KEPT]
    waves[0, 0] = 0.0
    return np.asarray(waves)


def _orientations(waves: FloatArray) -> Iterator[FloatArray]:
    """The coefficients of the picture mirrored and turned by quarters, itself first."""
    turned = np.where(np.arange(KEPT) % 2, -1.0, 1.0)
    for block in (waves, waves.T):
        for rows in (1.0, turned[:, None]):
            for columns in (1.0, turned[None]):
                yield block * rows * columns


@dataclass(frozen=True, eq=False)
class Fingerprints:
    """Known pictures: ``signs`` (n, 256), each -1 or 1."""

    signs: FloatArray

    @classmethod
    def from_hex(cls, lines: Iterable[str]) -> Fingerprints:
        """From lines of 64 hexadecimal digits, each kept once; ValueError where one is not that."""
        known = [bytes.fromhex(line) for line in dict.fromkeys(lines)]
        if any(len(one) != BYTES for one in known):
            raise ValueError(f"each needs {2 * BYTES} hexadecimal digits")
        bits = np.unpackbits(np.frombuffer(b"".join(known), dtype=np.uint8).reshape(-1, BYTES), 1)
        return cls(np.where(bits, 1.0, -1.0).astype(np.float32))

    def __len__(self) -> int:
        return len(self.signs)

    def hold(self, image: FloatArray, region: BoolArray | None = None) -> bool:
        """Whether one of them looks like this picture, or like its node where a region is given."""
        return self.distance(image, region) <= MAX_DISTANCE

    def distance(self, image: FloatArray, region: BoolArray | None = None) -> int:
        """In how many bits the nearest one differs; 256 where none is known.

        A volume is looked at slice by slice.
        """
        if not len(self):
            return 8 * BYTES
        planes = list(image) if image.ndim == 3 else [image]
        if region is not None:
            planes.append(_node(image, region))
        views = [one for plane in planes for one in _orientations(_waves(plane))]
        mine = np.where(np.stack(views).reshape(len(views), -1) > 0, 1.0, -1.0)
        # the mean's bit is -1 everywhere, so that an inverted picture is told by the other 255
        alike = self.signs[:, 1:] @ mine[:, 1:].astype(np.float32).T
        return int((8 * BYTES - 1 - np.abs(alike).max()) / 2)
