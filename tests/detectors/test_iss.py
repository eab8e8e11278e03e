"""Intrinsic shape signatures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.iss import DETECTOR, IssParameters, scatter_eigenvalues
from tests import shapes


def detect(mesh: Mesh, **values: float) -> Detection:
    return DETECTOR.detect(mesh, None, IssParameters(**values))  # type: ignore[arg-type]


def one_by_one(points: np.ndarray, radius: float, weighted: bool) -> np.ndarray:
    """Zhong 2009, equations 1 and 2, as they are written."""
    near = [np.flatnonzero(np.linalg.norm(points - p, axis=1) < radius) for p in points]
    weights = np.array([1.0 / len(ball) for ball in near]) if weighted else np.ones(len(points))
    result = []
    for p, ball in zip(points, near, strict=True):
        away = points[ball] - p
        scatter = (weights[ball, None] * away).T @ away / weights[ball].sum()
        result.append(np.linalg.eigvalsh(scatter))
    return np.array(result).T


@pytest.mark.parametrize("weighted", [True, False])
def test_eigenvalues_are_those_of_the_plain_loop(weighted: bool) -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(400, 3)) * (1.0, 0.5, 0.2) + (3.0, -1.0, 0.5)
    counts, found = scatter_eigenvalues(points, 0.4, weighted=weighted)
    np.testing.assert_allclose(found, one_by_one(points, 0.4, weighted), atol=1e-12)
    tree = cKDTree(points)
    np.testing.assert_array_equal(counts, tree.query_ball_point(points, 0.4, return_length=True))


def test_weights_make_up_for_dense_places() -> None:
    # To both sides of the middle the plane is sampled ten times as densely.
    rng = np.random.default_rng(1)
    plane = np.c_[rng.uniform(-1.0, 1.0, (20_000, 2)), np.zeros(20_000)]
    dense = np.abs(plane[:, 0]) > np.abs(plane[:, 1])
    points = plane[dense | (rng.random(len(plane)) < 0.1)]
    here = np.linalg.norm(points, axis=1).argmin()
    ratios = []
    for weighted in (True, False):
        _, (_, middle, large) = scatter_eigenvalues(points, 0.2, weighted=weighted)
        ratios.append(large[here] / middle[here])
    assert 1.0 < ratios[0] < 0.9 * ratios[1]


def test_corners_of_a_finely_divided_box() -> None:
    box = shapes.box((3.0, 2.0, 1.0), 6)
    found = detect(box, salient_radius=5.0, peak_radius=4.0)
    corners = shapes.box((3.0, 2.0, 1.0)).vertices
    away = cKDTree(found.keypoints.positions[:8]).query(corners)[0]
    assert away.max() < 0.25
    assert len(np.unique(cKDTree(corners).query(found.keypoints.positions[:8])[1])) == 8


def test_a_plane_has_none() -> None:
    assert len(detect(shapes.grid(20, 20)).keypoints) == 0
    turn = Rotation.random(random_state=0).as_matrix()
    sheet = shapes.grid(20, 30)
    assert len(detect(Mesh(sheet.vertices @ turn + 5.0, sheet.faces)).keypoints) == 0


@pytest.mark.parametrize("seed", range(3))
def test_motion_and_size_change_nothing(seed: int) -> None:
    mesh = shapes.torus(40, 24)
    bumps = 0.02 * np.sin(7.0 * mesh.vertices[:, [1, 2, 0]]) + 0.03 * np.sin(3.0 * mesh.vertices)
    mesh = Mesh(mesh.vertices + bumps, mesh.faces)
    turn = Rotation.random(random_state=seed).as_matrix()
    moved = Mesh(0.01 * mesh.vertices @ turn + (3.0, seed, -1.0), mesh.faces)
    before, after = detect(mesh), detect(moved)
    assert len(before.keypoints) > 3
    expected = 0.01 * before.keypoints.positions @ turn + (3.0, seed, -1.0)
    np.testing.assert_allclose(after.keypoints.positions, expected, atol=1e-9)
    top = before.fields[0].values.max()
    np.testing.assert_allclose(after.fields[0].values, before.fields[0].values, atol=1e-9 * top)


def test_ratios_only_take_points_away() -> None:
    mesh = shapes.torus(40, 24)
    everything = detect(mesh, ratio_21=1.0, ratio_32=1.0).fields[0].values
    for values in ({"ratio_21": 0.6}, {"ratio_32": 0.4}, {"least_neighbours": 230}):
        some = detect(mesh, **({"ratio_21": 1.0, "ratio_32": 1.0} | values)).fields[0].values
        assert ((some == everything) | (some == 0.0)).all()
        assert (some > 0.0).sum() < (everything > 0.0).sum()


def test_balls_with_too_few_points_are_not_judged() -> None:
    mesh = shapes.box((3.0, 2.0, 1.0), 3)
    assert detect(mesh, least_neighbours=1000).fields[0].values.max() == 0.0


def test_peaks_are_apart_and_strongest_around() -> None:
    mesh = shapes.box((3.0, 2.0, 1.0), 5)
    found = detect(mesh, peak_radius=6.0)
    assert found.candidates is not None
    saliency = found.fields[0].values
    resolution = np.median(
        np.linalg.norm(np.diff(mesh.vertices[mesh.faces][:, [0, 1, 2, 0]], axis=1), axis=2)
    )
    tree = cKDTree(mesh.vertices)
    for vertex in found.candidates.vertices:
        around = tree.query_ball_point(mesh.vertices[vertex], 5.9 * resolution)
        assert saliency[around].max() <= saliency[vertex] * (1.0 + 1e-6)


def test_cancelled_on_the_way_and_done_the_next_time() -> None:
    mesh = shapes.icosphere(4, radius=1.37)
    seen: list[float] = []
    ctx = RunContext(lambda part, _: (seen.append(part), ctx.cancel() if part > 0.3 else None)[0])
    with pytest.raises(Cancelled):
        DETECTOR.detect(mesh, None, None, ctx)
    assert max(seen) < 0.9
    assert DETECTOR.detect(mesh).fields[0].values.max() >= 0.0
