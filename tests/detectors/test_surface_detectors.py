"""What every hand-crafted detector must do, on good meshes and bad ones."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from kpstudio.base.errors import InputError
from kpstudio.base.parameters import build, describe
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.registry import detector_ids, get_detector
from kpstudio.detectors.selection import SELECTION
from kpstudio.detectors.surface_detector import SurfaceDetector
from kpstudio.geometry.closest import SurfaceLocator
from kpstudio.geometry.surface import Surface
from tests import shapes

DETECTORS = [name for name in detector_ids() if isinstance(get_detector(name), SurfaceDetector)]
every_detector = pytest.mark.parametrize("name", DETECTORS)


@cache
def bumpy() -> Mesh:
    """A body with limbs and dents, no two sides of it alike."""
    ball = shapes.icosphere(3).vertices
    rng = np.random.default_rng(4)
    radius = np.ones(len(ball))
    for _ in range(9):
        way = rng.normal(size=3)
        way /= np.linalg.norm(way)
        radius += rng.uniform(-0.3, 0.9) * np.exp(-rng.uniform(8, 30) * (1.0 - ball @ way))
    uneven = rng.normal(0.0, 0.01, ball.shape)  # rounding must not choose between equal peaks
    body = ball * radius[:, None] * (1.3, 1.0, 0.8) + uneven
    return Mesh(body, shapes.icosphere(3).faces, "bumpy")


@cache
def found_on_bumpy(name: str) -> Detection:
    return detect(name, bumpy())


def detect(name: str, mesh: Mesh, **values: Any) -> Detection:
    detector = get_detector(name)
    return detector.detect(mesh, None, build(detector.spec.parameters, values))


def with_border() -> Mesh:
    mesh = bumpy()
    kept = (mesh.vertices[mesh.faces] @ (0.3, 1.0, 0.2) < 0.35).all(axis=1)
    return Mesh(mesh.vertices, mesh.faces[kept], "with border")


def in_pieces() -> Mesh:
    mesh, box = bumpy(), shapes.box((0.5, 0.6, 0.7), 3)
    vertices = np.vstack([mesh.vertices, box.vertices + (3.0, 0.0, 0.0)])
    return Mesh(vertices, np.vstack([mesh.faces, box.faces + len(mesh.vertices)]), "in pieces")


def with_slivers() -> Mesh:
    """Every tenth face is cut in two from a place next to one of its corners, and one is a line."""
    mesh = bumpy()
    cut = np.arange(0, len(mesh.faces), 10)
    a, b, c = mesh.faces[cut].T
    new = len(mesh.vertices) + np.arange(len(cut))
    points = mesh.vertices[a] * (1.0 - 1e-6) + mesh.vertices[b] * 1e-6
    whole = np.delete(mesh.faces, cut, axis=0)
    halves = [np.stack(part, axis=1) for part in ((a, new, c), (new, b, c))]
    line = [[mesh.faces[0, 0], mesh.faces[0, 1], mesh.faces[0, 0]]]
    return Mesh(np.vstack([mesh.vertices, points]), np.vstack([whole, *halves, line]), "slivers")


def doubled() -> Mesh:
    """Every vertex twice; some faces use one, some the other."""
    mesh = bumpy()
    other = np.random.default_rng(0).integers(0, 2, mesh.faces.shape) * len(mesh.vertices)
    return Mesh(np.vstack([mesh.vertices, mesh.vertices]), mesh.faces + other, "doubled")


def check(found: Detection, mesh: Mesh) -> None:
    """All that is promised of a detection."""
    diameter = Surface(mesh.vertices, mesh.faces).scale
    assert found.fields
    assert len({field.name for field in found.fields}) == len(found.fields)
    for field in found.fields:
        assert len(field.values) == len(mesh.vertices)
        assert np.isfinite(field.values).all()
    assert found.candidates is not None
    assert (found.candidates.response >= 0.0).all()
    for descriptor in found.descriptors:
        assert len(descriptor.values) == len(mesh.vertices)
        assert np.isfinite(descriptor.values).all()
    confidence = found.keypoints.confidence
    assert ((confidence >= 0.0) & (confidence <= 1.0)).all()
    assert (np.diff(confidence) <= 1e-6).all()
    if len(found.keypoints):
        locator = SurfaceLocator(mesh.vertices, mesh.faces)
        assert locator.closest(found.keypoints.positions).distances.max() < 0.02 * diameter
    if found.sizes is not None:
        assert (found.sizes > 0.0).all()
        assert (found.sizes < 2.0 * diameter).all()


def apart(found: Detection, mesh: Mesh) -> float:
    """Smallest distance of two keypoints, in diameters."""
    distances = cdist(found.keypoints.positions, found.keypoints.positions)
    np.fill_diagonal(distances, np.inf)
    return float(distances.min(initial=np.inf)) / Surface(mesh.vertices, mesh.faces).scale


def same_places(one: np.ndarray, other: np.ndarray, tolerance: float) -> None:
    assert len(one) == len(other)
    if len(one):
        distances = cdist(one, other)
        assert max(distances.min(axis=0).max(), distances.min(axis=1).max()) <= tolerance


# --- invariance ---------------------------------------------------------------------------------


@every_detector
@pytest.mark.parametrize("seed", range(2))
def test_keypoints_and_fields_follow_every_motion_and_size(name: str, seed: int) -> None:
    mesh = bumpy()
    rng = np.random.default_rng(seed)
    turn = Rotation.random(rng=rng).as_matrix()
    scale, shift = 10.0 ** rng.uniform(-3, 3), rng.normal(size=3)
    moved = mesh.moved(scale * (mesh.vertices @ turn + shift))
    before, after = found_on_bumpy(name), detect(name, moved)
    assert len(before.keypoints) > 0
    expected = scale * (before.keypoints.positions @ turn + shift)
    same_places(after.keypoints.positions, expected, 1e-4 * scale)
    for one, other in zip(before.fields, after.fields, strict=True):
        spread = np.abs(one.values).max()
        np.testing.assert_allclose(other.values, one.values, atol=1e-4 * spread, err_msg=one.name)
    if before.sizes is not None:
        assert after.sizes is not None
        np.testing.assert_allclose(np.sort(after.sizes), np.sort(scale * before.sizes), rtol=1e-3)


#: Detectors that sum over cells of points, which start at the first ones: in another order the
#: cells are others, and of many peaks that are nearly equal some go and some come.
IN_CELLS = {"lbss"}


@every_detector
def test_another_order_of_vertices_and_faces_changes_nothing(name: str) -> None:
    mesh = bumpy()
    rng = np.random.default_rng(0)
    order = rng.permutation(len(mesh.vertices))
    faces = np.argsort(order)[rng.permutation(mesh.faces)]
    shuffled = Mesh(mesh.vertices[order], np.roll(faces, 1, axis=1))
    before, after = found_on_bumpy(name), detect(name, shuffled)
    if name in IN_CELLS:
        for one, other in zip(before.fields, after.fields, strict=True):
            assert np.abs(one.values[order] - other.values).mean() < 0.03 * one.values.max()
    else:
        same_places(after.keypoints.positions, before.keypoints.positions, 1e-4)


@every_detector
def test_duplicated_vertices_change_nothing(name: str) -> None:
    before, after = found_on_bumpy(name), detect(name, doubled())
    check(after, doubled())
    same_places(after.keypoints.positions, before.keypoints.positions, 1e-4)
    for one, other in zip(before.fields, after.fields, strict=True):
        spread = np.abs(one.values).max()
        np.testing.assert_allclose(other.values, np.tile(one.values, 2), atol=1e-4 * spread)


# --- meshes as they come ------------------------------------------------------------------------


@every_detector
def test_a_good_mesh(name: str) -> None:
    check(found_on_bumpy(name), bumpy())


@every_detector
@pytest.mark.parametrize("make", [with_border, in_pieces, with_slivers])
def test_bad_meshes(name: str, make: Any) -> None:
    mesh = make()
    found = detect(name, mesh)
    check(found, mesh)
    assert len(found.keypoints) > 0


@every_detector
def test_a_flat_sheet(name: str) -> None:
    sheet = shapes.grid(12, 15)
    check(detect(name, sheet), sheet)


@every_detector
def test_a_cloud_works_or_is_refused(name: str) -> None:
    mesh = bumpy()
    cloud = Mesh(mesh.vertices, np.empty((0, 3), int), "cloud")
    if get_detector(name).spec.kind == "cloud":
        found = detect(name, cloud)
        check(found, cloud)
        assert len(found.keypoints) > 0
    else:
        with pytest.raises(InputError, match="needs faces") as caught:
            detect(name, cloud)
        assert caught.value.remedy


# --- selection and description ------------------------------------------------------------------


@every_detector
def test_selection_parameters_choose_among_the_same_candidates(name: str) -> None:
    mesh, before = bumpy(), found_on_bumpy(name)
    loose = detect(name, mesh, radius=0.0, threshold=0.0, count=4096)
    assert loose.candidates is not None
    assert before.candidates is not None
    assert len(loose.keypoints) == len(loose.candidates) == len(before.candidates)
    for values in ({"count": 2}, {"radius": 0.2}, {"threshold": 0.5},
                   {"radius": 0.2, "metric": "geodesic"}):  # fmt: skip
        some = detect(name, mesh, **({"radius": 0.0, "threshold": 0.0, "count": 4096} | values))
        places = cdist(some.keypoints.positions, loose.keypoints.positions)
        assert 0 < len(some.keypoints) <= len(loose.keypoints)
        assert places.min(axis=1).max() == 0.0
        assert some.keypoints.confidence[0] > 1.0 - 1e-6
        assert len(some.keypoints) <= values.get("count", 4096)
        assert some.keypoints.confidence.min() >= values.get("threshold", 0.0)
        if values.get("radius"):
            assert apart(some, mesh) > 0.2 or "metric" in values


@every_detector
def test_every_number_says_what_it_is(name: str) -> None:
    found = found_on_bumpy(name)
    for info in describe(get_detector(name).spec.parameters):
        assert info.help.endswith(".")
        if info.kind in (int, float):
            assert info.low is not None, info.name
            assert info.high is not None, info.name
    for field in found.fields:
        assert field.name
        assert field.unit == field.unit.strip()
    own = [info for info in describe(get_detector(name).spec.parameters)
           if info.name not in SELECTION]  # fmt: skip
    lengths = [info for info in own if "radius" in info.name]
    assert all(info.unit for info in lengths)
