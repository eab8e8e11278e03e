"""Closed triangle solids from which the procedural categories are built.

Every function returns a closed, consistently outward oriented surface with no degenerate face. An
outline or ring that gets a cap must be star-shaped as seen from its centroid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Solid:
    """A closed surface: vertices (n,3) and outward, counter-clockwise faces (m,3)."""

    vertices: FloatArray
    faces: IntArray

    def moved(self, offset: ArrayLike) -> Solid:
        """Return the solid shifted by `offset` (3,)."""
        return Solid(self.vertices + np.asarray(offset, float), self.faces)

    def turned(self, rotation: FloatArray, centre: ArrayLike = (0.0, 0.0, 0.0)) -> Solid:
        """Return the solid rotated by a matrix (3,3) about `centre`."""
        middle = np.asarray(centre, float)
        return Solid((self.vertices - middle) @ rotation.T + middle, self.faces)

    def scaled(self, factors: ArrayLike) -> Solid:
        """Return the solid stretched by positive `factors` (3,) about the origin."""
        return Solid(self.vertices * np.asarray(factors, float), self.faces)

    def mirrored(self) -> Solid:
        """Return the solid reflected in the plane x = 0, still facing outwards."""
        return Solid(self.vertices * (-1.0, 1.0, 1.0), self.faces[:, ::-1])

    def both(self) -> tuple[Solid, Solid]:
        """Return the solid and its mirror image."""
        return self, self.mirrored()


def signed_volume(vertices: FloatArray, faces: IntArray) -> float:
    """Return the volume enclosed by a closed surface; negative when it faces inwards."""
    centred = vertices - vertices.mean(axis=0)
    first, second, third = (centred[faces[:, corner]] for corner in range(3))
    return float(np.einsum("md,md->", first, np.cross(second, third)) / 6.0)


def rotation_about(axis: int, angle: float) -> FloatArray:
    """Return the rotation (3,3) by `angle` radians about coordinate axis 0, 1 or 2."""
    first, second = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = np.eye(3)
    matrix[[first, second], [first, second]] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    return matrix


def _quads(corners: IntArray) -> IntArray:
    """Return two triangles for each of (q,4) corners."""
    return np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]]).astype(np.int32)


def _outward(vertices: FloatArray, faces: IntArray) -> Solid:
    if signed_volume(vertices, faces) < 0.0:
        faces = np.ascontiguousarray(faces[:, ::-1])
    return Solid(vertices, faces)


def loft(
    rings: ArrayLike, start_tip: ArrayLike | None = None, end_tip: ArrayLike | None = None
) -> Solid:
    """Return the surface through successive closed rings, capped at both ends.

    Parameters
    ----------
    rings
        (r,s,3) r >= 2 rings of s >= 3 distinct points, in corresponding order.
    start_tip, end_tip
        Apex (3,) of the fan that closes each end; the centroid of the end ring by default.
        The apexes are the last two vertices.
    """
    grid = np.asarray(rings, float)
    count, size = grid.shape[:2]
    tips = [
        grid[end].mean(axis=0) if tip is None else np.asarray(tip, float)
        for end, tip in ((0, start_tip), (-1, end_tip))
    ]
    index = np.arange(count * size, dtype=np.int32).reshape(count, size)
    after = np.roll(index, -1, axis=1)
    corners = np.stack([index[:-1], after[:-1], after[1:], index[1:]], axis=-1).reshape(-1, 4)
    start, end = count * size, count * size + 1
    fans = [
        np.stack([after[0], index[0], np.full(size, start)], axis=1),
        np.stack([index[-1], after[-1], np.full(size, end)], axis=1),
    ]
    vertices = np.concatenate([grid.reshape(-1, 3), np.stack(tips)])
    return _outward(vertices, np.concatenate([_quads(corners), *fans]).astype(np.int32))


def slab(front: ArrayLike, back: ArrayLike) -> Solid:
    """Return the solid between two grids (u,v,3) of corresponding points: panels, cushions."""
    sheets = np.stack([np.asarray(front, float), np.asarray(back, float)])
    rows, columns = sheets.shape[1:3]
    index = np.arange(sheets[..., 0].size, dtype=np.int32).reshape(2, rows, columns)

    def patch(grid: IntArray) -> IntArray:
        corners = [grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]]
        return np.stack(corners, axis=-1).reshape(-1, 4)

    rim = [
        index[0, 0, :], index[0, 1:, -1], index[0, -1, -2::-1], index[0, -2:0:-1, 0]
    ]  # fmt: skip
    loop = np.concatenate(rim)
    border = np.stack([loop, np.roll(loop, -1)])
    border = np.stack([border, border + rows * columns])
    side = np.stack([border[0, 0], border[0, 1], border[1, 1], border[1, 0]], axis=-1)
    corners = np.concatenate([patch(index[0]), patch(index[1])[:, ::-1], side])
    return _outward(sheets.reshape(-1, 3), _quads(corners))


def box(low: ArrayLike, high: ArrayLike) -> Solid:
    """Return the axis-aligned box between two corners (3,)."""
    (x0, y0, z0), (x1, y1, z1) = np.asarray(low, float), np.asarray(high, float)
    corners = np.array(
        [[x, y, z] for y in (y0, y1) for x, z in ((x0, z0), (x1, z0), (x1, z1), (x0, z1))]
    )
    quads = [[0, 1, 2, 3], [7, 6, 5, 4], [1, 0, 4, 5], [2, 1, 5, 6], [3, 2, 6, 7], [0, 3, 7, 4]]
    return _outward(corners, _quads(np.array(quads)))


def prism(
    outline: FloatArray, bottom: float, top: float, *, bottom_scale: float = 1.0, bevel: float = 0.0
) -> Solid:
    """Return a vertical prism over an outline (s,2) of (x, z).

    Parameters
    ----------
    outline
        (s,2) corners at the top.
    bottom, top
        Heights.
    bottom_scale
        Size of the lower end relative to the upper.
    bevel
        Fraction by which the topmost tenth of the height narrows; 0 for a sharp edge.
    """
    levels = [(bottom, bottom_scale), (top, 1.0)]
    if bevel > 0.0:
        levels = [*levels[:-1], (top - 0.25 * (top - bottom), 1.0), (top, 1.0 - bevel)]
    centre = outline.mean(axis=0)
    rings = [
        np.insert(centre + (outline - centre) * scale, 1, height, axis=1)
        for height, scale in levels
    ]
    return loft(np.stack(rings))


def lathe(profile: ArrayLike, sides: int, *, squash: float = 1.0) -> Solid:
    """Return the surface of revolution about the y axis of a profile (p,2) of (radius, height).

    All radii are positive: both ends are closed with discs.
    """
    points = np.asarray(profile, float)
    angles = 2.0 * np.pi * (np.arange(sides) + 0.5) / sides
    circle = np.stack([np.sin(angles), np.zeros(sides), squash * np.cos(angles)], axis=1)
    return loft(points[:, None, :1] * circle + points[:, None, 1:] * np.array([0.0, 1.0, 0.0]))


def tube(path: ArrayLike, radius: ArrayLike, sides: int = 8, *, squash: float = 1.0) -> Solid:
    """Return a tube along a path (p,3) of distinct points.

    Parameters
    ----------
    path
        (p,3) centre line.
    radius
        One radius, or (p,) one a point.
    sides
        Corners of the cross-section; 4 gives a square bar with its faces along the frame.
    squash
        Ratio of the two axes of the cross-section.
    """
    points = np.asarray(path, float)
    radii = np.broadcast_to(np.asarray(radius, float), len(points))
    first, second = _frames(points)
    # Half a step turns a square section's faces, not its corners, to the frame.
    angles = 2.0 * np.pi * (np.arange(sides) + 0.5) / sides
    reach = 1.0 / np.cos(np.pi / sides) if sides <= 4 else 1.0
    across = np.cos(angles)[None, :, None] * first[:, None]
    along = squash * np.sin(angles)[None, :, None] * second[:, None]
    return loft(points[:, None] + reach * radii[:, None, None] * (across + along))


def _frames(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two unit normals (p,3) a path point, carried along without twist."""
    steps = np.diff(points, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    tangents = np.concatenate([steps[:1], steps[:-1] + steps[1:], steps[-1:]])
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    helper = np.eye(3)[0] if abs(tangents[0, 0]) < 0.8 else np.eye(3)[2]
    normals = []
    for tangent in tangents:
        normal = helper - (helper @ tangent) * tangent
        helper = normal / np.linalg.norm(normal)
        normals.append(helper)
    first = np.stack(normals)
    return first, np.cross(tangents, first)


def bar(start: ArrayLike, end: ArrayLike, radius: float, end_radius: float | None = None,
        sides: int = 4) -> Solid:  # fmt: skip
    """Return a straight bar between two points, tapering when `end_radius` is given."""
    radii = [radius, radius if end_radius is None else end_radius]
    return tube(np.stack([np.asarray(start, float), np.asarray(end, float)]), radii, sides)


def post(
    top: ArrayLike, foot: ArrayLike, radius: float, sides: int = 4, taper: float = 1.0
) -> Solid:
    """Return a leg with level ends between two points (3,), even when it leans.

    Parameters
    ----------
    top, foot
        Middles of the ends; the foot is the last vertex but one.
    radius
        Half the width at the top.
    sides
        Corners of the section.
    taper
        Width at the foot relative to the top.
    """
    high, low = np.asarray(top, float), np.asarray(foot, float)
    outline = rounded_outline(2.0 * radius, 2.0 * radius, 0.0 if sides == 4 else 1.0, sides)
    levels = [np.insert(taper * outline, 1, 0.0, axis=1) + low]
    levels += [np.insert(outline, 1, 0.0, axis=1) + high]
    return loft(np.stack(levels))


def rounded_outline(width: float, depth: float, roundness: float, sides: int) -> FloatArray:
    """Return a superellipse (sides,2) of (x, z): roundness 1 is an ellipse, 0 nearly a rectangle.

    With `sides` a multiple of 4 the corners at 45 degrees are among its points.
    """
    # Multiples of 8 have mid-edges and corners; other multiples of 4 start at a corner.
    start = 0.0 if sides % 8 == 0 else np.pi / 4.0
    angles = start + 2.0 * np.pi * np.arange(sides) / sides
    power = 0.0 if sides == 4 else 2.0 / (2.0 + 14.0 * (1.0 - roundness) ** 2)
    directions = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    shape = np.sign(directions) * np.abs(directions) ** power
    return 0.5 * shape * (width, depth)
