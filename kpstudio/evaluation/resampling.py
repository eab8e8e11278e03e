"""Other triangulations of the same surface: coarser by clustering, finer with moved vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.normals import face_cross_products
from kpstudio.geometry.topology import degenerate_faces

#: Halvings of the interval in which the size of the cells is sought.
_HALVINGS = 24
#: Of the cosine: a vertex whose faces differ by more than 30 degrees is on a feature, and stays.
_SMOOTH = float(np.cos(np.radians(30.0)))


def thinned(mesh: Mesh, keep: float, rng: np.random.Generator) -> Mesh:
    """Return the mesh with about a share `keep` of its vertices.

    A cloud keeps a random choice of its points. On a mesh, vertices that share the cell of a
    randomly placed grid become one, that nearest to their mean (vertex clustering: Rossignac and
    Borrel 1993, doi:10.1007/978-3-642-78114-8_29), so every vertex of the result is one of the
    mesh. Vertices that face different sides of a box stay apart: thin sheets do not collapse.

    Parameters
    ----------
    mesh
        The mesh or cloud.
    keep
        Share of vertices to keep, above 0 and up to 1.
    rng
        Chooses points, or where the grid begins.
    """
    wanted = max(4, round(keep * len(mesh.referenced)))
    if len(mesh.faces) == 0:
        chosen = np.sort(rng.choice(len(mesh.vertices), min(wanted, len(mesh.vertices)), False))
        return Mesh(mesh.vertices[chosen], mesh.faces, mesh.name, unit=mesh.unit)
    if wanted >= len(mesh.referenced):
        return mesh
    points, sides = mesh.vertices[mesh.referenced], _sides(mesh)
    shift = rng.random(3)
    low, high = 0.0, mesh.diagonal
    for _ in range(_HALVINGS):
        size = 0.5 * (low + high)
        count = len(np.unique(_cells(points, sides, size, shift)))
        low, high = (size, high) if count > wanted else (low, size)
    return _clustered(mesh, points, _cells(points, sides, high, shift))


def subdivided(vertices: FloatArray, faces: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the same surface with every face (m,3) cut into four at the middle of its edges."""
    ends = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, place = np.unique(ends, axis=0, return_inverse=True)
    ab, bc, ca = (len(vertices) + place.reshape(-1, 3)).T
    a, b, c = faces.T
    parts = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
    points = np.concatenate([vertices, vertices[edges].mean(axis=1)])
    return points, np.concatenate([np.stack(part, axis=1) for part in parts]).astype(np.int32)


def shaken_along(mesh: Mesh, amount: float, rng: np.random.Generator) -> Mesh:
    """Return the mesh with its smooth vertices moved along the surface; the others stay.

    A vertex moves to a random place in one of its faces, so it stays on the surface as it was. On
    creases and borders, where that would cut the shape, nothing moves.

    Parameters
    ----------
    mesh
        A mesh with faces.
    amount
        How far into the face at most, 0 to 1: 1 is its opposite edge.
    rng
        Chooses faces and places.
    """
    faces = mesh.faces
    corners = rng.permutation(3 * len(faces))
    vertex = faces.reshape(-1)[corners]
    # The last corner written wins: a random face of every vertex.
    chosen = np.zeros(len(mesh.vertices), np.intp)
    chosen[vertex] = corners
    face, corner = np.divmod(chosen, 3)
    others = np.stack([faces[face, (corner + 1) % 3], faces[face, (corner + 2) % 3]], axis=1)
    reach = amount * rng.random(len(chosen))
    between = rng.random((len(chosen), 1))
    ends = mesh.vertices[others]
    target = between * ends[:, 0] + (1.0 - between) * ends[:, 1]
    moves = np.where(_is_smooth(mesh), reach, 0.0)[:, None]
    return mesh.moved(mesh.vertices + moves * (target - mesh.vertices))


def _is_smooth(mesh: Mesh) -> NDArray[np.bool_]:
    """Return (n,) whether all faces of a vertex look the same way, and it is on no border."""
    normals = face_cross_products(mesh.vertices, mesh.faces)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = normals / np.where(length > 0.0, length, 1.0)
    agreement = np.ones(len(mesh.vertices))
    own = mesh.vertex_normals
    for corner in mesh.faces.T:
        np.minimum.at(agreement, corner, np.einsum("md,md->m", normals, own[corner]))
    smooth = agreement >= _SMOOTH
    ends = np.sort(mesh.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, uses = np.unique(ends, axis=0, return_counts=True)
    smooth[edges[uses != 2]] = False
    used = np.zeros(len(smooth), bool)
    used[mesh.faces] = True
    return smooth & used


def _sides(mesh: Mesh) -> NDArray[np.intp]:
    """Return which of the six sides of a box each referenced vertex faces most."""
    normals = mesh.vertex_normals[mesh.referenced]
    # Rounded, so that a tie falls the same way for all vertices of a crease.
    axis = np.abs(np.round(normals, 6)).argmax(axis=1)
    negative = normals[np.arange(len(normals)), axis] < 0.0
    return 2 * axis + negative


def _cells(
    points: FloatArray, sides: NDArray[np.intp], size: float, shift: FloatArray
) -> NDArray[np.intp]:
    """Return (n,) the number of the cell of each point."""
    places = np.floor((points - points.min(axis=0)) / size + shift).astype(np.int64)
    extent = places.max(axis=0) + 1
    keys = ((places[:, 0] * extent[1] + places[:, 1]) * extent[2] + places[:, 2]) * 6 + sides
    return np.unique(keys, return_inverse=True)[1].reshape(-1)


def _clustered(mesh: Mesh, points: FloatArray, cells: NDArray[np.intp]) -> Mesh:
    count = int(cells.max()) + 1
    sizes = np.bincount(cells, minlength=count)
    sums = [np.bincount(cells, points[:, axis], count) for axis in range(3)]
    means = np.stack(sums, axis=1) / sizes[:, None]
    offset = np.square(points - means[cells]).sum(axis=1)
    order = np.lexsort((offset, cells))
    nearest = order[np.r_[True, cells[order][1:] != cells[order][:-1]]]
    cell_of = np.zeros(len(mesh.vertices), np.int32)
    cell_of[mesh.referenced] = cells
    faces = cell_of[mesh.faces]
    vertices = points[nearest]
    faces = faces[~degenerate_faces(vertices, faces)]
    _, first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    return Mesh(vertices, faces[np.sort(first)], mesh.name, unit=mesh.unit)
