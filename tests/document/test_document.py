import numpy as np
import pytest

from kpstudio.data.shape import Shape
from kpstudio.document.document import Change, Document
from kpstudio.document.item import Item, new_item_id
from tests.shapes import box


def item(name: str = "") -> Item:
    return Item(Shape(box()), name)


@pytest.fixture
def document() -> Document:
    return Document()


@pytest.fixture
def changes(document: Document) -> list[Change]:
    seen: list[Change] = []
    document.changed.connect(seen.append)
    return seen


def test_ids_never_repeat() -> None:
    ids = [new_item_id() for _ in range(5)] + [item().id for _ in range(5)]
    assert len(set(ids)) == 10


def test_an_item_takes_its_mesh_s_name() -> None:
    assert item().name == "box"
    assert item("mine").name == "mine"


def test_items_keep_their_order(document: Document) -> None:
    a, b, c = item(), item(), item()
    document.insert(0, a)
    document.insert(0, b)
    document.insert(1, c)
    assert list(document) == [b, c, a]
    assert len(document) == 3
    assert [document.index(i.id) for i in (b, c, a)] == [0, 1, 2]
    document.remove(c.id)
    assert list(document) == [b, a]
    assert document.find(c.id) is None
    assert document.find(a.id) is a


def test_what_is_not_there_is_a_key_error(document: Document) -> None:
    for act in (document.index, document.remove):
        with pytest.raises(KeyError):
            act(12345)
    with pytest.raises(KeyError):
        document.replace(item())


def test_every_change_is_told_once(document: Document, changes: list[Change]) -> None:
    first = item()
    after = Item(first.value, "renamed", id=first.id)
    document.insert(0, first)
    document.replace(after)
    document.remove(first.id)
    told = [(change.before, change.after) for change in changes]
    assert told == [(None, first), (first, after), (after, None)]
    assert [change.revision for change in changes] == [1, 2, 3]
    assert not any(change.transient for change in changes)
    assert {change.item_id for change in changes} == {first.id}


def test_a_preview_changes_nothing(document: Document, changes: list[Change]) -> None:
    first = item()
    document.insert(0, first)
    moved = Item(first.value, id=first.id)
    positions = np.zeros((8, 3), np.float32)
    document.preview(moved, positions)
    change = changes[-1]
    assert change.transient
    assert change.before is first
    assert change.after is moved
    assert change.positions is positions
    assert change.revision == document.revision == 1
    assert document.find(first.id) is first


def test_the_document_is_consistent_when_it_tells(document: Document) -> None:
    seen: list[int] = []
    document.changed.connect(lambda change: seen.append(len(document)))
    first = item()
    document.insert(0, first)
    document.remove(first.id)
    assert seen == [1, 0]
