from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.shape import Shape
from kpstudio.document.document import Document
from kpstudio.document.history import Edit, Group, History, Insert, Remove, Step
from kpstudio.document.item import Item
from tests.shapes import box

MESH = box()
BYTES = MESH.vertices.nbytes


def item(name: str = "item") -> Item:
    return Item(Shape(MESH), name)


def deformed(before: Item, amount: float = 1.0) -> Item:
    points = KeypointSet(np.zeros((1, 3)))
    shape = before.value.edited(points, MESH.vertices + amount)
    return replace(before, value=shape)


class Session:
    """A document with its history, and how it looked after every step."""

    def __init__(self, byte_limit: int = 2**40) -> None:
        self.document = Document()
        self.history = History(self.document, byte_limit)

    @property
    def look(self) -> tuple[Item, ...]:
        return tuple(self.document)

    def step(self, kind: int, place: int) -> Step:
        """One of the steps that the document allows now."""
        items = self.look
        if not items or kind == 0:
            return Insert(item(f"new {place}"), place % (len(items) + 1), "Insert")
        chosen = items[place % len(items)]
        if kind == 1:
            return Remove(chosen, self.document.index(chosen.id), "Remove")
        if kind == 2:
            return Edit(chosen, deformed(chosen, place + 1.0), "Move")
        if kind == 3:
            return Edit(chosen, replace(chosen, name=f"renamed {place}"), "Rename")
        middle = replace(chosen, name="middle")
        added = Insert(item("added"), 0, "Insert")
        return Group((Edit(chosen, middle, "a"), added, Edit(middle, chosen, "b")), "Group")


def same(one: tuple[Item, ...], other: tuple[Item, ...]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


steps = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=1, max_size=12)
walk = st.lists(st.integers(-3, 3), max_size=10)


@settings(max_examples=100)
@given(kinds=steps, moves=walk)
def test_undo_and_redo_give_back_the_very_same_items(
    kinds: list[tuple[int, int]], moves: list[int]
) -> None:
    session = Session()
    looks = [session.look]
    for kind, place in kinds:
        session.history.push(session.step(kind, place))
        looks.append(session.look)
    position = len(kinds)
    for move in [*moves, -len(kinds), len(kinds)]:
        for _ in range(abs(move)):
            (session.history.undo if move < 0 else session.history.redo)()
        position = min(max(position + move, 0), len(kinds))
        assert same(session.look, looks[position])
        assert len(session.history.labels) == position
        assert len(session.history.redo_labels) == len(kinds) - position


def test_vertices_come_back_bit_for_bit() -> None:
    session = Session()
    first = item()
    session.history.push(Insert(first, 0, "Insert"))
    session.history.push(Edit(first, deformed(first), "Move"))
    session.history.undo()
    assert session.look[0].value.current.vertices is MESH.vertices


def test_a_new_step_forgets_what_was_undone() -> None:
    session = Session()
    session.history.push(Insert(item("a"), 0, "Insert a"))
    session.history.push(Insert(item("b"), 0, "Insert b"))
    session.history.undo()
    assert session.history.redo_label == "Insert b"
    session.history.push(Insert(item("c"), 0, "Insert c"))
    assert session.history.redo_label == ""
    session.history.redo()
    assert session.history.labels == ("Insert a", "Insert c")
    assert session.history.undo_label == "Insert c"


def test_nothing_to_undo_is_no_error() -> None:
    session = Session()
    seen: list[bool] = []
    session.history.changed.connect(lambda: seen.append(True))
    session.history.undo()
    session.history.redo()
    assert seen == []
    assert session.history.undo_label == session.history.redo_label == ""


def test_a_group_is_one_step_taken_back_in_reverse() -> None:
    session = Session()
    first = item()
    session.history.push(Insert(first, 0, "Insert"))
    a, b = replace(first, name="a"), replace(first, name="b")
    session.history.push(Group((Edit(first, a, "1"), Edit(a, b, "2")), "Both"))
    assert session.look == (b,)
    seen: list[Item] = []
    session.document.changed.connect(lambda change: seen.append(change.after))
    session.history.undo()
    assert seen == [a, first]
    assert session.history.labels == ("Insert",)


# --- bytes --------------------------------------------------------------------------------------


