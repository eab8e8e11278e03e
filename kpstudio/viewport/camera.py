"""The camera: sides of a shape, fitting, orbit, pan and zoom."""

from __future__ import annotations

from typing import Literal

import numpy as np
from vtkmodules.vtkRenderingCore import vtkCamera

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.orientation import Orientation
from kpstudio.viewport.projection import Projection

Preset = Literal["front", "back", "right", "left", "top", "bottom", "isometric"]

# Where the camera stands and what is up for it, in canonical axes: +x is the shape's own left,
# +y up, +z its front.
_PRESETS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "front": ((0, 0, 1), (0, 1, 0)),
    "back": ((0, 0, -1), (0, 1, 0)),
    "right": ((-1, 0, 0), (0, 1, 0)),
    "left": ((1, 0, 0), (0, 1, 0)),
    "top": ((0, 1, 0), (0, 0, -1)),
    "bottom": ((0, -1, 0), (0, 0, 1)),
    "isometric": ((0.72, 0.5, 1.0), (0, 1, 0)),
}
_VIEW_ANGLE = 30.0
_MARGIN = 1.16
_FIT_ROUNDS = 4
#: Degrees a logical pixel: half a turn for a drag across a usual window.
_TURN = 0.3
#: Nearer than this, relative to how far from zero it looks, the camera runs out of digits.
_NEAREST = 1e-7
#: How far away the eye of a parallel projection is taken to be, half heights of the view: a shape
#: that fills the view is then seen as in parallel projection to a few tenths of a pixel.
_FAR = 4000.0


def projection_of(camera: vtkCamera, size: tuple[int, int]) -> Projection:
    """Return how a camera maps the world to a picture of `size` device pixels."""
    forward = np.array(camera.GetDirectionOfProjection())
    right = np.cross(forward, camera.GetViewUp())
    right /= max(float(np.linalg.norm(right)), 1e-300)
    parallel = bool(camera.GetParallelProjection())
    half = camera.GetParallelScale() if parallel else np.tan(np.radians(camera.GetViewAngle()) / 2)
    return Projection(
        eye=np.array(camera.GetPosition()),
        right=right,
        up=np.cross(right, forward),
        forward=forward,
        half=float(half),
        parallel=parallel,
        size=size,
    )


def pinhole_of(view: Projection, around: FloatArray) -> Camera:
    """Return the pinhole camera that takes the picture of a view.

    Parameters
    ----------
    view
        The view; a parallel one is seen from very far away.
    around
        (3,) what is looked at, world.

    Returns
    -------
    Camera
        Its picture has the size of the view; its pixels count from the upper left.
    """
    rotation = np.stack([view.right, -view.up, view.forward])
    eye, half_height = view.eye, view.size[1] / 2.0
    if not view.parallel:
        return Camera(rotation, -rotation @ eye, half_height / view.half, view.size)
    distance = _FAR * view.half
    eye = eye + (float((around - eye) @ view.forward) - distance) * view.forward
    return Camera(rotation, -rotation @ eye, half_height * distance / view.half, view.size)


def look_through(
    camera: vtkCamera, pinhole: Camera, around: FloatArray, size: tuple[int, int]
) -> None:
    """Stand where a pinhole camera stands, with all of its picture in a view of `size` pixels.

    Parameters
    ----------
    camera
        The camera of the view.
    pinhole
        The camera to look through, world.
    around
        (3,) what the view turns around from then on; only how deep it lies matters.
    size
        Width and height of the view.
    """
    depth = float(pinhole.to_camera(around)[2])
    eye = pinhole.position
    distance = depth if depth > 0.0 else max(float(np.linalg.norm(around - eye)), 1e-12)
    across, along = (extent / 2.0 / pinhole.focal for extent in pinhole.size)
    half = max(along, across * size[1] / size[0])
    camera.SetPosition(*eye)
    camera.SetFocalPoint(*(eye + distance * pinhole.forward))
    camera.SetViewUp(*-pinhole.rotation[1])
    camera.SetViewAngle(2.0 * float(np.degrees(np.arctan(half))))
    camera.SetParallelScale(distance * half)


def look_from(camera: vtkCamera, preset: Preset, orientation: Orientation) -> None:
    """Turn the camera to a side of a shape, around the point it looks at.

    Left and right are the shape's own, as "left wing" is.
    """
    toward, up = (np.array(axis, float) @ orientation.rotation for axis in _PRESETS[preset])
    focal = np.array(camera.GetFocalPoint())
    distance = camera.GetDistance() or 1.0
    camera.SetViewAngle(_VIEW_ANGLE)
    camera.SetPosition(*focal + distance * toward / np.linalg.norm(toward))
    camera.SetViewUp(*up)
    camera.OrthogonalizeViewUp()


