"""Where rays from the eye meet faces: exact, once it is known which ray meets which face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.camera import Camera

#: Corners whose normals turn away from the face by more than this belong to an edge that is meant:
#: at a corner of a box they turn away by 35 degrees at least.
_CREASE = np.cos(np.deg2rad(25.0))


@dataclass(frozen=True, eq=False)
class Hits:
    """Where some rays meet a face each.

    Parameters
    ----------
    faces
        (q,) int32 the faces.
    barycentric
        (q,3) weights of their corners, none negative, summing to 1.
    depth
        (q,) along the camera's axis, world units.
    """

    faces: IntArray
    barycentric: FloatArray
    depth: FloatArray

    def of(self, mesh: Mesh, values: FloatArray) -> FloatArray:
        """Return values (q,c) between those of the vertices (n,c)."""
        return np.einsum("qk,qkc->qc", self.barycentric, values[mesh.faces[self.faces]])


def meet(mesh: Mesh, camera: Camera, pixels: FloatArray, faces: IntArray) -> Hits:
    """Return where the rays through pixels meet faces.

    With the eye in the origin, a ray is z d, where d = ((u - w/2) / f, (v - h/2) / f, 1) and z is
    the depth. For a face a + s e1 + t e2 the equation z d - s e1 - t e2 = a is solved by Cramer's
    rule (Moeller and Trumbore 1997, "Fast, minimum storage ray-triangle intersection",
    doi:10.1080/10867651.1997.10487468).

    A ray that passes its face by meets it at its rim: OpenGL rounds corners to parts of a pixel.
    There, as on faces seen edge on, the depth stays between those of the corners.

    Parameters
    ----------
    mesh
        The shape, in the camera's world.
    camera
        The camera.
    pixels
        (q,2) places in its picture.
    faces
        (q,) int32 the face of each.
    """
    corners = camera.to_camera(mesh.vertices[mesh.faces[faces]])
    a, e1, e2 = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    flat = (pixels - camera.centre) / camera.focal
    d = np.concatenate([flat, np.ones((len(flat), 1))], axis=1)
    p, q = np.cross(d, e2), np.cross(-a, e1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1.0 / np.einsum("qi,qi->q", e1, p)
        s = np.einsum("qi,qi->q", -a, p) * share
        t = np.einsum("qi,qi->q", d, q) * share
        z = np.einsum("qi,qi->q", e2, q) * share
    weights = np.stack([1.0 - s - t, s, t], axis=1)
    weights[~np.isfinite(weights).all(axis=1)] = 1.0
    weights = np.maximum(weights, 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    own = np.einsum("qk,qk->q", weights, corners[:, :, 2])
    z = np.where(np.isfinite(z), z, own)
    return Hits(faces, weights, np.clip(z, corners[:, :, 2].min(1), corners[:, :, 2].max(1)))


def normals_at(mesh: Mesh, camera: Camera, pixels: FloatArray, hits: Hits) -> FloatArray:
    """Return (q,3) unit normals in camera axes that point towards the camera.

    They are interpolated between the corners', but for corners on a crease, where the face's own
    counts: boxes have sharp edges, balls are round. Windings do not matter.

    Parameters
    ----------
    mesh, camera, pixels
        As in `meet`.
    hits
        What it returned.
    """
    flat = face_normals(mesh, hits.faces)
    at_corners = mesh.vertex_normals[mesh.faces[hits.faces]]
    along = np.einsum("qkc,qc->qk", at_corners, flat)[..., None]
    at_corners = np.where(along < 0.0, -at_corners, at_corners)
    at_corners = np.where(np.abs(along) < _CREASE, flat[:, None], at_corners)
    smooth = np.einsum("qk,qkc->qc", hits.barycentric, at_corners)
    rays = camera.directions(pixels)
    away = np.einsum("qc,qc->q", flat, rays) > 0.0
    smooth[away] *= -1.0
    # Near a silhouette the interpolated normal may turn away from a face that is seen: it is turned
    # back to where it is at right angles to the ray.
    smooth -= np.maximum(np.einsum("qc,qc->q", smooth, rays), 0.0)[:, None] * rays
    return _unit(smooth @ camera.rotation.T, -rays @ camera.rotation.T)


def face_normals(mesh: Mesh, faces: IntArray) -> FloatArray:
    """Return (q,3) unit normals of faces; zero for those without area."""
    first, second, third = (mesh.vertices[mesh.faces[faces, corner]] for corner in range(3))
    return _unit(np.cross(second - first, third - first), np.zeros(3))


def _unit(vectors: FloatArray, otherwise: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 0.0, vectors / np.where(lengths > 0.0, lengths, 1.0), otherwise)
