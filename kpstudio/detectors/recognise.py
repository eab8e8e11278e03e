"""What is this, and which way up? A proposal for category and orientation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import ModelError
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from kpstudio.geometry.sampling import sample_surface
from kpstudio.nn.catalogue import installed_models

_POINTS = 1024
_SEED = 0


@dataclass(frozen=True)
class Recognition:
    """A proposal for category and orientation.

    Parameters
    ----------
    category
        The most probable category; empty when the shape looks like none of them.
    orientation
        The file's axes that point up and to the front; canonical when nothing was recognised.
    confidence
        Probability of this category in this orientation, 0..1.
    """

    category: str
    orientation: Orientation
    confidence: float


def recognise(
    mesh: Mesh,
    ctx: RunContext | None = None,
    orientations: Sequence[Orientation] = ORIENTATIONS,
) -> Recognition:
    """Return the category and orientation that the installed recogniser proposes.

    It looks at the shape in every orientation given and takes the most probable pair. An
    earlier one wins a tie.

    Parameters
    ----------
    mesh
        A mesh or a cloud.
    ctx
        Cancellation.
    orientations
        What to choose from; all 24 by default.

    Raises
    ------
    ModelError
        The recogniser is missing or broken.
    InputError
        The shape has no extent.
    """
    ctx = ctx or RunContext()
    ctx.check()
    frames = [mesh.normalisation(orientation) for orientation in orientations]
    samples = sample_surface(mesh.vertices, mesh.faces, _POINTS, _SEED).points
    clouds = np.stack([frame.apply(samples) for frame in frames])
    probabilities, categories = _judge(clouds)
    ctx.check()
    best_none = probabilities[:, -1].min()
    row, column = divmod(int(probabilities[:, :-1].argmax()), len(categories))
    confidence = float(probabilities[row, column])
    if confidence <= best_none:
        return Recognition("", Orientation(), float(1.0 - best_none))
    return Recognition(categories[column], orientations[row], confidence)


def _judge(clouds: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    import torch

    from kpstudio.nn.recogniser import load_recogniser

    models = installed_models("recogniser")
    if not models:
        raise ModelError(
            "no recogniser is installed",
            remedy="Choose the category and the orientation yourself, or install KP Studio again.",
        )
    net = load_recogniser(models[0])
    points = torch.from_numpy(clouds.astype(np.float32))
    return net.judge(points).double().numpy(), net.categories
