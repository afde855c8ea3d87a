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
from radln.imaging.volume import real_numbers, refuse_colours
from radln.io.images import luminance

ALGORITHM_VERSION = 3
MIN_COVERAGE = 0.05
GEM_POWER = 3.0
CUT = 0.001
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

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

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
            Colour (y, x, 3) becomes its luminance. Values that never leave 0 to 1 are multiplied by
            255; where some lie outside 0 to 255, the slice is scaled to 0 to 255 from its 0.1 % to
            its 99.9 % quantile.
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
    image, region = real_numbers(image, "image"), np.asarray(region, dtype=np.bool_)
    refuse_colours(region.shape)
    if image.ndim == region.ndim + 1 and image.shape[-1] in (3, 4):
        image, _ = luminance(image)
    step = (1.0,) * image.ndim if spacing is None else tuple(map(float, spacing))
    if not all(np.isfinite(one) and one > 0 for one in step):
        raise InputError(f"spacing must hold positive numbers, one an axis; got {spacing!r}.")
    plane, drawn, step = largest_slice(image, region, step)
    if not np.isfinite(plane).all():
        raise InputError("the image holds values that are not numbers; export it again.")
    square = SquareCrop.around(drawn, step, margin=margin)
    size = encoder.expects.input_size
    pixels = square.image(_as_bytes(plane), (size, size))
    return _Crop(square, drawn, pixels, encoder.saw(image, region))


def _as_bytes(plane: FloatArray) -> FloatArray:
    """Values 0 to 255 as they are, 0 to 1 times 255, others between two quantiles of theirs."""
    low, high = float(plane.min()), float(plane.max())
    if low >= 0 and high <= 255:
        return plane if high > 1 else plane * 255.0
    low, high = (float(one) / 2 for one in np.quantile(plane, [CUT, 1 - CUT]))
    if not high > low:  # a picture of one value, but for specks
        return np.zeros_like(plane)
    return np.asarray(np.clip((plane / 2 - low) / (high - low), 0, 1) * 255.0)


def _pool(features: FloatArray, weights: FloatArray, statistic: str) -> FloatArray:
    """(C,) from (C, h, w) over the cells that count."""
    if statistic == "max":
        return np.asarray(features[:, weights >= MIN_COVERAGE].max(axis=1), dtype=np.float64)
    power = GEM_POWER if statistic == "gem" else 1.0
    raised = np.maximum(features, 0.0) ** power if statistic == "gem" else features
    mean = (raised * weights).sum(axis=(1, 2)) / weights.sum()
    return np.asarray(mean ** (1 / power), dtype=np.float64)
