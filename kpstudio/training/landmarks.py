"""Landmarks of real shapes by rule: what models are scored against where nobody has annotated.

Every rule names a place by an extreme of the surface ("the wing tip is the leftmost point"), in
the canonical orientation, and is given up on a shape where it does not hold. They are used to
score; `pose` alone, which learns nothing but landmarks, trains on those of its training shapes.
The names are those of the procedural category.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.sampling import sample_surface
from kpstudio.training.procedural.catalogue import generator

_SAMPLES = 20_000
_ROOF_BINS = 30
#: The corners of a seat or a table top, as (x, z) directions.
_CORNERS = {
    "front left": (1, 1),
    "front right": (-1, 1),
    "back left": (1, -1),
    "back right": (-1, -1),
}
_SIDES = {"left": 1.0, "right": -1.0}


@dataclass(frozen=True, eq=False)
class Landmarks:
    """g landmarks of one shape: (g,3) positions, (g,) which of them it has, and their names."""

    positions: FloatArray
    present: BoolArray
    names: tuple[str, ...]


@dataclass(eq=False)
class _Surface:
    """A shape as the rules see it: samples in its box scaled to 0..1 on every axis.

    Parameters
    ----------
    points
        (n,3) samples and vertices, mesh coordinates.
    normals
        (n,3) their unit normals.
    relative
        (n,3) position in the box; x runs from the right side (0) to the left (1).
    found
        Landmarks so far.
    """

    points: FloatArray
    normals: FloatArray
    relative: FloatArray
    found: dict[str, FloatArray] = field(default_factory=dict)

    def mark(self, name: str, direction: tuple[float, float, float], where: BoolArray) -> None:
        """Take the extreme of the points `where` along a direction in box coordinates."""
        chosen = np.flatnonzero(where)
        if len(chosen):
            best = chosen[np.argmax(self.relative[chosen] @ np.array(direction, float))]
            self.found[name] = self.points[best]

    def across(self) -> FloatArray:
        """Return (n,) distance from the middle plane, in half widths."""
        return np.abs(2.0 * self.relative[:, 0] - 1.0)


def rule_landmarks(mesh: Mesh, category: str) -> Landmarks | None:
    """Return the landmarks that the category's rules find, or None if it has no rules.

    Parameters
    ----------
    mesh
        In canonical axes: +y up, +z front.
    category
        Name of the category.
    """
    rules = _RULES.get(category)
    if rules is None:
        return None
    samples = sample_surface(mesh.vertices, mesh.faces, _SAMPLES, 0)
    points = np.concatenate([samples.points, mesh.vertices[mesh.referenced]])
    normals = np.concatenate([samples.normals, mesh.vertex_normals[mesh.referenced]])
    low, high = mesh.bounds
    surface = _Surface(points, normals, (points - low) / np.maximum(high - low, 1e-12))
    rules(surface)
    names: tuple[str, ...] = generator(category).KEYPOINTS
    present = np.array([name in surface.found for name in names])
    positions = np.array([surface.found.get(name, np.zeros(3)) for name in names])
    return Landmarks(positions, present, names)


def _airplane(surface: _Surface) -> None:
    x, y, z = surface.relative.T
    across = surface.across()
    surface.mark("left wing tip", (1, 0, 0), z > 0.0)
    surface.mark("right wing tip", (-1, 0, 0), z > 0.0)
    surface.mark("nose", (0, 0, 1), across < 0.1)
    nose = y[np.argmax(np.where(across < 0.1, z, -1.0))]
    surface.mark("tail", (0, 0, -1), (across < 0.06) & (np.abs(y - nose) < 0.2))
    fin = np.argmax(np.where(z < 0.35, y, -1.0))
    if across[fin] < 0.1:  # else it has two fins
        surface.mark("fin top", (0, 1, 0), z < 0.35)
    for side, sign in _SIDES.items():
        rear = (z < 0.2) & (sign * (x - 0.5) > 0.0)
        if rear.any() and 0.12 < across[rear].max() < 0.75:  # else that is the wing
            surface.mark(f"{side} tailplane tip", (sign, 0, 0), rear)
    root = (across > 0.15) & (across < 0.25) & (z > 0.3)
    middle = (across < 0.05) & (np.abs(z - np.median(z[root])) < 0.02)
    surface.mark("top middle", (0, 1, 0), middle)
    surface.mark("belly middle", (0, -1, 0), middle)


def _car(surface: _Surface) -> None:
    y, z = surface.relative[:, 1], surface.relative[:, 2]
    roof = _roof(surface)
    low = (y > 0.2) & (y < 0.5)
    for side, sign in _SIDES.items():
        for end, along in (("front", 1.0), ("rear", -1.0)):
            close = low & (along * (z - 0.5) > 0.44)
            surface.mark(f"{side} {end} bumper", (sign, 0, 0.5 * along), close)
            surface.mark(f"{side} {end} roof", (sign, 0, along), roof)


def _roof(surface: _Surface) -> BoolArray:
    """Return which points are on the roof: level, high, and in one piece with the cabin's."""
    y, z = surface.relative[:, 1], surface.relative[:, 2]
    level = _highest_level(surface, np.abs(z - 0.45) < 0.12)
    roof = (np.abs(y - level) < 0.06) & (surface.normals[:, 1] > 0.7)
    # A spoiler may be as high as the roof, but there is a gap between them.
    bins = np.clip((z * _ROOF_BINS).astype(int), 0, _ROOF_BINS - 1)
    filled = np.bincount(bins[roof], minlength=_ROOF_BINS) > 0
    gaps = np.flatnonzero(~filled)
    middle = int(np.median(bins[roof & (np.abs(z - 0.45) < 0.12)]))
    first = gaps[gaps < middle].max(initial=-1)
    last = gaps[gaps > middle].min(initial=_ROOF_BINS)
    whole: BoolArray = roof & (bins > first) & (bins < last)
    return whole


