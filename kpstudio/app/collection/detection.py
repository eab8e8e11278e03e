"""Keypoints for the shapes of a collection, by any detector: here, or by processes of a batch."""

from __future__ import annotations

import hashlib
from collections.abc import Collection as Names
from dataclasses import replace
from pathlib import Path

from kpstudio.app.batch.cluster import local_cluster
from kpstudio.app.batch.run import Batch, run
from kpstudio.app.batch.sources import Source
from kpstudio.app.batch.work import Detecting
from kpstudio.app.collection.collection import Collection, Entry
from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, KPStudioError
from kpstudio.base.paths import data_dir
from kpstudio.io.registry import load_keypoints

#: Format in which the processes of a batch hand over what they found.
SUFFIX = ".json"


def detect_on_all(
    collection: Collection,
    work: Detecting,
    workers: int = 0,
    names: Names[str] = (),
    ctx: RunContext | None = None,
) -> Collection:
    """Return the collection with keypoints that a detector found; its labels are gone.

    A shape on which the detector fails keeps none, and says why.

    Parameters
    ----------
    collection
        The shapes; those whose file could not be read are left out.
    work
        Detector, parameters and axes.
    workers
        Processes that share the work; 0: this one does it. What is found is the same.
    names
        Names of the shapes to detect on; all if empty.
    ctx
        Progress and cancellation.

    Raises
    ------
    KPStudioError
        The processes do not start.
    Cancelled
        `ctx` was cancelled.
    """
    ctx = ctx or RunContext()
    wanted = [
        entry for entry in collection.entries if entry.sha256 and (not names or entry.name in names)
    ]
    if workers and wanted:
        found = _by_workers(collection.folder, wanted, work, workers, ctx)
    else:
        found = _here(wanted, work, ctx)
    return collection.replaced(found)


def _here(entries: list[Entry], work: Detecting, ctx: RunContext) -> dict[str, Entry]:
    found = {}
    for number, entry in enumerate(entries):
        part = ctx.part(number / len(entries), (number + 1) / len(entries))
        part.progress(0.0, f"Detecting on {entry.name}")
        try:
            keypoints = work.detected(entry.path, part).keypoints
            found[entry.name] = replace(entry, keypoints=keypoints, source=work.detector, error="")
        except Cancelled:
            raise
        except KPStudioError as error:
            found[entry.name] = _failed(entry, work, str(error))
    return found


def _by_workers(
    folder: Path, entries: list[Entry], work: Detecting, workers: int, ctx: RunContext
) -> dict[str, Entry]:
    # Outputs of a batch stay: what was found on a file that is the same is not searched again.
    out = data_dir() / "collections" / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    out = out / work.detector
    out.mkdir(parents=True, exist_ok=True)
    sources = tuple(Source(entry.name, entry.path) for entry in entries)
    result = run(Batch(work, sources, out), lambda files: local_cluster(min(workers, files)), ctx)
    by_name = {entry.name: entry for entry in entries}
    found = {}
    for outcome in result.outcomes:
        entry = by_name[outcome.name]
        if outcome.error:
            found[outcome.name] = _failed(entry, work, outcome.error)
            continue
        keypoints = load_keypoints(out / outcome.output, None).keypoints
        found[outcome.name] = replace(entry, keypoints=keypoints, source=work.detector, error="")
    return found


def _failed(entry: Entry, work: Detecting, error: str) -> Entry:
    return replace(entry, keypoints=None, source=work.detector, error=error)
