"""Disturbances: what they change, what they keep, and the way back."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.mesh import Mesh
from kpstudio.evaluation.disturbances import (
    DEFAULTS,
    KINDS,
    Crop,
    DownSample,
    Noise,
    Nothing,
    Remesh,
    Rigid,
    parse,
    random_rotation,
)
from kpstudio.geometry.closest import SurfaceLocator
from tests import shapes

EVERY = [*DEFAULTS, Nothing(), Crop(0.6)]


def cloud() -> Mesh:
    return Mesh(shapes.torus().vertices, np.zeros((0, 3), np.int32), "cloud")


@pytest.mark.parametrize("disturbance", EVERY, ids=lambda one: one.name)
def test_the_same_seed_does_the_same(disturbance, torus) -> None:
    first, again = (disturbance.apply(torus, 3).mesh for _ in range(2))
    assert first.key == again.key
    if disturbance != Nothing():
        other = disturbance.apply(torus, 4).mesh
        assert other.key != first.key


@pytest.mark.parametrize("disturbance", EVERY, ids=lambda one: one.name)
def test_a_name_says_it_all(disturbance) -> None:
    assert parse(disturbance.name) == disturbance


def test_a_motion_is_undone_exactly(torus) -> None:
    disturbed = Rigid().apply(torus, 1)
    back = disturbed.back(disturbed.mesh.vertices)
    order = np.lexsort(np.round(back, 9).T)
    wanted = np.lexsort(np.round(torus.vertices, 9).T)
    np.testing.assert_allclose(back[order], torus.vertices[wanted], atol=1e-12)
    assert np.linalg.norm(disturbed.translation) > 0.0


def test_a_motion_keeps_every_face_but_not_their_order(torus) -> None:
    disturbed = Rigid().apply(torus, 1)
    moved = Mesh(disturbed.back(disturbed.mesh.vertices), disturbed.mesh.faces)

    def corners(mesh: Mesh) -> set[tuple[float, ...]]:
        return {tuple(np.round(mesh.vertices[face], 8).ravel()) for face in mesh.faces}

    assert {tuple(row) for row in corners(moved)} == corners(torus)
    assert not np.array_equal(disturbed.mesh.faces, torus.faces)


def test_rotations_are_rotations_and_go_everywhere() -> None:
    rng = np.random.default_rng(0)
    turns = np.array([random_rotation(rng) for _ in range(2000)])
    np.testing.assert_allclose(turns @ turns.transpose(0, 2, 1), np.tile(np.eye(3), (2000, 1, 1)),
                               atol=1e-12)  # fmt: skip
    assert np.linalg.det(turns).min() > 0.99
    # The image of an axis is uniform on the sphere: mean 0, second moment 1/3.
    images = turns[:, :, 0]
    np.testing.assert_allclose(images.mean(axis=0), 0.0, atol=0.05)
    np.testing.assert_allclose((images**2).mean(axis=0), 1.0 / 3.0, atol=0.03)


def test_noise_has_the_spread_asked_for_and_keeps_seams_closed(sphere) -> None:
    doubled = Mesh(
        np.concatenate([sphere.vertices, sphere.vertices]),
        np.concatenate([sphere.faces, sphere.faces + len(sphere.vertices)]),
    )
    noisy = Noise(2.0).apply(doubled, 5).mesh
    half = len(sphere.vertices)
    np.testing.assert_array_equal(noisy.vertices[:half], noisy.vertices[half:])
    spread = (noisy.vertices - doubled.vertices)[:half].std()
    assert spread == pytest.approx(0.02 * doubled.diagonal, rel=0.12)
    np.testing.assert_array_equal(Noise(0.0).apply(sphere).mesh.vertices, sphere.vertices)


@pytest.mark.parametrize("keep", [0.5, 0.25])
def test_down_sampling_keeps_a_share_of_the_vertices_and_the_shape(keep) -> None:
    ball = shapes.icosphere(4)
    small = DownSample(keep).apply(ball, 2).mesh
    assert len(small.vertices) == pytest.approx(keep * len(ball.vertices), rel=0.06)
    assert len(small.faces) > 1.6 * len(small.vertices)
    # Vertices are vertices of the original.
    assert SurfaceLocator(ball.vertices, ball.faces).closest(small.vertices).distances.max() < 1e-12
    missed = SurfaceLocator(small.vertices, small.faces).closest(ball.vertices).distances
    assert missed.max() < 0.05


def test_down_sampling_does_not_weld_the_two_sides_of_a_sheet() -> None:
    sheet = shapes.box((1.0, 0.004, 1.0), divisions=5)
    small = DownSample(0.3).apply(sheet, 1).mesh
    assert np.ptp(small.vertices[:, 1]) == pytest.approx(0.004)
    assert small.face_areas.sum() == pytest.approx(sheet.face_areas.sum(), rel=0.15)


def test_a_cloud_loses_points() -> None:
    small = DownSample(0.25).apply(cloud(), 2).mesh
    assert len(small.vertices) == 128
    assert {tuple(p) for p in small.vertices} <= {tuple(p) for p in cloud().vertices}
    with pytest.raises(InputError, match="no triangles"):
        Remesh().apply(cloud())


def test_remeshing_gives_other_triangles_of_the_same_surface(cube) -> None:
    disturbed = Remesh(0.4).apply(cube, 3).mesh
    assert len(disturbed.faces) == 4 * len(cube.faces)
    distances = SurfaceLocator(cube.vertices, cube.faces).closest(disturbed.vertices).distances
    assert distances.max() < 1e-12
    assert disturbed.face_areas.sum() == pytest.approx(cube.face_areas.sum())
    corners = {tuple(p) for p in cube.vertices if (np.abs(p) == 0.5).all()}
    assert corners <= {tuple(p) for p in disturbed.vertices}
    # Vertices inside the sides are elsewhere now.
    halved = Remesh(0.0).apply(cube, 3).mesh.vertices
    assert (np.linalg.norm(disturbed.vertices - halved, axis=1) > 1e-3).mean() > 0.3


@pytest.mark.parametrize("mesh", [shapes.icosphere(3), cloud()], ids=["mesh", "cloud"])
def test_cropping_leaves_a_share_and_knows_which(mesh) -> None:
    disturbed = Crop(0.6).apply(mesh, 7)
    assert disturbed.overlaps(disturbed.mesh.vertices).mean() > 0.9
    assert disturbed.overlaps(mesh.vertices).mean() == pytest.approx(0.6, abs=0.05)
    if len(mesh.faces):
        assert disturbed.mesh.face_areas.sum() == pytest.approx(
            0.6 * mesh.face_areas.sum(), rel=0.02
        )


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="no disturbance 'fire'"):
        parse("fire")
    with pytest.raises(ParameterError, match="expected 0 to 20"):
        parse("noise=21")
    with pytest.raises(ParameterError, match="takes 0"):
        parse("rigid=1")
    assert set(KINDS) == {"none", "rigid", "noise", "downsample", "remesh", "crop"}