def _chair(surface: _Surface) -> None:
    y, z = surface.relative[:, 1], surface.relative[:, 2]
    level = _widest_level(surface, 0.25, 0.7)
    seat = (np.abs(y - level) < 0.04) & (surface.normals[:, 1] > 0.5)
    for corner, (x, front) in _CORNERS.items():
        surface.mark(f"seat {corner}", (x, 0, front), seat)
        surface.mark(f"foot {corner}", (x, 0, front), y < 0.03)
    surface.mark("seat middle", (0, 0, 0), _near(surface, seat, 0.5))
    back = (y > 0.88) & (z < 0.6)
    for side, sign in _SIDES.items():
        surface.mark(f"back top {side}", (sign, 0.5, 0), back)
    surface.mark("back top middle", (0, 1, 0), back & (surface.across() < 0.15))


def _table(surface: _Surface) -> None:
    y = surface.relative[:, 1]
    top = (y > 0.96) & (surface.normals[:, 1] > 0.5)
    for corner, (x, front) in _CORNERS.items():
        surface.mark(f"top {corner}", (x, 0, front), top)
        surface.mark(f"foot {corner}", (x, 0, front), y < 0.03)
    z = surface.relative[:, 2]
    surface.mark("top middle", (0, 0, 0), _near(surface, top, 0.5))
    for side, sign in _SIDES.items():
        surface.mark(f"top {side}", (sign, 0, 0), top & (np.abs(z - 0.5) < 0.05))
    for side, sign in (("front", 1.0), ("back", -1.0)):
        surface.mark(f"top {side}", (0, 0, sign), top & (surface.across() < 0.1))


