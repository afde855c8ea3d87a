"""What a study may choose about its radiomics."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

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


class RadiomicsSettings(BaseModel):
    """Which radiomics are computed, and how grey values are binned for texture.

    Parameters
    ----------
    engine
        What computes them.
    bin_count, bin_width
        Exactly one: so many bins between the node's darkest and brightest pixel, or bins so many
        grey values wide. The default is 32 bins: ultrasound grey values have no unit and change
        with the gain, for which IBSI recommends a fixed number; a width made for CT (25) leaves a
        dark node four or five bins, and one or two of a wavelet image.
    classes
        Feature classes; "shape" is shape2D for an image and shape for a volume.
    wavelet
        Whether the coif1 wavelet bands are computed too: 4 of an image, 8 of a volume.
    log_sigma
        Widths of the Laplacian-of-Gaussian filters: in mm where the study's lengths are in mm,
        else in pixels. Empty for none.

    Notes
    -----
    Zwanenburg A et al., Radiology 2020;295:328-338, doi:10.1148/radiol.2020191145 (IBSI).

    Examples
    --------
    >>> RadiomicsSettings(bin_width=5).bin_count is None
    True
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Literal["pyradiomics"] = Field("pyradiomics", description="What computes them.")
    bin_count: Annotated[int, Field(ge=2, le=1024)] | None = Field(
        32,
        description="So many grey-level bins between the node's darkest and brightest pixel; or\n"
        "null, and give bin_width.",
    )
    bin_width: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="Bins so many grey values wide, in place of bin_count (CT: 25)."
    )
    classes: Annotated[tuple[FeatureClass, ...], Field(min_length=1)] = Field(
        ALL_CLASSES, description="Classes of features."
    )
    wavelet: bool = Field(True, description="Whether the coif1 wavelet bands are measured too.")
    log_sigma: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...] = Field(
        (1.0, 2.0, 3.0),
        description="Widths of the Laplacian-of-Gaussian filters, in mm (in pixels where\n"
        "lengths are in pixels); [] = none.",
    )

    @model_validator(mode="before")
    @classmethod
    def _width_replaces_default_count(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("bin_width") is not None:
            return {"bin_count": None, **given}
        return given

    @model_validator(mode="after")
    def _exactly_one_binning(self) -> RadiomicsSettings:
        if (self.bin_count is None) == (self.bin_width is None):
            raise ValueError("give exactly one of bin_count and bin_width")
        return self
