"""The docks around the viewport: where panels live, and how their places are kept."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from PyQt6.QtCore import QByteArray, Qt
from PyQt6.QtWidgets import QDockWidget, QFrame, QMainWindow, QScrollArea, QTabWidget, QWidget

from kpstudio.app.settings import Settings
from kpstudio.ui.frames import Coalescer
from kpstudio.ui.panels.panel import Panel

#: Version of the layout: saved ones of another version are ignored.
LAYOUT_VERSION = 4
LEFT_WIDTH, RIGHT_WIDTH = 264, 372  # narrowest at which nothing is cut off
RIGHT_PART, RIGHT_WIDEST = 0.29, 440  # of the window's width, when there is more of it
_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea


class Docks:
    """One dock a panel.

    Parameters
    ----------
    window
        The main window.
    settings
        Where the layout is kept.
    left
        Panels of the left side, one above the other.
    top, right
        Panels of the right side: tabs at its top, and tabs below these.
    """

    def __init__(
        self,
        window: QMainWindow,
        settings: Settings,
        left: Iterable[Panel],
        top: Iterable[Panel],
        right: Iterable[Panel],
    ) -> None:
        self._window, self._settings = window, settings
        self.left = [self._dock(panel, LEFT_WIDTH) for panel in left]
        self._top = [self._dock(panel, RIGHT_WIDTH) for panel in top]
        self._below = [self._dock(panel, RIGHT_WIDTH) for panel in right]
        window.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )
        for side in (_LEFT, _RIGHT):
            corners = {_LEFT: (Qt.Corner.TopLeftCorner, Qt.Corner.BottomLeftCorner),
                       _RIGHT: (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner)}  # fmt: skip
            for corner in corners[side]:
                window.setCorner(corner, side)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas,
                              QTabWidget.TabPosition.North)  # fmt: skip
        self._titles = Coalescer(self._fit_titles, 0, window)
        for dock in self.all:
            dock.dockLocationChanged.connect(lambda _: self._titles.request())
            dock.topLevelChanged.connect(self._fit_titles)

    @property
    def all(self) -> list[QDockWidget]:
        """All docks, left ones first."""
        return [*self.left, *self._top, *self._below]

    def reset(self) -> None:
        """Put every panel back to its first place."""
        for dock in self.all:
            dock.setFloating(False)
            self._window.removeDockWidget(dock)
        for dock in self.left:
            self._window.addDockWidget(_LEFT, dock)
        # Each group is made whole before the next: tabs that go from one to another leave their
        # bar behind.
        for first, *others in (self._top, self._below):
            self._window.addDockWidget(_RIGHT, first)
            for dock in others:
                self._window.tabifyDockWidget(first, dock)
        for dock in self.all:
            dock.show()
        for first in (self._top[0], self._below[0]):
            first.raise_()
        vertical, horizontal = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
        self._window.resizeDocks(self.left[:2], [190, 500], vertical)
        self._window.resizeDocks([self._top[0], self._below[0]], [280, 410], vertical)
        right = min(max(RIGHT_WIDTH, round(RIGHT_PART * self._window.width())), RIGHT_WIDEST)
        self._window.resizeDocks([self.left[0], self._top[0]], [LEFT_WIDTH, right], horizontal)

    def raise_panel(self, name: str) -> None:
        """Bring a panel to the front by its name or title, opening its dock.

        Raises
        ------
        KeyError
            There is no such panel.
        """
        docks = {dock.objectName(): dock for dock in self.all}
        docks |= {dock.windowTitle(): dock for dock in self.all}
        docks[name].show()
        docks[name].raise_()

    def keep(self) -> None:
        """Remember the layout and the window's size."""
        self._settings.put("geometry", _text(self._window.saveGeometry()))
        self._settings.put("layout", _text(self._window.saveState(LAYOUT_VERSION)))

    def restore(self) -> bool:
        """Lay the panels out as in the last run; False, and as at first, when that does not fit.

        To be called once, before they are laid out in any other way.
        """
        geometry = _bytes(self._settings.get("geometry", ""))
        layout = _bytes(self._settings.get("layout", ""))
        if geometry is not None:
            self._window.restoreGeometry(geometry)
        # Tabs that were somewhere else before would leave their bar behind.
        restored = layout is not None and self._window.restoreState(layout, LAYOUT_VERSION)
        if not restored:
            self.reset()
        self._fit_titles()
        return restored

    def _fit_titles(self) -> None:
        """Take the titles off docks that are tabs: the tab says the same."""
        for dock in self.all:
            tabbed = not dock.isFloating() and bool(self._window.tabifiedDockWidgets(dock))
            if tabbed == (dock.titleBarWidget() is None):
                dock.setTitleBarWidget(QWidget(dock) if tabbed else None)

    def _dock(self, panel: Panel, width: int) -> QDockWidget:
        dock = QDockWidget(panel.title, self._window)
        dock.setObjectName(panel.name)
        content = panel if panel.scrolls else _scrolled(panel)
        content.setMinimumWidth(width - 24)
        dock.setWidget(content)
        # Qt moves what is behind another tab out of the way, where it counts as visible.
        dock.visibilityChanged.connect(panel.set_in_view)
        return dock


def _scrolled(panel: Panel) -> QWidget:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(panel)
    return area


def _text(data: QByteArray) -> str:
    return base64.b64encode(data.data()).decode("ascii")


def _bytes(text: str) -> QByteArray | None:
    try:
        return QByteArray(base64.b64decode(text, validate=True)) if text else None
    except (binascii.Error, ValueError):
        return None
