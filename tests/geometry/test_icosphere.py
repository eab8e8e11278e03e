import numpy as np
import pytest

from kpstudio.base.errors import ParameterError
from kpstudio.geometry.icosphere import icosphere
from kpstudio.geometry.topology import is_manifold, is_watertight, signed_volume, vertex_components


@pytest.mark.parametrize("subdivisions", range(5))
def test_closed_sphere_of_known_size(subdivisions: int) -> None:
    vertices, faces = icosphere(subdivisions)
    assert len(vertices) == 10 * 4**subdivisions + 2
    assert len(faces) == 20 * 4**subdivisions
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 1.0, atol=1e-15)
    assert is_watertight(faces)
    assert is_manifold(faces)
    assert vertex_components(faces, len(vertices)).max() == 0
    assert len(np.unique(vertices.round(12), axis=0)) == len(vertices)


def test_faces_look_outward() -> None:
    vertices, faces = icosphere(2)
    assert (np.linalg.det(vertices[faces]) > 0).all()
    assert 0.95 < signed_volume(vertices, faces) / (4 / 3 * np.pi) < 1.0


def test_mirror_symmetric_about_the_coordinate_planes() -> None:
    vertices, _ = icosphere(1)
    for axis in range(3):
        mirrored = vertices * np.where(np.arange(3) == axis, -1, 1)
        gaps = np.linalg.norm(mirrored[:, None] - vertices[None], axis=2).min(axis=1)
        assert gaps.max() < 1e-15


def test_shared_arrays_cannot_be_changed() -> None:
    vertices, faces = icosphere(1)
    assert icosphere(1)[0] is vertices
    assert not vertices.flags.writeable
    assert not faces.flags.writeable


@pytest.mark.parametrize("subdivisions", [-1, 8])
def test_refuses_other_sizes(subdivisions: int) -> None:
    with pytest.raises(ParameterError, match="subdivisions"):
        icosphere(subdivisions)
