"""The model that can be used with a ruler."""

from __future__ import annotations

from collections.abc import Iterator

from radln._result import Estimate
from radln.evaluation.result import Evaluation
from radln.report.chapter import Section, ShownFigure
from radln.report.figures import figure_of
from radln.report.study.results import PageOptions, StudyResults


def nomogram(results: StudyResults, options: PageOptions) -> Iterator[Section]:
    """The nomogram of clinical columns and the rad-score, or why there is none."""
    found, note = results.explained.nomogram, results.explained.note
    if found is None:
        yield Section(
            "nomogram", "Nomogram", text=(note,) * bool(note), limits=(note,) * bool(note)
        )
        return
    beside = ", ".join(results.modelled.beside) or "the long axis"
    yield Section(
        "nomogram",
        "Nomogram",
        figures=(
            ShownFigure(
                "nomogram",
                "Nomogram of the clinical + rad-score model: read the points of each line, add "
                "them, and find the risk below the total.",
                figure_of(found.plot()),
            ),
        ),
        notes=(
            f"Performance of this model on held-out patients: "
            f"{_area(results.evaluation, results.modelled.stacked)}."
            + "".join(
                f" The {score.name} comes from model/{score.source}.json."
                for score in results.explained.scores
            ),
        ),
        methods=(
            f"The nomogram shows a ridge-penalised logistic model of {beside} and a cross-fitted "
            "rad-score (the log-odds of the radiomics model).",
        ),
        frames={"nomogram": found.frame()},
    )


def _area(evaluation: Evaluation, source: str) -> str:
    rows = evaluation.aucs[evaluation.aucs["source"] == source]
    if rows.empty:
        return "not evaluated"
    value, low, high = map(float, rows[["value", "low", "high"]].to_numpy(float)[0])
    return f"AUC {Estimate(value, low, high).format(3)}"
