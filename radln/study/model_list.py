"""The models of a study, named before anything is measured."""

from __future__ import annotations

from collections.abc import Sequence

from radln.evaluation.settings import AVERAGE
from radln.features.table import FeatureTable
from radln.models.recipe import LEARNERS, OWN, usual_recipes
from radln.models.settings import RecipeSettings
from radln.settings import Settings
from radln.study.assemble import feature_blocks

RICHEST = ("combined", "radiomics", "clinical")


def with_models(
    settings: Settings, fitted: dict[str, RecipeSettings], *, graded: Sequence[str]
) -> Settings:
    """The same settings with these models, and the primary comparison that they allow.

    The richest model is compared with the reader whose reads have more than two values, with the
    average reader where several are (``graded``), else with the clinical model, else with size.
    """
    first, second = LEARNERS
    if settings.data.classes:  # a score of several classes is not one column
        fitted = {name: given for name, given in fitted.items() if not given.inputs_from}
    full = next((f"{b}_{first}" for b in RICHEST if f"{b}_{first}" in fitted), next(iter(fitted)))
    others = [f"{b}_{first}" for b in ("clinical", "size")] + [full.replace(first, second)]
    simple = next((s for s in others if s in fitted and s != full), full)
    comparator = (graded[0] if len(graded) == 1 else AVERAGE) if graded else simple
    primary = settings.evaluation.primary.model_copy(update={"full": full, "simple": comparator})
    return settings.model_copy(
        update={
            "models": settings.models.model_copy(update={"fitted": fitted}),
            "evaluation": settings.evaluation.model_copy(update={"primary": primary}),
        }
    )


def listed_models(
    settings: Settings,
    measured: FeatureTable | None = None,
    learners: Sequence[str] = LEARNERS,
) -> dict[str, RecipeSettings]:
    """The usual models for the blocks that this study will have; ``measured`` are its features
    where they come from a file.
    """
    clinical = tuple(settings.data.clinical_columns)
    blocks: dict[str, tuple[str, ...]] = {**settings.data.blocks, "clinical": clinical}
    if settings.data.images is not None:
        blocks |= {block: (block,) for block in (*OWN, "long_axis")}
        if settings.features.deep is not None:
            blocks["deep"] = ("deep",)
    elif measured is not None:
        prefixed = [f"clinical_{column}" for column in clinical]
        blocks = feature_blocks(measured, prefixed, settings.data.blocks)
    return usual_recipes(blocks, learners)
