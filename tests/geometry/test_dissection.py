"""Nested dissection: a permutation that fills in less than the order of the file."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import splu

from kpstudio.geometry.dissection import nested_dissection
from kpstudio.geometry.laplacian import laplacian
from kpstudio.geometry.surface import Surface
from tests import shapes


def test_every_point_once_and_little_fill_in() -> None:
    ball = shapes.icosphere(4)
    surface = Surface(ball.vertices, ball.faces)
    parts = laplacian(surface)
    order = nested_dissection(surface.points, parts.stiffness)
    assert sorted(order) == list(range(len(surface)))

    def fill(matrix: csc_array, ordering: str) -> int:
        options = {"SymmetricMode": True}
        return splu(matrix, ordering, diag_pivot_thresh=0.0, options=options).L.nnz

    matrix = csc_array(parts.stiffness + diags_array(parts.mass))
    ours = fill(csc_array(matrix[order][:, order]), "NATURAL")
    assert ours < 0.7 * fill(matrix, "NATURAL")
    assert ours < 1.3 * fill(matrix, "MMD_AT_PLUS_A")


def test_points_at_one_place_end() -> None:
    links = diags_array(np.ones(200), format="csr")
    order = nested_dissection(np.zeros((200, 3)), links)
    assert sorted(order) == list(range(200))
