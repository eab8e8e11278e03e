"""Keypoint3D: keypoints with depths in every picture, joined by how sure each picture is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kpstudio.base.arrays import ByteArray
from kpstudio.base.context import RunContext
from kpstudio.data.views import Sight, View
from kpstudio.detectors.picture_detector import PictureDetector, PictureParameters
from kpstudio.detectors.picture_fusion import Fused, fuse_at, weighted_mean
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.camera import Camera

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind

#: Surest and least sure that a sight may be: beyond, odds overflow.
_SUREST = 1.0 - 1e-6


class Keypoint3D(PictureDetector):
    """The detector; see `kpstudio.nn.keypoint3d` for the network."""

    spec = DetectorSpec(
        id="keypoint3d",
        title="Keypoint3D",
        summary="Keypoints with depths in every picture; the surer a picture is of one, the more "
        "it counts where the keypoint is.",
        parameters=PictureParameters,
        kind="mesh",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Chen, Abbeel, Pathak 2021, Unsupervised learning of visual 3D keypoints for "
        "control, ICML, arXiv:2106.07643",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.keypoint3d import NETWORK

        return NETWORK

    def look(
        self,
        loaded: NetworkFile[Any],
        pictures: ByteArray,
        cameras: Sequence[Camera] | None,
        parameters: PictureParameters,
        ctx: RunContext,
    ) -> tuple[Sight, ...]:
        """Return keypoints with depths and heatmaps; confidence is the logistic of attention.

        The map "found depth" is how deep the keypoints that may be at each place are,
        "uncertainty" how much each place adds to the spread of the heatmaps.
        """
        from kpstudio.detectors.picture_tensors import ask, sights_of, spread

        found = ask(loaded.net, pictures, ctx)
        sure = found.attention.sigmoid().double().numpy().clip(1.0 - _SUREST, _SUREST)
        sights = sights_of(pictures, cameras, self.lens(loaded), found.places, found.maps, sure)
        depths, doubts = found.depths.double().numpy(), spread(found.maps).numpy()
        shares = found.maps / found.maps.sum(dim=1, keepdim=True)
        deep = (shares * found.depth_maps).sum(dim=1).numpy()
        return tuple(
            replace(
                sight,
                depth=depths[view],
                maps={"found depth": deep[view], "uncertainty": doubts[view]},
            )
            for view, sight in enumerate(sights)
        )

    def fuse(self, sights: Sequence[Sight], views: Sequence[View], parameters: Any) -> Fused:
        """Return means of where the views put keypoints, weighted by the network's attention."""
        sure = np.stack([sight.confidence for sight in sights])
        # The odds of the logistic are the exponential of attention.
        return fuse_at(sights, sure / (1.0 - sure), weighted_mean)


#: The detector.
DETECTOR = Keypoint3D()
