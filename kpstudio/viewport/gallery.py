"""The gallery: what is drawn of every item, kept in step with the studio."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import BoolArray, Float32Array
from kpstudio.document.item import Item
from kpstudio.viewport.coarse import CoarseMeshes
from kpstudio.viewport.color_bar import ColorBar
from kpstudio.viewport.fields import ShownField
from kpstudio.viewport.item_view import ItemView
from kpstudio.viewport.legend import Legend
from kpstudio.viewport.match_lines import MatchLines
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.stage import Stage
from kpstudio.viewport.surfaces import Surfaces
from kpstudio.viewport.triad import Triad

if TYPE_CHECKING:
    from kpstudio.app.studio import Studio


class Gallery:
    """Shows the items of a studio in one view, the legend of its field and the axes.

    Parameters
    ----------
    stage
        Where they are drawn.
    studio
        What is shown.
    palette
        Colours of the theme.
    pane
        Which view it is: each has a field of its own.
    coarse
        Stand-ins of meshes that are too large.
    surfaces
        The surfaces that all views draw.
    """

    def __init__(
        self,
        stage: Stage,
        studio: Studio,
        palette: Palette,
        pane: int,
        coarse: CoarseMeshes,
        surfaces: Surfaces,
    ) -> None:
        self._stage, self._studio, self._palette = stage, studio, palette
        self._views: dict[int, ItemView] = {}
        self._pane, self._coarse, self._surfaces = pane, coarse, surfaces
        self.color_bar, self.triad, self.legend = ColorBar(stage), Triad(stage), Legend(stage)
        self.matches = MatchLines(stage)

    def __len__(self) -> int:
        return len(self._views)

    def __getitem__(self, item_id: int) -> ItemView:
        return self._views[item_id]

    @property
    def selected(self) -> ItemView | None:
        """What is drawn of the selected item."""
        item_id = self._studio.selection.item_id
        return self._views.get(item_id) if item_id is not None else None

    @property
    def field(self) -> ShownField | None:
        """The field that colours the selected shape."""
        return self.selected.field if self.selected is not None else None

    def field_of(self, item_id: int) -> ShownField | None:
        """Return the field that colours a shape."""
        view = self._views.get(item_id)
        return view.field if view is not None else None

    @property
    def hidden(self) -> BoolArray:
        """(k,) which keypoints of the selected shape a surface hid in the last frame."""
        view = self.selected
        return view.keypoints.hidden if view is not None else np.zeros(0, bool)

    def set_palette(self, palette: Palette) -> None:
        """Take the colours of another theme; `refresh` shows them."""
        self._palette = palette

    def show(
        self, item: Item, positions: Float32Array | None = None, *, transient: bool = False
    ) -> None:
        """Show an item.

        Parameters
        ----------
        item
            The item as it is to be seen.
        positions
            Its vertices (n,3) relative to the rest mesh's origin, when they are not the item's.
        transient
            Whether this is not what the document holds.
        """
        self._update(item, positions, transient=transient)
        self._update_surroundings()

    def refresh(self) -> None:
        """Show all items as the document has them."""
        for item in self._studio.document:
            self._update(item)
        self._update_surroundings()

    def remove(self, item_id: int) -> None:
        """Show an item no more."""
        view = self._views.pop(item_id, None)
        if view is not None:
            view.close()
        self._update_surroundings()

    def place(self, view: Projection, ratio: float) -> None:
        """Fit to the camera what has a size in pixels."""
        for part in self._views.values():
            part.place(view, ratio)
        self.color_bar.place(view.size, ratio)
        item_id = self._studio.selection.item_id
        # The axes are those of the selected shape's file.
        turned = view if item_id is None else view.within(self._studio.arranging.place(item_id))
        self.triad.place(turned, ratio)
        self.matches.place(view, ratio)
        self.legend.place(view.size, ratio)

    def reveal(self, view: Projection, ratio: float) -> None:
        """Find out which keypoints the surfaces, drawn by now, hide."""
        for part in self._views.values():
            part.reveal(view, ratio)

    def close(self) -> None:
        """Leave the stage."""
        for view in self._views.values():
            view.close()
        self._views.clear()
        self.color_bar.close()
        self.triad.close()
        self.matches.close()
        self.legend.close()

    def _update(
        self, item: Item, positions: Float32Array | None = None, *, transient: bool = False
    ) -> None:
        selection, options = self._studio.selection, self._studio.view.value
        if self._pane:
            options = replace(options, field=options.field_of(self._pane))
        active = item.id == selection.item_id
        corresponding = self._studio.corresponding
        hovered = selection.hovered if active else None
        look = Look(
            item=item,
            view=options,
            palette=self._palette,
            active=active,
            chosen=selection.keypoints if active else (),
            hovered=corresponding.hovered_on(item.id) if hovered is None else hovered,
            rig=self._studio.rigs.get(item.value) if active else None,
            field=self._studio.inspecting.find(item, options.field),
            mark=self._studio.descriptors.mark(item) or self._studio.mapping.mark(item),
            sight=self._studio.looking.sight_of(item.id),
            matched=corresponding.matched(item.id),
            coarse=self._coarse.get(item),
            positions=positions,
            # A preview of the document's own item ends a gesture that was given up.
            moving=transient and item is not self._studio.document.find(item.id),
        )
        view = self._views.get(item.id)
        if view is None:
            view = self._views[item.id] = ItemView(self._stage, self._surfaces)
        view.update(look)

    def _update_surroundings(self) -> None:
        for item_id, view in self._views.items():
            view.move(self._studio.arranging.place(item_id))
        item = self._studio.selected
        self._update_matches()
        self.color_bar.update(self.field, self._palette)
        self.triad.update(item.value.orientation if item is not None else None, self._palette)
        # Once is enough: all views show the same keypoints.
        first = item is not None and item.visible and self._pane == 0
        seen = item.value if item is not None and first else None
        self.legend.update(seen, self._studio.view.value, self._palette)

    def _update_matches(self) -> None:
        looks = {item_id: view.look for item_id, view in self._views.items()}
        keypoints = {
            item_id: look.shape.keypoints.positions
            for item_id, look in looks.items()
            if look is not None and look.shape.keypoints is not None
        }
        places = {item_id: self._studio.arranging.place(item_id) for item_id in looks}
        corresponding, options = self._studio.corresponding, self._studio.view.value
        self.matches.update(corresponding, keypoints, places, options, self._palette)
