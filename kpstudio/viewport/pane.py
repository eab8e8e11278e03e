"""One view: where it stands in the window, what it shows, its camera and its tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpstudio.document.document import Change
from kpstudio.viewport.backdrop import Backdrop
from kpstudio.viewport.coarse import CoarseMeshes
from kpstudio.viewport.gallery import Gallery
from kpstudio.viewport.lookout import Lookout
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.pane_frame import PaneFrame
from kpstudio.viewport.picking import Pickers
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.screen import Screen
from kpstudio.viewport.stage import Stage
from kpstudio.viewport.surfaces import Surfaces
from kpstudio.viewport.tools.context import ToolContext
from kpstudio.viewport.tools.events import Pointer
from kpstudio.viewport.tools.tools import Tools

if TYPE_CHECKING:
    from kpstudio.app.studio import Studio


@dataclass(frozen=True, eq=False)
class Common:
    """What all views share.

    Parameters
    ----------
    studio
        What is shown and edited.
    screen
        Where it is drawn.
    coarse
        Stand-ins of meshes that are too large.
    surfaces
        The surfaces that all of them draw.
    pickers
        Finds points on the meshes.
    request
        Asks for a frame.
    say
        Told what is under the cursor or going on.
    """

    studio: Studio
    screen: Screen
    coarse: CoarseMeshes
    surfaces: Surfaces
    pickers: Pickers
    request: Callable[[], None]
    say: Callable[[str], None]


class Pane:
    """A view of everything that is open, coloured by its own field.

    Parameters
    ----------
    common
        What it shares with the other views.
    index
        Which of the views it is; the first one has the renderer of the plotter.
    palette
        Colours of the theme.
    """

    def __init__(self, common: Common, index: int, palette: Palette) -> None:
        self._common, self.index = common, index
        studio = common.studio
        self.stage = Stage(
            common.screen, palette, self._place, self._reveal, first=index == 0
        )  # fmt: skip
        self.backdrop = Backdrop(self.stage, palette)
        self.gallery = Gallery(self.stage, studio, palette, index, common.coarse, common.surfaces)
        self.lookout = Lookout(self.stage, studio)
        self.frame = PaneFrame(self.stage)
        context = ToolContext(
            studio, self.stage, common.request, lambda: self.gallery.hidden, common.pickers
        )
        self.tools = Tools(context, common.say, self.gallery.field_of, self.gallery.matches)
        self.tools.set_palette(palette)

    def set_palette(self, palette: Palette) -> None:
        """Take the colours of another theme; `refresh` shows them."""
        self.stage.set_background(palette)
        self.backdrop.set_palette(palette)
        self.tools.set_palette(palette)
        self.gallery.set_palette(palette)

    def refresh(self) -> None:
        """Show everything as the studio has it."""
        self.gallery.refresh()
        self.tools.dragging.repeat()  # what is being dragged is not what the document holds

    def show(self, change: Change) -> None:
        """Show what has changed in the document."""
        if not change.transient:
            self.tools.item_changed(change.item_id)
        if change.after is None:
            self.gallery.remove(change.item_id)
        else:
            self.gallery.show(change.after, change.positions, transient=change.transient)

    def holds(self, pointer: Pointer) -> bool:
        """Whether the mouse, in the window, is over it."""
        (x, y), (width, height) = self.stage.corner, self.stage.size
        return x <= pointer.x < x + width and y <= pointer.y < y + height

    def close(self) -> None:
        """Give up what is going on and leave the screen."""
        self.tools.close()
        self.gallery.close()
        self.frame.close()
        self.backdrop.close()
        self.stage.close()

    def _place(self, view: Projection) -> None:
        ratio = self.stage.pixel_ratio
        self.backdrop.place(view)
        self.gallery.place(view, ratio)
        self.frame.place(view, ratio)
        self.tools.place(view, ratio)

    def _reveal(self, view: Projection) -> None:
        self.gallery.reveal(view, self.stage.pixel_ratio)
