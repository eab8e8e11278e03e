"""The motion that carries one open shape onto another: found, told, applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from psygnal import Signal

from kpstudio.app.carrying import carried
from kpstudio.app.corresponding import Corresponding
from kpstudio.app.jobs import Jobs
from kpstudio.app.notices import Notice
from kpstudio.app.pairing import register_shapes
from kpstudio.base.arrays import FloatArray
from kpstudio.data.mesh import Mesh
from kpstudio.document.document import Change, Document
from kpstudio.document.history import Edit, History
from kpstudio.geometry.rotations import to_vectors
from kpstudio.matching.registration import Registration

_JOB = "register"


@dataclass(frozen=True, eq=False)
class Registered:
    """A registration and what it is of.

    Parameters
    ----------
    registration
        What was found.
    source, target
        The meshes as they were.
    """

    registration: Registration
    source: Mesh
    target: Mesh


class Registering:
    """Registers the source of the pair that is matched to its target.

    Parameters
    ----------
    document, history, jobs
        What it works with.
    corresponding
        Which two shapes, and their matches.
    notify
        Told what went wrong.
    """

    changed = Signal()

    def __init__(
        self,
        document: Document,
        history: History,
        jobs: Jobs,
        corresponding: Corresponding,
        notify: Callable[[Notice], None],
    ) -> None:
        self._document, self._history, self._jobs = document, history, jobs
        self._corresponding, self._notify = corresponding, notify
        self._found: Registered | None = None
        document.changed.connect(self._document_changed)
        corresponding.state.changed.connect(self._pair_changed)

    @property
    def registration(self) -> Registration | None:
        """What was found last, as long as the two shapes are where they were."""
        return self._found.registration if self._found is not None else None

    @property
    def is_running(self) -> bool:
        """Whether a registration is on its way."""
        return any(job.key == _JOB for job in self._jobs.running)

    def run(self) -> None:
        """Register in the background: by the matches if there are three, else by all points."""
        items = self._corresponding.items
        if items is None:
            return
        source, target = (item.value for item in items)
        matches, options = self._corresponding.matches, self._corresponding.state.value.options

        def arrived(found: Registration) -> None:
            self._found = Registered(found, source.current, target.current)
            self._forget_others()
            self.changed.emit()

        def failed(error: BaseException) -> None:
            self._notify(Notice.of(error))
            self.changed.emit()

        self._jobs.submit(
            _JOB,
            f"Registering {items[0].name} to {items[1].name}",
            lambda ctx: register_shapes(source, target, matches, options.tolerance, ctx),
            arrived,
            failed,
        )
        self.changed.emit()

    def apply(self) -> None:
        """Move the source onto the target, with all that was found on it; one step."""
        items, registration = self._corresponding.items, self.registration
        if items is None or registration is None:
            return
        source, target = items
        after = replace(source, value=carried(source.value, registration.transform))
        self._history.push(Edit(source, after, f"Register to {target.name}"))

    def _pair_changed(self, *_: object) -> None:
        self._forget_others()

    def _document_changed(self, change: Change) -> None:
        if not change.transient:
            self._forget_others()

    def _forget_others(self) -> None:
        items, found = self._corresponding.items, self._found
        here = None if items is None else (items[0].value.current, items[1].value.current)
        if found is not None and here != (found.source, found.target):
            self._found = None
            self.changed.emit()


def angle_of(registration: Registration) -> float:
    """Return by how many degrees a registration turns."""
    vector: FloatArray = to_vectors(registration.transform.rotation)
    return float(np.degrees(np.linalg.norm(vector)))


def shift_of(registration: Registration, source: Mesh) -> float:
    """Return how far the middle of a source goes, its unit."""
    middle = source.origin[None]
    return float(np.linalg.norm(registration.transform.apply(middle) - middle))


def matrix_text(registration: Registration) -> str:
    """Return the (4,4) matrix as four lines of numbers, to be pasted elsewhere."""
    rows = registration.transform.matrix
    return "\n".join(" ".join(f"{value:.9g}" for value in row) for row in rows)
