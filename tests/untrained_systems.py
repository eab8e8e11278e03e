"""A small model of any trainable system, as it is before the first step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import build
from kpstudio.nn.catalogue import Model, register_model
from kpstudio.nn.checkpoint import file_hash
from kpstudio.training.shapes import procedural
from kpstudio.training.system import get_system

#: What makes networks small and their first look at the pool quick, for recipes that have it.
SMALL = {
    "batch": 2, "width": 8, "cells": 8, "nodes": 32, "neighbours": 4, "points": 256, "views": 2,
    "size": 32,
}  # fmt: skip


@cache
def pool(gather: Callable[..., Any], recipe: Any, category: str = "chair") -> Any:
    """Six procedural shapes of one category."""
    return gather(procedural(category, 6, 1), recipe, RunContext())


def install_system(
    folder: Path,
    system: str,
    category: str = "",
    values: Mapping[str, Any] | None = None,
    shapes: str = "chair",
) -> Model:
    """Save an untrained model of a system into a models folder, register and return it.

    Parameters
    ----------
    folder
        The folder; point KPSTUDIO_MODELS to it.
    system
        Id of the system, such as "snake".
    category
        The category that the model says it knows; may be made up.
    values
        Values of the recipe besides `SMALL`.
    shapes
        The procedural category whose shapes make its prior and names.
    """
    known = get_system(system)
    fields = known.recipe.__dataclass_fields__
    small = {name: value for name, value in SMALL.items() if name in fields}
    recipe = build(known.recipe, small | dict(values or {}))
    trainee = known.trainee(pool(known.gather, recipe, shapes), recipe, "cpu")
    name = f"{system}-{category}" if category else system
    path = folder / f"{name}.safetensors"
    known.save(path, trainee, category, {})
    model = Model(name, system, category, known.title, path, file_hash(path))
    register_model(model)
    return model