def test_steps_know_the_bytes_that_only_they_keep() -> None:
    plain, moved = item(), deformed(item())
    whole = BYTES + MESH.faces.nbytes
    assert Edit(plain, moved, "").size == 0
    assert Edit(moved, plain, "").size == BYTES
    assert Insert(moved, 0, "").size == 0
    assert Remove(plain, 0, "").size == whole
    assert Remove(moved, 0, "").size == whole + BYTES
    assert Group((Edit(moved, plain, ""), Remove(plain, 0, "")), "").size == BYTES + whole


def test_fields_weigh_when_they_go_with_their_detection() -> None:
    heat = Field("heat", np.zeros(len(MESH.vertices)))
    found = Detection(
        KeypointSet(np.zeros((1, 3))), Provenance("points"), None, (heat,), {"heatmap": (heat,)}
    )
    plain = item()
    detected = replace(plain, value=Shape(MESH).detected(found))
    placed = replace(found, keypoints=found.keypoints.moved(np.ones((1, 3))))
    corrected = replace(plain, value=Shape(MESH).detected(placed))
    assert Edit(plain, detected, "").size == 0
    assert Edit(detected, replace(detected, name="renamed"), "").size == 0
    assert Edit(detected, corrected, "").size == 0
    assert Edit(detected, plain, "").size == heat.values.nbytes
    assert Remove(detected, 0, "").size == Remove(plain, 0, "").size + heat.values.nbytes


@given(kinds=steps, limit=st.integers(0, 6))
def test_history_stays_within_its_bytes(kinds: list[tuple[int, int]], limit: int) -> None:
    session = Session(limit * BYTES)
    pushed: list[Step] = []
    looks = [session.look]
    for kind, place in kinds:
        pushed.append(session.step(kind, place))
        session.history.push(pushed[-1])
        looks.append(session.look)
        kept = len(session.history.labels)
        assert kept >= 1
        held = sum(step.size for step in pushed[-kept:])
        assert held <= limit * BYTES or kept == 1
        # No step is forgotten without need.
        if kept < len(pushed):
            assert held + pushed[-kept - 1].size > limit * BYTES
    # What is still remembered is undone to the very same items.
    kept = len(session.history.labels)
    for _ in range(kept):
        session.history.undo()
    assert same(session.look, looks[len(kinds) - kept])


# --- merging ------------------------------------------------------------------------------------


def slide(session: Session, before: Item, count: int, label: str = "Slide") -> list[Item]:
    states = [before]
    for amount in range(1, count + 1):
        states.append(deformed(before, amount))
        session.history.push(Edit(states[-2], states[-1], label), merge=True)
    return states


def test_a_slider_leaves_one_step() -> None:
    session = Session()
    first = item()
    session.history.push(Insert(first, 0, "Insert"))
    states = slide(session, first, 5)
    assert session.history.labels == ("Insert", "Slide")
    assert session.look[0] is states[-1]
    session.history.undo()
    assert session.look[0] is first
    session.history.redo()
    assert session.look[0] is states[-1]


def test_only_what_belongs_together_is_merged() -> None:
    session = Session()
    first, second = item("first"), item("second")
    session.history.push(Insert(first, 0, "Insert"))
    session.history.push(Insert(second, 1, "Insert"), merge=True)
    last = slide(session, first, 2)[-1]
    slide(session, second, 2)
    slide(session, last, 1, "Turn")
    session.history.push(Edit(session.look[0], deformed(first, 9), "Turn"))
    assert session.history.labels == ("Insert", "Insert", "Slide", "Slide", "Turn", "Turn")


def test_nothing_is_merged_into_a_saved_step() -> None:
    session = Session()
    first = item()
    session.history.push(Insert(first, 0, "Insert"))
    last = slide(session, first, 2)[-1]
    session.history.mark_saved(session.history.position)
    session.history.push(Edit(last, deformed(first, 9), "Slide"), merge=True)
    assert session.history.labels == ("Insert", "Slide", "Slide")
    assert not session.history.is_saved
    session.history.undo()
    assert session.history.is_saved


# --- saved or not -------------------------------------------------------------------------------


