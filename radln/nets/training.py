"""Training an encoder on the CPU: seeded, resumable after every epoch."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from radln._random import task_rng
from radln._types import IntArray
from radln.io.atomic import replacing
from radln.nets.augment import placed, seen_by_another_machine
from radln.nets.encoder import EncoderNet, Lessons, Targets
from radln.nets.training_set import SEED, ZOOM, TrainingSet


@dataclass(frozen=True)
class Recipe:
    """Every choice of a training run."""

    size: int = 128
    features: int = 128
    stages: int = 5
    epochs: int = 48
    batch: int = 32
    rate: float = 1e-3
    trunk_rate: float = 4e-4
    decay: float = 0.02
    average: float = 0.995
    seed: int = SEED


def torch_rng(seed: int, *task: str | int) -> torch.Generator:
    """A torch generator for one named task."""
    return torch.Generator().manual_seed(int(task_rng(seed, *task).integers(2**62)))


def train(
    data: TrainingSet,
    network: EncoderNet,
    recipe: Recipe,
    checkpoint: Path,
    *,
    said: Callable[[int, float], None] | None = None,
) -> tuple[EncoderNet, list[float]]:
    """The averaged network after the last epoch, and the mean loss of each epoch.

    ``checkpoint`` holds the state after every finished epoch; a run that was killed goes on from
    it and ends with the same weights.
    """
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(int(task_rng(recipe.seed, "heads").integers(2**62)))
    kept = (data.shapes - np.nanmean(data.shapes, axis=0)) / np.nanstd(data.shapes, axis=0)
    targets = Targets(
        torch.tensor((data.table["Pathology"] == "malignant").to_numpy(), dtype=torch.float32),
        torch.tensor(data.table["BIRADS"].to_numpy(), dtype=torch.float32),
        torch.tensor(np.clip(np.nan_to_num(kept), -3, 3), dtype=torch.float32),
    )
    lessons = Lessons(recipe.features, data.shapes.shape[1])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(network).eval()
    batches = math.ceil(len(data.table) / recipe.batch)
    optimiser = _optimiser(network, lessons, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: _rate(step, recipe.epochs * batches, batches)
    )
    parts: dict[str, Any] = {
        "network": network,
        "lessons": lessons,
        "average": average,
        "optimiser": optimiser,
        "schedule": schedule,
    }
    losses = _resumed(checkpoint, parts, recipe)
    for epoch in range(len(losses), recipe.epochs):
        rng = torch_rng(recipe.seed, "epoch", epoch)
        torch.manual_seed(int(task_rng(recipe.seed, "dropout", epoch).integers(2**62)))
        order = torch.randperm(len(data.table), generator=rng).numpy()
        network.train()
        lessons.train()
        total = 0.0
        for rows in np.array_split(order, batches):
            image, mask = _batch(data, rows, recipe.size, rng)
            loss = lessons(network(image), mask, _taken(targets, rows))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([*network.parameters(), *lessons.parameters()], 5.0)
            optimiser.step()
            schedule.step()
            _average(average, network, recipe.average)
            total += float(loss.detach()) * len(rows)
        losses.append(total / len(order))
        _save(checkpoint, parts, losses, recipe)
        if said is not None:
            said(epoch, losses[-1])
    return average, losses


def _optimiser(network: EncoderNet, lessons: Lessons, recipe: Recipe) -> torch.optim.Optimizer:
    """A slower rate for what ImageNet taught, no decay of biases and normalisation."""
    groups: list[dict[str, Any]] = []
    for module, rate in (
        (network.trunk, recipe.trunk_rate),
        (network.head, recipe.rate),
        (lessons, recipe.rate),
    ):
        for flat in (False, True):
            chosen = [p for p in module.parameters() if (p.ndim < 2) == flat]
            groups.append(
                {"params": chosen, "lr": rate, "weight_decay": 0 if flat else recipe.decay}
            )
    return torch.optim.AdamW(groups)


def _rate(step: int, steps: int, warm: int) -> float:
    """Up over the first epoch, then down along half a cosine."""
    return min(1.0, (step + 1) / warm) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))


def _batch(
    data: TrainingSet, rows: IntArray, size: int, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    image = torch.from_numpy(data.crops[rows]).float()[:, None] / 255
    mask = torch.from_numpy(data.outlines[rows]).float()[:, None] / 255
    image, mask = placed(image, mask, size, ZOOM, rng)
    seen = seen_by_another_machine(image, rng)
    return seen.contiguous(memory_format=torch.channels_last), mask


def _taken(targets: Targets, rows: IntArray) -> Targets:
    at = torch.from_numpy(rows)
    return Targets(targets.malignant[at], targets.birads[at], targets.shape[at])


def _average(average: nn.Module, network: nn.Module, keep: float) -> None:
    with torch.no_grad():
        for kept, now in zip(
            average.state_dict().values(), network.state_dict().values(), strict=True
        ):
            if kept.is_floating_point():
                kept.lerp_(now, 1 - keep)
            else:
                kept.copy_(now)


def _save(checkpoint: Path, parts: dict[str, Any], losses: list[float], recipe: Recipe) -> None:
    state = {name: part.state_dict() for name, part in parts.items()}
    with replacing(checkpoint) as draft:
        torch.save({**state, "losses": losses, "recipe": asdict(recipe)}, draft)


def _resumed(checkpoint: Path, parts: dict[str, Any], recipe: Recipe) -> list[float]:
    """The losses so far; all parts are set back to the last finished epoch."""
    if not checkpoint.is_file():
        return []
    state = torch.load(checkpoint, weights_only=True)
    if state["recipe"] != asdict(recipe):
        raise ValueError(f"{checkpoint.name} belongs to another recipe; remove it to start anew")
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return list(state["losses"])
