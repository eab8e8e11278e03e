"""Pictures of the shapes of a collection: rendered once, kept by what they show."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kpstudio.app.collection.collection import Entry
from kpstudio.app.opening import load_shape
from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.errors import KPStudioError
from kpstudio.base.paths import data_dir
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.orientation import Orientation
from kpstudio.io.pictures import load_picture, save_picture
from kpstudio.rendering.rigs import looking_from
from kpstudio.rendering.views import render

#: Side of a thumbnail, pixels.
SIDE = 192
#: Changes when pictures of the same shapes are to look otherwise.
_STYLE = 1
_FROM = np.array([0.75, 0.5, 1.0])
_ANGLE = 32.0
_SMOOTHING = 2

Color = tuple[int, int, int]


def thumbnail_camera() -> Camera:
    """Return the camera of all thumbnails; its world is the normalised frame."""
    return looking_from(_FROM, angle=_ANGLE, size=(SIDE, SIDE))


def thumbnail(entry: Entry, orientation: Orientation, background: Color) -> ByteArray:
    """Return a picture (h,w,3) of a shape, from the cache if it is there.

    Raises
    ------
    KPStudioError
        The file cannot be read or shown.
    """
    path = cached(entry, orientation, background)
    if path.exists():
        try:
            return load_picture(path)
        except KPStudioError:  # of a machine that stopped while it was written
            path.unlink(missing_ok=True)
    mesh = load_shape(entry.path, "", "").mesh
    picture = picture_of(mesh, entry.frame(orientation), thumbnail_camera(), background)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_picture(path, picture)
    return picture


def picture_of(
    mesh: Mesh, frame: Normalisation, camera: Camera, background: Color, smoothing: int = _SMOOTHING
) -> ByteArray:
    """Return a picture (h,w,3) of a mesh.

    Parameters
    ----------
    mesh
        The mesh, file coordinates.
    frame
        To the camera's world.
    camera
        The camera.
    background
        Colour behind the shape.
    smoothing
        A pixel is the mean of so many times so many.
    """
    placed = Mesh(frame.apply(mesh.vertices), mesh.faces)
    (view,) = render(placed, [camera], background=np.array(background), supersample=smoothing)
    return view.colour


def marks(keypoints: FloatArray, camera: Camera) -> FloatArray:
    """Return where points (k,3) of the normalised frame are in a picture, (k,2) shares of it."""
    pixels, _ = camera.project(keypoints)
    return np.asarray(pixels / camera.size)


def cached(entry: Entry, orientation: Orientation, background: Color) -> Path:
    """Return the file in which the picture of a shape is kept."""
    color = "".join(f"{part:02x}" for part in background)
    name = f"{entry.sha256}-{orientation.up}{orientation.front}-{color}-{SIDE}-{_STYLE}.png"
    return data_dir() / "thumbnails" / entry.sha256[:2] / name
