"""What detectors that look at the shape index have in common: parameters, measures, fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.geometry.curvature import Curvatures, principal_curvatures
from kpstudio.geometry.neighbours import local_maxima
from kpstudio.geometry.patches import same_side
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Shape indices that differ by less are the same: they come from curvatures that differ by
#: rounding, as on a symmetric shape.
_DIGITS = 6


@dataclass(frozen=True)
class BendParameters(SelectionParameters):
    """Radii in mesh resolutions: the median length of an edge."""

    curvature_radius: float = parameter(
        3.0,
        "Radius of the ball to which a quadric is fitted to measure curvature.",
        unit="x resolution",
        low=1.5,
        high=30.0,
        step=0.5,
    )
    peak_radius: float = parameter(
        5.0,
        "A point is compared with the points of its side of the surface within this radius.",
        unit="x resolution",
        low=1.0,
        high=30.0,
        step=0.5,
    )
    flat: float = parameter(
        0.5,
        "Curvedness up to which a place counts as flat and has no shape index.",
        unit="/ diameter",
        low=0.0,
        high=50.0,
        step=0.1,
    )


@dataclass(frozen=True, eq=False)
class Bends:
    """How a surface of n points bends.

    Parameters
    ----------
    curvatures
        Its principal curvatures.
    shape_index
        (n,) shape index, 1/2 where the surface is flat.
    curvedness
        (n,) curvedness, 0 where the surface is flat.
    around
        (n,n) whose entries are the points each point is compared with.
    """

    curvatures: Curvatures
    shape_index: FloatArray
    curvedness: FloatArray
    around: csr_array

    def extremes(self) -> tuple[IntArray, IntArray]:
        """Return the points whose shape index is the largest around, and the smallest.

        Of equal ones the first counts. Flat points are none.
        """
        bent = self.curvedness > 0.0
        largest = local_maxima(self.shape_index, self.around)
        smallest = local_maxima(-self.shape_index, self.around)
        return largest[bent[largest]], smallest[bent[smallest]]

    def mean(self, weights: FloatArray) -> FloatArray:
        """Return (n,) weighted means of the shape index around each point, itself included.

        1/2, the shape index of what is flat, where all weights are 0.
        """
        from scipy.sparse import csr_array

        near = csr_array(
            (np.ones(self.around.nnz), self.around.indices, self.around.indptr),
            shape=self.around.shape,
        )
        terms = np.column_stack([weights * self.shape_index, weights])
        sums = terms + near @ terms
        mean = np.full(len(weights), 0.5)
        np.divide(sums[:, 0], sums[:, 1], out=mean, where=sums[:, 1] > 0.0)
        return mean


def bends_of(surface: Surface, parameters: BendParameters, ctx: RunContext) -> Bends:
    """Return how a surface bends, measured with these parameters."""
    ctx.progress(0.0, "Finding neighbours")
    radius = parameters.curvature_radius * surface.resolution
    curvatures = principal_curvatures(surface, radius, ctx.part(0.1, 0.8))
    ctx.progress(0.8, "Comparing neighbours")
    around = same_side(surface, parameters.peak_radius * surface.resolution)
    curvedness = curvatures.curvedness
    flat = curvedness <= max(parameters.flat, 1e-9)
    shape_index = np.where(flat, 0.5, np.round(curvatures.shape_index, _DIGITS))
    return Bends(curvatures, shape_index, np.where(flat, 0.0, curvedness), around)


def bend_fields(bends: Bends) -> tuple[Field, ...]:
    """Return shape index, curvedness and curvatures to look at."""
    return (Field("shape index", bends.shape_index), *curvature_fields(bends.curvatures))


def curvature_fields(curvatures: Curvatures) -> tuple[Field, ...]:
    """Return curvatures to look at, positive where the surface bulges outwards."""
    unit = "1/diameter"
    return (
        Field("curvedness", curvatures.curvedness, unit),
        Field("mean curvature", curvatures.mean, unit, signed=True),
        Field("Gaussian curvature", curvatures.gaussian, "1/diameter²", signed=True),
        Field("largest curvature", curvatures.maximum, unit, signed=True),
        Field("smallest curvature", curvatures.minimum, unit, signed=True),
    )
