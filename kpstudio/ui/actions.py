"""Qt actions made from the table of actions, kept in step with the studio."""

from __future__ import annotations

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QWidget

from kpstudio.app.commands.action import Action
from kpstudio.app.commands.table import all_actions
from kpstudio.app.host import Host
from kpstudio.app.notices import Notice
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.document.document import Change
from kpstudio.ui.frames import Coalescer
from kpstudio.ui.theme import Themes


class Actions(QObject):
    """One `QAction` a row of the table.

    Parameters
    ----------
    studio, host
        What the actions are run with.
    themes
        Colours of the icons.
    window
        Owns the actions: their shortcuts work in all of it.
    """

    def __init__(self, studio: Studio, host: Host, themes: Themes, window: QWidget) -> None:
        super().__init__(window)
        self._studio, self._host = studio, host
        self.table: dict[str, Action] = {action.id: action for action in all_actions()}
        self.qt: dict[str, QAction] = {}
        for action in self.table.values():
            self.qt[action.id] = self._make(action, themes)
            window.addAction(self.qt[action.id])
        self._soon = Coalescer(self.refresh, 0, self)
        # At once: whoever lets a handle go and presses Ctrl+Z finds it enabled.
        studio.history.changed.connect(self.refresh)
        for signal in (
            studio.selection.changed, studio.view.changed, studio.editing.changed,
            studio.detecting.options.changed, studio.looking.options.changed, studio.rigs.ready,
            studio.settings.changed, studio.models.changed,
        ):  # fmt: skip
            signal.connect(self._request)
        studio.document.changed.connect(self._document_changed)
        self.refresh()

    def run(self, action_id: str) -> None:
        """Do what an action does; an error is told to the person."""
        action = self.table[action_id]
        if not action.enabled(self._studio):
            return
        try:
            action.run(self._studio, self._host)
        except KPStudioError as error:
            self._studio.notify(Notice.of(error))
        self._soon.request()  # a switch that refused to change shows its state again

    def refresh(self) -> None:
        """Bring labels, switches and what is possible up to date."""
        for action_id, action in self.table.items():
            shown = self.qt[action_id]
            shown.setEnabled(action.enabled(self._studio))
            if action.label is not None:
                shown.setText(action.label(self._studio))
            if action.checked is not None:
                shown.setChecked(action.checked(self._studio))

    def _request(self) -> None:
        self._soon.request()

    def _document_changed(self, change: Change) -> None:
        if not change.transient:
            self._soon.request()

    def _make(self, action: Action, themes: Themes) -> QAction:
        made = QAction(action.title, self)
        made.setObjectName(action.id)
        made.setCheckable(action.checked is not None)
        made.setShortcuts([QKeySequence(keys) for keys in action.keys])
        made.setMenuRole(_role(action.id))
        made.setToolTip(_tooltip(action))
        made.setStatusTip(action.help)
        if action.icon:
            themes.set_icon(made, action.icon)
        made.triggered.connect(lambda: self.run(action.id))
        return made


def keys_text(action: Action) -> str:
    """Return an action's shortcuts as the platform writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(keys).toString(native) for keys in action.keys)


def _tooltip(action: Action) -> str:
    title = action.title.rstrip("…")
    keys = f" ({keys_text(action)})" if action.keys else ""
    return f"{title}{keys}\n{action.help}".strip()


def _role(action_id: str) -> QAction.MenuRole:
    roles = {"file.quit": QAction.MenuRole.QuitRole, "help.about": QAction.MenuRole.AboutRole}
    return roles.get(action_id, QAction.MenuRole.NoRole)
