"""Collections whose truth is known: stretched copies of some features among other candidates."""

from __future__ import annotations

import itertools

import numpy as np

from kpstudio.data.correspondence import Correspondence
from kpstudio.data.universe import Universe
from kpstudio.matching.affinities import Affinities


def collection(
    shapes: int = 8,
    features: int = 8,
    others: int = 4,
    *,
    wrong: float = 0.3,
    missing: float = 0.0,
    noise: float = 0.02,
    seed: int = 0,
) -> tuple[Affinities, np.ndarray, Universe]:
    """Matches, coordinates and truth of shapes with features and with candidates that are none.

    Parameters
    ----------
    shapes, features, others
        Their numbers; the others are a shape's own.
    wrong
        Share of the right matches between two shapes that are not found. All that are left over,
        the candidates that are no features among them, are matched at random.
    missing
        Chance of a feature to be missing on a shape.
    noise
        Standard deviation of the places; the features have about 1.
    seed
        Of all that is random.
    """
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(features, 3))
    labels, places = [], []
    for _ in range(shapes):
        there = rng.random(features) >= missing
        own = np.append(np.where(there, np.arange(features), -1), np.full(others, -1))
        stretch = np.eye(3) + 0.3 * rng.normal(size=(3, 3))
        at = base @ stretch.T + rng.normal(size=3) + noise * rng.normal(size=base.shape)
        at = np.concatenate([at, rng.normal(size=(others, 3)) @ stretch.T + at.mean(axis=0)])
        order = rng.permutation(len(own))
        labels.append(own[order])
        places.append(at[order])
    counts = np.full(shapes, features + others)
    truth = Universe(np.concatenate(labels), counts, features)
    matches = {}
    for i, j in itertools.combinations(range(shapes), 2):
        pairs = truth.pairs(i, j).pairs
        pairs = pairs[rng.random(len(pairs)) >= wrong]
        left = [np.delete(np.arange(features + others), pairs[:, side]) for side in range(2)]
        junk = np.stack([rng.permutation(left[0]), rng.permutation(left[1])], axis=1)
        matches[i, j] = Correspondence(np.concatenate([pairs, junk]))
    return Affinities.of_matches(matches, counts), np.concatenate(places), truth
