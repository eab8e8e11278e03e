"""Detection while a person works: which detector, with which parameters, live or on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from kpstudio.app import operations
from kpstudio.app.edits import Edits
from kpstudio.app.jobs import Jobs
from kpstudio.app.notices import Level, Notice
from kpstudio.app.observable import Observable
from kpstudio.app.rigs import Rigs
from kpstudio.app.selection import Selection
from kpstudio.app.settings import Settings
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError, KPStudioError
from kpstudio.base.parameters import as_dict
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.detectors import registry
from kpstudio.detectors.recognise import Recognition, recognise
from kpstudio.detectors.selection import SELECTION, is_prepared, prepare
from kpstudio.document.document import Change, Document
from kpstudio.document.history import History
from kpstudio.geometry.orientation import Orientation
from kpstudio.nn.torch_libraries import load_torch_libraries

DEFAULT_DETECTOR = "keypoint-deformer"
#: Name of the undo step: "select" is what a click does.
_RESELECT = "Choose keypoints"


@dataclass(frozen=True)
class DetectOptions:
    """What the Detect panel says.

    Parameters
    ----------
    detector
        Id of the detector.
    parameters
        Its parameter object; None until the detector was first looked at.
    live
        Run again whenever a parameter, the shape or its orientation changes.
    """

    detector: str = DEFAULT_DETECTOR
    parameters: Any = None
    live: bool = True


class Detecting:
    """Runs detectors in the background and puts their results into the document.

    Parameters
    ----------
    document, history, selection, edits, rigs, jobs, settings
        What it watches and works with.
    notify
        Told what went wrong.
    """

    def __init__(
        self,
        document: Document,
        history: History,
        selection: Selection,
        edits: Edits,
        rigs: Rigs,
        jobs: Jobs,
        settings: Settings,
        notify: Callable[[Notice], None],
    ) -> None:
        self._document, self._history = document, history
        self._selection, self._edits = selection, edits
        self._rigs, self._jobs, self._settings, self._notify = rigs, jobs, settings, notify
        self._kept: dict[str, Any] = {}
        # While the options are told what is the case already.
        self._following = False
        self.options = Observable(DetectOptions())
        self.options.changed.connect(self._options_changed)
        document.changed.connect(self._document_changed)

    def choose(self, detector_id: str) -> None:
        """Take another detector, with the parameters it had last."""
        try:
            parameters = self._kept.get(detector_id)
            if parameters is None:
                parameters = registry.get_detector(detector_id).spec.parameters()
        except KPStudioError as error:
            self._notify(Notice.of(error))
            return
        self.options.update(detector=detector_id, parameters=parameters)

    def run(self, item_id: int | None = None, *, unasked: bool = False) -> None:
        """Detect on one shape, the selected one by default; a run under way is replaced.

        `unasked` says that no person wants it, only the live mode: nothing is unsaved for that.
        """
        item = self._document.find(item_id if item_id is not None else self._selected)
        if item is None:
            return
        options = self.options.value
        # Only a pose nobody chose and no detection has used yet may be guessed.
        guess = (
            item.value.detection is None
            and not item.value.orientation_chosen
            and self._settings.orientation(item.value.mesh.key) is None
        )
        self._jobs.submit(
            f"detect:{item.id}",
            f"Detecting keypoints of {item.name}",
            partial(_detect, item.value, options, guess),
            partial(self._arrived, item.id, item.value, unasked),
            self._failed,
            lane="torch",
        )

    def reselect(self, item_id: int, values: Mapping[str, Any], *, final: bool = True) -> None:
        """Choose other keypoints among the candidates of the detection that is edited.

        No detector runs, and whatever detector `options` name, the one that made the detection is
        meant; if it is the same, `options` say afterwards what was chosen.

        Parameters
        ----------
        item_id
            The item; nothing happens if its detection has no candidates.
        values
            Values of `SelectionParameters` by name; those left out stay as they were.
        final
            False while a slider moves (a preview), True when it is let go (an undo step).
        """
        item = self._document.find(item_id)
        detection = item.value.detection if item is not None else None
        if item is None or detection is None or detection.candidates is None:
            return
        mesh, metric = item.value.mesh, {**detection.provenance.parameters, **values}["metric"]
        if not is_prepared(mesh, metric):
            self._jobs.submit(
                f"choose:{item_id}",
                f"Preparing the choice of keypoints of {item.name}",
                lambda context: prepare(mesh, metric),
                lambda _: self.reselect(item_id, values, final=final),
                self._failed,
            )
            return
        shape = operations.reselect(item.value, values)
        if not final:
            self._document.preview(replace(item, value=shape))
            return
        self._edits.set_detection(item_id, shape, _RESELECT)
        self._follow(detection.provenance.detector, values)
        self._jobs.submit(
            f"handles:{item_id}",
            f"Preparing the keypoints of {item.name}",
            lambda context: operations.with_handles(shape),
            partial(self._handles_arrived, item_id, shape),
            self._failed,
        )

    def _handles_arrived(self, item_id: int, asked: Shape, handled: Shape) -> None:
        item = self._document.find(item_id)
        if item is not None and item.value is asked and handled is not asked:
            self._edits.set_detection(item_id, handled, _RESELECT)

    def _follow(self, detector: str, values: Mapping[str, Any]) -> None:
        """Let the options say what is the case already: no run."""
        options = self.options.value
        if options.detector == detector and options.parameters is not None:
            self._following = True
            self.options.update(parameters=replace(options.parameters, **values))
            self._following = False

    def _follow_choice(self, detection: Detection | None) -> None:
        """Let the options say how the keypoints were chosen that undo has brought back."""
        if detection is not None and detection.candidates is not None:
            made = detection.provenance
            chosen = {name: made.parameters[name] for name in SELECTION if name in made.parameters}
            self._follow(made.detector, chosen)

    def guess_orientation(self, item_id: int | None = None) -> None:
        """Recognise which axes of a shape are up and front, and set them."""
        item = self._document.find(item_id if item_id is not None else self._selected)
        if item is None:
            return

        def arrived(found: Recognition) -> None:
            if self._document.find(item.id) is None:
                return
            if not found.category:
                text = f"{item.name} looks like none of the known categories"
                self._notify(Notice(Level.WARNING, text, "Choose up and front yourself."))
                return
            up, front = found.orientation.up, found.orientation.front
            text = f"{item.name}: looks like {found.category}, up {up}, front {front}"
            self._notify(Notice(Level.INFO, text))
            self._edits.set_orientation(item.id, found.orientation)

        self._jobs.submit(
            f"guess:{item.id}",
            f"Looking at {item.name}",
            partial(_recognise, item.value.mesh),
            arrived,
            lambda error: self._notify(Notice.of(error)),
            lane="torch",
        )

    @property
    def _selected(self) -> int:
        return self._selection.item_id if self._selection.item_id is not None else -1

    def _arrived(self, item_id: int, asked: Shape, unasked: bool, found: Shape) -> None:
        item = self._document.find(item_id)
        if item is None:
            return
        now = item.value
        if _question(now) != _question(asked):
            return  # the shape changed meanwhile: a newer run is on its way
        assert found.detection is not None
        title = registry.get_detector(found.detection.provenance.detector).spec.title
        self._edits.set_detection(item_id, found, f"Detect ({title})", unasked=unasked)
        count, seconds = len(found.detection.keypoints), found.detection.provenance.seconds
        self._notify(Notice(Level.INFO, f"{title}: {count} keypoints in {seconds:.2f} s"))
        told = _notes_of(now, found.detection.provenance.detector)
        for note in found.detection.notes:
            if note not in told:  # a slider under live detection says it once
                self._notify(Notice(Level.WARNING, f"{title}: {note}"))

    def _failed(self, error: BaseException) -> None:
        notice = Notice.of(error)
        if isinstance(error, InputError):  # nothing is broken: this shape is not for that detector
            notice = replace(notice, level=Level.WARNING)
        self._notify(notice)

    def _options_changed(self, new: DetectOptions, old: DetectOptions) -> None:
        if new.parameters is not None:
            self._kept[new.detector] = new.parameters
        if self._following:
            return
        # Live may be switched on over edited keypoints: they stay unless they are out of date.
        if new.live and (old.live or self._is_outdated(new)):
            self.run()

    def _is_outdated(self, options: DetectOptions) -> bool:
        """Whether the selected shape's detection was made in another way than is asked for."""
        item = self._document.find(self._selected)
        if item is None or item.value.detection is None or options.parameters is None:
            return True
        made = item.value.detection.provenance
        wanted = as_dict(options.parameters)
        # An empty model stands for the one that is recognised.
        known = {name: value for name, value in made.parameters.items() if wanted.get(name) != ""}
        asked = {name: value for name, value in wanted.items() if value != ""}
        return made.detector != options.detector or known != asked

    def _document_changed(self, change: Change) -> None:
        if change.transient:
            return
        if change.after is None:
            for kind in ("detect", "guess", "choose", "handles", "bind"):
                self._jobs.cancel(f"{kind}:{change.item_id}")
            return
        shape = change.after.value
        if shape.detection is not None:
            self._rigs.prepare(change.item_id, shape)
        if self._history.replaying:
            if change.item_id == self._selected:
                self._follow_choice(shape.detection)
        elif self.options.value.live and _calls(change):
            self.run(change.item_id, unasked=True)


def _notes_of(shape: Shape, detector: str) -> tuple[str, ...]:
    """Return what was said of the detector's last result on the shape."""
    found = (one for one in shape.detections if one.provenance.detector == detector)
    return next((one.notes for one in found), ())


def _question(shape: Shape) -> tuple[int, Orientation, str]:
    """Return what an answer depends on."""
    return id(shape.mesh), shape.orientation, shape.category


def _calls(change: Change) -> bool:
    """Whether a change calls for a detection: a new shape without keypoints, another question."""
    if change.after is None:
        return False
    now = change.after.value
    if change.before is None:
        return now.keypoints is None
    before = change.before.value
    answered = now.detection is not None and now.detection is not before.detection
    return not answered and _question(now) != _question(before)


def _recognise(mesh: Mesh, context: RunContext) -> Recognition:
    load_torch_libraries()
    return recognise(mesh, context)


def _detect(shape: Shape, options: DetectOptions, guess: bool, context: RunContext) -> Shape:
    if registry.get_detector(options.detector).spec.needs_model:
        context.progress(0.0, "Loading the network")
        load_torch_libraries()  # the window must not stand still meanwhile
    return operations.detect(
        shape, options.detector, options.parameters, context, guess_orientation=guess
    )
