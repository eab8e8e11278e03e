"""A bar on standard error while something takes long, when a person is looking."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kpstudio.base.context import RunContext


@contextmanager
def progress(*, time_left: bool = False) -> Iterator[RunContext]:
    """Give a context whose progress is drawn on standard error if that is a terminal.

    The bar is gone when the block ends: what stays on the terminal is what was said.

    Parameters
    ----------
    time_left
        Say how long it will still take, for what takes minutes.
    """
    if not sys.stderr.isatty():
        yield RunContext()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

    columns: list[ProgressColumn] = [BarColumn(), TextColumn("{task.description}")]
    if time_left:
        columns.insert(1, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def show(fraction: float, text: str) -> None:
            bar.update(task, completed=fraction, description=text or None)

        yield RunContext(show)
