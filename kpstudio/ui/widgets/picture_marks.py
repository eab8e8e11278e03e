"""Dots on a picture and lines between them: what they are and how they are drawn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from kpstudio.base.arrays import FloatArray

#: Opacity of dots and lines of confidence 0.
_FAINTEST = 0.25
_LINE, _THINNEST = 2.2, 0.6  #: width of a line of score 1, and of any
_RING = 3.0  #: of a chosen dot, logical pixels around it
_POINTED = 1.3  #: how much larger a dot is that is pointed at
#: Radius of a picture's corners, and side of the badge in one, logical pixels.
CORNER, _BADGE = 4.0, 18.0
_BRIGHT = 0.6  #: lightness from which text on a plate is dark
#: Readable on any picture, whatever the theme.
_DARK, _LIGHT = QColor(20, 22, 26), QColor(255, 255, 255)


@dataclass(frozen=True, eq=False)
class PictureMarks:
    """Dots on a picture.

    Parameters
    ----------
    places
        (k,2) where they are, 0..1 across and down the picture.
    colors
        k colours.
    confidence
        (k,) how solid they are, 0..1.
    lines
        Pairs of dots to join, each with a score 0..1 that says how boldly.
    """

    places: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    colors: tuple[QColor, ...] = ()
    confidence: FloatArray = field(default_factory=lambda: np.zeros(0))
    lines: tuple[tuple[int, int, float], ...] = ()

    def draw(
        self,
        painter: QPainter,
        places: FloatArray,
        radius: float,
        chosen: Collection[int],
        pointed: int,
    ) -> None:
        """Draw them.

        Parameters
        ----------
        painter
            What draws; its units are logical pixels.
        places
            (k,2) where the dots are there.
        radius
            Of a dot.
        chosen
            Dots with a ring.
        pointed
            The dot under the cursor; -1 for none.
        """
        points = [QPointF(x, y) for x, y in places]
        for first, second, score in self.lines:
            color = QColor(_LIGHT)
            color.setAlphaF(_opacity(score))
            painter.setPen(QPen(color, max(_LINE * score, _THINNEST)))
            painter.drawLine(points[first], points[second])
        # What is marked comes last: nothing may lie over it.
        for index in sorted(range(len(points)), key=lambda i: (i == pointed, i in chosen)):
            marked = index == pointed or index in chosen
            painter.setOpacity(1.0 if marked else _opacity(float(self.confidence[index])))
            if index in chosen:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                for color, width in ((_DARK, 4.0), (_LIGHT, 2.0)):
                    painter.setPen(QPen(color, width))
                    painter.drawEllipse(points[index], radius + _RING, radius + _RING)
            grown = radius * (_POINTED if index == pointed else 1.0)
            painter.setPen(QPen(_DARK, 1.2))
            painter.setBrush(self.colors[index])
            painter.drawEllipse(points[index], grown, grown)
        painter.setOpacity(1.0)


def draw_badge(painter: QPainter, area: QRectF, text: str, color: QColor) -> None:
    """Draw a frame around an area, and a short text in its upper left corner."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 3.0))
    painter.drawRoundedRect(area.adjusted(1.5, 1.5, -1.5, -1.5), CORNER, CORNER)
    plate = QRectF(area.left(), area.top(), _BADGE, _BADGE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(plate, CORNER, CORNER)
    painter.setPen(_LIGHT if color.lightnessF() < _BRIGHT else _DARK)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def _opacity(confidence: float) -> float:
    return _FAINTEST + (1.0 - _FAINTEST) * confidence
