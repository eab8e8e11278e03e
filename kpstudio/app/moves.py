"""Where all keypoints go when a person moves some of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.shape import Shape
from kpstudio.deformation import prior as priors
from kpstudio.deformation import symmetry
from kpstudio.geometry.reflect import Plane


@dataclass(frozen=True)
class MoveOptions:
    """What else moves when a keypoint is moved.

    Parameters
    ----------
    prior_strength
        How much the shape prior moves the other keypoints, 0 (off) to 1 (on).
    symmetric
        Mirror every move to the partner keypoints.

    Raises
    ------
    ParameterError
        A strength outside 0..1.
    """

    prior_strength: float = 0.0
    symmetric: bool = False

    def __post_init__(self) -> None:
        """Check the strength."""
        if not 0.0 <= self.prior_strength <= 1.0:
            raise ParameterError(f"prior strength is {self.prior_strength:g}, expected 0 to 1")


#: Nothing but the keypoints that are moved.
FREE = MoveOptions()


def mirror_plane(shape: Shape) -> Plane:
    """Return the shape's mirror plane in file coordinates.

    It divides left from right through the middle of the shape's box, as its orientation says:
    known at once, and the same plane in which keypoints of the category models mirror.
    """
    frame = shape.normalisation
    return Plane(frame.rotation[0], float(frame.centre[0]))


def total_offsets(
    shape: Shape, moved: ArrayLike, offsets: ArrayLike, options: MoveOptions = FREE
) -> tuple[KeypointSet, FloatArray]:
    """Return all keypoints after a move, and their offsets from the undeformed shape.

    The moved keypoints go exactly where they are sent, mirror partners and the prior move the
    others, locked ones stay. Costs microseconds whatever the size of the mesh: a drag calls it
    at every mouse move.

    Parameters
    ----------
    shape
        The shape before the move.
    moved
        (m,) indices of the keypoints that are moved.
    offsets
        (m,3) how far each of them goes from where it is, or (3,) for all; file units.
    options
        What moves along.

    Returns
    -------
    keypoints : KeypointSet
        The k keypoints after the move.
    total : (k,3) array
        Their offsets from the detected places, file units: what `Rig.deform` takes.

    Raises
    ------
    InputError
        The shape has no keypoints, or none of such an index.
    """
    if shape.keypoints is None or shape.detection is None:
        raise InputError("the shape has no keypoints", remedy="Run a detector first.")
    here = shape.keypoints
    answer = _follow(shape, here, _indices(moved, len(here)), np.asarray(offsets, float), options)
    keypoints = here.moved(here.positions + answer)
    return keypoints, keypoints.positions - shape.detection.keypoints.positions


def _indices(moved: ArrayLike, count: int) -> IntArray:
    indices = np.asarray(moved, np.int32).reshape(-1)
    for index in indices[(indices < 0) | (indices >= count)]:
        raise InputError(f"there is no keypoint {index}", remedy=f"Use 0 to {count - 1}.")
    return indices


def _follow(
    shape: Shape, here: KeypointSet, moved: IntArray, offsets: FloatArray, options: MoveOptions
) -> FloatArray:
    """Return (k,3) offsets of all keypoints from where they are."""
    answer = np.zeros_like(here.positions)
    answer[moved] = offsets
    held = moved
    if options.symmetric:
        partners = np.array(here.schema.mirror, np.int32)[moved] if here.schema.mirror else moved
        answer = symmetry.mirrored_offsets(answer, moved, here.schema, mirror_plane(shape))
        held = np.union1d(moved, partners[partners >= 0])
    handling = shape.detection.handling if shape.detection else None
    if options.prior_strength > 0.0 and handling is not None and handling.prior is not None:
        frame = shape.normalisation
        followed = frame.invert_vectors(
            priors.synchronise(
                handling.prior,
                frame.apply(here.positions),
                held,
                frame.apply_vectors(answer[held]),
                options.prior_strength,
            )
        )
        # The way through the normalised frame must not shift what the person holds.
        followed[held] = answer[held]
        answer = followed
    answer[here.locked] = 0.0
    return answer
