"""The models of a study, named before anything is measured."""

from __future__ import annotations

from collections.abc import Sequence

from radln.features.table import FeatureTable
from radln.models.recipe import LEARNERS, usual_recipes
from radln.models.settings import RecipeSettings
from radln.settings import Settings
from radln.study.assemble import feature_blocks

SIZE = ("size", "shape", "node", "radiomics")


def with_models(settings: Settings, fitted: dict[str, RecipeSettings]) -> Settings:
    """The same settings with these models."""
    models = settings.models.model_copy(update={"fitted": fitted})
    return settings.model_copy(update={"models": models})


def listed_models(
    settings: Settings,
    measured: FeatureTable | None = None,
    learners: Sequence[str] = LEARNERS,
) -> dict[str, RecipeSettings]:
    """The usual models for the blocks that this study will have; ``measured`` are its features
    where they come from a file.
    """
    clinical = tuple(settings.data.clinical_columns)
    blocks: dict[str, tuple[str, ...]] = {"clinical": clinical}
    if settings.data.images is not None:
        blocks |= {block: (block,) for block in (*SIZE, "long_axis")}
        if settings.features.deep is not None:
            blocks["deep"] = ("deep",)
    elif measured is not None:
        blocks = feature_blocks(measured, list(clinical))
    return usual_recipes(blocks, learners)
