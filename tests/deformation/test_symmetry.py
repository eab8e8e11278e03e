import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kpstudio.base.errors import InputError
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.deformation.symmetry import detect_plane, mirrored_offsets, with_mirror
from kpstudio.geometry.reflect import reflect_points
from kpstudio.geometry.sampling import sample_surface
from tests import shapes

SEEDS = st.integers(0, 2**32 - 1)
X = (np.array([1.0, 0, 0]), 0.0)
SCHEMA = KeypointSchema(("left", "right", "nose", "lonely"), mirror=(1, 0, 2, -1))


def moving(**offsets: list[float]) -> tuple[np.ndarray, list[int]]:
    result = np.zeros((4, 3))
    indices = [SCHEMA.names.index(name) for name in offsets]
    result[indices] = list(offsets.values())
    return result, indices


def test_the_partner_moves_mirrored() -> None:
    answer = mirrored_offsets(*moving(left=[1, 2, 3]), SCHEMA, X)
    np.testing.assert_array_equal(answer, [[1, 2, 3], [-1, 2, 3], [0, 0, 0], [0, 0, 0]])


def test_on_the_plane_it_stays_on_the_plane() -> None:
    answer = mirrored_offsets(*moving(nose=[1, 2, 3]), SCHEMA, X)
    np.testing.assert_array_equal(answer[2], [0, 2, 3])


def test_without_a_partner_it_moves_alone() -> None:
    offsets, moved = moving(lonely=[1, 2, 3])
    np.testing.assert_array_equal(mirrored_offsets(offsets, moved, SCHEMA, X), offsets)


def test_both_moved_both_go_where_they_are_sent() -> None:
    offsets, moved = moving(left=[1, 2, 3], right=[4, 5, 6])
    np.testing.assert_array_equal(mirrored_offsets(offsets, moved, SCHEMA, X), offsets)


def test_nothing_is_known_nothing_is_added() -> None:
    offsets, moved = moving(left=[1, 2, 3])
    schema = KeypointSchema.numbered(4)
    np.testing.assert_array_equal(mirrored_offsets(offsets, moved, schema, X), offsets)


def test_the_argument_is_left_alone() -> None:
    offsets, moved = moving(left=[1, 2, 3])
    before = offsets.copy()
    mirrored_offsets(offsets, moved, SCHEMA, X)
    np.testing.assert_array_equal(offsets, before)


@given(SEEDS)
def test_a_symmetric_shape_stays_symmetric_in_any_plane(seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal = rng.normal(size=3)
    normal /= np.linalg.norm(normal)
    offset = float(rng.normal())
    left, nose = rng.normal(size=(2, 1, 3))
    nose += (offset - nose @ normal)[:, None] * normal
    positions = np.concatenate([left, reflect_points(left, normal, offset), nose, left])
    offsets = np.zeros((4, 3))
    offsets[[0, 2]] = rng.normal(size=(2, 3))
    moved = positions + mirrored_offsets(offsets, [0, 2], SCHEMA, (normal, offset))
    image = reflect_points(moved, normal, offset)
    np.testing.assert_allclose(image[[1, 0, 2]], moved[:3], atol=1e-12)


def test_partners_by_position_when_the_schema_has_none() -> None:
    positions = np.array([[1.0, 0, 0], [-1.01, 0, 0], [0.01, 3, 0], [0.7, 5, 0]])
    found = with_mirror(KeypointSet(positions), X)
    assert found.mirror == (1, 0, 2, -1)
    assert found.names == ("0", "1", "2", "3")
    known = KeypointSet(positions, KeypointSchema(("a", "b", "c", "d"), mirror=(-1,) * 4))
    assert with_mirror(known, X) is known.schema


@given(SEEDS)
def test_the_plane_of_a_symmetric_shape_is_found_in_any_pose(seed: int) -> None:
    rng = np.random.default_rng(seed)
    half = rng.random((400, 3)) * [0.5, 1.0, 0.3] + rng.random((400, 1)) * [0.0, 0.5, 0.4]
    points = np.concatenate([half, half * [-1, 1, 1]])
    rotation, shift = Rotation.random(rng=rng).as_matrix(), rng.normal(size=3) * 4
    plane, residual = detect_plane(points @ rotation.T + shift)
    assert residual < 1e-9
    assert abs(plane.normal @ rotation[:, 0]) == pytest.approx(1.0, abs=1e-9)
    assert plane.offset == pytest.approx(float(plane.normal @ shift), abs=1e-9)
    assert plane.normal[np.abs(plane.normal).argmax()] > 0


def test_a_nearly_symmetric_shape() -> None:
    rng = np.random.default_rng(0)
    half = rng.random((1500, 3)) * [0.5, 1.0, 0.3]
    points = np.concatenate([half, half * [-1, 1, 1]]) + rng.normal(size=(3000, 3)) * 0.003
    points = points @ Rotation.from_rotvec([0.02, 0.05, 0.1]).as_matrix().T
    plane, residual = detect_plane(points)
    assert 0.001 < residual < 0.02
    true = Rotation.from_rotvec([0.02, 0.05, 0.1]).as_matrix()[:, 0]
    assert abs(plane.normal @ true) > np.cos(np.radians(1.0))


def test_samples_of_a_surface_do() -> None:
    mesh = shapes.torus(tube=0.2)
    stretched = mesh.vertices * [1.0, 1.0, 0.4] + mesh.vertices[:, [2]] ** 2 * [0.5, 0.3, 0]
    points = sample_surface(stretched, mesh.faces, 6000, 0).points
    plane, residual = detect_plane(points)
    # z -> -z is the only symmetry left.
    assert abs(plane.normal[2]) > 0.999
    assert residual < 0.02


def test_no_extent_no_plane() -> None:
    for points in (np.empty((0, 3)), np.ones((5, 3))):
        with pytest.raises(InputError, match="extent"):
            detect_plane(points)
