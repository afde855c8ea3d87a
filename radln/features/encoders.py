"""Encoders: ONNX networks that turn a crop into a feature map, run by ONNX Runtime on the CPU.

An encoder is an ``.onnx`` file with a small JSON of the same name beside it::

    {"input_size": 224, "channels": 3, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}

It takes (n, channels, input_size, input_size) float32, grey values / 255 minus mean over std, and
returns a feature map (n, C, h, w). A third file, ``.seen.txt``, may hold the fingerprints of the
pictures that it learned from, and of their nodes (:mod:`radln.imaging.fingerprint`), one in
hexadecimal a line.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from radln._shown import ShortRepr
from radln._types import BoolArray, FloatArray
from radln.errors import SettingsError, UnreadableFileError
from radln.features._onnx import open_network
from radln.imaging.fingerprint import Fingerprints

BUNDLED: Final = "bundled"


class EncoderInput(BaseModel):
    """The JSON beside an encoder: what its input looks like."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    input_size: Annotated[int, Field(ge=8, le=4096)]
    channels: Literal[1, 3]
    mean: tuple[FiniteFloat, ...]
    std: tuple[Annotated[FiniteFloat, Field(gt=0)], ...]

    @model_validator(mode="after")
    def _one_number_a_channel(self) -> EncoderInput:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError("mean and std need one number a channel")
        return self


@dataclass(frozen=True, eq=False, repr=False)
class Encoder(ShortRepr):
    """A loaded encoder; ``digest`` is the sha256 of its files, ``seen`` its training set."""

    name: str
    digest: str
    expects: EncoderInput
    session: Any
    seen: Fingerprints

    def feature_maps(self, crops: FloatArray) -> FloatArray:
        """(n, C, h, w) of square grey crops (n, s, s) of the encoder's size, values 0 to 255."""
        wanted = (1, self.expects.channels, 1, 1)
        mean = np.reshape(np.asarray(self.expects.mean, dtype=np.float32), wanted)
        std = np.reshape(np.asarray(self.expects.std, dtype=np.float32), wanted)
        batch = (crops[:, None].astype(np.float32) / np.float32(255) - mean) / std
        size = 1 if self.session.get_inputs()[0].shape[0] == 1 else len(batch)
        return np.concatenate([self._run(batch[k : k + size]) for k in range(0, len(batch), size)])

    def _run(self, batch: np.ndarray[Any, np.dtype[Any]]) -> FloatArray:
        try:
            outputs = self.session.run(None, {self.session.get_inputs()[0].name: batch})
        except Exception as error:  # onnxruntime's errors share no public base class
            raise SettingsError(
                f"the encoder {self.name} refuses an input of {batch.shape}; correct input_size "
                "and channels in its JSON."
            ) from error
        shape = np.shape(outputs[0])
        if len(shape) != 4 or shape[0] != len(batch) or min(shape) < 1:
            raise SettingsError(
                f"the encoder {self.name} returns {shape}; a feature map (n, C, h, w) is needed. "
                "Export the network without its pooling and classifying layers."
            )
        return np.asarray(outputs[0])

    def saw(self, image: FloatArray, region: BoolArray) -> bool:
        """Whether this picture, or this node, looks like one in the encoder's training set."""
        return self.seen.hold(image, region)


def load_encoder(encoder: str | Path) -> Encoder:
    """An encoder, ready to run on the calling thread; loaded once in a process.

    Parameters
    ----------
    encoder
        "bundled" for the one that comes with radln, or the ``.onnx`` file.

    Raises
    ------
    SettingsError
        The file is not an encoder that radln can run.
    UnreadableFileError
        The file or its JSON is missing or not ONNX.

    Examples
    --------
    >>> encoder = load_encoder("bundled")
    >>> encoder.expects.channels
    1
    """
    if encoder == BUNDLED:
        with resources.as_file(resources.files("radln.features") / "bundled") as folder:
            return _load_files(BUNDLED, folder / "encoder.onnx", ())
    path = Path(encoder)
    if path.stem == BUNDLED:
        raise SettingsError(
            f"{path.name} has the name of radln's own encoder, so that their features could not be "
            "told apart; rename the file and its .json."
        )
    for file in (path, path.with_suffix(".json")):
        if not file.is_file():
            raise UnreadableFileError(
                f"there is no file {file.name}; an encoder is an .onnx file with a .json of the "
                "same name (input_size, channels, mean, std) beside it."
            )
    stamps = tuple(
        (file.stat().st_mtime_ns, file.stat().st_size)
        for file in encoder_files(path)
        if file.is_file()
    )
    return _load_files(path.stem, path, stamps)


def encoder_files(path: Path) -> tuple[Path, Path, Path]:
    """The network, its JSON, and the list of what it learned from, which may be absent."""
    return path, path.with_suffix(".json"), path.with_suffix(".seen.txt")


@lru_cache(maxsize=4)
def _load_files(name: str, path: Path, stamps: tuple[tuple[int, int], ...]) -> Encoder:
    """``stamps`` (time and size of the files) only tell one version of them from the next."""
    network, description, seen = encoder_files(path)
    known, model = seen.read_bytes() if seen.is_file() else b"", network.read_bytes()
    ours = resources.files("radln.features") / "bundled"
    if model == (ours / "encoder.onnx").read_bytes():  # the list goes with the network
        known += b"\n" + (ours / "encoder.seen.txt").read_bytes()
    return _load(name, model, description.read_bytes(), known)


def _load(name: str, model: bytes, description: bytes, seen: bytes) -> Encoder:
    try:
        expects = EncoderInput.model_validate(json.loads(description))
    except ValidationError as error:
        raise _unfit(name, "; ".join(f"{_place(e)}: {e['msg']}" for e in error.errors())) from error
    except ValueError as error:
        raise _unfit(name, str(error)) from error
    try:
        known = Fingerprints.from_hex(seen.decode().split())
    except ValueError as error:
        raise SettingsError(f"{name}.seen.txt does not hold fingerprints: {error}") from error
    digest = hashlib.sha256(b"\0".join((model, description, seen))).hexdigest()
    return Encoder(name, digest, expects, open_network(name, model), known)


def _unfit(name: str, reason: str) -> SettingsError:
    return SettingsError(
        f"{name}.json must hold input_size, channels (1 or 3), mean and std (one number a "
        f"channel): {reason}"
    )


def _place(error: Any) -> str:
    """Which key is meant."""
    return ".".join(map(str, error["loc"])) or "the whole"
