"""The training loop: it learns, it stops, it goes on exactly where it stopped."""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError, ModelError, ParameterError
from kpstudio.training.log import previews, read_log
from kpstudio.training.loop import LoopSettings, Watch, train
from kpstudio.training.state import TrainingState

SETTINGS = LoopSettings(steps=40, learning_rate=0.05, keep_every=7, log_every=1, seed=3)


@dataclasses.dataclass(frozen=True)
class Recipe:
    batch: int = 16
    absolute_weight: float = 0.1


class Line:
    """Learns y = 2 x - 1 from noisy batches."""

    def __init__(self, recipe: Any = Recipe()) -> None:
        self.recipe = recipe
        torch.manual_seed(0)
        self.module = torch.nn.Linear(1, 1)

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        return [
            {"params": [self.module.weight], "lr": learning_rate},
            {"params": [self.module.bias], "lr": 2 * learning_rate},
        ]

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, torch.Tensor]:
        x = torch.from_numpy(rng.normal(size=(self.recipe.batch, 1)).astype(np.float32))
        error = self.module(x) - (2.0 * x - 1.0)
        return {
            "squared": error.square().mean(),
            "absolute": self.recipe.absolute_weight * error.abs().mean(),
        }


def weights(trainee: Line) -> list[float]:
    return [value.item() for value in trainee.module.parameters()]


def cancel_after(steps: int) -> RunContext:
    reports = itertools.count(1)
    ctx = RunContext(on_progress=lambda *_: ctx.cancel() if next(reports) == steps else None)
    return ctx


def test_losses_fall_and_every_one_is_logged(tmp_path: Path) -> None:
    train(Line(), SETTINGS, tmp_path)
    lines = read_log(tmp_path)
    assert [line["step"] for line in lines] == list(range(1, 41))
    for line in lines:
        assert line["total"] == pytest.approx(line["squared"] + line["absolute"], rel=1e-5)
    assert lines[-1]["total"] < 0.2 * lines[0]["total"]
    assert list(tmp_path.glob("events.out.tfevents.*"))


def test_what_was_logged_up_to_a_checkpoint_is_on_the_disk(tmp_path: Path) -> None:
    on_disk: list[int] = []
    ctx = RunContext(on_progress=lambda *_: on_disk.append(len(read_log(tmp_path))))
    train(Line(), SETTINGS, tmp_path, ctx)
    # A process that is killed at step 31 goes on from 28.
    assert on_disk[30] >= 28


def test_an_interrupted_run_resumed_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, parts = Line(), Line()
    train(whole, SETTINGS, tmp_path / "whole")
    with pytest.raises(Cancelled):
        train(parts, SETTINGS, tmp_path / "parts", cancel_after(17))
    assert weights(parts) != weights(whole)
    resumed = Line()
    train(resumed, SETTINGS, tmp_path / "parts", resume=True)
    assert weights(resumed) == weights(whole)
    assert read_log(tmp_path / "parts") == read_log(tmp_path / "whole")


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    first, again = Line(), Line()
    train(first, SETTINGS, tmp_path)
    train(again, SETTINGS, tmp_path, resume=True)
    assert weights(again) == weights(first)
    assert len(read_log(tmp_path)) == 40


def test_without_a_checkpoint_it_starts_at_the_beginning(tmp_path: Path) -> None:
    first, second = Line(), Line()
    train(first, SETTINGS, tmp_path / "a", resume=True)
    train(second, SETTINGS, tmp_path / "b")
    assert weights(first) == weights(second)


def test_other_settings_are_not_a_resumption(tmp_path: Path) -> None:
    train(Line(), SETTINGS, tmp_path)
    other = dataclasses.replace(SETTINGS, steps=50, learning_rate=0.1)
    with pytest.raises(ParameterError, match="another steps, learning_rate"):
        train(Line(), other, tmp_path, resume=True)


