"""Pictures without a window, of any size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyvista
from PIL import Image
from vtkmodules.vtkCommonCore import vtkLogger, vtkUnsignedCharArray

from kpstudio.base.arrays import ByteArray
from kpstudio.base.errors import ParameterError
from kpstudio.base.paths import atomic_path
from kpstudio.rendering.vtk_arrays import values_of
from kpstudio.viewport.camera import Preset
from kpstudio.viewport.scene import Scene, Theme

if TYPE_CHECKING:
    from kpstudio.app.studio import Studio

LARGEST = 8192
#: Height of a view in which a logical pixel is a pixel, for pictures of no view in particular.
_NATURAL_HEIGHT = 900
_SAMPLES = 8
_MANY_PIXELS = 10_000_000


def render_picture(
    studio: Studio,
    size: tuple[int, int] = (1280, 900),
    *,
    theme: Theme = "light",
    preset: Preset = "isometric",
    zoom: float = 1.0,
) -> ByteArray:
    """Draw a studio as the window would, without one.

    Parameters
    ----------
    studio
        What to draw; its view options and selection say how.
    size
        Width and height in pixels, 1 to 8192 each.
    theme
        Colours.
    preset
        Where to look from.
    zoom
        Larger than 1: nearer than what just fits.

    Returns
    -------
    (h,w,3) uint8, top row first.

    Raises
    ------
    ParameterError
        A size out of range.
    """
    with _OffscreenScene(studio, size, size[1] / _NATURAL_HEIGHT) as scene:
        scene.set_theme(theme)
        for lookout in scene.panes.lookouts:
            lookout.look_from(preset)
            lookout.camera.Zoom(zoom)
        return _capture(scene)


def picture_of(original: Scene, size: tuple[int, int]) -> ByteArray:
    """Draw what a scene shows in another size; the scene itself is not touched.

    Returns
    -------
    (h,w,3) uint8, top row first.

    Raises
    ------
    ParameterError
        A size out of range.
    """
    ratio = original.screen.pixel_ratio * size[1] / original.screen.size[1]
    with _OffscreenScene(original.studio, size, ratio) as scene:
        scene.set_theme(original.theme)
        for mine, theirs in zip(scene.panes, original.panes, strict=True):
            mine.stage.camera.DeepCopy(theirs.stage.camera)
            if theirs.backdrop.photograph is not None:
                mine.backdrop.show_as_seen(theirs.backdrop.photograph)
        return _capture(scene)


def write_png(path: Path, picture: ByteArray) -> None:
    """Write a picture (h,w,3) as PNG, atomically.

    Raises
    ------
    FileError
        The file cannot be written.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        Image.fromarray(picture).save(file, format="png")


class _OffscreenScene:
    """A scene in a window of its own that nobody sees."""

    def __init__(self, studio: Studio, size: tuple[int, int], ratio: float) -> None:
        if not all(1 <= length <= LARGEST for length in size):
            raise ParameterError(
                f"a picture of {size[0]} x {size[1]} pixels cannot be made",
                remedy=f"Choose 1 to {LARGEST} pixels a side.",
            )
        with _no_word_of_displays():
            self._plotter = pyvista.Plotter(off_screen=True, window_size=list(size))
        assert self._plotter.render_window is not None
        self._plotter.render_window.SetDPI(max(round(72 * ratio), 8))
        # The first and only frame is the one that is asked for.
        self._scene = Scene(
            self._plotter, studio, request_frame=lambda: None, whole=True, marks=False
        )

    def __enter__(self) -> Scene:
        return self._scene

    def __exit__(self, *_: object) -> None:
        self._scene.close()
        self._plotter.close()


@contextmanager
def _no_word_of_displays() -> Iterator[None]:
    """Let VTK find out by itself that there is no display: it then draws without one, and well.

    It warns of that on standard error, which is for what a person should know.
    """
    before = vtkLogger.GetCurrentVerbosityCutoff()
    if not os.environ.get("DISPLAY"):
        vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    try:
        yield
    finally:
        vtkLogger.SetStderrVerbosity(before)


def _capture(scene: Scene) -> ByteArray:
    window, (width, height) = scene.screen.window, scene.screen.size
    # Large pictures are fine anyway, and samples take memory: 8 of them 2 GB for 8192 x 4096.
    scene.set_samples(_SAMPLES if width * height <= _MANY_PIXELS else _SAMPLES // 2)
    scene.render_now()
    pixels = vtkUnsignedCharArray()
    window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels)  # type: ignore[call-overload]
    rows: ByteArray = values_of(pixels).reshape(height, width, 4)[::-1, :, :3]
    return np.ascontiguousarray(rows)
