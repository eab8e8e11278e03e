from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.universe import Universe


def three() -> Universe:
    """Feature 0 on all three shapes, 1 on the first two, 2 on the last alone."""
    return Universe([1, 0, -1, 0, 1, 2, 0], [3, 2, 2], 3, [0.5, 1, 1, 0.25, 1, 1, 1])


def test_places() -> None:
    universe = three()
    assert len(universe) == 3
    assert universe.starts.tolist() == [0, 3, 5]
    assert universe.shapes.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert universe.places.tolist() == [[1, 0, -1], [0, 1, -1], [1, -1, 0]]


def test_pairs_of_two_shapes() -> None:
    found = three().pairs(0, 1)
    assert found.pairs.tolist() == [[1, 0], [0, 1]]
    assert found.confidence.tolist() == [0.25, 0.5]
    assert three().pairs(1, 0).turned_round().pairs.tolist() == found.pairs.tolist()
    assert three().pairs(1, 2).pairs.tolist() == [[0, 1]]


def test_agrees_round_every_cycle() -> None:
    rng = np.random.default_rng(0)
    labels = np.concatenate([rng.permutation([0, 1, 2, 3, -1, -1]) for _ in range(4)])
    universe = Universe(labels, [6] * 4, 4)
    for i, z, j in [(0, 1, 2), (3, 0, 2), (1, 2, 0)]:
        there, on = dict(universe.pairs(i, z).pairs.tolist()), dict(universe.pairs(z, j).pairs)
        direct = dict(universe.pairs(i, j).pairs.tolist())
        assert {a: int(on[b]) for a, b in there.items()} == direct


@pytest.mark.parametrize("labels", [[0, 0, 1], [0, 1, 2], [0, -2, 1], [0, 1]])
def test_refuses_what_is_no_universe(labels: list[int]) -> None:
    with pytest.raises(InputError):
        Universe(labels, [2, 1], 2)
