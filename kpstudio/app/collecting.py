"""The collection at hand: opened, detected on, matched, learnt from; all in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from psygnal import Signal

from kpstudio.app.collection.pictures import Pictures
from kpstudio.app.jobs import Jobs
from kpstudio.app.notices import Level, Notice
from kpstudio.app.selection import Selection
from kpstudio.base.context import RunContext
from kpstudio.base.errors import KPStudioError
from kpstudio.data.shape import Shape
from kpstudio.detectors import registry
from kpstudio.document.document import Document
from kpstudio.document.history import History, Insert
from kpstudio.document.item import Item
from kpstudio.geometry.orientation import Orientation

if TYPE_CHECKING:
    from kpstudio.app.collection.collection import Collection, Entry
    from kpstudio.app.collection.labelling import MatchOptions
    from kpstudio.app.collection.shape_space import Morph, ShapeSpace

T = TypeVar("T")

#: All work on a collection has this key: the newest wins.
KEY = "collection"
_SAVE, _EDIT = "collection:save", "collection:edit:"
_MORPH, _PREVIEW = "collection:morph", "collection:preview"
#: Shapes on which a detector failed that are named.
_NAMED = 3


@dataclass(frozen=True)
class DetectRequest:
    """What is to be detected on all shapes.

    Parameters
    ----------
    detector
        Id of the detector.
    parameters
        Values of its parameters by name.
    workers
        Processes that share the work; 0: this one does it.
    """

    detector: str = "iss"
    parameters: dict[str, Any] = field(default_factory=dict)
    workers: int = 0


class Collecting:
    """Works on one collection at a time, and keeps it while its window is closed.

    Parameters
    ----------
    document, history, selection
        Where shapes are put that are opened to be edited.
    jobs
        Where work runs.
    notify
        Told what went wrong.
    """

    #: The collection, its variety, or whether work is under way.
    changed = Signal()

    def __init__(
        self,
        document: Document,
        history: History,
        selection: Selection,
        jobs: Jobs,
        notify: Callable[[Notice], None],
    ) -> None:
        self._document, self._history, self._selection = document, history, selection
        self._jobs, self._notify = jobs, notify
        self.collection: Collection | None = None
        #: How its shapes vary; None before that was learnt.
        self.space: ShapeSpace | None = None
        #: Whether something is not in its file yet.
        self.is_unsaved = False
        #: What its shapes look like.
        self.pictures = Pictures(jobs)

    # --- work under way ------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether work on the collection is under way."""
        return any(job.key == KEY for job in self._jobs.running)

    @property
    def progress(self) -> tuple[float, str]:
        """How far it is, 0 to 1, and what it does."""
        for job in self._jobs.running:
            if job.key == KEY:
                return job.fraction, job.text
        return 0.0, ""

    def cancel(self) -> None:
        """Stop it; the collection stays as it was."""
        self._jobs.cancel(KEY)
        self.changed.emit()

    # --- what is done --------------------------------------------------------------------------

    def open(self, folder: Path) -> None:
        """Open the collection of a folder."""

        def work(ctx: RunContext) -> Collection:
            from kpstudio.app.collection.scan import open_collection

            return open_collection(folder, ctx)

        def arrived(found: Collection) -> None:
            self.is_unsaved = False
            self._take(found)
            if found.labelling is not None:
                self.learn()

        self._run(f"Opening {folder.name}", work, arrived)

    def save(self) -> None:
        """Write the collection beside its folder."""
        collection = self.collection
        if collection is None:
            return

        def work(ctx: RunContext) -> Path:
            from kpstudio.app.collection.collection_file import save_collection

            return save_collection(collection)

        def saved(path: Path) -> None:
            self.is_unsaved = self.is_unsaved and self.collection is not collection
            self._notify(Notice(Level.INFO, f"Wrote {path.name}"))
            self.changed.emit()

        self._jobs.submit(
            _SAVE, f"Saving {collection.folder.name}", work, saved, self._tell,
            lane="save", must_finish=True,
        )  # fmt: skip

    def orient(self, orientation: Orientation) -> None:
        """Say which axes are up and front on all shapes; labels stay."""
        if self.collection is not None and orientation != self.collection.orientation:
            self.is_unsaved = True
            self._take(replace(self.collection, orientation=orientation))
            if self.collection.labelling is not None:
                self.learn()

    def detect(self, request: DetectRequest, names: tuple[str, ...] = ()) -> None:
        """Detect keypoints on all shapes, or on those of some names."""
        collection = self.collection
        if collection is None:
            return
        pose = collection.orientation

        def work(ctx: RunContext) -> Collection:
            from kpstudio.app.batch.work import Detecting
            from kpstudio.app.collection.detection import SUFFIX, detect_on_all

            task = Detecting(SUFFIX, request.detector, request.parameters, pose.up, pose.front)
            return detect_on_all(collection, task, request.workers, names, ctx)

        def arrived(found: Collection) -> None:
            self.is_unsaved = True
            self._take(found)
            self._tell_failures(found, names)

        learned = registry.get_detector(request.detector).spec.needs_model
        self._run("Detecting on the collection", work, arrived, "torch" if learned else "cpu")

    def match(self, options: MatchOptions) -> None:
        """Give keypoints labels that agree on all shapes, and learn how these vary."""
        collection = self.collection
        if collection is None:
            return

        def work(ctx: RunContext) -> Collection:
            from kpstudio.app.collection.labelling import label_collection

            return label_collection(collection, options, ctx)

        def arrived(found: Collection) -> None:
            self.is_unsaved = True
            self._take(found)
            self.learn()

        self._run("Matching the collection", work, arrived)

    def rename(self, label: int, name: str) -> None:
        """Call a label otherwise, on all shapes."""
        collection = self.collection
        if collection is None or collection.labelling is None:
            return
        try:
            labelling = collection.labelling.renamed(label, name)
        except KPStudioError as error:
            self._notify(Notice.of(error))
        else:
            self.collection = replace(collection, labelling=labelling)
            self.is_unsaved = True
            if self.space is not None and label in self.space.labels:
                names = tuple(labelling.names[number] for number in self.space.labels)
                self.space = replace(self.space, names=names)
        self.changed.emit()

    def learn(self) -> None:
        """Learn how the labelled shapes vary."""
        collection = self.collection
        if collection is None:
            return

        def work(ctx: RunContext) -> ShapeSpace:
            from kpstudio.app.collection.shape_space import learn

            return learn(collection, ctx)

        def arrived(space: ShapeSpace) -> None:
            self.space = space

        self._run("Learning how the shapes vary", work, arrived)

    def edit(self, entry: Entry) -> None:
        """Open a shape of the collection in the document, with its keypoints and what they know."""
        collection, space = self.collection, self.space
        if collection is None:
            return

        def work(ctx: RunContext) -> Shape:
            from kpstudio.app.collection.editable import editable

            return editable(collection, space, entry, ctx)

        def arrived(shape: Shape) -> None:
            step = Insert(Item(shape), len(self._document), f"Open {entry.path.name}")
            self._history.push(step, automatic=True)
            self._selection.select_item(step.item.id)

        title = f"Opening {entry.path.name}"
        self._jobs.submit(f"{_EDIT}{entry.name}", title, work, arrived, self._tell)

    # --- morphing ------------------------------------------------------------------------------

    def morph(self, row: int, done: Callable[[Morph], None]) -> None:
        """Make a shape ready to take any coefficients."""
        collection, space = self.collection, self.space
        if collection is None or space is None:
            return

        def work(ctx: RunContext) -> Morph:
            from kpstudio.app.collection.shape_space import morph

            return morph(collection, space, row, ctx)

        self._jobs.submit(_MORPH, f"Preparing {space.shapes[row]}", work, done, self._tell)

    def preview(
        self, draw: Callable[[], T], done: Callable[[T], None], failed: Callable[[], None]
    ) -> None:
        """Draw something in the background; the newest wins."""

        def tell(error: BaseException) -> None:
            failed()
            self._tell(error)

        self._jobs.submit(_PREVIEW, "Drawing", lambda _: draw(), done, tell, quiet=True)

    # --- inside --------------------------------------------------------------------------------

    def _take(self, collection: Collection) -> None:
        self.collection, self.space = collection, None
        self.changed.emit()

    def _run(
        self,
        title: str,
        work: Callable[[RunContext], Any],
        arrived: Callable[[Any], None],
        lane: str = "cpu",
    ) -> None:
        def done(result: Any) -> None:
            arrived(result)
            self.changed.emit()

        self._jobs.submit(KEY, title, work, done, self._failed, lane=lane)
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        self._tell(error)
        self.changed.emit()

    def _tell(self, error: BaseException) -> None:
        self._notify(Notice.of(error))

    def _tell_failures(self, collection: Collection, names: tuple[str, ...]) -> None:
        failed = [e for e in collection.entries if e.error and (not names or e.name in names)]
        if failed:
            text = f"{len(failed)} of {len(names) or len(collection.entries)} shapes failed"
            told = "; ".join(f"{entry.name}: {entry.error}" for entry in failed[:_NAMED])
            self._notify(Notice(Level.WARNING, text, told))
