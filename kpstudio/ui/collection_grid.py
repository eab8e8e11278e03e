"""The shapes of a collection as a grid of pictures with their keypoints on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PyQt6.QtCore import QAbstractListModel, QModelIndex, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPen
from PyQt6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate
from PyQt6.QtWidgets import QStyleOptionViewItem as Option

from kpstudio.app.collecting import Collecting
from kpstudio.app.collection.collection import Collection, Entry
from kpstudio.app.collection.thumbnails import marks, thumbnail_camera
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.picture_marks import PictureMarks
from kpstudio.viewport.palette import keypoint_color

_PICTURE, _TEXT, _GAP, _DOT = 152, 22, 6, 3.0  #: logical pixels
#: From this score on a shape is marked as unlike the others.
STRANGE = 2.0
ENTRY = Qt.ItemDataRole.UserRole


class EntryModel(QAbstractListModel):
    """The entries that are shown, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[Entry, ...] = ()
        self._collection: Collection | None = None

    def show_entries(self, collection: Collection | None, entries: Sequence[Entry]) -> None:
        """Show other entries; the view stays where it is if they are the same."""
        if collection is self._collection and tuple(entries) == self._entries:
            return
        self.beginResetModel()
        self._collection, self._entries = collection, tuple(entries)
        self.endResetModel()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries."""
        return self._entries

    @property
    def collection(self) -> Collection | None:
        """What they belong to."""
        return self._collection

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - as in Qt
        """Return how many there are."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return name, explanation or entry."""
        if not index.isValid() or self._collection is None:
            return None
        entry = self._entries[index.row()]
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return _about(self._collection, entry)
        return None

    def tell_changed(self, name: str) -> None:
        """Draw a shape again, of which there is a picture now."""
        for row, entry in enumerate(self._entries):
            if entry.name == name:
                index = self.index(row)
                self.dataChanged.emit(index, index)


class CollectionGrid(QListView):
    """A grid of shapes; `opened` carries the one that was double-clicked.

    Parameters
    ----------
    collecting
        Where pictures come from.
    themes
        Colours.
    """

    opened = pyqtSignal(object)

    def __init__(self, collecting: Collecting, themes: Themes) -> None:
        super().__init__()
        self._collecting, self._themes = collecting, themes
        self.entries = EntryModel()
        self.setModel(self.entries)
        self.setItemDelegate(_Delegate(collecting, themes, self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.activated.connect(lambda index: self.opened.emit(index.data(ENTRY)))
        collecting.pictures.arrived.connect(self.entries.tell_changed)
        themes.changed.connect(self._repaint)

    def stop(self) -> None:
        """Listen no more: the dialog closes."""
        self._collecting.pictures.arrived.disconnect(self.entries.tell_changed)
        self._themes.changed.disconnect(self._repaint)
        self._collecting.pictures.forget_wanted()

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the shapes that are selected."""
        return tuple(index.data(ENTRY).name for index in self.selectedIndexes())

    def choose(self, name: str) -> None:
        """Select a shape and bring it into view."""
        for row, entry in enumerate(self.entries.entries):
            if entry.name == name:
                self.setCurrentIndex(self.entries.index(row))

    def _repaint(self) -> None:
        viewport = self.viewport()
        assert viewport is not None
        viewport.update()


class _Delegate(QStyledItemDelegate):
    """Draws one shape."""

    def __init__(self, collecting: Collecting, themes: Themes, parent: CollectionGrid) -> None:
        super().__init__(parent)
        self._collecting, self._themes, self._grid = collecting, themes, parent

    def sizeHint(self, option: Option, index: QModelIndex) -> QSize:
        """Return the size of a tile."""
        return QSize(_PICTURE + 2 * _GAP, _PICTURE + _TEXT + 2 * _GAP)

    def paint(self, painter: QPainter | None, option: Option, index: QModelIndex) -> None:
        """Draw picture, keypoints, name and score."""
        entry, collection = index.data(ENTRY), self._grid.entries.collection
        if painter is None or collection is None:
            return
        theme = self._themes.current
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        tile = QRectF(option.rect).adjusted(_GAP, _GAP, -_GAP, -_GAP)
        ground = QRectF(tile.topLeft(), tile.topLeft() + QPointF(_PICTURE, _PICTURE))
        back = theme.color("input")
        ground_color = back.red(), back.green(), back.blue()
        picture = self._collecting.pictures.get(entry, collection.orientation, ground_color)
        painter.fillRect(ground, back)
        painter.setPen(theme.color("muted"))
        if entry.error:
            wrap = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.setPen(theme.color("error"))
            painter.drawText(ground.adjusted(8, 8, -8, -8), wrap, "failed")
        elif picture is not None:
            height, width, _ = picture.shape
            image = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            painter.drawImage(ground, image)
            _draw_keypoints(painter, ground, collection, entry)
        text = QRectF(ground.left(), ground.bottom(), _PICTURE, _TEXT)
        self._write(painter, text, collection, entry)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("accent"), 2.0))
            painter.drawRoundedRect(tile.adjusted(-2, -2, 2, 2), 4.0, 4.0)
        painter.restore()

    def _write(
        self, painter: QPainter, place: QRectF, collection: Collection, entry: Entry
    ) -> None:
        theme, score = self._themes.current, collection.score(entry)
        told = f"{score:.1f}\N{MULTIPLICATION SIGN}" if np.isfinite(score) else ""
        middle = Qt.AlignmentFlag.AlignVCenter
        if told:
            painter.setPen(theme.color("warning" if score >= STRANGE else "muted"))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | middle), told)
        metrics = painter.fontMetrics()
        room = int(place.width()) - (metrics.horizontalAdvance(told) + 8 if told else 0)
        name = metrics.elidedText(entry.name, Qt.TextElideMode.ElideMiddle, room)
        painter.setPen(theme.color("text"))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | middle), name)


def _draw_keypoints(
    painter: QPainter, ground: QRectF, collection: Collection, entry: Entry
) -> None:
    if entry.keypoints is None or not len(entry.candidates):
        return
    labels = collection.labelled(entry)
    any_label = bool((labels >= 0).any())
    places = marks(entry.places(collection.orientation), thumbnail_camera())
    # Before anything is labelled a number means nothing: one colour for all.
    colors = tuple(
        QColor.fromRgbF(*keypoint_color(int(label) if any_label else 0)) for label in labels
    )
    confidence = np.where((labels >= 0) | (not any_label), 1.0, 0.15)
    dots = PictureMarks(places, colors, confidence)
    at = places * _PICTURE + (ground.left(), ground.top())
    dots.draw(painter, at, _DOT, (), -1)


def _about(collection: Collection, entry: Entry) -> str:
    lines = [entry.name]
    if entry.error:
        return f"{entry.name}\n{entry.error}"
    count = len(entry.candidates)
    lines.append(f"{count} keypoints from {entry.source}" if count else "no keypoints")
    row, labelling = collection.row(entry), collection.labelling
    if row is not None and labelling is not None:
        score = collection.score(entry)
        if np.isfinite(score):
            lines.append(f"{score:.1f} times as far from the mean as usual")
        away = labelling.residuals[row]
        if np.isfinite(away).any():
            worst = int(np.nanargmax(away))
            lines.append(f"farthest: {labelling.names[worst]}, {100.0 * away[worst]:.0f} % of size")
        lacking = [labelling.names[i] for i in np.flatnonzero(np.isnan(away))]
        if lacking:
            lines.append(f"missing: {', '.join(lacking[:6])}")
    return "\n".join(lines)
