import numpy as np

from kpstudio.data.views import Sight
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.orientation import ORIENTATIONS


def frame() -> Normalisation:
    points = np.random.default_rng(0).uniform(-3.0, 11.0, (20, 3))
    return Normalisation.fit(points, ORIENTATIONS[7])


def test_cameras_go_to_the_normalised_frame_and_back() -> None:
    here = frame()
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (9, 3))
    camera = Camera.look_at(np.array([1.0, 1, 2]), np.zeros(3), np.array([0.0, 1, 0]), 40, (80, 60))
    outside = here.invert_camera(camera)
    pixels, depth = camera.project(points)
    assert np.allclose(outside.project(here.invert(points))[0], pixels)
    assert np.allclose(outside.project(here.invert(points))[1], depth * here.scale)
    assert np.allclose(here.apply_camera(outside).matrix, camera.matrix)


def test_a_sight_in_file_coordinates_shows_the_same_places() -> None:
    here = frame()
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (4, 3))
    camera = Camera.look_at(np.array([1.0, 1, 2]), np.zeros(3), np.array([0.0, 1, 0]), 40, (8, 6))
    pixels, depth = camera.project(points)
    maps = {"depth": np.full((2, 2), 1.5, np.float32), "mask": np.ones((2, 2), np.float32)}
    picture = np.zeros((6, 8, 3), np.uint8)
    sight = Sight(picture, pixels, np.ones(4), camera, depth=depth, maps=maps, pose=camera.rotation)
    found = sight.in_file(here)
    assert found.camera is not None
    assert np.allclose(found.camera.unproject(found.pixels, found.depth), here.invert(points))
    assert np.allclose(found.maps["depth"], 1.5 * here.scale)
    assert (found.maps["mask"] == 1.0).all()
    assert np.allclose(found.pose, found.camera.rotation)
    photo = Sight(picture, pixels, np.ones(4)).in_file(here)
    assert photo.camera is None
    assert photo.pose is None
