"""MeshDoG: extrema in space and scale of a function on the surface, as SIFT does for images."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry.curvature import principal_curvatures
from kpstudio.geometry.gradient import hessian_eigenvalues
from kpstudio.geometry.neighbours import symmetric
from kpstudio.geometry.scale_space import scale_maxima
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: The choices of `function`, with the units of their values.
MEAN, GAUSSIAN, COLOR = "mean curvature", "Gaussian curvature", "colour"
UNITS = {MEAN: "1/diameter", GAUSSIAN: "1/diameter²", COLOR: ""}

#: Luminance of red, green and blue (Rec. 709).
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
#: Responses below this, in the function's unit, are rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class MeshDogParameters(SelectionParameters):
    """The function on the mesh, its scales, and which extrema count."""

    function: str = parameter(
        MEAN, "What is looked at on the surface.", choices=(MEAN, GAUSSIAN, COLOR)
    )
    curvature_radius: float = parameter(
        3.0,
        "Radius of the balls whose curvature is measured.",
        unit="x resolution",
        low=1.5,
        high=20.0,
        advanced=True,
    )
    octaves: int = parameter(4, "Octaves; in each the steps are twice as wide.", low=1, high=6)
    steps: int = parameter(6, "Scales an octave.", low=4, high=12, advanced=True)
    share: float = parameter(
        0.05,
        "Most extrema, the strongest of every scale, as a share of the number of points.",
        low=0.001,
        high=1.0,
        step=0.01,
    )
    corner_ratio: float = parameter(
        10.0,
        "Largest ratio of the two bends of the function at a keypoint: more is an edge, not a "
        "corner.",
        low=1.0,
        high=1000.0,
        step=1.0,
    )


class MeshDog(SurfaceDetector):
    """Extrema of differences of Gaussians of a function, over one ring and the scales beside.

    The function is averaged again and again over the one-ring of every point with weights
    exp(-d² / 2 s²), s = 2^(1 / (steps - 3)) mean edges; a step makes 1, 2, 4, ... such averages in
    the first, second, third octave. Differences of one step and the next are compared with those
    of the ring and of both scales beside. The strongest extrema of every scale stay, 5 % of the
    number of points in all, of which those on edges of the function go: where the eigenvalues of
    its Hessian differ by more than a factor of 10, as Lowe has it (doi:10.1023/B:VISI.0000029664.
    99615.94).

    Numbers of steps and averages are those of the authors' program. Open in the paper (ours):
    differences of a step that adds the variance dv at the variance v are multiplied by v / dv, as
    if scales grew in equal ratios, or else fine scales would always win; curvature is that of a
    ball of three mesh resolutions; colour is luminance. The size of a keypoint is the standard
    deviation of its scale: that of a Gaussian blob which answers most there.
    """

    spec = DetectorSpec(
        id="meshdog",
        title="MeshDoG",
        summary="Blobs of curvature or colour, each at the scale where it stands out most.",
        parameters=MeshDogParameters,
        citation="Zaharescu, Boyer, Varanasi, Horaud 2009, Surface feature detection and "
        "description with applications to mesh matching, CVPR, doi:10.1109/CVPR.2009.5206748",
    )

    def measure(self, surface: Surface, parameters: MeshDogParameters, ctx: RunContext) -> Measured:
        """Return the extrema of a curvature."""
        radius = parameters.curvature_radius * surface.resolution
        curvatures = principal_curvatures(surface, radius, ctx.part(0.0, 0.5))
        function = curvatures.gaussian if parameters.function == GAUSSIAN else curvatures.mean
        return _measure(surface, function, radius, parameters, ctx.part(0.5, 1.0))

    def measure_mesh(
        self, mesh: Mesh, surface: Surface, parameters: MeshDogParameters, ctx: RunContext
    ) -> Measured:
        """Return the extrema of the colour, if that is asked for, or of a curvature."""
        if parameters.function != COLOR:
            return self.measure(surface, parameters, ctx)
        colors = mesh.appearance.colors if mesh.appearance else None
        if colors is None:
            raise InputError(
                "the mesh has no colours at its vertices",
                remedy=f"Look at its {MEAN} instead, or use a mesh with vertex colours.",
            )
        luminance = (colors[:, :3] / 255.0 @ _LUMINANCE)[surface.vertex_of]
        key = hashlib.sha256(luminance.tobytes()).hexdigest()
        return _measure(surface, luminance, key, parameters, ctx)


def _measure(
    surface: Surface,
    function: FloatArray,
    key: Hashable,
    parameters: MeshDogParameters,
    ctx: RunContext,
) -> Measured:
    """Return the extrema of a function (n,) that `key` distinguishes from others."""
    ctx.progress(0.0, "Averaging")
    key = (parameters.function, key, parameters.octaves, parameters.steps)
    space = surface.kept(
        ("meshdog", key),
        lambda: scale_space(surface, function, parameters.octaves, parameters.steps, ctx),
    )
    smooth, responses, sigmas = space
    ctx.progress(0.7, "Finding extrema")
    scales, points = surface.kept(("meshdog extrema", key), lambda: extrema(surface, responses))
    strength = np.abs(responses[scales, points])
    kept = strongest_of_every_scale(strength, scales, parameters.share * len(surface))
    ctx.progress(0.8, "Leaving out edges")
    kept = kept[_corners(surface, smooth, scales[kept], points[kept], parameters.corner_ratio)]
    # A point may be an extremum at several scales: the strongest stands for it.
    order = kept[np.argsort(-strength[kept], kind="stable")]
    order = order[np.sort(np.unique(points[order], return_index=True)[1])]
    unit = UNITS[parameters.function]
    fields = [
        Field("response", np.abs(responses).max(axis=0), unit),
        Field(parameters.function, function, unit, parameters.function != COLOR),
    ]
    for sigma, response in zip(sigmas, responses, strict=True):
        fields.append(
            Field(f"response at scale {100.0 * sigma:.2f} %", response, unit, signed=True)
        )
    return Measured(tuple(fields), points[order], strength[order], sigmas[scales[order]])


def ring_average(surface: Surface, sigma: float) -> tuple[csr_array, float]:
    """Return (n,n) the Gaussian-weighted average over each one-ring, and the variance it adds.

    Parameters
    ----------
    surface
        The surface.
    sigma
        Standard deviation of the weights in mean edges; the weights are cut off at the ring, so
        that the variance along each axis, in squared diameters, is less than its square.
    """
    from scipy.sparse import csr_array, diags_array, eye_array

    count, squared = len(surface), np.square(surface.edge_lengths)
    width = sigma * surface.edge_lengths.mean()
    weights = symmetric(surface.edges, np.exp(-0.5 * squared / width**2), count)
    moment = np.asarray((symmetric(surface.edges, squared, count) * weights).sum(axis=1))
    weights = weights + eye_array(count, format="csr")
    total = np.asarray(weights.sum(axis=1)).reshape(-1)
    average = csr_array(diags_array(1.0 / total, format="csr") @ weights)
    return average, float(np.median(moment.reshape(-1) / total)) / 2.0


def scale_space(
    surface: Surface, function: FloatArray, octaves: int, steps: int, ctx: RunContext
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the averages (s,n) of a function, their differences (s,n) and scales (s,).

    Parameters
    ----------
    surface
        The surface.
    function
        (n,) values.
    octaves, steps
        Number of octaves, and of steps in each.
    ctx
        Progress and cancellation.

    Returns
    -------
    The function after every step; how much the step changed it, multiplied by v / dv; and the
    standard deviation in the middle of the step, in diameters.
    """
    average, variance = ring_average(surface, 2.0 ** (1.0 / (steps - 3)))
    smooth, responses, middles = [], [], []
    now, made = function, 0
    for step in range(octaves * steps):
        ctx.progress(0.7 * step / (octaves * steps), "Averaging")
        times, before = 2 ** (step // steps), now
        for _ in range(times):
            now = average @ now
        middles.append(made + times / 2.0)
        responses.append((now - before) * (middles[-1] / times))
        smooth.append(now)
        made += times
    return np.stack(smooth), np.stack(responses), np.sqrt(variance * np.array(middles))


def extrema(surface: Surface, responses: FloatArray) -> tuple[IntArray, IntArray]:
    """Return (m,) scales and (m,) points of the maxima and the minima of responses (s,n)."""
    ring = surface.rings(1)
    high, low = (scale_maxima(sign * responses, ring, _ROUNDING) for sign in (1.0, -1.0))
    scales = np.concatenate([high[0], low[0]]).astype(np.int32)
    return scales, np.concatenate([high[1], low[1]])


def strongest_of_every_scale(strength: FloatArray, scales: IntArray, most: float) -> IntArray:
    """Return the indices of at least one and at most about so many extrema.

    Every scale keeps the same share of its extrema, the strongest.
    """
    share = min(1.0, most / max(len(strength), 1))
    kept = []
    for scale in np.unique(scales):
        there = np.flatnonzero(scales == scale)
        order = there[np.argsort(-strength[there], kind="stable")]
        kept.append(order[: max(1, round(share * len(there)))])
    return np.concatenate(kept or [np.zeros(0, np.int32)]).astype(np.int32)


def _corners(
    surface: Surface, smooth: FloatArray, scales: IntArray, points: IntArray, ratio: float
) -> IntArray:
    """Return the indices of the places where the function bends alike in all directions."""
    corner = np.zeros(len(points), bool)
    for scale in np.unique(scales):
        there = np.flatnonzero(scales == scale)
        bends = np.abs(hessian_eigenvalues(surface, smooth[scale], points[there]))
        corner[there] = bends.max(axis=1) <= ratio * bends.min(axis=1)
    return np.flatnonzero(corner).astype(np.int32)


#: The detector.
DETECTOR = MeshDog()
