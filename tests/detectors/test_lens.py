import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.detectors.lens import Lens
from kpstudio.geometry.camera import Camera


def test_a_camera_of_the_rig_stays_itself() -> None:
    lens = Lens(64, 40.0, 3.0)
    eye = 3.0 * np.array([0.48, 0.6, 0.64])
    camera = Camera.look_at(eye, np.zeros(3), np.array([0.0, 1.0, 0.0]), 40.0, (64, 64))
    found = lens.turned_as(camera)
    assert np.allclose(found.matrix, camera.matrix)
    assert np.allclose(lens.square(camera).matrix, camera.matrix)


def test_zoom_distance_and_what_is_in_the_middle_do_not_matter() -> None:
    lens = Lens()
    eye, up = np.array([1.0, 2.0, 5.0]), np.array([0.0, 1.0, 0.0])
    centred = lens.turned_as(Camera.look_at(eye, np.zeros(3), up, 50.0, (640, 480)))
    aside = lens.turned_as(Camera.look_at(eye, np.array([0.4, 0.3, 0.0]), up, 20.0, (300, 900)))
    assert np.allclose(np.linalg.norm(aside.position), lens.distance)
    assert np.allclose(aside.position, centred.position)
    assert np.allclose(aside.project(np.zeros((1, 3)))[0], aside.centre)
    assert aside.size == (lens.size, lens.size)
    # Shifting the picture rolls the camera by a few degrees at most.
    assert np.trace(aside.rotation @ centred.rotation.T) > 2.99


def test_the_roll_of_the_camera_is_kept() -> None:
    up = np.array([1.0, 1.0, 0.0])
    camera = Camera.look_at(np.array([0.0, 0.0, 4.0]), np.zeros(3), up, 30.0, (100, 100))
    assert np.allclose(Lens().turned_as(camera).rotation, camera.rotation)


def test_a_square_shows_all_of_the_picture_it_is_around() -> None:
    eye, up = np.array([0.0, 0.0, 4.0]), np.array([0.0, 1.0, 0.0])
    camera = Camera.look_at(eye, np.zeros(3), up, 30.0, (400, 300))
    square = Lens(80).square(camera)
    corners = camera.unproject(np.array([[0.0, 0.0], [400.0, 300.0]]), np.ones(2))
    assert np.allclose(square.project(corners)[0], [[0.0, 10.0], [80.0, 70.0]])


def test_a_camera_that_looks_away() -> None:
    eye, up = np.array([0.0, 0.0, 4.0]), np.array([0.0, 1.0, 0.0])
    with pytest.raises(InputError, match="looks away"):
        Lens().turned_as(Camera.look_at(eye, 2 * eye, up, 30.0, (9, 9)))