def test_another_recipe_is_not_a_resumption(tmp_path: Path) -> None:
    train(Line(), SETTINGS, tmp_path)
    with pytest.raises(ParameterError, match="another batch, absolute_weight") as caught:
        train(Line(Recipe(batch=8, absolute_weight=0.2)), SETTINGS, tmp_path, resume=True)
    assert "--resume" in caught.value.remedy


def test_a_checkpoint_from_before_there_were_such_constants_goes_on(tmp_path: Path) -> None:
    @dataclasses.dataclass(frozen=True)
    class Older:
        batch: int = 16
        absolute_weight: float = 0.1

    @dataclasses.dataclass(frozen=True)
    class Newer(Older):
        decor: str = "none"

    with pytest.raises(Cancelled):
        train(Line(Older()), SETTINGS, tmp_path, cancel_after(5))
    train(Line(Newer()), SETTINGS, tmp_path, resume=True)
    assert len(read_log(tmp_path)) == 40


def test_a_checkpoint_without_a_recipe_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = TrainingState.keep
    with monkeypatch.context() as patch:
        # As checkpoints were written before recipes were kept with them.
        patch.setattr(
            TrainingState,
            "keep",
            lambda self, settings: keep(
                self, {name: value for name, value in settings.items() if name != "recipe"}
            ),
        )
        train(Line(), SETTINGS, tmp_path)
    train(Line(Recipe(batch=8)), SETTINGS, tmp_path, resume=True)
    assert len(read_log(tmp_path)) == 40


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    train(Line(), SETTINGS, tmp_path)
    path = tmp_path / "state.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"state\.safetensors"):
        train(Line(), SETTINGS, tmp_path, resume=True)


def test_divergence_is_told_and_not_kept(tmp_path: Path) -> None:
    class Diverging(Line):
        def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, torch.Tensor]:
            losses = super().losses(step, rng)
            return losses if step < 10 else {"squared": losses["squared"] * torch.inf}

    with pytest.raises(InputError, match="diverged at step 10"):
        train(Diverging(), SETTINGS, tmp_path)
    assert len(read_log(tmp_path)) == 10


def test_progress_names_the_losses(tmp_path: Path) -> None:
    reports: list[tuple[float, str]] = []
    train(
        Line(), SETTINGS, tmp_path, RunContext(on_progress=lambda *report: reports.append(report))
    )
    assert [part for part, _ in reports] == sorted(part for part, _ in reports)
    assert reports[-1][0] == 1.0
    assert "absolute" in reports[-1][1]


def test_the_rate_falls_smoothly_to_a_hundredth() -> None:
    settings = LoopSettings(steps=100, decay=0.5)
    rates = [settings.rate(step) for step in range(101)]
    assert rates[:51] == [1.0] * 51
    assert all(after < before for before, after in itertools.pairwise(rates[50:]))
    assert rates[-1] == pytest.approx(0.01)


class Painter(Line):
    """Draws a picture that tells which draw it was given."""

    def preview(self, rng: np.random.Generator) -> np.ndarray:
        return np.full((4, 6, 3), int(rng.integers(256)), np.uint8)


def test_pictures_are_drawn_when_due_and_change_nothing(tmp_path: Path) -> None:
    plain, drawn = Line(), Painter()
    seen: list[int] = []
    watch = Watch(preview=lambda step, pixels: seen.append(step))
    often = dataclasses.replace(SETTINGS, preview_every=15)
    train(plain, SETTINGS, tmp_path / "plain")
    train(drawn, often, tmp_path / "drawn", watch=watch)
    assert weights(drawn) == weights(plain)
    assert seen == [15, 30]
    assert [path.name for path in previews(tmp_path / "drawn")] == [
        "preview-0000015.png", "preview-0000030.png"
    ]  # fmt: skip
    with Image.open(previews(tmp_path / "drawn")[0]) as picture:
        assert picture.size == (6, 4)
    first, second = (path.read_bytes() for path in previews(tmp_path / "drawn"))
    assert first == second  # the same shapes every time


def test_pictures_may_be_switched_on_when_going_on(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        train(Painter(), SETTINGS, tmp_path, cancel_after(10))
    often = dataclasses.replace(SETTINGS, preview_every=15)
    train(Painter(), often, tmp_path, resume=True)
    assert len(previews(tmp_path)) == 2


def test_pictures_of_steps_that_are_taken_again_go(tmp_path: Path) -> None:
    often = dataclasses.replace(SETTINGS, preview_every=5, keep_every=7)
    train(Painter(), often, tmp_path / "whole")
    with pytest.raises(Cancelled):
        train(Painter(), often, tmp_path / "whole", cancel_after(12))
    assert [path.stem[-2:] for path in previews(tmp_path / "whole")] == ["05", "10"]


IMPATIENT = dataclasses.replace(SETTINGS, steps=400, check_every=5, patience=3, decay=0.0)


class Stuck(Line):
    """Learns for a while, then nothing more."""

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, torch.Tensor]:
        losses = super().losses(step, rng)
        return {name: value.detach() + 0.0 * value for name, value in losses.items()}


def test_it_stops_when_nothing_becomes_better(tmp_path: Path) -> None:
    train(Stuck(), IMPATIENT, tmp_path)
    # The first check is the best so far, three more are enough.
    assert read_log(tmp_path)[-1]["step"] == 20


def test_it_does_not_stop_while_it_learns(tmp_path: Path) -> None:
    slow = dataclasses.replace(IMPATIENT, steps=40, learning_rate=0.01)
    train(Line(), slow, tmp_path)
    assert read_log(tmp_path)[-1]["step"] == 40


def test_checks_change_nothing(tmp_path: Path) -> None:
    plain, checked = Line(), Line()
    train(plain, SETTINGS, tmp_path / "plain")
    patient = dataclasses.replace(SETTINGS, patience=100, check_every=3)
    train(checked, patient, tmp_path / "checked")
    assert weights(checked) == weights(plain)


def test_patience_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, parts = Line(), Line()
    settings = dataclasses.replace(IMPATIENT, check_every=2)
    train(whole, settings, tmp_path / "whole")
    steps = int(read_log(tmp_path / "whole")[-1]["step"])
    assert steps < settings.steps
    with pytest.raises(Cancelled):
        train(parts, settings, tmp_path / "parts", cancel_after(steps - 3))
    resumed = Line()
    train(resumed, settings, tmp_path / "parts", resume=True)
    assert read_log(tmp_path / "parts") == read_log(tmp_path / "whole")
    assert weights(resumed) == weights(whole)
    again = Line()
    train(again, settings, tmp_path / "parts", resume=True)  # it had come to its end
    assert weights(again) == weights(whole)


def test_a_pause_loses_nothing_and_does_not_count(tmp_path: Path) -> None:
    plain, paused = Line(), Line()
    train(plain, SETTINGS, tmp_path / "plain")
    reports = itertools.count(1)

    def pause(*_: object) -> None:
        if next(reports) == 10:
            ctx.pause()
            threading.Timer(0.6, look).start()

    kept: list[int] = []

    def look() -> None:
        kept.append(len(read_log(tmp_path / "paused")))
        ctx.go_on()

    ctx = RunContext(on_progress=pause)
    seconds = train(paused, SETTINGS, tmp_path / "paused", ctx)
    assert kept == [10]  # nothing went on meanwhile
    assert weights(paused) == weights(plain)
    assert seconds < 0.6


def test_a_paused_run_can_be_stopped(tmp_path: Path) -> None:
    ctx = RunContext()
    ctx.pause()
    threading.Timer(0.2, ctx.cancel).start()
    with pytest.raises(Cancelled):
        train(Line(), SETTINGS, tmp_path, ctx)
    assert (tmp_path / "state.safetensors").is_file()


def test_who_looks_on_is_told_what_is_logged(tmp_path: Path) -> None:
    told: list[dict[str, float]] = []
    watch = Watch(losses=lambda step, losses: told.append({"step": step, **losses}))
    train(Line(), SETTINGS, tmp_path, watch=watch)
    assert told == read_log(tmp_path)
