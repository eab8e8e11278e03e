import numpy as np
import pytest

from kpstudio.deformation.handling import distance_handling
from kpstudio.deformation.influence import uncontrolled
from kpstudio.deformation.mean_value import mean_value_coordinates
from kpstudio.geometry.sampling import farthest_points
from kpstudio.geometry.winding import inside
from tests.shapes import Mesh


@pytest.mark.parametrize(("subdivisions", "count"), [(1, 10), (2, 24)])
def test_keypoints_take_the_surface_along(torus: Mesh, subdivisions: int, count: int) -> None:
    keypoints = torus.vertices[farthest_points(torus.vertices, count)]
    handling = distance_handling(torus, keypoints, torus.normalisation(), subdivisions)
    cage = handling.cage
    assert inside(torus.vertices, cage.vertices, cage.faces).all()
    assert not uncontrolled(handling.influence).any()
    np.testing.assert_allclose(handling.influence.sum(axis=1), 1.0, atol=1e-9)
    coordinates = mean_value_coordinates(keypoints, cage.vertices, cage.faces)
    np.testing.assert_allclose(coordinates @ handling.influence, np.eye(count), atol=0.02)


def test_crowded_keypoints_do_not_fling_the_mesh_away(torus: Mesh) -> None:
    """Pulled apart a little, neighbours move the mesh a little, and together they move it all."""
    rng = np.random.default_rng(4)
    crowd = torus.vertices[7] + 0.01 * torus.diagonal * rng.standard_normal((8, 3))
    handling = distance_handling(torus, crowd, torus.normalisation())
    assert len(handling.cage.vertices) == 162
    np.testing.assert_allclose(handling.influence.sum(axis=1), 1.0, atol=1e-9)
    apart = handling.influence @ rng.uniform(-1.0, 1.0, (8, 3))
    assert np.abs(apart).max() <= 12.0
    spread = torus.vertices[farthest_points(torus.vertices, 8)]
    assert len(distance_handling(torus, spread, torus.normalisation()).cage.vertices) == 42
