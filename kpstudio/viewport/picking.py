"""Picking: which keypoint is under the cursor, and where a ray meets a mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from vtkmodules.vtkCommonCore import reference
from vtkmodules.vtkCommonDataModel import vtkGenericCell, vtkPolyData, vtkStaticCellLocator

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.data.mesh import Mesh
from kpstudio.document.item import Item
from kpstudio.rendering.vtk_arrays import cells_over, points_over
from kpstudio.viewport.projection import Projection, Ray

#: Reach of the cursor, logical pixels.
REACH = 10.0
#: Locators of larger meshes are built at a press, not while the mouse just passes by.
QUICK_FACES = 200_000
_TO_AND_FRO = 12


@dataclass(frozen=True, eq=False)
class SurfacePoint:
    """A point on a mesh.

    Parameters
    ----------
    position
        (3,) file coordinates, exact in double precision.
    face
        Index of the face.
    barycentric
        (3,) weights of its corners.
    distance
        From the start of the ray, or from the point asked about.
    """

    position: FloatArray
    face: int
    barycentric: FloatArray
    distance: float


class SurfacePicker:
    """Finds points on one mesh. The locator is built when it is first needed.

    Parameters
    ----------
    mesh
        The mesh as it is now.
    """

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self._locator: vtkStaticCellLocator | None = None
        self._cell = vtkGenericCell()

    @property
    def is_quick(self) -> bool:
        """Whether asking costs next to nothing."""
        return self._locator is not None or len(self.mesh.faces) <= QUICK_FACES

    def meet(self, ray: Ray) -> SurfacePoint | None:
        """Return where a ray first meets the mesh; None when it misses."""
        if len(self.mesh.faces) == 0:
            return None
        start = ray.origin - self.mesh.origin
        # The line must reach through the whole mesh, from wherever the camera is.
        reach = float(np.linalg.norm(start)) + self.mesh.diagonal
        tolerance = 1e-9 * self.mesh.diagonal
        where, weights = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
        distance, part, face = reference(0.0), reference(0), reference(0)
        hit = self._built().IntersectWithLine(  # type: ignore[call-overload]
            start, start + reach * ray.direction, tolerance, distance, where, weights, part, face,
            self._cell,
        )  # fmt: skip
        return self._point(int(face), weights, ray.origin) if hit else None

    def closest(self, point: FloatArray) -> SurfacePoint | None:
        """Return the point of the mesh nearest to a point (3,); None for a mesh without faces."""
        if len(self.mesh.faces) == 0:
            return None
        where = [0.0, 0.0, 0.0]
        face, part, squared = reference(0), reference(0), reference(0.0)
        self._built().FindClosestPoint(  # type: ignore[call-overload]
            point - self.mesh.origin, where, self._cell, face, part, squared
        )
        corners = self.mesh.vertices[self.mesh.faces[int(face)]]
        weights = _barycentric(np.array(where) + self.mesh.origin, corners)
        return self._exact(int(face), weights, point)

    def nearest_to(self, ray: Ray, start: FloatArray) -> SurfacePoint | None:
        """Return the point of the mesh nearest to a ray, looking from a point (3,) onwards.

        Goes to and fro between ray and surface, each time to the nearest point of the other: for
        a ray that misses the shape this ends at its rim.
        """
        found = self.closest(start)
        for _ in range(_TO_AND_FRO):
            if found is None:
                return None
            along = max(float((found.position - ray.origin) @ ray.direction), 0.0)
            found = self.closest(ray.at(along))
        return found

    def _built(self) -> vtkStaticCellLocator:
        if self._locator is None:
            mesh = self.mesh
            polydata = vtkPolyData()
            relative = (mesh.vertices - mesh.origin).astype(np.float32)
            polydata.SetPoints(points_over(relative))
            polydata.SetPolys(cells_over(mesh.faces))
            self._locator = vtkStaticCellLocator()
            self._locator.SetDataSet(polydata)
            self._locator.BuildLocator()
        return self._locator

    def _point(self, face: int, weights: list[float], start: FloatArray) -> SurfacePoint:
        # VTK gives the weights of the second and the third corner.
        second, third = weights[0], weights[1]
        return self._exact(face, np.array([1.0 - second - third, second, third]), start)

    def _exact(self, face: int, weights: FloatArray, start: FloatArray) -> SurfacePoint:
        weights = np.clip(weights, 0.0, 1.0)
        weights = weights / weights.sum()
        position = weights @ self.mesh.vertices[self.mesh.faces[face]]
        return SurfacePoint(position, face, weights, float(np.linalg.norm(position - start)))


class Pickers:
    """The pickers of all items, each kept until the mesh is another one."""

    def __init__(self) -> None:
        self._pickers: dict[int, SurfacePicker] = {}

    def of(self, item: Item) -> SurfacePicker:
        """Return the picker of an item's mesh as it is now."""
        mesh, picker = item.value.current, self._pickers.get(item.id)
        if picker is None or picker.mesh is not mesh:
            picker = self._pickers[item.id] = SurfacePicker(mesh)
        return picker

    def forget(self, item_id: int) -> None:
        """Drop the picker of an item that was closed."""
        self._pickers.pop(item_id, None)


def nearest_handle(
    view: Projection,
    positions: FloatArray,
    cursor: tuple[float, float],
    reach: float,
    pickable: BoolArray,
    hidden: BoolArray,
) -> int | None:
    """Return the keypoint under the cursor.

    The nearest on the screen wins, those that are seen before those behind a surface.

    Parameters
    ----------
    view
        The camera.
    positions
        (k,3) keypoints.
    cursor
        Device pixels from the bottom left.
    reach
        Device pixels around the cursor.
    pickable
        (k,) False for keypoints that are not there.
    hidden
        (k,) True for keypoints behind a surface.
    """
    if len(positions) == 0:
        return None
    distances = np.linalg.norm(view.to_screen(positions) - cursor, axis=1)
    distances[~pickable | np.isnan(distances)] = np.inf
    order = np.lexsort((distances, hidden if len(hidden) == len(positions) else ~pickable))
    near = order[distances[order] <= reach]
    return int(near[0]) if len(near) else None


def _barycentric(point: FloatArray, corners: FloatArray) -> FloatArray:
    """Return the weights (3,) of a point in the plane of a triangle (3,3)."""
    first, second = corners[1] - corners[0], corners[2] - corners[0]
    edges = np.stack([first, second], axis=1)
    weights, *_ = np.linalg.lstsq(edges, point - corners[0], rcond=None)
    return np.array([1.0 - weights.sum(), *weights])
