from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.keypoints import Anchor, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.surface import Surface
from kpstudio.matching.assign import Rule
from kpstudio.matching.keypoint_descriptors import Described, match_keypoints
from kpstudio.matching.surface_descriptors import SurfaceDescriptor, describe_surface
from tests import relief, shapes


def with_place(mesh: Mesh, keypoints: KeypointSet) -> Described:
    """A descriptor that is the position itself."""
    return Described(mesh, keypoints, Descriptor("place", mesh.vertices, "place"))


def test_is_interpolated_on_the_surface() -> None:
    mesh = shapes.box(divisions=3)
    on = np.array([[0.5, 0.1, -0.3], [0.2, 0.5, 0.37]])
    found = with_place(mesh, KeypointSet(on)).at_keypoints()
    np.testing.assert_allclose(found, on, atol=1e-7)
    off = with_place(mesh, KeypointSet([[0.7, 0.1, -0.3]])).at_keypoints()
    np.testing.assert_allclose(off, [[0.5, 0.1, -0.3]], atol=1e-7)


def test_an_anchor_on_this_mesh_is_where_it_says() -> None:
    mesh = shapes.box(divisions=2)
    corner = mesh.vertices[mesh.faces[3, 1]]
    here = Anchor([3], [[0.0, 1.0, 0.0]], mesh.key)
    elsewhere = Anchor([3], [[0.0, 1.0, 0.0]], "another mesh")
    away = np.array([[0.1, -0.5, 0.2]])
    np.testing.assert_allclose(
        with_place(mesh, KeypointSet(away, anchor=here)).at_keypoints()[0], corner, atol=1e-7
    )
    np.testing.assert_allclose(
        with_place(mesh, KeypointSet(away, anchor=elsewhere)).at_keypoints(), away, atol=1e-7
    )


def test_of_a_cloud_it_is_that_of_the_nearest_vertex() -> None:
    cloud = Mesh(shapes.icosphere(1).vertices, np.zeros((0, 3), int))
    found = with_place(cloud, KeypointSet(cloud.vertices[[7, 4]] * 1.1)).at_keypoints()
    np.testing.assert_allclose(found, cloud.vertices[[7, 4]], atol=1e-6)


@pytest.mark.parametrize("what", list(SurfaceDescriptor))
def test_finds_the_keypoints_of_a_shape_again_on_its_moved_copy(what: SurfaceDescriptor) -> None:
    mesh = relief.blob()
    moved, *_ = relief.turned(mesh, 5)
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(mesh.vertices), 40, replace=False)
    order = rng.permutation(40)
    first, second = (
        Described(one, KeypointSet(one.vertices[own]), describe_surface(
            Surface(one.vertices, one.faces), what))
        for one, own in ((mesh, chosen), (moved, chosen[order]))
    )  # fmt: skip
    found = match_keypoints(first, second, Rule.ONE_TO_ONE)
    assert (order[found.second] == found.first).all()
    assert found.source == f"{what}, one to one"


def test_a_keypoint_that_is_missing_has_no_partner() -> None:
    mesh = shapes.box()
    all_there = KeypointSet(mesh.vertices)
    without_two = KeypointSet(mesh.vertices, defined=np.arange(8) != 2)
    found = match_keypoints(with_place(mesh, all_there), with_place(mesh, without_two))
    assert found.pairs.tolist() == [[i, i] for i in range(8) if i != 2]


def test_refuses_what_cannot_be_compared() -> None:
    mesh = shapes.box()
    keypoints = KeypointSet(mesh.vertices)
    other = Described(mesh, keypoints, Descriptor("other", mesh.vertices, "other"))
    with pytest.raises(InputError, match="cannot be compared"):
        match_keypoints(with_place(mesh, keypoints), other)
    with pytest.raises(InputError, match="of 3 vertices"):
        Described(mesh, keypoints, Descriptor("short", np.zeros((3, 2)), "other"))
