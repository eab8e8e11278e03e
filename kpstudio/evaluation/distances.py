"""How far keypoints are from annotated ones: three distances that the literature all calls so.

Scores of the same name differ by which of them they use, so each score says it. All of them are in
diagonals of the bounding box of the undisturbed shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.data.mesh import Mesh
from kpstudio.evaluation.resampling import subdivided
from kpstudio.geometry.geodesics import surface_graph
from kpstudio.geometry.neighbours import nearest, symmetric
from kpstudio.geometry.sampling import sample_surface
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Points of KeypointNet's clouds, and neighbours in the graph of its geodesic distances.
CLOUD_POINTS, CLOUD_NEIGHBOURS = 2048, 20
#: Faces are cut until the edges are so short, in diagonals, or there are so many vertices: paths
#: begin and end at vertices.
_EDGE, _MOST = 0.02, 40_000
#: Parts of a model that come so near are joined: a leg is no island because it was built apart.
_JOINT = 0.01

EUCLIDEAN, ON_SURFACE, ON_CLOUD = "Euclidean", "along the surface", "along a 20-NN graph"


@dataclass(frozen=True, eq=False)
class Measure:
    """Distances of any point to g annotated keypoints of one shape.

    Parameters
    ----------
    name
        `EUCLIDEAN`, `ON_SURFACE` or `ON_CLOUD`.
    to_annotated
        Points (a,3), mesh coordinates, to (a,g) distances in diagonals.
    """

    name: str
    to_annotated: Callable[[FloatArray], FloatArray]


def measures(mesh: Mesh, annotated: FloatArray, seed: int = 0) -> tuple[Measure, ...]:
    """Return all three measures of a shape.

    Parameters
    ----------
    mesh
        The undisturbed shape.
    annotated
        (g,3) annotated keypoints, mesh coordinates; at least one.
    seed
        Seed of the cloud that stands for a mesh.
    """
    return (
        Measure(EUCLIDEAN, lambda points: _euclidean(points, annotated) / mesh.diagonal),
        Measure(ON_SURFACE, _along_surface(mesh, annotated)),
        Measure(ON_CLOUD, _along_cloud(mesh, annotated, seed)),
    )


def _euclidean(points: FloatArray, annotated: FloatArray) -> FloatArray:
    distances: FloatArray = np.linalg.norm(points[:, None] - annotated[None], axis=2)
    return distances


def _along_surface(mesh: Mesh, annotated: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Return shortest paths over the mesh, from the vertex nearest to each keypoint.

    The way from a keypoint to its vertex is not counted, and within the length of an edge nothing
    can be told apart; that is why coarse meshes are cut finer.
    """
    vertices, faces = _fine(mesh)
    surface = Surface(vertices, faces)
    graph = _joined(surface, mesh.diagonal / surface.scale)
    places = surface.to_mesh(surface.points)
    return _along_graph(graph, places, annotated, surface.scale / mesh.diagonal)


def _along_cloud(
    mesh: Mesh, annotated: FloatArray, seed: int
) -> Callable[[FloatArray], FloatArray]:
    """Return shortest paths from neighbour to neighbour in a cloud, as KeypointNet has them.

    A cloud of at most 2048 points is taken as it is, like those of KeypointNet.
    """
    points = mesh.vertices
    if len(mesh.faces) or len(points) > CLOUD_POINTS:
        points = sample_surface(mesh.vertices, mesh.faces, CLOUD_POINTS, seed).points
    count = min(CLOUD_NEIGHBOURS, len(points) - 1)
    others = nearest(points, count)
    pairs = np.stack([np.repeat(np.arange(len(points)), count), others.reshape(-1)], axis=1)
    pairs = np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int32)
    lengths = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    graph = symmetric(pairs, lengths, len(points))
    return _along_graph(graph, points, annotated, 1.0 / mesh.diagonal)


def _along_graph(
    graph: csr_array, places: FloatArray, annotated: FloatArray, unit: float
) -> Callable[[FloatArray], FloatArray]:
    """Return distances between the nodes (n,3) nearest to points and to annotated keypoints."""
    from scipy.sparse.csgraph import dijkstra
    from scipy.spatial import cKDTree

    tree = cKDTree(places)
    starts = tree.query(annotated)[1]
    lengths = dijkstra(graph, directed=False, indices=starts) * unit

    def to_annotated(points: FloatArray) -> FloatArray:
        found: FloatArray = lengths[:, tree.query(points.reshape(-1, 3))[1]].T
        return found

    return to_annotated


def _fine(mesh: Mesh) -> tuple[FloatArray, IntArray]:
    vertices, faces = mesh.vertices, mesh.faces
    while len(faces) and 4 * len(vertices) <= _MOST:
        corners = vertices[faces]
        sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)
        if float(np.percentile(sides, 90.0)) <= _EDGE * mesh.diagonal:
            break
        vertices, faces = subdivided(vertices, faces)
    return vertices, faces


def _joined(surface: Surface, diagonal: float) -> csr_array:
    """Return the graph of a surface with links between parts that nearly touch."""
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    graph = surface_graph(surface)
    parts, part_of = connected_components(graph, directed=False)
    if parts == 1:
        return graph
    pairs = cKDTree(surface.points).query_pairs(_JOINT * diagonal, output_type="ndarray")
    pairs = pairs[part_of[pairs[:, 0]] != part_of[pairs[:, 1]]].astype(np.int32)
    gaps = np.linalg.norm(surface.points[pairs[:, 0]] - surface.points[pairs[:, 1]], axis=1)
    # scipy takes an entry of zero for no link at all.
    return graph + symmetric(pairs, np.maximum(gaps, 1e-12), len(surface))
