"""A field: one number for every vertex of a mesh, with a name and a unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, freeze


@dataclass(frozen=True, eq=False)
class Field:
    """One value a vertex.

    Parameters
    ----------
    name
        Name for people, unique within a detection.
    values
        (n,) float64, finite.
    unit
        Unit shown on the colour bar.
    signed
        True when zero is the middle: a diverging colormap is used.
    reference
        (m,) values whose range the colours take in place of its own, for a field that is compared
        with one on another shape.
    logarithmic
        True when its values span orders of magnitude, so that only their logarithm shows them all.
    """

    name: str
    values: FloatArray
    unit: str = ""
    signed: bool = False
    reference: FloatArray | None = None
    logarithmic: bool = False

    def __post_init__(self) -> None:
        """Check and freeze the values."""
        values = freeze(self.values, (None,), np.float64, f"values of {self.name}")
        object.__setattr__(self, "values", values)
        if self.reference is not None:
            reference = freeze(self.reference, (None,), np.float64, f"reference of {self.name}")
            object.__setattr__(self, "reference", reference)

    @property
    def spanned(self) -> FloatArray:
        """The values whose range the colours take."""
        return self.values if self.reference is None else self.reference

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value; symmetric about zero for a signed field."""
        if len(self.values) == 0:
            return 0.0, 0.0
        low, high = float(self.values.min()), float(self.values.max())
        if self.signed:
            high = max(abs(low), abs(high))
            low = -high
        return low, high
