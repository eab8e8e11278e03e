"""KeypointDeformer: ordered keypoints of a category, and handles on the shape."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import as_dict, parameter
from kpstudio.data.cage import Cage
from kpstudio.data.detection import Detection, Handling, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.category import snap_to_surface
from kpstudio.detectors.model_choice import choose_model
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.cage import build_cage
from kpstudio.geometry.closest import SurfaceLocator
from kpstudio.geometry.icosphere import icosphere
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.orientation import Orientation
from kpstudio.geometry.sampling import sample_surface

if TYPE_CHECKING:
    from kpstudio.detectors.keypoint_network import PredictedKeypoints
    from kpstudio.nn.keypoint_deformer_file import KeypointDeformerModel

_KIND = "keypoint-deformer"
#: Subdivisions of the icosphere whose 42 vertices the trained influence moves.
_COARSE = 1


@dataclass(frozen=True)
class KeypointDeformerParameters:
    """What can be set."""

    model: str = parameter(
        "", "Category, model id or .safetensors file; empty: the category that is recognised."
    )
    snap: bool = parameter(True, "Move keypoints to the nearest point of the surface.")
    cage: str = parameter(
        "coarse", "Size of the cage: 42 or 162 vertices.", choices=("coarse", "fine")
    )
    points: int = parameter(
        2048, "Surface samples the network sees.", low=256, high=16384, advanced=True
    )
    heatmaps: bool = parameter(
        True, "Compute a heatmap for every keypoint (softmax models).", advanced=True
    )
    seed: int = parameter(0, "Seed of the samples.", low=0, high=2**31 - 1, advanced=True)


class KeypointDeformer:
    """The detector; see `kpstudio.nn.keypoint_deformer` for the network."""

    spec = DetectorSpec(
        id=_KIND,
        title="KeypointDeformer",
        summary="The same named keypoints on every shape of a category; drag them to reshape it.",
        parameters=KeypointDeformerParameters,
        kind="cloud",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Jakab, Tucker, Makadia, Wu, Snavely, Kanazawa 2021, KeypointDeformer: "
        "unsupervised 3D keypoint discovery for shape control, "
        "doi:10.1109/CVPR46437.2021.01259",
    )

    def detect(
        self,
        mesh: Mesh,
        orientation: Orientation | None = None,
        parameters: Any = None,
        ctx: RunContext | None = None,
    ) -> Detection:
        """Return the category's keypoints, heatmaps and the handling of the mesh.

        The same mesh, parameters and orientation give the same result; a mesh rotated by one of
        the 24 axis rotations, with its orientation rotated alike, gives rotated keypoints.
        Confidence is exp(-(s / 0.1)^2 / 2), s the spread of a keypoint's weights around it
        (softmax head) or its distance to the surface (regression head), in longest sides.
        """
        from kpstudio.detectors.keypoint_network import predict
        from kpstudio.nn.keypoint_deformer_file import load_keypoint_deformer

        started = time.perf_counter()
        orientation = orientation or Orientation()
        parameters = parameters or KeypointDeformerParameters()
        ctx = ctx or RunContext()
        frame = mesh.normalisation(orientation)
        ctx.progress(0.0, "Loading the model")
        model = choose_model(_KIND, mesh, orientation, parameters.model, ctx)
        loaded = load_keypoint_deformer(model)
        ctx.progress(0.3, "Predicting keypoints")
        samples = sample_surface(mesh.vertices, mesh.faces, parameters.points, parameters.seed)
        predicted = predict(loaded.net, frame.apply(samples.points))
        raw = frame.invert(predicted.keypoints)
        keypoints = KeypointSet(raw, loaded.schema, confidence=predicted.confidence)
        if parameters.snap:
            ctx.progress(0.4, "Snapping to the surface")
            keypoints = snap_to_surface(mesh, keypoints)
        ctx.progress(0.5, "Building the cage")
        handling = _handling(loaded, predicted, mesh, frame, parameters.cage)
        fields = {}
        if parameters.heatmaps:
            fields = _heat_fields(loaded, predicted, frame.apply(mesh.vertices), ctx.part(0.7, 1))
        seconds = time.perf_counter() - started
        used = as_dict(parameters)
        if not used["model"]:
            used["model"] = model.category
        provenance = Provenance(self.spec.id, used, model.id, orientation, mesh.key, seconds)
        return Detection(keypoints, provenance, raw, (), fields, handling)


#: The detector.
DETECTOR = KeypointDeformer()


def _handling(
    loaded: KeypointDeformerModel,
    predicted: PredictedKeypoints,
    mesh: Mesh,
    frame: Normalisation,
    size: str,
) -> Handling:
    from kpstudio.detectors.keypoint_network import influence_matrix

    vertices = frame.apply(mesh.vertices)
    cage_vertices, cage_faces = build_cage(vertices, _COARSE, faces=mesh.faces)
    influence = influence_matrix(loaded.net, predicted, cage_vertices)
    if size == "fine":
        cage_vertices, cage_faces = build_cage(vertices, _COARSE + 1, faces=mesh.faces)
        influence = refine_influence(influence, _COARSE)
    return Handling(Cage(frame.invert(cage_vertices), cage_faces), influence, loaded.prior)


def refine_influence(influence: FloatArray, subdivisions: int) -> FloatArray:
    """Return the influence (f,k) on the cage one subdivision finer than that of `influence` (c,k).

    A fine vertex takes the barycentric mean of the coarse triangle in its direction, so rows
    keep their sums.
    """
    coarse_vertices, coarse_faces = icosphere(subdivisions)
    fine_vertices, _ = icosphere(subdivisions + 1)
    closest = SurfaceLocator(coarse_vertices, coarse_faces).closest(fine_vertices)
    corners = influence[coarse_faces[closest.faces]]
    refined: FloatArray = np.einsum("fc,fck->fk", closest.barycentric, corners)
    return refined


def _heat_fields(
    loaded: KeypointDeformerModel,
    predicted: PredictedKeypoints,
    vertices: FloatArray,
    ctx: RunContext,
) -> dict[str, tuple[Field, ...]]:
    from kpstudio.detectors.keypoint_network import heatmaps

    heat = heatmaps(loaded.net, predicted, vertices, ctx)
    if heat is None:
        return {}
    names = loaded.schema.names
    return {
        "heatmap": tuple(
            Field(f"heatmap of {name}", column) for name, column in zip(names, heat.T, strict=True)
        )
    }
