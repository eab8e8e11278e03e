"""The stage: renderers, lights, background and camera on which presenters put their actors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from vtkmodules.vtkRenderingCore import (
    vtkCamera,
    vtkLight,
    vtkProp,
    vtkRenderer,
    vtkRenderWindow,
    vtkRenderWindowInteractor,
)

from kpstudio.base.arrays import BoolArray, Float32Array, FloatArray
from kpstudio.viewport.camera import projection_of
from kpstudio.viewport.observe import observe
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.screen import WHOLE, Area, Screen, pixels_of

# Elevation, azimuth and intensity of the lights, which turn with the camera: a key light from
# above left, a fill from the right, and a rim light that draws the outline. In software every
# light costs a tenth of the frame.
_LIGHTS = ((32.0, -24.0, 0.80), (-14.0, 40.0, 0.42), (65.0, 155.0, 0.30))
#: Logical pixels around a point in which its occlusion is looked for.
_DEPTH_REACH = 2.0
#: So many points are looked up one by one; for more the whole depth buffer is read at once.
_FEW_POINTS = 48


class Stage:
    """The renderers of one view, set up for the scene.

    Two layers share the camera: `main` for what hides and is hidden, `overlay` for what is drawn
    over everything. Coordinates are device pixels from the bottom left of the view, which may be
    a part of the window.

    Parameters
    ----------
    screen
        The window. Its own renderer is that of the first stage; its lights and background are
        replaced.
    palette
        Colours of the background.
    before_render
        Called when a frame begins, with the projection it will have.
    before_overlay
        Called when the main layer is drawn and the overlay is not: `occluded` may be asked.
    first
        Whether this is the first stage of the screen, or one with a renderer of its own.
    """

    def __init__(
        self,
        screen: Screen,
        palette: Palette,
        before_render: Callable[[Projection], None],
        before_overlay: Callable[[Projection], None],
        *,
        first: bool = True,
    ) -> None:
        self._before, self._between = before_render, before_overlay
        self.screen, self._first = screen, first
        self.main: vtkRenderer = screen.renderer if first else vtkRenderer()
        self.overlay = vtkRenderer()
        self._area = WHOLE
        self._clipping = (0.0, 1.0)
        self._props: list[tuple[vtkRenderer, vtkProp]] = []
        self._observers: list[tuple[Any, int]] = []
        self._closed = False
        self._set_up_layers()
        self._set_up_lights()
        self.set_background(palette)
        self._observe(self.main, "StartEvent", self._started)
        self._observe(self.overlay, "StartEvent", self._main_drawn)

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

    # --- the window ----------------------------------------------------------------------------

    @property
    def window(self) -> vtkRenderWindow:
        """The window."""
        return self.screen.window

    @property
    def interactor(self) -> vtkRenderWindowInteractor:
        """Where the window's events come from."""
        return self.screen.interactor

    @property
    def pixel_ratio(self) -> float:
        """Device pixels of one logical pixel."""
        return self.screen.pixel_ratio

    @property
    def is_software(self) -> bool:
        """Whether frames so far were drawn without a graphics card."""
        return self.screen.is_software

    # --- the view ------------------------------------------------------------------------------

    @property
    def camera(self) -> vtkCamera:
        """The camera of both layers."""
        return self.main.GetActiveCamera()

    def set_camera(self, camera: vtkCamera) -> None:
        """Look through another camera, which other stages may share."""
        vtkRenderer.SetActiveCamera(self.main, camera)
        self.overlay.SetActiveCamera(camera)

    @property
    def area(self) -> Area:
        """The part of the window that it fills."""
        return self._area

    def set_area(self, area: Area) -> None:
        """Fill another part of the window."""
        self._area = area
        for renderer in (self.main, self.overlay):
            vtkRenderer.SetViewport(renderer, *area)

    @property
    def corner(self) -> tuple[int, int]:
        """The bottom left of the view in the window, device pixels."""
        left, bottom, _, _ = pixels_of(self._area, self.screen.size)
        return left, bottom

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the view, device pixels."""
        _, _, width, height = pixels_of(self._area, self.screen.size)
        return width, height

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
        view, (width, height) = self.projection, self.size
        many = len(points) > _FEW_POINTS
        whole = self._depth_patch(0, 0, width - 1, height - 1) if many else None
        drawn = [self._depth_around(x, y, view.size, whole) for x, y in view.to_screen(points)]
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
        if self._first:
            self.set_area(WHOLE)
        else:
            self.main.ReleaseGraphicsResources(self.window)
            self.window.RemoveRenderer(self.main)

    # --- set-up --------------------------------------------------------------------------------

    def _set_up_layers(self) -> None:
        if not self._first:
            self.window.AddRenderer(self.main)
        self.overlay.SetLayer(self.screen.top)
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
        # Another stage may share the camera and set it anew before the depths are looked at.
        self._clipping = self.camera.GetClippingRange()
        self._before(self.projection)

    def _main_drawn(self, _renderer: Any, _event: str) -> None:
        self._between(self.projection)

    def _depth_around(
        self, x: float, y: float, size: tuple[int, int], whole: FloatArray | Float32Array | None
    ) -> float:
        """Return the distance from the eye of the farthest thing drawn around a pixel.

        The farthest: a slope, an edge or a line in front must not hide a point on it.
        """
        width, height = size
        if not (0.0 <= x < width and 0.0 <= y < height):
            return np.inf
        reach = max(round(_DEPTH_REACH * self.pixel_ratio), 1)
        left, right = max(int(x) - reach, 0), min(int(x) + reach, width - 1)
        bottom, top = max(int(y) - reach, 0), min(int(y) + reach, height - 1)
        if whole is None:
            depth = float(self._depth_patch(left, bottom, right, top).max())
        else:
            depth = float(whole[bottom : top + 1, left : right + 1].max())
        near, far = self._clipping
        if depth >= 1.0:
            return np.inf  # nothing was drawn there
        if self.camera.GetParallelProjection():
            return near + depth * (far - near)
        return near * far / (far - depth * (far - near))

    def _depth_patch(self, left: int, bottom: int, right: int, top: int) -> Float32Array:
        x, y = self.corner
        return self.screen.depths(x + left, y + bottom, x + right, y + top)
