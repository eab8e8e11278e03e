"""One action: what it is called, what it does, when it can be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kpstudio.app.host import Host
from kpstudio.app.studio import Studio


def _always(studio: Studio) -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """A row of the table.

    Parameters
    ----------
    id
        Stable name, such as "edit.undo".
    title
        Text in menus and the palette; `label` may make it more precise.
    run
        What it does.
    menu
        Path in the menu bar, such as "File" or "View/Shading"; empty = palette only.
    keys
        Keyboard shortcuts in Qt's portable text, the first one shown.
    enabled
        Whether it can be done now.
    checked
        Whether it is on, for an action that is a switch.
    label
        A title for the present state, such as "Undo Move keypoint 3".
    icon
        QtAwesome name.
    help
        One sentence for the tooltip and the keyboard table.
    """

    id: str
    title: str
    run: Callable[[Studio, Host], None]
    menu: str = ""
    keys: tuple[str, ...] = ()
    enabled: Callable[[Studio], bool] = _always
    checked: Callable[[Studio], bool] | None = None
    label: Callable[[Studio], str] | None = None
    icon: str = ""
    help: str = ""


def has_shape(studio: Studio) -> bool:
    """Tell whether a shape is selected."""
    return studio.selected is not None


def has_keypoints(studio: Studio) -> bool:
    """Tell whether the selected shape has keypoints."""
    item = studio.selected
    return item is not None and item.value.keypoints is not None


def can_deform(studio: Studio) -> bool:
    """Tell whether the selected shape's keypoints move its mesh."""
    item = studio.selected
    return (
        item is not None
        and item.value.detection is not None
        and item.value.detection.handling is not None
    )
