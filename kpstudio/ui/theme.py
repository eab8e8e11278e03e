"""Light and dark: colours, palette, stylesheet, and icons in the theme's ink.

Qt's own colour schemes do nothing on a bare X server, so the palette is set here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import qtawesome
from PyQt6 import sip
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QAction, QColor, QIcon, QPalette
from PyQt6.QtWidgets import QAbstractButton, QApplication

from kpstudio.app.settings import Settings
from kpstudio.base.paths import resources_dir

DARK, LIGHT = "dark", "light"
DEFAULT = DARK


@dataclass(frozen=True)
class Theme:
    """The colours of one look.

    Parameters
    ----------
    name
        "dark" or "light".
    colors
        Colour (or other value of the stylesheet) by role, such as "accent".
    """

    name: str
    colors: Mapping[str, str]

    def color(self, role: str) -> QColor:
        """Return the colour of a role."""
        return QColor(self.colors[role])

    def icon(self, name: str, role: str = "text") -> QIcon:
        """Return a QtAwesome icon drawn in the theme's colours."""
        return qtawesome.icon(name, color=self.colors[role], color_disabled=self.colors["disabled"])

    def palette(self) -> QPalette:
        """Return the palette of all widgets."""
        role, group = QPalette.ColorRole, QPalette.ColorGroup
        roles = {
            role.Window: "window", role.WindowText: "text", role.Base: "input",
            role.AlternateBase: "panel", role.ToolTipBase: "raised", role.ToolTipText: "text",
            role.PlaceholderText: "muted", role.Text: "text", role.Button: "raised",
            role.ButtonText: "text", role.BrightText: "error", role.Link: "accent",
            role.LinkVisited: "accent", role.Highlight: "accent",
            role.HighlightedText: "accent_text", role.Accent: "accent", role.Light: "hover",
            role.Midlight: "hover", role.Mid: "border", role.Dark: "border", role.Shadow: "input",
        }  # fmt: skip
        palette = QPalette()
        for which, name in roles.items():
            palette.setColor(which, self.color(name))
        for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
            palette.setColor(group.Disabled, which, self.color("disabled"))
        palette.setColor(group.Disabled, role.Highlight, self.color("border"))
        return palette

    def stylesheet(self) -> str:
        """Return the stylesheet with this theme's colours put in."""
        values = {**self.colors, "icons": (resources_dir() / "icons").as_posix()}
        template = (resources_dir() / "themes" / "style.qss").read_text("utf-8")
        return re.sub(r"@(\w+)", lambda match: values[match[1]], template)


def load_theme(name: str) -> Theme:
    """Return the theme of that name, the default one when there is none."""
    name = name if name in (DARK, LIGHT) else DEFAULT
    path = resources_dir() / "themes" / f"{name}.json"
    return Theme(name, json.loads(path.read_text("utf-8")))


class Themes(QObject):
    """The theme in use: applies it, remembers it, keeps icons in its colours.

    Parameters
    ----------
    settings
        Where the choice is kept.
    parent
        Qt parent.
    """

    changed = pyqtSignal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._icons: WeakKeyDictionary[QAbstractButton | QAction, tuple[str, str]] = (
            WeakKeyDictionary()
        )
        self.current = load_theme(settings.get("theme", DEFAULT))
        self._apply()

    def use(self, name: str) -> None:
        """Change to the theme of that name."""
        if name != self.current.name:
            self.current = load_theme(name)
            self._settings.put("theme", self.current.name)
            self._apply()
            for target, (icon, role) in self._icons.items():
                if not sip.isdeleted(target):
                    target.setIcon(self.current.icon(icon, role))
            self.changed.emit()

    def switch(self) -> None:
        """Change from dark to light or back."""
        self.use(LIGHT if self.current.name == DARK else DARK)

    def set_icon(self, target: QAbstractButton | QAction, icon: str, role: str = "text") -> None:
        """Give a button or an action an icon that follows the theme."""
        self._icons[target] = (icon, role)
        target.setIcon(self.current.icon(icon, role))

    def _apply(self) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setPalette(self.current.palette())
        app.setStyleSheet(self.current.stylesheet())
