"""Multi-view bootstrapping: named keypoints where many pictures agree, by a detector taught so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kpstudio.base.arrays import ByteArray, Float32Array, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.views import Sight, View
from kpstudio.detectors.picture_detector import PictureDetector, PictureParameters
from kpstudio.detectors.picture_fusion import Fused, fuse
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.camera import Camera

if TYPE_CHECKING:
    from torch import Tensor

    from kpstudio.nn.model_file import NetworkFile, NetworkKind
    from kpstudio.nn.semantic_heatmaps import Read

#: Standard deviation that a map of uncertainty shows at least, pixels.
_LEAST_DEVIATION = 0.5


@dataclass(frozen=True)
class BootstrapParameters(PictureParameters):
    """Views, and which of the two detectors of a model looks at them."""

    first: bool = parameter(
        False,
        "Look with the detector as it was before it taught itself, to compare.",
        advanced=True,
    )


class Bootstrap(PictureDetector):
    """The detector; see `kpstudio.training.bootstrap` for how it teaches itself."""

    spec = DetectorSpec(
        id="bootstrap",
        title="Multi-view bootstrapping",
        summary="Named keypoints where many pictures agree, by a detector that learned from such "
        "agreement.",
        parameters=BootstrapParameters,
        kind="mesh",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Simon, Joo, Matthews, Sheikh 2017, Hand keypoint detection in single images "
        "using multiview bootstrapping, doi:10.1109/CVPR.2017.494",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.bootstrap import NETWORK

        return NETWORK

    def look(
        self,
        loaded: NetworkFile[Any],
        pictures: ByteArray,
        cameras: Sequence[Camera] | None,
        parameters: BootstrapParameters,
        ctx: RunContext,
    ) -> tuple[Sight, ...]:
        """Return named keypoints with heatmaps."""
        from kpstudio.detectors.picture_tensors import ask, sights_of
        from kpstudio.nn.bootstrap import first_net
        from kpstudio.nn.semantic_heatmaps import read_out

        net = first_net(loaded) if parameters.first else loaded.net

        def see(batch: Tensor) -> Read:
            return read_out(net(batch))

        seen = ask(see, pictures, ctx)
        confidence = seen.confidence.double().numpy()
        lens = self.lens(loaded)
        return tuple(sights_of(pictures, cameras, lens, seen.places, seen.heatmaps, confidence))

    def fuse(
        self, sights: Sequence[Sight], views: Sequence[View], parameters: BootstrapParameters
    ) -> Fused:
        """Return keypoints by the views that RANSAC finds to agree.

        The map "uncertainty" shows in every view where each keypoint may be, by how far the views
        that agree are apart.
        """
        fused = fuse(sights)
        covariance = fused.covariance
        if covariance is None:
            return fused
        maps = [
            {"uncertainty": uncertainty_map(view.camera, fused.positions, covariance)}
            for view in views
        ]
        return replace(fused, maps=tuple(maps))


def uncertainty_map(camera: Camera, positions: FloatArray, covariance: FloatArray) -> Float32Array:
    """Return (h,w) where in a picture keypoints may be: 1 at each, exp(-1/2) one deviation away.

    Parameters
    ----------
    camera
        The picture's.
    positions, covariance
        (k,3) and (k,3,3) of the keypoints. Deviations are half a pixel at least, so that all are
        seen.
    """
    pixels, depth = camera.project(positions)
    seen = camera.to_camera(positions)
    # How pixels move with the point: f / z (I | -xy / z) R.
    slope = np.zeros((len(positions), 2, 3))
    slope[:, [0, 1], [0, 1]] = 1.0
    slope[:, :, 2] = -seen[:, :2] / depth[:, None]
    slope = camera.focal / depth[:, None, None] * slope @ camera.rotation
    spread = slope @ covariance @ slope.transpose(0, 2, 1) + _LEAST_DEVIATION**2 * np.eye(2)
    away = camera.pixel_centres() - pixels[:, None, None]
    squares = np.einsum("khwi,kij,khwj->khw", away, np.linalg.inv(spread), away)
    return np.exp(-squares / 2.0).max(axis=0).astype(np.float32)


#: The detector.
DETECTOR = Bootstrap()
