"""The command palette: every action by a few letters of its name."""

from __future__ import annotations

from PyQt6 import sip
from PyQt6.QtCore import QEvent, QModelIndex, QObject, QRect, QSize, Qt
from PyQt6.QtGui import QKeyEvent, QPainter
from PyQt6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from kpstudio.ui.actions import Actions, keys_text
from kpstudio.ui.theme import Themes

WIDTH, ROWS, ROW_HEIGHT = 520, 11, 30
_ID, _PATH, _KEYS = (Qt.ItemDataRole.UserRole + i for i in range(3))


class CommandPalette(QFrame):
    """A line to type in, and the actions that match.

    Parameters
    ----------
    actions
        All actions.
    themes
        Colours of the rows.
    parent
        The window over which it opens.
    """

    def __init__(self, actions: Actions, themes: Themes, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("commands")
        self._actions = actions
        self._before: QWidget | None = None  # had the keyboard when it opened
        self.line, self.list = QLineEdit(), QListWidget()
        self.line.setPlaceholderText("Type a command…")
        self.list.setItemDelegate(_RowDelegate(themes, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 4)
        column.setSpacing(4)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self.line.textChanged.connect(self._filter)
        self.line.installEventFilter(self)
        self.list.itemClicked.connect(self._run)
        self.hide()

    def open(self) -> None:
        """Show all actions and wait for letters."""
        window = self.parentWidget()
        assert window is not None
        width = min(WIDTH, window.width() - 48)
        height = min(52 + ROWS * ROW_HEIGHT, window.height() - 96)
        self.setGeometry(QRect((window.width() - width) // 2, 56, width, height))
        self._before = QApplication.focusWidget()
        self.line.clear()
        self._filter("")
        self.show()
        self.raise_()
        self.line.setFocus()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Move through the list, run or give up from the line's keyboard."""
        if event is not None and event.type() == QEvent.Type.FocusOut:
            self.hide()
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        key, row = event.key(), self.list.currentRow()
        moves: dict[int, int] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1,
                 Qt.Key.Key_PageDown: ROWS, Qt.Key.Key_PageUp: -ROWS}  # fmt: skip
        if key in moves:
            self.list.setCurrentRow(min(max(row + moves[key], 0), self.list.count() - 1))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentItem())
            return True
        if key == Qt.Key.Key_Escape:
            self._leave()
            return True
        return False

    def _filter(self, text: str) -> None:
        ranked = []
        for place, (action_id, action) in enumerate(self._actions.table.items()):
            shown = self._actions.qt[action_id]
            title = shown.text().replace("&", "")
            menu, _, submenu = action.menu.partition("/")
            if submenu:
                title = f"{submenu}: {title[:1].lower()}{title[1:]}"  # "Labels: none"
            score = match(text, f"{title} {menu}")
            if score is not None and shown.isEnabled() and action_id != "view.commands":
                ranked.append((score, place, action_id, title, action))
        self.list.clear()
        for _, _, action_id, title, action in sorted(ranked, key=lambda row: row[:2]):
            item = QListWidgetItem(title)
            item.setData(_ID, action_id)
            item.setData(_PATH, action.menu.partition("/")[0])
            item.setData(_KEYS, keys_text(action).split(", ")[0])
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _run(self, item: QListWidgetItem | None) -> None:
        self._leave()
        if item is not None:
            self._actions.run(item.data(_ID))

    def _leave(self) -> None:
        self.hide()
        if self._before is not None and not sip.isdeleted(self._before):
            self._before.setFocus()


def match(text: str, name: str) -> int | None:
    """Return how badly a name fits what was typed; 0 is best, None is no match.

    Every word typed must be found: at the start of a word of the name best, inside one worse.
    """
    words, found, penalty = text.lower().split(), name.lower(), 0
    for word in words:
        place = f" {found}".find(f" {word}")
        if place >= 0:
            penalty += min(place, 40)
        elif word in found:
            penalty += 50 + found.index(word)
        else:
            return None
    return penalty


class _RowDelegate(QStyledItemDelegate):
    """Draws name, menu and shortcut in one row."""

    def __init__(self, themes: Themes, parent: QObject) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(option.rect.width(), ROW_HEIGHT)

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if painter is None:
            return
        painter.save()
        painter.setPen(self._themes.current.color("muted"))
        rect = option.rect.adjusted(8, 0, -12, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        keys, path = index.data(_KEYS) or "", index.data(_PATH) or ""
        painter.drawText(rect, right, keys)
        space = painter.fontMetrics().horizontalAdvance("Ctrl+Backspace") + 24
        painter.drawText(rect.adjusted(0, 0, -space, 0), right, path)
        painter.restore()
