from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError, ParameterError
from kpstudio.data.mesh import Mesh
from kpstudio.data.views import Sight
from kpstudio.detectors.keypointnet import DETECTOR
from kpstudio.detectors.picture_detector import PictureDetector, PictureParameters
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.orientation import Orientation
from kpstudio.nn.keypointnet import NETWORK
from tests.networks import picture_model
from tests.shapes import box

#: On the surface of a box that fills the normalised frame.
PLACES = np.array([[0.5, 0.2, 0.1], [-0.5, 0.1, -0.3], [0.2, 0.5, 0.3], [0.0, -0.1, 0.5]])


class Oracle(PictureDetector):
    """It knows where its keypoints are, and sees a spot around each."""

    spec = replace(DETECTOR.spec, id="keypointnet", title="Oracle")

    def __init__(self, *, depth: bool) -> None:
        self.depth = depth

    def network(self) -> Any:
        return NETWORK

    def look(
        self,
        loaded: Any,
        pictures: np.ndarray,
        cameras: Sequence[Camera] | None,
        parameters: Any,
        ctx: RunContext,
    ) -> tuple[Sight, ...]:
        found = []
        for view, picture in enumerate(pictures):
            camera = self.lens(loaded).camera if cameras is None else cameras[view]
            pixels, depth = camera.project(PLACES)
            away = np.linalg.norm(camera.pixel_centres() - pixels[:, None, None], axis=3)
            heat = np.exp(-((away / 3.0) ** 2)).astype(np.float32)
            found.append(
                Sight(picture, pixels, np.ones(4), camera if cameras else None, heat,
                      depth if self.depth else None, {"depth": heat[0]}, pose=camera.rotation)
            )  # fmt: skip
        return tuple(found)


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(picture_model(tmp_path / "chair.safetensors", size=64))


@pytest.fixture
def shape() -> Mesh:
    """A box of 20 units in odd axes, far from the origin."""
    cube = box((20.0, 20.0, 20.0), divisions=5)
    return replace(cube, vertices=cube.vertices + (100.0, -50.0, 7.0))


ODD = Orientation("+z", "+x")


@pytest.mark.parametrize("depth", [True, False])
def test_what_is_seen_is_found_in_space(model: str, shape: Mesh, depth: bool) -> None:
    parameters = PictureParameters(model=model, snap=False)
    found = Oracle(depth=depth).detect(shape, ODD, parameters)
    frame = shape.normalisation(ODD)
    assert np.allclose(found.keypoints.positions, frame.invert(PLACES), atol=1e-4)
    assert np.allclose(found.keypoints.confidence, 1.0, atol=1e-6)
    assert found.keypoints.schema.names == ("a", "b", "c", "d")
    assert found.notes == ()
    assert [overlay.name for overlay in found.overlays] == ["rays", "covariance"]
    snapped = Oracle(depth=depth).detect(shape, ODD, replace(parameters, snap=True))
    assert snapped.keypoints.anchor is not None
    assert np.allclose(snapped.keypoints.positions, frame.invert(PLACES), atol=1e-3)


def test_sights_are_in_file_coordinates(model: str, shape: Mesh) -> None:
    found = Oracle(depth=True).detect(shape, ODD, PictureParameters(model=model, views=3))
    frame = shape.normalisation(ODD)
    assert len(found.sights) == 3
    for sight in found.sights:
        camera = sight.camera
        assert camera is not None
        assert sight.depth is not None
        assert camera.size == (64, 64)
        assert np.allclose(camera.project(frame.invert(PLACES))[0], sight.pixels)
        assert np.allclose(camera.unproject(sight.pixels, sight.depth), frame.invert(PLACES))
        assert np.allclose(sight.pose, camera.rotation)
        assert sight.maps["depth"].max() > 10  # units of the file
        # The picture shows the shape where the camera says.
        middle = camera.project(frame.invert(np.zeros((1, 3))))[0][0].astype(int)
        assert sight.picture[middle[1], middle[0]].max() < 250
        assert (sight.picture[0, 0] > 250).all()


def test_heat_is_hottest_at_the_keypoint(model: str, shape: Mesh) -> None:
    parameters = PictureParameters(model=model, rig="sphere", views=16)
    found = Oracle(depth=False).detect(shape, ODD, parameters)
    fields = found.keypoint_fields["heatmap"]
    assert [field.name for field in fields] == [f"heatmap of {name}" for name in "abcd"]
    here = shape.normalisation(ODD).apply(shape.vertices)
    for field, place in zip(fields, PLACES, strict=True):
        assert field.values.max() == pytest.approx(1.0)
        assert field.values.min() >= 0.0
        assert np.linalg.norm(here[field.values.argmax()] - place) < 0.15
    none = Oracle(depth=False).detect(shape, ODD, replace(parameters, maps=False))
    assert dict(none.keypoint_fields) == {}


