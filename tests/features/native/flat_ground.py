"""Images with ground on which a filter's value is 0 but for rounding."""

from __future__ import annotations

import numpy as np


def flat_disc(value: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Speckle with an even disc of radius 60, and a region of radius 72 around it."""
    image = np.random.default_rng(seed).rayleigh(20, (260, 260)) + 1
    away = np.hypot(*(axis - 130 for axis in np.mgrid[:260, :260]))
    image[away <= 60] = value
    return image, away <= 72
