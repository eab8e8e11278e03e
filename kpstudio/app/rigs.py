"""Rigs by shape: bound once in the background, then at hand for every drag."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from psygnal import Signal

from kpstudio.app.jobs import Jobs
from kpstudio.app.notices import Notice
from kpstudio.app.operations import rig_for
from kpstudio.data.detection import Handling
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.deformation.rig import Rig

#: Rigs kept: each holds n x k numbers, 50 MB for a million vertices and 12 keypoints.
KEPT = 4


class Rigs:
    """Keeps the newest rigs and binds missing ones in the background.

    Parameters
    ----------
    jobs
        Where binding runs.
    notify
        Told when binding fails.
    """

    ready = Signal(int)  #: item id

    def __init__(self, jobs: Jobs, notify: Callable[[Notice], None]) -> None:
        self._jobs = jobs
        self._notify = notify
        # The keys hold the objects themselves: an id alone could be reused by a newer object.
        self._rigs: OrderedDict[tuple[Mesh, Handling], Rig] = OrderedDict()

    def get(self, shape: Shape) -> Rig | None:
        """Return the rig of a shape if it is bound, else None."""
        key = _key(shape)
        if key is None or key not in self._rigs:
            return None
        self._rigs.move_to_end(key)
        return self._rigs[key]

    def keep(self, shape: Shape, rig: Rig) -> None:
        """Remember a rig."""
        key = _key(shape)
        if key is not None:
            self._rigs[key] = rig
            while len(self._rigs) > KEPT:
                self._rigs.popitem(last=False)

    def prepare(self, item_id: int, shape: Shape) -> None:
        """Bind a shape in the background unless that is done or it cannot be deformed."""
        if _key(shape) is None:
            return
        if self.get(shape) is not None:
            self.ready.emit(item_id)
            return

        def keep(rig: Rig) -> None:
            self.keep(shape, rig)
            self.ready.emit(item_id)

        self._jobs.submit(
            f"bind:{item_id}",
            f"Preparing {shape.mesh.name} for editing",
            lambda context: rig_for(shape, context),
            keep,
            lambda error: self._notify(Notice.of(error)),
        )


def _key(shape: Shape) -> tuple[Mesh, Handling] | None:
    if shape.detection is None or shape.detection.handling is None:
        return None
    return shape.mesh, shape.detection.handling
