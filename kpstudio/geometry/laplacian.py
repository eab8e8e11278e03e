"""The Laplacian of a surface: cotangents where they do, a robust one where they do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import InputError
from kpstudio.geometry.topology import is_manifold

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from kpstudio.geometry.surface import Surface

#: Largest cotangent that the plain Laplacian is trusted with: an angle of some 1.1 degrees.
STEEPEST = 50.0

#: Neighbours by which a cloud is triangulated around each point.
_CLOUD_NEIGHBOURS = 30


@dataclass(frozen=True, eq=False)
class Laplacian:
    """The operator -M^-1 S of a surface with n points.

    Parameters
    ----------
    stiffness
        (n,n) S, symmetric, positive semidefinite, rows that sum to zero.
    mass
        (n,) diagonal of M, the area that belongs to each point.
    """

    stiffness: csr_array
    mass: FloatArray


def laplacian(surface: Surface) -> Laplacian:
    """Return the Laplacian of a surface, computed once a shape.

    - A mesh whose edges have at most two faces and whose angles are none too sharp (no cotangent
      beyond `STEEPEST`) gets the cotangent Laplacian with barycentric areas (Pinkall and Polthier
      1993, doi:10.1080/10586458.1993.10504266; Meyer, Desbrun, Schröder and Barr 2003,
      doi:10.1007/978-3-662-05105-4_2).
    - Any other mesh gets that of its tufted cover after intrinsic mollification and Delaunay flips
      (Sharp and Crane 2020, doi:10.1111/cgf.14069).
    - A cloud gets that of the local triangulations of its points (the same paper). Its areas are
      estimates.

    Borders are free (Neumann condition). Several components do not feel each other; the parts of
    a cloud do when they are near.

    Raises
    ------
    InputError
        A cloud through which no surface can be laid, such as points on a line.
    """
    return surface.kept("laplacian", lambda: _laplacian(surface))


def _laplacian(surface: Surface) -> Laplacian:
    if surface.is_cloud:
        return _of_cloud(surface.points)
    cotangents = corner_cotangents(surface.points, surface.faces)
    if np.abs(cotangents).max() <= STEEPEST and is_manifold(surface.faces):
        stiffness = cotangent_stiffness(surface.faces, cotangents, len(surface))
        return Laplacian(stiffness, surface.areas)
    return _robust(surface.points, surface.faces)


def corner_cotangents(points: FloatArray, faces: IntArray) -> FloatArray:
    """Return (m,3) cotangents of the angles at the corners of faces (m,3)."""
    at = points[faces]
    to_next, to_last = at[:, [1, 2, 0]] - at, at[:, [2, 0, 1]] - at
    cosine = np.einsum("mcd,mcd->mc", to_next, to_last)
    sine = np.linalg.norm(np.cross(to_next[:, 0], to_last[:, 0]), axis=1)
    return cosine / sine[:, None]


def cotangent_stiffness(faces: IntArray, cotangents: FloatArray, count: int) -> csr_array:
    """Return the (n,n) cotangent stiffness of faces (m,3) with corner cotangents (m,3).

    S_ij = -(cot a_ij + cot b_ij) / 2 for an edge ij opposite to the angles a_ij and b_ij,
    S_ii = -sum_j S_ij.
    """
    from scipy.sparse import coo_array

    ends = faces[:, [[1, 2], [2, 0], [0, 1]]].reshape(-1, 2)
    half = 0.5 * cotangents.reshape(-1)
    i, j = ends.T
    rows, columns = np.concatenate([i, j, i, j]), np.concatenate([j, i, i, j])
    entries = np.concatenate([-half, -half, half, half])
    return coo_array((entries, (rows, columns)), shape=(count, count)).tocsr()


def _robust(points: FloatArray, faces: IntArray) -> Laplacian:
    import robust_laplacian

    stiffness, mass = robust_laplacian.mesh_laplacian(points, faces)
    return _symmetric(stiffness, mass)


def _of_cloud(points: FloatArray) -> Laplacian:
    import robust_laplacian

    count = min(_CLOUD_NEIGHBOURS, len(points) - 1)
    try:
        stiffness, mass = robust_laplacian.point_cloud_laplacian(points, n_neighbors=count)
    except RuntimeError as error:  # points on a line: no triangles
        raise InputError(
            "no surface can be laid through the points of this cloud",
            remedy="Use a cloud of more points, or a mesh.",
        ) from error
    return _symmetric(stiffness, mass)


def _symmetric(stiffness: csr_array, mass: csr_array) -> Laplacian:
    """Return both without asymmetry by rounding, and without points that have no area."""
    from scipy.sparse import csr_array, diags_array

    both = csr_array(stiffness)
    both = 0.5 * (both + both.T)
    both = csr_array(both - diags_array(both.sum(axis=1)))
    areas = np.asarray(mass.diagonal(), np.float64)
    return Laplacian(both, np.maximum(areas, 1e-9 * areas.mean()))
