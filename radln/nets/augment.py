"""Other machines, other gains, other outlines: what a training crop could as well have looked like.

Every function takes a batch and a torch generator, so that a seed decides everything.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Generator, Tensor


def uniform(count: int, low: float, high: float, rng: Generator) -> Tensor:
    """(count,) numbers between low and high."""
    return torch.rand(count, generator=rng) * (high - low) + low


def _often(count: int, share: float, rng: Generator) -> Tensor:
    return torch.rand(count, generator=rng) < share


def placed(
    image: Tensor, mask: Tensor, size: int, zoom: float, rng: Generator
) -> tuple[Tensor, Tensor]:
    """Turn, mirror, stretch, shift and zoom; then cut to (n, 1, size, size).

    ``zoom`` is the share of the stored crop's side that the encoder's own crop takes. The mask is
    placed a little differently from the image, as another reader's outline would be.
    """
    n = len(image)
    angle = uniform(n, -0.26, 0.26, rng)
    scale = zoom * torch.exp(uniform(n, -0.25, 0.22, rng))
    stretch = torch.exp(uniform(n, -0.1, 0.1, rng))
    mirror = torch.where(_often(n, 0.5, rng), -1.0, 1.0)
    shift = torch.stack([uniform(n, -0.08, 0.08, rng) for _ in range(2)], dim=1)
    turn = torch.zeros(n, 2, 3)
    turn[:, 0, 0] = mirror * scale * stretch * torch.cos(angle)
    turn[:, 0, 1] = -scale * torch.sin(angle)
    turn[:, 1, 0] = mirror * scale * torch.sin(angle)
    turn[:, 1, 1] = scale / stretch * torch.cos(angle)
    turn[:, :, 2] = shift
    elsewhere = turn.clone()
    elsewhere[:, :, 2] += torch.stack([uniform(n, -0.04, 0.04, rng) for _ in range(2)], dim=1)
    elsewhere[:, :, :2] *= torch.exp(uniform(n, -0.08, 0.08, rng))[:, None, None]
    where = [n, 1, size, size]
    seen = F.grid_sample(
        image,
        F.affine_grid(turn, where, align_corners=False),
        padding_mode="border",
        align_corners=False,
    )
    drawn = F.grid_sample(
        mask, F.affine_grid(elsewhere, where, align_corners=False), align_corners=False
    )
    return seen, drawn


def seen_by_another_machine(image: Tensor, rng: Generator) -> Tensor:
    """Gamma, contrast, gain, speckle, blur, coarse pixels and noise; (n, 1, s, s), 0 to 1."""
    n, _, size, _ = image.shape

    def each(low: float, high: float, share: float, neutral: float) -> Tensor:
        drawn = uniform(n, low, high, rng)
        return torch.where(_often(n, share, rng), drawn, neutral).reshape(n, 1, 1, 1)

    image = image.clamp(1e-4, 1) ** torch.exp(each(-0.5, 0.5, 0.7, 0.0))
    depth = torch.linspace(-0.5, 0.5, size).reshape(1, 1, size, 1)
    image = image * torch.exp(depth * each(-0.6, 0.6, 0.5, 0.0))
    grain = torch.randn(image.shape, generator=rng)
    coarse = F.interpolate(
        torch.randn((n, 1, size // 2, size // 2), generator=rng), size=(size, size), mode="bilinear"
    )
    mixed = torch.where(_often(n, 0.5, rng).reshape(n, 1, 1, 1), grain, coarse)
    image = image * (1 + each(0.0, 0.3, 0.5, 0.0) * mixed)
    image = _coarsened(_blurred(image, rng), rng)
    mean = image.mean(dim=(1, 2, 3), keepdim=True)
    image = (image - mean) * each(0.6, 1.5, 0.7, 1.0) + mean + each(-0.15, 0.15, 0.5, 0.0)
    noise = torch.randn(image.shape, generator=rng)
    return (image + each(0.0, 0.05, 0.3, 0.0) * noise).clamp(0, 1)


def _blurred(image: Tensor, rng: Generator) -> Tensor:
    """A Gaussian blur of up to 1.5 px on half of the crops."""
    n = len(image)
    sigma = torch.where(_often(n, 0.5, rng), uniform(n, 0.3, 1.5, rng), 0.05)
    x = torch.arange(-4, 5, dtype=torch.float32)
    kernel = torch.exp(-(x**2) / (2 * sigma[:, None] ** 2))
    kernel = kernel / kernel.sum(dim=1, keepdim=True)
    rows = F.pad(image.transpose(0, 1), (4, 4, 4, 4), mode="replicate")
    rows = F.conv2d(rows, kernel.reshape(n, 1, 9, 1), groups=n)
    rows = F.conv2d(rows, kernel.reshape(n, 1, 1, 9), groups=n)
    return rows.transpose(0, 1)


def _coarsened(image: Tensor, rng: Generator) -> Tensor:
    """A fifth of the batches as if the node had been 24 to 80 pixels wide."""
    if float(torch.rand((), generator=rng)) > 0.2:
        return image
    size = image.shape[-1]
    few = int(math.exp(float(uniform(1, math.log(32), math.log(96), rng))))
    small = F.interpolate(image, size=(few, few), mode="bilinear", antialias=True)
    return F.interpolate(small, size=(size, size), mode="bilinear")
