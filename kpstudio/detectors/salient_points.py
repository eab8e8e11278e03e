"""Salient points: where the surface moves much when it is smoothed, at several scales."""

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
from kpstudio.geometry.diffusion import diffuse
from kpstudio.geometry.neighbours import local_maxima
from kpstudio.geometry.scale_space import average
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: The choices of `averages`.
BALL, SURFACE = "ball", "surface"
#: Balls end at so many standard deviations.
_CUTOFF = 2.0
#: Displacements below so many diameters, and shares of the largest one, are rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class SalientPointsParameters(SelectionParameters):
    """Scales, and what counts as salient at each of them."""

    finest: float = parameter(
        0.003,
        "Standard deviation of the finest Gaussian; the others are multiples of it.",
        unit="x diameter",
        low=0.0005,
        high=0.05,
        step=0.0005,
    )
    scales: int = parameter(6, "Scales an octave: 1, 2, 3, ... times the finest.", low=1, high=12)
    octaves: int = parameter(2, "Octaves; each has scales twice as wide.", low=1, high=6)
    averages: str = parameter(
        BALL,
        "Average positions over the points of a ball, or along the surface by diffusion, which "
        "keeps the sides of thin parts apart and is as fast for any width.",
        choices=(BALL, SURFACE),
        advanced=True,
    )
    inhibition: float = parameter(
        0.85,
        "A displacement counts if it is larger than this share of those around it.",
        low=0.0,
        high=1.0,
        step=0.05,
    )
    surroundings: float = parameter(
        4.0,
        "Radius of what is around a point, for inhibition and for peaks.",
        unit="x resolution",
        low=1.0,
        high=20.0,
    )
    threshold: float = parameter(
        0.3,
        "Weakest response that counts, as a share of the strongest.",
        low=0.0,
        high=1.0,
        step=0.01,
    )


class SalientPoints(SurfaceDetector):
    """Differences of Gaussians of the positions, along the normal, inhibited and added up.

    With g(v, s) the Gaussian-weighted average of positions around v, the scale map is
    M(v) = |n(v) . (g(v, s) - g(v, 2 s))| for s = 1, 2, ... 6 times the finest scale. A map is
    scaled to 0..1 and weighed by the squared difference of its maximum and the mean of its other
    local maxima, so that maps with few strong peaks count more (Itti, Koch, Niebur 1998,
    doi:10.1109/34.730558); values that are not larger than 85 % of those around are set to zero.
    The saliency is the sum of the maps, keypoints are its local maxima above 30 % of the largest.

    Open in the paper or different here (ours): octaves double the scales on the whole mesh, where
    the paper decimates the mesh, so that every value belongs to a vertex; all octaves are added
    up; the finest scale is 0.3 % of the diameter, where the paper has 0.1 % of the diagonal of
    dense scans; balls end at two standard deviations; surroundings are four mesh resolutions. The
    size of a keypoint is the scale of its largest displacement: a Gaussian bump of standard
    deviation b moves most at s = b / sqrt(2).
    """

    spec = DetectorSpec(
        id="salient-points",
        title="Salient points",
        summary="Points that move far along their normal when the surface is smoothed.",
        parameters=SalientPointsParameters,
        kind="cloud",
        citation="Castellani, Cristani, Fantoni, Murino 2008, Sparse points matching by combining "
        "3D mesh saliency with statistical descriptors, Computer Graphics Forum 27(2), "
        "doi:10.1111/j.1467-8659.2008.01162.x",
    )

    def measure(
        self, surface: Surface, parameters: SalientPointsParameters, ctx: RunContext
    ) -> Measured:
        """Return the saliency, and the displacement at every scale in diameters."""
        ctx.progress(0.0, "Averaging positions")
        around = surface.within(parameters.surroundings * surface.resolution)
        sigmas = scales_of(parameters)
        maps = surface.kept(
            ("scale maps", parameters.averages, *sigmas),
            lambda: scale_maps(surface, sigmas, parameters.averages, ctx.part(0.1, 0.6)),
        )
        judged = surface.kept(
            ("judged maps", parameters.averages, parameters.surroundings, *sigmas),
            lambda: [_judged(one, around, ctx) for one in maps],
        )
        ctx.progress(0.9, "Adding up scales")
        saliency = np.zeros(len(surface))
        for weighed, larger in judged:
            saliency += np.where(larger >= parameters.inhibition, weighed, 0.0)
        peaks = local_maxima(saliency, around)
        peaks = peaks[saliency[peaks] > 0.0]
        fields = [Field("saliency", saliency)]
        for sigma, one in zip(sigmas, maps, strict=True):
            fields.append(Field(f"response at scale {100.0 * sigma:.2f} %", one, "diameters"))
        sizes = np.asarray(sigmas)[maps[:, peaks].argmax(axis=0)]
        return Measured(tuple(fields), peaks, saliency[peaks], sizes)


