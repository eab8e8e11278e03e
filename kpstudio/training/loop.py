"""One training loop for every model: steps, losses, checkpoints, and going on where it stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError, ParameterError
from kpstudio.training.log import TrainingLog
from kpstudio.training.state import TrainingState


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
    """

    steps: int = 2000
    learning_rate: float = 1e-3
    decay: float = 0.5
    clip: float = 10.0
    seed: int = 0
    keep_every: int = 250
    log_every: int = 10

    def rate(self, step: int) -> float:
        """Return the factor on the learning rate at a step."""
        start = self.steps * (1.0 - self.decay)
        if step <= start:
            return 1.0
        return 0.505 + 0.495 * math.cos(math.pi * (step - start) / (self.steps - start))


def train(
    trainee: Trainee,
    settings: LoopSettings,
    folder: Path,
    ctx: RunContext | None = None,
    *,
    resume: bool = False,
) -> float:
    """Train to the end and return the seconds it took, those of interrupted runs included.

    Parameters
    ----------
    trainee
        Network and losses.
    settings
        Steps, rates, seed.
    folder
        For the log and the checkpoint; made when missing.
    ctx
        Progress and cancellation. A cancelled run leaves a checkpoint of its last whole step.
    resume
        Go on from the checkpoint in `folder`, exactly as if there had been no interruption;
        without a checkpoint, start at the beginning.

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
    optimiser = torch.optim.Adam(trainee.parameter_groups(settings.learning_rate))
    state = TrainingState(trainee.module, optimiser, np.random.default_rng(settings.seed), folder)
    if resume and state.exists():
        _refuse_other_settings(state.restore(), asdict(settings), asdict(trainee.recipe))
    start = time.perf_counter() - state.seconds

    with TrainingLog(folder, state.step) as log:

        def keep() -> None:
            state.seconds = time.perf_counter() - start
            state.keep(asdict(settings) | {"recipe": asdict(trainee.recipe)})
            log.flush()  # going on from here, the lines up to here are needed

        try:
            while state.step < settings.steps:
                ctx.check()
                losses = _advance(trainee, optimiser, settings, state)
                last = state.step == settings.steps
                if last or state.step % settings.log_every == 0:
                    log.write(state.step, losses)
                    ctx.progress(state.step / settings.steps, _words(state.step, losses))
                if last or state.step % settings.keep_every == 0:
                    keep()
        except Cancelled:
            keep()
            raise
    return time.perf_counter() - start


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
    changed = [name for name, value in settings.items() if kept.get(name) != value]
    # Constants that came later than the checkpoint, or than recipes in it, say nothing.
    known = kept.get("recipe", {})
    changed += [
        name
        for name, value in recipe.items()
        if name in known and known[name] != value and name not in changed
    ]
    if changed:
        raise ParameterError(
            f"the interrupted training had another {', '.join(changed)}",
            remedy="Use the same options to resume, or start again without --resume.",
        )


def _words(step: int, losses: Mapping[str, float]) -> str:
    parts = (f"{name} {value:.4g}" for name, value in losses.items())
    return f"step {step}: {', '.join(parts)}"
