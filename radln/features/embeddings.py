"""Pooled features of a convolutional encoder, run through ONNX Runtime.

An encoder is an ``.onnx`` file with a small JSON of the same name beside it::

    {"input_size": 224, "channels": 3, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}

It takes (1, channels, input_size, input_size) float32, grey values / 255 minus mean over std, and
returns a feature map (1, C, h, w).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from radln._types import BoolArray, FloatArray
from radln.errors import SettingsError, UnreadableFileError
from radln.imaging.preprocess import SquareCrop, largest_slice

ALGORITHM_VERSION = 1
MIN_COVERAGE = 0.05
_EXTERNAL_DATA = b"\x0a\x08location\x12"  # TensorProto.external_data: the key "location", its value


class DeepSettings(BaseModel):
    """What a study may choose about embeddings.

    Parameters
    ----------
    encoder
        The ``.onnx`` file; its JSON lies beside it.
    pooling
        Over the feature map's cells that the node covers, over the whole crop, or both.
    statistic
        "mean" (weighted by the share of a cell that the node covers) or "max".
    margin
        Share of the node's longer side that the crop adds at each end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: Path | None = Field(
        None, description="The encoder's .onnx file; a JSON of the same name lies beside it."
    )
    pooling: Literal["mask", "crop", "both"] = Field(
        "mask", description="Over the node, over the whole crop, or both."
    )
    statistic: Literal["mean", "max"] = Field("mean", description="How a map is pooled.")
    margin: float = Field(
        0.25,
        ge=0,
        le=2,
        description="Share of the node's longer side added at each end.",
    )


class EncoderInput(BaseModel):
    """The JSON beside an encoder: what its input looks like."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input_size: Annotated[int, Field(ge=8, le=4096)]
    channels: Literal[1, 3]
    mean: tuple[float, ...]
    std: tuple[Annotated[float, Field(gt=0)], ...]

    @model_validator(mode="after")
    def _one_number_a_channel(self) -> EncoderInput:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError("mean and std need one number a channel")
        return self


@dataclass(frozen=True, eq=False)
class Encoder:
    """A loaded encoder; ``digest`` is the sha256 of its two files."""

    name: str
    digest: str
    expects: EncoderInput
    session: Any

    def feature_map(self, crop: FloatArray) -> FloatArray:
        """(C, h, w) of a square grey crop of the encoder's size, grey values 0 to 255."""
        wanted = (self.expects.channels, 1, 1)
        mean, std = np.reshape(self.expects.mean, wanted), np.reshape(self.expects.std, wanted)
        batch = ((crop[None] / 255.0 - mean) / std)[None].astype(np.float32)
        try:
            outputs = self.session.run(None, {self.session.get_inputs()[0].name: batch})
        except Exception as error:  # onnxruntime's errors share no public base class
            raise SettingsError(
                f"the encoder {self.name} refuses an input of {batch.shape}; correct input_size "
                "and channels in its JSON."
            ) from error
        shape = np.shape(outputs[0])
        if len(shape) != 4 or shape[0] != 1 or min(shape) < 1:
            raise SettingsError(
                f"the encoder {self.name} returns {shape}; a feature map (1, C, h, w) is needed. "
                "Export the network without its pooling and classifying layers."
            )
        return np.asarray(outputs[0][0], dtype=np.float64)


def load_encoder(path: Path | None) -> Encoder:
    """An encoder, ready to run on one thread; loaded once in a process.

    Raises
    ------
    SettingsError
        No file was named, or the file is not an encoder that radln can run.
    UnreadableFileError
        The file or its JSON is missing or not ONNX.
    """
    if path is None:
        raise SettingsError(
            "deep features need an encoder: name an .onnx file (deep: encoder: my_encoder.onnx)."
        )
    for file in (path, path.with_suffix(".json")):
        if not file.is_file():
            raise UnreadableFileError(
                f"there is no file {file.name}; an encoder is an .onnx file with a .json of the "
                "same name (input_size, channels, mean, std) beside it."
            )
    stamps = tuple(
        (file.stat().st_mtime_ns, file.stat().st_size) for file in (path, path.with_suffix(".json"))
    )
    return _load_files(path, stamps)


