"""Whether the recogniser names the right category in the right orientation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.recognise import Recognition, recognise
from kpstudio.geometry.chamfer import chamfer_distance
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from kpstudio.geometry.sampling import sample_surface

#: A wrong orientation that looks right within this factor of the sampling noise counts as right.
_SAME = 1.5


@dataclass(frozen=True)
class RecognitionFigures:
    """Fractions of held-out shapes, each shown in one random orientation of the 24.

    Parameters
    ----------
    category
        Named rightly; for a foreign shape, said to be none.
    orientation
        Of those named rightly, put upright and to the front (or so that it looks the same).
    shapes
        Number of shapes.
    """

    category: float
    orientation: float
    shapes: int


def recognition_figures(
    meshes: Sequence[Mesh],
    category: str,
    seed: int = 0,
    recogniser: Callable[[Mesh], Recognition] = recognise,
    ctx: RunContext | None = None,
) -> RecognitionFigures:
    """Show every mesh, given in canonical axes, in a random orientation.

    Parameters
    ----------
    meshes
        At least one.
    category
        What they are; empty for foreign shapes, whose orientation does not matter.
    seed
        Seed of the orientations.
    recogniser
        What to score.
    """
    ctx = ctx or RunContext()
    rng = np.random.default_rng(seed)
    named, upright = 0, 0
    for mesh in meshes:
        ctx.check()
        shown = ORIENTATIONS[rng.integers(len(ORIENTATIONS))]
        found = recogniser(mesh.moved(mesh.vertices @ shown.rotation))
        if found.category == category:
            named += 1
            upright += not category or _looks_right(mesh, shown, found.orientation)
    return RecognitionFigures(named / len(meshes), upright / max(named, 1), len(meshes))


def _looks_right(mesh: Mesh, shown: Orientation, found: Orientation) -> bool:
    if found == shown:
        return True
    frame = mesh.normalisation()
    first, second = (
        frame.apply(sample_surface(mesh.vertices, mesh.faces, 1024, seed).points) for seed in (0, 1)
    )
    turn = found.rotation @ shown.rotation.T
    noise = chamfer_distance(first, second)
    return chamfer_distance(first @ turn.T, second) <= _SAME * noise
