"""How well a detector's keypoints with depth tell how a shape turned between two pictures of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.data.views import Sight
from kpstudio.detectors.picture_detector import PictureDetector
from kpstudio.evaluation.card import Target
from kpstudio.evaluation.sights import sights_of
from kpstudio.evaluation.subjects import Subject
from kpstudio.geometry.relative_rotation import angle_between, relative_rotation
from kpstudio.nn.catalogue import Model
from kpstudio.rendering.rigs import band

#: What the turn between two random pictures shall be known to, degrees: mean and median.
MOST_DEGREES = {"degrees mean": 15.0, "degrees median": 10.0}
#: A turn that is off by more than this about the vertical axis takes one side for the other.
_FLIP = 90.0


@dataclass(frozen=True, eq=False)
class SeenTwice:
    """One shape in two pictures.

    Parameters
    ----------
    first, second
        The sights; their cameras are in the shape's normalised frame.
    """

    first: Sight
    second: Sight

    @property
    def error(self) -> FloatArray:
        """(3,3) the rotation by which the turn that keypoints tell is off, world axes."""
        eyes, others = self.first.camera, self.second.camera
        assert eyes is not None
        assert others is not None
        told = relative_rotation(_in_camera(self.first), _in_camera(self.second))
        error: FloatArray = others.rotation.T @ told @ eyes.rotation
        return error


def look_twice(
    subjects: Sequence[Subject],
    detector: PictureDetector,
    model: Model,
    parameters: Any = None,
    seed: int = 0,
    ctx: RunContext | None = None,
) -> list[SeenTwice]:
    """Return two sights of every shape, from random sides and heights of 0 to 40 degrees.

    Parameters
    ----------
    subjects
        The shapes, in canonical axes.
    detector
        The detector.
    model
        Its model.
    parameters
        Its parameters; the defaults if None.
    seed
        Seed of the cameras.
    """
    found = sights_of(
        subjects, detector, model, lambda lens, rng: band(2, rng, **lens.rig), parameters, seed, ctx
    )
    return [SeenTwice(*seen.sights) for seen in found]


def turn_figures(pairs: Sequence[SeenTwice], mirror: Sequence[int] = ()) -> dict[str, float]:
    """Return mean and median error of the turn in degrees, and the share of flips.

    Of keypoints without depth there is nothing to tell.

    Parameters
    ----------
    pairs
        What was seen.
    mirror
        The mirror partner of each keypoint, -1 for none; empty if nothing is known.

    Returns
    -------
    dict
        "degrees mean", "degrees median"; "turned round": share of the pairs whose error about the
        vertical axis is more than 90 degrees; "left for right": share in which the keypoints of
        one picture lie nearer to their partners' places in the other than to their own.
    """
    if not pairs or pairs[0].first.depth is None:
        return {}
    errors = np.stack([pair.error for pair in pairs])
    degrees = angle_between(errors, np.eye(3))
    # The turn about y that comes nearest to a rotation.
    about = np.arctan2(errors[:, 0, 2] - errors[:, 2, 0], errors[:, 0, 0] + errors[:, 2, 2])
    return {
        "degrees mean": float(degrees.mean()),
        "degrees median": float(np.median(degrees)),
        "turned round": float((np.abs(np.rad2deg(about)) > _FLIP).mean()),
        "left for right": float(np.mean([_exchanged(pair, mirror) for pair in pairs])),
    }


def picture_targets(figures: Mapping[str, Any]) -> list[Target]:
    """Return the targets for the figures of one kind of shapes that are about pictures."""
    of_pictures = figures.get("pictures") or {}
    return [
        Target(f"{name} error of the turn, at most", value, most, value <= most)
        for name, most in MOST_DEGREES.items()
        if (value := of_pictures.get(name)) is not None
    ]


def _in_camera(sight: Sight) -> FloatArray:
    """Return the keypoints (k,3) of a sight in its camera's axes."""
    assert sight.camera is not None
    return sight.camera.to_camera(_in_world(sight))


def _in_world(sight: Sight) -> FloatArray:
    assert sight.camera is not None
    assert sight.depth is not None
    return sight.camera.unproject(sight.pixels, sight.depth)


def _exchanged(pair: SeenTwice, mirror: Sequence[int]) -> bool:
    """Return whether the pictures agree better when keypoints change places with partners."""
    partner = np.array([index if other < 0 else other for index, other in enumerate(mirror)], int)
    if not len(partner):
        return False
    first, second = _in_world(pair.first), _in_world(pair.second)
    own = np.linalg.norm(first - second, axis=1).sum()
    return bool(np.linalg.norm(first - second[partner], axis=1).sum() < own)
