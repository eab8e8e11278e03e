"""Mean value coordinates of many points in a closed triangle cage, fast.

Ju, Schaefer, Warren 2005, "Mean value coordinates for closed triangular meshes",
doi 10.1145/1073204.1073229. For a point x and a triangle with corners v_0, v_1, v_2 let
d_i = |v_i - x|, let k_i be the cosine of the angle theta_i under which x sees the side opposite
corner i, g_i = theta_i / sin theta_i, and D = det[v_0 - x, v_1 - x, v_2 - x]. Putting the
spherical law of cosines into the paper's weights leaves, indices modulo 3,

    w_i = d_{i+1} d_{i-1} / D * N_i
    N_i = g_i (1 - k_i^2) + g_{i+1} (k_i k_{i+1} - k_{i-1}) + g_{i-1} (k_i k_{i-1} - k_{i+1})

so that the costly g and k belong to sides, d to cage vertices, and D, being affine in x, is one
thin matrix product. The coordinates are the sums of w over the triangles at each cage vertex,
divided by their total.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.deformation.mean_value_careful import careful_coordinates

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Points worked on at once by a thread: the scratch arrays stay near the processor.
_CHUNK = 512
_THREADS = 2
#: Largest error of a reproduced position, relative to the cage, that is only mended.
_MENDABLE = 1e-11


def mean_value_coordinates(
    points: FloatArray,
    cage_vertices: FloatArray,
    cage_faces: IntArray,
    ctx: RunContext | None = None,
    *,
    times: FloatArray | None = None,
) -> FloatArray:
    """Return the mean value coordinates of points in a closed cage.

    Rows sum to 1 and reproduce linear functions: coordinates @ cage_vertices == points, up to
    rounding. Points may lie anywhere: inside, outside, on a corner, a side or a face.

    Parameters
    ----------
    points
        (n,3) positions.
    cage_vertices
        (c,3) corners of the cage, in the same unit; the cage need not be convex.
    cage_faces
        (f,3) its triangles, closed, counter-clockwise seen from outside.
    ctx
        Hears progress; cancels between chunks of points.
    times
        (c,k) matrix. With it the product coordinates @ times is returned, and the (n,c)
        coordinates are never held as a whole.

    Returns
    -------
    (n,c) float64 coordinates, or (n,k) their product with `times`.
    """
    ctx = ctx or RunContext()
    cage = _PreparedCage.of(np.asarray(cage_vertices, float), cage_faces)
    result = np.empty((len(points), len(cage_vertices) if times is None else times.shape[1]))

    def work(start: int) -> None:
        ctx.check()
        rows = slice(start, start + _CHUNK)
        coordinates = _coordinates((points[rows] - cage.centre) / cage.size, cage)
        result[rows] = coordinates if times is None else coordinates @ times

    starts = range(0, len(points), _CHUNK)
    with ThreadPoolExecutor(_THREADS) as pool:  # numpy lets go of the interpreter lock
        for done, _ in enumerate(pool.map(work, starts), start=1):
            ctx.progress(done / len(starts), "binding")
    return result


@dataclass(frozen=True, eq=False)
class _PreparedCage:
    """What is the same for all points; cage scaled to about 1 around the origin.

    Parameters
    ----------
    centre, size
        (3,) and scalar: scaled = (point - centre) / size.
    vertices, faces
        (c,3) scaled, (f,3).
    first, second
        (e,) the two vertices of each side.
    squared_lengths
        (e,1) of the sides.
    opposite
        (3,f) side opposite each corner of each face.
    determinant
        (f,4): D = determinant @ (x, 1).
    gather
        (c,3f) ones: adds the weights of corners to their vertices.
    functions
        (c,4) what coordinates must reproduce: x, y, z and 1 at the vertices.
    mend
        (4,c) the smallest change of coordinates for an error in those four.
    """

    centre: FloatArray
    size: float
    vertices: FloatArray
    faces: IntArray
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    squared_lengths: FloatArray
    opposite: NDArray[np.intp]
    determinant: FloatArray
    gather: csr_array
    functions: FloatArray
    mend: FloatArray

    @classmethod
    def of(cls, vertices: FloatArray, faces: IntArray) -> _PreparedCage:
        """Prepare a cage."""
        from scipy.sparse import csr_array  # late: keeps SciPy out of the start of the window

        centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2.0
        size = float(np.ptp(vertices, axis=0).max()) or 1.0
        v = (vertices - centre) / size
        sides = np.sort(faces[:, [[1, 2], [2, 0], [0, 1]]].reshape(-1, 2), axis=1)
        edges, side_edge = np.unique(sides, axis=0, return_inverse=True)
        a, b, c = (v[faces[:, corner]] for corner in range(3))
        # det[a-x, b-x, c-x] = det[a,b,c] - x . (a x b + b x c + c x a)
        normal = np.cross(a, b) + np.cross(b, c) + np.cross(c, a)
        constant = np.einsum("fd,fd->f", a, np.cross(b, c))
        corners = faces.T.reshape(-1)
        functions = np.column_stack([v, np.ones(len(v))])
        ones = (np.ones(len(corners)), (corners, np.arange(len(corners))))
        return cls(
            centre=centre,
            size=size,
            vertices=v,
            faces=faces,
            first=edges[:, 0].astype(np.intp),
            second=edges[:, 1].astype(np.intp),
            squared_lengths=np.sum((v[edges[:, 0]] - v[edges[:, 1]]) ** 2, axis=1)[:, None],
            opposite=np.ascontiguousarray(side_edge.reshape(-1, 3).T),
            determinant=np.column_stack([-normal, constant]),
            gather=csr_array(ones, shape=(len(v), len(corners))),
            functions=functions,
            mend=np.linalg.pinv(functions),
        )


def _coordinates(x: FloatArray, cage: _PreparedCage) -> FloatArray:
    """Return (n,c) coordinates of scaled points (n,3)."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        weights = cage.gather @ _corner_weights(x, cage)
        coordinates = np.ascontiguousarray((weights / weights.sum(axis=0)).T)
        # Near the surface of the cage, or the plane of a face, the quotients lose digits and
        # at last are 0/0. The defining property finds those few rows.
        error = np.column_stack([x, np.ones(len(x))]) - coordinates @ cage.functions
        size = 1.0 + np.abs(x).max(axis=1)
        careless = ~(np.abs(error).max(axis=1) <= _MENDABLE * size)
        coordinates += error @ cage.mend
    if careless.any():
        coordinates[careless] = careful_coordinates(x[careless], cage.vertices, cage.faces)
    return coordinates


