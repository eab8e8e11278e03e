"""A frame that turns with the shape."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kpstudio.data.mesh import Mesh
from kpstudio.geometry.principal_frame import area_quadrature, principal_frame
from kpstudio.geometry.surface import Surface
from tests import shapes


def prism(sides: int, height: float) -> Mesh:
    """A closed prism over a regular polygon."""
    angle = 2.0 * np.pi * np.arange(sides) / sides
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = np.vstack([np.c_[ring, np.full(sides, z)] for z in (0.0, height)])
    points = np.vstack([points, [[0, 0, 0], [0, 0, height]]])
    i = np.arange(sides)
    j = (i + 1) % sides
    low, high = np.full(sides, 2 * sides), np.full(sides, 2 * sides + 1)
    faces = [
        (i, j, j + sides),
        (i, j + sides, i + sides),
        (j, i, low),
        (i + sides, j + sides, high),
    ]
    return Mesh(points, np.concatenate([np.stack(face, axis=1) for face in faces]))


SHAPES = {
    "three different axes": shapes.box((3.0, 2.0, 1.0)),
    "two equal axes": shapes.box((1.0, 1.0, 3.0)),
    "two equal axes, the others longer": shapes.box((2.0, 2.0, 0.5)),
    "triangular prism": prism(3, 3.0),
    "pentagonal prism": prism(5, 4.0),
    "cube": shapes.box((1.0, 1.0, 1.0), 2),
}


@pytest.mark.parametrize("name", SHAPES)
def test_it_turns_with_the_shape(name: str) -> None:
    mesh = SHAPES[name]
    straight = principal_frame(Surface(mesh.vertices, mesh.faces))
    for seed in range(4):
        rotation = Rotation.random(random_state=seed).as_matrix()
        surface = Surface(3.0 * mesh.vertices @ rotation.T + seed, mesh.faces)
        frame = principal_frame(surface)
        np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-9)
        # Seen in its frame the shape is the same, but for symmetries of a cube and its own.
        before = np.sort(np.abs(Surface(mesh.vertices, mesh.faces).points @ straight.T), axis=1)
        after = np.sort(np.abs(surface.points @ frame.T), axis=1)
        np.testing.assert_allclose(rows(before), rows(after), atol=1e-6)


def rows(points: np.ndarray) -> np.ndarray:
    rounded = np.round(points, 6) + 0.0
    return rounded[np.lexsort(rounded.T)]


@pytest.mark.parametrize("size", [(3.0, 2.0, 1.0), (1.0, 1.0, 3.0), (1.0, 1.0, 1.0)])
def test_axes_of_boxes_are_perpendicular_to_their_sides(size: tuple[float, float, float]) -> None:
    box = shapes.box(size, 2)
    rotation = Rotation.random(random_state=1).as_matrix()
    frame = principal_frame(Surface(box.vertices @ rotation.T, box.faces))
    np.testing.assert_allclose(np.sort(np.abs(frame @ rotation), axis=1)[:, :2], 0.0, atol=1e-6)


def test_the_longest_axis_comes_first() -> None:
    box = shapes.box((1.0, 3.0, 2.0))
    frame = principal_frame(Surface(box.vertices, box.faces))
    np.testing.assert_allclose(np.abs(frame), np.eye(3)[[1, 2, 0]], atol=1e-9)


def test_faces_do_not_matter() -> None:
    coarse, fine = shapes.box((3.0, 2.0, 1.0)), shapes.box((3.0, 2.0, 1.0), 3)
    frames = [principal_frame(Surface(mesh.vertices, mesh.faces)) for mesh in (coarse, fine)]
    np.testing.assert_allclose(np.abs(frames[0]), np.abs(frames[1]), atol=1e-9)


def test_quadrature_is_exact_up_to_degree_six() -> None:
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    surface = Surface(corners, np.array([[0, 1, 2]]))
    points, weights = area_quadrature(surface)
    x, y, _ = surface.to_mesh(points).T
    for i in range(7):
        for j in range(7 - i):
            exact = 2.0 * math.factorial(i) * math.factorial(j) / math.factorial(i + j + 2)
            assert np.sum(weights * x**i * y**j) == pytest.approx(exact, rel=1e-10)
