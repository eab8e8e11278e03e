"""What is this, and which way up? A proposal for category and orientation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.base.errors import ModelError
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from kpstudio.geometry.sampling import sample_surface
from kpstudio.nn.catalogue import preferred_model

if TYPE_CHECKING:
    from kpstudio.nn.recogniser import RecogniserNet

_POINTS = 1024
_SEED = 0
#: An orientation as probable as this fraction of the best is as good.
_AS_GOOD = 0.95
#: Below this probability a shape is none of the categories.
_LEAST = 0.5


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
        Probability of this category in this orientation, or of none at all; 0..1.
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

    It looks at the shape in every orientation given and takes the most probable pair; of pairs
    about as probable, the first.

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
    from kpstudio.nn.recogniser import NETWORK

    model = preferred_model("recogniser")
    if model is None:
        raise ModelError(
            "no recogniser is installed",
            remedy="Choose the category and the orientation yourself, or install KP Studio again.",
        )
    return recognise_with(NETWORK.load(model).net, mesh, ctx, orientations)


def recognise_with(
    net: RecogniserNet,
    mesh: Mesh,
    ctx: RunContext | None = None,
    orientations: Sequence[Orientation] = ORIENTATIONS,
) -> Recognition:
    """Return what a given recogniser proposes; parameters as in `recognise`."""
    import torch

    ctx = ctx or RunContext()
    ctx.check()
    frames = [mesh.normalisation(orientation) for orientation in orientations]
    samples = sample_surface(mesh.vertices, mesh.faces, _POINTS, _SEED).points
    clouds = np.stack([frame.apply(samples) for frame in frames]).astype(np.float32)
    probabilities = net.judge(torch.from_numpy(clouds)).double().numpy()[:, :-1]
    ctx.check()
    # A shape that looks the same in several orientations keeps the first of them.
    good = probabilities >= _AS_GOOD * probabilities.max()
    row, column = divmod(int(good.argmax()), len(net.categories))
    confidence = float(probabilities[row, column])
    if confidence < _LEAST:
        return Recognition("", Orientation(), 1.0 - confidence)
    return Recognition(net.categories[column], orientations[row], confidence)
