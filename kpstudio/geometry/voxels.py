"""A surface as a grid of voxels: how full of it each is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.geometry.normals import face_cross_products
from kpstudio.geometry.principal_frame import principal_frame
from kpstudio.geometry.surface import Surface
from kpstudio.geometry.topology import is_watertight, signed_volume

#: Columns of a voxel, along each side, in which a solid is measured.
_COLUMNS = 4

#: Largest distance of samples of a surface, in voxels.
_SAMPLE_STEP = 0.5

#: Voxels left empty on every side.
_MARGIN = 4

#: Nodes of a grid are one more than a multiple of this: every second of every second of every
#: second one is again a grid around the same centre.
_MULTIPLE = 8


@dataclass(frozen=True, eq=False)
class Voxels:
    """A surface as a grid, in a frame that turns with it.

    Parameters
    ----------
    values
        (x,y,z): of a solid the share of each voxel that is inside; of an open surface the
        area in each voxel, in sides of a voxel.
    frame
        (3,3) axes of the grid as rows.
    spacing
        Side of a voxel, in diameters.
    is_solid
        Whether the surface encloses a volume.
    """

    values: FloatArray
    frame: FloatArray
    spacing: float
    is_solid: bool

    def to_grid(self, points: FloatArray) -> FloatArray:
        """Return points (q,3) of the surface's frame in voxels; whole numbers are middles."""
        return points @ self.frame.T / self.spacing + (np.array(self.values.shape) - 1) / 2.0

    def to_surface(self, places: FloatArray) -> FloatArray:
        """Return places (q,3) of the grid in the surface's frame."""
        return (places - (np.array(self.values.shape) - 1) / 2.0) * self.spacing @ self.frame


def voxelise(surface: Surface, resolution: int, ctx: RunContext | None = None) -> Voxels:
    """Return a surface as a grid.

    The grid is centred in the surface and lies along its principal axes, so that it turns with the
    shape: the values of a turned shape are the same. All its symmetries, turns by a right angle and
    reflections, leave the way it is filled alone, so that the ends and the order of the axes do not
    matter.

    Parameters
    ----------
    surface
        Filled if it is watertight; else its faces themselves are what the voxels are full of.
    resolution
        Voxels across the diameter, the empty margin included.
    ctx
        Cancellation.

    Raises
    ------
    InputError
        There are no faces.
    """
    ctx = ctx or RunContext()
    surface.need_faces("a grid of voxels")
    spacing = 1.0 / (resolution - 2 * _MARGIN)
    frame = principal_frame(surface)
    points = surface.points @ frame.T / spacing
    reach = np.abs(points).max(axis=0) + _MARGIN
    half = np.ceil(reach * 2.0 / _MULTIPLE - 1e-6).astype(int) * _MULTIPLE // 2
    shape = 2 * half + 1
    points = points + half
    ctx.check()
    solid = is_watertight(surface.faces)
    if solid:
        values = _solid(points, surface.faces, shape, ctx)
    else:
        samples, weights = _samples(points, surface.faces)
        values = _scattered(samples, weights, shape)
    return Voxels(values, frame, spacing, solid)


def _solid(
    points: FloatArray, faces: IntArray, shape: NDArray[np.intp], ctx: RunContext
) -> FloatArray:
    """Return the share (x,y,z) of every voxel that is inside, seen along each axis in turn."""
    if signed_volume(points, faces) < 0.0:
        faces = faces[:, ::-1]
    total = np.zeros(shape)
    for axis in range(3):
        ctx.check()
        turn = [(axis + 1) % 3, (axis + 2) % 3, axis]
        filled = _filled(points[:, turn], faces, shape[turn])
        total += np.moveaxis(filled, [0, 1, 2], turn)
    return np.clip(total / 3.0, 0.0, 1.0)


