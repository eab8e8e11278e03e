"""What presenters look at: the state of one item, frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kpstudio.app.descriptors import Mark
from kpstudio.app.inspecting import VertexColors
from kpstudio.app.options import ViewOptions
from kpstudio.base.arrays import BoolArray, Float32Array, FloatArray
from kpstudio.data.field import Field
from kpstudio.data.shape import Shape
from kpstudio.data.views import Sight
from kpstudio.deformation.rig import Rig
from kpstudio.document.item import Item
from kpstudio.viewport.coarse import Coarse
from kpstudio.viewport.palette import Palette
from kpstudio.viewport.projection import Projection


@dataclass(frozen=True, eq=False)
class Look:
    """Everything the picture of one item depends on, but for the camera.

    Two looks are compared part by part with `is`: data are frozen, so what is the same object
    needs no drawing again.

    Parameters
    ----------
    item
        The item as it is to be shown, in the middle of a drag as well.
    view
        The view options.
    palette
        The theme's colours.
    active
        Whether it is the selected shape: only that one has handles, labels and overlays.
    chosen
        Its selected keypoints, the active one last.
    hovered
        The keypoint under the cursor.
    rig
        Its rig, when it is bound.
    field
        What colours it: `Inspecting.find` of the key in the view options.
    mark
        Where the probe, or the place most like it, is on it.
    sight
        What a picture detector sees of it where the camera is, while somebody looks.
    matched
        (k,) which keypoints have a partner on another shape, while matches are shown on this one.
    coarse
        What is drawn in place of a mesh that is too large.
    positions
        During a drag: vertices (n,3) relative to the rest mesh's origin; valid for this call only.
    moving
        Whether a gesture is going on: ranges stay, expensive things wait.
    """

    item: Item
    view: ViewOptions
    palette: Palette
    active: bool = False
    chosen: tuple[int, ...] = ()
    hovered: int | None = None
    rig: Rig | None = None
    field: Field | VertexColors | None = None
    mark: Mark | None = None
    sight: Sight | None = None
    matched: BoolArray | None = None
    coarse: Coarse | None = None
    positions: Float32Array | None = None
    moving: bool = False

    @property
    def shape(self) -> Shape:
        """The item's shape."""
        return self.item.value

    @property
    def active_keypoint(self) -> int | None:
        """The keypoint whose heatmap and influence are shown."""
        return self.chosen[-1] if self.chosen else None

    @property
    def edited(self) -> bool:
        """Whether the mesh is away from rest."""
        return self.positions is not None or self.shape.is_deformed

    def keypoint_offsets(self) -> FloatArray | None:
        """Return (k,3) how far the keypoints are from where they were detected, file units."""
        shape = self.shape
        if shape.keypoints is None or shape.detection is None:
            return None
        rest = shape.detection.keypoints
        if len(rest) != len(shape.keypoints):
            return None
        return shape.keypoints.positions - rest.positions


class Presenter(Protocol):
    """Draws one aspect of one item."""

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""

    def place(self, view: Projection, ratio: float) -> None:
        """Fit to the camera what has a size in pixels; called before every frame."""

    def close(self) -> None:
        """Leave the stage."""


def mask(count: int, indices: tuple[int, ...]) -> BoolArray:
    """Return (count,) True at the indices that exist."""
    result = np.zeros(count, bool)
    result[[index for index in indices if 0 <= index < count]] = True
    return result
