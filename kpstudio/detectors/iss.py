"""Intrinsic shape signatures: points where the surface varies in all three directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry.neighbours import local_maxima
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array


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
        5, "A ball with fewer points is not judged.", low=3, high=100, advanced=True
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
        ctx.progress(0.0, "Finding neighbours")
        balls = surface.within(parameters.salient_radius * surface.resolution)
        ctx.progress(0.5, "Measuring balls")
        eigenvalues = surface.kept(
            ("scatter", parameters.salient_radius, parameters.weighted),
            lambda: scatter_eigenvalues(surface.points, balls, weighted=parameters.weighted),
        )
        small, middle, large = eigenvalues.T
        salient = (middle < parameters.ratio_21 * large) & (small < parameters.ratio_32 * middle)
        salient &= np.diff(balls.indptr) >= parameters.least_neighbours
        saliency = np.where(salient, small, 0.0)
        ctx.progress(0.8, "Finding peaks")
        around = surface.within(parameters.peak_radius * surface.resolution)
        peaks = local_maxima(saliency, around)
        peaks = peaks[saliency[peaks] > 0.0]
        fields = (Field("saliency", saliency, "diameters²"),)
        return Measured(fields, peaks, saliency[peaks])


def scatter_eigenvalues(
    points: FloatArray, balls: csr_array, *, weighted: bool = True
) -> FloatArray:
    """Return (n,3) eigenvalues of the weighted scatter of each ball about its point, ascending.

    sum_j w_j (p_j - p_i)(p_j - p_i)^T / sum_j w_j, w_j = 1 / number of points in the ball of p_j
    (Zhong 2009, equations 1 and 2).

    Parameters
    ----------
    points
        (n,3) points.
    balls
        (n,n) whose entries are the neighbours of each point.
    weighted
        All weights are 1 without it.
    """
    from scipy.sparse import csr_array

    counts = np.diff(balls.indptr)
    weights = 1.0 / (counts + 1.0) if weighted else np.ones(len(points))
    shape = csr_array((np.ones(balls.nnz), balls.indices, balls.indptr), shape=balls.shape)
    rows, columns = np.triu_indices(3)
    # Sums of 1, p and p p^T over a ball give its scatter about any point.
    terms = np.column_stack([np.ones(len(points)), points, points[:, rows] * points[:, columns]])
    sums = shape @ (terms * weights[:, None])
    total, first, second = sums[:, 0], sums[:, 1:4], sums[:, 4:]
    here = points
    scatter = (
        second
        - first[:, rows] * here[:, columns]
        - here[:, rows] * first[:, columns]
        + total[:, None] * here[:, rows] * here[:, columns]
    ) / np.maximum(total, 1e-300)[:, None]
    matrices = np.empty((len(points), 3, 3))
    matrices[:, rows, columns] = matrices[:, columns, rows] = scatter
    return np.maximum(np.linalg.eigvalsh(matrices), 0.0)


#: The detector.
DETECTOR = Iss()
