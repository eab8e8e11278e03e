"""What detectors with a model for every category share: which model, and the way to keypoints."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.base.parameters import as_dict, parameter
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import Anchor, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.data.overlay import Overlay
from kpstudio.data.views import Sight
from kpstudio.detectors.model_choice import choose_model
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.closest import SurfaceLocator
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.orientation import Orientation
from kpstudio.geometry.sampling import sample_surface

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind


#: A keypoint that spreads, or floats, by this much of the longest side has confidence exp(-1/2).
_DOUBT = 0.1


@dataclass(frozen=True)
class CategoryParameters:
    """What every detector of this kind can be told."""

    model: str = parameter(
        "", "Category, model id or .safetensors file; empty: the category that is recognised."
    )
    snap: bool = parameter(True, "Move keypoints to the nearest point of the surface.")
    points: int = parameter(
        1024, "Surface samples the network sees.", low=256, high=16384, advanced=True
    )
    seed: int = parameter(0, "Seed of the samples.", low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a network says of one shape, normalised frame.

    Parameters
    ----------
    keypoints
        (k,3) positions.
    confidence
        (k,) 0..1.
    fields, keypoint_fields
        As in `Detection`, values at the mesh's vertices.
    overlays, sights
        As in `Detection`, normalised frame.
    notes
        As in `Detection`.
    """

    keypoints: FloatArray
    confidence: FloatArray
    fields: tuple[Field, ...] = ()
    keypoint_fields: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    overlays: tuple[Overlay, ...] = ()
    notes: tuple[str, ...] = ()
    sights: tuple[Sight, ...] = ()


class OrderedDetector(ABC):
    """A detector of ordered keypoints with one model a category, whatever its network looks at.

    Its parameters have `model` and `snap`.
    """

    spec: DetectorSpec

    @abstractmethod
    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""

    def models(self, parameters: Any) -> NetworkKind[Any]:
        """Return the kind of the models that the parameter `model` names: its own."""
        return self.network()

    @abstractmethod
    def find(
        self,
        loaded: NetworkFile[Any],
        mesh: Mesh,
        frame: Normalisation,
        parameters: Any,
        ctx: RunContext,
    ) -> Predicted:
        """Return what the network says of a mesh.

        Parameters
        ----------
        loaded
            The model.
        mesh
            The mesh.
        frame
            Its normalised frame.
        parameters
            The detector's parameters.
        ctx
            Progress and cancellation.
        """

    def detect(
        self,
        mesh: Mesh,
        orientation: Orientation | None = None,
        parameters: Any = None,
        ctx: RunContext | None = None,
    ) -> Detection:
        """Return the category's keypoints, and what the network lets one look at.

        The same mesh, parameters and orientation give the same result; a mesh rotated by one of
        the 24 axis rotations, with its orientation rotated alike, gives rotated keypoints.
        """
        from kpstudio.nn.keypoint_model import read_keypoints

        started = time.perf_counter()
        self.check(mesh)
        orientation = orientation or Orientation()
        parameters = parameters or self.spec.parameters()
        ctx = ctx or RunContext()
        frame = mesh.normalisation(orientation)
        ctx.progress(0.0, "Loading the model")
        models = self.models(parameters)
        model = choose_model(models.kind, mesh, orientation, parameters.model, ctx)
        loaded = models.load(model)
        found = self.find(loaded, mesh, frame, parameters, ctx.part(0.2, 0.8))
        schema, prior = read_keypoints(loaded.metadata, loaded.extras, len(found.keypoints))
        raw = frame.invert(found.keypoints)
        keypoints = KeypointSet(raw, schema, confidence=found.confidence)
        if parameters.snap:
            ctx.progress(0.9, "Snapping to the surface")
            keypoints = snap_to_surface(mesh, keypoints)
        used = as_dict(parameters) | {"model": parameters.model or model.category}
        seconds = time.perf_counter() - started
        return Detection(
            keypoints,
            Provenance(self.spec.id, used, model.id, orientation, mesh.key, seconds),
            raw,
            found.fields,
            found.keypoint_fields,
            prior=prior,
            overlays=tuple(
                replace(overlay, points=frame.invert(overlay.points)) for overlay in found.overlays
            ),
            notes=found.notes,
            sights=tuple(sight.in_file(frame) for sight in found.sights),
        )

    def check(self, mesh: Mesh) -> None:
        """Refuse a mesh that the network cannot look at.

        Raises
        ------
        InputError
            It has no faces, and the detector is not one for clouds.
        """
        if self.spec.kind == "mesh" and len(mesh.faces) == 0:
            raise InputError(
                f"{self.spec.title} looks at a surface, and {mesh.name} is a cloud of points",
                remedy="Use a detector for clouds, such as keypoint-deformer, or mesh the points.",
            )


class CategoryDetector(OrderedDetector):
    """One whose network looks at samples of the surface.

    A subclass gives `spec`, whose parameters extend `CategoryParameters`, `network` and `predict`;
    both import torch inside.
    """

    @abstractmethod
    def predict(
        self,
        loaded: NetworkFile[Any],
        cloud: FloatArray,
        vertices: FloatArray,
        parameters: Any,
        ctx: RunContext,
    ) -> Predicted:
        """Return what the network says.

        Parameters
        ----------
        loaded
            The model.
        cloud
            (n,3) surface samples, normalised frame.
        vertices
            (N,3) the mesh's vertices, same frame, for fields.
        parameters
            The detector's parameters.
        ctx
            Progress and cancellation.
        """

    def find(
        self,
        loaded: NetworkFile[Any],
        mesh: Mesh,
        frame: Normalisation,
        parameters: Any,
        ctx: RunContext,
    ) -> Predicted:
        """Return what the network says of samples of the surface."""
        ctx.progress(0.0, "Predicting keypoints")
        samples = sample_surface(mesh.vertices, mesh.faces, parameters.points, parameters.seed)
        cloud, vertices = frame.apply(samples.points), frame.apply(mesh.vertices)
        return self.predict(loaded, cloud, vertices, parameters, ctx)


def confidence_of(doubt: FloatArray) -> FloatArray:
    """Return exp(-(d / 0.1)^2 / 2) of doubts (k,) in longest sides: 0.61 for a tenth of it."""
    confidence: FloatArray = np.exp(-((doubt / _DOUBT) ** 2) / 2.0)
    return confidence


def snap_to_surface(mesh: Mesh, keypoints: KeypointSet) -> KeypointSet:
    """Return the keypoints moved to the closest points of the surface, and anchored there."""
    closest = SurfaceLocator(mesh.vertices, mesh.faces).closest(keypoints.positions)
    anchor = None
    if len(mesh.faces):
        anchor = Anchor(closest.faces, closest.barycentric, mesh.key)
    return KeypointSet(
        closest.points, keypoints.schema, confidence=keypoints.confidence, anchor=anchor
    )