def _filled(points: FloatArray, faces: IntArray, shape: NDArray[np.intp]) -> FloatArray:
    """Return (x,y,z) how much of each voxel is inside, from where columns along z are cut.

    A cut at height h where the column enters adds to every voxel the length of its column above h;
    where it leaves, the same is taken away.
    """
    columns = shape[:2] * _COLUMNS
    # A column's place in columns is a whole number.
    plane = (points[:, :2] + 0.5) * _COLUMNS - 0.5
    column, sign, height = _cuts(plane, points[:, 2] + 0.5, faces, columns)
    voxel = column // _COLUMNS
    base = np.floor(height).astype(int)
    part = height - base
    start = (voxel[:, 0] * shape[1] + voxel[:, 1]) * shape[2] + base
    size = int(shape.prod())
    steps = np.bincount(start, sign * (1.0 - part), size + 1)
    steps += np.bincount(start + 1, sign * part, size + 1)
    return np.cumsum(steps[:size].reshape(shape), axis=2) / _COLUMNS**2


def _cuts(
    plane: FloatArray, heights: FloatArray, faces: IntArray, columns: NDArray[np.intp]
) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Return column (q,2), 1 where it enters or -1, and height of all cuts."""
    corners = plane[faces]
    low = np.ceil(corners.min(axis=1)).astype(int)
    size = np.maximum(np.floor(corners.max(axis=1)).astype(int) - low + 1, 0)
    count = size.prod(axis=1)
    face = np.repeat(np.arange(len(faces)), count)
    number = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
    column = low[face] + np.stack(np.divmod(number, np.maximum(size[face, 1], 1)), axis=1)
    a, b, c = (corners[face, corner] for corner in range(3))
    weights = np.stack([_side(b, c, column), _side(c, a, column), _side(a, b, column)], axis=1)
    area = weights.sum(axis=1)
    # A column through an edge belongs to one of its two faces: see `_side`.
    inside = (weights > 0.0).all(axis=1) | (weights < 0.0).all(axis=1)
    face, column, weights, area = face[inside], column[inside], weights[inside], area[inside]
    height = (weights * heights[faces[face]]).sum(axis=1) / area
    return column, -np.sign(area), height


def _side(start: FloatArray, end: FloatArray, column: NDArray[np.intp]) -> FloatArray:
    """Return twice the signed area of columns and sides (q,), never zero.

    The ends of a side are put in order first: both faces of an edge get the very same number with
    opposite signs. Zero counts as being on one side, as if the column were a little farther along.
    """
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    first = np.where(swap[:, None], end, start)
    way = np.where(swap[:, None], start, end) - first
    to = column - first
    area = way[:, 0] * to[:, 1] - way[:, 1] * to[:, 0]
    area = np.where(area == 0.0, np.finfo(float).tiny, area)
    return np.where(swap, -area, area)


def _samples(points: FloatArray, faces: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return points (q,3) all over the faces and the area (q,) each stands for."""
    corners = points[faces]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    parts = np.maximum(np.ceil(longest / _SAMPLE_STEP), 1).astype(int)
    areas = np.linalg.norm(face_cross_products(points, faces), axis=1) / 2.0
    samples, weights = [], []
    for part in np.unique(parts):
        chosen = parts == part
        shares = _middles(int(part))
        samples.append(np.einsum("qc,mcd->mqd", shares, corners[chosen]).reshape(-1, 3))
        weights.append(np.repeat(areas[chosen] / part**2, part**2))
    return np.concatenate(samples), np.concatenate(weights)


def _middles(parts: int) -> FloatArray:
    """Return (parts^2, 3) barycentric middles of a triangle cut into smaller ones of its shape."""
    i, j = (grid.reshape(-1) for grid in np.indices((parts, parts)))
    upright, upturned = i + j < parts, i + j < parts - 1
    a = np.concatenate([i[upright] + 1 / 3, i[upturned] + 2 / 3]) / parts
    b = np.concatenate([j[upright] + 1 / 3, j[upturned] + 2 / 3]) / parts
    return np.stack([a, b, 1.0 - a - b], axis=1)


def _scattered(samples: FloatArray, weights: FloatArray, shape: NDArray[np.intp]) -> FloatArray:
    """Return (x,y,z) weights of samples, each shared by the eight voxels around it."""
    base = np.floor(samples).astype(int)
    part = samples - base
    size = int(shape.prod())
    total = np.zeros(size)
    for corner in np.ndindex(2, 2, 2):
        share = np.where(corner, part, 1.0 - part).prod(axis=1)
        place = np.ravel_multi_index((base + corner).T, tuple(shape))
        total += np.bincount(place, share * weights, size)
    return total.reshape(shape)
