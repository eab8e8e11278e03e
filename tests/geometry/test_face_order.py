"""The order of faces belongs to the shape: file order and motion do not change it."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from kpstudio.geometry.face_order import intrinsic_order
from kpstudio.geometry.sampling import sample_surface
from tests import shapes


def lopsided() -> tuple[np.ndarray, np.ndarray]:
    ball = shapes.icosphere(2)
    rng = np.random.default_rng(2)
    return ball.vertices * (1.0, 0.7, 1.3) + 0.02 * rng.normal(size=ball.vertices.shape), ball.faces


def test_samples_stay_at_their_places() -> None:
    vertices, faces = lopsided()
    rng = np.random.default_rng(3)
    turn = Rotation.random(random_state=4).as_matrix()
    place = rng.permutation(len(vertices))
    moved = np.empty_like(vertices)
    moved[place] = 3.0 * vertices @ turn.T + (5.0, -2.0, 1.0)
    shuffled = rng.permutation(np.roll(place[faces], 1, axis=1))

    first = sample_surface(vertices, intrinsic_order(vertices, faces)[1], 500, 0)
    second = sample_surface(moved, intrinsic_order(moved, shuffled)[1], 500, 0)
    expected = 3.0 * first.points @ turn.T + (5.0, -2.0, 1.0)
    assert np.allclose(second.points, expected, atol=1e-6)


def test_every_face_is_there_once_and_not_inside_out() -> None:
    vertices, faces = lopsided()
    order, sorted_faces = intrinsic_order(vertices, faces)
    assert sorted(order) == list(range(len(faces)))
    for face, index in zip(sorted_faces, order, strict=True):
        assert tuple(face) in {tuple(np.roll(faces[index], shift)) for shift in range(3)}


def test_faces_without_area() -> None:
    order, faces = intrinsic_order(np.zeros((3, 3)), np.array([[0, 1, 2]], np.int32))
    assert order.tolist() == [0]
    assert faces.tolist() == [[0, 1, 2]]
