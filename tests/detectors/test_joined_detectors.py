"""Detectors that join keypoints of several pictures by a way of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.data.views import Sight
from kpstudio.detectors.keypoint3d import DETECTOR as KEYPOINT3D
from kpstudio.detectors.multiview import DETECTOR as MULTIVIEW
from kpstudio.rendering.rigs import turntable


def test_multiview_shows_the_mask_that_keypoints_draw(models: Path, mesh: Mesh) -> None:
    parameters = MULTIVIEW.spec.parameters(model="softmax", views=3, snap=False)

    found = MULTIVIEW.detect(mesh, None, parameters)

    for sight in found.sights:
        assert set(sight.maps) == {"depth", "mask", "drawn mask", "uncertainty"}
        assert sight.maps["drawn mask"].min() >= 0.0
        assert sight.maps["drawn mask"].max() <= 1.0
        assert sight.maps["uncertainty"].min() >= 0.0
        assert sight.depth is None
    assert {overlay.name for overlay in found.overlays} == {"rays", "covariance"}


def test_keypoint3d_shows_the_depth_it_finds_in_the_file_s_units(models: Path, mesh: Mesh) -> None:
    parameters = KEYPOINT3D.spec.parameters(model="softmax", views=3, snap=False)

    found = KEYPOINT3D.detect(mesh, None, parameters)

    for sight in found.sights:
        assert set(sight.maps) == {"depth", "mask", "found depth", "uncertainty"}
        assert sight.depth is not None
        # The camera is 2.5 longest sides away, and the network knows nothing yet.
        usual = pytest.approx(2.5 * mesh.normalisation().scale, rel=0.4)
        assert np.median(sight.maps["found depth"]) == usual
        assert np.median(sight.depth) == usual


def test_keypoint3d_goes_by_the_pictures_that_are_sure() -> None:
    points = np.array([[0.1, 0.2, 0.3], [-0.2, 0.0, 0.1]])
    sights = []
    for camera, sure, shift in zip(
        turntable(3, size=(64, 64)), (0.5, 0.75, 0.5), (0.0, 0.1, 0.0), strict=True
    ):
        pixels, depth = camera.project(points + (shift, 0.0, 0.0))
        picture = np.zeros((64, 64, 3), np.uint8)
        sights.append(Sight(picture, pixels, np.full(2, sure), camera, depth=depth))

    fused = KEYPOINT3D.fuse(sights, (), KEYPOINT3D.spec.parameters())

    # Odds of 1, 3 and 1.
    np.testing.assert_allclose(fused.positions, points + (0.06, 0.0, 0.0), atol=1e-9)
    assert fused.covariance is not None
    assert ((fused.confidence > 0.0) & (fused.confidence < 1.0)).all()
