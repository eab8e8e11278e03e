"""Differences of Gaussians of a volume, and their extrema in space and scale."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.context import RunContext

#: Standard deviation of the first Gaussian of an octave, in its voxels (Lowe 2004, section 3.3).
SIGMA = 1.6

#: What a voxel has averaged already: the standard deviation of a box is 1 / sqrt(12).
_VOXEL_SIGMA = 0.3

#: Steps by which an extremum may wander before it is given up.
_STEPS = 5


@dataclass(frozen=True, eq=False)
class Octave:
    """Differences of Gaussians of one sampling of a volume.

    Parameters
    ----------
    blurred
        (s+3,x,y,z) the volume after Gaussians.
    differences
        (s+2,x,y,z) each taken from the next larger one.
    sigmas
        (s+2,) standard deviation of the smaller Gaussian of each, in voxels of the volume.
    step
        Voxels of the volume for one of this octave.
    """

    blurred: FloatArray
    differences: FloatArray
    sigmas: FloatArray
    step: int

    @property
    def ratio(self) -> float:
        """How much larger each scale is than the one before."""
        return float(self.sigmas[1] / self.sigmas[0])


@dataclass(frozen=True, eq=False)
class Extrema:
    """m extrema of differences of Gaussians.

    Parameters
    ----------
    places
        (m,3) where, in voxels of the volume; between voxels.
    sigmas
        (m,) scale: standard deviation in voxels of the volume; between scales.
    contrast
        (m,) the difference there, of either sign.
    slopes
        (m,3) gradients of the blurred volume there, times the scale.
    curvatures
        (m,3) magnitudes of the eigenvalues of the Hessian in space, ascending.
    """

    places: FloatArray
    sigmas: FloatArray
    contrast: FloatArray
    slopes: FloatArray
    curvatures: FloatArray

    def only(self, chosen: BoolArray) -> Extrema:
        """Return those of the extrema that are chosen (m,)."""
        return Extrema(*(getattr(self, part.name)[chosen] for part in fields(self)))


def octaves(
    volume: FloatArray,
    count: int,
    scales: int,
    ctx: RunContext | None = None,
    *,
    is_solid: bool = True,
) -> tuple[Octave, ...]:
    """Return differences of Gaussians (Lowe 2004, doi 10.1023/B:VISI.0000029664.99615.94, in 3D).

    Parameters
    ----------
    volume
        (x,y,z) values; nothing is outside.
    count
        Number of octaves; every one has half as many voxels a side.
    scales
        Scales an octave in which extrema are looked for.
    ctx
        Progress and cancellation.
    is_solid
        Whether the volume is that of a solid, whose Gaussians have the same values at all scales.
        Those of a sheet get smaller as the scale grows; they are multiplied by it.
    """
    from scipy.ndimage import gaussian_filter

    ctx = ctx or RunContext()
    ratio = 2.0 ** (1.0 / scales)
    result = []
    blurred, sigma = volume, _VOXEL_SIGMA
    for octave in range(count):
        ctx.progress(octave / count, "Blurring the voxels")
        levels = []
        for level in range(scales + 3):
            ctx.check()
            wanted = SIGMA * ratio**level
            if wanted > sigma:
                blurred = gaussian_filter(
                    blurred, (wanted**2 - sigma**2) ** 0.5, mode="constant", truncate=4.0
                )
            levels.append(blurred)
            sigma = wanted
        step = 2**octave
        stack = np.stack(levels)
        differences, sigmas = np.diff(stack, axis=0), SIGMA * step * ratio ** np.arange(scales + 3)
        if not is_solid:
            differences *= sigmas[:-1, None, None, None]
            stack *= sigmas[:, None, None, None]
        result.append(Octave(stack, differences, sigmas[:-1], step))
        blurred, sigma = levels[scales][::2, ::2, ::2], SIGMA
    return tuple(result)


def extrema(octave: Octave, *, drifting: bool = True) -> Extrema:
    """Return where the difference is larger or smaller than around it, in space and scale.

    A quadric through the 27 differences around it places an extremum between voxels (Brown and
    Lowe 2002, doi 10.5244/C.16.23), a parabola through three places it between scales. Those that
    wander off or are no extremum of their quadric are left out.

    Parameters
    ----------
    octave
        One octave.
    drifting
        Whether an extremum may move as the scale grows: then it is compared with the 26 voxels
        around it and its own place in the scale below and above. Else with all 80 around it, as in
        Lowe 2004; the tip of a corner, which looks the same at all scales but for its distance from
        the surface, is none of these.
    """
    d = octave.differences
    found = _highest(d, drifting) | _highest(-d, drifting)
    node = np.stack(np.nonzero(found[(slice(1, -1),) * 4]), axis=1) + 1
    node, offset, gradient = _refined(d, node)
    contrast = d[tuple(node.T)] + 0.5 * np.einsum("md,md->m", gradient, offset)
    curvatures = np.asarray(np.linalg.eigvalsh(_derivatives(d, node)[1]), np.float64)
    one_sign = (curvatures * np.sign(contrast)[:, None] < 0.0).all(axis=1)
    node, offset, contrast = node[one_sign], offset[one_sign], contrast[one_sign]
    curvatures = np.sort(np.abs(curvatures[one_sign]), axis=1)
    sigmas = octave.sigmas[0] * octave.ratio ** _between_scales(d, node)
    gradient, hessian = _derivatives(octave.blurred, node)
    gradient += np.einsum("mde,me->md", hessian, offset)
    slopes = gradient / octave.step * sigmas[:, None]
    places = (node[:, 1:] + offset) * octave.step
    return Extrema(places, sigmas, contrast, slopes, curvatures)


def _highest(d: FloatArray, drifting: bool) -> BoolArray:
    """Return where positive differences are larger than all those they are compared with."""
    from scipy.ndimage import maximum_filter

    around = maximum_filter(d, (1, 3, 3, 3) if drifting else 3, mode="nearest")
    highest = (d == around) & (d > 0.0)
    highest[1:] &= d[1:] > d[:-1]
    highest[:-1] &= d[:-1] > d[1:]
    return highest


def _refined(
    d: FloatArray, node: NDArray[np.intp]
) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Return nodes (m,4), offsets (m,3) from them in space, gradients (m,3)."""
    limit = np.array(d.shape[1:]) - 2
    alive, settled = np.ones(len(node), bool), np.zeros(len(node), bool)
    offset, gradient = np.zeros((len(node), 3)), np.zeros((len(node), 3))
    for _ in range(_STEPS):
        at = np.flatnonzero(alive & ~settled)
        gradient[at], hessian = _derivatives(d, node[at])
        size = np.abs(hessian).max(axis=(1, 2), initial=0.0)
        sound = np.abs(np.linalg.det(hessian)) > 1e-6 * size**3
        alive[at[~sound]] = False
        at, hessian = at[sound], hessian[sound]
        offset[at] = -np.linalg.solve(hessian, gradient[at][..., None])[..., 0]
        # A little more than half, or it would go to and fro between two nodes.
        settled[at] = (np.abs(offset[at]) <= 0.55).all(axis=1)
        moving = at[~settled[at]]
        node[moving, 1:] += np.clip(np.round(offset[moving]), -1, 1).astype(int)
        alive[moving] = ((node[moving, 1:] >= 1) & (node[moving, 1:] <= limit)).all(axis=1)
    kept = alive & settled
    return node[kept], offset[kept], gradient[kept]


