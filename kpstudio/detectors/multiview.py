"""Multi-view discovery: keypoints of many pictures, joined by triangulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kpstudio.base.arrays import ByteArray
from kpstudio.base.context import RunContext
from kpstudio.data.views import Sight
from kpstudio.detectors.picture_detector import PictureDetector, PictureParameters
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.camera import Camera

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind


class Multiview(PictureDetector):
    """The detector; see `kpstudio.nn.multiview` for the network.

    Views are joined as all are that know no depth: by triangulation, of those that agree.
    """

    spec = DetectorSpec(
        id="multiview",
        title="Multi-view discovery",
        summary="Keypoints from which a shape can be drawn again from all sides; each picture "
        "shows where they are, all together how deep.",
        parameters=PictureParameters,
        kind="mesh",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Honari, Zhao, Salzmann, Fua 2022, Unsupervised 3D keypoint discovery with "
        "multi-view geometry, arXiv:2211.12829",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.multiview import NETWORK

        return NETWORK

    def look(
        self,
        loaded: NetworkFile[Any],
        pictures: ByteArray,
        cameras: Sequence[Camera] | None,
        parameters: PictureParameters,
        ctx: RunContext,
    ) -> tuple[Sight, ...]:
        """Return keypoints with heatmaps, as sure as these are narrow and the network says.

        The map "drawn mask" is the subject as the keypoints of that picture alone tell it,
        "uncertainty" how much each place adds to the spread of the heatmaps.
        """
        from kpstudio.detectors.picture_tensors import ask, sights_of, spread, spread_confidence

        lens = self.lens(loaded)
        found = ask(loaded.net, pictures, ctx)
        confidence = spread_confidence(found.maps, lens) * found.weights.double().numpy()
        sights = sights_of(pictures, cameras, lens, found.places, found.maps, confidence)
        size = (found.maps.shape[2], found.maps.shape[3])
        masks = loaded.net.draw_mask(found.places, size).sigmoid().numpy()
        doubts = spread(found.maps).numpy()
        return tuple(
            replace(sight, maps={"drawn mask": masks[view], "uncertainty": doubts[view]})
            for view, sight in enumerate(sights)
        )


#: The detector.
DETECTOR = Multiview()
