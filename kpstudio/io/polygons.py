"""Polygons into triangles, keeping their order and winding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, FloatArray

Indices = NDArray[np.int64]

#: Corners of the largest polygon that is clipped; the time grows with their square.
EARS_LIMIT = 1000


def triangulate(
    positions: FloatArray, vertices: NDArray[np.integer], counts: Indices
) -> tuple[Indices, Indices]:
    """Cut polygons into triangles.

    Convex polygons become fans around their first corner; a quadrilateral whose fan folds over is
    cut along its other diagonal, a larger one by ear clipping (up to `EARS_LIMIT` corners).

    Parameters
    ----------
    positions
        (n,3) positions of the vertices.
    vertices
        (c,) vertex of every corner, polygon after polygon.
    counts
        (p,) corners of each polygon, 3 or more.

    Returns
    -------
    corners
        (t,3) corner indices of the triangles, in the order of the polygons.
    polygons
        (t,) the polygon of every triangle.
    """
    if (counts == 3).all():
        return np.arange(len(vertices)).reshape(-1, 3), np.arange(len(counts))
    polygons = np.repeat(np.arange(len(counts)), counts - 2)
    first = np.cumsum(counts) - counts
    # Place of each triangle within its polygon: 0, 1, ... count - 3.
    before = np.cumsum(counts - 2) - (counts - 2)
    place = np.arange(len(polygons)) - before[polygons]
    base = first[polygons]
    corners = np.stack([base, base + place + 1, base + place + 2], axis=1)
    with np.errstate(invalid="ignore", over="ignore"):  # infinite positions are refused later
        _unfold(corners, positions[vertices], counts, first, before)
    return corners, polygons


def _unfold(
    corners: Indices, points: FloatArray, counts: Indices, first: Indices, before: Indices
) -> None:
    """Replace, in place, the fans that fold over."""
    quads = before[counts == 4]
    other = _other_diagonal(points, corners[quads], corners[quads + 1, 2])
    corners[quads[other] + 1, 0] = corners[quads[other], 1]
    corners[quads[other], 2] = corners[quads[other] + 1, 2]
    for polygon in _folded(corners, points, np.flatnonzero(counts > 4), counts, before):
        start, count = first[polygon], counts[polygon]
        if count <= EARS_LIMIT:
            clipped = clip_ears(points[start : start + count])
            corners[before[polygon] : before[polygon] + count - 2] = clipped + start


def _other_diagonal(points: FloatArray, fans: Indices, fourth: Indices) -> BoolArray:
    """Whether quadrilaterals 0 1 2 3 fold along 0-2 and are better cut along 1-3."""
    zero, one, two = (points[fans[:, corner]] for corner in range(3))
    three = points[fourth]
    folded = _opposed(zero, one, two, zero, two, three)
    return folded & ~_opposed(zero, one, three, one, two, three)


def _opposed(*corners: FloatArray) -> BoolArray:
    """Whether the normals of two triangles, given corner by corner, face away from each other."""
    a, b, c, d, e, f = corners
    result: BoolArray = np.einsum("td,td->t", np.cross(b - a, c - a), np.cross(e - d, f - d)) < 0.0
    return result


def _folded(
    corners: Indices, points: FloatArray, large: Indices, counts: Indices, before: Indices
) -> Indices:
    """Return which of the large polygons have a triangle that faces against the whole."""
    sizes = counts[large] - 2
    owner = np.repeat(np.arange(len(large)), sizes)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    normals = _normals(points, corners[before[large][owner] + place])
    # The sum of a fan's normals is the polygon's own (Newell), however the fan lies.
    whole = np.stack(
        [np.bincount(owner, normals[:, axis], minlength=len(large)) for axis in range(3)], axis=1
    )
    against = np.einsum("td,td->t", normals, whole[owner]) < 0.0
    return large[np.bincount(owner[against], minlength=len(large)) > 0]


def _normals(points: FloatArray, corners: Indices) -> FloatArray:
    origin, left, right = (points[corners[:, index]] for index in range(3))
    return np.cross(left - origin, right - origin)


def clip_ears(polygon: FloatArray) -> Indices:
    """Return (k-2,3) triangles of one simple, nearly planar polygon (k,3), by clipping ears.

    An ear is a convex corner whose triangle holds no other corner (Meisters 1975, Polygons have
    ears, doi:10.2307/2319703). Where a damaged polygon has none, the next corner is cut off as if
    it were one, so there are always k-2 triangles.
    """
    flat = _flattened(polygon)
    left = list(range(len(polygon)))
    triangles = []
    while len(left) > 3:
        ear = next((i for i in range(len(left)) if _is_ear(flat, left, i)), 0)
        triangles.append((left[ear - 1], left[ear], left[(ear + 1) % len(left)]))
        del left[ear]
    triangles.append((left[0], left[1], left[2]))
    return np.array(triangles, np.int64)


def _flattened(polygon: FloatArray) -> FloatArray:
    """Return (k,2): the polygon seen along its normal, counter-clockwise."""
    centred = polygon - polygon.mean(axis=0)
    normal = np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)
    drop = int(np.abs(normal).argmax())
    kept = [(drop + 1) % 3, (drop + 2) % 3]
    flat: FloatArray = centred[:, kept if normal[drop] >= 0 else kept[::-1]]
    return flat


def _is_ear(flat: FloatArray, left: list[int], index: int) -> bool:
    a, b, c = left[index - 1], left[index], left[(index + 1) % len(left)]
    if _turn(flat[a], flat[b], flat[c : c + 1])[0] <= 0.0:
        return False
    others = flat[[corner for corner in left if corner not in (a, b, c)]]
    inside = np.ones(len(others), bool)
    for start, end in ((a, b), (b, c), (c, a)):
        inside &= _turn(flat[start], flat[end], others) >= 0.0
        # Where a hole is bridged two corners share a place; they do not block each other.
        inside &= (others != flat[start]).any(axis=1)
    return not inside.any()


def _turn(start: FloatArray, end: FloatArray, points: FloatArray) -> FloatArray:
    """Return (n,) twice the signed area of start, end and each point: positive to the left."""
    along = end - start
    result: FloatArray = along[0] * (points[:, 1] - start[1]) - along[1] * (points[:, 0] - start[0])
    return result