def _derivatives(d: FloatArray, node: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
    """Return gradients (m,3) and Hessians (m,3,3) in space, by central differences."""
    unit = np.eye(4, dtype=int)[1:]

    def at(shift: NDArray[np.intp]) -> FloatArray:
        return d[tuple((node + shift).T)]

    gradient = np.stack([(at(e) - at(-e)) / 2.0 for e in unit], axis=1)
    hessian = np.empty((len(node), 3, 3))
    for i in range(3):
        hessian[:, i, i] = at(unit[i]) + at(-unit[i]) - 2.0 * at(0 * unit[i])
        for j in range(i):
            mixed = at(unit[i] + unit[j]) + at(-unit[i] - unit[j])
            mixed -= at(unit[i] - unit[j]) + at(unit[j] - unit[i])
            hessian[:, i, j] = hessian[:, j, i] = mixed / 4.0
    return gradient, hessian


def _between_scales(d: FloatArray, node: NDArray[np.intp]) -> FloatArray:
    """Return (m,) the scale of nodes, where a parabola through three scales is highest."""
    scale, *place = node.T
    below, here, above = (d[(scale + s, *place)] for s in (-1, 0, 1))
    bend = below + above - 2.0 * here
    shift = np.divide(below - above, 2.0 * bend, out=np.zeros(len(node)), where=bend != 0.0)
    return scale + np.clip(shift, -0.5, 0.5)
