"""All actions in menu order."""

from __future__ import annotations

from kpstudio.app.commands import edit, file, tools, view
from kpstudio.app.commands.action import Action


def all_actions() -> tuple[Action, ...]:
    """Return every action of the application."""
    return (*file.actions(), *edit.actions(), *tools.actions(), *view.actions())
