from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError
from kpstudio.data.correspondence import Correspondence
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.sampling import farthest_points
from kpstudio.matching.dense import DenseParameters, dense_map
from kpstudio.matching.geodesic_error import geodesic_errors
from tests.matching.bodies import bent, limbs, shuffled, surface

SMALL = DenseParameters(start=20, finish=60, samples=500)


def landmarks(mesh: Mesh, now: np.ndarray, count: int = 5) -> Correspondence:
    chosen = farthest_points(mesh.vertices, count)
    return Correspondence(np.stack([chosen, now[chosen]], axis=1))


def test_recovers_the_order_of_an_isometric_copy() -> None:
    mesh = limbs(3)
    copy, now = shuffled(mesh)
    found = dense_map(surface(mesh), surface(copy), landmarks(mesh, now), SMALL)
    assert (found.vertices == now).all()
    np.testing.assert_allclose(found.confidence, 1.0)


def test_of_a_shape_without_symmetry_no_landmarks_are_needed() -> None:
    mesh = limbs(3)
    copy, now = shuffled(mesh)
    assert (dense_map(surface(mesh), surface(copy), parameters=SMALL).vertices == now).all()


def test_a_bent_shape() -> None:
    mesh = limbs()
    copy, now = shuffled(bent(mesh))
    here, there = surface(mesh), surface(copy)
    found = dense_map(here, there, landmarks(mesh, now), SMALL)
    asked = np.arange(0, len(now), 40)
    errors = geodesic_errors(there, found.vertices[asked], now[asked])
    assert errors.mean() < 0.025
    assert found.confidence.mean() > 0.9


def test_vertices_that_are_doubled_in_a_file_go_to_the_same_place() -> None:
    mesh = limbs(2)
    apart = Mesh(
        mesh.vertices[mesh.faces].reshape(-1, 3), np.arange(mesh.faces.size).reshape(-1, 3)
    )
    small = DenseParameters(start=15, finish=30)
    found = dense_map(surface(apart), surface(mesh), parameters=small)
    assert (found.vertices == mesh.faces.reshape(-1)).mean() > 0.95
    same = np.argsort(mesh.faces.reshape(-1), kind="stable")
    ends = np.flatnonzero(np.diff(mesh.faces.reshape(-1)[same])) + 1
    assert all(len(set(group)) == 1 for group in np.split(found.vertices[same], ends))


def test_refuses_landmarks_that_are_not_there_and_can_be_cancelled() -> None:
    shape = surface(limbs(2))
    with pytest.raises(InputError, match="sets of 162 and 162"):
        dense_map(shape, shape, Correspondence([[0, 162]]), SMALL)
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        dense_map(shape, shape, parameters=SMALL, ctx=ctx)
