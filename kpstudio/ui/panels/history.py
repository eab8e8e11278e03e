"""The History panel: every step by its name; click one to go there."""

from __future__ import annotations

from PyQt6.QtWidgets import QListWidget, QListWidgetItem

from kpstudio.app.studio import Studio
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.theme import Themes


class HistoryPanel(Panel):
    """Steps done and undone, the present one marked."""

    name, title, scrolls = "history", "History", True

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__(studio, themes)
        self.column.setContentsMargins(4, 4, 4, 4)
        self.list = QListWidget()
        self.column.addWidget(self.list)
        self.list.itemClicked.connect(self._go)
        studio.history.changed.connect(self.refresh)
        themes.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """List the steps."""
        history = self.studio.history
        done, undone = history.labels, history.redo_labels
        labels = ("Start", *done, *undone)
        while self.list.count() > len(labels):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(labels):
            self.list.addItem(QListWidgetItem())
        theme = self.themes.current
        for row, label in enumerate(labels):
            item = self.list.item(row)
            assert item is not None
            item.setText(label)
            item.setForeground(theme.color("text" if row <= len(done) else "disabled"))
        self.list.setCurrentRow(len(done))

    def _go(self, item: QListWidgetItem) -> None:
        history = self.studio.history
        steps = self.list.row(item) - len(history.labels)
        for _ in range(abs(steps)):
            if steps < 0:
                history.undo()
            else:
                history.redo()
