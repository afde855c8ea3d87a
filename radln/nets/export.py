"""A trained encoder as files that radln runs without torch."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from radln._types import FloatArray
from radln.io.atomic import replacing, write_json, write_text
from radln.nets.backbones import NORM_EPSILON
from radln.nets.encoder import EncoderNet

OPSET = 18


def export_encoder(
    network: nn.Module, size: int, path: Path, seen: Iterable[str] = (), *, channels: int = 1
) -> None:
    """Write the ``.onnx`` file, its ``.json`` and its ``.seen.txt`` (fingerprints in hexadecimal).

    Parameters
    ----------
    network
        (n, channels, size, size), grey values 0 to 1 -> feature map (n, C, h, w).
    size
        Side of the crops in pixels.
    """
    network = copy.deepcopy(network).eval()
    for weights in network.parameters():
        weights.data = weights.data.contiguous()
    example = torch.rand(2, channels, size, size)
    batch = {0: torch.export.Dim("n")}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):
        program = torch.onnx.export(
            network,
            (example,),
            input_names=["crop"],
            output_names=["features"],
            dynamic_shapes=(batch,),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch exported nothing")
    model = program.model_proto
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.initializer, model.graph):
        del part.metadata_props[:]  # where on the exporting machine each line of Python stood
        part.doc_string = ""
    with replacing(path) as draft:
        draft.write_bytes(model.SerializeToString(deterministic=True))
    description = {
        "input_size": size,
        "channels": channels,
        "mean": [0.0] * channels,
        "std": [1.0] * channels,
    }
    write_json(path.with_suffix(".json"), description)
    write_text(path.with_suffix(".seen.txt"), "".join(f"{line}\n" for line in seen))


def torch_maps(network: EncoderNet, crops: FloatArray) -> FloatArray:
    """What the exported file must say: (n, C, h, w) of crops (n, s, s), values 0 to 255."""
    with torch.inference_mode():
        batch = torch.from_numpy((crops[:, None] / 255).astype(np.float32))
        return np.asarray(network.eval()(batch).numpy())


def read_exported(path: Path, *, stages: int = 5) -> EncoderNet:
    """The network of an exported encoder in torch again, to go on training or to compare with.

    Normalisation was merged into the convolutions, so that it comes back as their bias.
    """
    model = onnx.load(path)
    tensors = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    layers = [node.input[1:] for node in model.graph.node if node.op_type == "Conv"]
    network = EncoderNet(len(tensors[layers[-1][0]]), stages=stages).eval()
    state = network.state_dict()
    for weight, *bias in layers:
        stem, index = weight.removesuffix(".weight").rsplit(".", 1)
        norm = f"{stem}.{int(index) + 1}"
        state[weight] = torch.tensor(tensors[weight])
        if bias:
            state[f"{norm}.bias"] = torch.tensor(tensors[bias[0]])
        state[f"{norm}.running_var"] = torch.full_like(state[f"{norm}.bias"], 1 - NORM_EPSILON)
    network.load_state_dict(state)
    return network
