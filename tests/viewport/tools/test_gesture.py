from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkCamera

from kpstudio.geometry.rotations import from_vectors
from kpstudio.viewport.camera import projection_of
from kpstudio.viewport.tools.gesture import Constraint, Gesture, Mode

SIZE = (600, 400)


def gesture(points: np.ndarray, grip: tuple[float, float] = (0.0, 0.0)) -> Gesture:
    camera = vtkCamera()
    camera.SetPosition(2.0, 3.0, 6.0)
    view = projection_of(camera, SIZE)
    start = view.to_screen(points[0])[0] + grip
    return Gesture(view, points, points[0], (float(start[0]), float(start[1])))


def cursor(set_up: Gesture, across: float, along: float) -> tuple[float, float]:
    return set_up.start[0] + across, set_up.start[1] + along


POINTS = np.array([[0.3, 0.1, -0.2], [-0.4, 0.5, 0.2], [0.1, -0.6, 0.0]])


def test_the_grabbed_point_follows_the_cursor_in_the_view_plane() -> None:
    held = gesture(POINTS, grip=(3.0, -2.0))
    offsets = held.offsets(cursor(held, 40, -25))
    assert np.allclose(offsets, offsets[0])
    assert offsets[0] @ held.view.forward == pytest.approx(0.0, abs=1e-12)
    before, after = held.view.to_screen([POINTS[0], POINTS[0] + offsets[0]])
    assert np.allclose(after - before, (40, -25))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_along_an_axis_the_point_goes_as_near_to_the_cursor_as_it_can(axis: int) -> None:
    held = gesture(POINTS).constrained(Constraint(axis))
    goal = np.array(cursor(held, 25, 30))
    offset = held.offsets(tuple(goal))[0]
    others = [other for other in range(3) if other != axis]
    assert np.allclose(offset[others], 0.0)

    def miss(step: float) -> float:
        moved = POINTS[0] + (offset[axis] + step) * np.eye(3)[axis]
        ray = held.target(tuple(goal))
        away = moved - ray.origin
        return float(np.linalg.norm(away - (away @ ray.direction) * ray.direction))

    assert miss(0.0) <= min(miss(-1e-3), miss(1e-3))


def test_across_an_axis_the_point_is_under_the_cursor() -> None:
    held = gesture(POINTS).constrained(Constraint(1, across=True))
    goal = cursor(held, 25, 30)
    offset = held.offsets(goal)[0]
    assert offset[1] == pytest.approx(0.0, abs=1e-12)
    assert np.allclose(held.view.to_screen(POINTS[0] + offset)[0], goal)


def test_looking_along_the_axis_nothing_runs_away() -> None:
    camera = vtkCamera()
    camera.SetPosition(0.0, 0.0, 6.0)
    view = projection_of(camera, SIZE)
    held = Gesture(view, np.zeros((1, 3)), np.zeros(3), (300.0, 200.0))
    along = held.constrained(Constraint(2)).offsets((330.0, 220.0))
    assert np.abs(along).max() < 0.2
    # a plane seen edge-on
    across = held.constrained(Constraint(1, across=True)).offsets((330.0, 220.0))
    assert np.abs(across).max() < 1.0


def test_a_constraint_given_twice_is_none() -> None:
    held = gesture(POINTS)
    assert held.constrained(Constraint(0)).constrained(Constraint(0)).constraint is None
    changed = held.constrained(Constraint(0)).constrained(Constraint(0, across=True))
    assert changed.constraint == Constraint(0, across=True)


def test_turning_follows_the_angle_of_the_cursor() -> None:
    held = gesture(POINTS).restarted(Mode.ROTATE, (400.0, 200.0))
    center = held.view.to_screen(held.center)[0]
    held = held.restarted(Mode.ROTATE, tuple(center + (80.0, 0.0)))
    turned = POINTS + held.offsets(tuple(center + (0.0, 50.0)))
    # rigid, about the centroid, a quarter counter-clockwise as seen
    assert np.allclose(turned.mean(axis=0), held.center)
    quarter = from_vectors(-np.pi / 2 * held.view.forward)
    assert np.allclose(turned - held.center, (POINTS - held.center) @ quarter.T)


def test_turning_about_an_axis_follows_the_cursor_from_either_side() -> None:
    for axis, sign in ((2, 1.0), (1, 1.0)):
        held = gesture(POINTS).constrained(Constraint(axis))
        center = held.view.to_screen(held.center)[0]
        held = held.restarted(Mode.ROTATE, tuple(center + (60.0, 0.0)))
        angle = 0.3
        offsets = held.offsets(tuple(center + 60.0 * np.array([np.cos(angle), np.sin(angle)])))
        expected = (POINTS - held.center) @ from_vectors(sign * angle * np.eye(3)[axis]).T
        assert np.allclose(POINTS + offsets - held.center, expected)


def test_scaling_follows_the_distance_of_the_cursor() -> None:
    held = gesture(POINTS)
    center = held.view.to_screen(held.center)[0]
    held = held.restarted(Mode.SCALE, tuple(center + (40.0, 30.0)))
    far = tuple(center + (0.0, 100.0))
    away = POINTS - held.center
    assert np.allclose(held.offsets(far), away)  # twice as far, twice as large
    along = held.constrained(Constraint(0)).offsets(far)
    assert np.allclose(along, away * (1, 0, 0))
    across = held.constrained(Constraint(0, across=True)).offsets(far)
    assert np.allclose(across, away * (0, 1, 1))
