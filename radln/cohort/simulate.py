"""A simulated cohort of lymph nodes with known effects, reads and follow-up.

Each node has a malignant probability that depends on what its image shows and on who carries it:
``LOG_ODDS`` lists every effect. What a clinician would write down is recorded with error, readers
see the truth through noise that is larger for trainees, and follow-up depends on the same risk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radln._random import task_rng
from radln._shown import ShortRepr
from radln._types import BoolArray, FloatArray
from radln.errors import InputError
from radln.imaging.simulate import NodeAppearance, Scanner, simulate_node_image

SCANNERS = (
    Scanner("North", 0.150, 0.0, 55.0),
    Scanner("Lake", 0.180, 3.0, 60.0),
    Scanner("Hill", 0.135, -4.0, 50.0),
)
READERS = {"expert_1": 1.3, "expert_2": 1.6, "trainee_1": 3.0, "trainee_2": 3.6}
# Log-odds of malignancy a unit (sizes on the log scale, per standard deviation elsewhere).
LOG_ODDS = {
    "intercept": -0.45,
    "log_short_axis": 0.8,
    "roundness": 0.8,
    "hilum_lost": 1.0,
    "border_irregular": 0.7,
    "heterogeneity": 0.8,
    "hypoechoic": 0.6,
    "peripheral_flow": 0.8,
    "age": 0.4,
    "patient": 0.5,
}
COMMON = 0.65  # the correlation of a sign with the disorder that all signs share
LEVELS = ("II", "III", "IV", "V", "VI")


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedCohort(ShortRepr):
    """One row an image in ``table``, one row a read in ``reads``; images are drawn on demand."""

    table: pd.DataFrame
    reads: pd.DataFrame
    truth: pd.DataFrame
    seed: int

    def images(
        self,
    ) -> Iterator[tuple[str, np.ndarray[tuple[int, ...], np.dtype[np.uint8]], BoolArray]]:
        """(image id, grey image, region) in the table's order; the same at every call."""
        scanners = {scanner.name: scanner for scanner in SCANNERS}
        for row in self.truth.itertuples():
            appearance = NodeAppearance(
                **{name: getattr(row, name) for name in NodeAppearance.__dataclass_fields__}
            )
            rng = task_rng(self.seed, "image", str(row.image))
            image, region = simulate_node_image(appearance, scanners[str(row.site)], rng)
            yield str(row.image), image, region


def simulate_cohort(n_patients: int = 120, *, seed: int = 1) -> SimulatedCohort:
    """A cohort of ``n_patients`` with one to three nodes each and two views of some nodes.

    Parameters
    ----------
    n_patients
        At least 10.
    seed
        The same seed gives the same cohort, image by image.

    Returns
    -------
    SimulatedCohort
        ``table`` has image, patient, node, site, pixel_mm, age, sex, level, long and short axis
        (mm), border, hilum, echogenicity, doppler, outcome ("malignant"/"benign"), time_months,
        event and the four readers' scores (1 to 5).

    Examples
    --------
    >>> cohort = simulate_cohort(12, seed=3)
    >>> bool(cohort.table["patient"].nunique() == 12)
    True
    """
    if n_patients < 10:
        raise InputError(f"n_patients must be at least 10; got {n_patients}.")
    rng = task_rng(seed, "cohort")
    nodes = _nodes(n_patients, rng)
    nodes = pd.concat([nodes, _recorded(nodes, rng), _follow_up(nodes, rng)], axis=1)
    for reader, noise in READERS.items():
        seen = nodes["log_odds"] + noise * rng.standard_normal(len(nodes))
        nodes[reader] = np.digitize(seen, [-2.2, -0.8, 0.4, 1.8]) + 1
    views = _views(nodes, rng)
    columns = ["image", "patient", "node", "site", "pixel_mm", "age", "sex", "level"]
    columns += ["long_axis_mm", "short_axis_mm", "border", "hilum_seen", "echogenicity", "doppler"]
    columns += ["outcome", "time_months", "event", *READERS]
    table = views[columns].rename(columns={"hilum_seen": "hilum"})
    return SimulatedCohort(table, _tidy_reads(nodes), views, seed)


