"""3D Slicer's markups (.mrk.json), versions 1.0.0 to 1.0.4; 1.0.3 is written.

A file says in which anatomical frame its positions are, LPS or RAS: the one is the other with x and
y negated. Positions are read and written as they are; `registry` turns them round where a mesh and
its markups differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kpstudio.base.errors import FormatError
from kpstudio.data.keypoints import KeypointSchema, KeypointSet, Origin
from kpstudio.io import schemas
from kpstudio.io.formats import KeypointFile, KeypointFormat, KeypointInfo

SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/"
    "Schema/markups-schema-v1.0.3.json#"
)

#: Units that Slicer names by a word, and UCUM codes of others.
PLAIN_UNITS = ("mm", "um")
UCUM = {"m": "meter", "cm": "centimeter", "km": "kilometer", "in": "inch", "ft": "foot"}

#: Types whose control points are landmarks in themselves; those of others only span a figure.
LANDMARKS = "Fiducial"

Json = dict[str, Any]


def write(keypoints: KeypointSet, info: KeypointInfo) -> bytes:
    """Return the bytes of a markups file with one list of fiducials."""
    markup: Json = {
        "type": LANDMARKS,
        "coordinateSystem": info.space or "LPS",
        **_units(info.unit),
        "locked": False,
        "fixedNumberOfControlPoints": False,
        "labelFormat": "%N-%d",
        "lastUsedControlPointNumber": len(keypoints),
        "controlPoints": [_point(keypoints, index) for index in range(len(keypoints))],
        "measurements": [],
    }
    content = {"@schema": SCHEMA, "markups": [markup]}
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _point(keypoints: KeypointSet, index: int) -> Json:
    return {
        "id": str(index + 1),
        "label": keypoints.schema.names[index],
        "description": "",
        "associatedNodeID": "",
        "position": keypoints.positions[index].tolist(),
        "orientation": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        "selected": True,
        "locked": bool(keypoints.locked[index]),
        "visibility": True,
        # Older Slicers take a point without a status for one that is not placed.
        "positionStatus": "defined" if keypoints.defined[index] else "undefined",
    }


def _units(unit: str) -> Json:
    if unit in PLAIN_UNITS:
        return {"coordinateUnits": unit}
    return {"coordinateUnits": [unit, "UCUM", UCUM[unit]]} if unit in UCUM else {}


def read(data: bytes) -> KeypointFile:
    """Read the fiducials of a markups file; those of several lists come one after the other.

    Raises
    ------
    FormatError
        It is not a markups file, or has no control points.
    """
    content = schemas.parse(data)
    markups = content.get("markups") if isinstance(content, dict) else None
    if not isinstance(markups, list):
        raise FormatError("it has no list of markups", remedy="Save it again from 3D Slicer.")
    chosen = [markup for markup in markups if markup.get("type", LANDMARKS) == LANDMARKS]
    chosen = chosen or markups[:1]
    frames = {str(markup.get("coordinateSystem", "LPS")) for markup in chosen}
    if not frames <= {"LPS", "RAS", "0", "1"} or len(frames) != 1:
        raise FormatError(f"its coordinate systems {', '.join(sorted(frames))} cannot be read")
    points = [point for markup in chosen for point in markup.get("controlPoints") or ()]
    if not points:
        raise FormatError("it has no control points", remedy="Place some in 3D Slicer first.")
    notes = () if len(markups) == len(chosen) else (f"{len(markups) - len(chosen)} markups of "
                                                    "other types are left out",)  # fmt: skip
    space = {"0": "RAS", "1": "LPS"}.get(frame := frames.pop(), frame)
    info = KeypointInfo(unit=_unit(chosen[0].get("coordinateUnits")), space=space)
    return KeypointFile(_keypoints(points), info, notes)


def _keypoints(points: Sequence[Mapping[str, Any]]) -> KeypointSet:
    positions = [point.get("position") or (0.0, 0.0, 0.0) for point in points]
    # Files before 1.0.3 have no status: what has a position is placed.
    placed = [
        point.get("positionStatus", "defined") == "defined" and bool(point.get("position"))
        for point in points
    ]
    labels = tuple(str(point.get("label") or index) for index, point in enumerate(points))
    return KeypointSet(
        np.array(positions, float).reshape(len(points), 3),
        KeypointSchema(labels),
        locked=np.array([bool(point.get("locked", False)) for point in points], bool),
        defined=np.array(placed, bool),
        origin=(Origin.PLACED,) * len(points),
    )


def _unit(unit: Any) -> str:
    if isinstance(unit, list):
        return str(unit[0]) if unit else ""
    return unit if isinstance(unit, str) else ""


def sniff(data: bytes) -> bool:
    """Whether a file is JSON with markups in it."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"markups"' in data


FORMAT = KeypointFormat(
    id="mrk.json",
    title="3D Slicer markups",
    suffixes=(".mrk.json",),
    holds=frozenset({"labels", "missing", "locked"}),
    sniff=sniff,
    read=read,
    write=write,
)
