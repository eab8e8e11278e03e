"""A trainable system: all that the command line and the window need to train it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpstudio.base.errors import PluginError
from kpstudio.base.plugins import PluginTable

if TYPE_CHECKING:
    from kpstudio.base.context import RunContext
    from kpstudio.training.clouds import CloudPool
    from kpstudio.training.shapes import TrainingShape
    from kpstudio.training.trainee import NetworkTrainee
    from kpstudio.training.view_pool import ViewPool

#: Entry point group: name = "package.module:system", a `System`.
GROUP = "kpstudio.training"

BUILTIN: dict[str, str] = {
    "structural-points": "kpstudio.training.structural_points:SYSTEM",
    "ukpgan": "kpstudio.training.ukpgan:SYSTEM",
    "usip": "kpstudio.training.usip:SYSTEM",
    "d3feat": "kpstudio.training.d3feat:SYSTEM",
    "snake": "kpstudio.training.snake:SYSTEM",
    "symmetric": "kpstudio.training.symmetric:SYSTEM",
    "skeleton-merger": "kpstudio.training.skeleton_merger:MERGER",
    "mutual-reconstruction": "kpstudio.training.skeleton_merger:MUTUAL",
    "keypointnet": "kpstudio.training.keypointnet:SYSTEM",
    "multiview": "kpstudio.training.multiview:SYSTEM",
    "keypoint3d": "kpstudio.training.keypoint3d:SYSTEM",
    "bootstrap": "kpstudio.training.bootstrap:SYSTEM",
    "lifting": "kpstudio.training.lifting:SYSTEM",
    "pose": "kpstudio.training.pose:SYSTEM",
    "image-structure": "kpstudio.training.image_structure:SYSTEM",
}


def clouds(shapes: Sequence[TrainingShape], recipe: Any, ctx: RunContext) -> CloudPool:
    """Return surface samples of shapes, for networks on clouds."""
    from kpstudio.training.clouds import SAMPLES, build_clouds

    return build_clouds(shapes, SAMPLES, recipe.seed, ctx)


def views(shapes: Sequence[TrainingShape], recipe: Any, ctx: RunContext) -> ViewPool:
    """Return rendered views of shapes, for networks that look at pictures.

    Parameters
    ----------
    shapes
        At least one.
    recipe
        A `PictureRecipe`.
    ctx
        Progress and cancellation.
    """
    from kpstudio.training.view_pool import build_views

    return build_views(shapes, recipe.views, recipe.size, recipe.seed, ctx)


@dataclass(frozen=True)
class System:
    """One kind of network and how it is trained.

    Parameters
    ----------
    id
        The detector it is for.
    title
        Name for people.
    summary
        One sentence for the model card.
    recipe
        Frozen dataclass of parameters that extends `CloudRecipe` or `PictureRecipe`.
    per_category
        True when a model is for one category, False when it is for any shape.
    trainee
        Makes the trainee of a pool, a recipe and the name of a device.
    save
        Writes the model file: path, trainee, category, more metadata.
    gather
        Makes the pool of shapes, a recipe and a context: `clouds`, or `views`.
    """

    id: str
    title: str
    summary: str
    recipe: type
    per_category: bool
    trainee: Callable[[Any, Any, str], NetworkTrainee]
    save: Callable[[Path, Any, str, Mapping[str, Any]], None]
    gather: Callable[[Sequence[TrainingShape], Any, RunContext], Any] = clouds


def check(id: str, system: object) -> None:
    """Raise `PluginError` unless this is a system of that id."""
    if not isinstance(system, System) or system.id != id:
        raise PluginError(
            f"the training {id!r} is no `System` of that id",
            remedy="Its entry point must name a kpstudio.training.system.System, and be called as "
            "its `id`.",
        )


@cache
def _table() -> PluginTable:
    return PluginTable("training", BUILTIN, GROUP, check)


def system_ids() -> tuple[str, ...]:
    """Return the ids of all trainable systems; imports none of them."""
    return _table().names()


def get_system(id: str) -> System:
    """Return a system by its id, importing it when first asked for.

    Raises
    ------
    PluginError
        Unknown id, the plugin does not import, or it is not a system.
    """
    system: System = _table().get(id)
    return system
