"""Training a detector that labels shapes for itself, if only for some steps."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError
from kpstudio.nn.bootstrap import NETWORK, first_net
from kpstudio.nn.catalogue import Model
from kpstudio.nn.picture_maps import gaussian_maps, in_units
from kpstudio.nn.semantic_heatmaps import SIGMA, SemanticMaps
from kpstudio.training.bootstrap import (
    SYSTEM,
    BootstrapRecipe,
    BootstrapTrainee,
    save,
)
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.self_labels import best, with_labels
from kpstudio.training.shapes import procedural
from kpstudio.training.view_pool import ViewPool

SMALL = BootstrapRecipe(
    steps=6, first_steps=2, batch=4, width=8, size=32, views=4, labelled=3, rounds=2, least=3
)


@pytest.fixture(scope="module")
def pool() -> ViewPool:
    return SYSTEM.gather(procedural("chair", 6, 1), SMALL, RunContext())


class Oracle(torch.nn.Module):
    """Sees the true landmarks of a shape in all of its views, but for one that it gets wrong."""

    def __init__(self, pool: ViewPool, wanted: list[int]) -> None:
        super().__init__()
        self.pool, self.wanted = pool, wanted
        self.pictures = [pool.pictures(row) for row in range(len(pool))]

    def forward(self, pictures: Tensor) -> SemanticMaps:
        shown = (pictures.permute(0, 2, 3, 1) * 255.0).round().to(torch.uint8).numpy()
        (row,) = [row for row, known in enumerate(self.pictures) if np.array_equal(known, shown)]
        places = (2.0 * self.pool.pixels[row][:, self.wanted] - 32.0) / 32.0
        places[0] = -places[0]
        size = (32, 32)
        maps = gaussian_maps(torch.from_numpy(places), size, in_units(SIGMA, size))
        return SemanticMaps((maps.clamp(min=1e-12).log(),), ())


def taught(pool: ViewPool, recipe: BootstrapRecipe = SMALL) -> BootstrapTrainee:
    trainee = BootstrapTrainee(pool, recipe)
    trainee.module.forward = Oracle(pool, list(trainee.plan.landmarks)).forward
    return trainee


def test_without_generated_shapes_there_is_nothing_to_begin_with(pool: ViewPool) -> None:
    with pytest.raises(InputError, match="nothing is labelled"):
        BootstrapTrainee(replace(pool, real=np.ones(6, bool)), SMALL)


def test_labels_of_but_a_few_shapes_are_kept_from_the_detector(pool: ViewPool) -> None:
    trainee = BootstrapTrainee(pool, SMALL)
    assert trainee.told.tolist() == [True] * 3 + [False] * 3
    assert not trainee.pool.known[3:].any()
    assert not trainee.pool.visible[3:].any()
    assert trainee.pool.known[:3].any()


def test_views_that_agree_correct_one_that_is_wrong(pool: ViewPool) -> None:
    trainee = taught(pool, replace(SMALL, believed=1.0))
    trainee.label(2)
    believed = trainee.module.believed.numpy()
    known = believed & pool.known
    assert known[3:, list(trainee.plan.landmarks)].mean() > 0.5
    assert not believed[:3].any()
    away = np.linalg.norm(trainee.module.points.numpy() - pool.landmarks, axis=2)[known]
    assert np.median(away) < 0.01
    _, last = trainee.story()["rounds_of_labels"]
    assert last["labels"] == believed.sum()
    assert last["right"] == pytest.approx((away < 0.05).mean())


def test_believed_labels_are_seen_in_all_views(pool: ViewPool) -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-0.4, 0.4, pool.landmarks.shape)
    labelled = rng.random(pool.known.shape) < 0.5
    more = with_labels(pool, points, labelled)
    for row, view in ((0, 1), (4, 3)):
        pixels, _ = pool.camera(row, view).project(points[row])
        assert np.allclose(more.pixels[row, view][labelled[row]], pixels[labelled[row]], atol=0.01)
        kept = ~labelled[row]
        assert np.array_equal(more.pixels[row, view][kept], pool.pixels[row, view][kept])
    assert (more.visible == (pool.visible | labelled[:, None])).all()
    assert (more.known == (pool.known | labelled)).all()


def test_the_best_labels_of_every_landmark_are_believed() -> None:
    scores = np.array([[3.0, 0.0], [1.0, 0.0], [2.0, 0.5], [0.5, 0.0]])
    assert best(scores, 0.5).tolist() == [[True, False], [False, False], [True, True], [False] * 2]
    assert best(scores, 1.0).tolist() == (scores > 0.0).tolist()


def test_rounds_come_when_they_are_due(pool: ViewPool) -> None:
    trainee = BootstrapTrainee(pool, SMALL)
    trainee.module.train()
    rounds = []
    for step in range(SMALL.steps):
        trainee.losses(step, np.random.default_rng(step))
        rounds.append(int(trainee.module.round))
    assert rounds == [0, 0, 1, 1, 2, 2]


def test_a_check_far_ahead_begins_no_round(pool: ViewPool) -> None:
    trainee = BootstrapTrainee(pool, SMALL)
    trainee.module.eval()
    trainee.losses(SMALL.steps - 1, np.random.default_rng(0))
    assert int(trainee.module.round) == 0


def test_going_on_after_an_interruption_is_as_if_there_had_been_none(
    pool: ViewPool, tmp_path: Path
) -> None:
    recipe = replace(SMALL, least=2, believed=1.0)
    settings = LoopSettings(steps=6, learning_rate=recipe.learning_rate, log_every=1)
    whole, first, second = (BootstrapTrainee(pool, recipe) for _ in range(3))
    train(whole, settings, tmp_path / "whole")
    reports = count(1)
    ctx = RunContext(on_progress=lambda *_: ctx.cancel() if next(reports) == 4 else None)
    with pytest.raises(Cancelled):
        train(first, settings, tmp_path / "parts", ctx)
    assert 0 < int(first.module.round) < recipe.rounds
    train(second, settings, tmp_path / "parts", resume=True)
    for name, weights in whole.module.state_dict().items():
        assert torch.equal(weights, second.module.state_dict()[name]), name


def test_a_model_file_keeps_the_first_detector_and_the_rounds(
    pool: ViewPool, tmp_path: Path
) -> None:
    trainee = BootstrapTrainee(pool, SMALL)
    train(trainee, LoopSettings(steps=6), tmp_path / "log")
    path = tmp_path / "chair.safetensors"
    first = {name: value.clone() for name, value in trainee.module.first.state_dict().items()}
    save(path, trainee, "chair", {})
    loaded = NETWORK.load(Model("chair", NETWORK.kind, "chair", "", path))
    for name, value in first_net(loaded).state_dict().items():
        assert torch.equal(value, first[name])
    assert any(
        not torch.equal(value, first[name]) for name, value in loaded.net.state_dict().items()
    )
    assert loaded.metadata["labelled_shapes"] == 3
    assert [told["round"] for told in loaded.metadata["rounds_of_labels"]] == [1, 2]
