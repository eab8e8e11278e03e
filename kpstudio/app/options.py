"""How things look and how edits behave: kept between runs, not undoable."""

from __future__ import annotations

from dataclasses import dataclass, replace
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


class Colormap(StrEnum):
    """The colours of a field."""

    AUTO = "auto"  #: viridis for amounts, coolwarm for signed values
    VIRIDIS = "viridis"
    CIVIDIS = "cividis"
    MAGMA = "magma"
    COOLWARM = "coolwarm"


class FieldRange(StrEnum):
    """Which values the colours span."""

    DATA = "data"  #: from the smallest to the largest
    PERCENTILE = "percentile"  #: without the extremes
    FIXED = "fixed"  #: as somebody said


class Layout(StrEnum):
    """How many views of the shapes there are."""

    ONE = "one"
    TWO = "two"  #: side by side
    FOUR = "four"  #: two by two

    @property
    def panes(self) -> int:
        """Number of views."""
        return {"one": 1, "two": 2, "four": 4}[self.value]


class Arrangement(StrEnum):
    """Where several shapes are shown."""

    FILES = "files"  #: where their files say
    SIDE_BY_SIDE = "side by side"  #: in a row, each upright with its front forward


#: Smallest, largest and usual gap between shapes side by side, as a share of a shape's diagonal.
SPACINGS = (0.0, 2.0, 0.15)
#: Smallest, largest and usual distance up to which keypoints count as the same place, as a share
#: of the shape's diagonal.
AGREEMENT_RADII = (0.005, 0.1, 0.02)
#: Overlays of detections that are seen until somebody switches them off.
USUAL_OVERLAYS = ("skeleton", "pairs", "mirror plane")
#: Most views at once.
MOST_PANES = 4


@dataclass(frozen=True)
class FieldStyle:
    """How fields become colours, in all views alike.

    Parameters
    ----------
    colormap
        The colours.
    span
        Which values they span.
    percentile
        For `PERCENTILE`: how many percent of the vertices lie beyond either end.
    low, high
        For `FIXED`: the ends.
    log
        Logarithmic scale; values that are not positive take the lowest colour. None: where the
        field says that it suits it.
    isolines
        Number of lines of equal value, 0 for none.
    """

    colormap: Colormap = Colormap.AUTO
    span: FieldRange = FieldRange.DATA
    percentile: float = 2.0
    low: float = 0.0
    high: float = 1.0
    log: bool | None = None
    isolines: int = 0


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
        selected keypoint), or one that a detection provides. With several views that of the first.
    style
        How fields become colours.
    layout
        How many views there are.
    linked
        Whether their cameras move together.
    other_fields
        What `field` is to the first view, for the second to the fourth.
    pane
        The view that is at hand: what is chosen to be shown is shown there.
    compare
        Show the keypoints of the other detectors too.
    left_out
        Ids of the detectors whose keypoints are not shown then.
    agreement_radius
        Up to which distance keypoints count as the same place, as a share of the diagonal.
    sizes
        Circles as large as what a detector found at its keypoints.
    overlays
        Names of the overlays of the edited detection that are seen, where it has them.
    arrangement, spacing, true_size
        Where several shapes are shown; for those side by side the gap between them, and whether
        they have the sizes of their files or all the same.
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
    style: FieldStyle = FieldStyle()
    layout: Layout = Layout.ONE
    linked: bool = True
    other_fields: tuple[str, ...] = ("",) * (MOST_PANES - 1)
    pane: int = 0
    compare: bool = False
    left_out: tuple[str, ...] = ()
    agreement_radius: float = AGREEMENT_RADII[2]
    sizes: bool = False
    overlays: tuple[str, ...] = USUAL_OVERLAYS
    arrangement: Arrangement = Arrangement.FILES
    spacing: float = SPACINGS[2]
    true_size: bool = False

    def field_of(self, pane: int) -> str:
        """Return the name of the field that a view shows."""
        return self.field if pane == 0 else self.other_fields[pane - 1]

    @property
    def shown_field(self) -> str:
        """The field of the view at hand."""
        return self.field_of(min(self.pane, self.layout.panes - 1))

    def showing(self, field: str) -> ViewOptions:
        """Return the options with another field in the view at hand."""
        pane = min(self.pane, self.layout.panes - 1)
        if pane == 0:
            return replace(self, field=field)
        others = list(self.other_fields)
        others[pane - 1] = field
        return replace(self, other_fields=tuple(others))


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