def _nodes(n_patients: int, rng: np.random.Generator) -> pd.DataFrame:
    """Patients, nodes, what is truly there, and the outcome."""
    count = rng.choice([1, 2, 3], size=n_patients, p=[0.55, 0.30, 0.15])
    patient = np.repeat(np.arange(n_patients), count)
    n = patient.size

    def of_patient(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> object:
        return values[patient]

    age = np.clip(rng.normal(55, 14, n_patients), 18, 90).round()
    frame = pd.DataFrame(
        {
            "patient": [f"P{p + 1:03d}" for p in patient],
            "node": [
                f"P{p + 1:03d}-N{k + 1}"
                for c, p in zip(count, range(n_patients), strict=True)
                for k in range(c)
            ],
            "site": of_patient(
                rng.choice([s.name for s in SCANNERS], size=n_patients, p=[0.45, 0.3, 0.25])
            ),
            "age": of_patient(age),
            "sex": of_patient(rng.choice(["female", "male"], size=n_patients)),
            "level": rng.choice(LEVELS, size=n, p=[0.35, 0.2, 0.2, 0.15, 0.1]),
        }
    )
    short = np.exp(rng.normal(np.log(7.5), 0.28, n))
    ratio = np.clip(1.1 + rng.gamma(2.2, 0.33, n), 1.05, 3.2)
    frame["true_short_mm"] = np.clip(short, 3.5, 15)
    frame["true_long_mm"] = np.clip(frame["true_short_mm"] * ratio, 4, 23)
    disorder = rng.normal(size=n)  # what the signs of one node share

    def sign() -> FloatArray:
        own = rng.standard_normal(n)
        return np.asarray(COMMON * disorder + np.sqrt(1 - COMMON**2) * own, dtype=np.float64)

    frame["hilum_lost"] = sign() > 0.12
    frame["irregular"] = sign()
    frame["heterogeneity"] = sign()
    frame["hypoechoic"] = sign()
    frame["flow"] = rng.random(n)
    effect = LOG_ODDS
    log_odds = (
        effect["intercept"]
        + effect["log_short_axis"] * (np.log(frame["true_short_mm"]) - np.log(7.5)) / 0.28
        - effect["roundness"] * (ratio - 1.83) / 0.5
        + effect["hilum_lost"] * (frame["hilum_lost"] - 0.45)
        + effect["border_irregular"] * frame["irregular"]
        + effect["heterogeneity"] * frame["heterogeneity"]
        + effect["hypoechoic"] * frame["hypoechoic"]
        + effect["peripheral_flow"] * (frame["flow"] > 0.6)
        + effect["age"] * (frame["age"] - 55) / 14
        + effect["patient"] * rng.standard_normal(n_patients)[patient]
    )
    frame["log_odds"] = log_odds
    malignant = rng.random(n) < 1 / (1 + np.exp(-log_odds))
    frame["outcome"] = np.where(malignant, "malignant", "benign")
    return frame


def _recorded(nodes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """What a clinician writes down: the truth with measurement and judgement errors."""
    n = len(nodes)

    def judged(truth: FloatArray, error: float) -> FloatArray:
        return truth + error * rng.standard_normal(n)

    hilum_wrong = rng.random(n) < 0.12
    flow = judged(nodes["flow"].to_numpy(), 0.2)
    return pd.DataFrame(
        {
            "long_axis_mm": (nodes["true_long_mm"] * np.exp(0.05 * rng.standard_normal(n))).round(
                1
            ),
            "short_axis_mm": (nodes["true_short_mm"] * np.exp(0.06 * rng.standard_normal(n))).round(
                1
            ),
            "border": np.where(
                judged(nodes["irregular"].to_numpy(), 0.8) > 0.6, "ill-defined", "clear"
            ),
            "hilum_seen": np.where(nodes["hilum_lost"] ^ hilum_wrong, "absent", "present"),
            "echogenicity": np.where(
                judged(nodes["hypoechoic"].to_numpy(), 0.9) > 0, "hypoechoic", "isoechoic"
            ),
            "doppler": np.select([flow < 0.35, flow < 0.6], ["hilar", "mixed"], "peripheral"),
        }
    )


def _follow_up(nodes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Months to progression or censoring; the hazard doubles for each log-odds unit of 1.4."""
    hazard = 0.010 * np.exp(0.5 * nodes["log_odds"].to_numpy())
    time = rng.exponential(1 / hazard)
    censored = rng.uniform(12, 72, len(nodes))
    return pd.DataFrame(
        {
            "time_months": np.minimum(time, censored).round(1) + 0.1,
            "event": (time <= censored).astype(np.int64),
        }
    )


def _views(nodes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One or two images a node, with the appearance that the drawing needs."""
    pixel = {scanner.name: scanner.pixel_mm for scanner in SCANNERS}
    rows = []
    for node in nodes.to_dict("records"):
        for view in range(1 + int(rng.random() < 0.3)):
            size = np.exp(0.04 * rng.standard_normal(2)) / pixel[str(node["site"])]
            rows.append(
                {
                    **node,
                    "image": f"{node['node']}-v{view + 1}".lower(),
                    "pixel_mm": pixel[str(node["site"])],
                    "long_px": node["true_long_mm"] * size[0],
                    "short_px": node["true_short_mm"] * size[1],
                    "angle_rad": rng.normal(0, 0.35),
                    "irregularity": 0.04 * np.exp(0.5 * node["irregular"]),
                    "border_blur_px": 1.4
                    * np.exp(0.45 * node["irregular"] + 0.2 * rng.standard_normal()),
                    "cortex_db": -11 - 2.0 * node["hypoechoic"] + rng.normal(0, 1.0),
                    "heterogeneity_db": 2.6 * np.exp(0.6 * node["heterogeneity"]),
                    "hilum": 0.0 if node["hilum_lost"] else rng.uniform(0.3, 0.5),
                    "shadow_db": max(rng.normal(2.0, 2.0), 0.0),
                    "calipers": bool(rng.random() < 0.12),
                }
            )
    return pd.DataFrame(rows)


def _tidy_reads(nodes: pd.DataFrame) -> pd.DataFrame:
    """case_id, patient_id, reader, level, modality, score, call: one row a read."""
    long = nodes.melt(["node", "patient"], list(READERS), "reader", "score")
    long["level"] = long["reader"].str.split("_").str[0]
    long["modality"] = "ultrasound"
    long["call"] = (long["score"] >= 4).astype(np.int64)
    long = long.rename(columns={"node": "case_id", "patient": "patient_id"})
    order = ["case_id", "patient_id", "reader", "level", "modality", "score", "call"]
    return long[order].sort_values(["reader", "case_id"], ignore_index=True)
