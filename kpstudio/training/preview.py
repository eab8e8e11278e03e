"""Pictures of a training: clouds and views with what the network finds, drawn with Pillow."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from kpstudio.base.arrays import ByteArray, FloatArray

#: Clouds in a picture.
SKETCHES = 3
#: Pixels a side of one of them, drawn so much larger first: discs get smooth edges.
_SIDE, _LARGER = 240, 2
_GROUND = (22, 25, 30)
_NEAR, _FAR = np.array([176.0, 184.0, 196.0]), np.array([78.0, 84.0, 94.0])
_LOW, _HIGH = np.array([58.0, 76.0, 140.0]), np.array([252.0, 206.0, 74.0])
_SHARE = 0.88  # of a side that the cloud takes
_POINT, _KEYPOINT = 1.1, 5.0  # radii, pixels
#: Clouds of fewer points are drawn with larger ones.
_MANY = 1500
#: Around the turn of colours by the golden ratio: neighbours differ, however many there are.
_GOLDEN = 0.61803398875


@dataclass(frozen=True, eq=False)
class Sketch:
    """One cloud of a picture.

    Parameters
    ----------
    points
        (n,3) the cloud, y up, any frame.
    values
        (n,) a number a point, shown as its colour; None for plain points.
    keypoints
        (k,3) shown as discs, each in a colour of its own; None for none.
    """

    points: FloatArray
    values: FloatArray | None = None
    keypoints: FloatArray | None = None


def draw_sketches(sketches: Sequence[Sketch]) -> ByteArray:
    """Return sketches side by side, (h,w,3) uint8."""
    pictures = [_draw(sketch) for sketch in sketches]
    return np.concatenate(pictures, axis=1)


def _draw(sketch: Sketch) -> ByteArray:
    side = _SIDE * _LARGER
    view = _three_quarters()
    cloud = np.asarray(sketch.points, float) @ view.T
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    middle, scale = (low + high) / 2.0, _SHARE * side / max(float((high - low)[:2].max()), 1e-12)

    def on_paper(turned: FloatArray) -> FloatArray:
        """Return pixels and nearness: orthographic, the cloud fills the picture."""
        flipped: FloatArray = (turned - middle) * (scale, -scale, 1.0) + (side / 2, side / 2, 0.0)
        return flipped

    image = Image.new("RGB", (side, side), _GROUND)
    pen = ImageDraw.Draw(image)
    places = on_paper(cloud)
    colors = _point_colors(places[:, 2], sketch.values)
    radius = _POINT * max((_MANY / len(places)) ** 0.5, 1.0)
    for index in np.argsort(places[:, 2], kind="stable"):  # far ones first
        _disc(pen, places[index], radius, tuple(colors[index]))
    if sketch.keypoints is not None:
        marks = on_paper(np.asarray(sketch.keypoints, float) @ view.T)
        for index in np.argsort(marks[:, 2], kind="stable"):
            _mark(pen, marks[index], int(index))
    small = image.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    return np.asarray(small, np.uint8)


def draw_marked(pictures: ByteArray, places: FloatArray) -> ByteArray:
    """Return pictures side by side with keypoints as discs, (h,w,3) uint8.

    Parameters
    ----------
    pictures
        (n,a,a,3) squares.
    places
        (n,k,2) unit coordinates of the keypoints, as in `geometry.camera`.
    """
    side = _SIDE * _LARGER
    drawn = []
    for picture, marks in zip(pictures, places, strict=True):
        image = Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)
        pen = ImageDraw.Draw(image)
        for index, mark in enumerate((marks + 1.0) * (side / 2.0)):
            _mark(pen, mark, index)
        drawn.append(np.asarray(image.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS), np.uint8))
    return np.concatenate(drawn, axis=1)


def keypoint_color(index: int) -> tuple[int, int, int]:
    """Return the colour of a keypoint, red, green and blue 0 to 255."""
    red, green, blue = colorsys.hsv_to_rgb((0.02 + index * _GOLDEN) % 1.0, 0.65, 1.0)
    return round(255 * red), round(255 * green), round(255 * blue)


def _point_colors(nearness: FloatArray, values: FloatArray | None) -> ByteArray:
    """Return (n,3) colours: by value if there are any, else by depth."""
    by_value = values is not None
    given = np.asarray(nearness if values is None else values, float)
    low, high = float(given.min()), float(given.max())
    share = ((given - low) / (high - low if high > low else 1.0))[:, None]
    first, last = (_LOW, _HIGH) if by_value else (_FAR, _NEAR)
    colors: ByteArray = (first + share * (last - first)).astype(np.uint8)
    return colors


def _three_quarters() -> FloatArray:
    """Return the view (3,3) from the front left and above: rows are right, up and toward us."""
    turn, tilt = np.radians(-35.0), np.radians(20.0)
    yaw = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    pitch = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    view: FloatArray = pitch @ yaw
    return view


def _mark(pen: ImageDraw.ImageDraw, place: FloatArray, index: int) -> None:
    """Draw a keypoint in its colour."""
    _disc(pen, place, _KEYPOINT + 1.0, _GROUND)
    _disc(pen, place, _KEYPOINT, keypoint_color(index))


def _disc(
    pen: ImageDraw.ImageDraw, place: FloatArray, radius: float, color: tuple[int, ...]
) -> None:
    x, y, r = float(place[0]), float(place[1]), radius * _LARGER
    pen.ellipse((x - r, y - r, x + r, y + r), fill=tuple(int(part) for part in color))
