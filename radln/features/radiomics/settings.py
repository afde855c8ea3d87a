"""What a study may choose about its radiomics."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from radln.features.radiomics.names import FEATURES

FeatureClass = Literal["shape", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm"]
ALL_CLASSES: tuple[FeatureClass, ...] = (
    "shape",
    "firstorder",
    "glcm",
    "gldm",
    "glrlm",
    "glszm",
    "ngtdm",
)
Filter = Literal["square", "squareroot", "logarithm", "exponential", "gradient"]
Interpolator = Literal[
    "NearestNeighbor",
    "Linear",
    "BSpline",
    "Gaussian",
    "LabelGaussian",
    "HammingWindowedSinc",
    "CosineWindowedSinc",
    "WelchWindowedSinc",
    "LanczosWindowedSinc",
    "BlackmanWindowedSinc",
]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Distance = Annotated[int, Field(ge=1, le=15)]
_Number = Annotated[float, Field(allow_inf_nan=False)]
_BIORTHOGONAL = (1.1, 1.3, 1.5, 2.2, 2.4, 2.6, 2.8, 3.1, 3.3, 3.5, 3.7, 3.9, 4.4, 5.5, 6.8)
WAVELETS = frozenset(
    ["haar", "dmey"]
    + [f"db{order}" for order in range(1, 39)]
    + [f"sym{order}" for order in range(2, 21)]
    + [f"coif{order}" for order in range(1, 18)]
    + [f"{family}{orders}" for family in ("bior", "rbio") for orders in _BIORTHOGONAL]
)
"""PyWavelets' discrete wavelets, by name."""


