"""Named keypoints in every picture, and the pose of the shape that explains them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kpstudio.base.arrays import ByteArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import ModelError
from kpstudio.base.parameters import parameter
from kpstudio.data.prior import ShapePrior
from kpstudio.data.views import Sight, View
from kpstudio.detectors.picture_detector import PictureDetector, PictureParameters
from kpstudio.detectors.picture_fusion import Fused, fuse
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.pose_fit import Perspective, PoseFit, fit_pose

if TYPE_CHECKING:
    from torch import Tensor

    from kpstudio.nn.model_file import NetworkFile, NetworkKind

#: Standard deviation of a coordinate of a keypoint of confidence 1, share of a picture.
_NOISE = 1.0 / 64.0
#: A pose needs some keypoints that count, however unsure the network is.
_LEAST = 1e-3


@dataclass(frozen=True)
class PoseParameters(PictureParameters):
    """Views, and how a pose is fitted to each."""

    perspective: str = parameter(
        "full",
        "How pictures are taken: nearer parts larger, or at one scale for the whole shape.",
        choices=("full", "weak"),
    )
    ridge: float = parameter(
        1.0,
        "How closely shapes keep to those of the training: 0 lets them take any form of the basis.",
        low=0.0,
        high=1e3,
        advanced=True,
    )


class _Seen(NamedTuple):
    """What is read out of the maps of v pictures."""

    places: Tensor
    confidence: Tensor
    heatmaps: Tensor
    edges: Tensor
    fields: Tensor


class Pose(PictureDetector):
    """The detector; see `kpstudio.nn.semantic_heatmaps` for the network."""

    spec = DetectorSpec(
        id="pose",
        title="Pose from semantic keypoints",
        summary="Named keypoints of a category in any picture of it, and the pose and shape that "
        "explain them.",
        parameters=PoseParameters,
        kind="mesh",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Pavlakos, Zhou, Chan, Derpanis, Daniilidis 2017, 6-DoF object pose from semantic "
        "keypoints, doi:10.1109/ICRA.2017.7989233",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.semantic_heatmaps import NETWORK

        return NETWORK

    def look(
        self,
        loaded: NetworkFile[Any],
        pictures: ByteArray,
        cameras: Sequence[Camera] | None,
        parameters: PoseParameters,
        ctx: RunContext,
    ) -> tuple[Sight, ...]:
        """Return named keypoints with heatmaps, scores of their edges, depths and poses.

        Depths and poses are those of the shape that was fitted. The map "edges" is how strong the
        part affinity fields are.
        """
        from kpstudio.detectors.picture_tensors import ask, sights_of

        edges = tuple((int(a), int(b)) for a, b in loaded.metadata["edges"])
        prior = prior_of(loaded)

        def see(batch: Tensor) -> _Seen:
            from kpstudio.nn.part_fields import edge_scores
            from kpstudio.nn.semantic_heatmaps import read_out

            found = loaded.net(batch)
            read = read_out(found)
            fields = found.fields[-1]
            return _Seen(*read, edge_scores(fields, read.places, edges), fields)

        lens = self.lens(loaded)
        seen = ask(see, pictures, ctx)
        confidence = seen.confidence.double().numpy()
        sights = sights_of(pictures, cameras, lens, seen.places, seen.heatmaps, confidence)
        scores = np.clip(seen.edges.double().numpy(), 0.0, 1.0)
        strength = seen.fields.norm(dim=2).amax(dim=1).numpy()
        found = []
        for view, sight in enumerate(sights):
            fit = fit_sight(sight, sight.camera or lens.camera, prior, parameters)
            found.append(
                replace(
                    sight,
                    depth=fit.points[:, 2],
                    pose=fit.rotation,
                    edges=scores[view],
                    maps={"edges": strength[view]},
                )
            )
        return tuple(found)

    def fuse(
        self, sights: Sequence[Sight], views: Sequence[View], parameters: PoseParameters
    ) -> Fused:
        """Return keypoints triangulated from several views, or as the fit to a single one says.

        Rays of several views say more than depths of fitted shapes, which are those of the basis.
        """
        return fuse([replace(sight, depth=None) for sight in sights] if len(sights) > 1 else sights)


def fit_sight(
    sight: Sight, camera: Camera, prior: ShapePrior, parameters: PoseParameters
) -> PoseFit:
    """Return the pose and shape that explain the keypoints of a sight.

    Parameters
    ----------
    sight
        The sight.
    camera
        Through whose lens it is seen.
    prior
        The category's shapes.
    parameters
        Perspective and ridge.
    """
    model: Perspective = "full" if parameters.perspective == "full" else "weak"
    return fit_pose(
        sight.pixels,
        np.maximum(sight.confidence, _LEAST),
        prior,
        camera,
        model,
        _NOISE * max(camera.size),
        parameters.ridge,
    )


def prior_of(loaded: NetworkFile[Any]) -> ShapePrior:
    """Return the shape basis of a model.

    Raises
    ------
    ModelError
        It has none.
    """
    from kpstudio.nn.keypoint_model import read_keypoints

    _, prior = read_keypoints(loaded.metadata, loaded.extras, loaded.net.config.keypoints)
    if prior is None:
        raise ModelError("has no shape basis", remedy="Train the model anew.")
    return prior


#: The detector.
DETECTOR = Pose()
