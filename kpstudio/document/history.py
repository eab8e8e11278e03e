"""Undo and redo: every change of the document is a step that knows its way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakSet

from psygnal import Signal

from kpstudio.document.document import Document
from kpstudio.document.item import Item

#: Bytes of mesh positions and heatmaps that undo steps may hold on to.
BYTE_LIMIT = 512 * 2**20


class Step(Protocol):
    """One undoable change."""

    @property
    def label(self) -> str:
        """What a person would call it."""

    def do(self, document: Document) -> None:
        """Apply the step."""

    def undo(self, document: Document) -> None:
        """Take the step back."""

    @property
    def size(self) -> int:
        """Bytes that only this step keeps alive."""


def _own_bytes(item: Item) -> int:
    return item.value.current.vertices.nbytes if item.value.is_deformed else 0


def _field_bytes(item: Item) -> dict[int, int]:
    """Return the bytes of each field of the detection by its identity: detections share them."""
    detection = item.value.detection
    if detection is None:
        return {}
    groups = (detection.fields, *detection.keypoint_fields.values())
    return {id(field): field.values.nbytes for group in groups for field in group}


@dataclass(frozen=True, eq=False)
class Edit:
    """Another state of one item."""

    before: Item
    after: Item
    label: str

    def do(self, document: Document) -> None:
        """Show the new state."""
        document.replace(self.after)

    def undo(self, document: Document) -> None:
        """Show the old state."""
        document.replace(self.before)

    @property
    def size(self) -> int:
        """Bytes of the positions before the edit, and of the fields that went with it."""
        old, new = _field_bytes(self.before), _field_bytes(self.after)
        return _own_bytes(self.before) + sum(old[field] for field in old.keys() - new.keys())


@dataclass(frozen=True, eq=False)
class Insert:
    """A new item at a place."""

    item: Item
    index: int
    label: str

    def do(self, document: Document) -> None:
        """Insert the item."""
        document.insert(self.index, self.item)

    def undo(self, document: Document) -> None:
        """Remove the item."""
        document.remove(self.item.id)

    @property
    def size(self) -> int:
        """Nothing: the document holds the item."""
        return 0


@dataclass(frozen=True, eq=False)
class Remove:
    """An item taken away, with the place it came from."""

    item: Item
    index: int
    label: str

    def do(self, document: Document) -> None:
        """Remove the item."""
        document.remove(self.item.id)

    def undo(self, document: Document) -> None:
        """Insert the item where it was."""
        document.insert(self.index, self.item)

    @property
    def size(self) -> int:
        """Bytes of the whole mesh: nobody else keeps it."""
        mesh = self.item.value.mesh
        own = _own_bytes(self.item) + sum(_field_bytes(self.item).values())
        return mesh.vertices.nbytes + mesh.faces.nbytes + own


@dataclass(frozen=True, eq=False)
class Group:
    """Several steps that are one for the person."""

    steps: tuple[Step, ...]
    label: str

    def do(self, document: Document) -> None:
        """Apply all, first to last."""
        for step in self.steps:
            step.do(document)

    def undo(self, document: Document) -> None:
        """Take all back, last to first."""
        for step in reversed(self.steps):
            step.undo(document)

    @property
    def size(self) -> int:
        """Bytes of all steps."""
        return sum(step.size for step in self.steps)


class History:
    """The steps done and undone, limited by the bytes they hold.

    Parameters
    ----------
    document
        The document the steps act on.
    byte_limit
        The oldest steps are forgotten beyond this many bytes; one step always stays.
    """

    changed = Signal()

    def __init__(self, document: Document, byte_limit: int = BYTE_LIMIT) -> None:
        self._document = document
        self._byte_limit = byte_limit
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._saved: object | None = None
        self._automatic: WeakSet[Step] = WeakSet()
        self._unasked: WeakSet[Step] = WeakSet()
        # Stands for the steps that were forgotten, without holding on to their arrays.
        self._forgotten: object | None = None
        self._forgot_work = False
        #: True while undo or redo is at work: what follows a new edit must not follow those.
        self.replaying = False

    def push(
        self, step: Step, *, merge: bool = False, automatic: bool = False, unasked: bool = False
    ) -> None:
        """Do a step and remember it; what was undone before is forgotten.

        Parameters
        ----------
        step
            The step.
        merge
            Join an `Edit` with the newest step if that is an edit of the same item with the same
            label: a slider or a live detection then leaves one step, not a hundred.
        automatic
            The step can be had again at no cost, such as opening a file: it is no work that a
            person could lose.
        unasked
            The program took the step by itself, as live detection does on a shape that has just
            arrived: what was saved still is.
        """
        step.do(self._document)
        last = self._done[-1] if self._done else None
        kept = self._merged(step) if merge else step
        if automatic:
            self._automatic.add(kept)
        # Joined with a step that somebody asked for, it is part of that.
        if unasked and (kept is step or last in self._unasked):
            self._unasked.add(kept)
        self._done.append(kept)
        self._undone.clear()
        self._forget()
        self.changed.emit()

    def undo(self) -> None:
        """Take the newest step back, if there is one."""
        if self._done:
            step = self._done.pop()
            self._undone.append(step)
            self._replay(step.undo)

    def redo(self) -> None:
        """Do the step again that was undone last, if there is one."""
        if self._undone:
            step = self._undone.pop()
            self._done.append(step)
            self._replay(step.do)

    @property
    def undo_label(self) -> str:
        """What Undo would take back; empty when there is nothing."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """What Redo would do again; empty when there is nothing."""
        return self._undone[-1].label if self._undone else ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the steps done, oldest first."""
        return tuple(step.label for step in self._done)

    @property
    def redo_labels(self) -> tuple[str, ...]:
        """Labels of the steps undone, the next one to do again first."""
        return tuple(step.label for step in reversed(self._undone))

    @property
    def position(self) -> object | None:
        """The newest step done: tells one state of the document from another."""
        return self._done[-1] if self._done else self._forgotten

    def mark_saved(self, position: object | None) -> None:
        """Remember which state of the document is the one on disk."""
        self._saved = position
        self.changed.emit()

    @property
    def is_saved(self) -> bool:
        """Whether the document is as it was when it was last saved (or new).

        Steps that nobody asked for make no difference.
        """
        between = self._since_saved()
        return between is not None and all(step in self._unasked for step in between)

    @property
    def is_automatic(self) -> bool:
        """Whether every step done could be had again at no cost."""
        return not self._forgot_work and all(step in self._automatic for step in self._done)

    def clear(self) -> None:
        """Forget everything: another document was opened."""
        self._done.clear()
        self._undone.clear()
        self._saved = None
        self._forgotten, self._forgot_work = None, False
        self.changed.emit()

    def _since_saved(self) -> list[Step] | None:
        """Return the steps between the saved state and now; None when that state is forgotten."""
        if self._saved is self._forgotten:
            return self._done
        for index, step in enumerate(self._done):
            if step is self._saved:
                return self._done[index + 1 :]
        for index, step in enumerate(self._undone):
            if step is self._saved:
                return self._undone[index:]
        return None

    def _replay(self, act: Callable[[Document], None]) -> None:
        self.replaying = True
        try:
            act(self._document)
        finally:
            self.replaying = False
        self.changed.emit()

    def _merged(self, step: Step) -> Step:
        last = self._done[-1] if self._done else None
        if (
            isinstance(step, Edit)
            and isinstance(last, Edit)
            and last.after is step.before
            and last.label == step.label
            and last is not self._saved
        ):
            self._done.pop()
            return Edit(last.before, step.after, step.label)
        return step

    def _forget(self) -> None:
        held = sum(step.size for step in self._done)
        while held > self._byte_limit and len(self._done) > 1:
            step = self._done.pop(0)
            held -= step.size
            self._forgot_work |= step not in self._automatic
            self._forgotten = object()
            if self._saved is step:
                self._saved = self._forgotten
