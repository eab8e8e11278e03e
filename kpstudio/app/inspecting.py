"""What can be looked at on a shape: every field of every detection, under one kind of name.

A field is known by a key. The bare name of a field belongs to the detection that is edited,
"detector:name" to that of another detector; "displacement" and "influence" are of the shape itself.
A `FieldSource` adds keys of its own, for what is computed on demand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol

from psygnal import Signal

from kpstudio.app.field_scale import FieldScale, Values, scale_of
from kpstudio.app.options import Colormap, FieldRange, FieldStyle, ViewOptions
from kpstudio.app.rigs import Rigs
from kpstudio.app.selection import Selection
from kpstudio.base.arrays import FloatArray, freeze
from kpstudio.base.errors import KPStudioError
from kpstudio.data.detection import Detection
from kpstudio.data.field import Field
from kpstudio.data.shape import Shape
from kpstudio.deformation.rig import Rig
from kpstudio.detectors import registry
from kpstudio.document.item import Item

#: Keys of what belongs to the shape and not to a detector.
DISPLACEMENT, INFLUENCE = "displacement", "influence"
#: A displacement smaller than this share of the diagonal does not fill the colour range: the
#: rest shape, and the first millimetres of a drag, stay dark.
_LEAST_DISPLACEMENT = 0.02
#: An influence is a share of a keypoint's way: what is smaller than this is none.
_LEAST_INFLUENCE = 1e-9
#: A field at one of many scales or times.
_SERIES = re.compile(r"(.+ at (?:scale|time)) .+")
#: Heading of what belongs to no detector.
GENERAL = "General"


@dataclass(frozen=True)
class FieldChoice:
    """A field that can be shown.

    Parameters
    ----------
    key
        What the view options call it.
    title
        What people call it.
    group
        The heading it stands under.
    series
        What it is one of many of, such as "Response at scale"; empty for a field of its own.
    edited
        Whether it is of the shape itself or of the detection that is edited.
    """

    key: str
    title: str
    group: str
    series: str = ""
    edited: bool = True


@dataclass(frozen=True, eq=False)
class VertexColors:
    """One colour a vertex, for what has more than one number there.

    Parameters
    ----------
    name
        Name for people.
    colors
        (n,3) red, green and blue, 0..1.
    """

    name: str
    colors: FloatArray

    def __post_init__(self) -> None:
        """Check and freeze the colours."""
        colors = freeze(self.colors, (None, 3), float, f"colours of {self.name}")
        object.__setattr__(self, "colors", colors)


class FieldSource(Protocol):
    """Fields that are computed when somebody wants to see them."""

    def choices(self, shape: Shape) -> tuple[FieldChoice, ...]:
        """Return what there is to see on a shape."""

    def find(self, item: Item, key: str) -> Field | VertexColors | None:
        """Return what a key stands for on an item, the same object until it is another one.

        None while it is unknown or not yet computed; `Inspecting.changed` is to be emitted when it
        has become known. Items that are not selected are asked too.
        """


class Inspecting:
    """Knows all fields of the shapes that are open.

    Parameters
    ----------
    selection, rigs
        Which keypoint of which shape is asked about, and what it moves.
    """

    changed = Signal()  #: what a key of a source stands for is something else now

    def __init__(self, selection: Selection, rigs: Rigs) -> None:
        self._selection, self._rigs = selection, rigs
        self._sources: list[FieldSource] = []
        # What was computed last for a key, and from what.
        self._computed: dict[str, tuple[tuple[object, ...], Field | None]] = {}

    def add(self, source: FieldSource) -> None:
        """Let another source give fields."""
        self._sources.append(source)

    def choices(self, shape: Shape) -> tuple[FieldChoice, ...]:
        """Return everything there is to see on a shape, group by group."""
        more = (choice for source in self._sources for choice in source.choices(shape))
        return (*fields_of(shape), *more)

    def find(self, item: Item, key: str) -> Field | VertexColors | None:
        """Return what a key stands for on an item.

        Only the selected shape shows its own fields; those of sources may be seen on all.
        """
        if not key:
            return None
        for source in self._sources:
            found = source.find(item, key)
            if found is not None:
                return found
        if item.id != self._selection.item_id:
            return None
        return self._own(item.value, key)

    def showing(self, item: Item | None, view: ViewOptions, key: str) -> ViewOptions:
        """Return the options with another field in the view at hand, in colours that suit it.

        What somebody chose for values of another kind is dropped: a range that was fixed, a map
        for signed values or for amounts, a logarithm.
        """
        if item is None or not key:
            return view.showing(key)
        before, after = (self._field(item, one) for one in (view.shown_field, key))
        style = view.style
        alike = before is not None and after is not None and (
            (before.name, before.unit) == (after.name, after.unit))  # fmt: skip
        if style.span is FieldRange.FIXED and not alike:
            style = replace(style, span=FieldRange.DATA)
        if after is not None:
            was_signed = before.signed if before else style.colormap is Colormap.COOLWARM
            if was_signed != after.signed:
                style = replace(style, colormap=Colormap.AUTO)
            if before is not None and before.logarithmic != after.logarithmic:
                style = replace(style, log=None)
        return replace(view.showing(key), style=style)

    def _field(self, item: Item, key: str) -> Field | None:
        found = self.find(item, key)
        return found if isinstance(found, Field) else None

    def _own(self, shape: Shape, key: str) -> Field | None:
        """Return a field of the shape itself; computed ones are kept a while."""
        keypoints = self._selection.keypoints
        keypoint = keypoints[-1] if keypoints else None
        if key not in (DISPLACEMENT, INFLUENCE):
            return resolve(key, shape, keypoint)
        rig = self._rigs.get(shape) if key == INFLUENCE else None
        source = (rig, keypoint) if key == INFLUENCE else (shape.mesh, shape.current)
        if key not in self._computed or self._computed[key][0] != source:
            self._computed[key] = source, resolve(key, shape, keypoint, rig)
        return self._computed[key][1]


def fields_of(shape: Shape) -> tuple[FieldChoice, ...]:
    """Return the fields that a shape has, group by group; the edited detection's first.

    Parameters
    ----------
    shape
        The shape.
    """
    general = []
    if shape.keypoints is not None:
        general.append(FieldChoice(DISPLACEMENT, "Displacement", GENERAL))
    if shape.detection is not None and shape.detection.handling is not None:
        general.append(FieldChoice(INFLUENCE, "Influence of keypoint", GENERAL))
    found = [choice for detection in shape.detections for choice in _choices(shape, detection)]
    return (*general, *found)


def resolve(
    key: str, shape: Shape, keypoint: int | None = None, rig: Rig | None = None
) -> Field | None:
    """Return the field that a key stands for on a shape.

    Parameters
    ----------
    key
        One of `fields_of`.
    shape
        The shape.
    keypoint
        The keypoint that fields of single keypoints are about.
    rig
        The shape's rig: it knows the influence.

    Returns
    -------
    The field, the same object every time if a detection holds it; None when the shape has no such
    field, or one of keypoints and none is given.
    """
    if key == DISPLACEMENT:
        return shape.displacement()
    if key == INFLUENCE:
        return _influence(keypoint, rig)
    detection, name = _owner(key, shape)
    if detection is None:
        return None
    if detection is shape.detection and _is_of_keypoints(name, detection):
        fields = detection.keypoint_fields[name]
        found = fields[keypoint] if keypoint is not None and keypoint < len(fields) else None
    else:
        found = next((field for field in detection.fields if field.name == name), None)
    fits = found is not None and len(found.values) == len(shape.mesh.vertices)
    return found if fits else None


def title_of(key: str, shape: Shape, keypoint: int | None = None) -> str:
    """Return what people call a field of a shape, with its detector and keypoint if that matters.

    Parameters
    ----------
    key, shape, keypoint
        As for `resolve`.

    Returns
    -------
    The title; empty when the shape has no such field.
    """
    if key == DISPLACEMENT:
        return named(key)
    detection, name = _owner(key, shape)
    if key == INFLUENCE or (detection is shape.detection and _is_of_keypoints(name, detection)):
        return f"{named(name)} of {_label(shape, keypoint)}"
    if detection is None or all(field.name != name for field in detection.fields):
        return ""
    maker = detector_title(detection)
    if detection is shape.detection or maker.lower() == name.lower():
        return named(name)
    return f"{maker}: {name}"


def scale_for(
    key: str,
    values: Values,
    shape: Shape,
    style: FieldStyle,
    *,
    signed: bool = False,
    logarithmic: bool = False,
) -> FieldScale:
    """Return the colours of a field of a shape; what is measured from zero begins there.

    Parameters
    ----------
    key, shape
        As for `resolve`.
    values
        (n,) values of the field, those of a drag maybe.
    style
        What is asked for.
    signed, logarithmic
        As for `scale_of`.
    """
    scale = scale_of(style, values, signed=signed, logarithmic=logarithmic)
    if style.span is FieldRange.FIXED or scale.log:
        return scale
    if key == DISPLACEMENT:
        least = _LEAST_DISPLACEMENT * shape.mesh.diagonal
        return replace(scale, low=0.0, high=max(scale.high, least))
    if key == INFLUENCE:
        return replace(scale, low=min(scale.low, 0.0), high=max(scale.high, _LEAST_INFLUENCE))
    return scale


def key_of(name: str, detection: Detection, shape: Shape) -> str:
    """Return the key of a field of one of a shape's detections."""
    return name if detection is shape.detection else f"{detection.provenance.detector}:{name}"


