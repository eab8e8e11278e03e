"""Mesh saliency: its definition, and what its scales see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.mesh_saliency import DETECTOR, MeshSaliencyParameters
from kpstudio.detectors.surfaces import surface_of
from tests import shapes


def bumpy(width: float = 0.06) -> Mesh:
    """A sphere with a bump at +x."""
    ball = shapes.icosphere(4)
    squared = np.square(ball.vertices - (1.0, 0.0, 0.0)).sum(axis=1)
    bump = 1.0 + width * np.exp(-squared / (2.0 * width**2))
    return Mesh(ball.vertices * bump[:, None], ball.faces)


def detect(mesh: Mesh, **values: Any) -> Detection:
    return DETECTOR.detect(mesh, None, MeshSaliencyParameters(**values))


def test_the_bump_comes_first() -> None:
    found = detect(bumpy(), epsilon=1.0)
    assert np.allclose(found.keypoints.positions[0] / 1.06, (1.0, 0.0, 0.0), atol=0.08)
    assert found.keypoints.confidence[0] == 1.0


def test_fields() -> None:
    found = detect(bumpy(), epsilon=1.0)
    assert [one.name for one in found.fields] == [
        "saliency",
        "mean curvature",
        *(f"saliency at scale {percent} %" for percent in (2, 3, 4, 5, 6)),
    ]
    assert [one.signed for one in found.fields] == [False, True, *[False] * 5]
    assert all((one.values >= 0.0).all() for one in found.fields if not one.signed)
    # The sphere's diameter is a little over 2, its curvature 1: 2 in 1 / diameter.
    assert np.median(found.fields[1].values) == pytest.approx(2.0, rel=0.08)


def test_a_scale_is_the_difference_of_two_averages() -> None:
    mesh = bumpy()
    found = detect(mesh, epsilon=1.0)
    points, mean = surface_of(mesh).points, found.fields[1].values
    vertex = int(points[:, 0].argmax())
    squared = np.square(points - points[vertex]).sum(axis=1)

    def average(sigma: float) -> float:
        weights = np.exp(-squared / (2.0 * sigma**2)) * (squared <= (2.0 * sigma) ** 2)
        return float(weights @ mean / weights.sum())

    for scale, one in zip((2, 3, 4, 5, 6), found.fields[2:], strict=True):
        expected = abs(average(0.01 * scale) - average(0.02 * scale))
        assert one.values[vertex] == pytest.approx(expected, rel=1e-6)


def test_saliency_adds_up_the_scales_each_lowered_by_its_other_peaks() -> None:
    found = detect(bumpy(), epsilon=1.0)
    saliency = found.fields[0].values
    scaled = [one.values / one.values.max() for one in found.fields[2:]]
    assert (saliency <= np.sum(scaled, axis=0) + 1e-12).all()
    # One bump: hardly another peak as high, so hardly anything is taken away.
    assert saliency.max() > 0.6 * np.sum(scaled, axis=0).max()


def test_a_sphere_is_not_salient() -> None:
    found = detect(shapes.icosphere(4), epsilon=1.0)
    bump = detect(bumpy(), epsilon=1.0)
    assert found.fields[4].values.max() < 0.05 * bump.fields[4].values.max()


def test_larger_epsilon_sees_larger_things() -> None:
    wide = bumpy(width=0.2)
    near, far = (detect(wide, epsilon=epsilon).fields[-1].values.max() for epsilon in (0.3, 1.5))
    assert far > 2.0 * near


def test_a_larger_peak_radius_leaves_fewer() -> None:
    torus = shapes.torus(48, 24)
    noisy = torus.vertices + 0.01 * np.random.default_rng(0).normal(size=torus.vertices.shape)
    mesh = Mesh(noisy, torus.faces)
    near, far = (detect(mesh, peak_radius=reach).candidates for reach in (4.0, 15.0))
    assert near is not None
    assert far is not None
    assert 0 < len(far) < 0.5 * len(near)


def test_a_moved_shape_has_moved_keypoints() -> None:
    mesh = bumpy()
    turn = Rotation.random(random_state=4).as_matrix()
    moved = mesh.moved(20.0 * mesh.vertices @ turn.T + (5.0, -1.0, 40.0))
    one, other = detect(mesh, epsilon=1.0), detect(moved, epsilon=1.0)
    assert np.allclose(one.fields[0].values, other.fields[0].values, atol=1e-6)
    first = 20.0 * one.keypoints.positions[0] @ turn.T + (5.0, -1.0, 40.0)
    assert np.allclose(other.keypoints.positions[0], first, atol=1e-9)
