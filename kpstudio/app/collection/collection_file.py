"""The file of a collection: `NAME.collection.json` beside the folder NAME.

    {"format": "kpstudio-collection", "version": 1,
     "folder": "chairs", "up": "+y", "front": "+z",
     "shapes": [{"name": "a.off", "sha256": "...", "bounds": [[x, y, z], [x, y, z]],
                 "source": "iss", "error": "",
                 "keypoints": {"names": [...], "positions": [[x, y, z], ...],
                               "confidence": [...], "defined": [...], "ordered": true}}, ...],
     "labelling": {"how": "...", "names": [...], "shapes": ["a.off", ...],
                   "labels": [[0, -1, 2], ...], "confidence": [[...], ...],
                   "residuals": [[...], ...], "scores": [...]}}

Positions are in file coordinates. `labels` has a row a shape and a number a defined keypoint: the
index of its name, -1 for none. A residual that is not there, and a score that nothing tells, is
null.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from kpstudio.app.collection.collection import Collection, Entry
from kpstudio.app.collection.labels import Labelling
from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import FileError, FormatError, KPStudioError
from kpstudio.base.paths import atomic_path
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.universe import Universe
from kpstudio.geometry.orientation import Orientation

FORMAT, VERSION = "kpstudio-collection", 1


def collection_path(folder: Path) -> Path:
    """Return the file of the collection of a folder."""
    return folder.parent / f"{folder.name}.collection.json"


def save_collection(collection: Collection) -> Path:
    """Write a collection beside its folder, and return the file.

    Raises
    ------
    FileError
        It cannot be written.
    """
    path = collection_path(collection.folder)
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "folder": collection.folder.name,
        "up": collection.orientation.up,
        "front": collection.orientation.front,
        "shapes": [_entry_to(entry) for entry in collection.entries],
    }
    if collection.labelling is not None:
        content["labelling"] = _labelling_to(collection.labelling)
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False), "utf-8")
    return path


def load_collection(folder: Path) -> Collection:
    """Return the collection that was saved beside a folder.

    Raises
    ------
    FileError
        There is none, or it cannot be read.
    FormatError
        It is damaged, or of a newer version.
    """
    path = collection_path(folder)
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FileError(f"cannot be read ({error.strerror})", path=path) from error
    except ValueError as error:
        raise _damaged(path, error) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise FormatError("is not the file of a collection", path=path)
    if content.get("version") != VERSION:
        raise FormatError(
            f"has version {content.get('version')}, known is {VERSION}",
            remedy="Use a newer KP Studio.",
            path=path,
        )
    try:
        entries = tuple(_entry_from(folder, one) for one in content["shapes"])
        labelling = _labelling_from(content["labelling"]) if "labelling" in content else None
        orientation = Orientation(content["up"], content["front"])
    except (KPStudioError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise _damaged(path, error) from error
    return Collection(folder, entries, orientation, labelling)


def _damaged(path: Path, error: Exception) -> FormatError:
    return FormatError(
        f"is damaged ({type(error).__name__}: {error})",
        remedy="Delete it to begin anew; meshes and keypoint files stay.",
        path=path,
    )


def _entry_to(entry: Entry) -> dict[str, Any]:
    content: dict[str, Any] = {
        "name": entry.name,
        "sha256": entry.sha256,
        "bounds": entry.bounds.tolist(),
        "source": entry.source,
        "error": entry.error,
    }
    if entry.keypoints is not None:
        points = entry.keypoints
        content["keypoints"] = {
            "names": list(points.schema.names),
            "positions": points.positions.tolist(),
            "confidence": points.confidence.tolist(),
            "defined": points.defined.tolist(),
            "ordered": points.schema.ordered,
        }
    return content


def _entry_from(folder: Path, content: dict[str, Any]) -> Entry:
    keypoints = None
    if "keypoints" in content:
        points = content["keypoints"]
        keypoints = KeypointSet(
            np.array(points["positions"], float).reshape(-1, 3),
            KeypointSchema(tuple(map(str, points["names"])), ordered=bool(points["ordered"])),
            confidence=np.array(points["confidence"], float),
            defined=np.array(points["defined"], bool),
        )
    name = str(content["name"])
    return Entry(
        name,
        folder / name,
        str(content["sha256"]),
        np.array(content["bounds"], float),
        keypoints,
        str(content["source"]),
        str(content["error"]),
    )


def _labelling_to(labelling: Labelling) -> dict[str, Any]:
    universe = labelling.universe
    ends = np.cumsum(universe.counts)[:-1]
    return {
        "how": labelling.how,
        "names": list(labelling.names),
        "shapes": list(labelling.shapes),
        "labels": [part.tolist() for part in np.split(universe.labels, ends)],
        "confidence": [part.tolist() for part in np.split(universe.confidence, ends)],
        "residuals": [_finite(row) for row in labelling.residuals],
        "scores": _finite(labelling.scores),
    }


def _labelling_from(content: dict[str, Any]) -> Labelling:
    names = tuple(map(str, content["names"]))
    labels = [np.array(row, np.int32) for row in content["labels"]]
    universe = Universe(
        np.concatenate(labels),
        np.array([len(row) for row in labels], np.int32),
        len(names),
        np.concatenate([np.array(row, float) for row in content["confidence"]]),
    )
    residuals = np.array(content["residuals"], float)  # null is NaN
    scores = np.array(content["scores"], float)
    return Labelling(
        tuple(map(str, content["shapes"])),
        universe,
        names,
        str(content["how"]),
        residuals,
        np.where(np.isnan(scores), np.inf, scores),
    )


def _finite(values: FloatArray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
