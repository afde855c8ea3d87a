"""How features were measured, in sentences for the manuscript."""

from __future__ import annotations

from collections.abc import Iterator

from radln.features.embeddings import DeepFeatures
from radln.features.radiomics.settings import RadiomicsSettings
from radln.report.study.results import Judged, Measured, PageOptions, StudyParts

ENGINES = {
    "native": "radln's own engine, which follows pyradiomics' definitions,",
    "pyradiomics": "pyradiomics",
}
STATISTICS = {"mean": "its mean", "max": "its maximum", "gem": "its generalised mean (power 3)"}
PLACES = {
    "mask": "over the {noun}",
    "crop": "over the crop",
    "both": "over the {noun} and over the crop",
}
RECOGNISED = (
    "By perceptual fingerprints of frames and {noun}s, none of its training pictures was "
    "recognised in this study."
)
UNCHECKED = (
    "It carries no list of the pictures that it learned from, so that overlap with this study was "
    "not checked."
)


def measuring(results: StudyParts[Judged], options: PageOptions) -> Iterator[str]:
    """What was measured of every unit, and how several images became one row."""
    measured, unit = results.measured, results.cases.unit
    if measured.source == "images":
        yield _radiomics(measured, options.noun)
        yield from _deep(measured, options.noun)
    elif measured.source == "file":
        count = sum(measured.n_features.values())
        yield (
            f"{count} features were measured elsewhere and read from a file under their own names; "
            "no image was looked at."
        )
    else:
        yield "The study has no images: its predictors are columns of its table."
    if unit != "image":
        rows = "images" if measured.source == "images" else "rows"
        yield f"Several {rows} of one {options.called(unit)} were averaged, number by number."


def _radiomics(measured: Measured, noun: str) -> str:
    asked, counts = measured.settings.radiomics, measured.n_features
    prepared = preparation(asked, measured.length_unit)
    return (
        f"Radiomics features ({counts['radiomics']} per {noun}; "
        f"{image_types(asked, measured.length_unit)}) were extracted with {ENGINES[asked.engine]} "
        f"from the masked {noun}s{f', {prepared}' if prepared else ''} ({binning(asked)}; "
        "two-dimensional images treated as two-dimensional throughout), together with "
        f"{counts['node']} {noun} descriptors with lengths in {measured.length_unit}."
    )


def _deep(measured: Measured, noun: str) -> Iterator[str]:
    deep, encoder = measured.settings.deep, measured.encoder
    if deep is None or encoder is None:
        return
    yield (
        f"For {measured.n_features['deep']} deep features, a square crop around each {noun} (its "
        f"longer side and {100 * deep.margin:g} % of it at each end) went through {encoder.name}, "
        f"a convolutional network, whose feature map was reduced to {pooled(deep, noun)}."
    )
    yield RECOGNISED.format(noun=noun) if encoder.lists_pictures else UNCHECKED


def pooled(deep: DeepFeatures, noun: str) -> str:
    """How the feature map became numbers."""
    return f"{STATISTICS[deep.statistic]} {PLACES[deep.pooling].format(noun=noun)}"


def image_types(asked: RadiomicsSettings, unit: str) -> str:
    """The image and its filtered versions."""
    kinds = ["original"]
    kinds += ["wavelet"] if asked.wavelet else []
    if asked.log_sigma:
        sigmas = ", ".join(f"{sigma:g}" for sigma in asked.log_sigma)
        kinds.append(f"Laplacian of Gaussian, sigma {sigmas} {unit}")
    kinds += [name.replace("root", " root") for name in asked.filters]
    return "; ".join(kinds)


def preparation(asked: RadiomicsSettings, unit: str) -> str:
    """What was done to the images before; blank where nothing was asked."""
    done = ["normalized to mean 0 and one standard deviation"] if asked.normalize else []
    if asked.resampled_pixel_spacing is not None:
        voxel = " x ".join(f"{side:g}" for side in asked.resampled_pixel_spacing)
        done.append(f"resampled to {voxel} {unit} (0: as it was; {asked.interpolator})")
    if asked.resegment_range is not None:
        ends = " to ".join(f"{end:g}" for end in asked.resegment_range)
        done.append(f"cut to grey values of {ends} ({asked.resegment_mode})")
    return " and ".join(done)


def binning(asked: RadiomicsSettings) -> str:
    """How grey values became levels."""
    if asked.bin_width is None:
        return f"{asked.bin_count} grey-level bins"
    return f"grey-level bins of width {asked.bin_width:g}"
