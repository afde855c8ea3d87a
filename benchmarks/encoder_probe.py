"""What do the bundled encoder's features know, beside simpler things? The model card's table.

A linear probe (standardised, ridge-penalised logistic regression, penalty chosen on inner folds) is
given, for the same images: the encoder's features; those of the same network with random weights
and with ImageNet weights; those of the whole ImageNet EfficientNet-Lite0; five size numbers; all
descriptors of the outline; outline and encoder together. Judged twice:

* within: 5 x 5 folds over the judged patients alone, as a user's study does (AUC: mean of
  within-fold areas);
* across: fitted on the training patients, judged once on the others.

Intervals and paired differences are clustered by patient (Obuchowski).

``--who development`` judges the patients on whom choices were made, with an encoder that was
trained without them. ``--who held-out`` judges Fold 4 of BUS-BRA and is the only code that reads
it; every such run is counted in the output file. Usage::

    python benchmarks/encoder_probe.py DATA --who held-out --out radln/features/bundled/probe.json
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from radln.designs import grouped_folds
from radln.features.embeddings import DeepFeatures
from radln.features.encoders import load_encoder
from radln.features.extract import extract_cases
from radln.features.radiomics.settings import RadiomicsSettings
from radln.features.settings import FeatureSettings
from radln.io.atomic import write_json
from radln.io.cases import CaseSource
from radln.io.images import read_image, read_mask
from radln.nets.backbones import Lite0, load_imagenet
from radln.nets.bundled import fresh_network, imagenet_weights
from radln.nets.export import export_encoder
from radln.nets.training import Recipe
from radln.nets.training_set import UNTOUCHED_FOLD, files_of, is_development
from radln.stats import auc, auc_over_folds, compare_auc, compare_over_folds

SEED, FOLDS, REPEATS = 20261121, 5, 5
PENALTIES = np.logspace(-4, 0, 9)
SIZES = (
    "node_area_px2",
    "node_long_axis_px",
    "node_short_axis_px",
    "radiomics_original_shape2D_Perimeter",
    "radiomics_original_shape2D_MaximumDiameter",
)
OUTLINE = ("node_long_short_ratio", "node_roundness", "node_contour_irregularity")
MODELS = ("encoder", "random", "trunk", "lite0", "size", "shape", "shape+encoder")
PAIRS = (
    ("encoder", "lite0"),
    ("encoder", "random"),
    ("encoder", "trunk"),
    ("encoder", "size"),
    ("encoder", "shape"),
    ("shape+encoder", "shape"),
)


class WholeLite0(nn.Module):
    """EfficientNet-Lite0 up to its 1280 features, stride 32."""

    def __init__(self) -> None:
        super().__init__()
        weights = imagenet_weights()
        self.trunk = Lite0(3, stride=32)
        load_imagenet(self.trunk, weights)
        self.head = nn.Conv2d(320, 1280, 1, bias=False)
        self.norm = nn.BatchNorm2d(1280, eps=1e-3)
        self.head.load_state_dict({"weight": weights["_conv_head.weight"]})
        self.norm.load_state_dict(
            {k.split(".")[1]: v for k, v in weights.items() if k.startswith("_bn1.")}
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.relu6(self.norm(self.head(self.trunk(x))))


def embeddings(folder: Path, names: pd.Series, encoder: Path | str) -> np.ndarray:
    """(n, C) pooled over the mask, by the library's own code."""

    def nodes() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for name in names:
            image, mask = files_of(folder, name)
            yield read_image(image).values, np.asarray(read_mask(mask).labels > 0)

    found = DeepFeatures(encoder=encoder).embed(nodes(), jobs=2)
    return np.array([list(one.values.values()) for one in found])


