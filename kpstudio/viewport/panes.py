"""The views of a window: one, two side by side, or four, their cameras linked or free."""

from __future__ import annotations

from collections.abc import Iterator

from vtkmodules.vtkRenderingCore import vtkCamera

from kpstudio.app.options import Layout, ViewOptions
from kpstudio.viewport.lookout import Lookout
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.pane import Common, Pane
from kpstudio.viewport.pane_frame import title_for
from kpstudio.viewport.screen import WHOLE, Area

_LEFT, _RIGHT, _LOWER, _UPPER = (0.0, 0.5), (0.5, 1.0), (0.0, 0.5), (0.5, 1.0)


def _area(across: tuple[float, float], along: tuple[float, float]) -> Area:
    return across[0], along[0], across[1], along[1]


#: Where the views are in the window.
AREAS: dict[Layout, tuple[Area, ...]] = {
    Layout.ONE: (WHOLE,),
    Layout.TWO: (_area(_LEFT, (0.0, 1.0)), _area(_RIGHT, (0.0, 1.0))),
    Layout.FOUR: (_area(_LEFT, _UPPER), _area(_RIGHT, _UPPER),
                  _area(_LEFT, _LOWER), _area(_RIGHT, _LOWER)),
}  # fmt: skip


class Panes:
    """Makes views when the layout wants them, and closes those it does not.

    Parameters
    ----------
    common
        What they share.
    palette
        Colours of the theme.
    marks
        Mark the view at hand.
    """

    def __init__(self, common: Common, palette: Palette, *, marks: bool = True) -> None:
        self._common, self._palette, self._marks = common, palette, marks
        self._panes = [Pane(common, 0, palette)]
        # Linked cameras are one camera, that of the first view.
        self._linked = True
        self._panes[0].lookout.begin()
        self.arrange()

    def __iter__(self) -> Iterator[Pane]:
        return iter(self._panes)

    def __len__(self) -> int:
        return len(self._panes)

    def __getitem__(self, index: int) -> Pane:
        return self._panes[index]

    @property
    def hand(self) -> Pane:
        """The view at hand."""
        return self._panes[min(self._view.pane, len(self._panes) - 1)]

    @property
    def lookouts(self) -> tuple[Lookout, ...]:
        """One for each camera."""
        return tuple(pane.lookout for pane in self._panes[: 1 if self._linked else None])

    @property
    def lookout(self) -> Lookout:
        """The one that moves the camera of the view at hand."""
        return self._panes[0].lookout if self._linked else self.hand.lookout

    def set_palette(self, palette: Palette) -> None:
        """Take the colours of another theme; `refresh` shows them."""
        self._palette = palette
        for pane in self._panes:
            pane.set_palette(palette)

    def arrange(self) -> None:
        """Have as many views as the options say, with cameras linked as they say."""
        areas = AREAS[self._view.layout]
        if len(areas) != len(self._panes):
            self._resize(areas)
        if self._linked is not self._view.linked:
            self._link()

    def refresh(self) -> None:
        """Show everything as the studio has it."""
        for pane in self._panes:
            pane.refresh()
        self.label()

    def label(self) -> None:
        """Say in each view what it shows, and mark the one at hand."""
        hand, item = self.hand, self._common.studio.selected
        alone = len(self._panes) == 1
        for pane in self._panes:
            pane.gallery.color_bar.set_compact(not alone)
            pane.gallery.legend.set_at_top(not alone)
            # Cameras that move together need the axes once.
            pane.gallery.triad.show(pane.index == 0 or not self._linked)
            if alone:
                pane.frame.hide()
                continue
            key = self._view.field_of(pane.index)
            title = title_for(key, pane.gallery.field, item.value if item is not None else None)
            pane.frame.update(title, self._palette, marked=self._marks and pane is hand)

    def close(self) -> None:
        """Leave the screen."""
        for pane in reversed(self._panes):
            pane.close()

    @property
    def _view(self) -> ViewOptions:
        return self._common.studio.view.value

    def _resize(self, areas: tuple[Area, ...]) -> None:
        before, hand = self._panes[0].stage.size, self.hand
        for pane in self._panes[len(areas) :]:
            if pane.tools.busy:
                pane.tools.key("Escape", False, False)
            pane.close()
        del self._panes[len(areas) :]
        for index in range(len(self._panes), len(areas)):
            pane = Pane(self._common, index, self._palette)
            self._panes.append(pane)
            pane.stage.set_camera(self._panes[0].stage.camera)
            if not self._linked:
                self._set_free(pane, hand)
        for pane, area in zip(self._panes, areas, strict=True):
            pane.stage.set_area(area)
        for lookout in self.lookouts:
            lookout.reframe(before)

    def _link(self) -> None:
        first, hand = self._panes[0], self.hand
        self._linked = self._view.linked
        if self._linked and hand is not first:
            # All go on with what the person looks at.
            first.stage.camera.DeepCopy(hand.stage.camera)
            first.lookout.take_over(hand.lookout)
        for pane in self._panes[1:]:
            if self._linked:
                pane.stage.set_camera(first.stage.camera)
            else:
                self._set_free(pane, first)

    def _set_free(self, pane: Pane, like: Pane) -> None:
        """Give a view a camera of its own that looks where another one does."""
        camera = vtkCamera()
        camera.DeepCopy(like.stage.camera)
        pane.stage.set_camera(camera)
        pane.lookout.take_over(like.lookout)
