"""The similarity that brings points closest to their partners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError


@dataclass(frozen=True, eq=False)
class Similarity:
    """A rotation, a scale and a translation: y = scale * rotation @ x + translation.

    Parameters
    ----------
    rotation
        (3,3) proper rotation.
    scale
        Positive factor.
    translation
        (3,) in the unit of the target.
    """

    rotation: FloatArray
    scale: float
    translation: FloatArray

    def apply(self, points: FloatArray) -> FloatArray:
        """Return the images (n,3) of points (n,3)."""
        return self.scale * points @ self.rotation.T + self.translation

    def inverted(self) -> Similarity:
        """Return the similarity that brings the images back."""
        scale = 1.0 / self.scale
        return Similarity(self.rotation.T, scale, -scale * self.rotation.T @ self.translation)

    @property
    def matrix(self) -> FloatArray:
        """(4,4) M with (y, 1) = M (x, 1)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.scale * self.rotation
        matrix[:3, 3] = self.translation
        return matrix


#: Leaves everything where it is.
IDENTITY = Similarity(np.eye(3), 1.0, np.zeros(3))


def align(
    source: FloatArray,
    target: FloatArray,
    scale: bool = True,
    weights: FloatArray | None = None,
) -> Similarity:
    """Return the similarity that minimises sum w_i |target_i - (s R source_i + t)|².

    Umeyama 1991, "Least-squares estimation of transformation parameters between two point
    patterns", doi 10.1109/34.88573. Never a reflection, even where one would fit better.

    Parameters
    ----------
    source, target
        (n,3) corresponding points.
    scale
        Whether the size may change; if not, a rigid motion is found.
    weights
        (n,) how much each pair counts, not negative; None: all the same.

    Raises
    ------
    InputError
        The numbers of points differ, there are none, none counts, or the source is a single
        place.
    """
    if source.shape != target.shape or len(source) == 0:
        raise InputError(f"cannot align {len(source)} points with {len(target)}")
    w = np.ones(len(source)) if weights is None else np.asarray(weights, float)
    if w.shape != (len(source),) or not (w >= 0.0).all() or not w.any():
        raise InputError("the weights of an alignment must be positive, one a point")
    source_mean = np.average(source, axis=0, weights=w)
    target_mean = np.average(target, axis=0, weights=w)
    centred = source - source_mean
    weighted = w[:, None] * centred
    spread = float((weighted * centred).sum())
    if scale and not spread > 0.0:
        raise InputError("cannot align a shape whose points coincide")
    u, stretch, vt = np.linalg.svd((target - target_mean).T @ weighted)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * signs) @ vt
    factor = float(stretch @ signs) / spread if scale else 1.0
    return Similarity(rotation, factor, target_mean - factor * rotation @ source_mean)
