from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpstudio.app.descriptors import Kind, Mark, parse
from kpstudio.app.inspecting import VertexColors
from kpstudio.app.options import Layout
from kpstudio.data.field import Field
from kpstudio.data.shape import Shape
from tests.described import NAME, compared_shape, corner_detection
from tests.handled import box_mesh

#: The descriptor belongs to ISS, and the keypoints of another detector are edited.
COLORS, DISTANCE = f"iss:colors:{NAME}", f"iss:distance:{NAME}"


@pytest.fixture
def two(studio, add) -> tuple[int, int]:
    """Two boxes; the one opened last is selected."""
    return add(compared_shape()), add(compared_shape((1.0, 3.0, 1.0), divisions=3))


def vertex_near(shape: Shape, corner: tuple[float, float, float]) -> int:
    low, high = shape.mesh.bounds
    goal = low + np.array(corner) * (high - low)
    return int(np.linalg.norm(shape.mesh.vertices - goal, axis=1).argmin())


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("colors:hks", (Kind.COLORS, "hks")),
        ("distance:a:b", (Kind.DISTANCE, "a:b")),
        ("iss:distance:hks", (Kind.DISTANCE, "hks")),
        ("saliency", (None, "")),
        ("iss:saliency", (None, "")),
        ("", (None, "")),
    ],
)
def test_keys(key: str, expected: tuple[Kind | None, str]) -> None:
    assert parse(key) == expected


def test_choices_name_both_views_of_each_descriptor(studio, two) -> None:
    keys = [choice.key for choice in studio.inspecting.choices(studio.selected.value)]
    assert keys[-2:] == [COLORS, DISTANCE]
    studio.edits.edit_other(two[1], "iss")
    keys = [choice.key for choice in studio.inspecting.choices(studio.selected.value)]
    assert keys[-2:] == [f"colors:{NAME}", f"distance:{NAME}"]


def test_colours_of_equal_places_are_equal_on_both_shapes(studio, two) -> None:
    found = [studio.inspecting.find(item, COLORS) for item in studio.document]
    corner = [vertex_near(item.value, (0, 1, 0)) for item in studio.document]
    assert all(isinstance(one, VertexColors) for one in found)
    np.testing.assert_allclose(found[0].colors[corner[0]], found[1].colors[corner[1]])
    assert studio.inspecting.find(studio.selected, COLORS) is found[1]  # kept


def test_distance_is_none_until_something_is_probed_and_then_on_all_shapes(studio, two) -> None:
    first, second = studio.document
    assert studio.inspecting.find(second, DISTANCE) is None
    studio.descriptors.probe(first.id, vertex_near(first.value, (1, 0, 1)))
    here, there = (studio.inspecting.find(item, DISTANCE) for item in (first, second))
    assert isinstance(here, Field)
    assert isinstance(there, Field)
    assert here.values[vertex_near(first.value, (1, 0, 1))] == 0.0
    assert there.values[vertex_near(second.value, (0, 1, 0))] == pytest.approx(3**0.5)
    assert studio.inspecting.find(second, DISTANCE) is there  # kept


def test_both_shapes_span_the_range_of_the_probed_one(studio, two) -> None:
    first, second = studio.document
    studio.descriptors.probe(first.id, 0)
    here, there = (studio.inspecting.find(item, DISTANCE) for item in (first, second))
    np.testing.assert_array_equal(here.spanned, here.values)
    np.testing.assert_array_equal(there.spanned, here.values)


def test_marks_show_the_probe_and_the_place_most_like_it(studio, two) -> None:
    first, second = studio.document
    vertex = vertex_near(second.value, (0, 1, 1))
    studio.descriptors.probe(second.id, vertex)
    assert studio.descriptors.mark(second) is None  # nothing is shown that it matters to
    studio.view.update(field=DISTANCE)
    assert studio.descriptors.mark(second) == Mark(vertex, True)
    assert studio.descriptors.mark(first) == Mark(vertex_near(first.value, (0, 1, 1)), False)


def test_probing_is_on_while_any_view_shows_a_distance(studio, two) -> None:
    assert not studio.descriptors.is_probing
    studio.view.update(layout=Layout.TWO, other_fields=(DISTANCE, "", ""))
    assert studio.descriptors.is_probing
    studio.view.update(layout=Layout.ONE)
    assert not studio.descriptors.is_probing
    studio.descriptors.state.update(on=True)
    assert studio.descriptors.is_probing


def test_the_distance_stays_when_another_detection_is_edited(studio, two) -> None:
    studio.descriptors.probe(two[0], 3)
    before = studio.inspecting.find(studio.selected, DISTANCE)
    studio.edits.edit_other(two[1], "iss")
    assert studio.inspecting.find(studio.selected, DISTANCE) is before


def test_a_descriptor_without_space_means_nothing_elsewhere(studio, add) -> None:
    mesh = box_mesh()
    found = corner_detection(mesh)
    alone = replace(found, descriptors=(replace(found.descriptors[0], space=""),))
    first, second = add(Shape(mesh).detected(alone)), add(compared_shape())
    studio.descriptors.probe(first, 0)
    studio.selection.select_item(first)
    key = f"distance:{NAME}"
    assert studio.inspecting.find(studio.document.find(first), key) is not None
    assert studio.inspecting.find(studio.document.find(second), key) is None


def test_a_shape_that_is_closed_takes_its_probe_along(studio, two) -> None:
    told = []
    studio.inspecting.changed.connect(lambda: told.append(1))
    studio.descriptors.probe(two[0], 5)
    assert told == [1]
    studio.edits.remove(two[0])
    assert studio.descriptors.state.value.probe is None
    assert studio.inspecting.find(studio.selected, DISTANCE) is None
    assert len(told) > 1


def test_a_shape_that_joins_changes_the_colours_of_the_others(studio, two, add) -> None:
    first = next(iter(studio.document))
    before = studio.inspecting.find(first, COLORS)
    told = []
    studio.inspecting.changed.connect(lambda: told.append(1))
    add(compared_shape((3.0, 3.0, 0.5)))
    assert told
    assert studio.inspecting.find(first, COLORS) is not before
