import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError
from kpstudio.data.detection import Handling
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.deformation.cage import enclose
from kpstudio.deformation.handling import distance_handling
from kpstudio.deformation.mean_value import mean_value_coordinates
from kpstudio.deformation.rig import Rig, bind
from kpstudio.geometry.sampling import farthest_points
from tests import shapes

SEEDS = st.integers(0, 2**32 - 1)
MESHES = {
    "torus": shapes.torus(),
    "ball": shapes.icosphere(3, radius=40.0),
    "plate": shapes.box((1.0, 0.001, 0.5), divisions=4),
    "sheet": shapes.grid(),
    "far away": shapes.torus().moved(shapes.torus().vertices + [1e5, -2e5, 3e5]),
    "cloud": Mesh(shapes.torus().vertices, np.empty((0, 3))),
}


def rigged(mesh: Mesh, count: int = 8) -> Rig:
    keypoints = mesh.vertices[farthest_points(mesh.vertices, count)]
    handling = distance_handling(mesh, keypoints, mesh.normalisation())
    return bind(mesh, KeypointSet(keypoints), handling)


RIG = rigged(MESHES["torus"])


def some_offsets(seed: int, count: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 3)) * 0.2


@pytest.mark.parametrize("name", MESHES)
def test_no_offset_no_change_bit_for_bit(name: str) -> None:
    rig = rigged(MESHES[name])
    assert rig.deform(np.zeros((8, 3))) is rig.mesh.vertices
    assert rig.deform(-np.zeros((8, 3))) is rig.mesh.vertices
    np.testing.assert_array_equal(rig.cage_at(np.zeros((8, 3))), rig.cage.vertices)


@pytest.mark.parametrize("name", MESHES)
def test_the_mesh_goes_where_its_cage_goes(name: str) -> None:
    mesh = MESHES[name]
    rig = rigged(mesh)
    offsets = some_offsets(1) * mesh.normalisation().scale
    cage = rig.cage
    coordinates = mean_value_coordinates(mesh.vertices, cage.vertices, cage.faces)
    moved = coordinates @ rig.cage_at(offsets)
    tolerance = 1e-12 * np.abs(mesh.vertices).max()
    np.testing.assert_allclose(rig.deform(offsets), moved, atol=10 * tolerance)


@pytest.mark.parametrize("name", MESHES)
def test_moving_all_keypoints_moves_the_mesh(name: str) -> None:
    # Guaranteed for influences whose rows sum to 1, as those made of distances do.
    rig = rigged(MESHES[name])
    shift = np.array([0.3, -0.2, 0.7])
    moved = rig.deform(np.tile(shift, (8, 1)))
    size = np.abs(rig.mesh.vertices).max()
    np.testing.assert_allclose(moved - rig.mesh.vertices, np.tile(shift, (len(moved), 1)),
                               atol=1e-11 * max(1.0, size))  # fmt: skip


def test_any_influence_moves_the_mesh_by_its_row_sums() -> None:
    # What is guaranteed when an influence was learned: D (1 t) = (A W 1) t.
    mesh = MESHES["torus"]
    cage = enclose(mesh, mesh.normalisation())
    influence = np.random.default_rng(0).normal(size=(42, 5))
    rig = bind(mesh, KeypointSet(mesh.vertices[:5]), Handling(cage, influence))
    coordinates = mean_value_coordinates(mesh.vertices, cage.vertices, cage.faces)
    share = coordinates @ influence.sum(axis=1)
    shift = np.array([1.0, 2.0, 3.0])
    moved = rig.deform(np.tile(shift, (5, 1))) - mesh.vertices
    np.testing.assert_allclose(moved, share[:, None] * shift, atol=1e-11)


def test_the_surface_goes_with_a_dragged_keypoint() -> None:
    rig = RIG
    for keypoint in range(8):
        offsets = np.zeros((8, 3))
        offsets[keypoint] = [0.1, 0.2, -0.1]
        vertex = np.linalg.norm(
            rig.mesh.vertices - rig.keypoints.positions[keypoint], axis=1
        ).argmin()
        moved = rig.deform(offsets)[vertex] - rig.mesh.vertices[vertex]
        np.testing.assert_allclose(moved, offsets[keypoint], atol=0.01)


