"""Views as pictures in a folder, with their cameras in a JSON file; docs/formats.md tells more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpstudio import __version__
from kpstudio.base.arrays import ByteArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import FileError, ParameterError
from kpstudio.base.paths import atomic_path
from kpstudio.data.views import View
from kpstudio.io.pictures import save_picture

FORMAT, VERSION = "kpstudio-views", 1
#: The file that tells of all views.
INDEX = "cameras.json"
#: What can be written of a view.
KINDS = ("colour", "depth", "mask", "normals")

#: Grey levels of depths: 0 is the background.
_LEVELS = 2**16 - 2


def save_views(
    folder: Path | str,
    views: Sequence[View],
    kinds: Sequence[str] = ("colour",),
    *,
    name: str = "",
    mesh_key: str = "",
    ctx: RunContext | None = None,
) -> Path:
    """Write the pictures of views, and last the file that tells of them.

    Parameters
    ----------
    folder
        Where to; made if it does not exist.
    views
        The views, cameras in file coordinates of the shape.
    kinds
        What to write of each, some of `KINDS`.
    name, mesh_key
        Of the shape.
    ctx
        Progress and cancellation.

    Returns
    -------
    Path
        The JSON file.

    Raises
    ------
    ParameterError
        There is no such kind of picture, or none is asked for.
    FileError
        The folder cannot be made or written to.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown or not kinds:
        raise ParameterError(
            f"{unknown[0]!r} is nothing that is known of a view" if unknown else "no picture asked",
            remedy=f"Choose among {', '.join(KINDS)}.",
        )
    folder, ctx = Path(folder), ctx or RunContext()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError("cannot be made a folder", remedy="Choose another.", path=folder) from error
    entries = []
    for index, view in enumerate(views):
        ctx.progress(index / len(views), f"Writing view {index + 1} of {len(views)}")
        entries.append(_view(folder, f"{index:03d}", view, kinds))
    content = {
        "format": FORMAT,
        "version": VERSION,
        "generator": f"KP Studio {__version__}",
        "shape": {"name": name, "mesh_key": mesh_key},
        "views": entries,
    }
    with atomic_path(folder / INDEX) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return folder / INDEX


def _view(folder: Path, number: str, view: View, kinds: Sequence[str]) -> dict[str, Any]:
    camera, files = view.camera, {kind: f"{number}-{kind}.png" for kind in kinds}
    near, far = _range(view)
    for kind, file in files.items():
        save_picture(folder / file, _picture(kind, view, near, far))
    entry: dict[str, Any] = {
        "width": camera.size[0],
        "height": camera.size[1],
        "focal": camera.focal,
        "rotation": camera.rotation.tolist(),
        "translation": camera.translation.tolist(),
        "position": camera.position.tolist(),
        "files": files,
    }
    return entry | ({"near": near, "far": far} if "depth" in kinds else {})


def _range(view: View) -> tuple[float, float]:
    """Return the depths of the nearest and farthest pixel, 0 and 1 if none sees the shape."""
    depths = view.depth[view.mask]
    return (float(depths.min()), float(depths.max())) if len(depths) else (0.0, 1.0)


def _picture(kind: str, view: View, near: float, far: float) -> ByteArray | NDArray[np.uint16]:
    if kind == "colour":
        return view.colour
    mask = view.mask
    if kind == "mask":
        return np.where(mask, 255, 0).astype(np.uint8)
    if kind == "depth":
        share = (np.where(mask, view.depth, near) - near) / max(far - near, np.finfo(float).tiny)
        return np.where(mask, 1 + np.rint(_LEVELS * share), 0).astype(np.uint16)
    # Red to the right, green up, blue towards the viewer, as other programs draw them.
    towards = view.normals * (1.0, -1.0, -1.0)
    return np.where(mask[:, :, None], np.rint(127.5 * (1.0 + towards)), 0).astype(np.uint8)
