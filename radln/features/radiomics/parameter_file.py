"""A parameter file of pyradiomics, read as radln's settings."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from radln.errors import SettingsError, UnreadableFileError
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.settings import RadiomicsSettings
from radln.io import yaml

_NAMES = {
    "minimumROIDimensions": "minimum_roi_dimensions",
    "minimumROISize": "minimum_roi_size",
    "binWidth": "bin_width",
    "binCount": "bin_count",
    "normalize": "normalize",
    "normalizeScale": "normalize_scale",
    "removeOutliers": "remove_outliers",
    "resampledPixelSpacing": "resampled_pixel_spacing",
    "interpolator": "interpolator",
    "padDistance": "pad_distance",
    "preCrop": "pre_crop",
    "resegmentRange": "resegment_range",
    "resegmentMode": "resegment_mode",
    "resegmentShape": "resegment_shape",
    "distances": "distances",
    "force2D": "force_2d",
    "force2Ddimension": "force_2d_dimension",
    "weightingNorm": "weighting_norm",
    "symmetricalGLCM": "symmetrical_glcm",
    "gldm_a": "gldm_a",
    "voxelArrayShift": "voxel_array_shift",
    "sigma": "log_sigma",
    "wavelet": "wavelet_name",
    "level": "wavelet_level",
    "start_level": "wavelet_start_level",
    "gradientUseSpacing": "gradient_use_spacing",
}
_LBP = "local binary patterns need packages that are not part of radln; remove it"
_ELSEWHERE = {
    "label": (1, "radln measures every label of a mask as a node of its own; remove it"),
    "label_channel": (0, "radln reads masks of one channel; save that channel as the mask"),
    "correctMask": (
        False,
        "radln uses a mask as it is; save it on the image's grid, and remove this",
    ),
    "geometryTolerance": (
        None,
        "radln compares the grids of image and mask itself, to a thousandth of a voxel; remove it, "
        "and save a mask that differs by more on the image's grid",
    ),
    "lbp2DRadius": (None, _LBP),
    "lbp2DSamples": (None, _LBP),
    "lbp2DMethod": (None, _LBP),
    "lbp3DLevels": (None, _LBP),
    "lbp3DIcosphereRadius": (None, _LBP),
    "lbp3DIcosphereSubdivision": (None, _LBP),
}
"""Key -> the value with which it asks for nothing; why another is refused, and what to do."""

_OWN = {  # what an image type may set for itself alone
    "LoG": ("sigma",),
    "Wavelet": ("wavelet", "level", "start_level"),
    "Gradient": ("gradientUseSpacing",),
}
_FILTERS = {
    "Square": "square",
    "SquareRoot": "squareroot",
    "Logarithm": "logarithm",
    "Exponential": "exponential",
    "Gradient": "gradient",
}
_TYPES = ("Original", "LoG", "Wavelet", *_FILTERS)
_OLD_FEATURES = {
    "firstorder_StandardDeviation": "it is the square root of Variance; ask for that",
    "glcm_Dissimilarity": "it is DifferenceAverage; ask for that",
    "glcm_Homogeneity1": "it is Id; ask for that",
    "glcm_Homogeneity2": "it is Idm; ask for that",
    "glcm_SumVariance": "it is ClusterTendency; ask for that",
    "gldm_GrayLevelNonUniformityNormalized": "it is firstorder Uniformity; ask for that",
    "gldm_DependencePercentage": "it is 1 everywhere; remove it",
    "shape_Compactness1": "it says what Sphericity says; ask for that",
    "shape_Compactness2": "it is the third power of Sphericity; ask for that",
    "shape_SphericalDisproportion": "it is 1 / Sphericity; ask for that",
    "shape2D_SphericalDisproportion": "it is 1 / Sphericity; ask for that",
}
# What pyradiomics takes where a file says nothing and radln's own default is another.
_DEFAULTS = {"binWidth": 25.0, "minimumROIDimensions": 2}
_SECTIONS = ("setting", "imageType", "featureClass", "voxelSetting")


@dataclass
class _File:
    """The file's content, and what was found in it that cannot be followed."""

    data: Mapping[str, Any]
    lines: yaml.Lines
    refused: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, path: tuple[str | int, ...], why: str) -> None:
        """Note a key with its line."""
        line = self.lines.get(path) or self.lines.get(path[:-1], 1)
        self.refused.append((line, f"line {line}, {'.'.join(map(str, path))}: {why}."))

    def section(self, *path: str) -> Mapping[str, Any]:
        """The mapping at that place; an empty one where there is none."""
        held: Any = self.data
        for part in path:
            held = held.get(part)
            if held is None:
                return {}
        if not isinstance(held, Mapping):
            self.refuse(path, "this must be a mapping of names to values")
            return {}
        return {str(key): value for key, value in held.items()}


