"""Shapes to evaluate on from a folder, and annotated keypoints from files beside them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.base.errors import FileError, FormatError, KPStudioError
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.evaluation.subjects import Subject
from kpstudio.io.registry import keypoint_suffixes, load_keypoints, load_mesh, mesh_suffixes


def load_subjects(
    folder: Path, truth: Path | None = None, ctx: RunContext | None = None
) -> tuple[list[Subject], list[str]]:
    """Return the shapes of a folder, with annotated keypoints where there are any.

    Parameters
    ----------
    folder
        Folder of mesh files; those in folders below count, and the name of such a folder is taken
        as the category of the shapes in it.
    truth
        Where the keypoints are: a folder of keypoint files with the names of the meshes, a file of
        KeypointNet's annotations, or a folder of such files. The folder of the meshes by default.
    ctx
        Progress and cancellation.

    Returns
    -------
    subjects
        The shapes, by name.
    notes
        Files that could not be read, with the reason.

    Raises
    ------
    FileError
        There is no such folder, or no mesh in it can be read.
    FormatError
        Annotations that are damaged.
    """
    ctx = ctx or RunContext()
    if not folder.is_dir():
        raise FileError("is not a folder", remedy="Give a folder of meshes.", path=folder)
    suffixes = mesh_suffixes()
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in suffixes]
    stems = Counter(path.stem for path in paths)
    annotations = load_annotations(folder if truth is None else truth, stems)
    subjects, notes = [], []
    for index, path in enumerate(paths):
        ctx.progress(index / len(paths), f"Reading {path.name}")
        try:
            (mesh,) = load_mesh(path, allow_cloud=True)
        except KPStudioError as error:
            notes.append(str(error))
            continue
        category = "" if path.parent == folder else path.parent.name
        name = path.stem if stems[path.stem] == 1 else path.relative_to(folder).as_posix()
        subject = Subject(name, replace(mesh, name=name, source=path), category=category)
        subjects.append(annotated(subject, annotations.get(path.stem)))
    if not subjects:
        raise FileError("holds no mesh that can be read", remedy=" ".join(notes[:1]), path=folder)
    return subjects, notes


def annotated(subject: Subject, keypoints: KeypointSet | None) -> Subject:
    """Return the subject with annotated keypoints, as it is if there are none.

    Confidence, as a share of the largest, becomes the weight of a keypoint: how many people marked
    it, where the file says so.
    """
    if keypoints is None or not keypoints.defined.any():
        return subject
    return replace(
        subject,
        landmarks=keypoints.positions,
        known=keypoints.defined,
        names=keypoints.schema.names,
        weights=keypoints.confidence,
    )


def load_annotations(path: Path, names: Collection[str]) -> dict[str, KeypointSet]:
    """Return annotated keypoints by the name of their shape.

    Parameters
    ----------
    path
        A file of KeypointNet's annotations, or a folder of keypoint files.
    names
        Names of the shapes; other files of a folder are not looked at.

    Raises
    ------
    FileError, FormatError
        There is no such place, or a file in it is damaged.
    """
    if path.is_file():
        return dict(_of_keypointnet(path))
    if not path.is_dir():
        raise FileError("does not exist", remedy="Give a folder of keypoint files.", path=path)
    found: dict[str, KeypointSet] = {}
    suffixes = sorted(keypoint_suffixes(), key=len, reverse=True)
    for file in sorted(path.rglob("*")):
        suffix = next((suffix for suffix in suffixes if file.name.lower().endswith(suffix)), "")
        name = file.name[: len(file.name) - len(suffix)]
        if not suffix or not file.is_file():
            continue
        if suffix == ".json" and _is_list(file):
            found.update(_of_keypointnet(file))
        elif name in names:
            found[name] = load_keypoints(file).keypoints
    return found


def _is_list(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as stream:
        return stream.read(64).lstrip().startswith("[")


def _of_keypointnet(path: Path) -> Iterator[tuple[str, KeypointSet]]:
    """Yield model ids and keypoints; a keypoint is named by its semantic id.

    The format of KeypointNet (You et al. 2020, arXiv:2002.12687): a list of records with
    `model_id` and `keypoints`, each with `xyz` and `semantic_id`.
    """
    try:
        for record in json.loads(path.read_text(encoding="utf-8")):
            rows = sorted(record["keypoints"], key=lambda row: int(row["semantic_id"]))
            names = tuple(str(int(row["semantic_id"])) for row in rows)
            positions = np.array([row["xyz"] for row in rows], float).reshape(-1, 3)
            yield str(record["model_id"]), KeypointSet(positions, KeypointSchema(names))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"is no annotation of KeypointNet ({type(error).__name__}: {error})",
            remedy="It should be a list of records with model_id and keypoints.",
            path=path,
        ) from error
