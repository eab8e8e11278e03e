import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.rotations import random_rotations
from kpstudio.rendering.rigs import band, cone, hemisphere, sphere, turntable
from kpstudio.rendering.shading import Light, Lighting
from kpstudio.rendering.views import render
from tests.rendering.analytic import box_depth, sphere_depth
from tests.shapes import box, icosphere

RNG = np.random.default_rng(5)
SMALL = (64, 48)
RIGS = {
    "turntable": turntable(3, size=SMALL),
    "hemisphere": hemisphere(3, size=SMALL),
    "sphere": sphere(4, size=SMALL),
    "cone": cone(3, RNG, size=SMALL),
    "band": band(3, RNG, size=SMALL),
}
BOX = (0.9, 0.4, 0.6)


@pytest.mark.parametrize("rig", RIGS)
def test_depth_is_that_of_rays_cast_by_hand(rig: str) -> None:
    for view in render(box(BOX, 3), RIGS[rig]):
        expected = box_depth(view.camera, BOX)
        # A pixel on the silhouette may fall on either side.
        assert (view.mask == np.isfinite(expected)).mean() > 0.995
        both = view.mask & np.isfinite(expected)
        assert both.sum() > 200
        error = np.abs(view.depth[both] - expected[both]) / expected[both]
        assert np.quantile(error, 0.98) < 1e-5
        assert error.max() < 1e-3


def test_a_fine_ball_is_round() -> None:
    (view,) = render(icosphere(5, 0.5), turntable(1))
    expected = sphere_depth(view.camera, 0.5)
    rim = np.hypot(*(view.camera.pixel_centres() - view.camera.centre).T).T
    inside = view.mask & (rim < 0.9 * rim[view.mask].max())
    assert np.abs(view.depth[inside] - expected[inside]).max() < 1e-3 * 2.5
    # The silhouette: tan of the angle between axis and tangent is r / sqrt(D^2 - r^2).
    radius = view.camera.focal * 0.5 / np.sqrt(2.5**2 - 0.25)
    assert abs(np.sqrt(view.mask.sum() / np.pi) - radius) < 0.5


def test_vertices_project_into_the_pixels_that_show_them() -> None:
    mesh = icosphere(3, 0.5)
    for view in render(mesh, hemisphere(4)):
        centres = view.camera.pixel_centres()[view.mask]
        points = view.camera.unproject(centres, view.depth[view.mask])
        corners = mesh.vertices[mesh.faces[view.faces[view.mask]]]
        on_face = np.einsum("qk,qkc->qc", view.barycentric[view.mask], corners)
        assert np.linalg.norm(points - on_face, axis=1).max() < 2e-2  # edge on at the rim
        assert np.median(np.linalg.norm(points - on_face, axis=1)) < 1e-6
        pixels, _ = view.camera.project(on_face)
        assert np.abs(pixels - centres).max() < 0.5


def test_a_world_that_turns_with_its_cameras_looks_the_same() -> None:
    mesh, cameras = box(BOX, 2), hemisphere(3, size=SMALL)
    (turn,) = random_rotations(1, np.random.default_rng(1))
    shift = np.array([0.3, -2.0, 1.0])
    moved = Mesh(2.0 * mesh.vertices @ turn.T + shift, mesh.faces)
    turned = [camera.moved(turn, 2.0, shift) for camera in cameras]
    for one, other in zip(render(mesh, cameras), render(moved, turned), strict=True):
        same = one.faces == other.faces
        assert same.mean() > 0.995
        both = same & one.mask
        assert np.allclose(2.0 * one.depth[both], other.depth[both], rtol=1e-5)
        assert np.abs(one.colour[both].astype(int) - other.colour[both]).max() <= 1


def test_the_same_call_gives_the_same_bytes() -> None:
    first, again = (render(icosphere(2, 0.5), turntable(2)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        for name in ("colour", "faces", "barycentric", "depth", "normals"):
            assert getattr(one, name).tobytes() == getattr(other, name).tobytes()


def test_normals_point_towards_the_camera_whatever_the_winding() -> None:
    mesh = box(BOX)
    mixed = mesh.faces.copy()
    mixed[::2] = mixed[::2, ::-1]
    for shape in (mesh, Mesh(mesh.vertices, mixed)):
        (view,) = render(shape, turntable(1, 0.0))
        front = view.mask & (np.abs(view.normals[..., 2] + 1.0) < 1e-6)
        assert front[view.mask].mean() > 0.9  # seen straight on: one side, -z in camera axes
        assert np.allclose(np.linalg.norm(view.normals[view.mask], axis=1), 1.0, atol=1e-5)


def test_lamps_stay_with_the_camera_or_with_the_world() -> None:
    mesh, cameras = icosphere(3, 0.5), turntable(2, 0.0)  # from the front and from the back
    right = (1.0, 0.0, 0.0)

    def brightness(lamp: Light) -> list[float]:
        half = cameras[0].size[0] // 2
        return [
            float(view.colour[:, half:].sum()) / float(view.colour[:, :half].sum() + 1)
            for view in render(mesh, cameras, Lighting((lamp,), 0.0), (0, 0, 0))
        ]

    moving, standing = brightness(Light(right)), brightness(Light(right, in_world=True))
    assert min(moving) > 50.0
    assert standing[0] > 50.0
    assert standing[1] < 0.02


def test_backgrounds_are_colours_or_images_one_for_all_or_one_each() -> None:
    mesh, cameras = icosphere(1, 0.3), turntable(2, size=(32, 32))
    image = np.zeros((10, 20, 3), np.uint8)
    image[:, 10:] = 255
    plain, each, picture = (
        render(mesh, cameras, background=background)
        for background in ((1, 2, 3), [(9, 9, 9), (7, 7, 7)], image)
    )
    assert all((view.colour[~view.mask] == (1, 2, 3)).all() for view in plain)
    assert [int(view.colour[0, 0, 0]) for view in each] == [9, 7]
    assert (picture[0].colour[0, :16] == 0).all()
    assert (picture[0].colour[0, 16:] == 255).all()
    with pytest.raises(InputError, match="no background"):
        render(mesh, cameras, background=np.zeros((4, 4), np.uint8)[:1])


def test_more_samples_soften_edges_and_nothing_else() -> None:
    mesh, cameras = icosphere(3, 0.5), turntable(1)
    (rough,), (fine,) = render(mesh, cameras), render(mesh, cameras, supersample=3)
    assert (rough.faces == fine.faces).all()
    assert (rough.depth[rough.mask] == fine.depth[fine.mask]).all()
    differ = np.abs(rough.colour.astype(int) - fine.colour).max(axis=2) > 8
    inner = np.hypot(*(rough.camera.pixel_centres() - 64.0).T).T < 36
    assert not differ[inner & rough.mask].any()
    assert differ.any()


def test_colours_of_vertices_are_seen() -> None:
    mesh = box((0.6, 0.6, 0.6))
    light = Lighting((), 1.0)
    reds = np.tile(np.array([200, 10, 20, 255], np.uint8), (len(mesh.vertices), 1))
    (view,) = render(mesh, turntable(1), light, colors=reds)
    assert (view.colour[view.mask] == (200, 10, 20)).all()
    with pytest.raises(InputError, match="colours have shape"):
        render(mesh, turntable(1), colors=np.zeros((3, 3)))
