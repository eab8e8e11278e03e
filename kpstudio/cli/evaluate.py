"""`kpstudio evaluate`: detectors side by side, on shapes with and without annotated keypoints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpstudio.base.errors import Cancelled, FileError, ParameterError
from kpstudio.cli.interrupt import interruptible
from kpstudio.cli.options import Front, Up, say
from kpstudio.cli.progress import progress

if TYPE_CHECKING:
    from rich.table import Table

    from kpstudio.base.context import RunContext
    from kpstudio.cli.evaluation_runs import Request
    from kpstudio.evaluation.result import Evaluation

#: Exit code of a run in which some detector failed on some shape.
SOME_FAILED = 3


def evaluate(
    detectors: Annotated[
        list[str],
        typer.Argument(
            metavar="DETECTOR...",
            help="Ids of detectors; `all` stands for those that need no model.",
            show_default=False,
        ),
    ],
    on: Annotated[Path | None, typer.Option("--on", help="Folder of meshes.")] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="Annotated keypoints: a folder of keypoint files named like the meshes, "
            "or KeypointNet's JSON; the folder of the meshes by default."
        ),
    ] = None,
    procedural: Annotated[
        list[str] | None,
        typer.Option(metavar="CATEGORY:COUNT", help="Generated shapes with landmarks."),
    ] = None,
    count: Annotated[int, typer.Option(help="Keypoints a detector is asked for.", min=1)] = 20,
    seed: Annotated[int, typer.Option(help="Seed of everything random.", min=0)] = 0,
    disturb: Annotated[
        list[str] | None,
        typer.Option(
            "--disturb",
            metavar="NAME[=VALUE]",
            help="none, rigid, noise=0.5 (% of the diagonal), downsample=0.5, remesh, crop=0.7; "
            "a choice of them by default.",
        ),
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write all numbers.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a report to look at.")] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="Keep what is finished in this file, and go on from it. Without it an "
            "interrupted run goes on by itself when the same command comes again."
        ),
    ] = None,
    pictures: Annotated[
        int, typer.Option(help="Shapes whose pictures are in the report.", min=0)
    ] = 3,
    up: Up = "",
    front: Front = "",
) -> None:
    """Compare detectors: repeatability, agreement with people, coverage, run time."""
    from kpstudio.cli.evaluation_runs import Request

    for path in (json, html, resume):
        if path is not None and not path.parent.is_dir():
            raise FileError(f"there is no folder {path.parent}", remedy="Make it first.", path=path)
    if on is None and not procedural:
        raise ParameterError(
            "there is nothing to evaluate on", remedy="Give --on FOLDER or --procedural chair:10."
        )
    disturbances = None if disturb is None else tuple(disturb)
    request = Request(
        tuple(detectors), on, truth, tuple(procedural or ()), count, seed, disturbances, up, front
    )
    with progress() as ctx, interruptible(ctx):
        evaluation = _evaluated(request, resume, json, html, pictures, ctx)
    _show(evaluation)
    for path in (json, html):
        if path is not None:
            say(f"wrote {path}")
    if evaluation.failures:
        raise typer.Exit(SOME_FAILED)


def _evaluated(
    request: Request,
    resume: Path | None,
    json: Path | None,
    html: Path | None,
    pictures: int,
    ctx: RunContext,
) -> Evaluation:
    """Run what was asked for and write it to files; what is finished is kept when it stops."""
    from kpstudio.cli.evaluation_runs import contest_of, draw_pictures
    from kpstudio.evaluation.report import write_report
    from kpstudio.evaluation.result import evaluation_of, write_json
    from kpstudio.evaluation.run import default_work_file, run
    from kpstudio.evaluation.work_file import WorkFile

    try:
        contest, notes = contest_of(request, ctx.part(0.0, 0.02))
        for note in notes:
            say(note)
        kept = resume or default_work_file(contest)
        with WorkFile(kept) as work:
            outcomes = run(contest, work, ctx.part(0.02, 0.95))
        evaluation = evaluation_of(contest, outcomes)
        if json is not None:
            write_json(json, evaluation)
        if html is not None:
            drawn = draw_pictures(contest, outcomes, pictures, ctx.part(0.95, 1.0))
            write_report(html, evaluation, drawn)
    except Cancelled:
        say("Stopped. The same command goes on from here.")
        raise typer.Exit(130) from None
    if resume is None and not evaluation.failures:
        kept.unlink(missing_ok=True)
    return evaluation


def _show(evaluation: Evaluation) -> None:
    from rich.console import Console

    from kpstudio.evaluation.table import caption

    # What goes into a file or a pipe has no edge to keep within.
    console = Console(width=None if sys.stdout.isatty() else 240)
    console.print(_table(evaluation))
    console.print(caption(evaluation), style="dim")
    for failure in evaluation.failures[:20]:
        where = f"{failure.shape} ({failure.disturbance})" if failure.disturbance else failure.shape
        say(f"failed: {failure.detector} on {where}: {failure.reason}")
    more = len(evaluation.failures) - 20
    if more > 0:
        say(f"and {more} failures more")


def _table(evaluation: Evaluation) -> Table:
    from rich.table import Table
    from rich.text import Text

    from kpstudio.evaluation.table import columns, rows

    shown = columns(evaluation)
    table = Table(header_style="bold", pad_edge=False)
    table.add_column("detector", no_wrap=True)
    for column in shown:
        table.add_column(column.title, justify="right")
    for row in rows(evaluation, shown):
        cells = []
        for cell in row.cells:
            text = Text(cell.text, style="bold green" if cell.best else "")
            if cell.baselines:
                text.append("\n" + " ".join(cell.baselines), style="dim not bold")
            cells.append(text)
        table.add_row(row.entrant.title, *cells, style="dim" if row.entrant.baseline else "")
    return table
