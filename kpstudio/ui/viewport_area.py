"""The middle of the window: the viewport and what lies over it."""

from __future__ import annotations

from PyQt6.QtCore import QSize
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from kpstudio.ui.actions import Actions
from kpstudio.ui.notice_stack import NoticeStack
from kpstudio.ui.overlays import DropHint, EmptyHint
from kpstudio.ui.theme import Themes
from kpstudio.ui.viewport_widget import ViewportWidget

_MARGIN = 16


class ViewportArea(QWidget):
    """Holds the viewport; notices, the drop frame and the empty hint are laid over it.

    Parameters
    ----------
    themes
        Colours of the overlays.
    """

    def __init__(self, themes: Themes) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.viewport = ViewportWidget(self)
        column.addWidget(self.viewport)
        self._themes = themes
        self.notices = NoticeStack(themes, self)
        self.drop = DropHint(self)
        self.empty: EmptyHint | None = None

    def add_empty_hint(self, actions: Actions) -> None:
        """Lay the hint for an empty document over the viewport."""
        samples = [(action.id, action.title) for action in actions.table.values()
                   if action.menu == "File/Open sample"][:3]  # fmt: skip
        self.empty = EmptyHint(self._themes, actions.run, samples, self)
        self.empty.hide()
        self._place()

    def show_empty(self, empty: bool) -> None:
        """Show the hint while nothing is open."""
        if self.empty is not None:
            self.empty.setVisible(empty)
            self.notices.raise_()

    def sizeHint(self) -> QSize:
        """Return as much as a small window leaves."""
        return QSize(640, 600)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the overlays in their places."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        inner = self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        self.drop.setGeometry(inner)
        self.notices.fit()
        if self.empty is not None:
            # No wider than its content: beside it the viewport keeps the mouse.
            size = self.empty.sizeHint().boundedTo(inner.size())
            place = inner.center()
            self.empty.setGeometry(place.x() - size.width() // 2,
                                   place.y() - size.height() // 2,
                                   size.width(), size.height())  # fmt: skip
