"""Inside or outside: generalised winding numbers."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray

#: Point-triangle pairs worked on at once: some 200 MB of scratch memory.
_PAIRS = 500_000


def winding_numbers(points: FloatArray, vertices: FloatArray, faces: IntArray) -> FloatArray:
    """Return how often a surface winds around each point.

    1 inside a closed surface, 0 outside, in between around a surface with holes (Jacobson et al.
    2013, doi 10.1145/2461912.2461916): the solid angles of all triangles, added, over 4 pi, each
    by Van Oosterom and Strackee 1983, doi 10.1109/TBME.1983.325207. Every point looks at every
    triangle: meant for few points or small surfaces.

    Parameters
    ----------
    points
        (q,3) positions, not on the surface.
    vertices, faces
        (n,3), (m,3), counter-clockwise seen from outside.

    Returns
    -------
    (q,) float64.
    """
    result = np.zeros(len(points))
    step = max(1, _PAIRS // max(len(faces), 1))
    for start in range(0, len(points), step):
        part = points[start : start + step]
        a, b, c = (vertices[faces[:, corner]][None] - part[:, None] for corner in range(3))
        la, lb, lc = (np.linalg.norm(side, axis=2) for side in (a, b, c))
        numerator = np.einsum("qmd,qmd->qm", a, np.cross(b, c))
        denominator = (
            la * lb * lc
            + np.einsum("qmd,qmd->qm", a, b) * lc
            + np.einsum("qmd,qmd->qm", b, c) * la
            + np.einsum("qmd,qmd->qm", c, a) * lb
        )
        angles = 2.0 * np.arctan2(numerator, denominator)
        result[start : start + step] = angles.sum(axis=1) / (4.0 * np.pi)
    return result


def inside(points: FloatArray, vertices: FloatArray, faces: IntArray) -> BoolArray:
    """Return which points (q,) are inside a surface; holes are closed as well as may be."""
    return winding_numbers(points, vertices, faces) > 0.5
