"""`kpstudio batch`: one command for thousands of files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpstudio.base.errors import Cancelled, ParameterError
from kpstudio.cli.interrupt import interruptible
from kpstudio.cli.options import (
    KEYPOINT_DEFORMER,
    DetectorId,
    Front,
    ModelName,
    Parameters,
    Up,
    named_values,
    say,
)
from kpstudio.cli.progress import progress

if TYPE_CHECKING:
    from kpstudio.app.batch.run import BatchResult, Connect
    from kpstudio.app.batch.work import Work

#: Exit code of a run in which some file failed.
SOME_FAILED = 1
#: Failures that are told; all of them are in the summary.
_TOLD = 20


def batch(
    patterns: Annotated[
        list[str],
        typer.Argument(
            metavar="PATTERN...",
            help="Files, folders, or patterns in quotes such as 'shapes/**/*.off'.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--output", help="Folder for results.")],
    detector: DetectorId = KEYPOINT_DEFORMER,
    model: ModelName = "",
    parameter: Parameters = None,
    align: Annotated[
        Path | None, typer.Option(help="Deform every mesh towards this one.", metavar="TARGET")
    ] = None,
    amount: Annotated[
        float, typer.Option(help="With --align: 0 = the mesh itself, 1 = the target.")
    ] = 1.0,
    convert: Annotated[
        str, typer.Option(metavar="FORMAT", help="Only write every file in this format.")
    ] = "",
    format: Annotated[
        str,
        typer.Option(
            help="Suffix of the results: json, csv, mrk.json, or a mesh format such as ply; "
            "json by default, ply with --align.",
        ),
    ] = "",
    up: Up = "",
    front: Front = "",
    workers: Annotated[
        int, typer.Option(help="Processes on this machine; 0: one a processor.", min=0)
    ] = 0,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="A Dask cluster that runs: tcp://HOST:PORT.")
    ] = "",
    timeout: Annotated[
        float, typer.Option(help="Seconds for one file; 0: as long as it takes.", min=0.0)
    ] = 0.0,
    again: Annotated[bool, typer.Option("--again", help="Do what is finished, too.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Write summary.csv as well.")] = False,
) -> None:
    """Detect, align or convert many files at once.

    Ctrl-C stops; the same command goes on from there, and leaves alone what is finished and as it
    was. A file that fails is told, listed in summary.parquet, and keeps none of the others.
    """
    from kpstudio.app.batch.run import Batch, run
    from kpstudio.app.batch.sources import find_sources
    from kpstudio.app.batch.summary import write_summary

    if scheduler and workers:
        raise ParameterError("--workers are of this machine", remedy="Leave out --scheduler.")
    values = ({"model": model} if model else {}) | named_values(parameter)
    if convert:
        if format or align is not None or values or up or front:
            raise ParameterError("--convert detects nothing", remedy="Give it a format, no more.")
        work: Work = _converting(convert)
    else:
        work = _detecting(format, detector, values, (up, front), align, amount)
    todo = Batch(work, find_sources(patterns, out), out, again, timeout)
    try:
        with progress(time_left=True) as ctx, interruptible(ctx):
            result = run(todo, _connect(scheduler, workers), ctx)
    except Cancelled:
        say("Stopped. The same command goes on from here.")
        raise typer.Exit(130) from None
    summary = write_summary(out, result.outcomes, table=csv)[0]
    _tell(result, summary)
    if result.failures:
        raise typer.Exit(SOME_FAILED)


def _converting(format: str) -> Work:
    from kpstudio.app.batch.work import Converting

    return Converting(_suffix(format))


def _detecting(
    format: str,
    detector: str,
    values: dict[str, str],
    axes: tuple[str, str],
    target: Path | None,
    amount: float,
) -> Work:
    from kpstudio.app.batch.work import Aligning, Detecting

    default = "json" if target is None else "ply"
    detecting = Detecting(_suffix(format or default), detector, values, *axes)
    # Workers may be at home in other folders.
    return detecting if target is None else Aligning(detecting, target.resolve(), amount)


def _suffix(format: str) -> str:
    return f".{format.removeprefix('.')}"


def _connect(scheduler: str, workers: int) -> Connect:
    """Return what opens the cluster that was asked for."""
    from kpstudio.app.batch import cluster

    if scheduler:
        return lambda files: cluster.existing_cluster(scheduler)
    return lambda files: cluster.local_cluster(min(workers or cluster.processors(), files))


def _tell(result: BatchResult, summary: Path) -> None:
    for failure in result.failures[:_TOLD]:
        say(f"failed: {failure.name}: {failure.error}")
    more = len(result.failures) - _TOLD
    if more > 0:
        say(f"and {more:,} failures more")
    done = len(result.outcomes) - len(result.failures)
    kept = f", {result.kept:,} of them before" if result.kept else ""
    say(f"{done:,} of {len(result.outcomes):,} files done{kept}; {summary} lists them")
