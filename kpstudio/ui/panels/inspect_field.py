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
        self.tree.setIndentation(14)
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
        self.tree.itemExpanded.connect(lambda row: self._fold(row, False))
        self.tree.itemCollapsed.connect(lambda row: self._fold(row, True))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.search)
        column.addWidget(self.tree)
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._shown: tuple[FieldChoice, ...] | None = None
        # Headings by their titles, outer ones first, and what a person has folded or opened.
        self._headings: dict[tuple[str, ...], QTreeWidgetItem] = {}
        self._folded: dict[tuple[str, ...], bool] = {}
        self._usual: dict[tuple[str, ...], bool] = {}

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
        for heading in self._headings.values():
            heading.setForeground(NAME, muted)

    def select(self, key: str) -> None:
        """Mark the field that is shown, silently; none if it is not in the list."""
        row = self._rows.get(key)
        if row is self.tree.currentItem():
            return
        blocked = self.tree.blockSignals(True)
        self.tree.setCurrentItem(row)  # type: ignore[arg-type]
        heading = row.parent() if row is not None else None
        while heading is not None:  # what is shown is to be seen in the list
            heading.setExpanded(True)
            heading = heading.parent()
        self.tree.blockSignals(blocked)
        self._fit()

    def row(self, key: str) -> QTreeWidgetItem | None:
        """Return the row of a field."""
        return self._rows.get(key)

    def _fill(self, choices: tuple[FieldChoice, ...]) -> None:
        blocked = self.tree.blockSignals(True)
        self.tree.clear()
        self._rows, self._headings = {}, {}
        usual: dict[tuple[str, ...], bool] = {}
        for choice in (NOTHING, *choices):
            row = QTreeWidgetItem([choice.title, ""])
            row.setData(NAME, _KEY, choice.key)
            row.setTextAlignment(RANGE, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._rows[choice.key] = row
            if not choice.group:
                self.tree.addTopLevelItem(row)
                continue
            group = self._heading((choice.group,))
            usual[choice.group,] = usual.get((choice.group,), True) and not choice.edited
            if choice.series:
                group = self._heading((choice.group, choice.series))
                usual[choice.group, choice.series] = True
            group.addChild(row)
        self._usual = usual
        self.tree.blockSignals(blocked)
        searched = len(choices) >= _SEARCHED
        self.search.setVisible(searched)
        if not searched:
            self.search.clear()
        self._filter(self.search.text())

    def _heading(self, path: tuple[str, ...]) -> QTreeWidgetItem:
        """Return a group, or a series in it, made when first asked for."""
        if path in self._headings:
            return self._headings[path]
        row = self._headings[path] = QTreeWidgetItem([path[-1], ""])
        row.setFlags(Qt.ItemFlag.ItemIsEnabled)
        if len(path) == 1:
            font = row.font(NAME)
            font.setBold(True)
            row.setFont(NAME, font)
            self.tree.addTopLevelItem(row)
        else:
            self._headings[path[:-1]].addChild(row)
        row.setFirstColumnSpanned(True)
        return row

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for row in self._rows.values():
            parent = row.parent()
            group = parent.parent() or parent if parent is not None else None
            name = f"{group.text(NAME) if group is not None else ''} {row.text(NAME)}".lower()
            row.setHidden(not all(word in name for word in words))
        blocked = self.tree.blockSignals(True)
        for path, heading in reversed(self._headings.items()):  # series before their groups
            children = [heading.child(index) for index in range(heading.childCount())]
            heading.setHidden(all(child is None or child.isHidden() for child in children))
            folded = self._folded.get(path, self._usual[path])
            heading.setExpanded(bool(words) or not folded)
        self.tree.blockSignals(blocked)
        self._fit()

    def _fold(self, row: QTreeWidgetItem, folded: bool) -> None:
        """Remember what a person has folded or opened; a search opens all for a while."""
        if not self.search.text():
            path = next(path for path, heading in self._headings.items() if heading is row)
            self._folded[path] = folded
        self._fit()

    def _fit(self) -> None:
        """Be as high as the rows that are open, up to a limit."""
        rows, row = 0, self.tree.topLevelItem(0)
        while row is not None and rows < _ROWS:
            rows, row = rows + 1, self.tree.itemBelow(row)
        height = self.tree.visualItemRect(self._rows[""]).height() or 24
        self.tree.setFixedHeight(rows * height + 2)

    def _choose(self, row: QTreeWidgetItem | None, before: QTreeWidgetItem | None) -> None:
        if row is not None and row.data(NAME, _KEY) is not None:
            self.chosen.emit(row.data(NAME, _KEY))
