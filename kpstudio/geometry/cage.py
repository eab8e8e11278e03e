"""Building a cage: a sphere shrunk onto a shape until it is close, and no further than it may.

The cage is star-shaped: its vertices sit on fixed directions u_i at radii r_i from a centre. A
point x in the cone of three directions is x = a_1 u_1 + a_2 u_2 + a_3 u_3 with a >= 0, and inside
the cage exactly when

    a_1 / r_1 + a_2 / r_2 + a_3 / r_3 < 1,

which is linear in x and in the inverse radii. That makes "everything is inside" a condition one
can check, and mend, exactly. (Idea of the shrunk sphere: Jakab et al. 2021,
doi 10.1109/CVPR46437.2021.01259.)
"""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.geometry.cones import Cones
from kpstudio.geometry.icosphere import icosphere
from kpstudio.geometry.sampling import sample_surface

#: Distance between cage and surface, in sides of the unit cube (the published value).
CLEARANCE = 0.05
_PROBES = 16_384
_SHRINK_STEPS = 60
_PUSH_STEPS = 40


def build_cage(
    vertices: FloatArray,
    subdivisions: int = 1,
    clearance: float = CLEARANCE,
    *,
    faces: IntArray | None = None,
) -> tuple[FloatArray, IntArray]:
    """Build a cage around a shape in the normalised frame.

    Every cage vertex comes towards the centre of the shape's box until it is about `clearance`
    from the surface; then vertices go back out as far as is needed for the cage to hold the shape.

    Guaranteed: the cage is closed; the whole surface lies strictly inside; and every vertex of
    the shape may move outward, along its ray from the centre, by `clearance` before it meets
    the cage.

    Parameters
    ----------
    vertices
        (n,3) positions, normalised: the longest side of their box is about 1.
    subdivisions
        Of the icosphere: 1 gives 42 cage vertices, 2 gives 162.
    clearance
        Positive, in sides of the unit cube.
    faces
        (m,3) faces of the shape. Without them, only the vertices are enclosed.

    Returns
    -------
    cage_vertices
        (c,3) in the same frame.
    cage_faces
        (f,3) counter-clockwise seen from outside.

    Raises
    ------
    InputError
        No vertices.
    ParameterError
        `clearance` not positive.
    """
    if not clearance > 0.0:
        raise ParameterError(f"the clearance of a cage must be positive, not {clearance}")
    if len(vertices) == 0:
        raise InputError("there is nothing to build a cage around")
    vertices, faces = _used(vertices, faces)
    centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2.0
    vertices = vertices - centre
    directions, cage_faces = icosphere(subdivisions)
    cones = Cones(directions, cage_faces)
    radii = _shrunk_radii(directions, vertices, faces, clearance)
    cone, parts = cones.locate(vertices)
    crossings = cones.crossings(vertices, faces, cone)
    crossing_cone, crossing_parts = cones.locate(crossings)
    hold = np.concatenate([vertices, crossings])
    distance = np.linalg.norm(hold, axis=1, keepdims=True)
    # A point at the very centre has no ray: it is inside whatever the cage does.
    outward = 1.0 + np.divide(
        clearance, distance, out=np.zeros_like(distance), where=distance > 0.0
    )
    radii = _holding_radii(
        radii,
        cage_faces[np.concatenate([cone, crossing_cone])],
        np.concatenate([parts, crossing_parts]) * outward,
    )
    return centre + directions * radii[:, None], cage_faces


def _used(vertices: FloatArray, faces: IntArray | None) -> tuple[FloatArray, IntArray]:
    """Return the vertices that belong to a face, and the faces by their new indices."""
    if faces is None or len(faces) == 0:
        return vertices, np.empty((0, 3), np.int32)
    used = np.zeros(len(vertices), bool)
    used[faces.reshape(-1)] = True
    if used.all():
        return vertices, faces
    return vertices[used], (np.cumsum(used, dtype=np.int32) - 1)[faces]


def _shrunk_radii(
    directions: FloatArray, vertices: FloatArray, faces: IntArray, clearance: float
) -> FloatArray:
    """Return (c,) radii at which vertices coming in from outside first get near the surface.

    Stepping by the distance left never jumps over anything (Hart 1996, "Sphere tracing",
    doi 10.1007/s003710050084).
    """
    from scipy.spatial import cKDTree  # late: keeps SciPy out of the start of the window

    samples = sample_surface(vertices, faces, min(_PROBES, 4 * len(vertices) + 4096)).points
    probes = np.concatenate([samples, vertices[:: len(vertices) // _PROBES + 1]])
    tree = cKDTree(probes)
    radii = np.full(len(directions), np.linalg.norm(vertices, axis=1).max() + clearance)
    # A ray through a hole of the shape meets nothing: it ends in front of the centre.
    smallest = 2.0 * clearance
    for _ in range(_SHRINK_STEPS):
        left = tree.query(directions * radii[:, None])[0] - clearance
        if not (left > 0.01 * clearance).any():
            break
        radii = np.maximum(radii - np.maximum(left, 0.0), smallest)
    return radii


def _holding_radii(radii: FloatArray, corners: IntArray, parts: FloatArray) -> FloatArray:
    """Return radii, none smaller than before, with which the cage holds n points.

    Parameters
    ----------
    radii
        (c,) of the cage's vertices.
    corners
        (n,3) the three cage vertices around the ray of each point.
    parts
        (n,3) parts of each point along their directions.
    """
    inverse = 1.0 / radii
    for step in range(_PUSH_STEPS + 1):
        shares = parts * inverse[corners]
        reach = shares[:, 0] + shares[:, 1] + shares[:, 2]
        outside = np.flatnonzero(reach > 1.0)
        if len(outside) == 0:
            break
        corners, parts = corners[outside], parts[outside]
        shares, reach = shares[outside], reach[outside]
        # The corner nearest to the point goes all the way, the others in proportion: a far
        # corner hardly helps. In the end all go, which settles every point for good.
        toward = shares / shares.max(axis=1, keepdims=True) if step < _PUSH_STEPS else 1.0
        factors = np.broadcast_to(reach[:, None] ** -toward, corners.shape)
        strongest = np.ones(len(inverse))
        np.minimum.at(strongest, corners, factors)
        inverse = inverse * strongest
    return 1.0 / inverse
