"""Dense maps: where every vertex of a shape is on another, by functional maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.correspondence import Correspondence, DenseMap
from kpstudio.geometry.sampling import farthest_points
from kpstudio.geometry.surface import Surface
from kpstudio.matching.functional_maps import Basis, basis_of, fit_map, signatures_of
from kpstudio.matching.zoomout import points_back, points_of, zoom_out

#: Points that come back from the other shape so far from where they were, in diameters, have a
#: confidence of exp(-1/2).
_AWAY = 0.05


@dataclass(frozen=True)
class DenseParameters:
    """How fine a dense map is."""

    start: int = parameter(
        30, "Eigenfunctions of the first map, from signatures and landmarks.", low=5, high=100
    )
    finish: int = parameter(
        120, "Eigenfunctions of the last map: the more, the finer.", low=5, high=400
    )
    step: int = parameter(5, "Eigenfunctions that join at a time.", low=1, high=50, advanced=True)
    samples: int = parameter(
        1000,
        "Points that stand for all of a shape while the map is refined.",
        low=100,
        high=20_000,
        advanced=True,
    )


def dense_map(
    first: Surface,
    second: Surface,
    landmarks: Correspondence | None = None,
    parameters: DenseParameters | None = None,
    ctx: RunContext | None = None,
) -> DenseMap:
    """Return where every vertex of a first shape is on a second that is bent into it.

    Connected surfaces that bend without much stretching are mapped well.

    Parameters
    ----------
    first, second
        The two surfaces.
    landmarks
        Pairs of vertices of the two meshes that correspond. Without any a symmetric shape may be
        mapped to its mirror image.
    parameters
        How fine the map is.
    ctx
        Progress and cancellation.

    Returns
    -------
    The map. Its confidence is exp(-(d / a)^2 / 2), d how far from itself a point comes back when
    it is mapped there and back, a a twentieth of the diameter.
    """
    ctx, given = ctx or RunContext(), parameters or DenseParameters()
    finish = min(max(given.start, given.finish), len(first) - 1, len(second) - 1)
    bases = (
        basis_of(first, finish, ctx.part(0.0, 0.3)),
        basis_of(second, finish, ctx.part(0.3, 0.6)),
    )
    start = first_map(first, second, bases, given.start, landmarks)
    samples = farthest_points(first.points, min(given.samples, len(first)))
    functional = zoom_out(*bases, start, given.step, samples, ctx.part(0.6, 0.9))
    ctx.progress(0.9, "Mapping all points")
    return _of_vertices(first, second, bases, functional)


def first_map(
    first: Surface,
    second: Surface,
    bases: tuple[Basis, Basis],
    count: int,
    landmarks: Correspondence | None = None,
) -> FloatArray:
    """Return the functional map (count,count) from signatures and landmarks, before it is refined.

    Parameters
    ----------
    first, second
        The two surfaces.
    bases
        Eigenfunctions of both, at least `count` of them if they have so many.
    count
        Eigenfunctions of the map.
    landmarks
        Pairs of vertices of the two meshes.
    """
    pairs: IntArray | None = None
    if landmarks is not None:
        landmarks.check_fits(len(first.of_vertex), len(second.of_vertex))
        own = (first.of_vertex[landmarks.first], second.of_vertex[landmarks.second])
        pairs = np.stack(own, axis=1)
    signatures = (signatures_of(first), signatures_of(second))
    return fit_map(bases[0].first(count), bases[1].first(count), signatures, pairs)


def _of_vertices(
    first: Surface, second: Surface, bases: tuple[Basis, Basis], functional: FloatArray
) -> DenseMap:
    """Return the map of the meshes' vertices of a functional map of the surfaces."""
    here, there = bases[0].vectors, bases[1].vectors
    points = points_of(here, there, functional)
    returned = points_back(here, there, functional)[points]
    away = np.linalg.norm(first.points[returned] - first.points, axis=1)
    confidence = np.exp(-0.5 * (away / _AWAY) ** 2)
    return DenseMap(
        second.vertex_of[points[first.of_vertex]],
        first.spread(confidence),
        source="functional map, ZoomOut",
    )
