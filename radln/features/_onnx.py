"""A foreign ONNX graph opened so that nothing but the graph itself is read and run."""

from __future__ import annotations

import tempfile
from typing import Any

from radln.errors import SettingsError, UnreadableFileError

_RANDOM = ("RandomNormal", "RandomUniform", "Multinomial", "Bernoulli")
_REMEDIES = (
    (
        ("external data",),
        "keeps its weights in another file; export it as one file (save_as_external_data=False).",
    ),
    (
        ("opset", "ir version"),
        "was made for a newer ONNX than this ONNX Runtime reads; export it with opset 18, or "
        "update onnxruntime.",
    ),
    (
        ("not a registered", "no op registered", "custom"),
        "uses operators that ONNX Runtime does not know; export it with standard operators only.",
    ),
)


def open_network(name: str, model: bytes) -> Any:
    """A session of the network on the calling thread.

    Raises
    ------
    SettingsError
        Weights in another file, unknown or random operators, several inputs, an input that is not
        float32, or an ONNX version that is too new.
    UnreadableFileError
        No ONNX model, or a damaged one.
    """
    import onnxruntime

    for operator in _RANDOM:
        # NodeProto.op_type is field 4: its tag, its length, the name
        if any(
            bytes([0x22, len(one)]) + one.encode() in model for one in (operator, f"{operator}Like")
        ):
            raise SettingsError(
                f"{name}.onnx draws random numbers ({operator}), so that its features would differ "
                "from run to run; export it in evaluation mode."
            )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    with tempfile.TemporaryDirectory() as nowhere:  # weights in other files are not found here
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", nowhere
        )
        try:
            session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no public base class
            raise _worded(name, str(error).lower()) from error
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise SettingsError(f"the encoder {name} has several inputs; one image is all it gets.")
    if inputs[0].type != "tensor(float)":
        raise SettingsError(
            f"the encoder {name} takes {inputs[0].type}; export it with float32 input."
        )
    return session


def _worded(name: str, text: str) -> SettingsError | UnreadableFileError:
    for words, remedy in _REMEDIES:
        if any(word in text for word in words):
            return SettingsError(f"{name}.onnx {remedy}")
    return UnreadableFileError(
        f"{name}.onnx is not a valid ONNX model, or was cut short; export it again."
    )
