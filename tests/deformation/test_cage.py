import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kpstudio.data.mesh import Mesh
from kpstudio.deformation.cage import enclose
from kpstudio.deformation.mean_value import mean_value_coordinates
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from kpstudio.geometry.topology import signed_volume
from kpstudio.geometry.winding import winding_numbers
from tests import shapes


@given(st.integers(0, 2**32 - 1), st.sampled_from(ORIENTATIONS), st.floats(1e-5, 1e5))
def test_encloses_a_mesh_of_any_size_and_place(
    seed: int, orientation: Orientation, size: float
) -> None:
    rng = np.random.default_rng(seed)
    torus = shapes.torus(12, 6)
    turned = torus.vertices @ Rotation.random(rng=rng).as_matrix()
    mesh = torus.moved(size * (turned + 3 * rng.normal(size=3)))
    cage = enclose(mesh, mesh.normalisation(orientation))
    numbers = winding_numbers(mesh.vertices, cage.vertices, cage.faces)
    np.testing.assert_allclose(numbers, 1.0, atol=1e-6)
    assert signed_volume(cage.vertices, cage.faces) > 0


@pytest.mark.parametrize("subdivisions", [1, 2])
def test_the_cage_carries_the_mesh(torus: Mesh, subdivisions: int) -> None:
    cage = enclose(torus, torus.normalisation(), subdivisions)
    assert len(cage.vertices) == (42, 162)[subdivisions - 1]
    coordinates = mean_value_coordinates(torus.vertices, cage.vertices, cage.faces)
    np.testing.assert_allclose(coordinates @ cage.vertices, torus.vertices, atol=1e-12)


def test_clearance_is_in_sides_of_the_unit_cube() -> None:
    ball = shapes.icosphere(3, radius=50.0)
    for clearance in (0.05, 0.2):
        cage = enclose(ball, ball.normalisation(), clearance=clearance)
        assert np.linalg.norm(cage.vertices, axis=1).min() > 50 + 0.99 * clearance * 100


def test_a_cloud_has_a_cage_too() -> None:
    cloud = Mesh(np.random.default_rng(0).normal(size=(100, 3)), np.empty((0, 3)))
    cage = enclose(cloud, cloud.normalisation())
    numbers = winding_numbers(cloud.vertices, cage.vertices, cage.faces)
    np.testing.assert_allclose(numbers, 1.0, atol=1e-9)
