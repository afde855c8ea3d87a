"""Ultrasound-like images of one lymph node, drawn from parameters that a reader would name.

The picture is a log-compressed Rayleigh speckle field (a complex Gaussian field smoothed by an
anisotropic point-spread function, after Burckhardt 1978, doi:10.1109/T-SU.1978.30978) on a map of
tissue brightness: background layers, a hypoechoic cortex, an echogenic hilum, a border that is
sharp or blurred, a shadow behind the node, and on some images caliper marks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from radln._types import BoolArray, FloatArray


@dataclass(frozen=True)
class NodeAppearance:
    """How a node looks; lengths in pixels, brightness in decibels around the tissue's mean.

    ``irregularity`` is the relative amplitude of the contour's waves, ``heterogeneity`` the
    standard deviation in dB of slow brightness changes inside the node, ``hilum`` the size of the
    echogenic hilum relative to the node (0 = lost), ``shadow_db`` the attenuation behind the node.
    """

    long_px: float
    short_px: float
    angle_rad: float
    irregularity: float
    border_blur_px: float
    cortex_db: float
    heterogeneity_db: float
    hilum: float
    shadow_db: float
    calipers: bool


@dataclass(frozen=True)
class Scanner:
    """What a site's machine does to the picture: pixel size, gain and dynamic range."""

    name: str
    pixel_mm: float
    gain_db: float
    dynamic_range_db: float


def simulate_node_image(
    node: NodeAppearance,
    scanner: Scanner,
    rng: np.random.Generator,
    *,
    shape: tuple[int, int] = (176, 208),
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], BoolArray]:
    """One image (uint8, rows x columns) and the node's region on the same grid.

    Examples
    --------
    >>> node = NodeAppearance(80, 45, 0.2, 0.03, 1.5, -14, 1.0, 0.4, 3, False)
    >>> scanner = Scanner("A", 0.15, 0.0, 55)
    >>> image, region = simulate_node_image(node, scanner, np.random.default_rng(1))
    >>> image.shape == region.shape and bool(region.any())
    True
    """
    radius, theta, rows, columns = _node_polar(node, rng, shape)
    edge = _contour(node, theta, rng)
    inside = radius <= edge
    soft = _soft_step((edge - radius) * node.short_px / 2, node.border_blur_px)

    tissue = _layers(rng, shape)
    texture = ndimage.gaussian_filter(rng.standard_normal(shape), 5.0)
    cortex = node.cortex_db + node.heterogeneity_db * texture / texture.std()
    brightness = tissue * (1 - soft) + cortex * soft
    if node.hilum > 0:
        core = _soft_step((node.hilum * edge - radius) * node.short_px / 2, 2.0)
        brightness = brightness * (1 - core) + 3.0 * core
    brightness -= _shadow(inside, node.shadow_db)

    decibels = brightness + 20 * np.log10(_speckle(rng, shape) + 1e-6) + scanner.gain_db
    grey = 255 * np.clip(
        (decibels + scanner.dynamic_range_db * 0.7) / scanner.dynamic_range_db, 0, 1
    )
    if node.calipers:
        _mark_axis(grey, inside, node, rows, columns)
    return np.rint(grey).astype(np.uint8), np.asarray(inside, dtype=np.bool_)


def _node_polar(
    node: NodeAppearance, rng: np.random.Generator, shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Elliptic radius (1 on the contour) and angle of every pixel, and the rotated axes."""
    centre = np.array(shape) / 2 + rng.uniform(-6, 6, 2)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    y, x = y - centre[0], x - centre[1]
    along = x * np.cos(node.angle_rad) + y * np.sin(node.angle_rad)
    across = -x * np.sin(node.angle_rad) + y * np.cos(node.angle_rad)
    along, across = along / (node.long_px / 2), across / (node.short_px / 2)
    return np.hypot(along, across), np.arctan2(across, along), across, along


def _contour(node: NodeAppearance, theta: FloatArray, rng: np.random.Generator) -> FloatArray:
    waves = np.ones_like(theta)
    for order in (2, 3, 4, 5, 7, 9):
        amplitude = node.irregularity * rng.standard_normal() / np.sqrt(order)
        waves += amplitude * np.cos(order * theta + rng.uniform(0, 2 * np.pi))
    return np.asarray(np.clip(waves, 0.6, 1.4), dtype=np.float64)


def _soft_step(distance_px: FloatArray, width_px: float) -> FloatArray:
    steepness = np.clip(distance_px / max(width_px, 0.3), -40, 40)
    return np.asarray(1 / (1 + np.exp(-steepness)), dtype=np.float64)


def _layers(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    depth = np.linspace(0, 1, shape[0])[:, None]
    wave = np.sin(2 * np.pi * (rng.uniform(1.5, 3.5) * depth + rng.uniform(0, 1)))
    drift = ndimage.gaussian_filter(rng.standard_normal(shape), 18.0)
    layers = 2.0 * wave - 4.0 * depth + 2.0 * drift / drift.std()
    return np.asarray(layers, dtype=np.float64)


def _speckle(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Rayleigh amplitude with short axial and longer lateral correlation, root mean square 1."""
    field = [ndimage.gaussian_filter(rng.standard_normal(shape), (0.8, 1.6)) for _ in range(2)]
    amplitude = np.hypot(field[0], field[1])
    return np.asarray(amplitude / np.sqrt(np.mean(amplitude**2)), dtype=np.float64)


def _shadow(inside: BoolArray, shadow_db: float) -> FloatArray:
    above = np.cumsum(inside, axis=0)
    path = above / max(float(above.max()), 1.0)
    behind = path * ~inside
    return np.asarray(shadow_db * ndimage.gaussian_filter(behind, (2.0, 4.0)), dtype=np.float64)


def _mark_axis(
    grey: FloatArray, inside: BoolArray, node: NodeAppearance, across: FloatArray, along: FloatArray
) -> None:
    """White plus signs at both ends of the long axis."""
    for end in (-1.0, 1.0):
        distance = np.hypot((along - end) * node.long_px, across * node.short_px)
        row, column = np.unravel_index(int(np.argmin(distance)), inside.shape)
        grey[row, max(column - 4, 0) : column + 5] = 255
        grey[max(row - 4, 0) : row + 5, column] = 255
