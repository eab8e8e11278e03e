"""Which model a detector by category uses: the one that is named, else of what it recognises."""

from __future__ import annotations

from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError, ModelError
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.orientation import Orientation
from kpstudio.nn.catalogue import (
    Model,
    find_model,
    how_to_train,
    installed_models,
    preferred_model,
)


def choose_model(
    kind: str,
    mesh: Mesh,
    orientation: Orientation,
    name: str,
    ctx: RunContext | None = None,
) -> Model:
    """Return the model of a name; of the category recognised in this orientation if empty.

    Raises
    ------
    InputError
        No name was given and the shape looks like no category we know.
    ModelError
        There is no such model.
    """
    if name:
        return find_model(name, kind)
    from kpstudio.detectors.recognise import recognise

    found = recognise(mesh, ctx, (orientation,))
    if not found.category:
        raise InputError(
            "this shape looks like none of the categories that have a model",
            remedy="Choose its category or check which axes are up and front; Farthest points "
            "needs no category.",
        )
    return recognised_model(kind, found.category)


def recognised_model(kind: str, category: str) -> Model:
    """Return the model of a category that was recognised, not named by a person.

    Raises
    ------
    ModelError
        There is none; the message says where the category came from.
    """
    model = preferred_model(kind, category)
    if model is None:
        known = sorted({model.category for model in installed_models(kind)})
        there_are = f"there are models for {', '.join(known)}" if known else "there are none yet"
        raise ModelError(
            f"this shape was recognised as {category!r}, and {kind} has no model for that: "
            f"{there_are}",
            remedy=f"{'Name one of them, or train' if known else 'Train'} one: "
            f"{how_to_train(kind, category)}.",
        )
    return model
