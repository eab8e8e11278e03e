"""Pictures to train on: every shape rendered once from random sides, drawn with backgrounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, ByteArray, Float32Array
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.camera import Camera
from kpstudio.rendering.lift import landmarks_seen
from kpstudio.rendering.rigs import DISTANCE, band, nearer
from kpstudio.rendering.views import render
from kpstudio.training.looks import random_look
from kpstudio.training.pool import Labelled, landmark_places
from kpstudio.training.shapes import TrainingShape

#: The background that detectors see meshes over.
BACKGROUND = 255


@dataclass(frozen=True, eq=False)
class ViewPool(Labelled):
    """Rendered views of s shapes, v of each.

    Parameters
    ----------
    colour
        (s,v,h,w,3) uint8 pictures, black where the shape is not.
    depth
        (s,v,h,w) float16 along the camera's axis, infinite where the shape is not.
    rotations, translations
        (s,v,3,3) and (s,v,3) float32, normalised frame to camera.
    focals
        (s,v) float32 focal lengths, pixels.
    pixels
        (s,v,g,2) float32 the landmarks, pixels; outside the picture or not, known or not.
    visible
        (s,v,g) which landmarks are known, in the picture and not hidden.
    """

    colour: ByteArray
    depth: NDArray[np.float16]
    rotations: Float32Array
    translations: Float32Array
    focals: Float32Array
    pixels: Float32Array
    visible: BoolArray

    @property
    def focal(self) -> float:
        """The focal length of all cameras, pixels; the longest where they differ."""
        return float(self.focals.max())

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures, pixels."""
        return int(self.depth.shape[3]), int(self.depth.shape[2])

    @property
    def views(self) -> int:
        """Number of views of a shape."""
        return int(self.depth.shape[1])

    def pictures(self, shape: int) -> ByteArray:
        """Return (v,h,w,3) uint8 the views of a shape over the background of detectors."""
        mask = np.isfinite(self.depth[shape])
        return np.where(mask[..., None], self.colour[shape], np.uint8(BACKGROUND))

    def camera(self, shape: int, view: int) -> Camera:
        """Return the camera of a view."""
        rotation, _ = np.linalg.qr(self.rotations[shape, view].astype(float))
        # Single precision is not enough of a rotation; QR leaves the signs of the axes open.
        rotation *= np.sign((rotation * self.rotations[shape, view]).sum(axis=0))
        return Camera(rotation, self.translations[shape, view], self.focals[shape, view], self.size)


def build_views(
    shapes: Sequence[TrainingShape],
    count: int,
    size: int,
    seed: int = 0,
    ctx: RunContext | None = None,
    elevations: tuple[float, float] = (0.0, 40.0),
    nearest: float = DISTANCE,
) -> ViewPool:
    """Render shapes from random sides, in random looks; landmarks are kept of one category only.

    Parameters
    ----------
    shapes
        At least one.
    count
        Views of a shape.
    size
        Side of the pictures, pixels.
    seed
        Seed of cameras and looks.
    elevations
        Lowest and highest camera, degrees.
    nearest
        Distance of the nearest camera; the farthest has the usual one. All see the shape as large:
        the nearer, the wider the lens.

    Raises
    ------
    InputError
        There are no shapes, or one has no faces.
    """
    if not shapes:
        raise InputError("there are no shapes to train on", remedy="Check the data folder.")
    ctx = ctx or RunContext()
    one_category = len({shape.category for shape in shapes}) == 1
    named = (shape.keypoint_names for shape in shapes if shape.keypoint_names and one_category)
    names = next(named, ())
    rows = []
    for index, shape in enumerate(shapes):
        ctx.progress(index / len(shapes), f"Rendering {shape.name}")
        rng = np.random.default_rng((seed, index))
        cameras = band(count, rng, *elevations, size=(size, size))
        if nearest < DISTANCE:
            cameras = tuple(map(nearer, cameras, rng.uniform(nearest, DISTANCE, count)))
        rows.append(_seen(shape, cameras, len(names), rng))
    columns = map(np.stack, zip(*rows, strict=True))
    colour, depth, rotations, translations, focals, pixels, visible, places, known = columns
    return ViewPool(
        names=tuple(shape.name for shape in shapes),
        landmarks=places,
        known=known,
        landmark_names=names,
        real=np.array([shape.kind == "real" for shape in shapes]),
        colour=colour,
        depth=depth,
        rotations=rotations,
        translations=translations,
        focals=focals,
        pixels=pixels,
        visible=visible,
    )


def _seen(
    shape: TrainingShape, cameras: Sequence[Camera], landmarks: int, rng: np.random.Generator
) -> tuple[NDArray[np.generic], ...]:
    """Return what a pool keeps of a shape: colour to visible, then its landmarks."""
    frame = shape.mesh.normalisation()
    views = render(Mesh(frame.apply(shape.mesh.vertices), shape.mesh.faces), cameras)
    places, known = landmark_places(shape, frame, landmarks)
    projected = [camera.project(places.astype(float)) for camera in cameras]
    visible = [
        known & landmarks_seen(view, pixels, depth)
        for view, (pixels, depth) in zip(views, projected, strict=True)
    ]
    return (
        np.stack([random_look(view, rng) for view in views]),
        np.stack([view.depth for view in views]).astype(np.float16),
        np.stack([camera.rotation for camera in cameras]).astype(np.float32),
        np.stack([camera.translation for camera in cameras]).astype(np.float32),
        np.array([camera.focal for camera in cameras], np.float32),
        np.stack([pixels for pixels, _ in projected]).astype(np.float32),
        np.stack(visible),
        places,
        known,
    )
