"""A live picture of a mesh that takes the coefficients of a shape space."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from kpstudio.app.collecting import Collecting
from kpstudio.app.collection.shape_space import Morph
from kpstudio.app.collection.thumbnails import marks, picture_of
from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.normalise import Normalisation
from kpstudio.rendering.rigs import looking_from
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.picture_marks import PictureMarks
from kpstudio.ui.widgets.turn_view import TurnView
from kpstudio.viewport.palette import keypoint_color

#: Degrees a logical pixel.
_TURN = 0.5
_HIGHEST = 89.0
_ANGLE = 32.0
#: Largest picture while something moves, and at rest; pixels of the screen, and samples of each.
_MOVING, _RESTING = (300, 1), (480, 2)
#: Milliseconds without movement before the finer picture is drawn.
_PAUSE = 250
#: How far from its middle the shape reaches in the picture's world.
_REACH = 0.62

Drawn = tuple[ByteArray, FloatArray]


class MorphView(QWidget):
    """Draws a `Morph` in the background, one picture at a time, the newest state next.

    Parameters
    ----------
    collecting
        Where it is drawn.
    themes
        Colours.
    """

    def __init__(self, collecting: Collecting, themes: Themes) -> None:
        super().__init__()
        self._collecting, self._themes = collecting, themes
        self._morph: Morph | None = None
        self._values: FloatArray = np.zeros(0)
        self._azimuth, self._elevation = 37.0, 22.0
        self._scale = 1.0
        self._busy = self._stale = self._stopped = self._coarse = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_PAUSE)
        self._rest.timeout.connect(self._draw_at_rest)
        self.view = TurnView("Match all shapes to see how they vary")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.view.turned.connect(self._turn)
        self.view.resized.connect(self._redraw)
        themes.changed.connect(self._redraw)

    def stop(self) -> None:
        """Draw nothing any more."""
        self._stopped = True
        self._rest.stop()
        self._themes.changed.disconnect(self._redraw)

    @property
    def is_drawn(self) -> bool:
        """Whether the picture shows the newest state."""
        return not (self._busy or self._stale or self._coarse)

    def show_morph(self, morph: Morph | None) -> None:
        """Show another mesh; none clears the picture."""
        self._morph = morph
        if morph is None:
            self.view.clear()
        else:
            own = morph.mesh_at(morph.space.coefficients[morph.row])
            self._scale = float(np.linalg.norm(own.vertices, axis=1).max()) / _REACH
        self._redraw()

    def show_coefficients(self, values: FloatArray) -> None:
        """Show the mesh at other coefficients (b,), standard deviations."""
        self._values = np.array(values, float)
        self._redraw()

    def _turn(self, across: float, down: float) -> None:
        self._azimuth -= _TURN * across
        self._elevation = float(np.clip(self._elevation + _TURN * down, -_HIGHEST, _HIGHEST))
        self._redraw()

    def _redraw(self) -> None:
        if self._busy:
            self._stale = True  # the next picture begins when this one is there
        else:
            self._draw(*_MOVING)

    def _draw(self, most: int, samples: int) -> None:
        morph, values = self._morph, self._values
        if self._stopped or morph is None or len(values) != len(morph.space.model.loadings):
            return  # the mesh of another space is on its way
        self._busy, self._stale, self._coarse = True, False, samples == 1
        camera, back = self._camera(most), self._themes.current.color("input")
        ground = back.red(), back.green(), back.blue()
        frame = Normalisation(np.eye(3), np.zeros(3), self._scale)

        def draw() -> Drawn:
            picture = picture_of(morph.mesh_at(values), frame, camera, ground, samples)
            return picture, marks(frame.apply(morph.keypoints(values)), camera)

        self._collecting.preview(draw, lambda drawn: self._arrived(morph, drawn), self._failed)

    def _arrived(self, morph: Morph, drawn: Drawn) -> None:
        self._busy = False
        if self._stopped:
            return
        if morph is self._morph:
            picture, places = drawn
            colors = tuple(QColor.fromRgbF(*keypoint_color(label)) for label in morph.space.labels)
            self.view.show_picture(picture, PictureMarks(places, colors, np.ones(len(places))))
        if self._stale:
            self._draw(*_MOVING)
        elif self._coarse:
            self._rest.start()

    def _draw_at_rest(self) -> None:
        if not self._busy:
            self._draw(*_RESTING)

    def _failed(self) -> None:
        self._busy = self._coarse = False

    def _camera(self, most: int) -> Camera:
        across, up = np.deg2rad([self._azimuth, self._elevation])
        direction = np.array([np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)])
        side = min(self.view.side, most)
        return looking_from(direction, angle=_ANGLE, size=(side, side))
