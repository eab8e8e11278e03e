"""Local surface patches: points whose shape index stands out from the mean around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.detectors.bends import BendParameters, bend_fields, bends_of
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry.surface import Surface


@dataclass(frozen=True)
class LspParameters(BendParameters):
    """How far the shape index has to stand out, as a share of the mean around."""

    alpha: float = parameter(
        0.35,
        "A maximum of the shape index has to lie above the mean around it by this share of it.",
        low=0.0,
        high=1.0,
        step=0.05,
    )
    beta: float = parameter(
        0.2,
        "A minimum of the shape index has to lie below the mean around it by this share of it.",
        low=0.0,
        high=1.0,
        step=0.05,
    )


class LocalSurfacePatches(SurfaceDetector):
    """Extremes of the shape index S that differ enough from the mean m around them.

    A point is a keypoint if S is the largest around it and S >= (1 + alpha) m, or the smallest and
    S <= (1 - beta) m (Chen and Bhanu 2007, equation 2). The paper looks at the window of a range
    image; a window here is a ball, and of that the points on the same side of the surface.
    Response and saliency are |S - m|; the paper does not rank its points.
    """

    spec = DetectorSpec(
        id="lsp",
        title="Local surface patches",
        summary="Points whose shape index is extreme and far from the mean around them.",
        parameters=LspParameters,
        kind="cloud",
        citation="Chen, Bhanu 2007, 3D free-form object recognition in range images using local "
        "surface patches, Pattern Recognition Letters 28(10), doi:10.1016/j.patrec.2007.02.009",
    )

    def measure(self, surface: Surface, parameters: LspParameters, ctx: RunContext) -> Measured:
        """Return how far the shape index differs from the mean around."""
        bends = bends_of(surface, parameters, ctx)
        mean = bends.mean(np.ones(len(surface)))
        saliency = np.where(bends.curvedness > 0.0, np.abs(bends.shape_index - mean), 0.0)
        largest, smallest = bends.extremes()
        high = bends.shape_index[largest] >= (1.0 + parameters.alpha) * mean[largest]
        low = bends.shape_index[smallest] <= (1.0 - parameters.beta) * mean[smallest]
        peaks = np.union1d(largest[high], smallest[low])
        peaks = peaks[saliency[peaks] > 0.0]
        fields = (
            Field("saliency", saliency),
            Field("mean shape index", mean),
            *bend_fields(bends),
        )
        return Measured(fields, peaks, saliency[peaks])


#: The detector.
DETECTOR = LocalSurfacePatches()
