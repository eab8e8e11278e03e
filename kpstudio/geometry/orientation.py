"""Which way is up, which way is front: axis names and the rotations between them.

The canonical frame of every category model has +y up and +z as the front, so +x is the shape's
own left. An orientation names the file's axes that play those two roles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import ParameterError

AXES = ("+x", "-x", "+y", "-y", "+z", "-z")


def axis_vector(axis: str) -> FloatArray:
    """Return the unit vector (3,) of an axis name such as "-z".

    Raises
    ------
    ParameterError
        Not one of `AXES`.
    """
    if axis not in AXES:
        raise ParameterError(f"{axis!r} is no axis", remedy=f"Choose one of {', '.join(AXES)}.")
    vector = np.zeros(3)
    vector["xyz".index(axis[1])] = 1.0 if axis[0] == "+" else -1.0
    return vector


@dataclass(frozen=True)
class Orientation:
    """The file's axes that point up and to the front.

    Raises
    ------
    ParameterError
        An unknown axis, or up and front on the same axis.
    """

    up: str = "+y"
    front: str = "+z"

    def __post_init__(self) -> None:
        """Refuse axes that do not span a frame."""
        if abs(axis_vector(self.up) @ axis_vector(self.front)) > 0.5:
            raise ParameterError(
                f"up {self.up} and front {self.front} lie on the same axis",
                remedy="Choose two different axes.",
            )

    @property
    def rotation(self) -> FloatArray:
        """Rotation (3,3) from file to canonical axes: canonical = file @ rotation.T."""
        up, front = axis_vector(self.up), axis_vector(self.front)
        return np.stack([np.cross(up, front), up, front])


#: All 24 orientations, the canonical one first.
ORIENTATIONS = (Orientation(),) + tuple(
    Orientation(up, front)
    for up in AXES
    for front in AXES
    if up[1] != front[1] and (up, front) != ("+y", "+z")
)
