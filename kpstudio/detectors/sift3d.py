"""SIFT in 3D: extrema of differences of Gaussians of the voxelised shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry import volume_scale_space
from kpstudio.geometry.closest import SurfaceLocator
from kpstudio.geometry.surface import Surface
from kpstudio.geometry.volume_scale_space import Extrema, Octave
from kpstudio.geometry.voxels import Voxels, voxelise

#: A solid ball of this radius, in standard deviations, is what a scale answers to most.
_RADIUS = 3.0**0.5

#: Bounds of the parameters `contrast` and `elongation`: nobody asks for extrema beyond.
_WEAKEST, _LONGEST = 0.002, 100.0

#: Steps on the way to the surface: at a right corner what is left is a hundred-thousandth.
_TRACE = 20

#: Smallest slope, in full voxels a scale, that says where the surface is. In the middle of a limb
#: there is none: every side is as near.
_SLOPE = 0.02


@dataclass(frozen=True)
class Sift3dParameters(SelectionParameters):
    """The grid, its scales, and which extrema count."""

    resolution: int = parameter(
        96, "Voxels across the shape.", unit="voxels", low=32, high=192, step=8
    )
    octaves: int = parameter(3, "How often the scale doubles.", low=1, high=4, advanced=True)
    scales: int = parameter(
        3, "Scales an octave at which extrema are looked for.", low=2, high=6, advanced=True
    )
    drifting: bool = parameter(
        True,
        "Compare with one voxel in the scale below and above, not with all 27 there: corners move "
        "as the scale grows.",
        advanced=True,
    )
    contrast: float = parameter(
        0.01,
        "Weakest difference of Gaussians that counts; a full voxel is 1, an empty one 0.",
        low=_WEAKEST,
        high=0.5,
        step=0.005,
    )
    elongation: float = parameter(
        20.0,
        "Largest ratio of curvatures of the difference: more is an edge or a plate, no corner.",
        low=1.5,
        high=_LONGEST,
        step=0.5,
    )
    reach: float = parameter(
        3.0,
        "Farthest from the surface an extremum may be.",
        unit="x scale",
        low=0.0,
        high=10.0,
        step=0.1,
        advanced=True,
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """All there is to know of one grid: m extrema before any test, and what the points see."""

    extrema: Extrema
    #: (m,3) closest places on the surface, (m,) how far they are, (m,) the nearest point of each.
    places: FloatArray
    distances: FloatArray
    nearest: IntArray
    #: (q,n) strongest difference about every point, (q,) radii, in diameters.
    strongest: FloatArray
    radii: FloatArray


class Sift3d(SurfaceDetector):
    """Corners and ends of the volume: extrema in space and scale, on the surface nearest to them.

    A grid of voxels is not invariant to rotation: here it lies along the principal axes, turned by
    waves around them where they are equal (see `geometry.principal_frame`). Keypoints follow every
    motion of the shape. Between two shapes that are alike but not the same, or a shape and a part
    of it, the grids differ, and keypoints vary by about a voxel.
    """

    spec = DetectorSpec(
        id="sift3d",
        title="SIFT 3D",
        summary="Corners and ends of the voxelised volume that stand out from their surroundings "
        "and at their scale.",
        parameters=Sift3dParameters,
        citation="Scovanner, Ali, Shah 2007, A 3-dimensional SIFT descriptor and its application "
        "to action recognition, doi:10.1145/1291233.1291311; on voxelised meshes: Godil, Wagan "
        "2011, Salient local 3D features for 3D shape retrieval, doi:10.1117/12.872984",
    )

    def measure(self, surface: Surface, parameters: Sift3dParameters, ctx: RunContext) -> Measured:
        """Return the strongest difference of Gaussians about every point, at each scale and all.

        On the surface itself a difference says little, for it changes sign there: a point has the
        strongest one within a standard deviation of it.
        """
        grid = (parameters.resolution, parameters.octaves, parameters.scales, parameters.drifting)
        found = surface.kept(("sift3d", *grid), lambda: _found(surface, *grid, ctx))
        e = found.extrema
        good = np.abs(e.contrast) >= parameters.contrast
        good &= e.curvatures[:, 2] <= parameters.elongation * e.curvatures[:, 0]
        good &= found.distances <= parameters.reach * e.sigmas
        on_it = found.distances <= e.sigmas / 4.0
        good &= on_it | (np.linalg.norm(e.slopes, axis=1) >= _SLOPE)
        # In the order of the mesh: which of two equal ones comes first must not turn with the grid.
        order = np.lexsort((e.sigmas, found.nearest))
        chosen = order[good[order]]
        fields = [Field("saliency", found.strongest.max(axis=0), "of a full voxel")]
        for radius, values in zip(found.radii, found.strongest, strict=True):
            fields.append(
                Field(f"response at scale {100.0 * radius:.1f} %", values, "of a full voxel")
            )
        return Measured(
            tuple(fields),
            found.nearest[chosen],
            np.abs(e.contrast[chosen]),
            _RADIUS * e.sigmas[chosen],
            found.places[chosen],
        )


def _found(
    surface: Surface,
    resolution: int,
    octave_count: int,
    scales: int,
    drifting: bool,
    ctx: RunContext,
) -> _Found:
    ctx.progress(0.0, "Filling voxels")
    voxels = voxelise(surface, resolution, ctx)
    octaves = volume_scale_space.octaves(
        voxels.values, octave_count, scales, ctx.part(0.1, 0.5), is_solid=voxels.is_solid
    )
    parts, seen = [], []
    at = voxels.to_grid(surface.points)
    for index, octave in enumerate(octaves):
        ctx.progress(0.5 + 0.4 * index / octave_count, "Finding extrema in space and scale")
        parts.append(volume_scale_space.extrema(octave, drifting=drifting))
        seen.append(_seen(octave, at, ctx))
    ctx.progress(0.9, "Finding the surface")
    joined = _joined(parts, voxels)
    ways = np.sign(joined.contrast)[:, None] * joined.slopes if voxels.is_solid else joined.slopes
    places, distances, nearest = _on_surface(surface, joined.places, ways, ctx)
    radii = np.concatenate([octave.sigmas[1:-1] for octave in octaves]) * voxels.spacing * _RADIUS
    return _Found(joined, places, distances, nearest, np.concatenate(seen), radii)


def _joined(parts: list[Extrema], voxels: Voxels) -> Extrema:
    """Return the extrema of all octaves that may ever count, in the surface's frame."""
    joined = Extrema(
        voxels.to_surface(np.concatenate([part.places for part in parts])),
        np.concatenate([part.sigmas for part in parts]) * voxels.spacing,
        np.concatenate([part.contrast for part in parts]),
        np.concatenate([part.slopes for part in parts]) @ voxels.frame,
        np.concatenate([part.curvatures for part in parts]),
    )
    small, large = joined.curvatures[:, 0], joined.curvatures[:, 2]
    return joined.only((np.abs(joined.contrast) >= _WEAKEST) & (large <= _LONGEST * small))


