"""How far along a surface a map of points is from the truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.geometry.geodesics import distances_from
from kpstudio.geometry.surface import Surface


def geodesic_errors(
    target: Surface, found: ArrayLike, truth: ArrayLike, ctx: RunContext | None = None
) -> FloatArray:
    """Return how far points of a map are from where they should be, by the root of the area.

    The Princeton protocol (V. G. Kim, Y. Lipman and T. Funkhouser, "Blended intrinsic maps", ACM
    Transactions on Graphics 30(4), 2011, doi:10.1145/2010324.1964974).

    Parameters
    ----------
    target
        The surface that is mapped to.
    found, truth
        (q,) vertices of its mesh, found and right.
    ctx
        Progress and cancellation: every different right vertex takes some milliseconds.

    Returns
    -------
    (q,) distances along the surface, divided by the square root of its area; infinite between
    components that do not touch.

    Raises
    ------
    InputError
        The numbers of vertices differ.
    """
    ctx = ctx or RunContext()
    ends = [np.atleast_1d(np.asarray(one, int)) for one in (found, truth)]
    if ends[0].shape != ends[1].shape:
        raise InputError(f"{len(ends[0])} points of a map, and {len(ends[1])} right ones")
    there, right = (target.of_vertex[one] for one in ends)
    errors = np.zeros(len(right))
    sources = np.unique(right[there != right])
    for done, source in enumerate(sources):
        ctx.progress(done / len(sources), "Measuring distances")
        own = right == source
        errors[own] = distances_from(target, np.array([source]))[there[own]]
    return errors / float(np.sqrt(target.areas.sum()))
