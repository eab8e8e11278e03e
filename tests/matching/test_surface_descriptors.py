from __future__ import annotations

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.geometry.surface import Surface
from kpstudio.matching.descriptors import comparable
from kpstudio.matching.surface_descriptors import SurfaceDescriptor, describe_surface
from tests import relief, shapes


def describe(mesh: Mesh, what: SurfaceDescriptor) -> np.ndarray:
    return describe_surface(Surface(mesh.vertices, mesh.faces), what).values


@pytest.mark.parametrize("what", list(SurfaceDescriptor))
def test_is_the_same_for_a_shape_moved_and_of_another_size(what: SurfaceDescriptor) -> None:
    mesh = relief.blob()
    before, after = describe(mesh, what), describe(relief.turned(mesh, 2)[0], what)
    assert before.shape == after.shape == (len(mesh.vertices), before.shape[1])
    np.testing.assert_allclose(before, after, rtol=1e-3, atol=0.03)


@pytest.mark.parametrize("what", [SurfaceDescriptor.HEAT, SurfaceDescriptor.WAVE])
def test_has_a_mean_of_one_over_the_surface(what: SurfaceDescriptor) -> None:
    mesh = relief.blob()
    surface = Surface(mesh.vertices, mesh.faces)
    weights = surface.areas / surface.areas.sum()
    np.testing.assert_allclose(weights @ describe(mesh, what), 1.0, atol=1e-2)


@pytest.mark.parametrize("what", [SurfaceDescriptor.HEAT, SurfaceDescriptor.WAVE])
def test_bending_keeps_it(what: SurfaceDescriptor) -> None:
    sheet = shapes.grid(16, 32)
    x, _, z = (sheet.vertices * (3.0, 1.0, 1.0)).T
    flat = Mesh(np.column_stack([x, 0.0 * x, z]), sheet.faces)
    rolled = Mesh(np.column_stack([np.sin(x), 1.0 - np.cos(x), z]), sheet.faces)
    before, after = describe(flat, what), describe(rolled, what)
    assert np.abs(before - after).max() < 0.02 * np.abs(before).max()


def test_kinds_are_comparable_with_themselves_only() -> None:
    mesh = shapes.icosphere(2)
    surface = Surface(mesh.vertices, mesh.faces)
    made = [[describe_surface(surface, what) for what in SurfaceDescriptor] for _ in range(2)]
    for row, one in enumerate(made[0]):
        assert [comparable(one, other) for other in made[1]] == [row == at for at in range(3)]
