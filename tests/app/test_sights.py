from __future__ import annotations

import numpy as np
import pytest

from kpstudio.app.sights import (
    HEATMAP,
    HEATMAPS,
    MAP,
    PICTURE,
    PLAIN,
    layers_of,
    plain_source,
    side_of,
    sources_of,
    window_of,
)
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.shape import Shape
from kpstudio.data.views import Sight
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.orientation import ORIENTATIONS
from tests.handled import box_mesh, handled_shape


def sight(**more: object) -> Sight:
    return Sight(np.zeros((8, 8, 3), np.uint8), np.full((2, 2), 4.0), np.ones(2), **more)


def looked_at(names: tuple[str, ...] = ("a", "b")) -> Detection:
    points = KeypointSet(np.zeros((2, 3)), KeypointSchema(names))
    return Detection(points, Provenance("keypointnet"), sights=(sight(), sight()))


def test_views_of_the_edited_detection_come_first_and_share_its_keypoints() -> None:
    shape = handled_shape()
    assert sources_of(shape) == ()
    edited = shape.detected(looked_at())
    (source,) = sources_of(edited)
    assert (source.key, source.title, source.shared) == ("keypointnet", "KeypointNet", True)
    assert [source.name(index) for index in range(3)] == ["a", "b", "2"]
    (other,) = sources_of(edited.detected(shape.detection))
    assert not other.shared


def test_plain_views_show_where_keypoints_are_and_which_are_hidden() -> None:
    shape = handled_shape()
    source = plain_source(shape, 4)
    assert (source.key, len(source.sights), source.shared) == (PLAIN, 4, True)
    front = source.sights[0]
    names = source.schema.names
    pixels, depth = front.camera.project(shape.keypoints.positions)
    assert np.allclose(front.pixels, pixels)
    assert np.allclose(front.depth, depth)
    assert front.confidence[names.index("front")] == 1.0
    assert front.confidence[names.index("back")] < 0.5
    back = source.sights[2]
    assert back.confidence[names.index("back")] == 1.0


def test_a_shape_without_keypoints_has_views_too() -> None:
    source = plain_source(Shape(box_mesh()), 2)
    assert source.schema is None
    assert len(source.sights[0].pixels) == 0
    assert list(layers_of(source.sights)) == [PICTURE, MAP + "depth", MAP + "mask"]


def test_layers_are_what_sights_have() -> None:
    assert list(layers_of(())) == [PICTURE]
    heat = np.zeros((2, 4, 4), np.float32)
    layers = layers_of((sight(heatmaps=heat, maps={"edge_map": heat[0]}),))
    assert layers == {PICTURE: "Picture", HEATMAP: "Heatmap of keypoint",
                      HEATMAPS: "All heatmaps", MAP + "edge_map": "Edge map"}  # fmt: skip
    assert HEATMAP not in layers_of((sight(heatmaps=heat), sight()))


def test_the_window_holds_the_shape_in_every_view() -> None:
    source = plain_source(handled_shape(), 5)
    left, top, right, bottom = window_of(source.sights)
    assert left == top == pytest.approx(1.0 - right)
    assert right == bottom
    assert 0.05 < left < 0.4
    for seen in source.sights:
        rows, columns = np.nonzero(seen.maps["mask"])
        places = np.stack([columns, rows]) / len(seen.maps["mask"])
        assert places.min() > left
        assert places.max() < right
    assert window_of(()) == window_of((sight(),)) == (0.0, 0.0, 1.0, 1.0)
    assert window_of((sight(maps={"mask": np.ones((8, 8), np.float32)}),)) == (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize("orientation", ORIENTATIONS[::5])
def test_sides_are_the_shapes_own(orientation) -> None:
    shape = Shape(box_mesh(), orientation)

    def side(*away: float) -> str:
        eye = orientation.rotation.T @ np.array(away) * 5.0
        up = orientation.rotation.T @ np.array([0.0, 1.0, 0.1])
        return side_of(Camera.look_at(eye, np.zeros(3), up, 40.0, (8, 8)), shape)

    assert side(0, 0, 1) == "front"
    assert side(1, 0, 0) == "left"
    assert side(-1, 0, -1) == "back right"
    assert side(-1, 1, 0) == "right, 45\N{DEGREE SIGN} up"
    assert side(0, -0.2, -1) == "back, 11\N{DEGREE SIGN} down"
    assert side(0, 1, 0.1) == "above"
    assert side(0, -1, 0.1) == "below"