def turn(camera: vtkCamera, rotation: FloatArray) -> None:
    """Turn the camera along with the world, about the point it looks at, by a rotation (3,3)."""
    focal = np.array(camera.GetFocalPoint())
    camera.SetPosition(*(focal + rotation @ (np.array(camera.GetPosition()) - focal)))
    camera.SetViewUp(*(rotation @ np.array(camera.GetViewUp())))


def fit(camera: vtkCamera, points: FloatArray, size: tuple[int, int]) -> None:
    """Move the camera, without turning it, so that points (p,3) just fill the picture."""
    view = projection_of(camera, size)
    axes = np.stack([view.right, view.up, view.forward])
    seen = points @ axes.T  # across, along, away
    low, high = seen.min(axis=0), seen.max(axis=0)
    tangent = np.tan(np.radians(camera.GetViewAngle()) / 2)
    middle = (low + high) / 2.0
    aspect = np.array([size[0] / size[1], 1.0])
    for _ in range(_FIT_ROUNDS):
        half = np.abs(seen[:, :2] - middle[:2]) / aspect * _MARGIN
        # A point nearer by z needs the eye farther back by z.
        distance = float((half.max(axis=1) / tangent - (seen[:, 2] - middle[2])).max())
        if camera.GetParallelProjection():
            break
        # What is near looks larger: centre what is seen, not what is there.
        scale = 1.0 / np.maximum(seen[:, 2] - middle[2] + distance, 1e-300)[:, None]
        spread = (seen[:, :2] - middle[:2]) * scale
        middle[:2] += (spread.min(axis=0) + spread.max(axis=0)) / 2.0 * distance
    radius = max(float(np.linalg.norm(high - low)) / 2.0, 1e-12)
    distance = max(distance, 1.2 * radius)
    focal = middle @ axes
    camera.SetFocalPoint(*focal)
    camera.SetPosition(*focal - distance * view.forward)
    camera.SetParallelScale(max(float(half.max()), 1e-12))


def set_parallel(camera: vtkCamera, parallel: bool) -> None:
    """Change the projection, keeping the size of what the camera looks at."""
    if bool(camera.GetParallelProjection()) == parallel:
        return
    tangent = np.tan(np.radians(camera.GetViewAngle()) / 2)
    if parallel:
        camera.SetParallelScale(camera.GetDistance() * tangent)
    else:
        focal = np.array(camera.GetFocalPoint())
        forward = np.array(camera.GetDirectionOfProjection())
        camera.SetPosition(*focal - forward * camera.GetParallelScale() / tangent)
    camera.SetParallelProjection(parallel)


def orbit(camera: vtkCamera, across: float, along: float) -> None:
    """Turn around the focal point by a mouse move in logical pixels, right and up positive."""
    camera.Azimuth(-_TURN * across)
    camera.Elevation(-_TURN * along)
    camera.OrthogonalizeViewUp()


def pan(camera: vtkCamera, view: Projection, across: float, along: float) -> None:
    """Shift so that what lies at the focal point follows the mouse, device pixels."""
    focal = np.array(camera.GetFocalPoint())
    pixel = float(view.pixel_sizes(focal)[0])
    shift = -pixel * (across * view.right + along * view.up)
    camera.SetFocalPoint(*focal + shift)
    camera.SetPosition(*np.array(camera.GetPosition()) + shift)


def zoom(camera: vtkCamera, view: Projection, factor: float, fixed: FloatArray) -> None:
    """Make things larger by `factor` while the point `fixed` (3,) stays where it is on screen."""
    focal, eye = np.array(camera.GetFocalPoint()), np.array(camera.GetPosition())
    share = 1.0 - 1.0 / factor
    if view.parallel:
        # Only across the view: the eye must not pass through the shape.
        shift = (fixed - focal) * share
        shift -= (shift @ view.forward) * view.forward
        camera.SetParallelScale(camera.GetParallelScale() / factor)
        camera.SetFocalPoint(*(focal + shift))
        camera.SetPosition(*(eye + shift))
        return
    distance = camera.GetDistance() / factor
    if _NEAREST < distance / max(float(np.abs(focal).max()), 1e-300) or factor < 1.0:
        # Both by the same ratio: the direction of view stays.
        camera.SetFocalPoint(*(focal + (fixed - focal) * share))
        camera.SetPosition(*(eye + (fixed - eye) * share))