def detector_title(detection: Detection) -> str:
    """Return what people call the detector of a detection, also when it is no longer installed."""
    made_by = detection.provenance.detector
    try:
        return registry.get_detector(made_by).spec.title
    except KPStudioError:
        return made_by


def named(name: str) -> str:
    """Return the name of a field as a title."""
    return name[:1].upper() + name[1:]


def _choices(shape: Shape, detection: Detection) -> list[FieldChoice]:
    group = detector_title(detection)
    choices = []
    # The keypoints of other detectors cannot be selected: nobody could say which one is meant.
    if detection is shape.detection:
        choices = [
            FieldChoice(name, f"{named(name)} of keypoint", group)
            for name, fields in detection.keypoint_fields.items()
            if name != INFLUENCE and fields
        ]
    return choices + [
        FieldChoice(
            key_of(field.name, detection, shape),
            named(field.name),
            group,
            _series(field.name, detection),
            detection is shape.detection,
        )
        for field in detection.fields
    ]


def _series(name: str, detection: Detection) -> str:
    """Return what a field is one of several of: "saliency at scale 2" is one at a scale."""
    one_of = [_SERIES.match(field.name) for field in detection.fields]
    mine = _SERIES.match(name)
    alike = sum(mine is not None and one is not None and one[1] == mine[1] for one in one_of)
    return named(mine[1]) if mine is not None and alike > 1 else ""


def _owner(key: str, shape: Shape) -> tuple[Detection | None, str]:
    """Return the detection that a key belongs to, and the name of the field there."""
    made_by, colon, name = key.partition(":")
    for detection in shape.others if colon else ():
        if detection.provenance.detector == made_by:
            return detection, name
    return shape.detection, key


def _is_of_keypoints(name: str, detection: Detection | None) -> bool:
    return detection is not None and name in detection.keypoint_fields


def _label(shape: Shape, keypoint: int | None) -> str:
    names = shape.keypoints.schema.names if shape.keypoints is not None else ()
    if keypoint is None:
        return "keypoint"
    return names[keypoint] if keypoint < len(names) else str(keypoint)


def _influence(keypoint: int | None, rig: Rig | None) -> Field | None:
    if keypoint is None or rig is None or keypoint >= rig.response.shape[1]:
        return None
    return Field(INFLUENCE, rig.response[:, keypoint])
