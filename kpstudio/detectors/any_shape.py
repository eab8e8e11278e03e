"""What learned detectors for shapes of any kind share: the frame, the samples, the choice."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import ModelError
from kpstudio.base.parameters import as_dict, parameter
from kpstudio.data.candidates import Candidates
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.field import Field
from kpstudio.data.mesh import Mesh
from kpstudio.data.overlay import Overlay
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import SelectionParameters, keypoints_of, select
from kpstudio.detectors.surfaces import surface_of
from kpstudio.geometry.face_order import intrinsic_order
from kpstudio.geometry.orientation import Orientation
from kpstudio.geometry.sampling import sample_surface
from kpstudio.nn.catalogue import Model, find_model, how_to_train, preferred_model

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind


@dataclass(frozen=True)
class AnyShapeParameters(SelectionParameters):
    """What every detector of this kind can be told."""

    model: str = parameter("", "Model id or .safetensors file; empty: the one that is preferred.")
    points: int = parameter(
        2048, "Surface samples the network sees.", low=256, high=16384, advanced=True
    )
    seed: int = parameter(0, "Seed of the samples.", low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class Seen:
    """What the network looks at: the frame turns with the shape, its diameter is 1.

    Parameters
    ----------
    points, normals
        (n,3) surface samples and their unit normals.
    vertices
        (N,3) the mesh's vertices, for fields and descriptors.
    """

    points: FloatArray
    normals: FloatArray
    vertices: FloatArray


@dataclass(frozen=True, eq=False)
class Proposed:
    """What the network proposes, in the same frame.

    Parameters
    ----------
    positions
        (m,3) where keypoints may be.
    response
        (m,) how good each is, not negative.
    sizes
        (m,) radius of each, or None.
    fields, descriptors
        As in `Detection`, values at the mesh's vertices.
    overlays, notes
        As in `Detection`.
    """

    positions: FloatArray
    response: FloatArray
    sizes: FloatArray | None = None
    fields: tuple[Field, ...] = ()
    descriptors: tuple[Descriptor, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    notes: tuple[str, ...] = ()


class AnyShapeDetector(ABC):
    """A detector with one model for shapes of any kind, which chooses among proposals.

    A subclass gives `spec`, whose parameters extend `AnyShapeParameters`, `network` and `propose`;
    both import torch inside.
    """

    spec: DetectorSpec

    @abstractmethod
    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""

    @abstractmethod
    def propose(
        self, loaded: NetworkFile[Any], seen: Seen, parameters: Any, ctx: RunContext
    ) -> Proposed:
        """Return what the network proposes; selection parameters are not its business."""

    def detect(
        self,
        mesh: Mesh,
        orientation: Orientation | None = None,
        parameters: Any = None,
        ctx: RunContext | None = None,
    ) -> Detection:
        """Return the best proposals, and what the network lets one look at."""
        from scipy.spatial import cKDTree

        started = time.perf_counter()
        ctx = ctx or RunContext()
        parameters = parameters or self.spec.parameters()
        ctx.progress(0.0, "Loading the model")
        model = choose_any_model(self.spec.id, parameters.model)
        loaded = self.network().load(model)
        ctx.progress(0.1, "Sampling the surface")
        surface = surface_of(mesh)
        vertices = (mesh.vertices - surface.centre) / surface.scale
        tree = cKDTree(vertices)
        faces = intrinsic_order(vertices, mesh.faces)[1] if len(mesh.faces) else mesh.faces
        samples = sample_surface(vertices, faces, parameters.points, parameters.seed)
        normals = samples.normals
        if surface.is_cloud:
            normals = surface.spread(surface.normals)[tree.query(samples.points)[1]]
        ctx.progress(0.2, "Asking the network")
        seen = Seen(samples.points, normals, vertices)
        found = self.propose(loaded, seen, parameters, ctx.part(0.2, 0.9))
        ctx.progress(0.95, "Choosing keypoints")
        candidates = Candidates(
            surface.to_mesh(found.positions),
            found.response,
            tree.query(found.positions)[1],
            None if found.sizes is None else found.sizes * surface.scale,
        )
        keypoints, sizes = keypoints_of(candidates, select(candidates, mesh, parameters), mesh)
        at = orientation or Orientation()
        used = as_dict(parameters) | {"model": parameters.model or model.id}
        seconds = time.perf_counter() - started
        return Detection(
            keypoints,
            Provenance(self.spec.id, used, model.id, at, mesh.key, seconds),
            raw=keypoints.positions,
            fields=found.fields,
            candidates=candidates,
            sizes=sizes,
            descriptors=found.descriptors,
            overlays=tuple(
                replace(one, points=surface.to_mesh(one.points)) for one in found.overlays
            ),
            notes=found.notes,
        )


def choose_any_model(kind: str, name: str) -> Model:
    """Return the model of a name, the preferred one of a kind if empty.

    Raises
    ------
    ModelError
        There is no such model, or none at all.
    """
    if name:
        return find_model(name, kind)
    model = preferred_model(kind)
    if model is None:
        raise ModelError(
            f"there is no {kind} model yet", remedy=f"Train one: {how_to_train(kind, '')}."
        )
    return model
