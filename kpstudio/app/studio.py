"""The composition root: one object that holds the whole application without its window."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from psygnal import Signal

from kpstudio.app.arranging import Arranging
from kpstudio.app.collecting import Collecting
from kpstudio.app.corresponding import Corresponding
from kpstudio.app.descriptors import Descriptors
from kpstudio.app.detecting import Detecting
from kpstudio.app.edits import Edits
from kpstudio.app.evaluating import Evaluating
from kpstudio.app.files import Files
from kpstudio.app.inspecting import Inspecting
from kpstudio.app.jobs import Jobs, Post
from kpstudio.app.looking import Looking
from kpstudio.app.mapping import Mapping
from kpstudio.app.models import Models
from kpstudio.app.notices import Notice
from kpstudio.app.observable import Observable
from kpstudio.app.options import HANDLE_SIZES, SPACINGS, EditOptions, ViewOptions
from kpstudio.app.registering import Registering
from kpstudio.app.rigs import Rigs
from kpstudio.app.selection import Selection
from kpstudio.app.settings import Settings
from kpstudio.app.training import Training
from kpstudio.document.document import Change, Document
from kpstudio.document.history import History
from kpstudio.document.item import Item
from kpstudio.geometry.orientation import Orientation


class Studio:
    """Everything that is open and everything that can be done with it.

    Parameters
    ----------
    post
        Makes a call on the thread of the window, from any thread; `Mailbox.post` without one.
    settings
        What is remembered between runs.
    """

    notified = Signal(Notice)

    def __init__(self, post: Post, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.document = Document()
        self.history = History(self.document)
        self.selection = Selection()
        self.view = Observable(_restored(ViewOptions(), self.settings.get("view", {})))
        self.arranging = Arranging(self.document, self.view)
        self.editing = Observable(EditOptions())
        self.jobs = Jobs(post)
        self.rigs = Rigs(self.jobs, self.notify)
        self.inspecting = Inspecting(self.selection, self.rigs)
        self.descriptors = Descriptors(
            self.document, self.selection, self.view, self.inspecting.changed.emit
        )
        self.inspecting.add(self.descriptors)
        self.edits = Edits(self.document, self.history, self.selection, self.rigs, self.editing)
        self.files = Files(
            self.document, self.history, self.selection, self.jobs, self.settings, self.notify
        )
        self.detecting = Detecting(
            self.document,
            self.history,
            self.selection,
            self.edits,
            self.rigs,
            self.jobs,
            self.settings,
            self.notify,
        )
        self.looking = Looking(self.document, self.edits, self.jobs, self.notify)
        self.corresponding = Corresponding(self.document, self.history, self.selection, self.jobs)
        self.mapping = Mapping(
            self.document, self.history, self.jobs, self.corresponding, self.descriptors,
            self.notify,
        )  # fmt: skip
        self.mapping.found.connect(self.inspecting.changed.emit)
        self.inspecting.add(self.mapping)
        self.registering = Registering(
            self.document, self.history, self.jobs, self.corresponding, self.notify
        )
        self.evaluating = Evaluating(self.document, self.jobs, self.notify)
        self.collecting = Collecting(
            self.document, self.history, self.selection, self.jobs, self.notify
        )
        self.models = Models(self.jobs, self.notify)
        self.training = Training(self.document, self.jobs, self.models, self.notify)
        self.view.changed.connect(self._keep_view)
        self.document.changed.connect(self._keep_selection_valid)
        self.history.changed.connect(self._select_something)

    @property
    def selected(self) -> Item | None:
        """The selected item."""
        item_id = self.selection.item_id
        return self.document.find(item_id) if item_id is not None else None

    @property
    def has_unsaved_work(self) -> bool:
        """Whether closing now would lose something a person did.

        Looking at a mesh and detecting on it is no work as long as no project holds it.
        """
        if self.history.is_saved:
            return False
        return self.files.project_path is not None or not self.history.is_automatic

    @property
    def title(self) -> str:
        """Name of the document for the window's title, with a star when work is unsaved."""
        path: Path | None = self.files.project_path
        name = path.stem if path is not None else "Untitled"
        return f"{name} *" if self.has_unsaved_work else name

    def orient(self, item_id: int, orientation: Orientation) -> None:
        """Set a shape's up and front, and remember them for this mesh."""
        item = self.document.find(item_id)
        if item is not None:
            self.settings.remember_orientation(item.value.mesh.key, orientation)
            self.edits.set_orientation(item_id, orientation)

    def notify(self, notice: Notice) -> None:
        """Tell the person something."""
        self.notified.emit(notice)

    def close(self) -> None:
        """Stop all background work; safe to call twice."""
        self.jobs.close()

    def _keep_view(self, new: ViewOptions, old: ViewOptions) -> None:
        kept = asdict(new)
        for name in _OF_THE_MOMENT:
            del kept[name]
        self.settings.put("view", kept)

    def _select_something(self) -> None:
        # What an undo brought back into an empty document is at hand again.
        if self.selection.item_id is None and len(self.document):
            self.selection.select_item(next(iter(self.document)).id)

    def _keep_selection_valid(self, change: Change) -> None:
        if change.transient or change.item_id != self.selection.item_id:
            return
        if change.after is None:
            first = next(iter(self.document), None)
            self.selection.select_item(first.id if first is not None else None)
            return
        keypoints = change.after.value.keypoints
        count = len(keypoints) if keypoints is not None else 0
        self.selection.select_keypoints(i for i in self.selection.keypoints if i < count)


#: Options that belong to the shapes at hand, not to the next run.
_OF_THE_MOMENT = ("field", "style", "layout", "other_fields", "pane", "compare",
                  "left_out", "agreement_radius", "overlays", "arrangement")  # fmt: skip


def _restored(options: ViewOptions, saved: dict[str, Any]) -> ViewOptions:
    """Return the options with saved values of the right type put in."""
    values: dict[str, Any] = {}
    for field in fields(options):
        default = getattr(options, field.name)
        if field.name in _OF_THE_MOMENT:
            continue
        try:
            values[field.name] = type(default)(saved.get(field.name, default))
        except (TypeError, ValueError, OverflowError):
            values[field.name] = default
    for name, (low, high, _) in (("handle_size", HANDLE_SIZES), ("spacing", SPACINGS)):
        if not low <= values[name] <= high:  # NaN is not either
            values[name] = getattr(options, name)
    return ViewOptions(**values)
