"""A photo behind what a view shows, as long as the camera stands where the photo was taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkTexture

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.geometry.camera import Camera
from kpstudio.rendering.vtk_arrays import image_of
from kpstudio.viewport import camera
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.stage import Stage


@dataclass(frozen=True, eq=False)
class Photograph:
    """A picture and the camera that took it.

    Parameters
    ----------
    picture
        (h,w,3) uint8.
    pinhole
        The camera, world; its picture has this size.
    around
        (3,) what a view turns around when it leaves, world.
    """

    picture: ByteArray
    pinhole: Camera
    around: FloatArray


class Backdrop:
    """Paints a photo as the background of a view.

    The photo goes when the camera is moved: from elsewhere it would be wrong.

    Parameters
    ----------
    stage
        The view.
    palette
        Colours of the background beside the photo.
    """

    def __init__(self, stage: Stage, palette: Palette) -> None:
        self._stage, self._palette = stage, palette
        self._shown: Photograph | None = None
        self._left_at: tuple[float, ...] = ()
        self._left_size = (0, 0)
        self._texture = vtkTexture()
        self._texture.InterpolateOff()  # it has the pixels of the view
        self._painted: tuple[object, ...] = ()

    @property
    def photograph(self) -> Photograph | None:
        """The photo that is shown."""
        return self._shown

    def show(self, photograph: Photograph) -> None:
        """Take the camera to where a photo was taken, and show the photo, all of it."""
        self._shown = photograph
        self._fit()

    def show_as_seen(self, photograph: Photograph) -> None:
        """Show a photo behind a camera that stands in its place already."""
        self._shown = photograph
        self._left_at, self._left_size = self._stand(), self._stage.size

    def hide(self) -> None:
        """Take the photo away; the camera stays."""
        self._shown, self._painted = None, ()
        self._stage.main.SetTexturedBackground(False)

    def set_palette(self, palette: Palette) -> None:
        """Take the colours of another theme."""
        self._palette = palette

    @property
    def is_out_of_size(self) -> bool:
        """Whether the view has another size than when the photo was fitted into it."""
        return self._shown is not None and self._left_size != self._stage.size

    def update(self) -> None:
        """Fit the photo in again when the view has another size."""
        if self.is_out_of_size and self._stand() == self._left_at:
            self._fit()

    def place(self, view: Projection) -> None:
        """Paint the photo for the frame that begins, or take it away if the camera has left."""
        if self._shown is None:
            return
        if self._stand() != self._left_at:
            self.hide()
            return
        wanted = (self._shown, view.size, view.half, self._palette)
        if wanted != self._painted:
            self._painted = wanted
            painted = background(self._shown, view, self._palette)
            self._texture.SetInputData(image_of(np.ascontiguousarray(painted[::-1])))
            vtkRenderer.SetBackgroundTexture(self._stage.main, self._texture)
            self._stage.main.SetTexturedBackground(True)

    def close(self) -> None:
        """Give back what is held on the graphics card."""
        self.hide()
        self._texture.ReleaseGraphicsResources(self._stage.window)

    def _fit(self) -> None:
        assert self._shown is not None
        pinhole, around = self._shown.pinhole, self._shown.around
        camera.look_through(self._stage.camera, pinhole, around, self._stage.size)
        self._left_at, self._left_size = self._stand(), self._stage.size

    def _stand(self) -> tuple[float, ...]:
        eye = self._stage.camera
        return (*eye.GetPosition(), *eye.GetFocalPoint(), *eye.GetViewUp(), eye.GetViewAngle(),
                eye.GetParallelProjection())  # fmt: skip


def background(photograph: Photograph, view: Projection, palette: Palette) -> ByteArray:
    """Return the background (h,w,3) of a view in whose middle a photo lies, top row first.

    A point that the photo's camera sees at pixel u is seen by the view at
    s (u - c) + size / 2 with s the ratio of their focal lengths in pixels, so that shape and
    photo fit to a fraction of a pixel at every size.

    Parameters
    ----------
    photograph
        The photo.
    view
        The view, in perspective, from where the photo was taken.
    palette
        Colours beside the photo, which are the usual ones.
    """
    width, height = view.size
    shares = (np.arange(height) + 0.5)[:, None] / height
    ground = (1.0 - shares) * np.array(palette.top) + shares * np.array(palette.bottom)
    painted = np.repeat(np.rint(255.0 * ground).astype(np.uint8)[:, None], width, axis=1)
    factor = height / 2.0 / view.half / photograph.pinhole.focal
    extent = factor * np.array(photograph.pinhole.size)
    corner = (np.array(view.size) - extent) / 2.0
    # Whole pixels of the view that the photo covers; its own edges may lie between two.
    first = np.ceil(np.maximum(corner, 0.0) - 1e-6).astype(int)
    last = np.floor(np.minimum(corner + extent, view.size) + 1e-6).astype(int)
    if (last <= first).any():
        return painted
    ends = np.clip((np.stack([first, last]) - corner) / factor, 0.0, photograph.pinhole.size)
    (left, top), (right, bottom) = ends.tolist()
    size = (int(last[0] - first[0]), int(last[1] - first[1]))
    part = Image.fromarray(photograph.picture).resize(
        size, Image.Resampling.BILINEAR, box=(left, top, right, bottom)
    )
    painted[first[1] : last[1], first[0] : last[0]] = np.asarray(part)
    return painted
