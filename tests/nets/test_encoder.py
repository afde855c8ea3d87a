"""The networks are what their names say, training goes on where it stopped, files equal torch."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import numpy as np
import pandas as pd
import pytest
import torch

from radln.features.encoders import load_encoder
from radln.nets.augment import placed, seen_by_another_machine
from radln.nets.backbones import Lite0, load_imagenet
from radln.nets.bundled import fresh_network, imagenet_weights
from radln.nets.encoder import EncoderNet, pooled
from radln.nets.export import export_encoder, read_exported, torch_maps
from radln.nets.training import Recipe, torch_rng, train
from radln.nets.training_set import SHAPES, TrainingSet

SMALL = Recipe(size=32, features=8, stages=2, epochs=3, batch=4)


def toy(n: int = 10) -> TrainingSet:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "Pathology": np.where(np.arange(n) % 2, "malignant", "benign"),
            "BIRADS": 2 + np.arange(n) % 4,
        }
    )
    y, x = np.mgrid[:48, :48]
    disc = (255 * (np.hypot(y - 24, x - 24) < 12)).astype(np.uint8)
    crops = rng.integers(0, 255, (n, 48, 48), dtype=np.uint8)
    return TrainingSet(table, crops, np.stack([disc] * n), rng.normal(size=(n, len(SHAPES))))


def weights(network: EncoderNet) -> dict[str, np.ndarray]:
    return {name: value.numpy().copy() for name, value in network.state_dict().items()}


@pytest.mark.parametrize(
    ("stages", "stride", "size", "expected"),
    [(5, 16, 128, (112, 8, 8)), (7, 16, 112, (320, 7, 7)), (7, 32, 224, (320, 7, 7))],
)
def test_sizes_of_the_feature_map(stages, stride, size, expected):
    network = Lite0(1, stages=stages, stride=stride).eval()
    with torch.inference_mode():
        assert tuple(network(torch.rand(1, 1, size, size)).shape[1:]) == expected


def test_imagenet_weights_fit_and_grey_is_the_sum_of_the_colours():
    colour, grey = Lite0(3, stride=32).eval(), Lite0(1, stride=32).eval()
    found = imagenet_weights()
    load_imagenet(colour, found)
    load_imagenet(grey, found)
    image = torch.rand(1, 1, 64, 64, generator=torch_rng(1, "image"))
    with torch.inference_mode():
        torch.testing.assert_close(
            grey(image), colour(image.expand(1, 3, 64, 64)), rtol=1e-3, atol=1e-3
        )
    moved = {k: v for k, v in found.items() if not k.startswith("_blocks.3")}
    with pytest.raises(ValueError, match="does not fit"):
        load_imagenet(Lite0(3), moved)


def test_a_killed_training_goes_on_to_the_same_weights(tmp_path):
    def fresh() -> EncoderNet:
        return fresh_network(SMALL, imagenet=False)

    whole, losses = train(toy(), fresh(), SMALL, tmp_path / "a.pt")

    class KilledError(Exception):
        pass

    def kill(epoch: int, loss: float) -> None:
        if epoch == 1:
            raise KilledError

    with pytest.raises(KilledError):
        train(toy(), fresh(), SMALL, tmp_path / "b.pt", said=kill)
    resumed, again = train(toy(), fresh(), SMALL, tmp_path / "b.pt")
    assert again == losses and len(losses) == 3
    for name, value in weights(whole).items():
        np.testing.assert_array_equal(value, weights(resumed)[name], err_msg=name)
    other = replace(SMALL, rate=1e-2)
    with pytest.raises(ValueError, match="another recipe"):
        train(toy(), fresh(), other, tmp_path / "b.pt")


def test_training_learns_the_label_where_the_picture_shows_it(tmp_path):
    recipe = replace(SMALL, epochs=12, rate=5e-3, trunk_rate=5e-3, average=0.9)
    last = {}
    for told in (True, False):
        data = toy(24)
        x = np.mgrid[:48, :48][1]
        stripes = np.where((x // 6) % 2, 200, 40).astype(np.uint8)
        data.crops[1 if told else 12 :: 2 if told else 1] = stripes  # malignant ones, or any half
        _, losses = train(
            data, fresh_network(recipe, imagenet=False), recipe, tmp_path / f"{told}.pt"
        )
        last[told] = losses[-1]
    assert last[True] < last[False] - 0.15


def test_augmentation_is_seeded_and_stays_in_range():
    image = torch.rand(6, 1, 64, 64, generator=torch_rng(1, "image"))
    mask = (image > 0.5).float()

    def once() -> tuple[torch.Tensor, torch.Tensor]:
        rng = torch_rng(7, "augment")
        seen, drawn = placed(image, mask, 32, 0.75, rng)
        return seen_by_another_machine(seen, rng), drawn

    (first, outline), (second, _) = once(), once()
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    assert first.shape == outline.shape == (6, 1, 32, 32)
    assert float(first.min()) >= 0 and float(first.max()) <= 1
    assert float(outline.min()) >= 0 and float(outline.max()) <= 1


def test_gain_does_not_count():
    network = fresh_network(SMALL, imagenet=False).eval()
    crop = torch.rand(1, 1, 32, 32, generator=torch_rng(1, "crop"))
    with torch.inference_mode():
        a, b = network(crop), network(0.5 * crop + 0.3)
    assert float((a - b).abs().max()) < 0.2 * float(a.abs().max())


def test_pooling_weighs_by_coverage():
    features = torch.arange(8.0).reshape(1, 2, 2, 2)
    coverage = torch.tensor([[[[1.0, 0.0], [0.5, 0.0]]]])
    torch.testing.assert_close(pooled(features, coverage), torch.tensor([[2 / 3, 4 + 2 / 3]]))


def test_an_exported_network_says_what_torch_says(tmp_path):
    network = fresh_network(SMALL, imagenet=False).eval()
    export_encoder(network, 32, tmp_path / "mine.onnx", ["ab" * 32])
    encoder = load_encoder(tmp_path / "mine.onnx")
    crops = np.random.default_rng(0).uniform(0, 255, (3, 32, 32))
    found = encoder.feature_maps(crops)
    np.testing.assert_allclose(found, torch_maps(network, crops), atol=1e-4)
    np.testing.assert_array_equal(found[1:2], encoder.feature_maps(crops[1:2]))
    again = read_exported(tmp_path / "mine.onnx", stages=2)
    np.testing.assert_allclose(found, torch_maps(again, crops), atol=1e-4)
    raw = (tmp_path / "mine.onnx").read_bytes()
    assert b".py" not in raw and b"stack_trace" not in raw
    assert len(encoder.seen) == 1


def test_the_bundled_encoder_says_what_torch_says():
    folder = resources.files("radln.features") / "bundled"
    with resources.as_file(folder) as files:
        network = read_exported(files / "encoder.onnx", stages=Recipe.stages)
        assert (files / "encoder.onnx").stat().st_size <= 15e6
    encoder = load_encoder("bundled")
    size = encoder.expects.input_size
    crops = np.random.default_rng(0).uniform(0, 255, (4, size, size))
    found = encoder.feature_maps(crops)
    assert min(found.shape[2:]) >= 7
    np.testing.assert_allclose(found, torch_maps(network, crops), atol=1e-4)
