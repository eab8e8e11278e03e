"""What lies over the viewport when there is nothing in it, and while files are dragged in."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.labels import muted

_CENTRE = Qt.AlignmentFlag.AlignCenter


class EmptyHint(QFrame):
    """What to do first.

    Parameters
    ----------
    themes
        Colours of the picture.
    run
        Runs an action by its id.
    samples
        Id and title of the actions that open samples.
    parent
        The widget over which it lies.
    """

    def __init__(
        self,
        themes: Themes,
        run: Callable[[str], None],
        samples: list[tuple[str, str]],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("empty")
        self._themes = themes
        self._picture = QLabel()
        title = QLabel("Drop a mesh here")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        title.setFont(font)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self._picture, 0, _CENTRE)
        column.addWidget(title, 0, _CENTRE)
        column.addWidget(muted("or press Ctrl+O, or start with a sample", wrap=False), 0, _CENTRE)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.open = QPushButton("Open…")
        self.open.setProperty("primary", True)
        self.open.clicked.connect(lambda: run("file.open"))
        row.addWidget(self.open)
        for action_id, text in samples:
            button = QPushButton(text)
            button.clicked.connect(lambda _, action_id=action_id: run(action_id))
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        themes.changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        icon = self._themes.current.icon("mdi6.cube-scan", "muted")
        self._picture.setPixmap(icon.pixmap(QSize(72, 72)))


class DropHint(QFrame):
    """A frame that says: let go here.

    Parameters
    ----------
    parent
        The widget over which it lies.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("drop")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column = QVBoxLayout(self)
        self.label = QLabel("Drop to open")
        column.addWidget(self.label, 0, _CENTRE)
        self.hide()

    def show_for(self, count: int) -> None:
        """Appear, saying how many files would be opened."""
        self.label.setText("Drop to open" if count == 1 else f"Drop to open {count} files")
        self.show()
        self.raise_()
