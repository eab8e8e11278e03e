"""Descriptors to look at: as colours, or as distance to the descriptor at a probed point.

"colors:name" stands for the colours of the descriptor `name` of the edited detection and
"distance:name" for the distance to the probed point; "detector:colors:name" for those of another
detector. The colours and distances of all open shapes whose descriptors name the same space go
together: one basis of colours, one probe, one range.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from kpstudio.app.inspecting import FieldChoice, VertexColors, detector_title, key_of, named
from kpstudio.app.observable import Observable
from kpstudio.app.options import ViewOptions
from kpstudio.app.selection import Selection
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.detection import Detection
from kpstudio.data.field import Field
from kpstudio.data.shape import Shape
from kpstudio.document.document import Change, Document
from kpstudio.document.item import Item
from kpstudio.matching.descriptors import comparable, distance_to, principal_colors


class Kind(StrEnum):
    """How a descriptor is shown."""

    COLORS = "colors"
    DISTANCE = "distance"


@dataclass(frozen=True)
class Probe:
    """A vertex of one of the open shapes."""

    item_id: int
    vertex: int


@dataclass(frozen=True)
class Probing:
    """What is probed.

    Parameters
    ----------
    on
        Clicks on a shape set the probe, whatever is shown.
    probe
        Where distances are measured from; None until somebody has clicked.
    """

    on: bool = False
    probe: Probe | None = None


@dataclass(frozen=True)
class Mark:
    """Where the probe is on one shape.

    Parameters
    ----------
    vertex
        The probed vertex, or on another shape the one whose descriptor is nearest to it.
    probed
        Whether it is the probed one.
    """

    vertex: int
    probed: bool


class Descriptors:
    """Gives colours and distances, and knows where the probe is.

    Parameters
    ----------
    document, selection, view
        The shapes, the one that is selected, and what is shown of it.
    changed
        Called when distances are other ones.
    """

    def __init__(
        self,
        document: Document,
        selection: Selection,
        view: Observable[ViewOptions],
        changed: Callable[[], None],
    ) -> None:
        self._document, self._selection, self._view = document, selection, view
        self._changed = changed
        self.state = Observable(Probing())
        # By key: views side by side may show different ones.
        self._colors: dict[str, tuple[tuple[Descriptor, ...], tuple[VertexColors, ...]]] = {}
        self._distances: dict[tuple[int, str], tuple[tuple[object, ...], Field]] = {}
        self.state.changed.connect(self._state_changed)
        document.changed.connect(self._document_changed)

    # --- a source of fields --------------------------------------------------------------------

    def choices(self, shape: Shape) -> tuple[FieldChoice, ...]:
        """Return colours and distance of every descriptor on a shape."""
        return tuple(
            FieldChoice(key_of(f"{kind}:{descriptor.name}", detection, shape),
                        title_of(kind, descriptor), detector_title(detection),
                        edited=detection is shape.detection)
            for detection, descriptor in descriptors_of(shape)
            for kind in Kind
        )  # fmt: skip

    def find(self, item: Item, key: str) -> Field | VertexColors | None:
        """Return what a key stands for on an item; on one that is not selected too."""
        kind, _ = parse(key)
        if kind is None:
            return None
        return self._colors_of(item, key) if kind is Kind.COLORS else self._distance_of(item, key)

    # --- the probe -----------------------------------------------------------------------------

    @property
    def is_probing(self) -> bool:
        """Whether a click on a shape sets the probe."""
        return self.state.value.on or self.shown_distance is not None

    @property
    def shown_distance(self) -> str | None:
        """Key of the distance that a view shows; None when none does."""
        view = self._view.value
        shown = (view.shown_field, *(view.field_of(pane) for pane in range(view.layout.panes)))
        return next((key for key in shown if parse(key)[0] is Kind.DISTANCE), None)

    def probe(self, item_id: int, vertex: int) -> None:
        """Measure distances from a vertex of a shape."""
        self.state.update(probe=Probe(item_id, vertex))

    def mark(self, item: Item) -> Mark | None:
        """Return where on an item the probe, or the place most like it, is to be shown."""
        probe = self.state.value.probe
        if probe is None or not self.is_probing:
            return None
        if probe.item_id == item.id:
            return Mark(probe.vertex, True)
        field = self._distance_of(item, self.shown_distance or "")
        return Mark(int(field.values.argmin()), False) if field is not None else None

    # --- how it is found -----------------------------------------------------------------------

    def _distance_of(self, item: Item, key: str) -> Field | None:
        source = self._probed(key)
        if source is None:
            return None
        start, vertex = source
        own = _alike(item.value, start, key)
        if own is None:
            return None
        what = (start, vertex, own)
        kept = self._distances.get((item.id, key))
        if kept is None or kept[0] != what:
            at = start.values[vertex]
            # On every shape the colours span what they do on the probed one.
            reference = None if own is start else distance_to(start, at)
            title = title_of(Kind.DISTANCE, own)
            kept = what, Field(title, distance_to(own, at), reference=reference)
            self._distances[item.id, key] = kept
        return kept[1]

    def _probed(self, key: str) -> tuple[Descriptor, int] | None:
        """Return the descriptor at the probe and the vertex there."""
        probe = self.state.value.probe
        item = self._document.find(probe.item_id) if probe is not None else None
        if probe is None or item is None:
            return None
        wanted = self._wanted(key)
        found = _alike(item.value, wanted, key) if wanted is not None else None
        if found is None or probe.vertex >= len(found.values):
            return None
        return found, probe.vertex

    def _wanted(self, key: str) -> Descriptor | None:
        """Return the descriptor that a key names: on the selected shape, or else on any."""
        items = sorted(self._document, key=lambda item: item.id != self._selection.item_id)
        return next((found for item in items if (found := named_by(item.value, key))), None)

    def _colors_of(self, item: Item, key: str) -> VertexColors | None:
        wanted = self._wanted(key)
        own = _alike(item.value, wanted, key) if wanted is not None else None
        if wanted is None or own is None:
            return None
        found = (_alike(other.value, wanted, key) for other in self._document)
        together = tuple(dict.fromkeys(one for one in found if one is not None))
        kept = self._colors.get(key)
        if kept is None or kept[0] != together:
            title = title_of(Kind.COLORS, wanted)
            colors = (VertexColors(title, one.astype(float)) for one in principal_colors(together))
            kept = self._colors[key] = together, tuple(colors)
        return kept[1][together.index(own)] if own in together else None

    def _state_changed(self, new: Probing, old: Probing) -> None:
        self._changed()

    def _document_changed(self, change: Change) -> None:
        if change.transient:
            return
        probe = self.state.value.probe
        if change.after is None:
            self._colors.clear()
            self._distances.clear()
            if probe is not None and probe.item_id == change.item_id:
                self.state.update(probe=None)
        if _held(change.before) != _held(change.after):
            self._changed()  # the shapes around it are seen in another way too


def _held(item: Item | None) -> list[Descriptor]:
    return [one for _, one in descriptors_of(item.value)] if item is not None else []


def parse(key: str) -> tuple[Kind | None, str]:
    """Return what kind of view of a descriptor a key stands for, and of which descriptor."""
    kinds = {str(kind): kind for kind in Kind}
    first, _, rest = key.partition(":")
    if first not in kinds:
        first, _, rest = rest.partition(":")
    return (kinds[first], rest) if first in kinds else (None, "")


def is_descriptor(key: str) -> bool:
    """Whether a key stands for a view of a descriptor."""
    return parse(key)[0] is not None


def title_of(kind: Kind, descriptor: Descriptor) -> str:
    """Return what people call a view of a descriptor."""
    return f"{named(descriptor.name)} {'as colours' if kind is Kind.COLORS else 'distance'}"


def descriptors_of(shape: Shape) -> list[tuple[Detection, Descriptor]]:
    """Return all descriptors on a shape that fit its mesh, the edited detection's first."""
    count = len(shape.mesh.vertices)
    return [
        (detection, descriptor)
        for detection in shape.detections
        for descriptor in detection.descriptors
        if len(descriptor.values) == count
    ]


def named_by(shape: Shape, key: str) -> Descriptor | None:
    """Return the descriptor of a shape that a key names.

    That of another detector with the same name stands in: it stays shown when another detection
    is edited than before.
    """
    kind, name = parse(key)
    if kind is None:
        return None
    found = [(detection, one) for detection, one in descriptors_of(shape) if one.name == name]
    exact = (one for detection, one in found if key_of(f"{kind}:{name}", detection, shape) == key)
    return next(exact, found[0][1] if found else None)


def _alike(shape: Shape, wanted: Descriptor, key: str) -> Descriptor | None:
    """Return the shape's descriptor that can be compared with another one, as the key says."""
    named = named_by(shape, key)
    if named is not None and comparable(named, wanted):
        return named
    alike = (one for _, one in descriptors_of(shape) if comparable(one, wanted))
    return next(alike, None)
