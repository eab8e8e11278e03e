"""A shape prior: how the keypoints of a category vary together."""

from __future__ import annotations

from dataclasses import dataclass

from kpstudio.base.arrays import FloatArray, freeze
from kpstudio.base.errors import InputError


@dataclass(frozen=True, eq=False)
class ShapePrior:
    """Principal components of a category's keypoints, in the normalised frame.

    keypoints = mean + sum_i b_i modes[i], with b_i ~ N(0, variances[i]).

    Parameters
    ----------
    mean
        (k,3) mean keypoints.
    modes
        (b,k,3) orthonormal modes (as vectors of length 3k), largest variance first.
    variances
        (b,) variance of each coefficient, positive.
    count
        Number of shapes it was fitted to.
    explained
        Fraction of the variance that the kept modes explain, 0..1.
    """

    mean: FloatArray
    modes: FloatArray
    variances: FloatArray
    count: int = 0
    explained: float = 1.0

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        mean = freeze(self.mean, (None, 3), float, "prior mean")
        modes = freeze(self.modes, (None, len(mean), 3), float, "prior modes")
        variances = freeze(self.variances, (len(modes),), float, "prior variances")
        if (variances <= 0).any():
            raise InputError("a prior's variances must be positive")
        for name, value in {"mean": mean, "modes": modes, "variances": variances}.items():
            object.__setattr__(self, name, value)
