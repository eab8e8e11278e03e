"""Menu bar and toolbar, laid out from the table of actions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QMenu, QToolBar

from kpstudio.app.studio import Studio
from kpstudio.ui.actions import Actions

#: A thin line stands before these in their menus.
SEPARATED = {
    "file.import_keypoints", "file.save", "file.export_mesh", "file.screenshot", "file.quit",
    "edit.select_all", "edit.rename", "shape.place", "shape.sample", "view.linked",
    "view.orthographic",
    "view.keypoints", "view.field.influence", "view.theme", "help.about",
}  # fmt: skip

#: The most used actions; None is a gap.
TOOLBAR = (
    "file.open", "file.save", None, "edit.undo", "edit.redo", None,
    "shape.detect", "shape.live", None, "shape.place", "shape.prior", "shape.symmetric", None,
    "shape.sample", "shape.reset", None, "view.fit", "view.keypoints", "view.cage", "view.ghost",
    None, "view.layout.one", "view.layout.two", "view.layout.four", "view.linked",
    "view.side_by_side",
    None, "file.screenshot",
)  # fmt: skip


def build_menus(window: QMainWindow, actions: Actions) -> dict[str, QMenu]:
    """Fill the menu bar; return the menus by their path, such as "View/Shading"."""
    bar = window.menuBar()
    assert bar is not None
    menus: dict[str, QMenu] = {}
    for action in actions.table.values():
        if not action.menu:
            continue
        for depth in range(1, action.menu.count("/") + 2):
            path = "/".join(action.menu.split("/")[:depth])
            if path not in menus:
                parent, _, title = path.rpartition("/")
                made = (menus[parent] if parent else bar).addMenu(title)
                assert made is not None
                menus[path] = made
        menu = menus[action.menu]
        if action.id in SEPARATED:
            menu.addSeparator()
        menu.addAction(actions.qt[action.id])
    return menus


def add_recent(menu: QMenu, studio: Studio, open_paths: Callable[[list[Path]], None]) -> QMenu:
    """Put the submenu of recent files behind the first entry of the File menu."""
    recent = QMenu("Open recent", menu)
    menu.insertMenu(menu.actions()[1], recent)

    def fill() -> None:
        recent.clear()
        for path in studio.settings.recent_files:
            entry = recent.addAction(path.name, lambda path=path: open_paths([path]))
            assert entry is not None
            entry.setToolTip(str(path))
            entry.setEnabled(path.exists())
        recent.addSeparator()
        recent.addAction("Clear", studio.settings.clear_recent)

    recent.setToolTipsVisible(True)
    recent.aboutToShow.connect(fill)
    fill()
    return recent


def add_panels(
    menus: dict[str, QMenu], docks: list[QDockWidget], reset: Callable[[], None]
) -> QMenu:
    """Put the submenu of panels into the View menu."""
    panels = QMenu("Panels", menus["View"])
    menus["View"].addMenu(panels)
    for dock in docks:
        panels.addAction(dock.toggleViewAction())
    panels.addSeparator()
    panels.addAction("Reset layout", reset)
    return panels


def build_toolbar(window: QMainWindow, actions: Actions) -> QToolBar:
    """Return the toolbar, put at the top of the window."""
    bar = QToolBar("Toolbar", window)
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setIconSize(QSize(16, 16))
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for action_id in TOOLBAR:
        if action_id is None:
            bar.addSeparator()
        else:
            bar.addAction(actions.qt[action_id])
    window.addToolBar(bar)
    return bar
