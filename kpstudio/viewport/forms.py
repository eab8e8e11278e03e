"""The forms of flat markers: outlines around zero, drawn as open bands or filled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray

#: How far the rim in the contrasting colour reaches beyond a form, and into its hole.
_RIM = 0.24
_CIRCLE_CORNERS = 32


@dataclass(frozen=True, eq=False)
class Form:
    """A flat form.

    Parameters
    ----------
    name
        What it is called.
    outline
        (p,2) corners counter-clockwise; every one is seen from zero.
    hole
        Size of the hole in the middle, a part of the outline; 0 for none. Forms with a hole can be
        told apart when they lie on top of each other.
    """

    name: str
    outline: FloatArray
    hole: float = 0.0

    def triangles(self) -> tuple[FloatArray, IntArray]:
        """Return corners (q,2) and triangles (t,3) of the form."""
        return _band(self.outline, 1.0, self.hole)

    def rim(self) -> tuple[FloatArray, IntArray]:
        """Return corners (q,2) and triangles (t,3) of what lies behind it, a little larger."""
        return _band(self.outline, 1.0 + _RIM, max(self.hole - _RIM, 0.0))


def form_of(style: int) -> Form:
    """Return the form of a detector's keypoints, the same wherever they are shown."""
    return FORMS[style % len(FORMS)]


def _band(outline: FloatArray, outer: float, inner: float) -> tuple[FloatArray, IntArray]:
    """Return the area between an outline scaled by `outer` and by `inner`."""
    count = len(outline)
    corners = np.concatenate([outer * outline, inner * outline])
    here = np.arange(count)
    after = (here + 1) % count
    triangles = np.stack([here, after, count + here], axis=1)
    if inner > 0.0:
        more = np.stack([after, count + after, count + here], axis=1)
        triangles = np.concatenate([triangles, more])
    return corners, triangles.astype(np.int32)


def _polygon(corners: int, radius: float, turn: float) -> FloatArray:
    """Return a regular polygon; `turn` in degrees from the right to its first corner."""
    angles = np.deg2rad(turn) + 2.0 * np.pi * np.arange(corners) / corners
    polygon: FloatArray = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return polygon


def _star() -> FloatArray:
    angles = np.pi / 2 + np.pi * np.arange(10) / 5
    radii = np.where(np.arange(10) % 2 == 0, 1.3, 0.56)
    star: FloatArray = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return star


def _plus(turn: float) -> FloatArray:
    """Return a plus sign, turned by an angle in degrees."""
    long, short = 1.15, 0.34
    arm = np.array([[long, -short], [long, short], [short, short]])
    quarters = [arm @ np.array([[c, s], [-s, c]]) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    angle = np.deg2rad(turn)
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.asarray(np.concatenate(quarters) @ np.array([[cosine, sine], [-sine, cosine]]))


CIRCLE = Form("circle", _polygon(_CIRCLE_CORNERS, 1.0, 0.0), 0.64)
DOT = Form("dot", _polygon(_CIRCLE_CORNERS, 1.0, 0.0))
#: Forms of detectors; all look about as large.
FORMS = (
    Form("square", _polygon(4, 1.25, 45.0), 0.6),
    Form("diamond", _polygon(4, 1.35, 0.0), 0.6),
    Form("triangle", _polygon(3, 1.5, 90.0), 0.52),
    Form("cross", _plus(45.0)),
    Form("star", _star()),
    Form("hanging triangle", _polygon(3, 1.5, -90.0), 0.52),
    Form("plus", _plus(0.0)),
)