class RadiomicsSettings(BaseModel):
    """Which radiomics are computed, and how the image, its region and its grey values are prepared.

    Parameters
    ----------
    engine
        "native" for radln's own kernels, "pyradiomics" for that package's, which has the same
        values (``radln parity`` compares the two on one's own cases).
    bin_count, bin_width
        Exactly one: so many bins between the node's darkest and brightest pixel, or bins so many
        grey values wide. The default is 32 bins: ultrasound grey values have no unit and change
        with the gain, for which IBSI recommends a fixed number; a width made for CT (25) leaves a
        dark node four or five bins, and one or two of a wavelet image.
    classes, features
        Feature classes; "shape" is shape2D for an image and shape for a volume. ``features`` keeps
        some of them only, named as "glcm_Contrast".
    wavelet, wavelet_name, wavelet_level, wavelet_start_level
        Whether wavelet bands are computed too (4 of an image, 8 of a volume), of which wavelet, on
        how many levels, after how many that are passed over.
    log_sigma
        Widths of the Laplacian-of-Gaussian filters: in mm where the study's lengths are in mm,
        else in pixels. Empty for none.
    filters, gradient_use_spacing
        Filters pixel by pixel and the gradient's magnitude, per mm or per voxel.
    normalize, normalize_scale, remove_outliers
        Whether the whole image is brought to mean 0 and standard deviation ``normalize_scale``,
        cut off at so many standard deviations.
    resampled_pixel_spacing, interpolator, pad_distance, pre_crop
        Voxel size along the array's axes, (z, y, x) or (y, x), to which image and region are
        brought, 0 for an axis that stays; how values between voxels are found; how many voxels
        around the region are kept for the filters; whether an image that is not resampled is cut
        to these too.
    resegment_range, resegment_mode, resegment_shape
        Grey values that belong to the region: its lowest, or its lowest and highest.
    minimum_roi_dimensions, minimum_roi_size
        Regions below are refused: axes along which a region must span more than one voxel, and a
        number of voxels that it must exceed.
    distances, weighting_norm, symmetrical_glcm, gldm_a, voxel_array_shift
        Details of texture and of the energies.
    force_2d, force_2d_dimension
        Texture and wavelets of a volume slice by slice, across the array's axis of that number. An
        image is measured in its plane whatever these say.

    Notes
    -----
    Each means what the setting of that name (there ``resampledPixelSpacing``) means in
    pyradiomics, whose own defaults differ in the binning, the filters and the smallest region.

    Zwanenburg A et al., Radiology 2020;295:328-338, doi:10.1148/radiol.2020191145 (IBSI).
    van Griethuysen JJM et al., Cancer Research 2017;77:e104-e107,
    doi:10.1158/0008-5472.CAN-17-0339.

    Examples
    --------
    >>> RadiomicsSettings(bin_width=5).bin_count is None
    True
    >>> RadiomicsSettings(features=("glcm_Contrast", "firstorder_Mean")).distances
    (1,)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    engine: Literal["native", "pyradiomics"] = Field(
        "native",
        description="What computes them: radln's own engine, or pyradiomics, which has the same\n"
        "values, takes longer and is installed apart.",
    )
    bin_count: Annotated[int, Field(ge=2, le=1024)] | None = Field(
        32,
        description="So many grey-level bins between the node's darkest and brightest pixel; or\n"
        "null, and give bin_width.",
    )
    bin_width: _Positive | None = Field(
        None, description="Bins so many grey values wide, in place of bin_count (CT: 25)."
    )
    classes: Annotated[tuple[FeatureClass, ...], Field(min_length=1)] = Field(
        ALL_CLASSES, description="Classes of features."
    )
    features: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        None,
        description="Only these features of the classes, as in\n"
        "[glcm_Contrast, shape2D_Perimeter]; null = all.",
    )
    wavelet: bool = Field(True, description="Whether the wavelet bands are measured too.")
    log_sigma: tuple[_Positive, ...] = Field(
        (1.0, 2.0, 3.0),
        description="Widths of the Laplacian-of-Gaussian filters, in mm (in pixels where\n"
        "lengths are in pixels); [] = none.",
    )
    filters: tuple[Filter, ...] = Field(
        (),
        description="More filters: square, squareroot, logarithm, exponential, gradient;\n"
        "[] = none.",
    )

    normalize: bool = Field(
        False,
        description="Whether grey values are brought to mean 0 and the same spread in all images.\n"
        "This and all that follows are pyradiomics' own settings; leave them if in doubt.",
    )
    normalize_scale: _Positive = Field(
        1.0, description="Standard deviation of a normalized image (MR: often 100)."
    )
    remove_outliers: _Positive | None = Field(
        None, description="Cut a normalized image off at so many standard deviations; null = never."
    )
    resampled_pixel_spacing: (
        Annotated[
            tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...],
            Field(min_length=2, max_length=3),
        ]
        | None
    ) = Field(
        None,
        description="Resample to this voxel size along (z, y, x) or (y, x), in mm or pixels as\n"
        "log_sigma; 0 leaves an axis as it is; null = no resampling.",
    )
    interpolator: Interpolator = Field(
        "BSpline", description="How resampling finds the grey values between voxels."
    )
    pad_distance: Annotated[int, Field(ge=0)] = Field(
        5, description="Voxels kept around the node for the filters, when resampled or pre-cropped."
    )
    pre_crop: bool = Field(
        False, description="Whether the filters see only pad_distance voxels around the node."
    )
    resegment_range: Annotated[tuple[_Number, ...], Field(min_length=1, max_length=2)] | None = (
        Field(
            None,
            description="Leave out the node's pixels below the first (and above the second) grey\n"
            "value; null = none.",
        )
    )
    resegment_mode: Literal["absolute", "relative", "sigma"] = Field(
        "absolute",
        description="What resegment_range counts: grey values, parts of the node's brightest\n"
        "pixel, or standard deviations from the node's mean.",
    )
    resegment_shape: bool = Field(
        False, description="Whether shape is measured without the pixels left out, too."
    )
    minimum_roi_dimensions: Annotated[int, Field(ge=0, le=3)] = Field(
        0,
        description="Axes along which a node must span more than one pixel: 0 = any node will do,\n"
        "2 = no single pixel and no line.",
    )
    minimum_roi_size: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Nodes of so many pixels or fewer are refused; null = none is."
    )
    distances: Annotated[tuple[_Distance, ...], Field(min_length=1)] = Field(
        (1,),
        description="Distances in pixels between the neighbours of glcm, gldm and ngtdm; 15 at\n"
        "most.",
    )
    weighting_norm: Literal["manhattan", "euclidean", "infinity", "no_weighting"] | None = Field(
        None,
        description="Directions of glcm and glrlm weighted by their length; no_weighting = added\n"
        "up; null = measured one by one, and averaged.",
    )
    symmetrical_glcm: bool = Field(
        True, description="Whether glcm counts each pair of neighbours both ways."
    )
    gldm_a: Annotated[int, Field(ge=0)] = Field(
        0, description="Grey levels by which neighbours of gldm may differ and count as equal."
    )
    voxel_array_shift: int = Field(
        0, description="Added to grey values before energies are measured (CT: often 1000)."
    )
    force_2d: bool = Field(
        False, description="Whether texture and wavelets of a volume are measured slice by slice."
    )
    force_2d_dimension: Annotated[int, Field(ge=0, le=2)] = Field(
        0, description="The axis across which slices lie then: 0 = z, 1 = y, 2 = x."
    )
    gradient_use_spacing: bool = Field(
        True, description="Whether the gradient filter gives grey values per mm, not per pixel."
    )
    wavelet_name: str = Field(
        "coif1", description="Which wavelet: haar, dmey, db2, sym4, coif1, bior2.2, rbio2.2, ..."
    )
    wavelet_level: Annotated[int, Field(ge=1)] = Field(
        1, description="So many levels of wavelet bands are measured."
    )
    wavelet_start_level: Annotated[int, Field(ge=0)] = Field(
        0, description="After so many finer levels that are passed over."
    )

    @model_validator(mode="before")
    @classmethod
    def _width_replaces_default_count(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("bin_width") is not None:
            return {"bin_count": None, **given}
        return given

    @field_validator("wavelet_name")
    @classmethod
    def _known_wavelet(cls, name: str) -> str:
        if name not in WAVELETS:
            raise ValueError(
                "must be a discrete wavelet of PyWavelets: haar, dmey, db1-38, sym2-20, coif1-17, "
                f"bior or rbio {_BIORTHOGONAL[0]}-{_BIORTHOGONAL[-1]}"
            )
        return name

    @field_validator("classes", "features", "filters", "distances", "log_sigma")
    @classmethod
    def _each_once(cls, given: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        again = [one for position, one in enumerate(given or ()) if one in (given or ())[:position]]
        if again:
            raise ValueError(f"holds {again[0]} twice; name each once")
        return given

    @model_validator(mode="after")
    def _exactly_one_binning(self) -> RadiomicsSettings:
        if (self.bin_count is None) == (self.bin_width is None):
            raise ValueError("give exactly one of bin_count and bin_width")
        return self

    @model_validator(mode="after")
    def _known_features(self) -> RadiomicsSettings:
        for name in self.features or ():
            kind, _, feature = name.partition("_")
            if feature not in FEATURES.get(kind, ()):
                raise ValueError(
                    f"features holds {name!r}, which is none; write class_Feature, as in "
                    "glcm_Contrast"
                )
            if kind.removesuffix("2D") not in self.classes:
                raise ValueError(
                    f"features holds {name!r}, but classes does not hold "
                    f"{kind.removesuffix('2D')!r}; add it there, or leave the feature out"
                )
        return self
