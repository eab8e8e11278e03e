"""What all panels share."""

from __future__ import annotations

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from kpstudio.app.studio import Studio
from kpstudio.document.document import Change
from kpstudio.ui.theme import Themes

MARGIN, SPACING = 12, 8  # logical pixels


class Panel(QWidget):
    """One panel of a dock: a column of widgets that follows the selected shape.

    Parameters
    ----------
    studio
        What it shows and edits.
    themes
        Colours of its icons.
    """

    #: Stable name, and the title for people.
    name = ""
    title = ""
    #: Whether it scrolls by itself (lists and tables do).
    scrolls = False

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__()
        self.studio, self.themes = studio, themes
        self.setObjectName(self.name)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.column.setSpacing(SPACING)

    def follow_selected(self) -> None:
        """Call `refresh` now, and whenever another shape is selected or the selected changes."""
        self.studio.selection.changed.connect(self.refresh)
        self.studio.document.changed.connect(self._document_changed)
        self.refresh()

    def refresh(self) -> None:
        """Show the selected shape as it is."""

    def set_in_view(self, in_view: bool) -> None:
        """Take note that it came into view, or went behind another tab."""

    def _document_changed(self, change: Change) -> None:
        if not change.transient and change.item_id == self.studio.selection.item_id:
            self.refresh()