def read_parameter_file(path: str | Path) -> RadiomicsSettings:
    """What does this parameter file of pyradiomics say in radln's settings?

    Parameters
    ----------
    path
        The file, YAML or JSON, as pyradiomics' extractor takes it.

    Returns
    -------
    RadiomicsSettings
        With pyradiomics' defaults where the file says nothing: bins of 25 grey values, the
        original image only, all classes, and no node that is a single voxel or a line.

    Raises
    ------
    SettingsError
        The file asks for what radln does not do or does elsewhere: every such key is named with
        its line, the reason and what to do.
    UnreadableFileError
        There is no such file, or it is no text.

    Notes
    -----
    Spacings (x, y, z) become (z, y, x). The class shape stands for shape of a volume and shape2D of
    an image, whichever of the two the file names. ``additionalInfo`` changes no value and is passed
    over.

    van Griethuysen JJM et al., Cancer Research 2017;77:e104-e107,
    doi:10.1158/0008-5472.CAN-17-0339.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "params.yaml"
    ...     _ = file.write_text("setting: {binWidth: 5, resampledPixelSpacing: [1, 1, 3]}")
    ...     settings = read_parameter_file(file)
    >>> settings.bin_width, settings.resampled_pixel_spacing, settings.wavelet
    (5.0, (3.0, 1.0, 1.0), False)
    """
    path = Path(path)
    if not path.is_file():
        raise UnreadableFileError(f"{path.name} was not found; name pyradiomics' parameter file.")
    data, lines = yaml.load(path)
    if not isinstance(data, Mapping):
        raise SettingsError(
            f"{path.name}: a parameter file of pyradiomics has the sections setting, imageType and "
            "featureClass; this is none."
        )
    file = _File(data, lines)
    for name in data:
        if name not in _SECTIONS:
            file.refuse((str(name),), f"there is no such section{_nearest(str(name), _SECTIONS)}")
    if file.section("voxelSetting"):
        why = "radln measures whole nodes and makes no maps voxel by voxel; remove the section"
        file.refuse(("voxelSetting",), why)
    values, places = _values(file)
    chosen = {**_image_types(file), **_classes(file)}
    chosen |= {_NAMES[key]: _translated(key, value) for key, value in values.items()}
    if values.get("binCount") is not None:
        chosen["bin_width"] = None
    if "interpolator" in file.section("setting") and "interpolator" not in values:
        chosen["resampled_pixel_spacing"] = None  # so pyradiomics is told not to resample
    if "LoG" not in file.section("imageType"):
        chosen["log_sigma"] = ()
    return _checked(path.name, file, chosen, places)


def _checked(
    name: str, file: _File, chosen: dict[str, Any], places: Mapping[str, tuple[str, ...]]
) -> RadiomicsSettings:
    """The settings, or one error that lists all that stands against them."""
    settings = None
    try:
        settings = RadiomicsSettings(**chosen)
    except ValidationError as error:
        theirs = {ours: key for key, ours in _NAMES.items()}
        for problem in error.errors():
            key = theirs.get(str(problem["loc"][0]), "") if problem["loc"] else ""
            file.refuse(places.get(key, ("setting",)), f"{problem['input']!r}: {problem['msg']}")
    if file.refused or settings is None:
        listed = "\n  ".join(text for _, text in sorted(file.refused))
        raise SettingsError(
            f"{name} asks for what radln's radiomics settings cannot say:\n  {listed}\n"
            "Change these in a copy of the file, and read that."
        )
    return settings


