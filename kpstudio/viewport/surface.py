"""A mesh as VTK draws it: buffers made once and written in place ever after."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from vtkmodules.vtkCommonCore import vtkDataArray
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersCore import vtkPolyDataNormals, vtkTriangleMeshPointNormals

from kpstudio.base.arrays import Float32Array, FloatArray, IntArray
from kpstudio.data.mesh import Mesh
from kpstudio.rendering.vtk_arrays import cells_over, points_over, shared, values_of
from kpstudio.viewport.coarse import Coarse

#: Faces that meet at a sharper angle than this get an edge in smooth shading, degrees.
CREASE_ANGLE = 40.0
#: Larger meshes are scans, which have no creases; splitting them would take too long.
CREASE_LIMIT = 150_000
#: Above this many faces normals wait for the end of a drag (30 ms a million faces).
_NORMALS_LIMIT = 500_000


class Surface:
    """Positions and normals of one mesh, which several views may draw.

    Positions are single precision relative to the centre of the rest mesh, `origin`: actors stand
    there. Where faces meet at a crease a vertex is drawn once a side, so that both sides are
    shaded right; `vertex_of` says which vertex that is, and everything is written by vertex.

    Parameters
    ----------
    mesh
        The rest mesh.
    coarse
        What is drawn in its stead, if it is too large.
    """

    def __init__(self, mesh: Mesh, coarse: Coarse | None = None) -> None:
        self.mesh, self.coarse = mesh, coarse
        self.origin: FloatArray = mesh.origin
        #: (d,) vertex of each drawn point, or None when they are the same.
        self.vertex_of: IntArray | None = None
        faces = mesh.faces
        if coarse is not None:
            self.vertex_of, faces = coarse.vertex_of, coarse.faces
        elif 0 < len(faces) <= CREASE_LIMIT:
            self.vertex_of, faces = _split_creases(self.rest, faces)
        count = len(mesh.vertices) if self.vertex_of is None else len(self.vertex_of)
        #: (d,3) float32, the memory VTK draws from.
        self.positions: Float32Array = np.empty((count, 3), np.float32)
        self._points = points_over(self.positions)
        self.polydata = vtkPolyData()
        self.polydata.SetPoints(self._points)
        # Bare of attributes, so that nothing but positions goes through the filter.
        bare = vtkPolyData()
        bare.SetPoints(self._points)
        self._has_faces = len(faces) > 0
        if self._has_faces:
            self.polydata.SetPolys(cells_over(faces))
            bare.SetPolys(self.polydata.GetPolys())
        else:
            self.polydata.SetVerts(cells_over(np.arange(count, dtype=np.int32)[:, None]))
        self._bare = bare
        # vtkPolyDataNormals keeps normals that are already there; this one always computes.
        self._normals = vtkTriangleMeshPointNormals()
        self._normals.SetInputData(bare)
        #: Counts up when positions or normals change.
        self.version = 0
        # The vertices in the buffer; None after a drag wrote it, in a state that it was told of.
        self._written: FloatArray | None = mesh.vertices
        self._state: object = None
        self._normals_wait = False
        self.write_vertices(mesh.vertices)

    def is_of(self, mesh: Mesh, coarse: Coarse | None) -> bool:
        """Whether it was made for this mesh and stand-in."""
        return self.mesh is mesh and self.coarse is coarse

    @cached_property
    def rest(self) -> Float32Array:
        """(n,3) vertices of the rest mesh relative to the origin."""
        return (self.mesh.vertices - self.origin).astype(np.float32)

    @property
    def normals(self) -> vtkDataArray:
        """(d,3) float32, newest; None for a cloud."""
        normals: vtkDataArray = self.polydata.GetPointData().GetNormals()
        return normals

    def follow(
        self,
        state: object,
        vertices: FloatArray,
        positions: Float32Array | None = None,
        *,
        moving: bool = False,
    ) -> None:
        """Go where the shape is. What one view had done is not done again for the next.

        Parameters
        ----------
        state
            The same object for the same positions.
        vertices
            (n,3) file coordinates, unless there are positions.
        positions
            During a drag: (n,3) relative to the origin.
        moving
            Whether a gesture is going on: the normals of large meshes wait for its end.
        """
        if positions is not None:
            if state is self._state:
                return
            self.write(positions)
            self._state, self._written = state, None
        elif self._written is not vertices:
            self.write_vertices(vertices)
            self._state, self._written = None, vertices
        elif moving or not self._normals_wait:
            return
        large = self.polydata.GetNumberOfPolys() > _NORMALS_LIMIT
        self._normals_wait = large and moving
        if not self._normals_wait:
            self.update_normals()
        self.version += 1

    def write_vertices(self, vertices: FloatArray) -> None:
        """Move the surface to vertices (n,3), file coordinates. Normals stay as they are."""
        drawn = vertices if self.vertex_of is None else vertices[self.vertex_of]
        np.subtract(drawn, self.origin, out=self.positions, casting="same_kind")
        self._moved()

    def write(self, positions: Float32Array) -> None:
        """Move the surface to positions (n,3) relative to the origin. Normals stay as they are."""
        if self.vertex_of is None:
            self.positions[...] = positions
        else:
            np.take(positions, self.vertex_of, axis=0, out=self.positions, mode="clip")
        self._moved()

    def update_normals(self) -> None:
        """Compute the normals of the positions written last."""
        if not self._has_faces:
            return
        self._bare.Modified()
        self._normals.Update()
        normals = self._normals.GetOutput().GetPointData().GetNormals()
        self.polydata.GetPointData().SetNormals(normals)

    def _moved(self) -> None:
        self._points.Modified()
        self.polydata.Modified()


def _split_creases(positions: Float32Array, faces: IntArray) -> tuple[IntArray | None, IntArray]:
    """Return vertices (d,) and faces of the mesh with each side of a crease on its own points."""
    mesh = vtkPolyData()
    mesh.SetPoints(points_over(positions))
    mesh.SetPolys(cells_over(faces))
    # Point data travel with the split: this is how each new point knows its vertex.
    mesh.GetPointData().AddArray(shared(np.arange(len(positions), dtype=np.int32), "vertex"))
    split = vtkPolyDataNormals()
    split.SetInputData(mesh)
    split.SetFeatureAngle(CREASE_ANGLE)
    split.SetSplitting(True)
    split.SetConsistency(False)
    split.Update()
    result = split.GetOutput()
    if result.GetNumberOfPoints() == len(positions):
        return None, faces
    vertex_of = np.array(values_of(result.GetPointData().GetArray("vertex")), np.int32)
    connectivity = values_of(result.GetPolys().GetConnectivityArray())
    return vertex_of, np.array(connectivity, np.int32).reshape(-1, 3)
