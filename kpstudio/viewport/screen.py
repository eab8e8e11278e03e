"""The screen: the window that all views share, and what depends on what draws it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyvista
from vtkmodules.vtkCommonCore import vtkFloatArray
from vtkmodules.vtkRenderingCore import (
    vtkRenderer,
    vtkRenderWindow,
    vtkRenderWindowInteractor,
)

from kpstudio.base.arrays import Float32Array
from kpstudio.rendering.vtk_arrays import values_of
from kpstudio.viewport.observe import observe

#: Samples a pixel on a graphics card; software renderers pay four times the frame for four.
_SAMPLES = 4
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "basic render", "gdi generic")
#: Points an inch at which text has its logical size.
_LOGICAL_DPI = 72


class Screen:
    """The render window of a plotter.

    Parameters
    ----------
    plotter
        The plotter.
    after_render
        Called when a frame is finished; True after the first one: it is known then what draws.
    """

    def __init__(self, plotter: pyvista.Plotter, after_render: Callable[[bool], None]) -> None:
        # Both are there until the plotter is closed.
        assert plotter.render_window is not None
        assert plotter.iren is not None
        self.window: vtkRenderWindow = plotter.render_window
        self.interactor: vtkRenderWindowInteractor = plotter.iren.interactor
        #: The renderer that the plotter has by itself.
        self.renderer: vtkRenderer = plotter.renderer
        #: The layer above all others, on which overlays are.
        self.top: int = self.window.GetNumberOfLayers()
        self.window.SetNumberOfLayers(self.top + 1)
        self._after = after_render
        self._depths = vtkFloatArray()
        self._samples: int | None = None
        self._software: bool | None = None
        self._apply_samples()
        self._tag = observe(self.window, "EndEvent", self._finished)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, device pixels."""
        width, height = self.window.GetSize()
        return max(width, 1), max(height, 1)

    @property
    def pixel_ratio(self) -> float:
        """Device pixels of one logical pixel."""
        return max(self.window.GetDPI() / _LOGICAL_DPI, 0.1)

    @property
    def is_software(self) -> bool:
        """Whether frames so far were drawn without a graphics card."""
        return self._software is True

    def set_samples(self, samples: int | None) -> None:
        """Choose how many samples a pixel gets; None lets the kind of renderer decide."""
        self._samples = samples
        self._apply_samples()

    def depths(self, left: int, bottom: int, right: int, top: int) -> Float32Array:
        """Return the depth buffer (h,w) of a rectangle of pixels, its ends included.

        The memory is that of the next call as well.
        """
        self.window.GetZbufferData(left, bottom, right, top, self._depths)
        return values_of(self._depths).reshape(top - bottom + 1, right - left + 1)

    def close(self) -> None:
        """Leave the window as it was."""
        self.window.RemoveObserver(self._tag)
        self.window.SetNumberOfLayers(self.top)

    def _finished(self, _window: Any, _event: str) -> None:
        first = self._software is None and self.window.GetNeverRendered() == 0
        if first:
            report = self.window.ReportCapabilities().lower()
            self._software = any(name in report for name in _SOFTWARE)
            self._apply_samples()
        self._after(first)

    def _apply_samples(self) -> None:
        samples = self._samples
        if samples is None:
            # Until the first frame has told what renders it, assume the slow kind.
            samples = _SAMPLES if self._software is False else 0
        if samples != self.window.GetMultiSamples():
            self.window.SetMultiSamples(samples)


Area = tuple[float, float, float, float]  #: left, bottom, right, top as shares of the window

WHOLE: Area = (0.0, 0.0, 1.0, 1.0)


def pixels_of(area: Area, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return left, bottom, width and height of a part of a window, rounded as VTK does."""
    width, height = size
    left, right = (int(share * width + 0.5) for share in area[::2])
    bottom, top = (int(share * height + 0.5) for share in area[1::2])
    return left, bottom, max(right - left, 1), max(top - bottom, 1)