def _corner_weights(x: FloatArray, cage: _PreparedCage) -> FloatArray:
    """Return (3f,n) weights w_i of the module's formula; in place, as that halves the time."""
    v, (e0, e1, e2) = cage.vertices, cage.opposite
    homogeneous = np.ones((4, len(x)))
    homogeneous[:3] = x.T
    D = cage.determinant @ homogeneous

    squared = np.square(v[:, 0, None] - homogeneous[0])
    squared += np.square(v[:, 1, None] - homogeneous[1])
    squared += np.square(v[:, 2, None] - homogeneous[2])
    d = np.sqrt(squared)

    dd = d[cage.first]
    dd *= d[cage.second]
    k = squared[cage.first]
    k += squared[cage.second]
    k -= cage.squared_lengths
    k /= dd
    k *= 0.5
    # theta and sine from the same rounded k: their quotient is good even where theta is tiny.
    np.clip(k, -1.0, 1.0 - 1e-15, out=k)
    s = 1.0 - k
    s *= 1.0 + k
    g = np.arccos(k)
    g /= np.sqrt(s)
    s *= g

    k0, k1, k2 = k[e0], k[e1], k[e2]
    g0, g1, g2 = g[e0], g[e1], g[e2]
    m0 = k1 * k2
    m0 -= k0
    m1 = k2 * k0
    m1 -= k1
    m2 = k0 * k1
    m2 -= k2
    w = np.empty((3, len(cage.faces), len(x)))
    terms = ((e0, g1, m2, g2, m1), (e1, g2, m0, g0, m2), (e2, g0, m1, g1, m0))
    for corner, (e, g_next, m_previous, g_previous, m_next) in zip(w, terms, strict=True):
        np.multiply(g_next, m_previous, out=corner)
        corner += g_previous * m_next
        corner += s[e]
        corner *= dd[e]
        corner /= D
    return w.reshape(-1, len(x))
