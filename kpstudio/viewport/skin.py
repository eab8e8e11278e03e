"""The skin of a surface: the same points and faces with the colours of one view."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData

from kpstudio.base.arrays import ByteArray, Float32Array, FloatArray
from kpstudio.data.mesh import Appearance
from kpstudio.rendering.vtk_arrays import shared
from kpstudio.viewport.surface import Surface


class Skin:
    """Scalars and texture coordinates over a surface, whose memory it shares.

    Everything is written by vertex of the mesh.

    Parameters
    ----------
    surface
        The surface, which other views may draw too.
    """

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.polydata = vtkPolyData()
        self.polydata.SetPoints(surface.polydata.GetPoints())
        self.polydata.SetPolys(surface.polydata.GetPolys())
        self.polydata.SetVerts(surface.polydata.GetVerts())
        self._version = -1
        self._values: Float32Array | None = None

    def renew(self) -> bool:
        """Follow the surface; whether it has moved since the last call."""
        if self._version == self.surface.version:
            return False
        self._version = self.surface.version
        self.polydata.GetPointData().SetNormals(self.surface.normals)
        self.polydata.Modified()
        return True

    def set_values(self, values: FloatArray | Float32Array) -> None:
        """Colour by one value a vertex (n,); the memory is kept from one call to the next."""
        if self._values is None:
            self._values = np.empty(len(self.surface.positions), np.float32)
        self._values[...] = self._by_point(values)
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

    def _by_point(self, values: np.ndarray) -> np.ndarray:
        vertex_of = self.surface.vertex_of
        return values if vertex_of is None else values[vertex_of]
