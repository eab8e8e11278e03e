from __future__ import annotations

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.evaluation.distances import EUCLIDEAN, ON_CLOUD, ON_SURFACE, measures
from tests import shapes

NORTH, SOUTH, EAST = (0.0, 1.0, 0.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0)


def distances(mesh: Mesh, points, annotated) -> dict[str, np.ndarray]:
    found = measures(mesh, np.array(annotated, float))
    return {one.name: one.to_annotated(np.array(points, float)) for one in found}


def test_three_measures_of_one_way_over_a_sphere() -> None:
    ball = shapes.icosphere(3)
    found = distances(ball, [NORTH, EAST], [NORTH, SOUTH])
    unit = ball.diagonal
    np.testing.assert_allclose(
        found[EUCLIDEAN] * unit, [[0.0, 2.0], [np.sqrt(2), np.sqrt(2)]], atol=1e-9
    )
    way = np.array([[0.0, np.pi], [np.pi / 2, np.pi / 2]])
    # Paths along edges and unfolded pairs of faces are a few percent too long.
    np.testing.assert_allclose(found[ON_SURFACE] * unit, way, rtol=0.06, atol=0.05)
    np.testing.assert_allclose(found[ON_CLOUD] * unit, way, rtol=0.12, atol=0.15)


def test_they_do_not_depend_on_place_or_size(torus) -> None:
    points, marked = torus.vertices[[3, 40, 77]], torus.vertices[[10, 200]]
    large = torus.moved(torus.vertices * 30.0 + 5.0)
    first = distances(torus, points, marked)
    second = distances(large, points * 30.0 + 5.0, marked * 30.0 + 5.0)
    for name, values in first.items():
        np.testing.assert_allclose(second[name], values, atol=1e-9)


def test_a_coarse_mesh_is_cut_finer_before_ways_are_measured() -> None:
    """Two points inside one large side of a box are apart although no vertex lies between."""
    box = shapes.box(divisions=1)
    found = distances(box, [(0.2, 0.1, 0.5)], [(-0.2, 0.1, 0.5)])
    assert found[ON_SURFACE][0, 0] * box.diagonal == pytest.approx(0.4, abs=0.05)


def test_parts_that_touch_are_joined_and_others_are_not() -> None:
    box = shapes.box(divisions=3)
    count = len(box.vertices)
    for gap, reached in ((0.005, True), (0.5, False)):
        both = Mesh(
            np.concatenate([box.vertices, box.vertices + (1.0 + gap, 0, 0)]),
            np.concatenate([box.faces, box.faces + count]),
        )
        found = distances(both, [(-0.5, 0.5, 0.5)], [(1.5 + gap, 0.5, 0.5)])
        assert np.isfinite(found[ON_SURFACE][0, 0]) == reached


def test_a_small_cloud_is_taken_as_it_is() -> None:
    line = np.stack([np.linspace(0, 1, 50), np.zeros(50), np.zeros(50)], axis=1)
    cloud = Mesh(line, np.zeros((0, 3), np.int32))
    found = distances(cloud, line[[0, 10]], line[[49]])
    np.testing.assert_allclose(found[ON_CLOUD][:, 0], [1.0, 39 / 49], atol=1e-9)


def test_nothing_found_is_no_error(torus) -> None:
    found = distances(torus, np.zeros((0, 3)), torus.vertices[:2])
    assert {values.shape for values in found.values()} == {(0, 2)}
