"""Tools > Collection: a folder of shapes, their keypoints, what they share, how they vary."""

from __future__ import annotations

from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.collecting import Collecting
from kpstudio.app.notices import Notice
from kpstudio.app.studio import Studio
from kpstudio.ui.collection_labels import CollectionLabels
from kpstudio.ui.collection_shapes import CollectionShapes
from kpstudio.ui.collection_space import CollectionSpace
from kpstudio.ui.evaluate_form import FolderEdit
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.labels import muted

_SIZE = (1180, 760)
#: Room for the frame on a small screen.
_MARGIN = 40
#: Milliseconds between two looks at how far work is.
_GLANCE = 150


class CollectionDialog(QDialog):
    """Works on a collection; stays open beside the window.

    Parameters
    ----------
    parent
        The window.
    studio
        The application.
    themes
        The look.
    """

    def __init__(self, parent: QWidget, studio: Studio, themes: Themes) -> None:
        super().__init__(parent)
        self.setObjectName("collection")
        self.setWindowTitle("Collection")
        self._fit_screen()
        self._studio, self._told = studio, ""
        self._collecting: Collecting = studio.collecting
        collection = self._collecting.collection
        self.folder = FolderEdit(
            "Folder of meshes", collection.folder if collection is not None else None
        )
        self.open_button, self.save_button = QPushButton("Open"), QPushButton("Save")
        self.save_button.setToolTip("Write keypoints, labels and names beside the folder")
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.shapes = CollectionShapes(studio, themes)
        self.labels = CollectionLabels(studio)
        self.space = CollectionSpace(studio, themes)
        for widget, title in ((self.shapes, "Shapes"), (self.labels, "Labels"),
                              (self.space, "Shape space")):  # fmt: skip
            self.tabs.addTab(widget, title)
        self.bar, self.step = QProgressBar(), muted("", wrap=False)
        self.bar.setRange(0, 1000)
        self.cancel_button, close_button = QPushButton("Cancel"), QPushButton("Close")
        self._lay_out(close_button)
        self.open_button.clicked.connect(self._open)
        self.folder.line.returnPressed.connect(self._open)
        self.save_button.clicked.connect(self._collecting.save)
        self.cancel_button.clicked.connect(self._collecting.cancel)
        close_button.clicked.connect(self.close)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in a line must not press one
        self._glance = QTimer(self)
        self._glance.setInterval(_GLANCE)
        self._glance.timeout.connect(self._show_progress)
        self._collecting.changed.connect(self._show_state)
        studio.notified.connect(self._tell)
        self._show_state()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Look away; the collection and work under way stay."""
        self._glance.stop()
        self._collecting.changed.disconnect(self._show_state)
        self._studio.notified.disconnect(self._tell)
        self.shapes.grid.stop()
        self.space.stop()
        super().closeEvent(event)
        self.deleteLater()

    def _fit_screen(self) -> None:
        screen = self.screen()
        assert screen is not None
        room = screen.availableSize()
        self.resize(min(_SIZE[0], room.width() - _MARGIN), min(_SIZE[1], room.height() - _MARGIN))

    def _lay_out(self, close_button: QPushButton) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.folder, 1)
        top.addWidget(self.open_button)
        top.addWidget(self.save_button)
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addWidget(self.bar)
        bottom.addWidget(self.step, 1)
        bottom.addWidget(self.cancel_button)
        bottom.addWidget(close_button)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self.tabs, 1)
        column.addLayout(bottom)

    def _open(self) -> None:
        if self.folder.path is not None:
            self._collecting.open(self.folder.path)

    def _show_state(self) -> None:
        running, collection = self._collecting.is_running, self._collecting.collection
        self.open_button.setEnabled(not running)
        self.save_button.setEnabled(collection is not None and not running)
        self.cancel_button.setEnabled(running)
        self.bar.setVisible(running)
        self.step.setText(self._told)
        if running:
            self._told = ""
            self._glance.start()
        else:
            self._glance.stop()
        name = f"{collection.folder.name} \N{EN DASH} " if collection is not None else ""
        star = " *" if self._collecting.is_unsaved else ""
        self.setWindowTitle(f"{name}Collection{star}")
        self.shapes.show_collection()
        self.labels.show_collection()
        self.space.show_collection()

    def _tell(self, notice: Notice) -> None:
        """Say it here as well: the window that says it may be behind this one."""
        self._told = f"{notice.text}. {notice.detail}" if notice.detail else notice.text
        self.step.setText(self._told)
        self.step.setToolTip(self._told)

    def _show_progress(self) -> None:
        fraction, text = self._collecting.progress
        self.bar.setValue(round(1000 * fraction))
        self.step.setText(text)
