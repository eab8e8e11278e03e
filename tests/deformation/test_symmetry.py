import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.data.keypoints import KeypointSchema
from kpstudio.deformation.symmetry import mirrored_offsets
from kpstudio.geometry.reflect import Plane, reflect_points

SEEDS = st.integers(0, 2**32 - 1)
X = Plane(np.array([1.0, 0, 0]), 0.0)
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
    moved = positions + mirrored_offsets(offsets, [0, 2], SCHEMA, Plane(normal, offset))
    image = reflect_points(moved, normal, offset)
    np.testing.assert_allclose(image[[1, 0, 2]], moved[:3], atol=1e-12)
