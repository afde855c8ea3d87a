"""pyradiomics' own extractor on arrays, and small images with a region to hand it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def speckle(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.2)
    return np.rint((noise - noise.min()) / np.ptp(noise) * 255)


def ellipse(shape: tuple[int, ...], centre: tuple[float, ...], axes: tuple[float, ...]):
    grid = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    return sum(((g - c) / a) ** 2 for g, c, a in zip(grid, centre, axes, strict=True)) <= 1


def extract(image, region, spacing, parameters) -> dict[str, float]:
    """The values of a parameter file's content, under radln's names."""
    import radiomics
    import SimpleITK as sitk  # noqa: N813
    from radiomics import featureextractor

    radiomics.setVerbosity(60)
    extractor = featureextractor.RadiomicsFeatureExtractor(parameters)
    extractor.addProvenance(False)
    picture, mask = sitk.GetImageFromArray(image), sitk.GetImageFromArray(region.astype(np.uint8))
    picture.SetSpacing(tuple(spacing)[::-1])
    mask.SetSpacing(tuple(spacing)[::-1])
    return {f"radiomics_{k}": float(v) for k, v in extractor.execute(picture, mask).items()}
