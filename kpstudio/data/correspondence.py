"""Correspondences: which points of one shape are the same places as which points of another."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpstudio.base.arrays import FloatArray, IntArray, freeze
from kpstudio.base.errors import InputError
from kpstudio.data.keypoints import Anchor


@dataclass(frozen=True, eq=False)
class Correspondence:
    """m pairs of points, the first of each in one set and the second in another.

    The sets are keypoints or vertices of two shapes. No pair is there twice; a point may be in
    several pairs where the method that found them allows it.

    Parameters
    ----------
    pairs
        (m,2) int32 indices into the first and the second set.
    confidence
        (m,) in 0..1; 1 by default.
    source
        What found them, for people: "order", "nearest", "by hand".
    """

    pairs: IntArray
    # None stands for the default until __post_init__ has run: whoever reads gets an array.
    confidence: FloatArray = None  # type: ignore[assignment]
    source: str = ""

    def __post_init__(self) -> None:
        """Fill in defaults, check and freeze the arrays."""
        pairs = freeze(self.pairs, (None, 2), np.int32, "pairs")
        if len(pairs) and pairs.min() < 0:
            raise InputError(f"a pair names point {pairs.min()}")
        if len(np.unique(pairs, axis=0)) < len(pairs):
            raise InputError("a pair is there twice")
        object.__setattr__(self, "pairs", pairs)
        object.__setattr__(self, "confidence", checked_confidence(self.confidence, len(pairs)))

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.pairs)

    @property
    def first(self) -> IntArray:
        """(m,) the points of the first set."""
        return self.pairs[:, 0]

    @property
    def second(self) -> IntArray:
        """(m,) the points of the second set."""
        return self.pairs[:, 1]

    def turned_round(self) -> Correspondence:
        """Return the same pairs seen from the second set."""
        return replace(self, pairs=self.pairs[:, ::-1])

    def kept(self, chosen: ArrayLike) -> Correspondence:
        """Return some of the pairs, by their indices or a mask (m,)."""
        chosen = np.asarray(chosen)
        chosen = chosen if chosen.dtype == bool else chosen.astype(int)
        return replace(self, pairs=self.pairs[chosen], confidence=self.confidence[chosen])

    def without(self, index: int) -> Correspondence:
        """Return all pairs but one."""
        return self.kept(np.arange(len(self)) != index)

    def joined(self, first: int, second: int, confidence: float = 1.0) -> Correspondence:
        """Return the pairs with another one, for which all others of its two points give way."""
        apart = self.kept((self.first != first) & (self.second != second))
        return replace(
            self,
            pairs=np.append(apart.pairs, [[first, second]], axis=0),
            confidence=np.append(apart.confidence, confidence),
        )

    def check_fits(self, first: int, second: int) -> None:
        """Refuse pairs that are not of `first` and `second` points.

        Raises
        ------
        InputError
            A pair names a point that is not there.
        """
        over = (self.pairs >= (first, second)).any(axis=1)
        if over.any():
            a, b = self.pairs[over][0]
            raise InputError(f"points {a} and {b} are a pair, of sets of {first} and {second}")


@dataclass(frozen=True, eq=False)
class DenseMap:
    """Where each of the n vertices of a source shape is on a target shape.

    Parameters
    ----------
    vertices
        (n,) int32 the vertex of the target nearest to the place.
    confidence
        (n,) in 0..1; 1 by default.
    anchor
        The places themselves, on faces of the target; None when they are its vertices.
    source
        What found it, for people.
    """

    vertices: IntArray
    confidence: FloatArray = None  # type: ignore[assignment]
    anchor: Anchor | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Fill in defaults, check and freeze the arrays."""
        vertices = freeze(self.vertices, (None,), np.int32, "vertices of the target")
        if len(vertices) and vertices.min() < 0:
            raise InputError(f"a vertex is mapped to vertex {vertices.min()}")
        if self.anchor is not None and len(self.anchor.faces) != len(vertices):
            raise InputError(f"{len(self.anchor.faces)} places for {len(vertices)} vertices")
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "confidence", checked_confidence(self.confidence, len(vertices)))

    def __len__(self) -> int:
        """Return the number of vertices n of the source."""
        return len(self.vertices)

    def fetch(self, values: ArrayLike, faces: IntArray) -> NDArray[np.float64]:
        """Return for each vertex of the source what the target has at its place.

        Parameters
        ----------
        values
            (v,...) values at the target's vertices: positions, colours, fields.
        faces
            (f,3) faces of the target.

        Returns
        -------
        (n,...) values, those between vertices interpolated.
        """
        at = np.asarray(values, np.float64)
        if self.anchor is None:
            return at[self.vertices]
        corners = at[faces[self.anchor.faces]]
        return np.einsum("nc,nc...->n...", self.anchor.barycentric, corners)


def checked_confidence(given: FloatArray | None, count: int) -> FloatArray:
    """Return (count,) confidences, 1 by default, checked and frozen.

    Raises
    ------
    InputError
        Another number of them, or one that is not in 0..1.
    """
    values = np.ones(count) if given is None else given
    values = freeze(values, (count,), float, "confidence")
    if count and not (values.min() >= 0.0 and values.max() <= 1.0):
        raise InputError("a confidence is not in 0..1")
    return values
