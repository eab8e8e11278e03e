"""Gradients and Hessians of fields on a surface of faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.geometry.normals import face_cross_products, tangents
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def gradient(surface: Surface) -> csr_array:
    """Return (3n,n) the operator that gives the gradient of a field; x, y and z one after another.

    A field that is linear on every face has the gradient sum_k f_k (N x e_k) / (2 area) there, N
    the unit normal and e_k the edge opposite corner k; the gradient at a point is the mean of its
    faces', larger ones counting more. Computed once a surface.
    """
    return surface.kept("gradient", lambda: _gradient(surface.points, surface.faces))


def _gradient(points: FloatArray, faces: IntArray) -> csr_array:
    from scipy.sparse import coo_array

    count = len(points)
    cross = face_cross_products(points, faces)
    double = np.linalg.norm(cross, axis=1)
    normal = cross / double[:, None]
    total = np.bincount(faces.reshape(-1), np.repeat(double, 3), minlength=count)
    rows, columns, values = [], [], []
    for corner in range(3):
        edge = points[faces[:, (corner + 2) % 3]] - points[faces[:, (corner + 1) % 3]]
        # The area of the face, by which it is weighed, cancels the one it is divided by.
        slope = np.cross(normal, edge)
        for at in range(3):
            for axis in range(3):
                rows.append(axis * count + faces[:, at])
                columns.append(faces[:, corner])
                values.append(slope[:, axis] / total[faces[:, at]])
    entries = (np.concatenate(rows), np.concatenate(columns))
    return coo_array((np.concatenate(values), entries), shape=(3 * count, count)).tocsr()


def hessian_eigenvalues(surface: Surface, field: FloatArray, places: IntArray) -> FloatArray:
    """Return (m,2) eigenvalues, ascending, of a field's Hessian in the tangent planes of places.

    The Hessian is the symmetric part of the gradient of the gradient.

    Parameters
    ----------
    surface
        A surface of faces.
    field
        (n,) values.
    places
        (m,) points.
    """
    operator, count = gradient(surface), len(surface)
    slopes = (operator @ field).reshape(3, count).T
    rows = (np.arange(3)[:, None] * count + places).reshape(-1)
    second = (operator[rows] @ slopes).reshape(3, len(places), 3)
    hessian = np.moveaxis(second, 0, 1)
    u, v = tangents(surface.normals[places])
    frame = np.stack([u, v], axis=1)
    flat = frame @ hessian @ frame.transpose(0, 2, 1)
    eigenvalues: FloatArray = np.linalg.eigvalsh((flat + flat.transpose(0, 2, 1)) / 2.0)
    return eigenvalues
