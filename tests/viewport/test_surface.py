from __future__ import annotations

import gc
from weakref import ref

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy

from kpstudio.data.mesh import Mesh
from kpstudio.viewport.skin import Skin
from kpstudio.viewport.surface import Surface
from kpstudio.viewport.surfaces import Surfaces
from tests.shapes import box, grid, icosphere


def points_of(surface: Surface) -> np.ndarray:
    return vtk_to_numpy(surface.polydata.GetPoints().GetData())


def normals_of(surface: Surface) -> np.ndarray:
    return vtk_to_numpy(surface.polydata.GetPointData().GetNormals())


def test_positions_are_written_into_the_same_memory() -> None:
    mesh = icosphere(2)
    surface = Surface(mesh)
    array, memory = surface.polydata.GetPoints().GetData(), points_of(surface)
    before = surface.polydata.GetMTime()
    surface.write(surface.rest * 2)
    assert surface.polydata.GetPoints().GetData() is array
    assert np.array_equal(memory, surface.rest * 2)
    assert surface.polydata.GetMTime() > before


def test_normals_are_those_of_the_new_positions() -> None:
    # VTK >= 9.4 has filters that leave old normals alone.
    surface = Surface(grid(9, 9))
    surface.update_normals()
    assert np.allclose(np.abs(normals_of(surface)), (0, 1, 0))
    tilted = surface.rest.copy()
    tilted[:, 1] = tilted[:, 0]
    surface.write(tilted)
    surface.update_normals()
    assert np.allclose(np.abs(normals_of(surface)), (0.5**0.5, 0.5**0.5, 0), atol=1e-6)


def test_a_smooth_mesh_is_not_split() -> None:
    surface = Surface(icosphere(3))
    assert surface.vertex_of is None
    surface.update_normals()
    assert np.allclose(normals_of(surface), surface.rest, atol=0.02)


def test_a_crease_is_shaded_on_both_sides() -> None:
    surface = Surface(box())
    assert surface.vertex_of is not None
    assert len(surface.vertex_of) == 24  # three sides meet at each of eight corners
    surface.update_normals()
    assert np.allclose(np.abs(normals_of(surface)).max(axis=1), 1.0)
    # and still follows its vertices
    moved = surface.rest + np.float32(0.25)
    surface.write(moved)
    assert np.array_equal(points_of(surface), moved[surface.vertex_of])


def test_values_are_given_by_vertex() -> None:
    mesh = box()
    surface = Surface(mesh)
    skin = Skin(surface)
    skin.set_values(mesh.vertices[:, 0])
    array = skin.polydata.GetPointData().GetScalars()
    assert np.allclose(vtk_to_numpy(array), points_of(surface)[:, 0])
    skin.set_values(mesh.vertices[:, 1])
    assert skin.polydata.GetPointData().GetScalars() is array
    assert np.allclose(vtk_to_numpy(array), points_of(surface)[:, 1])


def test_single_precision_is_enough_far_from_zero() -> None:
    shift = np.array([4.2e6, -1.3e6, 5.0e5])
    mesh = icosphere(2)
    far = Surface(mesh.moved(mesh.vertices + shift))
    assert np.allclose(far.positions + far.origin - shift, mesh.vertices, atol=1e-6)


def test_a_cloud_has_points_to_see() -> None:
    surface = Surface(Mesh(np.random.default_rng(0).random((10, 3)), np.zeros((0, 3), np.int32)))
    surface.update_normals()
    assert surface.polydata.GetNumberOfVerts() == 10


def test_views_share_the_memory_and_write_it_once() -> None:
    mesh = icosphere(2)
    surfaces = Surfaces()
    surface = surfaces.of("mesh", 7, mesh, None)
    assert surfaces.of("mesh", 7, mesh, None) is surface
    assert surfaces.of("mesh", 8, mesh, None) is not surface
    one, two = Skin(surface), Skin(surface)
    assert (one.renew(), two.renew(), one.renew()) == (True, True, False)
    assert one.polydata.GetPoints() is two.polydata.GetPoints()
    state = object()
    surface.follow(state, mesh.vertices, surface.rest * 2, moving=True)
    version = surface.version
    surface.follow(state, mesh.vertices, surface.rest * 2, moving=True)  # for the second view
    assert surface.version == version
    assert (one.renew(), two.renew()) == (True, True)
    assert np.array_equal(points_of(surface), surface.rest * 2)
    surface.follow(object(), mesh.vertices)
    assert np.array_equal(points_of(surface), surface.rest)
    one.set_values(mesh.vertices[:, 0])
    assert two.polydata.GetPointData().GetScalars() is None


def test_a_surface_nobody_draws_is_gone() -> None:
    surfaces = Surfaces()
    gone = ref(surfaces.of("mesh", 1, icosphere(1), None))
    gc.collect()
    assert gone() is None