@given(kinds=steps, moves=walk, saved_at=st.integers(0, 12))
def test_saved_means_the_same_state(
    kinds: list[tuple[int, int]], moves: list[int], saved_at: int
) -> None:
    session = Session()
    assert session.history.is_saved
    for number, (kind, place) in enumerate(kinds):
        if number == saved_at:
            session.history.mark_saved(session.history.position)
        session.history.push(session.step(kind, place))
    saved = saved_at if saved_at < len(kinds) else 0
    for move in moves:
        for _ in range(abs(move)):
            (session.history.undo if move < 0 else session.history.redo)()
        assert session.history.is_saved == (len(session.history.labels) == saved)


def test_forgotten_steps_are_still_unsaved_work() -> None:
    session = Session(byte_limit=0)
    first = item()
    session.history.push(Insert(first, 0, "Insert"), automatic=True)
    moved = deformed(first)
    session.history.push(Edit(first, moved, "Move"))
    session.history.push(Edit(moved, deformed(first, 2), "Move"))
    assert session.history.labels == ("Move",)  # the others hold too many bytes
    session.history.undo()
    assert session.look == (moved,)
    assert not session.history.is_saved
    assert not session.history.is_automatic


def test_a_saved_step_may_be_forgotten() -> None:
    session = Session(byte_limit=0)
    first = item()
    session.history.push(Insert(first, 0, "Insert"))
    moved = deformed(first)
    session.history.push(Edit(first, moved, "Move"))
    session.history.mark_saved(session.history.position)
    session.history.push(Edit(moved, deformed(first, 2), "Move"))
    assert not session.history.is_saved
    session.history.undo()
    assert session.history.is_saved


def test_opening_files_is_no_work_to_lose() -> None:
    session = Session()
    assert session.history.is_automatic
    first = item()
    session.history.push(Insert(first, 0, "Open"), automatic=True)
    assert session.history.is_automatic
    session.history.push(Edit(first, deformed(first), "Move"))
    assert not session.history.is_automatic
    session.history.undo()
    assert session.history.is_automatic


def test_clearing_begins_anew() -> None:
    session = Session()
    session.history.push(Insert(item(), 0, "Insert"))
    session.history.undo()
    session.history.clear()
    session.history.redo()
    assert session.history.labels == session.history.redo_labels == ()
    assert session.history.is_saved


# --- telling ------------------------------------------------------------------------------------


def test_listeners_hear_when_steps_are_replayed() -> None:
    session = Session()
    seen: list[bool] = []
    session.document.changed.connect(lambda _: seen.append(session.history.replaying))
    session.history.push(Insert(item(), 0, "Insert"))
    session.history.undo()
    session.history.redo()
    assert seen == [False, True, True]
    assert not session.history.replaying


def test_a_step_that_fails_is_not_remembered() -> None:
    session = Session()
    with pytest.raises(KeyError):
        session.history.push(Edit(item(), item(), "Move"))
    assert session.history.labels == ()


def test_what_nobody_asked_for_leaves_the_document_saved() -> None:
    session = Session()
    history, first = session.history, item()
    history.push(Insert(first, 0, "Open"))
    history.mark_saved(history.position)
    found = deformed(first)
    history.push(Edit(first, found, "Detect"), merge=True, unasked=True)
    assert history.is_saved
    history.undo()
    assert history.is_saved
    history.redo()
    history.push(Edit(found, replace(found, name="b"), "Rename"))
    assert not history.is_saved
    history.undo()
    assert history.is_saved
    history.undo()
    history.undo()
    assert not history.is_saved  # not even what was saved is there


def test_a_step_asked_for_stays_one_when_others_join_it() -> None:
    for asked_first in (True, False):
        session = Session()
        first = item()
        session.history.push(Insert(first, 0, "Open"))
        session.history.mark_saved(session.history.position)
        second = deformed(first)
        third = deformed(second, 2.0)
        session.history.push(Edit(first, second, "Detect"), merge=True, unasked=not asked_first)
        session.history.push(Edit(second, third, "Detect"), merge=True, unasked=asked_first)
        assert session.history.labels == ("Open", "Detect")
        assert not session.history.is_saved


def test_repeated_runs_that_nobody_asked_for_are_still_no_work() -> None:
    session = Session()
    first = item()
    session.history.push(Insert(first, 0, "Open"))
    session.history.mark_saved(session.history.position)
    second = deformed(first)
    session.history.push(Edit(first, second, "Detect"), merge=True, unasked=True)
    session.history.push(Edit(second, deformed(second), "Detect"), merge=True, unasked=True)
    assert session.history.labels == ("Open", "Detect")
    assert session.history.is_saved
