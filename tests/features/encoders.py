"""Tiny ONNX encoders for tests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

EXPECTS = {"input_size": 16, "channels": 1, "mean": [0.0], "std": [1.0]}


def model(
    nodes: list[onnx.NodeProto] | None = None,
    *,
    channels: int = 1,
    size: int | str = 16,
    constants: dict[str, np.ndarray] | None = None,
) -> onnx.ModelProto:
    """By default two channels, (x, -x), averaged over blocks of 4 x 4 pixels."""
    if nodes is None:
        nodes = [
            helper.make_node("AveragePool", ["x"], ["a"], kernel_shape=[4, 4], strides=[4, 4]),
            helper.make_node("Neg", ["a"], ["b"]),
            helper.make_node("Concat", ["a", "b"], ["y"], axis=1),
        ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, channels, size, size])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    weights = [numpy_helper.from_array(v, k) for k, v in (constants or {}).items()]
    graph = helper.make_graph(nodes, "encoder", [x], [y], weights)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("my.domain", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def save(folder: Path, made: onnx.ModelProto, name: str = "tiny", **expects: object) -> Path:
    path = folder / f"{name}.onnx"
    path.write_bytes(made.SerializeToString())
    path.with_suffix(".json").write_text(json.dumps({**EXPECTS, **expects}))
    return path
