"""What a study may choose about its features, all families together."""

from __future__ import annotations

from html import escape
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from radln.features.embeddings import DeepFeatures
from radln.features.nodes import NodeSettings
from radln.features.radiomics.settings import RadiomicsSettings


class FeatureSettings(BaseModel):
    """Which features are computed, and how.

    Parameters
    ----------
    radiomics, nodes
        Always computed, with these settings.
    deep
        Embeddings; None leaves them out.
    mask
        Whether holes are filled ("fill"), parts apart left out ("largest"), or both ("all").
    ignore
        "marks" leaves caliper marks, drawn lines and text out of grey values and texture.
    lengths
        "auto": mm when every case has a pixel size, else pixels for all; "mm" fails the cases
        without a pixel size; "px" ignores pixel sizes.

    Examples
    --------
    >>> FeatureSettings().deep.encoder
    'bundled'
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    radiomics: RadiomicsSettings = Field(
        default_factory=RadiomicsSettings, description="Radiomics features."
    )
    nodes: NodeSettings = Field(
        default_factory=NodeSettings, description="Node descriptors: size, shape, border, echo."
    )
    deep: DeepFeatures | None = Field(
        default_factory=DeepFeatures,
        description="Pooled CNN embeddings; `deep: null` in place of this section leaves them out.",
    )
    mask: Literal["none", "fill", "largest", "all"] = Field(
        "none",
        description="Repair of masks before they are measured: none = as drawn, fill = holes,\n"
        "largest = the largest part alone, all = both. The report counts the repaired ones.",
    )
    ignore: Literal["nothing", "marks"] = Field(
        "nothing",
        description="marks = caliper marks, drawn lines and text on the node are left out of grey\n"
        "values and texture (not of size and shape; deep features see them), and are counted.",
    )
    lengths: Literal["auto", "mm", "px"] = Field(
        "auto", description="auto = mm where every case has a pixel size, else pixels for all."
    )

    def __repr__(self) -> str:
        deep = "no deep features" if self.deep is None else f"encoder {self.deep.encoder}"
        return (
            f"FeatureSettings: radiomics ({self.radiomics.engine}), {deep}, mask {self.mask}, "
            f"ignore {self.ignore}, lengths {self.lengths}"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape(repr(self))}</pre>"
