"""A mesh as VTK draws it: buffers made once and written in place ever after."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersCore import vtkPolyDataNormals, vtkTriangleMeshPointNormals

from kpstudio.base.arrays import ByteArray, Float32Array, FloatArray, IntArray
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.viewport.arrays import cells_over, points_over, shared, values_of
from kpstudio.viewport.coarse import Coarse

#: Faces that meet at a sharper angle than this get an edge in smooth shading, degrees.
CREASE_ANGLE = 40.0
#: Larger meshes are scans, which have no creases; splitting them would take too long.
CREASE_LIMIT = 150_000


class Surface:
    """Positions, normals, scalars and texture coordinates of one mesh.

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
        self._values: Float32Array | None = None
        self.write_vertices(mesh.vertices)

    def is_of(self, mesh: Mesh, coarse: Coarse | None) -> bool:
        """Whether it was made for this mesh and stand-in."""
        return self.mesh is mesh and self.coarse is coarse

    @cached_property
    def rest(self) -> Float32Array:
        """(n,3) vertices of the rest mesh relative to the origin."""
        return (self.mesh.vertices - self.origin).astype(np.float32)

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

    def set_values(self, values: FloatArray | Float32Array) -> None:
        """Colour by one value a vertex (n,); the memory is kept from one call to the next."""
        if self._values is None:
            self._values = np.empty(len(self.positions), np.float32)
        self._values[...] = values if self.vertex_of is None else values[self.vertex_of]
        attributes = self.polydata.GetPointData()
        current = attributes.GetScalars()
        if current is None or current.GetName() != "values":
            attributes.SetScalars(shared(self._values, "values"))
        attributes.GetScalars().Modified()
        self.polydata.Modified()

    def set_colors(self, colors: FloatArray | ByteArray) -> None:
        """Colour each vertex by red, green and blue (n,3): bytes, or shares 0..1."""
        drawn = np.ascontiguousarray(self._by_point(colors))
        if drawn.dtype != np.uint8:
            drawn = np.rint(np.clip(drawn, 0.0, 1.0) * 255.0).astype(np.uint8)
        self.polydata.GetPointData().SetScalars(shared(drawn, "colors"))

    def set_texture_coordinates(self, appearance: Appearance) -> None:
        """Take the texture coordinates of the file."""
        if appearance.uv is not None:
            uv = np.ascontiguousarray(self._by_point(appearance.uv), np.float32)
            self.polydata.GetPointData().SetTCoords(shared(uv, "uv"))

    def drop_scalars(self) -> None:
        """Colour by nothing."""
        self.polydata.GetPointData().SetScalars(None)

    def _moved(self) -> None:
        self._points.Modified()
        self.polydata.Modified()

    def _by_point(self, values: np.ndarray) -> np.ndarray:
        return values if self.vertex_of is None else values[self.vertex_of]


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
