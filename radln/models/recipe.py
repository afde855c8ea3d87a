"""A named model: which blocks of columns go in, through which steps, into which learner."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from radln.errors import InputError
from radln.models.learners import learner
from radln.models.learners.learner import Learner
from radln.models.settings import Calibrate, ModelSettings, RecipeSettings, in_turn

OWN = ("size", "shape", "node", "radiomics")
LEARNERS = ("logistic", "xgboost")
RAD_SCORE = "rad_score"
RAD_SOURCE = "radiomics_logistic"
NOMOGRAM_SOURCE = "nomogram_logistic"
FIRST = ("combined_logistic", "combined_xgboost")  # what a usual study puts first
KINDS = ("size", "shape", "clinical", "radiomics", "deep", "combined", "without_deep")


@dataclass(frozen=True)
class Recipe:
    """One model to fit.

    ``keep`` are columns that always enter, ``compete`` those that a choice of ``steps`` picks
    from, ``inputs_from`` columns that are another model's cross-fitted log-odds. ``steps`` and
    ``settings`` (of the learner) are plain data, as in study.yaml. From Python ``learner`` may be
    an object, such as a :class:`~radln.models.estimator.SklearnLearner`.
    """

    source: str
    learner: str | Learner
    keep: tuple[str, ...]
    compete: tuple[str, ...] = ()
    steps: tuple[Mapping[str, Any], ...] = ()
    inputs_from: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    calibrate: Calibrate | None = None

    @property
    def kind(self) -> Learner:
        """The learner, as it is set."""
        if isinstance(self.learner, Learner):
            return self.learner
        return learner(self.learner, self.settings)

    @property
    def columns(self) -> set[str]:
        """Everything that may enter."""
        return {*self.keep, *self.compete}

    @property
    def block(self) -> str:
        """What goes in, by name: the model's name without its learner."""
        return self.source.removesuffix(f"_{self.kind.name}")


def usual_recipes(
    blocks: Mapping[str, Sequence[str]], learners: Sequence[str] = LEARNERS
) -> dict[str, RecipeSettings]:
    """The models of a study that names none: a model a block with columns and learner, all blocks
    combined, where there are deep features combined without these, and clinical + rad-score. A
    block of clinical columns has a model, too, and is in the others through the clinical one.

    Examples
    --------
    >>> list(usual_recipes({"clinical": ["clinical_age"]}, ["logistic"]))
    ['clinical_logistic']
    """
    there = [block for block, columns in blocks.items() if columns]
    within = [
        b
        for b in there
        if b not in (*OWN, "clinical", "deep", "long_axis")
        and set(blocks[b]) <= set(blocks.get("clinical", ()))
    ]
    beside = [b for b in there if b not in (*OWN, "clinical", "deep", "long_axis", *within)]
    rich = [b for b in (*OWN, *beside) if b in there]
    sets: dict[str, tuple[list[str], list[str]]] = {
        "size": (["size"], []),
        "clinical": (["clinical"], []),
        **{block: ([block], []) for block in within},
        "shape": ([], ["shape"]),
        "radiomics": ([], ["radiomics"]),
        "deep": ([], ["deep"]),
        "combined": (["clinical"], [*rich, "deep"]),
    }
    if "deep" in there:
        sets["without_deep"] = (["clinical"], rich)
    found: dict[str, RecipeSettings] = {}
    seen: list[list[set[str]]] = []
    for name, used in sets.items():
        keep, compete = (tuple(b for b in part if b in there) for part in used)
        columns = [{c for b in part for c in blocks[b]} for part in (keep, compete)]
        if columns in seen or not (keep or compete):
            continue  # the same again, where there is one kind of predictors
        seen.append(columns)
        found |= {
            f"{name}_{learner}": RecipeSettings(learner=learner, keep=keep, compete=compete)
            for learner in learners
        }
    nearby = [block for block in ("clinical", "long_axis") if block in there][:1]
    if RAD_SOURCE in found and nearby:
        found[NOMOGRAM_SOURCE] = RecipeSettings(
            learner="logistic", keep=tuple(nearby), inputs_from={RAD_SCORE: RAD_SOURCE}
        )
    return found