@lru_cache(maxsize=4)
def _load_files(path: Path, stamps: tuple[tuple[int, int], ...]) -> Encoder:
    """``stamps`` (time and size of both files) only tell one version of them from the next."""
    return _load(path.stem, path.read_bytes(), path.with_suffix(".json").read_bytes())


def _load(name: str, model: bytes, description: bytes) -> Encoder:
    try:
        expects = EncoderInput.model_validate(json.loads(description))
    except (ValueError, ValidationError) as error:
        raise SettingsError(
            f"{name}.json must hold input_size, channels (1 or 3), mean and std (one number a "
            f"channel): {str(error).splitlines()[-1]}"
        ) from error
    if _EXTERNAL_DATA in model:
        raise SettingsError(
            f"{name}.onnx keeps its weights in another file; export it as one file "
            "(save_as_external_data=False)."
        )
    digest = hashlib.sha256(model + b"\0" + description).hexdigest()
    return Encoder(name, digest, expects, _session(name, model))


def _session(name: str, model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no public base class
        text = str(error)
        if "not a registered" in text or "No Op registered" in text or "custom" in text.lower():
            raise SettingsError(
                f"{name}.onnx uses operators that ONNX Runtime does not know; export it with "
                "standard operators only."
            ) from error
        raise UnreadableFileError(
            f"{name}.onnx is not a valid ONNX model, or was cut short; export it again."
        ) from error
    if len(session.get_inputs()) != 1:
        raise SettingsError(f"the encoder {name} has several inputs; one image is all it gets.")
    return session


def deep_features(
    image: FloatArray,
    region: BoolArray,
    spacing: tuple[float, ...],
    encoder: Encoder,
    settings: DeepSettings,
) -> tuple[dict[str, float], str]:
    """What does the encoder see in and around this node?

    Parameters
    ----------
    image
        Grey values, (y, x) or (z, y, x); of a volume the slice with the largest area is used.
        Values outside 0 to 255 are scaled, from the image's smallest to its largest, to 0 to 255.
    region
        The node's voxels, same shape.
    spacing
        Voxel size along the array's axes; the crop is square in these lengths.

    Returns
    -------
    dict, str
        ``deep_<encoder>_0007`` (over the node) or ``deep_<encoder>_crop_0007`` -> value, and a
        message where the node covers under 5 % of every cell and the crop stood in for it.
    """
    image, region, step = largest_slice(image, region, spacing)
    low, high = float(image.min()), float(image.max())
    if low < 0 or high > 255:
        image = (image - low) * (255.0 / max(high - low, 1e-300))
    crop = SquareCrop.around(region, step, margin=settings.margin)
    size = encoder.expects.input_size
    features = encoder.feature_map(crop.image(image, (size, size)))
    height, width = features.shape[1:]
    everywhere = np.ones((height, width))
    coverage = crop.coverage(region, (height, width))
    message = ""
    if coverage.max() < MIN_COVERAGE and settings.pooling != "crop":
        coverage = everywhere
        message = "the node is too small for the encoder's feature map; its crop was used"
    found: dict[str, float] = {}
    for part, weights in (("", coverage), ("crop_", everywhere)):
        if settings.pooling in ("both", "crop" if part else "mask"):
            pooled = _pool(features, weights, settings.statistic)
            for index, value in enumerate(pooled.tolist()):
                found[f"deep_{encoder.name}_{part}{index:04d}"] = value
    return found, message


def _pool(features: FloatArray, weights: FloatArray, statistic: str) -> FloatArray:
    """(C,) from (C, h, w) over the cells that count."""
    if statistic == "max":
        return np.asarray(features[:, weights >= MIN_COVERAGE].max(axis=1), dtype=np.float64)
    return np.asarray((features * weights).sum(axis=(1, 2)) / weights.sum(), dtype=np.float64)
