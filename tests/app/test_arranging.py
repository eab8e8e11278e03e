"""Shapes side by side: in a row, upright, apart; their files' coordinates untouched."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kpstudio.app.arranging import Arranging, side_by_side
from kpstudio.app.observable import Observable
from kpstudio.app.options import Arrangement, ViewOptions
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.document.document import Document
from kpstudio.document.item import Item
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from kpstudio.geometry.procrustes import IDENTITY
from tests import shapes

X = np.array([1.0, 0.0, 0.0])


def item(size=(2.0, 1.0, 1.5), at=(0.0, 0.0, 0.0), orientation=None) -> Item:
    mesh = shapes.box(size, 2)
    return Item(Shape(mesh.moved(mesh.vertices + at), orientation or Orientation()))


def shown(one: Item, place) -> np.ndarray:
    vertices = place.apply(one.value.mesh.vertices)
    return np.stack([vertices.min(axis=0), vertices.max(axis=0)])


@pytest.mark.parametrize("true_size", [False, True])
def test_the_shapes_stand_in_a_row_with_the_gap_between_them(true_size):
    items = [item(at=(1e6, 5.0, -3.0)), item((0.1, 0.3, 0.2)), item((3.0, 1.0, 1.0))]
    places = side_by_side(items, 0.25, true_size=true_size, along=X)
    boxes = [shown(one, places[one.id]) for one in items]
    diagonals = [np.linalg.norm(box[1] - box[0]) for box in boxes]
    gaps = [after[0, 0] - before[1, 0] for before, after in itertools.pairwise(boxes)]
    assert gaps == pytest.approx([0.25 * max(diagonals)] * 2, abs=1e-8)
    assert boxes[0][0, 0] == pytest.approx(0.0, abs=1e-8)
    for box in boxes:
        assert box.mean(axis=0)[1:] == pytest.approx([0.0, 0.0], abs=1e-8)
    sizes = [one.value.mesh.diagonal for one in items] if true_size else [1.0] * 3
    assert diagonals == pytest.approx(sizes)


@pytest.mark.parametrize("orientation", ORIENTATIONS[::5])
def test_every_shape_is_upright_with_its_front_forward(orientation):
    one = item(orientation=orientation)
    place = side_by_side([one], 0.0, true_size=True, along=X)[one.id]
    turn = orientation.rotation
    assert place.rotation @ (turn.T @ [0.0, 1.0, 0.0]) == pytest.approx([0.0, 1.0, 0.0])
    assert place.rotation @ (turn.T @ [0.0, 0.0, 1.0]) == pytest.approx([0.0, 0.0, 1.0])
    assert place.inverted().apply(place.apply(one.value.mesh.vertices)) == pytest.approx(
        one.value.mesh.vertices
    )


def test_a_single_place_has_a_place():
    mesh = Mesh(np.ones((3, 3)), np.zeros((0, 3), np.int32))
    one = Item(Shape(mesh))
    assert side_by_side([one], 0.1, true_size=False, along=X)[one.id].scale == 1.0


def test_places_stay_the_same_objects_until_something_changes():
    document, view = Document(), Observable(ViewOptions())
    arranging = Arranging(document, view)
    first, second = item(), item()
    document.insert(0, first)
    document.insert(1, second)
    assert arranging.place(first.id) is IDENTITY
    assert not arranging.is_apart
    view.update(arrangement=Arrangement.SIDE_BY_SIDE)
    assert arranging.is_apart
    before = arranging.place(second.id)
    assert arranging.place(second.id) is before
    view.update(keypoints=False)
    assert arranging.place(second.id) is before
    view.update(spacing=1.0)
    assert arranging.place(second.id).translation[0] > before.translation[0]
    document.replace(Item(first.value, visible=False, id=first.id))
    assert arranging.place(second.id).translation[0] < before.translation[0]  # it takes no room


def test_up_and_front_are_those_of_the_world():
    document, view = Document(), Observable(ViewOptions())
    arranging, one = Arranging(document, view), item(orientation=Orientation("+z", "-y"))
    assert arranging.orientation(one) == Orientation("+z", "-y")
    view.update(arrangement=Arrangement.SIDE_BY_SIDE)
    assert arranging.orientation(one) == arranging.orientation(None) == Orientation()


def test_the_row_goes_where_it_is_laid_and_says_so():
    document, view = Document(), Observable(ViewOptions(arrangement=Arrangement.SIDE_BY_SIDE))
    arranging, told = Arranging(document, view), []
    arranging.changed.connect(lambda: told.append(1))
    first, second = item(), item()
    document.insert(0, first)
    document.insert(1, second)
    across = np.array([0.6, 0.0, -0.8])
    arranging.lay(across)
    arranging.lay(across)
    middles = [arranging.place(one.id).apply(one.value.mesh.origin[None])[0]
               for one in (first, second)]  # fmt: skip
    way = middles[1] - middles[0]
    assert way / np.linalg.norm(way) == pytest.approx(across)
    # Seen along the row the two boxes do not overlap.
    ends = [arranging.place(one.id).apply(one.value.mesh.vertices) @ across
            for one in (first, second)]  # fmt: skip
    assert ends[0].max() < ends[1].min()
    assert len(told) == 1
