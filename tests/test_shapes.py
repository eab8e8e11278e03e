"""The shapes that other tests rely on are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from tests import shapes


def volume(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


@pytest.mark.parametrize(
    ("mesh", "expected", "tolerance", "euler"),
    [
        (shapes.icosphere(3, radius=2.0), 4 / 3 * np.pi * 8, 0.02, 2),
        (shapes.box((1.0, 2.0, 3.0), divisions=3), 6.0, 1e-12, 2),
        (shapes.torus(64, 32, 1.0, 0.3), 2 * np.pi**2 * 0.09, 0.01, 0),
    ],
    ids=lambda value: value.name if isinstance(value, Mesh) else None,
)
def test_closed_shapes(mesh: Mesh, expected: float, tolerance: float, euler: int) -> None:
    edges = np.sort(mesh.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses == 2).all()
    assert len(mesh.vertices) - len(unique) + len(mesh.faces) == euler
    assert volume(mesh) == pytest.approx(expected, rel=tolerance)


def test_grid_is_flat_and_faces_up() -> None:
    mesh = shapes.grid(5, 7)
    assert (mesh.vertex_normals == [0.0, 1.0, 0.0]).all()
    assert mesh.face_areas.sum() == pytest.approx(1.0)