def recipes(
    blocks: Mapping[str, Sequence[str]], settings: ModelSettings
) -> tuple[tuple[Recipe, ...], tuple[str, ...]]:
    """The models to fit, each after those whose scores it takes, and a note on those that cannot.

    Raises
    ------
    InputError
        A model names a block or a model that there is not.
    """
    named = settings.fitted or usual_recipes(blocks)
    steps = tuple(settings.steps)
    columns = {column for block in blocks.values() for column in block}
    found: dict[str, Recipe] = {}
    notes = []
    for source in in_turn({name: given.inputs_from.values() for name, given in named.items()}):
        given = named[source]
        unknown = [b for b in (*given.keep, *given.compete) if b not in blocks]
        if unknown:
            raise InputError(
                f"models.fitted.{source} names the block {unknown[0]!r}; this study has "
                f"{', '.join(block for block in blocks if blocks[block])}."
            )
        taken = [name for name in given.inputs_from if name in columns]
        if taken:
            raise InputError(
                f"models.fitted.{source} calls a score {taken[0]!r}, as a column of this study is "
                "called; give it another name."
            )
        keep, compete = (
            tuple(dict.fromkeys(c for block in part for c in blocks[block]))
            for part in (given.keep, given.compete)
        )
        lacking = [s for s in given.inputs_from.values() if s not in found]
        if lacking or not (keep or compete or given.inputs_from):
            why = f"needs {lacking[0]}" if lacking else "its blocks have no columns here"
            notes.append(f"{source} was not fitted: {why}.")
            continue
        keep = (*keep, *given.inputs_from)
        left = tuple(column for column in compete if column not in keep)
        recipe = Recipe(
            source,
            given.learner,
            keep,
            left,
            steps if given.steps is None else given.steps,
            given.inputs_from,
            given.settings,
            given.calibrate,
        )
        _refuse_other_columns(recipe)
        same = [other.source for other in found.values() if replace(other, source=source) == recipe]
        if same:  # as "without deep" is where there are no deep features
            notes.append(f"{source} was not fitted: it would be {same[0]} again.")
            continue
        found[source] = recipe
    if not found:
        raise InputError(f"no model can be fitted: {' '.join(notes)}")
    return tuple(found.values()), tuple(notes)


def _refuse_other_columns(recipe: Recipe) -> None:
    """Raise InputError where a learner's settings name a column that does not go in."""
    other = [column for column in recipe.kind.columns if column not in recipe.columns]
    if other:
        near = difflib.get_close_matches(other[0], recipe.columns, n=1)
        raise InputError(
            f"models.fitted.{recipe.source}.settings names the column {other[0]!r}, which does not "
            f"go into this model{f'. Did you mean {near[0]!r}?' if near else '; correct it.'}"
        )


def _alike(one: Recipe, other: Recipe) -> bool:
    """Whether two models differ by their name and columns alone."""
    return replace(one, source="", keep=(), compete=()) == replace(
        other, source="", keep=(), compete=()
    )


def with_and_without(
    found: Sequence[Recipe], columns: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Pairs of models of one learner that differ by these columns alone, the richer one first."""
    return tuple(
        (rich.source, other.source)
        for rich in found
        for other in found
        if _alike(rich, other) and rich.columns - set(columns) == other.columns != rich.columns
    )


def alone_and_beside(
    found: Sequence[Recipe], columns: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Pairs of models of one learner: of these columns alone, and of other competing ones."""
    own = [recipe for recipe in found if not recipe.keep]
    return tuple(
        (one.source, other.source)
        for one in own
        for other in own
        if _alike(one, other) and one.columns <= set(columns) and not other.columns & set(columns)
    )
