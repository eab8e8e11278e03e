"""Markers of constant size on the screen: many of them in one actor."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersSources import vtkCubeSource, vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkGlyph3DMapper

from kpstudio.base.arrays import BoolArray, ByteArray, Float32Array, FloatArray
from kpstudio.rendering.vtk_arrays import points_over, shared
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.projection import Projection

SPHERE, CUBE = 0, 1
#: Half the edge of a cube that looks as large as a sphere of radius 1.
_CUBE_HALF = 0.8


class Glyphs:
    """Spheres and cubes at points, each with its own colour and radius in logical pixels.

    Parameters
    ----------
    stage
        Where they stand.
    overlay
        Draw them over everything.
    hull
        Draw the far side only, flat: the outline of a smaller marker of the same shape.
    opacity
        1 for solid ones.
    """

    def __init__(
        self, stage: Ground, *, overlay: bool = False, hull: bool = False, opacity: float = 1.0
    ) -> None:
        self._stage = stage
        self._mapper, self.actor = vtkGlyph3DMapper(), vtkActor()
        self._mapper.SetSourceData(SPHERE, _sphere())
        self._mapper.SetSourceData(CUBE, _cube())
        self._mapper.SetSourceIndexing(True)
        self._mapper.SetSourceIndexArray("form")
        self._mapper.SetScaleModeToScaleByMagnitude()
        self._mapper.SetScaleArray("size")
        self._mapper.SetScalarModeToUsePointFieldData()
        self._mapper.SelectColorArray("color")
        self._mapper.SetColorModeToDirectScalars()
        self._mapper.SetOrient(False)
        self.actor.SetMapper(self._mapper)
        style = self.actor.GetProperty()
        style.SetOpacity(opacity)
        if hull:
            style.SetFrontfaceCulling(True)
        else:
            style.SetBackfaceCulling(True)
        if hull or overlay:
            style.SetLighting(False)
        else:
            style.SetAmbient(0.35)
            style.SetDiffuse(0.7)
            style.SetSpecular(0.25)
            style.SetSpecularPower(18.0)
        stage.add(self.actor, overlay=overlay)
        self._polydata = vtkPolyData()
        self._mapper.SetInputData(self._polydata)
        self._origin: FloatArray = np.zeros(3)
        self._centers: FloatArray = np.zeros((0, 3))
        self._radii: FloatArray = np.zeros(0)
        self._allocate(0)

    def show(self, visible: bool) -> None:
        """Show or hide them all."""
        self.actor.SetVisibility(visible and len(self._centers) > 0)

    def set(
        self,
        centers: FloatArray,
        origin: FloatArray,
        colors: FloatArray,
        radii: FloatArray,
        cubes: BoolArray | None = None,
    ) -> None:
        """Say what to draw.

        Parameters
        ----------
        centers
            (k,3) places in the world.
        origin
            (3,) near them: positions go to single precision relative to it.
        colors
            (k,3) 0..1.
        radii
            (k,) logical pixels; 0 for one that is not drawn.
        cubes
            (k,) True for cubes; spheres by default.
        """
        if len(centers) != len(self._centers):
            self._allocate(len(centers))
        self._origin, self._centers, self._radii = origin, centers, radii
        self.actor.SetPosition(*origin)
        self._colors[...] = np.round(np.asarray(colors) * 255.0)
        self._forms[...] = SPHERE if cubes is None else cubes
        self._positions[...] = centers - origin
        self._changed()

    def set_radii(self, radii: FloatArray) -> None:
        """Take other radii (k,), logical pixels; `place` applies them."""
        self._radii = radii

    @property
    def radii(self) -> FloatArray:
        """(k,) logical pixels."""
        return self._radii

    def place(self, view: Projection, ratio: float) -> None:
        """Fit the sizes to the camera, with `ratio` device pixels a logical pixel."""
        if self.actor.GetVisibility():
            self._sizes[...] = self._radii * ratio * view.pixel_sizes(self._centers)
            self._changed()

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self.actor)

    def _allocate(self, count: int) -> None:
        self._centers = np.zeros((count, 3))
        self._positions: Float32Array = np.zeros((count, 3), np.float32)
        self._sizes: Float32Array = np.zeros(count, np.float32)
        self._colors: ByteArray = np.zeros((count, 3), np.uint8)
        self._forms = np.zeros(count, np.int32)
        self._points = points_over(self._positions)
        self._polydata.SetPoints(self._points)
        attributes = self._polydata.GetPointData()
        attributes.Initialize()
        attributes.AddArray(shared(self._sizes, "size"))
        attributes.AddArray(shared(self._colors, "color"))
        attributes.AddArray(shared(self._forms, "form"))

    def _changed(self) -> None:
        self._points.Modified()
        attributes = self._polydata.GetPointData()
        for index in range(attributes.GetNumberOfArrays()):
            attributes.GetArray(index).Modified()
        self._polydata.Modified()


def _sphere() -> vtkPolyData:
    source = vtkSphereSource()
    source.SetRadius(1.0)
    source.SetThetaResolution(24)
    source.SetPhiResolution(16)
    source.Update()
    result: vtkPolyData = source.GetOutput()
    return result


def _cube() -> vtkPolyData:
    source = vtkCubeSource()
    for set_length in (source.SetXLength, source.SetYLength, source.SetZLength):
        set_length(2.0 * _CUBE_HALF)
    source.Update()
    result: vtkPolyData = source.GetOutput()
    return result
