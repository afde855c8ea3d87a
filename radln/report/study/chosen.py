"""What every model ended with, how often that was chosen over the folds, and the rad-score."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from radln.features.names import readable
from radln.report.chapter import Section, ShownTable
from radln.report.study.held_out import design_words
from radln.report.study.results import PageOptions, RadScore, StudyResults
from radln.report.verdict import label, signed

SHOWN = 6
ALWAYS = "clinical"  # what enters without a choice, and is named last


def chosen(results: StudyResults, options: PageOptions) -> Iterator[Section]:
    """The predictors of every final model, and the formulas of scores that other models take."""
    table = results.explained.chosen
    shown = {s: predictor_row(s, part) for s, part in _by_source(table)}
    first = [s for s in shown if s in results.drawn] or list(shown)[: options.most_rows]
    further = [row for s, row in shown.items() if s not in first]
    caption = "Predictors of the final models"
    tables = [ShownTable(caption, [shown[s] for s in first], design_words(results).chosen)]
    if further:
        tables.append(ShownTable(f"{caption}: further models", further, folded=True))
    for score in results.explained.scores:
        tables.append(_formula(score, table))
    yield Section(
        "predictors",
        "What went into the models",
        tables=tuple(tables),
        frames={"predictors_of_models": table},
    )


def _by_source(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for source, part in table.groupby("source", sort=False):
        yield str(source), part


def predictor_row(source: str, part: pd.DataFrame) -> dict[str, str]:
    """How many predictors a model ended with, of which block, and which it chose most often."""
    kept = part[part["in_final"]]
    first = kept.sort_values("block", key=lambda block: block == ALWAYS, kind="stable")
    said = [
        readable(str(row["predictor"]))
        + (f" ({row['chosen_in']}/{row['fold_models']})" if row["fold_models"] > 1 else "")
        for _, row in first.head(SHOWN).iterrows()
    ]
    more = len(kept) - len(said)
    families = kept["block"].value_counts(sort=False)
    return {
        "Model": label(source),
        "Predictors": str(len(kept)),
        "Of which": ", ".join(f"{count} {block}" for block, count in families.items()),
        "Chosen most often": ", ".join(said) + (f" and {more} more" if more else ""),
    }


def _formula(score: RadScore, table: pd.DataFrame) -> ShownTable:
    own = table[table["source"] == score.source]
    said = own["chosen_in"].astype(str) + "/" + own["fold_models"].astype(str)
    chosen_in = dict(zip(own["predictor"], said, strict=True))
    rows = [{"Term": "intercept", "Coefficient": number(score.intercept), "Chosen in": ""}]
    rows += [
        {
            "Term": readable(str(column)),
            "Coefficient": number(float(value)),
            "Chosen in": chosen_in[column],
        }
        for column, value in score.coefficients.items()
    ]
    return ShownTable(
        f"Formula of the {score.name}: {label(score.source)}",
        rows,
        f"{score.name.capitalize()} = intercept + the sum of coefficient × value (log-odds), for a "
        "case without missing values; the file of the model has every digit.",
        folded=len(rows) > 2 * SHOWN,
    )


def number(value: float) -> str:
    """Four significant figures with a true minus; very small and large ones as powers of ten."""
    return signed(value) if abs(value) >= 100 else f"{value:.4g}".replace("-", "−")
