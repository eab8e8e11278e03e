"""Laplace-Beltrami scale space: points and sizes of bumps, by how far a mean moves away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry.geodesic_kernel import SPACING, cells, geodesic_kernel
from kpstudio.geometry.geodesics import surface_graph
from kpstudio.geometry.neighbours import local_maxima
from kpstudio.geometry.surface import Surface

#: The narrowest kernel, in mesh resolutions: narrower ones see single points.
_NARROWEST = 1.5
#: Weakest invariant of a peak: below, the surface is flat up to rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class LbssParameters(SelectionParameters):
    """Widths of the kernels: the smallest, and how they grow."""

    smallest_scale: float = parameter(
        0.02,
        "Width of the narrowest kernel, at least 1.5 times the mesh resolution.",
        unit="x diameter",
        low=0.002,
        high=0.2,
        step=0.005,
    )
    step: float = parameter(
        1.8, "How much wider each kernel is than the one before.", low=1.1, high=3.0, step=0.1
    )
    scales: int = parameter(4, "Number of kernels.", low=3, high=12)


class Lbss(SurfaceDetector):
    """Extrema, over surface and scale, of how far local means are from the points."""

    spec = DetectorSpec(
        id="lbss",
        title="Laplace-Beltrami scale space",
        summary="Bumps, pits and corners together with their sizes.",
        parameters=LbssParameters,
        kind="cloud",
        citation="Unnikrishnan, Hebert 2008, Multi-scale interest regions from unorganized point "
        "clouds, CVPR Workshops, doi:10.1109/CVPRW.2008.4563030",
    )

    def measure(self, surface: Surface, parameters: LbssParameters, ctx: RunContext) -> Measured:
        """Return the invariant at every scale, and where it is extremal."""
        narrowest = max(parameters.smallest_scale, _NARROWEST * surface.resolution)
        widths: FloatArray = narrowest * parameters.step ** np.arange(
            parameters.scales, dtype=float
        )
        responses = np.stack(
            [
                _kept_invariant(
                    surface, float(width), ctx.part(index / len(widths), (index + 1) / len(widths))
                )
                for index, width in enumerate(widths)
            ]
        )
        ctx.progress(1.0, "Finding extrema")
        scales, points = extrema(surface, responses, widths, ctx)
        by_scale = [
            Field(f"response at scale {100.0 * width:.2f} %", values)
            for width, values in zip(widths, responses, strict=True)
        ]
        fields = (Field("saliency", responses.max(axis=0)), *by_scale)
        return Measured(fields, points, responses[scales, points], sizes=widths[scales])


def _kept_invariant(surface: Surface, width: float, ctx: RunContext) -> FloatArray:
    ctx.progress(0.0, "Measuring at a scale")
    return surface.kept(("lbss", width), lambda: invariant(surface, width, ctx))


def invariant(surface: Surface, width: float, ctx: RunContext) -> FloatArray:
    """Return (n,) F(x, t) at every point x of a surface (Unnikrishnan and Hebert 2008).

    k(x, y) = exp(-d(x, y)^2 / (2 t^2)), d along the surface; p(x) = sum_y k(x, y) the density;
    A(x) = sum_y w y / sum_y w, w = k(x, y) / (p(x) p(y)), the mean of the surroundings whatever
    their sampling is. With s = 2 |x - A(x)| / t, F = s exp(-s). On a smooth surface x - A(x) is
    about t^2 / 2 times the Laplacian of the position, so that F is largest, 1/e, where the width
    t is the reciprocal of the sum of the principal curvatures.

    The sums run over cells half as wide as t instead of over points. On irregular meshes that and
    the uneven sampling move F by some 0.05, at most 0.1, of its largest value of 0.37; paths are
    cut off at 3 t.

    Parameters
    ----------
    surface
        A mesh or a cloud.
    width
        t in diameters.
    ctx
        Progress and cancellation.
    """
    parts = surface.kept(("cells", SPACING * width), lambda: cells(surface, SPACING * width))
    kernel = geodesic_kernel(surface, parts, width, ctx)
    density = kernel.T @ parts.counts
    weights = parts.counts / density[parts.middles]
    # p(x) stands in numerator and denominator.
    means = (
        kernel.T
        @ (weights[:, None] * surface.points[parts.middles])
        / (kernel.T @ weights)[:, None]
    )
    moved = 2.0 * np.linalg.norm(surface.points - means, axis=1) / width
    result: FloatArray = moved * np.exp(-moved)
    return result


def extrema(
    surface: Surface, responses: FloatArray, widths: FloatArray, ctx: RunContext
) -> tuple[NDArray[np.intp], IntArray]:
    """Return scales (m,) and points (m,) where a response is extremal over surface and scale.

    It is larger than that of every point within one width along the surface, and than that of
    the same point at both scales beside: at the first and the last nothing can be extremal.

    Parameters
    ----------
    surface
        The surface.
    responses
        (s,n) a response for every scale and point.
    widths
        (s,) width of each scale, in diameters.
    ctx
        Cancellation.
    """
    from scipy.sparse.csgraph import dijkstra

    graph, around = surface_graph(surface), surface.rings(1)
    scales, points = [], []
    for scale in range(1, len(widths) - 1):
        below, values, above = responses[scale - 1 : scale + 2]
        peaks = local_maxima(values, around)
        largest = (values > below) & (values > above) & (values > _ROUNDING)
        for peak in peaks[largest[peaks]]:
            ctx.check()
            near = np.isfinite(dijkstra(graph, directed=True, indices=peak, limit=widths[scale]))
            near[peak] = False
            if (values[near] < values[peak]).all():
                scales.append(scale)
                points.append(peak)
    return np.array(scales, np.intp), np.array(points, np.int32)


#: The detector.
DETECTOR = Lbss()
