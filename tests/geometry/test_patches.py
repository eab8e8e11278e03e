"""Patches: which side neighbours are on, how few become more, chunks and sums of rows."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.geometry import patches
from kpstudio.geometry.patches import grown, over_rows, row_chunks, same_side
from kpstudio.geometry.surface import Surface
from tests import shapes


def thin_box() -> Surface:
    box = shapes.box((1.0, 0.02, 1.0), divisions=4)
    return Surface(box.vertices, box.faces)


def test_neighbours_are_those_whose_normals_agree() -> None:
    surface = thin_box()
    balls, sides = surface.within(0.15), same_side(surface, 0.15)
    agree = surface.normals @ surface.normals.T > 0.0
    assert np.array_equal(sides.toarray() > 0.0, (balls.toarray() > 0.0) & agree)
    assert sides.nnz < 0.8 * balls.nnz


def test_a_cloud_has_no_sides() -> None:
    cloud = Surface(thin_box().points, np.empty((0, 3), int))
    assert same_side(cloud, 0.15) is cloud.within(0.15)


@pytest.mark.parametrize("cloud", [False, True])
def test_patches_with_few_points_grow(cloud: bool) -> None:
    sphere = shapes.icosphere(2)
    surface = Surface(sphere.vertices, np.empty((0, 3), int) if cloud else sphere.faces)
    tiny = same_side(surface, 1e-6)
    assert tiny.nnz == 0
    more = grown(surface, tiny)
    counts = np.diff(more.indptr)
    assert (counts >= 9).all()
    assert (counts <= 20).all()
    assert np.array_equal(more.diagonal(), np.zeros(len(surface)))
    row, column = more.nonzero()
    squared = np.square(surface.points[row] - surface.points[column]).sum(axis=1)
    assert np.allclose(more.data, squared)
    large = same_side(surface, 0.5)
    assert grown(surface, large) is large


def test_chunks_cover_all_rows_once(monkeypatch: pytest.MonkeyPatch) -> None:
    balls = thin_box().within(0.15)
    for pairs in (1, 100, 10**9):
        monkeypatch.setattr(patches, "PAIRS_AT_ONCE", pairs)
        chunks = list(row_chunks(balls))
        assert [row for rows in chunks for row in range(rows.start, rows.stop)] == list(
            range(balls.shape[0])
        )
        held = [balls.indptr[rows.stop] - balls.indptr[rows.start] for rows in chunks]
        assert all(one <= pairs or rows.stop - rows.start == 1
                   for one, rows in zip(held, chunks, strict=True))  # fmt: skip


def test_rows_without_values() -> None:
    starts, counts = np.array([0, 0, 2, 5]), np.array([0, 2, 3, 0])
    values = np.array([1.0, 2.0, -3.0, -4.0, -5.0])
    assert np.array_equal(over_rows(np.add, values, starts, counts), [0.0, 3.0, -12.0, 0.0])
    assert np.array_equal(over_rows(np.maximum, values, starts, counts), [0.0, 2.0, -3.0, 0.0])
