"""The surface on which a volume has one value, by marching tetrahedra.

Doi, Koide 1991, "An efficient method of triangulating equi-valued surfaces by using tetrahedral
cells", IEICE Transactions E74(1). Unlike marching cubes it has no ambiguous cases, and the result
is manifold wherever the volume is not cut off.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray

#: By the number of corners inside: triangles as pairs of corners, whose edges the surface cuts.
#: Corners inside come first; seen from outside, triangles of a positive tetrahedron turn left.
_CUTS: dict[int, tuple[tuple[tuple[int, int], ...], ...]] = {
    1: (((0, 1), (0, 2), (0, 3)),),
    2: (((0, 2), (0, 3), (1, 3)), ((0, 2), (1, 3), (1, 2))),
    3: (((3, 0), (3, 1), (3, 2)),),
}


def isosurface(volume: FloatArray, level: float) -> tuple[FloatArray, IntArray]:
    """Return vertices (n,3) and faces (m,3) of the surface around the values above a level.

    Every cube between eight samples is cut into six tetrahedra along the same diagonal (Kuhn's),
    so that neighbours agree. Faces look away from the larger values. Where the volume ends inside,
    the surface has a border.

    Parameters
    ----------
    volume
        (x,y,z) samples, at least two along each axis.
    level
        The value; samples equal to it are outside.

    Returns
    -------
    vertices, faces
        Positions in samples, from (0,0,0), float64; int32 faces. Both empty if nothing is cut.
    """
    shape = np.array(volume.shape)
    values = np.ascontiguousarray(volume, float).reshape(-1)
    strides = np.array([shape[1] * shape[2], shape[2], 1])
    cubes = _cut_cubes(volume > level) @ strides
    edges = []
    for order in itertools.permutations(range(3)):
        # From the first corner to the opposite one, an axis at a time.
        steps = np.concatenate([[0], np.cumsum(strides[list(order)])])
        edges.append(_cut_edges(cubes[:, None] + steps, values > level, _parity(order)))
    pairs = np.sort(np.concatenate(edges).reshape(-1, 2), axis=1)
    size = values.size
    keys, corner = np.unique(pairs[:, 0] * size + pairs[:, 1], return_inverse=True)
    low, high = np.divmod(keys, size)
    part = (level - values[low]) / (values[high] - values[low])
    start, end = (np.stack(np.unravel_index(one, volume.shape), axis=1) for one in (low, high))
    vertices = start + part[:, None] * (end - start)
    return vertices, corner.reshape(-1, 3).astype(np.int32)


def _cut_cubes(inside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return (c,3) the first corners of cubes with corners on both sides."""
    parts = [slice(None, -1), slice(1, None)]
    corners = np.stack([inside[cut] for cut in itertools.product(parts, repeat=3)])
    return np.argwhere(corners.any(axis=0) & ~corners.all(axis=0))


def _cut_edges(
    tetrahedra: NDArray[np.intp], inside: NDArray[np.bool_], sign: int
) -> NDArray[np.intp]:
    """Return (t,3,2) triangles as pairs of samples, for tetrahedra (c,4) of one orientation."""
    flags = inside[tetrahedra]
    order = np.argsort(~flags, axis=1, kind="stable")
    corners = np.take_along_axis(tetrahedra, order, axis=1)
    signs = sign * _parity_of_rows(order)
    count = flags.sum(axis=1)
    found = [np.empty((0, 3, 2), np.intp)]
    for number, triangles in _CUTS.items():
        some = count == number
        for triangle in triangles:
            pairs = corners[some][:, np.array(triangle)]
            negative = signs[some] < 0
            pairs[negative] = pairs[negative][:, ::-1]
            found.append(pairs)
    return np.concatenate(found)


def _parity_of_rows(orders: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return (c,) 1 for even permutations (c,k), -1 for odd ones."""
    pairs = itertools.combinations(range(orders.shape[1]), 2)
    swaps = sum((orders[:, a] > orders[:, b]).astype(int) for a, b in pairs)
    return np.where(np.asarray(swaps) % 2 == 0, 1, -1)


def _parity(order: tuple[int, ...]) -> int:
    return int(_parity_of_rows(np.array([order]))[0])
