"""Structure from pictures of a category: keypoints, skeleton, shape and pose in every picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kpstudio.base.arrays import ByteArray
from kpstudio.base.context import RunContext
from kpstudio.data.views import Sight, View
from kpstudio.detectors.picture_detector import PictureDetector, PictureParameters
from kpstudio.detectors.picture_fusion import Fused, fuse
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.camera import Camera

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind


class ImageStructure(PictureDetector):
    """The detector; see `kpstudio.nn.image_structure` for the network."""

    spec = DetectorSpec(
        id="image-structure",
        title="Structure from pictures",
        summary="Keypoints of a category with a skeleton of learned weights, shape and pose, from "
        "any picture of it.",
        parameters=PictureParameters,
        kind="mesh",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Wang and others, Structure from category image collections; lines after He, "
        "Wandt, Rhodin 2022, AutoLink, arXiv:2205.10636",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.image_structure import NETWORK

        return NETWORK

    def look(
        self,
        loaded: NetworkFile[Any],
        pictures: ByteArray,
        cameras: Sequence[Camera] | None,
        parameters: PictureParameters,
        ctx: RunContext,
    ) -> tuple[Sight, ...]:
        """Return keypoints with heatmaps, depths of the shape, poses, and the learned weights.

        Scores of edges are the weights of the skeleton, the same for all pictures; the map "edges"
        are the lines between the keypoints, from which the network draws a picture again.
        """
        from kpstudio.detectors.picture_tensors import ask, sights_of, spread_confidence

        net, lens = loaded.net, self.lens(loaded)
        found = ask(net, pictures, ctx)
        confidence = spread_confidence(found.maps, lens)
        sights = sights_of(pictures, cameras, lens, found.places, found.maps, confidence)
        weight = dict(zip(net.pairs, net.weights.double().tolist(), strict=True))
        scores = np.array([weight[int(a), int(b)] for a, b in loaded.metadata["edges"]])
        turned = (found.shape @ found.rotation.transpose(1, 2)).double().numpy()
        # Half as large means twice as far.
        depths = turned[..., 2] + lens.distance / found.scale.double().numpy()[:, None]
        poses, lines = found.rotation.double().numpy(), found.edge_map.float().numpy()
        return tuple(
            replace(
                sight,
                depth=depths[view],
                pose=poses[view],
                edges=scores,
                maps={"edges": lines[view]},
            )
            for view, sight in enumerate(sights)
        )

    def fuse(
        self, sights: Sequence[Sight], views: Sequence[View], parameters: PictureParameters
    ) -> Fused:
        """Return keypoints triangulated from several views, or as a single one's shape says."""
        return fuse([replace(sight, depth=None) for sight in sights] if len(sights) > 1 else sights)


#: The detector.
DETECTOR = ImageStructure()
