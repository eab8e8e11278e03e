"""Warnings and errors over the viewport: they stay in sight and never block."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QEasingCurve, QPropertyAnimation, Qt, QTimer
from PyQt6.QtWidgets import (
    QFrame,
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.notices import Level, Notice
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.labels import muted, tool_button

LIMIT = 3  #: cards at once; the oldest goes first
WARNING_MS, FADE_MS = 9000, 250
ICONS = {
    Level.INFO: ("fa6s.circle-info", "info"),
    Level.WARNING: ("fa6s.triangle-exclamation", "warning"),
    Level.ERROR: ("fa6s.circle-exclamation", "error"),
}


class NoticeCard(QFrame):
    """One notice: what happened, what to do, and a button that puts it away.

    Parameters
    ----------
    notice
        The notice.
    themes
        Its colours.
    gone
        Called when it has been put away.
    """

    def __init__(self, notice: Notice, themes: Themes, gone: Callable[[NoticeCard], None]) -> None:
        super().__init__()
        self.notice, self._gone = notice, gone
        self.setObjectName("notice")
        self.setProperty("level", notice.level.value)
        icon, role = ICONS[notice.level]
        picture = QLabel()
        picture.setPixmap(themes.current.icon(icon, role).pixmap(18, 18))
        text = QLabel(_sentence(notice.text))
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.dismiss = tool_button("Put away")
        themes.set_icon(self.dismiss, "fa6s.xmark", "muted")
        self.dismiss.clicked.connect(self.close_softly)
        row, column = QHBoxLayout(self), QVBoxLayout()
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        column.setSpacing(2)
        column.addWidget(text)
        if notice.detail:
            column.addWidget(muted(notice.detail))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._fade: QPropertyAnimation | None = None
        self._age = QTimer(self)
        self._age.setSingleShot(True)
        self._age.timeout.connect(self.close_softly)
        if notice.level is not Level.ERROR:
            self._age.start(WARNING_MS)

    def close_softly(self) -> None:
        """Fade out and go."""
        if self._fade is None:
            effect = QGraphicsOpacityEffect(self)
            self.setGraphicsEffect(effect)
            self._fade = QPropertyAnimation(effect, b"opacity", self)
            self._fade.setDuration(FADE_MS)
            self._fade.setStartValue(1.0)
            self._fade.setEndValue(0.0)
            self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
            self._fade.finished.connect(lambda: self._gone(self))
            self._fade.start()


def _sentence(text: str) -> str:
    """Return a message with a capital, unless it starts with the name of a file."""
    first = text.partition(" ")[0]
    return text if any(mark in first for mark in "./\\:") else f"{text[:1].upper()}{text[1:]}"


class NoticeStack(QWidget):
    """The cards, newest at the bottom.

    Parameters
    ----------
    themes
        Colours of the cards.
    parent
        The widget over which they hang.
    """

    def __init__(self, themes: Themes, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.cards: list[NoticeCard] = []
        self.hide()

    def add(self, notice: Notice) -> None:
        """Show a notice; the same one again takes the place of the first."""
        for card in [card for card in self.cards if card.notice == notice]:
            self._remove(card)
        card = NoticeCard(notice, self._themes, self._remove)
        self.cards.append(card)
        self._column.addWidget(card)
        while len(self.cards) > LIMIT:
            self._remove(self.cards[0])
        self.show()
        self.raise_()
        self.fit()

    def clear(self) -> None:
        """Put all cards away."""
        for card in tuple(self.cards):
            self._remove(card)

    def fit(self) -> None:
        """Take a place at the top middle of the parent."""
        parent = self.parentWidget()
        if parent is None or not self.cards:
            return
        width = min(560, parent.width() - 32)
        height = sum(self._height(card, width) for card in self.cards)
        height += self._column.spacing() * (len(self.cards) - 1)
        self.setGeometry((parent.width() - width) // 2, 12, width, height)

    def _height(self, card: NoticeCard, width: int) -> int:
        layout = card.layout()
        assert layout is not None
        needed = layout.heightForWidth(width) if layout.hasHeightForWidth() else 0
        return max(needed, card.minimumSizeHint().height())

    def _remove(self, card: NoticeCard) -> None:
        if card in self.cards:
            self.cards.remove(card)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
            self.setVisible(bool(self.cards))
            self.fit()
