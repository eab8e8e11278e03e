"""Gradients and Hessians: exact where the field is a polynomial of low degree."""

from __future__ import annotations

import numpy as np

from kpstudio.geometry.gradient import gradient, hessian_eigenvalues
from kpstudio.geometry.surface import Surface
from tests import relief, shapes


def flat() -> Surface:
    sheet = relief.bumpy(divisions=21)
    return Surface(sheet.vertices, sheet.faces)


def test_gradient_of_a_linear_field_is_exact() -> None:
    surface = flat()
    slope = np.array([2.0, -3.0, 0.0])
    found = (gradient(surface) @ (surface.points @ slope + 5.0)).reshape(3, -1).T
    assert np.allclose(found, slope, atol=1e-10)


def test_gradient_lies_in_the_surface() -> None:
    mesh = shapes.icosphere(4)
    surface = Surface(mesh.vertices, mesh.faces)
    found = (gradient(surface) @ surface.points[:, 2]).reshape(3, -1).T
    # That of the height on a sphere is the part of the axis in the tangent plane.
    normal = surface.points / np.linalg.norm(surface.points, axis=1, keepdims=True)
    assert np.allclose(found, (0.0, 0.0, 1.0) - normal * normal[:, 2:], atol=0.02)


def test_hessian_of_a_quadratic_field() -> None:
    surface = flat()
    x, y, _ = surface.points.T
    field = 0.5 * (7.0 * x**2 - 2.0 * y**2) + 3.0 * x * y + x
    inner = np.flatnonzero((np.abs(x) < 0.2) & (np.abs(y) < 0.2))
    expected = np.linalg.eigvalsh([[7.0, 3.0], [3.0, -2.0]])
    assert np.allclose(hessian_eigenvalues(surface, field, inner), expected, atol=1e-6)
