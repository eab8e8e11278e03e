"""One model as the browser shows it: picture, facts, figures, and its whole card."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QPixmap
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.model_card import facts, figures, markdown, read_card
from kpstudio.nn.catalogue import Model
from kpstudio.ui.figure_table import FigureTable
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.labels import heading, muted

#: Size of the picture, logical pixels.
PICTURE = (340, 255)


class ModelView(QWidget):
    """Shows a model.

    Parameters
    ----------
    themes
        The look.
    """

    def __init__(self, themes: Themes) -> None:
        super().__init__()
        self.title = heading("")
        self.summary = muted()
        self.picture = QLabel()
        self.picture.setFixedSize(*PICTURE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setProperty("muted", True)
        self.facts = QGridLayout()
        self.facts.setHorizontalSpacing(14)
        self.facts.setVerticalSpacing(4)
        self.facts.setColumnStretch(1, 1)
        self.figures = FigureTable(themes)
        self.card = QTextBrowser()
        self.card.setOpenExternalLinks(True)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.figures, "Figures")
        self.tabs.addTab(self.card, "Card")
        side = QVBoxLayout()
        side.addLayout(self.facts)
        side.addStretch(1)
        upper = QHBoxLayout()
        upper.setSpacing(16)
        upper.addWidget(self.picture)
        upper.addLayout(side, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addWidget(self.summary)
        column.addLayout(upper)
        column.addWidget(self.tabs, 1)

    def show_model(self, model: Model | None) -> None:
        """Show a model's card; nothing for None."""
        self._clear_facts()
        card = read_card(model) if model is not None else {}
        self.title.setText(model.title if model is not None else "No model")
        self.summary.setText(str(card.get("summary", "")))
        for row, (name, value) in enumerate(facts(model, card) if model is not None else ()):
            label = QLabel(value)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.facts.addWidget(muted(name), row, 0)
            self.facts.addWidget(label, row, 1)
        self.figures.show_figures(figures(card))
        text = markdown(model) if model is not None else ""
        self.card.setMarkdown(text or "*This model came without a card.*")
        if not card:
            self.picture.clear()

    def show_picture(self, path: Path | None, text: str = "") -> None:
        """Show a picture, or a text in its place."""
        if path is None:
            self.picture.setText(text)
            return
        picture = QPixmap(str(path))
        self.picture.setPixmap(
            picture.scaled(
                self.picture.size(),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )

    def _clear_facts(self) -> None:
        while self.facts.count():
            item = self.facts.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
