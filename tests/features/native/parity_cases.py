"""Random regions, grey values and settings on which two engines are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy import ndimage

from radln.features.radiomics.settings import ALL_CLASSES, RadiomicsSettings

FILTERS = ("square", "squareroot", "logarithm", "exponential", "gradient")
SPACINGS = ((1.0, 1.0, 1.0), (3.3, 0.7, 0.7), (0.35, 2.0, 1.1), (0.7812499, 0.7812499, 6.5))
GREYS = ("speckle", "noise", "ct", "normal", "small", "flat", "two", "offset", "board", "tails")
REGIONS = ("dust", "blobs", "parts", "holes", "ellipsoid", "full", "line", "diagonal", "voxel")
Case = tuple[np.ndarray, np.ndarray, tuple[float, ...], RadiomicsSettings]


def speckle(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Smooth whole numbers from 0 to 255."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.2)
    return np.rint((noise - noise.min()) / np.ptp(noise) * 255)


def ellipse(
    shape: tuple[int, ...], centre: tuple[float, ...], axes: tuple[float, ...]
) -> np.ndarray:
    """A region with these half axes."""
    grid = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    gaps = [((g - c) / a) ** 2 for g, c, a in zip(grid, centre, axes, strict=True)]
    return np.asarray(sum(gaps)) <= 1


def grey_values(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """An image of that kind."""
    noise = rng.normal(size=shape)
    smooth = ndimage.gaussian_filter(noise, 1.2)
    spread = np.ptp(smooth) or 1.0
    images: dict[str, Any] = {
        "speckle": lambda: np.rint((smooth - smooth.min()) / spread * 255),
        "noise": lambda: rng.integers(0, 256, shape).astype(float),
        "ct": lambda: np.rint(smooth / spread * 1500 - 100 + 20 * noise),
        "normal": lambda: noise,
        "small": lambda: rng.uniform(-0.4, 0.3, shape),
        "flat": lambda: np.full(shape, float(np.rint(rng.uniform(-3, 100)))),
        "two": lambda: np.where(noise > rng.uniform(-1, 2), 7.7, -0.3),
        "offset": lambda: 5000 + 1e-3 * noise,
        "board": lambda: np.indices(shape).sum(axis=0) % rng.integers(2, 4) * 10.0,
        "tails": lambda: np.sign(noise) * np.exp(3 * np.abs(noise)),
    }
    return np.asarray(images[kind]())


def region_of(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A region of that kind, at least one voxel."""
    axes = np.meshgrid(*(np.linspace(-1, 1, n) if n > 1 else [0] for n in shape), indexing="ij")
    ellipsoid = np.asarray(sum(np.square(axis) for axis in axes)) <= 1
    noise = rng.normal(size=shape)
    smooth = ndimage.gaussian_filter(noise, 1.5)
    regions: dict[str, Any] = {
        "dust": lambda: rng.random(shape) < rng.random(),
        "blobs": lambda: smooth >= np.quantile(smooth, rng.random()),
        "parts": lambda: smooth >= np.quantile(smooth, 0.9),
        "holes": lambda: ellipsoid & (noise < 1),
        "ellipsoid": lambda: ellipsoid,
        "full": lambda: np.ones(shape, dtype=bool),
        "line": lambda: np.indices(shape)[rng.integers(len(shape))] == 0,
        "diagonal": lambda: np.indices(shape).sum(axis=0) == min(shape) - 1,
        "voxel": lambda: np.zeros(shape, dtype=bool),
    }
    region = np.array(regions[kind]())
    if not region.any():
        region[tuple(n // 2 for n in shape)] = True
    return region


@st.composite
def cases(draw: st.DrawFn, longest: int = 14) -> Case:
    """A region of up to ``longest`` voxels along an axis in an image that is mostly larger."""
    ndim = draw(st.sampled_from([2, 3]))
    shape = draw(st.lists(st.integers(1, longest), min_size=ndim, max_size=ndim))
    margin = draw(st.lists(st.integers(0, 6), min_size=2 * ndim, max_size=2 * ndim))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    around = list(zip(margin[::2], margin[1::2], strict=True))
    region = np.pad(region_of(draw(st.sampled_from(REGIONS)), tuple(shape), rng), around)
    image = grey_values(draw(st.sampled_from(GREYS)), region.shape, rng)
    spacing = draw(st.sampled_from(SPACINGS))[:ndim]
    return image, region, spacing, RadiomicsSettings(**draw(choices(image, ndim)))


@st.composite
def choices(draw: st.DrawFn, image: np.ndarray, ndim: int) -> dict[str, Any]:
    """Settings, most of them as they are by default."""
    some = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "classes": st.sampled_from([(kind,) for kind in ALL_CLASSES] + [ALL_CLASSES] * 7),
                "distances": st.sampled_from([(1,), (2,), (1, 2), (1, 3), (3,)]),
                "weighting_norm": st.sampled_from(
                    ["manhattan", "euclidean", "infinity", "no_weighting"]
                ),
                "symmetrical_glcm": st.booleans(),
                "gldm_a": st.integers(0, 3),
                "voxel_array_shift": st.sampled_from([300, 1000]),
                "force_2d": st.booleans(),
                "force_2d_dimension": st.integers(0, 2),
                "pre_crop": st.booleans(),
                "pad_distance": st.integers(0, 8),
                "resegment_shape": st.booleans(),
                "gradient_use_spacing": st.booleans(),
                "wavelet_name": st.sampled_from(["haar", "db4", "bior2.2", "coif1"]),
                "wavelet_level": st.integers(1, 2),
                "wavelet_start_level": st.integers(0, 1),
            },
        )
    )
    some["wavelet"] = draw(st.booleans())
    some["log_sigma"] = draw(st.sampled_from([(), (1.0,), (0.6, 2.0), (5.0,)]))
    some["filters"] = draw(st.sampled_from([(), FILTERS, ("gradient",), ("square", "logarithm")]))
    if draw(st.booleans()):
        some["bin_width"] = draw(st.sampled_from([1 / 2, 1 / 7, 1 / 31.7, 1 / 200])) * _size(image)
    else:
        some["bin_count"] = draw(st.sampled_from([2, 5, 32, 64, 300]))
    which = draw(st.sampled_from(["", "", "normalize", "resample", "resegment", "all"]))
    if which in ("normalize", "all") and np.ptp(image) > 0:
        some |= {"normalize": True, "normalize_scale": _size(image)}
        some["remove_outliers"] = draw(st.sampled_from([None, 1.5, 3.0]))
    if which in ("resample", "all"):
        some["resampled_pixel_spacing"] = draw(
            st.sampled_from([(0.0, 1.1, 1.1), (1.3, 0.9, 0.7), (2.0, 2.0, 2.0)])
        )[-ndim:]
        some["interpolator"] = draw(st.sampled_from(["BSpline", "Linear", "NearestNeighbor"]))
    if which in ("resegment", "all"):
        some["resegment_mode"] = mode = draw(st.sampled_from(["absolute", "relative", "sigma"]))
        low, high = {
            "absolute": tuple(np.quantile(image, [0.1, 0.9]).tolist()),
            "relative": (0.2, 0.8),
            "sigma": (-1.0, 1.5),
        }[mode]
        some["resegment_range"] = draw(st.sampled_from([(low,), (low, high)]))
    return some


def _size(image: np.ndarray) -> float:
    return float(np.ptp(image)) or 1.0
