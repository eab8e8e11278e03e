"""Pairwise chaining: labels of one shape are handed on along matches; the plainest universe."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from kpstudio.base.arrays import IntArray
from kpstudio.data.universe import Universe
from kpstudio.matching.affinities import Affinities


class Route(StrEnum):
    """Along which pairs of shapes labels are handed on."""

    #: From the reference to each shape directly.
    STAR = "star"
    #: Along the spanning tree whose pairs of shapes have the most matches.
    TREE = "tree"


def chain(
    affinities: Affinities, route: Route = Route.TREE, reference: int | None = None
) -> Universe:
    """Return the universe whose features are the candidates of a reference shape.

    A candidate has the feature of the one of the shape before it with which its affinity is the
    largest; if several would have the same, the one with the largest. A wrong match spoils all
    that comes after it: this is what other ways are measured against.

    Parameters
    ----------
    affinities
        Pairwise matches.
    route
        Along which pairs of shapes.
    reference
        The shape to start from; None for the one with the most matches.
    """
    totals = _totals(affinities)
    root = int(totals.sum(axis=1).argmax()) if reference is None else reference
    order, parents = _walk(totals, root, route)
    starts = affinities.starts
    labels = np.full(int(affinities.counts.sum()), -1, np.int32)
    size = int(affinities.counts[root])
    labels[starts[root] : starts[root] + size] = np.arange(size)
    for shape in order:
        child = slice(starts[shape], starts[shape] + affinities.counts[shape])
        parent = parents[shape]
        above = slice(starts[parent], starts[parent] + affinities.counts[parent])
        block = affinities.matrix[child][:, above].toarray()
        labels[child] = _handed_on(block, labels[above], size)
    return Universe(labels, affinities.counts, size)


def _totals(affinities: Affinities) -> np.ndarray:
    """Return (n,n) sums of the affinities between each two shapes."""
    from scipy.sparse import coo_array

    entries = affinities.between.tocoo()
    places = (affinities.shapes[entries.row], affinities.shapes[entries.col])
    count = len(affinities)
    return coo_array((entries.data, places), shape=(count, count)).toarray()


def _walk(totals: np.ndarray, root: int, route: Route) -> tuple[IntArray, IntArray]:
    """Return the other shapes, each after its parent, and the parent (n,) of each."""
    from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

    if route is Route.STAR:
        others = np.delete(np.arange(len(totals)), root)
        return others.astype(np.int32), np.full(len(totals), root, np.int32)
    # The more matches the shorter; pairs of shapes without any are no way.
    lengths = np.where(totals > 0.0, 1.0 + totals.max() - totals, 0.0)
    tree = minimum_spanning_tree(lengths)
    order, parents = breadth_first_order(tree, root, directed=False)
    return order[1:], parents


def _handed_on(block: np.ndarray, above: IntArray, size: int) -> IntArray:
    """Return labels (p,) of a shape from those (q,) of the one before it and affinities (p,q)."""
    best = block.argmax(axis=1)
    strength = block.max(axis=1)
    labels = np.full(len(block), -1, np.int32)
    taken = np.zeros(size, bool)
    for candidate in np.argsort(-strength, kind="stable"):
        feature = above[best[candidate]]
        if strength[candidate] > 0.0 and feature >= 0 and not taken[feature]:
            labels[candidate], taken[feature] = feature, True
    return labels
