"""A part of a panel that folds away."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget


class Section(QWidget):
    """A title that shows and hides what lies under it.

    Parameters
    ----------
    title
        The title.
    content
        What lies under it.
    folded
        Whether it starts hidden.
    """

    def __init__(self, title: str, content: QWidget, *, folded: bool = True) -> None:
        super().__init__()
        self.content = content
        self.header = QToolButton(self)
        self.header.setText(title)
        self.header.setCheckable(True)
        self.header.setAutoRaise(True)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.header.setStyleSheet(
            "QToolButton, QToolButton:checked { border: none; background: transparent;"
            " padding: 2px 0; }"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(content)
        self.header.toggled.connect(self._fold)
        self.header.setChecked(not folded)
        self._fold(not folded)

    def _fold(self, shown: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow
        self.header.setArrowType(arrow)
        self.content.setVisible(shown)
