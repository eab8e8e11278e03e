"""Eigenpairs of surfaces, and heat and wave kernel signatures."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.laplacian import laplacian
from kpstudio.geometry.spectrum import (
    Spectrum,
    heat_kernel_signature,
    heat_trace,
    spectrum,
    wave_kernel_signature,
)
from kpstudio.geometry.surface import Surface
from tests import shapes

TIMES = np.array([0.01, 0.05, 0.3])


def surface_of(mesh: Mesh) -> Surface:
    return Surface(mesh.vertices, mesh.faces)


def check(surface: Surface, pairs: Spectrum) -> None:
    """They are eigenpairs, orthonormal, and orthogonal to the constant of each component."""
    operator = laplacian(surface)
    vectors, mass = pairs.vectors, operator.mass[:, None]
    rest = operator.stiffness @ vectors - mass * vectors * pairs.values
    assert np.abs(rest / np.sqrt(mass)).max() < 1e-6 * pairs.values.max()
    assert np.allclose(vectors.T @ (mass * vectors), np.eye(len(pairs)), atol=1e-6)
    assert np.abs((mass * pairs.ground[:, None] * vectors).sum(axis=0)).max() < 1e-6
    assert (np.diff(pairs.values) >= 0.0).all()


def test_of_a_sphere() -> None:
    """l (l + 1) with multiplicity 2 l + 1, on radius 1/2: four times that."""
    surface = surface_of(shapes.icosphere(4))
    pairs = spectrum(surface, 48)
    check(surface, pairs)
    expected = np.concatenate([np.full(2 * k + 1, 4.0 * k * (k + 1)) for k in range(1, 7)])
    assert np.allclose(pairs.values, expected, rtol=0.02)


def test_dense_and_sparse_agree() -> None:
    surface = surface_of(shapes.torus(40, 20))
    pairs = spectrum(surface, 50)
    operator = laplacian(surface)
    root = np.sqrt(operator.mass)
    dense = np.linalg.eigvalsh(operator.stiffness.toarray() / root / root[:, None])
    assert np.allclose(pairs.values, dense[1:51], rtol=1e-8)
    check(surface, pairs)


def test_all_there_are() -> None:
    surface = surface_of(shapes.icosphere(0))
    pairs = spectrum(surface, 100)
    assert len(pairs) == 11
    check(surface, pairs)
    # All heat is still where it was at time zero: one over the area of each point.
    start = heat_kernel_signature(pairs, np.zeros(1))[:, 0]
    assert np.allclose(start, pairs.area / laplacian(surface).mass)


def test_equal_components_have_equal_pairs() -> None:
    """Thirty equal spheres: every eigenvalue ninety times."""
    ball = shapes.icosphere(1)
    count, shift = len(ball.vertices), 3.0 * np.arange(30)[:, None, None] * (1.0, 0.0, 0.0)
    faces = (ball.faces + count * np.arange(30)[:, None, None]).reshape(-1, 3)
    surface = Surface((ball.vertices + shift).reshape(-1, 3), faces)
    pairs = spectrum(surface, 120)
    check(surface, pairs)
    assert pairs.components == 30
    assert np.allclose(pairs.values[:90], pairs.values[0])
    assert pairs.values[90] > 2.0 * pairs.values[0]


def test_a_small_component_beside_a_large_one() -> None:
    """A border gives more eigenvalues than the share of the area says."""
    sheet, ball = shapes.grid(30, 30), shapes.icosphere(3)
    vertices = np.concatenate([0.2 * sheet.vertices, ball.vertices + 3.0])
    surface = Surface(vertices, np.concatenate([sheet.faces, ball.faces + len(sheet.vertices)]))
    pairs = spectrum(surface, 100)
    check(surface, pairs)
    operator = laplacian(surface)
    root = np.sqrt(operator.mass)
    dense = np.linalg.eigvalsh(operator.stiffness.toarray() / root / root[:, None])
    assert np.allclose(pairs.values, dense[2:102], rtol=1e-6)


def test_fewer_are_free() -> None:
    surface = surface_of(shapes.torus())
    more = spectrum(surface, 60)
    ctx = RunContext()
    ctx.cancel()  # any work would raise
    fewer = spectrum(surface, 20, ctx)
    assert np.array_equal(fewer.values, more.values[:20])
    assert np.array_equal(spectrum(surface, 60, ctx).vectors, more.vectors)
    with pytest.raises(Cancelled):
        spectrum(surface, 140, ctx)


def test_cancelled_on_the_way() -> None:
    reports: list[float] = []

    def stop(part: float, _: str) -> None:
        reports.append(part)
        if len(reports) == 5:
            ctx.cancel()

    ctx = RunContext(on_progress=stop)
    with pytest.raises(Cancelled):
        spectrum(surface_of(shapes.torus(40, 20)), 50, ctx)
    assert len(reports) == 5


def test_signatures_of_a_sphere_are_those_of_the_formula() -> None:
    pairs = spectrum(surface_of(shapes.icosphere(4)), 120)
    heat = heat_kernel_signature(pairs, TIMES)
    order = np.arange(1, 60)
    # lambda A = 4 pi l (l + 1)
    decay = np.exp(-4.0 * np.pi * TIMES[:, None] * order * (order + 1))
    expected = 1.0 + ((2 * order + 1) * decay).sum(axis=1)
    assert np.allclose(heat, expected, rtol=0.03)
    assert np.allclose(heat_trace(pairs, TIMES), expected, rtol=0.03)
    assert np.allclose(wave_kernel_signature(pairs, np.linspace(3.5, 6.0, 20)), 1.0, atol=0.1)


@pytest.mark.parametrize("cloud", [False, True])
def test_the_mean_of_signatures(cloud: bool) -> None:
    mesh = shapes.box((1.0, 2.0, 3.0), 4)
    surface = Surface(mesh.vertices, np.empty((0, 3), int) if cloud else mesh.faces)
    pairs = spectrum(surface, 40)
    share = laplacian(surface).mass / pairs.area
    assert np.allclose(share @ heat_kernel_signature(pairs, TIMES), heat_trace(pairs, TIMES))
    assert np.allclose(share @ wave_kernel_signature(pairs, np.arange(3.0, 5.0, 0.1)), 1.0)
    moving = heat_kernel_signature(pairs, TIMES, equilibrium=False)
    assert np.allclose(heat_kernel_signature(pairs, TIMES) - moving, 1.0)


def test_same_after_motion_and_scale() -> None:
    mesh = shapes.box((1.0, 2.0, 3.0), 4)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    moved = Mesh(7.0 * mesh.vertices @ rotation + (1.0, -2.0, 3.0), mesh.faces)
    before, after = (spectrum(surface_of(one), 40) for one in (mesh, moved))
    assert np.allclose(before.scale_free, after.scale_free)
    heat = [heat_kernel_signature(one, TIMES) for one in (before, after)]
    assert np.allclose(heat[0], heat[1], rtol=1e-6)
