"""Pairwise matches of a collection of shapes, as one symmetric array W of blocks W_ij."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.data.correspondence import Correspondence
from kpstudio.data.universe import Universe
from kpstudio.matching.assign import LOWE, Rule, by_descriptors

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class Affinities:
    """Which candidates of n shapes are thought to be the same; c candidates in all.

    Parameters
    ----------
    matrix
        (c,c) sparse and symmetric, values in 0..1: blocks W_ij of each two shapes, and 1 on the
        diagonal, for every candidate is itself.
    counts
        (n,) int32 number of candidates of each shape, at least one.
    """

    matrix: csr_array
    counts: IntArray

    def __len__(self) -> int:
        """Return the number of shapes n."""
        return len(self.counts)

    @property
    def starts(self) -> IntArray:
        """(n,) number of the first candidate of each shape."""
        return (np.cumsum(self.counts) - self.counts).astype(np.int32)

    @property
    def shapes(self) -> IntArray:
        """(c,) int32 shape of each candidate."""
        return np.repeat(np.arange(len(self.counts), dtype=np.int32), self.counts)

    @property
    def between(self) -> csr_array:
        """(c,c) the affinities of different shapes: the blocks beside the diagonal."""
        entries = self.matrix.tocoo()
        apart = self.shapes[entries.row] != self.shapes[entries.col]
        rows, columns = entries.row[apart], entries.col[apart]
        return _sparse(rows, columns, entries.data[apart], entries.shape[0])

    @classmethod
    def of_matches(
        cls, matches: Mapping[tuple[int, int], Correspondence], counts: ArrayLike
    ) -> Affinities:
        """Return the affinities of matches between two shapes each: 1 for a pair, 0 for none.

        Parameters
        ----------
        matches
            Pairs of candidates by the numbers of the two shapes, each two shapes once.
        counts
            (n,) number of candidates of each shape.

        Raises
        ------
        InputError
            A shape without candidates, or a pair of candidates that are not there.
        """
        counts = _checked(counts)
        starts = np.cumsum(counts) - counts
        ends = [np.arange(int(counts.sum())).repeat(2).reshape(-1, 2)]
        for (i, j), found in matches.items():
            if i == j or not (0 <= i < len(counts) and 0 <= j < len(counts)):
                raise InputError(f"shapes {i} and {j} are matched, of {len(counts)}")
            found.check_fits(int(counts[i]), int(counts[j]))
            numbers = found.pairs + starts[[i, j]]
            ends += [numbers, numbers[:, ::-1]]
        rows, columns = np.concatenate(ends).T
        return cls(_sparse(rows, columns, np.ones(len(rows)), int(counts.sum())), counts)

    @classmethod
    def of_universe(cls, universe: Universe) -> Affinities:
        """Return the affinities X X^T of the labels X of a universe."""
        from scipy.sparse import csr_array, eye_array

        some = np.flatnonzero(universe.labels >= 0)
        shape = (len(universe.labels), universe.size)
        labels = csr_array((np.ones(len(some)), (some, universe.labels[some])), shape=shape)
        alike = (labels @ labels.T + eye_array(shape[0])).tocsr()
        return cls(csr_array(alike.minimum(1.0)), universe.counts)


def match_all(
    descriptors: Sequence[FloatArray],
    rule: Rule = Rule.MUTUAL,
    ratio: float = LOWE,
    ctx: RunContext | None = None,
) -> Affinities:
    """Match each two of n shapes by descriptors of their candidates; see `by_descriptors`.

    Parameters
    ----------
    descriptors
        n arrays (p_i,d), comparable with each other.
    rule, ratio
        Which pairs are chosen.
    ctx
        Progress and cancellation.

    Raises
    ------
    InputError
        Descriptors of different lengths, or a shape without candidates.
    """
    ctx = ctx or RunContext()
    matches = {}
    twos = list(itertools.combinations(range(len(descriptors)), 2))
    for done, (i, j) in enumerate(twos):
        ctx.progress(done / len(twos), "Matching each two shapes")
        matches[i, j] = by_descriptors(descriptors[i], descriptors[j], rule, ratio)
    return Affinities.of_matches(matches, [len(one) for one in descriptors])


def _checked(counts: ArrayLike) -> IntArray:
    numbers = np.asarray(counts, np.int32).reshape(-1)
    if len(numbers) == 0 or numbers.min() < 1:
        raise InputError(
            "a shape of the collection has no candidates",
            remedy="Leave it out, or find keypoints on it first.",
        )
    return numbers


def _sparse(rows: IntArray, columns: IntArray, values: FloatArray, count: int) -> csr_array:
    from scipy.sparse import coo_array

    return coo_array((values, (rows, columns)), shape=(count, count)).tocsr()
