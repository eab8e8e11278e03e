"""Pictures of a training."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import build
from kpstudio.training.cloud_trainee import CloudTrainee
from kpstudio.training.preview import (
    SKETCHES,
    Sketch,
    draw_marked,
    draw_sketches,
    keypoint_color,
)
from kpstudio.training.shapes import procedural
from kpstudio.training.system import get_system, system_ids

CLOUD = np.random.default_rng(0).normal(size=(500, 3))


def has_color(picture: np.ndarray, color: tuple[int, ...]) -> bool:
    return bool((np.abs(picture.astype(int) - color).max(axis=2) <= 2).any())


def test_sketches_stand_side_by_side() -> None:
    one, three = draw_sketches([Sketch(CLOUD)]), draw_sketches([Sketch(CLOUD)] * 3)
    assert one.dtype == np.uint8
    assert three.shape == (one.shape[0], 3 * one.shape[1], 3)
    np.testing.assert_array_equal(three[:, : one.shape[1]], one)


def test_every_keypoint_has_its_colour() -> None:
    keypoints = np.array([[0.5, 0.0, 0.0], [-0.5, 0.5, 0.0], [0.0, -0.5, 0.5]])
    picture = draw_sketches([Sketch(CLOUD, keypoints=keypoints)])
    plain = draw_sketches([Sketch(CLOUD)])
    for index in range(3):
        assert has_color(picture, keypoint_color(index))
        assert not has_color(plain, keypoint_color(index))


def test_where_a_cloud_is_and_how_large_does_not_matter() -> None:
    far = draw_sketches([Sketch(CLOUD * 1000.0 + 5000.0, keypoints=CLOUD[:2] * 1000.0 + 5000.0)])
    near = draw_sketches([Sketch(CLOUD, keypoints=CLOUD[:2])])
    assert np.abs(far.astype(int) - near).mean() < 0.5


def test_up_is_up_and_values_are_colours() -> None:
    tower = np.column_stack([np.zeros(200), np.linspace(0.0, 1.0, 200), np.zeros(200)])
    picture = draw_sketches([Sketch(tower, values=tower[:, 1])]).astype(int)
    warm = picture[:, :, 0] - picture[:, :, 2]
    half = len(picture) // 2
    assert warm[:half].max() > 100
    assert warm[half:].min() < -40


@pytest.mark.parametrize("values", [None, np.ones(1)])
def test_a_single_point_can_be_drawn(values: np.ndarray | None) -> None:
    assert draw_sketches([Sketch(np.zeros((1, 3)), values)]).any()


def test_views_carry_their_keypoints_where_they_are() -> None:
    pictures = np.zeros((2, 32, 32, 3), np.uint8)
    picture = draw_marked(pictures, np.array([[[0.0, 0.5]], [[-0.5, 0.0]]])).astype(int)
    side = len(picture)
    assert picture.shape == (side, 2 * side, 3)
    for row, column in ((3 * side // 4, side // 2), (side // 2, side + side // 4)):
        assert np.abs(picture[row, column] - keypoint_color(0)).max() <= 2


@pytest.mark.parametrize("id", system_ids())
def test_every_system_draws_what_it_does(id: str) -> None:
    system = get_system(id)
    known = system.recipe.__dataclass_fields__
    small = {"batch": 4, "points": 256, "views": 3, "size": 32, "width": 8}
    recipe = build(system.recipe, {name: small[name] for name in small if name in known})
    pool = system.gather(procedural("chair", 4, 1), recipe, RunContext())
    trainee = system.trainee(pool, recipe, "cpu")
    was = {name: value.clone() for name, value in trainee.module.state_dict().items()}
    picture = trainee.preview(np.random.default_rng(3))
    again = trainee.preview(np.random.default_rng(3))
    np.testing.assert_array_equal(picture, again)
    if isinstance(trainee, CloudTrainee):
        with torch.no_grad():
            sketches = trainee.sketches(np.random.default_rng(3))
        assert len(sketches) == SKETCHES
        assert all(s.values is not None or s.keypoints is not None for s in sketches)
    assert trainee.module.training
    assert all((value == was[name]).all() for name, value in trainee.module.state_dict().items())
