"""Local surface patches: the thresholds as published, on a bump and a dent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.lsp import DETECTOR, LspParameters
from tests import shapes


def bumps() -> Mesh:
    """A sheet with outer side +y, a bump at (-0.5, 0.4) and a dent at (0.4, -0.3)."""
    flat = shapes.grid(61, 61)
    x, z = 2.0 * flat.vertices[:, 0] - 1.0, 2.0 * flat.vertices[:, 2] - 1.0
    up = np.exp(-((x + 0.5) ** 2 + (z - 0.4) ** 2) / 0.02)
    down = np.exp(-((x - 0.4) ** 2 + (z + 0.3) ** 2) / 0.02)
    return Mesh(np.column_stack([x, 0.15 * up - 0.1 * down, z]), flat.faces)


def detect(mesh: Mesh, **values: Any) -> Detection:
    return DETECTOR.detect(mesh, None, LspParameters(**values))


def found_at(found: Detection, x: float, z: float) -> bool:
    near = np.abs(found.keypoints.positions[:, [0, 2]] - (x, z)).max(axis=1) < 0.05
    return bool(near.any())


def test_a_bump_and_a_dent() -> None:
    found = detect(bumps(), peak_radius=8.0)
    assert found_at(found, -0.5, 0.4)
    assert found_at(found, 0.4, -0.3)


def test_keypoints_pass_the_published_test() -> None:
    found = detect(bumps(), alpha=0.3, beta=0.15, radius=0.0, count=4096)
    fields = {one.name: one.values for one in found.fields}
    assert found.candidates is not None
    at = found.candidates.vertices
    index, mean = fields["shape index"][at], fields["mean shape index"][at]
    assert len(at) > 0
    assert ((index >= 1.3 * mean) | (index <= 0.85 * mean)).all()
    assert np.array_equal(found.candidates.response, np.abs(index - mean))


def test_alpha_is_for_bumps() -> None:
    strict = detect(bumps(), peak_radius=8.0, alpha=1.0)
    assert not found_at(strict, -0.5, 0.4)
    assert found_at(strict, 0.4, -0.3)


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_stricter_shares_leave_a_part_of_the_points(name: str) -> None:
    torus = shapes.torus(48, 24)
    noisy = torus.vertices + 0.02 * np.random.default_rng(0).normal(size=torus.vertices.shape)
    mesh = Mesh(noisy, torus.faces)

    def vertices(share: float) -> set[int]:
        found = detect(mesh, **{name: share})
        assert found.candidates is not None
        return set(found.candidates.vertices)

    assert vertices(0.8) < vertices(0.02)


def test_planes_and_spheres_have_no_keypoints() -> None:
    assert len(detect(shapes.grid(12, 12)).keypoints) == 0
    assert len(detect(shapes.icosphere(3)).keypoints) == 0


def test_a_moved_shape_has_moved_keypoints() -> None:
    mesh = bumps()
    turn = Rotation.random(random_state=4).as_matrix()
    moved = mesh.moved(0.2 * mesh.vertices @ turn.T + (5.0, -1.0, 40.0))
    expected = 0.2 * detect(mesh).keypoints.positions @ turn.T + (5.0, -1.0, 40.0)
    assert np.allclose(detect(moved).keypoints.positions, expected, atol=1e-9)
