"""The Scene panel: what is open, what is seen of it, what it is called."""

from __future__ import annotations

from PyQt6.QtCore import QPoint, QSize, Qt
from PyQt6.QtGui import QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
)

from kpstudio.app.studio import Studio
from kpstudio.data.shape import Shape
from kpstudio.document.document import Change
from kpstudio.document.item import Item
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.theme import Themes

NAME, EYE = 0, 1
_ID = Qt.ItemDataRole.UserRole


class SceneTreePanel(Panel):
    """The tree of shapes, each with its measures below it."""

    name, title, scrolls = "scene", "Scene", True

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__(studio, themes)
        self.column.setContentsMargins(4, 4, 4, 4)
        self.tree = _Tree(self)
        self.column.addWidget(self.tree)
        self._rows: dict[int, QTreeWidgetItem] = {}
        self._filling = False
        self.tree.itemChanged.connect(self._renamed)
        self.tree.currentItemChanged.connect(self._chosen)
        self.tree.customContextMenuRequested.connect(self._open_menu)
        studio.document.changed.connect(self._document_moved)
        studio.selection.changed.connect(self._show_selection)
        themes.changed.connect(self._recolour)
        for item in studio.document:
            self._insert(item)
        self._show_selection()

    def row(self, item_id: int) -> QTreeWidgetItem | None:
        """Return the row of an item."""
        return self._rows.get(item_id)

    # --- document to tree ----------------------------------------------------------------------

    def _document_moved(self, change: Change) -> None:
        if change.transient:
            return
        if change.after is None:
            row = self._rows.pop(change.item_id, None)
            if row is not None:
                self._filling = True
                self.tree.takeTopLevelItem(self.tree.indexOfTopLevelItem(row))
                self._filling = False
        elif change.before is None:
            self._insert(change.after)
        else:
            self._fill(change.after)

    def _insert(self, item: Item) -> None:
        row = QTreeWidgetItem()
        row.setData(NAME, _ID, item.id)
        row.setFlags(row.flags() | Qt.ItemFlag.ItemIsEditable)
        self._rows[item.id] = row
        self._filling = True
        self.tree.insertTopLevelItem(self.studio.document.index(item.id), row)
        self._filling = False
        self._fill(item)
        row.setExpanded(True)
        self._show_selection()

    def _fill(self, item: Item) -> None:
        row, theme = self._rows[item.id], self.themes.current
        self._filling = True
        row.setText(NAME, item.name)
        row.setToolTip(NAME, str(item.value.mesh.source or item.name))
        row.setIcon(NAME, theme.icon("fa6s.cube", "accent" if item.visible else "disabled"))
        eye = "fa6s.eye" if item.visible else "fa6s.eye-slash"
        row.setIcon(EYE, theme.icon(eye, "text" if item.visible else "disabled"))
        row.setToolTip(EYE, "Hide" if item.visible else "Show")
        lines = _lines(item.value)
        while row.childCount() > len(lines):
            row.removeChild(row.child(row.childCount() - 1))
        while row.childCount() < len(lines):
            child = QTreeWidgetItem(row)
            child.setFlags(Qt.ItemFlag.ItemIsEnabled)
            child.setFirstColumnSpanned(True)
        for index, (icon, text) in enumerate(lines):
            line = row.child(index)
            assert line is not None
            line.setText(NAME, text)
            line.setIcon(NAME, theme.icon(icon, "muted"))
            line.setForeground(NAME, theme.color("muted"))
        self._filling = False

    def _recolour(self) -> None:
        for item in self.studio.document:
            self._fill(item)

    def _show_selection(self) -> None:
        row = self._rows.get(self.studio.selection.item_id or -1)
        if row is not self.tree.currentItem():
            self._filling = True
            self.tree.setCurrentItem(row)
            self._filling = False

    # --- tree to document ----------------------------------------------------------------------

    def _renamed(self, row: QTreeWidgetItem, column: int) -> None:
        if self._filling or column != NAME:
            return
        item = self.studio.document.find(row.data(NAME, _ID))
        if item is not None:
            self.studio.edits.rename(item.id, row.text(NAME))
            if not row.text(NAME).strip():
                self._fill(item)

    def toggle_eye(self, place: QPoint) -> bool:
        """Hide or show the shape whose eye is at a place of the tree; False if none is."""
        row = self.tree.itemAt(place)
        item = self.studio.document.find(row.data(NAME, _ID) or -1) if row is not None else None
        if item is None or self.tree.columnAt(place.x()) != EYE:
            return False
        self.studio.edits.set_visible(item.id, not item.visible)
        return True

    def _chosen(self, row: QTreeWidgetItem | None) -> None:
        if not self._filling and row is not None:
            owner = row.parent() or row
            self.studio.selection.select_item(owner.data(NAME, _ID))

    def remove_selected(self) -> None:
        """Take the selected shape out."""
        if self.studio.selected is not None:
            self.studio.edits.remove(self.studio.selected.id)

    def _open_menu(self, place: QPoint) -> None:
        row = self.tree.itemAt(place)
        item = self.studio.document.find((row.parent() or row).data(NAME, _ID)) if row else None
        if item is None:
            return
        edits = self.studio.edits
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Rename", lambda: self.tree.editItem(self._rows[item.id], NAME))
        menu.addAction("Hide" if item.visible else "Show",
                       lambda: edits.set_visible(item.id, not item.visible))  # fmt: skip
        menu.addSeparator()
        menu.addAction("Remove", lambda: edits.remove(item.id))
        viewport = self.tree.viewport()
        assert viewport is not None
        menu.popup(viewport.mapToGlobal(place))


class _Tree(QTreeWidget):
    """The widget; Delete takes the selected shape out, Enter renames it."""

    def __init__(self, panel: SceneTreePanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(16)
        self.setIconSize(QSize(14, 14))
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setMinimumHeight(72)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        header = self.header()
        assert header is not None
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(28)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(EYE, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(EYE, 28)

    def sizeHint(self) -> QSize:
        """Return room for a few shapes."""
        return QSize(248, 150)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Hide or show by the eye: that says nothing about which shape is worked on."""
        if event is None or not self._on_eye(event):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Take a quick second click on the eye for what it is."""
        if event is None or not self._on_eye(event):
            super().mouseDoubleClickEvent(event)

    def _on_eye(self, event: QMouseEvent) -> bool:
        left = event.button() is Qt.MouseButton.LeftButton
        return left and self._panel.toggle_eye(event.position().toPoint())

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Remove or rename the selected shape."""
        if event is not None and self.state() is not self.State.EditingState:
            if event.key() == Qt.Key.Key_Delete:
                self._panel.remove_selected()
                return
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.editItem(self.currentItem(), NAME)
                return
        super().keyPressEvent(event)


def _lines(shape: Shape) -> list[tuple[str, str]]:
    """Return icon and text of the lines under a shape."""
    mesh = shape.mesh
    lines = [("fa6s.draw-polygon", f"{len(mesh.vertices):,} vertices, {len(mesh.faces):,} faces")]
    if shape.keypoints is not None:
        text = f"{len(shape.keypoints)} keypoints"
        category = shape.category
        if shape.detection is not None:
            category = str(shape.detection.provenance.parameters.get("model") or category)
        lines.append(("fa6s.location-dot", f"{text}, {category}" if category else text))
    if shape.is_deformed:
        lines.append(("fa6s.bezier-curve", "deformed"))
    return lines
