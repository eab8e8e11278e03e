"""One training loop for every model: steps, losses, checkpoints, and going on where it stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from kpstudio.base.arrays import ByteArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError, ParameterError
from kpstudio.nn.torch_libraries import leave_triton_out
from kpstudio.training.log import TrainingLog
from kpstudio.training.patience import Patience
from kpstudio.training.state import TrainingState

#: Draws of a check, and what tells their seed from that of the training.
_DRAWS, _JUDGED = 4, 1
#: What one may change when going on: it shows the training and does not alter it.
_OF_THE_MOMENT = ("preview_every",)


def _ignore(*_: Any) -> None:
    """Look away."""


class Trainee(Protocol):
    """What the loop trains."""

    @property
    def module(self) -> torch.nn.Module:
        """The network."""
        ...

    @property
    def recipe(self) -> Any:
        """Constants of its losses and batches, a dataclass."""
        ...

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return the optimiser's parameter groups."""
        ...

    def losses(self, step: int, rng: np.random.Generator) -> Mapping[str, torch.Tensor]:
        """Return the weighted losses of one step; the loop minimises their sum."""
        ...


@dataclass(frozen=True)
class LoopSettings:
    """How the loop runs.

    Parameters
    ----------
    steps
        Number of optimiser steps in all.
    learning_rate
        Adam's learning rate at the start.
    decay
        Fraction of the steps, at the end, over which a half cosine takes it to a hundredth.
    clip
        Largest norm of the gradient.
    seed
        Seed of everything drawn.
    keep_every
        Steps between checkpoints.
    log_every
        Steps between lines of the log and reports of progress.
    check_every
        Steps between checks for an early stop: the losses of a draw that is always the same.
    patience
        Stop after so many checks without progress; 0: never.
    preview_every
        Steps between pictures, of trainees that make some (`preview(rng) -> (h,w,3) uint8`);
        0: none.
    """

    steps: int = 2000
    learning_rate: float = 1e-3
    decay: float = 0.5
    clip: float = 10.0
    seed: int = 0
    keep_every: int = 250
    log_every: int = 10
    check_every: int = 25
    patience: int = 0
    preview_every: int = 0

    def rate(self, step: int) -> float:
        """Return the factor on the learning rate at a step."""
        start = self.steps * (1.0 - self.decay)
        if step <= start:
            return 1.0
        return 0.505 + 0.495 * math.cos(math.pi * (step - start) / (self.steps - start))


@dataclass(frozen=True)
class Watch:
    """Somebody who looks on; called on the thread that trains.

    Parameters
    ----------
    losses
        Told (step, losses by name) whenever they are logged.
    preview
        Told (step, picture (h,w,3) uint8) whenever there is one.
    """

    losses: Callable[[int, Mapping[str, float]], None] = _ignore
    preview: Callable[[int, ByteArray], None] = _ignore


def train(
    trainee: Trainee,
    settings: LoopSettings,
    folder: Path,
    ctx: RunContext | None = None,
    *,
    resume: bool = False,
    watch: Watch | None = None,
) -> float:
    """Train to the end and return the seconds it took, those of interrupted runs included.

    Parameters
    ----------
    trainee
        Network and losses.
    settings
        Steps, rates, seed.
    folder
        For the log, the pictures and the checkpoint; made when missing.
    ctx
        Progress, pause and cancellation. A cancelled run leaves a checkpoint of its last whole
        step, and so does one that is paused, in case nobody comes back.
    resume
        Go on from the checkpoint in `folder`, exactly as if there had been no interruption;
        without a checkpoint, start at the beginning.
    watch
        Who looks on.

    Raises
    ------
    Cancelled
        The run was cancelled; its checkpoint is in `folder`.
    ModelError
        The checkpoint is damaged or of another network.
    ParameterError
        The checkpoint was made with other settings or another recipe.
    InputError
        A loss became NaN or infinite.
    """
    ctx = ctx or RunContext()
    leave_triton_out()
    optimiser = torch.optim.Adam(trainee.parameter_groups(settings.learning_rate))
    rng, patience = np.random.default_rng(settings.seed), Patience(settings.patience)
    state = TrainingState(trainee.module, optimiser, rng, folder, patience)
    if resume and state.exists():
        _refuse_other_settings(state.restore(), asdict(settings), asdict(trainee.recipe))
    with TrainingLog(folder, state.step) as log:
        run = _Run(trainee, settings, state, log, watch or Watch())
        try:
            while not run.is_over:
                run.wait(ctx)
                run.record(_advance(trainee, optimiser, settings, state), ctx)
        except Cancelled:
            run.keep()
            raise
    return run.seconds


