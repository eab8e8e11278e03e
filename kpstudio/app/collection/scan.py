"""A folder of meshes as a collection: what is in it, and keypoints in files beside meshes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kpstudio.app.batch.sources import Source, find_sources
from kpstudio.app.batch.work import file_sha256
from kpstudio.app.collection.collection import Collection, Entry
from kpstudio.app.collection.collection_file import collection_path, load_collection
from kpstudio.base.context import RunContext
from kpstudio.base.errors import FileError, KPStudioError
from kpstudio.geometry.orientation import Orientation
from kpstudio.io.registry import keypoint_suffixes, load_keypoints, load_mesh


def open_collection(folder: Path | str, ctx: RunContext | None = None) -> Collection:
    """Return the collection of a folder; what was saved of shapes that are the same is kept.

    Keypoints are taken from a file of the same name beside a mesh, such as `chair.json` or
    `chair.off.json` beside `chair.off`, if the saved collection has none.

    Parameters
    ----------
    folder
        A folder of meshes; those in folders below count.
    ctx
        Progress and cancellation.

    Raises
    ------
    FileError
        There is no such folder, or the saved collection cannot be read.
    InputError
        No mesh is in it.
    FormatError
        The saved collection is damaged.
    """
    ctx, folder = ctx or RunContext(), Path(folder).expanduser().resolve()
    if not folder.is_dir():
        raise FileError("is not a folder", remedy="Give a folder of meshes.", path=folder)
    saved = load_collection(folder) if collection_path(folder).exists() else None
    orientation = saved.orientation if saved is not None else Orientation()
    known = {entry.name: entry for entry in saved.entries} if saved is not None else {}
    # Nothing of ours lies in the folder.
    sources = find_sources([str(folder)], folder / ".nothing")
    sources = tuple(source for source in sources if not source.path.name.startswith("."))
    entries = []
    for number, source in enumerate(sources):
        ctx.progress(number / len(sources), f"Reading {source.name}")
        entries.append(_entry(source, known.get(source.name)))
    found = Collection(folder, tuple(entries), orientation)
    same = [entry.name for entry in found.with_keypoints]
    labelling = saved.labelling if saved is not None else None
    if labelling is not None and list(labelling.shapes) == same and _unchanged(found, known):
        found = replace(found, labelling=labelling)
    return found


def _entry(source: Source, known: Entry | None) -> Entry:
    try:
        sha256 = file_sha256(source.path)
        if known is not None and known.sha256 == sha256 and not known.error:
            if known.keypoints is not None:
                return replace(known, path=source.path)
            return _with_file(replace(known, path=source.path))
        mesh = load_mesh(source.path)[0]
    except (KPStudioError, OSError) as error:
        return Entry(source.name, source.path, error=str(error))
    return _with_file(Entry(source.name, source.path, sha256, mesh.bounds))


def _with_file(entry: Entry) -> Entry:
    """Return the entry with the keypoints of a file beside it."""
    stems = (entry.path.stem, entry.path.name)
    paths = (entry.path.with_name(stem + end) for stem in stems for end in keypoint_suffixes())
    for path in paths:
        # A suffix of keypoints may be one of meshes: that is the mesh itself, or another one.
        if path == entry.path or not path.is_file():
            continue
        try:
            return replace(entry, keypoints=load_keypoints(path).keypoints, source=path.name)
        except KPStudioError as error:
            return replace(entry, error=str(error))
    return entry


def _unchanged(found: Collection, known: dict[str, Entry]) -> bool:
    return all(
        entry.name in known and entry.keypoints is known[entry.name].keypoints
        for entry in found.with_keypoints
    )
