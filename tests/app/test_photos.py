from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kpstudio.app.photos import Photo, fit_photo, read_photo
from kpstudio.base.errors import ParameterError
from kpstudio.data.prior import ShapePrior
from kpstudio.data.shape import Shape
from kpstudio.data.views import Sight
from kpstudio.detectors.lens import Lens
from kpstudio.geometry.orientation import Orientation
from kpstudio.geometry.square import place_square
from kpstudio.io.pictures import save_picture
from tests import untrained
from tests.handled import box_mesh, box_prior
from tests.networks import picture_model

LENS = Lens(64)


def sight_of(prior: ShapePrior, deviations: np.ndarray, turn: int = 1) -> tuple[Sight, np.ndarray]:
    """What a perfect detector sees of a shape of the prior; and the rotation to its camera."""
    camera = LENS.around("turntable", 5)[turn]
    change = np.tensordot(deviations * np.sqrt(prior.variances), prior.modes, axes=1)
    pixels, _ = camera.project(prior.mean + change)
    picture = np.zeros((64, 64, 3), np.uint8)
    return Sight(picture, pixels, np.ones(len(pixels))), camera.rotation


def photo_of(sight: Sight, prior: ShapePrior, size: tuple[int, int]) -> Photo:
    fit, notes = fit_photo(sight, LENS, prior)
    assert fit is not None
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    return Photo(
        Path("a.png"),
        picture,
        "keypointnet",
        "m",
        "box",
        sight,
        place_square(size, 64),
        LENS,
        untrained.model().schema,
        fit,
        fit.coefficients / np.sqrt(prior.variances),
        notes,
    )


def test_pose_and_form_are_found() -> None:
    prior = box_prior()
    deviations = np.zeros(len(prior.variances))
    deviations[0] = 1.0
    sight, rotation = sight_of(prior, deviations)
    photo = photo_of(sight, prior, (64, 64))
    assert photo.fit is not None
    assert np.allclose(photo.fit.rotation, rotation, atol=0.05)
    assert np.nanmax(photo.fit.residuals) < 1.0
    # Six keypoints that may be a pixel off: the prior pulls towards the mean.
    assert 0.3 < photo.deviations[0] < 1.1


def test_the_camera_shows_a_shape_over_the_photo() -> None:
    prior = box_prior()
    photo = photo_of(sight_of(prior, np.zeros(len(prior.variances)))[0], prior, (320, 200))
    # Any shape whose keypoints are the mean ones in the normalised frame, however it lies.
    mesh = box_mesh((20.0, 12.0, 14.0))
    shape = Shape(mesh.moved(mesh.vertices + (50.0, 0.0, -7.0)), Orientation("+z", "+x"))
    camera = photo.camera_of(shape)
    assert camera is not None
    assert camera.size == (320, 200)
    keypoints = shape.normalisation.invert(prior.mean)
    assert np.allclose(camera.project(keypoints)[0], photo.pixels, atol=1.0)
    assert photo.place.scale == 5.0
    # As it is shown: in the middle of a square, of which the window is the photo.
    shown, (left, top, right, bottom) = photo.enlarged, photo.window
    side = shown.picture.shape[0]
    assert shown.picture.shape == (320, 320, 3)
    assert (left, right) == (0.0, 1.0)
    assert (top, bottom) == pytest.approx((60 / 320, 260 / 320))
    assert np.allclose(shown.pixels - (0.0, top * side), photo.pixels)
    assert photo.viewpoint is not None
    assert photo.viewpoint.azimuth == pytest.approx(72.0, abs=3.0)  # the second of five
    assert photo.viewpoint.distance == pytest.approx(LENS.distance, rel=0.1)
    assert replace(photo, fit=None).camera_of(shape) is None


def test_what_is_read_from_a_file(tmp_path: Path) -> None:
    save_picture(tmp_path / "p.png", np.full((30, 50, 3), 200, np.uint8))
    model = str(picture_model(tmp_path / "m.safetensors", prior=untrained.some_prior()))
    photo = read_photo(tmp_path / "p.png", model, parameters={"maps": "no"})
    assert photo.picture.shape == (30, 50, 3)
    assert photo.lens.size == 32
    assert np.allclose(photo.pixels, photo.place.to_photo(photo.sight.pixels))
    assert len(photo.deviations) == len(untrained.some_prior().variances)
    assert "renderings" in photo.notes[0]
    with pytest.raises(ParameterError, match="no parameter 'depths'"):
        read_photo(tmp_path / "p.png", model, parameters={"depths": 1})


def test_why_there_is_no_pose() -> None:
    prior = box_prior()
    sight, _ = sight_of(prior, np.zeros(len(prior.variances)))
    fit, notes = fit_photo(sight, LENS, None)
    assert fit is None
    assert "how keypoints vary" in notes[0]
    fit, notes = fit_photo(replace(sight, confidence=np.zeros(6)), LENS, prior)
    assert fit is None
    assert "no pose" in notes[0]