def outlines(folder: Path, names: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """(n, 5) sizes and (n, k) all descriptors of the mask alone."""
    shape = RadiomicsSettings(wavelet=False, log_sigma=(), classes=("shape",))
    sources = [CaseSource(name, *files_of(folder, name)) for name in names]
    values = extract_cases(
        sources, FeatureSettings(radiomics=shape, deep=None, lengths="px")
    ).table.values
    every = [c for c in values if "shape2D" in c or c in SIZES or c in OUTLINE]
    return values[list(SIZES)].to_numpy(), values[every].to_numpy()


def comparators(folder: Path) -> dict[str, Path]:
    """Encoders to compare with, as files."""
    recipe = Recipe()
    random = fresh_network(recipe, imagenet=False)
    start = fresh_network(recipe)
    start.head = nn.Identity()  # its weights are random before training
    made = {"random": (random, recipe.size), "trunk": (start, recipe.size)}
    paths = {name: folder / f"{name}.onnx" for name in (*made, "lite0")}
    for name, (network, size) in made.items():
        export_encoder(network, size, paths[name])
    export_encoder(WholeLite0(), 224, paths["lite0"], channels=3)
    colour = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    write_json(paths["lite0"].with_suffix(".json"), {"input_size": 224, "channels": 3, **colour})
    return paths


def fitted(x: np.ndarray, y: np.ndarray, patient: np.ndarray, seed: int) -> object:
    """The probe, its penalty chosen on inner folds over patients."""
    inner = [
        (np.asarray(f.train), np.asarray(f.test))
        for f in grouped_folds(y, patient, n_folds=5, seed=seed)
    ]
    probe = LogisticRegressionCV(
        Cs=PENALTIES,
        cv=inner,
        scoring="roc_auc",
        max_iter=5000,
        l1_ratios=(0.0,),
        use_legacy_attributes=False,
    )
    return make_pipeline(StandardScaler(), probe).fit(x, y)


def within(
    x: dict[str, np.ndarray], y: np.ndarray, patient: np.ndarray
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Rows of areas and of paired differences from folds over the judged patients."""
    folds = grouped_folds(y, patient, n_folds=FOLDS, n_repeats=REPEATS, seed=SEED)
    fold_of = np.zeros((REPEATS, len(y)), dtype=np.int64)
    score = {name: np.zeros((REPEATS, len(y))) for name in x}
    for fold in folds:
        fold_of[fold.repeat, fold.test] = fold.fold
        for name, values in x.items():
            probe = fitted(values[fold.train], y[fold.train], patient[fold.train], SEED)
            score[name][fold.repeat, fold.test] = probe.decision_function(values[fold.test])
    areas = [
        row("within", name, auc_over_folds(y, score[name], fold_of, cluster=patient).estimate)
        for name in x
    ]
    gaps = []
    for a, b in PAIRS:
        found = compare_over_folds(y, score[a], score[b], fold_of, cluster=patient)
        gaps.append({**row("within", f"{a} - {b}", found.difference), "p": found.pvalue})
    return areas, gaps


def across(
    x: dict[str, np.ndarray],
    y: np.ndarray,
    patient: np.ndarray,
    x_train: dict[str, np.ndarray],
    y_train: np.ndarray,
    patient_train: np.ndarray,
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The same rows from probes fitted on the training patients."""
    score = {
        name: fitted(x_train[name], y_train, patient_train, SEED).decision_function(x[name])
        for name in x
    }
    areas = [row("across", name, auc(y, score[name], cluster=patient).estimate) for name in x]
    gaps = []
    for a, b in PAIRS:
        found = compare_auc(y, score[a], score[b], cluster=patient)
        gaps.append({**row("across", f"{a} - {b}", found.difference), "p": found.pvalue})
    return areas, gaps


def row(how: str, name: str, estimate: object) -> dict[str, object]:
    return {
        "how": how,
        "name": name,
        "value": float(estimate.value),
        "low": float(estimate.low),
        "high": float(estimate.high),
    }


def everything(folder: Path, names: pd.Series, paths: dict[str, Path]) -> dict[str, np.ndarray]:
    """Every block of features of these images."""
    found = {name: embeddings(folder, names, path) for name, path in paths.items()}
    found["size"], found["shape"] = outlines(folder, names)
    found["shape+encoder"] = np.hstack([found["shape"], found["encoder"]])
    return {name: found[name] for name in MODELS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--who", choices=("development", "held-out"), required=True)
    parser.add_argument("--encoder", default="bundled", help="an .onnx file, or bundled")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    table = pd.read_csv(given.data / "bus_data.csv")
    judged = (table["Fold"] == UNTOUCHED_FOLD).to_numpy()
    if given.who == "development":
        table = table[~judged].reset_index(drop=True)
        judged = is_development(table)
    before = json.loads(given.out.read_text()) if given.out.is_file() else {}
    runs = [*before.get("runs", ()), {"date": str(date.today()), "who": given.who}]
    encoder = given.encoder if given.encoder == "bundled" else Path(given.encoder)
    runs[-1]["encoder_sha256"] = load_encoder(encoder).digest
    write_json(given.out, {**before, "runs": runs})  # counted before anything is seen
    y = (table["Pathology"] == "malignant").to_numpy()
    patient = table["Case"].astype(str).to_numpy()
    with tempfile.TemporaryDirectory() as scratch:
        paths = {"encoder": encoder, **comparators(Path(scratch))}
        x = everything(given.data, table["ID"][judged], paths)
        x_train = everything(given.data, table["ID"][~judged], paths)
    first = within(x, y[judged], patient[judged])
    second = across(x, y[judged], patient[judged], x_train, y[~judged], patient[~judged])
    areas, gaps = first[0] + second[0], first[1] + second[1]
    facts = {
        "runs": runs,
        "images": int(judged.sum()),
        "patients": len(set(patient[judged])),
        "malignant_images": int(y[judged].sum()),
        "columns": {name: values.shape[1] for name, values in x.items()},
    }
    write_json(given.out, {**facts, "areas": areas, "differences": gaps})
    print(json.dumps(facts, indent=1))
    print(pd.DataFrame(areas).round(4).to_string())
    print(pd.DataFrame(gaps).round(5).to_string())


if __name__ == "__main__":
    main()
