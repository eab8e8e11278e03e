"""Symmetric editing: what one side does, the other does mirrored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.geometry.reflect import Plane, mirror_pairs, reflect_points, reflect_vectors

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: Largest distance of a mirrored keypoint from its partner, in diagonals of the keypoints' box.
_PAIR_TOLERANCE = 0.05
_PROBES = 4000
_REFINEMENTS = 20


def mirrored_offsets(
    offsets: FloatArray,
    moved: ArrayLike,
    schema: KeypointSchema,
    plane: tuple[FloatArray, float],
) -> FloatArray:
    """Let the mirror partners of moved keypoints move as their mirror images.

    A keypoint on the plane stays on it: its offset loses the part across. Where both partners are
    moved, both go where they were sent. Without a partner nothing is added.

    Parameters
    ----------
    offsets
        (k,3) offsets of all keypoints.
    moved
        Indices of those that a person moves.
    schema
        Its `mirror` names the partners; see `with_mirror` for keypoints that have none.
    plane
        Unit normal (3,) and offset of the mirror plane, in the frame of the offsets.

    Returns
    -------
    (k,3) offsets of all keypoints.
    """
    result = np.array(offsets, float)
    if not schema.mirror:
        return result
    normal = np.asarray(plane[0], float)
    held = np.asarray(moved, np.intp).reshape(-1)
    partners = np.asarray(schema.mirror, np.intp)[held]
    central = held[partners == held]
    result[central] -= (result[central] @ normal)[:, None] * normal
    follows = (partners >= 0) & ~np.isin(partners, held)
    result[partners[follows]] = reflect_vectors(result[held[follows]], normal)
    return result


def with_mirror(keypoints: KeypointSet, plane: tuple[FloatArray, float]) -> KeypointSchema:
    """Return the schema of keypoints with mirror partners, found by position if it has none.

    Parameters
    ----------
    keypoints
        The keypoints, on a shape at rest.
    plane
        Unit normal (3,) and offset of the mirror plane, in the frame of the keypoints.
    """
    schema = keypoints.schema
    if schema.mirror or len(keypoints) == 0:
        return schema
    tolerance = _PAIR_TOLERANCE * float(np.linalg.norm(np.ptp(keypoints.positions, axis=0)))
    partners = mirror_pairs(keypoints.positions, plane[0], plane[1], tolerance)
    mirror = tuple(int(index) for index in partners)
    return KeypointSchema(schema.names, mirror, schema.edges, schema.ordered)


def detect_plane(points: FloatArray) -> tuple[Plane, float]:
    """Find the plane in which a shape is most nearly its own mirror image.

    The planes across the coordinate axes and across the principal axes are tried; the best is
    refined by matching each reflected point with the nearest point of the shape and refitting.
    With centred pairs (p, q) the sum of |q - reflected p|² is a constant plus
    4 n^T (sum p q^T) n, so the normal is the eigenvector of its smallest eigenvalue.

    Parameters
    ----------
    points
        (n,3) points spread evenly over the surface. At most 4000 of them are reflected.

    Returns
    -------
    plane
        Its normal points to the positive side of its largest component.
    residual
        Root mean square distance from reflected points to the shape, as a fraction of the
        diagonal of its box: 0 for perfect symmetry, above about 0.03 for none.

    Raises
    ------
    InputError
        No points, or all in one place.
    """
    from scipy.spatial import cKDTree  # late: keeps SciPy out of the start of the window

    points = np.asarray(points, float)
    size = float(np.linalg.norm(np.ptp(points, axis=0))) if len(points) else 0.0
    if not size > 0.0:
        raise InputError("a shape without extent has no mirror plane")
    shape = cKDTree(points)
    probes = points[:: len(points) // _PROBES + 1]
    plane, residual = min(
        ((plane, _residual(probes, shape, plane)) for plane in _candidates(points)),
        key=lambda scored: scored[1],
    )
    for _ in range(_REFINEMENTS):
        refined = _refitted(probes, shape, plane)
        better = _residual(probes, shape, refined)
        if not better < residual:
            break
        plane, residual = refined, better
    sign = float(np.sign(plane.normal[np.abs(plane.normal).argmax()]))
    return Plane(sign * plane.normal, sign * plane.offset), residual / size


def _candidates(points: FloatArray) -> list[Plane]:
    """Return planes across the coordinate axes and the principal axes."""
    mean, middle = points.mean(axis=0), (points.min(axis=0) + points.max(axis=0)) / 2.0
    centred = points - mean
    principal = np.linalg.eigh(centred.T @ centred)[1].T
    planes = [Plane(axis, float(axis @ middle)) for axis in np.eye(3)]
    return planes + [Plane(axis, float(axis @ mean)) for axis in principal]


def _residual(probes: FloatArray, shape: cKDTree, plane: Plane) -> float:
    """Return the root mean square distance from reflected probes to the shape."""
    distances = shape.query(reflect_points(probes, *plane))[0]
    return float(np.sqrt(np.mean(distances**2)))


def _refitted(probes: FloatArray, shape: cKDTree, plane: Plane) -> Plane:
    """Return the plane that best reflects probes onto the partners they have under `plane`."""
    partners = shape.data[shape.query(reflect_points(probes, *plane))[1]]
    p, q = probes - probes.mean(axis=0), partners - partners.mean(axis=0)
    cross = p.T @ q
    normal = np.linalg.eigh(cross + cross.T)[1][:, 0]
    middle = (probes.mean(axis=0) + partners.mean(axis=0)) / 2.0
    return Plane(normal, float(normal @ middle))