def _mug(surface: _Surface) -> None:
    y = surface.relative[:, 1]
    x, z = (surface.points[:, axis] for axis in (0, 2))
    # The body is round: it is as deep as it is wide, and what is in front of it is the handle.
    width = float(np.ptp(x))
    across = surface.across()
    front = z - (z.min() + width)
    handle = front > 0.3 * front.max()
    for level, part in (("rim", y > 0.95), ("base", y < 0.05)):
        for side, sign in _SIDES.items():
            surface.mark(f"{level} {side}", (sign, 0, 0), part)
        surface.mark(f"{level} back", (0, 0, -1), part & (across < 0.3))
        surface.mark(f"{level} front", (0, 0, 1), part & (across < 0.3) & (front < 0.02 * width))
    if front.max() < 0.1 * width:  # it has no handle
        return
    surface.mark("handle top", (0, 1, 0), handle)
    surface.mark("handle outer", (0, 0, 1), handle)
    surface.mark("handle bottom", (0, -1, 0), handle)
    floor = (across < 0.2) & (y < 0.4) & (surface.normals[:, 1] > 0.8)
    surface.mark("floor middle", (0, 0, 0), _near(surface, floor, 0.5 * width / np.ptp(z)))


def _biped(surface: _Surface) -> None:
    x, y = surface.relative[:, 0], surface.relative[:, 1]
    extent = np.ptp(surface.points, axis=0)
    across = surface.across()
    upright = extent[0] < 0.5 * extent[1] and extent[2] < 0.34 * extent[1]
    if not upright or (across[y > 0.86] > 0.75).any():
        return  # bent, sitting or with an arm up: the heights below mean nothing
    surface.mark("head top", (0, 1, 0), across < 0.3)
    surface.mark("face", (0, 0, 1), (y > 0.89) & (y < 0.94))
    surface.mark("chest", (0, 0, 1), (y > 0.68) & (y < 0.78) & (across < 0.4))
    for side, sign in _SIDES.items():
        own = sign * (x - 0.5) > 0.0
        surface.mark(f"{side} shoulder", (sign, 0.5, 0), own & (y > 0.78) & (y < 0.84))
        arm = own & (across > 0.75) & (y > 0.35)
        if arm.any() and y[arm].min() < 0.5:  # else the hand is on the hip
            surface.mark(f"{side} hand", (0, -1, 0), arm)
        surface.mark(f"{side} knee", (0, 0, 1), own & (y > 0.25) & (y < 0.31))
        surface.mark(f"{side} toe", (0, 0, 1), own & (y < 0.06))
        surface.mark(f"{side} heel", (0, 0, -1), own & (y < 0.06))


def _near(surface: _Surface, where: BoolArray, place: float) -> BoolArray:
    """Return which single point of `where` is nearest to the middle column at depth `place`."""
    chosen: NDArray[np.intp] = np.flatnonzero(where)
    only = np.zeros(len(where), bool)
    if len(chosen):
        offsets = surface.relative[chosen][:, [0, 2]] - (0.5, place)
        only[chosen[np.argmin(np.einsum("nd,nd->n", offsets, offsets))]] = True
    return only


def _widest_level(surface: _Surface, low: float, high: float) -> float:
    """Return the height, between two, at which most of the surface faces up."""
    heights = surface.relative[surface.normals[:, 1] > 0.8, 1]
    counts, edges = np.histogram(heights, bins=60, range=(low, high))
    return float(edges[np.argmax(counts)] + 0.5 * (edges[1] - edges[0]))


def _highest_level(surface: _Surface, where: BoolArray) -> float:
    """Return the greatest height at which a good part of the surface `where` faces up.

    Lights and racks are higher than a roof, but small.
    """
    heights = surface.relative[where & (surface.normals[:, 1] > 0.8), 1]
    counts, edges = np.histogram(heights, bins=20, range=(0.5, 1.0))
    level = int(np.flatnonzero(counts > 0.4 * counts.max())[-1]) if counts.any() else 19
    return float(0.5 * (edges[level] + edges[level + 1]))


_RULES: dict[str, Callable[[_Surface], None]] = {
    "airplane": _airplane,
    "biped": _biped,
    "car": _car,
    "chair": _chair,
    "mug": _mug,
    "table": _table,
}
