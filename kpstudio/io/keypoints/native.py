"""KP Studio's own keypoint file: JSON, described by `resources/schemas/keypoints.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kpstudio import __version__
from kpstudio.base.errors import FormatError
from kpstudio.data.keypoints import Anchor, KeypointSchema, KeypointSet, Origin
from kpstudio.geometry.orientation import Orientation
from kpstudio.io import schemas
from kpstudio.io.formats import KEYPOINT_CONTENTS, KeypointFile, KeypointFormat, KeypointInfo

FORMAT_NAME = "kpstudio-keypoints"
VERSION = 1

Json = dict[str, Any]


def to_json(keypoints: KeypointSet, info: KeypointInfo) -> Json:
    """Return keypoints as the content of a JSON file."""
    content: Json = {
        "format": FORMAT_NAME,
        "version": VERSION,
        "generator": f"KP Studio {__version__}",
        "shape": {"file": info.shape_file, "mesh_key": info.mesh_key},
        "unit": info.unit,
        "space": info.space,
        "orientation": {"up": info.orientation.up, "front": info.orientation.front},
        "detector": None,
        "ordered": keypoints.schema.ordered,
        "keypoints": [_point(keypoints, index) for index in range(len(keypoints))],
        "edges": [list(edge) for edge in keypoints.schema.edges],
    }
    if info.detector:
        content["detector"] = {
            "id": info.detector, "model": info.model, "parameters": dict(info.parameters)
        }  # fmt: skip
    if keypoints.anchor is not None and keypoints.anchor.mesh_key != info.mesh_key:
        content["anchor_mesh_key"] = keypoints.anchor.mesh_key
    return content


def _point(keypoints: KeypointSet, index: int) -> Json:
    schema = keypoints.schema
    point: Json = {
        "index": index,
        "label": schema.names[index],
        "position": keypoints.positions[index].tolist(),
        "confidence": float(keypoints.confidence[index]),
        "state": "defined" if keypoints.defined[index] else "missing",
        "origin": str(keypoints.origin[index]),
        "locked": bool(keypoints.locked[index]),
        "semantic_id": index if schema.ordered else None,
    }
    if schema.mirror:
        point["mirror"] = schema.mirror[index] if schema.mirror[index] >= 0 else None
    if keypoints.anchor is not None:
        point["anchor"] = {
            "face": int(keypoints.anchor.faces[index]),
            "barycentric": keypoints.anchor.barycentric[index].tolist(),
        }
    return point


def from_json(content: Any) -> KeypointFile:
    """Return the keypoints that parsed JSON describes.

    Raises
    ------
    FormatError
        It does not fit the schema, was written by a newer version, or contradicts itself.
    """
    schemas.check_version(content, VERSION)
    schemas.check(content, "keypoints")
    points: list[Json] = list(content["keypoints"])
    if all("index" in point for point in points):
        points.sort(key=lambda point: int(point["index"]))
        if [point["index"] for point in points] != list(range(len(points))):
            raise FormatError(f"its indices are not 0 to {len(points) - 1}, each once")
    info = _info(content)
    keypoints = KeypointSet(
        np.array([point["position"] for point in points], float).reshape(-1, 3),
        _schema(content, points),
        np.array([point.get("confidence", 1.0) for point in points], float),
        np.array([point.get("locked", False) for point in points], bool),
        np.array([point.get("state") != "missing" for point in points], bool),
        tuple(Origin(point.get("origin", "detected")) for point in points),
        _anchor(points, content.get("anchor_mesh_key", info.mesh_key)),
    )
    return KeypointFile(keypoints, info)


def _schema(content: Mapping[str, Any], points: Sequence[Json]) -> KeypointSchema:
    mirror: tuple[int, ...] = ()
    if any("mirror" in point for point in points):
        partners = [point.get("mirror") for point in points]
        mirror = tuple(-1 if partner is None else int(partner) for partner in partners)
    return KeypointSchema(
        tuple(str(point.get("label", index)) for index, point in enumerate(points)),
        mirror,
        tuple((int(a), int(b)) for a, b in content.get("edges", ())),
        bool(content.get("ordered", True)),
    )


def _anchor(points: Sequence[Json], mesh_key: str) -> Anchor | None:
    if not points or not all("anchor" in point for point in points):
        return None
    return Anchor(
        np.array([point["anchor"]["face"] for point in points], np.int32),
        np.array([point["anchor"]["barycentric"] for point in points], float),
        mesh_key,
    )


def _info(content: Mapping[str, Any]) -> KeypointInfo:
    shape, detector = content.get("shape", {}), content.get("detector") or {}
    axes = content.get("orientation")
    return KeypointInfo(
        shape_file=shape.get("file", ""),
        mesh_key=shape.get("mesh_key", ""),
        unit=content.get("unit", ""),
        orientation=Orientation(axes["up"], axes["front"]) if axes else Orientation(),
        detector=detector.get("id", ""),
        parameters=detector.get("parameters", {}),
        model=detector.get("model", ""),
        space=content.get("space", ""),
    )


def read(data: bytes) -> KeypointFile:
    """Read a keypoint file.

    Raises
    ------
    FormatError
        As `from_json`, or it is not JSON.
    """
    return from_json(schemas.parse(data))


def write(keypoints: KeypointSet, info: KeypointInfo) -> bytes:
    """Return the bytes of a keypoint file."""
    return (
        json.dumps(to_json(keypoints, info), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    ).encode()


def sniff(data: bytes) -> bool:
    """Whether a file is JSON with keypoints in it."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"keypoints"' in data


FORMAT = KeypointFormat(
    id="json",
    title="KP Studio keypoints",
    suffixes=(".json",),
    holds=frozenset(KEYPOINT_CONTENTS),
    sniff=sniff,
    read=read,
    write=write,
)
