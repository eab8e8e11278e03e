"""Which fields a shape has, and what their keys stand for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpstudio.app.inspecting import FieldChoice, VertexColors, fields_of, resolve, title_of
from kpstudio.app.options import Colormap, FieldRange, FieldStyle, ViewOptions
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.shape import Shape
from kpstudio.document.history import Insert
from kpstudio.document.item import Item
from tests.handled import LEFT, detection, handled_shape


def found(shape: Shape, detector: str, *names: str) -> Detection:
    """A detection of one keypoint with fields of these names."""
    count = len(shape.mesh.vertices)
    fields = tuple(Field(name, np.arange(count) + 10.0 * i) for i, name in enumerate(names))
    keypoints = KeypointSet(shape.mesh.vertices[:1], KeypointSchema.numbered(1))
    return Detection(keypoints, Provenance(detector), fields=fields)


def at(studio: Studio, item_id: int) -> Item:
    item = studio.document.find(item_id)
    assert item is not None
    return item


@pytest.fixture
def shape() -> Shape:
    """Two detectors have looked at it; both call a field saliency."""
    box = handled_shape()
    box = box.detected(found(box, "iss", "saliency", "ratio"))
    heat = tuple(Field("heatmap", np.full(len(box.mesh.vertices), float(k))) for k in range(6))
    edited = detection(box.mesh)
    mine = found(box, "", "saliency").fields
    return box.detected(replace(edited, fields=mine, keypoint_fields={"heatmap": heat}))


def test_every_field_of_every_detection_has_a_key_that_stands_for_it(shape: Shape) -> None:
    choices = fields_of(shape)
    assert [choice.key for choice in choices] == [
        "displacement", "influence", "heatmap", "saliency", "iss:saliency", "iss:ratio",
    ]  # fmt: skip
    assert len({choice.group for choice in choices}) == 3
    assert choices[-1] == FieldChoice("iss:ratio", "Ratio", "ISS", edited=False)
    assert shape.detection is not None
    assert resolve("saliency", shape) is shape.detection.fields[0]
    assert resolve("iss:ratio", shape) is shape.others[0].fields[1]


def test_fields_at_several_scales_are_a_series() -> None:
    box = handled_shape()
    names = ("saliency", "saliency at scale 2", "saliency at scale 3", "response at time 1")
    series = {one.key: one.series for one in fields_of(box.detected(found(box, "iss", *names)))}
    assert series["saliency at scale 2"] == series["saliency at scale 3"] == "Saliency at scale"
    assert series["saliency"] == series["response at time 1"] == ""


def test_titles_say_whose_they_are(shape: Shape) -> None:
    assert title_of("displacement", shape) == "Displacement"
    assert title_of("saliency", shape) == "Saliency"
    assert title_of("iss:saliency", shape) == "ISS: saliency"
    assert title_of("heatmap", shape, LEFT) == "Heatmap of left"
    assert title_of("iss:no such", shape) == title_of("colors:hks", shape) == ""


def test_fields_of_keypoints_need_a_keypoint(shape: Shape) -> None:
    assert resolve("heatmap", shape) is None
    assert resolve("heatmap", shape, 99) is None
    heat = resolve("heatmap", shape, 4)
    assert heat is not None
    assert heat.values[0] == 4.0


def test_a_field_of_another_mesh_is_not_shown(shape: Shape) -> None:
    odd = replace(found(shape, "odd"), fields=(Field("short", np.zeros(3)),))
    assert resolve("short", shape.detected(odd)) is None


def test_a_shape_without_keypoints_has_none() -> None:
    assert fields_of(Shape(handled_shape().mesh)) == ()
    assert resolve("saliency", Shape(handled_shape().mesh)) is None


def test_computed_fields_stay_the_same_until_they_are_others(studio: Studio, add) -> None:
    item_id = add()
    studio.selection.select_keypoints((LEFT,))

    def find(key: str) -> Field | VertexColors | None:
        return studio.inspecting.find(at(studio, item_id), key)

    for key in ("displacement", "influence"):
        assert find(key) is find(key)
    influence = find("influence")
    studio.selection.select_keypoints((LEFT + 1,))
    assert find("influence") is not influence
    rest = find("displacement")
    studio.edits.sample(item_id)
    moved = find("displacement")
    assert isinstance(moved, Field)
    assert moved is not rest
    assert moved.values.max() > 0.0


def test_only_the_selected_shape_shows_its_own_fields(studio: Studio, add, shape: Shape) -> None:
    first, second = add(shape), add()
    assert studio.inspecting.find(at(studio, first), "saliency") is None
    studio.selection.select_item(first)
    assert studio.inspecting.find(at(studio, first), "saliency") is not None
    assert studio.inspecting.find(at(studio, second), "displacement") is None


class Painter:
    """A source that paints every shape."""

    def choices(self, shape: Shape) -> tuple[FieldChoice, ...]:
        return (FieldChoice("colors:paint", "Paint", "Painter"),)

    def find(self, item: Item, key: str) -> Field | VertexColors | None:
        count = len(item.value.mesh.vertices)
        return VertexColors("paint", np.zeros((count, 3))) if key == "colors:paint" else None


def test_a_source_adds_fields_that_are_seen_on_all_shapes(studio: Studio, add) -> None:
    studio.inspecting.add(Painter())
    first, second = add(), add()
    assert studio.inspecting.choices(at(studio, first).value)[-1].key == "colors:paint"
    for item_id in (first, second):
        paint = studio.inspecting.find(at(studio, item_id), "colors:paint")
        assert isinstance(paint, VertexColors)
    assert isinstance(studio.inspecting.find(at(studio, second), "displacement"), Field)


def test_colours_are_three_a_vertex() -> None:
    with pytest.raises(KPStudioError):
        VertexColors("grey", np.zeros((4, 2)))


class TestColoursThatSuit:
    @pytest.fixture
    def item(self, studio: Studio) -> Item:
        box = handled_shape()
        values = np.linspace(-1.0, 2.0, len(box.mesh.vertices))
        fields = (Field("signed", values, signed=True), Field("amount", values + 1.0),
                  Field("larger", 2.0 * values + 2.0),
                  Field("wide", 10.0 ** values, logarithmic=True))  # fmt: skip
        item = Item(box.detected(replace(found(box, "iss"), fields=fields)))
        studio.history.push(Insert(item, 0, "Open"))
        studio.selection.select_item(item.id)
        return item

    @pytest.mark.parametrize(
        ("first", "second", "chosen", "kept"),
        [
            ("signed", "amount", Colormap.COOLWARM, False),
            ("amount", "signed", Colormap.MAGMA, False),
            ("amount", "larger", Colormap.COOLWARM, True),
            ("amount", "larger", Colormap.MAGMA, True),
            ("", "amount", Colormap.COOLWARM, False),
            ("", "amount", Colormap.MAGMA, True),
            ("amount", "", Colormap.MAGMA, True),
        ],
    )
    def test_of_a_map(
        self, studio: Studio, item: Item, first: str, second: str, chosen: Colormap, kept: bool
    ) -> None:
        view = ViewOptions(field=first, style=FieldStyle(chosen))
        shown = studio.inspecting.showing(item, view, second)
        assert shown.field == second
        assert shown.style.colormap is (chosen if kept else Colormap.AUTO)

    @pytest.mark.parametrize("on", [True, False])
    def test_of_a_logarithm(self, studio: Studio, item: Item, on: bool) -> None:
        view = ViewOptions(field="amount", style=FieldStyle(log=on))
        assert studio.inspecting.showing(item, view, "larger").style.log is on
        assert studio.inspecting.showing(item, view, "wide").style.log is None

    def test_of_a_range(self, studio: Studio, item: Item) -> None:
        view = ViewOptions(field="amount", style=FieldStyle(span=FieldRange.FIXED))
        assert studio.inspecting.showing(item, view, "larger").style.span is FieldRange.DATA
        assert studio.inspecting.showing(item, view, "amount").style.span is FieldRange.FIXED
