"""SIFT in 3D on voxelised shapes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from kpstudio.base.parameters import build
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.sift3d import DETECTOR, Sift3dParameters
from kpstudio.geometry.closest import SurfaceLocator
from tests import shapes

SMALL = {"resolution": 64}


def detect(mesh: Mesh, **values: object) -> Detection:
    return DETECTOR.detect(mesh, None, build(Sift3dParameters, SMALL | values))


def distance_to_nearest(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    return cKDTree(others).query(points)[0]


@pytest.fixture(scope="module")
def box() -> Mesh:
    return shapes.box((3.0, 2.0, 1.2), 4)


def test_corners_of_a_box(box: Mesh) -> None:
    found = detect(box)
    corners = np.abs(box.vertices).max(axis=0) * shapes.box((2.0, 2.0, 2.0)).vertices
    assert (distance_to_nearest(corners, found.keypoints.positions) < 0.1).all()


def test_corners_of_a_sheet_are_found_on_its_diagonals() -> None:
    found = detect(shapes.grid(10, 15))
    from_middle = np.abs(found.keypoints.positions - (0.5, 0.0, 0.5))
    assert len(found.keypoints) == 4
    np.testing.assert_allclose(from_middle[:, 0], from_middle[:, 2], atol=0.01)
    assert from_middle[:, 0].min() > 0.2


@pytest.mark.parametrize("seed", range(3))
def test_keypoints_follow_every_motion(box: Mesh, seed: int) -> None:
    lopsided = Mesh(box.vertices + 0.1 * box.vertices**2 * (1.0, 0.5, -0.7), box.faces)
    rotation = Rotation.random(random_state=seed).as_matrix()
    moved = Mesh(2.5 * lopsided.vertices @ rotation.T + (30.0, -4.0, seed), box.faces)
    before, after = detect(lopsided), detect(moved)
    expected = 2.5 * before.keypoints.positions @ rotation.T + (30.0, -4.0, seed)
    np.testing.assert_allclose(after.keypoints.positions, expected, atol=1e-5)
    assert before.sizes is not None
    assert after.sizes is not None
    np.testing.assert_allclose(after.sizes, 2.5 * before.sizes, rtol=1e-6)
    for one, other in zip(before.fields, after.fields, strict=True):
        np.testing.assert_allclose(one.values, other.values, atol=1e-6)


def test_keypoints_are_on_the_surface_and_peaks_near_them(box: Mesh) -> None:
    found = detect(box)
    closest = SurfaceLocator(box.vertices, box.faces).closest(found.keypoints.positions)
    assert closest.distances.max() < 1e-9
    assert found.candidates is not None
    near = box.vertices[found.candidates.vertices] - found.candidates.positions
    assert np.linalg.norm(near, axis=1).max() < 0.6


def test_a_ball_has_none() -> None:
    assert len(detect(shapes.icosphere(3)).keypoints) == 0


def test_tests_only_take_away(box: Mesh) -> None:
    everything = detect(box, contrast=0.002, elongation=100.0, reach=10.0, radius=0.0, count=4096)
    places = everything.keypoints.positions
    for values in ({"contrast": 0.15}, {"elongation": 5.0}, {"reach": 2.0}):
        some = detect(box, **({"radius": 0.0, "count": 4096, "elongation": 100.0} | values))
        assert 0 < len(some.keypoints) < len(places)
        assert (distance_to_nearest(some.keypoints.positions, places) < 1e-12).all()


def test_lowes_rule_keeps_no_more(box: Mesh) -> None:
    loose = detect(box, radius=0.0, count=4096)
    strict = detect(box, radius=0.0, count=4096, drifting=False)
    assert len(strict.keypoints) < len(loose.keypoints)


def test_a_field_for_all_scales_and_one_for_each(box: Mesh) -> None:
    found = detect(box, octaves=2, scales=4)
    saliency, *scales = found.fields
    assert len(scales) == 8
    assert len({field.name for field in found.fields}) == 9
    np.testing.assert_allclose(saliency.values, np.max([one.values for one in scales], axis=0))
    assert saliency.values.min() > 0.0
    finest = scales[0].values
    corner = np.abs(box.vertices).sum(axis=1).argmax()
    middle = np.linalg.norm(box.vertices - (0.0, 1.0, 0.0), axis=1).argmin()
    assert finest[corner] > 1.5 * finest[middle]
    assert finest[corner] > 0.7 * finest.max()