def _seen(octave: Octave, at: FloatArray, ctx: RunContext) -> FloatArray:
    """Return (s,n) the strongest difference within a standard deviation of places (n,3)."""
    from scipy.ndimage import map_coordinates, maximum_filter

    result = []
    for difference, sigma in zip(octave.differences[1:-1], octave.sigmas[1:-1], strict=True):
        ctx.check()
        size = 2 * round(sigma / octave.step) + 1
        strongest = maximum_filter(np.abs(difference), size, mode="nearest")
        values = map_coordinates(strongest, at.T / octave.step, order=1, mode="nearest")
        result.append(values)
    return np.stack(result)


def _on_surface(
    surface: Surface, places: FloatArray, ways: FloatArray, ctx: RunContext
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return where ways from places (m,3) meet the surface, (m,) how far, (m,) the nearest point.

    The nearest place of the surface would not do: inside a corner there are three of them, and none
    is the corner. A step as long as the surface is far never goes through it (sphere tracing, Hart
    1996, doi 10.1007/s003710050084).
    """
    locator = SurfaceLocator(surface.points, surface.faces)
    length = np.linalg.norm(ways, axis=1, keepdims=True)
    ways = np.divide(ways, length, out=np.zeros_like(ways), where=length > 0.0)
    at = places
    closest = locator.closest(at)
    for _ in range(_TRACE):
        ctx.check()
        at = at + ways * closest.distances[:, None]
        closest = locator.closest(at)
    travelled = np.linalg.norm(closest.points - places, axis=1)
    corner = closest.barycentric.argmax(axis=1)
    return closest.points, travelled, surface.faces[closest.faces, corner]


#: The detector.
DETECTOR = Sift3d()
