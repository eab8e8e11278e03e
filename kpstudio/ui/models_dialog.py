"""Tools > Models: what is installed, how good it is, which one is used; import and remove."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PyQt6.QtCore import QSize, Qt, QTimer
from PyQt6.QtGui import QCloseEvent, QFont
from PyQt6.QtWidgets import (
    QDialog,
    QFileDialog,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from kpstudio.app.model_card import kind_title
from kpstudio.app.models import Models, Sight
from kpstudio.app.studio import Studio
from kpstudio.base.paths import atomic_path
from kpstudio.nn.catalogue import Model, is_removable
from kpstudio.ui.dialogs import lay_out
from kpstudio.ui.model_view import PICTURE, ModelView
from kpstudio.ui.theme import Themes
from kpstudio.viewport.scene import Theme
from kpstudio.viewport.thumbnails import keypoint_picture

_SIZE = (1060, 720)
_ROW = 26
_MODEL = Qt.ItemDataRole.UserRole


class ModelsDialog(QDialog):
    """Lists the models by kind and shows the chosen one.

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
        self.setObjectName("models")
        self.setWindowTitle("Models")
        self.resize(*_SIZE)
        self._studio, self._themes = studio, themes
        self._models: Models = studio.models
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(14)
        self.view = ModelView(themes)
        self.import_button = QPushButton("Import…")
        self.import_button.setToolTip("Take a .safetensors file of another KP Studio in")
        self.remove_button = QPushButton("Remove")
        self.prefer_button = QPushButton("Use by default")
        self.prefer_button.setToolTip("Take this model whenever none is named")
        close_button = QPushButton("Close")
        self.import_button.clicked.connect(self._import)
        self.remove_button.clicked.connect(self._remove)
        self.prefer_button.clicked.connect(self._prefer)
        close_button.clicked.connect(self.close)
        self._lay_out(close_button)
        # Drawing waits until the window has answered what was clicked last.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._draw)
        self._sight: tuple[Model, Sight] | None = None
        self._wanted = ""
        self.tree.currentItemChanged.connect(lambda *_: self._show_chosen())
        self._models.changed.connect(self._fill)
        themes.changed.connect(self._show_chosen)
        self._fill()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop listening."""
        self._soon.stop()
        self._wanted = ""
        self._models.changed.disconnect(self._fill)
        self._themes.changed.disconnect(self._show_chosen)
        super().closeEvent(event)
        self.deleteLater()

    @property
    def chosen(self) -> Model | None:
        """The model that is shown."""
        item = self.tree.currentItem()
        found = item.data(0, _MODEL) if item is not None else None
        return found if isinstance(found, Model) else None

    def choose(self, model_id: str) -> None:
        """Show a model."""
        for item in self._items():
            if item.data(0, _MODEL).id == model_id:
                self.tree.setCurrentItem(item)

    def _lay_out(self, close_button: QPushButton) -> None:
        row = lay_out(self, self.tree, self.view, (290, _SIZE[0] - 290))
        row.addWidget(self.import_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        row.addWidget(self.prefer_button)
        row.addWidget(close_button)

    # --- the list ------------------------------------------------------------------------------

    def _items(self) -> list[QTreeWidgetItem]:
        groups = (self.tree.topLevelItem(i) for i in range(self.tree.topLevelItemCount()))
        found = []
        for group in groups:
            assert group is not None
            found += [group.child(row) for row in range(group.childCount())]
        return [item for item in found if item is not None]

    def _fill(self) -> None:
        before = self.chosen
        self.tree.blockSignals(True)
        self.tree.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for model in self._models.of_kind():
            if model.kind not in groups:
                groups[model.kind] = QTreeWidgetItem(self.tree, [kind_title(model.kind)])
                groups[model.kind].setFlags(Qt.ItemFlag.ItemIsEnabled)
                groups[model.kind].setFont(0, _bold(self.font()))
                groups[model.kind].setSizeHint(0, QSize(0, _ROW))
            self._add(groups[model.kind], model)
        self.tree.expandAll()
        self.tree.blockSignals(False)
        items = self._items()
        kept = [i for i in items if before is not None and i.data(0, _MODEL).id == before.id]
        if items:
            self.tree.setCurrentItem((kept or items)[0])
        else:
            self._show_chosen()

    def _add(self, group: QTreeWidgetItem, model: Model) -> None:
        name = model.category.replace("_", " ").capitalize() or "Any shape"
        if is_removable(model):
            name = f"{name} ({model.id})"
        item = QTreeWidgetItem(group, [name])
        item.setData(0, _MODEL, model)
        item.setToolTip(0, model.title)
        item.setSizeHint(0, QSize(0, _ROW))
        if self._models.is_preferred(model):
            item.setIcon(0, self._themes.current.icon("fa6s.check", "good"))
        else:
            item.setIcon(0, self._themes.current.icon("fa6s.circle", "border"))

    # --- the model -----------------------------------------------------------------------------

    def _show_chosen(self) -> None:
        model = self.chosen
        self.remove_button.setEnabled(model is not None and is_removable(model))
        preferred = model is not None and self._models.is_preferred(model)
        self.prefer_button.setEnabled(model is not None and not preferred)
        self.prefer_button.setText("Used by default" if preferred else "Use by default")
        self.view.show_model(model)
        self._wanted = model.id if model is not None else ""
        if model is None:
            return
        path = self._models.picture_file(model, self._themes.current.name)
        if path.is_file():
            self.view.show_picture(path)
        else:
            self.view.show_picture(None, "Looking at a sample…")
            self._models.look(model, lambda sight: self._seen(model, sight))

    def _seen(self, model: Model, sight: Sight | None) -> None:
        if self._wanted != model.id:
            return
        if sight is None:
            self.view.show_picture(None, "No sample to show this model on")
        else:
            self._sight = (model, sight)
            self._soon.start(0)

    def _draw(self) -> None:
        """Draw what the model finds, between two events; the picture is kept."""
        if self._sight is None:
            return
        (model, sight), self._sight = self._sight, None
        picture = keypoint_picture(
            sight.mesh, sight.keypoints, size=PICTURE, theme=cast(Theme, self._themes.current.name)
        )
        path = self._models.picture_file(model, self._themes.current.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path, durable=False) as temporary:
            temporary.write_bytes(picture)
        if self._wanted == model.id:
            self.view.show_picture(path)

    # --- what can be done ----------------------------------------------------------------------

    def _import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Import a model", "", "Models (*.safetensors)")
        if name:
            self._models.import_file(Path(name))

    def _remove(self) -> None:
        model = self.chosen
        if model is None:
            return
        question = f"Remove {model.title}? Its file {model.path.name} is deleted."
        answer = QMessageBox.question(self, "Remove a model", question)
        if answer == QMessageBox.StandardButton.Yes:
            self._models.remove(model)

    def _prefer(self) -> None:
        if self.chosen is not None:
            self._models.prefer(self.chosen)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold
