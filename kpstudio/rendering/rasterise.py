"""Which face every pixel sees.

Faces are drawn in flat colours that are their numbers, without light or smoothing, and read back.
All else that a picture shows follows from these numbers and the camera, exactly and without OpenGL
(`rendering.hits`); its depth buffer only decides which of two surfaces is in front. This is an item
buffer: Weghorst, Hooper and Greenberg 1984, "Improved computational methods for ray tracing",
doi:10.1145/357332.357335.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from kpstudio.base.arrays import ByteArray, FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.geometry.camera import Camera
from kpstudio.rendering.vtk_arrays import cells_over, points_over, shared, values_of
from kpstudio.rendering.window import Window, paint

#: Numbers from 1 on in three bytes of colour; 0 is the background.
MOST_FACES = 2**24 - 1
#: Pixels along a side.
LARGEST = 8192
#: Nearest depth that can be seen, as a share of the farthest one, when the camera is inside.
_NEAREST = 1e-3
#: By how much the depths drawn reach beyond those of the mesh.
_MARGIN = 0.01


class Rasteriser:
    """A mesh made ready to be seen by any number of cameras.

    Parameters
    ----------
    vertices
        (n,3) positions in the cameras' world.
    faces
        (m,3) vertex indices; both sides of a face are seen.

    Raises
    ------
    InputError
        There are no faces, or too many to be told apart.
    """

    def __init__(self, vertices: FloatArray, faces: IntArray) -> None:
        if len(faces) == 0:
            raise InputError(
                "there are no faces to be seen",
                remedy="Choose a mesh; a point cloud has no surface.",
            )
        if len(faces) > MOST_FACES:
            raise InputError(
                f"{len(faces):,} faces are too many for a picture",
                remedy=f"Simplify the mesh to at most {MOST_FACES:,} faces.",
            )
        # Shrunk to a ball around the origin, where single precision is best.
        named = np.zeros(len(vertices), bool)
        named[faces] = True
        used = np.asarray(vertices, float)[named]
        self._middle = (used.min(axis=0) + used.max(axis=0)) / 2.0
        self._radius = float(np.linalg.norm(used - self._middle, axis=1).max()) or 1.0
        self._shape = _coloured(self._inside(np.asarray(vertices, float)), faces)

    def seen_from(self, camera: Camera) -> IntArray:
        """Return (h,w) int32 the face at each pixel's centre, -1 where there is none.

        Raises
        ------
        InputError
            The picture is larger than 8192 pixels along a side.
        KPStudioError
            OpenGL is not installed.
        """
        if max(camera.size) > LARGEST:
            raise InputError(
                f"a picture of {camera.size[0]} x {camera.size[1]} pixels is too large",
                remedy=f"Ask for at most {LARGEST} pixels a side.",
            )
        unit = camera.moved(np.eye(3), 1.0 / self._radius, -self._middle / self._radius)
        middle = float(unit.to_camera(np.zeros(3))[2])
        if middle <= -1.0:  # all of it is behind the eye
            return np.full(camera.size[::-1], -1, np.int32)
        farthest = middle + 1.0 + _MARGIN
        nearest = max(middle - 1.0 - _MARGIN, _NEAREST * farthest)

        def draw(window: Window) -> IntArray:
            if window.shown is not self:
                _show(window, self._shape)
                window.shown = self
            _aim(window, unit, (nearest, farthest))
            return _numbers(_read(window, camera.size))

        return paint(draw)

    def _inside(self, points: FloatArray) -> NDArray[np.float32]:
        return ((points - self._middle) / self._radius).astype(np.float32)


def visible_faces(
    vertices: FloatArray,
    faces: IntArray,
    cameras: Sequence[Camera],
    ctx: RunContext | None = None,
) -> IntArray:
    """Return (v,h,w) int32 the faces that cameras with pictures of one size see.

    Parameters
    ----------
    vertices
        (n,3) positions in the cameras' world.
    faces
        (m,3) vertex indices; both sides of a face are seen.
    cameras
        The cameras, at least one.
    ctx
        Progress and cancellation, between two cameras.

    Raises
    ------
    InputError
        No camera, pictures of different sizes, or a mesh without faces or with too many.
    KPStudioError
        OpenGL is not installed.
    """
    if len({camera.size for camera in cameras}) != 1:
        raise InputError("pictures of one size are wanted, at least one")
    ctx = ctx or RunContext()
    rasteriser = Rasteriser(vertices, faces)
    seen = []
    for index, camera in enumerate(cameras):
        ctx.progress(index / len(cameras), "Rendering views")
        seen.append(rasteriser.seen_from(camera))
    return np.stack(seen)


def _coloured(points: NDArray[np.float32], faces: IntArray) -> vtkPolyData:
    """Return the faces in colours that are their numbers, counted from 1."""
    # Faces that name a vertex twice cannot be seen; VTK leaves them out, and would miscount.
    first, second, third = faces.T
    whole = np.flatnonzero((first != second) & (second != third) & (third != first))
    numbers = (whole + 1).astype("<u4")
    colours: ByteArray = np.ascontiguousarray(numbers.view(np.uint8).reshape(-1, 4)[:, :3])
    shape = vtkPolyData()
    shape.SetPoints(points_over(points))
    shape.SetPolys(cells_over(faces[whole]))
    shape.GetCellData().SetScalars(shared(colours))
    return shape


def _show(window: Window, shape: vtkPolyData) -> None:
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(shape)
    mapper.SetColorModeToDirectScalars()
    mapper.SetScalarModeToUseCellData()
    mapper.SetStatic(True)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    window.renderer.RemoveAllViewProps()
    window.renderer.AddActor(actor)


def _aim(window: Window, camera: Camera, depths: tuple[float, float]) -> None:
    """Put VTK's camera where ours is; its angle of view is that of the height."""
    eye = window.renderer.GetActiveCamera()
    eye.SetPosition(camera.position.tolist())
    eye.SetFocalPoint((camera.position + camera.forward).tolist())
    eye.SetViewUp((-camera.rotation[1]).tolist())
    eye.SetViewAngle(float(np.rad2deg(2.0 * np.arctan2(camera.centre[1], camera.focal))))
    eye.SetClippingRange(depths)


def _read(window: Window, size: tuple[int, int]) -> ByteArray:
    """Draw, and return (h,w,3) the colours, upper row first."""
    width, height = size
    window.window.SetSize(width, height)
    window.window.Render()
    pixels = vtkUnsignedCharArray()
    window.window.GetPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
    colours: ByteArray = values_of(pixels).reshape(height, width, 3)[::-1]
    return colours


def _numbers(colours: NDArray[Any]) -> IntArray:
    low, middle, high = np.moveaxis(colours.astype(np.int32), -1, 0)
    return low + (middle << 8) + (high << 16) - 1
