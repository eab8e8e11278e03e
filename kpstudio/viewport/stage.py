"""The stage: renderers, lights, background and camera on which presenters put their actors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyvista
from vtkmodules.vtkCommonCore import vtkFloatArray
from vtkmodules.vtkRenderingCore import (
    vtkCamera,
    vtkLight,
    vtkProp,
    vtkRenderer,
    vtkRenderWindow,
    vtkRenderWindowInteractor,
)

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.viewport.arrays import values_of
from kpstudio.viewport.camera import projection_of
from kpstudio.viewport.observe import observe
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.projection import Projection

#: Samples a pixel on a graphics card; software renderers pay four times the frame for four.
_SAMPLES = 4
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "basic render", "gdi generic")
# Elevation, azimuth and intensity of the lights, which turn with the camera: a key light from
# above left, a fill from the right, and a rim light that draws the outline. In software every
# light costs a tenth of the frame.
_LIGHTS = ((32.0, -24.0, 0.80), (-14.0, 40.0, 0.42), (65.0, 155.0, 0.30))
#: Logical pixels around a point in which its occlusion is looked for.
_DEPTH_REACH = 2.0
#: So many points are looked up one by one; for more the whole depth buffer is read at once.
_FEW_POINTS = 48
#: Points an inch at which text has its logical size.
_LOGICAL_DPI = 72


class Stage:
    """The renderers of a plotter, set up for the scene.

    Two layers share the camera: `main` for what hides and is hidden, `overlay` for what is drawn
    over everything.

    Parameters
    ----------
    plotter
        The plotter; its lights, background and interactor style are replaced.
    palette
        Colours of the background.
    before_render
        Called when a frame begins, with the projection it will have.
    before_overlay
        Called when the main layer is drawn and the overlay is not: `occluded` may be asked.
    after_render
        Called when a frame is finished; True after the first one: it is known then what draws.
    """

    def __init__(
        self,
        plotter: pyvista.Plotter,
        palette: Palette,
        before_render: Callable[[Projection], None],
        before_overlay: Callable[[Projection], None],
        after_render: Callable[[bool], None],
    ) -> None:
        self._before, self._between, self._after = before_render, before_overlay, after_render
        # Both are there until the plotter is closed.
        assert plotter.render_window is not None
        assert plotter.iren is not None
        self.window: vtkRenderWindow = plotter.render_window
        self.interactor: vtkRenderWindowInteractor = plotter.iren.interactor
        self.main: vtkRenderer = plotter.renderer
        self.overlay = vtkRenderer()
        self._props: list[tuple[vtkRenderer, vtkProp]] = []
        self._observers: list[tuple[Any, int]] = []
        self._depths = vtkFloatArray()
        self._samples: int | None = None
        self._software: bool | None = None
        self._closed = False
        self._set_up_layers()
        self._set_up_lights()
        self.set_background(palette)
        self._apply_samples()
        self._observe(self.main, "StartEvent", self._started)
        self._observe(self.overlay, "StartEvent", self._main_drawn)
        self._observe(self.window, "EndEvent", self._finished)

    # --- actors --------------------------------------------------------------------------------

    def add(self, prop: vtkProp, *, overlay: bool = False) -> None:
        """Put an actor on the stage, hidden until its presenter shows it."""
        renderer = self.overlay if overlay else self.main
        prop.SetPickable(False)
        prop.SetVisibility(False)
        vtkRenderer.AddViewProp(renderer, prop)
        self._props.append((renderer, prop))

    def remove(self, prop: vtkProp) -> None:
        """Take an actor off the stage and give back what it holds on the graphics card."""
        for entry in [entry for entry in self._props if entry[1] is prop]:
            self._props.remove(entry)
            vtkRenderer.RemoveViewProp(entry[0], prop)
        prop.ReleaseGraphicsResources(self.window)

    # --- the view ------------------------------------------------------------------------------

    @property
    def camera(self) -> vtkCamera:
        """The camera of both layers."""
        return self.main.GetActiveCamera()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the view, device pixels."""
        width, height = self.main.GetSize()
        if width <= 0 or height <= 0:
            # Before the first frame only the window knows.
            width, height = self.window.GetSize()
        return max(width, 1), max(height, 1)

    @property
    def pixel_ratio(self) -> float:
        """Device pixels of one logical pixel."""
        return max(self.window.GetDPI() / _LOGICAL_DPI, 0.1)

    @property
    def projection(self) -> Projection:
        """How the camera sees the world now."""
        return projection_of(self.camera, self.size)

    def occluded(self, points: FloatArray, tolerance: float) -> BoolArray:
        """Return (k,) whether the main layer hides points (k,3).

        Looks into the depth buffer, so what hides is what is drawn. To be asked from
        `before_overlay` only.

        Parameters
        ----------
        points
            World positions.
        tolerance
            How deep below what is drawn a point still counts as seen, world units.
        """
        view = self.projection
        whole = (
            self._depth_patch(0, 0, self.size[0] - 1, self.size[1] - 1)
            if len(points) > _FEW_POINTS
            else None
        )
        drawn = [self._depth_around(x, y, whole) for x, y in view.to_screen(points)]
        return np.array(drawn).reshape(-1) < view.depths(points) - tolerance

    def shows(self, points: FloatArray) -> bool:
        """Whether at least half of the points (p,3) are in view."""
        screen = self.projection.to_screen(points)
        inside = ((screen >= 0.0) & (screen <= np.array(self.size))).all(axis=1)
        return bool(inside.mean() >= 0.5)

    def set_background(self, palette: Palette) -> None:
        """Paint the background gradient."""
        vtkRenderer.SetBackground(self.main, *palette.bottom)
        vtkRenderer.SetBackground2(self.main, *palette.top)
        self.main.SetGradientBackground(True)

    @property
    def is_software(self) -> bool:
        """Whether frames so far were drawn without a graphics card."""
        return self._software is True

    def set_samples(self, samples: int | None) -> None:
        """Choose how many samples a pixel gets; None lets the kind of renderer decide."""
        self._samples = samples
        self._apply_samples()

    def close(self) -> None:
        """Take everything off the stage; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        for subject, tag in self._observers:
            subject.RemoveObserver(tag)
        for _, prop in tuple(self._props):
            self.remove(prop)
        self.overlay.ReleaseGraphicsResources(self.window)
        self.window.RemoveRenderer(self.overlay)
        self.window.SetNumberOfLayers(self.window.GetNumberOfLayers() - 1)

    # --- set-up --------------------------------------------------------------------------------

    def _set_up_layers(self) -> None:
        layer = self.window.GetNumberOfLayers()
        self.window.SetNumberOfLayers(layer + 1)
        self.overlay.SetLayer(layer)
        self.overlay.SetInteractive(False)
        self.overlay.SetActiveCamera(self.camera)
        self.window.AddRenderer(self.overlay)
        for renderer in (self.main, self.overlay):
            # Few translucent things, all of one colour each: plain blending is enough, and an
            # order-independent pass costs a full-screen buffer.
            renderer.SetUseDepthPeeling(False)
            renderer.SetUseOIT(False)

    def _set_up_lights(self) -> None:
        vtkRenderer.RemoveAllLights(self.main)
        self.main.SetAutomaticLightCreation(False)
        for elevation, azimuth, intensity in _LIGHTS:
            light = vtkLight()
            light.SetLightTypeToCameraLight()
            light.SetDirectionAngle(elevation, azimuth)
            light.SetIntensity(intensity)
            vtkRenderer.AddLight(self.main, light)

    def _observe(self, subject: Any, event: str, callback: Callable[[Any, str], None]) -> None:
        self._observers.append((subject, observe(subject, event, callback)))

    def _started(self, _renderer: Any, _event: str) -> None:
        vtkRenderer.ResetCameraClippingRange(self.main)
        self._before(self.projection)

    def _finished(self, _window: Any, _event: str) -> None:
        first = self._software is None and self.window.GetNeverRendered() == 0
        if first:
            report = self.window.ReportCapabilities().lower()
            self._software = any(name in report for name in _SOFTWARE)
            self._apply_samples()
        self._after(first)

    def _main_drawn(self, _renderer: Any, _event: str) -> None:
        self._between(self.projection)

    def _depth_around(self, x: float, y: float, whole: FloatArray | None) -> float:
        """Return the distance from the eye of the farthest thing drawn around a pixel.

        The farthest: a slope, an edge or a line in front must not hide a point on it.
        """
        width, height = self.size
        if not (0.0 <= x < width and 0.0 <= y < height):
            return np.inf
        reach = max(round(_DEPTH_REACH * self.pixel_ratio), 1)
        left, right = max(int(x) - reach, 0), min(int(x) + reach, width - 1)
        bottom, top = max(int(y) - reach, 0), min(int(y) + reach, height - 1)
        if whole is None:
            depth = float(self._depth_patch(left, bottom, right, top).max())
        else:
            depth = float(whole[bottom : top + 1, left : right + 1].max())
        near, far = self.camera.GetClippingRange()
        if depth >= 1.0:
            return np.inf  # nothing was drawn there
        if self.camera.GetParallelProjection():
            return near + depth * (far - near)
        return near * far / (far - depth * (far - near))

    def _depth_patch(self, left: int, bottom: int, right: int, top: int) -> FloatArray:
        """Return the depth buffer (h,w) of a rectangle of pixels, its ends included."""
        self.window.GetZbufferData(left, bottom, right, top, self._depths)
        return values_of(self._depths).reshape(top - bottom + 1, right - left + 1)

    def _apply_samples(self) -> None:
        samples = self._samples
        if samples is None:
            # Until the first frame has told what renders it, assume the slow kind.
            samples = _SAMPLES if self._software is False else 0
        if samples != self.window.GetMultiSamples():
            self.window.SetMultiSamples(samples)
