"""What a detector saw in pictures as JSON with arrays beside it, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kpstudio.data.views import Sight
from kpstudio.geometry.camera import Camera
from kpstudio.io.array_store import ArrayReader, ArrayWriter

Json = dict[str, Any]

#: Bytes of heatmaps and maps that a detection may bring into a project: they are easily had again.
MAPS_LIMIT = 4 << 20
#: Said of a detection whose maps are left out.
LEFT_OUT = "its heatmaps over the views were too large for the project: run it again to see them"


def has_large_maps(sights: Sequence[Sight]) -> bool:
    """Return whether the heatmaps and maps of a detection are more than a project takes."""
    maps = [one for sight in sights for one in (sight.heatmaps, *sight.maps.values())]
    return sum(one.nbytes for one in maps if one is not None) > MAPS_LIMIT


def encode_sight(sight: Sight, arrays: ArrayWriter, *, maps: bool) -> Json:
    """Return a sight; without its heatmaps and maps unless `maps`."""
    some = {"heatmaps": sight.heatmaps if maps else None, "depth": sight.depth,
            "edges": sight.edges, "pose": sight.pose}  # fmt: skip
    camera = sight.camera
    return {
        "picture": arrays.put(sight.picture),
        "pixels": arrays.put(sight.pixels),
        "confidence": arrays.put(sight.confidence),
        "camera": None if camera is None else {
            "rotation": arrays.put(camera.rotation),
            "translation": arrays.put(camera.translation),
            "focal": camera.focal,
            "size": list(camera.size),
        },
        **{name: None if array is None else arrays.put(array) for name, array in some.items()},
        "maps": {name: arrays.put(one) for name, one in sight.maps.items()} if maps else {},
    }  # fmt: skip


def decode_sight(content: Json, arrays: ArrayReader) -> Sight:
    """Return the sight that JSON which fits the schema describes.

    Raises
    ------
    FormatError, InputError
        An array is missing, or does not fit the others.
    """
    some = {name: content[name] for name in ("heatmaps", "depth", "edges", "pose")}
    camera = content["camera"]
    return Sight(
        arrays.get(content["picture"]),
        arrays.get(content["pixels"]),
        arrays.get(content["confidence"]),
        None if camera is None else Camera(
            arrays.get(camera["rotation"]),
            arrays.get(camera["translation"]),
            camera["focal"],
            tuple(camera["size"]),
        ),
        maps={name: arrays.get(one) for name, one in content["maps"].items()},
        **{name: None if one is None else arrays.get(one) for name, one in some.items()},
    )  # fmt: skip