def scales_of(parameters: SalientPointsParameters) -> tuple[float, ...]:
    """Return the standard deviations of all octaves, ascending, each once, in diameters."""
    multiples = np.arange(1, parameters.scales + 1)[:, None] * 2 ** np.arange(parameters.octaves)
    return tuple(float(parameters.finest * one) for one in np.unique(multiples))


def scale_maps(
    surface: Surface, sigmas: tuple[float, ...], averages: str, ctx: RunContext
) -> FloatArray:
    """Return (s,n) how far points move along their normals between sigma and 2 sigma.

    Parameters
    ----------
    surface
        The surface.
    sigmas
        Standard deviations in diameters.
    averages
        BALL or SURFACE.
    ctx
        Progress and cancellation.
    """
    widths = sorted({width for sigma in sigmas for width in (sigma, 2.0 * sigma)})
    where = [(widths.index(sigma), widths.index(2.0 * sigma)) for sigma in sigmas]
    if averages == SURFACE:
        smooth = diffuse(surface, surface.points, widths, ctx)
    else:
        smooth = _over_balls(surface, widths, ctx)
    moved = (smooth[fine] - smooth[coarse] for fine, coarse in where)
    maps = np.stack([np.abs(np.einsum("nd,nd->n", one, surface.normals)) for one in moved])
    maps[maps < _ROUNDING] = 0.0
    return maps


def _over_balls(surface: Surface, widths: list[float], ctx: RunContext) -> FloatArray:
    """Return (s,n,3) the Gaussian-weighted averages of the positions over balls."""
    # Wide balls take longer: some of their square.
    shares = np.concatenate([[0.0], np.cumsum(np.square(widths))]) / np.square(widths).sum()
    smooth = np.empty((len(widths), len(surface), 3))
    for index, width in enumerate(widths):
        part = ctx.part(shares[index], shares[index + 1])
        smooth[index] = average(surface, surface.points, width, cutoff=_CUTOFF, ctx=part)
    return smooth


def promoted(values: FloatArray, around: csr_array) -> FloatArray:
    """Return values (n,) scaled to 0..1 and weighed by how much the maximum stands out.

    Times (1 - m)², m the mean of the other local maxima (Itti, Koch, Niebur 1998).
    """
    top = float(values.max(initial=0.0))
    if top == 0.0:
        return values
    others = values[local_maxima(values, around)[1:]] / top
    others = others[others > _ROUNDING]  # in a plain of zeros is no peak, whatever comes first
    mean = float(others.mean()) if len(others) else 0.0
    return values * ((1.0 - mean) ** 2 / top)


def share_below(values: FloatArray, around: csr_array) -> FloatArray:
    """Return (n,) the share of the points around whose value is smaller; 1 where there are none."""
    counts = np.diff(around.indptr)
    larger = np.repeat(values, counts) > values[around.indices]
    wins = np.concatenate([[0], np.cumsum(larger)])[around.indptr]
    return np.where(counts > 0, np.diff(wins) / np.maximum(counts, 1), 1.0)


def _judged(values: FloatArray, around: csr_array, ctx: RunContext) -> tuple[FloatArray, ...]:
    ctx.progress(0.6, "Comparing displacements")
    return promoted(values, around), share_below(values, around)


#: The detector.
DETECTOR = SalientPoints()
