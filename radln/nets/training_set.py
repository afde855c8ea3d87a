"""BUS-BRA as the encoder's training set: crops, outlines, labels and who may be learned from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from radln._random import task_rng
from radln._types import FloatArray
from radln.features.nodes import node_descriptors
from radln.imaging.preprocess import SquareCrop
from radln.io.images import read_image, read_mask

SEED = 20261121
UNTOUCHED_FOLD = 4
DEVELOPMENT_SHARE = 0.25
STORED = 224  # px: the stored crop
STORED_MARGIN = 0.5  # on each side; the encoder's own crop has 0.25
ZOOM = (1 + 2 * 0.25) / (1 + 2 * STORED_MARGIN)
SHAPES = (
    "node_long_short_ratio",
    "node_roundness",
    "node_contour_irregularity",
    "node_border_sharpness",
    "node_echogenicity_ratio",
    "node_homogeneity",
)


@dataclass(frozen=True)
class TrainingSet:
    """Crops (n, s, s) and outlines as bytes, one row of ``table`` each, shapes (n, k)."""

    table: pd.DataFrame
    crops: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    outlines: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    shapes: FloatArray


def read_table(folder: Path) -> pd.DataFrame:
    """bus_data.csv without the fold that stays untouched."""
    table = pd.read_csv(folder / "bus_data.csv")
    return table[table["Fold"] != UNTOUCHED_FOLD].reset_index(drop=True)


def is_development(table: pd.DataFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which rows choices are measured on: a quarter of the patients, drawn by the seed."""
    patients = np.sort(table["Case"].unique())
    drawn = task_rng(SEED, "development").permutation(patients)
    chosen = drawn[: round(DEVELOPMENT_SHARE * len(patients))]
    return table["Case"].isin(chosen).to_numpy()


def files_of(folder: Path, name: str) -> tuple[Path, Path]:
    """Image and mask of one row."""
    return (
        folder / "images" / f"{name}.png",
        folder / "masks" / f"{name.replace('bus_', 'mask_', 1)}.png",
    )


def read_training_set(folder: Path, table: pd.DataFrame) -> TrainingSet:
    """Every row's crop, outline and shape."""
    crops, outlines, shapes = [], [], []
    for name in table["ID"]:
        image_file, mask_file = files_of(folder, name)
        image = read_image(image_file).values
        region = np.asarray(read_mask(mask_file).labels > 0)
        crop = SquareCrop.around(region, (1.0, 1.0), margin=STORED_MARGIN)
        size = (STORED, STORED)
        crops.append(np.clip(np.rint(crop.image(image, size)), 0, 255).astype(np.uint8))
        outlines.append(np.rint(255 * crop.coverage(region, size)).astype(np.uint8))
        found = node_descriptors(image, region, (1.0, 1.0), unit="px")
        shapes.append([found[column] for column in SHAPES])
    return TrainingSet(table, np.stack(crops), np.stack(outlines), np.asarray(shapes))
