"""numpy arrays as VTK arrays that share their memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray, vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData

from kpstudio.base.arrays import ByteArray, Float32Array, IntArray


def shared(array: NDArray[Any], name: str = "") -> vtkDataArray:
    """Return a VTK array over the memory of a contiguous array (n,) or (n,c), which it keeps.

    Write into the numpy array, then call `Modified` on the VTK one.
    """
    result: vtkDataArray = numpy_to_vtk(array, deep=False)  # type: ignore[no-untyped-call]
    if name:
        result.SetName(name)
    return result


def values_of(array: vtkDataArray) -> NDArray[Any]:
    """Return the values of a VTK array, (n,) or (n,c), over its memory."""
    values: NDArray[Any] = vtk_to_numpy(array)  # type: ignore[no-untyped-call]
    return values


def points_over(positions: Float32Array) -> vtkPoints:
    """Return points over the memory of positions (n,3)."""
    points = vtkPoints()
    points.SetData(shared(positions))
    return points


def cells_over(cells: IntArray) -> vtkCellArray:
    """Return cells of equal size over the memory of indices (m,c) int32."""
    result = vtkCellArray()
    flat = np.ascontiguousarray(cells, np.int32).reshape(-1)
    result.SetData(cells.shape[1], shared(flat))
    return result


def image_of(pixels: ByteArray) -> vtkImageData:
    """Return an image over the memory of pixels (h,w,c), bottom row first."""
    height, width, channels = pixels.shape
    image = vtkImageData()
    image.SetDimensions(width, height, 1)
    image.GetPointData().SetScalars(shared(pixels.reshape(-1, channels)))
    return image
