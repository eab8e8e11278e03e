"""How well lifting tells shape and pose from one picture, category by category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.detectors.lifting import LiftingParameters, lift, slots_of
from kpstudio.detectors.picture_detector import PictureDetector
from kpstudio.evaluation.card import Target
from kpstudio.evaluation.lifting_errors import LiftingErrors, lifting_errors
from kpstudio.evaluation.pose_figures import MOST_DEGREES, pose_figures
from kpstudio.evaluation.subjects import Subject
from kpstudio.nn.catalogue import preferred_model
from kpstudio.nn.model_file import NetworkFile
from kpstudio.rendering.rigs import band

#: A pose needs so many landmarks.
_FEWEST = 5
#: What figures of pictures are called: where keypoints come from is no longer the truth.
_SEEN = "seen by {}: {}"


def lifting_figures(
    subjects: Sequence[Subject], lifter: NetworkFile[Any], seed: int = 0
) -> dict[str, float]:
    """Return how well true landmarks in pictures are lifted; none if too few are known.

    Parameters
    ----------
    subjects
        Shapes of one category, in canonical axes.
    lifter
        The model.
    seed
        Seed of the cameras: one a shape, at the usual distance, 0 to 40 degrees high.

    Returns
    -------
    dict
        "shapes"; "rotation mean", "rotation median", degrees; "position" and "shape", mean
        distances as in `LiftingErrors`, longest sides; "mirrored", the share that would fit better
        with near and far exchanged.
    """
    found = [error for index, subject in enumerate(subjects)
             if (error := _errors(subject, lifter, (seed, index))) is not None]  # fmt: skip
    if not found:
        return {}
    rotation = np.concatenate([error.rotation for error in found])
    position, mirrored = (
        np.concatenate([getattr(error, name) for error in found])
        for name in ("position", "mirrored")
    )
    return {
        "shapes": len(found),
        "rotation mean": float(rotation.mean()),
        "rotation median": float(np.median(rotation)),
        "position": float(position.mean()),
        "shape": float(np.mean([error.shape for error in found])),
        "mirrored": float((mirrored < position).mean()),
    }


def _errors(
    subject: Subject, lifter: NetworkFile[Any], seed: tuple[int, int]
) -> LiftingErrors | None:
    if subject.landmarks is None:
        return None
    known = np.ones(len(subject.names), bool) if subject.known is None else subject.known
    if known.sum() < _FEWEST:
        return None
    frame = subject.mesh.normalisation(subject.orientation)
    truth = frame.apply(subject.landmarks)
    (camera,) = band(1, np.random.default_rng(seed))
    pixels, _ = camera.project(truth)
    category, slots = slots_of(lifter, subject.category, subject.names)
    lifted = lift(lifter, category, slots, [camera], pixels[None], known[None])
    return lifting_errors(
        lifted.shapes, lifted.rotations, truth[None], camera.rotation[None], known[None]
    )


def seen_figures(
    subjects: Sequence[Subject],
    detector: PictureDetector,
    parameters: LiftingParameters,
    seed: int = 0,
    ctx: RunContext | None = None,
) -> dict[str, float]:
    """Return how well the keypoints that its source sees in pictures are lifted.

    Parameters
    ----------
    subjects
        Shapes of one category.
    detector
        Lifting.
    parameters
        With the model that lifts.
    seed, ctx
        As for `pose_figures`.

    Returns
    -------
    dict
        `pose_figures`, the source's name before each; none if it has no model of the category.
    """
    model = preferred_model(parameters.source, subjects[0].category) if subjects else None
    if model is None:
        return {}
    found = pose_figures(subjects, detector, model, parameters, seed, ctx)
    return {_SEEN.format(parameters.source, name): value for name, value in found.items()}


def lifting_targets(figures: Mapping[str, Mapping[str, float]]) -> list[Target]:
    """Return the targets for the figures of one kind of shapes, by category."""
    return [
        Target(
            f"{category}: degrees mean error of the rotation, from true landmarks, at most",
            mean,
            MOST_DEGREES,
            mean <= MOST_DEGREES,
        )
        for category, known in figures.items()
        if (mean := known.get("rotation mean")) is not None
    ]
