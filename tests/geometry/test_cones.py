import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.geometry.cones import Cones
from kpstudio.geometry.icosphere import icosphere
from tests.shapes import box, grid

SEEDS = st.integers(0, 2**32 - 1)


def crossings_of(cones: Cones, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    return cones.crossings(vertices, faces, cones.locate(vertices)[0])


@given(SEEDS, st.sampled_from([0, 1, 2]))
def test_parts_make_up_the_point(seed: int, subdivisions: int) -> None:
    directions, faces = icosphere(subdivisions)
    points = np.random.default_rng(seed).normal(size=(100, 3))
    cone, parts = Cones(directions, faces).locate(points)
    assert (parts >= 0).all()
    rebuilt = np.einsum("ni,nid->nd", parts, directions[faces[cone]])
    np.testing.assert_allclose(rebuilt, points, atol=1e-12)


def test_directions_and_middles_of_sides_lie_on_the_border() -> None:
    directions, faces = icosphere(1)
    cones = Cones(directions, faces)
    cone, parts = cones.locate(directions * 3)
    np.testing.assert_allclose(np.sort(parts, axis=1), [[0, 0, 3]] * 42, atol=1e-12)
    assert (faces[cone] == np.arange(42)[:, None]).any(axis=1).all()
    middles = (directions[faces[:, 0]] + directions[faces[:, 1]]) / 2
    parts = cones.locate(middles)[1]
    np.testing.assert_allclose(np.sort(parts, axis=1), [[0, 0.5, 0.5]] * 80, atol=1e-12)


@pytest.mark.parametrize("subdivisions", [0, 1, 2])
def test_bounds_at_crossings_hold_everywhere(subdivisions: int) -> None:
    # The largest value over a surface of a function that is linear in each cone.
    cones = Cones(*icosphere(subdivisions))
    rng = np.random.default_rng(subdivisions)
    heights = rng.uniform(0.2, 5.0, len(cones.directions))
    mesh = box((1.0, 0.7, 0.3))
    vertices = mesh.vertices + [0.05, 0.02, 0.03]

    def values(points: np.ndarray) -> np.ndarray:
        cone, parts = cones.locate(points)
        return np.einsum("ni,ni->n", parts, heights[cones.faces[cone]])

    crossings = crossings_of(cones, vertices, mesh.faces)
    bound = max(values(vertices).max(), values(crossings).max())
    corners = vertices[mesh.faces[rng.integers(0, len(mesh.faces), 20_000)]]
    surface = np.einsum("nc,ncd->nd", rng.dirichlet(np.ones(3), 20_000), corners)
    reached = values(surface).max()
    assert reached <= bound + 1e-12
    # The bound is not only true but reached: crossings lie on the surface.
    assert reached > 0.97 * bound


def test_crossings_lie_on_the_surface() -> None:
    mesh = box()
    crossings = crossings_of(Cones(*icosphere(1)), mesh.vertices, mesh.faces)
    assert len(crossings) > 42
    np.testing.assert_allclose(np.abs(crossings).max(axis=1), 0.5, atol=1e-12)


def test_a_surface_within_one_cone_has_no_crossings() -> None:
    directions, faces = icosphere(0)
    cones = Cones(directions, faces)
    inner = directions[faces[:1]][0] * 0.9 + directions[faces[0]].mean(axis=0) * 0.1
    crossings = crossings_of(cones, inner, np.array([[0, 1, 2]], np.int32))
    assert len(crossings) == 0
    assert len(crossings_of(cones, inner, np.empty((0, 3), np.int32))) == 0


def test_triangles_in_a_plane_with_the_tip() -> None:
    # Rays in the plane of a sheet through the tip: rounding decides what they meet, and how far.
    cones = Cones(*icosphere(1))
    sheet = grid(31, 31)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    for vertices in (sheet.vertices - [0.5, 0, 0.5], (sheet.vertices - [0.5, 0, 0.5]) @ turn.T):
        crossings = crossings_of(cones, vertices, sheet.faces)
        assert np.linalg.norm(crossings, axis=1).max() <= 0.5**0.5 + 1e-12
