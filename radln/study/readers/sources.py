"""Which of the models in a table of predictions are compared with the readers."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import pandas as pd

from radln.errors import InputError
from radln.models.recipe import FIRST
from radln.stats.readers.model_tables import model_table, readers_in

MOST = 4  # models that are compared without being named


def chosen(
    model: pd.DataFrame, wanted: Sequence[str] | None, columns: Mapping[str, str] | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows of the sources that were named, or of those that are compared without a name.

    Raises
    ------
    InputError
        A source that is not there, or too many to choose from.
    """
    table = model_table(model, columns)
    every = sorted(set(table["source"]))
    if wanted:
        for name in wanted:
            if name not in every:
                raise InputError(
                    f"--source {name} is not in --model, which has {', '.join(every)}"
                    f"{near(name, every)}."
                )
        return model[table["source"].isin(wanted).to_numpy()], ()
    models = [name for name in every if name not in readers_in(table)]
    if len(models) <= MOST:
        return model, ()
    taken = next((name for name in FIRST if name in models), None)
    others = ", ".join(name for name in models if name != taken)
    if taken is None:
        raise InputError(
            f"--model holds {len(models)} sources; name those to compare with --source, which may "
            f"be repeated: {others}."
        )
    kept = table["source"].isin([taken, *readers_in(table)]).to_numpy()
    return model[kept], (
        f"--model holds {len(models)} models, of which {taken} is compared; name others with "
        f"--source: {others}.",
    )


def near(name: str, known: Sequence[str]) -> str:
    """A guess at what was meant."""
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
