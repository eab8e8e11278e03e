import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.geometry import winding
from tests.shapes import Mesh, box, icosphere


@given(st.integers(0, 2**32 - 1))
def test_counts_whole_turns_around_closed_surfaces(seed: int) -> None:
    mesh = box()
    points = np.random.default_rng(seed).uniform(-1, 1, (200, 3))
    points = points[np.abs(np.abs(points) - 0.5).min(axis=1) > 1e-6]
    truth = (np.abs(points) < 0.5).all(axis=1)
    numbers = winding.winding_numbers(points, mesh.vertices, mesh.faces)
    np.testing.assert_allclose(numbers, truth, atol=1e-12)
    np.testing.assert_array_equal(winding.inside(points, mesh.vertices, mesh.faces), truth)


def test_inside_out_and_twice_around() -> None:
    ball = icosphere(1)
    centre = np.zeros((1, 3))
    assert np.isclose(winding.winding_numbers(centre, ball.vertices, ball.faces[:, ::-1]), -1)
    twice = np.concatenate([ball.faces, ball.faces])
    assert np.isclose(winding.winding_numbers(centre, ball.vertices, twice), 2)


def test_a_hole_costs_little(sphere: Mesh) -> None:
    open_ball = sphere.faces[10:]
    number = winding.winding_numbers(np.zeros((1, 3)), sphere.vertices, open_ball)[0]
    assert 0.9 < number < 1.0


def test_more_pairs_than_fit_at_once(sphere: Mesh) -> None:
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (2000, 3))
    assert winding.inside(points, sphere.vertices, sphere.faces).all()
    assert not winding.inside(points + 3, sphere.vertices, sphere.faces).any()
    assert len(winding.winding_numbers(np.empty((0, 3)), sphere.vertices, sphere.faces)) == 0
