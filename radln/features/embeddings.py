"""Pooled features of a convolutional encoder: what it sees in and around a node.

A square crop around the node goes through the encoder; its feature map is pooled over the cells
that the node covers, over the whole crop, or both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.features.encoders import BUNDLED, Encoder, load_encoder
from radln.imaging.preprocess import SquareCrop, largest_slice

ALGORITHM_VERSION = 2
MIN_COVERAGE = 0.05
GEM_POWER = 3.0
TOO_SMALL = "the node is too small for the encoder's feature map; its crop was used"
SEEN = (
    "the encoder learned from this picture: no model may be judged on its deep features of this "
    "case"
)


@dataclass(frozen=True)
class Embedding:
    """``values``: column -> number; ``message``: what is worth knowing about them, often blank."""

    values: dict[str, float]
    message: str


class DeepFeatures(BaseModel):
    """Pooled features of a convolutional encoder: what a study may choose, and the computing.

    Parameters
    ----------
    encoder
        "bundled", the ultrasound encoder that comes with radln (its model card is in the
        documentation), or an ``.onnx`` file with its JSON beside it
        (:mod:`radln.features.encoders`).
    pooling
        Over the feature map's cells that the node covers, over the whole crop, or both.
    statistic
        "mean" (weighted by the share of a cell that the node covers), "max", or "gem", the
        generalised mean with power 3 (https://doi.org/10.1109/TPAMI.2018.2846566), for which
        negative features count as 0.
    margin
        Share of the node's longer side that the crop adds at each end.

    Examples
    --------
    >>> y, x = np.mgrid[:80, :90]
    >>> node = np.hypot(y - 40, (x - 45) / 1.5) < 15
    >>> found = next(DeepFeatures().embed([(120 - 50.0 * node + x % 7, node)]))
    >>> list(found.values)[:2]
    ['deep_bundled_0000', 'deep_bundled_0001']
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: Literal["bundled"] | Path = Field(
        BUNDLED,
        description="bundled = radln's own; or an .onnx file with its .json beside it.",
    )
    pooling: Literal["mask", "crop", "both"] = Field(
        "mask", description="Over the node, over the whole crop, or both."
    )
    statistic: Literal["mean", "max", "gem"] = Field("mean", description="How a map is pooled.")
    margin: float = Field(
        0.25,
        ge=0,
        le=2,
        description="Share of the node's longer side added at each end.",
    )

    def load(self) -> Encoder:
        """The encoder, ready to run; see :func:`radln.features.encoders.load_encoder`."""
        return load_encoder(self.encoder)

    def embed(
        self,
        nodes: Iterable[tuple[FloatArray, BoolArray]],
        *,
        spacing: tuple[float, ...] | None = None,
        batch_size: int = 16,
        jobs: int = 1,
    ) -> Iterator[Embedding]:
        """What does the encoder see in and around each of these nodes?

        Parameters
        ----------
        nodes
            (image, region) pairs, taken one batch at a time: grey values (y, x) or (z, y, x), of a
            volume the slice with the largest area is used, and the node's voxels, same shape.
            Values outside 0 to 255, and values that never exceed 1, are scaled, from the image's
            smallest to its largest, to 0 to 255.
        spacing
            Voxel size along the array's axes, the same for all; the crop is square in these
            lengths. Without it pixels are square.
        batch_size
            Crops that are held and go through the encoder together.
        jobs
            Threads. Neither ``jobs`` nor ``batch_size`` changes a number.

        Yields
        ------
        Embedding
            In the order of the nodes: ``deep_<encoder>_0007`` (over the node) or
            ``deep_<encoder>_crop_0007`` -> value, and a message where the node covers under 5 % of
            every cell, so that the crop stood in for it, or where the encoder learned from this
            picture.

        Raises
        ------
        InputError
            Shapes that do not match, an empty region, values that are not finite.
        """
        if batch_size < 1 or jobs < 1:
            raise InputError("batch_size and jobs must be at least 1.")
        encoder, waiting = self.load(), iter(nodes)
        batches = iter(lambda: list(islice(waiting, batch_size)), [])
        if jobs == 1:
            for batch in batches:
                yield from self._batch(batch, encoder, spacing)
            return
        with ThreadPoolExecutor(jobs) as pool:
            while together := list(islice(batches, jobs)):
                for done in pool.map(self._batch, together, repeat(encoder), repeat(spacing)):
                    yield from done

    def _batch(
        self,
        batch: list[tuple[FloatArray, BoolArray]],
        encoder: Encoder,
        spacing: tuple[float, ...] | None,
    ) -> list[Embedding]:
        crops = [_cut(image, region, spacing, encoder, self.margin) for image, region in batch]
        maps = encoder.feature_maps(np.stack([crop.pixels for crop in crops]))
        return [self._pooled(encoder, *pair) for pair in zip(crops, maps, strict=True)]

    def _pooled(self, encoder: Encoder, crop: _Crop, features: FloatArray) -> Embedding:
        cells = features.shape[1:]
        everywhere = np.ones(cells)
        coverage, messages = everywhere, [SEEN] if crop.seen else []
        if self.pooling != "crop":
            coverage = crop.square.coverage(crop.region, cells)
            if coverage.max() < MIN_COVERAGE:
                coverage = everywhere
                messages.append(TOO_SMALL)
        found: dict[str, float] = {}
        for part, weights in (("", coverage), ("crop_", everywhere)):
            if self.pooling in ("both", "crop" if part else "mask"):
                values = _pool(features.astype(np.float64), weights, self.statistic)
                found |= {
                    f"deep_{encoder.name}_{part}{index:04d}": value
                    for index, value in enumerate(values.tolist())
                }
        return Embedding(found, "; ".join(messages))


@dataclass(frozen=True, eq=False)
class _Crop:
    """One node ready for the encoder: its crop's pixels, and what pooling needs."""

    square: SquareCrop
    region: BoolArray
    pixels: FloatArray
    seen: bool


def _cut(
    image: FloatArray,
    region: BoolArray,
    spacing: tuple[float, ...] | None,
    encoder: Encoder,
    margin: float,
) -> _Crop:
    plane, region, step = largest_slice(image, region, spacing or (1.0,) * image.ndim)
    if not np.isfinite(plane).all():
        raise InputError("the image holds values that are not numbers; export it again.")
    low, high = float(plane.min()), float(plane.max())
    square = SquareCrop.around(region, step, margin=margin)
    size = encoder.expects.input_size
    pixels = square.image(plane, (size, size))
    if low < 0 or high > 255 or high <= 1:
        pixels = (pixels - low) * (255.0 / max(high - low, 1e-300))
    return _Crop(square, region, pixels, encoder.saw(image))


def _pool(features: FloatArray, weights: FloatArray, statistic: str) -> FloatArray:
    """(C,) from (C, h, w) over the cells that count."""
    if statistic == "max":
        return np.asarray(features[:, weights >= MIN_COVERAGE].max(axis=1), dtype=np.float64)
    power = GEM_POWER if statistic == "gem" else 1.0
    raised = np.maximum(features, 0.0) ** power if statistic == "gem" else features
    mean = (raised * weights).sum(axis=(1, 2)) / weights.sum()
    return np.asarray(mean ** (1 / power), dtype=np.float64)
