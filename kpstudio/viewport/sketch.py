"""Lines, areas and words drawn flat on the screen, in device pixels from the bottom left."""

from __future__ import annotations

from typing import Literal

import numpy as np
from vtkmodules.vtkCommonCore import VTK_FONT_FILE
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkTextActor

from kpstudio.base.arrays import FloatArray
from kpstudio.base.paths import resources_dir
from kpstudio.rendering.vtk_arrays import cells_over, points_over, shared
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.palette import Color, Palette

#: VTK's own faces lack most scripts, and thin out at the size of a label.
_FONT = resources_dir() / "fonts" / "DejaVuSans.ttf"
_PLATE_OPACITY = 0.72

Align = Literal["left", "center", "right"]


class Flat:
    """Something drawn on the screen.

    Parameters
    ----------
    stage
        Where it is drawn.
    actor
        Its actor.
    """

    def __init__(self, stage: Ground, actor: vtkActor2D) -> None:
        self._stage, self._drawn = stage, actor
        stage.add(actor, overlay=True)

    def show(self, visible: bool) -> None:
        """Show or hide it."""
        self._drawn.SetVisibility(visible)

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self._drawn)


class Strokes(Flat):
    """Line segments and quadrilaterals, each in its colour.

    Parameters
    ----------
    stage
        Where they are drawn.
    opacity
        Of all of them.
    """

    def __init__(self, stage: Ground, opacity: float = 1.0) -> None:
        self.actor, self._mapper = vtkActor2D(), vtkPolyDataMapper2D()
        self._polydata = vtkPolyData()
        self._mapper.SetInputData(self._polydata)
        self._mapper.SetColorModeToDirectScalars()
        self.actor.SetMapper(self._mapper)
        self.actor.GetProperty().SetOpacity(opacity)
        super().__init__(stage, self.actor)

    def set_lines(self, ends: FloatArray, colors: FloatArray, width: float) -> None:
        """Draw segments.

        Parameters
        ----------
        ends
            (s,2,2) start and end of each.
        colors
            (s,3) 0..1.
        width
            Device pixels.
        """
        self._fill(ends, colors)
        self._polydata.SetLines(cells_over(_cells(ends)))
        self.actor.GetProperty().SetLineWidth(width)

    def set_areas(self, corners: FloatArray, colors: FloatArray) -> None:
        """Fill quadrilaterals with corners (s,4,2) and colours (s,3)."""
        self._fill(corners, colors)
        self._polydata.SetPolys(cells_over(_cells(corners)))

    def _fill(self, corners: FloatArray, colors: FloatArray) -> None:
        positions = np.zeros((corners.shape[0] * corners.shape[1], 3), np.float32)
        positions[:, :2] = corners.reshape(-1, 2)
        self._polydata.SetPoints(points_over(positions))
        bytes_ = np.round(np.repeat(colors, corners.shape[1], axis=0) * 255.0).astype(np.uint8)
        self._polydata.GetPointData().SetScalars(shared(bytes_, "color"))


class Text(Flat):
    """One line of text, on a plate if wanted.

    Parameters
    ----------
    stage
        Where it is drawn.
    size
        Height of the letters, logical pixels.
    plate
        Put a plate behind it, so that it reads on any ground.
    """

    def __init__(self, stage: Ground, size: int = 12, *, plate: bool = False) -> None:
        self._plate = plate
        self.actor = vtkTextActor()
        self.actor.SetTextScaleModeToNone()
        style = self.actor.GetTextProperty()
        if _FONT.is_file():
            style.SetFontFamily(VTK_FONT_FILE)
            style.SetFontFile(str(_FONT))
        style.SetFontSize(size)
        style.SetVerticalJustificationToCentered()
        style.SetBackgroundOpacity(_PLATE_OPACITY if plate else 0.0)
        super().__init__(stage, self.actor)

    @property
    def text(self) -> str:
        """What it says."""
        return str(self.actor.GetInput() or "")

    def set(self, text: str, color: Color, palette: Palette) -> None:
        """Say what it says, and how it looks."""
        # Padding: the plate ends where the text does.
        self.actor.SetInput(f" {text} " if self._plate and text else text)
        style = self.actor.GetTextProperty()
        style.SetColor(*color)
        style.SetBackgroundColor(*palette.plate)

    @property
    def width(self) -> float:
        """How long it is, device pixels."""
        size = [0.0, 0.0]
        self.actor.GetSize(self._stage.overlay, size)
        return float(size[0])

    def set_opacity(self, opacity: float) -> None:
        """Let what is behind shine through."""
        style = self.actor.GetTextProperty()
        style.SetOpacity(opacity)
        style.SetBackgroundOpacity(_PLATE_OPACITY * opacity**2 if self._plate else 0.0)

    def move(self, x: float, y: float, align: Align = "left") -> None:
        """Put the middle of its left end, centre or right end at a place."""
        style = self.actor.GetTextProperty()
        style.SetJustification({"left": 0, "center": 1, "right": 2}[align])
        self.actor.SetPosition(x, y)


def rectangle(left: float, bottom: float, right: float, top: float) -> FloatArray:
    """Return the (4,2) corners of a rectangle."""
    return np.array([[left, bottom], [right, bottom], [right, top], [left, top]], float)


def _cells(corners: FloatArray) -> np.ndarray:
    count, width = corners.shape[:2]
    return np.arange(count * width, dtype=np.int32).reshape(count, width)
