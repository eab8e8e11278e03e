"""`kpstudio train`: train a model, watch it, stop it, go on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, FileError, ParameterError
from kpstudio.cli.interrupt import interruptible
from kpstudio.cli.options import named_values
from kpstudio.training.system import system_ids

app = typer.Typer(
    help="Train models. Ctrl-C stops and keeps a checkpoint; --resume goes on from it.",
)

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of real meshes; procedural shapes alone without it."),
]
Output = Annotated[Path, typer.Option("-o", "--output", help="The model file (.safetensors).")]
Steps = Annotated[int, typer.Option(help="Optimiser steps.", min=1)]
Seed = Annotated[int, typer.Option(help="Seed of everything.", min=0)]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, ...")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with an interrupted training.")]
Count = Annotated[int, typer.Option("--procedural", help="Procedural shapes a category.", min=2)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any other constant of the recipe."),
]


@app.command("keypoint-deformer")
def keypoint_deformer(
    category: Annotated[str, typer.Option(help="Category of the shapes, such as airplane.")],
    output: Output,
    data: Data = None,
    steps: Steps = 2000,
    batch: Annotated[int, typer.Option(help="Shapes a step.", min=2)] = 12,
    head: Annotated[str, typer.Option(help="softmax or regression.")] = "softmax",
    named: Annotated[
        bool, typer.Option(help="Learn named keypoints from the procedural shapes' landmarks.")
    ] = True,
    procedural: Count = 300,
    seed: Seed = 0,
    device: Device = "auto",
    resume: Resume = False,
    settings: Settings = None,
) -> None:
    """Train KeypointDeformer on a category: keypoints, and how they move a mesh."""
    from kpstudio.app.training_data import gather
    from kpstudio.cli.training_runs import Job, recipe_of, train_keypoint_deformer
    from kpstudio.training.shapes import CATEGORIES

    values = {"steps": steps, "batch": batch, "head": head, "seed": seed}
    model_file = _model_file(output)  # gathering shapes takes minutes: what cannot be comes first
    # A category of your own has no landmarks that could name its keypoints.
    recipe = recipe_of(named and category in CATEGORIES, values | named_values(settings))
    shapes = gather(data, category, procedural)
    job = Job(category, shapes, model_file, recipe, device, resume, _command())
    _run(lambda ctx: train_keypoint_deformer(job, ctx), output)


@app.command("recogniser")
def recogniser(
    output: Output,
    data: Data = None,
    steps: Steps = 2000,
    batch: Annotated[int, typer.Option(help="Clouds a step.", min=2)] = 32,
    procedural: Count = 200,
    seed: Seed = 0,
    device: Device = "auto",
    resume: Resume = False,
    settings: Settings = None,
) -> None:
    """Train the recogniser, which proposes a shape's category and orientation."""
    from kpstudio.base.parameters import build
    from kpstudio.cli.recogniser_runs import RecogniserJob, train_recogniser
    from kpstudio.training.recogniser import RecogniserRecipe

    values = {"steps": steps, "batch": batch, "seed": seed}
    recipe = build(RecogniserRecipe, values | named_values(settings))
    job = RecogniserJob(data, _model_file(output), recipe, procedural, device, resume, _command())
    _run(lambda ctx: train_recogniser(job, ctx), output)


def _add_system(id: str) -> None:
    """Add the command that trains one of the systems on clouds."""

    def command(
        output: Output,
        category: Annotated[
            str, typer.Option(help="Category of the shapes, for systems that learn one.")
        ] = "",
        data: Data = None,
        steps: Annotated[int, typer.Option(help="Optimiser steps; 0: the recipe's.")] = 0,
        procedural: Count = 200,
        seed: Seed = 0,
        device: Device = "auto",
        resume: Resume = False,
        settings: Settings = None,
    ) -> None:
        from kpstudio.app.training_data import gather_for
        from kpstudio.app.training_run import SystemJob, train_system
        from kpstudio.base.parameters import build
        from kpstudio.training.system import get_system

        system = get_system(id)
        values = {"seed": seed} | ({"steps": steps} if steps else {})
        recipe: Any = build(system.recipe, values | named_values(settings))
        model_file = _model_file(output)
        found = gather_for(system.per_category, data, category, procedural)
        job = SystemJob(system, category, found, model_file, recipe, device, resume, _command())
        _run(lambda ctx: train_system(job, ctx), output)

    app.command(id, help=f"Train {id}: see docs/training.md.")(command)


for _id in system_ids():
    _add_system(_id)


def _run(work: Callable[[RunContext], dict[str, Any]], output: Path) -> None:
    """Do the work under a progress bar; say where its card is, or how to go on."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn(),
        TimeRemainingColumn(), TextColumn("{task.description}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("Preparing", total=1.0)
        ctx = RunContext(
            on_progress=lambda part, text: bar.update(task, completed=part, description=text)
        )
        try:
            with interruptible(ctx):
                work(ctx)
        except Cancelled:
            bar.stop()
            typer.echo("Stopped. The same command with --resume goes on from here.", err=True)
            raise typer.Exit(130) from None
    typer.echo(f"{output} ({output.with_suffix('.md').name} says how good it is)")


def _model_file(output: Path) -> Path:
    if output.suffix != ".safetensors":
        raise ParameterError(
            f"{output} is no name of a model file", remedy="Let it end in .safetensors."
        )
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            "cannot be made a folder", remedy="Choose another.", path=output.parent
        ) from error
    return output


def _command() -> str:
    return " ".join(["kpstudio", *sys.argv[1:]])
