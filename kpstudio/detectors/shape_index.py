"""Shape index: places that bend in the most extreme way of their surroundings."""

from __future__ import annotations

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.data.field import Field
from kpstudio.detectors.bends import BendParameters, bend_fields, bends_of
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry.surface import Surface


class ShapeIndex(SurfaceDetector):
    """Extremes of the shape index, which count as much as they bend.

    The shape index S says how a place bends, whatever its size; the curvedness C says how much
    (Koenderink and van Doorn 1992; Dorai and Jain 1997, who take S from 0 to 1). Keypoints are the
    local maxima of S, most like a cap, and its minima, most like a cup, as in the search for
    landmarks of faces by Lu, Jain and Colbry 2006 (Matching 2.5D face scans to 3D models,
    doi:10.1109/TPAMI.2006.15). None of the papers ranks them. Here the response, and the saliency
    of every point, is C |S - m|, m the mean of S around the point weighted by C: how far the point
    differs from its surroundings times how strongly it bends, 0 on planes, spheres and cylinders.
    """

    spec = DetectorSpec(
        id="shape-index",
        title="Shape index",
        summary="Points most like a cap or a cup among their neighbours, strongly bent ones first.",
        parameters=BendParameters,
        kind="cloud",
        citation="Dorai, Jain 1997, COSMOS: A representation scheme for 3D free-form objects, "
        "IEEE TPAMI 19(10), doi:10.1109/34.625113",
    )

    def measure(self, surface: Surface, parameters: BendParameters, ctx: RunContext) -> Measured:
        """Return how far the shape index differs from that around, in 1 / diameter."""
        bends = bends_of(surface, parameters, ctx)
        saliency = bends.curvedness * np.abs(bends.shape_index - bends.mean(bends.curvedness))
        peaks = np.union1d(*bends.extremes())
        peaks = peaks[saliency[peaks] > 0.0]
        fields = (Field("saliency", saliency, "1/diameter"), *bend_fields(bends))
        return Measured(fields, peaks, saliency[peaks])


#: The detector.
DETECTOR = ShapeIndex()
