"""Names of radiomics features as people read them."""

from __future__ import annotations

import re

CLASSES = {"firstorder": "first-order", "shape": "shape", "shape2D": "shape"}
SHORT = {
    "Id": "inverse difference",
    "Idn": "inverse difference normalized",
    "Idm": "inverse difference moment",
    "Idmn": "inverse difference moment normalized",
    "Imc1": "information measure of correlation 1",
    "Imc2": "information measure of correlation 2",
    "MCC": "maximal correlation coefficient",
}
CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
LOG = re.compile(r"log-sigma-(\d+)-(\d+)-(mm|px)(-3D)?")


def feature_words(name: str) -> str:
    """A feature by its class, its name in words, and the filter.

    Examples
    --------
    >>> feature_words("log-sigma-1-0-mm_glcm_ClusterProminence")
    'GLCM cluster prominence, LoG 1.0 mm'
    >>> feature_words("original_firstorder_90Percentile"), feature_words("wavelet-LH_glcm_Imc1")
    ('first-order 90th percentile', 'GLCM information measure of correlation 1, wavelet LH')
    """
    parts = name.split("_")
    if len(parts) != 3:
        return name.replace("_", " ")
    picture, kind, feature = parts
    words = SHORT.get(feature) or CAPITAL.sub(" ", feature).lower()
    words = re.sub(r"^(\d+) ?percentile", r"\1th percentile", words)
    scale = LOG.fullmatch(picture)
    shown = f"LoG {scale[1]}.{scale[2]} {scale[3]}" if scale else picture.replace("-", " ")
    beside = "" if picture == "original" else f", {shown}"
    return f"{CLASSES.get(kind, kind.upper())} {words}{beside}"