@given(SEEDS)
def test_equal_offsets_give_equal_bits_however_one_got_there(seed: int) -> None:
    offsets = some_offsets(seed)
    before = RIG.deform(offsets)
    drag = RIG.drag([2, 5], offsets)
    for step in range(3):
        drag.update(some_offsets(step)[:2])
    RIG.deform(some_offsets(seed + 1))
    np.testing.assert_array_equal(RIG.deform(offsets.copy(order="F")), before)


@given(SEEDS, st.floats(-2, 2))
def test_deformation_is_linear(seed: int, factor: float) -> None:
    one, other = some_offsets(seed), some_offsets(seed + 1)
    rest = RIG.mesh.vertices
    both = RIG.deform(one + factor * other) - rest
    parts = (RIG.deform(one) - rest) + factor * (RIG.deform(other) - rest)
    np.testing.assert_allclose(both, parts, atol=1e-12)
    np.testing.assert_allclose(both, RIG.response @ (one + factor * other), atol=1e-12)


@pytest.mark.parametrize("indices", [[3], [6, 1], [7, 0, 2], list(range(8)), []])
def test_a_drag_shows_what_deform_gives(indices: list[int]) -> None:
    now, target = some_offsets(3), some_offsets(4)
    origin = RIG.mesh.vertices.mean(axis=0)
    drag = RIG.drag(indices, now, origin)
    drag.update(some_offsets(5)[: len(indices)])
    shown = drag.update(target[indices])
    after = now.copy()
    after[indices] = target[indices]
    assert shown.dtype == np.float32
    assert shown.flags.c_contiguous
    np.testing.assert_allclose(shown, RIG.deform(after) - origin, atol=1e-6)


def test_a_drag_of_all_keypoints_from_rest() -> None:
    offsets = some_offsets(2)
    shown = RIG.drag(range(8)).update(offsets)
    np.testing.assert_allclose(shown, RIG.deform(offsets), atol=1e-6)


def test_a_drag_keeps_its_digits_far_from_the_origin() -> None:
    rig = rigged(MESHES["far away"])
    origin = rig.mesh.vertices.mean(axis=0)
    offsets = some_offsets(0)
    shown = rig.drag([0], None, origin).update(offsets[:1])
    expected = np.zeros((8, 3))
    expected[0] = offsets[0]
    np.testing.assert_allclose(shown, rig.deform(expected) - origin, atol=1e-6)


def test_the_buffer_is_reused() -> None:
    drag = RIG.drag([0])
    first = drag.update(np.ones((1, 3)))
    copy = first.copy()
    second = drag.update(np.zeros((1, 3)))
    assert second is first
    np.testing.assert_array_equal(second, RIG.mesh.vertices.astype(np.float32))
    np.testing.assert_array_equal(drag.update(np.ones((1, 3))), copy)


def test_turning_the_file_turns_the_answer() -> None:
    mesh = MESHES["torus"]
    turn = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    other = mesh.moved(3 * mesh.vertices @ turn.T + 5)
    cage, keypoints = RIG.cage, RIG.keypoints.positions
    turned_cage = type(cage)(3 * cage.vertices @ turn.T + 5, cage.faces)
    handling = Handling(turned_cage, RIG.handling.influence)
    rig = bind(other, KeypointSet(3 * keypoints @ turn.T + 5), handling)
    offsets = some_offsets(0)
    expected = 3 * RIG.deform(offsets) @ turn.T + 5
    np.testing.assert_allclose(rig.deform(3 * offsets @ turn.T), expected, atol=1e-11)


@pytest.mark.parametrize("bad", [np.zeros((7, 3)), np.zeros((8, 2)), np.full((8, 3), np.nan)])
def test_refuses_other_offsets(bad: np.ndarray) -> None:
    with pytest.raises(InputError, match="offsets"):
        RIG.deform(bad)
    with pytest.raises(InputError, match="offsets"):
        RIG.cage_at(bad)


def test_binding_can_be_cancelled_and_checks_its_input() -> None:
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        bind(RIG.mesh, RIG.keypoints, RIG.handling, ctx)
    with pytest.raises(InputError, match="for 8 keypoints, not 3"):
        bind(RIG.mesh, KeypointSet(np.zeros((3, 3))), RIG.handling)
