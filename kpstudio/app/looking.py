"""Looking at pictures while a person works: what the viewport shows, photos, and poses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from psygnal import Signal

from kpstudio.app.edits import Edits
from kpstudio.app.jobs import Jobs
from kpstudio.app.notices import Notice
from kpstudio.app.observable import Observable
from kpstudio.app.photos import Photo, picture_detector, read_photo
from kpstudio.base.context import RunContext
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.shape import Shape
from kpstudio.data.views import Sight
from kpstudio.detectors import registry
from kpstudio.detectors.model_choice import choose_model
from kpstudio.detectors.picture_detector import PictureDetector
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.relative_pose import RelativePose, relative_pose
from kpstudio.document.document import Change, Document
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.orientation import Orientation
from kpstudio.nn.catalogue import installed_models
from kpstudio.nn.torch_libraries import load_torch_libraries

_VIEW, _PHOTO = "look:view", "look:photo"


@dataclass(frozen=True)
class LookOptions:
    """What is looked at, and by whom.

    Parameters
    ----------
    detector
        Id of a detector that looks at pictures.
    parameters
        Its parameter object; None for the defaults.
    this_view
        Whether it looks at what the viewport shows while the camera turns.
    as_trained
        Whether it looks from where the camera is, but as far away as in its training.
    """

    detector: str = "keypointnet"
    parameters: Any = None
    this_view: bool = False
    as_trained: bool = True


@dataclass(frozen=True, eq=False)
class Seen:
    """What a detector sees of a shape where the viewport's camera is.

    Parameters
    ----------
    item_id
        The shape.
    detector
        Who sees it.
    sight
        What it sees; its camera, in file coordinates, is the one that was used.
    schema
        What its keypoints are.
    seconds
        How long the look took.
    """

    item_id: int
    detector: str
    sight: Sight
    schema: KeypointSchema
    seconds: float


@dataclass(frozen=True, eq=False)
class _Request:
    """One look at a shape, with all it needs in a thread of its own."""

    item_id: int
    shape: Shape
    camera: Camera
    options: LookOptions

    @property
    def asks_for(self) -> tuple[str, str, Orientation, str]:
        """What the choice of a model depends on; the form of an edited mesh is not part."""
        named = getattr(self.options.parameters, "model", "") or self.shape.category
        return self.options.detector, self.shape.mesh.key, self.shape.orientation, named


def picture_detectors() -> tuple[DetectorSpec, ...]:
    """Return the detectors that look at pictures and have a model to do so.

    Raises
    ------
    ModelError
        The list of models is damaged.
    """
    specs = (spec for family in registry.by_family().values() for spec in family)
    return tuple(
        spec
        for spec in specs
        if isinstance(registry.get_detector(spec.id), PictureDetector)
        and installed_models(spec.id)
        and installed_models(spec.models)
    )


def photo_categories() -> dict[str, tuple[str, ...]]:
    """Return the ids of the detectors that can look at a photo, by the category of what it shows.

    Raises
    ------
    ModelError
        The list of models is damaged.
    """
    able: dict[str, list[str]] = {}
    for spec in picture_detectors():
        for category in sorted({model.category for model in installed_models(spec.models)}):
            able.setdefault(category, []).append(spec.id)
    return {category: tuple(able[category]) for category in sorted(able) if category}


class Looking:
    """Runs picture detectors on the view and on photos.

    Parameters
    ----------
    document, edits, jobs
        What it works with.
    notify
        Told what went wrong, and what a person should know.
    """

    #: What was seen in the viewport, `Seen`; None when nothing is looked at any more.
    seen = Signal(object)
    #: The photo that was opened, `Photo`; None when it was closed.
    photo_changed = Signal(object)

    def __init__(
        self, document: Document, edits: Edits, jobs: Jobs, notify: Callable[[Notice], None]
    ) -> None:
        self._document, self._edits, self._jobs, self._notify = document, edits, jobs, notify
        self._last: _Request | None = None
        self._running: _Request | None = None
        self._waiting: _Request | None = None
        self._models: dict[tuple[str, str, Orientation, str], str] = {}
        self._photo: Photo | None = None
        self._seen: Seen | None = None
        self.options = Observable(LookOptions())
        self.options.changed.connect(self._options_changed)
        document.changed.connect(self._document_changed)

    @property
    def photo(self) -> Photo | None:
        """The photo that is open."""
        return self._photo

    # --- this view ------------------------------------------------------------------------------

    def sight_of(self, item_id: int) -> Sight | None:
        """Return what was seen of a shape last, as long as somebody looks at it."""
        seen = self._seen
        return seen.sight if seen is not None and seen.item_id == item_id else None

    def see_view(self, item_id: int, camera: Camera, detector_id: str = "") -> None:
        """Look at a shape as it is now, from a camera in its file coordinates.

        A look under way ends first, or nothing would ever be seen while the camera turns; of
        those that are asked for meanwhile, only the newest follows.

        Parameters
        ----------
        item_id
            The shape; nothing happens if it is no longer open.
        camera
            The viewport's camera.
        detector_id
            Who looks; the one of `options` by default.
        """
        item = self._document.find(item_id)
        if item is None:
            return
        options = self.options.value
        if detector_id and detector_id != options.detector:
            options = replace(options, detector=detector_id, parameters=None)
        self._ask(_Request(item_id, item.value, camera, options))

    def stop(self) -> None:
        """Look no more at the viewport, and forget what was seen there."""
        self._jobs.cancel(_VIEW)
        self._last = self._running = self._waiting = None
        self._tell(None)

    def _tell(self, seen: Seen | None) -> None:
        self._seen = seen
        self.seen.emit(seen)

    def _ask(self, request: _Request) -> None:
        self._last = request
        if self._running is None:
            self._look(request)
        else:
            self._waiting = request

    def _look(self, request: _Request) -> None:
        self._running, self._waiting = request, None
        self._jobs.submit(
            _VIEW,
            "Looking at this view",
            partial(_see, request, self._models.get(request.asks_for, "")),
            self._arrived,
            self._failed,
            lane="torch",
            quiet=True,
        )

    def _arrived(self, found: tuple[Seen, str]) -> None:
        request, (seen, model) = self._running, found
        assert request is not None
        self._models[request.asks_for] = model
        self._running = None
        if self._document.find(request.item_id) is not None:
            self._tell(seen)
        if self._waiting is not None and self._running is None:
            self._look(self._waiting)

    def _failed(self, error: BaseException) -> None:
        # The next look would fail alike: said once, and no more is looked at.
        self._running = self._waiting = None
        self._notify(Notice.of(error))
        self.options.update(this_view=False)

    # --- photos ---------------------------------------------------------------------------------

    def open_photo(self, path: Path | str, category: str, detector_id: str = "") -> None:
        """Look at a photo in the background; `photo_changed` tells when that is done.

        Parameters
        ----------
        path
            A PNG or JPEG file.
        category
            What it shows; or a model's id or file.
        detector_id
            Who looks; by default the one of `options`, or another one if that has no model of
            the category.
        """
        self._jobs.submit(
            _PHOTO,
            f"Looking at {Path(path).name}",
            partial(_read, path, category, detector_id, self.options.value),
            self._photo_arrived,
            lambda error: self._notify(Notice.of(error)),
            lane="torch",
        )

    def close_photo(self) -> None:
        """Forget the photo; a shape that took its form keeps it."""
        self._jobs.cancel(_PHOTO)
        if self._photo is not None:
            self._photo = None
            self.photo_changed.emit(None)

    def take_form(self, item_id: int) -> bool:
        """Give a shape the coefficients that fit the photo: one step of undo.

        Returns
        -------
        bool
            False where it cannot: no photo, no fit, or keypoints of another model.
        """
        item = self._document.find(item_id)
        if item is None or self._photo is None or not self._photo.fits(item.value):
            return False
        self._edits.set_coefficients(item_id, self._photo.deviations, final=True)
        return True

    def camera_of_photo(self, item_id: int) -> Camera | None:
        """Return the camera that sees a shape as the photo shows it, file coordinates."""
        item = self._document.find(item_id)
        if item is None or self._photo is None:
            return None
        return self._photo.camera_of(item.value)

    def _photo_arrived(self, photo: Photo) -> None:
        self._photo = photo
        self.photo_changed.emit(photo)

    # --- two sights -----------------------------------------------------------------------------

    def relative_pose(self, first: Sight, second: Sight) -> RelativePose:
        """Return how the shape turns from one sight to another; see `detectors.relative_pose`."""
        return relative_pose(first, second, None if self._photo is None else self._photo.lens)

    # --- what happens elsewhere -----------------------------------------------------------------

    def _options_changed(self, new: LookOptions, old: LookOptions) -> None:
        if old.this_view and not new.this_view:
            self.stop()
        elif new.this_view and self._last is not None:
            self._ask(replace(self._last, options=new))

    def _document_changed(self, change: Change) -> None:
        last = self._last
        if last is None or last.item_id != change.item_id:
            return
        if change.after is None:
            self.stop()
        elif self.options.value.this_view and _differs(change.after.value, last.shape):
            self._ask(replace(last, shape=change.after.value))


def _differs(shape: Shape, other: Shape) -> bool:
    """Whether two states of a shape look different: in form, or as another category."""
    return (shape.current, shape.orientation, shape.category) != (
        other.current, other.orientation, other.category
    )  # fmt: skip


def _see(request: _Request, model: str, context: RunContext) -> tuple[Seen, str]:
    """Return what is seen, and the model that saw it: `model`, or else one that is chosen."""
    from kpstudio.nn.keypoint_model import read_keypoints  # imports torch

    began = time.perf_counter()
    load_torch_libraries()
    shape, options = request.shape, request.options
    detector = picture_detector(options.detector)
    parameters = options.parameters or detector.spec.parameters()
    model = model or _chosen(shape, options.detector, parameters.model, context)
    sight = detector.see(
        shape.current,
        request.camera,
        shape.orientation,
        replace(parameters, model=model),
        context,
        as_trained=options.as_trained,
    )
    loaded = detector.model_named(model, parameters)
    schema, _ = read_keypoints(loaded.metadata, loaded.extras, len(sight.pixels))
    seconds = time.perf_counter() - began
    return Seen(request.item_id, options.detector, sight, schema, seconds), model


def _chosen(shape: Shape, detector_id: str, name: str, context: RunContext) -> str:
    """Return the model for a shape: a named one, that of its keypoints, or a recognised one."""
    name = name or shape.category
    for found in shape.detections:
        if not name and found.provenance.detector == detector_id:
            name = str(found.provenance.parameters.get("model", ""))
    models = registry.get_detector(detector_id).spec.models
    model = choose_model(models, shape.mesh, shape.orientation, name, context)
    return name or model.id


def _read(
    path: Path | str, category: str, detector: str, options: LookOptions, context: RunContext
) -> Photo:
    load_torch_libraries()
    able = photo_categories().get(category, ())
    if not detector:
        known = not able or options.detector in able
        detector = options.detector if known else able[0]
    parameters = options.parameters if detector == options.detector else None
    return read_photo(path, category, detector, parameters, context)
