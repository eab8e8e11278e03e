"""Mesh saliency: where mean curvature differs from that farther around, at several scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry.curvature import principal_curvatures
from kpstudio.geometry.neighbours import local_maxima, maxima_within
from kpstudio.geometry.scale_space import average
from kpstudio.geometry.surface import Surface

#: The scales of the paper, in multiples of epsilon.
SCALES = (2.0, 3.0, 4.0, 5.0, 6.0)

#: Smaller shares of the largest saliency are rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class MeshSaliencyParameters(SelectionParameters):
    """Scales as in the paper, in shares of the shape's size."""

    epsilon: float = parameter(
        0.3,
        "Unit of the scales: Gaussians have 2 to 6 times this standard deviation, and twice that.",
        unit="% of diameter",
        low=0.05,
        high=2.0,
        step=0.05,
    )
    peak_radius: float = parameter(
        2.0,
        "A keypoint is the strongest point within this radius.",
        unit="% of diameter",
        low=0.1,
        high=20.0,
        step=0.1,
    )
    curvature_radius: float = parameter(
        2.5,
        "Radius of the ball to which a quadric is fitted to measure curvature.",
        unit="x resolution",
        low=1.5,
        high=30.0,
        step=0.5,
        advanced=True,
    )


class MeshSaliency(SurfaceDetector):
    """|G(sigma) - G(2 sigma)| of mean curvature, added up over five scales.

    G(sigma) is the average of mean curvature over a ball of radius 2 sigma with Gaussian weights.
    Every scale is scaled to a largest value of 1 and multiplied by (1 - m)², m the mean of its
    other local maxima, which favours scales with few peaks (Lee, Varshney and Jacobs 2005, after
    Itti, Koch and Niebur 1998, doi:10.1109/34.730558). The paper's unit, 0.3 % of the diagonal of
    the bounding box, is taken of the diameter, which does not change when the shape is turned.
    Keypoints are local maxima, as in Dutagaci, Cheung and Godil 2012,
    doi:10.1007/s00371-012-0746-4.
    """

    spec = DetectorSpec(
        id="mesh-saliency",
        title="Mesh saliency",
        summary="Points where the surface bends unlike its wider surroundings, at five scales.",
        parameters=MeshSaliencyParameters,
        kind="cloud",
        citation="Lee, Varshney, Jacobs 2005, Mesh saliency, ACM Transactions on Graphics 24(3), "
        "doi:10.1145/1073204.1073244",
    )

    def measure(
        self, surface: Surface, parameters: MeshSaliencyParameters, ctx: RunContext
    ) -> Measured:
        """Return saliency at five scales and in all, and the peaks of the latter."""
        ctx.progress(0.0, "Finding neighbours")
        radius = parameters.curvature_radius * surface.resolution
        curvatures = principal_curvatures(surface, radius, ctx.part(0.0, 0.3))
        mean, epsilon = curvatures.mean, parameters.epsilon / 100.0
        maps = surface.kept(
            ("mesh saliency", radius, epsilon),
            lambda: _maps(surface, mean, epsilon, ctx.part(0.3, 0.9)),
        )
        ctx.progress(0.9, "Finding peaks")
        saliency = sum((_promoted(surface, one) for one in maps), np.zeros(len(surface)))
        reach = max(parameters.peak_radius / 100.0, 1.5 * surface.resolution)
        peaks = maxima_within(saliency, surface.points, reach, surface.edges)
        fields = [Field("saliency", saliency), Field("mean curvature", mean, "1/diameter", True)]
        for scale, one in zip(SCALES, maps, strict=True):
            sigma = f"{scale * parameters.epsilon:.2g} %"
            fields.append(Field(f"saliency at scale {sigma}", one, "1/diameter"))
        return Measured(tuple(fields), peaks, saliency[peaks])


def _maps(
    surface: Surface, mean: FloatArray, epsilon: float, ctx: RunContext
) -> tuple[FloatArray, ...]:
    """Return |G(sigma) - G(2 sigma)| (n,) for every scale."""
    sigmas = sorted({factor * scale for scale in SCALES for factor in (1.0, 2.0)})
    averages = {}
    for index, sigma in enumerate(sigmas):
        part = ctx.part(index / len(sigmas), (index + 1) / len(sigmas))
        averages[sigma] = average(surface, mean, sigma * epsilon, ctx=part)
    return tuple(np.abs(averages[scale] - averages[2.0 * scale]) for scale in SCALES)


def _promoted(surface: Surface, saliency: FloatArray) -> FloatArray:
    """Return a scale's saliency, raised to 1 and lowered the more it has other peaks as high."""
    top = saliency.max(initial=0.0)
    if top <= 0.0:
        return saliency
    scaled = saliency / top
    others = scaled[local_maxima(scaled, surface.rings(1))[1:]]
    others = others[others > _ROUNDING]  # in a plain of zeros is no peak, whatever comes first
    share = 1.0 - float(others.mean()) if len(others) else 1.0
    promoted: FloatArray = scaled * share**2
    return promoted


#: The detector.
DETECTOR = MeshSaliency()
