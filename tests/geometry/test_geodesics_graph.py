"""Links between points for shortest paths along a surface."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import dijkstra

from kpstudio.data.mesh import Mesh
from kpstudio.geometry.geodesics import surface_graph
from kpstudio.geometry.neighbours import symmetric
from kpstudio.geometry.surface import Surface
from tests import shapes


def surface_of(mesh: Mesh) -> Surface:
    return Surface(mesh.vertices, mesh.faces)


def paths(surface: Surface, start: int) -> np.ndarray:
    """Lengths of shortest paths, in the mesh's unit."""
    return dijkstra(surface_graph(surface), directed=False, indices=start) * surface.scale


def excess(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    far = exact > 0.3 * exact.max()
    return found[far] / exact[far] - 1.0


def test_on_a_plane() -> None:
    sheet = shapes.grid(21, 21)
    surface = surface_of(sheet)
    for start in (0, 20, 220):
        exact = np.linalg.norm(sheet.vertices - sheet.vertices[start], axis=1)
        over = excess(paths(surface, start), exact)
        assert over.min() > -1e-9
        assert over.max() < 0.09
        assert over.mean() < 0.055


def test_on_a_ball() -> None:
    ball = shapes.icosphere(4)
    exact = np.arccos(np.clip(ball.vertices @ ball.vertices[0], -1.0, 1.0))
    over = excess(paths(surface_of(ball), 0), exact)
    assert over.min() > -0.005  # chords are shorter than arcs
    assert over.max() < 0.08
    assert over.mean() < 0.045


def test_paths_along_edges_alone_are_longer() -> None:
    ball = surface_of(shapes.icosphere(3))
    edges_only = symmetric(ball.edges, ball.edge_lengths, len(ball))
    along_edges = dijkstra(edges_only, directed=False, indices=0) * ball.scale
    assert (paths(ball, 0) <= along_edges + 1e-12).all()
    assert paths(ball, 0).mean() < 0.97 * along_edges.mean()


def test_a_link_over_an_edge_is_as_long_as_when_laid_flat() -> None:
    # Two right triangles folded at a right angle along their common side.
    folded = Mesh([[0.0, 0, 0], [0, 1, 0], [1, 0.5, 0], [0, 0.5, 1]], [[0, 1, 2], [1, 0, 3]])
    surface = surface_of(folded)
    link = surface_graph(surface).toarray()[2, 3] * surface.scale
    assert link == pytest.approx(2.0)


def test_no_link_where_the_straight_line_leaves_the_two_faces() -> None:
    # An arrow head: the line between its ends passes outside.
    bent = Mesh([[0.0, 0, 0], [0, 1, 0], [1, -2, 0], [-1, -2, 0]], [[0, 1, 2], [1, 0, 3]])
    assert surface_graph(surface_of(bent)).toarray()[2, 3] == 0.0


def test_the_graph_is_symmetric_and_in_one_piece_for_each_component() -> None:
    box = shapes.box(divisions=3)
    count = len(box.vertices)
    both = Mesh(np.vstack([box.vertices, box.vertices + 5.0]),
                np.vstack([box.faces, box.faces + count]))  # fmt: skip
    surface = surface_of(both)
    graph = surface_graph(surface)
    assert abs(graph - graph.T).max() < 1e-12
    distances = paths(surface, 0)
    assert np.isfinite(distances[:count]).all()
    assert np.isinf(distances[count:]).all()


def test_a_cloud_has_links_between_near_neighbours() -> None:
    ball = shapes.icosphere(4)
    cloud = Surface(ball.vertices, np.empty((0, 3), int))
    exact = np.arccos(np.clip(ball.vertices @ ball.vertices[0], -1.0, 1.0))
    over = excess(paths(cloud, 0), exact)
    assert over.min() > -0.005
    assert over.max() < 0.16


def test_made_once() -> None:
    surface = surface_of(shapes.box())
    assert surface_graph(surface) is surface_graph(surface)
