"""A surface as a grid of voxels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.surface import Surface
from kpstudio.geometry.topology import signed_volume
from kpstudio.geometry.voxels import Voxels, voxelise
from tests import shapes


def voxels_of(mesh: Mesh, resolution: int = 48) -> tuple[Surface, Voxels]:
    surface = Surface(mesh.vertices, mesh.faces)
    return surface, voxelise(surface, resolution)


def bumpy() -> Mesh:
    ball = shapes.icosphere(3)
    return Mesh(ball.vertices * (1.5, 1.0, 0.6) + 0.1 * np.sin(3.0 * ball.vertices[:, ::-1]),
                ball.faces)  # fmt: skip


@pytest.mark.parametrize(
    "mesh", [bumpy(), shapes.box((3, 2, 1)), shapes.torus()], ids=lambda mesh: mesh.name
)
def test_full_voxels_add_up_to_the_volume(mesh: Mesh) -> None:
    surface, voxels = voxels_of(mesh)
    assert voxels.is_solid
    volume = signed_volume(surface.points, surface.faces)
    assert voxels.values.sum() * voxels.spacing**3 == pytest.approx(volume, rel=0.02)
    assert voxels.values.min() >= 0.0
    assert voxels.values.max() <= 1.0


def test_a_box_is_full_inside_and_empty_outside() -> None:
    surface, voxels = voxels_of(shapes.box((3.0, 2.0, 1.0)))
    nodes = np.stack(np.meshgrid(*map(np.arange, voxels.values.shape), indexing="ij"), axis=-1)
    places = np.abs(voxels.to_surface(nodes.reshape(-1, 3)))
    half = np.abs(surface.points).max(axis=0)
    values = voxels.values.reshape(-1)
    assert (values[(places < half - voxels.spacing).all(axis=1)] > 1.0 - 1e-9).all()
    assert (values[(places > half + voxels.spacing).any(axis=1)] < 1e-9).all()


def test_inside_out_is_the_same_solid() -> None:
    mesh = bumpy()
    turned = Mesh(mesh.vertices, mesh.faces[:, ::-1])
    np.testing.assert_allclose(voxels_of(turned)[1].values, voxels_of(mesh)[1].values, atol=1e-12)


def test_two_solids_do_not_count_twice_where_they_overlap() -> None:
    box = shapes.box((3.0, 2.0, 1.0))
    other = box.vertices * 0.5
    both = Mesh(np.vstack([box.vertices, other]), np.vstack([box.faces, box.faces + 8]))
    np.testing.assert_allclose(voxels_of(both)[1].values, voxels_of(box)[1].values, atol=1e-9)


def test_an_open_surface_fills_voxels_by_its_area() -> None:
    grid = shapes.grid(5, 9)
    surface, voxels = voxels_of(grid)
    assert not voxels.is_solid
    assert voxels.values.sum() * voxels.spacing**2 == pytest.approx(surface.areas.sum())
    _, finer = voxels_of(shapes.grid(17, 33))
    np.testing.assert_allclose(voxels.values, finer.values, atol=0.05)


@pytest.mark.parametrize("mesh", [bumpy(), shapes.grid(4, 7)], ids=["solid", "sheet"])
def test_the_grid_turns_with_the_shape(mesh: Mesh) -> None:
    _, straight = voxels_of(mesh)
    rotation = Rotation.random(random_state=5).as_matrix()
    moved = Mesh(4.0 * mesh.vertices @ rotation.T + (1, 2, 3), mesh.faces)
    _, turned = voxels_of(moved)
    # The ends of the axes are left open, the axes are not.
    same = [
        np.abs(np.flip(turned.values, axes) - straight.values).max()
        for axes in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))
    ]
    assert min(same) < 1e-9


def test_to_the_grid_and_back() -> None:
    surface, voxels = voxels_of(bumpy())
    np.testing.assert_allclose(voxels.to_surface(voxels.to_grid(surface.points)), surface.points,
                               atol=1e-12)  # fmt: skip
    middle = (np.array(voxels.values.shape) - 1) / 2.0
    np.testing.assert_allclose(voxels.to_grid(np.zeros((1, 3)))[0], middle)
    assert all((size - 1) % 8 == 0 for size in voxels.values.shape)


def test_a_cloud_is_refused() -> None:
    with pytest.raises(InputError, match="needs faces"):
        voxelise(Surface(bumpy().vertices, np.empty((0, 3), int)), 32)


def test_cancelled() -> None:
    ctx = RunContext()
    ctx.cancel()
    mesh = bumpy()
    with pytest.raises(Cancelled):
        voxelise(Surface(mesh.vertices, mesh.faces), 32, ctx)
