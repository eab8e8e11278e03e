"""What the dialogs of the Tools menu share: there is one of each, and how they are laid out."""

from __future__ import annotations

from typing import TypeVar

from PyQt6.QtWidgets import QDialog, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from kpstudio.app.studio import Studio
from kpstudio.ui.theme import Themes

D = TypeVar("D", bound=QDialog)


def open_once(kind: type[D], parent: QWidget, studio: Studio, themes: Themes) -> D:
    """Show the dialog of a window, the one that is open if there is one.

    Parameters
    ----------
    kind
        Class of the dialog.
    parent
        The window.
    studio, themes
        What the dialog is made with.
    """
    dialog = parent.findChild(kind)
    if dialog is None:
        dialog = kind(parent, studio, themes)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


def lay_out(dialog: QDialog, left: QWidget, right: QWidget, sizes: tuple[int, int]) -> QHBoxLayout:
    """Put two parts side by side, and return the empty row below them.

    Parameters
    ----------
    dialog
        Where they go.
    left, right
        The parts; the right one takes what is left over.
    sizes
        Their widths, logical pixels.
    """
    split = QSplitter()
    split.addWidget(left)
    split.addWidget(right)
    split.setStretchFactor(1, 1)
    split.setChildrenCollapsible(False)
    split.setSizes(list(sizes))
    row = QHBoxLayout()
    row.setSpacing(8)
    whole = QVBoxLayout(dialog)
    whole.setSpacing(12)
    whole.addWidget(split, 1)
    whole.addLayout(row)
    return row
