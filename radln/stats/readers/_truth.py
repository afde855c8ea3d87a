"""The truth and the patient of every case, as one or several tables say them."""

from __future__ import annotations

from typing import NoReturn

import pandas as pd

from radln._door import worded
from radln._spelling import bare_name, other_prefix
from radln.errors import InputError, SingleClassError
from radln.stats.readers.columns import binary, identifiers, natural, one_each, require, table_name


def every_outcome(
    table: pd.DataFrame, truth: pd.DataFrame, model: pd.DataFrame, positive: frozenset[str]
) -> dict[str, pd.DataFrame]:
    """Case and outcome in every row of every table that says it."""
    tables = {table_name("truth"): truth, "reads": table, table_name("model"): model}
    if not truth.empty:
        require(truth, ("case_id", "y_true"), name=table_name("truth"))
    said = {name: part for name, part in tables.items() if "y_true" in part}
    if not said:
        raise InputError(
            f"the truth is missing: give {worded('truth=', '--truth')}, a table with case_id and "
            "y_true, or add a column y_true to the reads."
        )
    first = next(iter(said))
    parts = {first: _outcomes(said.pop(first), first, positive)}
    for name, part in said.items():
        parts[name] = _outcomes(part.dropna(subset=["y_true"]), name, positive)
    return parts


def cases_of(
    table: pd.DataFrame,
    truth: pd.DataFrame,
    model: pd.DataFrame,
    outcomes: dict[str, pd.DataFrame],
) -> pd.DataFrame:
    """Outcome and patient of every case that was read, by case, in natural order.

    The truth may be said by several tables: they must agree.
    """
    every = pd.concat(outcomes.values())
    _refuse_other_truth(outcomes)
    cases = one_each(every["case_id"], every["y_true"], name="the truth (y_true)")
    without = table.loc[~table["case_id"].isin(cases.index), "case_id"].unique()
    if len(without):
        raise InputError(
            f"{len(without)} case(s) were read but have no truth, for example {without[0]!r} (the "
            f"truth has {str(cases.index[0])!r} ...: 7, 007 and 7.0 as texts are different cases)"
            f"{other_prefix(without, cases.index)}; add them to the truth, or leave their reads "
            "out."
        )
    read = sorted(table["case_id"].unique(), key=natural)
    found = pd.DataFrame({"y_true": cases.reindex(read).astype(bool)})
    found["patient_id"] = _patients(table, truth, model, found.index)
    if found["y_true"].all() or not found["y_true"].any():
        raise SingleClassError(
            f"all {len(found)} cases that were read are "
            f"{'diseased' if found['y_true'].all() else 'free of disease'}; sensitivity, "
            "specificity and ROC areas need both. Check the truth and which label is positive."
        )
    return found


def _refuse_other_truth(parts: dict[str, pd.DataFrame]) -> None:
    """Two tables that call most cases by opposite outcomes: one of them is turned round."""
    (first, one), *others = parts.items()
    base = one.drop_duplicates("case_id").set_index("case_id")["y_true"]
    for name, other in others:
        there = other.drop_duplicates("case_id").set_index("case_id")["y_true"]
        both = base.index.intersection(there.index)
        apart = int((base[both] != there[both]).sum())
        if len(both) and apart > len(both) / 2:
            raise InputError(
                f"{first} and {name} give {apart} of {len(both)} cases opposite outcomes (y_true): "
                "in one of them 0 and 1 are exchanged. 1 is the diseased class; mend that table."
            )


def _outcomes(source: pd.DataFrame, name: str, positive: frozenset[str]) -> pd.DataFrame:
    """Case and outcome of every row of a table."""
    case_id = identifiers(source["case_id"], name=f"{name}: case_id")
    outcome = binary(source["y_true"], name=f"{name}: y_true", positive=positive)
    unknown = case_id[outcome.isna()].nunique()
    if unknown:
        raise InputError(f"{name}: y_true is missing for {unknown} case(s); leave those cases out.")
    return pd.DataFrame({"case_id": case_id, "y_true": outcome})


def _patients(
    table: pd.DataFrame, truth: pd.DataFrame, model: pd.DataFrame, cases: pd.Index
) -> pd.Series:
    """The patient of every case; the case itself where no patients are given."""
    parts = [part for part in (table, truth) if "patient_id" in part]
    if parts and "patient_id" in model:
        _refuse_other_patients(pd.concat(parts), model)
    parts = parts or [part for part in (model,) if "patient_id" in part]
    if not parts:
        return pd.Series(cases, index=cases)
    both = pd.concat(
        [
            pd.DataFrame(
                {
                    "case_id": identifiers(part["case_id"], name="case_id"),
                    "patient_id": identifiers(part["patient_id"], name="patient_id"),
                }
            )
            for part in parts
        ]
    )
    found = one_each(both["case_id"], both["patient_id"], name="the patient (patient_id)")
    lacking = cases[~cases.isin(found.index)]
    if len(lacking):
        _refuse_no_patient(lacking, len(cases), found.index, only_model=parts[0] is model)
    return found.reindex(cases)


def _refuse_other_patients(known: pd.DataFrame, model: pd.DataFrame) -> None:
    """Raise where the model's table puts cases together that are of two patients, or apart."""
    name = table_name("model")
    parts = [
        pd.Series(
            identifiers(part["patient_id"], name="patient_id").to_numpy(),
            index=identifiers(part["case_id"], name="case_id"),
        )
        for part in (known, model)
    ]
    ours, theirs = (part[~part.index.duplicated()] for part in parts)
    both = pd.DataFrame({"ours": ours, "theirs": theirs}).dropna()
    for one, other in (("ours", "theirs"), ("theirs", "ours")):
        torn = both.groupby(one)[other].nunique()
        if (torn > 1).any():
            raise InputError(
                f"patient_id of {name} and of the other tables disagree: {int((torn > 1).sum())} "
                "patient(s) of the one are several of the other. Cases of one patient count "
                "together, so correct patient_id, or leave it out of all tables but one."
            )


def _refuse_no_patient(lacking: pd.Index, n: int, named: pd.Index, *, only_model: bool) -> NoReturn:
    """Why cases have no patient: no row says it, or the tables call the cases differently."""
    example = lacking[0]
    if not only_model:
        raise InputError(
            f"patient_id is missing for {len(lacking)} case(s), for example {example!r}; fill it "
            "for all or none."
        )
    model, truth = table_name("model"), table_name("truth")
    alike = {bare_name(name): name for name in named}
    other = alike.get(bare_name(example))
    if len(lacking) == n or other is not None:
        raise InputError(
            f"{len(lacking)} of {n} cases that were read are not in {model} under the same name: "
            f"the reads have {example!r}, {model} has {other or named[0]!r} ..."
            f"{other_prefix(lacking, named)}. Write case_id (or "
            "unit_id) in the same way in all tables."
        )
    raise InputError(
        f"{model} lacks {len(lacking)} of {n} cases that were read, for example {example!r}, and "
        f"it alone says which patient a case belongs to: add these cases to {model}, or a column "
        f"patient_id to {truth} or to the reads."
    )