@pytest.mark.parametrize("rig", ["turntable", "hemisphere", "sphere"])
def test_rigs(model: str, shape: Mesh, rig: str) -> None:
    parameters = PictureParameters(model=model, rig=rig, views=5, maps=False, snap=False)
    found = Oracle(depth=True).detect(shape, None, parameters)
    eyes = np.stack([sight.camera.position for sight in found.sights if sight.camera])
    eyes = shape.normalisation().apply(eyes)
    assert np.allclose(np.linalg.norm(eyes, axis=1), 2.5)
    heights = eyes[:, 1] / 2.5
    if rig == "turntable":
        assert np.allclose(heights, np.sin(np.deg2rad(20.0)))
    else:
        assert (heights.min() < 0.0) == (rig == "sphere")


def test_one_view_of_the_window(model: str, shape: Mesh) -> None:
    detector, parameters = Oracle(depth=True), PictureParameters(model=model)
    frame = shape.normalisation(ODD)
    eye = frame.invert(np.array([[1.5, 1.0, 2.0]]))[0]
    up = frame.invert_vectors(np.array([[0.0, 1.0, 0.0]]))[0]
    camera = Camera.look_at(eye, shape.origin + 1.0, up, 50.0, (640, 480))
    sight = detector.see(shape, camera, ODD, parameters)
    assert sight.camera is not None
    assert sight.camera.size == (64, 64)
    assert np.allclose(sight.camera.position, camera.position)
    assert np.allclose(sight.camera.project(frame.invert(PLACES))[0], sight.pixels)
    trained = detector.see(shape, camera, ODD, parameters, as_trained=True)
    assert trained.camera is not None
    assert np.linalg.norm(trained.camera.position - shape.origin) == pytest.approx(50.0)
    assert np.allclose(trained.camera.unproject(trained.pixels, trained.depth),
                       frame.invert(PLACES))  # fmt: skip


def test_photos(model: str) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    sight = DETECTOR.look_at_photo(photo, model)
    assert sight.camera is None
    assert sight.picture.shape == (64, 64, 3)
    assert sight.heatmaps is not None
    assert ((sight.pixels > 0) & (sight.pixels < 64)).all()
    again = DETECTOR.look_at_photo(photo, model)
    assert np.array_equal(again.pixels, sight.pixels)
    with pytest.raises(ParameterError, match="what a photo shows is not known"):
        DETECTOR.look_at_photo(photo, "")


def test_the_network_is_shown_what_the_sight_says(model: str, shape: Mesh) -> None:
    found = DETECTOR.detect(shape, None, PictureParameters(model=model, views=9, maps=False))
    for sight in found.sights:
        alone = DETECTOR.look_at_photo(sight.picture, model)
        assert np.allclose(alone.pixels, sight.pixels, atol=1e-4)
        assert np.allclose(alone.depth, sight.depth / 20.0, atol=1e-5)
        assert sight.heatmaps is not None
        assert np.allclose(sight.heatmaps.sum(axis=(1, 2)), 1.0, atol=1e-5)
        assert set(sight.maps) == {"depth", "mask", "front", "back"}
        assert sight.maps["front"].sum() == pytest.approx(1.0, abs=1e-5)
        assert np.array_equal(np.isfinite(sight.maps["depth"]), sight.maps["mask"] == 1.0)


def test_what_it_refuses(model: str, shape: Mesh) -> None:
    cloud = Mesh(shape.vertices, np.empty((0, 3), int), "dots")
    parameters = PictureParameters(model=model)
    camera = Camera.look_at(np.array([0.0, 0, 9]), np.zeros(3), np.array([0.0, 1, 0]), 40, (9, 9))
    for call in (lambda: DETECTOR.detect(cloud, None, parameters),
                 lambda: DETECTOR.see(cloud, camera, None, parameters)):  # fmt: skip
        with pytest.raises(InputError, match="dots is a cloud of points") as caught:
            call()
        assert "clouds" in caught.value.remedy
    line = Mesh([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 2]], "line")
    with pytest.raises(InputError, match="sees anything of line"):
        DETECTOR.detect(line, None, parameters)
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        DETECTOR.see(shape, camera, None, parameters, ctx)
