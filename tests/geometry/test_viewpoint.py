from __future__ import annotations

import numpy as np
import pytest

from kpstudio.geometry.camera import Camera
from kpstudio.geometry.rotations import from_vectors
from kpstudio.geometry.viewpoint import viewpoint_of


def camera(azimuth: float, elevation: float, roll: float, distance: float) -> Camera:
    """A camera that was carried there from the front, and then turned about its own axis."""
    turns = np.deg2rad([[-elevation, 0.0, 0.0], [0.0, azimuth, 0.0], [0.0, 0.0, roll]])
    lift, turn, lean = (from_vectors(vector) for vector in turns)
    eye = turn @ lift @ np.array([0.0, 0.0, distance])
    straight = Camera.look_at(eye, np.zeros(3), np.array([0.0, 1.0, 0.0]), 40.0, (64, 48))
    return Camera(lean @ straight.rotation, lean @ straight.translation, 80.0, (64, 48))


@pytest.mark.parametrize(
    "wanted", [(0, 0, 0, 1), (90, 0, 0, 2.5), (-135, 35, 0, 2), (20, -60, 25, 3), (179, 5, -170, 1)]
)
def test_a_camera_is_where_it_was_put(wanted: tuple[float, float, float, float]) -> None:
    seen = viewpoint_of(camera(*wanted))
    assert (seen.azimuth, seen.elevation, seen.roll, seen.distance) == pytest.approx(wanted)


def test_what_leans_to_the_right_has_a_positive_roll() -> None:
    leaning = camera(30.0, 10.0, 20.0, 2.0)
    foot, top = leaning.project(np.array([[0.0, 0.0, 0.0], [0.0, 0.3, 0.0]]))[0]
    assert top[0] > foot[0]
