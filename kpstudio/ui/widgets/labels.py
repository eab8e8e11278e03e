"""Labels, lines and buttons in the house style."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QLabel, QSizePolicy, QToolButton, QWidget


def muted(text: str = "", *, wrap: bool = True) -> QLabel:
    """Return a label that stays in the background."""
    label = QLabel(text)
    label.setProperty("muted", True)
    label.setWordWrap(wrap)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored if not wrap else QSizePolicy.Policy.Preferred,
                        QSizePolicy.Policy.Minimum)  # fmt: skip
    return label


def heading(text: str) -> QLabel:
    """Return the title of a group."""
    label = QLabel(text)
    label.setProperty("heading", True)
    return label


def line() -> QFrame:
    """Return a thin horizontal line."""
    frame = QFrame()
    frame.setProperty("line", True)
    frame.setFixedHeight(1)
    return frame


def tool_button(tooltip: str, parent: QWidget | None = None) -> QToolButton:
    """Return a flat button for an icon, with its explanation."""
    button = QToolButton(parent)
    button.setToolTip(tooltip)
    button.setAutoRaise(True)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button
