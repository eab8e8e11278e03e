"""The list of everything that can be seen on a shape, group by group."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.inspecting import FieldChoice
from kpstudio.ui.theme import Theme

NAME, RANGE = 0, 1
NOTHING = FieldChoice("", "Nothing", "")
#: With fewer fields nobody searches; with more rows the list scrolls.
_SEARCHED, _ROWS = 9, 11
_KEY = Qt.ItemDataRole.UserRole


class FieldList(QWidget):
    """Fields under the names of their detectors, with their ranges; `chosen` carries a key."""

    chosen = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.search, self.tree = QLineEdit(), QTreeWidget()
        self.search.setPlaceholderText("Search fields")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip("Show only the fields whose name contains this")
        self.search.textChanged.connect(self._filter)
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(12)
        self.tree.setItemsExpandable(False)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setToolTip("What colours the shape")
        self.tree.setAccessibleName("Fields")
        header = self.tree.header()
        assert header is not None
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(RANGE, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.currentItemChanged.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.search)
        column.addWidget(self.tree)
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._shown: tuple[FieldChoice, ...] | None = None

    def show_fields(
        self, choices: tuple[FieldChoice, ...], ranges: Mapping[str, str], theme: Theme
    ) -> None:
        """List fields with what is said beside them by key."""
        if choices != self._shown:
            self._shown = choices
            self._fill(choices)
        muted = theme.color("muted")
        for key, row in self._rows.items():
            row.setText(RANGE, ranges.get(key, ""))
            row.setForeground(RANGE, muted)
            parent = row.parent()
            if parent is not None:
                parent.setForeground(NAME, muted)

    def select(self, key: str) -> None:
        """Mark the field that is shown, silently; none if it is not in the list."""
        row = self._rows.get(key)
        if row is self.tree.currentItem():
            return
        blocked = self.tree.blockSignals(True)
        self.tree.setCurrentItem(row)  # type: ignore[arg-type]
        self.tree.blockSignals(blocked)

    def row(self, key: str) -> QTreeWidgetItem | None:
        """Return the row of a field."""
        return self._rows.get(key)

    def _fill(self, choices: tuple[FieldChoice, ...]) -> None:
        blocked = self.tree.blockSignals(True)
        self.tree.clear()
        self._rows = {}
        groups: dict[str, QTreeWidgetItem] = {}
        for choice in (NOTHING, *choices):
            row = QTreeWidgetItem([choice.title, ""])
            row.setData(NAME, _KEY, choice.key)
            row.setTextAlignment(RANGE, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._rows[choice.key] = row
            if not choice.group:
                self.tree.addTopLevelItem(row)
                continue
            if choice.group not in groups:
                groups[choice.group] = self._group(choice.group)
            groups[choice.group].addChild(row)
        self.tree.expandAll()
        self.tree.blockSignals(blocked)
        searched = len(choices) >= _SEARCHED
        self.search.setVisible(searched)
        if not searched:
            self.search.clear()
        self._filter(self.search.text())
        rows = min(len(choices) + len(groups) + 1, _ROWS)
        height = self.tree.visualItemRect(self._rows[""]).height() or 24
        self.tree.setFixedHeight(rows * height + 2)

    def _group(self, title: str) -> QTreeWidgetItem:
        row = QTreeWidgetItem([title, ""])
        row.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = row.font(NAME)
        font.setBold(True)
        row.setFont(NAME, font)
        self.tree.addTopLevelItem(row)
        row.setFirstColumnSpanned(True)
        return row

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for row in self._rows.values():
            parent = row.parent()
            name = f"{parent.text(NAME) if parent is not None else ''} {row.text(NAME)}".lower()
            row.setHidden(not all(word in name for word in words))
        for index in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(index)
            if group is not None and group.childCount():
                children = [group.child(i) for i in range(group.childCount())]
                group.setHidden(all(child is None or child.isHidden() for child in children))

    def _choose(self, row: QTreeWidgetItem | None, before: QTreeWidgetItem | None) -> None:
        if row is not None and row.data(NAME, _KEY) is not None:
            self.chosen.emit(row.data(NAME, _KEY))
