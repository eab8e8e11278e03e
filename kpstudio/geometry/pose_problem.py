"""The least squares of a pose and a shape, from several guesses at once.

With the shape's middle at the origin of its axes, weak and full perspective are one formula,

    q = R S / T_z,    u = (q_xy + T_xy / T_z) / (1 + p q_z),

where p is 0 for weak perspective and 1 for full perspective. The unknowns are R, the place
(T_x / T_z, T_y / T_z, -log T_z) and the coefficients c of the shape; u is at depth 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.geometry.rotations import from_vectors

_ITERATIONS = 60
#: First damping, the factor on it after a step, and the one at which a guess is left alone.
_DAMPING, _EASE, _STUCK = 1e-3, 10.0, 1e8
#: A step that lowers the cost by less than this share is the last.
_SETTLED = 1e-15
#: How near the eye a guess may begin to have a keypoint, as a share of the depth of the middle.
_NEAR = 0.2
#: Largest -log T_z; a step that is tried may ask for any.
_NEAREST = 50.0


class Guesses(NamedTuple):
    """n guesses: rotations (n,3,3), places (n,3), coefficients (n,b) and their costs (n,)."""

    rotation: FloatArray
    place: FloatArray
    coefficients: FloatArray
    cost: FloatArray

    @property
    def best(self) -> int:
        """Number of the one that costs least."""
        return int(np.argmin(self.cost))

    def take(self, rows: Sequence[int]) -> Guesses:
        """Return some of them."""
        return Guesses(*(array[rows] for array in self))

    def joined(self, others: Guesses) -> Guesses:
        """Return these and others."""
        return Guesses(*(np.concatenate(pair) for pair in zip(self, others, strict=True)))

    def moved(self, steps: FloatArray) -> Guesses:
        """Return them after steps (n,6+b): a turn, a change of place, a change of shape."""
        return Guesses(
            from_vectors(steps[:, :3]) @ self.rotation,
            self.place + steps[:, 3:6],
            self.coefficients + steps[:, 6:],
            self.cost,
        )

    def where(self, better: BoolArray, others: Guesses) -> Guesses:
        """Return `others` where they are better (n,), these where they are not."""
        return Guesses(
            *(
                np.where(better.reshape(-1, *(1,) * (old.ndim - 1)), new, old)
                for old, new in zip(self, others, strict=True)
            )
        )


@dataclass(frozen=True, eq=False)
class PoseProblem:
    """What is seen, and of what.

    Parameters
    ----------
    flat
        (k,2) where keypoints are seen, at depth 1.
    stiffness
        (k,) 1 / standard deviation of each, same unit; 0 where it is not seen.
    mean
        (k,3) mean shape, its seen middle at the origin.
    middle
        (3,) where that middle is in the shape's own axes.
    modes
        (b,k,3) its modes.
    pull
        (b,) 1 / standard deviation of each coefficient; 0 leaves them free.
    """

    flat: FloatArray
    stiffness: FloatArray
    mean: FloatArray
    middle: FloatArray
    modes: FloatArray
    pull: FloatArray

    def shapes(self, coefficients: FloatArray) -> FloatArray:
        """Return the shapes (n,k,3) of coefficients (n,b)."""
        return self.mean + np.tensordot(coefficients, self.modes, axes=1)

    def project(self, guesses: Guesses, perspective: float) -> FloatArray:
        """Return where guesses show the keypoints, (n,k,2) at depth 1."""
        q = self._relative(guesses)
        return (q[..., :2] + guesses.place[:, None, :2]) / (1.0 + perspective * q[..., 2:])

    def descend(self, guesses: Guesses, perspective: float) -> Guesses:
        """Return the guesses at the bottom of their valleys, by Levenberg-Marquardt.

        Moré 1978, "The Levenberg-Marquardt algorithm: implementation and theory",
        doi:10.1007/BFb0067700, damped along the diagonal as there.

        Parameters
        ----------
        guesses
            Where to begin.
        perspective
            0 for weak perspective, 1 for full perspective.
        """
        guesses = self._before_the_eye(guesses, perspective)
        guesses = guesses._replace(cost=self._cost(guesses, perspective))
        damping = np.full(len(guesses.cost), _DAMPING)
        live = np.ones(len(damping), bool)
        for _ in range(_ITERATIONS):
            tried = guesses.moved(self._steps(guesses, perspective, damping))
            tried = tried._replace(cost=self._cost(tried, perspective))
            better = live & (tried.cost < guesses.cost)
            live &= ~better | (tried.cost < (1.0 - _SETTLED) * guesses.cost)
            guesses = guesses.where(better, tried)
            damping = np.where(better, damping / _EASE, damping * _EASE)
            live &= damping < _STUCK
            if not live.any():
                break
        return guesses

    def _relative(self, guesses: Guesses) -> FloatArray:
        """Return q (n,k,3)."""
        scale = np.exp(np.minimum(guesses.place[:, 2], _NEAREST))[:, None, None]
        turned = self.shapes(guesses.coefficients) @ np.swapaxes(guesses.rotation, 1, 2)
        return scale * turned

    def _before_the_eye(self, guesses: Guesses, perspective: float) -> Guesses:
        """Return guesses moved away where a keypoint would be too near, or behind the eye."""
        nearest = -perspective * self._relative(guesses)[..., 2].min(axis=1)
        away = np.log(np.maximum(nearest / (1.0 - _NEAR), 1.0))
        return guesses._replace(place=guesses.place - np.outer(away, [0.0, 0.0, 1.0]))

    def _residuals(self, guesses: Guesses, perspective: float) -> FloatArray:
        """Return (n,2k+b) what is squared and added: keypoints, then coefficients."""
        seen = self.stiffness[:, None] * (self.project(guesses, perspective) - self.flat)
        prior = self.pull * guesses.coefficients
        return np.concatenate([seen.reshape(len(prior), -1), prior], axis=1)

    def _cost(self, guesses: Guesses, perspective: float) -> FloatArray:
        """Return (n,) half the sum of squares; infinite with a keypoint behind the eye."""
        ahead = 1.0 + perspective * self._relative(guesses)[..., 2] > 0.0
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            cost = 0.5 * np.square(self._residuals(guesses, perspective)).sum(axis=1)
        return np.where(ahead.all(axis=1) & np.isfinite(cost), cost, np.inf)

    def _steps(self, guesses: Guesses, perspective: float, damping: FloatArray) -> FloatArray:
        """Return the damped Gauss-Newton steps (n,6+b)."""
        J = self._jacobian(guesses, perspective)
        A = np.swapaxes(J, 1, 2) @ J
        slope = np.einsum("nri,nr->ni", J, self._residuals(guesses, perspective))
        diagonal = np.arange(A.shape[1])
        size = A[:, diagonal, diagonal]
        # A mode that no seen keypoint shows has none of its own.
        size = np.maximum(size, 1e-9 * size.max(axis=1, keepdims=True))
        A[:, diagonal, diagonal] += damping[:, None] * size
        return -np.linalg.solve(A, slope[..., None])[..., 0]

    def _jacobian(self, guesses: Guesses, perspective: float) -> FloatArray:
        """Return (n,2k+b,6+b) derivatives of the residuals by turn, place and coefficients."""
        q = self._relative(guesses)
        n, k, b = *q.shape[:2], len(self.modes)
        dq = np.zeros((n, k, 3, 6 + b))
        # A turn w adds w x q, a longer place[2] adds q.
        dq[:, :, 0, 1], dq[:, :, 0, 2] = q[..., 2], -q[..., 1]
        dq[:, :, 1, 0], dq[:, :, 1, 2] = -q[..., 2], q[..., 0]
        dq[:, :, 2, 0], dq[:, :, 2, 1] = q[..., 1], -q[..., 0]
        dq[..., 5] = q
        turn = np.exp(guesses.place[:, 2])[:, None, None] * guesses.rotation
        dq[..., 6:] = np.einsum("nij,bkj->nkib", turn, self.modes)
        y = 1.0 + perspective * q[..., 2:]
        u = (q[..., :2] + guesses.place[:, None, :2]) / y
        du = dq[:, :, :2] - perspective * u[..., None] * dq[:, :, 2:]
        du[:, :, 0, 3] += 1.0
        du[:, :, 1, 4] += 1.0
        J = np.zeros((n, 2 * k + b, 6 + b))
        J[:, : 2 * k] = (self.stiffness[:, None, None] * du / y[..., None]).reshape(n, 2 * k, -1)
        J[:, 2 * k + np.arange(b), 6 + np.arange(b)] = self.pull
        return J
