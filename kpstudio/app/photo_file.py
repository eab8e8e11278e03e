"""What was seen in a photo as a JSON file; docs/formats.md describes it."""

from __future__ import annotations

import json
from typing import Any

from kpstudio import __version__
from kpstudio.app.photos import Photo
from kpstudio.base.arrays import FloatArray

FORMAT, VERSION = "kpstudio-photo", 1


def photo_text(photo: Photo) -> str:
    """Return the file's content."""
    height, width = photo.picture.shape[:2]
    content = {
        "format": FORMAT,
        "version": VERSION,
        "generator": f"KP Studio {__version__}",
        "photo": {"file": photo.path.name, "width": width, "height": height},
        "detector": {"id": photo.detector, "model": photo.model},
        "keypoints": _keypoints(photo),
        "edges": [list(edge) for edge in photo.schema.edges],
        "pose": _pose(photo),
        "notes": list(photo.notes),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _keypoints(photo: Photo) -> list[dict[str, Any]]:
    sight = photo.sight
    depth: FloatArray | list[None] = [None] * len(sight.pixels)
    if sight.depth is not None:
        depth = sight.depth
    rows = zip(photo.schema.names, photo.pixels, sight.confidence, depth, strict=True)
    return [
        {
            "index": index,
            "label": label,
            "pixel": [float(value) for value in pixel],
            "confidence": float(confidence),
            "depth": None if away is None else float(away),
        }
        for index, (label, pixel, confidence, away) in enumerate(rows)
    ]


def _pose(photo: Photo) -> dict[str, Any] | None:
    """Return the pose in the lens that is assumed, with the focal length in the photo's pixels."""
    fit = photo.fit
    if fit is None:
        return None
    return {
        "rotation": fit.rotation.tolist(),
        "translation": fit.translation.tolist(),
        "focal": photo.lens.camera.focal * photo.place.scale,
        "coefficients": photo.deviations.tolist(),
    }
