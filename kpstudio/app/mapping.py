"""Dense maps between two open shapes: what is on one comes to the other, and places are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from psygnal import Signal

from kpstudio.app.corresponding import Corresponding
from kpstudio.app.descriptors import Descriptors, Mark, Probe
from kpstudio.app.inspecting import FieldChoice, VertexColors
from kpstudio.app.jobs import Jobs
from kpstudio.app.notices import Notice
from kpstudio.app.pairing import DensePair, Method, dense_pair, descriptors_for
from kpstudio.app.transfers import What, transfer
from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.data.field import Field
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.detectors.surfaces import surface_of
from kpstudio.document.document import Change, Document
from kpstudio.document.history import Edit, History
from kpstudio.document.item import Item
from kpstudio.geometry.geodesics import distances_from
from kpstudio.matching.dense import DenseParameters
from kpstudio.matching.descriptors import distance_to

#: Key of the field that says how like the clicked point places are.
PLACES = "match:places"
_MAP, _FIND = "dense map", "find places"
#: Where the likeness has fallen to exp(-1/2): so far away along the surface, in diameters; or as
#: unlike as this percentage of all vertices is at most.
_NEAR, _SHARE = 0.05, 3.0


@dataclass(frozen=True, eq=False)
class Places:
    """How like a clicked point the places of both shapes are.

    Parameters
    ----------
    probe
        The point.
    likeness
        Per item (n,) 0..1.
    """

    probe: Probe
    likeness: dict[int, Field]


class Mapping:
    """Computes dense maps of the pair that is matched, and uses them.

    Parameters
    ----------
    document, history, jobs
        What it works with.
    corresponding
        Which two shapes; their matches are landmarks.
    descriptors
        Knows where a person has clicked.
    notify
        Told what went wrong.
    """

    changed = Signal()  #: there is a map, or none any more
    found = Signal()  #: the likeness is another one

    def __init__(
        self,
        document: Document,
        history: History,
        jobs: Jobs,
        corresponding: Corresponding,
        descriptors: Descriptors,
        notify: Callable[[Notice], None],
    ) -> None:
        self._document, self._history, self._jobs = document, history, jobs
        self._corresponding, self._descriptors = corresponding, descriptors
        self._notify = notify
        self._maps: DensePair | None = None
        self._of: tuple[Mesh, Mesh] | None = None
        self._places: Places | None = None
        #: Whether clicks ask for the places like the clicked one.
        self.finding = False
        corresponding.changed.connect(self._forget_others)
        descriptors.state.changed.connect(self._find)
        document.changed.connect(self._document_changed)

    # --- the map -------------------------------------------------------------------------------

    @property
    def maps(self) -> DensePair | None:
        """The dense maps of the pair, once they are computed."""
        return self._maps

    @property
    def is_running(self) -> bool:
        """Whether maps are being computed."""
        return any(job.key == _MAP for job in self._jobs.running)

    def run(self, parameters: DenseParameters | None = None) -> None:
        """Compute the maps in the background, with the matches as landmarks."""
        items = self._corresponding.items
        if items is None:
            return
        first, second = (item.value for item in items)
        matches = self._corresponding.matches

        def arrived(maps: DensePair) -> None:
            self._maps, self._of = maps, (first.mesh, second.mesh)
            self.changed.emit()
            self._forget_others()
            self._find()

        self._jobs.submit(
            _MAP,
            f"Mapping {items[0].name} onto {items[1].name}",
            lambda ctx: dense_pair(first, second, matches, parameters, ctx),
            arrived,
            self._failed,
        )
        self.changed.emit()

    def transfer(self, what: What) -> None:
        """Bring what is on the source onto the target, one step.

        Raises
        ------
        InputError
            The source has nothing of what is wanted.
        """
        items, maps = self._corresponding.items, self._maps
        if items is None or maps is None:
            return
        source, target = items
        after = replace(target, value=transfer(source.value, target.value, maps, what))
        self._history.push(Edit(target, after, f"Transfer from {source.name}"))

    # --- places like the clicked one -----------------------------------------------------------

    def set_finding(self, finding: bool) -> None:
        """Let clicks on either shape ask for the places on both that are like the clicked one."""
        self.finding = finding
        self._places = None
        self._descriptors.state.update(on=finding)
        self.found.emit()
        self._find()

    def choices(self, shape: Shape) -> tuple[FieldChoice, ...]:
        """Return the likeness, on the two shapes while places are looked for."""
        items = self._corresponding.items
        if not self.finding or items is None or all(shape is not one.value for one in items):
            return ()
        return (FieldChoice(PLACES, "Places like the clicked one", "Match"),)

    def find(self, item: Item, key: str) -> Field | VertexColors | None:
        """Return the likeness on an item, once it is known."""
        places = self._places if self.finding and key == PLACES else None
        field = places.likeness.get(item.id) if places is not None else None
        fits = field is not None and len(field.values) == len(item.value.mesh.vertices)
        return field if fits else None

    def mark(self, item: Item) -> Mark | None:
        """Return the place most like the clicked one on the other shape."""
        field = self.find(item, PLACES)
        if (
            not isinstance(field, Field)
            or self._places is None
            or self._places.probe.item_id == item.id
        ):
            return None
        return Mark(int(field.values.argmax()), False)

    # --- inside --------------------------------------------------------------------------------

    def _find(self, *_: object) -> None:
        """Look for the places like the one clicked last; the newest click wins."""
        items, probe = self._corresponding.items, self._descriptors.state.value.probe
        if not self.finding or items is None or probe is None:
            return
        ids = [item.id for item in items]
        if probe.item_id not in ids:
            return
        side = ids.index(probe.item_id)
        shapes = (items[side].value, items[1 - side].value)
        maps = self._maps if self._fits() else None
        dense = None if maps is None else (maps.there, maps.back)[side].vertices
        method = self._corresponding.state.value.options.method

        def work(ctx: RunContext) -> tuple[FloatArray, FloatArray]:
            if dense is not None:
                return _near(shapes[0], probe.vertex), _near(shapes[1], int(dense[probe.vertex]))
            return _alike(shapes, probe.vertex, method, ctx)

        def arrived(found: tuple[FloatArray, FloatArray]) -> None:
            fields = (Field("likeness", values) for values in found)
            self._places = Places(probe, dict(zip((ids[side], ids[1 - side]), fields, strict=True)))
            self.found.emit()

        self._jobs.submit(_FIND, "Looking for places like it", work, arrived, self._failed,
                          quiet=True)  # fmt: skip

    def _fits(self) -> bool:
        items = self._corresponding.items
        return items is not None and self._of == (items[0].value.mesh, items[1].value.mesh)

    def _forget_others(self) -> None:
        if self._maps is not None and not self._fits():
            self._maps = self._of = None
            self.changed.emit()

    def _document_changed(self, change: Change) -> None:
        if not change.transient:
            self._forget_others()

    def _failed(self, error: BaseException) -> None:
        self._notify(Notice.of(error))
        self.changed.emit()


def _near(shape: Shape, vertex: int) -> FloatArray:
    """Return (n,) how near the vertices are to one of them, along the surface."""
    surface = surface_of(shape.mesh)
    away = distances_from(surface, np.array([surface.of_vertex[vertex]]))
    return surface.spread(np.exp(-0.5 * (away / _NEAR) ** 2))


def _alike(
    shapes: tuple[Shape, Shape], vertex: int, method: Method, ctx: RunContext
) -> tuple[FloatArray, FloatArray]:
    """Return (n,) and (m,) how like a vertex of the first shape those of both are."""
    by = Method.WAVE if method is Method.ORDER else method  # numbers are like nothing
    here, there = descriptors_for(*shapes, by, ctx)
    distances = [distance_to(one, here.values[vertex]) for one in (here, there)]
    width = max(float(np.percentile(distances[1], _SHARE)), 1e-12)
    # The best place glows whatever else it lacks: unlike it are those that are worse.
    least = float(distances[1].min())
    here_like, there_like = (np.exp(-0.5 * (one / width) ** 2) for one in distances)
    return here_like, there_like / max(float(np.exp(-0.5 * (least / width) ** 2)), 1e-300)
