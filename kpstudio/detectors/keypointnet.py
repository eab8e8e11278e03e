"""KeypointNet: ordered keypoints with depths in every picture, one model a category."""

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


class KeypointNet(PictureDetector):
    """The detector; see `kpstudio.nn.keypointnet` for the network."""

    spec = DetectorSpec(
        id="keypointnet",
        title="KeypointNet",
        summary="The same keypoints on every shape of a category, each with its depth, from any "
        "picture of it.",
        parameters=PictureParameters,
        kind="mesh",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Suwajanakorn, Snavely, Tompson, Norouzi 2018, Discovery of latent 3D keypoints "
        "via end-to-end geometric reasoning, arXiv:1807.03146",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.keypointnet import NETWORK

        return NETWORK

    def look(
        self,
        loaded: NetworkFile[Any],
        pictures: ByteArray,
        cameras: Sequence[Camera] | None,
        parameters: PictureParameters,
        ctx: RunContext,
    ) -> tuple[Sight, ...]:
        """Return keypoints with depths and heatmaps, confidence by how far a heatmap spreads.

        The maps "front" and "back" show where the orientation network sees the ends of the
        shape's axis, which tell its left from its right.
        """
        from kpstudio.detectors.picture_tensors import ask, sights_of, spread_confidence

        lens = self.lens(loaded)
        found = ask(loaded.net, pictures, ctx)
        confidence = spread_confidence(found.maps, lens)
        sights = sights_of(pictures, cameras, lens, found.places, found.maps, confidence)
        depths, ends = found.depths.double().numpy(), found.end_maps.float().numpy()
        return tuple(
            replace(sight, depth=depths[view], maps={"front": ends[view, 0], "back": ends[view, 1]})
            for view, sight in enumerate(sights)
        )


#: The detector.
DETECTOR = KeypointNet()
