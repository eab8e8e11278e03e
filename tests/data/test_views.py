"""Views and sights: checked, frozen arrays that fit each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.views import Sight, View
from kpstudio.geometry.camera import Camera

CAMERA = Camera(np.eye(3), np.array([0.0, 0.0, 2.0]), 10.0, (4, 3))


def view() -> View:
    faces = np.full((3, 4), -1, np.int32)
    faces[1, 2] = 7
    depth = np.where(faces >= 0, 2.0, np.inf)
    zeros = np.zeros((3, 4, 3))
    return View(CAMERA, zeros.astype(np.uint8), faces, zeros, depth, zeros)


def sight(**changes: Any) -> Sight:
    known = {"picture": np.zeros((3, 4, 3), np.uint8), "pixels": np.ones((5, 2)),
             "confidence": np.ones(5)}  # fmt: skip
    return Sight(**(known | changes))


def test_a_view_knows_where_the_shape_is() -> None:
    seen = view()
    assert seen.mask.sum() == 1
    assert seen.mask[1, 2]
    assert seen.depth.dtype == np.float32
    assert np.isinf(seen.depth[~seen.mask]).all()
    with pytest.raises(ValueError, match="read-only"):
        seen.colour[0, 0] = 1


@pytest.mark.parametrize("name", ["colour", "faces", "barycentric", "depth", "normals"])
def test_pictures_of_a_view_have_its_cameras_size(name: str) -> None:
    turned = np.swapaxes(getattr(view(), name), 0, 1)
    with pytest.raises(InputError, match="shape"):
        replace(view(), **{name: turned})


def test_a_sight_keeps_what_it_is_given() -> None:
    heat = np.random.default_rng(0).random((5, 8, 8))
    maps = {"mask": np.full((3, 4), np.inf)}
    seen = sight(camera=CAMERA, heatmaps=heat, depth=np.arange(5.0), maps=maps, pose=np.eye(3))
    assert seen.heatmaps is not None
    np.testing.assert_allclose(seen.heatmaps, heat, atol=1e-6)
    assert seen.maps["mask"].dtype == np.float32
    assert sight().maps == {}
    assert sight().camera is None
    maps["mask"][0, 0] = 1.0
    assert np.isinf(seen.maps["mask"]).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"confidence": np.ones(4)},
        {"pixels": np.full((5, 2), np.nan)},
        {"heatmaps": np.zeros((4, 8, 8))},
        {"depth": np.zeros(4)},
        {"maps": {"mask": np.zeros(4)}},
        {"edges": np.zeros((2, 2))},
        {"pose": np.zeros((2, 2))},
        {"picture": np.zeros((3, 4), np.uint8)},
        {"picture": np.zeros((4, 3, 3), np.uint8), "camera": CAMERA},
    ],
)
def test_a_sight_refuses_what_does_not_fit(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        sight(**changes)
