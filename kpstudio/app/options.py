"""How things look and how edits behave: kept between runs, not undoable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: Smallest, largest and usual radius of handles, logical pixels.
HANDLE_SIZES = (3.0, 16.0, 7.0)


class Shading(StrEnum):
    """How surfaces are drawn."""

    SMOOTH = "smooth"
    FLAT = "flat"
    WIREFRAME = "wireframe"
    POINTS = "points"


class Labels(StrEnum):
    """Which keypoints show their name."""

    NONE = "none"
    SELECTED = "selected"
    ALL = "all"


class EditMode(StrEnum):
    """What dragging a keypoint does."""

    DEFORM = "deform"  #: the mesh follows the keypoint
    PLACE = "place"  #: the keypoint slides over the surface, the mesh stays


@dataclass(frozen=True)
class ViewOptions:
    """What the viewport shows.

    Parameters
    ----------
    shading, edges
        How surfaces are drawn, and whether their edges are.
    orthographic
        Parallel instead of perspective projection.
    keypoints, labels, handle_size
        Handles, which of them have labels, and their radius in logical pixels.
    raw
        Small dots where the detector put the keypoints before they were snapped.
    cage, ghost, mirror_plane
        Overlays: the cage, the shape before the edits, the plane of symmetric editing.
    field
        Name of the field shown as colours: "" for none, "displacement", "influence" (of the
        selected keypoint), or one that the detection provides.
    """

    shading: Shading = Shading.SMOOTH
    edges: bool = False
    orthographic: bool = False
    keypoints: bool = True
    labels: Labels = Labels.SELECTED
    handle_size: float = HANDLE_SIZES[2]
    raw: bool = False
    cage: bool = False
    ghost: bool = False
    mirror_plane: bool = False
    field: str = ""


@dataclass(frozen=True)
class EditOptions:
    """How a drag behaves.

    Parameters
    ----------
    mode
        Deform the mesh, or place keypoints on it.
    prior_strength
        0 = free, 1 = the other keypoints follow the shape prior fully.
    symmetric
        Mirror every move to the partner keypoints.
    """

    mode: EditMode = EditMode.DEFORM
    prior_strength: float = 0.0
    symmetric: bool = False
