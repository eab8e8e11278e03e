"""The keyboard table and what the application says of itself."""

from __future__ import annotations

import platform
import sys
from html import escape
from importlib.metadata import version

from PyQt6.QtCore import PYQT_VERSION_STR, QT_VERSION_STR, Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.commands.action import Action
from kpstudio.ui.actions import keys_text
from kpstudio.ui.theme import Theme

#: What mouse and keys do in the viewport, beside the table of actions.
GESTURES = (
    ("Left drag on a keypoint", "Move it in the view plane"),
    ("X, Y, Z during a drag", "Along one axis; with Shift in the plane of the other two"),
    ("G, R, S during a drag", "Move, rotate or scale the selected keypoints"),
    ("Escape", "Give the drag up; else select no keypoint"),
    ("Left drag elsewhere", "Turn the view"),
    ("Middle drag", "Shift the view"),
    ("Wheel, or right drag", "Come nearer"),
    ("Click, Ctrl and click", "Select a keypoint, add one to the selection"),
    ("Shift and left drag", "Select the keypoints in a frame; with Ctrl add them"),
    ("Arrow keys", "Nudge the selected keypoints; Shift ten times as far, Ctrl a tenth"),
)


def shortcuts_dialog(parent: QWidget, actions: list[Action], theme: Theme) -> QDialog:
    """Return the keyboard table."""
    rows = [_section("In the viewport"), *(_row(keys, text) for keys, text in GESTURES)]
    menu = ""
    for action in actions:
        if not action.keys:
            continue
        head = action.menu.partition("/")[0]
        if head != menu:
            menu = head
            rows.append(_section(menu))
        rows.append(_row(keys_text(action), action.title.rstrip("…"), action.help))
    table = QLabel(f"<table cellspacing='0' cellpadding='3'>{''.join(rows)}</table>")
    table.setTextFormat(Qt.TextFormat.RichText)
    table.setWordWrap(True)
    table.setAlignment(Qt.AlignmentFlag.AlignTop)
    table.setStyleSheet(f"color: {theme.colors['text']};")
    table.setContentsMargins(12, 12, 12, 12)
    area = QScrollArea()
    area.setWidget(table)
    area.setWidgetResizable(True)
    dialog = _dialog(parent, "Keyboard and mouse")
    _fill(dialog, area)
    dialog.resize(620, 640)
    return dialog


def about_dialog(parent: QWidget, icon: QIcon) -> QDialog:
    """Return version, licence and what it is made with."""
    made_with = ", ".join(
        [f"Python {platform.python_version()}", f"Qt {QT_VERSION_STR}", f"PyQt {PYQT_VERSION_STR}"]
        + [f"{name} {version(name)}" for name in ("vtk", "pyvista", "numpy", "torch")]
    )
    text = QLabel(
        f"<h2>KP Studio {version('kpstudio')}</h2>"
        "<p>Find, inspect, edit and match 3D keypoints.</p>"
        "<p>Free software under the GNU General Public License, version 3 or later.<br>"
        "The keypoints that reshape a mesh follow Jakab et al. 2021, KeypointDeformer.</p>"
        f"<p>{escape(made_with)}<br>{escape(sys.platform)}</p>"
    )
    text.setWordWrap(True)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    picture = QLabel()
    picture.setPixmap(icon.pixmap(96, 96))
    content = QWidget()
    row = QHBoxLayout(content)
    row.setSpacing(24)
    row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(text, 1)
    dialog = _dialog(parent, "About KP Studio")
    _fill(dialog, content)
    dialog.resize(560, 300)
    return dialog


def _dialog(parent: QWidget, title: str) -> QDialog:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def _fill(dialog: QDialog, content: QWidget) -> None:
    column = QVBoxLayout(dialog)
    column.setSpacing(12)
    column.addWidget(content)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    column.addWidget(buttons)


def _section(title: str) -> str:
    return f"<tr><td colspan='2'><br><b>{escape(title)}</b></td></tr>"


def _row(keys: str, text: str, more: str = "") -> str:
    words = f"{text}: {more[0].lower()}{more[1:]}" if more else text
    return f"<tr><td width='200'><code>{escape(keys)}</code></td><td>{escape(words)}</td></tr>"
