"""Structural points: ordered points that sum up the shape, one model a category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.detectors.category import CategoryDetector, CategoryParameters, Predicted
from kpstudio.detectors.protocol import DetectorSpec

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind


@dataclass(frozen=True)
class StructuralPointsParameters(CategoryParameters):
    """What can be set."""

    maps: bool = parameter(
        True, "Compute the probability map of every keypoint on the mesh.", advanced=True
    )


class StructuralPoints(CategoryDetector):
    """The detector; see `kpstudio.nn.structural_points` for the network."""

    spec = DetectorSpec(
        id="structural-points",
        title="Structural points",
        summary="Ordered points that sum up the shape; each has a map of where it comes from.",
        parameters=StructuralPointsParameters,
        kind="cloud",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Chen, Liu, Cui, Chen, Ceylan, Tu, Wang 2020, Unsupervised learning of intrinsic "
        "structural representation points, arXiv:2003.01661",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.structural_points import NETWORK

        return NETWORK

    def predict(
        self,
        loaded: NetworkFile[Any],
        cloud: FloatArray,
        vertices: FloatArray,
        parameters: StructuralPointsParameters,
        ctx: RunContext,
    ) -> Predicted:
        """Return the points, and their probability maps."""
        from kpstudio.detectors.point_maps import point_maps, spread_confidence, tensor

        found = loaded.net(tensor(cloud))
        maps = {}
        if parameters.maps:
            ctx.progress(0.5, "Drawing probability maps")
            maps["probability"] = point_maps(found.places, found.weights, vertices, ctx)
        confidence = spread_confidence(found.keypoints, found.places, found.weights)
        return Predicted(found.keypoints[0].double().numpy(), confidence, keypoint_fields=maps)


#: The detector.
DETECTOR = StructuralPoints()
