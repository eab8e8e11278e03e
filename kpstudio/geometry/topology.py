"""How the faces of a mesh hang together, and what is wrong with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray
from kpstudio.geometry.normals import face_cross_products

_SIDES = [[0, 1], [1, 2], [2, 0]]


def edges(faces: IntArray) -> IntArray:
    """Return the (e,2) edges of faces (m,3), each once, the smaller vertex first, sorted."""
    return _counted_edges(faces)[0]


def is_closed(faces: IntArray) -> bool:
    """Whether there are faces and none has a free edge."""
    return len(faces) > 0 and bool((_counted_edges(faces)[1] != 1).all())


def is_manifold(faces: IntArray) -> bool:
    """Whether no edge has more than two faces, and the faces at each vertex form one fan.

    The surface may have a boundary. No faces at all count as manifold.
    """
    if len(faces) == 0:
        return True
    return bool((_counted_edges(faces)[1] <= 2).all()) and _one_fan_a_vertex(faces)


def is_oriented(faces: IntArray) -> bool:
    """Whether neighbouring faces agree on which side is out: no edge runs twice the same way."""
    directed = _directed_edges(faces)
    return len(np.unique(directed, axis=0)) == len(directed)


def is_watertight(faces: IntArray) -> bool:
    """Whether the faces bound a solid: every edge has two faces, which agree on what is out."""
    counts = _counted_edges(faces)[1]
    return len(faces) > 0 and bool((counts == 2).all()) and is_oriented(faces)


def vertex_components(faces: IntArray, vertex_count: int) -> IntArray:
    """Return the connected component (n,) of every vertex, numbered from 0.

    Vertices belong together when faces connect them; a vertex without a face is a component of
    its own.
    """
    from scipy.sparse import coo_array  # late: keeps SciPy out of the start of the window
    from scipy.sparse.csgraph import connected_components

    pairs = faces[:, [[0, 1], [1, 2]]].reshape(-1, 2)
    links = (np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1]))
    graph = coo_array(links, shape=(vertex_count, vertex_count))
    labels = connected_components(graph, directed=False)[1]
    return np.asarray(labels, np.int32)


def face_components(faces: IntArray, vertex_count: int) -> IntArray:
    """Return the connected component (m,) of every face, numbered from 0 without gaps."""
    labels = vertex_components(faces, vertex_count)[faces[:, 0]]
    return np.unique(labels, return_inverse=True)[1].astype(np.int32)


def degenerate_faces(vertices: FloatArray, faces: IntArray, tolerance: float = 1e-12) -> BoolArray:
    """Return which faces (m,) have no area to speak of, and so no normal.

    Parameters
    ----------
    vertices
        (n,3) positions.
    faces
        (m,3) vertex indices.
    tolerance
        Largest height of such a face, relative to its longest side.
    """
    corners = vertices[faces]
    longest = np.square(corners[:, [1, 2, 0]] - corners).sum(axis=2).max(axis=1, initial=0.0)
    doubled_areas = np.linalg.norm(face_cross_products(vertices, faces), axis=1)
    return doubled_areas <= tolerance * longest


def signed_volume(vertices: FloatArray, faces: IntArray) -> float:
    """Return the volume inside a closed surface, negative when it is inside out.

    The unit is that of the vertices, cubed. Around the mean vertex, so that a solid far from the
    origin loses no digits.
    """
    if len(faces) == 0:
        return 0.0
    centred = vertices - vertices.mean(axis=0)
    a, b, c = (centred[faces[:, corner]] for corner in range(3))
    return float(np.einsum("md,md->", a, np.cross(b, c)) / 6.0)


def _directed_edges(faces: IntArray) -> IntArray:
    """Return the (3m,2) sides of all faces in their running direction."""
    return faces[:, _SIDES].reshape(-1, 2)


def _counted_edges(faces: IntArray) -> tuple[IntArray, NDArray[np.intp]]:
    """Return the (e,2) edges and how many faces each has."""
    if len(faces) == 0:
        return np.empty((0, 2), np.int32), np.empty(0, np.intp)
    sides = np.sort(_directed_edges(faces), axis=1).astype(np.int64)
    # One number an edge: sorting numbers is many times faster than sorting rows.
    width = int(sides.max()) + 1
    keys, counts = np.unique(sides[:, 0] * width + sides[:, 1], return_counts=True)
    return np.stack(np.divmod(keys, width), axis=1).astype(np.int32), counts


def _one_fan_a_vertex(faces: IntArray) -> bool:
    """Whether the corners at every vertex are connected through shared edges."""
    from scipy.sparse import coo_array  # late: keeps SciPy out of the start of the window
    from scipy.sparse.csgraph import connected_components

    # A side joins the corners at its two ends in one face with those in the other face.
    corners = np.arange(faces.size).reshape(faces.shape)
    sides, ends = faces[:, _SIDES].reshape(-1, 2), corners[:, _SIDES].reshape(-1, 2)
    swap = sides[:, 0] > sides[:, 1]
    sides[swap], ends[swap] = sides[swap][:, ::-1], ends[swap][:, ::-1]
    order = np.lexsort((sides[:, 1], sides[:, 0]))
    sides, ends = sides[order], ends[order]
    same = (sides[1:] == sides[:-1]).all(axis=1)
    first, second = ends[:-1][same].reshape(-1), ends[1:][same].reshape(-1)
    links = (np.ones(len(first), bool), (first, second))
    graph = coo_array(links, shape=(faces.size, faces.size))
    fans = connected_components(graph, directed=False)[0]
    return bool(fans == len(np.unique(faces)))
