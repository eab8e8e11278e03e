"""The models at hand: what there is, what is taken when none is named, how they look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from psygnal import Signal

from kpstudio.app.jobs import Jobs
from kpstudio.app.model_import import import_model, is_by_category
from kpstudio.app.notices import Level, Notice
from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError, KPStudioError
from kpstudio.base.parameters import build, describe
from kpstudio.base.paths import data_dir
from kpstudio.data.mesh import Mesh
from kpstudio.detectors import registry
from kpstudio.io import samples
from kpstudio.nn.catalogue import (
    Model,
    installed_models,
    preferred_model,
    remove_model,
    set_preferred,
)
from kpstudio.nn.torch_libraries import load_torch_libraries

#: Samples whose names are not those of their categories.
_SAMPLES = {"biped": "figure"}
#: Keypoints in a picture, of detectors that let themselves be asked.
_COUNT = 24


@dataclass(frozen=True, eq=False)
class Sight:
    """What a picture of a model shows.

    Parameters
    ----------
    mesh
        A shape.
    keypoints
        (k,3) what the model finds on it, mesh coordinates.
    """

    mesh: Mesh
    keypoints: FloatArray


class Models:
    """The installed models and those of the person.

    Parameters
    ----------
    jobs
        Where files are checked and pictures prepared.
    notify
        Told what went well and what went wrong.
    """

    #: There are other models, or another one is taken when none is named.
    changed = Signal()

    def __init__(self, jobs: Jobs, notify: Callable[[Notice], None]) -> None:
        self._jobs, self._notify = jobs, notify

    def of_kind(self, kind: str | None = None) -> tuple[Model, ...]:
        """Return the models of a kind, or all; none, and a notice, if the list is damaged."""
        try:
            return installed_models(kind)
        except KPStudioError as error:
            self._notify(Notice.of(error))
            return ()

    def is_preferred(self, model: Model) -> bool:
        """Return whether this is the model that is taken when none is named."""
        chosen = preferred_model(model.kind, _category(model))
        return chosen is not None and chosen.id == model.id

    def prefer(self, model: Model) -> None:
        """Let this be the model that is taken when none is named."""
        self._try(lambda: set_preferred(model, by_category=is_by_category(model.kind)))

    def remove(self, model: Model) -> None:
        """Delete a model of the person's own."""
        self._try(lambda: remove_model(model))

    def import_file(self, path: Path) -> None:
        """Check a model file in the background and take it in; a notice tells how that went."""

        def work(ctx: RunContext) -> Model:
            load_torch_libraries()
            return import_model(path, ctx)

        def done(model: Model) -> None:
            self._notify(Notice(Level.INFO, f"Imported {model.title}", model.id))
            self.changed.emit()

        self._jobs.submit(
            f"import-model:{path}",
            f"Importing {path.name}",
            work,
            done,
            lambda error: self._notify(Notice.of(error)),
            lane="torch",
        )

    def look(self, model: Model, done: Callable[[Sight | None], None]) -> None:
        """Run a model on a sample in the background, for a picture.

        Parameters
        ----------
        model
            The model; only the newest one asked for is looked at.
        done
            Told what it finds; None if there is nothing to see.
        """
        name = _sample(model)
        if name is None or model.kind not in registry.detector_ids():
            done(None)
            return
        self._jobs.submit(
            "look-at-model",
            f"Looking at {model.title}",
            lambda ctx: _sight(model, name, ctx),
            done,
            lambda error: done(None),
            lane="torch",
        )

    @staticmethod
    def picture_file(model: Model, look: str) -> Path:
        """Return where a picture of a model is kept; the hash makes it that of this file."""
        return data_dir() / "pictures" / f"{model.id}-{model.sha256[:16]}-{look}.png"

    def _try(self, change: Callable[[], None]) -> None:
        try:
            change()
        except KPStudioError as error:
            self._notify(Notice.of(error))
        self.changed.emit()


def _category(model: Model) -> str | None:
    return model.category if is_by_category(model.kind) else None


def _sample(model: Model) -> str | None:
    """Return the sample that a model can show itself on."""
    name = _SAMPLES.get(model.category, model.category) or samples.DEFAULT
    return name if name in samples.sample_names() else None


def _sight(model: Model, sample: str, ctx: RunContext) -> Sight:
    """Return what a model finds on a sample.

    Raises
    ------
    KPStudioError
        The model does not load, or finds nothing.
    """
    from kpstudio.io.registry import load_mesh

    load_torch_libraries()
    mesh = load_mesh(samples.sample_path(sample), ctx.part(0.0, 0.2))[0]
    detector = registry.get_detector(model.kind)
    known = {info.name for info in describe(detector.spec.parameters)}
    values = {"model": model.id, **({"count": _COUNT} if "count" in known else {})}
    parameters: object = build(detector.spec.parameters, values)
    found = detector.detect(mesh, None, parameters, ctx.part(0.2, 1.0)).keypoints.positions
    if len(found) == 0:
        raise InputError("the model finds nothing on the sample")
    return Sight(mesh, found)
