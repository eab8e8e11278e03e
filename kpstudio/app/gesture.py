"""How all keypoints answer while a person moves some of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.prior import ShapePrior
from kpstudio.data.shape import Shape
from kpstudio.deformation import prior as priors
from kpstudio.deformation import symmetry
from kpstudio.geometry.normalise import Normalisation

Plane = tuple[FloatArray, float]


@dataclass(frozen=True, eq=False)
class Gesture:
    """One drag, nudge or typed number: everything that stays the same while it goes on.

    Made once when it starts (`Gesture.start`) and asked at every move (`follow`), which costs
    microseconds and does not depend on the size of the mesh.

    Parameters
    ----------
    keypoints
        The keypoints at the start, file coordinates.
    moved
        (m,) indices of the keypoints that the person moves, ascending.
    normalisation
        From file coordinates to the frame the prior lives in.
    prior
        The category's shape prior; None when it is off or unknown.
    strength
        How much the prior pulls, 0 (off) to 1 (on).
    plane
        Mirror plane of the shape in file coordinates, (unit normal (3,), offset); None unless
        editing symmetrically.
    """

    keypoints: KeypointSet
    moved: IntArray
    normalisation: Normalisation
    prior: ShapePrior | None = None
    strength: float = 0.0
    plane: Plane | None = None

    @classmethod
    def start(
        cls, shape: Shape, moved: ArrayLike, *, prior_strength: float = 0.0, symmetric: bool = False
    ) -> Gesture:
        """Return the gesture that moves the keypoints `moved` (m,) of a shape.

        Raises
        ------
        InputError
            The shape has no keypoints, or none of that index.
        ParameterError
            The strength is outside 0..1.
        """
        if shape.keypoints is None or shape.detection is None:
            raise InputError("the shape has no keypoints", remedy="Run a detector first.")
        indices = np.unique(np.asarray(moved, np.int32))
        count = len(shape.keypoints)
        if len(indices) and not (0 <= indices[0] and indices[-1] < count):
            bad = indices[-1] if indices[-1] >= count else indices[0]
            raise InputError(f"there is no keypoint {bad}", remedy=f"Use 0 to {count - 1}.")
        if not 0.0 <= prior_strength <= 1.0:
            raise ParameterError(f"prior strength is {prior_strength:g}, expected 0 to 1")
        handling = shape.detection.handling
        return cls(
            keypoints=shape.keypoints,
            moved=indices,
            normalisation=shape.normalisation,
            prior=handling.prior if handling is not None and prior_strength > 0.0 else None,
            strength=prior_strength,
            plane=symmetry.detect_plane(shape.mesh.vertices) if symmetric else None,
        )

    def follow(self, offsets: ArrayLike) -> FloatArray:
        """Return (k,3) offsets of all keypoints since the start, file units.

        The moved keypoints go exactly where they were sent; mirror partners and the prior move
        the others; locked keypoints stay.

        Parameters
        ----------
        offsets
            (m,3) offsets of the moved keypoints since the start, or (3,) for all of them; file
            units.
        """
        answer = np.zeros_like(self.keypoints.positions)
        answer[self.moved] = offsets
        pinned = self.moved
        if self.plane is not None:
            answer, pinned = self._mirror(answer)
        if self.prior is not None and len(pinned):
            answer = self._synchronise(answer, pinned)
        answer[self.keypoints.locked] = 0.0
        return answer

    def positions(self, offsets: ArrayLike) -> FloatArray:
        """Return (k,3) places of all keypoints, given the offsets that `follow` takes."""
        return self.keypoints.positions + self.follow(offsets)

    def _mirror(self, answer: FloatArray) -> tuple[FloatArray, IntArray]:
        schema = self.keypoints.schema
        answer = symmetry.mirrored_offsets(answer, self.moved, schema, self.plane)
        partners = np.array(schema.mirror, np.int32)[self.moved] if schema.mirror else self.moved
        return answer, np.union1d(self.moved, partners[partners >= 0])

    def _synchronise(self, answer: FloatArray, pinned: IntArray) -> FloatArray:
        here = self.normalisation.apply(self.keypoints.positions)
        wanted = self.normalisation.apply_vectors(answer[pinned])
        assert self.prior is not None
        offsets = priors.synchronise(self.prior, here, pinned, wanted, self.strength)
        followed = self.normalisation.invert_vectors(offsets)
        # The round trip through the normalised frame must not move what the person holds.
        followed[pinned] = answer[pinned]
        return followed
