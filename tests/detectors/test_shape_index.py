"""Shape index: what it finds on shapes whose caps and cups are known."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.bends import BendParameters
from kpstudio.detectors.shape_index import DETECTOR
from tests import shapes


def bumps(noise: float = 0.0) -> Mesh:
    """A sheet with outer side +y, a bump at (-0.5, 0.4) and a dent at (0.4, -0.3)."""
    flat = shapes.grid(61, 61)
    x, z = 2.0 * flat.vertices[:, 0] - 1.0, 2.0 * flat.vertices[:, 2] - 1.0
    up = np.exp(-((x + 0.5) ** 2 + (z - 0.4) ** 2) / 0.02)
    down = np.exp(-((x - 0.4) ** 2 + (z + 0.3) ** 2) / 0.02)
    y = 0.15 * up - 0.1 * down + noise * np.random.default_rng(0).normal(size=len(x))
    return Mesh(np.column_stack([x, y, z]), flat.faces)


def detect(mesh: Mesh, **values: Any) -> Detection:
    return DETECTOR.detect(mesh, None, BendParameters(**values))


def field(found: Detection, name: str) -> np.ndarray:
    return next(one for one in found.fields if one.name == name).values


def test_a_bump_and_a_dent_come_first() -> None:
    found = detect(bumps())
    first = found.keypoints.positions[:2, [0, 2]]
    assert np.allclose(first, [[-0.5, 0.4], [0.4, -0.3]], atol=0.04)
    index = field(found, "shape index")
    assert found.candidates is not None
    by_strength = found.candidates.vertices[np.argsort(-found.candidates.response)]
    assert index[by_strength[0]] > 0.9
    assert index[by_strength[1]] < 0.1


def test_fields() -> None:
    found = detect(bumps())
    assert found.fields[0].name == "saliency"
    assert {one.name for one in found.fields if one.signed} == {
        "mean curvature",
        "Gaussian curvature",
        "largest curvature",
        "smallest curvature",
    }
    index = field(found, "shape index")
    assert 0.0 <= index.min() < index.max() <= 1.0
    far = np.abs(bumps().vertices[:, 1]) < 1e-9
    assert (index[far] == 0.5).all()
    assert (found.fields[0].values >= 0.0).all()


def test_a_sphere_has_no_keypoint_that_stands_out() -> None:
    sphere = detect(shapes.icosphere(3))
    assert sphere.fields[0].values.max() < 0.02
    assert np.allclose(field(sphere, "shape index"), 1.0, atol=0.05)


def test_a_moved_shape_has_moved_keypoints() -> None:
    mesh = bumps()
    turn = Rotation.random(random_state=4).as_matrix()
    moved = mesh.moved(3.0 * mesh.vertices @ turn.T + (5.0, -1.0, 40.0))
    expected = 3.0 * detect(mesh).keypoints.positions @ turn.T + (5.0, -1.0, 40.0)
    assert np.allclose(detect(moved).keypoints.positions, expected, atol=1e-9)
    assert np.allclose(
        detect(moved).fields[0].values, detect(mesh).fields[0].values, rtol=1e-4, atol=1e-6
    )


def test_what_is_flat_does_not_count() -> None:
    noisy = bumps(noise=0.0005)
    found = [detect(noisy, flat=flat, radius=0.0, count=4096) for flat in (0.0, 5.0)]
    assert len(found[1].keypoints) < 0.5 * len(found[0].keypoints)
    assert np.allclose(found[1].keypoints.positions[0, [0, 2]], [-0.5, 0.4], atol=0.06)


def test_a_larger_neighbourhood_leaves_fewer() -> None:
    mesh = bumps(noise=0.0005)
    near, far = (
        detect(mesh, peak_radius=reach, radius=0.0, count=4096).candidates for reach in (2.0, 8.0)
    )
    assert near is not None
    assert far is not None
    assert len(far) < 0.5 * len(near)


def test_a_larger_ball_smooths_curvature() -> None:
    mesh = bumps(noise=0.002)
    small, large = (detect(mesh, curvature_radius=reach) for reach in (2.0, 6.0))
    assert np.median(field(large, "curvedness")) < 0.3 * np.median(field(small, "curvedness"))


def test_parameters_are_kept_with_the_detection() -> None:
    parameters = BendParameters(flat=1.0, peak_radius=7.0)
    found = DETECTOR.detect(bumps(), None, parameters)
    assert found.provenance.parameters == dataclasses.asdict(parameters)
