"""What hand-crafted detectors have in common: they measure a surface and choose its peaks."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import as_dict
from kpstudio.data.candidates import Candidates
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.field import Field
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import keypoints_of, select
from kpstudio.detectors.surfaces import surface_of
from kpstudio.geometry.orientation import Orientation
from kpstudio.geometry.surface import Surface


@dataclass(frozen=True, eq=False)
class Measured:
    """What a detector measured on a surface of n points, in the surface's unit-size frame.

    Parameters
    ----------
    fields
        Fields of n values to look at, the saliency first. Lengths are in diameters; give their
        unit as "diameters".
    peaks
        (m,) int32 points that may become keypoints.
    response
        (m,) how strong each is, not negative.
    sizes
        (m,) radius of what was found there, in diameters; None without scale.
    positions
        (m,3) where they are, for a detector whose keypoints lie between points.
    descriptors
        Vectors (n,d) for every point.
    """

    fields: tuple[Field, ...]
    peaks: IntArray
    response: FloatArray
    sizes: FloatArray | None = None
    positions: FloatArray | None = None
    descriptors: tuple[Descriptor, ...] = ()


class SurfaceDetector(ABC):
    """A detector that measures something at every point; keypoints are peaks of what it measured.

    A subclass gives `spec`, with parameters that extend `SelectionParameters`, and `measure`.
    """

    spec: DetectorSpec

    @abstractmethod
    def measure(self, surface: Surface, parameters: Any, ctx: RunContext) -> Measured:
        """Return what is measured on a surface.

        Nothing in it may depend on where the surface is, how it is turned or how large it is.
        Selection parameters are not its business. Cancellation: call `ctx.progress` or `ctx.check`
        at least every half second of work.
        """

    def measure_mesh(
        self, mesh: Mesh, surface: Surface, parameters: Any, ctx: RunContext
    ) -> Measured:
        """Return what is measured; for detectors that look at more of a mesh than its surface."""
        return self.measure(surface, parameters, ctx)

    def detect(
        self,
        mesh: Mesh,
        orientation: Orientation | None = None,
        parameters: Any = None,
        ctx: RunContext | None = None,
    ) -> Detection:
        """Return the strongest peaks and the fields they were found in."""
        started = time.perf_counter()
        ctx = ctx or RunContext()
        parameters = parameters or self.spec.parameters()
        ctx.progress(0.0, "Looking at the surface")
        surface = surface_of(mesh)
        if self.spec.kind == "mesh":
            surface.need_faces(self.spec.title)
        measured = self.measure_mesh(mesh, surface, parameters, ctx.part(0.05, 0.9))
        ctx.progress(0.95, "Choosing keypoints")
        candidates = _candidates(measured, surface, mesh)
        keypoints, sizes = keypoints_of(candidates, select(candidates, mesh, parameters), mesh)
        at = orientation or Orientation()
        seconds = time.perf_counter() - started
        return Detection(
            keypoints,
            Provenance(self.spec.id, as_dict(parameters), "", at, mesh.key, seconds),
            raw=keypoints.positions,
            fields=tuple(_on_mesh(field, surface) for field in measured.fields),
            candidates=candidates,
            sizes=sizes,
            descriptors=tuple(
                Descriptor(one.name, surface.spread(one.values), one.space)
                for one in measured.descriptors
            ),
        )


def _candidates(measured: Measured, surface: Surface, mesh: Mesh) -> Candidates:
    vertices = surface.vertex_of[measured.peaks]
    positions = measured.positions
    return Candidates(
        mesh.vertices[vertices] if positions is None else surface.to_mesh(positions),
        measured.response,
        vertices,
        None if measured.sizes is None else measured.sizes * surface.scale,
    )


def _on_mesh(field: Field, surface: Surface) -> Field:
    return replace(field, values=surface.spread(field.values))
