"""Skeleton Merger and mutual reconstruction: ordered keypoints with a skeleton."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.overlay import Overlay
from kpstudio.detectors.category import CategoryDetector, CategoryParameters, Predicted
from kpstudio.detectors.protocol import DetectorSpec

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind

#: Points of the reconstruction on an edge are shown when the edge is at least so strong.
_STRONG = 0.1


@dataclass(frozen=True)
class SkeletonParameters(CategoryParameters):
    """What can be set."""

    maps: bool = parameter(True, "Compute the heatmap of every keypoint.", advanced=True)


class SkeletonMerger(CategoryDetector):
    """A detector on the network of `kpstudio.nn.skeleton_merger`.

    Parameters
    ----------
    spec
        What it says of itself.
    kind
        Name of its `NetworkKind` in that module.
    """

    def __init__(self, spec: DetectorSpec, kind: str) -> None:
        self.spec = spec
        self._kind = kind

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn import skeleton_merger

        kind: NetworkKind[Any] = getattr(skeleton_merger, self._kind)
        return kind

    def predict(
        self,
        loaded: NetworkFile[Any],
        cloud: FloatArray,
        vertices: FloatArray,
        parameters: SkeletonParameters,
        ctx: RunContext,
    ) -> Predicted:
        """Return keypoints, heatmaps, the skeleton by strength and what it reconstructs."""
        from kpstudio.detectors.point_maps import point_maps, spread_confidence, tensor

        points = tensor(cloud)
        found = loaded.net(points)
        keypoints = found.keypoints[0].double().numpy()
        strengths = found.strengths[0].double().numpy()
        skeleton = Overlay("skeleton", keypoints, loaded.net.ends.numpy().T, values=strengths)
        edges = loaded.net.edge_points(found.keypoints)[0].double().numpy()
        strong = strengths >= _STRONG
        values = np.repeat(strengths[strong], edges.shape[1])
        cover = Overlay("reconstruction", edges[strong].reshape(-1, 3), values=values)
        maps = {}
        if parameters.maps:
            ctx.progress(0.5, "Drawing heatmaps")
            maps["heatmap"] = point_maps(points, found.weights, vertices, ctx)
        confidence = spread_confidence(found.keypoints, points, found.weights)
        return Predicted(keypoints, confidence, keypoint_fields=maps, overlays=(skeleton, cover))


#: The detector of Shi et al.
MERGER = SkeletonMerger(
    DetectorSpec(
        id="skeleton-merger",
        title="Skeleton Merger",
        summary="Ordered keypoints whose skeleton covers the shape; its edges have strengths.",
        parameters=SkeletonParameters,
        kind="cloud",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Shi, Xue, You, Lu 2021, Skeleton Merger: an unsupervised aligned keypoint "
        "detector, doi:10.1109/CVPR46437.2021.00011",
    ),
    "SKELETON_MERGER",
)
#: The detector of Yuan et al.
MUTUAL = SkeletonMerger(
    DetectorSpec(
        id="mutual-reconstruction",
        title="Mutual reconstruction",
        summary="Ordered keypoints whose skeleton also covers the other shapes of the category.",
        parameters=SkeletonParameters,
        kind="cloud",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Yuan, Zhao, Fan, Jiang, Yang 2022, Unsupervised learning of 3D semantic "
        "keypoints with mutual reconstruction, arXiv:2203.10212",
    ),
    "MUTUAL_RECONSTRUCTION",
)
