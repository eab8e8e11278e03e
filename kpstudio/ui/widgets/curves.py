"""Curves over steps, such as the losses of a training, with what they are under the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from PyQt6.QtWidgets import QSizePolicy, QWidget

from kpstudio.base.arrays import FloatArray
from kpstudio.ui.widgets.curve_scale import CurveScale, smooth

_LEFT, _RIGHT, _TOP, _BOTTOM = 54.0, 12.0, 30.0, 24.0  # around the plot, logical pixels
_TICK_GAP = 26.0  # between two lines of the grid
_SMOOTH = 9  # points of a curve that are averaged
_FAINT = 70  # opacity of the curve as it is, of 255, behind the smoothed one
#: Around the turn of colours by the golden ratio: neighbours differ.
_GOLDEN = 0.61803398875


class Curves(QWidget):
    """Draws curves with a legend; the first is the most important one.

    Parameters
    ----------
    parent
        Qt parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: FloatArray = np.zeros(0)
        self._curves: dict[str, FloatArray] = {}
        self._end = 1.0
        self._at: float | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(260, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_curves(
        self, steps: Sequence[int], curves: Mapping[str, Sequence[float]], end: float = 0.0
    ) -> None:
        """Show curves.

        Parameters
        ----------
        steps
            (n,) steps, ascending.
        curves
            n values by name; shorter ones belong to the last steps.
        end
            The last step there will be; the axis reaches that far.
        """
        self._steps = np.asarray(steps, float)
        self._curves = {name: np.asarray(values, float) for name, values in curves.items()}
        self._end = max(end, float(self._steps[-1]) if len(self._steps) else 0.0, 1.0)
        self.update()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the curves, as in the legend."""
        return tuple(self._curves)

    def values_at(self, step: float) -> tuple[int, dict[str, float]]:
        """Return the step nearest to one, and the curves' values there; 0 and none if empty."""
        if len(self._steps) == 0:
            return 0, {}
        index = int(np.abs(self._steps - step).argmin())
        last = len(self._steps) - index
        found = {name: float(v[-last]) for name, v in self._curves.items() if last <= len(v)}
        return int(self._steps[index]), found

    def color(self, index: int) -> QColor:
        """Return the colour of a curve."""
        dark = self._role(QPalette.ColorRole.Window).lightnessF() < 0.5
        if index == 0:
            return self._role(QPalette.ColorRole.Text)
        hue = (0.58 + (index - 1) * _GOLDEN) % 1.0
        return QColor.fromHslF(hue, 0.75, 0.64 if dark else 0.42)

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(620, 300)

    # --- mouse ---------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Read the curves under the cursor."""
        if event is not None:
            plot = self._plot()
            share = (event.position().x() - plot.left()) / max(plot.width(), 1.0)
            self._at = share * self._end if 0.0 <= share <= 1.0 else None
            self.update()

    def leaveEvent(self, event: QEvent | None) -> None:
        """Stop reading."""
        self._at = None
        self.update()

    # --- paint ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw ground, grid, curves and legend."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._small())
        plot = self._plot()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._role(QPalette.ColorRole.Base))
        painter.drawRoundedRect(QRectF(self.rect()), 4.0, 4.0)
        if len(self._steps) == 0:
            painter.setPen(self._role(QPalette.ColorRole.PlaceholderText))
            painter.drawText(
                QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, "Losses appear here"
            )
            return
        scale = CurveScale.around(list(self._curves.values()))
        self._paint_grid(painter, plot, scale)
        for index, values in reversed(list(enumerate(self._curves.values()))):
            self._paint_curve(painter, plot, scale, values, self.color(index))
        self._paint_legend(painter, plot)

    def _paint_grid(self, painter: QPainter, plot: QRectF, scale: CurveScale) -> None:
        muted = self._role(QPalette.ColorRole.PlaceholderText)
        grid = QColor(muted)
        grid.setAlpha(50)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in scale.ticks(_TICK_GAP / max(plot.height(), 1.0)):
            y = plot.bottom() - float(scale.place(np.array(value))) * plot.height()
            painter.setPen(QPen(grid, 1.0))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(muted)
            painter.drawText(QRectF(0.0, y - 9.0, _LEFT - 8.0, 18.0), right, f"{value:g}")
        foot = QRectF(plot.left(), plot.bottom() + 4.0, plot.width(), _BOTTOM - 4.0)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, "step")
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, f"{self._end:.0f}")

    def _paint_curve(
        self, painter: QPainter, plot: QRectF, scale: CurveScale, values: FloatArray, color: QColor
    ) -> None:
        steps = self._steps[len(self._steps) - len(values) :]
        faint = QColor(color)
        faint.setAlpha(_FAINT)
        painter.setPen(QPen(faint, 1.0))
        painter.drawPolyline(self._line(plot, scale, steps, values))
        painter.setPen(QPen(color, 1.8))
        painter.drawPolyline(self._line(plot, scale, steps, smooth(values, _SMOOTH)))

    def _line(
        self, plot: QRectF, scale: CurveScale, steps: FloatArray, values: FloatArray
    ) -> QPolygonF:
        across = plot.left() + steps / self._end * plot.width()
        down = plot.bottom() - scale.place(values) * plot.height()
        return QPolygonF([QPointF(float(x), float(y)) for x, y in zip(across, down, strict=True)])

    def _paint_legend(self, painter: QPainter, plot: QRectF) -> None:
        """Write the names, and the values under the cursor or else the newest ones."""
        step, values = self.values_at(self._end if self._at is None else self._at)
        metrics, x = QFontMetrics(painter.font()), plot.left()
        if self._at is not None:
            place = plot.left() + step / self._end * plot.width()
            painter.setPen(QPen(self._role(QPalette.ColorRole.PlaceholderText), 1.0))
            painter.drawLine(QPointF(place, plot.top()), QPointF(place, plot.bottom()))
            text = f"step {step}"
            beside = place + 5.0
            if beside + metrics.horizontalAdvance(text) > plot.right():
                beside = place - 5.0 - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(beside, plot.top() + metrics.ascent()), text)
        for index, name in enumerate(self._curves):
            text = f"{name} {values[name]:.4g}" if name in values else name
            width = metrics.horizontalAdvance(text)
            if x + width + 18.0 > self.width() and index:
                break  # what does not fit is told by the table of the log
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.color(index))
            painter.drawRoundedRect(QRectF(x, 13.0, 10.0, 4.0), 2.0, 2.0)
            painter.setPen(self._role(QPalette.ColorRole.Text))
            painter.drawText(QPointF(x + 15.0, 15.0 + metrics.ascent() / 2.5), text)
            x += width + 31.0

    def _plot(self) -> QRectF:
        size = self.size()
        return QRectF(_LEFT, _TOP, size.width() - _LEFT - _RIGHT, size.height() - _TOP - _BOTTOM)

    def _small(self) -> QFont:
        font = QFont(self.font())
        if font.pixelSize() > 0:  # the stylesheet gives sizes in pixels
            font.setPixelSize(max(font.pixelSize() - 1, 9))
        return font

    def _role(self, role: QPalette.ColorRole) -> QColor:
        return self.palette().color(role)
