from __future__ import annotations

import numpy as np
import pytest

from kpstudio.geometry.laplacian import laplacian
from kpstudio.matching.functional_maps import (
    _COMMUTING,
    _solved,
    basis_of,
    fit_map,
    heat_from,
    signatures_of,
)
from tests import shapes
from tests.matching.bodies import limbs, shuffled, surface


def test_a_basis_is_orthonormal_on_an_area_of_one() -> None:
    shape = surface(limbs(3))
    basis = basis_of(shape, 20)
    assert basis.mass.sum() == pytest.approx(1.0)
    gram = basis.coefficients(basis.vectors)
    np.testing.assert_allclose(gram, np.eye(20), atol=1e-8)
    assert basis.values[0] == 0.0
    assert np.ptp(basis.vectors[:, 0]) == 0.0
    stiffness = laplacian(shape).stiffness
    found = np.einsum("nk,nk->k", basis.vectors, stiffness @ basis.vectors)
    np.testing.assert_allclose(found, basis.values, atol=1e-6)


def test_does_not_depend_on_the_unit() -> None:
    mesh = limbs(2)
    here = basis_of(surface(mesh), 10)
    there = basis_of(surface(mesh.moved(25.4 * mesh.vertices)), 10)
    np.testing.assert_allclose(here.values, there.values, rtol=1e-9, atol=1e-9)


def test_coefficients_give_a_smooth_function_back() -> None:
    shape = surface(shapes.icosphere(3))
    basis = basis_of(shape, 9)  # spherical harmonics up to degree 2
    x, y, z = 2.0 * shape.points.T
    f = np.column_stack([1.0 + x + 2.0 * y * z, x * x - y * y])
    np.testing.assert_allclose(basis.vectors @ basis.coefficients(f), f, atol=0.02)


def test_heat_spreads_from_its_source_and_is_kept() -> None:
    shape = surface(shapes.icosphere(3))
    basis = basis_of(shape, 64)  # whole degrees of spherical harmonics
    heat = basis.vectors @ heat_from(basis, np.array([17]))
    assert (heat[:, 2:].argmax(axis=0) == 17).all()
    np.testing.assert_allclose(basis.mass @ heat, 1.0, atol=1e-9)


def test_the_map_is_the_least_of_all() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(6, 9)), rng.normal(size=(5, 9))
    values_a, values_b = np.sort(rng.random(6)), np.sort(rng.random(5))
    top = max(values_a[-1], values_b[-1])
    apart = ((values_a[:, None] - values_b) / top) ** 2

    def energy(c: np.ndarray) -> float:
        return float(((c @ b - a) ** 2).sum() + _COMMUTING * 9 * (apart * c**2).sum())

    found = _solved(a, b, values_a, values_b)
    least = energy(found)
    for _ in range(50):
        assert energy(found + 0.01 * rng.normal(size=found.shape)) > least


def test_a_copy_has_the_identity_up_to_signs() -> None:
    mesh = limbs(3)
    copy, now = shuffled(mesh)
    here, there = surface(mesh), surface(copy)
    bases = [basis_of(one, 25) for one in (here, there)]
    landmarks = np.array([[v, now[v]] for v in (0, 5, 9, 100)])
    found = fit_map(bases[0], bases[1], (signatures_of(here), signatures_of(there)), landmarks)
    truth = bases[0].coefficients(bases[1].vectors[now])
    np.testing.assert_allclose(np.abs(truth), np.eye(25), atol=1e-4)
    np.testing.assert_allclose(found, truth, atol=0.05)