def _values(file: _File) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """pyradiomics' setting -> value, and -> where it stands; what cannot be followed is refused."""
    values: dict[str, Any] = dict(_DEFAULTS)
    places: dict[str, tuple[str, ...]] = {}
    for key, value in file.section("setting").items():
        if _is_setting(file, ("setting", key), value):
            values[key], places[key] = value, ("setting", key)
    shared = dict(values)
    for kind in file.section("imageType"):
        for key, value in file.section("imageType", kind).items():
            here = ("imageType", kind, key)
            if not _is_setting(file, here, value):
                continue
            if key in _OWN.get(kind, ()):
                values[key], places[key] = value, here
            elif key not in shared or shared[key] != value:
                file.refuse(here, f"radln takes one {key} for all images; set it under setting")
    return values, places


def _is_setting(file: _File, path: tuple[str, ...], value: Any) -> bool:
    """Whether this is a setting that is followed and has a value."""
    key = path[-1]
    if key in _ELSEWHERE:
        idle, why = _ELSEWHERE[key]
        if value is not None and (idle is None or value != idle):
            file.refuse(path, f"{value!r}: {why}")
        return False
    if key == "additionalInfo":
        return False
    if key not in _NAMES:
        file.refuse(path, f"there is no such setting{_nearest(key, (*_NAMES, *_ELSEWHERE))}")
        return False
    return value is not None


def _translated(key: str, value: Any) -> Any:
    """A value in the words and the order of radln."""
    if key == "resampledPixelSpacing" and isinstance(value, list):
        return value[::-1]
    if key == "interpolator" and isinstance(value, str):
        return value.removeprefix("sitk")
    return value


def _image_types(file: _File) -> dict[str, Any]:
    """Which filtered images; the original one is always measured."""
    types = file.section("imageType")
    for name in types:
        if name in ("LBP2D", "LBP3D"):
            file.refuse(("imageType", name), _LBP)
        elif name not in _TYPES:
            why = f"there is no such image type{_nearest(name, _TYPES)}"
            file.refuse(("imageType", name), why)
    if types and "Original" not in types:
        why = "radln always measures the original image too; add 'Original: {}' here"
        file.refuse(("imageType",), why)
    filters = tuple(_FILTERS[name] for name in types if name in _FILTERS)
    return {"wavelet": "Wavelet" in types, "filters": filters, "log_sigma": ()}


def _classes(file: _File) -> dict[str, Any]:
    """Classes, and the features if some classes are not wanted whole."""
    asked = file.section("featureClass")
    for kind in asked:
        if kind not in FEATURES:
            why = f"there is no such class{_nearest(kind, tuple(FEATURES))}"
            file.refuse(("featureClass", kind), why)
    known = [kind for kind in asked if kind in FEATURES]
    if not known:
        return {}
    chosen: dict[str, Any] = {
        "classes": tuple(dict.fromkeys(kind.removesuffix("2D") for kind in known))
    }
    if any(asked[kind] for kind in known):
        names = (name for kind in known for name in _features(file, kind, asked[kind]))
        chosen["features"] = tuple(dict.fromkeys(names)) or None
    return chosen


def _features(file: _File, kind: str, names: Any) -> Iterator[str]:
    """The features of one class by radln's names, all where none is named."""
    path = ("featureClass", kind)
    if names and not isinstance(names, list):
        file.refuse(path, "this must be a list of features, or empty for all")
        return
    if not names:
        for each in ("shape", "shape2D") if kind in ("shape", "shape2D") else (kind,):
            yield from (f"{each}_{name}" for name in FEATURES[each])
    for name in names or ():
        if name in FEATURES[kind]:
            yield f"{kind}_{name}"
        else:
            why = _OLD_FEATURES.get(
                f"{kind}_{name}", f"there is no such feature{_nearest(str(name), FEATURES[kind])}"
            )
            file.refuse((*path, str(name)), why)


def _nearest(name: str, known: tuple[str, ...]) -> str:
    lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), lower, n=1)
    return f"; perhaps {lower[near[0]]!r} is meant" if near else ""
