"""The demonstration: a simulated cohort as files, then the same way that a user goes."""

from __future__ import annotations

from pathlib import Path

from radln.cohort.simulate import READERS, simulate_cohort
from radln.errors import ForeignOutputError
from radln.features.radiomics.settings import RadiomicsSettings
from radln.io.images import write_png
from radln.io.tables import write_excel
from radln.settings import Settings
from radln.study.init import Proposal, propose, write_study
from radln.study.request import Request

CLINICAL = (
    "age", "sex", "level", "long_axis_mm", "short_axis_mm", "border", "hilum", "echogenicity",
    "doppler",
)  # fmt: skip
N_PATIENTS = 120


def write_demo(folder: Path, *, seed: int = 1) -> Path:
    """Images, masks, ``nodes.xlsx`` and ``study.yaml`` of a simulated cohort; returns the file.

    Raises
    ------
    ForeignOutputError
        The folder holds something else.
    """
    study = folder / "study.yaml"
    if folder.is_dir() and any(folder.iterdir()) and not study.exists():
        raise ForeignOutputError(
            f"the folder {folder.name!r} is not empty and holds no radln demo; name a new one."
        )
    cohort = simulate_cohort(N_PATIENTS, seed=seed)
    for name, image, region in cohort.images():
        write_png(folder / "images" / f"{name}.png", image)
        write_png(folder / "masks" / f"{name}_mask.png", region.astype("uint8") * 255)
    write_excel(folder / "nodes.xlsx", cohort.table)
    write_study(study, _settings(propose_demo(folder)))
    return study


def propose_demo(folder: Path) -> Proposal:
    """What ``radln init`` proposes for the demo's files."""
    return propose(
        Request(
            images=folder / "images",
            masks=folder / "masks",
            table=folder / "nodes.xlsx",
            case="image",
            patient="patient",
            node="node",
            outcome="outcome",
            site="site",
            clinical=CLINICAL,
            readers=tuple(f"{reader}:4" for reader in READERS),
            pixel_size_mm="pixel_mm",
        ),
        name="Simulated lymph nodes",
        simulated=True,
    )


def _settings(proposal: Proposal) -> Settings:
    """One repeat and two LoG widths, to be quick; a study's defaults are fuller."""
    settings = proposal.settings
    features = settings.features.model_copy(
        update={"radiomics": RadiomicsSettings(log_sigma=(1.0, 2.0))}
    )
    models = settings.models.model_copy(update={"repeats": 1})
    return settings.model_copy(update={"features": features, "models": models})
