"""The encoder of embeddings and what it learns from: label, BI-RADS, outline and its shape."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from radln.nets.backbones import NORM_EPSILON, Lite0

EPSILON = 0.02


class EncoderNet(nn.Module):
    """(n, 1, s, s), grey values 0 to 1 -> feature map (n, features, s / 16, s / 16), 0 and above.

    Each crop is brought to mean 0 and standard deviation 1 first, so that gain does not count.
    """

    def __init__(self, features: int = 128, *, stages: int = 5) -> None:
        super().__init__()
        self.trunk = Lite0(1, stages=stages)
        self.head = nn.Sequential(
            nn.Conv2d(self.trunk.features, features, 1, bias=False),
            nn.BatchNorm2d(features, eps=NORM_EPSILON, momentum=0.05),
            nn.ReLU(),
        )
        self.features = features

    def forward(self, image: Tensor) -> Tensor:
        centred = image - image.mean(dim=(2, 3), keepdim=True)
        spread = (centred * centred).mean(dim=(2, 3), keepdim=True).sqrt()
        found: Tensor = self.head(self.trunk(centred / (spread + EPSILON)))
        return found


def pooled(features: Tensor, coverage: Tensor) -> Tensor:
    """(n, C) means over the cells of (n, C, h, w), weighted by (n, 1, h, w)."""
    total = coverage.sum(dim=(2, 3)).clamp_min(1e-6)
    return (features * coverage).sum(dim=(2, 3)) / total


@dataclass(frozen=True)
class Targets:
    """What a batch is taught: label (n,), BI-RADS 2 to 5 (n,), shape (n, k) standardised."""

    malignant: Tensor
    birads: Tensor
    shape: Tensor


class Lessons(nn.Module):
    """The heads that teach the encoder; they are not exported."""

    def __init__(self, features: int, shapes: int) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.3)
        self.node = nn.Linear(features, 1)
        self.crop = nn.Linear(features, 1)
        self.birads = nn.Linear(features, 3)
        self.shape = nn.Linear(features, shapes)
        self.cover = nn.Conv2d(features, 1, 1)

    def forward(self, features: Tensor, mask: Tensor, targets: Targets) -> Tensor:
        """The loss of one batch; ``mask`` (n, 1, s, s)."""
        height, width = features.shape[2:]
        coverage = F.adaptive_avg_pool2d(mask, (height, width))
        inside = pooled(features, coverage)
        around = features.mean(dim=(2, 3))
        label = targets.malignant * 0.9 + 0.05
        levels = torch.stack([(targets.birads > k).float() for k in (2, 3, 4)], dim=1)
        inside_dropped, around_dropped = self.dropout(inside), self.dropout(around)
        bce = F.binary_cross_entropy_with_logits
        loss: Tensor = (
            bce(self.node(inside_dropped)[:, 0], label)
            + 0.5 * bce(self.crop(around_dropped)[:, 0], label)
            + 0.5 * bce(self.birads(inside_dropped), levels * 0.9 + 0.05)
            + 0.3 * F.smooth_l1_loss(self.shape(inside), targets.shape)
            + 0.5 * bce(self.cover(features), coverage)
        )
        return loss
