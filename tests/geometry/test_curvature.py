"""Curvatures of surfaces that are known by formula, and of those nobody wants to meet."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.curvature import Curvatures, principal_curvatures
from kpstudio.geometry.surface import Surface
from tests import shapes


def surface_of(mesh: Mesh, *, cloud: bool = False) -> Surface:
    return Surface(mesh.vertices, np.empty((0, 3), int) if cloud else mesh.faces)


def measured(surface: Surface, radius: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """The principal curvatures in 1 / unit of the mesh."""
    found = principal_curvatures(surface, radius * surface.resolution, RunContext())
    return found.minimum / surface.scale, found.maximum / surface.scale


def bent(height: str, rows: int = 31) -> Mesh:
    """A sheet over the square from -1 to 1 whose outer side is +y."""
    flat = shapes.grid(rows, rows)
    x, z = 2.0 * flat.vertices[:, 0] - 1.0, 2.0 * flat.vertices[:, 2] - 1.0
    y = {
        "saddle": 0.25 * (x**2 - z**2),
        "cylinder": np.sqrt(4.0 - x**2),
        "plane": 0.0 * x,
        "bowl": 0.3 * (x**2 + z**2),
    }[height]
    return Mesh(np.column_stack([x, y, z]), flat.faces)


def test_sphere() -> None:
    minimum, maximum = measured(surface_of(shapes.icosphere(4, radius=5.0)))
    assert np.allclose(minimum, 0.2, rtol=0.02)
    assert np.allclose(maximum, 0.2, rtol=0.02)


def test_cylinder_and_its_border() -> None:
    mesh = bent("cylinder")
    minimum, maximum = measured(surface_of(mesh))
    assert np.allclose(minimum, 0.0, atol=0.01)
    assert np.allclose(maximum, 0.5, rtol=0.05)


def test_torus() -> None:
    mesh = shapes.torus(96, 48, radius=1.0, tube=0.4)
    minimum, maximum = measured(surface_of(mesh), radius=2.5)
    outward = np.hypot(mesh.vertices[:, 0], mesh.vertices[:, 2]) - 1.0
    assert np.allclose(maximum, 1.0 / 0.4, rtol=0.05)
    assert np.allclose(minimum, outward / 0.4 / (1.0 + outward), atol=0.04)


def test_saddle() -> None:
    surface = surface_of(bent("saddle"))
    minimum, maximum = measured(surface)
    middle = np.linalg.norm(surface.points, axis=1).argmin()
    assert (minimum[middle], maximum[middle]) == pytest.approx((-0.5, 0.5), rel=0.02)


def test_a_plane_is_flat_without_a_shape_index() -> None:
    found = principal_curvatures(surface_of(bent("plane")), 0.1, RunContext())
    assert np.abs(found.minimum).max() < 1e-9
    assert np.abs(found.maximum).max() < 1e-9
    zero = np.zeros(3)
    assert np.array_equal(Curvatures(zero, zero).shape_index, [0.5] * 3)


def test_what_follows_from_the_principal_curvatures() -> None:
    one = Curvatures(np.array([-2.0, 0.0, 3.0, -1.0, -4.0]), np.array([-2.0, 1.0, 3.0, 1.0, 0.0]))
    assert np.allclose(one.shape_index, [0.0, 0.75, 1.0, 0.5, 0.25])
    assert np.allclose(one.mean, [-2.0, 0.5, 3.0, 0.0, -2.0])
    assert np.allclose(one.gaussian, [4.0, 0.0, 9.0, -1.0, 0.0])
    assert np.allclose(one.curvedness, [2.0, 0.5**0.5, 3.0, 1.0, 8.0**0.5])


def test_faces_turned_round_swap_the_signs() -> None:
    mesh = bent("bowl")
    minimum, maximum = measured(surface_of(mesh))
    assert maximum.max() < 0.0  # a bowl is hollow on its upper side
    below, above = measured(Surface(mesh.vertices, mesh.faces[:, ::-1]))
    assert np.allclose(above, -minimum, atol=1e-9)
    assert np.allclose(below, -maximum, atol=1e-9)


def test_motion_changes_nothing_and_size_only_the_unit() -> None:
    mesh = shapes.torus(40, 20)
    rng = np.random.default_rng(0)
    lumpy = mesh.vertices + 0.01 * rng.normal(size=mesh.vertices.shape)
    turn = Rotation.random(random_state=1).as_matrix()
    moved = 7.0 * lumpy @ turn.T + (30.0, -2.0, 9.0)
    here, there = (Surface(vertices, mesh.faces) for vertices in (lumpy, moved))
    one = principal_curvatures(here, 0.08, RunContext())
    other = principal_curvatures(there, 0.08, RunContext())
    assert np.allclose(one.minimum, other.minimum, atol=1e-7)
    assert np.allclose(one.maximum, other.maximum, atol=1e-7)


def test_noise_averages_out_over_a_larger_ball() -> None:
    mesh = shapes.icosphere(4)
    noise = 0.003 * np.random.default_rng(0).normal(size=(len(mesh.vertices), 1))
    surface = Surface(mesh.vertices * (1.0 + noise), mesh.faces)
    errors = [np.abs(np.concatenate(measured(surface, reach)) - 1.0) for reach in (2.0, 6.0)]
    assert np.median(errors[1]) < 0.1
    assert np.median(errors[1]) < 0.3 * np.median(errors[0])


def test_the_two_sides_of_a_thin_shell() -> None:
    outer = shapes.icosphere(4)
    count = len(outer.vertices)
    shell = Surface(
        np.concatenate([outer.vertices, 0.99 * outer.vertices]),
        np.concatenate([outer.faces, outer.faces[:, ::-1] + count]),
    )
    minimum, maximum = measured(shell)
    assert np.allclose(maximum[:count], 1.0, rtol=0.03)
    assert np.allclose(minimum[count:], -1.0 / 0.99, rtol=0.03)


def test_a_cloud_bulges_away_from_its_centre() -> None:
    minimum, maximum = measured(surface_of(shapes.icosphere(4), cloud=True))
    assert np.allclose(minimum, 1.0, rtol=0.03)
    assert np.allclose(maximum, 1.0, rtol=0.03)


def test_slivers() -> None:
    """Rings of 200 points that lie far apart: all neighbours are nearly in a line."""
    surface = surface_of(shapes.torus(12, 200))
    found = principal_curvatures(surface, 0.05 / surface.scale, RunContext())
    # Along the ring of points the curvature is known; across nothing is, and flat is taken.
    assert np.allclose(found.maximum / surface.scale, 1.0 / 0.3, rtol=0.05)
    assert np.allclose(found.minimum / surface.scale, 0.0, atol=0.05)


ODD = {
    "one triangle": Mesh(np.eye(3), [[0, 1, 2]]),
    "tetrahedron": Mesh([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
                        [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]),
    "two faces back to back": Mesh(np.eye(3), [[0, 1, 2], [2, 1, 0]]),
    "sheet with both sides": Mesh(
        bent("bowl").vertices, np.concatenate([bent("bowl").faces, bent("bowl").faces[:, ::-1]])
    ),
    "box": shapes.box((1.0, 1e-6, 1.0), divisions=3),
    "far away": Mesh(shapes.icosphere(2).vertices + 1e6, shapes.icosphere(2).faces),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("cloud", [False, True])
def test_never_a_number_that_is_none(name: str, cloud: bool) -> None:
    surface = surface_of(ODD[name], cloud=cloud)
    for radius in (1e-6, 0.1, 2.0):
        found = principal_curvatures(surface, radius, RunContext())
        for values in (found.minimum, found.maximum, found.shape_index, found.curvedness):
            assert np.isfinite(values).all()
        assert (found.minimum <= found.maximum).all()


def test_corners_of_a_tetrahedron_bulge() -> None:
    assert (measured(surface_of(ODD["tetrahedron"]))[0] > 0.0).all()


def test_a_sheet_with_both_sides_has_the_curvature_of_the_plane_through_it() -> None:
    """Its faces cancel out, so the side that looks away from the centre is the outer one."""
    surface = surface_of(ODD["sheet with both sides"])
    assert not surface.normals.any()
    curved = np.abs(np.stack(measured(surface)))
    middle = np.linalg.norm(surface.points, axis=1).argmin()
    assert np.allclose(curved[:, middle], 0.6, rtol=0.05)


def test_measured_once_and_never_when_cancelled() -> None:
    surface = surface_of(shapes.icosphere(2))
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        principal_curvatures(surface, 0.3, ctx)
    first = principal_curvatures(surface, 0.3, RunContext())
    assert principal_curvatures(surface, 0.3, RunContext()) is first
    assert principal_curvatures(surface, 0.4, RunContext()) is not first
