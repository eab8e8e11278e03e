from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.data.views import Sight
from kpstudio.detectors.lens import Lens
from kpstudio.detectors.pose import Pose, PoseParameters
from kpstudio.evaluation.pose_figures import pose_figures, pose_targets
from kpstudio.evaluation.subjects import Subject
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.rotations import from_vectors
from kpstudio.nn.catalogue import Model
from kpstudio.training.shapes import procedural

SHAPES = [
    Subject(shape.name, shape.mesh, shape.keypoints, shape.present, shape.keypoint_names)
    for shape in procedural("car", 3, 1)
]
NAMES = SHAPES[0].names
FRAMES = [subject.mesh.normalisation() for subject in SHAPES]
DEGREES = {"full": 4.0, "weak": 9.0}


class Knows(Pose):
    """Sees the first shape's landmarks, `off` pixels away, and poses that are wrong by so much."""

    def __init__(self, off: float = 0.0, turn: float = 1.0) -> None:
        self.off, self.turn, self.seen = off, turn, 0

    def network(self) -> Any:
        class Nothing:
            def load(self, model: Model) -> None: ...

        return Nothing()

    def lens(self, loaded: object) -> Lens:
        return Lens(64)

    def landmarks(self) -> FloatArray:
        index = self.seen % len(SHAPES)
        landmarks = SHAPES[index].landmarks
        assert landmarks is not None
        return FRAMES[index].apply(landmarks)

    def look(
        self,
        loaded: object,
        pictures: ByteArray,
        cameras: Sequence[Camera] | None,
        parameters: PoseParameters,
        ctx: RunContext,
    ) -> tuple[Sight, ...]:
        assert cameras is not None
        (camera,) = cameras
        pixels = camera.project(self.landmarks())[0] + (self.off, 0.0)
        self.seen += 1
        degrees = self.turn * DEGREES[parameters.perspective]
        turn = from_vectors(np.deg2rad(degrees) * np.array([[0.0, 0.6, 0.8]]))[0]
        pose = turn @ camera.rotation
        return (Sight(pictures[0], pixels, np.ones(len(pixels)), camera, pose=pose),)


def figures_of(detector: Pose) -> dict[str, float]:
    model: Any = None
    return pose_figures(SHAPES, detector, model, PoseParameters(), names=NAMES)


def test_the_rotation_is_off_by_what_it_is_off_by() -> None:
    figures = figures_of(Knows())

    assert figures["rotation mean"] == pytest.approx(4.0)
    assert figures["rotation median"] == pytest.approx(4.0)
    assert figures["rotation wrong"] == 0.0
    assert figures["close, full perspective"] == pytest.approx(4.0)
    assert figures["close, weak perspective"] == pytest.approx(9.0)
    assert figures_of(Knows(turn=10.0))["rotation wrong"] == 1.0


def test_keypoints_are_right_within_a_twentieth_of_the_picture() -> None:
    assert figures_of(Knows())["pck in pictures"] == 1.0
    assert figures_of(Knows(off=0.049 * 64))["pck in pictures"] == 1.0
    assert figures_of(Knows(off=0.051 * 64))["pck in pictures"] == 0.0


def test_targets() -> None:
    near, below = pose_targets({"pictures": figures_of(Knows())})
    assert near.met
    assert below.met
    assert not pose_targets({"pictures": figures_of(Knows(turn=2.0))})[0].met
    assert pose_targets({"pictures": {}}) == []
