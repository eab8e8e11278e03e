"""Intrinsic shape signatures: points where the surface varies in all three directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry.balls import Balls
from kpstudio.geometry.neighbours import maxima_within
from kpstudio.geometry.surface import Surface

#: A ball whose smallest eigenvalue is no larger than this share of the largest is flat: the rest
#: is rounding, and no place for a keypoint.
_FLAT = 1e-10


@dataclass(frozen=True)
class IssParameters(SelectionParameters):
    """Radii in mesh resolutions: the median length of an edge."""

    salient_radius: float = parameter(
        6.0, "Radius of the ball whose shape is measured.", unit="x resolution", low=1.5, high=30.0
    )
    peak_radius: float = parameter(
        4.0,
        "A keypoint is the strongest point within this radius.",
        unit="x resolution",
        low=1.0,
        high=30.0,
    )
    ratio_21: float = parameter(
        0.975,
        "Largest ratio of the second to the first eigenvalue: 1 lets all pass.",
        low=0.05,
        high=1.0,
        step=0.025,
    )
    ratio_32: float = parameter(
        0.975,
        "Largest ratio of the third to the second eigenvalue: 1 lets all pass.",
        low=0.05,
        high=1.0,
        step=0.025,
    )
    least_neighbours: int = parameter(
        5, "A ball with fewer points is not judged.", low=3, high=1000, advanced=True
    )
    weighted: bool = parameter(
        True,
        "Weigh points by the inverse of their neighbours, so that dense places do not count more.",
        advanced=True,
    )


class Iss(SurfaceDetector):
    """The smallest eigenvalue of the scatter of a ball, where all three differ."""

    spec = DetectorSpec(
        id="iss",
        title="ISS",
        summary="Points whose surroundings vary in all three directions, and differently in each.",
        parameters=IssParameters,
        kind="cloud",
        citation="Zhong 2009, Intrinsic shape signatures: A shape descriptor for 3D object "
        "recognition, ICCV Workshops, doi:10.1109/ICCVW.2009.5457637",
    )

    def measure(self, surface: Surface, parameters: IssParameters, ctx: RunContext) -> Measured:
        """Return the smallest eigenvalue of every point's ball, in squared diameters.

        Points whose eigenvalues are too much alike, or whose ball is nearly empty, get 0.
        """
        salient_radius = parameters.salient_radius * surface.resolution
        counts, (small, middle, large) = surface.kept(
            ("scatter", salient_radius, parameters.weighted),
            lambda: scatter_eigenvalues(
                surface.points, salient_radius, ctx.part(0.0, 0.9), weighted=parameters.weighted
            ),
        )
        salient = (middle < parameters.ratio_21 * large) & (small < parameters.ratio_32 * middle)
        salient &= counts > parameters.least_neighbours  # the point itself does not count
        salient &= small > _FLAT * large
        saliency = np.where(salient, small, 0.0)
        ctx.progress(0.9, "Finding peaks")
        peak_radius = parameters.peak_radius * surface.resolution
        peaks = maxima_within(saliency, surface.points, peak_radius, surface.edges)
        fields = (Field("saliency", saliency, "diameters²"),)
        return Measured(fields, peaks, saliency[peaks])


def scatter_eigenvalues(
    points: FloatArray, radius: float, ctx: RunContext | None = None, *, weighted: bool = True
) -> tuple[NDArray[np.intp], FloatArray]:
    """Return (n,) points in each ball, (3,n) eigenvalues of its weighted scatter, ascending.

    sum_j w_j (p_j - p_i)(p_j - p_i)^T / sum_j w_j about the ball's own point p_i,
    w_j = 1 / number of points in the ball of p_j (Zhong 2009, equations 1 and 2).

    Parameters
    ----------
    points
        (n,3) points.
    radius
        Radius of the balls.
    ctx
        Progress and cancellation.
    weighted
        All weights are 1 without it.
    """
    ctx = ctx or RunContext()
    balls = Balls(points, radius)
    counts = balls.counts(ctx.part(0.0, 0.4))
    w = 1.0 / counts if weighted else np.ones(len(points))
    # Sums of 1, p and p p^T over a ball give its scatter about any point.
    i, j = np.triu_indices(3)
    terms = np.column_stack([np.ones(len(points)), points, points[:, i] * points[:, j]])
    sums = balls.sums(terms * w[:, None], ctx.part(0.4, 0.9))
    mean = sums[:, 1:] / sums[:, :1]
    p, first, second = points, mean[:, :3], mean[:, 3:]
    scatter = second - first[:, i] * p[:, j] - p[:, i] * first[:, j] + p[:, i] * p[:, j]
    matrices = np.empty((len(points), 3, 3))
    matrices[:, i, j] = matrices[:, j, i] = scatter
    return counts, np.maximum(np.linalg.eigvalsh(matrices), 0.0).T


#: The detector.
DETECTOR = Iss()
