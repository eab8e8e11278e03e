"""Keypoint quality: lopsided patches, and how much the surface bends in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.detectors.patch_quality import PatchExtents, Quality, measure_extents, measure_quality
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry.neighbours import maxima_within
from kpstudio.geometry.surface import Surface

#: Smallest patch, in mesh resolutions: some 30 points where the mesh is even.
_LEAST_RADIUS = 3.0


@dataclass(frozen=True)
class KpqParameters(SelectionParameters):
    """Size of a patch, and what its surface has to be like."""

    patch_radius: float = parameter(
        5.0,
        "Radius of the patch around a point that is looked at, at least three mesh resolutions.",
        unit="% of diameter",
        low=1.0,
        high=25.0,
        step=0.5,
    )
    ratio: float = parameter(
        1.06,
        "A patch has to be longer than wide by this factor: the same all around is no keypoint.",
        low=1.0,
        high=2.0,
        step=0.01,
    )
    peak_radius: float = parameter(
        2.0,
        "A keypoint is the best point within this radius; 0 takes all that pass, as published.",
        unit="% of diameter",
        low=0.0,
        high=25.0,
        step=0.5,
    )
    stiffness: float = parameter(
        1.0,
        "How stiff the surface is that is fitted to a patch: more smooths more noise away.",
        low=0.01,
        high=1000.0,
        advanced=True,
    )


class KeypointQuality(SurfaceDetector):
    """Quality of patches whose two principal extents differ.

    The points within a radius are turned into their principal axes. If the extent along the first
    is more than t1 times that along the second, the place can be found again, and its quality is

    Q = 1000 / n² sum |K| + max K + |min K| + max k1 + |min k1| + max k2 + |min k2|

    over the n x n = 20 x 20 nodes of a smooth surface fitted to the patch, K its Gaussian and k1,
    k2 its principal curvatures (Mian, Bennamoun and Owens 2010, section 3). The formula adds what
    is measured in 1 / length and in 1 / length², so it depends on the unit, in the paper that of
    the scan. Here it is 1/20 of the patch radius, so that Q is the same at every size. Of a patch
    only the points on the same side of the surface count, of a lattice only the nodes within the
    patch. The paper takes the best points that keep a distance, local maxima or not: that is a peak
    radius of 0.
    """

    spec = DetectorSpec(
        id="kpq",
        title="Keypoint quality",
        summary="Points whose surroundings are longer than wide and strongly bent.",
        parameters=KpqParameters,
        kind="cloud",
        citation="Mian, Bennamoun, Owens 2010, On the repeatability and quality of keypoints for "
        "local feature-based 3D object retrieval from cluttered scenes, International Journal of "
        "Computer Vision 89, doi:10.1007/s11263-009-0296-z",
    )

    def measure(self, surface: Surface, parameters: KpqParameters, ctx: RunContext) -> Measured:
        """Return the quality of every point that passes the test of extents, 0 for the others."""
        radius = max(parameters.patch_radius / 100.0, _LEAST_RADIUS * surface.resolution)
        extents = surface.kept(
            ("patch extents", radius),
            lambda: measure_extents(surface, radius, ctx.part(0.0, 0.3)),
        )
        quality = self._quality(surface, extents, parameters, ctx.part(0.3, 0.95))
        passed = extents.ratio > parameters.ratio
        saliency = np.where(passed, quality.quality, 0.0)
        peaks = _peaks(surface, saliency, parameters.peak_radius / 100.0)
        fields = (
            Field("saliency", saliency),
            Field("extent ratio", extents.ratio),
            Field("largest curvature", np.where(passed, quality.maximum, 0.0), "1/diameter", True),
            Field("smallest curvature", np.where(passed, quality.minimum, 0.0), "1/diameter", True),
        )
        return Measured(fields, peaks, saliency[peaks])

    def _quality(
        self, surface: Surface, extents: PatchExtents, parameters: KpqParameters, ctx: RunContext
    ) -> Quality:
        """Return the quality of all that pass, and of what passes at the default as well.

        So that trying another ratio, unless below both, measures nothing again.
        """
        ratio = min(parameters.ratio, KpqParameters.ratio)
        what = ("patch quality", extents.radius, parameters.stiffness, ratio)
        candidates = np.flatnonzero(extents.ratio > ratio).astype(np.int32)
        return surface.kept(
            what, lambda: measure_quality(surface, extents, candidates, parameters.stiffness, ctx)
        )


def _peaks(surface: Surface, quality: FloatArray, radius: float) -> IntArray:
    """Return the points that are best within a radius, of those that passed."""
    if radius > 0.0:
        # With less than an edge everybody would be alone.
        reach = max(radius, 1.5 * surface.resolution)
        return maxima_within(quality, surface.points, reach, surface.edges)
    return np.flatnonzero(quality > 0.0).astype(np.int32)


#: The detector.
DETECTOR = KeypointQuality()
