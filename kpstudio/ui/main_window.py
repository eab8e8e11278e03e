"""The main window: viewport, docks, menus; the host that actions run in."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, cast

from PyQt6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QIcon,
)

from kpstudio.app.commands.file import ask_meshes, open_paths
from kpstudio.app.notices import Level, Notice
from kpstudio.app.studio import Studio
from kpstudio.base.paths import resources_dir
from kpstudio.document.document import Change
from kpstudio.ui.actions import Actions
from kpstudio.ui.command_palette import CommandPalette
from kpstudio.ui.docks import Docks
from kpstudio.ui.frames import Coalescer
from kpstudio.ui.host_window import HostWindow
from kpstudio.ui.menus import add_panels, add_recent, build_menus, build_toolbar
from kpstudio.ui.panels.align import AlignPanel
from kpstudio.ui.panels.detect import DetectPanel
from kpstudio.ui.panels.display import DisplayPanel
from kpstudio.ui.panels.history import HistoryPanel
from kpstudio.ui.panels.inspect import InspectPanel
from kpstudio.ui.panels.keypoints import KeypointsPanel
from kpstudio.ui.panels.match import MatchPanel
from kpstudio.ui.panels.scene_tree import SceneTreePanel
from kpstudio.ui.panels.shape_prior import ShapePriorPanel
from kpstudio.ui.panels.views import ViewsPanel
from kpstudio.ui.status_bar import StatusBar
from kpstudio.ui.theme import Themes
from kpstudio.ui.viewport_area import ViewportArea
from kpstudio.viewport.scene import Scene, Theme

log = logging.getLogger(__name__)

FIRST_SIZE = (1440, 900)
_LEVELS = {Level.INFO: logging.INFO, Level.WARNING: logging.WARNING, Level.ERROR: logging.ERROR}


class MainWindow(HostWindow):
    """Shows a studio.

    Parameters
    ----------
    studio
        The application without its window; closed with the window.
    themes
        The look.
    """

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__()
        self.studio, self.themes = studio, themes
        self._closed = self._asking = False
        self.setAcceptDrops(True)
        self.setMinimumSize(960, 600)
        self.resize(*FIRST_SIZE)
        self.setWindowIcon(QIcon(str(resources_dir() / "desktop" / "kpstudio.svg")))
        self.area = ViewportArea(themes)
        self.setCentralWidget(self.area)
        self.viewport = self.area.viewport
        self._frames = Coalescer(self._draw_frame, parent=self)
        self.scene = Scene(
            cast(Any, self.viewport), studio,  # a plotter, as far as scenes use one
            request_frame=self._frames.request, draw=self.viewport.update,
        )  # fmt: skip
        self.viewport.attach(self.scene)
        self._add_panels()
        self._add_actions()
        self._connect()
        self._show_theme()
        self._show_state()

    def _add_panels(self) -> None:
        studio, themes = self.studio, self.themes
        self.tree = SceneTreePanel(studio, themes)
        self.detect = DetectPanel(studio, themes)
        self.keypoints = KeypointsPanel(studio, themes)
        self.prior = ShapePriorPanel(studio, themes)
        self.align = AlignPanel(studio, themes, lambda: ask_meshes(self))
        self.match = MatchPanel(studio, themes, self.ask_save)
        self.inspect = InspectPanel(studio, themes)
        self.views = ViewsPanel(
            studio, themes, lambda camera: self.scene.look_through(camera),
            lambda picture, camera: self.scene.look_over(picture, camera),
        )  # fmt: skip
        self.display = DisplayPanel(studio, themes)
        self.history = HistoryPanel(studio, themes)
        self.docks = Docks(
            self, studio.settings,
            left=[self.tree, self.detect],
            top=[self.keypoints, self.display, self.history],
            right=[self.prior, self.inspect, self.views, self.match, self.align],
        )  # fmt: skip
        self.status = StatusBar(studio, themes)
        self.setStatusBar(self.status)
        self.docks.restore()

    def _add_actions(self) -> None:
        self.commands = Actions(self.studio, self, self.themes, self)
        self.menus = build_menus(self, self.commands)
        add_recent(self.menus["File"], self.studio, self.open)
        add_panels(self.menus, self.docks.all, self.docks.reset)
        self.toolbar = build_toolbar(self, self.commands)
        self.palette_box = CommandPalette(self.commands, self.themes, self)
        self.area.add_empty_hint(self.commands)

    def _connect(self) -> None:
        studio = self.studio
        self._soon = Coalescer(self._show_state, 0, self)
        studio.notified.connect(self._show_notice)
        studio.history.changed.connect(self._request_state)
        studio.settings.changed.connect(self._request_state)
        studio.jobs.changed.connect(self._request_state)
        studio.document.changed.connect(self._document_changed)
        self.scene.hover_text.connect(self._show_hover)
        self.themes.changed.connect(self._show_theme)

    # --- what the studio tells -----------------------------------------------------------------

    def _request_state(self) -> None:
        self._soon.request()

    def _document_changed(self, change: Change) -> None:
        if not change.transient:
            self._soon.request()

    def _show_state(self) -> None:
        self.setWindowTitle(f"{self.studio.title} \N{EN DASH} KP Studio")
        opening = any(job.key.startswith(("open:", "project")) for job in self.studio.jobs.running)
        self.area.show_empty(len(self.studio.document) == 0 and not opening)

    def _show_notice(self, notice: Notice) -> None:
        log.log(_LEVELS[notice.level], "%s %s", notice.text, notice.detail)
        if notice.level is Level.INFO:
            self.status.show_message(f"{notice.text}. {notice.detail}".removesuffix(". "))
        else:
            self.area.notices.add(notice)

    def _show_hover(self, text: str) -> None:
        self.status.show_hover(text)

    def _show_theme(self) -> None:
        self.scene.set_theme(cast(Theme, self.themes.current.name))

    def _draw_frame(self) -> None:
        if not self._closed:
            self.scene.render_now()

    # --- files ---------------------------------------------------------------------------------

    def open(self, paths: list[Path]) -> None:
        """Open files of any known kind."""
        open_paths(self.studio, self, paths)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Say that files can be let go here."""
        paths = _dropped(event)
        if event is not None and paths:
            event.acceptProposedAction()
            self.area.drop.show_for(len(paths))

    def dragLeaveEvent(self, event: QDragLeaveEvent | None) -> None:
        """Take the hint away."""
        self.area.drop.hide()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Open what was let go."""
        self.area.drop.hide()
        paths = _dropped(event)
        if event is not None and paths:
            event.acceptProposedAction()
            self.open(paths)

    # --- the end -------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Ask about unsaved changes, then stop everything."""
        if event is None or self._closed:
            return
        if self._asking or not self._may_leave():
            event.ignore()
            return
        self.finish()
        event.accept()

    def finish(self) -> None:
        """Stop everything without questions; safe to call twice."""
        if self._closed:
            return
        self.docks.keep()
        self.hide()
        self._closed = True
        self._frames.stop()
        self.viewport.attach(None)
        self.scene.close()
        self.viewport.close()
        self.studio.close()

    def _may_leave(self) -> bool:
        self._asking = True
        try:
            return self.ask_keep_changes()
        finally:
            self._asking = False


def _dropped(event: QDropEvent | None) -> list[Path]:
    """Return the files of a drop."""
    data = event.mimeData() if event is not None else None
    if data is None or not data.hasUrls():
        return []
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
