"""The names of all radiomics features, class by class, as pyradiomics spells them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

_FEATURES = {
    "shape": "Elongation Flatness LeastAxisLength MajorAxisLength Maximum2DDiameterColumn "
    "Maximum2DDiameterRow Maximum2DDiameterSlice Maximum3DDiameter MeshVolume MinorAxisLength "
    "Sphericity SurfaceArea SurfaceVolumeRatio VoxelVolume",
    "shape2D": "Elongation MajorAxisLength MaximumDiameter MeshSurface MinorAxisLength Perimeter "
    "PerimeterSurfaceRatio PixelSurface Sphericity",
    "firstorder": "10Percentile 90Percentile Energy Entropy InterquartileRange Kurtosis Maximum "
    "MeanAbsoluteDeviation Mean Median Minimum Range RobustMeanAbsoluteDeviation RootMeanSquared "
    "Skewness TotalEnergy Uniformity Variance",
    "glcm": "Autocorrelation ClusterProminence ClusterShade ClusterTendency Contrast Correlation "
    "DifferenceAverage DifferenceEntropy DifferenceVariance Id Idm Idmn Idn Imc1 Imc2 "
    "InverseVariance JointAverage JointEnergy JointEntropy MCC MaximumProbability SumAverage "
    "SumEntropy SumSquares",
    "gldm": "DependenceEntropy DependenceNonUniformity DependenceNonUniformityNormalized "
    "DependenceVariance GrayLevelNonUniformity GrayLevelVariance HighGrayLevelEmphasis "
    "LargeDependenceEmphasis LargeDependenceHighGrayLevelEmphasis "
    "LargeDependenceLowGrayLevelEmphasis LowGrayLevelEmphasis SmallDependenceEmphasis "
    "SmallDependenceHighGrayLevelEmphasis SmallDependenceLowGrayLevelEmphasis",
    "glrlm": "GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance "
    "HighGrayLevelRunEmphasis LongRunEmphasis LongRunHighGrayLevelEmphasis "
    "LongRunLowGrayLevelEmphasis LowGrayLevelRunEmphasis RunEntropy RunLengthNonUniformity "
    "RunLengthNonUniformityNormalized RunPercentage RunVariance ShortRunEmphasis "
    "ShortRunHighGrayLevelEmphasis ShortRunLowGrayLevelEmphasis",
    "glszm": "GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance "
    "HighGrayLevelZoneEmphasis LargeAreaEmphasis LargeAreaHighGrayLevelEmphasis "
    "LargeAreaLowGrayLevelEmphasis LowGrayLevelZoneEmphasis SizeZoneNonUniformity "
    "SizeZoneNonUniformityNormalized SmallAreaEmphasis SmallAreaHighGrayLevelEmphasis "
    "SmallAreaLowGrayLevelEmphasis ZoneEntropy ZonePercentage ZoneVariance",
    "ngtdm": "Busyness Coarseness Complexity Contrast Strength",
}
FEATURES: Final = MappingProxyType({kind: tuple(text.split()) for kind, text in _FEATURES.items()})
"""Class -> its features; "shape" of a volume, "shape2D" of an image."""

_POWERS = {
    "MeshVolume": 3, "VoxelVolume": 3, "SurfaceArea": 2, "MeshSurface": 2, "PixelSurface": 2,
    "SurfaceVolumeRatio": -1, "PerimeterSurfaceRatio": -1, "Elongation": 0, "Flatness": 0,
    "Sphericity": 0,
}  # fmt: skip


def shape_unit(name: str, unit: str) -> str:
    """The unit of a column of radiomics, blank where it is no length, surface or volume.

    Examples
    --------
    >>> shape_unit("radiomics_original_shape2D_PixelSurface", "px")
    'px2'
    >>> shape_unit("radiomics_original_glcm_Contrast", "mm")
    ''
    """
    kind, _, feature = name.partition("_original_shape")[2].partition("_")
    if kind not in ("", "2D") or feature not in _FEATURES[f"shape{kind}"].split():
        return ""
    power = _POWERS.get(feature, 1)
    if power < 0:
        return f"1/{unit}"
    return "" if power == 0 else unit if power == 1 else f"{unit}{power}"
