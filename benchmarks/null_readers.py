"""How often do the tests of reader studies reject where nothing differs?

Scores are sums of normals, after Roe and Metz: a case effect that all readers share, a reader's
skill (how much higher diseased cases score), a case-by-reader effect and an error. Nothing differs
between modalities, groups, conditions or the model and the average reader. Shapes of a study:
5 readers x 60 cases, half of them diseased; 3 + 3 readers x 60 cases of 20 patients (three each, of
either class, with a patient effect); 5 readers x 70 cases, 10 diseased. A test of fixed readers is
tried with readers who have no modality effect of their own. Printed: the share of studies with
p < 0.05; Monte Carlo error 0.7 points with 1,000 studies; 3.7 to 6.4 % is what 1,000 studies of an
exact test would print.

Usage::

    python benchmarks/null_readers.py --replicates 1000 --resamples 500
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtri

from radln._random import task_rng
from radln.errors import RadlnError, RadlnWarning
from radln.stats import ReaderStudy, mcnemar

AREA = 0.85
CASE, READER_CASE, ERROR, PATIENT = 0.5, 0.2, 0.3, 0.4  # variances; PATIENT is a share of CASE
SKILL, INTERACTION = 0.10, 0.05  # variances of a reader's separation, alone and in a modality
WITHIN = CASE + READER_CASE + ERROR
# readers, diseased cases, other cases, cases a patient
SHAPES = {
    "5 x 60": (5, 30, 30, 1),
    "3 + 3 x 60, 20 patients": (6, 30, 30, 3),
    "5 x 70, 10 diseased": (5, 10, 60, 1),
}
RANDOM, FIXED = (SKILL, INTERACTION), (0.0, 0.0)


def separation(spread: float) -> float:
    """How far apart the classes are, so that the mean area over readers is AREA."""
    return float(ndtri(AREA) * np.sqrt(2 * WITHIN + spread))


def draw(
    rng: np.random.Generator, shape: tuple[int, int, int, int], spreads: tuple[float, float]
) -> ReaderStudy:
    """One study in two modalities, with a model that is as good as the average reader."""
    readers, diseased, healthy, size = shape
    n = diseased + healthy
    y = np.repeat([0, 1], [healthy, diseased])
    if size > 1:  # patients hold both kinds
        y = rng.permutation(y)
    patient = np.arange(n) // size
    own = (1 - PATIENT) if size > 1 else 1.0

    def effect(variance: float) -> np.ndarray:
        common = rng.normal(size=patient.max() + 1)[patient]
        return np.sqrt(variance) * (np.sqrt(own) * rng.normal(size=n) + np.sqrt(1 - own) * common)

    case = effect(CASE)
    skill = np.sqrt(spreads[0]) * rng.normal(size=readers)
    cut = separation(sum(spreads)) / 2 + 0.3 * rng.normal(size=readers)
    rows = []
    for r in range(readers):
        together = effect(READER_CASE)
        for modality in ("A", "B"):
            gain = separation(sum(spreads)) + skill[r] + np.sqrt(spreads[1]) * rng.normal()
            score = gain * y + case + together + np.sqrt(ERROR) * rng.normal(size=n)
            table = pd.DataFrame({"case_id": np.arange(n), "patient_id": patient, "y_true": y})
            rows.append(
                table.assign(
                    reader=f"R{r}",
                    level="expert" if r < readers / 2 else "trainee",
                    modality=modality,
                    score=score,
                    call=(score > cut[r]).astype(int),
                )
            )
    model = separation(0.0) * y + case + effect(READER_CASE) + np.sqrt(ERROR) * rng.normal(size=n)
    return ReaderStudy.from_frame(
        pd.concat(rows), model=pd.DataFrame({"case_id": np.arange(n), "y_score": model})
    )


def of_random_readers(study: ReaderStudy) -> Iterator[tuple[str, float]]:
    """Tests whose readers are a sample."""
    clustered = study.cluster is not None
    for name in ("jackknife", "delong", *(() if clustered else ("unbiased",))):
        found = study.mrmc(covariance=name, readers="random")
        yield f"mrmc, AUC, {name}", found.pvalue
    for figure in ("sensitivity", "specificity"):
        yield f"mrmc, {figure}", study.mrmc(figure=figure, readers="random").pvalue
    found = study.mrmc(figure="partial_auc", specificity=(0.7, 1), readers="random")
    yield "mrmc, partial AUC", found.pvalue
    yield (
        "mrmc, sensitivity at specificity 0.8",
        study.mrmc(figure="sensitivity_at_specificity", specificity=0.8, readers="random").pvalue,
    )
    if len(study.readers) > 5:
        for figure in ("auc", "sensitivity", "specificity"):
            name = "AUC" if figure == "auc" else figure
            found = study.compare_groups(modality="A", figure=figure)
            yield f"groups, {name}", found.pvalue
            found = study.compare_groups(modality=("A", "B"), figure=figure)
            yield f"groups x modality, {name}", found.pvalue
    yield "model against average reader, AUC (1T-RRRC)", _against(study, readers="random")


def of_fixed_readers(study: ReaderStudy, resamples: int) -> Iterator[tuple[str, float]]:
    """Tests of these very readers, who have no effects of their own."""
    yield "mrmc, AUC, fixed readers", study.mrmc(readers="fixed").pvalue
    for figure in ("sensitivity", "specificity"):
        yield f"mrmc, {figure}, fixed readers", study.mrmc(figure=figure, readers="fixed").pvalue
    if len(study.readers) > 5:
        found = study.compare_groups(modality="A", readers="fixed")
        yield "groups, AUC, fixed readers", found.pvalue
    yield "model against average reader, AUC, fixed readers", _against(study, readers="fixed")
    for matched_on in ("sensitivity", "specificity"):
        found = study.at_operating_points(
            modality="A", matched_on=matched_on, readers="random", n_resamples=resamples
        )
        yield f"operating point of one reader, same {matched_on}", found.points[0].pvalue
        yield f"operating points, average reader, same {matched_on}", found.pvalue
    yield "(McNemar at a cut-off set to the reader's sensitivity)", _mcnemar(study)


def _against(study: ReaderStudy, **options: str) -> float:
    return study.compare_with_model(modality="A", **options).pvalue


def _mcnemar(study: ReaderStudy) -> float:
    """What is often done instead: the cut-off is set on these cases, then taken as given."""
    y, call, score = study.y_true, study.call[0, 0], study.models["model"]
    missed = int((call[y] == 0).sum())
    cut = np.sort(score[y])[missed] if missed < y.sum() else np.inf
    return mcnemar(score[~y] >= cut, call[~y] == 1, method="asymptotic").pvalue


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=500)
    parser.add_argument("--shape", choices=SHAPES, action="append", help="All by default.")
    arguments = parser.parse_args()
    shapes = {name: SHAPES[name] for name in arguments.shape or SHAPES}
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for label, shape in shapes.items():
        for i in range(arguments.replicates):
            rng = task_rng(1, label, i)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RadlnWarning)
                try:
                    tests = [
                        *of_random_readers(draw(rng, shape, RANDOM)),
                        *of_fixed_readers(draw(rng, shape, FIXED), arguments.resamples),
                    ]
                except RadlnError as error:
                    found["refused"][label].append(0.0)
                    print("refused:", error)
                    continue
            for name, pvalue in tests:
                found[name][label].append(pvalue)
    print("| | " + " | ".join(shapes) + " |")
    print("|---" * (1 + len(shapes)) + "|")
    for name, by_shape in found.items():
        cells = []
        for label in shapes:
            pvalues = np.array(by_shape.get(label, []))
            known = pvalues[~np.isnan(pvalues)]
            note = "" if known.size == pvalues.size else f" ({pvalues.size - known.size} no test)"
            cells.append(f"{100 * (known < 0.05).mean():.1f}{note}" if known.size else "")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
