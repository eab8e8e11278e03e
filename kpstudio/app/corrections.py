"""What a person changed about matches: pairs cut away and pairs drawn by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from kpstudio.data.correspondence import Correspondence
from kpstudio.document.document import Document

Pair = tuple[int, int]


@dataclass(frozen=True)
class Corrections:
    """What a person changed about the matches of two shapes.

    Parameters
    ----------
    cut
        Pairs that are none.
    drawn
        Pairs that were not found, the newest last.
    """

    cut: frozenset[Pair] = frozenset()
    drawn: tuple[Pair, ...] = ()

    def without(self, pairs: Iterable[Pair]) -> Corrections:
        """Return the corrections after more pairs were cut."""
        gone = frozenset(pairs)
        return Corrections(self.cut | gone, tuple(one for one in self.drawn if one not in gone))

    def joined(self, pair: Pair) -> Corrections:
        """Return the corrections after another pair was drawn; its points have no other."""
        rest = tuple(one for one in self.drawn if one[0] != pair[0] and one[1] != pair[1])
        return Corrections(self.cut - {pair}, (*rest, pair))

    def apply(self, found: Correspondence) -> Correspondence:
        """Return what was found as a person wants it, sorted by the first."""
        kept = [(int(i), int(j)) not in self.cut for i, j in found.pairs]
        result = found.kept(np.array(kept, bool))
        for i, j in self.drawn:
            result = result.joined(i, j)
        return result.kept(np.lexsort(result.pairs.T[::-1]))


@dataclass(frozen=True, eq=False)
class Correct:
    """A step of the history: other corrections. The document stays as it is.

    Parameters
    ----------
    put
        Takes corrections.
    before, after
        The corrections before and after.
    label
        What a person would call it.
    size
        Bytes that only this step keeps alive.
    """

    put: Callable[[Corrections], None]
    before: Corrections
    after: Corrections
    label: str
    size: int = 0

    def do(self, document: Document) -> None:
        """Take the new corrections."""
        self.put(self.after)

    def undo(self, document: Document) -> None:
        """Take the old corrections."""
        self.put(self.before)
