from __future__ import annotations

import time

import numpy as np
import pytest

from kpstudio.app.options import Colormap, FieldStyle
from kpstudio.app.sights import HEATMAP, HEATMAPS, MAP, PICTURE
from kpstudio.data.views import Sight
from kpstudio.viewport.colormaps import colors
from kpstudio.viewport.palette import keypoint_color
from kpstudio.viewport.sight_colors import SightColors

PLAIN = FieldStyle()


def sight(strength: float = 1.0) -> Sight:
    """Two keypoints in a picture of 16 pixels, with heatmaps of 4 and a depth of 8."""
    heat = np.zeros((2, 4, 4), np.float32)
    heat[0, 1, 2], heat[1, 3, 0] = strength, 1.0
    depth = np.full((8, 8), np.inf, np.float32)
    depth[2:6, 2:6] = np.linspace(2.0, 4.0, 16).reshape(4, 4)
    pixels = np.array([[10.0, 6.0], [1.0, 15.0]])
    return Sight(np.zeros((16, 16, 3), np.uint8), pixels, np.ones(2), heatmaps=heat,
                 maps={"depth": depth})  # fmt: skip


def test_a_picture_has_nothing_over_it() -> None:
    found = SightColors([sight()], PICTURE, None, PLAIN)
    assert found.over(sight()) is None
    assert found.scale is None
    assert found.value_at(sight(), 0) is None


def test_heatmaps_of_one_keypoint_share_a_scale() -> None:
    strong, weak = sight(0.8), sight(0.2)
    found = SightColors([strong, weak], HEATMAP, 0, PLAIN)
    assert (found.scale.low, found.scale.high) == pytest.approx((0.0, 0.8))
    over = found.over(strong)
    assert over.shape == (4, 4, 4)
    assert over[1, 2, 3] > found.over(weak)[1, 2, 3] > 0
    assert np.array_equal(over[1, 2, :3], np.rint(255 * colors(Colormap.VIRIDIS)[-1]))
    assert np.count_nonzero(over[..., 3]) == 1
    assert found.value_at(weak, 0) == pytest.approx(0.2)
    assert found.value_at(weak, 1) == 0.0


def test_no_keypoint_no_heatmap() -> None:
    for keypoint in (None, 7):
        assert SightColors([sight()], HEATMAP, keypoint, PLAIN).over(sight()) is None


def test_all_heatmaps_have_the_colours_of_their_keypoints() -> None:
    over = SightColors([sight(0.3)], HEATMAPS, None, PLAIN).over(sight(0.3))
    for index, (row, column) in enumerate(((1, 2), (3, 0))):
        wanted = np.rint(255 * np.array(keypoint_color(index)))
        assert np.abs(over[row, column, :3] - wanted).max() <= 1
    # Each on its own scale: the weaker one is as opaque.
    assert over[1, 2, 3] == over[3, 0, 3] > 200


def test_what_a_map_does_not_know_is_not_painted() -> None:
    found = SightColors([sight()], MAP + "depth", None, FieldStyle(colormap=Colormap.MAGMA))
    over = found.over(sight())
    assert (found.scale.low, found.scale.high) == (2.0, 4.0)
    assert (over[..., 3] > 0).sum() == 16
    assert np.array_equal(over[2, 2, :3], np.rint(255 * colors(Colormap.MAGMA)[0]))
    assert np.array_equal(over[5, 5, :3], np.rint(255 * colors(Colormap.MAGMA)[-1]))
    assert found.value_at(sight(), 0) == pytest.approx(float(sight().maps["depth"][3, 5]))
    assert found.value_at(sight(), 1) is None  # background


def test_a_map_that_says_nothing_is_no_error() -> None:
    bare = Sight(np.zeros((4, 4, 3), np.uint8), np.zeros((0, 2)), np.zeros(0),
                 maps={"depth": np.full((2, 2), np.inf, np.float32)})  # fmt: skip
    over = SightColors([bare], MAP + "depth", None, PLAIN).over(bare)
    assert not over.any()
    assert SightColors([], HEATMAPS, None, PLAIN).over(bare) is None


def test_a_tile_is_cheap() -> None:
    heat = np.random.default_rng(0).random((12, 64, 64)).astype(np.float32)
    many = Sight(np.zeros((128, 128, 3), np.uint8), np.zeros((12, 2)), np.ones(12), heatmaps=heat)
    found = SightColors([many], HEATMAPS, None, PLAIN)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        found.over(many)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.02
