"""Which keypoint of one open shape is which of another: found, corrected by hand, highlighted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from psygnal import Signal

from kpstudio.app.corrections import Correct, Corrections, Pair
from kpstudio.app.jobs import Jobs
from kpstudio.app.observable import Observable
from kpstudio.app.pairing import MatchOptions, match
from kpstudio.app.selection import Selection
from kpstudio.base.arrays import BoolArray
from kpstudio.base.errors import KPStudioError
from kpstudio.data.correspondence import Correspondence
from kpstudio.document.document import Change, Document
from kpstudio.document.history import History
from kpstudio.document.item import Item

_JOB = "match"


@dataclass(frozen=True)
class Pairing:
    """Which two shapes are matched, and how.

    Parameters
    ----------
    source, target
        Ids of the two items.
    options
        How their keypoints are matched.
    shown
        Whether matches are shown, and found again whenever keypoints change.
    drawing
        Whether clicks on two keypoints make them a pair.
    """

    source: int | None = None
    target: int | None = None
    options: MatchOptions = field(default_factory=MatchOptions)
    shown: bool = False
    drawing: bool = False


class Corresponding:
    """Finds, corrects and highlights the matches of two shapes.

    Parameters
    ----------
    document, history, selection
        The shapes, what was done, and what is under the cursor.
    jobs
        Where matching runs.
    """

    changed = Signal()  #: the matches are other ones, or why there are none
    highlight_changed = Signal()

    def __init__(
        self, document: Document, history: History, selection: Selection, jobs: Jobs
    ) -> None:
        self._document, self._history = document, history
        self._selection, self._jobs = selection, jobs
        self.state = Observable(Pairing())
        #: Why nothing was found, for people.
        self.problem = ""
        self._found: Correspondence | None = None
        self._matches: Correspondence | None = None
        self._corrections: dict[tuple[int, int], Corrections] = {}
        self._hovered: int | None = None
        self._chosen: tuple[int, ...] = ()
        self.state.changed.connect(self._state_changed)
        document.changed.connect(self._document_changed)
        selection.hover_changed.connect(self.highlight_changed.emit)

    # --- what there is -------------------------------------------------------------------------

    @property
    def items(self) -> tuple[Item, Item] | None:
        """Source and target, if both are open."""
        state = self.state.value
        found = [self._document.find(one) for one in (state.source, state.target)
                 if one is not None]  # fmt: skip
        if len(found) < 2 or found[0] is None or found[1] is None:
            return None
        return found[0], found[1]

    @property
    def matches(self) -> Correspondence | None:
        """The matches as they were found and corrected; None before any were looked for."""
        return self._matches

    @property
    def shown(self) -> Correspondence | None:
        """The matches to be seen: None while they are not shown, or a shape is hidden."""
        items = self.items
        if not self.state.value.shown or items is None or not all(one.visible for one in items):
            return None
        return self._matches

    @property
    def is_running(self) -> bool:
        """Whether newer matches are on their way."""
        return any(job.key == _JOB for job in self._jobs.running)

    def names(self, row: int) -> tuple[str, str]:
        """Return the names of the two keypoints of a match."""
        items, matches = self.items, self._matches
        assert items is not None
        assert matches is not None
        pair = matches.pairs[row]
        names = [item.value.keypoints.schema.names if item.value.keypoints is not None else ()
                 for item in items]  # fmt: skip
        return names[0][pair[0]], names[1][pair[1]]

    def is_drawn(self, row: int) -> bool:
        """Whether a match was made by hand."""
        assert self._matches is not None
        i, j = self._matches.pairs[row]
        return (int(i), int(j)) in self._corrected.drawn

    def matched(self, item_id: int) -> BoolArray | None:
        """Return (k,) which keypoints of an item have a partner; None for one not of the pair."""
        matches, items, side = self.shown, self.items, self._side(item_id)
        if matches is None or items is None or side is None:
            return None
        keypoints = items[side].value.keypoints
        has = np.zeros(len(keypoints) if keypoints is not None else 0, bool)
        has[matches.pairs[:, side]] = True
        return has

    # --- finding -------------------------------------------------------------------------------

    def pair_up(self, source: int | None, target: int | None) -> None:
        """Choose the two shapes; the same one twice is not possible."""
        self.state.update(source=source, target=target if target != source else None)

    def swap(self) -> None:
        """Let source and target change places."""
        state = self.state.value
        self.state.update(source=state.target, target=state.source)

    def run(self) -> None:
        """Find the matches in the background; a run under way is replaced."""
        items = self.items
        if items is None:
            self._jobs.cancel(_JOB)
            return
        self.state.update(shown=True)
        first, second = items
        self._jobs.submit(
            _JOB,
            f"Matching {first.name} with {second.name}",
            lambda ctx: match(first.value, second.value, self.state.value.options, ctx),
            partial(self._arrived, items),
            self._failed,
        )

    # --- by hand -------------------------------------------------------------------------------

    def cut(self, rows: Iterable[int]) -> None:
        """Take matches away, one step."""
        matches = self._matches
        pairs = [tuple(int(one) for one in matches.pairs[row]) for row in rows] if (
            matches is not None) else []  # fmt: skip
        if pairs:
            label = "Cut match" if len(pairs) == 1 else f"Cut {len(pairs)} matches"
            self._correct(self._corrected.without((a, b) for a, b in pairs), label)

    def draw(self, first: int, second: int) -> None:
        """Make two keypoints a pair, one step; their partners of before have none then."""
        items = self.items
        if items is not None:
            names = self._names_of(items, (first, second))
            self._correct(self._corrected.joined((first, second)), f"Match {names}")

    def forget_corrections(self) -> None:
        """Show the matches as they were found, one step."""
        if self.is_corrected:
            self._correct(Corrections(), "Drop corrections of matches")

    @property
    def is_corrected(self) -> bool:
        """Whether a person changed something."""
        return self._corrected != Corrections()

    # --- highlighting --------------------------------------------------------------------------

    @property
    def highlighted(self) -> tuple[int, ...]:
        """Rows of the matches that stand out: those chosen, and the one under the cursor."""
        count = len(self._matches) if self._matches is not None else 0
        rows = dict.fromkeys((*self._chosen, *((self._hovered,) if self._hovered is not None
                                               else self._rows_of_hovered_keypoint())))  # fmt: skip
        return tuple(row for row in rows if row < count)

    def hover(self, row: int | None) -> None:
        """Say which match is under the cursor."""
        if row != self._hovered:
            self._hovered = row
            self.highlight_changed.emit()

    def choose(self, rows: Iterable[int]) -> None:
        """Say which matches a person has chosen."""
        chosen = tuple(rows)
        if chosen != self._chosen:
            self._chosen = chosen
            self.highlight_changed.emit()

    def row_of(self, item_id: int, keypoint: int) -> int | None:
        """Return the match of a keypoint, if it has one."""
        matches, side = self.shown, self._side(item_id)
        if matches is None or side is None:
            return None
        rows = np.flatnonzero(matches.pairs[:, side] == keypoint)
        return int(rows[0]) if len(rows) else None

    def hovered_on(self, item_id: int) -> int | None:
        """Return the keypoint of an item that belongs to the match under the cursor."""
        matches, side = self.shown, self._side(item_id)
        row = self._hovered
        if row is None:
            row = next(iter(self._rows_of_hovered_keypoint()), None)
        if matches is None or side is None or row is None or row >= len(matches):
            return None
        return int(matches.pairs[row, side])

    # --- inside --------------------------------------------------------------------------------

    @property
    def _key(self) -> tuple[int, int] | None:
        state = self.state.value
        if state.source is None or state.target is None:
            return None
        return state.source, state.target

    @property
    def _corrected(self) -> Corrections:
        key = self._key
        return self._corrections.get(key, Corrections()) if key is not None else Corrections()

    def _side(self, item_id: int) -> int | None:
        state = self.state.value
        return {state.source: 0, state.target: 1}.get(item_id)

    def _rows_of_hovered_keypoint(self) -> tuple[int, ...]:
        item_id, keypoint = self._selection.item_id, self._selection.hovered
        if item_id is None or keypoint is None:
            return ()
        row = self.row_of(item_id, keypoint)
        return (row,) if row is not None else ()

    def _names_of(self, items: tuple[Item, Item], pair: Pair) -> str:
        names = []
        for item, index in zip(items, pair, strict=True):
            assert item.value.keypoints is not None
            names.append(item.value.keypoints.schema.names[index])
        return " with ".join(names)

    def _correct(self, after: Corrections, label: str) -> None:
        key = self._key
        if key is None or after == self._corrected:
            return

        def put(corrections: Corrections) -> None:
            self._corrections[key] = corrections
            self._apply()

        # No file holds matches but those a person exports: nothing in the project is unsaved.
        step = Correct(put, self._corrected, after, label)
        self._history.push(step, automatic=True, unasked=True)

    def _arrived(self, items: tuple[Item, Item], found: Correspondence) -> None:
        now = self.items
        if now is None or any(_differs(a, b) for a, b in zip(items, now, strict=True)):
            return  # another run is on its way
        self.problem, self._found = "", found
        self._apply()

    def _failed(self, error: BaseException) -> None:
        known = isinstance(error, KPStudioError)
        self._found, self.problem = None, str(error) if known else f"Unexpected error: {error}"
        self._apply()

    def _apply(self) -> None:
        found = self._found
        if found is None and self._corrected.drawn:
            found = Correspondence(np.zeros((0, 2), np.int32), source="by hand")
        self._matches = self._corrected.apply(found) if found is not None else None
        self._hovered, self._chosen = None, ()
        self.changed.emit()

    def _state_changed(self, new: Pairing, old: Pairing) -> None:
        if (new.source, new.target) != (old.source, old.target):
            self._found, self.problem = None, ""
            self._apply()
        elif new.options == old.options:
            self.changed.emit()
            return
        if new.shown:
            self.run()

    def _document_changed(self, change: Change) -> None:
        if change.transient:
            return
        if change.before is None or change.after is None:
            self._fill_in()
        elif self._side(change.item_id) is not None and _differs(change.before, change.after):
            if _count(change.before) != _count(change.after):
                # What was found and corrected is of keypoints that are gone.
                self._corrections.pop(self._key or (-1, -1), None)
                self._found = None
                self._apply()
            if self.state.value.shown:
                self.run()
        elif self._side(change.item_id) is not None:
            self.changed.emit()  # its name, or whether it is visible

    def _fill_in(self) -> None:
        """Pair up the first two shapes where nobody has chosen, or what was chosen is closed."""
        state, ids = self.state.value, [item.id for item in self._document]
        source = state.source if state.source in ids else None
        target = state.target if state.target in ids else None
        rest = [one for one in ids if one not in (source, target)]
        source = source if source is not None or not rest else rest.pop(0)
        target = target if target is not None or not rest else rest.pop(0)
        both = target is not None and (source, target) == (state.source, state.target)
        self.state.set(replace(state, source=source, target=target, shown=state.shown and both))


def _differs(before: Item, after: Item) -> bool:
    a, b = before.value, after.value
    return (a.keypoints, a.detection, a.others, a.mesh) != (
        b.keypoints, b.detection, b.others, b.mesh)  # fmt: skip


def _count(item: Item) -> int:
    return len(item.value.keypoints) if item.value.keypoints is not None else 0