class _Run:
    """What is done between the steps: log, checks, pictures, checkpoints, the clock."""

    def __init__(
        self,
        trainee: Trainee,
        settings: LoopSettings,
        state: TrainingState,
        log: TrainingLog,
        watch: Watch,
    ) -> None:
        self.trainee, self.settings, self.state = trainee, settings, state
        self.log, self.watch = log, watch
        self.start = time.perf_counter() - state.seconds

    @property
    def seconds(self) -> float:
        """Time spent on training, pauses not counted."""
        return time.perf_counter() - self.start

    @property
    def is_over(self) -> bool:
        return self.state.step >= self.settings.steps or self.state.patience.is_over

    def wait(self, ctx: RunContext) -> None:
        """Wait here while the run is paused, and leave if it is no longer wanted."""
        before = time.perf_counter()
        if ctx.paused.is_set():
            self.keep()
        ctx.check()
        self.start += time.perf_counter() - before

    def record(self, losses: Mapping[str, float], ctx: RunContext) -> None:
        """Do what is due after a step."""
        settings, step = self.settings, self.state.step
        if settings.patience and step % settings.check_every == 0:
            self.state.patience.look(_judge(self.trainee, settings))
        if self._is_due(settings.preview_every):
            self._draw()
        if self._is_due(settings.log_every) or self.is_over:
            self.log.write(step, losses)
            self.watch.losses(step, losses)
            ctx.progress(1.0 if self.is_over else step / settings.steps, _words(step, losses))
        if self._is_due(settings.keep_every) or self.is_over:
            self.keep()

    def keep(self) -> None:
        """Write a checkpoint."""
        self.state.seconds = self.seconds
        kept = asdict(self.settings) | {"recipe": asdict(self.trainee.recipe)}
        self.state.keep(kept)
        self.log.flush()  # going on from here, the lines up to here are needed

    def _is_due(self, every: int) -> bool:
        return every > 0 and self.state.step % every == 0

    def _draw(self) -> None:
        preview = getattr(self.trainee, "preview", None)
        if preview is None:
            return
        # Of its own, always the same: pictures show the same shapes and change no other draw.
        pixels = preview(np.random.default_rng(self.settings.seed))
        self.log.picture(self.state.step, pixels)
        self.watch.preview(self.state.step, pixels)


def _judge(trainee: Trainee, settings: LoopSettings) -> float:
    """Return the total loss on a draw that is the same at every check."""
    rng = np.random.default_rng((settings.seed, _JUDGED))
    trainee.module.eval()
    # With gradients: some losses are made of them.
    totals = [
        torch.stack(list(trainee.losses(settings.steps - 1, rng).values())).sum().item()
        for _ in range(_DRAWS)
    ]
    trainee.module.train()
    return float(np.mean(totals))


def _advance(
    trainee: Trainee, optimiser: torch.optim.Adam, settings: LoopSettings, state: TrainingState
) -> dict[str, float]:
    """Take one step; return its losses."""
    for group in optimiser.param_groups:
        group.setdefault("initial_lr", group["lr"])
        group["lr"] = group["initial_lr"] * settings.rate(state.step)
    losses = trainee.losses(state.step, state.rng)
    total = torch.stack(list(losses.values())).sum()
    if not torch.isfinite(total):
        raise InputError(
            f"training diverged at step {state.step}", remedy="Use a smaller learning rate."
        )
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(total)
    torch.nn.utils.clip_grad_norm_(trainee.module.parameters(), settings.clip)
    optimiser.step()
    state.step += 1
    return {"total": total.item()} | {name: loss.item() for name, loss in losses.items()}


def _refuse_other_settings(
    kept: Mapping[str, Any], settings: Mapping[str, Any], recipe: Mapping[str, Any]
) -> None:
    # Constants that came later than the checkpoint, or than recipes in it, say nothing.
    known = {**kept.get("recipe", {}), **kept}
    changed = [
        name
        for name, value in {**settings, **recipe}.items()
        if name in known and known[name] != value and name not in _OF_THE_MOMENT
    ]
    if changed:
        raise ParameterError(
            f"the interrupted training had another {', '.join(changed)}",
            remedy="Use the same options to resume, or start again without --resume.",
        )


def _words(step: int, losses: Mapping[str, float]) -> str:
    parts = (f"{name} {value:.4g}" for name, value in losses.items())
    return f"step {step}: {', '.join(parts)}"
