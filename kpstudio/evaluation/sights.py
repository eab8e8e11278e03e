"""What a detector sees of shapes from random cameras: what figures of pictures begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.data.mesh import Mesh
from kpstudio.data.views import Sight, View
from kpstudio.detectors.lens import Lens
from kpstudio.detectors.picture_detector import PictureDetector
from kpstudio.evaluation.subjects import Subject
from kpstudio.geometry.camera import Camera
from kpstudio.nn.catalogue import Model
from kpstudio.rendering.views import render


class Seen(NamedTuple):
    """A shape, views of it and what was seen in each; cameras are in its normalised frame."""

    subject: Subject
    views: tuple[View, ...]
    sights: tuple[Sight, ...]


def sights_of(
    subjects: Sequence[Subject],
    detector: PictureDetector,
    model: Model,
    cameras: Callable[[Lens, np.random.Generator], Sequence[Camera]],
    parameters: Any = None,
    seed: int = 0,
    ctx: RunContext | None = None,
) -> Iterator[Seen]:
    """Yield what a detector sees of one shape after the other.

    Parameters
    ----------
    subjects
        The shapes.
    detector
        The detector.
    model
        Its model.
    cameras
        Makes the cameras of a shape, normalised frame, from the lens that the model knows and
        from chance.
    parameters
        Of the detector; the defaults if None.
    seed
        Seed of the cameras.
    ctx
        Progress and cancellation.
    """
    ctx = ctx or RunContext()
    quiet = RunContext(cancelled=ctx.cancelled)
    parameters = parameters or detector.spec.parameters()
    loaded = detector.models(parameters).load(model)
    lens = detector.lens(loaded)
    for index, subject in enumerate(subjects):
        ctx.progress(index / len(subjects), f"Looking at {subject.name}")
        mesh, frame = subject.mesh, subject.mesh.normalisation(subject.orientation)
        here = cameras(lens, np.random.default_rng((seed, index)))
        views = render(Mesh(frame.apply(mesh.vertices), mesh.faces), here)
        pictures = np.stack([view.colour for view in views])
        yield Seen(subject, views, detector.look(loaded, pictures, here, parameters, quiet))
