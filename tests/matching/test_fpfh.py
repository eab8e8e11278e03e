from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import ParameterError
from kpstudio.geometry.normals import vertex_normals
from kpstudio.geometry.surface import Surface
from kpstudio.matching.fpfh import BINS, fpfh, pair_angles
from tests import relief, shapes

MIDDLE = BINS // 2


def parts(histograms: np.ndarray) -> np.ndarray:
    return histograms.reshape(len(histograms), 3, BINS)


def test_on_a_plane_nothing_turns() -> None:
    sheet = shapes.grid(12, 12)
    found = parts(fpfh(sheet.vertices, vertex_normals(sheet.vertices, sheet.faces), 0.3))
    assert (found[:, :, MIDDLE] == 1.0).all()


def test_on_a_sphere_normals_turn_with_the_distance() -> None:
    ball = shapes.icosphere(3)
    directions = ball.vertices  # radius 1: the normals as well
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, len(directions), (2, 200))
    keep = np.linalg.norm(directions[i] + directions[j], axis=1) > 0.1
    i, j = i[keep & (i != j)], j[keep & (i != j)]
    alpha, phi, theta = pair_angles(directions, directions, i, j)
    distance = np.linalg.norm(directions[i] - directions[j], axis=1)
    np.testing.assert_allclose(alpha, 0.0, atol=1e-9)
    np.testing.assert_allclose(np.abs(phi), distance / 2.0, atol=1e-9)
    np.testing.assert_allclose(np.abs(theta), 2.0 * np.arcsin(distance / 2.0), atol=1e-9)


def test_of_a_sphere_only_the_bins_of_its_curvature_are_filled() -> None:
    ball = shapes.icosphere(3)
    found = parts(fpfh(ball.vertices, ball.vertices, 0.4)).mean(axis=0)
    # phi reaches 0.2 to one side, theta 2 arcsin 0.2 = 0.13 pi to the other.
    assert found[0, MIDDLE] == pytest.approx(1.0)
    assert found[1, MIDDLE - 2 : MIDDLE + 1].sum() == pytest.approx(1.0)
    assert found[2, MIDDLE : MIDDLE + 2].sum() == pytest.approx(1.0)
    assert found[1, MIDDLE - 1] > 0.2
    assert found[2, MIDDLE + 1] > 0.1


def test_does_not_change_with_motion_and_unit() -> None:
    mesh = relief.blob()
    moved, _, scale, _ = relief.turned(mesh, 4)
    before = fpfh(mesh.vertices, vertex_normals(mesh.vertices, mesh.faces), 0.3)
    after = fpfh(moved.vertices, vertex_normals(moved.vertices, moved.faces), 0.3 * scale)
    # A pair at the edge of two bins may fall into the other one by rounding.
    assert np.abs(before - after).max() < 0.02
    assert np.abs(before - after).mean() < 1e-6


def test_order_of_the_points_is_not_in_it() -> None:
    mesh = relief.blob()
    normals = vertex_normals(mesh.vertices, mesh.faces)
    order = np.random.default_rng(1).permutation(len(normals))
    before = fpfh(mesh.vertices, normals, 0.25)
    np.testing.assert_allclose(
        fpfh(mesh.vertices[order], normals[order], 0.25), before[order], atol=0.02
    )


def test_edges_corners_and_sides_of_a_box_differ() -> None:
    surface = Surface(*_of(relief.even_box((1.0, 1.0, 1.0), 5)))
    found = fpfh(surface.points, surface.normals, 0.12)
    inner = np.abs(surface.points).max() - np.abs(surface.points) < 1e-6
    sides = [found[inner.sum(axis=1) == count].mean(axis=0) for count in (1, 2, 3)]
    assert np.linalg.norm(sides[0] - sides[1]) > 0.1
    assert np.linalg.norm(sides[1] - sides[2]) > 0.1
    assert np.linalg.norm(sides[0] - sides[2]) > 0.1


def test_a_point_alone_has_an_empty_histogram() -> None:
    points = np.array([[0.0, 0, 0], [1.0, 0, 0], [1.1, 0, 0]])
    found = fpfh(points, np.tile([0.0, 0.0, 1.0], (3, 1)), 0.5)
    assert (found[0] == 0.0).all()
    assert found[1:].sum() == pytest.approx(6.0)


def test_a_radius_is_above_zero() -> None:
    with pytest.raises(ParameterError):
        fpfh(np.zeros((3, 3)), np.zeros((3, 3)), 0.0)


def _of(mesh: shapes.Mesh) -> tuple[np.ndarray, np.ndarray]:
    return mesh.vertices, mesh.faces
